"""Directories of keys and registers of names: keys.openpgp.org, a HKP server, a Web Key Directory, Wikidata, ORCID.

Shapes from the hagrid API page, draft-ietf-openpgp-hkp, draft-koch-openpgp-webkey-service, mediawiki.org (API) and
ORCID's expanded search.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import quote, unquote

from sandbox.sources.identity_answers import HOSTILE_MAIL, github, gravatar
from sandbox.sources.page import Ask, Page, Site, as_json
from sandbox.sources.world import hostile, openpgp
from sandbox.sources.world.people import ADA, ADALBERT
from sandbox.sources.world.whole import World

ZBASE32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"ybndrfg8ejkmcpqxot1uwisza345h769")
HUMAN, NOVEL_FIGURE = "Q5", "Q15632617"
ADA_ORCID = "0000-0002-1825-0097"  # the number that ORCID's own documents use for an invented person
OTHER_ORCID = "0000-0001-5109-3700"


def _last(ask: Ask) -> str:
    return unquote(ask.path.rpartition("/")[2])


def _searched(ask: Ask) -> str:
    return ask.first("search") or ask.first("ids") or ask.first("q")


def _text(text: str, status: int = 200, content_type: str = "text/plain") -> Page:
    return Page(text.encode(), content_type=content_type, status=status)


def _checked(_world: World, ask: Ask) -> Page:
    """keys.openpgp.org shows an address only after its holder confirmed it."""
    mail = _last(ask)
    if not ask.path.startswith("/vks/v1/by-email/"):
        return _text("Not found", 404)
    if "@" not in mail:
        return _text("Malformed email address", 400)
    if mail in ADA.emails:
        return _text(openpgp.ADA, content_type="application/pgp-keys")
    if mail == HOSTILE_MAIL:
        return _text("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n%%%\n-----END PGP PUBLIC KEY BLOCK-----\n")
    return _text(f"No key found for email address {mail}", 404)


def _unchecked(_world: World, ask: Ask) -> Page:
    """A HKP server takes any key from anybody: Ada's is there, and one that somebody else made in her name."""
    if ask.first("op") != "index" or ask.first("options") != "mr":
        return _text("Not Implemented", 501)
    mail = ask.first("search")
    ada = _listed(openpgp.ADA_FINGERPRINT, 1614600000, 1929960000, [f"{ADA.name} <{each}>" for each in ADA.emails])
    rumour = _listed(openpgp.ADALBERT_FINGERPRINT, 1685620800, 1748692800, [f"{ADALBERT.name} <{ADA.emails[0]}>"])
    found = {ADA.emails[0]: [ada, rumour], ADA.emails[1]: [ada]}.get(mail, [])
    if mail == HOSTILE_MAIL:
        names = [*(f"{each} <{HOSTILE_MAIL}>" for each in hostile.ALL), hostile.flood()[:50_000]]
        found = [_listed("0" * 40, 1, 0, names), "pub:<!channel>:1:1:1::", "uid", "pub"]
    return _text("\n".join([f"info:1:{len(found)}", *found, ""])) if found else _text("Not Found", 404)


def _listed(fingerprint: str, created: int, expires: int, names: list[str]) -> str:
    lines = [f"pub:{fingerprint}:22:256:{created}:{expires or ''}:"]
    return "\n".join([*lines, *(f"uid:{quote(name)}:{created}::" for name in names)])


def _directory(_world: World, ask: Ask) -> Page:
    """The Web Key Directory of example.com (advanced method)."""
    digest = hashlib.sha1(b"ada", usedforsecurity=False).digest()
    name = base64.b32encode(digest).translate(ZBASE32).decode()
    if ask.path == f"/.well-known/openpgpkey/example.com/hu/{name}" and ask.first("l") == "ada":
        return Page(openpgp.binary(openpgp.ADA), content_type="application/octet-stream")
    return _text("Not Found", 404)


def _wikidata(_world: World, ask: Ask) -> Page:
    if ask.first("format") != "json":
        return Page(b"<!doctype html><p>This is the HTML representation of the JSON format.</p>")
    if not ask.headers.get("user-agent"):
        return _text("Please set a user-agent and respect our robot policy.", 403)
    if ask.first("action") == "wbsearchentities":
        return as_json(
            {"searchinfo": {"search": ask.first("search")}, "search": _hits(ask.first("search")), "success": 1}
        )
    if ask.first("action") == "wbgetentities":
        ids = ask.first("ids").split("|")
        return as_json({"entities": {each: _entity(each) for each in ids}, "success": 1})
    return as_json({"error": {"code": "badvalue", "info": 'Unrecognized value for parameter "action".'}})


def _hits(name: str) -> list[Mapping[str, object]]:
    if name == ADA.name:
        return [
            _hit("Q900000001", name, "engineer and maker of maps (DEMO)"),
            _hit("Q900000002", name, "figure in a novel"),
        ]
    if name == "Hostile Example":
        return [_hit("Q900000003", "Hostile Example", " ".join(hostile.ALL)), _hit("<!channel>", hostile.LINK, "")]
    return []


def _hit(item: str, label: str, about: str) -> Mapping[str, object]:
    return {
        "id": item,
        "title": item,
        "concepturi": f"http://www.wikidata.org/entity/{item}",
        "url": f"//www.wikidata.org/wiki/{item}",
        "label": label,
        "description": about,
        "match": {"type": "label", "language": "en", "text": label},
    }


def _entity(item: str) -> Mapping[str, object]:
    claims = {
        "Q900000001": {
            "P31": [_of({"entity-type": "item", "id": HUMAN})],
            "P569": [_of({"time": "+1985-12-10T00:00:00Z", "precision": 11})],
            "P856": [_of(ADA.homes[0])],
            "P2037": [_of("ada-example")],
            "P496": [_of(ADA_ORCID)],
        },
        "Q900000002": {"P31": [_of({"entity-type": "item", "id": NOVEL_FIGURE})]},
        "Q900000003": {
            "P856": [_of("javascript:alert(1)")],
            "P2037": [_of("../../admin")],
            "P4033": [_of("a@127.0.0.1")],
        },
    }.get(item)
    return (
        {"id": item, "missing": ""} if claims is None else {"type": "item", "id": item, "labels": {}, "claims": claims}
    )


def _of(value: object) -> Mapping[str, object]:
    return {"mainsnak": {"snaktype": "value", "datavalue": {"value": value}}, "type": "statement", "rank": "normal"}


def _orcid(_world: World, ask: Ask) -> Page:
    if ask.headers.get("accept") != "application/json":
        return Page(b'<search:search num-found="0"/>', content_type="application/xml")
    fields = [each.partition(":")[::2] for each in ask.first("q").split(" AND ")]
    if any(field != "given-and-family-names" for field, _ in fields):
        return _text("undefined field", 500)
    name = " ".join(word for _, word in fields)
    rows: list[Mapping[str, object]] = []
    if name == ADA.name.lower():
        rows = [
            _researcher(ADA_ORCID, "Ada", "Example", [ADA.organisation], []),
            _researcher(OTHER_ORCID, "Ada", "Example", ["University of Sampleville"], ["a.example@example.org"]),
        ]
    elif name == "hostile example":
        rows = [_researcher("0000-0000-0000-0001", "Hostile", "Example", list(hostile.ALL), ["<@U0ADA>@evil.test"])]
    return as_json({"expanded-result": rows or None, "num-found": len(rows)})


def _researcher(number: str, given: str, family: str, bodies: list[str], mails: list[str]) -> Mapping[str, object]:
    return {
        "orcid-id": number,
        "given-names": given,
        "family-names": family,
        "credit-name": None,
        "other-name": [],
        "email": mails,
        "institution-name": bodies,
    }


SITES = {
    "keys.openpgp.org": Site(about=_last, answer=_checked),
    "keyserver.ubuntu.com": Site(about=_searched, answer=_unchecked),
    "openpgpkey.example.com": Site(about=lambda ask: ask.first("l"), answer=_directory),
    "www.wikidata.org": Site(about=_searched, answer=_wikidata),
    "pub.orcid.org": Site(about=_searched, answer=_orcid),
    "api.github.com": Site(about=lambda ask: ask.first("q") or _last(ask), answer=github),
    "api.gravatar.com": Site(about=_last, answer=gravatar),
}
