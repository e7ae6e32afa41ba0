"""A plan before anybody is asked: what would be asked, what is kept, what would be skipped and why, and the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slackblocks import Block

from core.blocks.message import Message, compose, rendered
from core.blocks.parts import Line, actions, bullets, button, header, lines
from core.blocks.text import aim, counted, listed, plain, safe, width
from core.blocks.words import REASONS, names_in
from core.clock import span
from core.models import Option
from core.previews import Preview, Step, Way
from core.seal import Action, Seal

STEPS = 50  # collectors of one plan; the rest are counted
VALUE = 1800  # characters of a button's value; Slack takes 2,000 with the signature
NOBODY_YET = "Nobody was asked yet."
MARK = "preview."  # block ids of a preview inside a form: a newer one takes their place


def preview(plans: Sequence[Preview], *, seal: Seal, run: Action) -> Message:
    """Seen by the asker alone. `run` is what the Run button does; too long for a button, it is to be typed."""
    title = f"Plan: {aim(plans[0].target)}" if len(plans) == 1 else f"Plan: {counted(len(plans), 'target')}"
    blocks: list[Block] = [header(title), *_body(plans)]
    value = seal(run)
    if width(value) > VALUE:
        blocks.append(lines(Line("Type it again without plan: it is too long for a button.", "To run it")))
    elif any(plan.of(Way.ASK) or plan.of(Way.KEPT) for plan in plans):
        blocks += actions(button("Run", run.verb, value, style="primary", label="Run this plan"))
    names = listed([safe(aim(plan.target, 60), 80) for plan in plans[:5]])
    more = f" and {len(plans) - 5} more" if len(plans) > 5 else ""
    return compose(f"Plan for {names}{more}. {total(plans)}", blocks)


def previewed(view: Mapping[str, Any], plans: Sequence[Preview], *, trouble: str = "") -> dict[str, Any]:
    """An open form with the plan of what it says at its end, or the sentence why there is none. What was typed and
    ticked stays."""
    said = [lines(Line("", "Plan")), *_body(plans)] if plans else [lines(Line(plain(trouble, 600), "No plan"))]
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
        return [lines(Line(f"{NOBODY_YET} {total(plans)}")), bullets(*said), *_asides(plans)]
    plan = plans[0]
    steps = [_step(step) for step in plan.steps[:STEPS]]
    if len(plan.steps) > STEPS:
        steps.append(Line(f"and {counted(len(plan.steps) - STEPS, 'more collector')}"))
    return [lines(Line(f"{NOBODY_YET} {total(plans)}")), *([bullets(*steps)] if steps else []), *_asides(plans)]


def total(plans: Sequence[Preview]) -> str:
    """How many would be asked, and how long that takes, in a sentence or two."""
    ask, kept, skip = (sum(len(plan.of(way)) for plan in plans) for way in (Way.ASK, Way.KEPT, Way.SKIP))
    said = [f"{counted(ask, 'question')} to sources" if len(plans) > 1 else f"{counted(ask, 'collector')} to ask"]
    said += [f"{counted(kept, 'answer')} kept"] * bool(kept) + [f"{skip} skipped"] * bool(skip)
    return f"{', '.join(said)}. {_time(plans)}".strip()


def _time(plans: Sequence[Preview]) -> str:
    """From what was measured; nothing is promised of what was not."""
    if not any(plan.of(Way.ASK) for plan in plans):
        return ""
    seconds = max((plan.seconds for plan in plans if plan.seconds is not None), default=None)
    slow = max((plan.slow_s for plan in plans if plan.slow_s is not None), default=None)
    unmeasured = max(plan.unmeasured for plan in plans)
    if seconds is None or slow is None:
        return "How long it takes was not measured yet."
    some = f", {counted(unmeasured, 'collector')} not measured yet" if unmeasured else ""
    late = f", 19 of 20 times within {span(slow)}" if span(slow) != span(seconds) else ""
    return f"About {span(seconds)}{late}{some}."


def _step(step: Step) -> Line:
    return Line(plain(step_words(step), 500, spare=names_in(f"{step.title} {step.sentence} {step.cost}")), _title(step))


def step_words(step: Step) -> str:
    """What would become of one collector; not cleaned."""
    if step.way is Way.KEPT:
        return f"answer from {span(step.age_s or 0.0)} ago would be used"
    if step.way is Way.SKIP:
        return f"skipped, {_because(step)}. {step.sentence}".strip()
    said = ["would be asked" + (f" with {', '.join(step.options)}" if step.options else "")]
    said += [f"about {span(step.p50_s)}"] if step.p50_s is not None else []
    said += [f"after {span(step.wait_s)} of waiting for its turn"] if step.wait_s >= 1 else []
    said += ["touches the target itself"] * step.touches + ["tells many third parties"] * step.spreads
    return ", ".join(said) + (f". {step.cost}" if step.cost else "")


def _because(step: Step) -> str:
    return REASONS.get(step.reason, step.reason.replace("_", " "))


def _brief(plan: Preview) -> str:
    ask = [_title(step) for step in plan.of(Way.ASK)]
    kept = [f"{_title(step)} ({span(step.age_s or 0.0)} ago)" for step in plan.of(Way.KEPT)]
    skip = [f"{_title(step)} ({plain(_because(step), 80)})" for step in plan.of(Way.SKIP)]
    groups = (("asked", ask), ("kept", kept), ("skipped", skip))
    return "; ".join(f"{word}: {', '.join(names[:12])}" for word, names in groups if names)[:700]


def _asides(plans: Sequence[Preview]) -> list[Block]:
    """What the asker could add: options, and consent to touch the target."""
    more = {option.name: option for plan in plans for option in plan.more}
    said = [Line(_option(option), plain(f"with={option.name}", 60)) for option in list(more.values())[:12]]
    waiting = {_title(step) for plan in plans for step in plan.of(Way.SKIP) if step.reason == "needs_consent"}
    if waiting:
        said.append(Line(f"asks the target too: {', '.join(sorted(waiting))}", "active"))
    return [lines(Line("", "You can add"), *said)] if said else []


def _option(option: Option) -> str:
    touches = " Touches the target itself: needs active too." if option.touches else ""
    return plain(f"{option.about}{touches}", 300, spare=names_in(option.about))


def _title(step: Step) -> str:
    return plain(step.title, 60, spare=names_in(step.title))
