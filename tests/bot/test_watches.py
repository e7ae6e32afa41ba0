"""/watch, playbooks and digests as people and programs use them: in Slack, over HTTP, on the dashboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.callers import Scope
from core.seal import Action
from core.watches import Watch
from tests.bot.api import Program
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.reading import Reader, words
from tests.bot.test_forms import form, submitted
from tests.bot.test_pages_door import slack_app
from tests.core.stores import together
from tests.servers import Sandbox


@pytest.fixture(scope="module")
def lasting_bot(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("bot"), workspace, redis_url, **slack_app(workspace)) as listening:
        yield listening


DAILY = "example.com daily at=07:30 tz=Europe/Madrid"


def said(bot: Bot, text: str, *, command: str = "/watch", **where: str) -> str:
    """What the person alone sees after typing."""
    where = {"user": "U0ADA", "channel": "C0GENERAL"} | where
    answer = bot.sandbox.post("command", text=text, command=command, **where)
    assert answer["status"] == "ok", answer
    return words_of(answer["ephemeral"])


def watches(bot: Bot) -> list[Watch]:
    return bot.store.watches.listed(TEAM, over=True)


def made(bot: Bot, text: str = DAILY, **where: str) -> Watch:
    said(bot, text, **where)
    (one,) = watches(bot)
    return one


def test_a_watch_is_written_down_as_it_was_said_and_its_first_look_is_due(bot: Bot) -> None:
    told = said(bot, f'{DAILY} threshold=medium until=2097-01-31 playbook=brand-watch reason="case 17"')
    assert "I watch example[.]com daily at 07:30 (Europe/Madrid)" in told
    (one,) = watches(bot)
    assert (one.schedule, one.zone, one.threshold, one.playbook) == (
        "30 7 * * *",
        "Europe/Madrid",
        "medium",
        "brand-watch",
    )
    assert (one.reason, one.made_by, one.place.channel) == ("case 17", "U0ADA", "C0GENERAL")
    assert one.expires_at is not None
    assert f"{one.expires_at:%Y-%m-%d %H:%M}" == "2097-01-31 23:00"  # the end of that day in Madrid
    assert one.due_at is not None
    assert one.due_at <= clock.now()
    assert ("U0ADA", "watch", "allowed", "") in bot.audit()
    assert bot.scans() == []


def test_cron_is_read_with_and_without_quotes_also_curly_ones_and_after_scan(bot: Bot) -> None:
    for number, text in enumerate(('"0 7 * * 1-5"', "\u201c0 7 * * 1-5\u201d", "0 7 * * 1-5")):
        assert "Mondays to Fridays at 07:00" in said(bot, f"watch n{number}.example.com cron {text}", command="/scan")
    assert {one.schedule for one in watches(bot)} == {"0 7 * * 1-5"}
    bot.store.forget_everything()
    bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> watch example.com weekly")
    bot.settle()
    (one,) = watches(bot)
    assert (one.place.channel, one.place.thread_ts) == ("C0GENERAL", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("example.com", "Say how often"),
        ("daily", "Name what to watch"),
        ("exmaple daily", "has no dot"),
        ("example.com example.org daily", "one target"),
        ("example.com daily tz=Europe/Madird", "Did you mean tz=Europe/Madrid"),
        ("example.com daily threshold=huge", "threshold= is one of"),
        ("example.com daily until=2020-01-01", "lies in the past"),
        ("example.com daily until=soon", "a day such as"),
        ("example.com daily colour=red", "no option"),
        ("example.com daily playbook=nonsense", "no playbook"),
        ("192.0.2.1 daily playbook=brand-watch", "not for a target of kind ip"),
        ("192.0.2.1 daily collectors=crtsh", "does not take"),
        ("example.com cron * * * * *", "at most once an hour"),
        ("ada@example.com daily", "say why"),
        ("pause nonsense", "no such watch"),
        ("pause", "Name the watch"),
    ],
)
def test_what_cannot_be_watched_is_said_and_nothing_is_written(bot: Bot, text: str, why: str) -> None:
    assert why in said(bot, text)
    assert watches(bot) == []


def test_a_person_is_watched_with_a_reason_and_an_end(bot: Bot) -> None:
    one = made(bot, "ada@example.com daily until=never reason=her account was phished")
    assert one.reason == "her account was phished"
    assert one.expires_at is not None
    assert timedelta(days=89) < one.expires_at - clock.now() < timedelta(days=91)


def test_the_same_watch_is_not_begun_twice_in_a_channel(bot: Bot) -> None:
    said(bot, DAILY)
    assert "You watch example[.]com like that already" in said(bot, DAILY)
    said(bot, DAILY, channel="C0CASE17")
    assert len(watches(bot)) == 2


def test_a_watch_is_paused_resumed_edited_and_stopped_by_whoever_is_in_its_channel(bot: Bot) -> None:
    one = made(bot)
    assert "paused" in said(bot, f"pause {one.id}", user="U0BOB")
    paused = bot.store.watches.get(one.id)
    assert (paused.standing, paused.paused_by, paused.due_at) == ("paused", "U0BOB", None)
    said(bot, f"edit {one.id} weekly threshold=high", user="U0BOB")
    assert bot.store.watches.get(one.id).standing == "paused"
    said(bot, f"resume {one.id}", user="U0BOB")
    resumed = bot.store.watches.get(one.id)
    assert (resumed.standing, resumed.made_by, resumed.threshold) == ("on", "U0BOB", "high")
    assert resumed.due_at is not None
    assert "goes on already" in said(bot, f"resume {one.id}")
    assert "stopped" in said(bot, f"stop {one.id}")
    assert "Nothing is watched here" in said(bot, "list")


def test_watches_of_other_channels_are_neither_listed_nor_touched(bot: Bot) -> None:
    one = made(bot)
    for text in (f"pause {one.id}", f"edit {one.id} weekly", f"stop {one.id}"):
        assert "no such watch" in said(bot, text, user="U0BOB", channel="C0CASE17")
    assert "Nothing is watched here" in said(bot, "list", user="U0BOB", channel="C0CASE17")
    assert one.id in said(bot, "list", user="U0BOB")
    assert one.id in said(bot, "list", channel="C0CASE17")  # who made it sees it everywhere
    assert watches(bot) == [one]


def test_a_finished_scan_becomes_a_watch_by_its_menu(bot: Bot) -> None:
    bot.sandbox.command("example.com collectors=dns")
    scan = bot.end(bot.scans()[0])
    bot.click(bot.post_option(_sealed(bot, scan.id)), "more")
    view = form(bot)
    values: dict[str, Any] = {"every": _chosen("every", "weekly"), "zone": {"zone": {"value": "Europe/Nowhere"}}}
    assert "time zone" in submitted(bot, view, values)["zone"]
    values["zone"] = {"zone": {"value": "Europe/Madrid"}}
    assert submitted(bot, form(bot), values | {"threshold": _chosen("threshold", "high")}) == {}
    (one,) = watches(bot)
    assert (one.target, one.zone, one.threshold) == (scan.target, "Europe/Madrid", "high")
    assert re.fullmatch(r"\d+ \d+ \* \* \d", one.schedule)


def _sealed(bot: Bot, scan_id: str) -> str:
    return bot.front.seal(TEAM)(Action("watch", scan_id, 1))


def _chosen(block: str, value: str) -> dict[str, Any]:
    return {block: {"selected_option": value}}


def test_a_playbook_says_whom_to_ask_and_the_scan_keeps_its_version(bot: Bot) -> None:
    said(bot, "example.com playbook=brand-watch", command="/scan")
    (scan,) = bot.scans()
    assert (scan.belongs.playbook, {run.collector for run in scan.runs}) == ("brand-watch@1", {"crtsh", "dns"})
    assert "not for a target of kind ip" in said(bot, "192.0.2.1 playbook=brand-watch", command="/scan")
    assert "Did you mean brand-watch" in said(bot, "example.com playbook=brand-wacth", command="/scan")
    said(bot, "example.org playbook=brand-watch collectors=whois", command="/scan")
    assert [run.collector for run in bot.scans()[0].runs] == ["whois"]
    assert len(bot.scans()) == 2


def test_a_playbook_is_edited_in_a_form_and_the_next_scan_takes_the_new_version(bot: Bot) -> None:
    assert "phishing-domain" in said(bot, "playbooks", command="/scan")
    page = bot.sandbox.post("command", text="playbook brand-watch", command="/scan", user="U0ADA", channel="C0GENERAL")
    edit = next(block for block in page["ephemeral"]["blocks"] if block["type"] == "actions")["elements"][0]
    bot.click(bot.post_button("edit_playbook", edit["value"]), "edit_playbook")
    view = form(bot)
    fields = {name: {name: {"value": text}} for name, text in {"about": "Ours.", "collectors": "dns, whosi"}.items()}
    assert "Did you mean whois" in submitted(bot, view, fields)["collectors"]
    fields["collectors"] = {"collectors": {"value": "dns, whois"}}
    assert submitted(bot, form(bot), fields) == {}
    assert "version 2 by" in said(bot, "playbook brand-watch", command="/scan").lower()
    said(bot, "example.com playbook=brand-watch", command="/scan")
    said(bot, "example.org playbook=brand-watch@1", command="/scan")
    kept = {scan.target.value: scan.belongs.playbook for scan in bot.scans()}
    assert kept == {"example.com": "brand-watch@2", "example.org": "brand-watch@1"}


@pytest.mark.parametrize(
    ("user", "field", "typed", "says"),
    [
        ("U0ADA", "collectors", "dns, whosi", 'There is no collector "whosi". Did you mean whois?'),
        ("U0ADA", "options", "nsfw", 'None of its collectors has an option "nsfw".'),
        ("U0ADA", "kinds", "planet", '"planet" is no kind of target. I know: domain'),
        ("U0ADA", "rules", "nonsense", 'There is no rule "nonsense".'),
        ("U0ADA", "collectors", "", "Name at least one collector, option or rule."),
        ("U0EVA", "collectors", "dns, whosi", "No hay ningún recolector «whosi». ¿Quizá whois?"),
        ("U0EVA", "options", "nsfw", "Ninguno de sus recolectores tiene la opción «nsfw»."),
        ("U0EVA", "kinds", "planet", "«planet» no es un tipo de objetivo. Conozco: domain"),
        ("U0EVA", "rules", "nonsense", "No existe la regla «nonsense»."),
        ("U0EVA", "collectors", "", "Hay que indicar al menos un recolector, una opción o una regla."),
    ],
)
def test_what_is_wrong_in_the_form_of_a_playbook_is_said_beside_its_field(
    bot: Bot, user: str, field: str, typed: str, says: str
) -> None:
    view = opened_form(bot, user)
    filled = {each["block_id"]: each["element"].get("initial_value", "") for each in view["blocks"]}
    fields = {name: {name: {"value": text}} for name, text in (filled | {field: typed}).items()}
    told = submitted(bot, view, fields, user=user)
    assert list(told) == [field]
    assert told[field].startswith(says)


def test_what_a_shipped_playbook_says_of_itself_is_shown_translated_and_kept_as_it_was(bot: Bot) -> None:
    view = opened_form(bot, "U0EVA")
    filled = {each["block_id"]: each["element"].get("initial_value", "") for each in view["blocks"]}
    assert filled["about"].startswith("Certificados y nombres nuevos de un dominio")
    fields = {name: {name: {"value": text}} for name, text in (filled | {"collectors": "dns"}).items()}
    assert submitted(bot, view, fields, user="U0EVA") == {}
    assert "New certificates and names" in said(bot, "playbook brand-watch", command="/scan")


def opened_form(bot: Bot, user: str) -> dict[str, Any]:
    """The form of a playbook, as somebody opened it."""
    where = {"user": user, "channel": "C0GENERAL"}
    page = bot.sandbox.post("command", text="playbook brand-watch", command="/scan", **where)
    edit = next(block for block in page["ephemeral"]["blocks"] if block["type"] == "actions")["elements"][0]
    bot.click(bot.post_button("edit_playbook", edit["value"]), "edit_playbook", user=user)
    return form(bot, user)


def test_a_digest_is_asked_for_and_ended_in_its_channel(bot: Bot) -> None:
    assert "daily at 08:15 (Europe/Madrid)" in said(bot, "digest daily at=08:15 tz=europe/madrid", command="/scan")
    assert "gets a digest" in said(bot, "digest", command="/scan")
    assert "no digest" in said(bot, "digest", command="/scan", channel="C0CASE17")
    assert "Write /scan digest" in said(bot, "digest yearly", command="/scan")
    assert "no digest any more" in said(bot, "digest off", command="/scan")


def test_a_program_begins_changes_and_stops_a_watch_of_a_channel_it_was_given(bot: Bot) -> None:
    ada, bob = Program(bot, channels=("C0GENERAL",)), Program(bot, "U0BOB")
    wish = {"target": "example.com", "schedule": "0 7 * * 1-5", "tz": "Europe/Madrid", "channel": "C0GENERAL"}
    for other in (wish | {"channel": "C0SECRET"}, wish | {"channel": "U0BOB"}):
        assert ada.post("/watches", other).status_code == 403
    assert ada.post("/watches", wish | {"schedule": "* * * * *"}).status_code == 422
    assert ada.post("/watches", wish | {"target": "ada@example.com"}).status_code == 422
    answer = ada.post("/watches", wish)
    body = answer.json()
    path = f"/watches/{body['id']}"
    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/v1{path}")
    assert (body["schedule_words"], body["threshold"], body["standing"]) == ("Mondays to Fridays at 07:00", "any", "on")
    for method, where in (("GET", path), ("PATCH", path), ("POST", f"{path}/pause"), ("DELETE", path)):
        given: dict[str, Any] = {"json": {}} if method == "PATCH" else {}
        assert bob.send(method, where, **given).status_code == 404
    assert bob.get("/watches").json() == {"watches": []}
    assert ada.send("PATCH", path, json={"threshold": "high"}).json()["threshold"] == "high"
    assert ada.post(f"{path}/pause").json()["standing"] == "paused"
    assert ada.post(f"{path}/resume").json()["standing"] == "on"
    assert [each["id"] for each in ada.get("/watches", channel="C0GENERAL").json()["watches"]] == [body["id"]]
    assert ada.delete(path).json()["standing"] == "stopped"
    assert ada.get("/watches").json() == {"watches": []}


def test_a_program_asks_by_playbook(bot: Bot) -> None:
    ada = Program(bot)
    ada.scan(playbook="brand-watch")
    assert bot.scans()[0].belongs.playbook == "brand-watch@1"
    assert ada.post("/scan", {"target": "example.com", "playbook": "nonsense"}).status_code == 422
    names = [each["name"] for each in ada.get("/playbooks").json()["playbooks"]]
    assert "phishing-domain" in names
    assert ada.get("/playbooks/phishing-domain@1").json()["shipped"] is True
    assert ada.get("/playbooks/phishing-domain@9").status_code == 404
    plan = ada.post("/plan", {"target": "example.com", "playbook": "brand-watch"}).json()
    assert {step["collector"] for step in plan["steps"]} == {"crtsh", "dns"}


def test_the_dashboard_shows_and_changes_watches_of_those_who_may_see_them(bot: Bot) -> None:
    one = made(bot)
    with Reader(bot) as bob, Reader(bot) as ada:
        bob.sign_in(user="U0BOB")
        assert "Nothing is watched that you may see" in words(bob.get("/watches"))
        assert bob.post(f"/watches/{one.id}/stop").status_code == 404
        ada.sign_in(Scope.SCAN)
        assert "example[.]com" in words(ada.get("/watches"))
        assert "daily at 07:30 (Europe/Madrid)" in words(ada.get("/watches"))
        assert ada.post(f"/watches/{one.id}/edit", {"schedule": "61 * * * *"}).status_code == 422
        fields = {"schedule": "weekly", "threshold": "low", "tz": "UTC"}
        assert ada.post(f"/watches/{one.id}/edit", fields).status_code == 303
        assert bot.store.watches.get(one.id).threshold == "low"
        assert ada.post(f"/watches/{one.id}/pause").status_code == 303
        assert ada.post(f"/watches/{one.id}/pause").status_code == 422
        assert bot.store.watches.get(one.id).standing == "paused"


def test_the_home_tab_pauses_resumes_and_edits_one_s_watches(bot: Bot) -> None:
    one = made(bot)
    bot.sandbox.post("home", user="U0ADA")
    bot.settle()
    for standing, word in (("paused", "Resume"), ("on", "Pause")):
        view = bot.sandbox.get("home", user="U0ADA")
        assert bot.sandbox.post("click", user="U0ADA", view_id=view["id"], action_id="watch_set:0")["status"] == "ok"
        bot.settle()
        assert bot.store.watches.get(one.id).standing == standing
        assert word in words_of(bot.sandbox.get("home", user="U0ADA"))
    view = bot.sandbox.get("home", user="U0ADA")
    bot.sandbox.post("click", user="U0ADA", view_id=view["id"], action_id="watch_edit:0")
    shown = form(bot)
    assert "at most once an hour" in submitted(bot, shown, {"every": {"every": {"value": "* * * * *"}}})["every"]
    values = {"every": {"every": {"value": "0 6 * * 1"}}} | {"threshold": _chosen("threshold", "low")}
    assert submitted(bot, form(bot), values) == {}
    edited = bot.store.watches.get(one.id)
    assert (edited.schedule, edited.threshold, edited.zone) == ("0 6 * * 1", "low", "Europe/Madrid")


def test_the_same_watch_that_is_wished_for_several_times_at_once_is_made_once(bot: Bot) -> None:
    ada = Program(bot, channels=("C0GENERAL",))
    wish = {"target": "example.com", "schedule": "daily", "channel": "C0GENERAL"}
    answers = together(5, lambda _: ada.post("/watches", wish))
    assert sorted(each.status_code for each in answers) == [201, 422, 422, 422, 422]
    (one,) = watches(bot)
    assert all(f"already here: watch {one.id}" in each.text for each in answers if each.status_code == 422)
