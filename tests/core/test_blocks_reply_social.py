"""The reply about profiles: what confirms each other first, and never one person made of one name."""

from __future__ import annotations

from typing import Any

from core import blocks
from core.models import Fact, Finding, Kind, Outcome, Run, Target
from tests.core.reading import first_line, rows, words
from tests.core.samples import EVIL, SEAL, finding, run, scan

NAME = Target(Kind.USERNAME, "ada-example")


def reply(given: Run) -> blocks.Message:
    return blocks.reply(scan(given, target=NAME), given, title="Public profiles", seal=SEAL)


def account(service: str, name: str = "ada-example", **attributes: Any) -> Finding:
    given = {"service": service, "name": name, "looked": True, "found_by": "name", **attributes}
    return finding("social", Fact.ACCOUNT, f"{service}: {name}", **given)


def bond(one: str, other: str, standing: str) -> Finding:
    pair = [f"{each}: ada-example" for each in (one, other)]
    return finding("social", Fact.IDENTITY, " + ".join(pair), accounts=pair, standing=standing, points=["It says so."])


def found(*findings: Finding, outcome: Outcome = Outcome.FOUND, **more: Any) -> blocks.Message:
    return reply(run("social", outcome, *findings, **more))


def test_the_first_line_says_who_knows_the_name_and_what_confirms_each_other() -> None:
    message = found(account("GitHub"), account("Keybase"), account("Lichess"), bond("Keybase", "GitHub", "confirmed"))
    assert first_line(message) == "Public profiles: 3 services know the name, 2 profiles confirm each other"
    assert "Confirm each other: \nKeybase: ada-example, GitHub: ada-example" in words(message)


def test_one_name_on_two_services_is_not_one_person() -> None:
    message = found(
        account("GitHub", display_name="Ada Example"),
        account("Docker Hub", display_name="ada example"),
        account("Lichess", display_name="Adalbert Sample"),
    )
    assert first_line(message) == "Public profiles: 3 services know the name, no two confirm each other"
    assert "Different names: \nAda Example (2), Adalbert Sample (1); nothing says that these are one" in words(message)


def test_confirmed_accounts_come_before_claimed_ones_and_unread_ones_last() -> None:
    message = found(
        account("X", looked=False, found_by="link", standing="claimed", linked_from=["GitHub: ada-example"]),
        account("Lichess"),
        account("Bluesky"),
        account("GitHub", display_name="Ada Example", followers=1200, location="Exampletown"),
        account("Keybase"),
        bond("Keybase", "GitHub", "confirmed"),
        bond("Bluesky", "GitHub", "claimed"),
    )
    assert rows(message) == [
        [
            "GitHub: ada-example",
            "Confirmed by Keybase; claimed with Bluesky. Ada Example, Exampletown, 1,200 followers",
        ],
        ["Keybase: ada-example", "Confirmed by GitHub"],
        ["Bluesky: ada-example", "Claimed with GitHub"],
        ["Lichess: ada-example", "-"],
        ["X: ada-example", "Claimed with GitHub. Not looked at"],
    ]


def test_the_accounts_of_a_domain_are_counted_by_how_sure_they_are() -> None:
    linked: dict[str, Any] = {"found_by": "link", "linked_from": ["example.com"]}
    message = found(
        account("GitLab", standing="claimed", **linked),
        account("GitHub", standing="confirmed", **linked),
        finding("social", Kind.EMAIL, "security@example.com", role="security contact"),
        finding("social", Fact.ORGANISATION, "Example Corp"),
    )
    assert first_line(message) == "Public profiles: 2 accounts: 1 confirmed, 1 only claimed"
    assert "Confirmed: \nGitHub: ada-example" in words(message)
    assert [row[0] for row in rows(message)] == ["GitHub: ada-example", "GitLab: ada-example"]
    assert "Report weaknesses to: \nsecurity[@]example[.]com" in words(message)
    assert "Calls itself: \nExample Corp" in words(message)


def test_what_people_write_of_themselves_is_in_the_file() -> None:
    assert found(account("GitHub")).files == ()
    (file,) = found(account("GitHub", bio="Bread and maps")).files
    assert b"Bread and maps" in file.content


def test_what_was_not_looked_at_stands_above_what_was_found() -> None:
    message = found(
        account("GitHub"),
        outcome=Outcome.PARTIAL,
        reason="down",
        message="Docker Hub is out of order (it answered 503).\n13 of 14 services answered: 1 know ada, 12 do not.",
    )
    shown = words(message)
    assert "Not looked at: \nDocker Hub is out of order (it answered 503)." in shown
    assert shown.index("13 of 14 services answered") < shown.index("Account")


def test_two_hundred_accounts_do_not_drown_the_one_that_is_confirmed() -> None:
    many = [account(f"Service {number:03}") for number in range(200)]
    message = found(*many, bond("Service 150", "Service 160", "confirmed"))
    assert [row[0] for row in rows(message)[:2]] == ["Service 150: ada-example", "Service 160: ada-example"]
    assert len(rows(message)) == 20
    assert "and 180 more accounts in the file" in words(message)


def test_hostile_attributes_are_shown_as_text_or_not_at_all() -> None:
    message = found(
        account(EVIL, EVIL, display_name=EVIL, location=[EVIL], followers="many", flags={"a": EVIL}, linked_from=7),
        finding("social", Fact.IDENTITY, EVIL, standing=["confirmed"], accounts=EVIL),
        finding("social", Kind.URL, EVIL),
    )
    shown = words(message)
    assert "<!channel>" not in shown
    assert "\u202e" not in shown
