"""Receipts, refusals, help and lists: what was done, what was not, and the next step."""

from __future__ import annotations

from dataclasses import replace

from core import blocks
from core.models import Kind, Outcome, RunState, ScanStatus, Target
from core.seal import Action, unseal
from tests.core.reading import buttons, words
from tests.core.samples import NOW, SEAL, TITLES, offers, run, scan

WAITING = scan(run("dns", None, state=RunState.QUEUED), status=ScanStatus.QUEUED)
NOT_THERE = "I am not a member of this channel."


def test_a_notice_ends_with_the_next_step() -> None:
    message = blocks.notice('"exmaple" has no dot.', next_step="To look up a user name, write user:exmaple")
    assert message.text == '"exmaple" has no dot. To look up a user name, write user:exmaple'


def test_a_notice_mentions_only_the_person_it_is_told() -> None:
    message = blocks.notice("<@U0ADA> It was stopped.", by="U0BOB")
    assert message.text == "\u2039@U0ADA&gt; It was stopped. By <@U0BOB>."


def test_a_receipt_says_what_started_what_is_shared_and_what_was_left_out() -> None:
    message = blocks.receipt([WAITING], titles=TITLES, ignored=["foo"], joined=["example.org"])
    shown = words(message)
    assert "asking DNS records" in shown
    assert "Already being asked, so you get the same answers: \nexample[.]org" in shown
    assert "Left out, as I can't read it as a target: \nfoo" in shown
    assert message.text == "Started: example[.]com. Left out: 1 word."


def test_a_receipt_shows_target_notes() -> None:
    noted = replace(WAITING, target=Target(Kind.DOMAIN, "example.com", ("The password was left out.",)))
    assert "The password was left out." in words(blocks.receipt([noted], titles=TITLES))


def test_a_receipt_for_nothing_says_so() -> None:
    assert blocks.receipt([], titles=TITLES, ignored=["foo", "bar"]).text == "Nothing was started. Left out: 2 words."


def test_each_reading_of_an_ambiguous_word_is_a_button_that_names_only_it() -> None:
    readings = [Target(Kind.USERNAME, "alice.smith"), Target(Kind.DOMAIN, "alice.example")]
    shown = buttons(blocks.choose('"alice.smith" could be two things.', readings, seal=SEAL))
    assert [each["text"]["text"] for each in shown.values()] == [
        "User name: user:alice[.]smith",
        "Domain: alice[.]example",
    ]
    sealed = unseal(shown["choose:0"]["value"], key=b"an invented key", team="T0SANDBOX", now=NOW)
    assert sealed == Action("choose", subject="user:alice.smith")


def test_a_reading_that_a_button_cannot_carry_is_counted() -> None:
    readings = [Target(Kind.URL, "https://example.com/?" + "a" * 1600), Target(Kind.USERNAME, "ada-example")]
    message = blocks.choose("Which?", readings, seal=SEAL)
    assert len(buttons(message)) == 1
    assert "and 1 more reading: type it out" in words(message)


def test_help_names_the_kinds_and_the_way_into_threads() -> None:
    shown = words(blocks.usage(offers()))
    assert "domain, IP address, URL, e-mail address" in shown
    assert "In a thread, mention me with the target instead." in shown


def test_help_for_a_kind_lists_only_what_takes_it() -> None:
    message = blocks.offers_for(Kind.IP, offers())
    assert message.text == "2 collectors for this kind: IP address."
    assert "Certificates" not in words(message)


def test_help_for_a_kind_nobody_takes_says_so() -> None:
    assert blocks.offers_for(Kind.HASH, offers()).text.startswith("No collector looks up this kind yet: hash.")


def test_the_list_of_collectors_is_short_and_says_what_is_missing() -> None:
    message = blocks.offers_list(offers(), now=NOW)
    assert message.text == "4 collectors, 3 ready."
    assert "keyed, not ready: KEYED_KEY is not set" in words(message)


def test_status_shows_what_runs_then_what_could_not_be_delivered_with_its_reason() -> None:
    stuck = replace(scan(run("dns", Outcome.FAILED, reason="down")), undelivered=NOT_THERE)
    message = blocks.status([stuck, WAITING, scan(run("dns"))], titles=TITLES)
    shown = words(message)
    assert message.text == "1 scan running, 1 not delivered, 1 finished."
    assert shown.index("Running") < shown.index("Not delivered") < shown.index("Finished")
    assert f"*Not delivered:* {NOT_THERE}" in shown
    assert "Could not ask DNS records (the source is down)." in shown


def test_status_offers_to_post_again_what_could_not_be_delivered() -> None:
    stuck = replace(scan(run("dns"), round=2), undelivered=NOT_THERE)
    shown = buttons(blocks.status([stuck, WAITING, stuck], titles=TITLES, seal=SEAL))
    assert list(shown) == ["post_again:0", "post_again:1"]
    sealed = unseal(shown["post_again:1"]["value"], key=b"an invented key", team="T0SANDBOX", now=NOW)
    assert sealed == Action("post_again", "7f3a9c", 2)
    assert shown["post_again:0"]["accessibility_label"] == "Post Again: the scan of example[.]com"
    assert buttons(blocks.status([stuck], titles=TITLES)) == {}


def test_status_of_nothing_says_how_to_start() -> None:
    assert blocks.status([], titles=TITLES).text == (
        "Nothing is running, and nothing waits to be delivered. Start with /scan example[.]com"
    )


def test_history_of_a_target_never_asked_offers_to_ask() -> None:
    message = blocks.history(Target(Kind.DOMAIN, "example.org"), [])
    assert message.text == (
        "I know of no scan of example[.]org by you or in this channel. Start with /scan example[.]org"
    )


def test_history_counts_what_it_does_not_list() -> None:
    message = blocks.history(None, [scan(run("dns"))] * 14)
    assert message.text == "14 scans so far."
    assert "and 4 more scans" in words(message)


def test_a_thread_that_cannot_be_written_is_told_in_private_with_a_way_out() -> None:
    message = blocks.cannot_post(scan(run("dns", found=3)), NOT_THERE, seal=SEAL)
    assert message.text == (
        f"I could not post this scan. {NOT_THERE} example[.]com: 1 of 1 source answered, 3 findings."
    )
    assert list(buttons(message)) == ["post_again"]
