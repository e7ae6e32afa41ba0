"""What a reply shows depends on who reads it: all in a direct message, less where several people can."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import blocks
from core.blocks.readers import as_read, is_direct, masked
from core.models import Fact, Finding, Kind, Outcome, Place, Run, Target
from tests.core.reading import first_line, words
from tests.core.samples import SEAL, finding, run, scan

ADA = Target(Kind.EMAIL, "Ada.Long@example.com")
DIRECT, CHANNEL = Place("T0SANDBOX", "D0ADA"), Place("T0SANDBOX", "C0GENERAL")
URL = "https://haveibeenpwned.com/api/v3/breachedaccount/ada.long%40example.com"
TITLE = "Breaches (Have I Been Pwned)"


def breach(name: str, **attributes: Any) -> Finding:
    made = finding("haveibeenpwned", Fact.BREACH, name, role="account", why="Passwords taken.", **attributes)
    return replace(made, provenance=replace(made.provenance, url=URL))


def reply(given: Run, place: Place, target: Target = ADA) -> blocks.Message:
    return blocks.reply(scan(given, target=target, place=place), given, title=TITLE, seal=SEAL)


def everything(message: blocks.Message) -> str:
    files = "".join(f"{each.name} {each.title} {each.content.decode()}" for each in message.files)
    return (
        f"{message.text} {words(message)} {json.dumps(message.blocks)} {files}".lower()
        .replace("[", "")
        .replace("]", "")
    )


MANY = tuple(breach(f"Leak{n}", severity="low", note="said to ADA.LONG@EXAMPLE.COM") for n in range(25))


@pytest.mark.parametrize(
    ("channel", "direct"),
    [("D0ADA", True), ("C0GENERAL", False), ("G0GROUP", False), ("", False), ("U0ADA", False)],
)
def test_only_a_direct_message_is_one(channel: str, direct: bool) -> None:
    assert is_direct(Place("T0SANDBOX", channel)) is direct


def test_where_several_read_the_address_is_masked_in_reply_notification_and_file() -> None:
    message = reply(run("haveibeenpwned", Outcome.FOUND, *MANY), CHANNEL)
    said = everything(message)
    assert message.files[0].name == "haveibeenpwned-A-example-com-1.json"
    assert "ada.long" not in said
    assert "a•••@example.com" in said
    assert "a\\u2022\\u2022\\u2022@example.com" in message.files[0].content.decode().lower()


def test_a_direct_message_shows_it_whole() -> None:
    message = reply(run("haveibeenpwned", Outcome.FOUND, *MANY), DIRECT)
    assert "ada[.]long[@]example[.]com" in message.text.lower() or "ada.long[@]example[.]com" in message.text.lower()
    (file,) = message.files
    assert json.loads(file.content)["scan"]["target"]["value"] == ADA.value
    assert URL in file.content.decode()


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.SKIPPED, Outcome.PARTIAL])
def test_the_address_is_masked_in_what_the_run_says_too(outcome: Outcome) -> None:
    given = run("haveibeenpwned", outcome, message="Nobody was asked about ada.long@example.com.", reason="no_key")
    assert "ada.long" not in everything(reply(given, CHANNEL))


def test_other_collectors_and_other_targets_are_shown_as_they_are() -> None:
    named = finding("crtsh", Kind.EMAIL, "ada.long@example.com")
    assert "ada.long" in everything(reply(run("crtsh", Outcome.FOUND, named), CHANNEL))
    shop = Target(Kind.DOMAIN, "shop.example.com")
    assert "shop.example.com" in everything(reply(run("haveibeenpwned", Outcome.FOUND, *MANY), CHANNEL, shop))


def test_what_only_a_direct_message_shows_is_counted_elsewhere() -> None:
    secret = breach("Secretive", direct_only=True, severity="high", sensitive=True)
    given = run("haveibeenpwned", Outcome.FOUND, breach("Open"), secret)
    shared, direct = reply(given, CHANNEL), reply(given, DIRECT)
    assert "1 more that only a direct message shows" in words(shared)
    assert "secretive" not in everything(shared)
    assert "Secretive" in words(direct)
    assert "direct message shows" not in words(direct)


def test_a_file_that_lacks_something_says_how_much() -> None:
    given = run("haveibeenpwned", Outcome.FOUND, *MANY, breach("Secretive", direct_only=True))
    (file,) = reply(given, CHANNEL).files
    assert file.title == "25 of 26 Breaches findings (JSON)"
    assert json.loads(file.content)["run"]["held_back"] == 1
    assert "secretive" not in file.content.decode().lower()
    assert reply(given, DIRECT).files[0].title == "All 26 Breaches findings (JSON)"


def test_when_all_of_it_is_held_back_that_is_the_answer_and_never_nothing() -> None:
    given = run("haveibeenpwned", Outcome.FOUND, breach("Secretive", direct_only=True))
    message = reply(given, CHANNEL)
    assert first_line(message) == f"{TITLE}: 1 finding that only a direct message shows"
    assert "nothing" not in everything(message)


def test_parent_and_summary_say_that_something_is_there_and_not_what() -> None:
    secret = breach("Secretive", direct_only=True, severity="high")
    held = run("haveibeenpwned", Outcome.FOUND, secret, replace(secret, value="Secretive2"))
    for place in (CHANNEL, DIRECT):
        given = scan(held, target=ADA, place=place)
        for message in (
            blocks.parent(given, titles={"haveibeenpwned": TITLE}, seal=SEAL),
            blocks.summary(given, titles={"haveibeenpwned": TITLE}, seal=SEAL),
        ):
            assert "secretive" not in everything(message)
            assert words(message).count("Something that only the reply in a direct message names.") == 1
            assert "No finding is rated" not in words(message)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("ada@example.com", "a•••@example.com"), ("x@example.com", "•••@example.com"), ("a@b@c.test", "a•••@c.test")],
)
def test_a_mask_keeps_the_first_letter_of_longer_names_and_always_as_many_dots(address: str, shown: str) -> None:
    assert masked(address) == shown


LOCALS = st.text("abcXYZ019._%+-'#&/=~", min_size=2, max_size=20)


@given(LOCALS, st.text(max_size=20), st.booleans())
def test_no_spelling_of_the_address_is_left(local: str, around: str, upper: bool) -> None:
    address = f"{local}@example.com"
    url = f"https://x.test/{quote(local, safe='')}%40example.com"
    said = f"{around}{address.upper() if upper else address}{around} {url}"
    given = run("haveibeenpwned", Outcome.FOUND, breach("Leak", note={"a": [said]}), message=said)
    _, shown, held = as_read(scan(given, target=Target(Kind.EMAIL, address)), given)
    note = shown.findings[0].attributes["note"]["a"][0]
    left = (note + shown.message).lower()
    assert (held, address.lower() in left, quote(local, safe="").lower() + "%40" in left) == (0, False, False)
