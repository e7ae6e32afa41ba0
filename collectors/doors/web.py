"""One HTTP question, checked, sent and judged; every library's trouble leaves here as ours."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import aiohttp
import certifi
import httpx
from httpx_aiohttp import AiohttpTransport

from collectors.doors.address import Address
from collectors.doors.guard import Guard, GuardedResolver, Lookup
from collectors.doors.patience import too_slow
from core import traces
from core.errors import BadSetting, Changed, SourceDown, SourceError
from core.language import N_
from core.language.noted import noted
from core.traces import Span

MOVED = "gumshoe.location"
CONNECTIONS = 256  # of one process, over all hosts
RELAY_WRONG = "SOURCES_URL must be an http or https address, like http://127.0.0.1:8081."
PER_HOST = 8  # pace keeps them fewer; this bounds a collector that asks many at once


@dataclass(frozen=True, slots=True)
class Opened:
    """A response whose head has arrived; `pieces` gives the body as it came over the wire."""

    address: Address
    status: int
    headers: Mapping[str, str]  # names in lower case
    pieces: AsyncIterator[bytes]


class Web:
    """The process's HTTP client behind the guard, or in front of the relay that SOURCES_URL names."""

    def __init__(self, client: httpx.AsyncClient, guard: Guard, relay: httpx.URL | None) -> None:
        self._client = client
        self._guard = guard
        self._relay = relay

    @asynccontextmanager
    async def open(
        self,
        address: Address,
        headers: Mapping[str, str],
        *,
        connect: float,
        wait: float,
        source: str,
        told: str = "",
        body: bytes | None = None,
    ) -> AsyncIterator[Opened]:
        """Send a GET, or a POST with that body, and give the response with its body unread; all within `wait` seconds.

        Raises:
            SourceError: it could not be sent, or the connection broke; reading `pieces` raises the same.
        """
        self._guard.check_host(address.host)  # aiohttp resolves no literal address, so the resolver never sees one
        ends = asyncio.get_running_loop().time() + wait
        request = self._client.build_request(
            "GET" if body is None else "POST",
            self._wire_url(address),
            content=body,
            headers={**headers, **self._named(address)},
            timeout=httpx.Timeout(wait, connect=min(connect, wait)),
        )
        with traces.question("ask http", host=told, http_method=request.method) as span:
            try:
                async with asyncio.timeout_at(ends):
                    response = await self._client.send(request, stream=True)
            except TROUBLE as error:
                raise trouble(error, source, wait) from error
            span.note(status=response.status_code)
            span.heard()
            lower = {name.lower(): value for name, value in (*response.headers.items(), *response.extensions[MOVED])}
            try:
                yield Opened(address, response.status_code, lower, _pieces(response, ends, wait, source, span))
            finally:
                await response.aclose()

    def _wire_url(self, address: Address) -> httpx.URL:
        url = httpx.URL(address.href)
        relay = self._relay
        return url if relay is None else url.copy_with(scheme=relay.scheme, host=relay.host, port=relay.port)

    def _named(self, address: Address) -> dict[str, str]:
        # Left to itself, httpx would decode the name to see that there is one, and fail over emoji.
        host = {"Host": httpx.URL(address.href).netloc.decode("ascii")}
        return host if self._relay is None else {**host, "X-Forwarded-Proto": address.scheme}


@asynccontextmanager
async def open_web(guard: Guard, lookup: Lookup, *, relay: str, agent: str, tls: ssl.SSLContext) -> AsyncIterator[Web]:
    """The one client of a process.

    Raises:
        BadSetting: SOURCES_URL is not an address.
    """
    resolver = aiohttp.ThreadedResolver() if relay else GuardedResolver(guard, lookup)
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        use_dns_cache=False,
        force_close=True,  # what a source sends unasked on an idle connection would answer the next question
        ssl=tls,
        limit=CONNECTIONS,
        limit_per_host=0 if relay else PER_HOST,  # a relay is one host that stands for all
    )
    session = aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
    )
    client = httpx.AsyncClient(
        transport=AiohttpTransport(verify=tls, trust_env=False, client=session),
        headers={"User-Agent": agent, "Accept-Encoding": "gzip, identity", "Accept": "*/*", "Connection": "close"},
        follow_redirects=False,
        event_hooks={"response": [_set_aside]},
        trust_env=False,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, and some sources want keys in them
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # runs leave nothing to each other
    async with session, client:
        yield Web(client, guard, _relay(relay))


def public_tls() -> ssl.SSLContext:
    """The certificates we trust: certifi's, not whatever the machine was set up with."""
    return ssl.create_default_context(cafile=certifi.where())


async def _set_aside(response: httpx.Response) -> None:
    """Take Location away from httpx, which reads it unasked and takes an odd one for a broken connection."""
    response.extensions[MOVED] = [("location", each) for each in response.headers.get_list("location")[:1]]
    response.headers.pop("location", None)


async def _pieces(response: httpx.Response, ends: float, wait: float, source: str, span: Span) -> AsyncIterator[bytes]:
    raw = response.aiter_raw()
    while True:
        try:
            async with asyncio.timeout_at(ends):
                piece = await anext(raw, b"")
        except TROUBLE as error:
            raise trouble(error, source, wait) from error
        span.heard()
        if not piece:
            return
        yield piece


TROUBLE = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, aiohttp.ClientError, ssl.SSLError, OSError, ValueError)
"""All that httpx, aiohttp, TLS and sockets raise; TimeoutError is an OSError."""


def trouble(error: Exception, source: str, wait: float) -> SourceError:
    """Our error for one of theirs; its sentence holds no address, because addresses may hold keys."""
    causes = list(_causes(error))
    ours = _meaning(causes, source, wait)
    ours.sent = not any(isinstance(each, NEVER_SENT) for each in causes)
    return ours


NEVER_SENT = (aiohttp.ClientConnectorError, ssl.SSLError, ConnectionRefusedError)


MEANINGS: tuple[tuple[tuple[type[Exception], ...], type[SourceError], str], ...] = (
    (
        (ssl.SSLCertVerificationError,),
        SourceDown,
        N_("{source} shows a certificate that is not valid for it, so I did not ask."),
    ),
    (
        (ssl.SSLError, aiohttp.ClientSSLError),
        SourceDown,
        N_("{source} could not agree with us on encryption (TLS)."),
    ),
    (
        (aiohttp.ClientResponseError, ValueError, UnicodeError),
        Changed,
        N_("{source} answered something that is not HTTP."),
    ),
    ((ConnectionRefusedError,), SourceDown, N_("{source} refuses connections.")),
    ((aiohttp.ClientPayloadError,), SourceDown, N_("{source} broke off in the middle of its answer.")),
    ((), SourceDown, N_("{source} did not answer.")),
)
"""What each kind of theirs means, the most telling first; the last is for all others."""


def _meaning(causes: list[BaseException], source: str, wait: float) -> SourceError:
    if any(isinstance(each, TimeoutError | httpx.TimeoutException) and not _is_connection(each) for each in causes):
        return too_slow(source, wait)
    meant = (row for row in MEANINGS[:-1] if any(isinstance(each, row[0]) for each in causes))
    _, kind, sentence = next(meant, MEANINGS[-1])
    return kind(noted(sentence, source=source))


def _is_connection(error: BaseException) -> bool:
    # httpx-aiohttp calls every broken connection a ConnectTimeout; the aiohttp error beneath knows better.
    return isinstance(error, httpx.ConnectTimeout) and not isinstance(error.__cause__, TimeoutError)


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and len(chain) < 8:
        chain.append(error)
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
    return chain


def _relay(url: str) -> httpx.URL | None:
    if not url:
        return None
    try:
        relay = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BadSetting(RELAY_WRONG) from error
    if relay.scheme not in ("http", "https") or not relay.host:
        raise BadSetting(RELAY_WRONG)
    return relay
