"""What of a finding is news when it differs, and what changes by itself: one table, by kind of finding.

Every attribute stands in one of the two: in MEANS, and then a difference is a change; or in NOISE, with the reason why
it never is. Of a kind that MEANS does not name, only coming and going is news. A test reads the collectors and fails on
an attribute that nobody decided on.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.models import Fact, Kind

_OF_PEOPLE = (
    *("display_name", "full_name", "other_names", "bio", "description", "job_title", "location", "pronouns", "born"),
    *("organisation", "organisations", "type", "links", "accounts", "verified_accounts", "standing", "email", "emails"),
    *("phones", "time_zone", "languages", "flags"),
)
_OF_HOLDERS = (
    *("registrar", "registrar_iana_id", "created", "expires", "statuses", "name_servers", "dnssec", "privacy"),
    *("abuse_email", "abuse_phone", "abuse_contact", "handle", "name", "holder", "parent", "allocation", "country"),
    *("network",),
)

MEANS: Mapping[str, frozenset[str]] = {
    Kind.ASN: frozenset({"name"}),
    Kind.CIDR: frozenset({"name", "holder", "network", "abuse_contact", "country"}),
    Kind.DOMAIN: frozenset({"preference", "port", "forward_confirmed", "issuers", "internal"}),
    Kind.EMAIL: frozenset({"expires", "disposable", "function", "free_provider", "standing"}),
    Kind.FILE: frozenset({"sha256", "detected", "declared", "warnings", "signature", "size"}),
    Kind.IP: frozenset({"tags", "os"}),
    Kind.PHONE: frozenset({"valid", "possible", "region", "type", "original_carrier", "portable"}),
    Kind.URL: frozenset({"title", "status", "server", "final_url", "standing"}),
    Fact.ACCOUNT: frozenset(_OF_PEOPLE),
    Fact.BREACH: frozenset({"exposed", "passwords", "verified", "fabricated", "retired", "mailboxes", "stealer_log"}),
    Fact.IDENTITY: frozenset({"standing", "group"}),
    Fact.KEY: frozenset({"revoked", "expires", "user_ids", "bits", "algorithm"}),
    Fact.ORGANISATION: frozenset({"verified", "standing", "handle"}),
    Fact.PERSON: frozenset({"standing", "handle"}),
    Fact.PORT: frozenset({"product", "version", "rule", "http.title", "http.server", "http.redirects_to"}),
    Fact.POSTURE: frozenset({"grade", "severity", "raw", "receives", "servers", "provider", "spf", "dmarc"}),
    Fact.RECORD: frozenset({"preference"}),
    Fact.REGISTRATION: frozenset(_OF_HOLDERS),
    Fact.REPUTATION: frozenset({"severity", "threat", "threat_names", "tags"}),
    Fact.VULNERABILITY: frozenset({"verified", "kev", "ransomware", "cvss"}),
    Fact.WILDCARD: frozenset({"issuers", "internal"}),
}

NOISE: Mapping[str, frozenset[str]] = {
    "how long it may be kept, and whether it rotates": frozenset({"ttl", "volatile", "serial"}),
    "ages, which grow by themselves": frozenset(
        (
            *("age_days", "days_to_expiry", "fresh", "expired", "old", "recent", "newly_added", "rank", "place"),
            *("valid_until", "seen", "issued", "intervals", "first_commit", "last_commit", "registered"),
        )
    ),
    "when somebody looked last": frozenset({"analysed", "updated", "modified", "scored_at", "checked_at", "added"}),
    "counters": frozenset(
        (
            *("certificates", "names_on_certificate", "shared_by", "name_count", "sites", "followers", "posts"),
            *("accounts", "addresses", "malicious", "suspicious", "total", "votes_harmless", "votes_malicious"),
            *("reputation", "popularity", "submitted", "submitters", "weaknesses", "commits", "repositories_count"),
            *("left_out", "length", "score", "epss", "unknown_kinds", "probes", "records", "outgoing_count"),
        )
    ),
    "sentences and judgements made of the rest": frozenset(
        (
            *("why", "headline", "about", "cautions", "caution", "summary", "parts", "conflicts", "remarks", "worst"),
            *("points", "evidence", "claims", "also", "hint_confidence", "covers_target", "left", "severity"),
        )
    ),
    "samples of longer lists, which turn up in another order or another choice": frozenset(
        (
            *("names", "targets", "vendors", "reports", "categories", "yara", "ids", "sigma", "sandboxes", "trid"),
            *("type_tags", "repositories", "commit_names", "linked_from", "neighbours", "ports", "banner", "cpes"),
            *("jarm", "favicon_md5", "favicon_dhash", "properties", "avatar", "photos", "redirects", "content_sha256"),
            *("outgoing_links", "content_type"),
        )
    ),
    "told by findings of their own": frozenset({"organisation", "owner", "vendor", "cpe", "http", "tls", "ssh"}),
    "how we came upon it": frozenset(
        (
            *("looked", "found_by", "control", "rule", "rule_source", "licence", "category", "how", "shown_by"),
            *("checked_by", "list", "sure", "module", "not_asked", "direct_only", "field", "account", "account_page"),
            *("checked", "guess", "where", "redacted", "registrar_url", "internal_word"),
        )
    ),
    "part of what it is: another would be another finding": frozenset(
        (
            *("role", "relation", "record", "check", "address", "file", "service", "name", "page", "url", "id"),
            *("handle", "source", "fingerprint", "key_id", "purpose", "algorithm", "transport", "subject", "issuer"),
            *("domain", "title", "breached", "posted", "before", "after", "on", "origin_hint", "behind", "port"),
            *("local", "domain_unicode", "canonical", "tag", "imphash"),
        )
    ),
}

GROWS = frozenset({"issuers", "user_ids"})
"""Lists of which only what is added is news: the rest falls out because a source shows the newest ones."""

STEMS: Mapping[str, tuple[str, ...]] = {
    Fact.REPUTATION: (),
    Fact.SOFTWARE: ("address",),
    Fact.KEY: ("address", "port"),
    Fact.CERTIFICATE: ("address", "role", "ports"),
    Fact.LOCATION: ("role", "address"),
    Fact.ORGANISATION: ("role",),
    Fact.PERSON: ("role",),
    Kind.ASN: ("role",),
}
"""Of what there is one at a time: where one went and one came with the same of these, it was replaced."""

COUNTED = frozenset({Fact.REPUTATION})
"""Whose value is itself a counter: it is news only when something that MEANS names differs."""

PASSING = {"Name servers": frozenset({"good", "fair"})}
"""Checks that waver: a server that was slow, a zone that was just being copied. These grades count as one."""

HISTORY = ("former ", "earlier ")
"""How roles begin of what was there before: it tells of the past, and neither comes nor goes."""

WINDOWS: Mapping[str, frozenset[str]] = {
    "virustotal": frozenset(
        (
            *("communicates with it", "resolved", "names it", "URL there", "downloaded from it", "contacted"),
            *("subdomain", "sibling", "leads to it", "started it", "dropped", "contained", "offered at"),
        )
    ),
}
"""Roles of which a collector gets the newest few alone: what is not among them any more is not gone."""

LASTING = frozenset({Fact.CHANGE, Fact.PASTE})
"""Kinds that happened once and stay true: a source that stops telling of them unsays nothing."""

SOURCES: Mapping[str, frozenset[str]] = {
    "crtsh": frozenset({"crt.sh", "Cert Spotter"}),
    "shodan": frozenset({"Shodan", "InternetDB (Shodan)"}),
}
"""Where one source stands in for another that knows more: answers of two of them are not compared."""


def reason(attribute: str) -> str:
    """Why a difference in this attribute is noise; "" when nobody decided so."""
    return next((why for why, names in NOISE.items() if attribute in names), "")


def means(kind: str) -> frozenset[str]:
    """The attributes of a finding of this kind in which a difference is news."""
    return MEANS.get(kind, frozenset())
