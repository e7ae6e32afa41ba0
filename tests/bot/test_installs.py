"""Installing us in a workspace, and leaving it again: what is kept, what is refused, what is given back."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from bot.web.pages import installing
from core import clock
from core.errors import StoreDown
from core.installs import Tokens, Vault, new_key
from core.models import RunState, ScanStatus
from core.slack import OPTIONAL_SCOPES, REQUIRED_SCOPES, workspaces
from core.slack.installing import renewed
from core.store import Store
from tasks.leaving import stop_scans
from tests.bot.listening import words_of
from tests.bot.many import FIRST, SECOND, ManyBot
from tests.servers import until


def kept(many: ManyBot, team: str = FIRST) -> Any:
    found = many.store.installations.get(team)
    assert found is not None
    return found


def test_the_page_asks_for_the_scopes_of_the_manifest_and_no_others(many: ManyBot) -> None:
    held, asked = many.begun()
    assert set(asked["scope"].split(",")) == {*REQUIRED_SCOPES, *OPTIONAL_SCOPES}
    assert asked["redirect_uri"] == "https://bot.example/slack/oauth_redirect"
    assert held not in str(asked)
    page = httpx.get(f"{many.site}/slack/install")
    assert [why for why in (*REQUIRED_SCOPES.values(), *OPTIONAL_SCOPES.values()) if why not in page.text] == []
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure" in page.headers["set-cookie"]


def test_who_installs_us_can_scan_and_the_token_is_nowhere_to_be_read(
    many: ManyBot, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = many.install()
    assert "Installed in Example Corp" in answer.text
    assert "Started: example[.]com" in words_of(many.sandbox.command("example.com")["ephemeral"])
    one, secret = kept(many), many.token_of(FIRST)
    assert (one.bot_user, one.bot, one.app, one.installed_by) == ("U0GUMSHOE", "B0GUMSHOE", "A0GUMSHOE", "U0ADA")
    assert secret.startswith("xoxb-sandbox-")
    assert ("U0ADA", "install", "allowed", "") in many.audited(FIRST)
    with sqlite3.connect(many.settings.database.removeprefix("sqlite:///")) as db:
        assert secret not in "\n".join(db.iterdump())
    assert secret not in answer.text + "".join(capfd.readouterr()) + repr(one)


def test_nothing_is_done_for_a_workspace_that_did_not_install_us(many: ManyBot) -> None:
    many.installed()
    with_whom = many.store.database
    with_whom.write(lambda db: db.exec_driver_sql("DELETE FROM installation WHERE team = 'T0SECOND'").rowcount)
    many.many.forget(SECOND)
    before = len(many.second.calls())
    answer = many.second.command("example.com")
    assert answer["status"] == "ok"
    assert "I am not installed in this workspace" in words_of(answer["ephemeral"])
    said = many.second.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> example.com")
    assert said["status"] == "ok"
    assert many.scans_of(FIRST) == many.scans_of(SECOND) == []
    assert len(many.second.calls()) == before


@pytest.mark.parametrize("broken", ["other browser", "other state", "no state", "used"])
def test_a_way_back_is_good_once_and_only_in_the_browser_that_began(many: ManyBot, broken: str) -> None:
    held, asked = many.begun()
    given = many.allowed(asked, FIRST)
    if broken == "other browser":
        held = many.begun()[0]
    elif broken == "other state":
        given["state"] = many.begun()[1]["state"]
    elif broken == "no state":
        given["state"] = ""
    else:
        assert many.back(given, held).status_code == 200
        given["code"] = many.allowed(asked, FIRST)["code"]
    before = many.store.installations.get(FIRST)
    assert many.back(given, held).status_code == 403
    assert many.store.installations.get(FIRST) == before


def test_a_way_back_is_good_for_ten_minutes(many: ManyBot, monkeypatch: pytest.MonkeyPatch) -> None:
    held, asked = many.begun()
    later = clock.now() + timedelta(minutes=11)
    given = many.allowed(asked, FIRST)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert many.back(given, held).status_code == 403
    assert many.store.installations.get(FIRST) is None


def test_strangers_who_come_back_again_and_again_do_not_use_up_what_slack_answers(
    many: ManyBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TURN": "install strangers", "EVERY": 1e6, "AT_ONCE": 3}.items():
        monkeypatch.setattr(installing, name, value)
    answers = []
    for _ in range(5):
        held, asked = many.begun()
        answers.append(many.back({"code": "made up", "state": asked["state"]}, held))
    assert [each.status_code for each in answers] == [502, 502, 502, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(many.sandbox.calls("oauth.v2.access")) == 3
    held, asked = many.begun()
    assert many.back({"code": "made up", "state": "0.0"}, held).status_code == 403  # what is not signed costs nothing


def test_who_says_no_is_told_that_nothing_happened(many: ManyBot) -> None:
    held, asked = many.begun()
    answer = many.back({"error": "access_denied", "state": asked["state"]}, held)
    assert answer.status_code == 403
    assert "Nobody allowed it in Slack, so I am not installed. To try again, press Add to Slack." in answer.text


@pytest.mark.parametrize(
    ("odd", "sentence", "rule"),
    [
        ({"without": ["chat:write"]}, "I cannot work without chat:write", "scopes"),
        ({"org_wide": True}, "not for a whole organisation", "organisation"),
        ({"expires_in": 40000, "no_refresh": True}, "no way to renew it", "rotation"),
    ],
)
def test_what_we_cannot_work_with_is_refused_and_given_back(
    many: ManyBot, odd: dict[str, Any], sentence: str, rule: str
) -> None:
    many.sandbox.post("oauth", **odd)
    answer = many.install()
    assert answer.status_code == 403
    assert sentence in answer.text
    assert many.store.installations.listed() == []
    assert [call["ok"] for call in many.sandbox.calls("auth.revoke")] == [True]
    assert ("U0ADA", "install", "refused", rule) in many.audited("" if rule == "organisation" else FIRST)


def test_another_app_than_the_one_that_others_installed_is_refused(many: ManyBot) -> None:
    many.install()
    many.sandbox.post("oauth", app="A0OTHER")
    answer = many.install(SECOND)
    assert answer.status_code == 403
    assert "another Slack app" in answer.text


def test_installing_again_replaces_the_token_and_keeps_what_the_workspace_knew(many: ManyBot) -> None:
    many.install()
    many.sandbox.command("example.com")
    before = many.token_of(FIRST)
    answer = many.install()
    assert "I was here before" in answer.text
    assert "/watch resume ID" in answer.text
    assert many.token_of(FIRST) != before
    assert "example[.]com" in words_of(many.sandbox.command("history")["ephemeral"])
    many.settle()
    many.sandbox.command("example.org")
    assert {scan.target.value for scan in many.scans_of(FIRST)} == {"example.com", "example.org"}


def ends(many: ManyBot) -> None:
    """All that is open is stopped, also what a bot that died left."""
    many.settle()
    until("no open scan is left", lambda: not any(scan.is_open for scan in many.scans_of(FIRST)))


def test_a_workspace_that_removes_us_is_gone_at_once_and_its_record_stays(many: ManyBot) -> None:
    many.installed()
    many.sandbox.command("example.com")
    many.second.command("example.com")
    many.sandbox.post("command", user="U0ADA", channel="C0GENERAL", command="/watch", text="example.org daily")
    many.settle()
    assert many.sandbox.post("uninstall")["status"] == "ok"
    one = kept(many)
    assert (one.is_here, one.sealed, one.gone_why) == (False, "", "account_inactive")
    ends(many)
    (scan,) = many.scans_of(FIRST)
    assert (scan.status, scan.cancelled_by) == (ScanStatus.CANCELLED, "my removal from this workspace")
    assert all(run.state is RunState.CLOSED for run in scan.runs)
    assert "I was removed from this workspace" in scan.undelivered
    assert many.store.overdue.untold() == [many.scans_of(SECOND)[0].id]
    (watch,) = many.store.watches.listed(FIRST)
    assert (watch.paused_at is not None, watch.trouble) == (True, "Paused by my removal from this workspace.")
    assert ("", "uninstall", "allowed", "") in many.audited(FIRST)
    assert many.scans_of(SECOND)[0].is_open  # nothing happened to the other one
    assert kept(many, SECOND).is_here


def test_what_a_bot_that_died_left_open_is_stopped_by_whoever_sweeps(many: ManyBot) -> None:
    many.install()
    many.sandbox.command("example.com")
    many.settle()
    assert many.store.installations.end(kept(many), why="test")
    assert many.scans_of(FIRST)[0].is_open
    assert [stop_scans(many.store) for _ in range(2)] == [1, 0]
    (scan,) = many.scans_of(FIRST)
    assert (scan.is_open, scan.undelivered != "") == (False, True)
    assert many.store.overdue.untold() == []


def test_telling_it_again_changes_nothing(many: ManyBot) -> None:
    many.install()
    many.sandbox.post("uninstall")
    gone = kept(many)
    for same_ids in (True, False):
        many.sandbox.post("redeliver", times=2, same_ids=same_ids)
    assert kept(many) == gone
    assert [row[1] for row in many.audited(FIRST)].count("uninstall") == 1


def test_an_old_event_that_comes_after_an_installation_does_not_end_that(many: ManyBot) -> None:
    many.install()
    for ago in (0, 30, 3600):
        many.sandbox.post("uninstall", real=False, ago=ago)
        many.sandbox.post("revoke", bot=True, real=False, ago=ago)
    assert kept(many).is_here
    assert "Started" in words_of(many.sandbox.command("example.com")["ephemeral"])


def test_an_event_from_long_after_an_installation_is_believed_without_asking(
    many: ManyBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = clock.now() - timedelta(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: then)
        many.install()
    many.sandbox.fault("auth.test", "500", times=5)
    many.sandbox.post("uninstall")
    assert kept(many).gone_why == "app_uninstalled"


def test_that_another_app_was_removed_ends_nothing(many: ManyBot) -> None:
    many.install()
    told: dict[str, Any] = {
        "type": "event_callback",
        "team_id": FIRST,
        "event_id": "Ev1",
        "event": {"type": "app_uninstalled"},
    }
    told |= {"event_time": int(clock.now().timestamp()) + 300}
    many.sandbox.post("forge", kind="event", payload=told | {"api_app_id": "A0OTHER"})
    assert kept(many).is_here
    many.sandbox.post("forge", kind="event", payload=told | {"api_app_id": "A0GUMSHOE", "event_id": "Ev2"})
    assert kept(many).gone_why == "app_uninstalled"


def test_while_slack_does_not_say_the_event_is_not_acknowledged_and_comes_again(many: ManyBot) -> None:
    many.install()
    many.sandbox.fault("auth.test", "500", times=1)
    assert many.sandbox.post("uninstall")["status"] != "ok"
    assert kept(many).is_here
    assert many.sandbox.post("redeliver")["acks"][0]["status"] == "ok"
    assert not kept(many).is_here


def test_tokens_of_people_are_none_of_ours_and_the_bots_is(many: ManyBot) -> None:
    many.install()
    assert many.sandbox.post("revoke")["status"] == "ok"
    assert kept(many).is_here
    assert many.sandbox.post("revoke", bot=True)["status"] == "ok"
    assert kept(many).gone_why == "token_revoked"


@pytest.mark.parametrize("event", ["uninstall", "revoke"])
def test_a_token_that_slack_no_longer_takes_is_treated_the_same(many: ManyBot, event: str) -> None:
    many.install()
    many.sandbox.command("example.com")
    many.settle()
    many.sandbox.post(event, told=False, bot=True)
    many.front.people.forget()
    many.sandbox.command("example.org")
    assert not kept(many).is_here


def test_one_wrong_answer_ends_nothing(many: ManyBot) -> None:
    many.install()
    many.sandbox.fault("users.info", "error", code="invalid_auth", times=1)
    many.front.people.forget()
    many.sandbox.command("example.com")
    assert kept(many).is_here


def test_an_address_that_slack_does_not_let_in_ends_no_installation(many: ManyBot) -> None:
    many.install()
    for method in ("users.info", "auth.test"):  # what Slack says to a good token from an address not allowed to the app
        many.sandbox.fault(method, "error", code="invalid_auth", times=5)
    many.front.people.forget()
    many.sandbox.command("example.com")
    many.settle()
    assert any(not call["ok"] for call in many.sandbox.calls("auth.test"))
    assert kept(many).is_here
    assert many.token_of(FIRST)


def test_who_comes_back_finds_the_record_and_nothing_is_told_all_at_once(many: ManyBot) -> None:
    many.install()
    many.sandbox.command("example.com")
    many.sandbox.post("uninstall")
    ends(many)
    many.install()
    assert kept(many).is_here
    assert many.store.overdue.untold() == []
    assert "Post Again" in words_of(many.sandbox.command("status")["ephemeral"])


def test_sessions_and_tokens_of_a_workspace_that_is_gone_open_nothing(many: ManyBot) -> None:
    many.install()
    made = partial(many.store.tokens.create, user="service:ci", name="ci", scopes=[], lasts=None, by="test")
    _, text = made(team=FIRST)
    bearer = {"Authorization": f"Bearer {text}"}
    assert httpx.get(f"{many.site}/api/v1/scans", headers=bearer).status_code == 403  # known, and lacks the scope
    many.sandbox.post("uninstall")
    assert httpx.get(f"{many.site}/api/v1/scans", headers=bearer).status_code == 401


def test_a_row_that_was_swapped_does_not_open(many: ManyBot) -> None:
    many.installed()
    one, two = kept(many, FIRST), kept(many, SECOND)
    assert many.store.installations.reseal(one, two.sealed)
    many.many.forget(FIRST)
    told = words_of(many.sandbox.command("example.com")["ephemeral"])
    assert "I cannot reach that workspace as I am set up" in told
    assert many.scans_of(FIRST) == []
    assert kept(many, FIRST).is_here


def test_keys_are_changed_without_losing_what_an_older_one_sealed() -> None:
    old, new = new_key(), new_key()
    sealed = Vault([old]).seal(FIRST, Tokens("xoxb-1", "xoxe-1"))
    both = Vault([new, old])
    assert both.open(FIRST, sealed) == Tokens("xoxb-1", "xoxe-1")
    assert Vault([new]).open(FIRST, both.seal(FIRST, Tokens("xoxb-2"))) == Tokens("xoxb-2")


def test_a_token_that_ends_is_renewed_before_and_only_once(many: ManyBot) -> None:
    many.sandbox.post("oauth", expires_in=3600)
    many.install()
    first = many.token_of(FIRST)
    many.sandbox.post("oauth", expires_in=43200)
    many.sandbox.command("example.com")
    many.settle()
    assert many.token_of(FIRST) != first
    assert "Started" in words_of(many.sandbox.command("example.org")["ephemeral"])
    renewals = [call for call in many.sandbox.calls("oauth.v2.access") if call["args"].get("grant_type")]
    assert len(renewals) == 1
    assert "xoxe" not in str(many.store.installations.get(FIRST))


def test_a_record_that_is_away_while_a_token_is_renewed_stops_nobody(
    many: ManyBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    many.sandbox.post("oauth", expires_in=3600)
    many.install()

    def away(*_: object, **__: object) -> bool:
        raise StoreDown

    monkeypatch.setattr(many.store.installations, "begin_renewal", away)
    assert "Started" in words_of(many.sandbox.command("example.com")["ephemeral"])


def test_a_renewal_is_seen_to_its_end_when_nobody_waits_any_more(
    many: ManyBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    many.sandbox.post("oauth", expires_in=3600)
    many.install()
    first = many.token_of(FIRST)

    async def leaves() -> None:
        asked, answered = asyncio.Event(), asyncio.Event()

        async def slowly(*given: Any) -> Any:
            told = await renewed(*given)
            asked.set()
            await answered.wait()
            return told

        monkeypatch.setattr(workspaces, "renewed", slowly)
        waiting = asyncio.create_task(many.many.of(FIRST))
        await asked.wait()
        waiting.cancel()
        await asyncio.wait({waiting})
        answered.set()

    many.run(leaves())
    until("the new token is kept", lambda: many.token_of(FIRST) != first)


def test_a_record_that_is_away_when_new_tokens_come_gets_them_later(
    many: ManyBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    many.sandbox.post("oauth", expires_in=3600)
    many.install()
    first, renew, away = many.token_of(FIRST), many.store.installations.renew, iter(range(3))

    def later(*given: Any, **named: Any) -> bool:
        if next(away, None) is not None:
            raise StoreDown
        return renew(*given, **named)

    monkeypatch.setattr(many.store.installations, "renew", later)
    many.sandbox.command("example.com")  # Slack takes the old token no more: the new one is nowhere but with us
    until("the new token is kept", lambda: many.token_of(FIRST) != first)
    many.front.people.forget()
    many.many.forget(FIRST)
    assert "Started" in words_of(many.sandbox.command("example.org")["ephemeral"])


def test_of_two_processes_one_renews(many: ManyBot) -> None:
    many.install()
    store: Store = many.store
    one = kept(many)
    assert store.installations.begin_renewal(one, lease=30)
    assert not store.installations.begin_renewal(one, lease=30)
    assert store.installations.renew(one, "x", expires_at=None)
    assert not store.installations.renew(one, "y", expires_at=None)  # it is another one by now
    assert not store.installations.begin_renewal(one, lease=30)
