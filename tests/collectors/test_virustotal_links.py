"""VirusTotal's relations: which are asked for, what they cost, and that an answer never chooses whom we ask."""

from __future__ import annotations

import ast
import logging
import re
from pathlib import Path
from typing import Any

import pytest

import collectors
from collectors.fetch import Fetch
from collectors.reputation.asking import cursor_of, quota
from collectors.virustotal import virustotal
from core.errors import BadKey, SourceError
from core.models import Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.virustotal_samples import (
    OTHER,
    SHA256,
    domain,
    error,
    file,
    judged,
    page,
    resolution,
    talking,
    thing,
)

HOST, BASE = "www.virustotal.com", "/api/v3"
DOMAIN, HASH = Target(Kind.DOMAIN, "example.com"), Target(Kind.HASH, SHA256)
OBJECT = f"{BASE}/domains/example.com"
KEY: dict[str, Any] = {"virustotal_key": "invented-key"}
IDS: dict[str, Any] = {
    "communicating_files": [{"type": "file", "id": OTHER}],
    "resolutions": [{"type": "resolution", "id": "192.0.2.10example.com"}],
    "subdomains": [{"type": "domain", "id": "www.example.com"}],
    "siblings": [{"type": "domain", "id": "not a name"}],
}
SPENT = Canned(status=429, json=error("QuotaExceededError"))


def role(findings: list[Finding], name: str) -> list[Finding]:
    return [each for each in findings if each.attributes.get("role") == name]


def asked(world: World) -> list[str]:
    return [each.path.removeprefix(OBJECT) for each in world.http.asked]


def known(world: World, flags: int = 0, **links: Any) -> None:
    """VirusTotal knows the domain, the file that talks to it and where it was."""
    world.http.on(HOST, OBJECT, Canned(json=domain(links=IDS | links, **judged(flags))))
    world.http.on(HOST, f"{OBJECT}/communicating_files", Canned(json=page(talking())))
    world.http.on(HOST, f"{OBJECT}/resolutions", Canned(json=page(resolution("192.0.2.10", "example.com"))))


async def test_one_further_question_goes_to_the_most_telling_relation(world: World) -> None:
    known(world)
    look, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert (look.outcome, look.message) == (Outcome.FOUND, "")
    assert asked(world) == ["", "/communicating_files"]
    (talks,) = role(findings, "communicates with it")
    assert (talks.value, talks.attributes["name"], talks.attributes["malicious"]) == (OTHER, "x.exe", 12)
    assert talks.severity == "low"  # malware talks to harmless sites too
    assert talks.attributes["why"] == "12 of 102 vendors flag this file. The connection alone says little."


async def test_what_is_flagged_is_worth_one_more(world: World) -> None:
    known(world, flags=3)
    _, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert asked(world) == ["", "/communicating_files", "/resolutions"]
    (was,) = role(findings, "resolved")
    assert (was.value, was.last_seen is not None) == ("192.0.2.10", True)


async def test_ids_of_all_others_come_with_the_first_answer(world: World) -> None:
    known(world)
    _, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert [each.value for each in role(findings, "subdomain")] == ["www.example.com"]
    assert [(each.value, each.last_seen) for each in role(findings, "resolved")] == [("192.0.2.10", None)]
    assert role(findings, "sibling") == []


async def test_no_question_is_spent_on_what_is_known_to_be_empty(world: World) -> None:
    known(world, flags=9, communicating_files=[], resolutions=[])
    await world.collect(virustotal, DOMAIN, **KEY)
    assert asked(world) == [""]


async def test_without_ids_the_most_telling_is_asked_for_anyway(world: World) -> None:
    known(world)
    world.http.on(HOST, OBJECT, Canned(json=thing("domain", "example.com", **judged())))
    _, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert asked(world) == ["", "/communicating_files"]
    assert role(findings, "communicates with it")


@pytest.mark.parametrize("refused", [(403, "ForbiddenError"), (400, "BadRequestError")])
async def test_a_key_that_may_not_have_the_ids_gets_the_rest(world: World, refused: tuple[int, str]) -> None:
    status, code = refused
    bare = Canned(json=thing("domain", "example.com", **judged()))
    world.http.on(HOST, OBJECT, Canned(status=status, json=error(code)), bare)
    world.http.on(HOST, f"{OBJECT}/communicating_files", Canned(status=403, json=error("ForbiddenError")))
    look, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert (look.outcome, bool(findings)) == (Outcome.FOUND, True)
    assert look.message == "Not asked, because the key's plan does not include it: communicating files."
    assert asked(world) == ["", "", "/communicating_files"]


async def test_a_quota_that_ends_on_the_way_leaves_what_is_known_and_says_so(world: World) -> None:
    known(world, flags=3)
    world.http.on(HOST, f"{OBJECT}/communicating_files", SPENT)
    look, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "rate_limited")
    assert look.message.startswith("Communicating files: The VirusTotal key has no questions left")
    assert asked(world) == ["", "/communicating_files"]  # nor is the next one tried
    assert [each.value for each in role(findings, "communicates with it")] == [OTHER]


async def test_trouble_with_one_relation_leaves_the_others(world: World) -> None:
    known(world, flags=3)
    world.http.on(HOST, f"{OBJECT}/communicating_files", Canned(json={"data": "text"}))
    look, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "changed")
    assert role(findings, "resolved")[0].last_seen is not None


async def test_more_relations_and_pages_are_read_only_when_wanted(world: World) -> None:
    known(world)
    pages = [
        page(talking("0" * 64), cursor="next one"),
        page(talking("1" * 64), following="https://evil.test/api/v3/x?cursor=third&limit=40"),
        page(talking("2" * 64), cursor="there is more"),
    ]
    world.http.on(HOST, f"{OBJECT}/communicating_files", *(Canned(json=each) for each in pages))
    world.http.on(HOST, f"{OBJECT}/subdomains", Canned(json=page({"type": "domain", "id": "www.example.com"})))
    world.http.on(HOST, f"{OBJECT}/siblings", Canned(json=page()))
    for premium in ("urls", "downloaded_files"):
        world.http.on(HOST, f"{OBJECT}/{premium}", Canned(status=403, json=error("ForbiddenError")))
    look, findings = await world.collect(virustotal, DOMAIN, options=["relations"], **KEY)
    read = [dict(each.query) for each in world.http.asked if each.path.endswith("/communicating_files")]
    assert read == [{"limit": "40"}, {"limit": "40", "cursor": "next one"}, {"limit": "40", "cursor": "third"}]
    assert {each.host for each in world.http.asked} == {HOST}
    assert len(role(findings, "communicates with it")) == 3
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert "VirusTotal has more under communicating files than was read." in look.message
    assert "does not include it: urls, downloaded files." in look.message
    assert world.http.count() == 1 + 3 + 3 + 2  # the others have no ids


@pytest.mark.parametrize(
    ("answer", "cursor"),
    [
        ({"meta": {"cursor": "abc"}}, "abc"),
        ({"links": {"next": "https://www.virustotal.com/api/v3/x?limit=10&cursor=a%3D%3D"}}, "a=="),
        ({"links": {"next": "http://169.254.169.254/latest?cursor=b"}}, "b"),
        ({"links": {"next": "http://169.254.169.254/latest"}}, ""),
        ({"links": {"next": "http://[::1/?cursor=b"}}, ""),
        ({"meta": {"cursor": "x" * 1_001}}, ""),
        ({"meta": {"cursor": "a\r\nHost: evil.test"}}, ""),
        ({"meta": {"cursor": ["a"]}}, ""),
        ({}, ""),
    ],
)
def test_only_the_cursor_is_taken_from_an_answer(answer: dict[str, Any], cursor: str) -> None:
    assert cursor_of(answer) == cursor


async def test_a_page_that_names_itself_as_the_next_ends_the_reading(world: World) -> None:
    known(world, resolutions=[], subdomains=[], siblings=[])
    world.http.on(HOST, "*", Canned(status=403, json=error("ForbiddenError")))
    world.http.on(HOST, f"{OBJECT}/communicating_files", Canned(json=page(talking(), cursor="same")))
    await world.collect(virustotal, DOMAIN, options=["relations"], **KEY)
    assert asked(world) == ["", "/communicating_files", "/communicating_files", "/urls", "/downloaded_files"]


async def test_what_a_file_contacted_is_told_with_what_is_thought_of_it(world: World) -> None:
    place = f"{BASE}/files/{SHA256}"
    answer = file()
    answer["data"]["relationships"] = {
        "contacted_domains": {"data": [{"type": "domain", "id": "example.com"}]},
        "contacted_ips": {"data": []},
        "execution_parents": {"data": [{"type": "file", "id": OTHER}]},
        "contacted_urls": {
            "data": [{"type": "url", "id": OTHER, "context_attributes": {"url": "https://example.org/x"}}]
        },
    }
    there = {"type": "domain", "id": "example.com", "attributes": judged(4)}
    world.http.on(HOST, place, Canned(json=answer))
    world.http.on(HOST, f"{place}/contacted_domains", Canned(json=page(there)))
    world.http.on(HOST, f"{place}/execution_parents", Canned(json=page(talking())))
    _, findings = await world.collect(virustotal, HASH, **KEY)
    contacted = {each.value: each.attributes.get("malicious") for each in role(findings, "contacted")}
    assert contacted == {"example.com": 4, "https://example.org/x": None}
    assert [each.value for each in role(findings, "started it")] == [OTHER]


async def test_nothing_is_ever_handed_in(world: World) -> None:
    """A URL or file that is submitted is shown to other customers, and to those who wrote it."""
    known(world, flags=9)
    for target in (DOMAIN, Target(Kind.URL, "https://example.com/secret"), Target(Kind.IP, "192.0.2.10"), HASH):
        world.http.on(HOST, "*", Canned(status=404, json=error("NotFoundError")))
        await world.collect(virustotal, target, options=["relations"], **KEY)
    looked_up = re.compile(rf"{BASE}/(domains|ip_addresses|urls|files)/[^/]+(/[a-z_]+)?")
    assert all(looked_up.fullmatch(each.path) for each in world.http.asked)
    assert not any("analyse" in each.path for each in world.http.asked)
    doors = {name for name in vars(Fetch) if not name.startswith("_")}
    assert doors & {"post", "put", "patch", "delete", "request", "send", "upload"} == set()


def test_no_word_of_the_code_hands_anything_in() -> None:
    folder = Path(collectors.__file__).parent
    files = [folder / "virustotal.py", *(folder / "reputation").glob("*.py")]
    texts = [
        node.value.lower()
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value
    ]
    assert len(texts) > 100
    assert [text for text in texts if text in ("post", "put") or "analyse" in text or "upload" in text] == []


def test_a_public_keys_quota_is_declared() -> None:
    rate = dict(virustotal.rates)[HOST]
    (budget,) = virustotal.budgets
    assert (rate.calls / rate.seconds * 60, rate.burst) == (4, 1)
    assert (budget.day, budget.month, budget.key) == (500, 15_500, "virustotal_key")


async def test_the_probe_says_what_of_the_quota_is_used_and_costs_nothing(world: World) -> None:
    place = f"{BASE}/users/invented-key/overall_quotas"
    told = {"api_requests_daily": {"user": {"used": 42, "allowed": 500}}}
    world.http.on(HOST, place, Canned(json={"data": told}))
    fetch = await world.fetch(virustotal, DOMAIN, **KEY)
    assert await quota(fetch) == "Used: 42 of 500 questions today."
    others: list[dict[str, Any]] = [{"data": []}, {"data": {"api_requests_daily": 7}}, {}]
    for other in others:
        world.http.on(HOST, place, Canned(json=other))
        assert await quota(fetch) == "The key is taken; what it allows was not told."
    world.http.on(HOST, place, Canned(status=401, json=error("WrongCredentialsError")))
    assert isinstance(await fetch.attempt(quota(fetch)), BadKey)


@pytest.mark.parametrize(
    "reply",
    [
        Canned(json={"data": "invented-key"}),
        Canned(status=401, json=error("WrongCredentialsError")),
        Canned(status=500),
        Canned(reset=True),
        Canned(never=True),
        Canned(text="invented-key", content_type="application/json"),
    ],
)
async def test_the_key_is_shown_nowhere(world: World, reply: Canned, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.http.on(HOST, "*", reply)
    fetch = await world.fetch(virustotal, DOMAIN, patience=IMPATIENT, **KEY)
    said = await fetch.attempt(quota(fetch))
    chain = [said, getattr(said, "__cause__", None), getattr(said, "__context__", None)]
    look, _ = await world.collect(virustotal, DOMAIN, patience=IMPATIENT, **KEY)
    logged = "".join(each.getMessage() for each in caplog.records if each.name != "aiohttp.access")
    assert isinstance(said, SourceError | str)
    assert "invented-key" not in "".join(map(repr, [*chain, look, fetch.notes])) + logged


async def test_a_receipt_holds_no_key(world: World) -> None:
    known(world)
    _, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert findings
    assert "invented-key" not in repr(findings)
    assert {each.kind for each in findings} >= {Fact.REPUTATION, Kind.HASH}


async def test_more_than_the_page_that_was_read_is_said(world: World) -> None:
    known(world)
    more = {**page(talking()), "meta": {"cursor": "next"}}
    world.http.on(HOST, f"{OBJECT}/communicating_files", Canned(json=more))
    look, _ = await world.collect(virustotal, DOMAIN, **KEY)
    assert look.message == "There is more than the first page, which with=relations reads: communicating files."


async def test_more_ids_than_the_object_gives_are_said(world: World) -> None:
    told = domain(links=IDS, **judged(0))
    told["data"]["relationships"]["subdomains"]["meta"] = {"cursor": "next"}
    known(world)
    world.http.on(HOST, OBJECT, Canned(json=told))
    look, _ = await world.collect(virustotal, DOMAIN, **KEY)
    assert look.message == "There is more than the first page, which with=relations reads: subdomains."


async def test_what_was_not_asked_after_the_last_question_is_named(world: World) -> None:
    known(world)
    world.http.on(HOST, f"{OBJECT}/communicating_files", SPENT)
    look, _ = await world.collect(virustotal, DOMAIN, options=["relations"], patience=IMPATIENT, **KEY)
    assert look.outcome is Outcome.PARTIAL
    assert "Not asked after that: resolutions, subdomains, " in look.message
    assert "downloaded files." in look.message


@pytest.mark.parametrize(
    ("target", "other"),
    [
        (DOMAIN, thing("domain", "example.org")),
        (Target(Kind.IP, "192.0.2.10"), thing("ip_address", "192.0.2.11")),
        (HASH, thing("file", OTHER)),
    ],
)
async def test_an_answer_about_another_thing_is_none(world: World, target: Target, other: dict[str, Any]) -> None:
    world.http.on(HOST, "*", Canned(json=other))
    look, findings = await world.collect(virustotal, target, **KEY)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "changed", [])
