"""The findings of one look-up: the judgement first, then what VirusTotal holds about a thing of its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.exposure.host import clean
from collectors.exposure.telling import weight
from collectors.reputation import files, hosts, pages
from collectors.reputation.verdict import Verdict
from core.language.noted import noted
from core.models import Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.doors.reply import Reply

MOST = 20
FIRST = ("first_submission_date", "first_seen_date")


def told(
    target: Target, attributes: Mapping[str, Any], verdict: Verdict, reply: Reply, now: datetime
) -> Iterator[Finding]:
    """Everything the object's own attributes say."""
    yield _judgement(target, attributes, verdict, reply, now)
    yield from READERS[target.kind](target, attributes, reply)


READERS: dict[Kind, Callable[[Target, Mapping[str, Any], Reply], Iterator[Finding]]] = {
    Kind.DOMAIN: hosts.domain,
    Kind.IP: hosts.address,
    Kind.URL: pages.page,
    Kind.HASH: files.file,
}


def _judgement(target: Target, attributes: Mapping[str, Any], verdict: Verdict, reply: Reply, now: datetime) -> Finding:
    kept = {name: value for name, value in _around(attributes).items() if value not in (None, "", [], {})}
    return reply.finding(
        Fact.REPUTATION,
        verdict.value,
        confidence=verdict.confidence,
        first_seen=next((when for name in FIRST if (when := shape.when(attributes, name))), None),
        last_seen=verdict.analysed,
        context=noted("The vendors that VirusTotal asks about {target}.", target=target.value),
        malicious=verdict.malicious,
        suspicious=verdict.suspicious,
        total=verdict.total,
        vendors=list(verdict.vendors),
        analysed=verdict.analysed,
        age_days=verdict.age_days(now),
        old=verdict.is_old(now),
        why=verdict.why(now),
        **kept | weight(verdict.severity),
    )


def _around(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What else others think of it."""
    return {
        "reputation": shape.whole(attributes, "reputation"),
        "votes_harmless": shape.whole(attributes, "total_votes", "harmless"),
        "votes_malicious": shape.whole(attributes, "total_votes", "malicious"),
        "categories": _texts(shape.mapping(attributes, "categories")),
        "tags": [clean(each, 60) for each in shape.texts(attributes, "tags")[:MOST]],
        "threat": clean(shape.text(attributes, "popular_threat_classification", "suggested_threat_label")),
        "threat_names": [clean(each, 80) for each in shape.texts(attributes, "threat_names")[:MOST]],
        "popularity": _ranks(shape.mapping(attributes, "popularity_ranks")),
        "reports": [
            {name: clean(shape.text(each, name)) for name in ("source", "title", "severity") if shape.text(each, name)}
            for each in shape.mappings(attributes, "crowdsourced_context")[:MOST]
        ],
        "jarm": clean(shape.text(attributes, "jarm"), 62),
        "favicon_md5": clean(shape.text(attributes, "favicon", "raw_md5"), 32),
        "favicon_dhash": clean(shape.text(attributes, "favicon", "dhash"), 32),
        **files.detections(attributes),
    }


def _texts(told: Mapping[str, Any]) -> dict[str, str]:
    pairs = ((clean(name, 60), clean(shape.text(value), 80)) for name, value in list(told.items())[:MOST])
    return {name: value for name, value in pairs if value}


def _ranks(told: Mapping[str, Any]) -> dict[str, int]:
    """The place of a domain on lists of the most visited."""
    ranks = ((clean(name, 60), shape.whole(value, "rank")) for name, value in list(told.items())[:MOST])
    return {name: rank for name, rank in ranks if rank is not None and rank > 0}
