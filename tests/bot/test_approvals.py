"""A second person: their yes starts a scan once, their no never; and the asker's own yes is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.approvals import SOME, seal_of
from core import clock
from core.models import Kind, Target
from core.seal import Action
from core.standing import TeamRole
from core.store import State
from core.store.team import approval
from tasks.cards import begin_approved, expire, tell
from tasks.posting import Posting
from tests.bot.api import Program, problem
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot, words_of
from tests.servers import Sandbox, until

ADA = "ada@example.com collectors=dns because case 17"


@pytest.fixture(scope="module")
def lasting(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("careful"), workspace, redis_url, approvals="both") as listening:
        yield listening


@pytest.fixture
def careful(lasting: Bot) -> Bot:
    """A bot that wants a second person for persons and for touching a target."""
    lasting.forget()
    return lasting


def asked(bot: Bot, text: str = ADA, **where: str) -> str:
    answer = words_of(bot.sandbox.command(text, **where)["ephemeral"])
    bot.settle()
    return answer


def card(bot: Bot) -> dict[str, Any]:
    """The newest card in the channel."""
    cards = [each for each in bot.sandbox.messages() if "the scan of" in str(each.get("text", ""))]
    return cards[-1]


def pressed(bot: Bot, button: str, *, user: str = "U0BOB") -> str:
    told = bot.click(card(bot), button, user=user)
    return words_of(told[-1]) if told else ""


def done(bot: Bot, *verbs: str) -> list[tuple[object, ...]]:
    return [row for row in reversed(bot.audit()) if row[1] in verbs]


def test_a_person_is_asked_about_only_after_a_second_person_said_yes(careful: Bot) -> None:
    assert "a second person must approve this" in asked(careful)
    assert careful.scans() == []
    shown = words_of(card(careful))
    for words in ("Needs a second person", "ada[@]example[.]com", "case 17", "<@U0ADA>", "Approve", "Refuse"):
        assert words in shown
    assert pressed(careful, "approve") == ""
    (scan,) = careful.scans()
    assert (scan.asker.user, scan.reason, scan.place.channel) == ("U0ADA", "case 17", "C0GENERAL")
    assert ("tasks.scan.run", scan.id) in careful.queued()
    after = words_of(card(careful))
    assert "Approved by <@U0BOB>" in after
    assert scan.id in after
    assert '"actions"' not in after
    assert done(careful, "ask approval", "approve", "scan") == [
        ("U0ADA", "ask approval", "allowed", ""),
        ("U0BOB", "approve", "allowed", ""),
        ("U0ADA", "scan", "allowed", ""),
    ]


def test_pressed_twice_it_starts_once(careful: Bot) -> None:
    asked(careful)
    message = card(careful)
    careful.click(message, "approve", user="U0BOB")
    value = Action("approve", _waiting(careful))
    again = careful.post_button("approve", careful.front.seal(TEAM)(value))
    assert "was approved already" in words_of(careful.click(again, "approve", user="U0BOB")[-1])
    assert len(careful.scans()) == 1


def _waiting(bot: Bot) -> str:
    """The id of the only approval there is."""
    rows = bot.store.database.read(lambda db: db.exec_driver_sql("SELECT id FROM approval").scalars().all())
    (one,) = rows
    return str(one)


def test_a_bot_that_died_after_the_yes_is_made_good_by_pressing_again(careful: Bot) -> None:
    asked(careful)
    assert careful.store.approvals.decide(_waiting(careful), by="U0BOB", granted=True)  # and then it died
    assert pressed(careful, "approve") == ""
    assert len(careful.scans()) == 1


def test_a_card_whose_bot_died_before_it_posted_it_is_posted_by_another_process(
    careful: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def died(_posting: Posting) -> None:
        """Killed before it posted."""

    with monkeypatch.context() as dying:
        dying.setattr(Posting, "post_due", died)
        asked(careful)
    assert [each for each in careful.sandbox.messages() if "the scan of" in str(each.get("text", ""))] == []
    for _ in range(2):
        careful.run(Posting(careful.store, careful.front.workspaces).post_due())
        careful.run(tell(careful.store, careful.front.workspaces, partial(seal_of, careful.front)))
    assert len([each for each in careful.sandbox.messages() if "the scan of" in str(each.get("text", ""))]) == 1
    assert pressed(careful, "approve") == ""
    careful.settle()
    assert len(careful.scans()) == 1
    assert "Approved" in words_of(card(careful))


def test_a_bot_that_died_after_the_yes_is_made_good_by_the_sweeper(careful: Bot) -> None:
    asked(careful)
    assert careful.store.approvals.decide(_waiting(careful), by="U0BOB", granted=True)  # and then it died
    assert begin_approved(careful.store, careful.settings) == []  # it may be at it this moment
    past = approval.update().values(decided_at=clock.now() - timedelta(minutes=2))
    careful.store.database.write(lambda db: db.execute(past).rowcount)
    assert len(begin_approved(careful.store, careful.settings)) == 1
    assert begin_approved(careful.store, careful.settings) == []
    assert len(careful.scans()) == 1


def test_the_asker_cannot_approve_and_that_is_written_down(careful: Bot) -> None:
    asked(careful)
    assert "somebody else must decide" in pressed(careful, "approve", user="U0ADA")
    assert careful.scans() == []
    assert careful.audit()[0] == ("U0ADA", "approve", "refused", "own request")


def test_a_no_starts_nothing_also_after_a_later_yes(careful: Bot) -> None:
    asked(careful)
    yes = careful.post_button("approve", careful.front.seal(TEAM)(Action("approve", _waiting(careful))))
    assert pressed(careful, "refuse") == ""
    assert "Refused by <@U0BOB>" in words_of(card(careful))
    assert "was refused already" in words_of(careful.click(yes, "approve", user="U0BOB")[-1])
    assert careful.scans() == []


def test_a_viewer_or_guest_cannot_approve(careful: Bot) -> None:
    careful.store.roles.give(TEAM, "U0BOB", TeamRole.VIEWER, by="U0ADA")
    asked(careful)
    assert "needs the role analyst" in pressed(careful, "approve")
    assert "Guests may not" in pressed(careful, "approve", user="U0GUEST")
    assert careful.scans() == []


def test_a_guest_who_may_ask_is_no_second_person_all_the_same(start_bot: Start) -> None:
    bot = start_bot(approvals="both", allow_guests=True)
    asked(bot)
    assert "Guests and people from other workspaces cannot" in pressed(bot, "approve", user="U0GUEST")
    assert bot.audit()[0] == ("U0GUEST", "approve", "refused", "second person")
    assert bot.scans() == []


def test_who_may_no_longer_ask_gets_nothing_by_an_old_wish(careful: Bot) -> None:
    asked(careful)
    careful.store.roles.give(TEAM, "U0ADA", TeamRole.VIEWER, by="U0BOB")
    careful.front.forget_roles()
    assert "may not ask me any more" in pressed(careful, "approve")
    assert careful.scans() == []
    assert careful.audit()[0] == ("U0ADA", "scan", "refused", "role")
    assert "Approve" in words_of(card(careful))  # it still waits: a role can be given back


def test_after_its_hours_it_is_over_and_the_card_says_so(careful: Bot) -> None:
    asked(careful)
    past = approval.update().values(expires_at=clock.now() - timedelta(seconds=1))
    careful.store.database.write(lambda db: db.execute(past).rowcount)
    assert "Nobody approved this in time" in pressed(careful, "approve")
    assert [each.state for each in expire(careful.store)] == [State.OVER]
    row = careful.store.audit.listed(team=TEAM)[0]
    told = ("U0ADA", "ask approval", "ada[@]example[.]com", "case 17", "over")
    assert tuple(row[name] for name in ("user", "verb", "subject", "reason", "outcome")) == told
    front = careful.front
    careful.run(tell(front.store, front.workspaces, lambda approval: front.seal(approval.place.team)))
    assert "Nobody approved in time" in words_of(card(careful))
    assert careful.scans() == []


def test_a_direct_message_has_no_second_person(careful: Bot) -> None:
    assert "Ask in a channel" in asked(careful, channel="D0ADA")
    assert careful.store.approvals.waiting(TEAM, "U0ADA") == 0


def test_over_http_there_is_no_second_person(careful: Bot) -> None:
    body = problem(Program(careful).post("/scan", {"target": "ada@example.com", "reason": "case 17"}), 403)
    assert (body["rule"], "Ask in a channel of Slack" in body["next"]) == ("approval", True)
    assert careful.scans() == []


def test_touching_a_target_needs_one_too_and_plain_domains_none(careful: Bot) -> None:
    assert "Started" in asked(careful, "example.com")
    assert "touches example[.]com itself" in asked(careful, "example.com active")
    assert "Touches the target" in words_of(card(careful))
    pressed(careful, "approve")
    assert sorted(bool(scan.active_by) for scan in careful.scans()) == [False, True]


def test_a_re_run_needs_a_second_person_again(careful: Bot) -> None:
    asked(careful)
    pressed(careful, "approve")
    scan = careful.end(careful.scans()[0])
    message = careful.post_button("rerun", careful.front.seal(TEAM)(Action("rerun", scan.id, 1)))
    assert "a second person must approve" in words_of(careful.click(message, "rerun")[-1])
    assert careful.store.scans.get(scan.id).round == 1
    careful.settle()
    pressed(careful, "approve")
    assert careful.store.scans.get(scan.id).round == 2


def test_who_is_put_on_the_list_meanwhile_is_not_scanned_after_all(careful: Bot) -> None:
    asked(careful)
    careful.store.refusals.add(TEAM, Target(Kind.EMAIL, "ada@example.com"), why="staff", by="U0ADA")
    assert "is on the list" in pressed(careful, "approve")
    assert careful.scans() == []


def test_one_person_may_have_some_waiting_and_no_more(careful: Bot) -> None:
    for number in range(SOME):
        asked(careful, f"ada{number}@example.com because case 17")
    assert "wait for a second person already" in asked(careful, "one-more@example.com because case 17")


def test_a_card_that_cannot_be_posted_is_told_the_asker(careful: Bot) -> None:
    asked(careful, channel="C0NOBOT")
    until(
        "she is told",
        lambda: any(
            "could not say this in its channel" in words_of(each) for each in careful.sandbox.messages("D0ADA")
        ),
    )


def test_no_card_names_what_its_channel_may_not_show(careful: Bot) -> None:
    assert "may not show what you ask about" in asked(careful, ADA.replace("because", "tlp=red because"))
    assert not any("ada" in str(each).lower() for each in careful.sandbox.messages() if not each.get("is_ephemeral"))
    assert "I asked in this channel" in asked(careful, ADA.replace("because", "tlp=red because"), channel="C0PRIVATE")
