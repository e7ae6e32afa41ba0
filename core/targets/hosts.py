"""Which host names are public domains, and what a reader should know about one before trusting its looks."""

from __future__ import annotations

from collections.abc import Iterator

import ada_url

from core.addresses import METADATA_NAMES, canonical, is_number, why_refused_name
from core.errors import NotATarget, Refused
from core.language import N_, tr
from core.models import Kind, Target
from core.targets.idn import to_ascii, to_unicode
from core.targets.lookalikes import warning
from core.targets.people import username
from core.targets.suffixes import EXAMPLES, meant, suffix_of
from core.targets.wording import ask, quoted

RESERVED = N_("{name} ends in a name reserved for examples (RFC 6761): only stand-ins answer for it, no public source.")
ALONE_MEANS_HERE = METADATA_NAMES | {"localhost", "localdomain"}


def domain(text: str, *, said: bool = False) -> Target | None:
    """The domain a text spells by itself, None if it is not shaped like one.

    `said`: the asker wrote that it is a domain, so an ending that no registry is known for is believed.

    Raises:
        NotATarget: shaped like a domain, but no registry has its ending.
        Ambiguous: that, and it may well be a user name.
        Refused: not a public name, or a public suffix and nothing below it.
    """
    target = named(text)
    if target is None:
        return None
    suffix = suffix_of(target.value)
    if suffix == target.value:
        raise Refused(
            tr(
                "{text} is a public suffix: everybody registers below it. Name one domain, like example.{suffix}. "
                "For a user name write user:{suffix}.",
                text=quoted(suffix),
                suffix=suffix,
            )
        )
    if suffix or said:
        return target
    user = username(text)
    if user and text.count(".") == 1 and not meant(target.value.rpartition(".")[2]):
        raise ask(text, (target, user))
    raise _unknown_suffix(target.value)


def host(text: str) -> Target | None:
    """The domain in a URL or an email address: the same rules, but a suffix may be a host (gov.uk).

    Raises:
        NotATarget: no registry has its ending.
        Refused: not a public name.
    """
    target = named(text)
    if target is None or "." not in target.value:
        return None
    if suffix_of(target.value) is None:
        raise _unknown_suffix(target.value)
    return target


def named(text: str) -> Target | None:
    """Whatever is shaped like a public name, also with an ending that no registry is known for.

    Raises:
        Refused: not a public name.
    """
    name = to_ascii(text.removeprefix("*.").strip("."))
    if name is None or is_number(name.rpartition(".")[2]):
        return None
    if "." not in name and name not in ALONE_MEANS_HERE:
        return Target(Kind.DOMAIN, name) if suffix_of(name) else None
    if trouble := why_refused_name(name):
        raise Refused(trouble)
    return Target(Kind.DOMAIN, name, tuple(_notes(text, name)))


def host_of(target: Target) -> str | None:
    """The domain in a domain, URL or email address; None where an address stands instead, and for other kinds."""
    match target.kind:
        case Kind.DOMAIN:
            return target.value
        case Kind.EMAIL:
            return target.value.rpartition("@")[2]
        case Kind.URL:
            name = ada_url.URL(target.value).hostname
            return name if canonical(name) is None else None
        case _:
            return None


def _unknown_suffix(name: str) -> NotATarget:
    head, _, ending = name.rpartition(".")
    if common := meant(ending):
        close = N_('No public name that I know ends in ".{ending}". Did you mean {name}?')
        return NotATarget(tr(close, ending=ending, name=f"{head}.{common}"))
    said = N_('No public name that I know ends in ".{ending}". If it does, write domain:{name}.')
    return NotATarget(tr(said, ending=ending, name=name))


def _notes(text: str, name: str) -> Iterator[str]:
    if text.startswith("*."):
        yield tr("Read as {name}; the names below it are looked for anyway.", name=name)
    if name.rpartition(".")[2] in EXAMPLES:
        yield tr(RESERVED, name=name)
    if looks := warning(to_unicode(name), name):
        yield looks
