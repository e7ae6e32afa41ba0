"""The product in the analyst's words: asks in Slack, gets a thread, and it stays true when sources misbehave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.listening import words_of
from tests.faults.breaking import ask, asked, assert_told_once, ended, replace_part
from tests.running import Gumshoe, buttons_of, heading, said, tasks_of
from tests.servers import Redis, Sandbox, Sources, until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    """All parts, started once; each story begins with an empty workspace and an empty record."""
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("story"), redis_server, sandbox, sources) as started:
        yield started


@pytest.fixture
def gumshoe(running: Gumshoe) -> Gumshoe:
    running.start_over()
    return running


def test_an_analyst_asks_and_gets_a_thread(gumshoe: Gumshoe) -> None:
    answer = gumshoe.sandbox.command("example.com #case-17")
    assert answer["ack_ms"] < 3000
    assert "example[.]com" in answer["ephemeral"]["text"]

    (scan,) = gumshoe.ended()
    parent, *replies = said(gumshoe.thread())
    assert scan.tag == "case-17"
    assert heading(parent) == "example[.]com"
    assert list(tasks_of(parent).values()) == ["complete"] * 3
    assert len(replies) == len(scan.runs) + 1  # one for each collector, and the summary
    assert replies[-1]["text"].startswith("Summary of example[.]com: 3 of 3 sources answered")
    assert "rerun" in buttons_of(parent)
    assert "cancel" not in buttons_of(parent)


def test_a_source_that_is_down_is_named_and_asked_again_by_a_button(gumshoe: Gumshoe) -> None:
    for host in ("crt.sh", "api.certspotter.com"):
        gumshoe.sources.behave(host=host, kind="status", status=503)
    gumshoe.sandbox.command("example.org")
    (scan,) = gumshoe.ended()
    parent = gumshoe.thread()[0]
    outcomes = {run.collector: str(run.outcome) for run in scan.runs}
    assert outcomes == {"dns": "found", "crtsh": "failed", "whois": "found"}
    assert "Could not ask Certificates (crt.sh)" in parent["text"]

    gumshoe.sources.reset()
    gumshoe.click("rerun_failed", parent)
    again = until("the second round to end", lambda: gumshoe.round_ended(scan.id, 2))
    thread = gumshoe.thread()
    assert {run.collector: run.round for run in again.runs} == {"dns": 1, "crtsh": 2, "whois": 1}
    assert {str(run.outcome) for run in again.runs} == {"found"}
    assert [each["ts"] for each in thread if heading(each).startswith("Round 2")] != []
    assert thread[0]["ts"] == parent["ts"]  # the same parent shows the new round
    assert "Could not ask" not in thread[0]["text"]


def parent_of(gumshoe: Gumshoe, scan_id: str, channel: str = "C0GENERAL") -> dict[str, Any]:
    """The parent message of a scan."""
    return next(
        each for each in gumshoe.parents(channel) if f"`{scan_id}`" in words_of(each) and "plan" in words_of(each)
    )


def test_a_team_remembers_what_a_target_was(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(protocol="dns", name="_dmarc.example.org", kind="status", status=404)
    gumshoe.sandbox.command("example.org fresh", user="U0BOB")
    (first,) = gumshoe.ended()
    assert "seen before" not in words_of(parent_of(gumshoe, first.id))

    gumshoe.sources.reset()
    receipt = words_of(gumshoe.sandbox.command("example.org fresh")["ephemeral"])
    assert "was seen before: by <@U0BOB>" in receipt
    second = gumshoe.ended(2)[0]
    told = parent_of(gumshoe, second.id)
    assert f"scan `{first.id}`" in words_of(told)
    assert "DMARC: grade" in words_of(told)
    assert "SOA" not in words_of(told).partition("What matters")[0]
    assert "diff" in buttons_of(told)

    gumshoe.sources.behave(host="crt.sh", kind="down")
    gumshoe.sources.behave(host="api.certspotter.com", kind="down")
    gumshoe.click("rerun", told)
    until("the second round to end", lambda: gumshoe.round_ended(second.id, 2))
    again = words_of(parent_of(gumshoe, second.id))
    assert "No change in what was compared" in again
    assert "Certificates (crt.sh) (could not look this time)" in again
    gumshoe.sources.reset()

    gumshoe.sandbox.command("example.org fresh", user="U0BOB", channel="C0CASE17")
    third = gumshoe.ended(3)[0]
    assert third.place.channel == "C0CASE17"
    there = words_of(parent_of(gumshoe, third.id, "C0CASE17"))
    assert "seen before" not in there
    assert second.id not in there

    whole = words_of(gumshoe.sandbox.command(f"diff example.org {first.id} {second.id}/1")["ephemeral"])
    assert "DMARC: grade" in whole
    assert third.id not in words_of(gumshoe.sandbox.command("history example.org")["ephemeral"])
    summaries = [
        each for each in said(gumshoe.sandbox.messages("C0GENERAL", thread_ts=told["ts"])) if "Summary" in each["text"]
    ]
    assert "~1" in words_of(summaries[0])


def test_a_double_click_on_re_run_does_one_thing(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("example.org collectors=whois")
    (scan,) = gumshoe.ended()
    parent = gumshoe.thread()[0]
    gumshoe.click("rerun", parent)
    gumshoe.click("rerun", parent)
    until("the second round to end", lambda: gumshoe.round_ended(scan.id, 2))
    assert gumshoe.store.scans.get(scan.id).round == 2
    told = until("the second click to be answered", lambda: gumshoe.whispers("U0ADA")[1:])
    assert "again" in told[-1]["text"] or "still running" in told[-1]["text"]


def test_cancel_stops_asking_and_keeps_what_was_found(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("slow.test")
    parent = until("the thread to open", gumshoe.thread)[0]
    until("a source to be asked", lambda: gumshoe.sources.asked("slow.test"))
    gumshoe.click("cancel", parent)
    (scan,) = gumshoe.ended()
    assert str(scan.status) == "cancelled"
    assert {str(run.outcome) for run in scan.runs} == {"cancelled"}
    parent, *replies = said(gumshoe.thread())
    assert "cancel" not in buttons_of(parent)
    assert [each["text"] for each in replies] == [replies[-1]["text"]]  # no reply but the summary
    assert "topped" in replies[-1]["text"]


def test_guests_and_strangers_are_refused_and_it_is_written_down(gumshoe: Gumshoe) -> None:
    refused = gumshoe.sandbox.command("example.com", user="U0GUEST")
    assert "Guests may not ask me" in refused["ephemeral"]["text"]
    assert gumshoe.scans() == []
    rows = gumshoe.store.audit.listed(team="T0SANDBOX")
    assert (rows[0]["user"], rows[0]["decision"], rows[0]["rule"]) == ("U0GUEST", "refused", "guest")


def test_ten_people_asking_at_once_cause_one_set_of_questions_and_ten_threads(gumshoe: Gumshoe) -> None:
    people, rooms = ("U0ADA", "U0BOB"), ("C0GENERAL", "C0CASE17", "C0PRIVATE", "C0NOBOT", "C0SHARED")
    for room in rooms:
        gumshoe.sandbox.post("channel", id=room, members=[*people, "U0GUMSHOE"])
    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=2)
    askers = [(user, room) for user in people for room in rooms]
    gumshoe.at_once(lambda n: gumshoe.sandbox.command("example.com", user=askers[n][0], channel=askers[n][1]))
    scans = gumshoe.ended(10)
    assert {str(run.outcome) for scan in scans for run in scan.runs} == {"found"}
    for protocol in ("http", "whois"):
        asked = [(each["host"], each["path"]) for each in gumshoe.sources.asked() if each["protocol"] == protocol]
        assert len(set(asked)) == len(asked), "a question was asked twice"
    asked_names = [(each["name"], each["type"]) for each in gumshoe.sources.asked() if each["protocol"] == "dns"]
    assert len(asked_names) < 2 * len(set(asked_names)), "names were asked for again and again"
    assert sum(len(gumshoe.parents(room)) for room in rooms) == 10


def test_a_cached_answer_says_how_old_it_is_and_fresh_asks_again(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("example.org collectors=whois")
    gumshoe.ended(1)
    first = len(gumshoe.sources.asked("rdap"))
    gumshoe.sandbox.command("example.org collectors=whois", user="U0BOB")
    newest = gumshoe.ended(2)[0]
    assert newest.runs[0].cached
    assert newest.runs[0].age_s is not None
    assert len(gumshoe.sources.asked("rdap")) == first
    gumshoe.sandbox.command("example.org collectors=whois fresh", user="U0BOB", channel="C0CASE17")
    assert not gumshoe.ended(3)[0].runs[0].cached
    assert len(gumshoe.sources.asked("rdap")) > first


def test_a_command_delivered_again_starts_nothing_twice(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("example.org collectors=whois")
    gumshoe.sandbox.post("redeliver", times=3, same_ids=True)
    gumshoe.ended(1)
    assert len(gumshoe.scans()) == 1
    assert len(gumshoe.parents()) == 1


def test_a_mention_works_inside_a_thread_where_commands_do_not_exist(gumshoe: Gumshoe) -> None:
    root = gumshoe.sandbox.post("message", user="U0BOB", channel="C0GENERAL", text="look at hxxp://example[.]org/x")[
        "ts"
    ]
    gumshoe.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> scan this", thread_ts=root)
    (scan,) = gumshoe.ended()
    assert (scan.target.kind, scan.place.thread_ts) == ("url", root)
    thread = gumshoe.sandbox.messages("C0GENERAL", thread_ts=root)
    assert heading(thread[2]) == "hxxp://example[.]org/x"


def test_the_message_shortcut_offers_every_target_of_a_message(gumshoe: Gumshoe) -> None:
    text = "Blocked 203[.]0[.]113[.]66 and evil hxxps://examp1e-login[.]test/a, mail ada@example.org"
    ts = gumshoe.sandbox.post("message", user="U0BOB", channel="C0GENERAL", text=text)["ts"]
    gumshoe.sandbox.post("shortcut", user="U0ADA", callback_id="scan_message", channel="C0GENERAL", ts=ts)
    view = until("the form to open", lambda: gumshoe.modal("U0ADA"))
    boxes = next(block["element"] for block in view["blocks"] if block.get("block_id") == "found_0")
    assert [option["value"] for option in boxes["options"]] == [
        "203.0.113.66",
        "https://examp1e-login.test/a",
        "ada@example.org",
    ]
    gumshoe.sandbox.post(
        "submit",
        user="U0ADA",
        view_id=view["id"],
        values={"found_0": {"found_0": {"type": "checkboxes", "selected_options": boxes["options"][1:2]}}},
    )
    (scan,) = gumshoe.ended()
    assert scan.target.value == "https://examp1e-login.test/a"
    assert scan.place.thread_ts == ts


def test_a_channel_without_the_bot_is_explained_to_the_asker_and_nothing_is_lost(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("example.org collectors=whois", channel="C0NOBOT")
    until("the run to close", lambda: [scan for scan in gumshoe.scans() if scan.finished_at])
    told = until("the asker to be told", lambda: gumshoe.direct("U0ADA"))
    assert "not a member" in told[-1]["text"]
    status = gumshoe.sandbox.command("status")
    assert "not delivered" in status["ephemeral"]["text"]

    gumshoe.sandbox.post("channel", id="C0NOBOT", bot_is_member=True)
    gumshoe.click("post_again", told[-1], channel=told[-1]["channel"])
    gumshoe.ended()
    assert len(said(gumshoe.thread("C0NOBOT"))) == 3  # the parent, the reply, the summary


def test_a_wrong_word_gets_a_did_you_mean_and_nothing_is_started(gumshoe: Gumshoe) -> None:
    for typed, hint in {
        "statsu": "/scan status",
        "example.com collector=dsn": "dns",
        "exmaple": "user:exmaple",
        "10.0.0.1": "private",
    }.items():
        shown = gumshoe.sandbox.command(typed)["ephemeral"]
        assert hint in str(shown["blocks"]) + shown["text"], typed
    assert gumshoe.scans() == []


def test_a_worker_that_is_killed_in_the_middle_costs_the_analyst_nothing(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host="crt.sh", kind="hang", times=1)
    scan_id = ask(gumshoe, "example.org collectors=crtsh,whois")
    asked(gumshoe, "crt.sh")
    replace_part(gumshoe, "worker")
    scan = ended(gumshoe, scan_id)
    assert {str(run.outcome) for run in scan.runs} == {"found"}
    assert_told_once(gumshoe, scan)


def test_slack_asks_to_slow_down_and_nothing_is_lost_or_said_twice(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.fault("chat.postMessage", "429", times=2, retry_after=1)
    scan = ended(gumshoe, ask(gumshoe, "example.org"))
    assert len([call for call in gumshoe.sandbox.calls("chat.postMessage") if call["fault"] == "429"]) == 2
    assert_told_once(gumshoe, scan)


def test_a_connection_cut_after_slack_stored_a_message_posts_it_once(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.fault("chat.postMessage", "cut_after", times=2)
    scan = ended(gumshoe, ask(gumshoe, "example.org"))
    assert_told_once(gumshoe, scan)


def test_the_same_works_over_signed_http(tmp_path: Path, redis_server: Redis, sources: Sources) -> None:
    sources.reset()
    apart = redis_server.url.removesuffix("/0") + "/1"  # the other stories' workers must not take this one's tasks
    with (
        Sandbox.over_http() as sandbox,
        Gumshoe(tmp_path, redis_server, sandbox, sources, REDIS_URL=apart) as gumshoe,
    ):
        assert sandbox.command("example.org collectors=whois")["ack_ms"] < 3000
        gumshoe.ended()
        assert len(said(gumshoe.thread())) == 3
