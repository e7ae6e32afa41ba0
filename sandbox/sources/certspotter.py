"""Cert Spotter's issuances: unexpired certificates only, in pages, fields on request.

Shapes from SSLMate's CT Search API v1 reference; errors are `{"code", "message"}`.
"""

from __future__ import annotations

from sandbox.sources.page import Ask, Page, Site, as_json
from sandbox.sources.world.certificates import Certificate
from sandbox.sources.world.whole import World

PAGE_LENGTH = 10
FIRST_ID = 9_876_540_000


def _about(ask: Ask) -> str:
    return ask.first("domain").lower()


def _answer(world: World, ask: Ask) -> Page:
    if ask.path != "/v1/issuances":
        return _error(404, "not_found", "There is no such endpoint.")
    domain = _about(ask)
    if not domain:
        return _error(400, "missing_parameter", "The domain parameter is required.")
    if "." not in domain:
        return _error(400, "invalid_domain", f"{domain} is not a registrable domain or below one.")
    after = ask.first("after") or "0"
    if not after.isdigit():
        return _error(400, "invalid_parameter", "The after parameter is not an id.")
    issuances = [
        _issuance(number, certificate, ask.parameters.get("expand", ()))
        for number, certificate in enumerate(world.certificates, FIRST_ID)
        if number > int(after) and certificate.not_after > world.now and _covers(certificate, domain, ask)
    ]
    return as_json(issuances[:PAGE_LENGTH])


def _error(status: int, code: str, message: str) -> Page:
    return as_json({"code": code, "message": message}, status=status)


def _covers(certificate: Certificate, domain: str, ask: Ask) -> bool:
    below = ask.first("include_subdomains") == "true"
    wildcards = ask.first("match_wildcards") == "true"
    parent = domain.partition(".")[2]
    names = {name.lower() for name in certificate.names if "@" not in name}
    return (
        domain in names
        or (below and any(name.endswith(f".{domain}") for name in names))
        or (wildcards and f"*.{parent}" in names)
    )


def _issuance(number: int, certificate: Certificate, expand: object) -> dict[str, object]:
    wanted = set(expand) if isinstance(expand, list | tuple) else set()
    issuance: dict[str, object] = {
        "id": str(number),
        "tbs_sha256": certificate.digest("tbs"),
        "cert_sha256": certificate.digest("cert"),
        "dns_names": sorted({name.lower() for name in certificate.names if "@" not in name}),
        "pubkey_sha256": certificate.digest("key"),
        "issuer": {
            "name": certificate.issuer.name,
            "friendly_name": certificate.issuer.friendly_name,
            "pubkey_sha256": f"{certificate.issuer.id:064x}",
        },
        "not_before": f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ}",
        "not_after": f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "revoked": False,
    }
    return {key: value for key, value in issuance.items() if key not in ("dns_names", "issuer") or key in wanted}


SITES = {"api.certspotter.com": Site(about=_about, answer=_answer)}
