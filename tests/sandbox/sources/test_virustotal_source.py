"""The stand-in for VirusTotal answers in the shapes of API v3."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.sources.world.judged import DROPPER, INVOICE
from tests.sandbox.sources.conftest import Sources

BASE = "https://www.virustotal.com/api/v3"
PHISHING = "aHR0cHM6Ly9leGFtcDFlLWxvZ2luLnRlc3Qv"


async def ask(sources: Sources, path: str, key: str = "any") -> httpx.Response:
    host = {"Host": "www.virustotal.com", "x-apikey": key}
    async with httpx.AsyncClient(base_url=sources.http, timeout=20, trust_env=False, verify=False) as client:
        return await client.get(f"/api/v3/{path}", headers=host if key else {"Host": host["Host"]})


async def known(sources: Sources, path: str) -> dict[str, Any]:
    answer = await ask(sources, path)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()["data"]
    return found


async def test_a_phishing_domain_is_flagged_by_several_vendors_that_are_named(sources: Sources) -> None:
    found = await known(sources, "domains/examp1e-login.test")
    told = found["attributes"]
    flagging = [each for each in told["last_analysis_results"].values() if each["category"] == "malicious"]
    assert (found["type"], told["last_analysis_stats"]["malicious"], len(flagging)) == ("domain", 9, 9)
    assert sum(told["last_analysis_stats"].values()) == 94
    assert told["registrar"] == "Cheap Names Example LLC"
    assert told["total_votes"] == {"harmless": 0, "malicious": 6}


async def test_each_kind_of_thing_has_its_own_answer(sources: Sources) -> None:
    address = await known(sources, "ip_addresses/203.0.113.66")
    assert (address["attributes"]["asn"], address["attributes"]["network"]) == (64511, "203.0.113.0/24")
    url = await known(sources, f"urls/{PHISHING}")
    assert (url["attributes"]["url"], len(url["id"])) == ("https://examp1e-login.test/", 64)
    for asked in (DROPPER.md5, DROPPER.sha1, DROPPER.sha256.upper()):
        file = await known(sources, f"files/{asked}")
        assert (file["id"], file["attributes"]["md5"]) == (DROPPER.sha256, DROPPER.md5)


async def test_nobody_has_analysed_some(sources: Sources) -> None:
    told = (await known(sources, "domains/example.org"))["attributes"]
    assert set(told["last_analysis_stats"].values()) == {0}
    assert "last_analysis_date" not in told


@pytest.mark.parametrize(
    ("path", "key", "status", "code"),
    [
        ("domains/vanished.test", "any", 404, "NotFoundError"),
        (f"files/{'0' * 64}", "any", 404, "NotFoundError"),
        (f"urls/{PHISHING}=", "any", 400, "InvalidArgumentError"),
        ("domains/example.com", "", 401, "AuthenticationRequiredError"),
        ("domains/example.com", "refused-1", 401, "WrongCredentialsError"),
        ("domains/example.com", "spent-1", 429, "QuotaExceededError"),
        ("domains/example.com/urls", "small-1", 403, "ForbiddenError"),
        ("domains/example.com/subdomains?limit=41", "any", 400, "BadRequestError"),
    ],
)
async def test_errors_have_its_own_form(sources: Sources, path: str, key: str, status: int, code: str) -> None:
    answer = await ask(sources, path, key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "message" in answer.json()["error"]


async def test_relations_are_ids_on_the_object_and_objects_in_pages(sources: Sources) -> None:
    found = await known(sources, "domains/examp1e-login.test?relationships=communicating_files,siblings")
    ids = [{"type": "file", "id": DROPPER.sha256}, {"type": "file", "id": INVOICE.sha256}]
    assert found["relationships"]["communicating_files"]["data"] == ids
    assert found["relationships"]["siblings"]["data"] == []
    first = (await ask(sources, "domains/examp1e-login.test/communicating_files?limit=1")).json()
    assert [each["id"] for each in first["data"]] == [DROPPER.sha256]
    assert first["links"]["next"].startswith(BASE)
    cursor = first["meta"]["cursor"]
    second = (await ask(sources, f"domains/examp1e-login.test/communicating_files?limit=1&cursor={cursor}")).json()
    assert [each["attributes"]["meaningful_name"] for each in second["data"]] == ["invoice.docm"]
    assert "next" not in second["links"]


async def test_passive_dns_is_both_ends_and_a_date(sources: Sources) -> None:
    (row,) = (await ask(sources, "domains/examp1e-login.test/resolutions")).json()["data"]
    told = row["attributes"]
    assert (told["ip_address"], told["host_name"]) == ("203.0.113.66", "examp1e-login.test")
    assert row["id"] == "203.0.113.66examp1e-login.test"
    assert told["ip_address_last_analysis_stats"]["malicious"] == 3


async def test_a_key_can_ask_what_it_has_used(sources: Sources) -> None:
    told = (await ask(sources, "users/any/overall_quotas")).json()["data"]
    assert told["api_requests_daily"]["user"] == {"used": 42, "allowed": 500}


async def test_nothing_can_be_handed_in(sources: Sources) -> None:
    async with httpx.AsyncClient(base_url=sources.http, trust_env=False, verify=False) as client:
        answer = await client.post("/api/v3/urls", headers={"Host": "www.virustotal.com", "x-apikey": "any"})
    assert answer.status_code == 405
