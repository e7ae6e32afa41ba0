"""Known weaknesses (CVE) of a host: mostly guessed from a version, so that each says how far it may be believed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from collectors import shape
from core.language import N_
from core.models import Severity

MOST = 300
CVE = re.compile(r"CVE-(\d{4})-(\d{4,7})")
TESTED = N_("Shodan has tested for it and says that it is there.")
TESTED_ATTACKED = N_("Shodan has tested for it and says that it is there; it is being attacked in the wild (CISA KEV).")
GUESSED = N_("Not verified: it follows from the version in the banner alone, which patches often leave as it is.")
GUESSED_ATTACKED = N_(
    "Not verified: it follows from the version in the banner alone, which patches often leave as it is; it is being"
    " attacked in the wild (CISA KEV)."
)


@dataclass(frozen=True, slots=True)
class Weakness:
    """A CVE. `verified` when the scanner has tested it, not only read a version."""

    cve: str
    verified: bool = False
    ports: tuple[int, ...] = ()
    cvss: float | None = None
    epss: float | None = None  # how probable an attack within 30 days is, 0 to 1 (first.org/epss)
    kev: bool | None = None  # in CISA's list of weaknesses that are being attacked; None: not looked up
    ransomware: str = ""
    summary: str = ""
    scored_at: str = ""  # where the scores come from

    @property
    def order(self) -> tuple[bool, float, int, int]:
        """The ones to look at first: tested, grave, young."""
        match = CVE.fullmatch(self.cve)
        year, number = (int(match[1]), int(match[2])) if match else (0, 0)
        return not self.verified, -(self.cvss or 0.0), -year, -number

    def weigh(self) -> tuple[Severity, str]:
        """How much to care, and why in one sentence."""
        grave = (self.cvss or 0.0) >= 7.0
        if self.verified:
            severity = Severity.HIGH if grave or self.kev else Severity.MEDIUM
            said = TESTED_ATTACKED if self.kev else TESTED
        else:
            severity = Severity.MEDIUM if self.kev else Severity.LOW if grave else Severity.INFO
            said = GUESSED_ATTACKED if self.kev else GUESSED
        return severity, said


def named(found: Iterable[Any]) -> list[str]:
    """The CVE ids of a list, each once."""
    spelled = (each.strip().upper() for each in found if isinstance(each, str))
    return list(dict.fromkeys(each for each in spelled if CVE.fullmatch(each)))


def gathered(listed: Any, banners: list[Any]) -> tuple[Weakness, ...]:
    """The CVEs of a host: a list of ids for all of it, and an object with details in each banner."""
    found = {cve: Weakness(cve) for cve in named(listed if isinstance(listed, list) else shape.mapping(listed))}
    for banner in banners:
        port = shape.dig(banner, "port")
        for name, told in shape.mapping(banner, "vulns").items():
            for cve in named([name]):
                found[cve] = _merged(found.get(cve, Weakness(cve)), told, port)
    return tuple(sorted(found.values(), key=lambda each: each.order))


def _merged(known: Weakness, told: Any, port: Any) -> Weakness:
    ports = {*known.ports, port} if type(port) is int else {*known.ports}
    kev = shape.dig(told, "kev")
    return replace(
        known,
        verified=known.verified or shape.dig(told, "verified") is True,
        ports=tuple(sorted(ports)),
        cvss=max((each for each in (known.cvss, _within(told, 10, "cvss")) if each is not None), default=None),
        epss=known.epss if known.epss is not None else _within(told, 1, "epss"),
        kev=kev if isinstance(kev, bool) else known.kev,
        summary=known.summary or shape.text(told, "summary")[:400],
    )


def scored(known: Weakness, answer: Any, url: str) -> Weakness:
    """The same with what CVEDB says of it; every field may be missing there."""
    kev = shape.dig(answer, "kev")
    cvss = next(
        (each for name in ("cvss_v3", "cvss", "cvss_v2") if (each := _within(answer, 10, name)) is not None), known.cvss
    )
    return replace(
        known,
        cvss=cvss,
        epss=epss if (epss := _within(answer, 1, "epss")) is not None else known.epss,
        kev=kev if isinstance(kev, bool) else known.kev,
        ransomware=shape.text(answer, "ransomware_campaign")[:100] or known.ransomware,
        summary=shape.text(answer, "summary")[:400] or known.summary,
        scored_at=url,
    )


def _within(told: Any, most: float, name: str) -> float | None:
    value = shape.number(told, name)
    return value if value is not None and 0 <= value <= most else None
