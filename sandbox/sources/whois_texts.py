"""WHOIS answers in the dialects that registries speak, written from the world's facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sandbox.sources.world.networks import Autnum, Network
from sandbox.sources.world.parties import Party
from sandbox.sources.world.registrations import Registration
from sandbox.sources.world.whole import World

ICANN_FOOTER = "URL of the ICANN Whois Inaccuracy Complaint Form: https://www.icann.org/wicf/"
TERMS = "TERMS OF USE: Invented answers for demonstration; nothing here is about anybody real."
REDACTED = "REDACTED FOR PRIVACY"
IANA_HEAD = "% IANA WHOIS server\n% for more information on IANA, visit http://www.iana.org\n"
RIPE_HEAD = "% [{server}]\n% Information related to '{about}'\n\n"
ARIN_HEAD = "#\n# ARIN WHOIS data and services are subject to the Terms of Use\n#\n\n"

Fields = Iterable[tuple[str, str]]


def iana(tld: str, server: str) -> str:
    """IANA about a top-level domain: `refer:` on top, then the record (RFC 3912 says nothing of the format)."""
    fields = [
        ("refer", server),
        ("", ""),
        ("domain", tld.upper()),
        ("", ""),
        ("organisation", "Example Registry Operator"),
        ("address", "1 Registry Road"),
        ("", ""),
        ("nserver", "A.NIC.TEST 198.51.100.1"),
        ("nserver", "B.NIC.TEST 198.51.100.2"),
        ("", ""),
        ("whois", server),
        ("", ""),
        ("status", "ACTIVE"),
        ("remarks", f"Registration information: https://nic.{tld}"),
        ("created", "1999-06-01"),
        ("source", "IANA"),
    ]
    return f"{IANA_HEAD}% This query returned 1 object\n\n{_columns(fields)}"


def iana_number(server: str) -> str:
    """IANA about an address or number: which regional registry's server to ask, and no more.

    The record itself may follow in the same reply, so nothing here may read like one.
    """
    return f"{IANA_HEAD}% This query returned 1 object\n\n{_columns([('refer', server), ('', ''), ('whois', server)])}"


def iana_nothing(about: str) -> str:
    """IANA about something it has not delegated."""
    nothing = f"% You queried for {about} but this server does not have any data"
    return f"{IANA_HEAD}% This query returned 0 objects.\n%\n{nothing}\n"


def thin(world: World, known: Registration) -> str:
    """A thin registry (as for .com): indented, upper-case, no holder, the registrar's server to ask next."""
    fields = [
        *_domain_fields(world, known, upper=True),
        ("DNSSEC", "signedDelegation" if world.delegation_signers(known.domain) else "unsigned"),
        *[
            ("DNSSEC DS Data", " ".join(str(part) for part in signer))
            for signer in world.delegation_signers(known.domain)
        ],
    ]
    body = "".join(f"   {key}: {value}\n" for key, value in fields)
    return (
        f"{body}   {ICANN_FOOTER}\n{_updated(world.now)}\n\nNOTICE: The expiration date is the registry's.\n\n{TERMS}\n"
    )


def thick(world: World, known: Registration) -> str:
    """A thick registry or a registrar: the same keys unindented, with the holder."""
    fields = [
        *_domain_fields(world, known, upper=False),
        *_contact_fields("Registrant", known),
        *_contact_fields("Admin", known),
        *_contact_fields("Tech", known),
        ("DNSSEC", "signedDelegation" if world.delegation_signers(known.domain) else "unsigned"),
    ]
    body = "".join(f"{key}: {value}\n" for key, value in fields)
    return f"{body}{ICANN_FOOTER}\n{_updated(world.now)}\n\n{TERMS}\n"


def denic_like(world: World, known: Registration) -> str:
    """A country registry that says little: no holder, no dates but the last change."""
    servers = "".join(f"Nserver: {server}\n" for server in world.name_servers(known.domain))
    changed = f"{known.updated:%Y-%m-%dT%H:%M:%S+00:00}"
    return f"% Restricted rights.\n%\n\nDomain: {known.domain}\n{servers}Status: connect\nChanged: {changed}\n"


def arin_network(found: Network) -> str:
    """ARIN about a range."""
    fields = [
        ("NetRange", f"{found.prefix.network_address} - {found.prefix.broadcast_address}"),
        ("CIDR", str(found.prefix)),
        ("NetName", found.name),
        ("NetHandle", found.handle),
        ("Parent", f"NET ({found.parent})"),
        ("NetType", found.kind),
        ("OriginAS", f"AS{found.origin}"),
        ("Organization", f"{found.holder.name} ({found.holder.handle})"),
        ("RegDate", f"{found.registered:%Y-%m-%d}"),
        ("Updated", f"{found.changed:%Y-%m-%d}"),
        ("Ref", f"https://rdap.arin.net/registry/ip/{found.prefix.network_address}"),
    ]
    return f"{ARIN_HEAD}{_columns(fields)}\n{_arin_holder(found.holder)}"


def arin_autnum(found: Autnum) -> str:
    """ARIN about a number."""
    fields = [
        ("ASNumber", str(found.number)),
        ("ASName", found.name),
        ("ASHandle", f"AS{found.number}"),
        ("RegDate", f"{found.registered:%Y-%m-%d}"),
        ("Updated", f"{found.changed:%Y-%m-%d}"),
        ("Ref", f"https://rdap.arin.net/registry/autnum/{found.number}"),
    ]
    return f"{ARIN_HEAD}{_columns(fields)}\n{_arin_holder(found.holder)}"


def ripe_network(found: Network) -> str:
    """The RPSL dialect of RIPE, APNIC and AFRINIC about a range."""
    start, end = found.prefix.network_address, found.prefix.broadcast_address
    key, value = ("inetnum", f"{start} - {end}") if found.prefix.version == 4 else ("inet6num", str(found.prefix))
    fields = [
        (key, value),
        ("netname", found.name),
        ("descr", found.holder.name),
        ("country", found.holder.country),
        ("org", f"ORG-{found.holder.handle}"),
        ("admin-c", found.holder.handle),
        ("abuse-c", f"ABUSE-{found.holder.handle}"),
        ("status", found.kind),
        *_rpsl_dates(found.registered, found.changed, found.registry.name),
    ]
    route = ("route" if found.prefix.version == 4 else "route6", str(found.prefix))
    origin = [route, ("origin", f"AS{found.origin}"), ("source", found.registry.name)]
    return _rpsl(found.registry.whois, value, fields, found.holder) + "\n" + _columns(origin)


def ripe_autnum(found: Autnum) -> str:
    """The RPSL dialect about a number."""
    fields = [
        ("aut-num", f"AS{found.number}"),
        ("as-name", found.name),
        ("descr", found.holder.name),
        ("country", found.holder.country),
        ("org", f"ORG-{found.holder.handle}"),
        ("abuse-c", f"ABUSE-{found.holder.handle}"),
        *_rpsl_dates(found.registered, found.changed, found.registry.name),
    ]
    return _rpsl(found.registry.whois, f"AS{found.number}", fields, found.holder)


def _domain_fields(world: World, known: Registration, *, upper: bool) -> list[tuple[str, str]]:
    registrar = known.registrar
    servers = world.name_servers(known.domain)
    return [
        ("Domain Name", known.domain.upper() if upper else known.domain),
        ("Registry Domain ID", known.handle),
        ("Registrar WHOIS Server", registrar.whois),
        ("Registrar URL", registrar.url),
        ("Updated Date", _stamp(known.updated)),
        ("Creation Date", _stamp(known.created)),
        ("Registry Expiry Date", _stamp(known.expires)),
        ("Registrar", registrar.name),
        ("Registrar IANA ID", registrar.iana_id),
        ("Registrar Abuse Contact Email", registrar.abuse_email),
        ("Registrar Abuse Contact Phone", registrar.abuse_phone),
        *[("Domain Status", f"{_epp(each)} https://icann.org/epp#{_epp(each)}") for each in known.statuses],
        *[("Name Server", server.upper() if upper else server) for server in servers],
    ]


def _contact_fields(role: str, known: Registration) -> list[tuple[str, str]]:
    holder, shown = known.holder, known.shown
    fields = [
        ("Name", holder.name if shown else REDACTED),
        ("Organization", holder.name if shown else REDACTED),
        ("Street", holder.street if shown else REDACTED),
        ("City", holder.city if shown else REDACTED),
        ("State/Province", holder.region if shown else REDACTED),
        ("Postal Code", holder.postcode if shown else REDACTED),
        ("Country", holder.country),
        ("Phone", holder.phone if shown else REDACTED),
        ("Email", holder.email if shown else "Please query the RDDS service of the Registrar of Record"),
    ]
    return [(f"{role} {key}", value) for key, value in fields]


def _arin_holder(holder: Party) -> str:
    return _columns(
        [
            ("OrgName", holder.name),
            ("OrgId", holder.handle),
            ("Address", holder.street),
            ("City", holder.city),
            ("StateProv", holder.region),
            ("PostalCode", holder.postcode),
            ("Country", holder.country),
            ("", ""),
            ("OrgAbuseHandle", f"ABUSE-{holder.handle}"),
            ("OrgAbuseName", "Abuse"),
            ("OrgAbusePhone", holder.phone),
            ("OrgAbuseEmail", holder.email),
        ]
    )


def _rpsl(server: str, about: str, fields: Fields, holder: Party) -> str:
    head = RIPE_HEAD.format(server=server, about=about)
    contact = f"% Abuse contact for '{about}' is '{holder.email}'\n\n"
    role = [
        ("role", f"ABUSE {holder.name}"),
        ("address", f"{holder.street}, {holder.city}"),
        ("country", holder.country),
        ("phone", holder.phone),
        ("abuse-mailbox", holder.email),
        ("nic-hdl", f"ABUSE-{holder.handle}"),
    ]
    return f"{head}{contact}{_columns(fields)}\n{_columns(role)}"


def _rpsl_dates(created: datetime, changed: datetime, source: str) -> list[tuple[str, str]]:
    return [("created", _stamp(created)), ("last-modified", _stamp(changed)), ("source", source)]


def _columns(fields: Fields) -> str:
    return "".join(f"{key + ':':<16}{value}\n" if key else "\n" for key, value in fields)


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def _updated(now: datetime) -> str:
    return f">>> Last update of whois database: {_stamp(now)} <<<"


def _epp(status: str) -> str:
    """RFC 8056: RDAP's "client hold" is EPP's clientHold, its "active" is EPP's ok."""
    if status == "active":
        return "ok"
    first, *others = status.split()
    return first + "".join(word.capitalize() for word in others)
