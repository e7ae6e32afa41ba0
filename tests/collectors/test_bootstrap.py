"""IANA's bootstrap lists: who answers for what, which links may be followed, and how the lists are refreshed."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collectors.registries import bootstrap
from collectors.whois import whois
from core.errors import Changed, SourceDown
from core.models import Kind, Target
from tests.collectors.canned import Canned, World

TARGET = Target(Kind.DOMAIN, "example.com")
NEWER = "2099-01-01T00:00:00Z"


def lists(published: str = NEWER, base: str = "https://rdap.new.example/") -> dict[str, Any]:
    """Whole files, every key at one server."""
    return {
        "dns": _file(published, ["com", *(f"t{number}" for number in range(600))], base),
        "ipv4": _file(published, [f"{number}.0.0.0/8" for number in range(1, 200)], base),
        "ipv6": _file(published, [f"2{number:03x}::/16" for number in range(20)], base),
        "asn": _file(published, [f"{number * 1000}-{number * 1000 + 999}" for number in range(1, 70)], base),
    }


def _file(published: str, keys: list[str], base: str) -> dict[str, Any]:
    return {"version": "1.0", "publication": published, "services": [[keys, [base]]]}


@pytest.mark.parametrize(
    ("domain", "base"),
    [
        ("example.com", "https://rdap.verisign.com/com/v1/"),
        ("example.net", "https://rdap.verisign.com/net/v1/"),
        ("example.org", "https://rdap.publicinterestregistry.org/rdap/"),
        ("example.co.uk", "https://rdap.nominet.uk/uk/"),
        ("example.test", None),
        ("example.example", None),
        ("example.de", None),
        ("com", None),
    ],
)
def test_a_domain_is_answered_for_by_its_registry(domain: str, base: str | None) -> None:
    assert bootstrap.load().for_domain(domain) == base


@pytest.mark.parametrize(
    ("network", "base"),
    [
        ("192.0.2.10", "https://rdap.arin.net/registry/"),
        ("198.51.100.0/24", "https://rdap.arin.net/registry/"),
        ("203.0.113.66", "https://rdap.apnic.net/"),
        ("2001:db8::10", "https://rdap.apnic.net/"),
        ("2001:db8::/32", "https://rdap.apnic.net/"),
        ("2a00::1", "https://rdap.db.ripe.net/"),
        ("192.0.0.0/7", None),
        ("10.0.0.1", None),
        ("fd00::1", None),
    ],
)
def test_a_network_is_answered_for_by_its_region(network: str, base: str | None) -> None:
    assert bootstrap.load().for_network(ip_network(network)) == base


@pytest.mark.parametrize(
    ("number", "base"),
    [(3333, "https://rdap.db.ripe.net/"), (1, "https://rdap.arin.net/registry/"), (64496, None), (0, None)],
)
def test_a_number_is_answered_for_by_its_region(number: int, base: str | None) -> None:
    assert bootstrap.load().for_asn(number) == base


def test_the_longest_suffix_wins() -> None:
    file = {
        "publication": NEWER,
        "services": [[["test"], ["https://a.example"]], [["co.test"], ["https://b.example/"]]],
    }
    registry = bootstrap.read(file, "dns")
    shipped = bootstrap.load()
    both = bootstrap.Bootstrap(dns=registry, ipv4=shipped.ipv4, ipv6=shipped.ipv6, asn=shipped.asn)
    assert (both.for_domain("x.co.test"), both.for_domain("x.test")) == ("https://b.example/", "https://a.example/")


def test_the_shipped_lists_are_whole_and_dated() -> None:
    shipped = bootstrap.load()
    assert len(shipped.dns.bases) > 1000
    assert (len(shipped.ipv4.networks), len(shipped.ipv6.networks), len(shipped.asn.ranges)) == (221, 34, 159)
    assert shipped.dns.published == datetime(2026, 9, 30, 23, 0, 3, tzinfo=UTC)
    ranges = sorted(shipped.asn.ranges)
    assert all(one[1] < other[0] for one, other in pairwise(ranges))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://rdap.verisign.com/com/v1/domain/x.com", True),
        ("https://RDAP.Verisign.com:443/x", True),
        ("http://rdap.verisign.com/x", False),
        ("https://rdap.verisign.com:8443/x", False),
        ("https://rdap.verisign.com:x/", False),
        ("https://evil.test/rdap.verisign.com", False),
        ("https://[::1]/", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_links_to_listed_hosts_are_followed(url: str, allowed: bool) -> None:
    assert bootstrap.load().allows(url) is allowed


async def test_refreshed_lists_are_kept_and_preferred(world: World, tmp_path: Path) -> None:
    for name, file in lists().items():
        world.http.on("data.iana.org", f"/rdap/{name}.json", Canned(json=file))
    published = await bootstrap.refresh(await world.fetch(whois, TARGET), tmp_path / "bootstrap")
    assert set(published) == {"dns", "ipv4", "ipv6", "asn"}
    assert bootstrap.load(tmp_path / "bootstrap").for_domain("example.com") == "https://rdap.new.example/"
    assert sorted(os.listdir(tmp_path / "bootstrap")) == sorted(f"{name}.json" for name in published)
    assert world.http.count() == 4


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Canned(json={"services": []}), Changed),
        (Canned(json=[]), Changed),
        (Canned(json=_file(NEWER, ["com"], "https://rdap.new.example/")), Changed),
        (Canned(text="<html>", content_type="text/html"), Changed),
        (Canned(status=404), SourceDown),
    ],
)
async def test_a_list_that_is_not_whole_replaces_nothing(
    world: World, tmp_path: Path, reply: Canned, error: type[Exception]
) -> None:
    world.http.on("data.iana.org", "/rdap/dns.json", reply)
    with pytest.raises(error):
        await bootstrap.refresh(await world.fetch(whois, TARGET), tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"publication": "2099-01-01T00:00:00Z", "services": [[["com"], ["x"]]]}']
)
def test_a_damaged_file_leaves_the_shipped_one_in_use(tmp_path: Path, content: str) -> None:
    (tmp_path / "dns.json").write_text(content)
    assert bootstrap.load(tmp_path).for_domain("example.com") == "https://rdap.verisign.com/com/v1/"


def test_an_older_file_than_the_shipped_one_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "dns.json").write_text(json.dumps(lists("2020-01-01T00:00:00Z")["dns"]))
    assert bootstrap.load(tmp_path).for_domain("example.com") == "https://rdap.verisign.com/com/v1/"
