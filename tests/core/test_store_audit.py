"""Who did what, how often lately, and which deliveries were acted on."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import Asker, Kind, Place, Target
from core.store import Claim, Rates, Store, TooOften
from tests.core.stores import PLACE, ask, together


def wrote(store: Store, **more: Any) -> None:
    told: dict[str, Any] = {"user": "U0ADA", "place": PLACE, "door": "slack", "verb": "scan"} | more
    store.audit.write(**told)


def counted(store: Store, user: str = "U0ADA", channel: str = "C0GENERAL") -> tuple[int, int]:
    """How many scans this person, and this channel, started by the count that holds them to their rates."""
    place, found = Place("T0SANDBOX", channel), []
    for most in ((0, 1000), (1000, 0)):
        with pytest.raises(TooOften) as raised:
            store.scans.open([ask(asker=Asker(user), place=place)], rates=Rates(user, place, *most))
        found.append(raised.value.started)
    return found[0], found[1]


def test_a_decision_is_kept_with_all_that_was_known(store: Store) -> None:
    wrote(store, subject="example[.]com", decision="refused", rule="guests", scan_id="abcdefgh", door="shortcut")
    (row,) = store.audit.listed(team="T0SANDBOX")
    told = {
        "team": "T0SANDBOX",
        "channel": "C0GENERAL",
        "user": "U0ADA",
        "door": "shortcut",
        "verb": "scan",
        "subject": "example[.]com",
        "decision": "refused",
        "rule": "guests",
        "scan_id": "abcdefgh",
    }
    assert {name: row[name] for name in told} == told


def test_the_newest_decisions_of_a_workspace_come_first(store: Store) -> None:
    for subject in ("one", "two", "three"):
        wrote(store, subject=subject)
    wrote(store, place=Place("T0OTHER", "C0SHARED"))
    assert [row["subject"] for row in store.audit.listed(team="T0SANDBOX", limit=2)] == ["three", "two"]


def test_a_subject_is_kept_short_and_harmless(store: Store) -> None:
    wrote(store, subject="\x00\ud800" + "x" * 2000)
    (row,) = store.audit.listed(team="T0SANDBOX")
    assert row["subject"] == "\u2400?" + "x" * 498


def test_what_a_person_and_a_channel_did_is_counted_apart(store: Store) -> None:
    wrote(store)
    wrote(store, place=Place("T0SANDBOX", "C0CASE17"))
    wrote(store, user="U0BOB")
    assert counted(store) == (2, 2)
    assert counted(store, user="U0BOB") == (1, 2)
    assert counted(store, user="U0GUEST", channel="C0CASE17") == (0, 1)


def test_only_what_was_allowed_here_of_this_kind_and_lately_is_counted(store: Store) -> None:
    wrote(store, decision="refused")
    wrote(store, verb="cancel")
    wrote(store, place=Place("T0OTHER", "C0GENERAL"))
    assert counted(store) == (0, 0)
    wrote(store)
    assert counted(store) == (1, 1)


@pytest.mark.parametrize("most", [(3, 1000), (1000, 3)])
def test_many_at_once_start_as_many_as_the_rates_allow(store: Store, most: tuple[int, int]) -> None:
    def start(number: int) -> bool:
        target = Target(Kind.DOMAIN, f"host{number}.example.com")
        try:
            store.scans.open([ask("dns", target=target)], rates=Rates("U0ADA", PLACE, *most))
        except TooOften:
            return False
        return True

    assert sum(together(8, start)) == 3
    assert len(store.scans.recent("T0SANDBOX")) == len(store.audit.listed(team="T0SANDBOX")) == 3


def test_what_is_not_new_needs_no_room(store: Store) -> None:
    one = Rates("U0ADA", PLACE, 1, 1)
    for _ in range(3):
        ((scan, *_),) = store.scans.open([ask(keys=("trigger-1",))], rates=one)
    assert [each.id for each in store.scans.recent("T0SANDBOX")] == [scan.id]


def test_a_delivery_is_new_once(store: Store) -> None:
    assert store.audit.first_time("event-1")
    assert not store.audit.first_time("event-1")
    assert store.audit.first_time("event-2")


def test_a_delivery_known_under_any_of_its_keys_is_not_new(store: Store) -> None:
    assert store.audit.first_time("event-1", "message-1")
    assert not store.audit.first_time("event-2", "message-1")
    assert not store.audit.first_time("event-2")  # all its keys are remembered


def test_a_key_named_twice_is_one_key(store: Store) -> None:
    assert store.audit.first_time("event-1", "event-1")


def test_of_many_deliveries_at_once_one_is_the_first(store: Store) -> None:
    got = together(10, lambda n: store.audit.first_time("event-1", f"other-{n}"))
    assert sorted(got) == [False] * 9 + [True]


def test_a_delivery_is_claimed_by_one_and_done_for_all(store: Store) -> None:
    claims = together(5, lambda number: store.audit.claim(f"event-{number}", "said-1", lease=60))
    assert sorted(claim.value for claim in claims) == ["elsewhere"] * 4 + ["mine"]
    store.audit.settle("said-1", done=True)
    assert store.audit.claim("event-9", "said-1", lease=60) is Claim.DONE


def test_a_claim_that_was_let_go_or_has_ended_is_free(store: Store) -> None:
    assert store.audit.claim("said-1", lease=60) is Claim.MINE
    store.audit.settle("said-1", done=False)
    assert store.audit.claim("said-1", lease=60) is Claim.MINE
    assert store.audit.claim("said-1", lease=-1.0) is Claim.MINE  # its holder was killed


def test_a_scan_is_written_down_with_its_reason_apart_from_what_it_is_about(store: Store) -> None:
    store.scans.open([ask("dns", reason="case 17")])
    (row,) = store.audit.listed(team="T0SANDBOX")
    assert (row["subject"], row["reason"], row["outcome"]) == ("domain example.com", "case 17", "started")
