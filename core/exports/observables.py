"""Findings as STIX 2.1 sees them: cyber-observable objects, and the few domain objects that say who and what.

https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html, chapters 4 and 6. What has no object there (a phone
number, a DNS record, a check) stays a note on its target.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid5

import stix2

from core.blocks.facts import word
from core.models import Fact, Finding, Kind

SPACE = UUID("6f1d8f0e-2f4b-5f0a-9a53-3b7c0f6f1e21")  # ours, for ids of what has none by its own rules
HASHES = {32: "MD5", 40: "SHA-1", 64: "SHA-256", 128: "SHA-512"}
Common = Mapping[str, Any]  # what every object carries: its marking


def id_of(kind: str, *words: object) -> str:
    """The same for the same words, so that what is exported twice is one object."""
    return f"{kind}--{uuid5(SPACE, '|'.join(map(str, words)))}"


def observable(kind: Kind | Fact, value: str, common: Common, attributes: Mapping[str, Any] | None = None) -> Any:
    """The object for this; None when STIX has none."""
    make = MAKERS.get(kind)
    return make(value, common, attributes or {}) if make is not None and value else None


def subject(finding: Finding, common: Common, made: Common) -> Any:
    """The same, with domain objects for people, organisations and weaknesses; `made` says by whom and when."""
    kind, value = finding.kind, finding.value
    if kind in (Fact.PERSON, Kind.NAME) and value:
        return stix2.Identity(id=id_of("identity", kind, value), name=value, identity_class="individual", **made)
    if kind is Fact.ORGANISATION and value:
        return stix2.Identity(id=id_of("identity", kind, value), name=value, identity_class="organization", **made)
    if kind is Fact.VULNERABILITY and value:
        known = re.fullmatch(r"CVE-\d{4}-\d{4,}", value)
        reference = [{"source_name": "cve", "external_id": value}] if known else []
        return stix2.Vulnerability(
            id=id_of("vulnerability", value), name=value, external_references=reference or None, **made
        )
    return observable(kind, value, common, finding.attributes)


def pattern(thing: Any) -> str:
    """The STIX pattern that an observable matches; empty when there is none."""
    named = {"domain-name": "value", "url": "value", "ipv4-addr": "value", "ipv6-addr": "value"}
    if thing is None:
        return ""
    if thing.type in named:
        return f"[{thing.type}:value = '{_quoted(thing.value)}']"
    if thing.type == "file" and thing.get("hashes"):
        name, text = next(iter(thing.hashes.items()))
        return f"[file:hashes.'{name}' = '{_quoted(text)}']"
    return ""


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _address(value: str, common: Common, _attributes: Mapping[str, Any]) -> Any:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return None
    make = stix2.IPv4Address if network.version == 4 else stix2.IPv6Address
    return make(value=value, **common)


def _number(value: str, common: Common, attributes: Mapping[str, Any]) -> Any:
    digits = value.upper().removeprefix("AS")
    if not (digits.isascii() and digits.isdigit()):
        return None
    name = attributes.get("name")
    return stix2.AutonomousSystem(number=int(digits), **({"name": name} if isinstance(name, str) else {}), **common)


def _hash(value: str, common: Common, _attributes: Mapping[str, Any]) -> Any:
    name = HASHES.get(len(value))
    if name is None or not re.fullmatch(r"[0-9A-Fa-f]+", value):
        return None
    return stix2.File(hashes={name: value.lower()}, **common)


def _file(value: str, common: Common, attributes: Mapping[str, Any]) -> Any:
    digest, name = attributes.get("sha256"), attributes.get("name")
    hashes = {"SHA-256": digest} if isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest) else None
    return stix2.File(name=name if isinstance(name, str) and name else value, hashes=hashes, **common)


def _account(value: str, common: Common, _attributes: Mapping[str, Any]) -> Any:
    service, colon, name = value.partition(": ")
    login = name if colon else value
    shown = {"display_name": f"{login} ({service})"} if colon else {}
    return stix2.UserAccount(account_login=login, user_id=value, **shown, **common)


def _certificate(value: str, common: Common, attributes: Mapping[str, Any]) -> Any:
    told: dict[str, Any] = {}
    given_as = {
        "serial_number": ("serial", "serial_number"),
        "issuer": ("issuer",),
        "subject": ("subject", "common_name"),
    }
    for name, names in given_as.items():
        said = next((attributes[each] for each in names if isinstance(attributes.get(each), str)), "")
        if said:
            told[name] = said
    for name, given in (("validity_not_before", "not_before"), ("validity_not_after", "not_after")):
        if when := _moment(attributes.get(given)):
            told[name] = when
    digest = attributes.get("sha256")
    if isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest):
        told["hashes"] = {"SHA-256": digest}
    return stix2.X509Certificate(**(told or {"subject": value}), **common)


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
NAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(?:\.{LABEL})*")  # RFC 1034 3.5; _dmarc and *.example.com are none
ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{LABEL}(?:\.{LABEL})+")
LINK = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.IGNORECASE)  # RFC 3986 2.2
ANY = re.compile(r".+", re.DOTALL)


def _plain(
    make: Callable[..., Any], field: str, form: re.Pattern[str]
) -> Callable[[str, Common, Mapping[str, Any]], Any]:
    """An object whose value must have a form; what has another stays a note."""
    return lambda value, common, _attributes: make(**{field: value}, **common) if form.fullmatch(value) else None


MAKERS: Mapping[Kind | Fact, Callable[[str, Common, Mapping[str, Any]], Any]] = {
    Kind.DOMAIN: _plain(stix2.DomainName, "value", NAME),
    Kind.URL: _plain(stix2.URL, "value", LINK),
    Kind.EMAIL: _plain(stix2.EmailAddress, "value", ADDRESS),
    Kind.IP: _address,
    Kind.CIDR: _address,
    Kind.ASN: _number,
    Kind.HASH: _hash,
    Kind.FILE: _file,
    Kind.USERNAME: _account,
    Fact.ACCOUNT: _account,
    Fact.CERTIFICATE: _certificate,
    Fact.SOFTWARE: _plain(stix2.Software, "name", ANY),
}


def summary(finding: Finding) -> str:
    """What a finding is, in one line of plain text."""
    role = word(finding, "relation", "role")
    return f"{finding.kind}: {finding.value}" + (f" ({role})" if role else "")
