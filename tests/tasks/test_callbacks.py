"""A URL is told that a round has ended: signed, until it is taken, and nothing inside the network can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.doors.courier import check, open_courier
from core import clock
from core.callbacks import callback_key
from core.callers import Scope
from core.errors import UnsafeAddress
from core.models import Outcome, Scan
from core.store import Choice, Store, open_store
from core.store.tables import callback
from tasks import calling
from tasks.calling import CallingBack
from tests.collectors.canned import CannedDns, sample_settings
from tests.core.stores import NO_KEY, claimed, closed_all, finding, opened
from tests.receiving import Receiver
from tests.servers import until


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    yield store
    store.close()


@asynccontextmanager
async def calls(store: Store, allow: tuple[str, ...] = ("127.0.0.0/8",), **more: Any) -> AsyncIterator[CallingBack]:
    settings = sample_settings(allow=allow, **{"dns_servers": ("127.0.0.1:1",), "sources_pace": 0.001} | more)
    async with open_courier(settings) as courier:
        yield CallingBack(store, courier, settings)


def ended(store: Store, url: str, **more: Any) -> Scan:
    scan = opened(store, "dns", callback=url, **more)
    assert store.runs.close(claimed(store, scan), Outcome.FOUND, findings=[finding("192.0.2.1", direct_only=True)])
    return scan


def states(store: Store, scan: Scan) -> list[tuple[int, str, int]]:
    return [(each.round, each.state, each.tries) for each in store.callbacks.of(scan.id)]


async def tell(calling_back: CallingBack, store: Store, scan: Scan, times: int = 1) -> None:
    """What the sweeper does, again and again."""
    for _ in range(times):
        await asyncio.to_thread(until, "the callback to be due", lambda: store.callbacks.waiting() == [scan.id])
        await calling_back.call(scan.id)


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


@pytest.mark.fault("The receiver of a callback answers 500, then 503 with Retry-After, then takes it", keeps=("lost",))
async def test_what_the_receiver_does_not_take_is_told_again_under_the_same_id(
    record: Store, receiver: Receiver
) -> None:
    receiver.script = [500, (503, {"Retry-After": "0"}), 200]
    scan = ended(record, receiver.url)
    async with calls(record) as calling_back:
        await tell(calling_back, record, scan, times=3)
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    assert len({call.content for call in receiver.calls}) == 1
    assert states(record, scan) == [(1, "told", 3)]
    assert record.callbacks.waiting() == []


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


@pytest.mark.fault("The receiver of a callback hangs, and the worker is stopped meanwhile", keeps=("lost", "bounds"))
async def test_a_receiver_that_hangs_holds_up_nothing(
    record: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.doors.courier.WHOLE", 0.3)
    monkeypatch.setattr(calling, "LAST_WORDS", 0.1)
    receiver.script = ["hang", "hang", 200]
    scan = ended(record, receiver.url)
    async with calls(record) as calling_back:
        await calling_back.call(scan.id)
        (one,) = record.callbacks.of(scan.id)
        assert (one.state, one.tries) == ("due", 1)
        assert "did not answer within" in one.error
        monkeypatch.setattr("collectors.doors.courier.WHOLE", 30.0)
        hanging = asyncio.create_task(tell(calling_back, record, scan))
        await asyncio.to_thread(receiver.called, 2)
        assert record.callbacks.waiting() == []  # claimed: nobody else is at it
        await calling_back.drain()
        await asyncio.gather(hanging, return_exceptions=True)
        await tell(calling_back, record, scan)  # given back at once
    assert states(record, scan) == [(1, "told", 3)]


@pytest.mark.fault("Whoever told a callback was killed: its claim ends, and only then somebody else is at it",
                   keeps=("lost", "twice"))  # fmt: skip
async def test_a_claim_ends_by_itself_and_a_late_word_of_its_holder_changes_nothing(record: Store) -> None:
    scan = ended(record, "http://127.0.0.1:1/")
    (killed,) = record.callbacks.take(scan.id, lease=60)
    assert record.callbacks.take(scan.id, lease=60) == []
    past = callback.update().values(after=clock.now() - timedelta(seconds=1))
    record.database.write(lambda db: db.execute(past).rowcount)
    (second,) = record.callbacks.take(scan.id, lease=60)
    assert not record.callbacks.give_up(killed, error="late")
    assert record.callbacks.told(second)
    assert not record.callbacks.told(second)


@pytest.mark.fault("A callback leads inside: by its address, by what its name resolves to, by a redirect",
                   keeps=("inside",))  # fmt: skip
async def test_nothing_inside_is_reached(record: Store, receiver: Receiver) -> None:
    async with CannedDns.open() as dns:
        dns.add("inside.test", "A", "127.0.0.1")
        dns.add("both.test", "A", "192.0.2.1", "127.0.0.1")
        for host in ("127.0.0.1", "localhost", "inside.test", "both.test", "2130706433", "[::1]"):
            scan = ended(record, f"http://{host}:{receiver.port}/")
            async with calls(record, allow=(), dns_servers=(dns.address,)) as calling_back:
                await calling_back.call(scan.id)
            (one,) = record.callbacks.of(scan.id)
            assert one.state == "given up", one
    assert receiver.calls == []


async def test_a_redirect_is_not_followed(record: Store, receiver: Receiver) -> None:
    with Receiver() as inside:
        receiver.script = [(307, {"Location": inside.url})]
        scan = ended(record, receiver.url)
        async with calls(record) as calling_back:
            await calling_back.call(scan.id)
        (one,) = record.callbacks.of(scan.id)
        assert (one.state, one.error) == ("due", "The receiver answered 307.")
        assert inside.calls == []


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
