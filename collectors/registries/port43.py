"""Reads port 43 answers: the words of many registries for the same things become a Registration."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network

from collectors import shape
from collectors.registries import statuses
from collectors.registries.lines import Answer
from collectors.registries.rdap import network_of, spanned
from collectors.registries.registration import MOST_LINES, Contact, Registration
from collectors.registries.servers import server_in
from core.models import Kind

# The better word first: an exact one before one that some registry uses for something else.
CREATED = (
    *("creation date", "created", "created on", "registered on", "registered", "registration date"),
    *("registration time", "domain registration date", "record created", "created date", "registered date"),
    *("regdate", "entry created"),
)
UPDATED = (
    *("updated date", "last-modified", "last modified", "last updated", "last updated on", "last update"),
    *("modified", "changed", "updated", "modification date", "last updated date", "record last updated"),
)
EXPIRES = (
    *("registry expiry date", "registrar registration expiration date", "expiry date", "expiration date"),
    *("expires", "expires on", "expire", "expire date", "paid-till", "renewal date", "expiration time"),
    *("valid until", "domain expires", "record expires on", "exp date", "validity"),
)
NAME_SERVERS = ("name server", "name servers", "nserver", "nameserver", "nameservers", "domain servers", "host name")
STATUSES = ("domain status", "status", "state", "registration status", "eppstatus")
REGISTRAR = ("registrar", "sponsoring registrar", "registrar name", "registrar organization", "registrar handle")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = f"({'|'.join(MONTHS)})[a-z]{{0,6}}"
DAY_FIRST = re.compile(rf"\b(\d{{1,2}})[-./ ]{MONTH}[-./, ]{{1,3}}(\d{{4}})")
MONTH_FIRST = re.compile(rf"\b{MONTH} {{1,3}}(\d{{1,2}})[, ]{{1,3}}(?:[\d:]{{4,8}} (?:[a-z]{{3,4}} )?)?(\d{{4}})")
NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})\b")


def read_domain(text: str, asked: str) -> Registration:
    """The registration of a domain in a port 43 answer; `says_something` is false when there is none."""
    answer = Answer(text)
    registrant = _contact(answer, "registrant", extra=_holders(answer))
    return Registration(
        kind=Kind.DOMAIN,
        subject=asked,
        handle=answer.first("registry domain id", "domain id", "roid"),
        registrar_url=answer.first("registrar url", "url"),
        created=_first_time(answer, CREATED),
        updated=_first_time(answer, UPDATED),
        expires=_first_time(answer, EXPIRES),
        statuses=_statuses(answer),
        name_servers=_name_servers(answer),
        signed=_signed(answer),
        contacts=tuple(contact for contact in (_registrar(answer), _abuse(answer), registrant) if contact),
        referral=server_in(answer.first("registrar whois server", "whois server")),
    )


def read_network(text: str, asked: str) -> Registration:
    """The registration of the most specific network in an answer of a regional registry."""
    found = [(size, block) for block in Answer(text).blocks() if (size := _size(block)) is not None]
    answer = min(found, key=lambda pair: pair[0])[1] if found else Answer("")
    networks = _spans(answer)
    return Registration(
        kind=Kind.CIDR,
        subject=networks[0] if networks else asked,
        handle=answer.first("nethandle"),
        name=answer.first("netname"),
        created=_first_time(answer, CREATED),
        updated=_first_time(answer, UPDATED),
        statuses=tuple(value.lower() for value in answer.all("status")[:3]),
        contacts=_holders_of_number(Answer(text), answer),
        referral=server_in(Answer(text).first("referralserver")),
        networks=networks,
        parent=answer.first("parent", "nethandle parent"),
        allocation=answer.first("nettype", "status"),
        origins=_origins(answer, Answer(text)),
        country=answer.first("country") or Answer(text).first("country"),
    )


def read_asn(text: str, asked: str) -> Registration:
    """The registration of an AS number in an answer of a regional registry."""
    blocks = [block for block in Answer(text).blocks() if block.first("aut-num", "asnumber", "ashandle", "asname")]
    answer = blocks[0] if blocks else Answer("")
    return Registration(
        kind=Kind.ASN,
        subject=asked,
        handle=answer.first("ashandle", "aut-num"),
        name=answer.first("as-name", "asname"),
        created=_first_time(answer, CREATED),
        updated=_first_time(answer, UPDATED),
        contacts=_holders_of_number(Answer(text), answer) if blocks else (),
        country=(answer.first("country") or Answer(text).first("country")) if blocks else "",
    )


def time_in(text: str) -> datetime | None:
    """A moment in any spelling that can be read one way only; 01/05/2026 can't, and gives None."""
    found = shape.when(text)
    if found:
        return found
    low = text.lower()
    if match := DAY_FIRST.search(low):
        return _date(match[3], match[2], match[1])
    if match := MONTH_FIRST.search(low):
        return _date(match[3], match[1], match[2])
    match = NUMERIC.search(low)
    if match and int(match[1]) > 12:
        return _date(match[3], MONTHS[int(match[2]) - 1] if 0 < int(match[2]) <= 12 else "", match[1])
    return None


def _date(year: str, month: str, day: str) -> datetime | None:
    if month not in MONTHS:
        return None
    try:
        return datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=UTC)
    except ValueError:
        return None


def _first_time(answer: Answer, keys: tuple[str, ...]) -> datetime | None:
    answer = _own(answer, keys)
    for key in keys:
        if found := next((time for value in answer.all(key) if (time := time_in(value))), None):
            return found
    return None


def _own(answer: Answer, keys: tuple[str, ...]) -> Answer:
    """The domain's own object where it says any of this: contacts and key sets beside it have dates of their own."""
    own = next((block for block in answer.blocks() if block.first("domain")), answer)
    return own if own.all(*keys) else answer


def _statuses(answer: Answer) -> tuple[str, ...]:
    words = [statuses.plain(value) for value in answer.all(*STATUSES)[:MOST_LINES]]
    return tuple(dict.fromkeys(word for word in words if word and len(word) <= 60))


def _name_servers(answer: Answer) -> tuple[str, ...]:
    """Host names only: some registries put addresses behind them, or a sentence instead."""
    words = (value.split()[0].lower().rstrip(".,") for value in answer.all(*NAME_SERVERS) if value.split())
    return tuple(sorted({word for word in words if server_in(word)}))[:MOST_LINES]


def _signed(answer: Answer) -> bool | None:
    spelled = answer.first("dnssec", "ds", "dnskey", "ds-rdata", "dnssec signed", "signing key").lower()
    if not spelled:
        return None
    return not spelled.startswith(("unsigned", "no", "inactive", "0"))


def _registrar(answer: Answer) -> Contact | None:
    name = answer.first(*REGISTRAR).split(" [Tag")[0].strip()
    iana_id = answer.first("registrar iana id", "sponsoring registrar iana id")
    return Contact(roles=("registrar",), organisation=name, iana_id=iana_id) if name or iana_id else None


def _abuse(answer: Answer) -> Contact | None:
    email = answer.first("registrar abuse contact email", "abuse-mailbox", "orgabuseemail", "abuse contact email")
    phone = answer.first("registrar abuse contact phone", "orgabusephone", "abuse contact phone")
    return Contact(roles=("abuse",), emails=_some(email), phones=_some(phone)) if email or phone else None


def _holders(answer: Answer) -> str:
    return answer.first("holder", "owner", "domain holder", "org", "organization")


def _contact(answer: Answer, role: str, *, extra: str = "") -> Contact | None:
    """ICANN's labels: "Registrant Name", "Registrant Organization" ..."""
    name = answer.first(f"{role} name", role, f"{role} contact name", "person")
    organisation = answer.first(f"{role} organization", f"{role} organisation") or extra
    if not name and not organisation:
        return None
    place = (answer.first(f"{role} city"), answer.first(f"{role} state/province"))
    return Contact(
        roles=(role,),
        name=name,
        organisation=organisation,
        emails=_some(answer.first(f"{role} email", f"{role} e-mail")),
        phones=_some(answer.first(f"{role} phone")),
        country=answer.first(f"{role} country"),
        place=", ".join(part for part in place if part),
        is_person=bool(name) and not organisation,
    )


def _some(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _holders_of_number(whole: Answer, own: Answer) -> tuple[Contact, ...]:
    """The holder and the abuse contact, which lie in other objects of the same answer."""
    name = whole.first("org-name", "orgname", "organization", "owner") or own.first("descr")
    country = own.first("country") or whole.first("country")
    holder = Contact(roles=("registrant",), organisation=name, name=name, country=country) if name else None
    return tuple(contact for contact in (holder, _abuse(whole) or _abuse_said(whole)) if contact)


def _abuse_said(answer: Answer) -> Contact | None:
    """RIPE and APNIC say it in a comment: % Abuse contact for '...' is 'abuse@example.net'."""
    for line in answer.comments:
        if "abuse contact for" in line.lower() and " is '" in line:
            email = line.rsplit(" is '", 1)[1].split("'")[0]
            return Contact(roles=("abuse",), emails=_some(email))
    return None


def _spans(answer: Answer) -> tuple[str, ...]:
    """The networks of an object: ARIN lists CIDRs, the others give a range or one prefix."""
    listed = [part for value in answer.all("cidr") for part in value.split(",")]
    found = [str(network) for network in map(network_of, listed[:MOST_LINES]) if network]
    if found:
        return tuple(found)
    first, dash, last = answer.first("inetnum", "netrange", "inet6num").partition(" - ")
    if dash:
        return spanned(first, last)
    network = network_of(first)
    return (str(network),) if network and "/" in first else ()


def _size(answer: Answer) -> int | None:
    """How many addresses an object covers; None when it is no network."""
    networks: list[IPv4Network | IPv6Network] = [each for each in map(network_of, _spans(answer)) if each]
    return sum(each.num_addresses for each in networks) if networks else None


def _origins(answer: Answer, whole: Answer) -> tuple[int, ...]:
    spelled = answer.all("originas", "origin") or whole.all("origin")
    numbers = (word.upper().removeprefix("AS") for value in spelled for word in value.replace(",", " ").split())
    return tuple(
        dict.fromkeys(int(word) for word in numbers if word.isascii() and word.isdecimal() and len(word) <= 10)
    )
