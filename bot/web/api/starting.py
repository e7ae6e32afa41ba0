"""Asking: one scan, a list of them, and a plan that asks nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from bot import guard, pivoting, playbooks
from bot.asking import begin, wish_of
from bot.front import ANSWER_WITHIN, AT_LEISURE, Front
from bot.grammar import Question
from bot.previews import left_now
from bot.web.api import answers, keys, shapes, telling, wishes
from bot.web.api.doors import DOOR, Doors, caller_of, seen
from bot.web.callers import who
from bot.web.problems import Problem, of_error
from core.callers import Caller, Scope
from core.errors import GumshoeError
from core.models import Place, Scan, Target
from core.previews import Preview, Step
from core.store.rows import storable
from core.targets import display
from tasks.preview import preview
from tasks.queue import hint_change
from tasks.scan import way_of

Them = Annotated[Caller, Depends(caller_of)]


def add(router: APIRouter, doors: Doors) -> None:
    """Add `POST /scan`, `/scans` and `/plan`."""
    front = doors.front

    @router.post("/scan", status_code=202, response_model=answers.Accepted, **doors.scope(Scope.SCAN))
    async def start_a_scan(body: shapes.Wanted, request: Request, caller: Them) -> JSONResponse:
        """Write a scan down and have it begun. The answer comes before anything was looked up: look at `Location`."""
        if body.target is None and body.parent and body.finding:
            one, target = await _pivoted(doors, request, body, caller)
            answer = telling.accepted(one, wishes.type_of(body), target.notes)
            return JSONResponse(answer, 202, headers={"Location": f"/api/v1/scan/{one.id}"})
        question = wishes.question_of(front, caller, body)
        (one,) = await _begun(front, request, body, question)
        answer = telling.accepted(one, wishes.type_of(body), question.targets[0].notes)
        return JSONResponse(answer, 202, headers={"Location": f"/api/v1/scan/{one.id}"})

    @router.post("/scans", status_code=202, response_model=answers.ManyAccepted, **doors.scope(Scope.SCAN))
    async def start_many_scans(body: shapes.ManyWanted, request: Request, caller: Them) -> JSONResponse:
        """The same for up to 500 targets. Those that can be asked are written down as a whole, or none of them; those
        that cannot are named with the reason. A target that is named twice is scanned once."""
        read = {text: _read(doors, text, body) for text in dict.fromkeys(body.targets)}
        targets = tuple(dict.fromkeys(each for each in read.values() if isinstance(each, Target)))
        if not targets:
            raise _nothing_to_ask(read)
        question = wishes.list_question(front, caller, body, targets)
        scans = await _begun(front, request, body, question, within=AT_LEISURE)
        made = {one.target: one for one in scans}
        answers = [_answer(text, read[text], made, body) for text in body.targets]
        taken = sum("task_id" in each for each in answers)
        said = f"{taken} of {len(answers)} targets were taken, as {len(made)} scans."
        counts = {"accepted": taken, "refused": len(answers) - taken, "message": said}
        return JSONResponse(counts | {"targets": answers}, 202)

    @router.post("/plan", response_model=answers.Plan, **doors.scope(Scope.READ))
    async def plan_a_scan(body: shapes.PlanWanted, caller: Them) -> JSONResponse:
        """What a scan would do: who would be asked or skipped and why, what is kept, how long it takes. Asks nobody."""
        question = wishes.plan_question(front, body)
        them = who(caller, DOOR)
        await guard.check(front, them, "plan", display(question.targets[0]))
        question = await playbooks.settled(front, them, question)
        wish, left = wish_of(them, question), await left_now(front)
        (found,) = await front.record(lambda: preview(front.store, front.settings, wish, left=left))
        return JSONResponse(_plan(found))


async def _pivoted(doors: Doors, request: Request, body: shapes.Wanted, caller: Caller) -> tuple[Scan, Target]:
    """The scan of a finding; for a target that its tree has already, the scan that there is."""
    front = doors.front
    try:
        parent = await seen(doors, caller, body.parent or "")
    except Problem as problem:
        step = "GET /api/v1/scans lists those that you may see."
        raise Problem(422, "bad-question", "This cannot be asked", str(problem), step=step) from problem
    alone = caller.asked(parent) and not parent.place.channel
    menu = await pivoting.menu_of(front, parent.id, user=caller.user, alone=alone)
    one = menu.find(body.finding or "")
    asked = wishes.pivot_question(front, caller, one.target, body, parent)
    them = replace(who(caller, DOOR), place=parent.place)
    question = await pivoting.question_of(front, them, menu, one, sure=body.beyond, asked=asked)
    (made,) = await _begun(front, request, body, question, place=parent.place)
    front.later(hint_change(way_of(parent), parent.id))
    return made, one.target


async def _begun(
    front: Front,
    request: Request,
    body: shapes.Manner,
    question: Question,
    *,
    within: float = ANSWER_WITHIN,
    place: Place | None = None,
) -> list[Scan]:
    """The scans of a question, in the order of its targets; for a key that came before, those it made then."""
    caller = await caller_of(request)
    if key := keys.key_of(request, caller):
        await keys.remembered(front, key, request, body)
        question = replace(question, keys=(key, *question.keys))
    them = who(caller, DOOR)
    started = await begin(front, replace(them, place=place or them.place), question, within=within)
    made = [*started.new, *started.repeated]
    repeats = [one.id for one in made if not one.runs]  # made by an earlier request: their runs are not read yet
    if not repeats:
        return made
    return await front.record(lambda: [front.store.scans.get(one.id, all_rounds=True) for one in made])


def _read(doors: Doors, text: str, body: shapes.ManyWanted) -> Target | Problem:
    try:
        return wishes.one_of_list(doors.front, text, body)
    except GumshoeError as error:
        return of_error(error)
    except Problem as problem:
        return problem


def _answer(text: str, read: Target | Problem, made: dict[Target, Scan], body: shapes.ManyWanted) -> dict[str, Any]:
    if isinstance(read, Problem):
        return {"target": storable(text), "problem": storable(read.body)}
    return telling.accepted(made[read], wishes.type_of(body), read.notes)


def _nothing_to_ask(read: dict[str, Target | Problem]) -> Problem:
    problems = [{"target": text, "problem": each.body} for text, each in read.items() if isinstance(each, Problem)]
    sentence = f"None of the {len(problems)} targets can be asked, so nothing was written down."
    return Problem(422, "bad-question", "Nothing to ask", sentence, step="See targets for each.", targets=problems)


def _plan(found: Preview) -> dict[str, Any]:
    return {
        "target": found.target.value,
        "kind": str(found.target.kind),
        "notes": list(found.target.notes),
        "seconds": found.seconds,
        "slow_seconds": found.slow_s,
        "unmeasured": found.unmeasured,
        "steps": [_step(each) for each in found.steps],
        "more_options": [{"name": each.name, "about": each.about, "touches": each.touches} for each in found.more],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "collector": step.collector,
        "title": step.title,
        "way": str(step.way),
        "reason": step.reason,
        "message": step.sentence,
        "age_s": step.age_s,
        "usual_seconds": step.p50_s,
        "slow_seconds": step.p95_s,
        "wait_seconds": step.wait_s,
        "cost": step.cost,
        "options": list(step.options),
        "touches": step.touches,
        "spreads": step.spreads,
    }
