"""What somebody tries at the bot's doors who may come in for one thing, or for none, and wants another."""

from __future__ import annotations

import base64
import contextlib
import socket
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from bot.web import server
from bot.web.api.wishes import check_callback
from bot.web.callers import cookie_name
from bot.web.live import hub
from bot.web.problems import Problem
from core.callers import Caller, Scope
from core.models import Kind, Outcome, Scan, Target
from core.settings import load
from tests.bot.api import Program, problem
from tests.bot.listening import TEAM, Bot
from tests.bot.reading import Reader, scanned, words
from tests.bot.watching import hear_until, say, talk, token
from tests.core.stores import claimed, finding, opened
from tests.servers import HOST, Sandbox, until

EXAMPLE = Target(Kind.DOMAIN, "example.com")
BASIC = {"Authorization": "Basic b3BlcmF0b3I6eA=="}  # of another site behind the same name, sent along by browsers


@pytest.fixture(scope="module")
def lasting_bot(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A bot whose cookies a client without TLS keeps."""
    with Bot(tmp_path_factory.mktemp("bot"), workspace, redis_url, public_url="http://bot.example") as listening:
        yield listening


@pytest.fixture(autouse=True)
def _who_left_is_back(bot: Bot) -> None:
    bot.front.people.forget()  # who people are is remembered for ten minutes


def site(bot: Bot) -> str:
    return bot.url.removesuffix("/slack/events")


def session(bot: Bot, user: str = "U0ADA", *scopes: Scope) -> dict[str, str]:
    """The cookie of somebody who signed in with Slack."""
    caller = Caller(user, TEAM, user, frozenset(scopes or {Scope.SCAN}))
    return {cookie_name(bot.front): bot.store.tokens.begin(caller, lasts=timedelta(hours=1))}


def test_who_was_an_admin_at_sign_in_and_is_none_any_more_is_none_at_any_door(bot: Bot) -> None:
    others = scanned(bot, EXAMPLE, {"dns": []}, user="U0BOB", channel="C0SECRET")
    with httpx.Client(base_url=site(bot), cookies=session(bot, "U0ADA", Scope.SCAN, Scope.ADMIN)) as browser:
        for path in (f"/api/v1/scan/{others.id}", f"/api/v1/scan/{others.id}/events", f"/scans/{others.id}"):
            assert browser.get(path).status_code == 404, path
        assert browser.get("/api/v1/scans").json()["scans"] == []


def test_a_login_for_something_else_does_not_make_a_get_cancel(bot: Bot) -> None:
    scan = opened(bot.store, "dns")
    answer = httpx.get(f"{site(bot)}/api/v1/scan/{scan.id}/cancel", cookies=session(bot), headers=BASIC)
    assert answer.status_code == 403
    assert bot.store.scans.get(scan.id).cancelled_by == ""


def test_two_people_with_the_same_login_for_something_else_stay_two(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(hub, "CHECK_EVERY", 0.1)
    monkeypatch.setattr(hub, "MOST_OF_ONE", 1)
    ada, bob = session(bot, "U0ADA"), session(bot, "U0BOB")
    with contextlib.ExitStack() as open_lines:
        for cookies in (ada, bob):
            answer = open_lines.enter_context(
                httpx.stream("GET", f"{site(bot)}/api/v1/events", cookies=cookies, headers=BASIC, timeout=10)
            )
            assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/new"])
def test_a_form_without_end_is_not_read_to_its_end(bot: Bot, path: str) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b"targets="
        while sent < 4_000_000:
            sent += 65_536
            yield b"x" * 65_536

    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": site(bot)}
    answer = httpx.post(site(bot) + path, content=endless(), headers=headers, cookies=session(bot), timeout=30)
    assert answer.status_code == 413


def port_of(bot: Bot) -> tuple[str, int]:
    return HOST, int(site(bot).rpartition(":")[2])


def test_a_request_that_names_no_host_comes_from_no_page_of_ours(bot: Bot) -> None:
    with socket.create_connection(port_of(bot), timeout=10) as stranger:
        stranger.sendall(b"POST /sign-out HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
        assert stranger.recv(100).startswith(b"HTTP/1.1 403")


def test_a_body_that_never_comes_holds_no_connection(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "BODY_WITHIN", 0.3)
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100"
    with socket.create_connection(port_of(bot), timeout=10) as stranger:
        stranger.sendall(f"POST /sign-in HTTP/1.1\r\nHost: {HOST}\r\n{form}\r\n\r\ntoken=".encode())
        with contextlib.suppress(ConnectionResetError):
            assert stranger.recv(1) == b""


def asked(bot: Bot, path: str, bearer: str) -> socket.socket:
    """A client that asks and has read nothing yet."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    client.settimeout(10)
    client.connect(port_of(bot))
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", f"Authorization: Bearer {bearer}", "Connection: close", "", ""]
    client.sendall("\r\n".join(lines).encode())
    return client


@pytest.fixture
def large(bot: Bot) -> Scan:
    """A scan that found ten megabytes."""
    scan = opened(bot.store, "dns")
    found = [finding(f"host{n}.example.com", text="x" * 20_000) for n in range(500)]
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=found)
    return scan


def test_an_answer_that_nobody_takes_is_dropped_and_one_that_is_taken_slowly_is_given_whole(
    bot: Bot, large: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_WITHIN", 0.3)
    path, bearer = f"/api/v1/scan/{large.id}", token(bot.store)
    with contextlib.closing(asked(bot, path, bearer)) as idle, contextlib.closing(asked(bot, path, bearer)) as slow:
        taken = bytearray()

        def is_cut() -> bool:
            """Whether the one is who takes nothing; the other takes a little between two looks."""
            taken.extend(slow.recv(65_536))
            return bool(idle.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

        until("the one who takes nothing to be cut", is_cut)
        assert len(taken) < 10_000_000  # the slow one is still at it
        while piece := slow.recv(1_000_000):
            taken.extend(piece)
        head, _, body = bytes(taken).partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head
        assert len(body) > 10_000_000


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": cursor("0001-01-01T00:00:00+14:00|a")},
        {"cursor": cursor("9999-12-31T23:59:59-14:00|a")},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"until": "9999-12-31T23:59:59-14:00"},
        {"tag": "\x00"},
        {"asked_by": "\x00"},
    ],
)
def test_times_at_the_ends_of_the_calendar_break_nothing(bot: Bot, query: dict[str, str]) -> None:
    answer = Program(bot).get("/scans", **query)
    assert answer.status_code in (200, 422), answer.text
    with Reader(bot) as reader:
        reader.sign_in()
        assert reader.get("/", params=query).status_code in (200, 422)


def test_numbers_without_end_and_broken_letters_break_nothing(bot: Bot) -> None:
    scan = scanned(bot, EXAMPLE, {"dns": []})
    with Reader(bot) as reader:
        reader.sign_in()
        assert reader.post(f"/scans/{scan.id}/rerun", {"after": "9" * 400}).status_code in (303, 404)
        assert reader.get(f"/scans/{scan.id}?text=%00&kind=%00").status_code == 200
        assert reader.get("/scans/%00").status_code == 404
    bearer = token(bot.store)
    with talk(f"{site(bot)}/api/v1/ws", bearer) as line:
        say(line, type="subscribe", scans=["\ud800", "\x00"])
        assert hear_until(line, "subscribed")[-1].body["not_found"]


def test_who_left_the_workspace_learns_nothing_more_with_their_token(bot: Bot) -> None:
    ada = Program(bot)
    bot.sandbox.post("person", id="U0ADA", deleted=True)
    bot.front.people.forget()
    for path in ("/collectors", "/health", "/scans"):
        problem(ada.get(path), 403)


def test_a_person_is_asked_about_again_only_with_a_reason(bot: Bot) -> None:
    scan = scanned(bot, Target(Kind.EMAIL, "ada@example.com"), {"dns": []})
    with Reader(bot) as reader:
        reader.sign_in()
        assert 'name="reason"' in reader.get(f"/scans/{scan.id}").text
        answer = reader.post(f"/scans/{scan.id}/rerun", {"after": "1"})
        assert answer.status_code == 422
        assert "why you ask" in words(answer)
        assert bot.store.scans.get(scan.id).round == 1
        assert reader.post(f"/scans/{scan.id}/rerun", {"after": "1", "reason": "case 17"}).status_code == 303
    assert "case 17" in str([row["reason"] for row in bot.store.audit.listed(team=TEAM, limit=5)])


def test_nothing_is_called_back_that_anybody_could_sign() -> None:
    front: Any = SimpleNamespace(settings=load(secret_key="", slack_bot_token=""))
    with pytest.raises(Problem, match="SECRET_KEY is not set"):
        check_callback(front, "https://hooks.example.com/")


@pytest.mark.parametrize("name", ["Host", "Origin"])
def test_odd_names_of_hosts_and_pages_break_nothing(bot: Bot, name: str) -> None:
    with httpx.Client(base_url=site(bot)) as stranger:
        for odd in ("[", "http://[", "http://[::1", "a b", "\x80"):
            for path in ("/sign-in", "/sign-out", "/nothing", "/metrics", "/api/nothing"):
                answer = stranger.post(path, headers={name.encode(): odd.encode("latin-1")})
                assert answer.status_code < 500, (odd, path)
