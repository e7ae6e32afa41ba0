"""Asks registries: RDAP at IANA's listed server, or port 43 from IANA downwards, and never where a stranger points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from collectors.doors.verdict import is_page
from collectors.doors.whois import CAP
from collectors.registries import port43, rdap, servers
from collectors.registries.bootstrap import Bootstrap, host_in
from collectors.registries.lines import Answer
from collectors.registries.registration import Registration, tidy
from core.errors import Changed, SourceDown, SourceTimeout, TooLarge
from core.language import N_
from core.language.noted import noted
from core.models import Kind

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

ACCEPT = {"Accept": "application/rdap+json, application/json;q=0.8"}  # RFC 7480 section 4.2
MOVED = (301, 302, 303, 307, 308)
MOST_MOVES = 3  # regional registries send us to one another
TIMEOUT = 15.0
NEITHER = N_(
    "The registry of .{tld} answers neither over RDAP nor over port 43, so the registration of {name} was not looked"
    " up."
)
NEITHER_BUT = N_(
    "The registry of .{tld} answers neither over RDAP nor over port 43, so the registration of {name} was not looked"
    " up. {remark}"
)
NOT_USED = N_("{source} sent more than the {most:,} bytes I read at most, and nothing I can use.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the question is about, in the spellings that registries want."""

    kind: Kind  # domain, cidr or asn: the class of object to expect
    name: str  # example.com, 192.0.2.10, 192.0.2.0/24, AS64496
    path: str  # the RDAP path, RFC 9082 section 3.1
    base: str | None  # the RDAP server IANA lists, if any

    @property
    def is_asn(self) -> bool:
        return self.kind is Kind.ASN

    @property
    def at_iana(self) -> str:
        """What IANA needs to know: for a domain its ending, not the name."""
        return self.name.rpartition(".")[2] if self.kind is Kind.DOMAIN else self.name


@dataclass(frozen=True, slots=True)
class Said:
    """One server's answer; `registration` is None when it says that there is none.

    `not_asked` is a server that it names for more and that is on no list of ours.
    """

    server: str
    reply: Reply
    registration: Registration | None
    not_asked: str = ""


async def over_rdap(fetch: Fetch, asked: Asked, url: str, lists: Bootstrap) -> Said:
    """Ask an RDAP server, and those it passes us on to as long as they are on IANA's list.

    Raises:
        SourceError: it could not be asked, or its answer can't be read.
    """
    for _ in range(MOST_MOVES + 1):
        source = f"RDAP ({host_in(url)})"
        reply = await fetch.get(url, headers=ACCEPT, ok=(200, *MOVED), source=source, timeout=TIMEOUT)
        if reply.status not in MOVED:
            return _read_rdap(reply, asked, host_in(url))
        url = _moved(url, reply)
        if not lists.allows(url):
            there = host_in(url) or noted("another address")
            raise Changed(noted("{source} sends us to {host}, which IANA does not list.", source=source, host=there))
    raise Changed(noted("The RDAP servers keep sending us on; {host} was the last.", host=host_in(url)))


def _moved(url: str, reply: Reply) -> str:
    location = reply.headers.get("location", "").strip()
    try:
        there = urljoin(url, location)
    except ValueError as error:
        said = noted("{host} sends us to an address that cannot be read.", host=reply.source)
        raise Changed(said) from error
    if not location or there == url:
        said = N_("{source} sends us on ({status}) and does not say where to.")
        raise Changed(noted(said, source=reply.source, status=reply.status))
    return there


def _read_rdap(reply: Reply, asked: Asked, server: str) -> Said:
    if reply.absent:
        if is_page(reply.headers, reply.body):  # a wall, or a web server without RDAP, knows no registration
            raise Changed(noted("{source} answered a web page (404) where RDAP was expected.", source=reply.source))
        return Said(server, reply, None)
    if reply.truncated:
        raise Changed(noted("{source} answered more than a registration can be.", source=reply.source))
    fetched = rdap.read(reply.json(), asked.kind, asked.name)
    return Said(server, reply, fetched)


async def over_port43(fetch: Fetch, asked: Asked) -> list[Said]:
    """Ask IANA who answers, that server, and the server it names where that one is on our list.

    Returns:
        the registry's answer, and the next server's if there was one; [] when no registry is to be asked,
        with a gap that says so.

    Raises:
        SourceError: a server could not be asked, or asks us to slow down.
    """
    server = await _registry_for(fetch, asked)
    if not server:
        return []
    registry = await _hop(fetch, asked, server)
    if registry.registration is None:
        return [registry]
    referral = registry.registration.referral
    if not referral or referral == server:
        return [registry]
    if not servers.followable(referral):
        return [replace(registry, not_asked=referral)]
    further = await fetch.tolerate(_hop(fetch, asked, referral), noted("{server} (port 43)", server=referral))
    return [registry, further] if further and further.registration else [registry]


async def _registry_for(fetch: Fetch, asked: Asked) -> str:
    """The server IANA names for a top-level domain or a number; "" when it names none."""
    reply = await fetch.whois(servers.IANA, asked.at_iana)
    text = reply.text()
    answer = Answer(text)
    server = servers.server_in(answer.first("refer", "whois"))
    if server:
        return server
    servers.check_throttled(text, servers.IANA)
    _check_whole(reply)
    if not answer.pairs and not servers.says_not_found(text, asked.at_iana):
        raise Changed(noted("{source} answered with a text that names no registry.", source=servers.IANA))
    fetch.gap("no_server", _nobody(asked, answer))
    return ""


def _nobody(asked: Asked, answer: Answer) -> str:
    if asked.kind is Kind.DOMAIN:
        website = tidy(answer.first("remarks"), 120)
        return noted(NEITHER_BUT if website else NEITHER, tld=asked.at_iana, name=asked.name, remark=website)
    if status := answer.first("status").lower():
        return noted("IANA names no registry for {name} (it is {status}).", name=asked.name, status=status)
    return noted("IANA names no registry for {name}.", name=asked.name)


async def _hop(fetch: Fetch, asked: Asked, server: str) -> Said:
    question = servers.question(server, asked.name, asn=asked.is_asn)
    reply = await fetch.whois(server, question)
    text = reply.text()
    registration = READERS[asked.kind](text, asked.name)
    if registration.says_something:
        _check_same(Answer(text), asked, server)
        return Said(server, reply, registration)
    servers.check_throttled(text, server)
    if servers.says_not_found(text, asked.name):
        return Said(server, reply, None)
    _check_whole(reply)
    if not text.strip():
        raise SourceDown(noted("{source} closed the connection without an answer.", source=server))
    raise Changed(noted("{source} answered with a text that says nothing I can read.", source=server))


def _check_whole(reply: Reply) -> None:
    """What a text does not say may stand in the part that did not come.

    Raises:
        TooLarge: it was cut at the cap.
        SourceTimeout: the server stopped in the middle.
    """
    if len(reply.body) >= CAP:
        raise TooLarge(noted(NOT_USED, source=reply.source, most=CAP))
    if reply.truncated:
        raise SourceTimeout(noted("{source} stopped in the middle of its answer.", source=reply.source))


READERS: dict[Kind, Callable[[str, str], Registration]] = {
    Kind.DOMAIN: port43.read_domain,
    Kind.CIDR: port43.read_network,
    Kind.ASN: port43.read_asn,
}


def _check_same(answer: Answer, asked: Asked, server: str) -> None:
    """An answer about another domain must not be told as this one's."""
    named = answer.first("domain name", "domain").lower().rstrip(".").split(" ")[0]
    if asked.kind is Kind.DOMAIN and named.isascii() and "." in named and named != asked.name:
        said = N_("{source} was asked about {name} and answered about {other}.")
        raise Changed(noted(said, source=server, name=asked.name, other=tidy(named, 253)))
