"""What goes wrong over HTTP, as RFC 9457 has it: a status, a title, what happened and what to do next."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from core.errors import Ambiguous, BadQuestion, GumshoeError, NotAllowed, NotATarget, QueueDown, SlackError, StoreDown
from core.store.rows import storable
from core.targets import spell

MEDIA = "application/problem+json"


class Problem(Exception):
    """Ends a request with this answer. `kind` is the last part of its type URI, and never changes its meaning."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        step: str = "",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}
        self.body = {"type": f"urn:gumshoe:problem:{kind}", "title": title, "status": status, "detail": detail}
        self.body |= ({"next": step} if step else {}) | more

    def answer(self) -> JSONResponse:
        return JSONResponse(storable(self.body), self.status, media_type=MEDIA, headers=self.headers)


def unknown_caller() -> Problem:
    """Nobody we know: no token, a wrong one, one that has expired or was revoked; which of these is not told."""
    return Problem(
        401,
        "unknown-caller",
        "Who are you?",
        "This needs a token that is good.",
        step="Send Authorization: Bearer gum_... Whoever runs me makes tokens: python -m bot token create",
        headers={"WWW-Authenticate": 'Bearer realm="gumshoe"'},
    )


def lacks(scope: str) -> Problem:
    return Problem(
        403,
        "not-allowed",
        "Not allowed",
        f"Your token lacks the scope {scope}.",
        step="Ask whoever runs me for another.",
    )


def not_there(what: str) -> Problem:
    """Also for what is there and not for this caller: that it exists is not theirs to know."""
    sentence = f"There is no such {what}, or it is not yours to see."
    return Problem(404, "not-found", "Not found", sentence, step="Look for it in the list of those that you may see.")


def of_error(error: GumshoeError) -> Problem:
    """An error of ours as the answer to a request."""
    if isinstance(error, NotAllowed):
        return _not_allowed(error)
    if isinstance(error, Ambiguous):
        choices = [spell(each) for each in error.choices]
        step = "Ask for one of choices."
        return Problem(422, "ambiguous", "Which one?", str(error), step=step, choices=choices)
    if isinstance(error, NotATarget):
        step = "Write the target as its kind is written: see /docs."
        return Problem(422, "not-a-target", "Not a target", str(error), step=step)
    if isinstance(error, BadQuestion):
        step = "GET /api/v1/collectors tells what can be asked."
        return Problem(422, "bad-question", "This cannot be asked", str(error), step=step)
    if isinstance(error, QueueDown | StoreDown | SlackError):
        return Problem(503, "not-now", "Not now", str(error), step=SOON, headers={"Retry-After": "10"})
    return Problem(500, "failed", "This failed", str(error), step="Tell whoever runs me.")


def _not_allowed(error: NotAllowed) -> Problem:
    if error.rule.endswith(" rate"):
        wait: dict[str, Any] = {"step": "Wait a minute.", "headers": {"Retry-After": "60"}}
        return Problem(429, "too-often", "Too often", str(error), rule=error.rule, **wait)
    step = STEPS.get(error.rule, "Ask whoever runs me, or use another token.")
    return Problem(403, "not-allowed", "Not allowed", str(error), step=step, rule=error.rule)


STEPS = {  # by rule
    "approval": "Ask in a channel of Slack, where a second person sees it: /scan",
    "role": "Ask an admin for the role, or somebody who has it.",
    "deny list": "Ask a lead of your team.",
}
SOON = "Try again in some seconds, with the same Idempotency-Key; GET /api/v1/health tells what is wrong."


async def answer_problem(_request: Request, problem: Exception) -> JSONResponse:
    """For FastAPI: how a Problem, or an error of ours that nobody caught, is answered."""
    if isinstance(problem, GumshoeError):
        problem = of_error(problem)
    if not isinstance(problem, Problem):
        raise problem
    return problem.answer()
