"""How Slack's Web API is called: in turn, bounded, and with every trouble made into an error of ours."""

from __future__ import annotations

import functools
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from core import traces
from core.errors import AmbiguousPost, FileUnfit, SlackDown, SlackError, Throttled
from core.language import later
from core.metrics import count, observe
from core.pace import Pace
from core.slack.limits import BUDGETS, DEFAULT
from core.slack.sockets import no_afterlife
from core.slack.trouble import broken, from_answer, unreached
from core.slack.turns import Step, Turns

Before = Callable[[], Awaitable[None]]

# Methods that read take their arguments as a form: Slack accepts JSON only where something is written.
_BY_FORM = frozenset(
    {
        "users.info",
        "chat.getPermalink",
        "usergroups.users.list",
        "conversations.history",
        "conversations.info",
        "conversations.replies",
        "files.getUploadURLExternal",
        "files.info",
        "openid.connect.userInfo",
    }
)
PIECE = 65536
RESULTS = ((Throttled, "throttled"), (AmbiguousPost, "ambiguous"), (SlackDown, "down"))
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    body: dict[str, Any]
    headers: dict[str, str]
    waited: float


def _traced(
    work: Callable[Concatenate[Calls, str, P], Awaitable[T]],
) -> Callable[Concatenate[Calls, str, P], Awaitable[T]]:
    """Each call is part of the trace it is made in: its method and what came of it, nothing of what it says."""

    @functools.wraps(work)
    async def traced(self: Calls, method: str, /, *rest: P.args, **named: P.kwargs) -> T:
        with traces.span(f"slack {method}", traces.Role.ASKS, method=method) as span:
            done = await work(self, method, *rest, **named)
            span.note(code="ok")
            return done

    return traced


class Calls:
    """One client per process and workspace token."""

    def __init__(self, token: str, *, base_url: str, pace: Pace, team: str, timeout: float) -> None:
        self._turns = Turns(pace, team)
        self._token = token
        self._seconds = timeout
        secure = ssl.create_default_context() if base_url.startswith("https") else None
        quiet = logging.getLogger("slack_sdk.quiet")  # its debug lines carry message bodies
        quiet.setLevel(logging.WARNING)
        self._client = AsyncWebClient(token, base_url=base_url, ssl=secure, retry_handlers=[], logger=quiet)

    async def close(self) -> None:
        if self._client.session is not None:
            await self._client.session.close()

    @_traced
    async def deliver(self, method: str, /, url: str, *, extra: float = 0.0, **content: Any) -> None:
        """Post to an address that Slack gave us, which takes no token and answers with a status.

        Raises:
            SlackError: as for `call`.
        """
        own = step(method)
        await self._turn(method, (own,), most=60.0)
        await counted(method, self._deliver(method, url, own, extra, content))

    async def _deliver(self, method: str, url: str, own: Step, extra: float, content: dict[str, Any]) -> None:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._seconds + extra)) as session,
                session.post(url, allow_redirects=False, **content) as answer,
            ):
                if answer.status == 200:
                    return
                code = f"http_{answer.status}"
                said_no = {"error": code} if answer.status < 500 else {}  # such an answer is no accident
                trouble = from_answer(method, answer.status, said_no, dict(answer.headers))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unheard(method, error) from error
        raise await self._noted(own, trouble)

    @_traced
    async def fetch(self, method: str, /, url: str, *, cap: int, extra: float = 0.0) -> tuple[bytes, str]:
        """The bytes at an address of Slack's, and the media type it says; our token goes there and nowhere else.

        Raises:
            FileUnfit: more than `cap` bytes.
            SlackError: as for `call`.
        """
        own = step(method)
        await self._turn(method, (own,), most=60.0)
        return await counted(method, self._fetch(method, url, own, cap, extra))

    async def _fetch(self, method: str, url: str, own: Step, cap: int, extra: float) -> tuple[bytes, str]:
        allowed = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._seconds + extra)) as session,
                session.get(url, allow_redirects=False, headers=allowed) as answer,
            ):
                if answer.status == 200:
                    return await _bounded(answer, cap), answer.content_type
                code = f"http_{answer.status}"
                said_no = {"error": code} if answer.status < 500 else {}
                trouble = from_answer(method, answer.status, said_no, dict(answer.headers))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unheard(method, error) from error
        raise await self._noted(own, trouble)

    @_traced
    async def call(
        self,
        method: str,
        /,
        arguments: Mapping[str, Any],
        *,
        turn: tuple[Step, ...] = (),
        most: float = 60.0,
        before: Before | None = None,
        needs: tuple[str, ...] = (),
    ) -> Answer:
        """Call a method when its turn has come; `before` is awaited just before, and the answer must have what is
        in `needs`.

        Raises:
            SlackError: of the kind that says what is true now.
        """
        waited = await self._turn(method, turn or (step(method),), most=most)
        traces.note(waited=round(waited, 3))
        if before is not None:
            await before()
        answer = await counted(method, self._call(method, arguments, needs))
        return Answer(answer.body, answer.headers, waited)

    async def _call(self, method: str, arguments: Mapping[str, Any], needs: tuple[str, ...]) -> Answer:
        sent: dict[str, Any] = {"params": dict(arguments)} if method in _BY_FORM else {"json": dict(arguments)}
        if self._client.session is None:
            seconds = aiohttp.ClientTimeout(total=self._seconds)
            connector = aiohttp.TCPConnector(socket_factory=no_afterlife)
            self._client.session = aiohttp.ClientSession(timeout=seconds, connector=connector)
        try:
            answer = await self._client.api_call(method, **sent)
        except SlackApiError as error:
            raise await self._noted(step(method), _trouble(method, error)) from error
        except AttributeError as error:  # the SDK's, over a body that is a list or plain words
            raise broken(method, "not_an_object") from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _unheard(method, error) from error
        body = answer.data if isinstance(answer.data, dict) else {}
        if lacking := [name for name in needs if body.get(name) in (None, "")]:
            raise broken(method, f"no_{lacking[0]}")
        return Answer(body, dict(answer.headers), 0.0)

    async def _turn(self, method: str, turn: tuple[Step, ...], *, most: float) -> float:
        try:
            waited = await self._turns.wait(turn, most=most)
        except Throttled:
            count("gumshoe_slack_calls_total", method=method, result="no_turn")
            raise
        if waited:
            count("gumshoe_slack_waited_seconds_total", waited, method=method)
        return waited

    async def _noted(self, own: Step, trouble: SlackError) -> SlackError:
        """The same trouble, after all processes know of the pause that Slack asks for."""
        if isinstance(trouble, Throttled):
            count("gumshoe_slack_throttled_total", method=own.key)
            count("gumshoe_slack_pause_seconds_total", trouble.retry_after, method=own.key)
            await self._turns.hold(own, trouble.retry_after)
        return trouble


async def counted(method: str, calling: Awaitable[T]) -> T:
    """The same, counted by how it ended."""
    began = time.monotonic()
    try:
        answer = await calling
    except SlackError as error:
        result = next((word for kind, word in RESULTS if isinstance(error, kind)), "refused")
        count("gumshoe_slack_calls_total", method=method, result=result)
        raise
    else:
        count("gumshoe_slack_calls_total", method=method, result="ok")
        return answer
    finally:
        observe("gumshoe_slack_call_seconds", time.monotonic() - began, method=method)


async def _bounded(answer: aiohttp.ClientResponse, cap: int) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_chunked(PIECE):
        body += piece
        if len(body) > cap:
            raise FileUnfit(
                later("The file is larger than the {most} MB I read at most.", most=cap // 2**20), code="too_large"
            )
    return bytes(body)


def step(method: str) -> Step:
    return Step(method, BUDGETS.get(method, DEFAULT))


def _unheard(method: str, error: Exception) -> SlackError:
    """The error for a call that ended without an answer."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return unreached(method, type(error).__name__)
    return broken(method, "timeout" if isinstance(error, TimeoutError) else type(error).__name__)


def _trouble(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    body = getattr(response, "data", None)
    # When the body is no JSON the SDK hands over aiohttp's own response, which says "status".
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    headers = dict(getattr(response, "headers", None) or {})
    return from_answer(method, int(status or 0), body if isinstance(body, dict) else {}, headers)
