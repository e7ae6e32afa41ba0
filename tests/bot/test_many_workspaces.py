"""Two workspaces installed us, and nothing crosses: people and channels have the same ids in both, and are others."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import redis

from bot.bearings import sent
from core.clock import now
from core.fingerprints import fingerprint
from core.ledger import Drawer
from core.models import Outcome, Place, Scan
from core.seal import Action, seal
from core.standing import TeamRole
from core.store import Notice
from core.verdicts import Judgement
from tasks.casework import tend
from tasks.posting import Posting
from tasks.process import Process
from tests.bot.api import Program
from tests.bot.listening import words_of
from tests.bot.many import FIRST, SECOND, ManyBot
from tests.bot.watching import code_of_the_end, hear_until, say, talk
from tests.core.stores import claimed, finding
from tests.servers import Sandbox

HOME = Place(FIRST, "C0GENERAL")


@pytest.fixture
def both(many: ManyBot) -> ManyBot:
    many.installed()
    return many


def typed(sandbox: Sandbox, words: str, command: str = "/scan") -> str:
    answer = sandbox.post("command", user="U0ADA", channel="C0GENERAL", command=command, text=words)
    assert answer["status"] == "ok", answer
    return words_of(answer["ephemeral"])


def looked(both: ManyBot, target: str = "example.com", value: str = "mail.example.com") -> Scan:
    """A scan of the first workspace that ended with a finding."""
    typed(both.sandbox, f"{target} collectors=dns")
    both.settle()
    (scan,) = both.scans_of(FIRST)
    assert both.store.runs.close(claimed(both.store, scan), Outcome.FOUND, findings=[finding(value, severity="high")])
    return both.store.scans.get(scan.id)


def said(sandbox: Sandbox) -> str:
    """All that stands in the channel, threads included."""
    every = []
    for each in sandbox.messages():
        every += sandbox.messages(thread_ts=each["ts"]) or [each]
    return " ".join(map(words_of, every))


def test_each_thread_is_told_in_its_own_workspace_by_its_own_token(both: ManyBot) -> None:
    typed(both.sandbox, "example.com collectors=dns")
    typed(both.second, "example.org collectors=dns")
    both.settle()
    both.run(tell(both))
    assert "example[.]com" in said(both.sandbox)
    assert "example[.]org" in said(both.second)
    assert "example[.]org" not in said(both.sandbox)
    assert "example[.]com" not in said(both.second)


async def tell(both: ManyBot) -> None:
    """As a notifier does, with all that it opens."""

    async def nobody(_scan_id: str) -> None:
        return None

    process = await Process(both.settings, both.store, shared=False).open(nobody)
    try:
        assert process.reporter is not None
        for team in (FIRST, SECOND):
            await process.reporter.deliver(both.scans_of(team)[0].id)
    finally:
        await process.close()


def test_what_one_workspace_looked_up_is_not_known_in_the_other(both: ManyBot) -> None:
    scan = looked(both)
    for words in ("history example.com", "history", "diff example.com", "status", "tree", f"tree {scan.id}"):
        told = typed(both.second, words)
        assert "mail.example.com" not in told, words
        assert f"{scan.id} " not in told.replace(f'"{scan.id}"', ""), words
    receipt = typed(both.second, "example.com collectors=dns")
    assert "Started" in receipt
    assert not re.search("last|before|seen", receipt, re.IGNORECASE)
    (theirs,) = both.scans_of(SECOND)
    keys = {both.store.scans.get(each.id).runs[0].id for each in (scan, theirs)}
    assert len(keys) == 2  # nobody shares a run over workspaces


@pytest.mark.parametrize(
    "words", ["cancel {id}", "explain {id} mail.example.com", "export {id}", "export {id} csv", "diff example.com {id}"]
)
def test_a_scan_of_the_other_workspace_does_not_exist(both: ManyBot, words: str) -> None:
    scan = looked(both)
    told = typed(both.second, words.format(id=scan.id))
    assert "Stop" not in told
    assert "mail[.]example[.]com" not in told
    assert "mail.example.com" not in told.replace(words.format(id=scan.id), "")
    assert both.store.desk.said(scan.id) == {}


@pytest.mark.parametrize("verb", ["cancel", "rerun", "rerun_failed", "explain", "export", "post_again", "pivot_more"])
@pytest.mark.parametrize("team", [FIRST, SECOND])
def test_a_button_of_the_other_workspace_does_nothing(both: ManyBot, verb: str, team: str) -> None:
    """Signed for the other workspace, or, as only we could, for this one about a scan of the other."""
    scan = looked(both)
    value = seal(Action(verb, scan.id, 1, "dns"), key=both.settings.seal_key, team=team, made=now())
    message = both.button_in_the_second(verb, value)
    both.second.post("click", user="U0ADA", channel="C0GENERAL", ts=message["ts"], action_id=verb)
    both.settle()
    assert both.store.scans.get(scan.id, all_rounds=True).round == 1
    rules = {row[3] for row in both.audited(SECOND) if row[2] == "refused"}
    assert rules & {"forged button", "scan gone"}


def test_cases_watches_verdicts_and_roles_stay_where_they_are(both: ManyBot) -> None:
    scan = looked(both)
    typed(both.sandbox, 'open "Phish net" purpose="why" tlp=amber', "/case")
    assert "Phish net" in typed(both.sandbox, "status", "/case")
    assert "Phish net" not in typed(both.second, "status", "/case")
    typed(both.sandbox, "example.com daily", "/watch")
    (watch,) = both.store.watches.listed(FIRST)
    for words in ("list", f"pause {watch.id}", f"stop {watch.id}"):
        assert watch.id not in typed(both.second, words, "/watch").replace(words, "")
    assert both.store.watches.get(watch.id) == watch
    both.store.roles.give(FIRST, "U0BOB", TeamRole.ADMIN, by="test")
    both.store.roles.give(FIRST, "U0ADA", TeamRole.VIEWER, by="test")
    both.front.forget_roles()
    assert "viewer" in typed(both.sandbox, "example.org")
    assert "Started" in typed(both.second, "example.com collectors=dns")
    (theirs,) = both.scans_of(SECOND)
    assert theirs.belongs.case == ""
    mark = fingerprint(scan.runs[0].findings[0])
    both.store.verdicts.judge(scan, mark, Judgement.FALSE, user="U0ADA")
    assert set(both.store.verdicts.of(FIRST, scan.target)[0]) == {mark}
    assert both.store.verdicts.of(SECOND, theirs.target) == ({}, frozenset())


def test_what_is_said_outside_of_threads_goes_to_its_own_workspace(both: ManyBot) -> None:
    typed(both.sandbox, "example.com daily", "/watch")
    (watch,) = both.store.watches.listed(FIRST)
    block = {"type": "section", "text": {"type": "plain_text", "text": "Nothing new."}}
    notice = Notice(f"watch/{watch.id}/quiet/0", watch.place, "Nothing new.", (block,), subject=watch.id)
    assert both.store.watches.move(watch, {}, notices=[notice])
    typed(both.second, 'open "Theirs" purpose="why" tlp=green', "/case")
    opened = both.store.cases.here(Place(SECOND, "C0GENERAL"))
    assert opened is not None
    both.store.cases.close(opened.id, by="U0ADA")
    both.run(Posting(both.store, both.front.workspaces).post_due())
    both.run(tend(both.store, both.settings, both.front.workspaces, opened.id))
    assert "Nothing new." in said(both.sandbox)
    assert "Nothing new." not in said(both.second)
    assert "Case closed: Theirs" in said(both.second)
    assert "Theirs" not in said(both.sandbox)


def test_the_api_shows_each_its_own(both: ManyBot) -> None:
    scan = looked(both)
    both.second.command("example.com collectors=dns")
    ours, theirs = (Program(both, team=team, scopes=("admin",)) for team in (FIRST, SECOND))  # type: ignore[arg-type]  # a scope is its word
    assert ours.scans() == [scan.id]
    assert theirs.scans() == [both.scans_of(SECOND)[0].id]
    for path in ("", "/result", "/export?format=json", "/diff", "/explain?value=mail.example.com"):
        assert theirs.get(f"/scan/{scan.id}{path}").status_code in (404, 405), path
    assert theirs.delete(f"/scan/{scan.id}").status_code == 404
    line = both.url.replace("/slack/events", "/api/v1/ws")
    with talk(line, theirs.text) as open_line:
        say(open_line, type="subscribe", scans=[scan.id])
        assert hear_until(open_line, "subscribed")[-1].body["not_found"] == [scan.id]


def test_the_same_key_of_people_with_the_same_id_is_not_the_same_key(both: ManyBot) -> None:
    for team in (FIRST, SECOND):
        held = signed_in(both, team)
        fields = {"targets": "example.com", "key": "abc", "then": "/", "reason": ""}
        origin = {"Origin": both.site, "Cookie": held}
        answer = httpx.post(f"{both.site}/new", data=fields, headers=origin)
        assert answer.status_code in (303, 200, 422), answer.text
    assert len(both.scans_of(FIRST)) == len(both.scans_of(SECOND))


def signed_in(both: ManyBot, team: str) -> str:
    """The cookie of Ada of that workspace, signed in with Slack."""
    begun = httpx.get(f"{both.site}/sign-in/slack")
    mine = begun.headers["set-cookie"].partition(";")[0]
    where = both.sandbox.url if team == FIRST else both.second.url
    asked = httpx.URL(begun.headers["location"])
    allowed = httpx.get(f"{where}/openid/connect/allow", params=dict(asked.params) | {"user": "U0ADA"})
    back = httpx.URL(allowed.headers["location"])
    entered = httpx.get(f"{both.site}{back.path}", params=dict(back.params), headers={"Cookie": mine})
    assert entered.status_code == 303, entered.text
    return next(each.partition(";")[0] for each in entered.headers.get_list("set-cookie") if "gumshoe_session=" in each)


def test_the_dashboard_shows_each_its_own(both: ManyBot) -> None:
    scan = looked(both)
    ours, theirs = signed_in(both, FIRST), signed_in(both, SECOND)
    get = partial(httpx.get, follow_redirects=False)
    assert scan.id in get(f"{both.site}/", headers={"Cookie": ours}).text
    assert scan.id not in get(f"{both.site}/", headers={"Cookie": theirs}).text
    assert get(f"{both.site}/scans/{scan.id}", headers={"Cookie": ours}).status_code == 200
    assert get(f"{both.site}/scans/{scan.id}", headers={"Cookie": theirs}).status_code == 404


def test_who_signs_in_from_a_workspace_that_we_are_not_in_is_turned_away(many: ManyBot) -> None:
    many.install(FIRST)
    begun = httpx.get(f"{many.site}/sign-in/slack")
    asked = httpx.URL(begun.headers["location"])
    allowed = httpx.get(f"{many.second.url}/openid/connect/allow", params=dict(asked.params) | {"user": "U0ADA"})
    back = httpx.URL(allowed.headers["location"])
    cookie = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
    entered = httpx.get(f"{many.site}{back.path}", params=dict(back.params), headers=cookie)
    assert entered.status_code == 403
    assert "I am not installed in this workspace." in entered.text


def test_an_open_line_ends_with_the_installation(both: ManyBot) -> None:
    program = Program(both, team=SECOND)
    with talk(both.url.replace("/slack/events", "/api/v1/ws"), program.text) as line:
        say(line, type="subscribe", scans=[])
        both.second.post("uninstall")
        assert code_of_the_end(line) in (4401, 4403, 1008)


def test_paces_budgets_and_what_is_known_of_people_are_kept_apart(both: ManyBot, redis_url: str) -> None:
    both.sandbox.post("person", id="U0ADA", is_restricted=True)
    both.front.people.forget()
    assert "Guests may not ask me" in typed(both.sandbox, "example.com")
    assert "Started" in typed(both.second, "example.com collectors=dns")
    with redis.from_url(redis_url) as client:
        keys = {each.decode() for each in client.scan_iter("pace:slack:*")}
    assert any(key.startswith(f"pace:slack:{FIRST}:") for key in keys)
    assert any(key.startswith(f"pace:slack:{SECOND}:") for key in keys)
    one, two = (Drawer.of(b"secret", team, "U0ADA", "C0GENERAL") for team in (FIRST, SECOND))
    assert one != two
    assert {one.user, one.channel}.isdisjoint({two.user, two.channel})


def test_what_is_delivered_from_two_workspaces_is_no_copy_of_one_another(both: ManyBot) -> None:
    for team, sandbox in ((FIRST, both.sandbox), (SECOND, both.second)):
        typed = {"command": "/scan", "text": "example.com collectors=dns", "trigger_id": "1.2.3", "response_url": ""}
        at = {"team_id": team, "user_id": "U0ADA", "user_name": "ada", "channel_id": "C0GENERAL"}
        sandbox.post("forge", kind="command", payload=typed | at)
    both.settle()
    assert [len(both.scans_of(team)) for team in (FIRST, SECOND)] == [1, 1]
    forms = [{"team": {"id": team}, "view": {"id": "V1", "hash": "1"}} for team in (FIRST, SECOND)]
    assert len({sent(body, "the same") for body in forms}) == 2


def test_the_same_id_reads_another_language_in_each_workspace(both: ManyBot) -> None:
    both.second.post("person", id="U0ADA", locale="es-ES")
    both.front.people.forget()
    for _ in range(2):
        assert "You have no scan running." in typed(both.sandbox, "cancel")
        assert "No hay ningún escaneo propio en curso." in typed(both.second, "cancel")
    for sandbox in (both.sandbox, both.second):
        typed(sandbox, "example.com collectors=dns")
    assert [both.scans_of(team)[0].asker.language for team in (FIRST, SECOND)] == ["en", "es"]
    both.settle()
    both.run(tell(both))
    assert '"Cancelar"' in said(both.second)
    assert '"Cancel"' in said(both.sandbox)


def test_people_of_the_other_workspace_are_strangers_in_a_channel_that_both_share(both: ManyBot) -> None:
    payload = mention(both, user="U0STRANGER", user_team=SECOND)
    both.sandbox.post("forge", kind="event", payload=payload)
    both.settle()
    assert both.scans_of(FIRST) == both.scans_of(SECOND) == []
    assert ("U0STRANGER", "scan", "refused", "external") in both.audited(FIRST)


def test_an_event_belongs_to_the_installation_that_it_is_delivered_for(both: ManyBot) -> None:
    """In a shared channel `team_id` may be the other workspace's: what counts is whose installation hears it."""
    payload = mention(both, user="U0ADA", user_team=FIRST) | {"team_id": SECOND}
    both.sandbox.post("forge", kind="event", payload=payload)
    both.settle()
    assert [scan.place.team for scan in both.scans_of(FIRST)] == [FIRST]
    assert both.scans_of(SECOND) == []


def mention(both: ManyBot, *, user: str, user_team: str) -> dict[str, Any]:
    answer = both.sandbox.messages("C0SHARED")
    stamp = f"{now().timestamp():.6f}"
    event = {"type": "app_mention", "user": user, "channel": "C0SHARED", "ts": stamp, "event_ts": stamp}
    event |= {"text": "<@U0GUMSHOE> example.com collectors=dns", "user_team": user_team, "team": user_team}
    granted = {"team_id": FIRST, "user_id": "U0GUMSHOE", "is_bot": True, "is_enterprise_install": False}
    told = {"type": "event_callback", "team_id": FIRST, "api_app_id": "A0GUMSHOE", "event": event}
    times = {"event_id": f"Ev{len(answer)}{stamp}", "event_time": int(now().timestamp())}
    return told | times | {"authorizations": [granted], "is_ext_shared_channel": True}


def test_a_workspace_that_is_not_on_the_list_cannot_install(
    workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ManyBot(tmp_path_factory.mktemp("teams"), workspace, redis_url, allow_teams=(FIRST,)) as bot:
        bot.start_over()
        assert bot.install(FIRST).status_code == 200
        answer = bot.install(SECOND)
        assert (answer.status_code, "I do not work for this workspace." in answer.text) == (403, True)
        assert bot.store.installations.get(SECOND) is None
        assert [call["ok"] for call in bot.second.calls("auth.revoke")] == [True]
        assert "Started" in typed(bot.sandbox, "example.com collectors=dns")


def test_nobody_installs_us_before_somebody_said_who_may(many: ManyBot, monkeypatch: pytest.MonkeyPatch) -> None:
    many.install(FIRST)
    monkeypatch.setattr(many.front, "settings", many.settings.model_copy(update={"allow_teams": ()}))
    answer = many.install(SECOND)
    assert (answer.status_code, "can add T0SECOND to ALLOW_TEAMS" in answer.text) == (403, True)
    assert many.store.installations.get(SECOND) is None
    assert "I do not work for this workspace" in typed(many.sandbox, "example.com")


def test_lists_of_people_name_the_workspace_with_each(
    workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    lists = {"admin_users": (f"{FIRST}/U0ADA", "U0BOB"), "allow_channels": (f"{FIRST}/C0GENERAL", "C0CASE17")}
    with ManyBot(folder, workspace, redis_url, **lists, default_role="viewer") as bot:
        bot.start_over()
        bot.installed()
        assert "Started" in typed(bot.sandbox, "example.com collectors=dns")
        assert "I may not be asked in this channel" in typed(bot.second, "example.com collectors=dns")
        bob = bot.sandbox.post("command", user="U0BOB", channel="C0GENERAL", text="example.org")
        assert "viewer" in words_of(bob["ephemeral"])


def test_a_session_is_as_long_as_it_was_and_belongs_to_one_workspace(both: ManyBot) -> None:
    made = partial(both.store.tokens.create, user="U0ADA", name="x", scopes=[], lasts=timedelta(days=1), by="test")
    public = [made(team=team)[0].caller.key for team in (FIRST, SECOND)]
    assert len(set(public)) == 2
