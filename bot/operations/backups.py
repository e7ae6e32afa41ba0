"""`backup` and `restore`: the record and what is worth keeping of Redis, in one file that proves itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from bot.operations.desk import BAD_INPUT, note, record, settings, show, stop, troubles, wait_for
from core import VERSION, clock, kept
from core.archive import Manifest, Reader, writing
from core.broker import Role, connect_for, takes_work
from core.errors import BadArchive, QueueDown, StoreDown
from core.metrics import TALLY, Sender, count, open_shared
from core.settings import Settings
from core.store import dump, held, load
from tasks import queue

CAREFUL = "It holds who asked for what and digests of tokens, not encrypted; no setting and no key is in it."


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Only look through a backup that is there, and say whether it is whole.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def backup(path: Path, *, verify: bool, as_json: bool) -> None:
    """Write the record, and what is worth keeping of Redis, into one file. PATH is a file, or a folder in which it is
    named by the time. Everything may go on running.

    Exit status: 0 done, 1 it could not be done (nothing is left behind), 2 the input is wrong.
    """
    chosen = settings()
    with troubles():
        told = _look_through(chosen, path) if verify else _counted(chosen, path)
    show(told, _lines, as_json=as_json)


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Delete the record that is there. No worker may run.")
@click.option("--other-key", is_flag=True, help="Take a backup that was sealed with another key than ours.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def restore(path: Path, *, as_json: bool, **flags: bool) -> None:
    """Bring a backup back into an empty system: this one, or one on another database. All of it or nothing.

    Exit status: 0 done, 1 refused or broken off (nothing was changed), 2 the input is wrong.
    """
    chosen = settings()
    with troubles():
        told = _restore(chosen, path, **flags)
    show(told, _lines, as_json=as_json)


def _counted(chosen: Settings, path: Path) -> dict[str, Any]:
    result = "failed"
    try:
        told = _back_up(chosen, path)
        result = "done"
    finally:
        count("gumshoe_backups_total", result=result)
        wait_for(_send_counts(chosen))
    return told


async def _send_counts(chosen: Settings) -> None:
    """Now: this process ends. What Redis does not take is not told."""
    await Sender(open_shared(chosen), None, TALLY).close()


def _back_up(chosen: Settings, path: Path) -> dict[str, Any]:
    made = clock.now()
    if path.is_dir():
        path = path / f"gumshoe-{made:%Y%m%dT%H%M%SZ}.tar.gz"
    elif not path.parent.is_dir():
        stop(f"There is no folder {path.parent}.", BAD_INPUT, step=f"mkdir -p {path.parent}")
    if path.exists():
        stop(f"{path} is there already. I never write over a backup; name another file.", BAD_INPUT)
    with writing(path.parent) as writer:
        revision = dump(chosen.database, writer.add)
        rows, lacks = wait_for(_redis(chosen))
        writer.add(kept.NAME, kept.COLUMNS, iter(rows))
        kind = chosen.database.split(":", 1)[0].split("+")[0]
        manifest = Manifest(made.isoformat(), VERSION, revision, kind, tuple(writer.parts), tuple(lacks))
        writer.pack(path, manifest, key=chosen.seal_key)
    with Reader.open(path, key=chosen.seal_key) as whole:
        told = _told(path, whole, "backed up")
    try:
        with record(chosen) as store:
            note(store, "backup", f"{path.name}: {manifest.rows} rows")
    except StoreDown as error:
        told["lacks"] = [*told["lacks"], f"The audit does not know of it: {error}"]
    return told


async def _redis(chosen: Settings) -> tuple[list[kept.Row], list[str]]:
    rows: list[kept.Row] = []
    for role in kept.PREFIXES:
        client = connect_for(chosen, role)
        try:
            rows += await kept.taken(client, role)
        except QueueDown as error:
            return [], [f"What sources have granted and remembered verdicts are not in it. {error}"]
        finally:
            await client.aclose()
    return rows, []


def _look_through(chosen: Settings, path: Path) -> dict[str, Any]:
    with Reader.open(path, key=chosen.seal_key) as whole:
        return _told(path, whole, "whole")


def _restore(chosen: Settings, path: Path, *, replace: bool, other_key: bool, yes: bool) -> dict[str, Any]:
    with Reader.open(path, key=chosen.seal_key) as whole:
        if not whole.sealed and not other_key:
            raise BadArchive(
                "The backup was sealed with another key, or changed by somebody. Set the SECRET_KEY (or the bot token) "
                "that was set when it was made; or, if you know where it comes from, say --other-key."
            )
        _check_room(chosen, replace=replace, yes=yes)
        tables = [part for part in whole.manifest.parts if part.name != kept.NAME]
        load(chosen.database, whole.manifest.revision, tables, whole.rows, replace=replace)
        told = _told(path, whole, "restored")
        rows = list(whole.rows(kept.NAME))
    with record(chosen) as store:
        note(store, "restore", f"{path.name}: {whole.manifest.rows} rows of {whole.manifest.made_at}")
    told["redis"], troubled = wait_for(_put_back(chosen, rows))
    told["lacks"] = [*told["lacks"], *troubled]
    return told


def _check_room(chosen: Settings, *, replace: bool, yes: bool) -> None:
    there = {name: count for name, count in held(chosen.database).items() if count}
    if there and not replace:
        told = ", ".join(f"{count} in {name}" for name, count in sorted(there.items()))
        raise BadArchive(
            f"This system holds a record already ({told}). Nothing was changed. Restore into an empty database, or say "
            "--replace to delete what is here."
        )
    if not there:
        return
    unseen = wait_for(_unseen(chosen))
    if not unseen and queue.workers():
        raise BadArchive("Workers run on the record that is to be replaced. Stop them first. Nothing was changed.")
    if not yes:
        rows = f"{sum(there.values())} rows, {there.get('scan', 0)} scans"
        click.confirm(f"{unseen}Delete what is here ({rows})?", abort=True)


async def _unseen(chosen: Settings) -> str:
    """Why it cannot be seen whether workers run; nothing when it can."""
    client = connect_for(chosen, Role.QUEUE)
    try:
        await takes_work(client)
    except QueueDown as error:
        return f"{error} So I cannot see whether workers run; stop them all first. "
    finally:
        await client.aclose()
    return ""


async def _put_back(chosen: Settings, rows: list[kept.Row]) -> tuple[int, list[str]]:
    """After the record: Redis is disposable, and a budget that is counted anew hurts nobody for long."""
    count = 0
    for role in kept.PREFIXES:
        client = connect_for(chosen, role)
        try:
            await takes_work(client, role)
            count += await kept.put(client, role, rows)
        except QueueDown as error:
            return count, [f"Redis took nothing back: budgets are counted from zero. {error}"]
        finally:
            with suppress(OSError):
                await client.aclose()
    return count, []


def _told(path: Path, whole: Reader, what: str) -> dict[str, Any]:
    manifest = whole.manifest
    return {
        "what": what,
        "path": str(path),
        "bytes": path.stat().st_size,
        "made_at": manifest.made_at,
        "version": manifest.version,
        "revision": manifest.revision,
        "database": manifest.database,
        "sealed": whole.sealed,
        "rows": {part.name: part.rows for part in manifest.parts},
        "lacks": list(manifest.lacks),
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    rows = told["rows"]
    yield f"{told['path']}: {told['what']}. {told['bytes']} bytes, made {told['made_at']} by release {told['version']}."
    yield f"  {rows.get('scan', 0)} scans, {rows.get('finding', 0)} findings, {sum(rows.values())} rows in all."
    yield from (f"  Note: {sentence}" for sentence in told["lacks"])
    if told["what"] == "whole" and not told["sealed"]:
        yield "  Note: it was sealed with another key than ours. restore takes it only with --other-key."
    if told["what"] == "backed up":
        yield f"  {CAREFUL}"
    if told["what"] == "restored":
        yield "  Tokens are as they were then: one revoked since is good again. Look through them before you start."
