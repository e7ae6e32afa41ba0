"""The invented world does not contradict itself: what one source says, the others say too."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import dns.name
import dns.rdatatype
import pytest

from sandbox.sources.behaviours import Board, Kind, Rule
from sandbox.sources.journal import Question
from sandbox.sources.world.networks import AUTNUMS, NETWORKS, network_of
from sandbox.sources.world.whole import World, build

DOCUMENTATION = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


@pytest.fixture(scope="module")
def world() -> World:
    return build(datetime(2026, 11, 23, 17, 30, tzinfo=UTC))


def _addresses(world: World) -> set[str]:
    return {
        record.to_text()
        for zone in world.zones.by_origin.values()
        for rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
        for _, _, record in zone.content.iterate_rdatas(rdtype)
    }


def test_every_registered_name_has_a_zone_and_name_servers(world: World) -> None:
    for domain in world.registrations:
        assert dns.name.from_text(domain) in world.zones.by_origin
        assert len(world.name_servers(domain)) in (1, 2)


def test_every_address_is_a_documentation_address_and_somebody_holds_it(world: World) -> None:
    for address in _addresses(world):
        assert any(ip_address(address) in network for network in DOCUMENTATION)
        assert network_of(address) is not None


def test_every_network_is_announced_by_a_number_that_exists() -> None:
    assert {network.origin for network in NETWORKS} <= set(AUTNUMS)


def test_the_narrowest_network_answers() -> None:
    found = network_of("198.51.100.200")

    assert found is not None
    assert found.name == "FLOOD-NET"


def test_keys_and_signers_are_the_same_at_every_start(world: World) -> None:
    again = build(datetime(2026, 12, 1, tzinfo=UTC))

    assert world.delegation_signers("example.com") == again.delegation_signers("example.com") != []


def test_ages_move_with_the_day_and_history_does_not(world: World) -> None:
    later = build(datetime(2027, 1, 23, tzinfo=UTC))

    assert later.registrations["example.com"].created == world.registrations["example.com"].created
    moved = later.registrations["examp1e-login.test"].created - world.registrations["examp1e-login.test"].created
    assert moved == later.today - world.today


def test_nothing_healthy_is_about_to_expire(world: World) -> None:
    for domain in ("example.com", "example.org", "example.net"):
        assert (world.registrations[domain].expires - world.now).days > 100


def test_a_flaky_source_recovers_by_itself_after_its_seconds() -> None:
    moment = [0.0]
    board = Board(clock=lambda: moment[0])
    asked = [
        Question(protocol="dns", host="dns", about="flaky.test", text=f"flaky.test {rdtype}")
        for rdtype in ("A", "MX", "NS")
    ]

    first = [board.decide(question).kind for question in asked]
    moment[0] = 13.0
    later = [board.decide(question).kind for question in asked]

    assert (first, later) == ([Kind.DOWN] * 3, [Kind.OK] * 3)


def test_a_flaky_source_says_nothing_about_another_source() -> None:
    board = Board()
    board.add(Rule(Kind.FLAKY, name="flaky.test", times=1))
    asked = [
        Question(protocol="http", host=host, about="flaky.test", text="/") for host in ("a.test", "a.test", "b.test")
    ]

    assert [board.decide(question).kind for question in asked] == [Kind.DOWN, Kind.OK, Kind.DOWN]
