"""RDAP's servers (RFC 7480, 9082): registries of names and numbers, a registrar, and IANA's lists of them."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.sources import rdap_objects
from sandbox.sources.page import Ask, Page, Site, as_json
from sandbox.sources.rdap_objects import MEDIA_TYPE
from sandbox.sources.world.hostile import flood
from sandbox.sources.world.networks import APNIC, ARIN, AUTNUMS, RIPE, Registry, network_of
from sandbox.sources.world.parties import CHEAP_REGISTRAR, REGISTRAR
from sandbox.sources.world.whole import World

CORS = {"Access-Control-Allow-Origin": "*"}


def _about(ask: Ask) -> str:
    """The last words of the path: a name, an address with its length, a number as AS64496."""
    kind, _, asked = _words(ask)
    if kind == "autnum":
        return f"as{asked}"
    return asked.lower()


def _words(ask: Ask) -> tuple[str, str, str]:
    for kind in ("domain", "ip", "autnum", "entity", "nameserver", "help"):
        before, slash, asked = ask.path.partition(f"/{kind}")
        if slash and (not asked or asked.startswith("/")):
            return kind, before + "/", asked.strip("/")
    return "", ask.path, ""


def _reply(document: rdap_objects.Object, *, status: int = 200) -> Page:
    return as_json(document, status=status, content_type=MEDIA_TYPE, headers=CORS)


def _not_found(what: str) -> Page:
    return _reply(rdap_objects.error(404, "Not Found", f"{what} is not known here."), status=404)


def _bad(what: str) -> Page:
    return _reply(rdap_objects.error(400, "Bad Request", f"{what} is not a question this server knows."), status=400)


def _names(tlds: dict[str, str], *, thin: bool, port43: str) -> Callable[[World, Ask], Page]:
    """A registry of names: TLD -> the path its server starts with."""

    def answer(world: World, ask: Ask) -> Page:
        kind, prefix, asked = _words(ask)
        if kind == "help":
            return _reply(rdap_objects.error(200, "Help", "Ask domain/NAME."))
        if kind != "domain" or not asked:
            return _bad(ask.path)
        name = asked.lower()
        known = world.registrations.get(name)
        if known is None or tlds.get(name.rpartition(".")[2]) != prefix:
            return _not_found(name)
        return _reply(rdap_objects.domain(world, known, related=True, thin=thin, port43=port43))

    return answer


def _registrar(world: World, ask: Ask) -> Page:
    kind, _, asked = _words(ask)
    known = world.registrations.get(asked.lower())
    if kind != "domain" or known is None or ask.host not in known.registrar.rdap:
        return _not_found(asked)
    port43 = known.registrar.whois
    return _reply(rdap_objects.domain(world, known, related=False, thin=False, port43=port43))


def _numbers(registry: Registry) -> Callable[[World, Ask], Page]:
    """A regional registry: what another one holds is answered by a redirect to it."""

    def answer(_world: World, ask: Ask) -> Page:
        kind, _, asked = _words(ask)
        if kind == "ip":
            return _network(registry, asked)
        if kind == "autnum" and asked.isdigit():
            return _autnum(registry, int(asked))
        return _bad(ask.path)

    return answer


def _network(registry: Registry, asked: str) -> Page:
    try:
        found = network_of(asked)
    except ValueError:
        return _bad(asked)
    if found is None:
        return _not_found(asked)
    if found.registry != registry:
        return _elsewhere(found.registry, f"ip/{asked}")
    document = rdap_objects.network(found)
    if found.flooded:
        document["remarks"] = [{"title": found.name, "description": [flood()]}]
    return _reply(document)


def _autnum(registry: Registry, number: int) -> Page:
    found = AUTNUMS.get(number)
    if found is None:
        return _not_found(f"AS{number}")
    if found.registry != registry:
        return _elsewhere(found.registry, f"autnum/{number}")
    return _reply(rdap_objects.autnum(found))


def _elsewhere(registry: Registry, path: str) -> Page:
    return Page(b"", content_type=MEDIA_TYPE, status=301, headers={"Location": rdap_objects.base(registry) + path})


def _bootstrap(world: World, ask: Ask) -> Page:
    """IANA's lists (RFC 9224): which server answers for which names and numbers."""
    services = BOOTSTRAP.get(ask.path.rpartition("/")[2].removesuffix(".json"))
    if services is None or not ask.path.startswith("/rdap/"):
        return Page(b"<html>404 Not Found</html>", status=404)
    document = {
        "version": "1.0",
        "publication": f"{world.today:%Y-%m-%dT%H:%M:%SZ}",
        "description": "RDAP bootstrap file for provider registrations",
        "services": services,
    }
    return as_json(document, headers={"Last-Modified": f"{world.today:%a, %d %b %Y %H:%M:%S GMT}"})


VERISIGN = {"com": "/com/v1/", "net": "/net/v1/"}
PUBLIC_INTEREST = {"org": "/rdap/"}
BOOTSTRAP: dict[str, list[list[list[str]]]] = {
    "dns": [
        [["com"], ["https://rdap.verisign.com/com/v1/"]],
        [["net"], ["https://rdap.verisign.com/net/v1/"]],
        [["org"], ["https://rdap.publicinterestregistry.org/rdap/"]],
    ],
    "ipv4": [
        [["192.0.0.0/8", "198.0.0.0/8"], [rdap_objects.base(ARIN)]],
        [["203.0.0.0/8"], [rdap_objects.base(APNIC)]],
        [["193.0.0.0/8"], [rdap_objects.base(RIPE)]],
    ],
    "ipv6": [[["2001:c00::/23"], [rdap_objects.base(APNIC)]], [["2001:600::/23"], [rdap_objects.base(RIPE)]]],
    "asn": [[["65536-65551"], [rdap_objects.base(ARIN)]], [["64511"], [rdap_objects.base(APNIC)]]],
    "object-tags": [[["noc@registry.example"], ["EX"], ["https://rdap.registrar.example/"]]],
}


def _site(answer: Callable[[World, Ask], Page]) -> Site:
    return Site(about=_about, answer=answer)


def _host(base: str) -> str:
    return base.removeprefix("https://").partition("/")[0]


SITES: dict[str, Site] = {
    "rdap.verisign.com": _site(_names(VERISIGN, thin=True, port43="whois.verisign-grs.com")),
    "rdap.publicinterestregistry.org": _site(_names(PUBLIC_INTEREST, thin=False, port43="whois.pir.org")),
    **{_host(each.rdap): _site(_registrar) for each in (REGISTRAR, CHEAP_REGISTRAR)},
    **{each.rdap_host: _site(_numbers(each)) for each in (ARIN, APNIC, RIPE)},
    "data.iana.org": Site(about=lambda ask: ask.path, answer=_bootstrap),
}
