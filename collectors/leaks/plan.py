"""What a Have I Been Pwned key may ask, as /subscription/status says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors import shape
from collectors.declare import Rate
from collectors.leaks.breach import TITLE
from core.errors import Changed
from core.language import N_
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Reply

MOST_RPM = 100_000
NO_PLAN = N_("{source} answered no subscription: Rpm and SubscriptionName are not there.")


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription; empty values are what was not said."""

    name: str = ""
    until: str = ""
    rpm: int = 0  # questions a minute
    stealer_logs: bool | None = None

    @property
    def named(self) -> str:
        return noted('the plan "{name}"', name=self.name) if self.name else noted("the key's plan")

    @property
    def asks_stealer_logs(self) -> bool:
        """Only a plan that says no is believed: the question itself tells of all others."""
        return self.stealer_logs is not False

    @property
    def rate(self) -> Rate | None:
        """Nine tenths of what the plan allows in any minute, three tenths of it at once."""
        if not self.rpm:
            return None
        at_once = max(1, self.rpm * 3 // 10)
        return Rate(max(self.rpm * 0.9 - at_once, self.rpm / 2), 60, burst=at_once)

    @property
    def sentence(self) -> str:
        pace = f"{self.rpm:,} questions a minute" if self.rpm else "an unknown number of questions a minute"
        until = f", until {self.until}" if self.until else ""
        logs = {True: "included", False: "not included", None: "not mentioned"}[self.stealer_logs]
        return f"It takes the key: {self.named} allows {pace}{until}; stealer logs are {logs}."


def plan_of(reply: Reply) -> Plan:
    """Raises Changed: nothing of it is a subscription."""
    said = {} if reply.absent else shape.mapping(reply.json())
    name = shape.text(said, "SubscriptionName").strip()
    until = shape.when(said, "SubscribedUntil")
    rpm = shape.whole(said, "Rpm") or 0
    logs = shape.dig(said, "IncludesStealerLogs")
    plan = Plan(
        name=name if TITLE.fullmatch(name) else "",
        until=f"{until:%Y-%m-%d}" if until else "",
        rpm=rpm if 0 < rpm <= MOST_RPM else 0,
        stealer_logs=logs if isinstance(logs, bool) else None,
    )
    if not plan.name and not plan.rpm:
        raise Changed(noted(NO_PLAN, source=reply.source))
    return plan
