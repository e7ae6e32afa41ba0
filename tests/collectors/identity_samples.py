"""Canned answers of the sources that know people, about invented ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from core.models import Fact, Finding, Kind, Target
from tests.collectors.canned import Canned, World
from tests.collectors.openpgp_samples import ADA, ADA_FINGERPRINT, ADALBERT_FINGERPRINT

MAIL = "ada@example.com"
EMAIL = Target(Kind.EMAIL, MAIL)
USER = Target(Kind.USERNAME, "ada-example")
NAME = Target(Kind.NAME, "Ada Example")
DIGEST = hashlib.sha256(MAIL.encode()).hexdigest()

GRAVATAR, GITHUB = "api.gravatar.com", "api.github.com"
VKS, HKP = ("keys.openpgp.org", "/vks/v1/by-email/ada@example.com"), ("keyserver.ubuntu.com", "/pks/lookup")
BY_MAIL, BY_SLUG = (GRAVATAR, f"/v3/profiles/{DIGEST}"), (GRAVATAR, "/v3/profiles/ada-example")
COMMITS, ACCOUNT = (GITHUB, "/search/commits"), (GITHUB, "/users/ada-example")
SSH, GPG = (GITHUB, "/users/ada-example/keys"), (GITHUB, "/users/ada-example/gpg_keys")
WIKIDATA, ORCID = ("www.wikidata.org", "/w/api.php"), ("pub.orcid.org", "/v3.0/expanded-search/")

FINGER = ("example.com", "/.well-known/webfinger")
JRD = {
    "subject": f"acct:{MAIL}",
    "links": [{"rel": "http://webfinger.net/rel/profile-page", "href": "https://social.example.com/@ada"}],
}
UNKNOWN = Canned(status=404, json={"error": "Profile not found"})
NO_USER = Canned(status=404, json={"message": "Not Found", "status": "404"})
NO_KEY = Canned(status=404, text="No key found for email address ada@example.com")
NO_COMMITS = Canned(json={"total_count": 0, "incomplete_results": False, "items": []})
KEY = Canned(text=ADA, content_type="application/pgp-keys")


def profile(**changed: Any) -> dict[str, Any]:
    """A Gravatar profile (docs.gravatar.com, v3, without a key)."""
    return {
        "hash": DIGEST,
        "display_name": "Ada Example",
        "profile_url": "https://gravatar.com/ada-example",
        "avatar_url": f"https://0.gravatar.com/avatar/{DIGEST}",
        "location": "Exampletown",
        "description": "Bread, maps, old radios.",
        "job_title": "Engineer",
        "company": "Example Corp",
        "verified_accounts": [
            {"service_type": "github", "service_label": "GitHub", "url": "https://github.com/ada-example"}
        ],
        **changed,
    }


def user(**changed: Any) -> dict[str, Any]:
    """A GitHub account (docs.github.com, REST, users)."""
    return {
        "login": "ada-example",
        "id": 1000001,
        "type": "User",
        "name": "Ada Example",
        "company": "@example-corp",
        "blog": "https://kontor.example",
        "location": "Exampletown",
        "email": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": 3,
        "followers": 10,
        "created_at": "2019-01-01T00:00:00Z",
        **changed,
    }


def commit(login: str | None = "ada-example", *, name: str = "Ada Example", mail: str = MAIL) -> dict[str, Any]:
    """One hit of GitHub's search for commits."""
    return {
        "sha": "0" * 40,
        "commit": {"author": {"name": name, "email": mail, "date": "2026-11-01T09:00:00.000+01:00"}},
        "author": {"login": login} if login else None,
        "repository": {"full_name": "example-corp/maps"},
    }


def commits(*hits: Mapping[str, Any], **changed: Any) -> Canned:
    return Canned(json={"total_count": len(hits), "incomplete_results": False, "items": list(hits), **changed})


def uploaded(*, verified: bool = True) -> dict[str, Any]:
    """One OpenPGP key of a GitHub account."""
    return {"id": 1, "key_id": ADA_FINGERPRINT[-16:], "emails": [{"email": MAIL, "verified": verified}], "raw_key": ADA}


def index(*names: str, fingerprint: str = ADALBERT_FINGERPRINT, flags: str = "") -> Canned:
    """A HKP server's machine-readable index with one key."""
    uids = "".join(f"uid:{name}:1685620800::\n" for name in names)
    return Canned(text=f"info:1:1\npub:{fingerprint}:22:256:1685620800:1748692800:{flags}\n{uids}")


def hit(item: str = "Q900000001", label: str = "Ada Example", **changed: Any) -> dict[str, Any]:
    """One hit of Wikidata's search."""
    return {"id": item, "label": label, "description": "engineer", "match": {"type": "label", "text": label}, **changed}


def statement(value: Any) -> dict[str, Any]:
    return {"mainsnak": {"snaktype": "value", "datavalue": {"value": value}}}


def entity(item: str = "Q900000001", **claims: Any) -> dict[str, Any]:
    """Wikidata's entries by id, as wbgetentities gives them."""
    given = {name: [statement(value)] for name, value in claims.items()}
    return {"entities": {item: {"id": item, "claims": {"P31": [statement({"id": "Q5"})], **given}}}, "success": 1}


def researcher(number: str = "0000-0002-1825-0097", **changed: Any) -> dict[str, Any]:
    """One row of ORCID's expanded search."""
    return {
        "orcid-id": number,
        "given-names": "Ada",
        "family-names": "Example",
        "credit-name": None,
        "other-name": [],
        "email": [],
        "institution-name": ["Example Corp"],
        **changed,
    }


def researchers(*rows: Mapping[str, Any]) -> Canned:
    return Canned(json={"expanded-result": list(rows) or None, "num-found": len(rows)})


def nobody(world: World) -> None:
    """No source knows the address, the name or the handle; its domain has two mail servers."""
    world.dns.add("example.com", "MX", "10 mx1.example.net.")
    world.dns.add("example.com", "TXT", '"v=spf1 -all"')
    world.dns.add("_dmarc.example.com", "TXT", '"v=DMARC1; p=reject"')
    for place, reply in (
        (BY_MAIL, UNKNOWN), (BY_SLUG, UNKNOWN), (VKS, NO_KEY), (HKP, Canned(status=404, text="Not Found")),
        (COMMITS, NO_COMMITS), (ACCOUNT, NO_USER), (SSH, Canned(json=[])), (GPG, Canned(json=[])),
        (WIKIDATA, Canned(json={"search": [], "success": 1})), (ORCID, researchers()),
    ):  # fmt: skip
        world.http.on(*place, reply)


def identities(findings: list[Finding]) -> list[tuple[str, list[str]]]:
    """Each identity's group and the values of its claims."""
    told = [each for each in findings if each.kind is Fact.IDENTITY]
    return [(each.attributes["group"], sorted(claim["value"] for claim in each.attributes["claims"])) for each in told]


def only(findings: list[Finding], kind: str, value: str = "") -> Finding:
    """The one finding of this kind, or the one with this value."""
    (found,) = [each for each in findings if each.kind == kind and value in ("", each.value)]
    return found
