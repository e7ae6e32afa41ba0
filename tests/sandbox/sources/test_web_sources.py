"""The stand-in web sources answer in the shapes of the real ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.sources.conftest import Sources

CRTSH = "https://crt.sh/?output=json&q=%25."


async def test_crtsh_gives_every_certificate_twice_with_expired_ones_and_names_of_others(sources: Sources) -> None:
    rows = (await sources.get(CRTSH + "example.com")).json()

    names = {name for row in rows for name in row["name_value"].split("\n")}
    assert len(names) > 40
    assert {"*.dev.example.com", "example.org", "security@example.com", "old-shop.example.com"} <= names
    assert len({row["id"] for row in rows}) == len(rows) == 2 * len({row["serial_number"] for row in rows})
    assert min(row["id"] for row in rows) > 2**31
    assert any(datetime.fromisoformat(row["not_after"] + "+00:00") < datetime.now(UTC) for row in rows)
    assert set(rows[0]) == {
        "issuer_ca_id", "issuer_name", "common_name", "name_value", "id", "entry_timestamp",
        "not_before", "not_after", "serial_number", "result_count",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["q=example.com", "identity=example.com", "dNSName=example.com"])
async def test_crtsh_finds_the_exact_name_only_when_no_joker_is_given(sources: Sources, form: str) -> None:
    rows = (await sources.get(f"https://crt.sh/?output=json&{form}")).json()

    assert rows
    assert all("example.com" in row["name_value"].split("\n") for row in rows)


async def test_crtsh_leaves_out_what_the_question_excludes(sources: Sources) -> None:
    everything = (await sources.get(CRTSH + "example.com")).json()
    current = (await sources.get(CRTSH + "example.com&exclude=expired")).json()
    once = (await sources.get(CRTSH + "example.com&deduplicate=Y")).json()

    assert 0 < len(current) < len(everything)
    assert all(datetime.fromisoformat(row["not_after"] + "+00:00") > datetime.now(UTC) for row in current)
    assert len(once) * 2 == len(everything)


async def test_crtsh_answers_an_unknown_name_with_an_empty_list_and_nonsense_with_a_page(sources: Sources) -> None:
    assert (await sources.get(CRTSH + "vanished.test")).json() == []
    nonsense = await sources.get("https://crt.sh/?q=&output=json")
    assert (nonsense.status_code, nonsense.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_crtsh_throttles_one_name_and_says_for_how_long(sources: Sources) -> None:
    throttled = await sources.get(CRTSH + "example.net")

    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "120")


async def test_certspotter_pages_through_the_unexpired_only(sources: Sources) -> None:
    url = "https://api.certspotter.com/v1/issuances?include_subdomains=true&expand=dns_names&domain=example.com"
    pages: list[list[dict[str, Any]]] = []
    while not pages or pages[-1]:
        after = f"&after={pages[-1][-1]['id']}" if pages else ""
        pages.append((await sources.get(url + after)).json())
    issuances = [each for page in pages for each in page]

    assert len(pages) >= 3
    assert len({each["id"] for each in issuances}) == len(issuances)
    assert all(datetime.fromisoformat(each["not_after"]) > datetime.now(UTC) for each in issuances)
    assert all("issuer" not in each and each["dns_names"] for each in issuances)
    assert "old-shop.example.com" not in {name for each in issuances for name in each["dns_names"]}


@pytest.mark.parametrize(("query", "code"), [("", "missing_parameter"), ("domain=com", "invalid_domain")])
async def test_certspotter_refuses_with_a_code_and_a_message(sources: Sources, query: str, code: str) -> None:
    refusal = await sources.get(f"https://api.certspotter.com/v1/issuances?{query}")

    assert refusal.status_code == 400
    assert refusal.json().keys() == {"code", "message"}
    assert refusal.json()["code"] == code


async def test_rdap_knows_a_domain_at_its_registry_alone(sources: Sources) -> None:
    known = await sources.get("https://rdap.verisign.com/com/v1/domain/example.com")
    wrong = await sources.get("https://rdap.verisign.com/net/v1/domain/example.com")

    document = known.json()
    assert known.headers["content-type"] == "application/rdap+json"
    assert document["ldhName"] == "EXAMPLE.COM"
    assert document["entities"][0]["vcardArray"][1][1][3] == "Example Registrar, Inc."
    assert {moment["eventAction"]: moment["eventDate"][:4] for moment in document["events"]}["registration"] == "1995"
    assert (wrong.status_code, wrong.json()["errorCode"]) == (404, 404)


async def test_rdap_of_a_thin_registry_links_to_the_registrar_that_shows_the_holder(sources: Sources) -> None:
    thin = (await sources.get("https://rdap.verisign.com/com/v1/domain/example.com")).json()
    link = next(link["href"] for link in thin["links"] if link["rel"] == "related")
    thick = (await sources.get(link)).json()

    roles = [entity["roles"][0] for entity in thick["entities"]]
    assert roles == ["registrar", "registrant"]
    assert [entity["roles"][0] for entity in thin["entities"]] == ["registrar"]
    assert {each["ldhName"].lower() for each in thin["nameservers"]} == {"ns1.example.net", "ns2.example.net"}


async def test_rdap_says_what_a_registry_keeps_to_itself(sources: Sources) -> None:
    document = (await sources.get("https://rdap.publicinterestregistry.org/rdap/domain/example.org")).json()

    assert {each["name"]["type"] for each in document["redacted"]} == {"Registrant Name", "Registrant Email"}
    assert "Example Corp" not in str(document)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://rdap.arin.net/registry/ip/192.0.2.10", "EXAMPLE-NET"),
        ("https://rdap.arin.net/registry/ip/192.0.2.0/24", "EXAMPLE-NET"),
        ("https://rdap.apnic.net/ip/203.0.113.66", "RENTED-NET"),
        ("https://rdap.apnic.net/ip/2001:db8::10", "EXAMPLE-NET6"),
        ("https://rdap.arin.net/registry/autnum/64496", "EXAMPLE-AS"),
    ],
)
async def test_rdap_knows_addresses_and_numbers(sources: Sources, url: str, name: str) -> None:
    assert (await sources.get(url)).json()["name"] == name


async def test_a_regional_registry_redirects_to_the_one_that_holds_the_address(sources: Sources) -> None:
    moved = await sources.get("https://rdap.db.ripe.net/ip/192.0.2.10")

    assert (moved.status_code, moved.headers["location"]) == (301, "https://rdap.arin.net/registry/ip/192.0.2.10")


async def test_iana_lists_the_servers_that_answer_here(sources: Sources) -> None:
    services = (await sources.get("https://data.iana.org/rdap/dns.json")).json()["services"]
    base = next(urls[0] for tlds, urls in services if "org" in tlds)

    assert (await sources.get(f"{base}domain/example.org")).status_code == 200
    for name in ("ipv4", "ipv6", "asn", "object-tags"):
        assert (await sources.get(f"https://data.iana.org/rdap/{name}.json")).json()["services"]


async def test_the_mail_policy_is_plain_text_at_its_own_host(sources: Sources) -> None:
    policy = await sources.get("https://mta-sts.example.com/.well-known/mta-sts.txt")

    assert policy.headers["content-type"] == "text/plain"
    assert policy.text.splitlines()[:2] == ["version: STSv1", "mode: enforce"]


async def test_a_hostile_name_fills_five_megabytes_and_every_field(sources: Sources) -> None:
    answer = await sources.get(CRTSH + "hostile.test")

    assert len(answer.content) > 5 * 1024 * 1024
    head = str(answer.json()[:6])
    assert all(trick in head for trick in ("<!channel>", "<@U0ADA>", "\\x1b[31m", "\\u202e", "\\x00", "|click>"))


async def test_an_unknown_host_is_a_502_that_says_so_and_is_written_down(sources: Sources) -> None:
    unknown = await sources.get("https://undeclared.example/some/path?x=1")

    assert unknown.status_code == 502
    assert "undeclared.example" in unknown.text
    assert [(each["host"], each["path"], each["via"]) for each in await sources.asked()] == [
        ("undeclared.example", "/some/path?x=1", "https")
    ]


async def test_a_broken_name_is_a_502_then_a_page_then_torn_connections(sources: Sources) -> None:
    first, second = [await sources.get(CRTSH + "broken.test") for _ in range(2)]

    assert (first.status_code, second.status_code) == (502, 200)
    assert second.headers["content-type"].startswith("text/html")
    with pytest.raises(httpx.TransportError):
        await sources.get("https://broken.test/")


async def test_a_flaky_source_fails_for_three_askings_and_then_stays_well(sources: Sources) -> None:
    statuses = [(await sources.get(CRTSH + "flaky.test")).status_code for _ in range(5)]

    assert statuses == [503, 503, 503, 200, 200]


async def test_what_is_fresh_is_counted_from_today(sources: Sources) -> None:
    rows = (await sources.get(CRTSH + "examp1e-login.test")).json()

    issued = datetime.fromisoformat(rows[0]["not_before"] + "+00:00")
    assert timedelta(days=2) <= datetime.now(UTC) - issued < timedelta(days=4)
