"""Who comes in to the API, and how often: tokens are looked up, counted and, where they are none, held back."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from fastapi import Request, Response
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute

from bot import guard
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from bot.web.callers import bearer_of, find, who
from bot.web.problems import Problem, lacks, unknown_caller
from core.access import only_as_admin, sees, sees_case
from core.callers import Caller, Scope
from core.casefile import Casefile, for_readers
from core.cases import Tlp
from core.errors import NotAllowed
from core.models import Place, Scan
from core.pace import TooLong

DOOR: Final = "api"
MINUTE = 60.0
GUESSES = 30  # failed tries a minute from one address, until nothing but a wait is answered
NOTED = 600  # seconds in which reading the same again is not written down anew
SAID = 30  # audit rows a minute about strangers: they must not fill the record
ID = re.compile(r"[a-z0-9]{1,32}", re.ASCII)
TOKEN = re.compile(r"gum_[a-z0-9]{8}_[\w-]{43}", re.ASCII)

SCOPE: Final = "x-scope"
JSON: Final = "application/json"

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


async def caller_of(request: Request) -> Caller:
    """A dependency for FastAPI: who came in."""
    caller: Caller = request.state.caller
    return caller


class Doors:
    """One per bot process."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._most = front.settings.api_requests_per_minute

    def scope(self, scope: Scope) -> dict[str, Any]:
        """For a route's decorator: what its caller must be allowed; it stands in the OpenAPI document, too."""
        return {"openapi_extra": {SCOPE: str(scope)}}

    def route(self) -> type[APIRoute]:
        """A kind of route that knows its caller before it reads anything of the body."""
        doors = self

        class Guarded(APIRoute):
            def get_route_handler(self) -> Handler:
                handle = super().get_route_handler()
                scope = Scope((self.openapi_extra or {})[SCOPE])

                async def guarded(request: Request) -> Response:
                    request.state.caller = await doors.enter(request, scope)
                    _check_media(request)
                    return await handle(request)

                return guarded

        return Guarded

    async def enter(self, request: HTTPConnection, scope: Scope) -> Caller:
        """The caller, who may do that and has not asked too often.

        Raises:
            Problem: 401 for nobody we know, 403 for one who may not, 429 for one who asks too often.
            StoreDown: the record does not answer; then nobody is known.
        """
        caller = await self._caller(request)
        await self._count(caller, request)
        if not caller.may(scope):
            raise lacks(scope)
        return caller

    async def admit(self, caller: Caller) -> Who:
        """Let a caller look, as the guard lets people ask; looking again and again is not written down.

        Raises:
            NotAllowed, SlackError: the guard said no, or could not find out.
        """
        them = who(caller, DOOR)
        try:
            await guard.judge(self.front, them)
        except NotAllowed as refusal:
            if await self.front.is_new(f"gumshoe:refused:{caller.key}:{refusal.rule}", lasts=int(MINUTE)):
                await guard.write(self.front, them, "look", decision="refused", rule=refusal.rule, subject="")
            raise
        return them

    async def _caller(self, request: HTTPConnection) -> Caller:
        text = bearer_of(request)
        looks_like_one = text is None or TOKEN.fullmatch(text)
        caller = await find(self.front, request) if looks_like_one else None
        if caller is None:
            raise await self._stranger(request)
        return caller

    async def _count(self, caller: Caller, request: HTTPConnection) -> None:
        """Count a request against the token's minute: a bucket that holds a minute's requests and refills steadily."""
        key, every = f"api:{caller.key}", MINUTE / self._most
        try:
            await self.front.pace.reserve(key, every=every, burst=self._most, most=0.0)
            wait = 0.0
        except TooLong as error:
            wait = error.wait
        booked = self.front.pace.booked(key)
        left = max(0, math.floor(self._most - booked / every)) if not wait else 0
        request.state.rate = self._most, left, math.ceil(max(wait, booked))
        if wait:
            raise too_often(f"Your token may make {self._most} requests a minute.", wait)

    async def _stranger(self, request: HTTPConnection) -> Problem:
        """What turns away somebody we do not know; who tries again and again from one address waits. A token is 256
        bits of chance: this keeps the log and the record quiet, it is not what stops guessing."""
        address = request.client.host if request.client else ""
        held = await self._held(f"api-stranger:{address}", GUESSES)
        if not await self._held("api-strangers:all", SAID) and await self.front.is_new(
            f"gumshoe:stranger:{address}", lasts=int(MINUTE)
        ):
            team = self.front.identity.team
            stranger = Who("", Place(team), team, DOOR)
            await guard.write(self.front, stranger, "enter", address, decision="refused", rule="unknown caller")
        if held:
            return too_often("There were too many requests without a good token from your address.", held)
        return unknown_caller()

    async def _held(self, key: str, most: int) -> float:
        """Seconds until one more of these would be let pass; 0: it was."""
        try:
            await self.front.pace.reserve(key, every=MINUTE / most, burst=most, most=0.0)
        except TooLong as error:
            return error.wait
        return 0.0


def _check_media(request: Request) -> None:
    """Raises Problem: the body is something else than JSON."""
    if request.method not in ("POST", "PUT", "PATCH") or not _has_body(request):
        return
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != JSON:
        step = f"Send Content-Type: {JSON}."
        raise Problem(415, "not-json", "Not JSON", "I read bodies in JSON alone.", step=step)


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def too_often(sentence: str, wait: float) -> Problem:
    seconds = max(1, math.ceil(wait))
    step = f"Wait {seconds} s, then go on. The RateLimit header says what is left."
    return Problem(429, "too-often", "Too often", sentence, step=step, headers={"Retry-After": str(seconds)})


async def seen(doors: Doors, caller: Caller, task_id: str) -> Scan:
    """A scan that this caller may see, with its findings.

    Raises:
        Problem: there is none, or it is not theirs to see.
        NotAllowed, SlackError, StoreDown: as `admit`; the record does not answer.
    """
    await doors.admit(caller)
    if not ID.fullmatch(task_id):
        raise no_scan()
    try:
        one = await doors.front.record(lambda: doors.front.store.scans.get(task_id))
    except KeyError:
        one = None
    if one is None or not caller.sees(one):
        raise no_scan()
    await note_read(doors.front, caller, one, door="api")
    return one


async def note_read(front: Front, caller: Caller, one: Scan, *, door: str) -> None:
    """Write down that somebody reads what is TLP:RED for being an admin alone; what is read again and again, now and
    then."""
    if only_as_admin(caller.reader, one) and await front.is_new(f"gumshoe:read:{caller.user}:{one.id}", lasts=NOTED):
        reads = Who(caller.user, one.place, caller.team, door, caller.name)
        await guard.write(front, reads, "read", "", rule="tlp", scan_id=one.id)


async def case_seen(front: Front, caller: Caller, case_id: str, *, door: str) -> Casefile:
    """A case as this caller may see it; that an admin alone sees a TLP:RED one is written down.

    Raises:
        Problem: there is none, or it is not theirs to see, which is the same to them.
        StoreDown: the record does not answer.
    """
    if not ID.fullmatch(case_id):
        raise no_case()
    try:
        whole = await front.record(lambda: front.store.casefiles.read(case_id), within=AT_LEISURE)
    except KeyError:
        raise no_case() from None
    case = whole.case
    if not sees_case(caller.reader, case):
        raise no_case()
    key = f"gumshoe:read:{caller.user}:case:{case.id}"
    if case.tlp is Tlp.RED and caller.user not in case.members and await front.is_new(key, lasts=NOTED):
        reads = Who(caller.user, Place(case.team, case.channel), caller.team, door, caller.name)
        await guard.write(front, reads, "read", case.id, rule="tlp")
    return for_readers(whole, partial(sees, caller.reader))


def no_case() -> Problem:
    sentence = "There is no such case, or it is not yours to see."
    return Problem(404, "not-found", "Not found", sentence, step="GET /api/v1/cases lists those that you may see.")


def no_scan() -> Problem:
    sentence = "There is no such scan, or it is not yours to see."
    return Problem(404, "not-found", "Not found", sentence, step="GET /api/v1/scans lists those that you may see.")
