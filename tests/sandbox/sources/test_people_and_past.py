"""The stand-ins of Have I Been Pwned and SecurityTrails answer in the shapes of the real ones."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.sources.conftest import Sources

HIBP = "https://haveibeenpwned.com/api/v3"
TRAILS = "https://api.securitytrails.com/v1"
WHO = "breachedaccount/ada%40example.com?truncateResponse=false"


async def hibp(sources: Sources, path: str, key: str = "invented") -> httpx.Response:
    return await ask(sources, f"{HIBP}/{path}", {"hibp-api-key": key, "user-agent": "Gumshoe/1"})


async def trails(sources: Sources, path: str, key: str = "invented") -> httpx.Response:
    return await ask(sources, f"{TRAILS}/{path}", {"APIKEY": key})


async def ask(sources: Sources, url: str, headers: dict[str, str]) -> httpx.Response:
    asked = httpx.URL(url)
    sent = {"Host": asked.host, "X-Forwarded-Proto": asked.scheme, **{k: v for k, v in headers.items() if v}}
    async with httpx.AsyncClient(base_url=sources.http, timeout=20, trust_env=False) as client:
        client.headers.pop("user-agent")
        return await client.get(asked.raw_path.decode(), headers=sent)


async def test_breaches_of_an_address_are_whole_only_when_asked_for(sources: Sources) -> None:
    rows = (await hibp(sources, WHO)).json()
    assert {row["Name"] for row in rows} == {"ExampleForum", "ExampleShop", "ExampleCombo2026", "ExampleList"}
    assert set(rows[0]) == {
        "Name", "Title", "Domain", "BreachDate", "AddedDate", "ModifiedDate", "PwnCount", "Description", "LogoPath",
        "Attribution", "DataClasses", "IsVerified", "IsFabricated", "IsSensitive", "IsRetired", "IsSpamList",
        "IsMalware", "IsSubscriptionFree", "IsStealerLog",
    }  # fmt: skip
    assert all(set(row) == {"Name"} for row in (await hibp(sources, "breachedaccount/ada%40example.com")).json())


async def test_sensitive_breaches_are_never_told_of_an_address(sources: Sources) -> None:
    rows = (await hibp(sources, "breachedaccount/frank%40example.com?truncateResponse=false")).json()
    assert [row["Name"] for row in rows] == ["ExampleForum"]


@pytest.mark.parametrize("topic", ["breachedaccount", "pasteaccount", "stealerlogsbyemail"])
async def test_who_is_in_nothing_gets_404_without_a_word(sources: Sources, topic: str) -> None:
    nothing = await hibp(sources, f"{topic}/nobody-example%40example.com")
    assert (nothing.status_code, nothing.content) == (404, b"")


async def test_breaches_of_a_domain_need_no_key(sources: Sources) -> None:
    assert [row["Name"] for row in (await hibp(sources, "breaches?Domain=example.com", key="")).json()] == [
        "ExampleShop"
    ]
    assert (await hibp(sources, "breaches?Domain=rented.test", key="")).json() == []


@pytest.mark.parametrize(
    ("key", "path", "status"),
    [
        ("", WHO, 401),
        ("refused-1", WHO, 401),
        ("small-1", "stealerlogsbyemail/ada%40example.com", 403),
        ("small-1", "breacheddomain/example.com", 403),
        ("invented", "breacheddomain/example.org", 403),
        ("invented", "breacheddomain/example.com", 200),
        ("invented", "breachedaccount/nothing", 400),
    ],
)
async def test_keys_and_plans_decide_what_is_answered(sources: Sources, key: str, path: str, status: int) -> None:
    said = await hibp(sources, path, key=key)
    assert said.status_code == status
    assert status == 200 or said.json().keys() == {"statusCode", "message"}


async def test_who_does_not_say_what_asks_is_refused(sources: Sources) -> None:
    assert (await ask(sources, f"{HIBP}/breaches", {"user-agent": ""})).status_code == 403


async def test_the_plan_of_a_key_is_told(sources: Sources) -> None:
    small, large = [(await hibp(sources, "subscription/status", key=key)).json() for key in ("small-1", "invented")]
    assert (small["Rpm"], small["IncludesStealerLogs"], large["IncludesStealerLogs"]) == (10, False, True)


async def test_current_records_agree_with_the_zones_and_lack_nothing_but_values(sources: Sources) -> None:
    records = (await trails(sources, "domain/example.com")).json()["current_dns"]
    assert records["a"]["values"][0]["ip"] == "192.0.2.10"
    assert set(records) == {"a", "aaaa", "mx", "ns", "soa", "txt"}
    bare = (await trails(sources, "domain/bare.test")).json()["current_dns"]
    assert bare == {rdtype: {} for rdtype in records}


async def test_names_below_are_labels_with_duplicates_that_differ_in_case(sources: Sources) -> None:
    said = (await trails(sources, "domain/example.com/subdomains")).json()
    assert said["meta"] == {"limit_reached": False}
    assert {"www", "WWW", "old-shop", "db01.corp"} <= set(said["subdomains"])
    assert said["subdomain_count"] == len(said["subdomains"])


async def test_a_history_comes_in_pages_and_shows_the_move_behind_a_cdn(sources: Sources) -> None:
    pages = [(await trails(sources, f"history/example.com/dns/a?page={n}")).json() for n in (1, 2, 3)]
    assert [len(page["records"]) for page in pages] == [2, 1, 0]
    assert {page["pages"] for page in pages} == {2}
    newest, before = pages[0]["records"]
    assert (newest["organizations"], before["values"][0]["ip"]) == (["Example Corp CDN"], "198.51.100.7")
    assert newest["first_seen"] == before["last_seen"]


async def test_neighbours_of_an_address_have_the_names_of_the_zones(sources: Sources) -> None:
    blocks = (await trails(sources, "ips/nearby/192.0.2.11")).json()["blocks"]
    (own,) = [block for block in blocks if block["current"]]
    assert (own["ip"], own["hostnames"]) == ("192.0.2.11/32", ["api.example.com", "app.example.com"])
    assert len(blocks) > 5


@pytest.mark.parametrize(
    ("key", "path", "status"),
    [
        ("", "account/usage", 401),
        ("refused-1", "account/usage", 401),
        ("small-1", "history/example.com/whois", 403),
        ("small-1", "domain/example.com/associated", 403),
        ("invented", "history/example.com/whois", 200),
        ("invented", "domain/vanished.test", 404),
        ("invented", "history/example.com/dns/ptr", 404),
        ("invented", "ips/nearby/none", 400),
    ],
)
async def test_keys_and_plans_decide_it_here_too(sources: Sources, key: str, path: str, status: int) -> None:
    said = await trails(sources, path, key=key)
    assert said.status_code == status
    assert status == 200 or said.json().keys() == {"message"}


async def test_a_small_plan_has_fifty_a_month(sources: Sources) -> None:
    said = (await trails(sources, "account/usage", key="small-1")).json()
    assert said == {"current_monthly_usage": 12, "allowed_monthly_usage": 50}


@pytest.mark.parametrize("path", ["breachedaccount/ada%40hostile.test?truncateResponse=false"])
async def test_hostile_breaches_carry_passwords_where_none_belong(sources: Sources, path: str) -> None:
    assert "hunter2-invented" in (await hibp(sources, path)).text
    assert "<!channel>" in (await trails(sources, "domain/hostile.test/subdomains")).text
