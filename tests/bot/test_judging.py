"""Judging and explaining, in Slack and over the API: who may, what a second press does, and who sees what."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.guard import Who
from bot.reactions import reacted
from core.fingerprints import fingerprint
from core.models import Finding, Kind, Outcome, Place, Scan
from core.seal import Action
from tests.bot.api import Program, problem
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.test_signatures import now, post, secret_of, sign
from tests.core.stores import finding

INSIDE = finding("10.1.2.3", role="address", severity="high", why="It is inside.")
OTHER = finding("10.1.2.4", role="address", severity="medium")
MARK = fingerprint(INSIDE)
RULE = "private-address-in-dns"


def scanned(bot: Bot, *found: Finding, text: str = "example.com collectors=dns", **more: str) -> Scan:
    """A scan that ended with these findings."""
    bot.sandbox.command(text, **more)
    one = bot.scans()[0]
    claimed = bot.store.runs.claim(one.runs[0].id, lease=30)
    assert claimed is not None
    bot.store.runs.save(claimed, found)
    bot.store.runs.close(claimed, Outcome.FOUND)
    return bot.store.scans.get(one.id)


def pressed(bot: Bot, verb: str, subject: str, scan: Scan, **more: str) -> str:
    """What the person is told who presses a button that does this."""
    value = bot.front.seal(TEAM)(Action(verb, scan.id, scan.round, subject))
    name = f"verdict:{subject.partition(':')[0]}" if verb == "verdict" else verb
    message = bot.post_button(name, value, channel=more.get("channel", "C0GENERAL"))
    told = bot.click(message, name, **more)
    return words_of(told[-1]) if told else ""


def counting(bot: Bot, scan: Scan) -> dict[str, str]:
    told, _ = bot.store.verdicts.of(TEAM, scan.target)
    return {mark: f"{each.judgement} by {each.user}" for mark, each in told.items()}


def test_a_button_judges_tells_the_thread_anew_and_is_written_down(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    told = pressed(bot, "verdict", f"false:{MARK}", scan)
    assert "10[.]1[.]2[.]3 is judged false." in told
    assert counting(bot, scan) == {MARK: "false by U0ADA"}
    assert scan.id in bot.store.overdue.untold()
    row = bot.store.audit.listed(team=TEAM)[0]
    assert (row["verb"], row["decision"]) == ("verdict", "allowed")
    assert f"false:{MARK}" in str(row["subject"])


def test_a_second_press_does_nothing_twice(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    pressed(bot, "verdict", f"false:{MARK}", scan)
    version = bot.store.scans.get(scan.id).version
    assert "Nothing changed" in pressed(bot, "verdict", f"false:{MARK}", scan, user="U0BOB")
    assert bot.store.scans.get(scan.id).version == version
    assert counting(bot, scan) == {MARK: "false by U0ADA"}


def test_undo_takes_it_back_once(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    pressed(bot, "verdict", f"benign:{MARK}", scan)
    (verdict,) = bot.store.verdicts.of(TEAM, scan.target)[0].values()
    assert "no longer judged benign" in pressed(bot, "undo_verdict", str(verdict.number), scan, user="U0BOB")
    assert counting(bot, scan) == {}
    assert "taken back already" in pressed(bot, "undo_verdict", str(verdict.number), scan)
    assert "no longer in my record" in pressed(bot, "undo_verdict", "99999", scan)


def test_who_may_not_scan_may_not_judge(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    assert "Guests may not ask me" in pressed(bot, "verdict", f"false:{MARK}", scan, user="U0GUEST")
    assert counting(bot, scan) == {}
    assert bot.audit()[0] == ("U0GUEST", "verdict", "refused", "guest")


def test_nobody_judges_or_explains_a_scan_of_another_channel(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    for verb, subject in (("verdict", f"false:{MARK}"), ("explain", MARK), ("undo_verdict", "1")):
        told = pressed(bot, verb, subject, scan, user="U0BOB", channel="C0CASE17")
        assert "another channel" in told
    assert counting(bot, scan) == {}


@pytest.mark.parametrize("subject", ["false:" + "0" * 32, "nonsense:" + MARK, "false", ""])
def test_what_is_not_in_the_scan_is_not_judged(bot: Bot, subject: str) -> None:
    scan = scanned(bot, INSIDE)
    assert pressed(bot, "verdict", subject or "x", scan)
    assert counting(bot, scan) == {}


def test_the_form_lists_what_matters_and_judges_what_is_chosen(bot: Bot) -> None:
    scan = scanned(bot, INSIDE, OTHER, finding("192.0.2.10"))
    view = judge_form(bot, scan)
    (menu,) = [each["element"] for each in view["blocks"] if each.get("block_id") == "finding"]
    assert [each["value"] for each in menu["options"]] == [MARK, fingerprint(OTHER)]
    assert submitted(bot, view, {"finding": fingerprint(OTHER)}) != {}  # no verdict chosen
    assert submitted(bot, view, {"finding": fingerprint(OTHER), "judgement": "not_this_person"}) == {}
    assert counting(bot, scan) == {fingerprint(OTHER): "not_this_person by U0ADA"}
    assert "judged not this person" in words_of(bot.whispers()[-1])


def judge_form(bot: Bot, scan: Scan) -> dict[str, Any]:
    value = bot.front.seal(TEAM)(Action("judge", scan.id, scan.round))
    bot.click(bot.post_option(value), "more")
    bot.settle()
    view: dict[str, Any] = bot.sandbox.get("modal", user="U0ADA")["view"]
    return view


def submitted(bot: Bot, view: dict[str, Any], chosen: dict[str, str]) -> dict[str, str]:
    values = {name: {name: {"selected_option": value}} for name, value in chosen.items()}
    answer = bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)
    bot.settle()
    errors: dict[str, str] = answer["errors"] or {}
    return errors


def test_a_finding_and_a_headline_are_explained_to_who_asks_alone(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    told = pressed(bot, "explain", MARK, scan, user="U0BOB")
    for said in ("The path", "asked about example[.]com", "SHA-256", "What would change it", "It is inside."):
        assert said in told
    assert "verdict:false" in told  # and can be judged right there
    assert bot.whispers("U0ADA")[-1:] == [
        each for each in bot.whispers("U0ADA")[-1:] if "The path" not in words_of(each)
    ]
    told = pressed(bot, "explain", f"rule:{RULE}", scan)
    assert "Why this headline" in told
    assert "A private address in the public DNS" in told
    assert "no longer among the findings" in pressed(bot, "explain", "rule:nothing-like-it", scan)


def test_any_finding_is_explained_by_its_value_also_as_slack_shows_it(bot: Bot) -> None:
    scan = scanned(bot, INSIDE, finding("192.0.2.77"))

    def told(words: str, **more: str) -> str:
        return words_of(bot.sandbox.command(f"explain {words}", **more)["ephemeral"])

    assert "The path" in told(f"{scan.id} 192.0.2.77")
    assert "The path" in told(f"{scan.id} 192[.]0[.]2[.]77")
    assert "Why this headline" in told(f"{scan.id} {RULE}")
    assert "has no such finding" in told(f"{scan.id} 192.0.2.78")
    assert "Name the scan and the finding" in told(scan.id)
    assert "There is no scan" in told(f"{scan.id} 192.0.2.77", user="U0BOB", channel="C0CASE17")


def test_a_choice_from_the_menu_is_read_as_a_press_is(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    value = bot.front.seal(TEAM)(Action("explain", scan.id, 1, MARK))
    option = {"text": {"type": "plain_text", "text": "10.1.2.3"}, "value": value}
    menu = {"type": "static_select", "action_id": "explain", "options": [option]}
    ts = posted(bot, [{"type": "actions", "elements": [menu]}])
    before = len(bot.whispers())
    answer = bot.sandbox.post("select", user="U0ADA", channel="C0GENERAL", ts=ts, action_id="explain", value=value)
    assert answer["status"] == "ok", answer
    assert "The path" in words_of(bot.whispers()[before])


def posted(bot: Bot, blocks: list[dict[str, Any]]) -> str:
    answer = httpx.post(
        f"{bot.settings.slack_api_url}chat.postMessage",
        headers={"Authorization": f"Bearer {bot.settings.slack_bot_token.get_secret_value()}"},
        json={"channel": "C0GENERAL", "text": "a menu", "blocks": blocks},
    ).json()
    assert answer["ok"], answer
    return str(answer["ts"])


def react(bot: Bot, scan: Scan, reaction: str, ts: str = "1.5") -> str:
    """What U0BOB is told who reacts on a message."""
    before = len(bot.whispers("U0BOB"))
    who = Who("U0BOB", Place(TEAM, scan.place.channel))
    bot.run(reacted(bot.front, who, reaction, ts=ts))
    told = bot.whispers("U0BOB")[before:]
    return words_of(told[-1]) if told else ""


def reply_stands(bot: Bot, scan: Scan) -> None:
    seat = bot.store.desk.sit(scan.id, lease=30)
    assert seat is not None
    bot.store.desk.note(seat, "reply/1/dns", state="said", channel=scan.place.channel, ts="1.5", digest="d")
    bot.store.desk.leave(seat)


def test_an_agreed_reaction_on_a_reply_judges_the_one_finding_that_matters(bot: Bot) -> None:
    scan = scanned(bot, INSIDE, finding("192.0.2.10"))
    reply_stands(bot, scan)
    assert react(bot, scan, "tada") == ""
    assert react(bot, scan, "x", ts="9.9") == ""  # no reply of ours
    assert counting(bot, scan) == {}
    assert "judged false" in react(bot, scan, "x")
    assert counting(bot, scan) == {MARK: "false by U0BOB"}


def test_a_reaction_on_a_reply_of_several_judges_none_and_says_where_to(bot: Bot) -> None:
    scan = scanned(bot, INSIDE, OTHER)
    reply_stands(bot, scan)
    assert "2 findings that matter" in react(bot, scan, "white_check_mark")
    assert counting(bot, scan) == {}


def test_reactions_are_heard_where_the_workspace_has_agreed_on_them(start_bot: Start) -> None:
    bot = start_bot(judge_by_reaction=True)
    scan = scanned(bot, INSIDE)
    slack_brings_a_reaction(bot, scan)
    slack_brings_a_reaction(bot, scan)  # it may bring it twice
    assert counting(bot, scan) == {MARK: "false by U0BOB"}


def test_reactions_are_not_heard_unasked(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    slack_brings_a_reaction(bot, scan)
    assert counting(bot, scan) == {}


def slack_brings_a_reaction(bot: Bot, scan: Scan) -> None:
    if "reply/1/dns" not in bot.store.desk.said(scan.id):
        reply_stands(bot, scan)
    at = {"type": "message", "channel": scan.place.channel, "ts": "1.5"}
    event = {"type": "reaction_added", "user": "U0BOB", "reaction": "x", "item": at, "event_ts": "2.5"}
    whole = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev0REACTED", "event": event}
    body = json.dumps(whole).encode()
    post(bot, body, sign(secret_of(bot), body, now()) | {"Content-Type": "application/json"})
    bot.settle()


def test_the_api_tells_headlines_verdicts_and_explains(bot: Bot) -> None:
    scan = scanned(bot, INSIDE)
    ada = Program(bot)
    pressed(bot, "verdict", f"confirmed:{MARK}", scan)
    whole = ada.get(f"/scan/{scan.id}").json()
    assert [each["rule"] for each in whole["headlines"]] == [RULE]
    (one,) = whole["runs"][0]["findings"]
    assert (one["fingerprint"], one["verdict"]["verdict"], one["verdict"]["by"]) == (MARK, "confirmed", "U0ADA")
    for subject, kind in ((MARK, "finding"), (RULE, "headline")):
        told = ada.get(f"/scan/{scan.id}/explain/{subject}").json()
        assert (told["kind"], told["subject"]) == (kind, subject)
        assert told["path"]
        assert told["evidence"][0]["fingerprint"] == MARK
    problem(ada.get(f"/scan/{scan.id}/explain/nothing"), 404)
    bob = Program(bot, "U0BOB")
    assert problem(bob.get(f"/scan/{scan.id}/explain/{MARK}"), 404)["detail"]


def test_over_the_api_too_nobody_is_named_who_judged_where_one_may_not_look(bot: Bot) -> None:
    secret = scanned(bot, INSIDE, user="U0BOB", channel="C0CASE17")
    pressed(bot, "verdict", f"false:{MARK}", secret, user="U0BOB", channel="C0CASE17")
    mine = scanned(bot, INSIDE)
    (one,) = Program(bot).get(f"/scan/{mine.id}").json()["runs"][0]["findings"]
    assert (one["verdict"]["verdict"], one["verdict"]["by"]) == ("false", "")


def test_a_stranger_to_the_scan_gets_no_word_of_its_kinds(bot: Bot) -> None:
    """What only a direct message shows is neither offered nor explained where several read along."""
    sensitive = finding("Sensitive", Kind.NAME, severity="high", direct_only=True)
    scan = scanned(bot, sensitive)
    assert "no longer among the findings" in pressed(bot, "explain", fingerprint(sensitive), scan)
