"""Two people, two channels: a reason, a second person, the list, roles and forgetting; and the audit of all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.standing import TeamRole
from tests.bot.listening import words_of
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

TEAM = "T0SANDBOX"
ADA = "ada@example.com"


@pytest.fixture(scope="module")
def gumshoe(redis_server: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Sources() as sources:
        folder = tmp_path_factory.mktemp("gumshoe")
        settings = {"APPROVALS": "persons", "COLLECTORS": "dns,crtsh,whois"}
        with Gumshoe(folder, redis_server, sandbox, sources, **settings) as running:
            yield running


def told(gumshoe: Gumshoe, text: str, user: str = "U0ADA", channel: str = "C0GENERAL") -> dict[str, Any]:
    answer: dict[str, Any] = gumshoe.sandbox.command(text, user=user, channel=channel)["ephemeral"]
    return answer


def messages(gumshoe: Gumshoe, words: str, channel: str = "C0GENERAL") -> list[dict[str, Any]]:
    """What everybody in a channel sees that says this."""
    shown = gumshoe.sandbox.messages(channel)
    return [each for each in shown if words in words_of(each) and not each["is_ephemeral"]]


def press(gumshoe: Gumshoe, message: dict[str, Any], button: str, user: str, channel: str = "C0GENERAL") -> None:
    gumshoe.sandbox.post("click", ts=message["ts"], action_id=button, user=user, channel=channel)


def test_a_person_is_looked_up_with_a_reason_and_a_second_person_and_is_forgotten(gumshoe: Gumshoe) -> None:
    asked = told(gumshoe, f"{ADA} collectors=dns")
    press(gumshoe, asked, "say_why", "U0ADA")
    view = until("the form", lambda: gumshoe.sandbox.get("modal", user="U0ADA")["view"])
    values = {"why": {"why": {"type": "plain_text_input", "value": "she asked us, case 17"}}}
    gumshoe.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)
    (card,) = until("the card", lambda: messages(gumshoe, "Needs a second person"))
    assert gumshoe.scans() == []
    press(gumshoe, card, "approve", "U0BOB")
    (scan,) = gumshoe.ended()
    assert (scan.asker.user, scan.reason) == ("U0ADA", "she asked us, case 17")
    until("the card to say so", lambda: messages(gumshoe, "Approved by <@U0BOB>"))
    (head,) = [each for each in messages(gumshoe, "ada[@]example[.]com") if each["ts"] != card["ts"]]
    assert "she asked us" not in words_of(head)  # several people read along there
    assert "she asked us" not in words_of(told(gumshoe, f"history {ADA}", channel="C0CASE17"))

    gumshoe.store.roles.give(TEAM, "U0BOB", TeamRole.LEAD, by="operator")
    until("the role to count", lambda: "Nobody is on it" in words_of(told(gumshoe, "deny list", "U0BOB")))
    assert "needs the role lead" in words_of(told(gumshoe, f"forget {ADA}"))
    told(gumshoe, f"deny add {ADA} she asked us not to", "U0BOB")
    for channel in ("C0GENERAL", "C0CASE17"):
        assert "is on the list" in words_of(told(gumshoe, f"{ADA} because case 17", channel=channel))

    press(gumshoe, told(gumshoe, f"forget {ADA}", "U0BOB"), "forget", "U0BOB")
    until("it to be forgotten", lambda: gumshoe.scans() == [])
    (stub, file) = gumshoe.sandbox.messages(thread_ts=head["ts"])  # Slack shows that something was there
    assert (stub["text"], file["files"]) == (
        "This message was deleted.",
        [{"id": file["files"][0]["id"], "mode": "tombstone"}],
    )
    assert "is on the list" in words_of(told(gumshoe, f"{ADA} because case 17"))


def test_all_of_it_is_in_the_audit_chained_by_the_sweeper(gumshoe: Gumshoe) -> None:
    def chained() -> bool:
        return all(each.waiting == 0 and each.rows for each in gumshoe.store.chain.verify())

    until("the sweeper to chain all", chained)
    (verified,) = gumshoe.store.chain.verify()
    assert verified.broken == ""
    rows = gumshoe.store.audit.listed(team=TEAM, limit=1000)
    verbs = {(row["user"], row["verb"], row["decision"]) for row in rows}
    assert {
        ("U0ADA", "ask approval", "allowed"),
        ("U0BOB", "approve", "allowed"),
        ("U0ADA", "scan", "allowed"),
        ("U0ADA", "scan", "refused"),
        ("U0ADA", "forget", "refused"),
        ("U0BOB", "deny", "allowed"),
        ("U0BOB", "forget", "allowed"),
    } <= verbs
    (forgot,) = [row for row in rows if row["verb"] == "forget" and row["outcome"]]
    assert "1 scan, " in str(forgot["outcome"])
    before = [row for row in rows if int(str(row["id"])) < int(str(forgot["id"]))]
    assert not any(ADA in f"{row['subject']} {row['reason']}" for row in before)
