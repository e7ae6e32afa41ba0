"""What of a scan can be looked up next, what lies outside of its scope, and how Slack offers it."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from core import blocks
from core.belongs import Belongs
from core.beside import NOTHING, Beside
from core.models import Fact, Finding, Kind, Outcome, Place, Scan, ScanStatus, Target
from core.pivots import KINDS
from core.scope import auto_of, pivots_of, target_of, why_beyond
from core.seal import unseal
from core.store.rows import fingerprint
from core.tree import Kin, Tree, link
from tests.core.reading import words
from tests.core.samples import NOW, SEAL, TITLES, finding, run, scan

EXAMPLES = (ip_network("192.0.2.0/24"), ip_network("198.51.100.0/24"))
EXAMPLE = Target(Kind.DOMAIN, "example.com")
HOUSE = "https://example.slack.example/"
PLACE = {"channel": "C0GENERAL", "thread_ts": ""}


def found(kind: Kind | Fact, value: str, **attributes: Any) -> Finding:
    return finding("dns", kind, value, **attributes)


def holding(*findings: Finding, **more: Any) -> Scan:
    return scan(run("dns", Outcome.FOUND, *findings), **more)


def offered(one: Scan, root: Target = EXAMPLE, *, alone: bool = False) -> list[str]:
    return [each.target.value for each in pivots_of(one, root, allow=EXAMPLES, alone=alone)]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (found(Kind.IP, "192.0.2.1"), Target(Kind.IP, "192.0.2.1")),
        (found(Kind.NAME, "Ada Example"), Target(Kind.NAME, "Ada Example")),
        (found(Fact.WILDCARD, "*.example.com"), EXAMPLE),
        (found(Fact.ACCOUNT, "GitHub: ada-example", name="ada-example"), Target(Kind.USERNAME, "ada-example")),
        (found(Fact.PORT, "443/tcp", address="192.0.2.7"), Target(Kind.IP, "192.0.2.7")),
        (found(Fact.CERTIFICATE, "ab" * 32, names=["*.x", "www.example.com"]), Target(Kind.DOMAIN, "www.example.com")),
        (found(Fact.PORT, "443/tcp", address=["10.0.0.1", 7]), None),
        (found(Fact.RECORD, "TXT v=spf1"), None),
        (found(Kind.IP, "10.0.0.1"), None),
        (found(Kind.IP, "169.254.169.254"), None),
        (found(Kind.DOMAIN, "printer.local"), None),
        (found(Kind.URL, "http://127.0.0.1/"), None),
        (found(Kind.DOMAIN, "not a name"), None),
        (found(Kind.FILE, "F0123456789"), None),
    ],
)
def test_a_finding_is_read_as_if_somebody_had_typed_it(given: Finding, read: Target | None) -> None:
    assert target_of(given, EXAMPLES) == read


def test_each_target_is_offered_once_by_kind_and_what_matters_first() -> None:
    one = holding(
        found(Kind.DOMAIN, "a.example.com"),
        found(Kind.DOMAIN, "b.example.com", severity="high"),
        found(Kind.DOMAIN, "a.example.com", role="alias"),
        found(Kind.IP, "192.0.2.1"),
        found(Kind.DOMAIN, "example.com"),
        found(Kind.IP, "10.0.0.1"),
    )
    assert offered(one) == ["192.0.2.1", "b.example.com", "a.example.com"]


def test_what_only_a_direct_message_shows_is_offered_there_alone() -> None:
    secret = found(Kind.EMAIL, "secret@example.com", direct_only=True)
    assert offered(holding(secret)) == []
    assert offered(holding(secret), alone=True) == ["secret@example.com"]


def test_the_address_of_a_person_is_not_spelled_out_by_a_menu() -> None:
    target = Target(Kind.EMAIL, "ada@example.com")
    tells = found(Kind.URL, "https://example.org/u/ada@example.com")
    assert offered(holding(tells, target=target), target) == []


@pytest.mark.parametrize(
    ("root", "parent", "target", "beyond"),
    [
        ("example.com", "example.com", (Kind.DOMAIN, "www.example.com"), ""),
        ("example.com", "example.com", (Kind.EMAIL, "ada@example.com"), ""),
        ("example.com", "example.com", (Kind.IP, "192.0.2.1"), ""),
        (
            "example.com",
            "example.com",
            (Kind.DOMAIN, "example.net"),
            "example.net is registered apart from example.com.",
        ),
        ("ada.github.io", "ada.github.io", (Kind.DOMAIN, "bob.github.io"), "bob.github.io is registered apart"),
        ("example.com", "example.net", (Kind.IP, "192.0.2.1"), "Nothing says that 192.0.2.1 belongs to example.com."),
        ("example.com", "example.com", (Kind.ASN, "AS64496"), "Nothing says that AS64496"),
        ("example.com", "example.com", (Kind.USERNAME, "ada-example"), "Nothing says that user:ada-example"),
    ],
)
def test_what_belongs_to_somebody_else_lies_outside_of_the_scope(
    root: str, parent: str, target: tuple[Kind, str], beyond: str
) -> None:
    said = why_beyond(Target(Kind.DOMAIN, root), Target(Kind.DOMAIN, parent), Target(*target))
    assert said.startswith(beyond)
    assert bool(said) == bool(beyond)


def test_a_network_that_was_asked_about_holds_its_own_addresses() -> None:
    net = Target(Kind.CIDR, "192.0.2.0/28")
    assert why_beyond(net, net, Target(Kind.IP, "192.0.2.3")) == ""
    assert "outside" in why_beyond(net, net, Target(Kind.IP, "192.0.2.77"))
    assert "outside" in why_beyond(net, net, Target(Kind.IP, "2001:db8::1"))


def test_by_itself_only_addresses_and_hosts_are_looked_up_never_servers_of_others_nor_people() -> None:
    one = holding(
        found(Kind.IP, "192.0.2.2", role="address"),
        found(Kind.IP, "192.0.2.1", role="address"),
        found(Kind.IP, "10.0.0.1", role="address"),
        found(Kind.IP, "198.51.100.1", role="neighbour"),
        found(Kind.DOMAIN, "ns1.example.com", role="name server"),
        found(Kind.EMAIL, "ada@example.com"),
        found(Kind.IP, "192.0.2.3", role="address", direct_only=True),
    )
    assert [each.target.value for each in auto_of(one, EXAMPLE, allow=EXAMPLES)] == ["192.0.2.1", "192.0.2.2"]
    mail = holding(target=Target(Kind.EMAIL, "ada@example.com"))
    assert [(each.target, each.finding) for each in auto_of(mail, mail.target)] == [(EXAMPLE, "")]
    name = holding(found(Kind.DOMAIN, "example.com"), target=Target(Kind.USERNAME, "ada-example"))
    assert auto_of(name, name.target) == ()


def menu(one: Scan, page: int = 0) -> dict[str, Any]:
    pivots = pivots_of(one, EXAMPLE, allow=EXAMPLES, alone=False)
    return blocks.pivot_menu(one, pivots, seal=SEAL, page=page, place=PLACE)


def select(view: dict[str, Any]) -> dict[str, Any]:
    (element,) = [each["element"] for each in view["blocks"] if each.get("block_id") == "pivot_to"]
    return dict(element)


def test_a_menu_groups_by_kind_with_counts_and_its_values_are_sealed_and_say_no_text() -> None:
    one = holding(found(Kind.IP, "192.0.2.1"), found(Kind.DOMAIN, "example.net", severity="high", role="look-alike"))
    groups = select(menu(one))["option_groups"]
    assert [each["label"]["text"] for each in groups] == ["1 IP address", "1 domain"]
    (option,) = groups[1]["options"]
    assert option["text"]["text"] == "example[.]net"
    assert option["description"]["text"] == "high, look-alike, asks first"
    assert len(option["value"]) <= 150
    assert "example" not in option["value"]
    action = unseal(option["value"], key=b"an invented key", team="T0SANDBOX", now=NOW)
    assert (action.scan_id, action.subject) == (one.id, fingerprint(one.runs[0].findings[1]))


def test_more_than_a_menu_holds_are_on_further_pages_and_none_is_lost() -> None:
    one = holding(*(found(Kind.DOMAIN, f"n{number}.example.com") for number in range(230)))
    seen = []
    for page in range(3):
        view = menu(one, page)
        groups = select(view)["option_groups"]
        assert groups[0]["label"]["text"] == "230 domains"
        assert sum(len(each["options"]) for each in groups) <= 100
        seen += [option["text"]["text"] for each in groups for option in each["options"]]
    assert len(set(seen)) == 230
    turns = [each["action_id"] for each in menu(one, 1)["blocks"][-1]["elements"]]
    assert turns == ["pivot_page:0", "pivot_page:2"]


def test_why_is_asked_where_a_person_is_offered_and_nobody_said_why_before() -> None:
    person = holding(found(Kind.EMAIL, "ada@example.com"))
    assert "pivot_why" in json.dumps(menu(person))
    assert "pivot_why" not in json.dumps(menu(replace(person, reason="a phishing wave")))
    assert "pivot_why" not in json.dumps(menu(holding(found(Kind.IP, "192.0.2.1"))))


def test_hostile_findings_are_harmless_in_a_menu() -> None:
    one = holding(found(Kind.URL, "https://evil.example/<!channel>?<@U0BOB>"), found(Kind.NAME, "\u202eEve <!here>"))
    said = json.dumps(menu(one), ensure_ascii=False)
    assert not any(part in said for part in ("<!", "<@", "\u202e", "https://evil.example"))


def parent(one: Scan, beside: Beside = NOTHING) -> blocks.Message:
    return blocks.parent(one, titles=TITLES, seal=SEAL, beside=beside)


def pressed(message: blocks.Message) -> list[str]:
    return [each["action_id"] for block in message.blocks if block["type"] == "actions" for each in block["elements"]]


def behind(message: blocks.Message) -> list[str]:
    """What stands in the menu behind the buttons."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    menus = [each for row in rows for each in row if each["type"] == "overflow"]
    return [option["text"]["text"] for menu in menus for option in menu["options"]]


def test_a_row_has_six_controls_at_most_and_its_menu_the_five_that_slack_takes() -> None:
    grave = found(Kind.IP, "192.0.2.1", severity="high")
    broken = run("whois", Outcome.FAILED, reason="down", message="It is down.")
    asked = run("metadata", Outcome.SKIPPED, reason="needs_consent", message="It would touch the target.")
    one = scan(run("dns", Outcome.FOUND, grave), broken, asked)
    beside = Beside(trail=(kin("example.org"),), children=(kin("192.0.2.1"),), left=7, house=HOUSE)
    message = parent(one, beside)
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    assert [each["action_id"] for each in rows[-1]] == [
        *("rerun_failed", "rerun", "ask_target", "pivot", "explain", "more")
    ]
    assert behind(message) == ["Watch", "Export", "Judge", "Graph", "Tree"]
    assert "pivot_more" in [each["action_id"] for each in rows[0]]


def test_pivot_is_offered_once_there_is_something_to_pivot_to() -> None:
    assert "pivot" in pressed(parent(holding(found(Kind.IP, "192.0.2.1"))))
    assert behind(parent(holding(found(Kind.IP, "192.0.2.1")))) == ["Watch", "Export", "Graph"]
    assert "pivot" not in pressed(parent(holding(found(Fact.POSTURE, "SPF"))))
    assert behind(parent(holding(found(Fact.POSTURE, "SPF")))) == ["Watch", "Export"]
    running = holding(found(Kind.IP, "192.0.2.1"), status=ScanStatus.RUNNING)
    assert pressed(parent(running)) == ["cancel"]


def kin(value: str, ts: str = "1700000000.000100", **more: Any) -> Kin:
    return Kin(scan(run("dns"), target=Target(Kind.DOMAIN, value), **more), "C0GENERAL", ts)


def test_a_breadcrumb_leads_back_to_the_threads_of_the_parents() -> None:
    beside = Beside(trail=(kin("example.com"), kin("b.example.com", "1700000001.000200")), house=HOUSE)
    small = parent(holding(target=Target(Kind.IP, "192.0.2.1")), beside).blocks[1]["elements"][0]["text"]
    first = "<https://example.slack.example/archives/C0GENERAL/p1700000000000100|example[.]com>"
    assert small.startswith(f"From {first} &gt; <https://example.slack.example/archives/C0GENERAL/p1700000001000200|")
    assert "&gt; 192[.]0[.]2[.]1 " in small
    without = parent(holding(), replace(beside, house="")).blocks[1]["elements"][0]["text"]
    assert without.startswith("From example[.]com &gt; b[.]example[.]com &gt; example[.]com")


def test_a_parent_lists_its_children_and_what_is_left_to_ask_for() -> None:
    many = tuple(kin(f"n{number}.example.com", id=f"scan{number}") for number in range(12))
    message = parent(holding(found(Kind.IP, "192.0.2.1")), Beside(children=many, left=7, house=HOUSE))
    said = words(message)
    assert "n9[.]example[.]com" in said
    assert "n10[.]example[.]com" not in said
    assert "and 2 more pivots: /scan tree" in said
    assert "pivot_more" in pressed(message)
    stopped = parent(holding(), Beside(left=7, limit="It has had 50 pivots already."))
    assert "7 more not looked up. It has had 50 pivots already." in words(stopped)
    assert "pivot_more" not in pressed(stopped)


def test_the_same_record_gives_the_same_message() -> None:
    beside = Beside(trail=(kin("example.com"),), children=(kin("b.example.com"),), left=2, house=HOUSE)
    one = holding(found(Kind.IP, "192.0.2.1"))
    assert parent(one, beside).digest == parent(one, beside).digest


def test_a_tree_is_read_from_the_top_bounded_and_what_one_may_not_see_is_counted() -> None:
    root = kin("example.com", id="root")
    below = [kin(f"n{n}.example.com", id=f"k{n}", belongs=Belongs(parent="root", hops=1)) for n in range(60)]
    deep = kin("deep.example.com", id="deep", belongs=Belongs(parent="k0", hops=2))
    tree = Tree((root, *below, deep))
    assert [(depth, each.scan.id) for depth, each in tree.walk()][:4] == [
        (0, "root"),
        (1, "k0"),
        (2, "deep"),
        (1, "k1"),
    ]
    said = words(blocks.tree(tree, house=HOUSE))
    assert "and 22 more scans" in said
    partly = tree.as_seen(lambda one: one.id != "root")
    assert partly.hidden == 1
    assert "and 1 scan that you may not see" in words(blocks.tree(partly))
    assert "1 of 1 source answered" in said


def test_a_thread_s_address_is_that_of_slack_s_permalinks() -> None:
    assert link(HOUSE, Kin(scan(), "C1", "1700000000.000100")) == f"{HOUSE}archives/C1/p1700000000000100"
    assert link("", Kin(scan(), "C1", "1.0")) == link(HOUSE, Kin(scan())) == ""


def test_every_kind_but_files_can_be_pivoted_to() -> None:
    assert set(KINDS) == set(Kind) - {Kind.FILE}
    assert Place("T").channel == ""
