"""Histories become intervals and sentences, a move behind a CDN a hint, and a small budget the best questions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.crtsh import crtsh
from collectors.dns import dns
from collectors.run import Look
from collectors.securitytrails import securitytrails
from collectors.trails.budget import TOPICS, Usage, spending, usage_of
from collectors.trails.changes import changes
from collectors.trails.epochs import Epoch, joined, mailbox, merged, value_of
from core import clock
from core.fingerprints import fingerprint
from core.models import Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.certificate_samples import row
from tests.collectors.trail_samples import CDN, CURRENT, asked, past, registration, script, seen, usage

DOMAIN = Target(Kind.DOMAIN, "example.com")
NOW = clock.now()


async def ask(world: World, **more: Any) -> tuple[Look, list[Finding]]:
    return await world.collect(securitytrails, DOMAIN, **{"securitytrails_key": "invented-key", **more})


def steps(findings: list[Finding]) -> list[str]:
    return [each.value for each in findings if each.kind is Fact.CHANGE]


async def test_a_move_is_a_sentence_and_behind_a_cdn_a_hint_at_the_origin(world: World) -> None:
    a = past(
        seen("2026-11-03", "2026-11-20", "198.51.100.7", by=CDN),
        seen("2021-03-01", "2026-11-02", "192.0.2.10", by="Example Hosting"),
    )
    script(world, a=Canned(json=a))
    _, findings = await ask(world)
    (change,) = [each for each in findings if each.kind is Fact.CHANGE]
    assert change.value == "A moved from 192.0.2.10 to 198.51.100.7 on 3 Nov 2026"
    assert (change.severity, change.attributes["origin_hint"]) == ("medium", ["192.0.2.10"])
    assert change.attributes["why"] == (
        "Since then it is behind Example CDN. The server itself may still answer at 192.0.2.10 (Example Hosting)."
    )
    former = next(each for each in findings if each.attributes.get("role") == "former address")
    assert (former.value, former.attributes["organisations"]) == ("192.0.2.10", ["Example Hosting"])
    assert (f"{former.first_seen:%Y-%m-%d}", f"{former.last_seen:%Y-%m-%d}") == ("2021-03-01", "2026-11-02")
    current = next(each for each in findings if each.value == "198.51.100.7")
    assert current.attributes["role"] == "address"
    assert [each.value for each in findings].count("198.51.100.7") == 1


@pytest.mark.parametrize(
    ("before", "after", "now_at"),
    [
        (CDN, CDN, "198.51.100.7"),  # from one to the other
        ("Example Hosting", "Other Hosting", "198.51.100.7"),  # no CDN at all
        ("Example Hosting", CDN, "203.0.113.5"),  # and it has left the CDN since
    ],
)
async def test_a_move_that_hides_nothing_gives_no_hint(world: World, before: str, after: str, now_at: str) -> None:
    values = [{"ip": now_at, "ip_organization": after if now_at == "198.51.100.7" else "Example Hosting"}]
    dns = {**CURRENT["current_dns"], "a": {"first_seen": "2026-11-10", "values": values}}
    a = past(
        seen("2026-11-03", "2026-11-09", "198.51.100.7", by=after),
        seen("2021-03-01", "2026-11-02", "192.0.2.10", by=before),
    )
    script(world, current=Canned(json={**CURRENT, "current_dns": dns}), a=Canned(json=a))
    _, findings = await ask(world)
    assert steps(findings)
    assert not any("origin_hint" in each.attributes for each in findings)


async def test_overlapping_and_touching_pages_are_one_interval(world: World) -> None:
    pages = [
        past(seen("2024-01-01", "2026-11-02", "192.0.2.10"), pages=3),
        past(seen("2022-06-01", "2024-03-01", "192.0.2.10"), pages=3),
        past(seen("2020-01-01", "2020-02-01", "192.0.2.10"), seen("2022-01-01", "2022-05-31", "192.0.2.10"), pages=3),
    ]
    script(world)
    host = "api.securitytrails.com"
    world.http.on(host, "/v1/history/example.com/dns/a", *[Canned(json=each) for each in pages])
    look, findings = await ask(world)
    (former,) = [each for each in findings if each.attributes.get("role") == "former address"]
    assert former.attributes["intervals"] == [["2020-01-01", "2020-02-01"], ["2022-01-01", "2026-11-02"]]
    assert [path for path in asked(world) if "/dns/a?" in path] == ["/history/dns/a?page=2", "/history/dns/a?page=3"]
    assert look.outcome is Outcome.FOUND


async def test_no_more_than_five_pages_are_turned_and_the_rest_is_said(world: World) -> None:
    script(world, a=Canned(json=past(seen("2024-01-01", "2026-11-02", "192.0.2.10"), pages=40)))
    look, _ = await ask(world)
    assert len([path for path in asked(world) if "/dns/a" in path and "aaaa" not in path]) == 5
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert "Of the former addresses, 5 of 40 pages were read." in look.message


async def test_former_servers_and_contacts_are_told_from_those_of_today(world: World) -> None:
    script(
        world,
        mx=Canned(json=past(seen("2019-01-01", "2023-04-30", "mail.example.com", key="host"))),
        ns=Canned(json=past(seen("2019-01-01", "2019-12-31", "NS1.rented.test.", key="nameserver"))),
        soa=Canned(json=past(seen("2019-01-01", "2019-12-31", "old.example.com", key="email"))),
        txt=Canned(json=past(seen("2019-01-01", "2022-02-01", "v=spf1 a ~all", key="value"))),
    )
    _, findings = await ask(world)
    former = {each.attributes["role"]: each.value for each in findings if "former" in each.attributes.get("role", "")}
    assert former == {
        "former mail server": "mail.example.com",
        "former name server": "ns1.rented.test",
        "former zone contact": "old@example.com",
        "former record": "TXT v=spf1 a ~all",
    }
    assert steps(findings) == [
        "MX moved from mail.example.com to mx1.example.net on 1 May 2023",
        "NS moved from ns1.rented.test to ns1.example.net on 1 Jan 2020",
        "SOA moved from old@example.com to dns.admin@example.com on 1 Jan 2020",
        "TXT moved from v=spf1 a ~all to v=spf1 -all on 2 Feb 2022",
    ]


async def test_name_servers_that_moved_this_month_matter(world: World) -> None:
    dns = {**CURRENT["current_dns"]}
    dns["ns"] = {**dns["ns"], "first_seen": f"{NOW - timedelta(days=3):%Y-%m-%d}"}
    yesterday = f"{NOW - timedelta(days=4):%Y-%m-%d}"
    ns = past(seen("2019-01-01", yesterday, "ns1.rented.test", key="nameserver"))
    script(world, current=Canned(json={**CURRENT, "current_dns": dns}), ns=Canned(json=ns))
    _, findings = await ask(world)
    (change,) = [each for each in findings if each.kind is Fact.CHANGE]
    assert (change.severity, change.attributes["recent"]) == ("medium", True)


async def test_registrations_tell_who_held_it_and_when_the_registrar_changed(world: World) -> None:
    rows = [
        registration(1571011200000, None, "Example Registrar", organization="Example Corp", email="x@example.com"),
        registration(1363651200000, 1571011200000, "Cheap Names", name="Ada Example", email="ada@kontor.example"),
        registration(1263651200000, 1363651200000, "Cheap Names", name="REDACTED FOR PRIVACY", email="n/a"),
    ]
    script(world, whois=Canned(json={"result": {"count": 3, "items": rows}}))
    _, findings = await ask(world)
    assert steps(findings) == [
        "Registrar moved from Cheap Names to Example Registrar on 14 Oct 2019",
        "Holder moved from Ada Example to Example Corp on 14 Oct 2019",
    ]
    held = {each.value: each.attributes["role"] for each in findings if "registrant" in each.attributes.get("role", "")}
    assert held == {
        "Example Corp": "registrant",
        "x@example.com": "registrant",
        "Ada Example": "former registrant",
        "ada@kontor.example": "former registrant",
    }


@pytest.mark.parametrize("place", [("result", "items"), ("items",), ("records",), ("result",)])
async def test_registrations_are_read_wherever_they_stand(world: World, place: tuple[str, ...]) -> None:
    said: Any = [registration(1571011200000, None, "Example Registrar", organization="Example Corp")]
    for step in place[::-1]:
        said = {step: said}
    script(world, whois=Canned(json=said))
    look, findings = await ask(world)
    assert look.outcome is Outcome.FOUND
    assert "Example Corp" in [each.value for each in findings]


async def test_a_list_that_was_cut_off_is_said_with_numbers(world: World) -> None:
    names = {"meta": {"limit_reached": True}, "subdomain_count": 9000, "subdomains": ["www", "mail"]}
    script(world, subdomains=Canned(json=names))
    look, _ = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert look.message.startswith(
        "SecurityTrails knows more names below example.com than it gave: 2 of 9,000 are here."
    )


async def test_with_fifty_a_month_the_best_five_questions_are_asked_and_the_others_named(world: World) -> None:
    script(world, used=0, allowed=50)
    look, findings = await ask(world)
    assert asked(world) == [
        "/domain",
        "/history/dns/a",
        "/domain/subdomains",
        "/history/whois",
        "/history/dns/ns",
    ]
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "quota")
    assert look.message == (
        "SecurityTrails counts 0 of 50 questions of this month as used; 5 more were spent on example.com. Left out to "
        "save it: former mail servers, former IPv6 addresses, tags, former TXT records and former zone contacts.\n"
        "Not tried, because small plans do not include it: associated domains."
    )
    assert findings


async def test_who_asks_for_it_may_spend_the_rest(world: World) -> None:
    script(world, used=10, allowed=50)
    look, _ = await ask(world, options=["deep"])
    assert (len(asked(world)), look.outcome) == (10, Outcome.FOUND)


async def test_an_empty_budget_asks_nothing_about_the_target(world: World) -> None:
    script(world, used=50, allowed=50)
    look, _ = await ask(world)
    assert (look.outcome, look.reason, asked(world)) == (Outcome.FAILED, "rate_limited", [])
    assert look.message == (
        "SecurityTrails counts 50 of 50 questions of this month as used, so nothing was asked about the target."
    )


@pytest.mark.parametrize("reply", [Canned(status=403, json={"message": "x"}), Canned(json={"quota": "?"})])
async def test_a_budget_that_cannot_be_learned_is_treated_as_small(world: World, reply: Canned) -> None:
    script(world, usage=reply)
    look, _ = await ask(world)
    assert len(asked(world)) == 4
    assert "does not say how many questions are left" in look.message


@pytest.mark.parametrize(
    ("left", "allowance"), [(1, 1), (2, 2), (3, 3), (29, 3), (50, 5), (400, 40), (999, 99), (5_000, 55), (None, 4)]
)
def test_a_run_takes_a_tenth_of_what_is_left_but_at_least_three(left: int | None, allowance: int) -> None:
    given = Usage() if left is None else Usage(0, left)
    assert spending(Kind.DOMAIN, given).allowance == allowance


def test_the_table_is_ordered_by_value_for_cost() -> None:
    for topics in TOPICS.values():
        worth = [topic.value / topic.cost for topic in topics]
        assert worth == sorted(worth, reverse=True)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (usage(3, 50), Usage(3, 50)),
        ({"used": "3", "allowed": "50"}, Usage(3, 50)),
        ({"current_monthly_usage": -1, "allowed_monthly_usage": 50}, Usage(None, 50)),
        ({}, Usage()),
        ([], Usage()),
    ],
)
def test_usage_is_read_under_its_likely_names(said: Any, expected: Usage) -> None:
    assert usage_of(said) == expected


def at(day: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)


def held(since: int, until: int, *values: str) -> Epoch:
    return Epoch(tuple(sorted(values)), at(since), at(until))


@pytest.mark.parametrize(
    ("epochs", "said"),
    [
        ([held(0, 9, "x"), held(10, 20, "y")], ["A moved from x to y on 11 Jan 2026"]),
        ([held(0, 9, "x"), held(60, 70, "y")], ["A moved from x to y between 10 Jan 2026 and 2 Mar 2026"]),
        ([held(0, 9, "x"), held(10, 20, "x", "y")], ["A gained y on 11 Jan 2026"]),
        ([held(0, 9, "x", "y"), held(10, 20, "x")], ["A lost y on 11 Jan 2026"]),
        ([held(0, 30, "x"), held(5, 6, "y")], ["A was also y from 6 Jan 2026"]),
        ([held(0, 30, "x"), held(5, 6, "y"), held(31, 40, "z")][:2], ["A was also y from 6 Jan 2026"]),
        ([held(0, 9, "x"), held(9, 20, "x")], []),
        ([held(0, 9, *"abcde"), held(10, 20, "z")], ["A moved from a, b, c and 2 more to z on 11 Jan 2026"]),
    ],
)
def test_changes_are_said_as_they_were_seen(epochs: list[Epoch], said: list[str]) -> None:
    assert [each.sentence for each in changes("A", merged(epochs))] == said


def test_equal_sightings_that_overlap_or_touch_are_one_epoch_and_others_stay_apart() -> None:
    rows = [held(5, 9, "x"), held(0, 6, "x"), held(10, 12, "x"), held(20, 22, "x"), held(3, 4, "y"), held(7, 8)]
    assert [(each.values, each.since, each.until) for each in merged(rows)] == [
        (("x",), at(0), at(12)),
        (("y",), at(3), at(4)),
        (("x",), at(20), at(22)),
    ]


def test_a_change_is_compared_to_what_was_seen_last_before_it() -> None:
    found = [each.sentence for each in changes("A", merged([held(0, 30, "x"), held(5, 6, "y"), held(31, 40, "z")]))]
    assert found[-1] == "A moved from x to z on 1 Feb 2026"


SPANS = st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda span: (at(span[0]), at(span[0] + span[1])))


@given(st.lists(SPANS, max_size=12))
def test_joined_intervals_cover_the_same_days_in_order_without_touching(
    spans: list[tuple[datetime, datetime]],
) -> None:
    whole = joined(spans)
    assert all(any(since <= start and end <= until for since, until in whole) for start, end in spans)
    assert all(later[0] > earlier[1] + timedelta(days=1) for earlier, later in pairwise(whole))
    assert {edge for span in whole for edge in span} <= {edge for span in spans for edge in span}


@pytest.mark.parametrize(
    ("rdtype", "said", "value"),
    [
        ("a", {"ip": "192.0.2.10 "}, "192.0.2.10"),
        ("a", "192.0.2.10", "192.0.2.10"),
        ("a", {"ip": "2001:db8::1"}, ""),
        ("aaaa", {"ipv6": "2001:DB8:0::1"}, "2001:db8::1"),
        ("aaaa", {"ip": "2001:db8::1"}, "2001:db8::1"),
        ("mx", {"host": "MX1.Example.NET."}, "mx1.example.net"),
        ("mx", {"host": "192.0.2.1"}, ""),
        ("ns", {"nameserver": "<!channel>"}, ""),
        ("txt", {"value": "a\tb"}, "a\\009b"),
        ("txt", {"value": 7}, "7"),
        ("txt", {}, ""),
    ],
)
def test_values_are_spelled_as_by_the_dns_collector(rdtype: str, said: Any, value: str) -> None:
    assert value_of(rdtype, said) == value


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        ("hostmaster.example.com", "hostmaster@example.com"),
        ("dns\\.admin.example.com.", "dns.admin@example.com"),
        ("hostmaster@example.com", "hostmaster@example.com"),
        ("", ""),
        ("nothing", ""),
        ("<!here>.example.com", ""),
    ],
)
def test_a_zones_contact_is_an_address(text: str, mail: str) -> None:
    assert mailbox(text) == mail


async def test_what_dns_and_certificates_also_give_is_the_same_finding(world: World) -> None:
    """Equal fingerprints are what a case folds."""
    world.dns.add("example.com", "A", "198.51.100.7")
    world.dns.add("example.com", "MX", "10 MX1.example.NET.")
    world.dns.add("example.com", "NS", "ns1.example.net.")
    world.dns.add("example.com", "SOA", "ns1.example.net. dns\\.admin.example.com. 1 7200 3600 1209600 300")
    world.dns.add("example.com", "TXT", '"v=spf1 -all"')
    world.http.on("crt.sh", "/", Canned(json=[row("example.com", "www.example.com", "db01.corp.example.com")]))
    script(world)
    _, theirs = await ask(world)
    _, records = await world.collect(dns, DOMAIN)
    _, certificates = await world.collect(crtsh, DOMAIN)
    shared = {fingerprint(each) for each in theirs} & {fingerprint(each) for each in (*records, *certificates)}
    assert sorted(each.value for each in theirs if fingerprint(each) in shared) == [
        "198.51.100.7",
        "TXT v=spf1 -all",
        "db01.corp.example.com",
        "dns.admin@example.com",
        "mx1.example.net",
        "ns1.example.net",
        "www.example.com",
    ]


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (Canned(json={"records": {}}), "A further page of the former addresses cannot be read."),
        (Canned(status=404, json={}), "Of the former addresses, 1 of 3 pages were read."),
    ],
)
async def test_a_later_page_that_says_nothing_is_no_end_of_the_history(world: World, second: Canned, said: str) -> None:
    script(world, a=[Canned(json=past(seen("2026-11-03", "2026-11-20", "198.51.100.7"), pages=3)), second])
    look, _ = await ask(world)
    assert (look.outcome, said in look.message) == (Outcome.PARTIAL, True)


async def test_a_later_page_need_not_repeat_how_many_there_are(world: World) -> None:
    pages = [past(seen(f"202{year}-03-01", f"202{year}-10-08", f"192.0.2.{year}"), pages=3) for year in (3, 2, 1)]
    pages[1].pop("pages")
    script(world, a=[Canned(json=each) for each in pages])
    look, findings = await ask(world)
    former = {each.value for each in findings if each.attributes.get("role") == "former address"}
    assert (look.gaps, former) == ((), {"192.0.2.1", "192.0.2.2", "192.0.2.3"})


async def test_a_page_of_registrations_that_is_not_there_is_said(world: World) -> None:
    first = {"pages": 2, "result": {"items": [registration(1614556800000, None, "Example Registrar")]}}
    script(world, whois=[Canned(json=first), Canned(status=404, json={})])
    look, _ = await ask(world)
    assert "Of the former registrations, 1 of 2 pages were read." in look.message


async def test_a_holder_is_seen_since_the_first_registration_that_names_them(world: World) -> None:
    rows = [
        registration(1614556800000, None, "Example Registrar", organization="Example Corp"),
        registration(1262304000000, 1614556800000, "Other Registrar", organization="Example Corp"),
    ]
    script(world, whois=Canned(json={"result": {"items": rows}}))
    _, findings = await ask(world)
    (holder,) = [each for each in findings if each.kind is Fact.ORGANISATION]
    assert (f"{holder.first_seen:%Y-%m-%d}", holder.last_seen) == ("2010-01-01", None)
