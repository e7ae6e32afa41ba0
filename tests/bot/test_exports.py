"""Exports by button, command and API: who may see a scan gets its file, once for each click, the same for all."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from bot import exporting as wishes
from bot.guard import Who
from core import blocks
from core.access import Reader
from core.beside import Beside
from core.blocks.exports import export_action
from core.errors import NoExport
from core.exports.formats import FORMATS
from core.models import Fact, Kind, Outcome, Scan, ScanStatus
from core.seal import Action
from tasks import exporting
from tests.bot.api import Program, problem
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.test_buttons import pressed, scanned, seal
from tests.core import samples
from tests.core.samples import SEAL
from tests.core.stores import finding


def found(bot: Bot, *, target: str = "example.com", **more: Any) -> Scan:
    """A scan that ended with findings."""
    bot.sandbox.command(f"{target} collectors=dns,whois" if "@" not in target else target, **more)
    one = bot.scans()[0]
    for run in bot.store.scans.get(one.id).runs:
        if run.outcome is not None:
            continue
        held = bot.store.runs.claim(run.id, lease=30)
        assert held is not None
        secret = finding("Sensitive Example", Fact.BREACH, direct_only=True)
        bot.store.runs.close(held, Outcome.FOUND, findings=[finding(), finding("=1+1", Kind.NAME), secret])
    return bot.store.scans.get(one.id)


def slots(bot: Bot, scan: Scan) -> list[str]:
    """The formats that were wished for."""
    return sorted(each.slot.split("/")[1] for each in exporting.wished(bot.store.desk.said(scan.id)))


def test_the_button_offers_every_format_and_a_click_wishes_for_one_file(bot: Bot) -> None:
    scan = scanned(bot)
    choice = bot.post_option(seal(bot)(Action("export", scan.id, 1)))
    (offered,) = bot.click(choice, "more")
    buttons = [each for block in offered["blocks"] if block["type"] == "actions" for each in block["elements"]]
    assert [each["text"]["text"] for each in buttons] == [fmt.title for fmt in FORMATS.values()]
    assert [each["action_id"] for each in buttons] == [f"export_as:{number}" for number in range(len(FORMATS))]

    said = bot.click(offered, "export_as:0")
    assert "The PDF file of example[.]com comes into its thread" in words_of(said[-1])
    assert slots(bot, scan) == ["pdf"]
    assert ("tasks.report.deliver", scan.id) in bot.queued()
    assert ("U0ADA", "exported", "allowed", "") in bot.audit()


def test_a_delivery_that_comes_twice_wishes_for_one_file_and_a_second_click_for_another(bot: Bot) -> None:
    scan = scanned(bot)
    assert exporting.wish(bot.store, scan.id, FORMATS["csv"], by="U0ADA", key="click:1")
    assert not exporting.wish(bot.store, scan.id, FORMATS["csv"], by="U0ADA", key="click:1")
    assert exporting.wish(bot.store, scan.id, FORMATS["csv"], by="U0ADA", key="click:2")
    assert slots(bot, scan) == ["csv", "csv"]
    assert not exporting.wish(bot.store, "nothere", FORMATS["csv"], by="U0ADA", key="click:1")


def test_export_is_offered_once_a_scan_has_ended() -> None:
    ended = scan_of(finished=True)
    assert [words for words, _ in export_action(ended)] == ["Export"]
    assert export_action(scan_of(finished=False)) == []
    menu = blocks.parent(ended, titles={}, seal=SEAL).blocks[-1]["elements"][-1]
    assert (menu["type"], "Export" in words_of({"blocks": [menu]})) == ("overflow", True)


def scan_of(*, finished: bool) -> Scan:
    one = samples.scan(samples.run("dns", Outcome.FOUND))
    return one if finished else replace(one, status=ScanStatus.RUNNING)


def test_a_command_exports_what_its_reader_may_see_and_nothing_else(bot: Bot) -> None:
    scan = scanned(bot)
    told = bot.sandbox.command(f"export {scan.id} pdf")["ephemeral"]["text"]
    assert "The PDF file of example[.]com comes into its thread" in told
    assert slots(bot, scan) == ["pdf"]
    elsewhere = bot.sandbox.command(f"export {scan.id} pdf", user="U0BOB", channel="C0CASE17")["ephemeral"]["text"]
    assert f'There is no scan "{scan.id}" that you may see here.' in elsewhere
    assert "Choose a format" in bot.sandbox.command(f"export {scan.id}")["ephemeral"]["text"]
    assert "Did you mean stix" in bot.sandbox.command(f"export {scan.id} stx")["ephemeral"]["text"]
    assert "Name the scan" in bot.sandbox.command("export")["ephemeral"]["text"]
    assert slots(bot, scan) == ["pdf"]


def test_a_button_pressed_in_another_channel_by_somebody_else_exports_nothing(bot: Bot) -> None:
    scan = scanned(bot)
    assert "of another channel" in pressed(bot, Action("export", scan.id, 1), user="U0BOB", channel="C0CASE17")
    assert slots(bot, scan) == []


def test_the_api_gives_every_format_as_a_file(bot: Bot) -> None:
    scan, ada = found(bot), Program(bot)
    for fmt in FORMATS.values():
        answer = ada.get(f"/scan/{scan.id}/export", format=fmt.name)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == fmt.media_type
        assert answer.headers["content-disposition"].endswith(f'.{fmt.ending}"')
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.content) > 300
    rows = list(
        csv.DictReader(io.StringIO(ada.get(f"/scan/{scan.id}/export", format="csv").content.decode("utf-8-sig")))
    )
    assert "'=1+1" in {row["value"] for row in rows}
    assert ("U0ADA", "export", "allowed", "") in bot.audit()


def test_over_the_api_only_who_asked_reads_what_a_direct_message_alone_shows(bot: Bot) -> None:
    scan = found(bot)
    own = Program(bot).get(f"/scan/{scan.id}/export").content
    shared = Program(bot, "U0BOB", channels=("C0GENERAL",)).get(f"/scan/{scan.id}/export").content
    assert b"Sensitive Example" in own
    assert b"Sensitive Example" not in shared
    assert [run["held_back"] for run in json.loads(shared)["scans"][0]["runs"]] == [1, 1]
    problem(Program(bot, "U0BOB").get(f"/scan/{scan.id}/export"), 404)
    problem(Program(bot).get(f"/scan/{scan.id}/export", format="exe"), 422)


def test_what_would_be_too_large_is_refused_in_a_sentence(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = found(bot)
    monkeypatch.setattr(exporting, "MOST", 100)
    refusal = problem(Program(bot).get(f"/scan/{scan.id}/export", format="csv"), 422)
    assert '"Scan of example[.]com" is 0 MB, more than the 0 MB that I hand over.' in refusal["detail"]


def test_a_scan_without_a_thread_is_exported_elsewhere(bot: Bot) -> None:
    task = Program(bot).scan("example.com", type="dns")["task_id"]
    one = bot.end(bot.store.scans.get(task))
    assert one.place.channel == ""
    ada = Who("U0ADA", replace(one.place, channel="C0GENERAL"))
    told = bot.run(wishes.command(bot.front, ada, f"{one.id} pdf", keys=("k",), reader=Reader(TEAM, "U0ADA")))
    assert "has no thread that a file could go into" in words_of({"text": told.text, "blocks": list(told.blocks)})


def test_a_case_is_exported_with_what_happened_in_it_and_the_scans_its_reader_may_see(bot: Bot) -> None:
    bot.sandbox.command('case open "Phish wave" tlp=amber purpose="Who is behind it"')
    scan = found(bot)
    case_id = bot.store.scans.get(scan.id).belongs.case
    assert case_id
    path = f"/case/{case_id}/export"
    told = json.loads(Program(bot).get(path).content)
    assert (told["case"]["title"], told["tlp"], told["scans_left_out"]) == ("Phish wave", "amber", 0)
    assert [each["scan"]["id"] for each in told["scans"]] == [scan.id]
    assert [each["step"] for each in told["timeline"]][:2] == ["opened", "scan"]
    page = Program(bot).get(path, format="html").text
    assert "What happened in the case" in page
    assert Program(bot).get(path, format="pdf").content.startswith(b"%PDF")
    assert Program(bot).get(path, format="evidence").headers["content-disposition"].endswith('-TLP-AMBER.zip"')
    problem(Program(bot, "U0BOB").get(path), 404)
    problem(Program(bot).get("/case/nothere/export"), 404)


def test_what_is_red_is_put_into_no_channel(bot: Bot) -> None:
    scan = scanned(bot)
    red = replace(bot.store.scans.get(scan.id), belongs=replace(scan.belongs, tlp="red"))
    with pytest.raises(NoExport, match="TLP:RED is not put where everybody in a channel reads it"):
        exporting.check_place(red, Beside())
    exporting.check_place(replace(red, place=replace(red.place, channel="D0ADA")), Beside())
