"""The stand-ins for Shodan, InternetDB and CVEDB answer in the shapes of the real ones."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from sandbox.sources.world.exposed import MACHINES
from tests.sandbox.sources.conftest import Sources

INTERNETDB = "https://internetdb.shodan.io/"
REST = "https://api.shodan.io"
INVENTED = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


async def test_internetdb_has_its_six_keys_without_any_key(sources: Sources) -> None:
    known = (await sources.get(INTERNETDB + "192.0.2.19")).json()
    assert set(known) == {"cpes", "hostnames", "ip", "ports", "tags", "vulns"}
    assert (known["ports"], known["tags"]) == ([22, 443, 6379], ["database"])
    empty = (await sources.get(INTERNETDB + "192.0.2.30")).json()
    assert (empty["ports"], empty["vulns"]) == ([], [])


async def test_internetdb_tells_the_unknown_from_what_it_does_not_take(sources: Sources) -> None:
    unknown = await sources.get(INTERNETDB + "192.0.2.99")
    assert (unknown.status_code, unknown.json()) == (404, {"detail": "No information available"})
    assert (await sources.get(INTERNETDB + "2001:db8::10")).status_code == 422


async def test_the_rest_api_wants_a_key_in_the_query(sources: Sources) -> None:
    bare = await sources.get(f"{REST}/api-info")
    refused = await sources.get(f"{REST}/api-info?key=refused-1")
    assert (bare.status_code, bare.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert (refused.status_code, list(refused.json())) == (401, ["error"])


async def test_a_host_comes_with_a_banner_for_each_port(sources: Sources) -> None:
    host = (await sources.get(f"{REST}/shodan/host/203.0.113.66?key=any")).json()
    assert host["ports"] == [each["port"] for each in host["data"]] == [80, 443, 3389]
    assert (host["asn"], host["org"], host["os"]) == ("AS64511", "Rented Servers Example", "Windows Server 2012 R2")
    web, tls, desktop = host["data"]
    assert isinstance(host["vulns"], list)
    assert web["vulns"]["CVE-2021-99773"] == {
        "verified": True, "cvss": 9.8, "summary": "DEMO: invented.", "references": [],
    }  # fmt: skip
    assert tls["ssl"]["cert"]["subject"] == {"CN": "examp1e-login.test"}
    assert "-SSLv2" in tls["ssl"]["versions"]
    assert desktop["_shodan"]["module"] == "rdp"


@pytest.mark.parametrize("address", ["192.0.2.99", "198.51.100.7"])
async def test_an_unknown_host_is_said_in_shodans_words(sources: Sources, address: str) -> None:
    unknown = await sources.get(f"{REST}/shodan/host/{address}?key=any")
    assert (unknown.status_code, unknown.json()) == (404, {"error": "No information available for that IP."})


async def test_a_small_plan_has_no_credits_and_does_not_show_every_host(sources: Sources) -> None:
    plan = (await sources.get(f"{REST}/api-info?key=small-1")).json()
    assert (plan["plan"], plan["query_credits"], plan["usage_limits"]["query_credits"]) == ("oss", 0, 0)
    refused = {"error": "Requires membership or higher to access"}
    for path in ("/dns/domain/example.com", "/shodan/host/203.0.113.66"):
        answer = await sources.get(f"{REST}{path}?key=small-1")
        assert (answer.status_code, answer.json()) == (403, refused)
    assert (await sources.get(f"{REST}/shodan/host/192.0.2.10?key=small-1")).status_code == 200


async def test_names_of_a_domain_are_those_of_its_zone_in_pages(sources: Sources) -> None:
    page = (await sources.get(f"{REST}/dns/domain/example.com?key=any")).json()
    assert {"subdomain": "www", "type": "CNAME", "value": "example.com"}.items() <= next(
        row for row in page["data"] if row["subdomain"] == "www"
    ).items()
    assert {"*.dev", "api", "shop"} <= set(page["subdomains"])
    assert "" in {row["subdomain"] for row in page["data"]}
    assert page["more"] is False
    unknown = await sources.get(f"{REST}/dns/domain/vanished.test?key=any")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "No information available for that domain.")


async def test_cvedb_scores_what_the_machines_have(sources: Sources) -> None:
    known = (await sources.get("https://cvedb.shodan.io/cve/CVE-2021-99773")).json()
    assert (known["cvss_v3"], known["kev"]) == (9.8, True)
    assert (await sources.get("https://cvedb.shodan.io/cve/CVE-1999-0001")).status_code == 404


async def test_a_flooded_host_sends_megabytes(sources: Sources) -> None:
    assert len((await sources.get(f"{REST}/shodan/host/198.51.100.200?key=any")).content) > 5_000_000


def test_the_machines_have_addresses_of_examples_and_weaknesses_that_no_product_has() -> None:
    assert all(any(ip_address(address) in network for network in INVENTED) for address in MACHINES)
    numbers = [cve for each in MACHINES.values() for port in each.ports for cve in port.weaknesses]
    assert numbers
    assert all(cve.split("-")[2].startswith("99") for cve in numbers)
