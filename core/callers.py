"""Who acts over HTTP: by a token or a session; what they may do and whose scans they may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.access import Reader, sees
from core.models import Scan

SERVICE = "service:"  # begins the user of a token that belongs to nobody in Slack


class Scope(StrEnum):
    """What a token allows. Each holds those before it."""

    READ = "read"
    SCAN = "scan"
    ADMIN = "admin"


HOLDS = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.SCAN: frozenset({Scope.READ, Scope.SCAN}),
    Scope.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody known: `user` is a Slack user id, or "service:" and a name. `token` is the id of the token they came
    with, or signed in with; empty for a sign-in with Slack."""

    user: str
    team: str
    name: str = ""
    scopes: frozenset[Scope] = frozenset()
    channels: frozenset[str] = frozenset()
    token: str = ""

    @property
    def is_service(self) -> bool:
        return self.user.startswith(SERVICE)

    @property
    def key(self) -> str:
        """By what they are counted and remembered."""
        return self.token or f"{self.team}/{self.user}"

    def may(self, scope: Scope) -> bool:
        return any(scope in HOLDS[held] for held in self.scopes)

    def asked(self, scan: Scan) -> bool:
        """Whether it was they who asked: then they may read what only a direct message shows."""
        return scan.place.team == self.team and scan.asker.user == self.user

    def sees(self, scan: Scan) -> bool:
        """Their own scans, those of channels they were given, and for admins all; never another workspace's."""
        return sees(self.reader, scan)

    @property
    def reader(self) -> Reader:
        return Reader(self.team, self.user, self.channels, admin=self.may(Scope.ADMIN))
