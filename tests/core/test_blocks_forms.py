"""Forms and the Home tab: what can be chosen, and that a filled form reads back as it was meant."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from core import blocks
from core.home import Home
from core.models import Asker, Kind, Offer, Outcome, RunState, Scan, ScanStatus, Target
from tests.core.reading import buttons, words
from tests.core.samples import NOW, SEAL, offers, run, scan
from tests.core.slack_limits import objects, view_complaints

HOSTS = [Target(Kind.DOMAIN, f"host{n}.example.com") for n in range(63)]


def fill(view: dict[str, Any], **values: dict[str, Any]) -> dict[str, Any]:
    """The view as Slack sends it back: what was set at first, then what the person changed."""
    state: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            first = {"selected_options": element.get("initial_options"), "value": element.get("initial_value")}
            state[block["block_id"]] = {element["action_id"]: values.get(block["block_id"], first)}
    return {**view, "state": {"values": state}}


def ticked(*names: str) -> dict[str, Any]:
    return {"selected_options": [{"value": name} for name in names]}


def options(view: dict[str, Any], prefix: str) -> list[str]:
    groups = [block for block in view["blocks"] if block.get("block_id", "").startswith(prefix)]
    return [option["value"] for block in groups for option in block["element"]["options"]]


def test_the_form_offers_what_is_ready_and_names_what_is_not() -> None:
    view = blocks.scan_modal(offers(), channel="C0GENERAL")
    assert view_complaints(view) == []
    assert (view["callback_id"], view["type"]) == ("scan", "modal")
    assert options(view, "collectors_") == ["dns", "crtsh", "whois"]
    assert "Keyed source (KEYED_KEY is not set)" in words(view)


@pytest.mark.parametrize(("channel", "asked"), [("C0GENERAL", False), ("", True)])
def test_a_channel_is_asked_for_only_where_there_is_none(channel: str, asked: bool) -> None:
    view = blocks.scan_modal(offers(), channel=channel)
    menus = [part for part in objects(view) if part.get("type") == "conversations_select"]
    assert bool(menus) is asked
    assert all(menu["default_to_current_conversation"] for menu in menus)


def test_an_untouched_form_means_every_collector_that_fits() -> None:
    view = fill(blocks.scan_modal(offers(), channel="C0GENERAL", targets="example.com"))
    assert blocks.filled(view) == blocks.Filled(targets="example.com", channel="C0GENERAL")


def test_a_filled_form_reads_back_as_it_was_meant() -> None:
    view = fill(
        blocks.scan_modal(offers(), channel=""),
        targets={"value": "example.com\n192.0.2.10"},
        collectors_0=ticked("dns"),
        options=ticked("fresh"),
        tag={"value": "#case-17 "},
        conversation={"selected_conversation": "C0CASE17"},
    )
    assert blocks.filled(view) == blocks.Filled(
        "example.com\n192.0.2.10", (), ("dns",), fresh=True, tag="case-17", channel="C0CASE17"
    )


def test_errors_are_shown_when_the_form_is_opened_again() -> None:
    view = blocks.scan_modal(offers(), channel="C0GENERAL", errors={"targets": '"exmaple" has no dot.'})
    assert '"exmaple" has no dot.' in words(view)


def test_targets_too_long_for_the_field_are_not_dropped_in_silence() -> None:
    view = blocks.scan_modal(offers(), channel="C0GENERAL", targets="x" * 3001)
    assert view_complaints(view) == []
    assert "That was too long for this field" in words(view)


def test_many_collectors_are_split_into_groups_of_ten_and_the_rest_counted() -> None:
    many = [replace(offers()[0], name=f"c{n}", title=f"Collector {n}") for n in range(47)]
    view = blocks.scan_modal(many, channel="C0GENERAL")
    assert view_complaints(view) == []
    assert len(options(view, "collectors_")) == 40
    assert "7 more collectors, asked too when every box is ticked" in words(view)


def test_a_message_offers_its_targets_in_groups_of_ten_and_counts_the_rest() -> None:
    view = blocks.extract_modal(HOSTS, offers(), channel="C0GENERAL", thread_ts="1700000000.000100")
    assert view_complaints(view) == []
    assert len(options(view, "found_")) == 50
    assert "63 targets in this message. Choose what to scan." in words(view)
    assert "13 more targets not listed here" in words(view)
    assert json.loads(view["private_metadata"]) == {"channel": "C0GENERAL", "thread_ts": "1700000000.000100"}


def test_chosen_targets_come_back_in_the_form_the_parser_reads() -> None:
    targets = [Target(Kind.DOMAIN, "example.com"), Target(Kind.USERNAME, "ada-example")]
    view = blocks.extract_modal(targets, offers(), channel="C0GENERAL", thread_ts="1.2")
    read = blocks.filled(fill(view, found_0=ticked(*options(view, "found_")[1:])))
    assert (read.chosen, read.channel, read.thread_ts) == (("user:ada-example",), "C0GENERAL", "1.2")


def test_a_lone_target_is_ticked_already() -> None:
    view = blocks.extract_modal(HOSTS[:1], offers(), channel="C0GENERAL", thread_ts="1.2")
    assert blocks.filled(fill(view)).chosen == ("host0.example.com",)


def test_a_message_without_targets_says_so_and_submits_nothing() -> None:
    view = blocks.extract_modal([], offers(), channel="C0GENERAL", thread_ts="1.2")
    assert view_complaints(view) == []
    assert "submit" not in view
    assert "This message names nothing I can look up." in words(view)


def test_a_target_too_long_for_an_option_is_counted() -> None:
    view = blocks.extract_modal(
        [*HOSTS[:1], Target(Kind.URL, "https://example.com/" + "a" * 200)],
        offers(),
        channel="C0GENERAL",
        thread_ts="1.2",
    )
    assert "1 more target not listed here" in words(view)


def home(scans: list[Scan], of: list[Offer]) -> dict[str, Any]:
    return blocks.home(Home("U0ADA", NOW, tuple(of), tuple(scans)), seal=SEAL)


def test_home_shows_my_scans_alone_running_first() -> None:
    mine = [scan(run("dns")), scan(run("dns", None, state=RunState.QUEUED), status=ScanStatus.QUEUED)]
    other = scan(run("dns"), target=Target(Kind.DOMAIN, "example.org"), asker=Asker("U0BOB"))
    view = home([*mine, other], offers())
    shown = words(view)
    assert view_complaints(view) == []
    assert shown.index("Running") < shown.index("Recent")
    assert "example[.]org" not in shown
    assert "3 of 4 ready" in shown
    assert list(buttons(view)) == ["open_scan"]


def test_home_keeps_what_could_not_be_delivered_in_sight() -> None:
    stuck = replace(scan(run("dns", Outcome.NOTHING)), undelivered="The channel is archived.")
    assert "*Not delivered:* The channel is archived." in words(home([stuck], offers()))


def test_home_of_a_newcomer_says_how_to_start() -> None:
    none: list[Offer] = []
    view = home([], none)
    assert view_complaints(view) == []
    assert "You have not scanned anything yet." in words(view)
