"""The invented world as one value: what every stand-in source answers from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.sources.world.certificates import Certificate, certificates
from sandbox.sources.world.registrations import Registration, registrations
from sandbox.sources.zones import Zones, load


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is, as of `now`; `today` is the midnight that ages count from."""

    now: datetime
    today: datetime
    zones: Zones
    registrations: dict[str, Registration]
    certificates: tuple[Certificate, ...]

    def name_servers(self, domain: str) -> list[str]:
        """The name servers of a registered domain, as its zone names them, without the final dot."""
        return [server.rstrip(".") for server in self.zones.texts(domain, "NS")]

    def delegation_signers(self, domain: str) -> list[tuple[int, int, int, str]]:
        """Key tag, algorithm, digest type and digest of each DS record at the parent."""
        signers = []
        for text in self.zones.texts(domain, "DS"):
            tag, algorithm, digest_type, digest = text.split(maxsplit=3)
            signers.append((int(tag), int(algorithm), int(digest_type), digest.replace(" ", "").upper()))
        return signers


def build(now: datetime | None = None) -> World:
    """The world as it is at `now` (the clock's, when not given)."""
    now = now or datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return World(
        now=now,
        today=today,
        zones=load(now),
        registrations=registrations(today),
        certificates=certificates(today),
    )
