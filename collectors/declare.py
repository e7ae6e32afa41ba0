"""How a collector says what it is: what it accepts, whom it asks, how often, and what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.models import Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch

Findings = AsyncIterator[Finding]


class Look(Protocol):
    """An async generator from a target to findings; its only power is `fetch`."""

    __name__: str
    __doc__: str | None

    def __call__(self, target: Target, fetch: Fetch) -> Findings: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` in `seconds`, one by one, to one host; `burst` may come at once."""

    calls: float
    seconds: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Key:
    """A key the operator brings: the setting that holds it, where to get one, what changes without."""

    setting: str
    url: str
    required: bool


@dataclass(frozen=True, slots=True)
class Collector:
    """A declaration and its function. The docs, help texts and the runner read it; nobody else decides."""

    name: str  # the function's name: dns, crtsh, whois
    title: str  # for people: "Certificates (crt.sh)"
    accepts: tuple[Kind, ...]
    yields: tuple[Kind | Fact, ...]
    hosts: tuple[str, ...]  # hosts it may ask over HTTP; "*.x" covers names below; others raise UndeclaredHost
    look: Look
    about: str  # one sentence: the function's docstring
    tells: str  # who learns what we ask, in one sentence
    passive: bool = True  # False: it touches the target itself
    version: int = 1  # raise it when the same answer would be read differently
    rates: tuple[tuple[str, Rate], ...] = ()  # host -> pace
    default_rate: Rate = Rate(1, 1, burst=2)
    life: float = 3600.0  # seconds an answer stays fresh
    life_nothing: float = 600.0  # the same for "nothing"
    deadline: float = 60.0  # seconds one run may take
    keys: tuple[Key, ...] = ()
    order: int = 100  # place in lists and the plan


def collector(
    *,
    title: str,
    accepts: tuple[Kind, ...] | list[Kind],
    yields: tuple[Kind | Fact, ...] | list[Kind | Fact],
    hosts: tuple[str, ...] | list[str],
    tells: str,
    passive: bool = True,
    version: int = 1,
    rates: dict[str, Rate] | None = None,
    default_rate: Rate = Rate(1, 1, burst=2),
    life: float = 3600.0,
    life_nothing: float = 600.0,
    deadline: float = 60.0,
    keys: tuple[Key, ...] | list[Key] = (),
    order: int = 100,
) -> Callable[[Look], Collector]:
    """Turn an async generator function into a Collector named after it."""

    def declare(look: Look) -> Collector:
        if not look.__doc__:
            raise TypeError(f"collector {look.__name__} needs a docstring: one sentence that says what it gives")
        return Collector(
            name=look.__name__,
            title=title,
            accepts=tuple(accepts),
            yields=tuple(yields),
            hosts=tuple(hosts),
            look=look,
            about=look.__doc__.strip().split("\n\n")[0].replace("\n    ", " "),
            tells=tells,
            passive=passive,
            version=version,
            rates=tuple((rates or {}).items()),
            default_rate=default_rate,
            life=life,
            life_nothing=life_nothing,
            deadline=deadline,
            keys=tuple(keys),
            order=order,
        )

    return declare
