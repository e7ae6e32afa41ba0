"""Every word of /scan, typed by somebody in the sandbox, answered by the real bot."""

from __future__ import annotations

import re

import pytest

from collectors import known
from core.models import Kind, Outcome
from tests.bot.conftest import Start
from tests.bot.listening import Bot, words_of


def said(bot: Bot, text: str, **where: str) -> str:
    """What the asker alone sees after typing."""
    answer = bot.sandbox.command(text, **where)
    assert answer["status"] == "ok", answer
    assert answer["ephemeral"]["is_ephemeral"]
    return words_of(answer["ephemeral"])


def test_a_command_starts_one_scan_and_the_receipt_names_who_is_asked(bot: Bot) -> None:
    told = said(bot, "example.com")
    (scan,) = bot.scans()
    assert "Started: example[.]com" in told
    assert "asking DNS, Certificates (crt.sh), Registration" in told
    assert [run.collector for run in scan.runs] == [
        name for name, each in known().items() if Kind.DOMAIN in each.accepts
    ]
    assert (scan.asker.user, scan.asker.name, scan.place.channel) == ("U0ADA", "ada", "C0GENERAL")
    bot.settle()
    assert bot.queued() == [("tasks.report.deliver", scan.id), ("tasks.scan.run", scan.id)]


def test_several_targets_options_and_a_tag_are_read_in_any_order(bot: Bot) -> None:
    told = said(bot, "fresh 192.0.2.10 #case-17 collectors=dns,whois example.com #urgent")
    scans = {scan.target.value: scan for scan in bot.scans()}
    assert set(scans) == {"192.0.2.10", "example.com"}
    for scan in scans.values():
        assert (scan.tag, scan.fresh) == ("case-17 urgent", True)
        assert [run.collector for run in scan.runs] == ["dns", "whois"]
    assert "Started: 192[.]0[.]2[.]10, example[.]com" in told


def test_a_repeated_target_in_one_command_is_asked_once(bot: Bot) -> None:
    said(bot, "example.com hxxp://example[.]com EXAMPLE.com.")
    assert sorted(scan.target.value for scan in bot.scans()) == ["example.com", "http://example.com/"]


def test_words_that_name_nothing_are_left_out_and_named_in_the_receipt(bot: Bot) -> None:
    told = said(bot, "example.com 10.0.0.1")
    assert [scan.target.value for scan in bot.scans()] == ["example.com"]
    assert "Left out: 1 word" in told
    assert "private address" in told


def test_a_collector_that_does_not_fit_one_of_several_targets_starts_none_of_them(bot: Bot) -> None:
    told = said(bot, "example.com AS64496 collectors=dns")
    assert "dns does not take a target of kind asn" in told
    assert bot.scans() == []
    bot.settle()
    assert bot.queued() == []


def test_the_same_question_twice_within_a_moment_is_one_scan_and_the_receipt_says_so(bot: Bot) -> None:
    said(bot, "example.com")
    told = said(bot, "example.com")
    (scan,) = bot.scans()
    assert "Nothing was started" in told
    assert f"being scanned for you already (scan {scan.id})" in told
    bot.settle()
    assert len(bot.queued()) == 2


def test_the_same_command_delivered_again_starts_nothing(bot: Bot) -> None:
    said(bot, "example.com")
    bot.end(bot.scans()[0])
    bot.sandbox.post("redeliver", times=2)
    assert len(bot.scans()) == 1


def test_ten_targets_are_asked_at_once_and_eleven_are_too_many(bot: Bot) -> None:
    names = [f"host{number}.example.com" for number in range(11)]
    assert "11 targets; at most 10" in said(bot, " ".join(names))
    assert bot.scans() == []
    said(bot, " ".join(names[:10]) + " collectors=dns")
    assert len(bot.scans()) == 10


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("statsu", "Did you mean /scan status?"),
        ("canel", "Did you mean /scan cancel?"),
        ("exmaple", "write user:exmaple"),
        ("example.com collector=dsn", 'There is no collector \\"dsn\\". Did you mean dns?'),
        ("example.com collectors=zzz", "I have: dns, crtsh, whois"),
        ("example.com colectors=dns", "Did you mean collectors=?"),
        (
            "example.com breadth=3",
            "I know collectors=dns,whois, with=OPTION, playbook=NAME, tlp=RED, depth=1, fresh, active and plan",
        ),
        ("fresh", "Name what to look up"),
        ("#case-17", "Name what to look up"),
        ("help hsh", "Did you mean /scan help hash?"),
        ("help 17", "I know: domain, ip, cidr"),
        ("192.0.2.0/33", "from 0 to 32"),
        ("169.254.169.254", "metadata"),
        ("localhost", "look"),
        ("history nothing-like-a-target", "write user:"),
        ("cancel zzzzzzzz", 'There is no scan \\"zzzzzzzz\\"'),
    ],
)
def test_a_wrong_word_gets_the_next_step_and_starts_nothing(bot: Bot, typed: str, hint: str) -> None:
    assert hint in said(bot, typed)
    assert bot.scans() == []


def test_an_ambiguous_word_is_asked_back_and_the_button_starts_what_was_chosen(bot: Bot) -> None:
    answer = bot.sandbox.command("64496 collectors=whois fresh #case-17")
    assert bot.scans() == []
    row = answer["ephemeral"]["blocks"][-1]["elements"]
    assert [each["text"]["text"] for each in row] == ["AS number: AS64496", "User name: user:64496"]
    bot.sandbox.post(
        "click", user="U0ADA", channel="C0GENERAL", ts=answer["ephemeral"]["ts"], action_id=row[0]["action_id"]
    )
    assert "Started: AS64496" in words_of(bot.whispers()[-1])
    (scan,) = bot.scans()
    assert (scan.target.kind, scan.target.value, scan.fresh, scan.tag) == ("asn", "AS64496", True, "case-17")


@pytest.mark.parametrize("typed", ["help", "HELP", "\u200bhelp", "help,"])
def test_help_shows_how_to_ask(bot: Bot, typed: str) -> None:
    told = said(bot, typed)
    assert "How to use /scan" in told
    assert "AS number" in told


def test_help_with_a_kind_names_the_collectors_that_take_it(bot: Bot) -> None:
    told = said(bot, "help asn")
    assert "1 collector for this kind: AS number" in told
    assert "Registration" in told


def test_a_kind_that_no_collector_offered_here_takes_is_said(start_bot: Start) -> None:
    bot = start_bot(collectors=("dns",))
    assert "No collector looks up this kind yet" in said(bot, "help hash")
    assert "No collector takes a target of kind hash yet" in said(bot, "5d41402abc4b2a76b9719d911017c592")
    assert "does not offer whois. I have: dns" in said(bot, "example.com collectors=whois")
    assert "No source counts what we ask, and none rests." in said(bot, "quota")
    assert bot.scans() == []


def test_collectors_is_a_short_list_and_one_in_full_says_who_learns_what_we_ask(bot: Bot) -> None:
    told = said(bot, "collectors")
    assert re.search(r"\d+ collectors, \d+ ready", told)
    assert "Sectigo (crt.sh) learns the domain" not in told
    assert "Sectigo (crt.sh) learns the domain" in said(bot, "collectors crtsh")


def test_a_collector_that_does_not_exist_is_answered_with_the_nearest(bot: Bot) -> None:
    assert "Did you mean /scan collectors whois?" in said(bot, "collectors whos")


def test_status_shows_one_s_own_scans_and_what_is_running(bot: Bot) -> None:
    assert "Nothing is running" in said(bot, "status")
    said(bot, "example.com")
    bot.end(bot.scans()[0])
    said(bot, "example.org collectors=dns")
    said(bot, "example.net", user="U0BOB")
    told = said(bot, "status")
    assert "1 scan running, 0 not delivered, 1 finished" in told
    assert "example[.]org" in told
    assert "example[.]net" not in told


def test_status_shows_what_could_not_be_delivered_and_why(bot: Bot) -> None:
    said(bot, "example.com collectors=dns")
    (scan,) = bot.scans()
    bot.end(scan)
    seat = bot.store.desk.sit(scan.id, lease=30)
    assert seat is not None
    bot.store.desk.put_off(seat, seconds=None, why="I am not a member of that channel.")
    told = said(bot, "status")
    assert "1 not delivered" in told
    assert "not a member" in told


def test_history_shows_one_s_own_scans_and_those_of_the_channel_but_no_other_room_s(bot: Bot) -> None:
    said(bot, "example.com", user="U0BOB", channel="C0PRIVATE")
    said(bot, "example.com", user="U0BOB", channel="C0GENERAL")
    assert "1 scan of example[.]com" in said(bot, "history example.com")
    assert "2 scans of example[.]com" in said(bot, "history example[.]com", user="U0BOB")
    assert "2 scans so far" in said(bot, "history", user="U0BOB", channel="C0CASE17")
    assert "I know of no scan of example[.]org" in said(bot, "history example.org")


def test_cancel_stops_the_only_scan_one_has_running(bot: Bot) -> None:
    assert "You have no scan running" in said(bot, "cancel")
    said(bot, "example.com")
    (scan,) = bot.scans()
    assert "You have no scan running" in said(bot, "cancel", user="U0BOB")
    assert "Stopping the scan of example[.]com" in said(bot, "cancel")
    after = bot.store.scans.get(scan.id)
    assert (str(after.status), after.cancelled_by) == ("cancelled", "U0ADA")
    assert {run.outcome for run in after.runs} == {Outcome.CANCELLED, Outcome.SKIPPED}  # skipped: no key
    assert "You have no scan running" in said(bot, "cancel")


def test_cancel_asks_which_one_when_several_run(bot: Bot) -> None:
    said(bot, "example.com example.org")
    first, second = bot.scans()
    told = said(bot, "cancel")
    assert first.id in told
    assert second.id in told
    assert f"Stopping the scan of {first.target.value.replace('.', '[.]')}" in said(bot, f"cancel #{first.id.upper()}")
    assert [scan.id for scan in bot.store.scans.recent("T0SANDBOX", only_open=True)] == [second.id]
    assert "had already ended" in said(bot, f"cancel {first.id}")


def test_somebody_else_s_scan_can_be_stopped_where_it_runs_and_is_unknown_elsewhere(bot: Bot) -> None:
    said(bot, "example.com", user="U0BOB", channel="C0PRIVATE")
    (scan,) = bot.scans()
    assert "There is no scan" in said(bot, f"cancel {scan.id}", channel="C0GENERAL")
    assert bot.scans()[0].is_open
    assert "Stopping" in said(bot, f"cancel {scan.id}", channel="C0PRIVATE")


def test_the_word_scan_before_the_target_is_forgiven(bot: Bot) -> None:
    said(bot, "scan example.com")
    assert [scan.target.value for scan in bot.scans()] == ["example.com"]


@pytest.mark.parametrize(
    "typed",
    [
        "<!channel> " * 9000,
        "[" * 100_000,
        "a.b." * 25_000,
        "x" * 100_000,
        "collectors=" + "d," * 50_000,
        "example.com " + "#" + "t" * 100_000,
        "cancel " + "<@U0ADA>" * 12_000,
        "history " + "\u202e" * 50_000,
        "help " + "`*_~" * 25_000,
        '"' * 99_999,
        "\x00 example.com \x1b[31m",
    ],
)
def test_a_hundred_thousand_hostile_characters_get_an_answer_that_mentions_nobody(bot: Bot, typed: str) -> None:
    told = said(bot, typed)
    assert "<!channel>" not in told
    assert "<@U0" not in told
    assert "\u202e" not in told
    assert "\x1b" not in told


def test_thousands_of_targets_are_counted_and_refused_within_slack_s_time(bot: Bot) -> None:
    told = said(bot, " ".join(f"h{number}.example.com" for number in range(6000)))
    assert "6000 words; at most 10 targets" in told
    assert bot.scans() == []


def test_a_direct_message_with_the_bot_is_a_place_to_ask(bot: Bot) -> None:
    said(bot, "example.com", channel="D0ADA")
    assert [scan.place.channel for scan in bot.scans()] == ["D0ADA"]


def test_quota_shows_each_key_by_its_number_and_never_by_its_value(start_bot: Start) -> None:
    bot = start_bot(certspotter_key="first-secret second-secret")
    told = said(bot, "quota")
    for words in ("Cert Spotter, key 1 of 2", "Cert Spotter, key 2 of 2", "may be asked 10 in 60 min at most"):
        assert words in told
    assert "secret" not in told
    assert bot.scans() == []
