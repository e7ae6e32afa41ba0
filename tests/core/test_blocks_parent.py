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


def a_failed_scan() -> Scan:
    failed = run("crtsh", Outcome.FAILED, reason="rate_limited", message=SLOW_DOWN)
    return scan(dns_of_a_healthy_company(), failed, run("whois", Outcome.SKIPPED, reason="no_key"))


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (run("crtsh", None, state=RunState.QUEUED), "pending", "waiting"),
        (run("crtsh", None, state=RunState.QUEUED, attempt=2), "pending", "waiting to try again"),
        (run("crtsh", None), "in_progress", "running"),
        (run("crtsh", None, found=1200), "in_progress", "running, 1,200 findings so far"),
        (run("crtsh", Outcome.FOUND, found=1), "complete", "1 finding"),
        (run("crtsh", Outcome.NOTHING), "complete", "nothing found"),
        (run("crtsh", Outcome.PARTIAL, found=4), "complete", "4 findings, but not everything could be looked at"),
        (run("crtsh", Outcome.FAILED, reason="timeout"), "error", "could not look: no answer in time"),
        (run("crtsh", Outcome.FAILED, reason="worker_lost"), "error", "could not look: the worker was lost"),
        (run("crtsh", Outcome.FAILED), "error", "could not look"),
        (run("crtsh", Outcome.SKIPPED, reason="no_key"), "complete", "skipped: no key is set"),
        (run("crtsh", Outcome.CANCELLED), "complete", "stopped"),
        (run("crtsh", Outcome.CANCELLED, found=4), "complete", "stopped, 4 findings kept"),
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
        (scan(run("dns", found=58)), "Finished in 42 s: 58 findings"),
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
    shown = words(parent(scan(run("dns"), tag="case-17", round=2, round_by="U0BOB", round_at=NOW, fresh=True)))
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
    assert "*Stopped by <@U0BOB>* after 0 of 1 source: 0 findings kept." in words(parent(stopped))


def test_a_running_scan_can_be_cancelled_and_asks_first() -> None:
    shown = buttons(parent(scan(run("dns", None), status=ScanStatus.RUNNING)))
    assert list(shown) == ["cancel"]
    assert shown["cancel"]["style"] == "danger"
    assert shown["cancel"]["confirm"]["title"]["text"] == "Stop this scan?"


def test_a_finished_scan_can_be_run_again() -> None:
    assert list(buttons(parent(scan(run("dns"))))) == ["rerun"]


@pytest.mark.parametrize("make", [parent, summary])
def test_what_failed_can_be_asked_again_first(make: Any) -> None:
    shown = buttons(make(a_failed_scan()))
    assert list(shown) == ["rerun_failed", "rerun"]
    assert shown["rerun_failed"]["style"] == "primary"


def test_button_values_name_scan_and_round_and_are_sealed() -> None:
    value = buttons(parent(scan(run("dns"), round=3)))["rerun"]["value"]
    assert unseal(value, key=b"an invented key", team="T0SANDBOX") == Action("rerun", "7f3a9c", 3)


def test_the_summary_names_what_was_not_looked_at_and_why() -> None:
    shown = words(summary(a_failed_scan()))
    assert f"Certificates (crt.sh): could not look. {SLOW_DOWN}" in shown
    assert "Registration (RDAP, WHOIS): skipped, no key is set" in shown
    assert "1 found something, 1 could not be asked, 1 skipped" in shown


def test_the_summary_puts_the_most_severe_first() -> None:
    weak = run("dns", Outcome.FOUND, check("DMARC", "bad", "No DMARC record.", "medium"))
    shown = words(summary(scan(weak, registration_of_a_phisher())))
    assert shown.index("Registered 3 days ago.") < shown.index("DMARC: No DMARC record.")
    assert "High, Registration (RDAP, WHOIS): " in shown


def test_more_than_five_points_are_counted() -> None:
    weak = run("dns", Outcome.FOUND, *(check(f"Check {n}", "bad", "Weak.", "high") for n in range(9)))
    assert "4 more points of this kind in the replies" in words(summary(scan(weak)))


def test_calm_is_claimed_only_when_everybody_answered_in_full() -> None:
    calm = "No finding is marked high or medium."
    assert calm in words(summary(scan(dns_of_a_healthy_company())))
    assert calm not in words(summary(a_failed_scan()))
    assert calm not in words(summary(scan(replace(dns_of_a_healthy_company(), outcome=Outcome.PARTIAL))))


def test_a_source_that_failed_is_never_said_to_have_found_nothing() -> None:
    shown = words(summary(a_failed_scan())) + words(parent(a_failed_scan()))
    assert "nothing" not in shown
