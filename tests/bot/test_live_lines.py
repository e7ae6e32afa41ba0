"""Lines that watch scans end when they must, stay within their bounds, and miss nothing that no bell told."""

from __future__ import annotations

import contextlib
import socket
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import redis

from bot.web import server
from bot.web.callers import cookie_name
from bot.web.live import hub, line, watcher
from core.callers import Caller, Scope
from core.models import Outcome
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot
from tests.bot.watching import (
    Stream,
    code_of_the_end,
    hear_until,
    recorded,
    ring,
    say,
    streamed,
    talk,
    token,
    told_in,
)
from tests.core.stores import claimed, closed_all, finding, opened
from tests.servers import HOST, Redis, until


@pytest.fixture
def ada(bot: Bot) -> str:
    return token(bot.store)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens every few seconds happens more often."""
    monkeypatch.setattr(hub, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(hub, "CHECK_EVERY", 0.2)


def site(bot: Bot) -> str:
    return bot.url.removesuffix("/slack/events")


def of(bot: Bot, scan_id: str) -> str:
    return f"{site(bot)}/api/v1/scan/{scan_id}/events"


def ws(bot: Bot) -> str:
    return f"{site(bot)}/api/v1/ws"


@pytest.mark.fault("The bell that tells of changes is never heard", keeps=("lost",))
def test_what_no_bell_tells_is_found_in_the_record(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns")
    with streamed(of(bot, scan.id), ada) as stream, streamed(f"{site(bot)}/api/v1/events", ada) as everything:
        stream.until("scan")
        run = claimed(bot.store, scan)
        bot.store.runs.save(run, [finding("192.0.2.1")])
        heard = stream.until("finding")
        assert bot.store.runs.close(run, Outcome.FOUND, findings=[finding("192.0.2.2")])
        heard += stream.until("end")
        assert told_in(heard) == recorded(bot.store, scan)
        assert "finished" in (each.body["scan"]["status"] for each in everything)


@pytest.mark.fault("Redis is killed and comes back while people watch", keeps=("lost", "twice"))
def test_without_redis_the_record_is_looked_at_and_bells_are_heard_again(
    start_bot: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.live.COME_BACK", 0.05)
    with Redis(tmp_path / "redis") as queue:
        bot = start_bot(queue.url)
        scan = opened(bot.store, "dns")
        with streamed(of(bot, scan.id), token(bot.store)) as stream:
            heard = stream.until("scan")
            run = claimed(bot.store, scan)
            queue.part.kill()
            bot.store.runs.save(run, [finding("192.0.2.1")])
            heard += stream.until("finding")
            queue.start()
            monkeypatch.setattr(hub, "LOOK_EVERY", 60.0)
            with redis.from_url(queue.url) as client:
                until("the bell to be heard again", lambda: client.pubsub_numsub("gumshoe:live")[0][1])
            assert bot.store.runs.close(run, Outcome.FOUND, findings=[finding("192.0.2.2")])
            ring(queue.url, scan)
            heard += stream.until("end")
        assert told_in(heard) == recorded(bot.store, scan)


def test_two_bots_serve_the_same_scan_and_take_over_from_each_other(start_bot: Start, redis_url: str) -> None:
    first, second = start_bot(), start_bot()
    bearer = token(first.store)
    scan = opened(first.store, "dns")
    run = claimed(first.store, scan)
    with streamed(of(first, scan.id), bearer) as here, streamed(of(second, scan.id), bearer) as there:
        second.store.runs.save(run, [finding("192.0.2.1"), finding("192.0.2.2")])
        ring(redis_url, scan)
        heard = here.until("finding")
        assert told_in(there.until("finding")) == told_in(heard)
    first.stop()
    assert second.store.runs.close(run, Outcome.FOUND, findings=[finding("192.0.2.3")])
    with streamed(of(second, scan.id), bearer, after=heard[-1].cursor) as there:
        heard += there.until("end")
    assert told_in(heard) == recorded(second.store, scan)


def test_a_line_ends_when_its_token_is_revoked(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns")
    with streamed(of(bot, scan.id), ada) as stream, talk(ws(bot), ada) as other:
        stream.until("scan")
        bot.store.tokens.revoke(bot.store.tokens.listed()[0].id)
        assert stream.until("closed")[-1].body["code"] == 4401
        assert list(stream) == []
        assert code_of_the_end(other) == 4401


def test_a_line_ends_with_the_session_and_when_a_token_expires(bot: Bot) -> None:
    scan = opened(bot.store, "dns")
    secret = bot.store.tokens.begin(Caller("U0ADA", TEAM, "Ada", frozenset({Scope.READ})), lasts=timedelta(hours=1))
    cookie = {"Cookie": f"{cookie_name(bot.front)}={secret}"}
    with httpx.stream("GET", of(bot, scan.id), headers=cookie, timeout=10) as answer:
        stream = Stream(answer)
        stream.until("scan")
        bot.store.tokens.end(secret)
        assert stream.until("closed")[-1].body["kind"] == "unknown-caller"
    with streamed(of(bot, scan.id), token(bot.store, lasts=timedelta(seconds=1))) as stream:
        assert stream.until("closed")[-1].body["code"] == 4401


def test_who_holds_too_many_lines_gets_no_more(bot: Bot, ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MOST_OF_ONE", 2)
    monkeypatch.setattr(hub, "MOST", 3)
    scan = opened(bot.store, "dns")
    bob, eve = (token(bot.store, user=user, scope=Scope.ADMIN) for user in ("service:bob", "service:eve"))
    with streamed(of(bot, scan.id), ada) as one, talk(ws(bot), ada):
        one.until("scan")
        with streamed(of(bot, scan.id), ada) as third:
            assert third.answer.status_code == 429
            assert third.answer.headers["retry-after"]
        with streamed(of(bot, scan.id), bob) as another, streamed(of(bot, scan.id), eve) as last:
            another.until("scan")
            assert last.answer.status_code == 503
    with streamed(of(bot, scan.id), eve) as later:  # who left makes room
        later.until("scan")


def port_of(bot: Bot) -> tuple[str, int]:
    return HOST, int(site(bot).rpartition(":")[2])


def not_reading(bot: Bot, path: str, bearer: str) -> socket.socket:
    """A client that asks and then reads nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(port_of(bot))
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", f"Authorization: Bearer {bearer}", "", ""]
    client.sendall("\r\n".join(lines).encode())
    return client


@pytest.mark.fault("A watcher stops reading in the middle of ten megabytes", keeps=("bounds",))
def test_who_does_not_read_is_sent_home_and_holds_up_nobody(
    bot: Bot, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "FULL_FOR", 0.5)
    scan = opened(bot.store, "dns")
    large = [finding(f"host{n}.example.com", text="x" * 20_000) for n in range(500)]
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=large)
    with contextlib.closing(not_reading(bot, f"/api/v1/scan/{scan.id}/events", ada)) as slow:
        with streamed(of(bot, scan.id), ada) as stream:
            assert len(told_in(stream.until("end"))) == 500
        until("the other one to be cut", lambda: was_cut(slow))


def was_cut(client: socket.socket) -> bool:
    """Whether the other side has reset this connection; nothing is read."""
    return bool(client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def test_a_stop_sends_everybody_home_with_the_way_back(start_bot: Start) -> None:
    bot = start_bot()
    bearer, scan = token(bot.store), opened(bot.store, "dns")
    with streamed(of(bot, scan.id), bearer) as stream, talk(ws(bot), bearer) as other:
        stream.until("scan")
        say(other, type="subscribe", all=True)
        hear_until(other, "scan")
        bot.stop()
        assert stream.until("closed")[-1].body["code"] == 1001
        assert code_of_the_end(other) == 1001


def test_a_web_socket_outlives_the_time_in_which_a_head_must_come(
    bot: Bot, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_WITHIN", 0.2)
    with socket.create_connection(port_of(bot), timeout=10) as stranger, talk(ws(bot), ada) as other:
        stranger.sendall(b"GET / HTTP/1.1\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert stranger.recv(1) == b""  # the one who says half a head is hung up on
        say(other, type="ping")
        assert hear_until(other, "pong")


@pytest.fixture
def small_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "MOST_MARKS", 3)
    monkeypatch.setattr(watcher, "PAGE", 2)


@pytest.mark.usefixtures("small_marks")
def test_more_changes_than_are_remembered_are_read_from_the_record(bot: Bot, ada: str, redis_url: str) -> None:
    scans = [opened(bot.store, "dns") for _ in range(9)]
    with talk(ws(bot), ada) as other:
        say(other, type="subscribe", all=True)
        hear_until(other, "scan")
        for scan in scans:
            closed_all(bot.store, scan.id)
        ring(redis_url, scans[0])
        finished: set[str] = set()
        while finished != {scan.id for scan in scans}:
            heard = hear_until(other, "scan")[-1]
            if heard.body["scan"]["status"] == "finished":
                finished.add(heard.body["task_id"])
