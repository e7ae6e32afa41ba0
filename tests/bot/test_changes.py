"""History and differences by command, button and over HTTP: each tells what its reader may know, and no more."""

from __future__ import annotations

import pytest

from core import clock
from core.models import Finding, Kind, Outcome, Scan
from core.seal import Action
from tests.bot.api import Program, problem
from tests.bot.listening import TEAM, Bot, words_of
from tests.core.stores import finding
from tests.watched import DAY, Time, Watching, found

OTHER = "C0CASE17"


def looked(bot: Bot, *found: Finding, user: str = "U0ADA", channel: str = "C0GENERAL") -> tuple[Scan, str]:
    """A scan by somebody that has ended, and its receipt. Its tag makes it another question than the one before."""
    answer = bot.sandbox.command(f"example.com collectors=dns fresh #{len(bot.scans())}", user=user, channel=channel)
    one = bot.scans()[0]
    (run,) = one.runs
    claimed = bot.store.runs.claim(run.id, lease=30)
    assert claimed is not None
    bot.store.runs.close(claimed, Outcome.FOUND if found else Outcome.NOTHING, findings=found)
    return bot.store.scans.get(one.id), words_of(answer["ephemeral"])


def said(bot: Bot, text: str, **who: str) -> str:
    return words_of(bot.sandbox.command(text, **who)["ephemeral"])


def two_looks(bot: Bot) -> tuple[Scan, Scan, str]:
    first, _ = looked(bot, finding("192.0.2.1"), finding("192.0.2.2"), user="U0BOB")
    second, receipt = looked(bot, finding("192.0.2.2"), finding("mx.example.com", Kind.DOMAIN, role="mail server"))
    return first, second, receipt


def test_the_receipt_says_who_scanned_it_last(bot: Bot) -> None:
    first, _, receipt = two_looks(bot)
    assert "was seen before: by <@U0BOB>" in receipt
    assert f"2 findings, scan `{first.id}`" in receipt


def test_diff_tells_what_changed_between_the_last_two_looks(bot: Bot) -> None:
    first, second, _ = two_looks(bot)
    told = said(bot, "diff example.com")
    assert "+1 −1" in told
    assert "mail server mx[.]example[.]com" in told
    assert "192[.]0[.]2[.]1 " in told
    assert told.index(first.id) < told.index(second.id)
    assert "+1 −1" in said(bot, f"diff {second.id}")
    assert "+1 −1" in said(bot, f"diff example.com {second.id} {first.id}")


def test_history_says_what_each_look_changed_and_its_button_tells_all(bot: Bot) -> None:
    first, second, _ = two_looks(bot)
    answer = bot.sandbox.command("history example.com")["ephemeral"]
    assert f"+1 −1 against `{first.id}/1`" in words_of(answer)
    told = words_of(bot.click({"ts": answer["ts"]}, "diff:0")[-1])
    assert "mail server mx[.]example[.]com" in told
    assert second.id in told


def test_nobody_learns_of_looks_in_channels_that_are_not_theirs(bot: Bot) -> None:
    secret, _ = looked(bot, finding("192.0.2.66"), user="U0BOB", channel=OTHER)
    mine, receipt = looked(bot, finding("192.0.2.1"))
    assert "seen before" not in receipt
    for text in ("history example.com", "diff example.com", f"diff {secret.id}", f"diff example.com {secret.id}"):
        told = said(bot, text)
        assert secret.id not in told or "by you or in this channel" in told  # said back to who typed it
        assert "192[.]0[.]2[.]66" not in told
    forged = bot.front.seal(TEAM)(Action("diff", mine.id, 1, f"{secret.id}/1"))
    told = words_of(bot.click(bot.post_button("diff", forged), "diff")[-1])
    assert "no longer in my record" in told
    ada = Program(bot)
    problem(ada.get(f"/scan/{mine.id}/diff", against=secret.id), 404)
    problem(ada.get(f"/scan/{mine.id}/diff"), 404)
    problem(ada.get(f"/scan/{secret.id}/diff"), 404)


def test_diff_says_the_next_step_when_there_is_nothing_to_compare(bot: Bot) -> None:
    assert "Name the target: /scan diff" in said(bot, "diff")
    assert "no look at example[.]com" in said(bot, "diff example.com")
    looked(bot, finding())
    assert "one look at example[.]com" in said(bot, "diff example.com")


def test_a_program_reads_the_difference_with_fingerprints_and_reasons(bot: Bot) -> None:
    first, second, _ = two_looks(bot)
    ada = Program(bot, channels=["C0GENERAL"])
    body = ada.get(f"/scan/{second.id}/diff").json()
    assert body["counts"] == {"new": 1, "gone": 1, "changed": 0, "known": 1, "rotated": 0, "held_back": 0}
    assert (body["against"]["id"], body["against"]["asked_by"], body["not_compared"]) == (first.id, "U0BOB", [])
    assert [each["value"] for each in (*body["new"], *body["gone"])] == ["mx.example.com", "192.0.2.1"]
    assert all(len(each["fingerprint"]) == 32 and each["provenance"]["sha256"] for each in body["new"])
    assert ada.get(f"/scan/{second.id}/diff", against=f"{first.id}/1").json() == body
    problem(ada.get(f"/scan/{second.id}/diff", against=f"{first.id}/9"), 404)
    problem(ada.get(f"/scan/{second.id}/diff", against="<x>"), 422)


def test_a_scan_that_runs_is_not_compared_yet(bot: Bot) -> None:
    bot.sandbox.command("example.com collectors=dns")
    problem(Program(bot).get(f"/scan/{bot.scans()[0].id}/diff"), 409)


def test_the_button_of_a_watch_s_thread_tells_what_the_thread_tells(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    watching = Watching(bot.store, Time(monkeypatch, clock.now()))
    watching.watch()
    all_of_them = {"dns": [found("192.0.2.10")], "crtsh": [found()], "whois": []}
    for answers in (all_of_them, all_of_them | {"crtsh": None}):
        watching.looks(answers)
        watching.time.passes(DAY)
    before = bot.scans()[0]
    (look,) = watching.looks(all_of_them | {"crtsh": [found(), found("new.example.com")]}).told
    button = bot.post_button("diff", bot.front.seal(TEAM)(Action("diff", look.id, 1, f"{before.id}/1")))
    told = words_of(bot.click(button, "diff")[-1])
    assert "New (1)" in told
    assert "new[.]example[.]com" in told
