"""What counts as a public address or name, and the reason given for what does not."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from AntiSSRF import IPAddressRanges
from hypothesis import given, settings
from hypothesis import strategies as st

from core.addresses import Network, canonical, why_refused, why_refused_name, why_refused_network

SPELLINGS = [
    ("192.0.2.10", "192.0.2.10"),
    ("192.0.2.10.", "192.0.2.10"),
    ("3221225994", "192.0.2.10"),
    ("0xc000020a", "192.0.2.10"),
    ("0XC0.0x00020A", "192.0.2.10"),
    ("0300.0.2.012", "192.0.2.10"),
    ("192.0.522", "192.0.2.10"),
    ("192.522", "192.0.2.10"),
    ("127.1", "127.0.0.1"),
    ("0x7f.1", "127.0.0.1"),
    ("0177.1", "127.0.0.1"),
    ("0", "0.0.0.0"),
    ("2001:DB8:0:0::10", "2001:db8::10"),
    ("[2001:db8::10]", "2001:db8::10"),
    ("fe80::1%eth0", "fe80::1"),
    ("::ffff:192.0.2.10", "192.0.2.10"),
    ("::ffff:c000:20a", "192.0.2.10"),
    ("::192.0.2.10", "::c000:20a"),
]


@pytest.mark.parametrize(("text", "address"), SPELLINGS)
def test_every_spelling_that_programs_accept_means_one_address(text: str, address: str) -> None:
    assert canonical(text) == ip_address(address)


NOT_ADDRESSES = [
    "", ".", "example.com", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "1.2.65536", "08.1.1.1", "4294967296", "0xg",
    "1..2", "-1", "+1", "1 2", "1_0.0.0.1", "٣.٣.٣.٣", "1.2.3.4%eth0", "[192.0.2.1]", "[::1", ":::", "12345::",
    "1" * 10_000, "0x" + "0" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_no_address_is_none(text: str) -> None:
    assert canonical(text) is None


REFUSED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("::1", "loopback"),
    ("0.0.0.0", "unspecified"),
    ("::", "unspecified"),
    ("10.0.0.5", "private address (RFC 1918)"),
    ("172.16.0.1", "RFC 1918"),
    ("172.31.255.255", "RFC 1918"),
    ("192.168.1.1", "RFC 1918"),
    ("fd12:3456::1", "unique local"),
    ("fec0::1", "site-local"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("169.254.1.1", "link-local"),
    ("fe80::1", "link-local"),
    ("169.254.169.254", "metadata"),
    ("169.254.170.2", "metadata"),
    ("100.100.100.200", "metadata"),
    ("168.63.129.16", "metadata"),
    ("192.0.0.192", "metadata"),
    ("fd00:ec2::254", "metadata"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("ff02::1", "multicast"),
    ("255.255.255.255", "broadcast"),
    ("240.0.0.1", "reserved"),
    ("192.0.2.10", "documentation"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.66", "documentation"),
    ("2001:db8::10", "documentation"),
    ("3fff::1", "documentation"),
    ("198.18.0.1", "benchmarks"),
    ("192.0.0.1", "special purpose"),
    ("192.175.48.1", "special purpose"),
    ("100::1", "discarding"),
    ("5f00::1", "special purpose"),
    ("4000::1", "outside 2000::/3"),
]


@pytest.mark.parametrize(("address", "reason"), REFUSED)
def test_each_kind_of_inner_address_is_refused_with_its_own_reason(address: str, reason: str) -> None:
    sentence = why_refused(ip_address(address))
    assert sentence is not None
    assert sentence.startswith(address)
    assert reason in sentence


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::127.0.0.1", "127.0.0.1"),
        ("::ffff:0:10.0.0.5", "10.0.0.5"),
        ("64:ff9b::169.254.169.254", "169.254.169.254"),
        ("64:ff9b:1::10.0.0.5", "10.0.0.5"),
        ("2002:7f00:1::1", "127.0.0.1"),
        ("2002:c0a8:101::", "192.168.1.1"),
        ("2001:0:7f00:1::1", "127.0.0.1"),
        ("2001:0:808:808::80ff:fffe", "127.0.0.1"),
    ],
)
def test_an_inner_address_hidden_in_ipv6_is_found(address: str, inner: str) -> None:
    sentence = why_refused(ip_address(address))
    assert sentence is not None
    assert f"{inner} is" in sentence


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2620:fe::fe", "2a00:1450::1", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_public_addresses_are_not_refused(address: str) -> None:
    assert why_refused(ip_address(address)) is None


@pytest.mark.parametrize("address", ["64:ff9b:1::808:808", "::8.8.8.8"])
def test_a_carrier_that_is_not_routed_is_refused_whatever_it_carries(address: str) -> None:
    assert why_refused(ip_address(address)) is not None


def networks(*texts: str) -> list[Network]:
    return [ip_network(text) for text in texts]


@pytest.mark.parametrize("address", ["10.0.0.5", "::ffff:10.0.0.5", "64:ff9b::10.0.0.5", "2002:a00:5::1"])
def test_an_allowed_network_opens_its_addresses_however_they_are_carried(address: str) -> None:
    assert why_refused(ip_address(address), networks("10.0.0.0/8")) is None


def test_an_allowed_network_opens_nothing_else() -> None:
    assert why_refused(ip_address("192.168.1.1"), networks("10.0.0.0/8", "fd00::/8")) is not None


@pytest.mark.parametrize("address", ["2002:7f00:1::1", "64:ff9b::127.0.0.1", "::127.0.0.1", "2001:0:7f00:1::f7f7:f7f7"])
def test_allowing_every_ipv6_address_does_not_open_the_loopback_inside_one(address: str) -> None:
    assert why_refused(ip_address(address), networks("::/0")) is not None
    assert why_refused(ip_address(address), networks("::/0", "127.0.0.0/8")) is None


@pytest.mark.parametrize("text", IPAddressRanges.recommended_latest)
def test_nothing_on_the_maintained_list_is_public(text: str) -> None:
    network = ip_network(text)
    assert why_refused_network(network) is not None
    if text not in ("2001::/23", "2002::/16", "64:ff9b::/96"):  # there, what an address carries decides
        assert why_refused(network[0]) is not None
        assert why_refused(network[-1]) is not None


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_in_its_mapped_form(address: object) -> None:
    assert why_refused(ip_address(f"::ffff:{address}")) == why_refused(ip_address(str(address)))


@settings(deadline=None)
@given(st.ip_addresses())
def test_allowing_everything_refuses_nothing(address: object) -> None:
    assert why_refused(ip_address(str(address)), networks("0.0.0.0/0", "::/0")) is None


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        ("10.1.0.0/16", "RFC 1918"),
        ("127.0.0.0/8", "loopback"),
        ("100.0.0.0/8", "includes"),
        ("192.0.2.0/24", "documentation"),
        ("2001:db8::/48", "documentation"),
        ("4000::/20", "outside 2000::/3"),
    ],
)
def test_a_network_that_touches_an_inner_one_is_refused(network: str, reason: str) -> None:
    assert reason in (why_refused_network(ip_network(network)) or "")


def test_a_public_or_allowed_network_is_not_refused() -> None:
    assert why_refused_network(ip_network("8.8.8.0/24")) is None
    assert why_refused_network(ip_network("2620:fe::/48")) is None
    assert why_refused_network(ip_network("10.1.0.0/16"), networks("2001:db8::/32", "10.0.0.0/8")) is None
    assert why_refused_network(ip_network("10.0.0.0/8"), networks("10.1.0.0/16")) is not None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("localhost", "RFC 6761"),
        ("a.LOCALHOST.", "RFC 6761"),
        ("printer.local", "mDNS"),
        ("db.internal", "private"),
        ("router.home.arpa", "RFC 8375"),
        ("nas.lan", "local network"),
        ("files.corp", "company"),
        ("abcdef.onion", "Tor"),
        ("x.alt", "RFC 9476"),
        ("x.invalid", "RFC 6761"),
        ("metadata", "metadata"),
        ("metadata.google.internal", "metadata"),
        ("instance-data", "metadata"),
        ("intranet", "company"),
        ("printer", "at least two parts"),
        ("", "at least two parts"),
        ("a..example.com", "at least two parts"),
        ("127.1", "ends in a number"),
        ("x.0x7f", "ends in a number"),
    ],
)
def test_a_name_that_is_not_public_is_refused_with_the_reason(name: str, reason: str) -> None:
    assert reason in (why_refused_name(name) or "")


@pytest.mark.parametrize(
    "name", ["example.com", "example.com.", "examp1e-login.test", "x.example", "localhost.example"]
)
def test_public_names_and_those_for_examples_are_allowed(name: str) -> None:
    assert why_refused_name(name) is None
