"""How a collector says what it is: what it accepts, whom it asks, how often, and what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.cases import Tlp
from core.models import Fact, Finding, Kind, Option, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch

__all__ = ["Budget", "Collector", "Findings", "Key", "Look", "Option", "Rate", "collector"]

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
    """A key the operator brings: the setting that holds it, where to get one, what changes without.

    `probe` asks the source, as cheaply as it can be done, whether it takes the key: a sentence that says what the key
    allows, or a SourceError.
    """

    setting: str
    url: str
    required: bool
    needed_for: tuple[Kind, ...] = ()  # kinds of target that cannot be looked up without it, when it is not required
    probe: Callable[[Fetch], Awaitable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What one source grants over longer times than its rate: to each key when `key` names its setting, else to us."""

    source: str  # for people: "VirusTotal"
    host: str
    key: str = ""  # the setting that holds the key or keys
    day: int = 0  # questions; 0: no such limit
    month: int = 0
    usual: int = 0  # questions that one run takes as a rule; 0: it depends


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
    touches: tuple[Kind, ...] = ()  # kinds of target that it touches themselves; for the others it is passive
    spreads: bool = False  # it tells many third parties whom we ask about
    tlp: Tlp = Tlp.AMBER  # the strictest label under which a target may be told to those whom it asks
    untold: tuple[Kind, ...] = ()  # kinds of target of which nobody learns: for them no label is too strict
    version: int = 1  # raise it when the same answer would be read differently
    rates: tuple[tuple[str, Rate], ...] = ()  # host -> pace
    default_rate: Rate = Rate(1, 1, burst=2)
    life: float = 3600.0  # seconds an answer stays fresh
    life_nothing: float = 600.0  # the same for "nothing"
    deadline: float = 60.0  # seconds one run may take
    keys: tuple[Key, ...] = ()
    budgets: tuple[Budget, ...] = ()
    options: tuple[Option, ...] = ()
    order: int = 100  # place in lists and the plan
    only_with: tuple[tuple[Kind, str], ...] = ()  # kinds that it takes only when this option of it is asked for
    edition: Callable[[], str] | None = None  # tells the lists it reads apart: others may give another answer

    def takes(self, kind: Kind, options: Collection[str] = ()) -> bool:
        """Whether a target of this kind is for it, unless somebody names it."""
        needed = dict(self.only_with).get(kind)
        return kind in self.accepts and (needed is None or needed in options)

    @property
    def passive(self) -> bool:
        """Whether it never touches a target itself, unless an option asks it to."""
        return not self.touches

    def wanted(self, options: Iterable[str]) -> tuple[Option, ...]:
        """Those of the options that this collector declares; the others are meant for others."""
        asked = frozenset(options)
        return tuple(each for each in self.options if each.name in asked)


def collector(
    *,
    title: str,
    accepts: tuple[Kind, ...] | list[Kind],
    yields: tuple[Kind | Fact, ...] | list[Kind | Fact],
    hosts: tuple[str, ...] | list[str],
    tells: str,
    touches: tuple[Kind, ...] | list[Kind] = (),
    spreads: bool = False,
    tlp: Tlp | None = None,
    untold: tuple[Kind, ...] | list[Kind] = (),
    version: int = 1,
    rates: dict[str, Rate] | None = None,
    default_rate: Rate = Rate(1, 1, burst=2),
    life: float = 3600.0,
    life_nothing: float = 600.0,
    deadline: float = 60.0,
    keys: tuple[Key, ...] | list[Key] = (),
    budgets: tuple[Budget, ...] | list[Budget] = (),
    options: tuple[Option, ...] | list[Option] = (),
    order: int = 100,
    only_with: dict[Kind, str] | None = None,
    edition: Callable[[], str] | None = None,
) -> Callable[[Look], Collector]:
    """Turn an async generator function into a Collector named after it. Without `tlp` it may be asked up to TLP:AMBER;
    what spreads, up to TLP:GREEN."""

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
            touches=tuple(touches),
            spreads=spreads,
            tlp=tlp or (Tlp.GREEN if spreads else Tlp.AMBER),
            untold=tuple(untold),
            version=version,
            rates=tuple((rates or {}).items()),
            default_rate=default_rate,
            life=life,
            life_nothing=life_nothing,
            deadline=deadline,
            keys=tuple(keys),
            budgets=tuple(budgets),
            options=tuple(options),
            order=order,
            only_with=tuple((only_with or {}).items()),
            edition=edition,
        )

    return declare
