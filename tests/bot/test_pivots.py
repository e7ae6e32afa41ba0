"""Pivots by every door: the menu, the question where one leads away, people, limits, trees and pictures."""

from __future__ import annotations

from typing import Any

import pytest

from core.belongs import Belongs
from core.models import Fact, Finding, Kind, Outcome, Scan, Target
from core.seal import Action
from core.store import Ask, Choice
from core.store.rows import fingerprint
from tasks.beside import gather
from tests.bot.api import Program, problem
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot, words_of
from tests.core.stores import finding

View = dict[str, Any]
FOUND = (
    finding("192.0.2.1", role="address"),
    finding("example.net", Kind.DOMAIN, severity="high"),
    finding("ada@example.com", Kind.EMAIL),
)


def scanned(bot: Bot, *found: Finding, text: str = "example.com collectors=dns #case-17", **who: str) -> Scan:
    """A scan that ended and found this."""
    bot.sandbox.command(text, **who)
    one = bot.scans()[0]
    run = bot.store.runs.claim(bot.store.scans.get(one.id).runs[0].id, lease=30)
    assert run is not None
    bot.store.runs.save(run, list(found or FOUND))
    bot.store.runs.close(run, Outcome.FOUND)
    return bot.store.scans.get(one.id)


def press(bot: Bot, verb: str, one: Scan, *, subject: str = "", **who: str) -> list[dict[str, Any]]:
    value = bot.front.seal(TEAM)(Action(verb, one.id, one.round, subject))
    channel = who.get("channel", "C0GENERAL")
    if verb in ("graph", "tree"):
        return bot.click(bot.post_option(value, channel=channel), "more", **who)
    return bot.click(bot.post_button(verb, value, channel=channel), verb, **who)


def menu(bot: Bot, one: Scan, user: str = "U0ADA") -> View:
    """The menu somebody has open after pressing Pivot."""
    press(bot, "pivot", one, user=user)
    view: View | None = bot.sandbox.get("modal", user=user)["view"]
    assert view is not None, "no menu is open"
    return view


def option(view: View, shown: str) -> str:
    (element,) = [each["element"] for each in view["blocks"] if each.get("block_id") == "pivot_to"]
    options = [each for group in element["option_groups"] for each in group["options"]]
    return str(next(each["value"] for each in options if shown in each["text"]["text"]))


def submit(bot: Bot, view: View, value: str, *, why: str = "", user: str = "U0ADA") -> dict[str, str]:
    """Choose and press Scan; the errors shown in the menu."""
    values = {"pivot_to": {"pivot_to": {"selected_option": value}}} if value else {}
    values |= {"pivot_why": {"pivot_why": {"value": why}}} if why else {}
    answer = bot.sandbox.post("submit", user=user, view_id=view["id"], values=values)
    assert answer["status"] == "ok", answer
    bot.settle()
    errors: dict[str, str] = answer["errors"]
    return errors


def children(bot: Bot, one: Scan) -> list[Scan]:
    return [kin.scan for kin in bot.store.trees.children(one.id)]


def test_a_finding_is_one_click_from_a_scan_that_belongs_to_its_parent(bot: Bot) -> None:
    one = scanned(bot)
    view = menu(bot, one)
    assert submit(bot, view, option(view, "192[.]0[.]2[.]1")) == {}
    (child,) = children(bot, one)
    belongs = (child.belongs.parent, child.belongs.parent_finding, child.belongs.hops)
    assert belongs == (one.id, fingerprint(FOUND[0]), 1)
    assert (child.target.value, child.place, child.tag) == ("192.0.2.1", one.place, "case-17")
    assert "Looking up 192[.]0[.]2[.]1, found in example[.]com" in words_of(bot.whispers()[-1])
    queued = {task for task, scan_id in bot.queued() if scan_id == child.id}
    assert queued == {"tasks.report.deliver", "tasks.scan.run"}
    assert ("tasks.report.deliver", one.id) in bot.queued()  # its thread lists the child


def test_the_same_again_starts_nothing_and_leads_to_what_there_is(bot: Bot) -> None:
    one = scanned(bot)
    for _ in range(2):
        view = menu(bot, one)
        submit(bot, view, option(view, "192[.]0[.]2[.]1"))
    assert len(children(bot, one)) == 1
    assert "was looked up already from here" in words_of(bot.whispers()[-1])


def test_what_leads_away_is_asked_about_first(bot: Bot) -> None:
    one = scanned(bot)
    view = menu(bot, one)
    assert submit(bot, view, option(view, "example[.]net")) == {}
    assert children(bot, one) == []
    asked = bot.sandbox.get("modal", user="U0ADA")["view"]
    assert "example[.]net is registered apart from example[.]com" in str(asked["blocks"])
    assert submit(bot, asked, "") == {}
    assert [child.target.value for child in children(bot, one)] == ["example.net"]
    assert bot.sandbox.get("modal", user="U0ADA")["view"] is None


def test_nobody_is_looked_up_as_a_person_without_a_reason_and_the_reason_is_inherited(bot: Bot) -> None:
    one = scanned(bot)
    view = menu(bot, one)
    errors = submit(bot, view, option(view, "ada[@]example"))
    assert "is a person, so I need to know why" in errors["pivot_to"]
    assert children(bot, one) == []
    assert submit(bot, view, option(view, "ada[@]example"), why="a phishing wave") == {}
    (child,) = children(bot, one)
    assert child.reason == "a phishing wave"


def test_a_menu_belongs_to_its_channel_and_a_forged_one_does_nothing(bot: Bot) -> None:
    one = scanned(bot)
    press(bot, "pivot", one, user="U0BOB", channel="C0CASE17")
    assert bot.sandbox.get("modal", user="U0BOB")["view"] is None
    assert "no longer in my record" in words_of(bot.whispers("U0BOB", "C0CASE17")[-1])
    message = bot.post_button("pivot", "2|1|pivot|x|1||forged")
    assert "not made by me" in words_of(bot.click(message, "pivot")[-1])


def test_hops_and_budget_are_said_and_written_down(start_bot: Start) -> None:
    bot = start_bot(pivot_hops=1, pivot_scans=1)
    one = scanned(bot)
    view = menu(bot, one)
    submit(bot, view, option(view, "192[.]0[.]2[.]1"))
    (child,) = children(bot, one)
    view = menu(bot, one)
    assert "has had 1 pivots already" in submit(bot, view, option(view, "ada[@]"), why="a wave")["pivot_to"]
    assert bot.store.scans.cancel(child.id, by="U0ADA")[1]
    assert ("U0ADA", "pivot", "refused", "pivot budget") in bot.audit()


def test_where_a_second_person_must_say_yes_a_pivot_waits_for_that(start_bot: Start) -> None:
    bot = start_bot(approvals="persons")
    one = scanned(bot)
    view = menu(bot, one)
    assert submit(bot, view, option(view, "ada[@]example"), why="a phishing wave") == {}
    assert children(bot, one) == []
    assert "approv" in words_of(bot.whispers()[-1]).lower()


def test_what_is_red_is_in_no_picture_and_no_list_that_a_channel_sees(bot: Bot) -> None:
    one = scanned(bot, text="example.com collectors=dns tlp=red")
    assert one.belongs.tlp == "red"
    belongs = Belongs(parent=one.id, hops=1, tlp="red")
    choices = (Choice("dns", "key-dns"),)
    ask = Ask(Target(Kind.IP, "192.0.2.1"), choices, one.asker, one.place, "slack", belongs=belongs)
    bot.store.scans.open([ask])
    beside = gather(bot.store, one)
    assert (beside.children, beside.trail) == ((), ())
    seat = bot.store.desk.sit(one.id, lease=30)
    assert seat is not None
    bot.store.desk.note(seat, "parent", state="said", channel="C0GENERAL", ts="1700000000.000100")
    assert "may not be shown here" in words_of(press(bot, "graph", one)[-1])
    elsewhere = bot.sandbox.command(f"tree {one.id}", user="U0BOB")["ephemeral"]
    assert "There is no scan" in words_of(elsewhere)


def test_the_tree_is_told_in_one_s_own_channel_alone(bot: Bot) -> None:
    one = scanned(bot)
    view = menu(bot, one)
    submit(bot, view, option(view, "192[.]0[.]2[.]1"))
    told = words_of(bot.sandbox.command("tree")["ephemeral"])
    assert "Tree of example[.]com" in told
    assert "192[.]0[.]2[.]1" in told
    assert "Tree of example[.]com" in words_of(bot.sandbox.command(f"tree {one.id}", user="U0BOB")["ephemeral"])
    elsewhere = bot.sandbox.command(f"tree {one.id}", user="U0BOB", channel="C0CASE17")["ephemeral"]
    assert f'There is no scan \\"{one.id}\\"' in words_of(elsewhere)
    assert "You have not scanned anything yet" in words_of(bot.sandbox.command("tree", user="U0BOB")["ephemeral"])
    assert "Tree of example[.]com" in words_of(press(bot, "tree", one)[-1])


@pytest.mark.parametrize("depth", ["2", "x", "-1"])
def test_deeper_than_one_it_goes_only_when_asked(bot: Bot, depth: str) -> None:
    assert "deeper than that" in words_of(bot.sandbox.command(f"example.com depth={depth}")["ephemeral"])
    assert bot.scans() == []


def test_depth_is_kept_with_the_scan_and_more_is_one_click(bot: Bot) -> None:
    one = scanned(bot, text="example.com collectors=dns depth=1")
    assert bot.store.pivotings.waiting() == [one.id]
    assert "nothing is left" in words_of(press(bot, "pivot_more", one)[-1])
    batch = bot.store.pivotings.take(one.id, lease=30)
    assert batch == 0
    bot.store.pivotings.done(one.id, batch=0, left=3)
    assert "Looking up more" in words_of(press(bot, "pivot_more", one)[-1])
    assert bot.store.pivotings.waiting() == [one.id]
    assert ("tasks.pivots.spread", one.id) in bot.queued()


def test_the_graph_is_a_file_in_the_thread_with_words_for_who_does_not_see_it(bot: Bot) -> None:
    one = scanned(bot)
    assert "no thread yet" in words_of(press(bot, "graph", one)[-1])
    seat = bot.store.desk.sit(one.id, lease=30)
    assert seat is not None
    ts = bot.post_button("rerun", "x")["ts"]
    bot.store.desk.note(seat, "parent", state="said", channel="C0GENERAL", ts=ts)
    assert press(bot, "graph", one) == []
    (shown,) = [each for each in bot.sandbox.messages(thread_ts=ts) if each.get("files")]
    (file,) = shown["files"]
    assert (file["name"], file["title"]) == (f"graph-{one.id}.png", "Around example[.]com")
    assert "1 IP address (192[.]0[.]2[.]1)" in file["alt_txt"]


def test_a_program_pivots_by_a_finding_s_fingerprint_and_reads_the_tree(bot: Bot) -> None:
    ada = Program(bot)
    one = bot.store.scans.get(ada.scan(type="dns")["task_id"])
    run = bot.store.runs.claim(one.runs[0].id, lease=30)
    assert run is not None
    bot.store.runs.save(run, list(FOUND))
    bot.store.runs.close(run, Outcome.FOUND)
    told = ada.get(f"/scan/{one.id}").json()["runs"][0]["findings"]
    print_of = {each["value"]: each["fingerprint"] for each in told}
    asked = {"parent": one.id, "finding": print_of["192.0.2.1"]}
    made = ada.post("/scan", asked)
    assert (made.status_code, made.json()["target"]) == (202, "192.0.2.1")
    assert ada.post("/scan", asked).json()["task_id"] == made.json()["task_id"]
    beyond = asked | {"finding": print_of["example.net"]}
    assert "registered apart" in problem(ada.post("/scan", beyond), 422)["detail"]
    assert ada.post("/scan", beyond | {"beyond": True}).status_code == 202
    person = asked | {"finding": print_of["ada@example.com"]}
    assert problem(ada.post("/scan", person), 422)["type"].endswith("needs-reason")
    problem(ada.post("/scan", asked | {"finding": "f" * 32}), 422)
    problem(ada.post("/scan", asked | {"target": "example.com"}), 422)
    problem(ada.post("/scan", {"parent": one.id}), 422)
    tree = ada.get(f"/scan/{made.json()['task_id']}/tree").json()
    assert tree["root"] == one.id
    assert [(each["target"], each["hops"]) for each in tree["scans"]] == [
        ("example.com", 0),
        ("192.0.2.1", 1),
        ("example.net", 1),
    ]
    stranger = Program(bot, "U0BOB")
    problem(stranger.get(f"/scan/{one.id}/tree"), 404)
    assert "not yours to see" in problem(stranger.post("/scan", asked), 422)["detail"]


def test_nothing_to_pivot_to_is_said(bot: Bot) -> None:
    one = scanned(bot, finding("10.0.0.1"), finding("SPF", Fact.POSTURE))
    assert "Nothing was found here that I could look up next" in str(menu(bot, one)["blocks"])
    assert Target(Kind.IP, "10.0.0.1") not in [each.target for each in bot.scans()]
