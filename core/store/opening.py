"""Writing new scans: all that one question asks for in one transaction, and never twice for one delivery."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa

from core import clock
from core.belongs import TO_NOTHING, Belongs
from core.cases import strictest, tlp_of
from core.models import Asker, Outcome, Place, Priority, RunState, Scan, ScanStatus, Target
from core.store.callbacks import call_back
from core.store.kinship import Room, make_room, stir, twin
from core.store.pivotings import want
from core.store.rates import BULK
from core.store.rows import run_from, scan_from, storable
from core.store.statements import OPEN_RUNS, OPEN_SCAN, REPEATED, TAKE_KEY, WRITE_AUDIT
from core.store.tables import inbox, run, scan
from core.store.team import case, member

BY_SETTING = "the operator allows it"  # ACTIVE=allow
ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"  # no letters that read as others


@dataclass(frozen=True, slots=True)
class Choice:
    """One collector chosen for a scan; with a `lacks` sentence it is recorded as skipped at once."""

    collector: str
    key: str
    reason: str = ""  # no_key, needs_consent ...
    lacks: str = ""
    touches: bool = False  # the run touches the target itself


@dataclass(frozen=True, slots=True)
class Ask:
    """One target somebody wants scanned.

    `active` says how the asker allowed to touch the target itself, if they did; it goes into the audit.
    `keys` name the delivery that asks (trigger id, event id ...); `repeat_within` is how many seconds the
    same question (also its collectors, options, `active`, `fresh` and tag) by the same person at the same place
    counts as a repeat, whether or not its scan has ended meanwhile.
    """

    target: Target
    choices: tuple[Choice, ...]
    asker: Asker
    place: Place
    door: str
    fresh: bool = False
    options: tuple[str, ...] = ()
    active: str = ""
    tag: str = ""
    priority: Priority = Priority.INTERACTIVE
    reason: str = ""
    callback: str = ""
    token: str = ""
    belongs: Belongs = TO_NOTHING
    room: Room | None = None  # how far its tree may grow, for a pivot
    depth: int = 0  # 1: once it has ended, it pivots by itself
    keys: tuple[str, ...] = ()
    repeat_within: float = 0.0


class Opened(NamedTuple):
    """What came of an ask. Neither new nor delivered before: the same person asked the same a moment ago."""

    scan: Scan
    new: bool
    delivered: bool = False  # by this very delivery, which came again


def new_id() -> str:
    """An id for a scan: short enough to be typed."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def open_one(db: sa.Connection, ask: Ask, scan_id: str) -> Opened:
    """Write a scan, its runs, its delivery keys and its audit row; or find the scan that there was already."""
    now = clock.now()
    if before := _seen(db, ask, scan_id, now):
        return Opened(before, new=False, delivered=True)
    if earlier := _repeated(db, ask):
        db.execute(inbox.update().where(inbox.c.key.in_(_inbox_keys(ask))).values(scan_ids=earlier.id))
        return Opened(earlier, new=False)
    if known := _in_tree(db, ask):
        return Opened(known, new=False)
    row = db.execute(OPEN_SCAN, _columns(ask, scan_id, now) | _of_case(db, ask.belongs)).one()
    runs = runs_of_round(scan_id, 1, ask.choices, now)
    written = db.execute(OPEN_RUNS, runs).all() if runs else []
    target = f"{ask.target.kind} {ask.target.value}"
    written_down = audits(
        ask.asker.user,
        ask.place,
        door=ask.door,
        target=target,
        scan_id=scan_id,
        now=now,
        choices=ask.choices,
        active=ask.active,
        reason=ask.reason,
        rule=BULK if ask.priority is Priority.BULK else "",
    )
    db.execute(WRITE_AUDIT, written_down)
    if row.callback and row.finished_at is not None:  # nobody could be asked
        call_back(db, scan_id)
    stir(db, row.parent_id)
    if ask.depth:
        want(db, scan_id, ended=row.finished_at is not None)
    opened = scan_from(row, [run_from(each) for each in sorted(written, key=lambda each: int(each.position))])
    return Opened(opened, new=True)


def runs_of_round(scan_id: str, number: int, choices: Sequence[Choice], now: datetime) -> list[dict[str, Any]]:
    """The rows of a round's runs; what lacks something is closed as skipped from the start."""
    rows = []
    for position, choice in enumerate(choices):
        skipped = bool(choice.reason)
        rows.append(
            {
                "id": f"{scan_id}-{number}-{choice.collector}",
                "scan_id": scan_id,
                "round": number,
                "position": position,
                "collector": choice.collector,
                "key": choice.key,
                "state": str(RunState.CLOSED if skipped else RunState.QUEUED),
                "outcome": str(Outcome.SKIPPED) if skipped else "",
                "reason": choice.reason,
                "message": choice.lacks,
                "queued_at": now,
                "closed_at": now if skipped else None,
            }
        )
    return rows


def _columns(ask: Ask, scan_id: str, now: datetime) -> dict[str, Any]:
    waiting = sum(1 for choice in ask.choices if not choice.reason)
    return {
        "id": scan_id,
        "kind": str(ask.target.kind),
        "value": ask.target.value,
        "target_digest": digest(str(ask.target.kind), ask.target.value),
        "status": str(ScanStatus.QUEUED if waiting else ScanStatus.FINISHED),
        "finished_at": None if waiting else now,
        "open_runs": waiting,
        "fresh": ask.fresh,
        "options": " ".join(ask.options),
        "active_by": ask.asker.user if ask.active else "",
        "active_round": 1 if ask.active else 0,
        "tag": storable(ask.tag),
        "priority": str(ask.priority),
        "reason": storable(ask.reason),
        "callback": storable(ask.callback),
        "token": ask.token,
        "case_id": ask.belongs.case,
        "tlp": ask.belongs.tlp,
        "parent_id": ask.belongs.parent,
        "parent_finding": ask.belongs.parent_finding,
        "hops": ask.belongs.hops,
        "watch_id": ask.belongs.watch,
        "playbook": ask.belongs.playbook,
        "hushed": bool(ask.belongs.watch),  # until it is known whether there is something to tell
        "door": ask.door,
        "asker_user": ask.asker.user,
        "asker_name": storable(ask.asker.name),
        "language": ask.asker.language,
        "team": ask.place.team,
        "channel": ask.place.channel,
        "thread_ts": ask.place.thread_ts,
        "created_at": now,
        "round_at": now,
        "wanted": 1,
        "changed_at": now,
    }


def _of_case(db: sa.Connection, belongs: Belongs) -> dict[str, str]:
    """Who may see a scan of this case, besides who asks, and its label. The case is held meanwhile, so that nobody
    comes or goes between this look and the commit, and its label does not get stricter."""
    if not belongs.case:
        return {"members": ""}
    held = sa.select(case.c.tlp).where(case.c.id == belongs.case).with_for_update(read=True)
    label = strictest(tlp_of(belongs.tlp), tlp_of(db.execute(held).scalar_one_or_none() or ""))
    users = db.execute(sa.select(member.c.user).where(member.c.case_id == belongs.case).order_by(member.c.user))
    return {"members": " ".join(users.scalars()), "tlp": str(label or "")}


def audits(
    user: str,
    place: Place,
    *,
    door: str,
    target: str,
    scan_id: str,
    now: datetime,
    choices: Sequence[Choice],
    active: str = "",
    reason: str = "",
    rule: str = "",
) -> list[dict[str, Any]]:
    """The audit rows of a scan or round that was started: that it was, why if that was said, and whom it touches, with
    what allowed it."""
    started = {
        "at": now,
        "team": place.team,
        "channel": place.channel,
        "user": user,
        "door": door,
        "verb": "scan",
        "subject": storable(target[:500]),
        "decision": "allowed",
        "rule": rule,
        "scan_id": scan_id,
        "reason": storable(reason[:500]),
        "outcome": "started",
    }
    touching = ", ".join(choice.collector for choice in choices if choice.touches and not choice.reason)
    if not touching:
        return [started]
    subject = storable(f"{target[:400]}: {touching[:90]}")
    return [started, started | {"verb": "touch", "subject": subject, "rule": active or BY_SETTING}]


def _in_tree(db: sa.Connection, ask: Ask) -> Scan | None:
    """For a pivot: the scan of this target that its tree has already; else there is room for one more."""
    if not ask.belongs.parent or ask.room is None:
        return None
    if known := twin(db, ask.belongs.parent, digest(str(ask.target.kind), ask.target.value)):
        db.execute(inbox.update().where(inbox.c.key.in_(_inbox_keys(ask))).values(scan_ids=known))
        return scan_from(db.execute(scan.select().where(scan.c.id == known)).one())
    make_room(db, ask.belongs.parent, ask.belongs.hops, ask.room)
    return None


def _repeated(db: sa.Connection, ask: Ask) -> Scan | None:
    if ask.repeat_within <= 0:
        return None
    question = {
        "b_team": ask.place.team,
        "b_user": ask.asker.user,
        "b_channel": ask.place.channel,
        "b_thread": ask.place.thread_ts,
        "b_digest": digest(str(ask.target.kind), ask.target.value),
        "b_since": clock.now() - timedelta(seconds=ask.repeat_within),
        "b_soon": clock.soon(),
    }
    for row in db.execute(REPEATED, question).all():
        runs = db.execute(sa.select(run.c.collector).where(run.c.scan_id == row.id, run.c.round == 1)).scalars()
        asked = {choice.collector for choice in ask.choices}
        manner = (row.fresh, row.tag, row.options, bool(row.active_by), row.tlp, row.case_id)
        wanted = (ask.fresh, storable(ask.tag), " ".join(ask.options), bool(ask.active))
        if set(runs) == asked and manner == (*wanted, ask.belongs.tlp, ask.belongs.case):
            return scan_from(row)
    return None


def _seen(db: sa.Connection, ask: Ask, scan_id: str, now: datetime) -> Scan | None:
    """The scan an earlier delivery made; else None, and this one's keys are taken for the new scan."""
    keys = _inbox_keys(ask)
    known = [key for key in keys if not _take_key(db, key, scan_id, now)]
    if not known:
        return None
    made = db.execute(sa.select(inbox.c.scan_ids).where(inbox.c.key == known[0])).scalar_one()
    db.execute(inbox.update().where(inbox.c.key.in_(keys), inbox.c.scan_ids == scan_id).values(scan_ids=made))
    return scan_from(db.execute(scan.select().where(scan.c.id == made)).one())


def _take_key(db: sa.Connection, key: str, scan_id: str, now: datetime) -> bool:
    """False when the key is there already; waits for whoever is writing it at this moment."""
    row = {"key": key, "scan_ids": scan_id, "at": now}
    return db.execute(TAKE_KEY[db.dialect.name], row).first() is not None


def _inbox_keys(ask: Ask) -> list[str]:
    """In one order, so that nobody waits in a ring."""
    return sorted({digest(key, str(ask.target.kind), ask.target.value) for key in ask.keys})


def digest(*words: str) -> str:
    """These words in a fixed length: a long URL does not fit into an index of Postgres."""
    return sha256("|".join(words).encode("utf-8", "surrogatepass")).hexdigest()
