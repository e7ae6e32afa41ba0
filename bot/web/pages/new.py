"""Starting a scan from the dashboard: a form, its plan before anybody is asked, errors by the field they are about."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot import asking, previews
from bot.front import Front
from bot.grammar import Manner, Question, read
from bot.web.callers import who
from bot.web.pages.routes import DOOR, Asker, router
from bot.web.pages.site import Site
from core.blocks import step_words, total
from core.callers import Caller
from core.errors import Ambiguous, BadQuestion, GumshoeError, NotAllowed, NotATarget
from core.previews import Preview
from core.targets import display, spell
from tasks.choose import check_options, fitting_names
from tasks.permission import lacks_reason

LONGEST = 4000  # characters of the targets' field
WHY_ALL = "Say why you ask. It is kept with the scan."
WHY = "Say why you ask: this target is a person. It is kept with the scan."


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody wrote and ticked."""

    targets: str = ""
    collectors: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    fresh: bool = False
    active: bool = False
    tag: str = ""
    playbook: str = ""
    reason: str = ""
    key: str = field(default_factory=lambda: secrets.token_hex(8))  # names this form, so that sent twice it starts once


def add(web: FastAPI, site: Site) -> None:
    """Route: `/new`."""
    routes, front = router(site), site.front

    def form(
        request: Request,
        caller: Caller,
        filled: Filled,
        *,
        wrong: Mapping[str, str] | None = None,
        choices: tuple[str, ...] = (),
        plans: list[Preview] | None = None,
        status: int = 200,
    ) -> Response:
        return site.page(
            request,
            "new.html",
            caller=caller,
            status=status,
            filled=filled,
            wrong=wrong or {},
            choices=choices,
            plans=plans,
            total=total,
            step_words=step_words,
            offers=front.offers,
            consent=front.asks_consent,
        )

    @routes.get("/new")
    async def empty(
        request: Request,
        caller: Asker,
        targets: Annotated[str, Query(max_length=LONGEST)] = "",
    ) -> Response:
        return form(request, caller, Filled(targets=targets))

    @routes.post("/new")
    async def start(request: Request, caller: Asker) -> Response:
        sent = await request.form(max_fields=200, max_files=0)
        filled, person = _filled(sent), who(caller, DOOR)
        try:
            question = question_of(front, filled, caller)
            if sent.get("do") == "plan":
                return form(request, caller, filled, plans=await previews.plans(front, person, question))
            started = await asking.begin(front, person, question)
        except Ambiguous as error:
            choices = tuple(spell(each) for each in error.choices)
            return form(request, caller, filled, wrong={"targets": str(error)}, choices=choices, status=422)
        except GumshoeError as error:
            place, status = _place(error)
            return form(request, caller, filled, wrong={place: str(error)}, status=status)
        scans = [*started.new, *started.repeated]
        return RedirectResponse(f"/scans/{scans[0].id}" if len(scans) == 1 else "/", 303)

    web.include_router(routes)


class _Wrong(BadQuestion):
    """A field holds what cannot be asked."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def _place(error: GumshoeError) -> tuple[str, int]:
    """By which field an error is said, and the status of the answer."""
    if isinstance(error, _Wrong):
        return error.field, 422
    if isinstance(error, NotATarget | BadQuestion):
        return "targets", 422
    return "form", 403 if isinstance(error, NotAllowed) else 503


def _filled(sent: FormData) -> Filled:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(str(each)[:60] for each in sent.getlist(name))

    return Filled(
        targets=str(sent.get("targets", ""))[:LONGEST],
        collectors=texts("collector"),
        options=texts("option"),
        fresh="fresh" in sent,
        active="active" in sent,
        tag=str(sent.get("tag", ""))[:100].strip(),
        playbook=str(sent.get("playbook", ""))[:60].strip().lower(),
        reason=str(sent.get("reason", ""))[:500].strip(),
        key=str(sent.get("key", ""))[:32] or secrets.token_hex(8),
    )


def question_of(front: Front, filled: Filled, caller: Caller) -> Question:
    """What the form asks.

    Raises:
        NotATarget, BadQuestion: the sentence for the person, by the field it is about.
    """
    if not filled.targets.strip():
        raise _Wrong("Name what to look up, for example example.com", "targets")
    keys = (f"dashboard:{caller.team}:{caller.user}:{filled.key}",)
    asked = read(filled.targets.replace("\n", " "), allow=front.settings.allow_networks, keys=keys)
    if asked.ignored:
        raise _Wrong(asked.ignored[0], "targets")
    reason = filled.reason or asked.reason
    if any(lacks_reason(front.settings, target, reason) for target in asked.targets):
        raise _Wrong(WHY if any(target.is_selector for target in asked.targets) else WHY_ALL, "reason")
    typed = asked.manner
    manner = Manner(
        names=filled.collectors or typed.names,
        options=tuple(dict.fromkeys((*filled.options, *typed.options))),
        fresh=filled.fresh or typed.fresh,
        active=filled.active or typed.active,
        depth=typed.depth,
        playbook=filled.playbook or typed.playbook,
        tag=filled.tag.lstrip("#") or typed.tag,
    )
    for target in asked.targets:
        if filled.collectors and not fitting_names(target.kind, front.settings, manner.options) & set(manner.names):
            raise _Wrong(f"None of the collectors you ticked takes {display(target)}.", "collectors")
    try:
        kinds = [target.kind for target in asked.targets]
        check_options(kinds, manner.names, manner.options, front.settings, active=manner.active)
    except BadQuestion as error:
        raise _Wrong(str(error), "options") from error
    return replace(asked, manner=manner, lenient=bool(filled.collectors), reason=reason, token=caller.token)
