"""Runs in the record: claimed by one worker, closed once, and never written to by one who lost them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from core.models import Fact, Finding, Outcome, Run, RunState, Scan, ScanStatus
from core.store import Store
from tests.core.stores import LONG, choices, claimed, finding, opened, reclaimed, run_of, together, values, waiting
from tests.core.strategies import findings


def succeeded(store: Store, scan: Scan, *attended: Run) -> tuple[Run, Run]:
    """The run as the lost worker holds it, and as its successor does."""
    lost = claimed(store, scan)
    assert reclaimed(store, *attended) == [scan.id]
    return lost, claimed(store, scan)


def test_a_claimed_run_is_running_and_so_is_its_scan(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    run = claimed(store, scan)
    assert (run.state, run.attempt, run.collector) == (RunState.RUNNING, 1, "dns")
    assert run.started_at is not None
    assert store.scans.get(scan.id).status is ScanStatus.RUNNING
    assert waiting(store, scan) == ["crtsh"]


def test_of_many_workers_one_gets_the_run(store: Store) -> None:
    run_id = run_of(opened(store, "dns")).id
    got = together(12, lambda _: store.runs.claim(run_id, lease=LONG))
    assert len([run for run in got if run is not None]) == 1


def test_a_closed_or_unknown_run_cannot_be_claimed(store: Store) -> None:
    scan = opened(store, "dns")
    store.runs.close(claimed(store, scan), Outcome.NOTHING)
    assert store.runs.claim(run_of(scan).id, lease=LONG) is None
    assert store.runs.claim("nosuchrun", lease=LONG) is None
    with pytest.raises(KeyError):
        store.runs.get("nosuchrun")


def test_findings_come_back_as_they_were_saved_in_their_order(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    saved = [
        finding("192.0.2.10", ttl=300),
        finding("2001:db8::10", flags={"a": [1, None, True]}),
        finding("192.0.2.9"),
    ]
    store.runs.save(run, saved)
    kept = store.runs.get(run.id)
    assert (kept.found, kept.state) == (3, RunState.RUNNING)
    assert list(kept.findings) == saved


def test_the_same_finding_is_kept_once(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    store.runs.save(run, [finding("192.0.2.10", ttl=300), finding("192.0.2.10", ttl=60)])
    store.runs.save(run, [finding("192.0.2.10"), finding("192.0.2.11")])
    assert values(store, run) == ["192.0.2.10", "192.0.2.11"]
    assert store.runs.get(run.id).found == 2


def test_one_value_in_two_roles_is_two_findings(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    store.runs.save(
        run, [finding("ns1.example.net", role="name server"), finding("ns1.example.net", role="mail server")]
    )
    assert store.runs.get(run.id).found == 2


def test_one_port_of_two_addresses_is_two_findings(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    ports = [finding("443/tcp", Fact.PORT, address=address) for address in ("192.0.2.10", "192.0.2.11")]
    store.runs.save(run, ports)
    assert store.runs.get(run.id).found == 2


def test_saving_nothing_changes_nothing(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    store.runs.save(run, [])
    assert store.runs.get(run.id).found == 0


def test_a_run_is_closed_once_with_all_it_has_to_say(store: Store) -> None:
    scan = opened(store, "dns")
    run = claimed(store, scan)
    store.runs.save(run, [finding()])
    assert store.runs.close(run, Outcome.PARTIAL, reason="truncated", message="The list was cut.", cached=False)
    assert store.runs.close(run, Outcome.FAILED, reason="timeout") is False
    closed = store.runs.get(run.id)
    assert (closed.state, closed.outcome, closed.reason) == (RunState.CLOSED, Outcome.PARTIAL, "truncated")
    assert (closed.message, closed.found) == ("The list was cut.", 1)
    assert closed.ms is not None
    assert closed.closed_at is not None
    ended = store.scans.get(scan.id)
    assert (ended.status, ended.finished_at) == (ScanStatus.FINISHED, closed.closed_at)


def test_a_closed_run_takes_no_more_findings(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    store.runs.close(run, Outcome.NOTHING)
    store.runs.save(run, [finding()])
    assert values(store, run) == []


def test_a_worker_that_lost_its_run_can_neither_save_nor_close(store: Store) -> None:
    scan = opened(store, "dns")
    lost, held = succeeded(store, scan)
    store.runs.save(lost, [finding("192.0.2.66")])
    assert store.runs.close(lost, Outcome.FOUND) is False
    store.runs.give_back([lost])
    assert store.runs.get(held.id).state is RunState.RUNNING
    assert values(store, held) == []
    assert store.runs.close(held, Outcome.NOTHING)
    assert store.scans.get(scan.id).status is ScanStatus.FINISHED


def test_a_second_attempt_begins_without_what_the_first_had_found(store: Store) -> None:
    scan = opened(store, "dns")
    first = claimed(store, scan)
    store.runs.save(first, [finding("192.0.2.66")])
    reclaimed(store)
    second = claimed(store, scan)
    assert (second.attempt, second.found, values(store, second)) == (2, 0, [])


def test_a_run_given_back_waits_again_and_that_counts_as_no_attempt(store: Store) -> None:
    scan = opened(store, "dns")
    first = claimed(store, scan)
    store.runs.give_back([first])
    assert waiting(store, scan) == ["dns"]
    again = claimed(store, scan)
    assert again.attempt == 1
    assert again.fence > first.fence
    assert store.runs.close(first, Outcome.FOUND) is False


def test_a_run_given_back_begins_without_what_was_found_before(store: Store) -> None:
    scan = opened(store, "dns")
    first = claimed(store, scan)
    store.runs.save(first, [finding("192.0.2.66")])
    store.runs.give_back([first])
    again = claimed(store, scan)
    assert values(store, again) == []
    store.runs.save(again, [finding("192.0.2.10")])
    store.runs.close(again, Outcome.FOUND)
    assert (store.runs.get(again.id).found, values(store, again)) == (1, ["192.0.2.10"])


def test_a_pulse_tells_which_runs_were_lost_closed_or_cancelled(store: Store) -> None:
    kept = claimed(store, opened(store, "dns"))
    closed = claimed(store, opened(store, "dns"))
    store.runs.close(closed, Outcome.NOTHING)
    lost, _ = succeeded(store, opened(store, "dns"), kept)
    stopped_scan = opened(store, "dns")
    stopped = claimed(store, stopped_scan)
    store.scans.cancel(stopped_scan.id, by="U0ADA")
    for lease in (None, LONG):
        pulse = store.runs.pulse([kept, closed, lost, stopped], lease=lease)
        assert pulse.lost == {(closed.id, closed.fence), (lost.id, lost.fence)}
        assert pulse.cancelled == {(stopped.id, stopped.fence)}
    assert store.runs.pulse([], lease=LONG).lost == frozenset()


def test_a_pulse_with_a_lease_keeps_the_runs_it_holds(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    kept, left = claimed(store, scan, "dns"), claimed(store, scan, "crtsh")
    reclaimed(store, kept)
    assert store.runs.get(kept.id).state is RunState.RUNNING
    assert store.runs.get(left.id).state is RunState.QUEUED


def test_a_pulse_without_a_lease_keeps_nothing(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    for _ in range(2):
        store.runs.pulse([run], lease=None)
        store.overdue.reclaim(lease=0.0)
    assert store.runs.get(run.id).state is RunState.QUEUED


def test_twenty_workers_end_a_scan_of_twenty_runs_once(store: Store) -> None:
    names = [f"source{n}" for n in range(20)]
    scan = opened(store, chosen=choices(*names))
    held = [claimed(store, scan, name) for name in names]
    before = seat_version(store, scan.id)
    assert all(together(20, lambda n: store.runs.close(held[n], Outcome.NOTHING)))
    ended = store.scans.get(scan.id)
    assert ended.status is ScanStatus.FINISHED
    assert ended.finished_at is not None
    assert seat_version(store, scan.id) == before + 20 + 1  # each closing is news, and so is the end, once


def seat_version(store: Store, scan_id: str) -> int:
    seat = store.desk.sit(scan_id, lease=LONG)
    assert seat is not None
    store.desk.put_off(seat, seconds=0.0)
    return seat.wanted


def test_one_run_closed_by_many_threads_is_counted_once(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    run = claimed(store, scan, "dns")
    assert sorted(together(10, lambda _: store.runs.close(run, Outcome.NOTHING))) == [False] * 9 + [True]
    assert store.scans.get(scan.id).finished_at is None
    store.runs.close(claimed(store, scan, "crtsh"), Outcome.NOTHING)
    assert store.scans.get(scan.id).finished_at is not None


def test_one_run_reported_closed_is_found_among_many(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    run = claimed(store, scan, "dns")
    store.runs.close(run, Outcome.NOTHING)
    ids = [each.id for each in scan.runs]
    assert {name: each.outcome for name, each in store.runs.closed_among([*ids, "gone"]).items()} == {
        run.id: Outcome.NOTHING
    }


def stored(value: Any) -> Any:
    """What the record makes of what a source sent: NUL and half characters are shown, and Postgres knows one
    kind of number."""
    if isinstance(value, str):
        return value.replace("\x00", "\u2400").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {stored(key): stored(each) for key, each in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return [stored(each) for each in value] if isinstance(value, list) else value


def told(given_finding: Finding) -> list[Any]:
    one, source = given_finding, given_finding.provenance
    texts = [one.value, one.context, source.collector, source.source, source.url, source.status, source.sha256]
    plain = [one.kind, one.confidence, one.first_seen, one.last_seen, source.fetched_at]
    return [*plain, *stored(texts), stored(dict(one.attributes))]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(given_finding=findings)
def test_whatever_a_source_sends_is_kept_and_comes_back(store: Store, given_finding: Finding) -> None:
    run = claimed(store, opened(store, "dns"))
    store.runs.save(run, [given_finding])
    (kept,) = store.runs.get(run.id).findings
    assert told(kept) == told(given_finding)


def test_a_megabyte_of_hostile_text_is_kept(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    text = "\x00\ud800<!channel>\u202e\x1b[31m`" * 50_000
    store.runs.save(run, [finding(text, kind=Fact.RECORD, txt=text)])
    (kept,) = store.runs.get(run.id).findings
    assert kept.value == kept.attributes["txt"] == stored(text)


def test_what_went_wrong_is_kept_in_whatever_words_a_source_chose(store: Store) -> None:
    scan = opened(store, "dns")
    run = claimed(store, scan)
    assert store.runs.close(run, Outcome.FAILED, reason="changed", message="It said \x00 and \ud800.")
    assert store.runs.get(run.id).message == "It said \u2400 and ?."


def test_all_waiting_runs_are_claimed_at_once_with_their_keys(store: Store) -> None:
    scan = opened(store, "whois", "dns")
    claimed(store, scan, "whois")
    ((run, key),) = store.runs.claim_waiting(scan.id, lease=LONG)
    assert (run.collector, key, run.fence) == ("dns", "key-dns", 1)
    assert store.runs.claim_waiting(scan.id, lease=LONG) == []


def test_the_last_findings_are_saved_with_the_closing_and_refused_with_it(store: Store) -> None:
    scan = opened(store, "dns")
    run = claimed(store, scan)
    stale = replace(run, fence=run.fence - 1)
    assert not store.runs.close(stale, Outcome.FOUND, findings=[finding("192.0.2.1")])
    assert store.runs.get(run.id).findings == ()
    assert store.runs.close(run, Outcome.FOUND, findings=[finding("192.0.2.2")])
    assert [each.value for each in store.runs.get(run.id).findings] == ["192.0.2.2"]
    assert store.runs.get(run.id).found == 1
