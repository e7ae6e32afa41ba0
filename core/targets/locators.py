"""URLs, email addresses and @handles: targets that carry a host inside."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ada_url import URL, HostType
from email_validator import EmailNotValidError, validate_email

from core.addresses import Address, Network, canonical, why_refused
from core.errors import NotATarget, Refused
from core.language import N_, tr
from core.models import Kind, Target
from core.targets.hosts import host
from core.targets.people import username
from core.targets.undressing import strip, undress
from core.targets.wording import ask, quoted

# What the library for e-mail addresses says of the part before the @.
LETTERS = (
    N_("The email address contains invalid characters before the @-sign: {letters}."),
    N_("The email address contains unsafe characters: {letters}."),
)
OTHERS = (
    N_("An email address cannot start with a period."),
    N_("An email address cannot have a period immediately before the @-sign."),
    N_("An email address cannot have two periods in a row."),
    N_("Quoting the part before the @-sign is not allowed here."),
)
WEB = re.compile(r"https?:", re.IGNORECASE)
OTHER_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,31})://", re.IGNORECASE)
BEFORE_PATH = re.compile(r"[^/?#\\\s@]{1,320}(?=[/?#\\])")
WITH_PORT = re.compile(r"([^\s/?#@:]{1,253}):(\d{1,5})", re.ASCII)
LONGEST_URL = 4000
LONGEST_EMAIL = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
# Slack's own words and ids after an @ are never people outside.
SLACK_HANDLE = re.compile(r"(?:here|channel|everyone|[UWB][A-Z0-9]{7,})")


def url(text: str, allow: Sequence[Network]) -> Target | None:
    """A web address as a browser reads it (WHATWG URL), without its password.

    Raises:
        NotATarget: another scheme, not readable, or its host is no public name.
        Refused: its host is not public.
    """
    if " " in text:
        return None
    notes: tuple[str, ...] = ()
    if other := None if WEB.match(text) else OTHER_SCHEME.match(text):
        said = N_("I look at http and https only, not at {scheme}. Write the host alone to look it up.")
        raise NotATarget(tr(said, scheme=other[1]))
    if not WEB.match(text):
        head = BEFORE_PATH.match(text)
        if head is None or "." not in head[0].strip("."):
            return None
        text, notes = f"http://{text}", (tr("No scheme was given, so http:// was assumed."),)
    href, more = _canonical(text, allow)
    while (barer := strip(undress(href, layers=len(href)))) != href:
        href, _ = _canonical(barer, allow)  # what the browser's rules wrote may look dressed again: [\\] became [/]
    if len(href) > LONGEST_URL:
        said = N_("This URL is {n:,} characters long when written out; I take {most:,} at most.")
        raise NotATarget(tr(said, n=len(href), most=LONGEST_URL))
    return Target(Kind.URL, href, (*notes, *more))


def email(text: str) -> Target | None:
    """An email address; the part before the @ is kept as typed, the domain is canonical.

    Raises:
        NotATarget: one of the two parts cannot be.
        Refused: its domain is not public.
    """
    local, at, after = text.rpartition("@")
    if not at or not local:
        return None
    domain = host(after)
    if domain is None:
        said = N_("{text} is no email address: {part} is not a domain.")
        raise NotATarget(tr(said, text=quoted(text), part=quoted(after)))
    try:
        # Only the local part is asked about: which domains exist is for our own rules to say.
        local = validate_email(f"{local}@example.com", check_deliverability=False).local_part
    except EmailNotValidError as error:
        raise NotATarget(tr("{text} is no email address: {why}", text=quoted(text), why=_why(error))) from error
    if len(local) + 1 + len(domain.value) > LONGEST_EMAIL:
        raise NotATarget(tr("{text} is longer than an email address may be.", text=quoted(text)))
    return Target(Kind.EMAIL, f"{local}@{domain.value}", domain.notes)


def _why(error: EmailNotValidError) -> str:
    """What the library says, as far as we know its sentences; the rest in its own English."""
    said = str(error)
    for each in LETTERS:
        if said.startswith(begin := each.partition("{")[0]):
            return tr(each, letters=said[len(begin) : -1])
    return tr(said)


def handle(text: str) -> Target | None:
    """A user name written as @ada.

    Raises:
        Ambiguous: @ada@example.com, which is an account on another server or an email address.
        NotATarget: one of Slack's own.
    """
    if not text.startswith("@"):
        return None
    user, at, server = text[1:].partition("@")
    if at:
        mail, person = email(f"{user}@{server}"), username(user)
        if mail and person:
            raise ask(text, (mail, person))
        return None
    if SLACK_HANDLE.fullmatch(user):
        said = N_("{text} is Slack's own. To look up a user name, write user:{user}.")
        raise NotATarget(tr(said, text=quoted(text), user=user))
    return username(user)


def domain_with_port(text: str) -> Target | None:
    """example.com:8443 names a domain; the port is left out with a note.

    Raises:
        NotATarget: its host is no public name.
    """
    found = WITH_PORT.fullmatch(text)
    target = host(found[1]) if found else None
    if found is None or target is None:
        return None
    return Target(Kind.DOMAIN, target.value, (*target.notes, tr("Port {port} was left out.", port=found[2])))


def _canonical(text: str, allow: Sequence[Network]) -> tuple[str, tuple[str, ...]]:
    try:
        parsed = URL(text)
    except ValueError as error:
        raise NotATarget(tr("{text} is not an address that a browser could open.", text=quoted(text))) from error
    notes = (*_without_password(parsed), *_canonical_host(parsed, allow))
    return parsed.href, notes


def _without_password(parsed: URL) -> tuple[str, ...]:
    if not parsed.username and not parsed.password:
        return ()
    had_password = bool(parsed.password)
    parsed.password = ""
    note = tr("This leads to {host}; what stands before the @ is only a user name.", host=parsed.hostname)
    return (note, tr("The password in it was left out.")) if had_password else (note,)


def _canonical_host(parsed: URL, allow: Sequence[Network]) -> tuple[str, ...]:
    if parsed.host_type != HostType.DEFAULT:
        address = canonical(parsed.hostname)
        if address is None:
            raise NotATarget(tr("{text} has no host that I can read.", text=quoted(parsed.href)))
        return _checked_address(parsed, address, allow)
    target = host(parsed.hostname)
    if target is None:
        raise NotATarget(tr("{text} has no public host name.", text=quoted(parsed.href)))
    if target.value != parsed.hostname:
        parsed.hostname = target.value
    return target.notes


def _checked_address(parsed: URL, address: Address, allow: Sequence[Network]) -> tuple[str, ...]:
    if trouble := why_refused(address, allow):
        raise Refused(trouble)
    if address.version == 4:  # also where it was written as IPv4-mapped IPv6
        parsed.hostname = str(address)
    return ()
