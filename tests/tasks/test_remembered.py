"""What one worker learns of a site, another goes by: the memory that all of them share."""

from __future__ import annotations

from pathlib import Path

import redis

from core.models import Asker, Kind, Outcome, Place, Target
from core.settings import load
from core.store import open_store
from tasks import scan
from tasks.process import Process
from tests.servers import Redis, Sources


async def scanned(name: str, server: Redis, sources: Sources, folder: Path) -> Outcome | None:
    """One scan by a worker of its own with a record of its own: only Redis is shared."""
    given = {key.lower(): value for key, value in sources.settings.items()}
    settings = load(redis_url=server.url, database_url=f"sqlite:///{folder / name}.sqlite3", **given)
    store = open_store(settings.database)
    process = Process(settings, store, shared=True)

    async def note(_scan_id: str) -> None:
        pass

    target, asker = Target(Kind.USERNAME, name), Asker("U1")
    wish = scan.Wish((target,), asker, Place(), "terminal", names=("username",), reason="a test")
    one, *_ = scan.start(store, settings, wish)[0]
    await process.open(note)
    try:
        assert process.workshop is not None
        await process.workshop.work(one.id)
        (run,) = store.scans.get(one.id).runs
        return run.outcome
    finally:
        await process.close()
        if process.metrics is not None:
            await process.metrics.close()  # a worker does so at its very end
        store.close()


async def test_a_verdict_of_one_worker_mutes_the_site_for_the_next(
    redis_server: Redis, sources: Sources, tmp_path: Path
) -> None:
    sources.reset()
    with redis.from_url(redis_server.url) as client:
        client.flushdb()  # what other tests of this process taught it
    for name, asked in (("nobody-example", 2), ("somebody-example", 2)):
        assert await scanned(name, redis_server, sources, tmp_path) is Outcome.PARTIAL
        # about.me says yes to any name: its control is asked once, and whoever comes later does not ask at all
        assert len([each for each in sources.asked() if each["host"] == "about.me"]) == asked
