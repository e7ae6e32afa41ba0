"""Makes exports: gathers from the record what its reader may see, and has it written.

Into a thread they go the way of every message: a slot says that a file is wished for, and whoever tells the scan puts
it there, once, however often it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

import structlog

import collectors
from core import clock
from core.access import audience, sees
from core.beside import Beside
from core.blocks import Attachment, plain
from core.blocks.readers import is_direct, without
from core.casefile import Casefile, Entry, timeline
from core.cases import Tlp, strictest
from core.errors import BadSetting, NoExport
from core.exports.dossier import Dossier, sheet_of
from core.exports.evidence import Receipt, evidence
from core.exports.formats import EVIDENCE, FORMATS, Format
from core.exports.signing import signer_of
from core.language import ENGLISH, N_, speaking, tr
from core.models import Scan
from core.settings import Settings
from core.store import Said, Store, Stored
from core.targets import display
from tasks.belonging import label_of
from tasks.beside import gather
from tasks.choose import titles

log = structlog.get_logger()

Alone = Callable[[Scan], bool]
Attachments = Callable[[Scan, Said], Attachment]
PREFIX = "export/"
DONE = frozenset({"said", "gone", "refused"})
MOST = 48 * 2**20  # bytes of a file: Slack takes more, but nobody wants to
UNSIGNED = N_("The file cannot be signed. {why}")
TOO_LARGE = N_('The {title} file of "{what}" is {size:,.0f} MB, more than the {most:,.0f} MB that I hand over.')
BY_HAND = N_("Whoever runs me can have it: python -m bot export {asked} --format {format} --to FILE")
UNREADABLE = b"damaged"
NOT_HERE = N_("What is {label} is not put where everybody in a channel reads it. Ask over the API: {request}")
UNLABELLED = N_(
    "What is not for everybody is not put where everybody in a channel reads it. Ask over the API: {request}"
)


@dataclass(frozen=True, slots=True)
class Export:
    """A finished file."""

    name: str
    media_type: str
    content: bytes


def make(store: Store, settings: Settings, scans: Sequence[Scan], fmt: Format, *, by: str, alone: Alone) -> Export:
    """Write these scans as one file. Whether its reader may see them was decided by whoever calls; `alone` says of
    which they may see what a direct message alone shows. Blocking.

    Raises:
        NoExport: it would be too large.
        BadSetting: EVIDENCE_KEY is wrong.
        StoreDown: the record does not answer.
    """
    return _written(store, settings, dossier_of(store, scans, by=by, alone=alone), fmt)


def make_case(store: Store, settings: Settings, file: Casefile, fmt: Format, *, by: str, alone: Alone) -> Export:
    """The same for a case, as far as its file was narrowed to these readers.

    Raises:
        NoExport, BadSetting, StoreDown: as `make`.
    """
    scans = [store.scans.get(each.id) for each in file.scans]  # whole: here is counted what they may not see
    told = dossier_of(store, scans, by=by, alone=alone)
    made = replace(
        told,
        title=file.case.title,
        tlp=strictest(told.tlp, file.case.tlp),
        case=file.case,
        entries=_masked(_timeline(file), [sheet.address for sheet in told.sheets if sheet.address]),
        left_out=file.held_back + file.cut,
    )
    return _written(store, settings, made, fmt)


def _masked(entries: Sequence[Entry], addresses: Sequence[str]) -> tuple[Entry, ...]:
    """The entries without the addresses that are masked in what they tell of."""
    for address in addresses:
        entries = [replace(each, text=without(each.text, address)) for each in entries]
    return tuple(entries)


def case_attachment(store: Store, settings: Settings, file: Casefile, fmt: Format, *, by: str) -> Attachment:
    """A case as a file for a place where several read.

    Raises:
        NoExport: it could not be made.
        StoreDown: the record does not answer.
    """
    try:
        made = make_case(store, settings, file, fmt, by=by, alone=nobody)
    except BadSetting as error:
        raise NoExport(tr(UNSIGNED, why=tr(str(error)))) from error
    return Attachment(
        made.name, plain(tr("{format} of {title}", format=tr(fmt.title), title=file.case.title), 80), made.content
    )


def _timeline(file: Casefile) -> list[Entry]:
    with speaking(ENGLISH):
        return list(timeline(file))


def nobody(_scan: Scan) -> bool:
    """For readers of whom none may see more than all."""
    return False


def _written(store: Store, settings: Settings, dossier: Dossier, fmt: Format) -> Export:
    with speaking(ENGLISH):  # files are for other programs and other people, too
        content = _evidence(store, settings, dossier) if fmt is EVIDENCE else fmt.write(dossier)
    if len(content) > MOST:
        size, most = len(content) / 2**20, MOST / 2**20
        said = tr(TOO_LARGE, title=tr(fmt.title), what=plain(dossier.title, 80), size=size, most=most)
        asked = f"{dossier.case.id} --case" if dossier.case is not None else "ID"
        raise NoExport(f"{said} {tr(BY_HAND, asked=asked, format=fmt.name)}")
    return Export(f"{dossier.stem}.{fmt.ending}", fmt.media_type, content)


def dossier_of(store: Store, scans: Sequence[Scan], *, by: str, alone: Alone) -> Dossier:
    """The scans with all that is said of them besides. The strictest of their labels is that of the whole."""
    with speaking(ENGLISH):
        return _dossier(store, scans, by=by, alone=alone)


def _dossier(store: Store, scans: Sequence[Scan], *, by: str, alone: Alone) -> Dossier:
    told = [(scan, gather(store, scan)) for scan in scans]
    sheets = tuple(sheet_of(scan, beside, alone=alone(scan)) for scan, beside in told)
    named = [sheet.name if sheet.address else display(sheet.scan.target) for sheet in sheets[:3]]
    return Dossier(
        title=f"Scan of {', '.join(named) or 'nothing'}",
        made_at=clock.now(),
        made_by=by,
        sheets=sheets,
        titles=titles(),
        versions={name: each.version for name, each in collectors.known().items()},
        tlp=strictest(*(_label(scan, beside) for scan, beside in told)),
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
        raise NoExport(tr("That format is one of another version of me. Choose again."))
    check_place(scan, gather(store, scan))
    # Of all rounds, what is known now: the thread's own view of a round is not it.
    whole = store.scans.get(scan.id)
    try:
        made = make(store, settings, [whole], fmt, by=wish.digest, alone=lambda one: is_direct(one.place))
    except BadSetting as error:
        raise NoExport(tr(UNSIGNED, why=tr(str(error)))) from error
    log.info("export made", scan=scan.id, format=fmt.name, size=len(made.content))
    return Attachment(made.name, plain(tr("{format} of this scan", format=tr(fmt.title)), 80), made.content)


def check_place(scan: Scan, beside: Beside) -> None:
    """Raises NoExport: those who read along in the scan's channel may not see it."""
    if is_direct(scan.place) or sees(audience(scan.place), scan):
        return
    label, request = _label(scan, beside), f"GET /api/v1/scan/{scan.id}/export"
    raise NoExport(tr(NOT_HERE, label=label.label, request=request) if label else tr(UNLABELLED, request=request))


def _label(scan: Scan, beside: Beside) -> Tlp | None:
    return strictest(label_of(scan.belongs), beside.tlp)


def _evidence(store: Store, settings: Settings, dossier: Dossier) -> bytes:
    receipts: list[Receipt] = []
    for sheet in dossier.sheets:
        holders = store.findings.outline(sheet.scan.id).holders
        stored = store.answers.of_runs(list(holders.values()))
        receipts += [_receipt(sheet.scan.id, each) for each in stored]
    return evidence(dossier, receipts, partial(_body, store), signer=signer_of(settings))


def _receipt(scan_id: str, stored: Stored) -> Receipt:
    names = ("run_id", "collector", "version", "sha256", "size", "source", "url", "status", "fetched_at")
    told = {name: getattr(stored, name) for name in (*names, "media_type", "truncated", "key", "left_out")}
    return Receipt(scan_id=scan_id, **told)


def _body(store: Store, digest: str) -> bytes | None:
    """The bytes; where they are damaged none that could have this digest, so that the evidence says so."""
    try:
        return store.answers.body(digest)
    except ValueError:
        log.warning("a kept answer is damaged", sha256=digest)
        return UNREADABLE
