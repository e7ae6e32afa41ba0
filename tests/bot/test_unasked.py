"""What is said when nobody has just asked, watches, digests and cases, is said as whoever set it up reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.models import Place
from tasks.casework import tend
from tasks.digesting import tell_digests
from tasks.watching import look_after
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.many import FIRST, SECOND, ManyBot
from tests.servers import Sandbox
from tests.watched import MONDAY, Time

EVA, ADA = "U0EVA", "U0ADA"
HERE = Place(TEAM, "C0GENERAL")


def typed(sandbox: Sandbox, command: str, text: str, user: str) -> str:
    answer = sandbox.post("command", user=user, channel="C0GENERAL", command=command, text=text)
    assert answer["status"] == "ok", answer
    return words_of(answer["ephemeral"])


def posted(bot: Bot, sandbox: Sandbox) -> list[str]:
    """What stands in the channel once all that is due was posted."""
    bot.settle()
    bot.run(bot.front.posting.post_due())
    return [words_of(each) for each in sandbox.messages() if not each.get("is_ephemeral")]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch, MONDAY)


# What stands there after a week with a watch that ended, a case and a digest, in the language of who set them up.
SAID = {
    EVA: (
        "Caso abierto: Phish",
        "Ya vigilo example",
        "La vigilancia de example",
        "Caso cerrado: Phish",
        "Esta semana: ",
    ),
    ADA: ("Case opened: Phish", "I watch example", "The watch of example", "Case closed: Phish", "This week: "),
}


@pytest.mark.parametrize(("user", "other"), [(EVA, "en"), (ADA, "es")])
def test_who_never_scanned_is_told_in_their_own_language_of_what_they_set_up(
    bot: Bot, time: Time, user: str, other: str
) -> None:
    typed(bot.sandbox, "/watch", "example.com daily until=2027-01-06", user)
    typed(bot.sandbox, "/scan", "digest weekly", user)
    typed(bot.sandbox, "/case", 'open "Phish wave" purpose="why"', user)
    bot.settle()
    elsewhere = bot.settings.model_copy(update={"slack_language": other})
    case = bot.store.cases.bound(HERE)
    assert case is not None
    (look,) = look_after(bot.store, elsewhere).begun
    bot.end(look)
    look_after(bot.store, elsewhere)
    time.passes(timedelta(days=8))
    look_after(bot.store, elsewhere)
    tell_digests(bot.store, language=other)
    bot.store.cases.close(case.id, by="U0BOB")
    bot.run(tend(bot.store, elsewhere, bot.front.workspaces, case.id))
    there = posted(bot, bot.sandbox)
    assert [begin for begin in SAID[user] if not any(each.startswith(begin) for each in there)] == []
    assert len(there) == len(SAID[user])
    assert look.asker.language != other


def test_it_follows_them_when_they_change_it_in_slack(bot: Bot) -> None:
    typed(bot.sandbox, "/watch", "example.com daily", EVA)
    bot.settle()
    assert bot.store.mine.language(TEAM, EVA) == "es"
    bot.sandbox.post("person", id=EVA, locale="en-US")
    bot.front.people.forget()  # as after ten minutes
    typed(bot.sandbox, "/scan", "status", EVA)
    bot.settle()
    assert bot.store.mine.language(TEAM, EVA) == "en"


def test_of_whom_slack_does_not_tell_nothing_is_kept(bot: Bot) -> None:
    bot.sandbox.fault("users.info", "error", code="missing_scope", times=10)
    typed(bot.sandbox, "/watch", "example.com daily", EVA)
    bot.settle()
    assert bot.store.mine.language(TEAM, EVA) == ""
    (look,) = look_after(bot.store, bot.settings.model_copy(update={"slack_language": "es"})).begun
    assert look.asker.language == "es"


def test_who_has_the_same_id_in_another_workspace_is_somebody_else(many: ManyBot) -> None:
    many.installed()
    many.second.post("person", id=EVA, locale="en-GB")
    for sandbox in (many.sandbox, many.second):
        typed(sandbox, "/case", 'open "Phish wave" purpose="why"', EVA)
    many.settle()
    assert [many.store.mine.language(team, EVA) for team in (FIRST, SECOND)] == ["es", "en"]
    assert [many.store.mine.language(team, ADA) for team in (FIRST, SECOND)] == ["", ""]
    for team in (FIRST, SECOND):
        case = many.store.cases.bound(Place(team, "C0GENERAL"))
        assert case is not None
        many.store.cases.close(case.id, by="U0BOB")
        many.run(tend(many.store, many.settings, many.front.workspaces, case.id))
    assert "Caso cerrado" in posted(many, many.sandbox)[-1]
    assert "Case closed" in posted(many, many.second)[-1]


def test_a_workspace_that_left_and_comes_back_is_spoken_to_as_before(many: ManyBot) -> None:
    many.installed()
    typed(many.sandbox, "/scan", "status", EVA)
    many.settle()
    found = many.store.installations.get(FIRST)
    assert found is not None
    assert many.store.installations.end(found, why="app_uninstalled")
    many.install(FIRST)
    assert many.store.mine.language(FIRST, EVA) == "es"
