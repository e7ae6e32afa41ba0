"""What somebody tries who wants more than they may: to make a label looser, to guess ids, to leave no trace."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import bot as package
from core.access import Reader as Seer
from core.belongs import Belongs
from core.callers import Scope
from core.cases import Note
from core.clock import now
from core.fingerprints import fingerprint
from core.models import Asker, Kind, Outcome, Place, Target
from core.seal import Action
from core.standing import LEAST, TeamRole
from core.verdicts import Judgement
from tests.bot.api import Program, problem
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.test_cases_shown import case, deliver, said
from tests.bot.test_cases_shown import scanned as scanned_in
from tests.bot.test_forms import form, submitted
from tests.bot.test_pivots import press, scanned
from tests.core.stores import claimed, finding, opened


def typed(bot: Bot, text: str, *, command: str = "/case", user: str = "U0ADA", channel: str = "C0GENERAL") -> str:
    answer = bot.sandbox.post("command", text=text, command=command, user=user, channel=channel)
    bot.settle()
    return words_of(answer["ephemeral"])


def given(bot: Bot, user: str, role: TeamRole) -> None:
    bot.store.roles.give(TEAM, user, role, by="U0ADA")
    bot.front.forget_roles()


def test_a_watch_made_of_a_red_scan_is_red(bot: Bot) -> None:
    bot.sandbox.command("example.com collectors=dns tlp=red")
    scan = bot.end(bot.scans()[0])
    message = bot.post_button("watch", bot.front.seal(TEAM)(Action("watch", scan.id, 1)), channel="D0ADA")
    bot.click(message, "watch", channel="D0ADA")
    view = form(bot)
    values: dict[str, Any] = {"every": {"every": {"selected_option": "daily"}}}
    assert submitted(bot, view, values | {"zone": {"zone": {"value": "UTC"}}}) == {}
    (one,) = bot.store.watches.listed(TEAM)
    assert (one.tlp, one.place.channel) == ("red", "C0GENERAL")
    assert "Nothing is watched here" in typed(bot, "list", command="/watch", user="U0BOB")


def test_a_finding_of_a_red_scan_is_not_pivoted_to_as_clear(bot: Bot) -> None:
    ada = Program(bot)
    one = bot.store.scans.get(ada.scan(type="dns", tlp="red")["task_id"])
    run = claimed(bot.store, one)
    bot.store.runs.save(run, [finding("192.0.2.1", role="address")])
    bot.store.runs.close(run, Outcome.FOUND)
    (told,) = ada.get(f"/scan/{one.id}").json()["runs"][0]["findings"]
    made = ada.post("/scan", {"parent": one.id, "finding": told["fingerprint"], "tlp": "clear"})
    assert made.status_code == 202, made.text
    assert bot.store.scans.get(made.json()["task_id"]).belongs.tlp == "red"


def test_an_id_that_was_guessed_is_no_such_watch_and_is_written_down(bot: Bot) -> None:
    assert "no such watch" in typed(bot, "stop abcd1234", command="/watch", user="U0BOB")
    assert bot.audit()[0] == ("U0BOB", "watch_stop", "refused", "no such watch")


def test_a_viewer_looks_at_a_case_and_changes_nothing_in_it(bot: Bot) -> None:
    typed(bot, 'open "Phish wave" purpose="who is behind it"')
    given(bot, "U0BOB", TeamRole.VIEWER)
    assert "Phish wave" in typed(bot, "status", user="U0BOB")
    assert "Members" in typed(bot, "members", user="U0BOB")
    for text in ("note mine", "members add <@U0BOB>", "hand over <@U0BOB>", "close", 'open "x" purpose="y"'):
        assert "needs the role analyst" in typed(bot, text, user="U0BOB"), text


def test_each_verb_that_has_a_role_of_its_own_is_one_that_somebody_asks_the_guard_for() -> None:
    """A misspelt one would leave its verb to analysts, and nobody would notice."""
    said = {
        each.value
        for path in Path(package.__file__).parent.rglob("*.py")
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    assert sorted(LEAST.keys() - said) == []


def modes(bot: Bot, thread_ts: str) -> list[str]:
    """What became of the files in a thread."""
    return [each["mode"] for one in bot.sandbox.messages(thread_ts=thread_ts) for each in one.get("files") or ()]


def test_the_picture_of_a_target_is_forgotten_with_it(bot: Bot) -> None:
    given(bot, "U0ADA", TeamRole.LEAD)
    one = scanned(bot)
    seat = bot.store.desk.sit(one.id, lease=30)
    assert seat is not None
    ts = bot.post_button("rerun", "x")["ts"]
    bot.store.desk.note(seat, "parent", state="said", channel="C0GENERAL", ts=ts)
    assert press(bot, "graph", one) == []
    assert modes(bot, ts) == ["hosted"]
    value = bot.front.seal(TEAM)(Action("forget", subject="example.com"))
    bot.click(bot.post_button("forget", value), "forget")
    assert modes(bot, ts) == ["tombstone"]
    assert bot.scans() == []


def test_what_only_a_direct_message_shows_is_not_told_by_the_verdict_on_it(bot: Bot) -> None:
    typed(bot, 'open "Phish wave" purpose="who is behind it"')
    (case,) = bot.store.cases.listed(Seer(TEAM, "U0ADA", frozenset({"C0GENERAL"})))
    one = opened(
        bot.store,
        "dns",
        target=Target(Kind.USERNAME, "ada-example"),
        place=Place(TEAM, "C0GENERAL"),
        belongs=Belongs(case=case.id, tlp="green"),
    )
    secret, open_one = finding("leak.example.com", direct_only=True), finding("x.example.com")
    bot.store.runs.close(claimed(bot.store, one), Outcome.FOUND, findings=[secret, open_one])
    whole = bot.store.scans.get(one.id)
    for each in whole.runs[0].findings:
        bot.store.verdicts.judge(whole, fingerprint(each), Judgement.CONFIRMED, user="U0ADA")
    shown = typed(bot, "status", user="U0BOB")
    assert "x[.]example[.]com: confirmed" in shown
    assert "a finding: confirmed" in shown
    assert "leak" not in shown


def test_a_member_who_asks_in_their_own_messages_learns_no_more_than_the_channel_would(bot: Bot) -> None:
    one = scanned_in(bot, "C0GENERAL", "red")
    next_one = opened(bot.store, "dns", asker=Asker("U0ADA"), place=one.place, belongs=one.belongs)
    more = [finding(f"leak{number}.example.com", direct_only=True, severity="high") for number in (1, 2)]
    assert bot.store.runs.close(claimed(bot.store, next_one), Outcome.FOUND, findings=more)

    def asked(text: str, user: str) -> str:
        return words_of(bot.sandbox.command(text, user=f"U0{user}", channel=f"D0{user}")["ephemeral"])

    for user, shown in (("ADA", True), ("BOB", False)):
        assert ("no such finding" in asked(f"explain {next_one.id} leak1.example.com", user)) is not shown
        assert ("leak1[.]example[.]com" in asked("diff example.com", user)) is shown
        message = bot.post_button("judge", bot.front.seal(TEAM)(Action("judge", next_one.id, 1)), channel=f"D0{user}")
        bot.click(message, "judge", user=f"U0{user}", channel=f"D0{user}")
        view = bot.sandbox.get("modal", user=f"U0{user}")["view"]
        assert ("leak1" in str(view)) is shown
        guess = bot.front.seal(TEAM)(Action("verdict", next_one.id, 1, f"confirmed:{fingerprint(more[1])}"))
        message = bot.post_button("verdict:confirmed", guess, channel=f"D0{user}")
        told = words_of(bot.click(message, "verdict:confirmed", user=f"U0{user}", channel=f"D0{user}")[-1])
        assert ("leak2" in told) is shown
    assert [each.user for each in bot.store.verdicts.of(TEAM, one.target)[0].values()] == ["U0ADA"]


def test_who_asks_where_a_red_case_of_others_is_bound_does_not_learn_its_name(bot: Bot) -> None:
    one = case(bot, "C0GENERAL", "red")
    bot.store.cases.remove_member(one.id, "U0ADA")
    scan = opened(bot.store, "dns", place=Place(TEAM, "C0GENERAL"), belongs=Belongs(case=one.id, tlp="red"))
    deliver(bot, scan)
    assert ["Phish wave" in said(bot, place)[0] for place in ("D0ADA", "D0BOB", "C0GENERAL")] == [False, True, False]


def test_why_somebody_is_looked_up_is_told_to_nobody_but_who_asked(bot: Bot) -> None:
    person = Target(Kind.USERNAME, "ada-example")
    scan = opened(bot.store, "dns", target=person, place=Place(TEAM, "C0GENERAL"), reason="suspected of theft")
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=[finding("x.example.com")])
    readers = (("U0ADA", "D0ADA", True), ("U0ADA", "C0GENERAL", False), ("U0BOB", "C0GENERAL", False))
    for user, channel, shown in readers:
        told = bot.sandbox.command(f"explain {scan.id} x.example.com", user=user, channel=channel)["ephemeral"]
        assert "x[.]example[.]com" in words_of(told)
        assert ("suspected" in words_of(told)) is shown
    for user, shown in (("U0ADA", True), ("U0BOB", False)):
        answer = Program(bot, user, channels=("C0GENERAL",)).get(f"/scan/{scan.id}")
        assert (answer.status_code, "suspected" in answer.text) == (200, shown)


def test_nobody_sees_more_of_a_case_over_http_than_slack_shows_them(bot: Bot) -> None:
    """Members all of it; those of its channel what is not TLP:RED; others, and the next workspace's admins, nothing."""
    one, red = case(bot, "C0GENERAL", "green"), case(bot, "C0CASE17", "red")
    far, _ = bot.store.cases.open(replace(one, team="T0OTHER", channel="C0FAR"))
    for tlp in ("green", "red"):
        belongs = Belongs(case=one.id, tlp=tlp)
        scan = opened(bot.store, "dns", place=Place(TEAM, "C0GENERAL"), belongs=belongs)
        found = [finding(f"is-{tlp}.example.com", severity="high"), finding("alone.example.com", direct_only=True)]
        assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=found)
        bot.store.cases.write_down(one.id, Note("U0ADA", f"noted of {tlp}", now(), scan_id=scan.id))
    member, near = Program(bot, "U0BOB"), Program(bot, "service:eve", channels=["C0GENERAL", "C0CASE17", "C0FAR"])
    boss, stranger = Program(bot, "service:boss", scopes=[Scope.ADMIN]), Program(bot, "service:mallory")
    listed = {
        name: {each["id"] for each in who.get("/cases").json()["cases"]}
        for name, who in {"member": member, "near": near, "boss": boss, "stranger": stranger}.items()
    }
    both = {one.id, red.id}
    assert listed == {"member": both, "near": {one.id}, "boss": both, "stranger": set()}
    for program, hidden in ((stranger, (one, red, far)), (near, (red, far)), (member, (far,)), (boss, (far,))):
        for each in hidden:
            for path in (f"/cases/{each.id}", f"/cases/{each.id}/export", f"/case/{each.id}/export"):
                assert "Phish" not in str(problem(program.get(path), 404))
    for path in (f"/cases/{one.id}", f"/cases/{one.id}/export?format=report", f"/cases/{one.id}/export"):
        assert "is-red" in member.get(path).text or "noted of red" in member.get(path).text
        assert "is-green" in near.get(path).text or "noted of green" in near.get(path).text
        assert "red.example" not in near.get(path).text
        assert "noted of red" not in near.get(path).text
        assert "alone" not in near.get(path).text + member.get(path).text
    assert near.get(f"/cases/{one.id}").json()["scans_left_out"] == 1


def test_nobody_judges_over_http_what_they_may_not_see(bot: Bot) -> None:
    one = scanned_in(bot, "C0GENERAL", "red")
    whole = bot.store.scans.get(one.id)
    loud, secret = (fingerprint(each) for each in whole.runs[0].findings)

    def judged(program: Program, mark: str, word: str = "false") -> int:
        return program.post(f"/scan/{one.id}/verdicts", {"finding": mark, "verdict": word}).status_code

    near, member, ada = (Program(bot, user, channels=["C0GENERAL"]) for user in ("service:eve", "U0BOB", "U0ADA"))
    assert [judged(near, loud), judged(near, loud, "undo")] == [404, 404]
    assert [judged(member, secret), judged(member, loud), judged(ada, secret)] == [404, 200, 200]
    told, _ = bot.store.verdicts.of(TEAM, one.target)
    assert {mark: each.user for mark, each in told.items()} == {loud: "U0BOB", secret: "U0ADA"}
    given(bot, "U0BOB", TeamRole.VIEWER)
    refused = problem(Program(bot, "U0BOB").post(f"/scan/{one.id}/verdicts", {"finding": loud, "verdict": "undo"}), 403)
    assert "needs the role analyst" in refused["detail"]
    assert bot.audit()[0] == ("U0BOB", "undo_verdict", "refused", "role")
    assert judged(Program(bot, "U0GUEST"), loud) == 403
