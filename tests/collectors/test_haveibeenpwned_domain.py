"""Have I Been Pwned about domains: what needs no key, what takes a verified domain, and whose names stay out."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.haveibeenpwned import haveibeenpwned
from collectors.run import Look
from core.models import Confidence, Fact, Finding, Kind, Outcome, Target
from core.settings import Settings
from tasks.choose import choose
from tests.collectors.canned import Canned, World, sample_settings
from tests.collectors.leak_samples import leak, subscription

HOST, API = "haveibeenpwned.com", "/api/v3"
DOMAIN = Target(Kind.DOMAIN, "www.example.com")
OWN = leak("ExampleShop", Domain="Example.com")
VERIFIED = [{"DomainName": "example.com", "PwnCount": 3}]


async def ask(world: World, key: str = "") -> tuple[Look, list[Finding]]:
    return await world.collect(haveibeenpwned, DOMAIN, haveibeenpwned_key=key)


def script(world: World, **answers: Any) -> None:
    """Answers by the first word of the path; others are absent."""
    world.http.on(HOST, "*", Canned(status=404))
    world.http.on(HOST, f"{API}/breaches", Canned(json=[OWN]))
    for path, said in answers.items():
        full = {"subscription": "subscription/status"}.get(path, path)
        whole = full if path in ("subscription", "breaches", "subscribeddomains") else f"{full}/example.com"
        world.http.on(HOST, f"{API}/{whole}", *(said if isinstance(said, list) else [said]))


@pytest.mark.contract("success")
async def test_breaches_of_a_domains_own_site_need_no_key_and_one_question(world: World) -> None:
    script(world)
    look, (breach,) = await ask(world)
    assert (look.outcome, breach.value, breach.attributes["role"]) == (Outcome.FOUND, "ExampleShop", "site")
    (asked,) = world.http.asked
    assert (asked.raw_path, "hibp-api-key" in asked.headers) == (f"{API}/breaches?Domain=example.com", False)
    assert look.message == (
        "Only breaches of example.com's own site were looked for: which mailboxes leaked takes a key."
    )


@pytest.mark.contract("empty")
async def test_a_site_without_breaches_is_a_clean_answer(world: World) -> None:
    script(world, breaches=Canned(json=[]))
    look, findings = await ask(world)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])


async def test_a_404_for_lists_that_come_with_200_even_when_empty_is_no_clean_answer(world: World) -> None:
    script(world, breaches=Canned(status=404))
    look, findings = await ask(world)
    assert (look.outcome, findings) == (Outcome.FAILED, [])
    world.http.on(HOST, f"{API}/breaches", Canned(json=[]))
    look, _ = await ask(world, "invented-key")
    assert (look.outcome, "is not verified" in look.message) == (Outcome.PARTIAL, False)
    assert [each.what for each in look.gaps] == ["Verified domains"]


async def test_a_list_of_other_sites_is_not_taken_for_the_domains_own(world: World) -> None:
    script(world, breaches=Canned(json=[leak("A"), leak("B", Domain="notexample.com")]))
    look, findings = await ask(world)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "changed", [])


async def test_strangers_among_the_domains_own_are_left_out_and_counted(world: World) -> None:
    script(world, breaches=Canned(json=[OWN, leak("B", Domain="sub.example.org")]))
    look, findings = await ask(world)
    assert [each.value for each in findings] == ["ExampleShop"]
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "changed")


async def test_a_domain_that_is_not_verified_costs_one_question_more_and_is_said(world: World) -> None:
    script(world, subscribeddomains=Canned(json=[{"DomainName": "example.org"}]))
    look, _ = await ask(world, "invented-key")
    assert (look.outcome, world.http.count()) == (Outcome.FOUND, 2)
    assert "example.com is not verified at Have I Been Pwned by the key's owner" in look.message


async def test_mailboxes_of_a_verified_domain_are_counted_and_never_named(world: World) -> None:
    boxes = {"ada": ["ExampleForum", "Secretive"], "frank.sample": ["ExampleForum"], "x": ["Unheard"]}
    known = [leak(), leak("Secretive", IsSensitive=True)]
    script(
        world,
        breaches=[Canned(json=[]), Canned(json=known)],
        subscribeddomains=Canned(json=VERIFIED),
        subscription=Canned(json=subscription()),
        breacheddomain=Canned(json=boxes),
    )
    look, findings = await ask(world, "invented-key")
    assert {each.value: each.attributes["mailboxes"] for each in findings} == {
        "ExampleForum": 2,
        "Secretive": 1,
        "Unheard": 1,
    }
    hidden = {each.value for each in findings if each.attributes.get("direct_only")}
    assert hidden == {"Secretive", "Unheard"}  # what nobody could look up may be sensitive too
    assert findings[0].attributes["passwords"] is True
    assert "frank" not in repr(findings) + look.message


async def test_mailboxes_that_cannot_be_read_are_said_and_doubt_about_a_breach_stays(world: World) -> None:
    script(
        world,
        breaches=[Canned(json=[]), Canned(json=[leak(IsVerified=False)])],
        subscribeddomains=Canned(json=VERIFIED),
        subscription=Canned(json=subscription()),
        breacheddomain=Canned(json={"ada": ["ExampleForum"], "x": [{"Name": "ExampleForum"}]}),
    )
    look, (found,) = await ask(world, "invented-key")
    assert (look.outcome, look.reason, found.confidence) == (Outcome.PARTIAL, "changed", Confidence.LOW)
    assert "Mailboxes in breaches that could not be read: 1." in look.message


async def test_stealer_logs_of_a_verified_domain_are_counts(world: World) -> None:
    script(
        world,
        subscribeddomains=Canned(json=VERIFIED),
        subscription=Canned(json=subscription(IncludesStealerLogs=True)),
        stealerlogsbyemaildomain=Canned(json={"ada": ["shop.example.net", "a.example"], "frank": ["a.example"]}),
        stealerlogsbywebsitedomain=Canned(json=["eve@example.net", "ada@example.org"]),
    )
    look, (_, boxes, visitors) = await ask(world, "invented-key")
    assert look.outcome is Outcome.FOUND
    assert (boxes.kind, boxes.attributes["mailboxes"], boxes.attributes["sites"]) == (Fact.BREACH, 2, 2)
    assert (visitors.attributes["accounts"], visitors.severity) == (2, "medium")
    assert "eve@" not in repr(visitors)


@pytest.mark.contract("forbidden")
async def test_a_verified_domain_whose_plan_is_too_small_says_so(world: World) -> None:
    script(
        world,
        subscribeddomains=Canned(json=VERIFIED),
        subscription=Canned(json=subscription()),
        breacheddomain=Canned(status=403, json={"statusCode": 403, "message": "too many breached accounts"}),
    )
    look, findings = await ask(world, "invented-key")
    assert (look.outcome, look.reason, len(findings)) == (Outcome.PARTIAL, "forbidden", 1)


async def test_a_refused_key_leaves_what_needs_none(world: World) -> None:
    script(world, subscribeddomains=Canned(status=401, json={"statusCode": 401}))
    look, findings = await ask(world, "refused-key")
    assert (look.outcome, look.reason, len(findings)) == (Outcome.PARTIAL, "bad_key", 1)


def test_without_a_key_an_address_is_skipped_before_anything_is_asked_and_a_domain_is_not() -> None:
    keyless, keyed = sample_settings(), sample_settings(haveibeenpwned_key="invented-key")

    def reason(target: Target, given: Settings) -> str:
        (choice,) = choose(target, ["haveibeenpwned"], given, team="T0SANDBOX")
        return choice.reason

    address = Target(Kind.EMAIL, "ada@example.com")
    assert [reason(address, keyless), reason(address, keyed), reason(DOMAIN, keyless)] == ["no_key", "", ""]
