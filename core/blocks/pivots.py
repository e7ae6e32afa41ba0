"""Pivots in Slack: the menu of what can be looked up next, the question before one that leads away, and kinship."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slackblocks import (
    Block,
    Button,
    InputBlock,
    ModalView,
    Option,
    OptionGroup,
    PlainTextInput,
    StaticSelectMenu,
    Text,
    TextType,
)

from core.beside import Beside
from core.blocks.facts import WEIGHTS, severity_of, severity_word
from core.blocks.message import Message, as_view, compose
from core.blocks.parts import Line, actions, bullets, button, lines, paragraph
from core.blocks.roles import role_word
from core.blocks.text import aim, escaped, plain
from core.blocks.words import counted_kind, tally
from core.language import N_, NN_, ntr, ptr, tr
from core.language.noted import heard
from core.models import Fact, Run, Scan, Severity, Target
from core.pivots import HOLDS, KINDS, READ, Pivot
from core.seal import Action, Seal
from core.store.rows import fingerprint
from core.tree import Kin, Tree, link

PAGE = 100  # options of one menu: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
CHILDREN = 10  # pivots that a parent message names; the rest are counted
STEPS = 6  # of a breadcrumb
ROWS = 40  # scans of a tree that are shown
LOUD = (Severity.HIGH, Severity.MEDIUM)
NEXT = NN_(
    "{n:,} next target found in {target}. Each gets a thread of its own.",
    "{n:,} next targets found in {target}. Each gets a thread of its own.",
)
PAST = N_("Only the first {read:,} of {total:,} findings were looked through. Type others: /scan TARGET")
WHY = N_("Kept with the scan and in the audit.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a submitted menu says: the sealed value of what was chosen, and why."""

    value: str
    reason: str
    channel: str
    thread_ts: str


def can_pivot(scan: Scan) -> bool:
    """Whether anything that was found may be a next target; the menu looks closer."""
    return not scan.is_open and any(
        finding.kind in KINDS or (isinstance(finding.kind, Fact) and finding.kind in HOLDS)
        for run in scan.runs
        for finding in run.findings
    )


def pivot_button(scan: Scan, seal: Seal) -> list[Button]:
    """Pivot, once there is something to pivot to."""
    if not can_pivot(scan):
        return []
    value = seal(Action("pivot", scan.id, scan.round))
    label = tr("Pivot: look up what the scan of {target} found", target=aim(scan.target))
    return [button(tr("Pivot"), "pivot", value, label=label)]


def _left(scan: Scan, beside: Beside, seal: Seal) -> list[Button]:
    """What depth=1 left for somebody to decide."""
    if scan.is_open or beside.limit or not beside.left:
        return []
    value = seal(Action("pivot_more", scan.id, scan.round))
    label = tr("Pivot {n:,} More: found in the scan of {target}", n=beside.left, target=aim(scan.target, 40))
    return [button(tr("Pivot {n:,} More", n=beside.left), "pivot_more", value, label=label)]


def kin_actions(scan: Scan, beside: Beside) -> list[tuple[str, Action]]:
    """The picture of what was found, and the tree, once there is any."""
    kin = [(tr("Tree"), Action("tree", scan.id, scan.round))] if beside.trail or beside.children else []
    return [(tr("Graph"), Action("graph", scan.id, scan.round)), *kin] if can_pivot(scan) else kin


def pivot_on(scan: Scan, run: Run, seal: Seal) -> list[Button]:
    """Under a reply whose finding matters: the same menu, with that finding chosen."""
    loud = [
        each for each in run.findings if each.kind in KINDS and severity_of(each) in (Severity.HIGH, Severity.MEDIUM)
    ]
    if not loud:
        return []
    top = min(loud, key=lambda each: WEIGHTS[severity_of(each)])
    value = seal(Action("pivot", scan.id, scan.round, fingerprint(top)))
    return [button(tr("Pivot"), "pivot", value, label=tr("Pivot: look up {value}", value=plain(top.value, 50)))]


def pivot_menu(
    scan: Scan, pivots: Sequence[Pivot], *, seal: Seal, page: int = 0, place: Mapping[str, str], chosen: str = ""
) -> dict[str, Any]:
    """What a scan found, as a menu to choose the next target from, grouped by kind; callback id `pivot`.

    Block ids: `pivot_to`, `pivot_why`. More than fit into a menu are on further pages. `place` is where it was opened,
    `chosen` the finding that is chosen already.
    """
    wanted = next((number // PAGE for number, each in enumerate(pivots) if chosen and each.finding == chosen), page)
    shown, page = pivots[wanted * PAGE : (wanted + 1) * PAGE], wanted
    metadata = json.dumps(dict(place))
    if not shown:
        none = tr("Nothing was found here that I could look up next: it is not public, or only the target itself.")
        return as_view(ModalView(tr("Pivot"), [lines(Line(none))], tr("Close"), None, metadata, callback_id="pivot"))
    said = ntr(*NEXT, len(pivots), target=aim(scan.target, 60))
    all_found = sum(len(run.findings) for run in scan.runs)
    past = tr(PAST, read=READ, total=all_found)
    blocks: list[Block] = [lines(Line(said)), *([lines(Line(past))] if all_found > READ else [])]
    counts = {kind: sum(each.target.kind is kind for each in pivots) for kind in KINDS}
    groups, first = [], None
    for kind in KINDS:
        ours = [each for each in shown if each.target.kind is kind]
        options = [_option(scan, each, seal) for each in ours]
        first = next((option for each, option in zip(ours, options, strict=True) if each.finding == chosen), first)
        if options:
            groups.append(OptionGroup(plain(counted_kind(counts[kind], kind), 75), options))
    menu = StaticSelectMenu(
        "pivot_to", option_groups=groups, initial_option=first, placeholder=tr("Choose, or type to search")
    )
    blocks.append(InputBlock(tr("Next target"), menu, block_id="pivot_to"))
    if not scan.reason and any(each.is_person for each in shown):
        box = PlainTextInput("pivot_why", max_length=400)
        blocks.append(InputBlock(tr("Why (for people)"), box, block_id="pivot_why", hint=tr(WHY), optional=True))
    blocks += _pages(scan, len(pivots), page, seal)
    return as_view(ModalView(tr("Pivot"), blocks, tr("Close"), ptr("do", "Scan"), metadata, callback_id="pivot"))


def pivot_sure(pivot: Pivot, root: Target, *, value: str, reason: str, place: Mapping[str, str]) -> dict[str, Any]:
    """The question before a pivot that leads out of the scope; callback id `pivot_sure`."""
    ask = N_("This began with {root}. Is {target} part of what you look into?")
    said = [Line(plain(pivot.beyond, 300)), Line(tr(ask, root=aim(root, 60), target=aim(pivot.target, 60)))]
    metadata = json.dumps({**place, "value": value, "reason": reason})
    title, no, yes = tr("Outside the scope"), tr("Leave It"), tr("Scan It")
    return as_view(ModalView(title, [lines(*said)], no, yes, metadata, callback_id="pivot_sure"))


def chosen(view: Mapping[str, Any]) -> Chosen:
    """Read a submitted menu, or the question after it."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        kept = {}
    kept = kept if isinstance(kept, dict) else {}
    boxes = {name: held for inputs in view["state"]["values"].values() for name, held in inputs.items()}
    option = (boxes.get("pivot_to") or {}).get("selected_option") or {}
    return Chosen(
        str(option.get("value") or kept.get("value") or ""),
        str((boxes.get("pivot_why") or {}).get("value") or kept.get("reason") or "").strip(),
        str(kept.get("channel") or ""),
        str(kept.get("thread_ts") or ""),
    )


def pivoted(parent: Scan, child: Kin, *, new: bool, house: str = "") -> Message:
    """What the person is told who pivoted."""
    target, there = escaped(aim(child.scan.target)), _linked(child, house, tr("scan {id}", id=child.scan.id))
    where = {"target": target, "parent": escaped(aim(parent.target)), "there": there}
    said = tr("Looking up {target}, found in {parent}: {there}.", **where)
    if not new:
        said = tr("{target} was looked up already from here: {there}.", target=target, there=there)
    return compose(said, [paragraph(said)])


def breadcrumb(beside: Beside, scan: Scan) -> list[str]:
    """`example[.]com > 192.0.2.1`, each parent with a link to its thread: mrkdwn for the small print."""
    if not beside.trail:
        return []
    trail = beside.trail if len(beside.trail) <= STEPS else (beside.trail[0], *beside.trail[1 - STEPS :])
    steps = [_linked(kin, beside.house, aim(kin.scan.target, 60)) for kin in trail]
    if len(trail) < len(beside.trail):
        steps.insert(1, "…")
    return [tr("From {trail}", trail=" &gt; ".join([*steps, escaped(aim(scan.target, 60))]))]


def children(scan: Scan, beside: Beside, seal: Seal) -> list[Block]:
    """What was pivoted to from here, with how each stands; and what else can be."""
    said = [
        Line(f"{tally(kin.scan)}", aim(kin.scan.target, 80), link=link(beside.house, kin), linked=tr("thread"))
        for kin in beside.children[:CHILDREN]
    ]
    if len(beside.children) > CHILDREN:
        more = len(beside.children) - CHILDREN
        said.append(Line(ntr("and {n:,} more pivot: /scan tree", "and {n:,} more pivots: /scan tree", more)))
    if beside.left and beside.limit:
        rest = tr("{n:,} more not looked up. {why}", n=beside.left, why=heard(beside.limit))
        said.append(Line(plain(rest, 300)))
    told: list[Block] = [lines(Line("", tr("Pivots from here"))), bullets(*said)] if said else []
    return [*told, *actions(*_left(scan, beside, seal))]


def tree(whole: Tree, *, house: str = "") -> Message:
    """All that came of one scan: a line each, children below their parent, with what the sources answered."""
    rows = list(whole.walk())
    marks = ("", "└ ", "   └ ", "      └ ")
    said = []
    for depth, kin in rows[:ROWS]:
        mark = marks[min(depth, len(marks) - 1)]
        target = f"{mark}{aim(kin.scan.target, 60)}"
        found = Line(tally(kin.scan), target, link=link(house, kin), linked=tr("thread"))
        said.append(found)
    left = len(rows) - ROWS
    if left + whole.more > 0:
        said.append(Line(ntr("and {n:,} more scan", "and {n:,} more scans", max(0, left) + whole.more)))
    if whole.hidden:
        unseen = NN_("and {n:,} scan that you may not see", "and {n:,} scans that you may not see")
        said.append(Line(ntr(*unseen, whole.hidden)))
    root = whole.root
    all_of_it = NN_("The tree of {target}: {n:,} scan.", "The tree of {target}: {n:,} scans.")
    text = ntr(*all_of_it, len(rows) + whole.more, target=escaped(aim(root.target)))
    title = tr("Tree of {target}, scan {id}", target=aim(root.target, 80), id=root.id)
    return compose(text, [lines(Line("", plain(title, 150)), *said)])


def _option(scan: Scan, pivot: Pivot, seal: Seal) -> Option:
    loud = severity_word(pivot.severity) if pivot.severity in LOUD else ""
    role = plain(role_word(pivot.role), 30) if pivot.role else ""
    about = ", ".join(filter(None, (loud, role, tr("asks first") * bool(pivot.beyond))))
    value = seal(Action("pivot_one", scan.id, scan.round, pivot.finding))
    return Option(Text(aim(pivot.target, 75), TextType.PLAINTEXT), value, plain(about, 75) if about else None)


def _pages(scan: Scan, count: int, page: int, seal: Seal) -> list[Block]:
    last = (count - 1) // PAGE
    turns = [(N_("Earlier ({page} of {pages})"), page - 1), (N_("More ({page} of {pages})"), page + 1)]
    shown = [
        button(
            tr(word, page=number + 1, pages=last + 1), f"pivot_page:{number}", seal(Action("pivot", scan.id, number))
        )
        for word, number in turns
        if 0 <= number <= last
    ]
    return actions(*shown)


def _linked(kin: Kin, house: str, words: str) -> str:
    """Words in mrkdwn that lead to a scan's thread; `words` are clean."""
    address = link(house, kin)
    return f"<{safe_link(address)}|{escaped(words)}>" if address else escaped(words)


def safe_link(address: str) -> str:
    """An address of ours as mrkdwn takes it."""
    return address.replace("&", "&amp;").replace("|", "%7C").replace(">", "%3E")
