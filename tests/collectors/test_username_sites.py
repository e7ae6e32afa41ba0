"""Rules: which names may be asked about where, that no name changes the host, and which patterns are safe to run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.doors.address import read as read_address
from collectors.sites import shelf
from collectors.sites.rules import BadRule, Evidence, Rule, checked, why_unsafe
from tests.collectors.site_samples import fake

BELOW = fake("below", check="https://{name}.example.com/", shown="https://{name}.example.com/")
OPEN = fake("open")
OPEN_QUERY = fake("query", check="https://query.example/api?user={name}&a=b")
HOSTILE = [
    "evil.test/", "evil.test#", "evil.test?", "user@evil.test", "evil.test:443", "..", ".", "../../admin", "a/../b",
    "%2f", "%2e%2e", "a%00b", "a\\b", "a b", "a\tb", "a\nb", "\x00", "a\u202eb/", "x" * 65, "x" * 5000, "", "---",
    "[::1]", "{name}", "<script>", '"', "'", "|", "^",
]  # fmt: skip


def test_our_own_list_is_whole() -> None:
    rules = shelf.own()
    assert len(rules) >= 80
    assert len({rule.site for rule in rules}) == len({rule.host for rule in rules}) == len(rules)
    assert {rule.licence for rule in rules} == {rule.list for rule in rules} == {"own"}
    assert all(rule.source and rule.names and rule.category for rule in rules)
    assert all(rule.check.startswith("https://") and rule.shown.startswith("https://") for rule in rules)


@pytest.mark.parametrize("rule", [BELOW, OPEN, OPEN_QUERY], ids=lambda rule: rule.site)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_not_asked_about(rule: Rule, name: str) -> None:
    assert not rule.allows(name)
    with pytest.raises(BadRule):
        rule.address(name)


@pytest.mark.parametrize("name", ["ä", "имя", "a.b", "a_b", "-a", "a-", "a" * 64, "a+b", "x.evil"])
def test_a_host_is_made_of_letters_digits_and_hyphens_only(name: str) -> None:
    assert not BELOW.allows(name)


@given(st.text(max_size=70))
@settings(max_examples=300, deadline=None)
def test_no_name_leads_to_another_host(name: str) -> None:
    for rule in (OPEN, OPEN_QUERY, BELOW):
        if rule.allows(name):
            url = rule.address(name)
            host = read_address(url).host
            assert host == (f"{name.lower()}.example.com" if rule is BELOW else rule.host)
            assert urlsplit(url).query.count("&") == (1 if rule is OPEN_QUERY else 0)


def test_letters_of_every_script_are_sent_encoded() -> None:
    assert OPEN.address("имя.ада") == "https://open.example/%D0%B8%D0%BC%D1%8F.%D0%B0%D0%B4%D0%B0"
    assert OPEN.address("a+b") == "https://open.example/a%2Bb"


def test_letters_a_site_leaves_out_are_left_out_of_the_question() -> None:
    rule = fake("plain", without=".-")
    assert rule.address("ada.exa-mple") == "https://plain.example/adaexample"


@pytest.mark.parametrize(
    "changes",
    [
        {"check": "http://plain.example/{name}"},
        {"check": "https://plain.example/"},
        {"check": "https://127.0.0.1/{name}"},
        {"check": "https://a.{name}.example/"},
        {"check": "https://{name}/"},
        {"check": "https://{name}evil.example/"},
        {"check": "https://user@plain.example/{name}"},
        {"check": "https://plain.example:8080/{name}"},
        {"check": "javascript:alert('{name}')"},
        {"shown": "javascript:alert('{name}')"},
        {"exists": Evidence()},
        {"absent": Evidence()},
        {"absent": Evidence(status=(200,)), "exists": Evidence(status=(200,))},
        {"names": "(a+)+$"},
        {"names": "["},
        {"site": ""},
        {"site": "a\u202eb"},
        {"profile": {"confidence": "name"}},
    ],
)
def test_a_rule_that_cannot_be_trusted_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        checked(replace(fake("wrong"), **changes))


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|a)*b",
        "(?:a*)*",
        "((ab)*c)*",
        r"(\w+\s?)*",
        r"(a)\1",
        "a*a*a*a*a*b",
        "(a{1,9}){1,9}",
        "a" * 201,
        "(",
        "[z-a]",
        "(?#[)(a+)+$(?#])",
        "(?ix) #[\n(a+)+$\n#]",
        "(?x:(a+)+#[\n)#]",
        "(a|a)" * 30 + "$",
    ],
)
def test_a_pattern_that_could_hang_is_not_run(pattern: str) -> None:
    assert why_unsafe(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "^[a-zA-Z0-9_-]{3,16}$",
        r"^[\w@-]+?$",
        r"^(?!.*--)[a-z\d-]{1,39}$",
        r"^[^.]*?$",
        "[A-Za-z]([a-z-]{0,16}[a-z])?",
    ],
)
def test_patterns_that_sites_use_are_run(pattern: str) -> None:
    assert why_unsafe(pattern) == ""


def test_the_set_of_rules_has_a_digest_that_any_change_changes() -> None:
    rules = [fake("a"), fake("b")]
    same = shelf.digest(reversed(rules))
    assert shelf.digest(rules) == same
    changed = replace(rules[0], absent=Evidence(status=(410,)))
    assert len({same, shelf.digest([changed, rules[1]]), shelf.digest(rules[:1])}) == 3


def test_two_rules_about_one_place_are_one() -> None:
    ours = fake("forge", check="https://api.forge.example/users/{name}", shown="https://forge.example/{name}")
    theirs = fake("again", check="https://www.forge.example/{name}", shown="https://www.forge.example/{name}")
    other = fake("other", check="https://forum.forge.example/u/{name}", shown="https://forum.forge.example/u/{name}")
    assert shelf.merged([[ours], [theirs, other]]) == (ours, other)
    assert len(frozenset().union(*(rule.places for rule in shelf.own()))) >= len(shelf.own())


def test_of_two_rules_for_a_host_the_earlier_lists_stands() -> None:
    ours, theirs, new = fake("same"), replace(fake("same"), site="Same, again"), fake("new")
    assert shelf.merged([[ours], [theirs, new]]) == (ours, new)
