"""Reading URLs the way a browser does, and saying what of them may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import ada_url
import httpx
import yarl
from pydantic import SecretStr

from core.errors import UnsafeAddress
from core.language import N_
from core.language.noted import noted

Param = str | SecretStr | Sequence[str]

NO_ADDRESS = N_("This is not an address that can be asked.")
LONGEST = 8000  # characters: what servers are asked to read (RFC 9110 4.1)
LOWEST_FREE_PORT = 1024  # below it only the web's own ports: nobody talks us into speaking to a mail server
# Above it, what takes a line of HTTP for a command or a question: data stores, chat, orchestration (the rest of
# the WHATWG's list of bad ports, and what is most often found open).
OTHERS_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5900, 5984, 6000}
    | {6379, 6380, 6566, *range(6665, 6670), 6679, 6697, 8500, 9042, 9092, 9200, 9300, 10080, 10250, 11211, 27017}
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a question goes: the whole URL, the part that may be shown, and its pieces."""

    href: str  # with secrets: for the wire only
    shown: str
    scheme: str
    host: str  # lower case A-labels, or an address without brackets
    port: int

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"


def read(url: str, params: Mapping[str, Param] | None = None) -> Address:
    """Canonicalise with the WHATWG parser, so that what is checked is what is connected to.

    User names and passwords in the URL are dropped, and so is the fragment.

    Raises:
        UnsafeAddress: not http or https, a port of another protocol, or text that parsers read differently.
    """
    href = _href(url, params, hide=False)
    shown = _href(url, params, hide=True)
    if len(href) > LONGEST:
        raise UnsafeAddress(noted("An address of {n:,} characters is longer than web servers read.", n=len(href)))
    if not href.startswith(("http://", "https://")):
        raise UnsafeAddress(noted("Only http and https addresses are asked."))
    host = str(ada_url.URL(href).hostname).removeprefix("[").removesuffix("]")
    try:
        parsed, other = httpx.URL(href), yarl.URL(href)
    except (httpx.InvalidURL, ValueError) as error:
        raise UnsafeAddress(NO_ADDRESS) from error
    if not host or parsed.raw_host.decode("ascii") != host or other.raw_host != host:
        raise UnsafeAddress(noted("This address means different hosts to different programs, so I do not ask it."))
    port = (443 if parsed.scheme == "https" else 80) if parsed.port is None else parsed.port
    if other.port != port:
        raise UnsafeAddress(noted("This address means different ports to different programs, so I do not ask it."))
    if (port not in (80, 443) and port < LOWEST_FREE_PORT) or port in OTHERS_PORTS:
        raise UnsafeAddress(noted("Port {port} is not one that web servers use.", port=port))
    return Address(href=href, shown=shown, scheme=parsed.scheme, host=host, port=port)


def follow(here: Address, location: str) -> Address:
    """The address a redirect leads to.

    Raises:
        UnsafeAddress: as `read`, and when it leads from https down to http.
    """
    try:
        there = read(ada_url.URL(location, base=here.href).href)
    except ValueError as error:
        raise UnsafeAddress(noted("{host} sends us to an address that cannot be read.", host=here.host)) from error
    if here.scheme == "https" and there.scheme == "http":
        said = N_("{host} sends us from https down to http, which anybody could read and change.")
        raise UnsafeAddress(noted(said, host=here.host))
    return there


def _href(url: str, params: Mapping[str, Param] | None, *, hide: bool) -> str:
    try:
        query = _encode(params, hide=hide)
        parsed = ada_url.URL(url)
        parsed.username = parsed.password = parsed.hash = ""
        if query:
            parsed.search = "&".join(part for part in (parsed.search.removeprefix("?"), query) if part)
        return str(parsed.href)
    except (ValueError, UnicodeError) as error:
        raise UnsafeAddress(NO_ADDRESS) from error


def _encode(params: Mapping[str, Param] | None, *, hide: bool) -> str:
    pairs: list[tuple[str, str]] = []
    for name, value in (params or {}).items():
        if isinstance(value, SecretStr):
            pairs += [] if hide else [(name, value.get_secret_value())]
        else:
            pairs += [(name, each) for each in ([value] if isinstance(value, str) else value)]
    return urlencode(pairs)
