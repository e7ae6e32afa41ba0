"""SecurityTrails: what is found from how many questions, and how each kind of trouble ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.run import Look
from collectors.securitytrails import probe, securitytrails
from core.errors import BadKey
from core.models import Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import IMPATIENT, Canned, World, open_world
from tests.collectors.canned_http import HTML
from tests.collectors.mutants import JSON, places, replaced
from tests.collectors.trail_samples import (
    CURRENT,
    EMPTY,
    HOST,
    OTHERS,
    V1,
    asked,
    past,
    registration,
    script,
    seen,
    usage,
)

DOMAIN, ADDRESS = Target(Kind.DOMAIN, "example.com"), Target(Kind.IP, "192.0.2.10")
KEY = "invented-key"
REFUSAL = {"message": "Invalid authentication credentials"}


async def ask(world: World, target: Target = DOMAIN, **more: Any) -> tuple[Look, list[Finding]]:
    return await world.collect(securitytrails, target, **{"securitytrails_key": KEY, **more})


def by_role(findings: list[Finding], role: str) -> list[str]:
    return [each.value for each in findings if each.attributes.get("role") == role]


@pytest.mark.contract("success")
async def test_a_domain_from_twelve_questions_when_there_is_plenty(world: World) -> None:
    script(world)
    look, findings = await ask(world)
    assert look.outcome is Outcome.FOUND
    assert (world.http.count(), len(set(asked(world)))) == (12, 11)
    assert asked(world)[:3] == ["/domain", "/history/dns/a", "/domain/subdomains"]
    assert by_role(findings, "address") == ["198.51.100.7"]
    assert by_role(findings, "mail server") == ["mx1.example.net"]
    assert by_role(findings, "name server") == ["ns1.example.net"]
    assert by_role(findings, "zone contact") == ["dns.admin@example.com"]
    assert "TXT v=spf1 -all" in [each.value for each in findings if each.kind is Fact.RECORD]
    address = findings[0]
    assert (address.provenance.url, address.provenance.status) == (f"https://{HOST}{V1}/domain/example.com", "200")
    assert f"{address.first_seen:%Y-%m-%d}" == "2026-11-03"
    assert dict(address.attributes) == {
        "record": "A",
        "role": "address",
        "shared_by": 4,
        "organisation": "Example CDN",
    }
    assert look.message == (
        "SecurityTrails counts 61 of 2,000 questions of this month as used; 11 more went into this answer."
    )


async def test_names_are_spelled_as_the_other_collectors_spell_them(world: World) -> None:
    script(world)
    _, findings = await ask(world)
    names = [each for each in findings if each.kind is Kind.DOMAIN and not each.attributes.get("role")]
    own = [each for each in names if "relation" not in each.attributes]
    assert [each.value for each in own] == ["www.example.com", "db01.corp.example.com"]
    (other,) = [each for each in names if each not in own]
    assert (other.value, other.attributes["relation"], other.confidence) == ("example.org", "associated", "low")


async def test_the_key_is_in_a_header_and_in_no_receipt(world: World) -> None:
    script(world)
    _, findings = await ask(world)
    assert {each.headers["apikey"] for each in world.http.asked} == {KEY}
    assert KEY not in repr(findings)


@pytest.mark.contract("empty")
async def test_a_name_without_records_history_or_names_below_is_a_clean_answer(world: World) -> None:
    bare = {**CURRENT, "current_dns": EMPTY}
    none: dict[str, Any] = {"subdomains": Canned(json={"subdomains": []}), "tags": Canned(json={"tags": []})}
    script(world, current=Canned(json=bare), associated=Canned(json={"records": []}), **none)
    look, findings = await ask(world)
    assert (look.outcome, look.reason, findings) == (Outcome.NOTHING, "", [])


@pytest.mark.contract("not_found")
async def test_404_means_unknown_where_the_same_api_answered_before_and_asks_no_further(world: World) -> None:
    script(world, current=Canned(status=404, json={"message": "not found"}))
    look, findings = await ask(world)
    assert (look.outcome, findings, world.http.count()) == (Outcome.NOTHING, [], 2)
    assert look.message == "SecurityTrails does not know example.com."


@pytest.mark.parametrize(
    ("usage_reply", "reply"),
    [
        (Canned(status=404, json={"message": "x"}), Canned(status=404, json={"message": "x"})),
        (Canned(json=usage(1, 50)), Canned(status=404, text="<html>no such page</html>", content_type=HTML)),
    ],
)
async def test_404_is_not_believed_otherwise(world: World, usage_reply: Canned, reply: Canned) -> None:
    script(world, usage=usage_reply, current=reply)
    look, _ = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "changed")


@pytest.mark.contract("bad_key")
async def test_a_refused_key_ends_at_once(world: World) -> None:
    script(world, usage=Canned(status=401, json=REFUSAL))
    look, _ = await ask(world)
    assert (look.outcome, look.reason, world.http.count()) == (Outcome.FAILED, "bad_key", 1)


@pytest.mark.contract("forbidden")
async def test_what_the_plan_does_not_include_is_said_together(world: World) -> None:
    no = Canned(status=403, json={"message": "your plan does not include it"})
    script(world, whois=no, associated=no)
    look, findings = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "forbidden")
    assert look.message.startswith("The key's plan does not include former registrations and associated domains.\n")
    assert findings


@pytest.mark.contract("forbidden")
async def test_a_plan_without_current_records_could_not_look(world: World) -> None:
    script(world, current=Canned(status=403, json={"message": "no"}))
    look, _ = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "forbidden")


@pytest.mark.contract("rate_limited")
async def test_slow_down_in_the_middle_leaves_the_rest_unasked_and_said(world: World) -> None:
    script(world, subdomains=Canned(status=429, json={"message": "slow"}, headers={"Retry-After": "600"}))
    look, findings = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "rate_limited")
    assert asked(world) == ["/domain", "/history/dns/a", "/domain/subdomains"]
    assert "Names below it: SecurityTrails asks us to slow down (429)" in look.message
    assert "Not asked after that: former registrations, former name servers" in look.message
    assert by_role(findings, "address")


@pytest.mark.contract("rate_limited_bare")
async def test_a_throttle_of_one_second_is_tried_again(world: World) -> None:
    script(world, current=[Canned(status=429, json={"message": "slow"}), Canned(json=CURRENT)])
    look, _ = await ask(world)
    assert look.outcome is Outcome.FOUND
    script(world, usage=Canned(status=429, json={"message": "You've exceeded the usage limits for your account."}))
    look, _ = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "rate_limited")


@pytest.mark.contract("recovers")
async def test_trouble_that_passes_is_an_answer(world: World) -> None:
    script(world, current=[Canned(status=502, text="<html>", content_type=HTML), Canned(json=CURRENT)])
    look, _ = await ask(world)
    assert look.outcome is Outcome.FOUND


@pytest.mark.contract("down", "html", "truncated", "wrong_types")
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=503, text="<html>503</html>", content_type=HTML), "down"),
        (Canned(reset=True), "down"),
        (Canned(text="<html>Just a moment...</html>", content_type=HTML), "blocked"),
        (Canned(text="<html>Welcome</html>", content_type=HTML), "changed"),
        (Canned(text='{"current_dns": {"a": ', content_type="application/json"), "changed"),
        (Canned(json=CURRENT, cut=60), "down"),
        (Canned(json=[CURRENT]), "changed"),
        (Canned(json={"hostname": "example.com"}), "changed"),
        (Canned(json={"current_dns": []}), "changed"),
    ],
)
async def test_what_could_not_be_asked_is_never_nothing(world: World, reply: Canned, reason: str) -> None:
    script(world, current=reply)
    look, findings = await ask(world)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])


@pytest.mark.contract("timeout")
async def test_silence_is_a_timeout(world: World) -> None:
    script(world, current=Canned(never=True))
    look, _ = await ask(world, patience=IMPATIENT)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "timeout")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a", {"history": []}),
        ("a", past({"first_seen": "never", "values": [{"ip": "192.0.2.1"}]})),
        ("subdomains", {"names": ["www"]}),
        ("tags", {"labels": []}),
        ("whois", {"result": "none"}),
    ],
)
async def test_another_shape_of_one_answer_is_a_gap(world: World, name: str, said: dict[str, Any]) -> None:
    other: dict[str, Any] = {name: Canned(json=said)}
    script(world, **other)
    look, findings = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "changed")
    assert by_role(findings, "address")


@pytest.mark.contract("success")
async def test_an_address_gives_names_and_neighbours_from_two_questions(world: World) -> None:
    script(world)
    blocks = [
        {
            "ip": "192.0.2.10/32",
            "hostnames": ["Example.com.", "example.com"],
            "sites": 1,
            "ports": [443],
            "current": True,
        },
        {
            "ip": "192.0.2.16/29",
            "hostnames": ["shop.example.net"],
            "sites": ["shop.example.net"],
            "ports": ["80", 99999],
        },
        {"ip": "192.0.2.9", "hostnames": [], "sites": None, "ports": None},
    ]
    world.http.on(HOST, f"{V1}/ips/nearby/192.0.2.10", Canned(json={"endpoint": "x", "blocks": blocks}))
    look, (name, block, beside) = await ask(world, ADDRESS)
    assert (look.outcome, world.http.count()) == (Outcome.FOUND, 2)
    assert (name.kind, name.value, name.attributes["role"]) == (Kind.DOMAIN, "example.com", "name at the address")
    assert (block.kind, block.value, block.attributes["names"]) == (Kind.CIDR, "192.0.2.16/29", ["shop.example.net"])
    assert (block.attributes["sites"], block.attributes["ports"]) == (1, [80])
    assert (beside.kind, beside.value, beside.attributes["sites"]) == (Kind.IP, "192.0.2.9", 0)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Canned(json={"blocks": []}), Outcome.NOTHING),
        (Canned(status=404, json={"message": "x"}), Outcome.NOTHING),
        (Canned(json={"neighbours": []}), Outcome.FAILED),
        (Canned(json={"blocks": [{"ip": "none"}, 7]}), Outcome.FAILED),
        (Canned(json={"blocks": [{"ip": "192.0.2.10/32", "hostnames": []}]}), Outcome.NOTHING),
        (Canned(json={"blocks": [{"ip": "192.0.2.9"}, 7]}), Outcome.PARTIAL),
    ],
)
async def test_an_address_without_neighbours_is_told_from_one_that_could_not_be_read(
    world: World, reply: Canned, outcome: Outcome
) -> None:
    script(world)
    world.http.on(HOST, f"{V1}/ips/nearby/192.0.2.10", reply)
    look, _ = await ask(world, ADDRESS)
    assert look.outcome is outcome


async def test_the_probe_says_what_is_left_and_names_no_target(world: World) -> None:
    script(world, used=12, allowed=50)
    fetch = await world.fetch(securitytrails, DOMAIN, securitytrails_key=KEY)
    said = await probe(fetch)
    assert said == "It takes the key: SecurityTrails counts 12 of 50 questions of this month as used."
    assert [each.path for each in world.http.asked] == [f"{V1}/account/usage"]
    script(world, usage=Canned(status=401, json=REFUSAL))
    with pytest.raises(BadKey):
        await probe(fetch)


EVIL = ("<!channel>", "a\u202eb", "x\x00y", "=cmd()", "www.<@U0ADA>", "x" * 5_000_000)


@pytest.mark.contract("hostile")
async def test_five_megabytes_of_hostile_text_end_in_bounded_findings(world: World) -> None:
    odd = [{"ip": each, "value": each, "hostname": each} for each in EVIL[:5]]
    hostile = {**CURRENT, "current_dns": {**CURRENT["current_dns"], "a": {"first_seen": EVIL[0], "values": odd}}}
    script(
        world,
        current=Canned(json=hostile),
        subdomains=Canned(json={"subdomains": [*EVIL[:5], "ok", "y" * 100_000]}),
        tags=Canned(json={"tags": list(EVIL[:5])}),
        a=Canned(json=past(*(seen("2020-01-01", "2021-01-01", f"192.0.2.{n % 250}", EVIL[0]) for n in range(900)))),
        txt=Canned(json=past(seen("2020-01-01", "2021-01-01", EVIL[5], key="value"))),
    )
    look, findings = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "too_large")
    names = [each.value for each in findings if each.kind is Kind.DOMAIN and "role" not in each.attributes]
    assert names == ["ok.example.com", "example.org"]
    assert len(findings) < 600
    assert len(repr(findings)) < 1_000_000


async def test_lists_longer_than_the_source_writes_are_cut_and_said(world: World) -> None:
    rows = [seen(f"{1980 + n % 40}-01-{1 + n % 28:02}", "2026-01-01", f"192.0.2.{n % 250}") for n in range(9_000)]
    labels = [f"h{n}" for n in range(30_000)]
    script(
        world,
        a=Canned(json=past(*rows)),
        subdomains=Canned(json={"subdomains": labels, "subdomain_count": 30_000}),
        tags=Canned(json={"tags": [f"tag{n}" for n in range(5_000)]}),
        ns=Canned(json=past(seen("2001-01-01", "2002-01-01", *(f"n{n}.test" for n in range(9_000)), key="host"))),
    )
    look, findings = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert "5,000 of 30,000 are here" in look.message
    assert "8,500 elements of the history of A records were not read." in look.message
    assert len(findings) < 7_000


ANSWERS: dict[str, Any] = {
    "/account/usage": usage(3, 2000),
    "/domain/example.com": CURRENT,
    **OTHERS,
    "/history/example.com/dns/a": past(
        seen("2026-11-03", "2026-11-20", "198.51.100.7", by="Example CDN"),
        seen("2021-01-01", "2026-11-02", "192.0.2.10"),
    ),
    "/history/example.com/whois": {
        "result": {
            "items": [
                registration(1400000000000, None, "B", organization="Example Corp", email="a@example.com"),
                registration(1300000000000, 1400000000000, "A", name="Ada Example"),
            ]
        }
    },
    "/ips/nearby/192.0.2.10": {"blocks": [{"ip": "192.0.2.8/29", "hostnames": ["a.example.com"], "ports": [80]}]},
}


@pytest.mark.contract("mutated")
@given(chance=st.data(), by=JSON)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_whatever_stands_wherever_nothing_but_our_own_errors_come_out(chance: st.DataObject, by: Any) -> None:
    path = chance.draw(st.sampled_from(sorted(ANSWERS)))
    place = chance.draw(st.sampled_from(places(ANSWERS[path])))
    async with open_world() as world:
        for each, value in ANSWERS.items():
            said = replaced(value, place, by) if each == path else value
            world.http.on(HOST, V1 + each, Canned(text=json.dumps(said), content_type="application/json"))
        for target in (DOMAIN, ADDRESS):
            look, findings = await ask(world, target)
            assert look.outcome in Outcome
            assert all(each.value for each in findings)


async def test_a_domain_that_receives_no_mail_on_purpose_is_read_whole(world: World) -> None:
    none = {"first_seen": "2024-01-02", "values": [{"hostname": "", "hostname_count": 90, "priority": 0}]}
    gone = {"records": [{"first_seen": "2024-01-02", "values": [{"host": ".", "priority": 0}]}], "pages": 1}
    dns = {**CURRENT["current_dns"], "mx": none}
    script(world, current=Canned(json={**CURRENT, "current_dns": dns}), mx=Canned(json=gone))
    look, findings = await ask(world)
    assert look.outcome is Outcome.FOUND, look.message
    assert by_role(findings, "mail server") == []
