"""The certificates that the logs of the invented world hold: one line per name and renewal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.sources.world import hostile


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate authority."""

    id: int
    name: str
    friendly_name: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """One issued certificate, whatever number of log entries it has."""

    names: tuple[str, ...]
    issuer: Issuer
    not_before: datetime
    not_after: datetime
    common_name: str | None = None

    @property
    def serial(self) -> str:
        """36 hex digits that follow from what the certificate says."""
        return "04" + self.digest("serial")[:34]

    def digest(self, purpose: str) -> str:
        """A made-up SHA-256, the same at every start."""
        said = f"{purpose} {self.names} {self.issuer.id} {self.not_before:%Y%m%d}"
        return hashlib.sha256(said.encode()).hexdigest()


DAILY = Issuer(295_814, "C=US, O=Example CA, CN=E1", "Example CA")
YEARLY = Issuer(183_267, "C=GB, O=Example Trust Ltd, CN=Example Trust DV 2", "Example Trust")
OLD = Issuer(1_001, "C=US, O=Old Example CA, CN=Old Example Root", "Old Example CA")
HOSTILE = Issuer(666, f"C=<!, O={hostile.MENTIONS}, CN={hostile.LINK}", hostile.BIDI)

# names (space-separated) | issuer | issued so many days ago | valid for so many days
ISSUED: tuple[tuple[str, Issuer, int, int], ...] = (
    ("example.com www.example.com m.example.com mobile.example.com", DAILY, 215, 90),
    ("example.com www.example.com m.example.com mobile.example.com", DAILY, 140, 90),
    ("example.com www.example.com m.example.com mobile.example.com", DAILY, 65, 90),
    ("*.dev.example.com dev.example.com", DAILY, 30, 90),
    ("jenkins.dev.example.com", DAILY, 400, 90),
    ("app.dev.example.com api.dev.example.com", DAILY, 48, 90),
    ("*.staging.example.com staging.example.com qa.example.com", DAILY, 75, 90),
    ("mail.example.com imap.example.com smtp.example.com webmail.example.com", DAILY, 20, 90),
    ("autodiscover.example.com", DAILY, 20, 90),
    ("mta-sts.example.com", DAILY, 41, 90),
    ("vpn.example.com", YEARLY, 200, 365),
    ("vpn.example.com", YEARLY, 560, 365),
    ("api.example.com app.example.com", DAILY, 12, 90),
    ("shop.example.com", DAILY, 33, 90),
    ("blog.example.com status.example.com", DAILY, 58, 90),
    ("docs.example.com help.example.com support.example.com", DAILY, 27, 90),
    ("cdn.example.com img.example.com static.example.com", YEARLY, 90, 365),
    ("login.example.com sso.example.com id.example.com", YEARLY, 150, 365),
    ("portal.example.com partner.example.com", YEARLY, 10, 365),
    ("careers.example.com jobs.example.com press.example.com", DAILY, 80, 90),
    ("git.example.com ci.example.com", DAILY, 2, 90),
    ("brand.example.com example.org www.example.org", YEARLY, 120, 365),
    ("old-shop.example.com", OLD, 2400, 730),
    ("beta.example.com", OLD, 1900, 365),
    ("2019.conference.example.com", OLD, 2700, 90),
    ("db01.corp.example.com", YEARLY, 700, 365),
    ("WWW.Example.COM", OLD, 5200, 730),
    ("security@example.com smime.example.com", YEARLY, 300, 365),
    ("example.org www.example.org", DAILY, 55, 90),
    ("example.net www.example.net", DAILY, 15, 90),
    ("ns1.example.net ns2.example.net", YEARLY, 100, 365),
    ("mx1.example.net mx2.example.net", DAILY, 44, 90),
    ("kontor.example www.kontor.example", DAILY, 35, 90),
    ("examp1e-login.test *.examp1e-login.test", DAILY, 2, 90),
    ("rented.test", DAILY, 60, 90),
    ("slow.test www.slow.test", DAILY, 50, 90),
    ("flaky.test www.flaky.test", DAILY, 50, 90),
    ("broken.test", DAILY, 50, 90),
)
HOSTILE_NAMES = (
    ("hostile.test", "<!channel>.hostile.test", "*bold*.hostile.test", "`code`.hostile.test"),
    ("<https://evil.test|click>.hostile.test", "<@U0ADA>@hostile.test", "=cmd().hostile.test"),
    ("hostile.test", f"{hostile.BIDI}.hostile.test", f"{hostile.ANSI}.hostile.test", f"{hostile.NUL}.hostile.test"),
)


def certificates(today: datetime) -> tuple[Certificate, ...]:
    """Every certificate, those issued last coming last, as logs give them."""
    plain = [
        _issued(tuple(names.split()), issuer, today - timedelta(days=age), life) for names, issuer, age, life in ISSUED
    ]
    nasty = [_issued(names, HOSTILE, today - timedelta(days=9), 90) for names in HOSTILE_NAMES]
    return tuple(sorted([*plain, *nasty], key=lambda each: each.not_before))


def flood(today: datetime) -> Iterator[Certificate]:
    """What hostile.test adds: long names, and at last an issuer whose name is 5 MB long."""
    start = today - timedelta(days=8)
    for number in range(300):
        yield _issued((f"{number}.{'a' * 63}.{'b' * 63}.hostile.test",), HOSTILE, start, 90)
    yield _issued(("flood.hostile.test",), Issuer(667, hostile.flood(), "Flood"), start, 90)


def _issued(names: tuple[str, ...], issuer: Issuer, start: datetime, days: int) -> Certificate:
    shared = next((name for name in names if name == "example.org"), None)
    return Certificate(
        names=names,
        issuer=issuer,
        not_before=start,
        not_after=start + timedelta(days=days) - timedelta(seconds=1),
        common_name=shared or names[0],
    )
