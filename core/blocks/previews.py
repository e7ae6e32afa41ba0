"""A plan before anybody is asked: what would be asked, what is kept, what would be skipped and why, and the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slackblocks import Block

from core.blocks.message import Message, compose, rendered
from core.blocks.parts import Line, actions, bullets, button, header, lines
from core.blocks.text import aim, and_more, listed, plain, safe, width
from core.blocks.words import REASONS, names_in
from core.clock import span
from core.language import N_, NN_, ntr, tr
from core.models import Option
from core.previews import Preview, Step, Way
from core.seal import Action, Seal

STEPS = 50  # collectors of one plan; the rest are counted
VALUE = 1800  # characters of a button's value; Slack takes 2,000 with the signature
NOBODY_YET = N_("Nobody was asked yet. {total}")
QUESTIONS = NN_("{n:,} question to sources", "{n:,} questions to sources")
TO_ASK = NN_("{n:,} collector to ask", "{n:,} collectors to ask")
KEPT = N_("{title} ({span} ago)")
MARK = "preview."  # block ids of a preview inside a form: a newer one takes their place


def preview(plans: Sequence[Preview], *, seal: Seal, run: Action) -> Message:
    """Seen by the asker alone. `run` is what the Run button does; too long for a button, it is to be typed."""
    title = ntr("Plan: {n:,} target", "Plan: {n:,} targets", len(plans))
    if len(plans) == 1:
        title = tr("Plan: {target}", target=aim(plans[0].target))
    blocks: list[Block] = [header(title), *_body(plans)]
    value = seal(run)
    if width(value) > VALUE:
        blocks.append(lines(Line(tr("Type it again without plan: it is too long for a button."), tr("To run it"))))
    elif any(plan.of(Way.ASK) or plan.of(Way.KEPT) for plan in plans):
        blocks += actions(button(tr("Run"), run.verb, value, style="primary", label=tr("Run this plan")))
    names = listed([safe(aim(plan.target, 60), 80) for plan in plans[:5]])
    shown = and_more(names, len(plans) - 5)
    return compose(tr("Plan for {names}. {total}", names=shown, total=total(plans)), blocks)


def previewed(view: Mapping[str, Any], plans: Sequence[Preview], *, trouble: str = "") -> dict[str, Any]:
    """An open form with the plan of what it says at its end, or the sentence why there is none. What was typed and
    ticked stays."""
    said = [lines(Line("", tr("Plan"))), *_body(plans)] if plans else [lines(Line(plain(trouble, 600), tr("No plan")))]
    shown = [{**block, "block_id": f"{MARK}{number}"} for number, block in enumerate(rendered(said))]
    boxes = view["state"]["values"]
    old = [_kept(block, boxes) for block in view["blocks"] if not str(block.get("block_id", "")).startswith(MARK)]
    names = ("type", "callback_id", "title", "submit", "close", "private_metadata")
    return {name: view[name] for name in names if view.get(name)} | {"blocks": [*old, *shown]}


INITIAL = {
    "value": "initial_value",
    "selected_options": "initial_options",
    "selected_option": "initial_option",
    "selected_conversation": "initial_conversation",
}


def _kept(block: Mapping[str, Any], boxes: Mapping[str, Any]) -> dict[str, Any]:
    """An input with what it holds now: Slack keeps that itself where ids stay; should it not, nothing is lost."""
    element = block.get("element")
    if block["type"] != "input" or not isinstance(element, Mapping):
        return dict(block)
    held = boxes.get(block["block_id"], {}).get(element["action_id"], {})
    now = {initial: held[name] for name, initial in INITIAL.items() if held.get(name)}
    bare = {name: value for name, value in element.items() if name not in INITIAL.values()}
    return {**block, "element": bare | now}


def _body(plans: Sequence[Preview]) -> list[Block]:
    if len(plans) != 1:
        said = [Line(_brief(plan), aim(plan.target, 80)) for plan in plans]
        return [lines(Line(tr(NOBODY_YET, total=total(plans)))), bullets(*said), *_asides(plans)]
    plan = plans[0]
    steps = [_step(step) for step in plan.steps[:STEPS]]
    if len(plan.steps) > STEPS:
        left = len(plan.steps) - STEPS
        steps.append(Line(ntr("and {n:,} more collector", "and {n:,} more collectors", left)))
    return [lines(Line(tr(NOBODY_YET, total=total(plans)))), *([bullets(*steps)] if steps else []), *_asides(plans)]


def total(plans: Sequence[Preview]) -> str:
    """How many would be asked, and how long that takes, in a sentence or two."""
    ask, kept, skip = (sum(len(plan.of(way)) for plan in plans) for way in (Way.ASK, Way.KEPT, Way.SKIP))
    said = [ntr(*(QUESTIONS if len(plans) > 1 else TO_ASK), ask)]
    said += [ntr("{n:,} answer kept", "{n:,} answers kept", kept)] * bool(kept)
    said += [tr("{n} skipped", n=skip)] * bool(skip)
    return f"{', '.join(said)}. {_time(plans)}".strip()


def _time(plans: Sequence[Preview]) -> str:
    """From what was measured; nothing is promised of what was not."""
    if not any(plan.of(Way.ASK) for plan in plans):
        return ""
    seconds = max((plan.seconds for plan in plans if plan.seconds is not None), default=None)
    slow = max((plan.slow_s for plan in plans if plan.slow_s is not None), default=None)
    unmeasured = max(plan.unmeasured for plan in plans)
    if seconds is None or slow is None:
        return tr("How long it takes was not measured yet.")
    said = [tr("About {span}", span=span(seconds))]
    said += [tr("19 of 20 times within {span}", span=span(slow))] * (span(slow) != span(seconds))
    some = NN_("{n:,} collector not measured yet", "{n:,} collectors not measured yet")
    said += [ntr(*some, unmeasured)] * bool(unmeasured)
    return f"{', '.join(said)}."


def _step(step: Step) -> Line:
    return Line(plain(step_words(step), 500, spare=names_in(f"{step.title} {step.sentence} {step.cost}")), _title(step))


def step_words(step: Step) -> str:
    """What would become of one collector; not cleaned."""
    if step.way is Way.KEPT:
        return tr("answer from {span} ago would be used", span=span(step.age_s or 0.0))
    if step.way is Way.SKIP:
        return tr("skipped, {reason}. {why}", reason=_because(step), why=step.sentence).strip()
    said = [tr("would be asked")]
    if step.options:
        said = [tr("would be asked with {options}", options=", ".join(step.options))]
    said += [tr("about {span}", span=span(step.p50_s))] if step.p50_s is not None else []
    said += [tr("after {span} of waiting for its turn", span=span(step.wait_s))] if step.wait_s >= 1 else []
    said += [tr("touches the target itself")] * step.touches + [tr("tells many third parties")] * step.spreads
    return ", ".join(said) + (f". {step.cost}" if step.cost else "")


def _because(step: Step) -> str:
    return tr(REASONS.get(step.reason, "")) or step.reason.replace("_", " ")


def _brief(plan: Preview) -> str:
    ask = [_title(step) for step in plan.of(Way.ASK)]
    kept = [tr(KEPT, title=_title(step), span=span(step.age_s or 0.0)) for step in plan.of(Way.KEPT)]
    skip = [f"{_title(step)} ({plain(_because(step), 80)})" for step in plan.of(Way.SKIP)]
    groups = ((N_("asked: {names}"), ask), (N_("kept: {names}"), kept), (N_("skipped: {names}"), skip))
    return "; ".join(tr(word, names=", ".join(names[:12])) for word, names in groups if names)[:700]


def _asides(plans: Sequence[Preview]) -> list[Block]:
    """What the asker could add: options, and consent to touch the target."""
    more = {option.name: option for plan in plans for option in plan.more}
    said = [Line(_option(option), plain(f"with={option.name}", 60)) for option in list(more.values())[:12]]
    waiting = {_title(step) for plan in plans for step in plan.of(Way.SKIP) if step.reason == "needs_consent"}
    if waiting:
        said.append(Line(tr("asks the target too: {names}", names=", ".join(sorted(waiting))), "active"))
    return [lines(Line("", tr("You can add")), *said)] if said else []


def _option(option: Option) -> str:
    said = option.about
    if option.touches:
        said = tr("{about} Touches the target itself: needs active too.", about=option.about)
    return plain(said, 300, spare=names_in(option.about))


def _title(step: Step) -> str:
    return plain(step.title, 60, spare=names_in(step.title))
