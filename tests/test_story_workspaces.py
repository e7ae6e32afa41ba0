"""Two workspaces install one Gumshoe, with the same channels and people in both, over real processes: nothing crosses,
and one leaves and comes back while the other goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.installs import new_key
from core.models import Scan, ScanStatus
from tests.bot.listening import words_of
from tests.bot.many import FIRST, SECOND, install
from tests.running import Gumshoe, Reachable
from tests.servers import HOST, Redis, Sandbox, Sources, until

TARGET = "example.com"


class Shared(Gumshoe):
    """The running system, a workspace that is its own sandbox, and another one beside it."""

    def __init__(self, folder: Path, redis: Reachable, sandbox: Sandbox, sources: Sources, **settings: str) -> None:
        super().__init__(folder, redis, sandbox, sources, **settings)
        self.second = self.sandbox.beside()
        self.second.post("settings", events_url=f"http://{HOST}:{self.port}/slack/events")
        self.doors = {FIRST: self.sandbox, SECOND: self.second}

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self.second.close()

    def types(self, team: str, words: str, *, command: str = "/scan", user: str = "U0ADA") -> str:
        """What somebody there is told alone who types this; everybody in the same channel."""
        answer = self.doors[team].post("command", user=user, channel="C0GENERAL", command=command, text=words)
        assert answer["status"] == "ok", answer
        return words_of(answer["ephemeral"])

    def scans_of(self, team: str) -> list[Scan]:
        return self.store.scans.recent(team, limit=100)

    def told(self, team: str, count: int) -> Scan:
        """The newest scan there, once so many have ended and their threads say so."""

        def ended() -> list[Scan]:
            done = [scan for scan in self.scans_of(team) if not scan.is_open]
            return done if len(done) >= count and not self.store.desk.lagging() else []

        newest: Scan = until(f"{count} scans of {team} to be told", ended)[0]
        return newest

    def said(self, team: str) -> str:
        """All that stands in the channel for all to see, threads included."""
        every = [each for each in self.doors[team].messages() if not each.get("is_ephemeral")]
        threads = [one for each in every for one in self.doors[team].messages(thread_ts=each["ts"]) or [each]]
        return " ".join(map(words_of, threads))

    def installs(self, team: str) -> str:
        answer = install(f"http://{HOST}:{self.port}", self.sandbox, team)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Shared]:
    with Sandbox.over_http() as sandbox:
        app = {"SLACK_CLIENT_ID": sandbox.ready["client_id"], "SLACK_CLIENT_SECRET": sandbox.ready["client_secret"]}
        app |= {"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": "", "ALLOW_TEAMS": f"{FIRST},{SECOND}"}
        keys = {"INSTALL_KEY": new_key(), "SECRET_KEY": "an invented key"}
        with Shared(tmp_path_factory.mktemp("story"), redis_server, sandbox, sources, **app, **keys) as running:
            yield running


def test_two_workspaces_share_one_gumshoe_and_nothing_else(shared: Shared) -> None:
    assert "I am not installed in this workspace" in shared.types(FIRST, TARGET)
    for team in (FIRST, SECOND):
        assert "I was here before" not in shared.installs(team)

    # The same question in the same channel by somebody with the same id.
    shared.types(FIRST, f"{TARGET} collectors=dns")
    ours = shared.told(FIRST, 1)
    assert "example[.]com" in shared.said(FIRST)
    assert "was seen before" in shared.types(FIRST, f"{TARGET} collectors=crtsh")
    shared.told(FIRST, 2)
    assert shared.said(SECOND) == ""
    receipt = shared.types(SECOND, f"{TARGET} collectors=dns")
    assert "Started" in receipt
    theirs = shared.told(SECOND, 1)
    for team, own, other in ((FIRST, ours, theirs), (SECOND, theirs, ours)):
        assert own.id in shared.said(team)
        assert other.id not in shared.said(team)
        told = shared.types(team, f"history {TARGET}")
        assert (own.id in told, other.id in told) == (True, False)
    for words in (receipt, shared.said(SECOND)):
        assert "seen before" not in words

    # A case of the one, a watch of the other.
    shared.types(FIRST, 'open "Lantern" purpose="who is behind it"', command="/case")
    shared.types(SECOND, "example.org daily", command="/watch", user="U0EVA")
    until("the first look to be said", lambda: "Ya vigilo example[.]org" in shared.said(SECOND))
    until("the case to be said", lambda: "Case opened: Lantern" in shared.said(FIRST))
    assert "Lantern" not in shared.types(SECOND, "status", command="/case") + shared.said(SECOND)
    (watch,) = shared.store.watches.listed(SECOND)
    assert watch.id not in shared.types(FIRST, "list", command="/watch") + shared.said(FIRST)


def test_one_leaves_in_the_middle_of_a_scan_and_comes_back_while_the_other_goes_on(shared: Shared) -> None:
    for team in (FIRST, SECOND):
        if shared.store.installations.get(team) is None:
            shared.installs(team)
    before = {team: len(shared.scans_of(team)) for team in (FIRST, SECOND)}
    shared.sources.behave(host="crt.sh", kind="hang")
    for team in (FIRST, SECOND):
        shared.types(team, "example.net collectors=dns,crtsh")
    until("both to wait for the source", lambda: len(shared.sources.asked("crt.sh")) > 0)
    until("both threads to stand", lambda: all("example[.]net" in shared.said(team) for team in (FIRST, SECOND)))

    assert shared.sandbox.post("uninstall")["status"] == "ok"
    stopped = shared.told(FIRST, before[FIRST] + 1)
    assert (stopped.status, stopped.cancelled_by) == (ScanStatus.CANCELLED, "my removal from this workspace")
    stood = shared.said(FIRST)
    gone = shared.store.installations.get(FIRST)
    assert gone is not None
    assert (gone.is_here, gone.sealed) == (False, "")
    assert "I am not installed in this workspace" in shared.types(FIRST, TARGET)

    (waiting, *_) = shared.scans_of(SECOND)
    assert waiting.is_open
    shared.types(SECOND, "example.org collectors=dns")
    until("the other to be answered", lambda: not shared.scans_of(SECOND)[0].is_open)
    shared.types(SECOND, "cancel")
    shared.told(SECOND, before[SECOND] + 2)
    assert shared.store.scans.get(waiting.id).cancelled_by == "U0ADA"
    assert shared.said(FIRST) == stood

    assert "I was here before" in shared.installs(FIRST)
    assert stopped.id in shared.types(FIRST, "history example.net")
    shared.types(FIRST, "203.0.113.77 collectors=dns")
    shared.told(FIRST, before[FIRST] + 2)
    assert "203[.]0[.]113[.]77" in shared.said(FIRST)
    assert "203[.]0[.]113[.]77" not in shared.said(SECOND)
    assert {scan.place.team for scan in shared.scans_of(SECOND)} == {SECOND}
