"""A process of its own that reads hostile texts with every reader of ours, within seconds of its own computing time.

A reader whose work grows faster than its text would need hours for these: `python -m tests.faults.reader`.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

from collectors import shape
from collectors.doors import retry, verdict
from collectors.doors.parse import json_value
from collectors.issuances import issuer_name, names_in
from collectors.names import country_in, email_in, is_host, link_in, phone_in
from collectors.posture import dkim, dmarc, spf
from collectors.posture.text import mailboxes, readable
from collectors.registries import port43, servers
from core.errors import GumshoeError
from core.targets import parse
from core.targets.extraction import extract
from core.targets.undressing import refang, strip, unwrap

COMPUTING = 30  # seconds in all; on a slow machine a quarter of it is enough
LENGTH = 100_000
UNITS = (
    *(
        "a",
        "0",
        " ",
        ".",
        "(",
        "[",
        "<a:",
        "<@",
        "[](http://a",
        '"',
        "*",
        "hxxp://",
        "a.",
        "+1 ",
        "(dot)",
        "[ . ",
        "@",
        ";",
    ),
    *("include:a ", "%{i", "mailto:a@b,", "Domain: ", "[a] ", "\x1b[0", "&amp;", "\u202e", "=", "2026-01-01 "),
)
READERS: dict[str, Callable[[str], object]] = {
    "extract": extract,
    "parse": parse,
    "strip": strip,
    "refang": refang,
    "unwrap": unwrap,
    "spf": lambda text: spf.parse("v=spf1 " + text),
    "dmarc": lambda text: dmarc.parse("v=DMARC1;" + text),
    "dkim": lambda text: dkim.parse("sample", "v=DKIM1; p=" + text),
    "mailboxes": mailboxes,
    "readable": lambda text: readable([text.encode()]),
    "whois domain": lambda text: port43.read_domain(text, "example.com"),
    "whois network": lambda text: port43.read_network(text, "192.0.2.0/24"),
    "whois number": lambda text: port43.read_asn(text, "AS64496"),
    "not found": lambda text: servers.says_not_found(text, "example.com"),
    "certificate": lambda text: (names_in([text]), issuer_name(text)),
    "names": lambda text: (email_in(text), is_host(text), link_in(text), phone_in(text), country_in(text)),
    "times": lambda text: (shape.when(text), port43.time_in(text), shape.number(text), retry.retry_after(text)),
    "walls": lambda text: verdict.not_json({}, b"<" + text.encode(), source="Sample"),
    "json": lambda text: json_value(text.encode(), "Sample"),
}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (COMPUTING, COMPUTING))
    for name, read in READERS.items():
        for unit in UNITS:
            sys.stdout.write(f"{name}: {unit!r}\n")
            sys.stdout.flush()
            text = (unit * LENGTH)[:LENGTH]
            for each in (text, f"x{text}y"):
                _try(read, each)
    sys.stdout.write("done\n")


def _try(read: Callable[[str], object], text: str) -> None:
    try:
        read(text)
    except GumshoeError:
        return  # refusing is an answer too


if __name__ == "__main__":
    main()
