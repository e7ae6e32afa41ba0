"""Registry answers in the shapes that RFC 9083 and the port 43 servers use, about nobody real."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core import clock
from core.models import Finding

NOW = clock.now()
VERISIGN = ("rdap.verisign.com", "/com/v1/domain/example.com")
ARIN = ("rdap.arin.net", "/registry/ip/192.0.2.10")


def pairs(findings: list[Finding], **attributes: Any) -> list[tuple[str, str]]:
    """Kind and value of the findings that have these attributes."""
    return [
        (each.kind.value, each.value)
        for each in findings
        if all(each.attributes.get(name) == value for name, value in attributes.items())
    ]


def stamp(days: float) -> str:
    """So many days from now, as registries write it."""
    return (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def card(*rows: list[Any]) -> list[Any]:
    return ["vcard", [["version", {}, "text", "4.0"], *rows]]


def registrar_entity() -> dict[str, Any]:
    abuse = card(
        ["fn", {}, "text", ""],
        ["tel", {"type": ["voice"]}, "uri", "tel:+1.2025550143;ext=1"],
        ["email", {}, "text", "abuse@registrar.example"],
    )
    return {
        "objectClassName": "entity",
        "handle": "9999",
        "roles": ["registrar"],
        "publicIds": [{"type": "IANA Registrar ID", "identifier": "9999"}],
        "vcardArray": card(["fn", {}, "text", "Example Registrar, Inc."]),
        "links": [{"rel": "about", "href": "https://registrar.example"}],
        "entities": [{"objectClassName": "entity", "roles": ["abuse"], "vcardArray": abuse}],
    }


def holder_entity(name: str = "Example Corp", kind: str = "org", **parts: Any) -> dict[str, Any]:
    rows = [
        ["fn", {}, "text", name],
        ["kind", {}, "text", kind],
        ["adr", {"cc": "US"}, "text", ["", "", "1 Example St", "Exampletown", "CA", "90001", ""]],
        ["email", {}, "text", "hostmaster@example.com"],
    ]
    return {"objectClassName": "entity", "roles": ["registrant"], "handle": "EX-1", "vcardArray": card(*rows), **parts}


def rdap_domain(name: str = "example.com", **changes: Any) -> dict[str, Any]:
    """A thin registry's answer, like .com's."""
    return {
        "objectClassName": "domain",
        "handle": "D1-EX",
        "ldhName": name.upper(),
        "status": ["client transfer prohibited"],
        "events": [
            {"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
            {"eventAction": "expiration", "eventDate": stamp(400)},
            {"eventAction": "last changed", "eventDate": "2026-08-14T07:01:38Z"},
            {"eventAction": "last update of RDAP database", "eventDate": stamp(0)},
        ],
        "entities": [registrar_entity()],
        "nameservers": [
            {"objectClassName": "nameserver", "ldhName": "NS2.EXAMPLE.NET"},
            {"objectClassName": "nameserver", "ldhName": "NS1.EXAMPLE.NET."},
        ],
        "secureDNS": {"delegationSigned": True, "dsData": [{"keyTag": 1, "algorithm": 13, "digest": "AB"}]},
        "redacted": [{"name": {"type": "Registrant Email"}, "method": "removal"}],
        "links": [
            {
                "rel": "self",
                "href": "https://rdap.verisign.com/com/v1/domain/EXAMPLE.COM",
                "type": "application/rdap+json",
            }
        ],
        **changes,
    }


def related(href: str) -> dict[str, Any]:
    return {"links": [{"rel": "related", "href": href, "type": "application/rdap+json"}]}


def rdap_network(**changes: Any) -> dict[str, Any]:
    """ARIN's way."""
    abuse = card(["fn", {}, "text", "Abuse"], ["email", {}, "text", "abuse@example.com"])
    holder = holder_entity(entities=[{"objectClassName": "entity", "roles": ["abuse"], "vcardArray": abuse}])
    return {
        "objectClassName": "ip network",
        "handle": "NET-192-0-2-0-1",
        "startAddress": "192.0.2.0",
        "endAddress": "192.0.2.255",
        "ipVersion": "v4",
        "name": "EXAMPLE-NET",
        "type": "ASSIGNMENT",
        "country": "US",
        "parentHandle": "NET-192-0-0-0-0",
        "cidr0_cidrs": [{"v4prefix": "192.0.2.0", "length": 24}],
        "arin_originas0_originautnums": [64496],
        "entities": [holder],
        "events": [{"eventAction": "registration", "eventDate": "2010-01-01T00:00:00-05:00"}],
        "status": ["active"],
        **changes,
    }


RDAP_AUTNUM: dict[str, Any] = {
    "objectClassName": "autnum",
    "handle": "AS3333",
    "startAutnum": 3333,
    "endAutnum": 3333,
    "name": "EXAMPLE-AS",
    "country": "NL",
    "entities": [holder_entity()],
}

IANA_TEST = """% IANA WHOIS server
% This query returned 1 object

refer:        whois.nic.test

domain:       TEST
organisation: Example Registry Operator
status:       ACTIVE
"""

IANA_NO_SERVER = """% This query returned 1 object

domain:       EXAMPLE
organisation: Example Registry Operator
status:       ACTIVE
remarks:      Registration information: https://nic.example
"""

IANA_NOTHING = "% IANA WHOIS server\n% This query returned 0 objects.\n"


def thick(name: str = "phish.test", *, created: float = -3, expires: float = 362, extra: str = "") -> str:
    """A gTLD-style registry answer over port 43."""
    return f"""Domain Name: {name.upper()}
Registry Domain ID: 12345_DOMAIN-TEST
Registrar WHOIS Server: whois.cheapnames.example
Registrar URL: https://cheapnames.example
Updated Date: {stamp(created)}
Creation Date: {stamp(created)}
Registry Expiry Date: {stamp(expires)}
Registrar: Cheap Names Example LLC
Registrar IANA ID: 9998
Registrar Abuse Contact Email: abuse@cheapnames.example
Registrar Abuse Contact Phone: +1.2025550144
Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited
Registrant Name: Privacy Service Example
Registrant Organization: Contact Privacy Inc. Customer 0123
Registrant Country: IS
Registrant Email: 4f7a21@privacy.example
Name Server: NS1.{name.upper()}
Name Server: ns2.example.net
DNSSEC: unsigned
{extra}URL of the ICANN Whois Inaccuracy Complaint Form: https://www.icann.org/wicf/
>>> Last update of WHOIS database: {stamp(0)} <<<

TERMS OF USE: excessive querying is not allowed; too many requests will be blocked.
"""


DENIC = """% Restricted rights.
%
% Terms and Conditions of Use

Domain: example.de
Nserver: ns1.example.net
Nserver: ns2.example.net 192.0.2.53
Status: connect
Changed: 2019-04-02T08:11:12+02:00
"""

NOMINET = """
    Domain name:
        example.uk

    Registrar:
        Example Registrar Ltd [Tag = EXAMPLE]
        URL: https://registrar.example

    Relevant dates:
        Registered on: 26-Nov-1996
        Expiry date:  26-Nov-2031
        Last updated:  01-Dec-2025

    Registration status:
        Registered until expiry date.

    Name servers:
        ns1.example.net
        ns2.example.net  192.0.2.53
"""

JPRS = """[ JPRS database provides information on network administration. ]
Domain Information:
[Domain Name]                EXAMPLE.JP
[Registrant]                 Example K.K.
[Name Server]                ns1.example.net
[Name Server]                ns2.example.net
[Created on]                 2001/03/26
[Expires on]                 2031/03/31
[Status]                     Active
"""

RIPE = """% This is the RIPE Database query service.
% Abuse contact for '198.51.100.0 - 198.51.100.255' is 'abuse@example.net'

inetnum:        198.51.0.0 - 198.51.255.255
netname:        WIDE-NET

inetnum:        198.51.100.0 - 198.51.100.255
netname:        EXAMPLE-NET
descr:          Example Hosting Ltd
country:        GB
org:            ORG-EX1-RIPE
status:         ASSIGNED PA
created:        2011-01-05T09:00:00Z
last-modified:  2023-07-07T07:00:00Z

organisation:   ORG-EX1-RIPE
org-name:       Example Hosting Ltd

route:          198.51.100.0/24
origin:         AS64496
"""

ARIN_TEXT = """#
# ARIN WHOIS data and services are subject to the Terms of Use
#
NetRange:       192.0.2.0 - 192.0.2.255
CIDR:           192.0.2.0/24
NetName:        EXAMPLE-NET
NetHandle:      NET-192-0-2-0-1
Parent:         NET192 (NET-192-0-0-0-0)
NetType:        Direct Allocation
OriginAS:       AS64496, AS64497
Organization:   Example Corp (EXCORP-1)
RegDate:        2009-06-29
Updated:        2024-02-03

OrgName:        Example Corp
Country:        US

OrgAbuseHandle: ABUSE1-ARIN
OrgAbusePhone:  +1-202-555-0110
OrgAbuseEmail:  abuse@example.com
"""

AS_TEXT = """aut-num:        AS64496
as-name:        EXAMPLE-AS
org:            ORG-EX1-RIPE
created:        2009-06-29T15:00:00Z

organisation:   ORG-EX1-RIPE
org-name:       Example Corp
country:        US
abuse-mailbox:  abuse@example.com
"""
