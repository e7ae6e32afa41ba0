"""What vendors think of the domains, addresses, pages and files of the invented world."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.sources.world import hostile

VENDORS = 94
FLAGGERS = (
    *("ExampleAV", "Sample Shield", "Demo Defender", "Fictive Labs", "Invented Intelligence", "Placeholder Protect"),
    *("Mock Malware Lab", "Stand-In Security", "Made-Up Mail Guard", "Imaginary IDS", "Pretend Phish Feed"),
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is known of one thing. `flags` says what the first vendors call it; the others say nothing against it."""

    flags: tuple[str, ...] = ()
    doubts: int = 0  # vendors that say suspicious
    age: int | None = 3  # days since the analysis; None: never analysed
    reputation: int = 0
    votes: tuple[int, int] = (0, 0)  # harmless, malicious
    attributes: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)  # relation -> (type, id)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file that somebody handed in."""

    text: str

    @property
    def md5(self) -> str:
        return hashlib.md5(self.text.encode(), usedforsecurity=False).hexdigest()

    @property
    def sha1(self) -> str:
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def hashes(self) -> dict[str, str]:
        return {"md5": self.md5, "sha1": self.sha1, "sha256": self.sha256}


DROPPER = Sample("DEMO: an invented program that fetches others")
INVOICE = Sample("DEMO: an invented invoice with a macro")
INSTALLER = Sample("DEMO: an invented installer that nobody minds")
EVIL = Sample("DEMO: an invented file with hostile names")

PHISHING = ("phishing",) * 7 + ("malicious", "malware")

DOMAINS: dict[str, Opinion] = {
    "example.com": Opinion(
        reputation=12,
        votes=(9, 0),
        attributes={
            "categories": {"Example Categories": "business", "Sample Filter": "information technology"},
            "tags": [],
            "popularity_ranks": {"Example Top Million": {"rank": 4_211}, "Sample Umbrella": {"rank": 9_870}},
            "jarm": "27d40d40d29d40d1dc42d43d00041d4689ee210389f4f6b4b5b1b93f92252d",
        },
        links={
            "resolutions": (("resolution", "192.0.2.10example.com"), ("resolution", "198.51.100.30example.com")),
            "subdomains": tuple(("domain", f"{name}.example.com") for name in ("www", "api", "cdn", "mail", "vpn")),
            "communicating_files": (("file", INSTALLER.sha256),),
        },
    ),
    "examp1e-login.test": Opinion(
        flags=PHISHING,
        doubts=2,
        age=1,
        reputation=-31,
        votes=(0, 6),
        attributes={
            "categories": {"Sample Filter": "phishing and fraud"},
            "tags": ["newly-registered"],
            "crowdsourced_context": [
                {"source": "Example CERT", "title": "Sign-in page that imitates Example Corp", "severity": "high"}
            ],
        },
        links={
            "resolutions": (("resolution", "203.0.113.66examp1e-login.test"),),
            "communicating_files": (("file", DROPPER.sha256), ("file", INVOICE.sha256)),
            "referrer_files": (("file", INVOICE.sha256),),
            "subdomains": (("domain", "mail.examp1e-login.test"),),
        },
    ),
    "rented.test": Opinion(flags=("malicious",), age=48, votes=(1, 1)),
    "example.org": Opinion(age=None),
    "kontor.example": Opinion(age=400),
    "hostile.test": Opinion(
        flags=hostile.ALL,
        attributes={
            "categories": {hostile.MENTIONS: hostile.LINK},
            "tags": list(hostile.ALL),
            "whois": f"Registrant Organization: {hostile.MENTIONS}\nRegistrar Abuse Contact Email: <@U0ADA>@evil.test",
        },
        links={"subdomains": tuple(("domain", f"{text}.hostile.test") for text in hostile.ALL)},
    ),
}
ADDRESSES: dict[str, Opinion] = {
    "192.0.2.10": Opinion(
        links={
            "resolutions": (
                ("resolution", "192.0.2.10example.com"),
                ("resolution", "192.0.2.10www.example.com"),
            )
        }
    ),
    "203.0.113.66": Opinion(
        flags=("phishing", "malicious", "malware"),
        doubts=1,
        age=2,
        reputation=-8,
        links={
            "resolutions": (("resolution", "203.0.113.66examp1e-login.test"),),
            "communicating_files": (("file", DROPPER.sha256),),
        },
    ),
    "2001:db8::10": Opinion(age=None),
    "198.51.100.166": Opinion(flags=hostile.ALL),
}
PAGES: dict[str, Opinion] = {
    "https://examp1e-login.test/": Opinion(
        flags=PHISHING[:6],
        age=1,
        votes=(0, 3),
        attributes={
            "title": "Sign in to Example",
            "last_final_url": "https://examp1e-login.test/collect",
            "redirection_chain": ["https://examp1e-login.test/", "https://examp1e-login.test/in"],
            "last_http_response_code": 200,
            "last_http_response_content_length": 5_120,
            "last_http_response_content_sha256": INVOICE.sha256,
            "last_http_response_headers": {"Server": "Apache/2.4.49", "Content-Type": "text/html"},
            "outgoing_links": ["https://www.example.com/logo.svg"],
            "trackers": {"Example Analytics": [{"id": "EX-1000001", "url": "https://stats.example.net/x.js"}]},
            "threat_names": ["Example-Phish"],
            "times_submitted": 4,
        },
        links={"last_serving_ip_address": (("ip_address", "203.0.113.66"),)},
    ),
    "https://example.com/": Opinion(age=75, attributes={"title": "Example Corp", "last_http_response_code": 200}),
    "http://hostile.test/": Opinion(
        flags=hostile.ALL,
        attributes={"title": hostile.LINK, "redirection_chain": list(hostile.ALL), "last_final_url": "javascript:1"},
    ),
}
FILES: dict[Sample, Opinion] = {
    DROPPER: Opinion(
        flags=("Trojan.Example.Dropper",) * 11,
        age=5,
        reputation=-44,
        votes=(0, 9),
        attributes={
            "meaningful_name": "invoice_2026.exe",
            "names": ["invoice_2026.exe", "update.exe"],
            "size": 184_320,
            "type_description": "Win32 EXE",
            "type_tag": "peexe",
            "magic": "PE32 executable for MS Windows",
            "popular_threat_classification": {"suggested_threat_label": "trojan.example/dropper"},
            "sandbox_verdicts": {"Example Box": {"category": "malicious", "malware_classification": ["TROJAN"]}},
            "crowdsourced_yara_results": [
                {"rule_name": "Example_Dropper", "ruleset_name": "examples", "source": "https://example.net/rules"}
            ],
            "crowdsourced_ids_results": [
                {"rule_msg": "Example dropper checks in", "alert_severity": "high", "rule_category": "trojan"}
            ],
            "sigma_analysis_results": [{"rule_title": "Office starts a program", "rule_level": "high"}],
            "times_submitted": 17,
            "unique_sources": 12,
        },
        links={
            "contacted_domains": (("domain", "examp1e-login.test"), ("domain", "example.com")),
            "contacted_ips": (("ip_address", "203.0.113.66"),),
            "execution_parents": (("file", INVOICE.sha256),),
        },
    ),
    INVOICE: Opinion(
        flags=("Macro.Example",) * 4, attributes={"meaningful_name": "invoice.docm", "type_description": "MS Word"}
    ),
    INSTALLER: Opinion(
        attributes={
            "meaningful_name": "example-setup.exe",
            "type_description": "Win32 EXE",
            "signature_info": {"verified": "Signed", "signers": "Example Corp; Example CA", "product": "Example"},
        }
    ),
    EVIL: Opinion(flags=hostile.ALL, attributes={"meaningful_name": hostile.LINK, "names": list(hostile.ALL)}),
}
