"""The product in the analyst's words: what was found is the next question, and every thread says whence it came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.models import Scan
from tests.running import Gumshoe, buttons_of
from tests.servers import Redis, Sandbox, Sources, until


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    folder = tmp_path_factory.mktemp("pivots")
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, COLLECTORS="dns,crtsh,whois") as started:
        started.start_over()
        yield started


def parent_of(gumshoe: Gumshoe, shown: str) -> dict[str, Any] | None:
    named = [each for each in gumshoe.parents() if each["blocks"][0].get("text", {}).get("text") == shown]
    return named[0] if named else None


def small_print(message: dict[str, Any]) -> str:
    return str(message["blocks"][1]["elements"][0]["text"])


def test_what_was_found_is_the_next_question_and_each_thread_leads_to_the_others(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("example.com depth=1")
    (root,) = [scan for scan in gumshoe.ended() if not scan.belongs.parent]

    def children() -> list[Scan]:
        found = [kin.scan for kin in gumshoe.store.trees.children(root.id)]
        return found if found and all(each.finished_at for each in found) else []

    pivoted = until("the addresses to be looked up", children)
    assert {str(each.target.kind) for each in pivoted} == {"ip"}
    assert {each.belongs.hops for each in pivoted} == {1}
    assert {run.collector for each in pivoted for run in gumshoe.store.scans.get(each.id).runs} <= {"dns", "whois"}

    def listed() -> dict[str, Any] | None:
        parent = parent_of(gumshoe, "example[.]com")
        return parent if parent is not None and "Pivots from here" in str(parent["blocks"]) else None

    parent = until("the parent to list its children", listed)
    assert "pivot" in buttons_of(parent)
    address = pivoted[0].target.value.replace(".", "[.]").replace(":", "[:]")
    child = until("the child's thread", lambda: parent_of(gumshoe, address))
    link = f"/archives/C0GENERAL/p{parent['ts'].replace('.', '')}|example[.]com>"
    assert "From <" in small_print(child)
    assert link in small_print(child)
    until("the link to the child", lambda: f"p{child['ts'].replace('.', '')}" in str(listed()))

    # Somebody else of the channel goes on from a finding by hand.
    gumshoe.click("pivot", parent, user="U0BOB")
    view = until("the menu", lambda: gumshoe.modal("U0BOB"))
    (element,) = [each["element"] for each in view["blocks"] if each.get("block_id") == "pivot_to"]
    names = [each for group in element["option_groups"] for each in group["options"] if group["label"]["text"]]
    chosen = next(each for each in names if each["text"]["text"] == "www[.]example[.]com")
    values = {"pivot_to": {"pivot_to": {"selected_option": chosen["value"]}}}
    gumshoe.sandbox.post("submit", user="U0BOB", view_id=view["id"], values=values)
    hand = until("the thread of the name", lambda: parent_of(gumshoe, "www[.]example[.]com"))
    assert "Asked by <@U0BOB>" in small_print(hand)
    assert link in small_print(hand)

    tree = gumshoe.sandbox.command(f"tree {root.id}", user="U0BOB")["ephemeral"]
    assert "Tree of example[.]com" in str(tree["blocks"])
    assert "www[.]example[.]com" in str(tree["blocks"])
    elsewhere = gumshoe.sandbox.command(f"tree {root.id}", user="U0BOB", channel="C0CASE17")["ephemeral"]
    assert "There is no scan" in str(elsewhere["blocks"])

    count = len(gumshoe.store.trees.whole(root.id).members)
    assert count == len(pivoted) + 2  # nothing was started twice
