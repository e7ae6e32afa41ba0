"""The Home tab's other parts: watches, cases, quotas, health; and the switches that only admins have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.models import Outcome
from core.seal import Action
from core.standing import TeamRole
from core.store.team import case, member, watch
from tests.bot.listening import TEAM, Bot, words_of
from tests.core.test_store_health import ran
from tests.servers import Sandbox


@pytest.fixture(scope="module")
def lasting_bot(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    folder = tmp_path_factory.mktemp("bot")
    with Bot(folder, workspace, redis_url, admin_users="U0ADA", virustotal_key="k" * 64) as listening:
        yield listening


def view_of(bot: Bot, user: str = "U0ADA") -> dict[str, Any]:
    assert bot.sandbox.post("home", user=user)["status"] == "ok"
    bot.settle()
    view: dict[str, Any] = bot.sandbox.get("home", user=user)
    return view


def home(bot: Bot, user: str = "U0ADA") -> str:
    return words_of(view_of(bot, user))


def press(bot: Bot, action_id: str, user: str = "U0ADA") -> None:
    view = view_of(bot, user)
    view_id = view.get("id") or view["view"]["id"]
    bot.sandbox.post("click", user=user, view_id=view_id, action_id=action_id)
    bot.settle()


def number_of(bot: Bot, name: str) -> int:
    return [offer.name for offer in bot.front.offers].index(name)


def test_empty_parts_say_the_next_step(bot: Bot) -> None:
    told = home(bot, "U0BOB")
    for part in ("Press Start a Scan", "/watch example.com daily", "/case open", "Quota", "Collectors"):
        assert part in told
    assert "For admins" not in told
    assert "VIRUSTOTAL_KEY" not in told


def test_one_s_own_watches_and_cases_are_shown_and_nobody_else_s(bot: Bot) -> None:
    now = clock.now()
    watches: list[dict[str, Any]] = [
        {"id": "w1", "made_by": "U0ADA", "value": "example.com", "due_at": now + timedelta(days=1)},
        {"id": "w2", "made_by": "U0ADA", "value": "example.org", "paused_at": now, "due_at": None},
        {"id": "w3", "made_by": "U0BOB", "value": "bob.example", "due_at": now},
        {"id": "w4", "made_by": "U0ADA", "value": "over.example", "ended": "expired"},
    ]
    rest: dict[str, Any] = {
        "team": TEAM,
        "channel": "C0GENERAL",
        "kind": "domain",
        "schedule": "0 8 * * *",
        "zone": "Europe/Berlin",
    }
    cases: list[dict[str, Any]] = [
        {"id": "c1", "title": "Phish <!channel> wave", "opened_by": "U0ADA", "tlp": "amber"},
        {"id": "c2", "title": "Vendor check", "opened_by": "U0BOB", "tlp": "green"},
        {"id": "c3", "title": "Somebody else's", "opened_by": "U0BOB", "tlp": "red"},
        {"id": "c4", "title": "Old one", "opened_by": "U0ADA", "tlp": "red", "closed_at": now},
    ]

    def write(db: Any) -> None:
        for each in watches:
            db.execute(watch.insert().values(rest | {"made_at": now, "paused_at": None} | each))
        for each in cases:
            told = {"team": TEAM, "channel": f"C0CASE{each['id']}", "opened_at": now, "closed_at": None} | each
            db.execute(case.insert().values(told))
        for joined in ("c1", "c2", "c4"):
            db.execute(member.insert().values(case_id=joined, user="U0ADA", added_at=now))

    bot.store.database.write(write)
    told = home(bot)
    assert told.index("example[.]com*: daily at 08:00") < told.index("example[.]org*: daily at 08:00")
    assert "paused" in told
    for part in ("Phish", "TLP:AMBER", "Vendor check", "TLP:GREEN", "<#C0CASEc1>"):
        assert part in told
    for part in ("bob[.]example", "over[.]example", "Somebody else", "Old one", "<!channel>"):
        assert part not in told


def test_keys_are_named_as_set_and_never_shown(bot: Bot) -> None:
    told = home(bot)
    assert "VIRUSTOTAL_KEY (needed, set)" in told
    assert "SHODAN_KEY (optional, not set)" in told
    assert "k" * 10 not in told
    ran(bot.store, Outcome.FAILED, reason="bad_key", name="virustotal")
    assert "refused the key within the last hour" in home(bot)


def test_an_admin_switches_a_collector_off_with_a_reason_and_on_again(bot: Bot) -> None:
    number = number_of(bot, "dns")
    press(bot, f"switch_off:{number}")
    form = bot.sandbox.get("modal", user="U0ADA")["view"]
    answer = bot.sandbox.post("submit", user="U0ADA", view_id=form["id"], values={"why": {"why": {"value": " "}}})
    assert "Say why" in str(answer["errors"])
    bot.sandbox.post("submit", user="U0ADA", view_id=form["id"], values={"why": {"why": {"value": "it lies today"}}})
    bot.settle()
    assert "switched off: it lies today" in words_of(bot.sandbox.get("home", user="U0ADA"))  # published anew
    assert "switched off: it lies today" in home(bot, "U0BOB")
    plan = words_of(bot.sandbox.command("example.com collectors=dns plan")["ephemeral"])
    assert "an admin switched it off" in plan
    bot.sandbox.command("example.com collectors=dns,whois")
    reasons = {run.collector: run.message for run in bot.store.scans.get(bot.scans()[0].id).runs}
    assert reasons["dns"] == "An admin switched it off: it lies today"
    press(bot, f"switch_on:{number}")
    assert bot.store.switches.off(TEAM) == {}
    verbs = [(row[0], row[1], row[2]) for row in bot.audit() if str(row[1]).startswith("switch")]
    assert verbs == [("U0ADA", "switch_on", "allowed"), ("U0ADA", "switch_off", "allowed")]


def test_somebody_who_is_no_admin_switches_nothing(bot: Bot) -> None:
    value = bot.front.seal(TEAM)(Action("switch_off", subject="dns"))
    message = bot.post_button("switch_off:0", value)
    bot.click(message, "switch_off:0", user="U0BOB")
    assert "Only admins can switch collectors" in words_of(bot.whispers("U0BOB")[-1])
    assert bot.sandbox.get("modal", user="U0BOB")["view"] is None
    assert ("U0BOB", "switch_off", "refused", "not an admin") in bot.audit()


def test_an_admin_by_role_sees_the_switches_too(bot: Bot) -> None:
    bot.store.roles.give(TEAM, "U0BOB", TeamRole.ADMIN, by="U0ADA")
    bot.front.forget_roles()
    assert "For admins" in home(bot, "U0BOB")
    bot.store.roles.take(TEAM, "U0BOB")
    bot.front.forget_roles()


def test_a_home_that_is_full_stays_within_slack_s_hundred_blocks(bot: Bot) -> None:
    for number in range(24):
        bot.sandbox.command(f"n{number}.example.com collectors=dns")
        if number % 2:
            bot.end(bot.scans()[0])
    view = view_of(bot)
    assert len(view.get("blocks") or view["view"]["blocks"]) <= 100


def test_what_is_left_with_sources_is_not_known_while_redis_is_away(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(*_: Any, **__: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("bot.homes.quota", hangs)
    assert "Not known now: Redis does not answer" in home(bot)
