"""Lies of registries: over port 43, where an answer ends when the server hangs up, and over RDAP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.collectors.registry_samples import rdap_domain, related, thick
from tests.faults.liars import LINE, Lie
from tests.faults.liars_http import BOMB, ok, packed

FAILED, PARTIAL, FOUND, NOTHING = "failed", "partial", "found", "nothing"
RDAP = b"Content-Type: application/rdap+json\r\n"
SHORT = {"patience": 0.4, "deadline": 8.0}


@dataclass(frozen=True)
class Row:
    """What is told in turn, and what must be made of it."""

    turns: tuple[Lie, ...]
    outcome: str
    reason: str = ""
    asked: int = 0  # how often at most; 0: not counted
    options: dict[str, Any] = field(default_factory=dict)


def line(says: bytes = b"", **more: Any) -> Lie:
    return Lie(says=says, until=LINE, **more)


def registry(says: bytes = b"", *rest: Lie, **more: Any) -> tuple[Lie, ...]:
    """IANA refers honestly, the registry says this."""
    return (line(b"refer: whois.nic.test\r\n"), line(says, **more), *rest)


def registered(further: str = "whois.cheapnames.example", name: str = "phish.test") -> bytes:
    """A whole record that names `further` as the registrar's server."""
    return thick(name).replace("whois.cheapnames.example", further).encode()


WHOLE = registered()
GODADDY = registered("whois.godaddy.com")

PORT43 = {
    "an honest registry": Row(registry(WHOLE), FOUND, asked=2),
    "never hangs up": Row(registry(WHOLE, then="hold"), PARTIAL, "truncated", options=SHORT),
    "by the byte": Row(registry(b"Terms of use " * 900, every=0.01), FAILED, "timeout", options=SHORT),
    "a comment, then silence": Row(registry(b"% WHOIS server\r\n", then="hold"), FAILED, "timeout", options=SHORT),
    "silence": Row(registry(then="hold"), FAILED, "timeout", options=SHORT),
    "IANA is silent": Row((line(then="hold"),), FAILED, "timeout", options=SHORT),
    "IANA stops in the middle": Row(
        (line(b"% IANA\r\ndomain: TEST\r\n", then="hold"),), FAILED, "timeout", options=SHORT
    ),
    "endless records": Row(registry(WHOLE, again=WHOLE), PARTIAL, "truncated"),
    "endless rubbish": Row(registry(again=b"lorem ipsum\r\n" * 500), FAILED, "too_large"),
    "an endless line": Row(registry(again=b"a" * 65536), FAILED, "too_large"),
    "an endless key": Row(registry(b"Domain ", again=b"Name: " * 9000), FAILED, "too_large"),
    "a megabyte in one line": Row(registry(b"x" * 1_000_000 + b"\r\n" + WHOLE), FAILED, "too_large"),
    "hangs up at once": Row(registry(), FAILED, "down"),
    "blank lines": Row(registry(b"\r\n" * 500), FAILED, "down"),
    "NUL bytes": Row(registry(b"\0" * 5000), FAILED, "changed"),
    "NUL bytes in a record": Row(registry(WHOLE.replace(b"Registrar", b"Regi\0strar")), FOUND),
    "UTF-16": Row(registry(thick("phish.test").encode("utf-16")), FOUND),
    "bytes of no charset": Row(registry(WHOLE + b"\xff\xfe\x80: \xc3\x28\r\n"), FOUND),
    "a reset at once": Row(registry(then="reset"), FAILED, "down"),
    "a reset in the middle": Row(registry(WHOLE[:200], then="reset"), FAILED, "down"),
    "a registry that refers to itself": Row(registry(registered("whois.nic.test")), FOUND, asked=2),
    "a registrar that refers back": Row(registry(GODADDY, line(registered("whois.nic.test"))), FOUND, asked=3),
    "a registry that refers inside": Row(registry(registered("127.0.0.1")), FOUND, asked=2),
    "a registry that refers to another port": Row(registry(registered("whois.godaddy.com:4343")), FOUND, asked=2),
    "a registry that refers to a stranger": Row(registry(registered("whois.stranger.test")), FOUND, asked=2),
    "IANA refers to itself": Row((line(b"refer: whois.iana.org\r\n"),), FAILED, "changed", asked=2),
    "IANA refers inside": Row((line(b"refer: 127.0.0.1\r\n"),), FAILED, "no_server", asked=1),
    "IANA refers to a name of the inside": Row(
        (line(b"refer: whois.localhost\r\n"),), FAILED, "unsafe_address", asked=1
    ),
    "another domain's record": Row(registry(registered(name="other.test")), FAILED, "changed"),
    "a limit": Row(registry(b"Limit exceeded. Try again later.\r\n"), FAILED, "rate_limited"),
    "a page": Row(registry(b"HTTP/1.1 400 Bad\r\n\r\n<html><body>Bad</body></html>"), FAILED, "changed"),
    "no such name": Row(registry(b"No match for phish.test\r\n"), NOTHING),
    "no such name, and never hangs up": Row(
        registry(b"No match for phish.test\r\n", then="hold"), PARTIAL, "truncated", options=SHORT
    ),
}


def _deep(levels: int) -> str:
    return (
        '{"objectClassName":"domain","ldhName":"example.com"'
        + ',"entities":[{"roles":["abuse"]' * levels
        + ("}]" * levels + "}")
    )


def _wrong(value: Any) -> Any:
    """A registration in which every value but the two that name it is this one."""
    return {key: each if key in ("objectClassName", "ldhName") else value for key, each in rdap_domain().items()}


def rdap(value: Any) -> Lie:
    body = value if isinstance(value, str) else json.dumps(value)
    return Lie(says=ok(body.encode(), RDAP))


def moved(location: bytes) -> Lie:
    return Lie(says=b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")


CARD = ["vcard", [["fn", {}, "text", "A"]] * 40_000]

OVER_RDAP = {  # behind each stands an honest port 43
    "a bomb": Row((packed(BOMB),), PARTIAL, "truncated"),
    "entities 10,000 deep": Row((rdap(_deep(10_000)),), PARTIAL, "changed"),
    "entities 25 deep": Row((rdap(_deep(25)),), FOUND),
    "entities without number": Row((rdap(rdap_domain(entities=[{}] * 400_000)),), PARTIAL, "too_large"),
    "texts without number": Row((rdap(rdap_domain(status=["x"] * 400_000)),), FOUND),
    "cards without number": Row(
        (rdap(rdap_domain(entities=[{"roles": ["abuse"], "vcardArray": CARD}])),),
        FOUND,
    ),
    "names without number": Row((rdap(rdap_domain(nameservers=[{"ldhName": "a.test"}] * 90_000)),), FOUND),
    "a name of 1.9 MB": Row((rdap(rdap_domain(handle="\u202e<!channel>" * 60_000)),), FOUND),
    "numbers for everything": Row((rdap(_wrong(10**400)),), FOUND),
    "lists for everything": Row((rdap(_wrong([[[[]]]])),), FOUND),
    "objects for everything": Row((rdap(_wrong({"links": {"links": [None]}})),), FOUND),
    "half a character for everything": Row((rdap(_wrong("\ud800")),), FOUND),
    "NUL for everything": Row((rdap(_wrong("\0")),), FOUND),
    "true for everything": Row((rdap(_wrong(True)),), FOUND),
    "a list": Row((rdap([rdap_domain()]),), PARTIAL, "changed"),
    "another name": Row((rdap(rdap_domain("other.com")),), PARTIAL, "changed"),
    "a link to itself": Row(
        (rdap(rdap_domain(**related("https://rdap.verisign.com/com/v1/domain/example.com"))),),
        FOUND,
        asked=1,
    ),
    "a link to the inside": Row(
        (rdap(rdap_domain(**related("https://127.0.0.1/domain/example.com"))),),
        FOUND,
        asked=1,
    ),
    "moved to itself": Row((moved(b"/com/v1/domain/EXAMPLE.COM"),), PARTIAL, "changed", asked=2),
    "moved nowhere": Row((moved(b""),), PARTIAL, "changed", asked=1),
    "moved to half an address": Row((moved(b"https://[::1"),), PARTIAL, "changed", asked=1),
    "moved inside": Row((moved(b"https://127.0.0.1/"),), PARTIAL, "changed", asked=1),
}
HONEST43 = (line(b"refer: whois.verisign-grs.com\r\n"), line(registered(name="example.com")))
