"""Whether a name is made to be taken for another one: letters of other scripts, words that lure, one slip away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from core.models import Target
from core.targets.hosts import host_of
from core.targets.idn import to_unicode
from core.targets.lookalikes import SKELETON, warning
from core.targets.suffixes import registrable

LURES = frozenset(
    (
        *("login", "logon", "signin", "sign", "verify", "verification", "secure", "security", "account", "accounts"),
        *("update", "billing", "invoice", "payment", "wallet", "support", "helpdesk", "webmail", "password", "auth"),
        *("sso", "mfa", "2fa", "unlock", "recover", "recovery", "confirm", "portal", "owa"),
    )
)
"""Words with which names ask for trust; of one alone nothing follows."""

SWAPPED = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s", "7": "t", "8": "b"})
SHORT = 5  # letters; between shorter names one slip is chance


def deceives(target: Target, ways: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the target's name is deceiving in one of these ways (alike, lure), or resembles one of these names."""
    host = host_of(target) or ""
    if not host:
        return False
    return (
        ("alike" in ways and warning(to_unicode(host), host) is not None)
        or ("lure" in ways and bool(LURES.intersection(_words(host))))
        or any(resembles(host, name) for name in names)
    )


@cache
def resembles(host: str, name: str) -> bool:
    """Whether a host name passes for the domain `name` without being it or below it: the same letters in other
    signs, one slip away, or the name as a word of a longer one."""
    registered = registrable(host) or host
    if name in {registered, host} or host.endswith(f".{name}"):
        return False
    ours, theirs = _label(name), _label(registered)
    if len(ours) < SHORT:
        return ours == theirs or ours in _words(host)
    return ours in _drawn(host).replace("-", "") or _one_slip(ours, _drawn(theirs))


def _label(domain: str) -> str:
    return (registrable(domain) or domain).partition(".")[0]


def _drawn(name: str) -> str:
    """As it looks: letters of other scripts and digits read as the letters they are drawn like."""
    return to_unicode(name).translate(SKELETON).translate(SWAPPED).replace("rn", "m").replace("vv", "w")


def _words(host: str) -> set[str]:
    return {word for label in to_unicode(host).split(".")[:-1] for word in label.split("-")}


def _one_slip(one: str, other: str) -> bool:
    """One letter more, less or another, or two that changed places."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    if len(one) == len(other):
        wrong = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and one[wrong[0]] == other[wrong[1]]
        return len(wrong) == 1 or (swapped and one[wrong[1]] == other[wrong[0]])
    long, short = (one, other) if len(one) > len(other) else (other, one)
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))
