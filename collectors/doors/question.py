"""What a collector may say when it asks over HTTP, and the question that becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, TypeVar, Unpack
from urllib.parse import quote

from pydantic import SecretStr

from collectors.doors.address import Address, Param, read
from collectors.doors.keys import Ring
from core.errors import SourceError

CAP = 2 * 1024 * 1024
MOST_REDIRECTS = 5
MOST_TRIES = 3
HIDDEN = "REDACTED"
SHORTEST = 6  # letters of a key that is blanked also where another one was asked with: shorter ones are words

T = TypeVar("T")

Refusal = Callable[[int, Mapping[str, str], Any], SourceError | None]
"""What a source's own form of an error means, from the status, the headers and the JSON (None when it is not JSON).
None leaves the judgement to the status."""


class Options(TypedDict, total=False):
    """Everything optional about an HTTP question."""

    params: Mapping[str, Param] | None  # a SecretStr is sent but never shown
    headers: Mapping[str, str | SecretStr] | None  # likewise
    ok: Collection[int]  # statuses that are an answer; (200,)
    absent: Collection[int]  # statuses that mean "nothing there"; (404,)
    cap: int  # bytes of the unpacked body; 2 MiB
    source: str  # the service's name for people; the host
    key: SecretStr | None  # sent as "Authorization: Bearer ..." (RFC 6750)
    redirects: int  # how many to follow; 0, at most 5
    timeout: float  # seconds for the whole question; Patience.answer
    cost: int  # how much of the source's budget it uses; 1, and 0 for a question that is free
    refusal: Refusal | None  # reads the source's own errors; None: the status says it
    tries: int  # how often to ask at most; 3. A question asked once does not wait for its turn beyond its time-out
    beginning: bool  # the first `cap` bytes are enough: that there are more is no gap


@dataclass(frozen=True, slots=True)
class Question:
    """One HTTP GET, ready to be sent."""

    address: Address
    headers: Mapping[str, str]
    secrets: Mapping[str, SecretStr]  # headers that only the first host may see
    ok: Collection[int]
    absent: Collection[int]
    cap: int
    source: str
    redirects: int
    timeout: float | None
    cost: int
    refusal: Refusal | None
    tries: int
    beginning: bool
    hidden: tuple[str, ...] = field(repr=False)  # texts that no receipt may show, nor a log

    def wire_headers(self) -> dict[str, str]:
        return {**self.headers, **{name: secret.get_secret_value() for name, secret in self.secrets.items()}}

    def answers(self, status: int) -> bool:
        return status in self.ok or status in self.absent

    def show(self, url: str) -> str:
        """The URL as a receipt may hold it, also when a source puts our key into a redirect."""
        for text in self.hidden:
            url = url.replace(text, HIDDEN)
        return url

    def blank(self, body: bytes) -> bytes:
        """The body without our secrets: a source may write them back, and findings are shown to people."""
        for text in self.hidden:
            body = body.replace(text.encode(), HIDDEN.encode())
        return body

    def moved(self, there: Address) -> Question:
        """The same question at another address. Another host does not get our secrets."""
        same = (there.scheme, there.host, there.port) == (self.address.scheme, self.address.host, self.address.port)
        return replace(self, address=there, secrets=self.secrets if same else {}, redirects=self.redirects - 1)


@dataclass(frozen=True, slots=True)
class Variants:
    """One question, once for each key that it may be asked with; the one to ask with is chosen when it is sent."""

    questions: tuple[Question, ...]
    ring: Ring | None = None  # its keys, one to each question; None: it is asked without, or with another secret

    @property
    def first(self) -> Question:
        return self.questions[0]


def variants(url: str, rings: Sequence[Ring] = (), **options: Unpack[Options]) -> Variants:
    """The question with each key of that setting whose first key is one of its secrets.

    Raises:
        UnsafeAddress: the URL cannot be asked (see `address.read`).
    """
    hide = {key.get_secret_value() for ring in rings for key in ring.keys}
    used = next((ring for ring in rings if len(ring) and _holds(options, ring.keys[0])), None)
    if used is None:
        return Variants((question(url, hide, **options),))
    first = used.keys[0].get_secret_value()
    asked = []
    for key in used.keys:
        there = _swapped(options, first, key.get_secret_value())
        where = url.replace(first, key.get_secret_value()) if len(first) >= SHORTEST else url
        asked.append(question(where, hide, **there))
    return Variants(tuple(asked), used)


def question(url: str, hide: Collection[str] = (), **options: Unpack[Options]) -> Question:
    """The question as it is; `hide` are more texts that no receipt may show.

    Raises:
        UnsafeAddress: the URL cannot be asked (see `address.read`).
    """
    address = read(url, options.get("params"))
    given = dict(options.get("headers") or {})
    if key := options.get("key"):
        given["Authorization"] = SecretStr(f"Bearer {key.get_secret_value()}") if key.get_secret_value() else ""
    secrets = {name: value for name, value in given.items() if isinstance(value, SecretStr)}
    return Question(
        address=address,
        headers={name: value for name, value in given.items() if isinstance(value, str) and value},
        secrets=secrets,
        ok=options.get("ok", (200,)),
        absent=options.get("absent", (404,)),
        cap=options.get("cap", CAP),
        source=options.get("source") or address.host,
        redirects=min(options.get("redirects", 0), MOST_REDIRECTS),
        timeout=options.get("timeout"),
        cost=options.get("cost", 1),
        refusal=options.get("refusal"),
        tries=options.get("tries", MOST_TRIES),
        beginning=options.get("beginning", False),
        hidden=_hidden(options, hide),
    )


def _secrets(options: Options) -> list[SecretStr]:
    places = (*(options.get("params") or {}).values(), *(options.get("headers") or {}).values(), options.get("key"))
    return [each for each in places if isinstance(each, SecretStr)]


def _holds(options: Options, key: SecretStr) -> bool:
    """Whether a question is asked with this key. Its text in a URL is no sign of that: others may have written it."""
    return any(key.get_secret_value() in each.get_secret_value() for each in _secrets(options))


def _swapped(options: Options, old: str, new: str) -> Options:
    """The same options with another key in every secret."""

    def swap(value: T) -> T | SecretStr:
        return SecretStr(value.get_secret_value().replace(old, new)) if isinstance(value, SecretStr) else value

    there = options.copy()
    if params := options.get("params"):
        there["params"] = {name: swap(value) for name, value in params.items()}
    if headers := options.get("headers"):
        there["headers"] = {name: swap(value) for name, value in headers.items()}
    if key := options.get("key"):
        there["key"] = SecretStr(key.get_secret_value().replace(old, new))
    return there


def _hidden(options: Options, more: Collection[str]) -> tuple[str, ...]:
    """The longest first, so that none is cut in two by a shorter one."""
    texts = {each.get_secret_value() for each in _secrets(options)} | {text for text in more if len(text) >= SHORTEST}
    long = [text for text in texts if len(text) >= SHORTEST]
    spelled = {quote(text, safe="") for text in long} | {text.replace("/", r"\/") for text in long}  # in URLs, in JSON
    return tuple(sorted(filter(None, texts | spelled), key=lambda text: (-len(text), text)))
