"""What a target is connected with: which relations there are, what each is worth, and how its objects are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.exposure.host import clean, digits
from collectors.exposure.telling import weight
from collectors.names import is_host, link_in
from collectors.reputation.certificates import certificate
from collectors.reputation.verdict import Verdict, verdict
from core.addresses import canonical
from core.language import N_
from core.language.noted import noted
from core.models import Fact, Finding, Kind, Severity, Target

if TYPE_CHECKING:
    from collectors.doors.reply import Reply

MOST = 200  # objects of one relation
LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of connection; those of a kind of target are listed by what they are worth."""

    name: str  # VirusTotal's
    role: str  # in findings
    about: str  # of each object, in a sentence
    plain: bool = True  # every key may ask for it
    detailed: bool = True  # its objects say more than their ids do


FILES_THAT_TALK = Relation(
    "communicating_files", "communicates with it", N_("A file that talked to it when it was run.")
)
RESOLUTIONS = Relation("resolutions", "resolved", N_("Passive DNS: seen at the date given."))
REFERRERS = Relation("referrer_files", "names it", N_("A file whose text names it."))
CERTIFICATES = Relation("historical_ssl_certificates", "earlier certificate", N_("A certificate it showed before."))
URLS = Relation("urls", "URL there", N_("A URL there that somebody had looked at."), plain=False)
DOWNLOADED = Relation("downloaded_files", "downloaded from it", N_("A file that was downloaded from it."), plain=False)
CONTACTED_DOMAINS = Relation("contacted_domains", "contacted", N_("It contacted this when it was run."))
CONTACTED_IPS = Relation("contacted_ips", "contacted", N_("It contacted this when it was run."))

OF: dict[Kind, tuple[Relation, ...]] = {
    Kind.DOMAIN: (
        FILES_THAT_TALK,
        RESOLUTIONS,
        Relation("subdomains", "subdomain", N_("A name below it."), detailed=False),
        Relation("siblings", "sibling", N_("A name beside it, below the same domain."), detailed=False),
        REFERRERS,
        CERTIFICATES,
        URLS,
        DOWNLOADED,
    ),
    Kind.IP: (RESOLUTIONS, FILES_THAT_TALK, REFERRERS, CERTIFICATES, URLS, DOWNLOADED),
    Kind.URL: (
        Relation("last_serving_ip_address", "served from", N_("The address that gave the page last."), detailed=False),
        Relation("network_location", "host", N_("The host in the URL."), detailed=False),
        Relation("contacted_domains", "contacted", N_("The page contacted it."), plain=False),
        Relation("contacted_ips", "contacted", N_("The page contacted it."), plain=False),
        DOWNLOADED,
        Relation("redirecting_urls", "leads to it", N_("A URL that leads to it."), plain=False),
    ),
    Kind.HASH: (
        CONTACTED_DOMAINS,
        CONTACTED_IPS,
        Relation("execution_parents", "started it", N_("A file that started it.")),
        Relation("dropped_files", "dropped", N_("A file that it wrote when it was run.")),
        Relation("bundled_files", "contained", N_("A file in it.")),
        Relation("contacted_urls", "contacted", N_("It contacted this when it was run.")),
        Relation("itw_urls", "offered at", N_("A URL where it was found."), plain=False),
    ),
}


FLAGGED = {
    "file": N_("{n} of {total} vendors flag this file."),
    "name": N_("{n} of {total} vendors flag this name."),
    "address": N_("{n} of {total} vendors flag this address."),
    "URL": N_("{n} of {total} vendors flag this URL."),
}
SPELLED = {
    "communicating_files": N_("communicating files"),
    "resolutions": "resolutions",
    "referrer_files": N_("referrer files"),
    "historical_ssl_certificates": N_("historical ssl certificates"),
    "urls": "urls",
    "downloaded_files": N_("downloaded files"),
    "contacted_domains": N_("contacted domains"),
    "contacted_ips": N_("contacted ips"),
    "contacted_urls": N_("contacted urls"),
    "subdomains": "subdomains",
    "siblings": "siblings",
    "last_serving_ip_address": N_("last serving ip address"),
    "network_location": N_("network location"),
    "redirecting_urls": N_("redirecting urls"),
    "execution_parents": N_("execution parents"),
    "dropped_files": N_("dropped files"),
    "bundled_files": N_("bundled files"),
    "itw_urls": N_("itw urls"),
}
"""Each relation as it stands in a sentence. Single words stay VirusTotal's: they might be somebody's name elsewhere."""


@dataclass(frozen=True, slots=True)
class Linked:
    """An object at the other end of a relation, and what vendors say of it."""

    relation: Relation
    target: Target
    object: Mapping[str, Any]
    judged: Verdict
    reply: Reply

    @property
    def told(self) -> Mapping[str, Any]:
        return shape.mapping(self.object, "attributes")

    def finding(self, kind: Kind | Fact, value: str, **more: Any) -> Finding:
        return self.reply.finding(kind, value, context=self.relation.about, role=self.relation.role, **more)


def named(answer: Any) -> dict[str, list[Mapping[str, Any]]] | None:
    """The ids that the object's own answer gives for its relations; None when it gives no relations at all."""
    told = shape.dig(answer, "data", "relationships")
    if not isinstance(told, dict):
        return None
    return {name: shape.mappings(each, "data") for name, each in told.items()}


def findings(relation: Relation, target: Target, objects: list[Mapping[str, Any]], reply: Reply) -> Iterator[Finding]:
    """One finding for each object, those that vendors flag first."""
    linked = [Linked(relation, target, each, _verdict(each), reply) for each in objects[:MOST]]
    seen: set[str] = set()
    for one in sorted(linked, key=lambda each: -each.judged.malicious):
        reader = READERS.get(shape.text(one.object, "type"))
        for finding in reader(one) if reader else ():
            if finding.value not in seen:
                seen.add(finding.value)
                yield finding


def _verdict(each: Mapping[str, Any]) -> Verdict:
    return verdict(shape.mapping(each, "attributes"), "data.attributes")


def _judged(judged: Verdict, what: str) -> dict[str, Any]:
    """What vendors say of a connected thing. It is a hint and no more: malware talks to harmless sites too."""
    if judged.total == 0:
        return {}
    said: dict[str, Any] = {"malicious": judged.malicious, "suspicious": judged.suspicious, "total": judged.total}
    if judged.malicious > 1:
        why = (noted(FLAGGED[what], n=judged.malicious, total=judged.total), noted("The connection alone says little."))
        said |= {"why": " ".join(why), **weight(Severity.LOW)}
    return said


def _file(one: Linked) -> Iterator[Finding]:
    sha256 = digits(shape.text(one.object, "id"), 64) or digits(shape.text(one.told, "sha256"), 64)
    about = {
        "name": clean(shape.text(one.told, "meaningful_name"), 120),
        "type": clean(shape.text(one.told, "type_description"), 60),
        "threat": clean(shape.text(one.told, "popular_threat_classification", "suggested_threat_label"), 80),
    }
    if sha256:
        yield one.finding(
            Kind.HASH,
            sha256,
            first_seen=shape.when(one.told, "first_submission_date"),
            last_seen=shape.when(one.told, "last_analysis_date"),
            **_judged(one.judged, "file") | {name: value for name, value in about.items() if value},
        )


def _domain(one: Linked) -> Iterator[Finding]:
    name = shape.text(one.object, "id").strip().lower().rstrip(".")
    if is_host(name.removeprefix("*.")):
        kind = Fact.WILDCARD if name.startswith("*.") else Kind.DOMAIN
        yield one.finding(kind, name, **_judged(one.judged, "name"))


def _address(one: Linked) -> Iterator[Finding]:
    found = canonical(shape.text(one.object, "id").strip())
    owner = clean(shape.text(one.told, "as_owner"), 80)
    if found is not None:
        yield one.finding(Kind.IP, str(found), **_judged(one.judged, "address") | ({"owner": owner} if owner else {}))


def _url(one: Linked) -> Iterator[Finding]:
    link = shape.text(one.told, "url") or shape.text(one.object, "context_attributes", "url")
    shown = link_in(link) if len(link) <= LONGEST_URL else ""
    if shown:
        seen = shape.when(one.told, "last_analysis_date")
        yield one.finding(Kind.URL, shown, last_seen=seen, **_judged(one.judged, "URL"))


def _resolution(one: Linked) -> Iterator[Finding]:
    """Passive DNS. Its id is the address and the name, one after the other."""
    pair, asked = shape.text(one.object, "id").strip().lower(), one.target.value
    if one.target.kind is Kind.DOMAIN:
        other, rest, kind, what = "ip_address", pair.removesuffix(asked), Kind.IP, "address"
    else:
        other, rest, kind, what = "host_name", pair.removeprefix(asked), Kind.DOMAIN, "name"
    value = (shape.text(one.told, other) or (rest if rest != pair else "")).strip().lower().rstrip(".")
    address = canonical(value)
    shown = str(address or "") if kind is Kind.IP else value if is_host(value) else ""
    if shown:
        judged = verdict({"last_analysis_stats": one.told.get(f"{other}_last_analysis_stats")}, "data.attributes")
        yield one.finding(kind, shown, last_seen=shape.when(one.told, "date"), **_judged(judged, what))


def _certificate(one: Linked) -> Iterator[Finding]:
    sha256 = digits(shape.text(one.told, "thumbprint_sha256"), 64) or digits(shape.text(one.object, "id"), 64)
    yield from certificate({**one.told, "thumbprint_sha256": sha256}, one.reply, role=one.relation.role)


READERS: dict[str, Callable[[Linked], Iterator[Finding]]] = {
    "file": _file,
    "domain": _domain,
    "ip_address": _address,
    "url": _url,
    "resolution": _resolution,
    "ssl_cert": _certificate,
}
