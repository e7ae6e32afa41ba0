"""One scan and many on the dashboard: what is shown to whom, how it is narrowed, what can be done, what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.broker import down
from core.callers import Scope
from core.errors import StoreDown
from core.fingerprints import fingerprint
from core.models import Confidence, Fact, Finding, Kind, Outcome, Provenance, Target
from core.store import Choice
from core.verdicts import Judgement
from tasks import queue
from tests.bot.listening import Bot
from tests.bot.reading import Reader, scanned, words
from tests.bot.test_pages_door import slack_app
from tests.servers import Sandbox

EXAMPLE = Target(Kind.DOMAIN, "example.com")
ADA = Target(Kind.EMAIL, "ada@example.com")


@pytest.fixture(scope="module")
def lasting_bot(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("bot"), workspace, redis_url, **slack_app(workspace)) as listening:
        yield listening


@pytest.fixture
def reader(bot: Bot) -> Iterator[Reader]:
    bot.front.people.forget()
    with Reader(bot) as window:
        window.sign_in()
        yield window


def found(value: str, kind: Kind | Fact = Kind.DOMAIN, *, by: str = "dns", **attributes: Any) -> Finding:
    url = f"https://source.example/?q={value}"
    source = Provenance(by, "A source", url, clock.now() - timedelta(minutes=3), "200", "ab" * 32)
    return Finding(kind, value, source, attributes, Confidence.HIGH, context="It stood there.")


def test_a_scan_says_what_it_is_and_where_each_finding_comes_from(bot: Bot, reader: Reader) -> None:
    one = scanned(bot, EXAMPLE, {"dns": [found("www.example.com", severity="high", why="Because.")]})
    said = words(reader.get(f"/scans/{one.id}"))
    for part in (
        *("example[.]com", "finished", "What matters", "www[.]example[.]com", "Because. It stood there"),
        *("A source", "hxxps://source[.]example/?q=www[.]example[.]com", "200", "ab" * 32, "high"),
    ):
        assert part in said


def test_a_scan_says_what_changed_and_nothing_of_rooms_one_is_not_in(bot: Bot, reader: Reader) -> None:
    secret = scanned(bot, EXAMPLE, {"dns": [found("secret.example.com")]}, user="U0BOB", channel="C0CASE17")
    first = scanned(bot, EXAMPLE, {"dns": [found("old.example.com"), found("www.example.com")]})
    second = scanned(
        bot, EXAMPLE, {"dns": [found("www.example.com"), found("<b>mx</b>.example.com", role="mail server")]}
    )
    page = reader.get(f"/scans/{second.id}")
    section = page.text.partition('class="changed"')[2].partition("</section>")[0]
    for part in ("Since the last look", "+1 −1", "1 finding unchanged", first.id, "old[.]example[.]com", "mail server"):
        assert part in section
    assert "<b>mx" not in section
    began = words(reader.get(f"/scans/{first.id}"))
    assert "Since the last look" not in began
    assert secret.id not in page.text + began


def test_what_could_not_be_looked_at_comes_before_what_was_found(bot: Bot, reader: Reader) -> None:
    one = scanned(bot, EXAMPLE, {"dns": [found("www.example.com")], "crtsh": []})
    held = bot.store.scans.new_round(one.id, [choice("crtsh")], by="U0ADA", after=1, fresh=True)[0]
    run = bot.store.runs.claim(next(each.id for each in held.runs if each.collector == "crtsh"), lease=30)
    assert run is not None
    bot.store.runs.close(run, Outcome.FAILED, reason="timeout", message="crt.sh did not answer.")
    said = words(reader.get(f"/scans/{one.id}"))
    assert "finished, in part" in said
    assert said.index("Not looked at Could not look Certificates (crt.sh) : crt.sh did not answer.") < said.index(
        "Findings"
    )


def choice(name: str) -> Choice:
    return Choice(name, f"{name}/again")


def test_only_who_asked_reads_what_a_direct_message_shows(bot: Bot, reader: Reader) -> None:
    discreet = found("Secret", Fact.BREACH, by="haveibeenpwned", direct_only=True)
    plain = found("Leak of ada@example.com", Fact.BREACH, by="haveibeenpwned", severity="high")
    one = scanned(bot, ADA, {"haveibeenpwned": [discreet, plain]})
    assert "Secret" in reader.get(f"/scans/{one.id}").text
    assert "Secret" in reader.get(f"/scans/{one.id}/download").text
    with Reader(bot) as admin:
        admin.sign_in(Scope.ADMIN, user="U0BOB")
        for path in (f"/scans/{one.id}", f"/scans/{one.id}?text=secret", f"/scans/{one.id}/download"):
            answer = admin.get(path)
            assert answer.status_code == 200
            assert "Secret" not in answer.text
            assert "Leak of ada@" not in answer.text
        said = words(admin.get(f"/scans/{one.id}"))
        assert "1 more finding only U0ADA may read" in said
        assert "Leak of a•••@example[.]com" in said


def test_ten_thousand_findings_are_read_page_by_page_and_none_twice(bot: Bot, reader: Reader) -> None:
    many = [found(f"host{number}.example.com") for number in range(10_000)]
    one = scanned(bot, EXAMPLE, {"dns": [*many, found("192.0.2.1", Kind.IP)]})
    first = reader.get(f"/scans/{one.id}")
    assert "10,001" in words(first)
    assert len(first.content) < 400_000
    seen: list[str] = []
    path = f"/scans/{one.id}?kind=domain&text=host99"
    while path:
        page = reader.get(path)
        seen += re.findall(r'class="value">(host\d+)', page.text)
        more = re.search(r'href="(\?[^"#]*)#found" rel="next"', page.text)
        path = f"/scans/{one.id}{more[1].replace('&amp;', '&')}" if more else ""
    assert sorted(seen) == sorted(each.value.split(".")[0] for each in many if each.value.startswith("host99"))


def test_findings_are_narrowed_by_kind_collector_severity_and_words(bot: Bot, reader: Reader) -> None:
    parts = {
        "dns": [found("a.example.com"), found("192.0.2.7", Kind.IP, severity="medium")],
        "crtsh": [found("100%_b.example.com", by="crtsh", severity="low")],
    }
    one = scanned(bot, EXAMPLE, parts)

    def shown(query: str) -> list[str]:
        text = reader.get(f"/scans/{one.id}?{query}").text.partition('id="page"')[2]
        return re.findall(r'class="value">([^<]*)<', text)

    assert shown("kind=ip") == ["192[.]0[.]2[.]7"]
    assert shown("collector=crtsh") == ["100%_b[.]example[.]com"]
    assert shown("severity=medium") == ["192[.]0[.]2[.]7"]
    assert shown("severity=info") == ["a[.]example[.]com"]
    assert shown("text=A.EXAMPLE") == ["a[.]example[.]com"]
    assert shown("text=0%25_") == ["100%_b[.]example[.]com"]  # not a wildcard
    assert shown("kind=nonsense&severity=x&collector=y&after=%7E1%7Ex") == []
    assert "No finding fits" in words(reader.get(f"/scans/{one.id}?text=zzz"))


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7777*7777 }}{% raw %}",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066",
    "a\x00b\x1b[31m",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_sources_say_is_text_and_nothing_else(bot: Bot, reader: Reader, text: str) -> None:
    source = Provenance(text, text, text, clock.now(), text, text)
    evil = Finding(Kind.NAME, text, source, {"why": text, text: text, "severity": "high", "role": text}, context=text)
    one = scanned(bot, EXAMPLE, {"dns": []})
    held = bot.store.scans.new_round(one.id, [choice("dns")], by="U0ADA", after=1, fresh=True)[0]
    run = bot.store.runs.claim(held.runs[0].id, lease=30)
    assert run is not None
    bot.store.runs.save(run, [evil])
    bot.store.runs.close(run, Outcome.PARTIAL, message=text)
    for path in (f"/scans/{one.id}", f"/scans/{one.id}/graph", f"/?tag={'x'}", "/audit"):
        raw = reader.get(path).text
        assert not re.search(r"<script(?! src=\"/static/)|<img|onerror=[^&]*>", raw), path
        assert not any(letter in raw for letter in "\u202e\u2066\x00\x1b")
        assert 'href="javascript' not in raw
    assert "60481729" not in reader.get(f"/scans/{one.id}").text


def test_the_graph_is_bounded_and_says_what_it_leaves_out(bot: Bot, reader: Reader) -> None:
    many = [found(f"host{number}.example.com", relation="name server") for number in range(500)]
    few = [found(f"192.0.2.{number}", Kind.IP) for number in range(5)]
    one = scanned(bot, EXAMPLE, {"dns": [*many, *few], "crtsh": [found("host1.example.com", by="crtsh")]})
    told = reader.get(f"/scans/{one.id}/graph.json").json()
    kinds = [node["kind"] for node in told["nodes"]]
    assert (kinds.count("target"), kinds.count("IP address")) == (1, 5)
    assert 100 < len(kinds) < 130
    ids = {node["id"] for node in told["nodes"]}
    assert all({edge["source"], edge["target"]} <= ids for edge in told["edges"])
    said = words(reader.get(f"/scans/{one.id}/graph"))
    assert "more findings of such kinds not" in said
    assert "DNS (name server)" in said


def test_nothing_is_said_to_be_there_only_by_those_who_could_look(bot: Bot, reader: Reader) -> None:
    blind = scanned(bot, EXAMPLE, {"dns": []})
    bot.end(bot.store.scans.new_round(blind.id, [choice("dns")], by="U0ADA", after=1, fresh=True)[0], Outcome.FAILED)
    assert "1 collector could not look" in words(reader.get(f"/scans/{blind.id}/graph"))
    held = scanned(bot, ADA, {"haveibeenpwned": [found("Secret", Fact.BREACH, direct_only=True)]})
    with Reader(bot) as admin:
        admin.sign_in(Scope.ADMIN, user="U0BOB")
        said = words(admin.get(f"/scans/{held.id}"))
        assert "1 more finding only U0ADA may read" in said
        assert "Nothing that you may read" in said


def test_who_works_is_not_known_while_redis_is_away(bot: Bot, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise down(ConnectionError())

    monkeypatch.setattr(queue, "length", away)
    with Reader(bot) as admin:
        admin.sign_in(Scope.ADMIN, user="U0BOB")
        said = words(admin.get("/system"))
    assert "Workers ? not known now" in said
    assert "none answers" not in said


def test_a_scan_is_started_once_however_often_its_form_is_sent(bot: Bot, reader: Reader) -> None:
    form = {"targets": "example.com 192.0.2.7", "collector": ["dns", "whois"], "tag": "#case-17", "key": "abc"}
    assert reader.post("/new", form | {"targets": "example.com"}).headers["location"].startswith("/scans/")
    assert reader.post("/new", form | {"targets": "example.com"}).status_code == 303
    (scan,) = bot.scans()
    assert ({run.collector for run in scan.runs}, scan.tag, scan.door) == ({"dns", "whois"}, "case-17", "web")
    assert reader.post("/new", form | {"key": "abd"}).headers["location"] == "/"
    assert bot.audit()[0] == ("U0ADA", "scan", "allowed", "")


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"targets": ""}, "targets", "Name what to look up"),
        ({"targets": "exmaple"}, "targets", "exmaple"),
        ({"targets": "example.com 10.0.0.1"}, "targets", "10[.]0[.]0[.]1"),
        ({"targets": "ada@example.com"}, "reason", "Say why you ask"),
        ({"targets": "192.0.2.7", "collector": "crtsh"}, "collectors", "None of the collectors you ticked"),
        ({"targets": "example.com", "option": "transfers"}, "options", "touches the target itself"),
        ({"targets": "example.com", "collector": "nonsense"}, "collectors", "None of the collectors"),
    ],
)
def test_what_cannot_be_asked_is_said_by_its_field_and_what_was_typed_stays(
    bot: Bot, reader: Reader, fields: dict[str, str], field: str, sentence: str
) -> None:
    answer = reader.post("/new", {"tag": "kept-tag", **fields})
    assert answer.status_code == 422
    wrong = re.search(rf'id="wrong-{field}"[^>]*>([^<]*)<', answer.text)
    assert wrong is not None
    assert sentence in wrong[1]
    assert 'value="kept-tag"' in answer.text
    assert bot.scans() == []


def test_what_could_be_two_things_is_offered_as_both(bot: Bot, reader: Reader) -> None:
    answer = reader.post("/new", {"targets": "12345"})
    assert answer.status_code == 422
    links = re.findall(r'href="/new\?targets=([^"]+)"', answer.text)
    assert links == ["AS12345", "user%3A12345"]
    assert reader.get(f"/new?targets={links[0]}").status_code == 200
    assert bot.scans() == []


def test_the_plan_is_shown_and_nobody_is_asked(bot: Bot, reader: Reader) -> None:
    said = words(reader.post("/new", {"targets": "example.com", "do": "plan"}))
    assert "Nobody was asked yet" in said
    assert "Certificates (crt.sh) would be asked" in said
    assert bot.scans() == []


def test_a_reason_is_kept_and_shown(bot: Bot, reader: Reader) -> None:
    where = reader.post("/new", {"targets": "ada@example.com", "reason": "Case 17 <b>"}).headers["location"]
    assert "Reason: Case 17 <b>" in words(reader.get(where)).replace("‹", "<")
    assert bot.scans()[0].reason == "Case 17 <b>"


def test_cancel_and_run_again_do_each_thing_once(bot: Bot, reader: Reader) -> None:
    where = reader.post("/new", {"targets": "example.com", "collector": "dns"}).headers["location"]
    assert reader.post(f"{where}/cancel").headers["location"] == where
    assert reader.post(f"{where}/cancel").headers["location"] == f"{where}?note=ended"
    assert "Nothing to stop" in words(reader.get(f"{where}?note=ended"))
    assert reader.post(f"{where}/rerun", {"after": "1"}).headers["location"] == where
    assert reader.post(f"{where}/rerun", {"after": "1"}).headers["location"] == f"{where}?note=since"
    assert reader.post(f"{where}/rerun", {"after": "2"}).headers["location"] == f"{where}?note=running"
    (scan,) = bot.scans()
    assert scan.round == 2
    assert [row[1] for row in bot.audit() if row[1] != "sign in"].count("cancel") == 2


def test_who_starts_too_much_is_told_so_in_a_sentence(bot: Bot, reader: Reader) -> None:
    held = bot.front.settings
    try:
        bot.front.settings = held.model_copy(update={"user_scans_per_minute": 1})
        assert reader.post("/new", {"targets": "example.com"}).status_code == 303
        answer = reader.post("/new", {"targets": "example.org"})
    finally:
        bot.front.settings = held
    assert answer.status_code == 403
    assert "1 are allowed. Wait a minute." in words(answer)


def test_scans_are_found_again_by_target_state_kind_and_tag(bot: Bot, reader: Reader) -> None:
    scanned(bot, EXAMPLE, {"dns": [found("a.example.com")]})
    scanned(bot, Target(Kind.IP, "192.0.2.7"), {"dns": []})
    reader.post("/new", {"targets": "example.org", "tag": "case-17"})

    def shown(query: str) -> list[str]:
        return re.findall(r'<a href="/scans/\w+">([^<]*)<', reader.get(f"/?{query}").text)

    assert len(shown("")) == 3
    assert shown("target=hxxps://example[.]com/") == []
    assert shown("target=example[.]com") == ["example[.]com"]
    assert shown("kind=ip") == ["192[.]0[.]2[.]7"]
    assert shown("status=PENDING") == ["example[.]org"]
    assert shown("tag=case-17") == ["example[.]org"]
    assert len(shown("kind=nonsense&status=nonsense")) == 3
    assert reader.get("/?target=exmaple").status_code == 422
    assert reader.get("/?cursor=nonsense").status_code == 422
    assert "No scan fits these filters" in words(reader.get("/?kind=phone"))


def test_many_scans_are_paged(bot: Bot, reader: Reader) -> None:
    for number in range(35):
        scanned(bot, Target(Kind.DOMAIN, f"n{number}.example.com"), {"dns": []})
    first = reader.get("/").text
    more = re.search(r'href="(/\?cursor=[^"]+)" rel="next"', first)
    assert more is not None
    seen = re.findall(r">(n\d+)\[", first) + re.findall(r">(n\d+)\[", reader.get(more[1]).text)
    assert seen == [f"n{number}" for number in reversed(range(35))]


def test_collectors_say_what_they_need_and_never_a_key(bot: Bot, reader: Reader) -> None:
    said = words(reader.get("/collectors"))
    assert "Certificates (crt.sh)" in said
    page = words(reader.get("/collectors/virustotal?over=week"))
    assert "VIRUSTOTAL_KEY (needed, not set)" in page
    assert "VirusTotal (Google) learns what you ask about" in page
    assert reader.get("/collectors/nonsense").status_code == 404
    assert reader.get("/collectors/dns?over=year").status_code == 404


def test_admins_see_what_waits_and_who_asked_what(bot: Bot, reader: Reader) -> None:
    reader.post("/new", {"targets": "example.com", "collector": "dns"})
    with Reader(bot) as admin:
        admin.sign_in(Scope.ADMIN, user="U0BOB")
        said = words(admin.get("/system"))
        assert "Runs waiting 1 the oldest for" in said
        assert re.search(r"scan 1 notify \d maint 0", said)
        rows = words(admin.get("/audit?user=U0ADA&verb=scan"))
        assert "domain example[.]com dashboard allowed started not yet" in rows
        assert "No decision fits" in words(admin.get("/audit?decision=refused&user=U0ADA"))
        assert admin.get("/audit?before=nonsense").status_code == 404


def test_while_the_record_is_away_the_page_says_so_and_keeps_its_frame(
    bot: Bot, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreDown

    monkeypatch.setattr(bot.store.tokens, "session", away)
    answer = reader.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "The database does not answer. Try again in a minute." in words(answer)
    assert "Gumshoe" in answer.text
    assert "Try again" in words(answer)


def test_what_breaks_is_a_page_without_the_inside(bot: Bot, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(bot.store.listing, "page", broken)
    answer = reader.get("/")
    assert answer.status_code == 500
    assert "Something of mine broke" in words(answer)
    assert "secret" not in answer.text


def test_headlines_come_first_and_lead_to_how_we_know(bot: Bot, reader: Reader) -> None:
    inside = found("10.1.2.3", Kind.IP, role="address", severity="high", why="It is inside.")
    one = scanned(bot, EXAMPLE, {"dns": [inside]})
    page = reader.get(f"/scans/{one.id}")
    said = words(page)
    assert said.index("Headlines") < said.index("What matters")
    assert "leads to an address inside a private network" in said
    for subject in ("private-address-in-dns", fingerprint(inside)):
        assert f"/scans/{one.id}/explain/{subject}" in page.text
        told = words(reader.get(f"/scans/{one.id}/explain/{subject}"))
        assert "The path" in told
        assert "What would change it" in told
    assert reader.get(f"/scans/{one.id}/explain/nothing").status_code == 404


def test_a_finding_is_judged_where_it_is_explained_and_that_is_taken_back(bot: Bot, reader: Reader) -> None:
    inside = found("10.1.2.3", Kind.IP, role="address", severity="high", why="It is inside.")
    one = scanned(bot, EXAMPLE, {"dns": [inside]})
    mark = fingerprint(inside)
    answer = reader.post(f"/scans/{one.id}/verdict", {"finding": mark, "verdict": "benign"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/scans/{one.id}/explain/{mark}")
    assert "judged benign by U0ADA" in words(reader.get(f"/scans/{one.id}/explain/{mark}"))
    (verdict,) = bot.store.verdicts.of(one.place.team, EXAMPLE)[0].values()
    reader.post(f"/scans/{one.id}/verdict/undo", {"number": str(verdict.number)})
    assert bot.store.verdicts.of(one.place.team, EXAMPLE)[0] == {}
    assert reader.post(f"/scans/{one.id}/verdict", {"finding": "0" * 32, "verdict": "benign"}).status_code == 404
    with Reader(bot) as stranger:
        stranger.sign_in(user="U0BOB")
        assert stranger.post(f"/scans/{one.id}/verdict", {"finding": mark, "verdict": "false"}).status_code == 404
    assert bot.store.verdicts.of(one.place.team, EXAMPLE)[0] == {}


def test_what_somebody_set_aside_no_longer_matters_and_says_by_whom(bot: Bot, reader: Reader) -> None:
    inside = found("10.1.2.3", Kind.IP, role="address", severity="high", why="It is inside.")
    one = scanned(bot, EXAMPLE, {"dns": [inside]})
    bot.store.verdicts.judge(one, fingerprint(inside), Judgement.FALSE, user="U0BOB")
    said = words(reader.get(f"/scans/{one.id}"))
    assert "Headlines" not in said
    assert "What matters" not in said
    assert "judged false by U0BOB" in said
