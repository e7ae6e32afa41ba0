"""The parent and the summary say where a scan stands, and never take silence for an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core import blocks
from core.models import Kind, Outcome, Run, RunState, Scan, ScanStatus, Target
from core.seal import Action, unseal
from tests.core.reading import buttons, first_line, tasks, words
from tests.core.samples import (
    NOW,
    SEAL,
    TITLES,
    certificates_of_a_healthy_company,
    check,
    dns_of_a_healthy_company,
    registration_of_a_phisher,
    run,
    scan,
)

SLOW_DOWN = "crt.sh asks us to slow down. Try again in a minute."


def parent(given: Scan, delayed: str = "") -> blocks.Message:
    return blocks.parent(given, titles=TITLES, seal=SEAL, delayed=delayed)


def summary(given: Scan) -> blocks.Message:
    return blocks.summary(given, titles=TITLES, seal=SEAL)


def reply_of(given: Scan) -> blocks.Message:
    return blocks.reply(given, given.runs[0], title="DNS", seal=SEAL)


def a_failed_scan() -> Scan:
    failed = run("crtsh", Outcome.FAILED, reason="rate_limited", message=SLOW_DOWN)
    return scan(dns_of_a_healthy_company(), failed, run("whois", Outcome.SKIPPED, reason="no_key"))


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (run("crtsh", None, state=RunState.QUEUED), "pending", "waiting"),
        (run("crtsh", None, state=RunState.QUEUED, attempt=2), "pending", "waiting to try again"),
        (
            run("crtsh", None, state=RunState.QUEUED, reason="quota", after=NOW.replace(hour=14, minute=32)),
            "pending",
            "waiting for quota, until about 14:32 UTC",
        ),
        (run("crtsh", None), "in_progress", "running"),
        (run("crtsh", None, found=1200), "in_progress", "running, 1,200 findings so far"),
        (run("crtsh", Outcome.FOUND, found=1), "complete", "1 finding"),
        (run("crtsh", Outcome.NOTHING), "complete", "nothing found"),
        (run("crtsh", Outcome.PARTIAL, found=4), "complete", "4 findings, only in part"),
        (run("crtsh", Outcome.FAILED, reason="timeout"), "error", "could not look: no answer in time"),
        (run("crtsh", Outcome.FAILED, reason="worker_lost"), "error", "could not look: the worker was lost"),
        (run("crtsh", Outcome.FAILED, reason="zone_down"), "error", "could not look: its name servers fail"),
        (run("crtsh", Outcome.FAILED), "error", "could not look"),
        (run("crtsh", Outcome.SKIPPED, reason="no_key"), "complete", "skipped: no key is set"),
        (run("crtsh", Outcome.CANCELLED), "pending", "stopped"),
        (run("crtsh", Outcome.CANCELLED, found=4), "pending", "stopped, 4 findings kept"),
    ],
)
def test_every_state_stands_in_the_plan_in_words(given: Run, status: str, said: str) -> None:
    message = parent(scan(given, status=ScanStatus.RUNNING))
    assert tasks(message) == [(status, f"Certificates (crt.sh): {said}")]


def test_a_cached_answer_shows_its_age() -> None:
    assert tasks(parent(scan(certificates_of_a_healthy_company())))[0][1].endswith("39 findings (as of 3 h ago)")


@pytest.mark.parametrize(
    ("given", "title"),
    [
        (scan(run("dns", None, state=RunState.QUEUED), status=ScanStatus.QUEUED), "Waiting to start 1 collector"),
        (scan(run("dns"), run("whois", None), status=ScanStatus.RUNNING), "Running, 1 of 2 done: 0 findings so far"),
        (scan(run("dns", found=58)), "1 of 1 source answered, 58 findings, 42 s"),
        (
            scan(run("dns", found=58), run("whois", Outcome.PARTIAL, found=2)),
            "2 of 2 sources answered, 1 only in part, 60 findings, 42 s",
        ),
        (scan(run("dns", Outcome.NOTHING)), "1 of 1 source answered, nothing found, 42 s"),
        (scan(run("dns", Outcome.FAILED)), "Finished in 42 s: no source could be asked"),
        (
            scan(run("dns", found=3), run("whois", Outcome.CANCELLED), status=ScanStatus.CANCELLED),
            "Stopped after 1 of 2: 3 findings kept",
        ),
    ],
)
def test_the_plan_is_titled_with_the_state(given: Scan, title: str) -> None:
    plan: dict[str, Any] = next(block for block in parent(given).blocks if block["type"] == "plan")
    assert plan["title"] == title


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (scan(run("dns", found=58)), "example[.]com: 1 of 1 source answered, 58 findings."),
        (scan(run("dns", Outcome.NOTHING)), "example[.]com: 1 of 1 source answered, nothing found."),
        (
            scan(run("dns", Outcome.NOTHING), run("crtsh", Outcome.FAILED, reason="down")),
            "example[.]com: 1 of 2 sources answered, 0 findings. "
            "Could not ask Certificates (crt.sh) (the source is down).",
        ),
        (
            scan(run("dns", Outcome.FAILED, reason="timeout")),
            "example[.]com: 0 of 1 source answered, 0 findings. Could not ask DNS records (no answer in time).",
        ),
        (
            scan(run("whois", Outcome.SKIPPED, reason="no_key")),
            "example[.]com: 0 of 1 source answered, 0 findings. Skipped Registration (RDAP, WHOIS) (no key is set).",
        ),
        (
            scan(run("dns", found=3), run("whois", Outcome.CANCELLED), status=ScanStatus.CANCELLED),
            "example[.]com: stopped, 1 of 2 sources answered, 3 findings kept.",
        ),
        (scan(), "example[.]com: no source takes this kind of target."),
        (
            scan(registration_of_a_phisher()),
            "example[.]com: 1 of 1 source answered, 2 findings. Registered 3 days ago.",
        ),
    ],
)
def test_the_text_carries_the_outcome_for_screen_readers(given: Scan, text: str) -> None:
    assert parent(given).text == text


def test_the_first_line_is_the_defanged_target() -> None:
    assert first_line(parent(scan(run("dns")))) == "example[.]com"


def test_it_says_who_asked_with_which_tag_and_when() -> None:
    again = replace(run("dns"), round=2)
    shown = words(parent(scan(again, tag="case-17", round=2, round_by="U0BOB", round_at=NOW, fresh=True)))
    assert (
        "Asked by <@U0ADA> · #case-17 · Round 2, by <@U0BOB> · Fresh: no cached answers · <!date^1795435200^" in shown
    )
    assert "Scan `7f3a9c`" in shown


def test_a_look_alike_name_is_pointed_out_before_any_answer() -> None:
    target = Target(Kind.DOMAIN, "examp1e-login.test", ("The digit 1 looks like the letter l.",))
    assert "The digit 1 looks like the letter l." in words(parent(scan(run("dns", None), target=target)))


def test_a_delay_by_slack_is_shown() -> None:
    message = parent(scan(run("dns", None), status=ScanStatus.RUNNING), delayed="next edit in 20 s")
    assert "Delayed by Slack: \nnext edit in 20 s" in words(message)
    assert message.text.endswith("Delayed by Slack.")


def test_whoever_stopped_it_is_named() -> None:
    stopped = scan(run("dns", Outcome.CANCELLED), status=ScanStatus.CANCELLED, cancelled_by="U0BOB")
    assert "*Stopped by <@U0BOB>.*" in words(parent(stopped))
    assert "*Stopped by <@U0BOB> after 0 of 1: 0 findings kept.*" in words(summary(stopped))


def test_the_parent_says_the_outcome_once() -> None:
    shown = words(parent(scan(run("dns", found=58))))
    assert shown.count("58 findings") == 2  # of all sources, and of this one
    assert "answered" in shown
    assert shown.count("answered") == 1


def test_the_parent_names_what_was_not_looked_at_and_leaves_the_reasons_to_the_thread() -> None:
    half = run("dns", Outcome.PARTIAL, message="The answer was cut short.\nA remark.")
    failed = run("crtsh", Outcome.FAILED, reason="rate_limited", message=SLOW_DOWN)
    shown = words(parent(scan(half, failed, run("whois", Outcome.SKIPPED, reason="no_key"))))
    assert (
        "Not looked at: Certificates (crt.sh), Registration (RDAP, WHOIS). Only in part: DNS records. "
        "Reasons in the thread." in shown
    )
    assert SLOW_DOWN not in shown


def test_a_remark_is_never_told_as_something_not_looked_at() -> None:
    half = run("dns", Outcome.PARTIAL, message="The answer was cut short.\nA remark.")
    shown = words(summary(scan(half)))
    assert "DNS records: only in part. The answer was cut short." in shown
    assert "A remark" not in shown


def test_the_summary_repeats_who_found_nothing_in_their_words() -> None:
    none = run("dns", Outcome.NOTHING, message="vanished.test does not exist (NXDOMAIN).")
    assert "DNS records: vanished[.]test does not exist (NXDOMAIN)." in words(summary(scan(none)))


def test_a_running_scan_can_be_cancelled_and_asks_first() -> None:
    shown = buttons(parent(scan(run("dns", None), status=ScanStatus.RUNNING)))
    assert list(shown) == ["cancel"]
    assert shown["cancel"]["style"] == "danger"
    assert shown["cancel"]["confirm"]["title"]["text"] == "Stop this scan?"


def test_a_finished_scan_can_be_run_again() -> None:
    assert list(buttons(parent(scan(run("dns")))))[:1] == ["rerun"]


@pytest.mark.parametrize("make", [parent, summary])
def test_what_failed_can_be_asked_again_first(make: Any) -> None:
    shown = buttons(make(a_failed_scan()))
    assert list(shown)[:2] == ["rerun_failed", "rerun"]
    assert shown["rerun_failed"]["style"] == "primary"


@pytest.mark.parametrize(
    "given", [scan(run("dns", None), status=ScanStatus.RUNNING), a_failed_scan()], ids=["running", "failed"]
)
def test_what_a_screen_reader_says_of_a_button_begins_with_what_it_shows(given: Scan) -> None:
    shown = [*buttons(parent(given)).values(), *buttons(reply_of(given)).values()]
    assert all(each["accessibility_label"].startswith(each["text"]["text"]) for each in shown)


def test_button_values_name_scan_and_round_and_are_sealed() -> None:
    value = buttons(parent(scan(run("dns"), round=3)))["rerun"]["value"]
    assert unseal(value, key=b"an invented key", team="T0SANDBOX", now=NOW) == Action("rerun", "7f3a9c", 3)


def test_the_summary_names_what_was_not_looked_at_and_why() -> None:
    shown = words(summary(a_failed_scan()))
    assert f"Certificates (crt.sh): could not look. {SLOW_DOWN}" in shown
    assert "Registration (RDAP, WHOIS): skipped, no key is set" in shown
    assert "*1 of 3 sources answered, 18 findings, 42 s.*" in shown


def test_the_summary_puts_the_most_severe_first() -> None:
    weak = run("dns", Outcome.FOUND, check("DMARC", "bad", "No DMARC record.", "medium"))
    shown = words(summary(scan(weak, registration_of_a_phisher())))
    assert shown.index("Registered 3 days ago.") < shown.index("DMARC: No DMARC record.")
    assert "High, Registration (RDAP, WHOIS): " in shown


@pytest.mark.parametrize(
    ("make", "points", "title"),
    [
        (parent, 3, "What matters first"),
        (parent, 9, "What matters first (3 of 9, all in the summary)"),
        (summary, 9, "What matters first"),
        (summary, 30, "What matters first (20 of 30, all in the replies)"),
    ],
)
def test_the_parent_has_three_points_and_the_summary_the_rest(make: Any, points: int, title: str) -> None:
    weak = run("dns", Outcome.FOUND, *(check(f"Check {n}", "bad", "Weak.", "high") for n in range(points)))
    assert title in words(make(scan(weak))).split("\n")


def test_calm_is_claimed_only_when_everybody_answered_in_full() -> None:
    calm = "No finding is rated high or medium. 1 check in DNS records only fair: CAA."
    assert calm in words(summary(scan(dns_of_a_healthy_company())))
    assert calm not in words(summary(a_failed_scan()))
    assert calm not in words(summary(scan(replace(dns_of_a_healthy_company(), outcome=Outcome.PARTIAL))))


def test_a_source_that_failed_is_never_said_to_have_found_nothing() -> None:
    shown = words(summary(a_failed_scan())) + words(parent(a_failed_scan()))
    assert "nothing" not in shown


def test_a_round_of_one_collector_does_not_unsay_what_the_others_answered() -> None:
    again = replace(run("crtsh"), round=2)
    shown = words(parent(scan(run("dns"), again, round=2, round_by="U0BOB", round_at=NOW)))
    assert "2 of 2 sources answered" in shown
    assert "Round 2, by <@U0BOB>: crtsh only" in shown
