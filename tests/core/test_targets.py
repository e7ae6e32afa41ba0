"""How one target is read from what people type and paste, and written again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Ambiguous, NotATarget, Refused
from core.models import Kind, Target
from core.targets import defang, display, host_of, parse, registrable, spell, split, suffix_of

# The addresses of examples, opened as an operator would, so that no real one is needed here.
EXAMPLES = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]
MD5, SHA1 = "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SHA512 = SHA256 + SHA256

DOMAINS = [
    ("example.com", "example.com"),
    ("EXAMPLE.Com", "example.com"),
    ("example.com.", "example.com"),
    (" example.com\n", "example.com"),
    ("www.example.co.uk", "www.example.co.uk"),
    ("examp1e-login.test", "examp1e-login.test"),
    ("some.example", "some.example"),
    ("<http://example.com|example.com>", "example.com"),
    ("<https://example.com/|example.com>", "example.com"),
    ("<http://EXAMPLE.com|EXAMPLE.com>.", "example.com"),
    ("`example.com`", "example.com"),
    ("```example.com```", "example.com"),
    ("*example.com*", "example.com"),
    ("_example.com_", "example.com"),
    ("~example.com~", "example.com"),
    ("“example.com”", "example.com"),
    ("‘example.com’,", "example.com"),
    ("'example.com'", "example.com"),
    ("«example.com»", "example.com"),
    ("(example.com)", "example.com"),
    ("(example.com", "example.com"),
    ("example.com).", "example.com"),
    ("[example.com]", "example.com"),
    ("{example.com};", "example.com"),
    ("example.com?!", "example.com"),
    ("example.com…", "example.com"),
    ("exa\u200bmple.com", "example.com"),
    ("\u202eexample.com\u202c", "example.com"),
    ("\ufeffexample.com", "example.com"),
    ("exam\u00adple.com", "example.com"),
    ("\x1b[31mexample.com\x1b[0m", "example.com"),
    ("\u00a0example.com\u2003", "example.com"),
    ("example[.]com", "example.com"),
    ("example(.)com", "example.com"),
    ("example{.}com", "example.com"),
    ("example[dot]com", "example.com"),
    ("example(DOT)com", "example.com"),
    ("example {dot} com", "example.com"),
    ("example [.] com", "example.com"),
    ("example[.com", "example.com"),
    ("example.]com", "example.com"),
    ("example\\.com", "example.com"),
    ("www[.]example[.]com", "www.example.com"),
    ("example[[.]]com", "example.com"),
    ("example。com", "example.com"),
    ("example．com", "example.com"),
    ("example｡com", "example.com"),
    ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
    ("münchen.de", "xn--mnchen-3ya.de"),
    ("MÜNCHEN.DE", "xn--mnchen-3ya.de"),
    ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
    ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
    ("例え.jp", "xn--r8jz45g.jp"),
    ("straße.de", "xn--strae-oqa.de"),
    ("i❤.ws", "xn--i-7iq.ws"),
    ("_dmarc.example.com", "_dmarc.example.com"),
    ("s1._domainkey.example.com", "s1._domainkey.example.com"),
    ("r3---sn-a.example.com", "r3---sn-a.example.com"),
    ("*.example.com", "example.com"),
    (".example.com", "example.com"),
    ("example.com:8443", "example.com"),
    ("domain:example.com", "example.com"),
    ("Domain: example.com", "example.com"),
    ("domain:alice.smith", "alice.smith"),
    ("10.2.0.192.in-addr.arpa", "10.2.0.192.in-addr.arpa"),
    ("3com.com", "3com.com"),
]
ADDRESSES = [
    ("192.0.2.10", "192.0.2.10"),
    ("192[.]0[.]2[.]10", "192.0.2.10"),
    ("192.0.2[.]10", "192.0.2.10"),
    ("<http://192.0.2.10|192.0.2.10>", "192.0.2.10"),
    ("192.0.2.10:443", "192.0.2.10"),
    ("192.0.2.10.", "192.0.2.10"),
    ("0300.0.2.012", "192.0.2.10"),
    ("0xc000020a", "192.0.2.10"),
    ("192.522", "192.0.2.10"),
    ("ip:3221225994", "192.0.2.10"),
    ("2001:db8::10", "2001:db8::10"),
    ("2001:DB8:0:0:0:0:0:10", "2001:db8::10"),
    ("2001:db8::", "2001:db8::"),
    ("[2001:db8::10]", "2001:db8::10"),
    ("[2001:db8::10]:443", "2001:db8::10"),
    ("2001:db8::10%eth0", "2001:db8::10"),
    ("::ffff:192.0.2.10", "192.0.2.10"),
]
NETWORKS = [
    ("192.0.2.0/24", "192.0.2.0/24"),
    ("192.0.2.77/24", "192.0.2.0/24"),
    ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
    ("192.0.2/24", "192.0.2.0/24"),
    ("192[.]0[.]2[.]0/24", "192.0.2.0/24"),
    ("192.0.2.10/32", "192.0.2.10/32"),
    ("2001:db8::/32", "2001:db8::/32"),
    ("2001:DB8::1/48", "2001:db8::/48"),
    ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
    ("net:192.0.2.0/24", "192.0.2.0/24"),
]
AS_NUMBERS = [
    ("AS64496", "AS64496"),
    ("as64496", "AS64496"),
    ("ASN64500", "AS64500"),
    ("AS 64496", "AS64496"),
    ("asn:64496", "AS64496"),
    ("as:AS64496", "AS64496"),
    ("AS1.10", "AS65546"),
    ("AS0064496", "AS64496"),
]
URLS = [
    ("http://example.com", "http://example.com/"),
    ("HTTPS://EXAMPLE.COM/A", "https://example.com/A"),
    ("https://example.com:443/", "https://example.com/"),
    ("https://example.com:8443/", "https://example.com:8443/"),
    ("https://example.com./a", "https://example.com/a"),
    ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
    ("<https://evil.test/|example.com>", "https://evil.test/"),
    ("<http://example.com/login|example.com/login>", "http://example.com/login"),
    ("[click](https://evil.test/a)", "https://evil.test/a"),
    ("hxxp://example.com", "http://example.com/"),
    ("hXXps://example[.]com/a.", "https://example.com/a"),
    ("hxxps[:]//example[.]com", "https://example.com/"),
    ("hxxp[://]example.com", "http://example.com/"),
    ("h**p://example.com", "http://example.com/"),
    ("http[s]://example.com", "https://example.com/"),
    ("hxxp://<http://example.com/a|example.com/a>", "http://example.com/a"),
    ("https://example.com/wiki/Foo_(bar)", "https://example.com/wiki/Foo_(bar)"),
    ("(https://example.com/wiki/Foo_(bar)).", "https://example.com/wiki/Foo_(bar)"),
    ("https://example.com/a/../b", "https://example.com/b"),
    ("https://münchen.de/ü", "https://xn--mnchen-3ya.de/%C3%BC"),
    ("https://ex%61mple.com/", "https://example.com/"),
    ("http:example.com", "http://example.com/"),
    ("example.com/login", "http://example.com/login"),
    ("example.com:8080/login", "http://example.com:8080/login"),
    ("192.0.2.10/login", "http://192.0.2.10/login"),
    ("http://192.0.2.10:8080/", "http://192.0.2.10:8080/"),
    ("http://3221225994/", "http://192.0.2.10/"),
    ("http://[2001:db8::10]/", "http://[2001:db8::10]/"),
    ("http://[::ffff:192.0.2.10]/", "http://192.0.2.10/"),
    ("http://ada:secret@example.com/", "http://ada@example.com/"),
    ("http://example.org:x@evil.test:80\\@example.org/", "http://example.org@evil.test/@example.org/"),
    ("https://gov.uk/", "https://gov.uk/"),
    ("url:https://example.com/", "https://example.com/"),
    ("https://example.com/[\\]a", "https://example.com//a"),
]
EMAILS = [
    ("ada@example.com", "ada@example.com"),
    ("Ada.B+x@EXAMPLE.com", "Ada.B+x@example.com"),
    ("<mailto:ada@example.com|ada@example.com>", "ada@example.com"),
    ("mailto:ada@example.com?subject=x", "ada@example.com"),
    ("<ada@example.com>,", "ada@example.com"),
    ("ada[@]example[.]com", "ada@example.com"),
    ("ada(at)example(dot)com", "ada@example.com"),
    ("ada [at] example [dot] com", "ada@example.com"),
    ("ada＠example．com", "ada@example.com"),
    ("ada@münchen.de", "ada@xn--mnchen-3ya.de"),
    ("email:ada@example.test", "ada@example.test"),
    ('"ada@example.com"', "ada@example.com"),
]
PHONES = [
    ("+12025550143", "+12025550143"),
    ("+1 202 555 0143", "+12025550143"),
    ("+1 (202) 555-0143", "+12025550143"),
    ("(+1) 202.555.0143", "+12025550143"),
    ("<tel:+12025550143|+1 202-555-0143>", "+12025550143"),
    ("tel:+1-202-555-0143", "+12025550143"),
    ("0044 20 7946 0958", "+442079460958"),
    ("+44 20 7946 0958 ext. 5", "+442079460958"),
    ("＋１２０２５５５０１４３", "+12025550143"),
    ("phone:+442079460958", "+442079460958"),
]
HASHES = [
    (MD5, MD5),
    (MD5.upper(), MD5),
    (SHA1, SHA1),
    (SHA256, SHA256),
    (SHA512, SHA512),
    (f"sha256:{SHA256}", SHA256),
    (f"MD5: {MD5}", MD5),
    (f"`{SHA1}`", SHA1),
]
USERNAMES = [
    ("user:ada-example", "ada-example"),
    ("user: @Ada", "Ada"),
    ("User:ada_example", "ada_example"),
    ("username:ada.example", "ada.example"),
    ("@ada", "ada"),
    ("@ada-example.", "ada-example"),
    ("user:12345", "12345"),
    ("user:example.com", "example.com"),
    ("user:здрав", "здрав"),
    ("user:U012AB3CD", "U012AB3CD"),
]
NAMES = [
    ('"Ada Example"', "Ada Example"),
    ("“Ada Example”", "Ada Example"),
    ("„Ada Example“.", "Ada Example"),
    ('"  Ada   Example "', "Ada Example"),
    ('"Ada O’Example"', "Ada O'Example"),
    ('"Example, Inc."', "Example, Inc."),
    ('"Example &amp; Sons"', "Example & Sons"),
    ('"Apple"', "Apple"),
    ('"Zoë"', "Zoë"),
    ('"山田 太郎"', "山田 太郎"),
    ('name:"example.com"', "example.com"),
    ("name:Ada Example", "Ada Example"),
    ('"alice.smith"', "alice.smith"),
]
TABLE = [
    (kind, text, value)
    for kind, rows in (
        (Kind.DOMAIN, DOMAINS), (Kind.IP, ADDRESSES), (Kind.CIDR, NETWORKS), (Kind.ASN, AS_NUMBERS), (Kind.URL, URLS),
        (Kind.EMAIL, EMAILS), (Kind.PHONE, PHONES), (Kind.HASH, HASHES), (Kind.USERNAME, USERNAMES), (Kind.NAME, NAMES),
    )
    for text, value in rows
]  # fmt: skip


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


TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="a1.:/@[]()<>|\"'`*_~-+#?&; \u200b。хx\\", max_size=40),
    st.lists(st.sampled_from([text for _, text, _ in TABLE] + list("[]().:/\"'<>|@ *_")), max_size=4).map("".join),
    st.emails(),
    st.from_regex(r"h(tt|xx)ps?://[a-z]{1,5}(\.|\[\.\])(com|test)(:[0-9]{1,4})?(/[!-~]{0,12}){0,2}", fullmatch=True),
    st.ip_addresses().map(str),
)


def reading(text: str) -> Target | None:
    try:
        return parse(text, allow=EXAMPLES)
    except Ambiguous as question:
        return question.choices[0]
    except NotATarget:
        return None


@settings(deadline=None)
@given(TEXTS)
def test_no_text_raises_anything_but_that_it_is_no_target(text: str) -> None:
    target = reading(text)
    assert target is None or target.value


@settings(deadline=None)
@given(TEXTS)
def test_reading_is_idempotent_through_spelling(text: str) -> None:
    target = reading(text)
    if target:
        assert parse(spell(target), allow=EXAMPLES) == target


@settings(deadline=None)
@given(TEXTS)
def test_defanging_is_undone_by_reading_and_needs_no_second_time(text: str) -> None:
    target = reading(text)
    if target:
        harmless = defang(spell(target))
        assert parse(harmless, allow=EXAMPLES) == target
        assert defang(harmless) == harmless
        assert "http" not in harmless.partition("://")[0] or "://" not in harmless


@settings(deadline=None)
@given(st.text(alphabet="a.b@:/[] 1-ä❤", max_size=60))
def test_defanged_text_holds_nothing_that_a_chat_program_links(text: str) -> None:
    harmless = defang(f"https://{text} ada@{text} {text}.com")
    assert "https://" not in harmless
    assert defang(harmless) == harmless


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("example.com", "example[.]com"),
        ("https://example.com/a.html", "hxxps://example[.]com/a[.]html"),
        ("HTTP://example.com", "hxxp://example[.]com"),
        ("ada@example.com", "ada[@]example[.]com"),
        ("192.0.2.10", "192[.]0[.]2[.]10"),
        ("slack://open", "slack[:]//open"),
        ("v=spf1 include:_spf.example.com -all", "v=spf1 include:_spf[.]example[.]com -all"),
        ("Apache 2.4.58", "Apache 2.4.58"),
        ("@ada", "@ada"),
        ("example[.]com", "example[.]com"),
        ("", ""),
    ],
)
def test_values_are_defanged_for_showing(text: str, harmless: str) -> None:
    assert defang(text) == harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("example.com", "example[.]com"),
        ("münchen.de", "xn--mnchen-3ya[.]de (münchen[.]de)"),
        ("domain:alice.smith", "alice[.]smith"),
        ("https://münchen.de/a", "hxxps://xn--mnchen-3ya[.]de/a (münchen[.]de)"),
        ("ada@münchen.de", "ada[@]xn--mnchen-3ya[.]de (münchen[.]de)"),
        ("user:ada", "user:ada"),
        ('"Ada Example"', '"Ada Example"'),
        ("https://example.com/", "hxxps://example[.]com/"),
        ("AS64496", "AS64496"),
    ],
)
def test_a_target_is_shown_harmless_and_readable(text: str, shown: str) -> None:
    assert display(parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("www.example.com", "www.example.com"),
        ("https://www.example.com:8443/a", "www.example.com"),
        ("https://192.0.2.10/a", None),
        ("https://[2001:db8::10]/a", None),
        ("ada@example.com", "example.com"),
        ("192.0.2.10", None),
        ("user:example.com", None),
    ],
)
def test_the_host_of_a_target_is_its_domain(text: str, host: str | None) -> None:
    assert host_of(parse(text, allow=EXAMPLES)) == host


def test_the_registered_name_is_told_from_the_suffix() -> None:
    assert registrable("a.b.example.co.uk") == "example.co.uk"
    assert registrable("example.test") == "example.test"
    assert registrable("co.uk") is None
    assert registrable("alice.smith") is None
    assert registrable("ada.github.io") == "github.io"
    assert registrable("www.ada.github.io", private=True) == "ada.github.io"
    assert suffix_of("a.example.co.uk") == "co.uk"
    assert suffix_of("ada.github.io", private=True) == "github.io"
    assert suffix_of("alice.smith") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("example.com", ["example.com"]),
        ("example.com example.org", ["example.com", "example.org"]),
        ("example.com,example.org , 192.0.2.10;", ["example.com", "example.org", "192.0.2.10"]),
        ('"Ada Example" user:ada', ['"Ada Example"', "user:ada"]),
        ("“Ada Example” fresh", ['"Ada Example"', "fresh"]),
        ("‘Ada Example’ fresh", ["'Ada Example'", "fresh"]),
        ('name:"Example, Inc." #case-17', ['name:"Example, Inc."', "#case-17"]),
        ("example.com collectors=dns,whois", ["example.com", "collectors=dns,whois"]),
        ("<http://example.com|example.com> fresh", ["<http://example.com|example.com>", "fresh"]),
        ("<@U0ADA1234|ada b> x", ["<@U0ADA1234|ada b>", "x"]),
        ("+1 (202) 555-0143, example.com", ["+1 (202) 555-0143", "example.com"]),
        ("+12025550143 192.0.2.10", ["+12025550143", "192.0.2.10"]),
        ("https://example.com/a,b,https://example.org/", ["https://example.com/a,b", "https://example.org/"]),
        ("example [.] com hxxp://example[.]org", ["example.com", "http://example.org"]),
        ('"unclosed example.com', ['"unclosed', "example.com"]),
        ("Ada's example.com", ["Ada's", "example.com"]),
    ],
)
def test_a_command_is_cut_into_words(text: str, words: list[str]) -> None:
    assert split(text) == words


@settings(deadline=None)
@given(st.text(alphabet="a,\"'<>| =+1.[]“;\n", max_size=60))
def test_cutting_never_fails_and_gives_no_empty_word(text: str) -> None:
    assert all(split(text))


HOSTILE = [
    "[",
    "((",
    "a.",
    "*_~",
    "<a|",
    "&amp;",
    "[.]",
    "\"'",
    "a@",
    "+1 2",
    "http://",
    "[a](http://",
    "1",
    "[[dot]",
    "a:b.",
]


def calls(work: Callable[[], object]) -> int:
    """How many functions, ours and C's, run: a measure of work that no busy machine disturbs."""
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(tick)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def read_or_refuse(text: str) -> None:
    try:
        parse(text)
    except NotATarget:
        return


@pytest.mark.timeout(30)  # a pattern that backtracks over the square of the length would need minutes
@pytest.mark.parametrize("seed", HOSTILE)
@pytest.mark.parametrize(
    ("work", "most"), [(defang, 100_000), (split, 100_000), (read_or_refuse, 4096), (read_or_refuse, 100_000)]
)
def test_the_work_grows_no_faster_than_a_hostile_text(work: Callable[[str], object], most: int, seed: str) -> None:
    pairs = most // (2 * len(seed))
    assert calls(lambda: work(2 * pairs * seed)) <= 2.5 * calls(lambda: work(pairs * seed)) + 200
