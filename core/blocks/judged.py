"""Verdicts as people read them: at the finding, with who and when; and the form in which they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slackblocks import Block, Button, InputBlock, ModalView, Option, RadioButtonGroup, StaticSelectMenu, Text, TextType

from core.blocks.facts import WEIGHTS, is_direct_only, sentence, severity_of
from core.blocks.message import Message, as_view, compose
from core.blocks.parts import Line, actions, button, context, lines
from core.blocks.readers import is_direct
from core.blocks.text import aim, counted, person, plain, safe
from core.fingerprints import fingerprint
from core.judged import among
from core.models import Finding, Run, Scan, Severity
from core.seal import Action, Seal
from core.verdicts import WORDS, Judgement, Verdict

NAMED = 5  # judged findings of one reply, and of a summary
OFFERED = 25  # findings in a menu; Slack takes a hundred, a thumb does not
LABEL = 75  # characters of an option: https://docs.slack.dev/reference/block-kit/composition-objects/option-object
ELSEWHERE = "somebody in another channel"
ASKED = (
    (Judgement.CONFIRMED, "Confirmed", "It is so, and I have looked"),
    (Judgement.FALSE, "False", "It is not so: the source is wrong"),
    (Judgement.NOT_THIS_PERSON, "Not this person", "It is so of somebody else"),
    (Judgement.BENIGN, "Benign", "It is so, and harmless"),
)


@dataclass(frozen=True, slots=True)
class Worth:
    """A finding that matters, for menus."""

    fingerprint: str
    finding: Finding
    collector: str


def said(verdict: Verdict) -> str:
    """`judged false by @ada, 26 Nov 2026`, safe for mrkdwn."""
    who = person(verdict.user) if verdict.user else ELSEWHERE
    return f"judged {WORDS[verdict.judgement]} by {who}, {verdict.at.day} {verdict.at:%b %Y}"


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
    parts = [f"{safe(each.value, 60)}: {said(verdict)}" for each, verdict in judged[:NAMED]]
    if len(judged) > NAMED:
        parts.append(f"and {counted(len(judged) - NAMED, 'more verdict')}")
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
    return finding.value if len(finding.value) > LABEL - 20 else sentence(finding)


def judge_action(scan: Scan, worth: Sequence[Worth]) -> list[tuple[str, Action]]:
    """Opens the form, where there is something to judge."""
    return [("Judge", Action("judge", scan.id, scan.round))] if worth else []


def judge_modal(scan: Scan, worth: Sequence[Worth], *, place: str) -> dict[str, Any]:
    """The findings that matter and what may be said of one, callback id `judged`. Block ids, each also its input's
    action id: `finding`, `judgement`. `place` is a sealed value that says which scan, opened where."""
    shown = worth[:100]
    head: list[Block] = [lines(Line(plain(f"{aim(scan.target)}, scan {scan.id}", 200), "Findings of"))]
    if not shown:
        head.append(lines(Line("Nothing here is rated high or medium, so there is nothing to judge.")))
        return as_view(ModalView("Judge", head, "Close", None, place, callback_id="judged"))
    if len(worth) > len(shown):
        head.append(lines(Line(f"{counted(len(worth) - len(shown), 'more finding')} not listed here.")))
    menu = StaticSelectMenu("finding", [option(each, each.fingerprint) for each in shown], placeholder="Choose one")
    answers = [Option(Text(title, TextType.PLAINTEXT), str(each), about) for each, title, about in ASKED]
    hint = "It counts for every scan of this target, and is shown with your name. You can take it back."
    blocks: list[Block] = [
        *head,
        InputBlock("Finding", menu, block_id="finding"),
        InputBlock("Verdict", RadioButtonGroup("judgement", answers), block_id="judgement", hint=hint),
    ]
    return as_view(ModalView("Judge", blocks, "Close", "Judge", place, callback_id="judged"))


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
            title,
            f"verdict:{each}",
            seal(Action("verdict", scan.id, scan.round, f"{each}:{mark}")),
            label=f"{title}: {about}",
        )
        for each, title, about in ASKED
        if verdict is None or verdict.judgement is not each
    ]
    return asked + ([undo_button(scan, verdict, seal)] if verdict else [])


def undo_button(scan: Scan, verdict: Verdict, seal: Seal) -> Button:
    value = seal(Action("undo_verdict", scan.id, scan.round, str(verdict.number)))
    return button("Undo", "undo_verdict", value, label=f"Undo: judged {WORDS[verdict.judgement]}")


def judged_notice(scan: Scan, finding: Finding, verdict: Verdict, seal: Seal, *, new: bool) -> Message:
    """To who judged, alone."""
    value = plain(finding.value, 120)
    head = "" if new else "Nothing changed: "
    effect = "Its headlines and its place among what matters are gone." if verdict.sets_aside else "It counts as sure."
    text = f"{head}{safe(finding.value, 120)} is {said(verdict)}."
    blocks: list[Block] = [lines(Line(f"{head}{value} is judged {WORDS[verdict.judgement]}.", bold=True))]
    blocks += [lines(Line(f"{effect} It stands for every scan of {aim(scan.target)}."))] if new else []
    blocks += [context(said(verdict)), *actions(undo_button(scan, verdict, seal))]
    return compose(text, blocks)
