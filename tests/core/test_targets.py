"""How one target is read from what people type and paste, and what is said when it is not."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from core.errors import Ambiguous, NotATarget, Refused
from core.models import Kind, Target
from core.targets import defang, parse, spell
from tests.core.target_rows import EXAMPLES, MD5, TABLE


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(TABLE) >= 180
    assert {kind for kind, _, _ in TABLE} == set(Kind) - {Kind.FILE}


@pytest.mark.parametrize(("kind", "text", "value"), TABLE)
def test_a_target_is_read_in_its_canonical_form(kind: Kind, text: str, value: str) -> None:
    assert parse(text, allow=EXAMPLES) == Target(kind, value)


@pytest.mark.parametrize(("kind", "text", "value"), TABLE)
def test_what_is_spelled_is_read_again(kind: Kind, text: str, value: str) -> None:
    assert parse(spell(Target(kind, value)), allow=EXAMPLES) == Target(kind, value)


@pytest.mark.parametrize(("kind", "text", "value"), TABLE)
def test_what_is_defanged_is_read_again(kind: Kind, text: str, value: str) -> None:
    assert parse(defang(spell(Target(kind, value))), allow=EXAMPLES) == Target(kind, value)


NOT_TARGETS = [
    ("", "nothing to look up"),
    (" \n\t", "nothing to look up"),
    ("...", "nothing to look up"),
    ("\x00\ud800", "nothing to look up"),
    ("exmaple", '"exmaple" has no dot. To look up a user name, write user:exmaple.'),
    ("exmaple.cmo", "Did you mean exmaple.com?"),
    ("exmaple.ogr", "Did you mean exmaple.org?"),
    ("exmaple.comm", "Did you mean exmaple.com?"),
    ("www.exmaple.zzz", "write domain:www.exmaple.zzz"),
    ("https://exmaple.cmo/a", "Did you mean exmaple.com?"),
    ("ada@exmaple.con", "Did you mean exmaple.com?"),
    ("alice.1990", "write user:alice.1990"),
    ("Ada Example", 'Put a name in quotes, like "Ada Example"'),
    ("example.com example.org", "more than one word"),
    ("<@U0ADA1234>", "write user:"),
    ("<@U0ADA1234|ada>", "write user:"),
    ("<#C012AB3CD|general>", "mentions something in Slack"),
    ("<!channel>", "mentions something in Slack"),
    ("<!subteam^S012AB3CD>", "mentions something in Slack"),
    ("@here", "Slack's own"),
    ("@U012AB3CD", "write user:U012AB3CD"),
    ("ftp://example.com/", "http and https only"),
    ("file:///etc/passwd", "http and https only"),
    ("javascript:alert(1)", "not a target I know"),
    ("https://", "not an address that a browser"),
    ("https://exa mple.com/", "more than one word"),
    ("https://example.com:99999/", "browser"),
    ("https://printer/", "no public host name"),
    ("https://com/", "no public host name"),
    ("ada@work", "is not a domain"),
    ("a..b@example.com", "no email address"),
    ("ada@printer", "no email address"),
    ("@ada@printer", "not a domain"),
    ("ada@192.0.2.10", "not a domain"),
    ("(202) 555-0143", "country code"),
    ("202-555-0143", "country code"),
    ("+1 202", "no phone number"),
    ("+999 123456", "no phone number"),
    ("phone:12", "is not a phone number"),
    (MD5[:20], "20 hex digits"),
    (f"sha256:{MD5}", "is not a file hash"),
    ("192.0.2.1/99", "from 0 to 32"),
    ("2001:db8::/129", "from 0 to 128"),
    ("AS4294967296", "no AS number"),
    ("user:a b", "is not a user name"),
    ("user:+-+", "is not a user name"),
    ('"12 34"', "no name"),
    ('"<b> Ada"', "no name"),
    ("name:" + "a" * 101, "is not a name"),
    ("a" * 64 + ".com", "not a target I know"),
    ("-example.com", "not a target I know"),
    ("exam_ple!.com", "not a target I know"),
    ("0192.0.2.10", "not a target I know"),
    ("https://example.com/a b", "more than one word"),
    ("ip:example.com", "is not an IP address"),
    ("x" * 4097, "4,097 characters"),
    ("https://example.com/" + "ü" * 2000, "12,020 characters long when written out"),
]


@pytest.mark.parametrize(("text", "sentence"), NOT_TARGETS)
def test_what_is_no_target_is_answered_with_the_next_step(text: str, sentence: str) -> None:
    with pytest.raises(NotATarget) as caught:
        parse(text, allow=EXAMPLES)
    assert sentence in str(caught.value)
    assert not isinstance(caught.value, (Ambiguous, Refused))


REFUSALS = [
    ("127.0.0.1", "loopback"),
    ("127.1", "loopback"),
    ("0x7f.1", "loopback"),
    ("0177.0.0.1", "loopback"),
    ("ip:2130706433", "loopback"),
    ("[::1]", "loopback"),
    ("::ffff:127.0.0.1", "loopback"),
    ("64:ff9b::127.0.0.1", "carries 127.0.0.1"),
    ("10[.]0[.]0[.]5", "RFC 1918"),
    ("010.1.1.1", "RFC 1918"),
    ("012.1.1.1", "RFC 1918"),
    ("192.168.1.1:80", "RFC 1918"),
    ("169.254.169.254", "metadata"),
    ("fd00:ec2::254", "metadata"),
    ("100.64.0.1", "carrier-grade"),
    ("203.0.113.66", "documentation"),
    ("10.0.0.0/8", "RFC 1918"),
    ("192.168.7.9/24", "RFC 1918"),
    ("203.0.113.0/24", "documentation"),
    ("0.0.0.0/0", "too large"),
    ("8.0.0.0/7", "too large"),
    ("2000::/3", "too large"),
    ("AS0", "reserved"),
    ("AS23456", "reserved"),
    ("AS65000", "private"),
    ("AS4200000001", "private"),
    ("AS4294967295", "reserved"),
    ("localhost", "RFC 6761"),
    ("printer.local", "mDNS"),
    ("http://localhost:8080/", "RFC 6761"),
    ("http://127.0.0.1/", "loopback"),
    ("http://2130706433/", "loopback"),
    ("http://0x7f.1/", "loopback"),
    ("http://[::1]/", "loopback"),
    ("http://[::ffff:7f00:1]/", "loopback"),
    ("http://①②⑦.0.0.1/", "loopback"),
    ("http://example.com@127.0.0.1/", "loopback"),
    ("http://metadata.google.internal/", "metadata"),
    ("http://db.internal/", "private"),
    ("ada@localhost", "RFC 6761"),
    ('"10.0.0.5"', "RFC 1918"),
    ("com", "public suffix"),
    ("co.uk", "example.co.uk"),
    ("domain:co.uk", "public suffix"),
    ("test", "public suffix"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSALS)
def test_what_is_not_public_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert reason in str(caught.value)


def test_an_allowed_network_may_be_asked_about() -> None:
    allow = [ip_network("10.0.0.0/8")]
    assert parse("10.0.0.5", allow=allow) == Target(Kind.IP, "10.0.0.5")
    assert parse("10.1.0.0/16", allow=allow) == Target(Kind.CIDR, "10.1.0.0/16")
    assert parse("http://10.0.0.5/", allow=allow) == Target(Kind.URL, "http://10.0.0.5/")


QUESTIONS = [
    ("alice.smith", ["domain:alice.smith", "user:alice.smith"]),
    ("12345", ["AS12345", "user:12345"]),
    ("2025550143", ["+12025550143", "AS2025550143", "120.187.113.63", "user:2025550143"]),
    ("442079460958", ["+442079460958", "user:442079460958"]),
    ("3221225994", ["AS3221225994", "192.0.2.10", "user:3221225994"]),
    ("64999", ["user:64999"]),
    ("@ada@example.com", ["ada@example.com", "user:ada"]),
    ("021.1.1.1", ["21.1.1.1", "17.1.1.1"]),
]


@pytest.mark.parametrize(("text", "choices"), QUESTIONS)
def test_what_may_be_several_things_is_asked_about(text: str, choices: list[str]) -> None:
    with pytest.raises(Ambiguous) as caught:
        parse(text, allow=EXAMPLES)
    assert [spell(choice) for choice in caught.value.choices] == choices
    assert all(choice in str(caught.value) for choice in choices)
    assert [parse(choice, allow=EXAMPLES) for choice in choices] == list(caught.value.choices)


NOTES = [
    ("аррӏе.com", "only looks like apple.com"),
    ("pаypal.com", "only looks like paypal.com"),
    ("xn--80ak6aa92e.com", "only looks like apple.com"),
    ("gооgle.рф", "mixes letters of different scripts"),
    ("https://аррӏе.com/login", "only looks like apple.com"),
    ("ada@аррӏе.com", "only looks like apple.com"),
    ("exa\u200bmple.com", "invisible"),
    ("examp1e-login.test", "reserved for examples"),
    ("*.example.com", "names below it"),
    ("example.com:8443", "Port 8443 was left out"),
    ("example.com/a", "http:// was assumed"),
    ("http://ada:secret@example.com/", "password in it was left out"),
    ("http://example.org@evil.test/", "leads to evil.test"),
    ("192.0.2.77/24", "whole network 192.0.2.0/24"),
    ("0xc000020a", "read as 192.0.2.10"),
    ("AS64496", "examples only"),
    ("+44 20 7946 0958 ext. 5", "extension 5"),
    ("+15550143", "not in use"),
    ('"example.com"', 'For a name write name:"example.com"'),
]


@pytest.mark.parametrize(("text", "note"), NOTES)
def test_what_was_changed_or_looks_wrong_is_said(text: str, note: str) -> None:
    assert note in " ".join(parse(text, allow=EXAMPLES).notes)


@pytest.mark.parametrize("text", ["example.com", "münchen.de", "例え.jp", "пример.рф", "café.example.fr", "192.0.2.10"])
def test_an_honest_name_gets_no_warning(text: str) -> None:
    assert parse(text, allow=EXAMPLES).notes == ()


def test_a_password_never_shows_up_in_value_or_notes() -> None:
    target = parse("http://ada:hunter2@example.com/")
    assert "hunter2" not in f"{target.value} {target.notes}"


def test_a_long_text_is_cut_in_the_sentence_about_it() -> None:
    with pytest.raises(NotATarget) as caught:
        parse("x" * 4000)
    assert len(str(caught.value)) < 300
