"""DNSSEC: whether a zone's answers can be proven (RFC 9364), from its keys and the resolver's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dns.dnssec import allow_all_policy, key_id, make_ds
from dns.dnssectypes import DSDigest
from dns.name import from_text
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

from collectors.posture.check import Check, bad, fair, good
from core.language.noted import noted
from core.models import Severity

MOST_KEYS = 20  # key tags can be made to collide; trying every pair is what KeyTrap abused (CVE-2023-50387)
_NAMES = {
    1: "RSAMD5", 3: "DSA", 5: "RSASHA1", 6: "DSA-NSEC3-SHA1", 7: "RSASHA1-NSEC3-SHA1", 8: "RSASHA256",
    10: "RSASHA512", 12: "ECC-GOST", 13: "ECDSAP256SHA256", 14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448",
}  # fmt: skip
_OLD = frozenset({1, 3, 5, 6, 7, 12})  # RFC 8624, RFC 9905: not to be signed with any more
_DIGESTS = {1: "SHA-1", 2: "SHA-256", 3: "GOST", 4: "SHA-384"}


class State(StrEnum):
    """How far a zone's answers can be trusted."""

    SECURE = "secure"  # signed, and the resolver validated it
    SIGNED = "signed"  # keys match the parent's digest; the resolver did not say that it validated
    ISLAND = "island"  # keys, but the parent does not vouch for them
    BROKEN = "broken"  # the parent vouches for a key that is not there
    BOGUS = "bogus"  # the resolver refuses the answers because they do not verify
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was asked: the parent's digests, the zone's keys, and the resolver's AD bit."""

    zone: str
    digests: Sequence[DS]
    keys: Sequence[DNSKEY]
    validated: bool


def state(evidence: Evidence) -> State:
    """The state of a zone that the resolver answers for (bogus zones get no answer at all)."""
    if not evidence.digests:
        return State.ISLAND if evidence.keys else State.UNSIGNED
    if not any(_vouches(evidence.zone, ds, key) for ds in evidence.digests[:8] for key in evidence.keys[:MOST_KEYS]):
        return State.BROKEN
    return State.SECURE if evidence.validated else State.SIGNED


def _vouches(zone: str, ds: DS, key: DNSKEY) -> bool:
    """Whether a parent's digest is of this key; digests we cannot compute count when tag and algorithm agree."""
    if key_id(key) != ds.key_tag or key.algorithm != ds.algorithm:
        return False
    if int(ds.digest_type) not in (1, 2, 4):
        return True
    made = make_ds(from_text(zone), key, DSDigest(int(ds.digest_type)), policy=allow_all_policy)
    return bool(made.digest == ds.digest)


def grade(evidence: Evidence) -> Check:
    """Grade a zone that answers."""
    found = state(evidence)
    parts = _parts(evidence, found)
    if found is State.UNSIGNED:
        why = noted("Not signed: answers can be forged on the way.")
        return fair("DNSSEC", why, severity=Severity.INFO, parts=parts)
    if found is State.ISLAND:
        why = noted("Signed, but the parent zone does not vouch for the keys, so nobody checks.")
        return fair("DNSSEC", why, parts=parts)
    if found is State.BROKEN:
        why = noted("The parent zone vouches for a key that the zone does not have; careful resolvers cannot reach it.")
        return bad("DNSSEC", why, severity=Severity.HIGH, parts=parts)
    weak = _weakness(evidence)
    if weak:
        return fair("DNSSEC", weak, parts=parts)
    why = noted("Signed, and the keys match the parent zone.")
    if found is State.SECURE:
        why = noted("Signed, and the resolver verified the signatures.")
    return good("DNSSEC", why, parts=parts)


def _weakness(evidence: Evidence) -> str:
    old = next((int(key.algorithm) for key in evidence.keys if int(key.algorithm) in _OLD), None)
    if old is not None:
        return noted("Signed with {algorithm}, which is no longer considered safe.", algorithm=_NAMES[old])
    if all(int(ds.digest_type) == 1 for ds in evidence.digests):
        return noted("Signed, but the parent zone vouches with SHA-1 only.")
    return ""


def bogus(zone: str) -> Check:
    """The check for a zone whose answers come only when the resolver is told not to verify them."""
    why = noted("The signatures do not verify: careful resolvers refuse every answer, so many people cannot reach it.")
    return bad("DNSSEC", why, severity=Severity.HIGH, parts={"zone": zone, "state": State.BOGUS.value})


def _parts(evidence: Evidence, found: State) -> dict[str, object]:
    return {
        "zone": evidence.zone,
        "state": found.value,
        "validated": evidence.validated,
        "keys": [
            {
                "tag": key_id(key),
                "role": "key signing" if int(key.flags) & 1 else "zone signing",
                "algorithm": _NAMES.get(int(key.algorithm), str(int(key.algorithm))),
            }
            for key in evidence.keys[:MOST_KEYS]
        ],
        "digests": [
            {"tag": int(ds.key_tag), "type": _DIGESTS.get(int(ds.digest_type), str(int(ds.digest_type)))}
            for ds in evidence.digests[:8]
        ],
    }
