"""The net of entities: one model, bounded, the same for the same record; and its picture, with words for it."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from core.belongs import Belongs
from core.graph import graph, shares, whole
from core.models import Fact, Finding, Kind, Outcome, Scan, Severity, Target
from core.picture import ALT, MOST, in_words, picture
from tests.core.samples import finding, run, scan

EXAMPLE = Target(Kind.DOMAIN, "example.com")


def found(kind: Kind | Fact, value: str, **attributes: Any) -> Finding:
    return finding("dns", kind, value, **attributes)


def holding(identity: str, target: Target, *findings: Finding, parent: str = "") -> Scan:
    belongs = Belongs(parent=parent, hops=1 if parent else 0)
    return scan(run("dns", Outcome.FOUND, *findings), id=identity, target=target, belongs=belongs)


def a_tree() -> list[Scan]:
    root = holding(
        "root",
        EXAMPLE,
        *(found(Kind.IP, f"192.0.2.{number}", role="address") for number in range(1, 40)),
        found(Kind.EMAIL, "ada@example.com", severity="high"),
        found(Fact.RECORD, "TXT v=spf1"),
    )
    child = holding("child", Target(Kind.IP, "192.0.2.1"), found(Kind.ASN, "AS64496"), parent="root")
    odd = holding("odd", Target(Kind.DOMAIN, "bank.example"), parent="root")
    return [root, child, odd]


def test_a_child_s_target_is_the_node_that_was_found_and_facts_are_none() -> None:
    net = whole(a_tree(), alone=False)
    by_value = {node.value: node for node in net.nodes}
    assert net.root.value == "example.com"
    assert by_value["192.0.2.1"].scans == ("child",)
    assert "TXT v=spf1" not in by_value
    assert by_value["ada@example.com"].severity is Severity.HIGH
    ways = {(edge.source, edge.target): (edge.collector, edge.relation) for edge in net.edges}
    assert ways[net.root.id, by_value["192.0.2.1"].id] == ("dns", "address")
    assert ways[net.root.id, by_value["bank.example"].id] == ("", "")  # somebody pivoted from what is no observable
    assert (len(net.nodes), net.more) == (43, 0)
    assert whole(a_tree(), alone=False) == net


def test_a_bounded_net_keeps_what_was_looked_up_and_what_is_rare_and_counts_the_rest() -> None:
    net = whole(a_tree(), alone=False, most=10)
    values = {node.value for node in net.nodes}
    assert {"example.com", "192.0.2.1", "bank.example", "ada@example.com", "AS64496"} <= values
    assert len([node for node in net.nodes if not node.scans]) == 10
    assert net.more == 40 - 10


def test_what_only_a_direct_message_shows_is_in_no_picture_for_others() -> None:
    one = holding("root", EXAMPLE, found(Kind.EMAIL, "secret@example.com", direct_only=True))
    assert [node.value for node in whole([one], alone=False).nodes] == ["example.com"]
    assert len(whole([one], alone=True).nodes) == 2


def test_shares_are_fair() -> None:
    assert shares({"a": 1, "b": 100, "c": 100}, 21) == {"a": 1, "b": 10, "c": 10}
    assert shares({"a": 2}, 21) == {"a": 2}
    assert graph([scan()], []).edges == ()


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", png[16:24])
    return int(wide), int(high)


def test_the_picture_fits_a_phone_and_is_the_same_again() -> None:
    net = whole(a_tree(), alone=False, most=MOST)
    png = picture(net)
    wide, high = size_of(png)
    assert (wide, 1000 < high < 2 * wide) == (1440, True)
    assert picture(net) == png


HOSTILE = ['"#eval("1")', "#[b] $x$ \\ `raw`", "\u202egnp.exe", "</text><svg>", "a\x00b\x1b[31m", "𝕏" * 300]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_sources_say_is_drawn_as_text(text: str) -> None:
    net = whole([holding("root", EXAMPLE, found(Kind.NAME, text))], alone=False)
    assert size_of(picture(net))[0] == 1440
    assert not any(letter in in_words(net) for letter in "\u202e\x00\x1b")


def test_an_empty_net_is_drawn_too() -> None:
    net = whole([holding("root", EXAMPLE)], alone=False)
    assert size_of(picture(net))[0] == 1440
    assert in_words(net) == "example[.]com: nothing else drawn."


def test_the_words_say_what_the_picture_shows_within_slack_s_limit() -> None:
    said = in_words(whole(a_tree(), alone=False, most=MOST))
    assert "example[.]com: " in said
    assert "1 e-mail address (ada[@]example[.]com)" in said
    assert "192[.]0[.]2[.]1: 1 AS number (AS64496)." in said
    assert "more findings not drawn" in said
    wide = [holding(f"s{n}", Target(Kind.DOMAIN, f"{'x' * 50}{n}.example")) for n in range(40)]
    long = in_words(whole(wide, alone=False))
    assert len(long) <= ALT
    assert long.endswith("and more, as the scan's thread tells.")
