"""RDAP's objects (RFC 9083) written from the world's facts: domains, networks, numbers, entities."""

from __future__ import annotations

from datetime import datetime

from sandbox.sources.world.networks import Autnum, Network, Registry
from sandbox.sources.world.parties import Party, Registrar
from sandbox.sources.world.registrations import Registration
from sandbox.sources.world.whole import World

Object = dict[str, object]

MEDIA_TYPE = "application/rdap+json"
REDACTED = "REDACTED FOR PRIVACY"


def domain(world: World, registration: Registration, *, related: bool, thin: bool, port43: str) -> Object:
    """A registered domain; a thin registry leaves the holder to the registrar it links to."""
    name = registration.domain
    ldh = name.upper() if thin else name
    links = [_link(f"{registration.registrar.rdap}domain/{ldh}", rel="related")] if related else []
    entities: list[Object] = [_registrar(registration.registrar)]
    if not thin:
        entities.append(_holder(registration))
    document: Object = {
        "objectClassName": "domain",
        "handle": registration.handle,
        "ldhName": ldh,
        "status": list(registration.statuses),
        "events": [
            _moment("registration", registration.created),
            _moment("expiration", registration.expires),
            _moment("last changed", registration.updated),
            _moment("last update of RDAP database", world.now),
        ],
        "entities": entities,
        "nameservers": [
            {"objectClassName": "nameserver", "ldhName": server.upper() if thin else server}
            for server in world.name_servers(name)
        ],
        "secureDNS": _secure(world, name),
        "links": links,
        "port43": port43,
        **_frame("icann_rdap_response_profile_1", "redacted"),
    }
    if not registration.shown and not thin:
        document["redacted"] = [_redaction("Registrant Name"), _redaction("Registrant Email")]
    return document


def network(found: Network) -> Object:
    """An address range, with the abuse contact of its holder nested in the holder."""
    prefix = found.prefix
    version = f"v{prefix.version}"
    return {
        "objectClassName": "ip network",
        "handle": found.handle,
        "startAddress": str(prefix.network_address),
        "endAddress": str(prefix.broadcast_address),
        "ipVersion": version,
        "name": found.name,
        "type": found.kind,
        "country": found.holder.country,
        "parentHandle": found.parent,
        "cidr0_cidrs": [{f"{version}prefix": str(prefix.network_address), "length": prefix.prefixlen}],
        "status": ["active"],
        "entities": [_organisation(found.holder)],
        "events": [_moment("registration", found.registered), _moment("last changed", found.changed)],
        "port43": found.registry.whois,
        **({"arin_originas0_originautnums": [found.origin]} if found.registry.name == "ARIN" else {}),
        **_frame("nro_rdap_profile_0", "cidr0"),
    }


def autnum(found: Autnum) -> Object:
    """A network number."""
    return {
        "objectClassName": "autnum",
        "handle": f"AS{found.number}",
        "startAutnum": found.number,
        "endAutnum": found.number,
        "name": found.name,
        "type": "DIRECT ALLOCATION",
        "country": found.holder.country,
        "status": ["active"],
        "entities": [_organisation(found.holder)],
        "events": [_moment("registration", found.registered), _moment("last changed", found.changed)],
        "port43": found.registry.whois,
        **_frame("nro_rdap_profile_asn_flat_0"),
    }


def error(status: int, title: str, description: str) -> Object:
    """RFC 9083 section 6."""
    return {"errorCode": status, "title": title, "description": [description], **_frame()}


def base(registry: Registry) -> str:
    """Where a registry's RDAP begins."""
    return f"https://{registry.rdap_host}{registry.rdap_path}"


def _frame(*profiles: str) -> Object:
    terms = {
        "title": "Terms of Use",
        "description": ["Invented answers for demonstration; nothing here is about anybody real."],
        "links": [{"href": "https://registry.example/terms", "rel": "terms-of-service", "type": "text/html"}],
    }
    return {"rdapConformance": ["rdap_level_0", *profiles], "notices": [terms], "lang": "en"}


def _moment(action: str, when: datetime) -> Object:
    return {"eventAction": action, "eventDate": f"{when:%Y-%m-%dT%H:%M:%SZ}"}


def _link(href: str, *, rel: str, media_type: str = MEDIA_TYPE) -> Object:
    return {"value": href, "rel": rel, "href": href, "type": media_type}


def _card(*properties: list[object]) -> list[object]:
    return ["vcard", [["version", {}, "text", "4.0"], *properties]]


def _registrar(registrar: Registrar) -> Object:
    abuse: Object = {
        "objectClassName": "entity",
        "roles": ["abuse"],
        "vcardArray": _card(
            ["fn", {}, "text", ""],
            ["tel", {"type": ["voice"]}, "uri", f"tel:{registrar.abuse_phone}"],
            ["email", {}, "text", registrar.abuse_email],
        ),
    }
    return {
        "objectClassName": "entity",
        "handle": registrar.iana_id,
        "roles": ["registrar"],
        "publicIds": [{"type": "IANA Registrar ID", "identifier": registrar.iana_id}],
        "vcardArray": _card(["fn", {}, "text", registrar.name], ["url", {}, "uri", registrar.url]),
        "links": [_link(registrar.url, rel="about", media_type="text/html")],
        "entities": [abuse],
    }


def _holder(registration: Registration) -> Object:
    holder = registration.holder
    if registration.shown:
        card = _party_card(holder)
    else:
        country = {"cc": holder.country}
        card = _card(
            ["fn", {}, "text", ""],
            ["org", {}, "text", REDACTED],
            ["adr", country, "text", ["", "", "", "", "", "", ""]],
        )
    return {"objectClassName": "entity", "handle": holder.handle, "roles": ["registrant"], "vcardArray": card}


def _party_card(party: Party) -> list[object]:
    address = ["", "", party.street, party.city, party.region, party.postcode, ""]
    return _card(
        ["fn", {}, "text", party.name],
        ["org", {}, "text", party.name],
        ["adr", {"cc": party.country}, "text", address],
        ["email", {}, "text", party.email],
        ["tel", {"type": "voice"}, "uri", f"tel:{party.phone}"],
    )


def _organisation(party: Party) -> Object:
    """How regional registries show a holder: the address as a label, abuse nested below."""
    label = "\n".join(part for part in (party.street, party.city, party.region, party.postcode, party.country) if part)
    abuse: Object = {
        "objectClassName": "entity",
        "handle": f"ABUSE-{party.handle}",
        "roles": ["abuse"],
        "vcardArray": _card(
            ["fn", {}, "text", "Abuse"],
            ["kind", {}, "text", "group"],
            ["email", {}, "text", party.email],
            ["tel", {"type": ["work", "voice"]}, "text", party.phone],
        ),
    }
    return {
        "objectClassName": "entity",
        "handle": party.handle,
        "roles": ["registrant"],
        "vcardArray": _card(
            ["fn", {}, "text", party.name],
            ["adr", {"label": label}, "text", ["", "", "", "", "", "", ""]],
            ["kind", {}, "text", "org"],
        ),
        "entities": [abuse],
    }


def _secure(world: World, name: str) -> Object:
    signers = [
        {"keyTag": tag, "algorithm": algorithm, "digestType": digest_type, "digest": digest}
        for tag, algorithm, digest_type, digest in world.delegation_signers(name)
    ]
    return {"delegationSigned": bool(signers), **({"dsData": signers} if signers else {})}


def _redaction(what: str) -> Object:
    return {
        "name": {"type": what},
        "prePath": "$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='fn')]",
        "pathLang": "jsonpath",
        "method": "emptyValue",
        "reason": {"type": "Server policy"},
    }
