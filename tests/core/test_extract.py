"""How the targets that a message names are found."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotATarget
from core.targets import defang, extract, parse, spell
from tests.core.counting import calls

EXAMPLES = [ip_network(text) for text in ("192.0.2.0/24", "203.0.113.0/24", "2001:db8::/32")]
MD5 = "d41d8cd98f00b204e9800998ecf8427e"

REPORT = f"""
*Phishing wave* seen by <@U0ADA1234|ada> in <#C012AB3CD|abuse>, <!here> please look:
• lure: hxxps://examp1e-login[.]test/login?u=a,b and its copy evil[.]zip (see readme.md, main.py, node.js, e.g. v2.4.58)
• sender Bob (at) work, mail bob.example[at]example[dot]org or <mailto:ada@example.com|ada@example.com>, @bob_example
• src=192.0.2.10 dst=203.0.113.66:4444, IP:192.0.2.11 C2:www.example.net at 12:30:45 on 2026-11-01T10:00:00Z
• <https://evil.test/a?b=1&amp;c=2|example.com> - <http://example.org|example.org> - [report](https://example.com/r_(1)).
• {{"domain": "x.example.com"}}; AS64496; 2001:db8::10; 192.0.2.0/24; {MD5}  invoice.exe
• call +1 202-555-0143 2024 times. Inside: 10.0.0.5, localhost, printer.local, std::vector. It is done.Then now.It
• example.com example.com https://a.example.com/x,https://b.example.com/ **https://c.example.com/** user:ada-example
"""
NAMED = [
    "https://examp1e-login.test/login?u=a,b",
    "evil.zip",
    "bob.example@example.org",
    "ada@example.com",
    "user:bob_example",
    "192.0.2.10",
    "203.0.113.66",
    "192.0.2.11",
    "www.example.net",
    "https://evil.test/a?b=1&c=2",
    "example.org",
    "https://example.com/r_(1)",
    "x.example.com",
    "AS64496",
    "2001:db8::10",
    "192.0.2.0/24",
    MD5,
    "+12025550143",
    "example.com",
    "https://a.example.com/x",
    "https://b.example.com/",
    "https://c.example.com/",
    "user:ada-example",
]


def spelled(text: str) -> list[str]:
    return [spell(target) for target in extract(text, allow=EXAMPLES)]


def test_every_target_of_a_report_is_found_in_order_and_once() -> None:
    assert spelled(REPORT) == NAMED


@pytest.mark.parametrize("text", NAMED)
def test_a_target_alone_is_found(text: str) -> None:
    assert spelled(text.replace("evil.zip", "evil[.]zip")) == [text]


@pytest.mark.parametrize("text", NAMED)
@pytest.mark.parametrize(
    "around", ["see {}.", "({})", '"{}"', "`{}`", "*{}*", "a {},", "{}; b", "«{}»", "{}’s", "\u200b{}\u200b"]
)
def test_what_a_sentence_puts_around_a_target_is_left_out(text: str, around: str) -> None:
    assert spelled(around.format(defang(text))) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<@U0ADA1234>",
        "<@W0ADA1234|ada.example.com>",
        "<!subteam^S012AB3CD|@team.example.com>",
        "<#C012AB3CD|example.com>",
        "@here @channel @everyone @U012AB3CD",
        "e.g. i.e. etc. U.S. node.js setup.py README.md run.sh lib.rs",
        "version 1.2, 10.15.7 and 2.4.58 at 12:30:45, 3/4 of 24/7",
        "2130706433 0x7f000001 127.1 2025550143",
        "10.0.0.5 127.0.0.1 169.254.169.254 [::1] fd00::1 http://127.0.0.1/ http://localhost/ 192.168.0.0/16",
        "printer.local db.internal localhost alice.smith exmaple.cmo com co.uk",
        "std::vector<int> a::b arr[.] x = y; foo(bar).baz",
        '"Ada Example" said hello.World again',
        "ftp://files.zzz/ mailto: https:// http://",
        "\x00\x1b[31m\ud800\u202e",
    ],
)
def test_what_names_no_public_target_gives_none(text: str) -> None:
    assert spelled(text) == []


def test_a_mask_over_a_link_does_not_hide_where_it_leads() -> None:
    assert spelled("<https://evil.test/|https://example.com/>") == ["https://evil.test/"]


def test_a_file_name_is_a_domain_only_where_the_writer_says_so() -> None:
    assert spelled("archive.zip <http://notes.md|notes.md>") == []
    assert spelled("archive[.]zip https://notes.md/") == ["archive.zip", "https://notes.md/"]


def test_a_phone_number_ends_where_the_next_number_begins() -> None:
    assert spelled("+1 202 555 0143 2024, (+44 20 7946 0958)") == ["+12025550143", "+442079460958"]


def test_a_sign_in_a_log_parts_but_one_in_a_url_does_not() -> None:
    assert spelled("host=example.com url=https://example.com/?a=b example.org/?q=c") == [
        "example.com",
        "https://example.com/?a=b",
        "http://example.org/?q=c",
    ]


def test_at_most_fifty_are_found() -> None:
    text = " ".join(f"n{number}.example.com" for number in range(200))
    assert spelled(text) == [f"n{number}.example.com" for number in range(50)]


def test_an_allowed_network_is_found() -> None:
    assert extract("10.0.0.5") == ()
    assert [target.value for target in extract("10.0.0.5", allow=[ip_network("10.0.0.0/8")])] == ["10.0.0.5"]


@settings(deadline=None)
@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([*NAMED, *list(" .,:;/@[]()<>|\"'`*_~=+"), "[.]", "<@U1>", " "]), max_size=12).map(
            "".join
        ),
    )
)
def test_whatever_is_found_is_a_target_that_reads_again(text: str) -> None:
    found = extract(text, allow=EXAMPLES)
    assert len(found) == len(set(found)) <= 50
    for target in found:
        assert parse(spell(target), allow=EXAMPLES) == target


@settings(deadline=None)
@given(st.text(max_size=80))
def test_a_mention_is_never_taken_for_a_target(text: str) -> None:
    inside = text.translate({ord(mark): None for mark in "<>"})
    assert extract(f"<@U0{inside}>") == ()


def numbered(form: str) -> str:
    return " ".join(form.replace("{}", str(number)) for number in range(100_000 // (len(form) + 3)))[:100_000]


HOSTILE = {
    **{seed: seed * (100_000 // len(seed)) for seed in (
        "[", "(", "*_~", "<a|", "&amp;", "[.]", "\"'", "a.", "a@", "+1 2", "http://", "[a](http://", "1", "[[dot]",
        "a:b.", "a.b=", "+1 202 555 0143 2024 11 ", "a/", "=",
    )},
    **{form: numbered(form) for form in (
        "a{}.b{}", "a{}.md", "a{}@b{}.c", "ä{}.ö{}", "http://a{}.zz/", "10.0.0.{}", "+1{}555", "@a{}@b",
        "AS{}9999999999",
    )},
    "nested": "[" * 50_000 + "dot" + "]" * 50_000,
    "paired": "(" * 50_000 + ")" * 50_000,
}  # fmt: skip


@pytest.mark.timeout(60)  # a pattern that backtracks over the square of the length would need minutes
@pytest.mark.parametrize("name", HOSTILE)
def test_the_work_grows_no_faster_than_a_hostile_text(name: str) -> None:
    text = HOSTILE[name]
    half = calls(lambda: extract(text[: len(text) // 2]))
    assert calls(lambda: extract(text)) <= 2.5 * half + 500


def test_a_text_too_long_for_one_target_is_refused_but_searched() -> None:
    text = "x " * 50_000 + "example.com"
    assert spelled(text) == ["example.com"]
    with pytest.raises(NotATarget, match="characters long"):
        parse(text)
