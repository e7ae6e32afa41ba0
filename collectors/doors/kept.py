"""What a process keeps open for all its runs: one HTTP client, the resolvers, the pace, the ledger, the keys."""

from __future__ import annotations

from collectors.doors import dns as names
from collectors.doors import whois as port43
from collectors.doors.guard import Guard
from collectors.doors.keys import Ring, ring, secret_of
from collectors.doors.patience import Patience
from collectors.doors.web import Web
from core import VERSION
from core.ledger import Ledger
from core.pace import Pace
from core.settings import Settings


class Kept:
    """Opened once per process."""

    def __init__(
        self,
        settings: Settings,
        pace: Pace,
        ledger: Ledger,
        *,
        web: Web,
        resolvers: names.Names,
        guard: Guard,
        patience: Patience,
    ) -> None:
        self.settings = settings
        self.pace = pace
        self.ledger = ledger
        self.web = web
        self.names = resolvers
        self.patience = patience
        relay = names.server_of(settings.whois_server, port43.PORT, "WHOIS_SERVER") if settings.whois_server else None
        self.port43 = port43.Port43(guard, resolvers.addresses, relay)
        self.secret = secret_of(settings)
        self._rings: dict[str, Ring] = {}

    def ring(self, setting: str) -> Ring:
        """The keys of a setting."""
        if setting not in self._rings:
            self._rings[setting] = ring(self.settings, setting, self.secret)
        return self._rings[setting]


def agent(settings: Settings) -> str:
    """Who we are and how to reach the operator; many sources refuse those who do not say (RFC 9110 10.1.5)."""
    return f"Gumshoe/{VERSION} (+{settings.contact})" if settings.contact else f"Gumshoe/{VERSION}"
