"""Receivers of callbacks misbehave or lead inside, and who tells them dies: told all the same, or given up aloud."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.store import Store, open_store
from core.store.tables import callback
from tasks import calling
from tests.calling import calls, ended, states, tell
from tests.collectors.canned import CannedDns
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


@pytest.mark.fault("A callback leads inside, by its address or by what its name resolves to",
                   keeps=("in",))  # fmt: skip
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


@pytest.mark.fault("The receiver of a callback sends us on to a place inside", keeps=("in",))
async def test_a_redirect_is_not_followed(record: Store, receiver: Receiver) -> None:
    with Receiver() as inside:
        receiver.script = [(307, {"Location": inside.url})]
        scan = ended(record, receiver.url)
        async with calls(record) as calling_back:
            await calling_back.call(scan.id)
        (one,) = record.callbacks.of(scan.id)
        assert (one.state, one.error) == ("due", "The receiver answered 307.")
        assert inside.calls == []
