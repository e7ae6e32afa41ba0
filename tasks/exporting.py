"""Makes exports: gathers from the record what its reader may see, and has it written.

Into a thread they go the way of every message: a slot says that a file is wished for, and whoever tells the scan puts
it there, once, however often it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import structlog

import collectors
from core import clock
from core.access import Reader, sees
from core.beside import Beside
from core.blocks import Attachment, plain
from core.blocks.readers import is_direct
from core.blocks.text import aim
from core.cases import Case, Tlp
from core.errors import BadSetting, NoExport
from core.exports.dossier import Dossier, sheet_of
from core.exports.evidence import Receipt, evidence
from core.exports.formats import EVIDENCE, FORMATS, Format
from core.exports.signing import signer_of
from core.models import Scan
from core.settings import Settings
from core.store import Said, Store, Stored
from core.targets import display
from tasks.beside import gather
from tasks.choose import titles

log = structlog.get_logger()

Attachments = Callable[[Scan, Said], Attachment]
PREFIX = "export/"
DONE = frozenset({"said", "gone", "refused"})
MOST = 48 * 2**20  # bytes of a file: Slack takes more, but nobody wants to
ELSEWHERE = "python -m bot export"
TOO_LARGE = "The {title} export of {target} is {size:,.0f} MB, more than the {most:,.0f} MB that I hand over."
NOT_HERE = "What is {label} is not put where everybody in a channel reads it."


@dataclass(frozen=True, slots=True)
class Export:
    """A finished file."""

    name: str
    media_type: str
    content: bytes


def make(
    store: Store,
    settings: Settings,
    scans: Sequence[Scan],
    fmt: Format,
    *,
    by: str,
    alone: bool,
    case: Case | None = None,
) -> Export:
    """Write these scans as one file. Whether its reader may see them was decided by whoever calls; `alone` is whether
    they may see what a direct message alone shows. Blocking.

    Raises:
        NoExport: it would be too large.
        BadSetting: EVIDENCE_KEY is wrong.
        StoreDown: the record does not answer.
    """
    dossier = dossier_of(store, scans, by=by, alone=alone, case=case)
    content = _evidence(store, settings, dossier, alone=alone) if fmt is EVIDENCE else fmt.write(dossier)
    if len(content) > MOST:
        size, most = len(content) / 2**20, MOST / 2**20
        target = aim(scans[0].target, 80) if scans else "nothing"
        said = TOO_LARGE.format(title=fmt.title, target=target, size=size, most=most)
        raise NoExport(f"{said} Whoever runs me can have it: {ELSEWHERE} ID --format {fmt.name} --to FILE")
    return Export(f"{dossier.stem}.{fmt.ending}", fmt.media_type, content)


def dossier_of(store: Store, scans: Sequence[Scan], *, by: str, alone: bool, case: Case | None = None) -> Dossier:
    """The scans with all that is said of them besides. The strictest of their labels is that of the whole."""
    told = [(scan, gather(store, scan)) for scan in scans]
    named = [display(scan.target) for scan in scans[:3]]
    title = case.title if case is not None else f"Scan of {', '.join(named) or 'nothing'}"
    sheets = tuple(sheet_of(scan, beside, alone=alone) for scan, beside in told)
    if case is None and any(sheet.address for sheet in sheets):
        title = f"Scan of {', '.join(sheet.name for sheet in sheets[:3])}"
    known = collectors.known()
    return Dossier(
        title=title,
        made_at=clock.now(),
        made_by=by,
        sheets=sheets,
        titles=titles(),
        versions={name: each.version for name, each in known.items()},
        tlp=_strictest([*(_label(scan, beside) for scan, beside in told), case.tlp if case is not None else None]),
        case=case,
    )


def wish(store: Store, scan_id: str, fmt: Format, *, by: str, key: str) -> bool:
    """Have a file put into the scan's thread; `key` names the click. False: that click was done before."""
    click = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return store.desk.wish(scan_id, f"{PREFIX}{fmt.name}/{click}", by=by)


def wished(said: Mapping[str, Said]) -> list[Said]:
    """The files that somebody asked for, and that are not there yet."""
    return [each for slot, each in said.items() if slot.startswith(PREFIX) and each.state not in DONE]


def attachment(store: Store, settings: Settings, scan: Scan, wish: Said) -> Attachment:
    """The file of a wish. Blocking.

    Raises:
        NoExport: it would be too large, or everybody in the channel would read it.
        StoreDown: the record does not answer.
    """
    fmt = FORMATS.get(wish.slot.split("/")[1])
    if fmt is None:
        raise NoExport("That format is one of another version of me. Choose again.")
    check_place(scan, gather(store, scan))
    # Of all rounds, what is known now: the thread's own view of a round is not it.
    whole = store.scans.get(scan.id)
    try:
        made = make(store, settings, [whole], fmt, by=wish.digest, alone=is_direct(scan.place))
    except BadSetting as error:
        raise NoExport(f"The file cannot be signed. {error}") from error
    log.info("export made", scan=scan.id, format=fmt.name, size=len(made.content))
    return Attachment(made.name, plain(f"{fmt.title} of this scan", 80), made.content)


def check_place(scan: Scan, beside: Beside) -> None:
    """Raises NoExport: those who read along in the scan's channel may not see it."""
    everybody = Reader(scan.place.team, "", frozenset({scan.place.channel} - {""}))
    if is_direct(scan.place) or sees(everybody, scan):
        return
    label = _label(scan, beside)
    shown = f"TLP:{label.value.upper()}" if label is not None else "not for everybody"
    step = f"Ask over the API: GET /api/v1/scan/{scan.id}/export"
    raise NoExport(f"{NOT_HERE.format(label=shown)} {step}")


def _label(scan: Scan, beside: Beside) -> Tlp | None:
    own = Tlp(scan.belongs.tlp) if scan.belongs.tlp in tuple(Tlp) else None
    return _strictest([own, beside.tlp])


def _strictest(labels: Sequence[Tlp | None]) -> Tlp | None:
    known = [label for label in labels if label is not None]
    return min(known, key=tuple(Tlp).index, default=None)


def _evidence(store: Store, settings: Settings, dossier: Dossier, *, alone: bool) -> bytes:
    receipts: list[Receipt] = []
    for sheet in dossier.sheets:
        holders = store.findings.outline(sheet.scan.id).holders
        stored = store.answers.of_runs(list(holders.values()))
        receipts += [_receipt(sheet.scan.id, each) for each in stored]
    return evidence(dossier, receipts, partial(_body, store), alone=alone, signer=signer_of(settings))


def _receipt(scan_id: str, stored: Stored) -> Receipt:
    names = ("run_id", "collector", "version", "sha256", "size", "source", "url", "status", "fetched_at")
    told = {name: getattr(stored, name) for name in (*names, "media_type", "truncated", "key", "left_out")}
    return Receipt(scan_id=scan_id, **told)


def _body(store: Store, digest: str) -> bytes | None:
    try:
        return store.answers.body(digest)
    except ValueError:  # damaged in the record: the evidence says that it is not there
        log.warning("a kept answer is damaged", sha256=digest)
        return None
