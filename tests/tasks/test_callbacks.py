"""A URL is told that a round has ended: signed, until it is taken, and nothing inside the network can be reached."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.doors.courier import check
from core import clock
from core.callbacks import callback_key
from core.callers import Scope
from core.errors import UnsafeAddress
from core.store import Choice, Store, open_store
from tasks import calling
from tests.calling import calls, ended, states, tell
from tests.collectors.canned import sample_settings
from tests.core.stores import NO_KEY, closed_all, opened
from tests.receiving import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    yield store
    store.close()


async def test_the_end_of_a_scan_is_told_signed_and_once(record: Store, receiver: Receiver) -> None:
    made, _ = record.tokens.create(team="T", user="U", name="n", scopes=[Scope.SCAN], lasts=None, by="t")
    scan = ended(record, receiver.url, token=made.id)
    async with calls(record) as calling_back:
        await asyncio.gather(*(calling_back.call(scan.id) for _ in range(5)))
    (call,) = receiver.calls
    assert call.is_signed_with(callback_key(sample_settings(), made.id))
    assert not call.is_signed_with(callback_key(sample_settings(), "another"))
    assert call.headers["webhook-id"] == f"{scan.id}-1" == call.body["id"]
    assert call.headers["content-type"] == "application/json"
    assert (call.body["task_id"], call.body["status"], call.body["round"]) == (scan.id, "SUCCESS", 1)
    assert [each["value"] for each in call.body["runs"][0]["findings"]] == ["192.0.2.1"]  # also what is for the asker
    assert states(record, scan) == [(1, "told", 1)]


async def test_each_round_is_told_as_it_ended(record: Store, receiver: Receiver) -> None:
    scan = ended(record, receiver.url)
    record.scans.new_round(scan.id, [Choice("dns", "key-dns")], by="U0ADA", after=1, fresh=True)
    async with calls(record) as calling_back:
        await calling_back.call(scan.id)
        record.scans.cancel(scan.id, by="U0ADA")
        await calling_back.call(scan.id)
    first, second = receiver.calls
    assert (first.body["round"], first.body["status"], second.body["round"], second.body["status"]) == (
        1, "SUCCESS", 2, "REVOKED",
    )  # fmt: skip
    assert first.body["runs"][0]["findings"] != second.body["runs"][0]["findings"] == []


async def test_a_scan_that_could_ask_nobody_is_told_too_and_one_without_a_url_is_not(
    record: Store, receiver: Receiver
) -> None:
    asked_nobody = opened(record, chosen=[NO_KEY], callback=receiver.url)
    closed_all(record, opened(record, "dns").id)
    assert record.callbacks.waiting() == [asked_nobody.id]
    async with calls(record) as calling_back:
        await calling_back.call(asked_nobody.id)
    assert receiver.calls[0].body["status"] == "FAILURE"


async def test_after_an_hour_of_refusals_it_is_given_up_and_written_down(
    record: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (len(calling.PAUSES), sum(calling.PAUSES)) == (5, 3070.0)
    monkeypatch.setattr(calling, "PAUSES", (1.0,) * 5)
    receiver.script = [500] * 9
    scan = ended(record, receiver.url)
    async with calls(record) as calling_back:
        await tell(calling_back, record, scan, times=6)
    assert states(record, scan) == [(1, "given up", 6)]
    (row,) = [row for row in record.audit.listed(team="T0SANDBOX") if row["verb"] == "callback"]
    assert (row["scan_id"], row["rule"], row["subject"]) == (scan.id, "given up", "The receiver answered 500.")


async def test_a_receiver_that_is_gone_is_asked_no_more(record: Store, receiver: Receiver) -> None:
    receiver.script = [410]
    scan = ended(record, receiver.url)
    async with calls(record) as calling_back:
        await calling_back.call(scan.id)
    assert states(record, scan) == [(1, "given up", 1)]


async def test_what_a_revoked_token_asked_for_is_told_to_nobody(record: Store, receiver: Receiver) -> None:
    made, _ = record.tokens.create(team="T", user="U", name="n", scopes=[Scope.SCAN], lasts=None, by="t")
    scan = ended(record, receiver.url, token=made.id)
    record.tokens.revoke(made.id)
    async with calls(record) as calling_back:
        await calling_back.call(scan.id)
    assert receiver.calls == []
    assert states(record, scan) == [(1, "given up", 1)]


@pytest.mark.parametrize(("lasts", "told"), [(5, 1), (-1, 0)])
async def test_an_expired_token_hears_of_what_began_before_and_of_nothing_else(
    record: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, lasts: int, told: int
) -> None:
    lasting = timedelta(seconds=lasts)
    made, _ = record.tokens.create(team="T", user="U", name="n", scopes=[Scope.SCAN], lasts=lasting, by="t")
    scan = ended(record, receiver.url, token=made.id)
    monkeypatch.setattr(clock._reading, "last", (clock.now() + 2 * abs(lasting), time.monotonic()))
    async with calls(record) as calling_back:
        await calling_back.call(scan.id)
    assert len(receiver.calls) == told


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "http://10.0.0.1/", "http://localhost/", "x", "http://a.test:22/"]
)
def test_what_can_never_be_called_is_known_when_it_is_asked_for(url: str) -> None:
    with pytest.raises(UnsafeAddress):
        check(url, sample_settings())
    assert check("https://hooks.example.com/x?y=1", sample_settings()).host == "hooks.example.com"


async def test_what_is_too_large_to_be_sent_says_so(
    record: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "MOST_BYTES", 200)
    scan = ended(record, receiver.url)
    async with calls(record) as calling_back:
        await calling_back.call(scan.id)
    (call,) = receiver.calls
    assert call.body["complete"] is False
    assert call.body["next"] == f"GET /api/v1/scan/{scan.id}"
