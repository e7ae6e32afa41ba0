"""A plan says at a glance what would be done, for how long, and what is not known; nothing is promised."""

from __future__ import annotations

from typing import Any

import pytest

from core import blocks
from core.health import Health
from core.models import Kind, Offer, Option, Outcome, Target
from core.previews import Preview, Step, Way
from core.seal import Action, unseal
from tests.core.reading import buttons, words
from tests.core.samples import NOW, SEAL, TITLES, offers, run, scan

DOMAIN = Target(Kind.DOMAIN, "example.com")
RUN = Action("run_plan", "abc", 5, "- example.com")


def ask(name: str, p50: float | None = None, p95: float | None = None, **more: Any) -> Step:
    return Step(name, name.title(), Way.ASK, p50_s=p50, p95_s=p95, **more)


def shown(*steps: Step, more: tuple[Option, ...] = ()) -> str:
    return words(blocks.preview([Preview(DOMAIN, steps, more)], seal=SEAL, run=RUN))


def opened(value: str) -> Action:
    return unseal(value, key=b"an invented key", team="T0SANDBOX", now=NOW)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([ask("dns", 0.5, 0.9), ask("crtsh", 8, 30)], "About 8.0 s, 19 of 20 times within 30 s."),
        ([ask("dns", 0.5, 0.5), ask("new")], "About 0.5 s, 1 collector not measured yet."),
        ([ask("new")], "How long it takes was not measured yet."),
        ([ask("dns", 0.5, 0.9, wait_s=60)], "About 60 s"),
        ([Step("dns", "DNS", Way.KEPT, age_s=10800)], "0 collectors to ask, 1 answer kept."),
    ],
)
def test_the_time_is_what_was_measured_and_the_slowest_counts(steps: list[Step], said: str) -> None:
    assert said in shown(*steps)


def test_each_step_says_what_would_become_of_it() -> None:
    told = shown(
        Step("dns", "DNS", Way.KEPT, age_s=10800),
        Step("shodan", "Shodan", Way.SKIP, "no_key", "It needs a key."),
        ask("walker", options=("walks",), touches=True, cost="Samples: 100 a month"),
        ask("sites", spreads=True),
        more=(Option("nsfw", "Asks adult sites too."),),
    )
    for said in (
        "answer from 3 h ago would be used",
        "skipped, no key is set. It needs a key.",
        "would be asked with walks, touches the target itself. Samples: 100 a month",
        "would be asked, tells many third parties",
        "with=nsfw",
        "Asks adult sites too.",
    ):
        assert said in told, said


def test_the_button_carries_the_plan_and_a_plan_of_nothing_has_none() -> None:
    message = blocks.preview([Preview(DOMAIN, (ask("dns"),))], seal=SEAL, run=RUN)
    assert opened(buttons(message)["run_plan"]["value"]) == RUN
    skipped = Preview(DOMAIN, (Step("dns", "DNS", Way.SKIP, "no_key"),))
    assert buttons(blocks.preview([skipped], seal=SEAL, run=RUN)) == {}


def test_a_plan_too_long_for_a_button_is_to_be_typed_again() -> None:
    long = Action("run_plan", "abc", 5, "https://example.com/" + "a" * 2000)
    message = blocks.preview([Preview(DOMAIN, (ask("dns"),))], seal=SEAL, run=long)
    assert buttons(message) == {}
    assert "Type it again without plan" in words(message)


WAITS = run(
    "reader",
    Outcome.SKIPPED,
    reason="needs_consent",
    message="What a page says. The site sees us. Asks you first.",
)


def test_what_waits_for_consent_is_said_with_a_button_that_names_what_is_done() -> None:
    asked = scan(run("dns", Outcome.NOTHING), WAITS)
    message = blocks.parent(asked, titles=TITLES | {"reader": "Page reader"}, seal=SEAL)
    button = buttons(message)["ask_target"]
    confirm = button["confirm"]["text"]["text"]
    assert "Asked now: Page reader." in confirm
    assert "What a page says. The site sees us." in confirm
    assert "skipped: it would touch the target itself" in words(message)
    assert opened(button["value"]).verb == "ask_target"
    assert "ask_target" in buttons(blocks.summary(asked, titles=TITLES, seal=SEAL))


def test_where_nothing_waits_there_is_no_such_button() -> None:
    refused = run("reader", Outcome.SKIPPED, reason="refused_by_operator", message="The operator refuses.")
    assert "ask_target" not in buttons(blocks.parent(scan(refused), titles=TITLES, seal=SEAL))


def test_a_scan_that_may_touch_its_target_says_who_allowed_it_and_asks_before_it_does_so_again() -> None:
    message = blocks.parent(scan(run("dns"), active_by="U0BOB", active_round=1), titles=TITLES, seal=SEAL)
    assert "May touch the target, allowed by <@U0BOB>" in words(message)
    assert "asked once more" in buttons(message)["rerun"]["confirm"]["text"]["text"]
    assert "confirm" not in buttons(blocks.parent(scan(run("dns")), titles=TITLES, seal=SEAL))["rerun"]


def test_the_round_that_consent_opened_is_headed_as_such() -> None:
    allowed = scan(run("reader"), round=2, round_by="U0BOB", active_by="U0BOB", active_round=2)
    first = words(blocks.opening(allowed, titles={}))
    assert "Asked now, as touching the target itself was allowed: reader." in first
    assert "Allowed by <@U0BOB>" in first
    later = blocks.opening(scan(run("reader"), round=3, active_by="U0BOB", active_round=2), titles={})
    assert "Asked again, past every cache" in words(later)


def test_the_list_of_collectors_has_a_line_each_and_names_failures_first() -> None:
    health = {"dns": Health("dns", NOW, {Outcome.FAILED: 3, Outcome.FOUND: 1}, reason="down")}
    told = words(blocks.offers_list(offers(), health, now=NOW))
    assert "dns, 3 of 4 failed in the last hour (the source is down), last answer 0.0 s ago" in told
    assert "whois, not asked yet" in told
    assert "Names that certificate logs hold" not in told


def test_one_collector_is_shown_in_full() -> None:
    offer = Offer(
        "walker", "Zone walker", "Names around a name.", (Kind.DOMAIN,), "Samples.", False, True,
        limits="samples.example: 1 in 1 s", gives=(Kind.DOMAIN,), touches=(Kind.URL,), spreads=True,
        options=(Option("transfers", "Asks for the whole zone.", touches=True),),
        keys=("SHODAN_KEY (needed, set): https://samples.example/keys",),
        budgets=("Samples: 100 a month for each key",), lives="2 h; an empty or partial one 10 min",
    )  # fmt: skip
    health = Health("walker", NOW, {Outcome.FOUND: 12, Outcome.NOTHING: 2}, p50_s=2, p95_s=9, measured=14)
    told = words(blocks.offer_page(offer, health, now=NOW))
    for said in (
        "Names around a name.",
        "last hour: 12 found, 2 nothing; half of its runs took at most 2.0 s, 19 of 20 at most 9.0 s",
        "active for URL: it touches the target itself, so it asks you first. It tells many third parties",
        "with=transfers",
        "Asks for the whole zone. Touches the target itself, so it needs active too.",
        "SHODAN_KEY (needed, set): ",
        "Samples: 100 a month for each key",
        "2 h; an empty or partial one 10 min",
        "samples.example: 1 in 1 s",
    ):
        assert said in told, said
