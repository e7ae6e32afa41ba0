"""Verdicts as people read them: at the finding, with who and when; and the form in which they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slackblocks import Block, Button, InputBlock, ModalView, Option, RadioButtonGroup, StaticSelectMenu, Text, TextType

from core.blocks.facts import WEIGHTS, is_direct_only, sentence, severity_of, valued
from core.blocks.message import Message, as_view, compose
from core.blocks.parts import Line, actions, button, context, lines
from core.blocks.readers import is_direct
from core.blocks.text import aim, month, person, plain, safe
from core.fingerprints import fingerprint
from core.judged import among
from core.language import N_, NN_, ntr, tr
from core.models import Finding, Run, Scan, Severity
from core.seal import Action, Seal
from core.verdicts import Judgement, Verdict

NAMED = 5  # judged findings of one reply, and of a summary
OFFERED = 25  # findings in a menu; Slack takes a hundred, a thumb does not
LABEL = 75  # characters of an option: https://docs.slack.dev/reference/block-kit/composition-objects/option-object
ELSEWHERE = N_("somebody in another channel")
ASKED = (
    (Judgement.CONFIRMED, N_("Confirmed"), N_("It is so, and I have looked")),
    (Judgement.FALSE, N_("False"), N_("It is not so: the source is wrong")),
    (Judgement.NOT_THIS_PERSON, N_("Not this person"), N_("It is so of somebody else")),
    (Judgement.BENIGN, N_("Benign"), N_("It is so, and harmless")),
)
JUDGED = {
    Judgement.CONFIRMED: N_("judged confirmed"),
    Judgement.FALSE: N_("judged false"),
    Judgement.NOT_THIS_PERSON: N_("judged not this person"),
    Judgement.BENIGN: N_("judged benign"),
}


@dataclass(frozen=True, slots=True)
class Worth:
    """A finding that matters, for menus."""

    fingerprint: str
    finding: Finding
    collector: str


def said(verdict: Verdict) -> str:
    """`judged false by @ada, 26 Nov 2026`, safe for mrkdwn."""
    who = person(verdict.user) if verdict.user else tr(ELSEWHERE)
    day = f"{verdict.at.day} {month(verdict.at)} {verdict.at:%Y}"
    return tr("{judged} by {person}, {day}", judged=tr(JUDGED[verdict.judgement]), person=who, day=day)


def in_order(scan: Scan, run: Run, verdicts: Mapping[str, Verdict]) -> list[Verdict | None]:
    """The verdict on each finding that the readers of the scan's place see: found before anything is masked, for what
    is masked has another fingerprint."""
    direct = is_direct(scan.place)
    shown = [each for each in run.findings if direct or not is_direct_only(each)] if verdicts else []
    return [verdicts.get(fingerprint(each)) for each in shown]


def under_reply(run: Run, judged: Sequence[Verdict | None]) -> list[Block]:
    """What was judged of this answer's findings; `run` as its readers see it, `judged` in the same order."""
    pairs = zip(run.findings, judged, strict=True) if judged else ()
    return _listed([(each, verdict) for each, verdict in pairs if verdict])


def in_all(scan: Scan, verdicts: Mapping[str, Verdict]) -> list[Block]:
    """What was judged of all findings, for the parent and the summary, which notifications show: what only a direct
    message may show is not named even there."""
    found = {mark: each for run in scan.runs for mark, each in among(run, verdicts)}
    judged = [(each, verdicts[mark]) for mark, each in found.items() if not is_direct_only(each)]
    return _listed(judged)


def _listed(judged: Sequence[tuple[Finding, Verdict]]) -> list[Block]:
    parts = [f"{safe(valued(each), 60)}: {said(verdict)}" for each, verdict in judged[:NAMED]]
    if len(judged) > NAMED:
        parts.append(ntr("and {n:,} more verdict", "and {n:,} more verdicts", len(judged) - NAMED))
    return [context(*parts)] if parts else []


def worth_judging(scan: Scan, verdicts: Mapping[str, Verdict], *, alone: bool) -> list[Worth]:
    """The findings that matter, the most severe first, and those that were judged; each once."""
    found: dict[str, Worth] = {}
    for run in scan.runs:
        for each in run.findings:
            loud = WEIGHTS[severity_of(each)] <= WEIGHTS[Severity.MEDIUM]
            if not (loud or verdicts) or (is_direct_only(each) and not alone):
                continue
            mark = fingerprint(each)
            if loud or mark in verdicts:
                found.setdefault(mark, Worth(mark, each, run.collector))
    return sorted(found.values(), key=lambda each: WEIGHTS[severity_of(each.finding)])


def option(worth: Worth, value: str) -> Option:
    return Option(Text(plain(_short(worth.finding), LABEL), TextType.PLAINTEXT), value)


def _short(finding: Finding) -> str:
    """What tells it apart in a menu; the reason follows as far as it fits."""
    value = valued(finding)
    return value if len(value) > LABEL - 20 else sentence(finding)


def judge_action(scan: Scan, worth: Sequence[Worth]) -> list[tuple[str, Action]]:
    """Opens the form, where there is something to judge."""
    return [(tr("Judge"), Action("judge", scan.id, scan.round))] if worth else []


def judge_modal(scan: Scan, worth: Sequence[Worth], *, place: str) -> dict[str, Any]:
    """The findings that matter and what may be said of one, callback id `judged`. Block ids, each also its input's
    action id: `finding`, `judgement`. `place` is a sealed value that says which scan, opened where."""
    shown = worth[:100]
    of_it = tr("{target}, scan {id}", target=aim(scan.target), id=scan.id)
    head: list[Block] = [lines(Line(plain(of_it, 200), tr("Findings of")))]
    if not shown:
        head.append(lines(Line(tr("Nothing here is rated high or medium, so there is nothing to judge."))))
        return as_view(ModalView(tr("Judge"), head, tr("Close"), None, place, callback_id="judged"))
    if len(worth) > len(shown):
        more = NN_("{n:,} more finding not listed here.", "{n:,} more findings not listed here.")
        head.append(lines(Line(ntr(*more, len(worth) - len(shown)))))
    options = [option(each, each.fingerprint) for each in shown]
    menu = StaticSelectMenu("finding", options, placeholder=tr("Choose one"))
    answers = [Option(Text(tr(title), TextType.PLAINTEXT), str(each), tr(about)) for each, title, about in ASKED]
    hint = tr("It counts for every scan of this target, and is shown with your name. You can take it back.")
    blocks: list[Block] = [
        *head,
        InputBlock(tr("Finding"), menu, block_id="finding"),
        InputBlock(tr("Verdict"), RadioButtonGroup("judgement", answers), block_id="judgement", hint=hint),
    ]
    return as_view(ModalView(tr("Judge"), blocks, tr("Close"), tr("Judge"), place, callback_id="judged"))


def filled_verdict(view: Mapping[str, Any]) -> tuple[str, str]:
    """The finding and the judgement that a submitted form names; empty where none was chosen."""
    values: Mapping[str, Any] = view["state"]["values"]

    def chosen(name: str) -> str:
        return str(((values.get(name) or {}).get(name, {}).get("selected_option") or {}).get("value") or "")

    return chosen("finding"), chosen("judgement")


def verdict_buttons(scan: Scan, mark: str, verdict: Verdict | None, seal: Seal) -> list[Button]:
    """One for each judgement that does not stand yet, and one that takes back the one that does."""
    asked = [
        button(
            tr(title),
            f"verdict:{each}",
            seal(Action("verdict", scan.id, scan.round, f"{each}:{mark}")),
            label=f"{tr(title)}: {tr(about)}",
        )
        for each, title, about in ASKED
        if verdict is None or verdict.judgement is not each
    ]
    return asked + ([undo_button(scan, verdict, seal)] if verdict else [])


def undo_button(scan: Scan, verdict: Verdict, seal: Seal) -> Button:
    value = seal(Action("undo_verdict", scan.id, scan.round, str(verdict.number)))
    label = tr("Undo: {judged}", judged=tr(JUDGED[verdict.judgement]))
    return button(tr("Undo"), "undo_verdict", value, label=label)


def judged_notice(scan: Scan, finding: Finding, verdict: Verdict, seal: Seal, *, new: bool) -> Message:
    """To who judged, alone."""
    told = N_("{finding} is {judged}.") if new else N_("Nothing changed: {finding} is {judged}.")
    effect = tr("It counts as sure. It stands for every scan of {target}.", target=aim(scan.target))
    if verdict.sets_aside:
        aside = N_("Its headlines and its place among what matters are gone. It stands for every scan of {target}.")
        effect = tr(aside, target=aim(scan.target))
    text = tr(told, finding=safe(valued(finding), 120), judged=said(verdict))
    short = tr(told, finding=plain(valued(finding), 120), judged=tr(JUDGED[verdict.judgement]))
    blocks: list[Block] = [lines(Line(short, bold=True))]
    blocks += [lines(Line(effect))] if new else []
    blocks += [context(said(verdict)), *actions(undo_button(scan, verdict, seal))]
    return compose(text, blocks)
