"""Who gets into the dashboard, how, and what nobody gets to know who is not in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from bot.web.pages.entering import STRANGERS_NOTED
from bot.web.pages.routes import then
from core.callers import Scope
from core.models import Kind, Target
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot
from tests.bot.reading import Reader, scanned, words
from tests.servers import Sandbox

EXAMPLE = Target(Kind.DOMAIN, "example.com")
PAGES = ("/", "/new", "/collectors", "/collectors/dns", "/system", "/audit", "/scans/abcdefgh")


@pytest.fixture(scope="module")
def lasting_bot(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A bot to which one can sign in with Slack; Bob is an admin, and one workspace more is let in."""
    with Bot(tmp_path_factory.mktemp("bot"), workspace, redis_url, **slack_app(workspace)) as listening:
        yield listening


def slack_app(workspace: Sandbox) -> dict[str, object]:
    return {
        "slack_client_id": workspace.ready["client_id"],
        "slack_client_secret": workspace.ready["client_secret"],
        "public_url": "http://bot.example",
        "admin_users": ("U0BOB",),
    }


@pytest.fixture
def reader(bot: Bot) -> Iterator[Reader]:
    bot.front.people.forget()  # who people are is remembered for ten minutes
    with Reader(bot) as window:
        yield window


def test_nothing_is_shown_before_one_signs_in_not_even_what_is_there(bot: Bot, reader: Reader) -> None:
    there = scanned(bot, EXAMPLE, {"dns": []})
    known = [reader.get(path) for path in (*PAGES, f"/scans/{there.id}", f"/scans/{there.id}/download")]
    assert {answer.status_code for answer in known} == {303}
    assert {answer.headers["location"].partition("?")[0] for answer in known} == {"/sign-in"}
    acts = [reader.post(f"/scans/{name}/cancel") for name in (there.id, "abcdefgh")]
    assert [answer.headers["location"] for answer in acts] == ["/sign-in", "/sign-in"]


def test_a_token_opens_a_session_and_leads_to_where_one_wanted_to_go(bot: Bot, reader: Reader) -> None:
    _, text = token(bot)
    answer = reader.post("/sign-in", {"token": f" {text} ", "then": "/collectors?x=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/collectors?x=1")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert text not in cookie
    assert reader.get("/").status_code == 200
    assert ("U0ADA", "sign in", "allowed", "") in bot.audit()


def token(bot: Bot, *scopes: Scope, lasts: timedelta = timedelta(hours=1)) -> tuple[str, str]:
    made, text = bot.store.tokens.create(
        team=TEAM, user="U0ADA", name="t", scopes=scopes or (Scope.SCAN,), lasts=lasts, by="a test"
    )
    return made.id, text


@pytest.mark.parametrize("wrong", ["", "gum_abcdefgh_x", "\x00", "x" * 300, "expired", "revoked"])
def test_a_token_that_is_not_good_opens_nothing_and_is_not_told_apart(bot: Bot, reader: Reader, wrong: str) -> None:
    if wrong in ("expired", "revoked"):
        public, text = token(bot, lasts=timedelta(seconds=-1 if wrong == "expired" else 60))
        bot.store.tokens.revoke(public) if wrong == "revoked" else None
        wrong = text
    answer = reader.post("/sign-in", {"token": wrong})
    assert answer.status_code == 403
    assert "not one of mine, or it is good no more" in words(answer)
    assert "set-cookie" not in answer.headers
    assert bot.audit() == [("", "sign in", "refused", "unknown token")]


def test_strangers_do_not_fill_the_audit(start_bot: Start) -> None:
    bot = start_bot()
    with Reader(bot) as stranger:
        for _ in range(2 * STRANGERS_NOTED + 5):
            assert stranger.post("/sign-in", {"token": "gum_a_b"}).status_code == 403
    assert STRANGERS_NOTED <= len(bot.audit()) <= 2 * STRANGERS_NOTED  # the minute may have changed once


def test_each_sign_in_has_a_new_session_and_ends_the_old_one(bot: Bot, reader: Reader) -> None:
    reader.http.cookies.set("gumshoe_session", "chosen-by-somebody-else", domain="127.0.0.1")
    reader.sign_in()
    first = reader.http.cookies["gumshoe_session"]
    reader.sign_in()
    assert "chosen" not in first
    assert first != reader.http.cookies["gumshoe_session"]
    assert bot.store.tokens.session(first) is None


def test_a_session_ends_with_its_token_and_by_signing_out(bot: Bot, reader: Reader) -> None:
    public = reader.sign_in()
    assert reader.get("/").status_code == 200
    bot.store.tokens.revoke(public)
    assert reader.get("/").status_code == 303
    reader.sign_in()
    held = reader.http.cookies["gumshoe_session"]
    assert reader.post("/sign-out").status_code == 303
    assert bot.store.tokens.session(held) is None
    assert reader.get("/").status_code == 303
    assert ("U0ADA", "sign out", "allowed", "") in bot.audit()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_another_page_can_do_nothing_in_our_name(bot: Bot, reader: Reader, origin: str) -> None:
    _, text = token(bot)
    assert reader.post("/sign-in", {"token": text}, origin=origin).status_code == 403
    reader.sign_in()
    for path in ("/new", "/sign-out", "/scans/abcdefgh/cancel", "/scans/abcdefgh/rerun"):
        answer = reader.post(path, {"targets": "example.com", "after": "1"}, origin=origin)
        assert answer.status_code == 403, path
        assert "a page that is not mine" in words(answer)
    assert bot.scans() == []
    assert reader.get("/").status_code == 200  # still signed in


@pytest.mark.parametrize(
    "wish", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\n/evil", "", "/ x"]
)
def test_after_signing_in_one_stays_here_whatever_a_link_says(wish: str) -> None:
    assert then(wish) == "/"


def test_what_admins_see_is_not_there_for_others(bot: Bot, reader: Reader) -> None:
    reader.sign_in(Scope.SCAN)
    assert [reader.get(path).status_code for path in ("/system", "/audit", "/nothing")] == [404, 404, 404]
    assert "/audit" not in reader.get("/").text
    with Reader(bot) as admin:
        admin.sign_in(Scope.ADMIN)
        assert [admin.get(path).status_code for path in ("/system", "/audit")] == [200, 200]


def test_who_may_only_read_starts_and_stops_nothing(bot: Bot, reader: Reader) -> None:
    one = scanned(bot, EXAMPLE, {"dns": []})
    reader.sign_in(Scope.READ)
    page = reader.get(f"/scans/{one.id}")
    assert "Re-run" not in page.text
    assert reader.get("/new").status_code == 403
    for path in ("/new", f"/scans/{one.id}/cancel", f"/scans/{one.id}/rerun"):
        assert reader.post(path, {"targets": "example.org", "after": "1"}).status_code == 403
    assert len(bot.scans()) == 1


def test_a_scan_of_somebody_else_is_not_there(bot: Bot, reader: Reader) -> None:
    others = scanned(bot, EXAMPLE, {"dns": []}, user="U0BOB", channel="C0SECRET")
    shared = scanned(bot, Target(Kind.DOMAIN, "example.net"), {"dns": []}, user="U0BOB", channel="C0CASE17")
    foreign = scanned(bot, Target(Kind.DOMAIN, "example.org"), {"dns": []}, team="T0OTHER")
    reader.sign_in(channels=("C0CASE17",))
    listed = words(reader.get("/"))
    assert ("example[.]net" in listed, "example[.]com" in listed, "example[.]org" in listed) == (True, False, False)
    assert reader.get(f"/scans/{shared.id}").status_code == 200
    for one in (others, foreign):
        for rest in ("", "/graph", "/graph.json", "/download"):
            hidden, missing = reader.get(f"/scans/{one.id}{rest}"), reader.get(f"/scans/abcdefgh{rest}")
            assert hidden.status_code == missing.status_code == 404
            assert words(hidden).partition(" UTC")[0][:-9] == words(missing).partition(" UTC")[0][:-9]  # but the time
        assert reader.post(f"/scans/{one.id}/cancel").status_code == 404
    with Reader(bot) as admin:
        admin.sign_in(Scope.ADMIN)
        assert admin.get(f"/scans/{others.id}").status_code == 200
        assert admin.get(f"/scans/{foreign.id}").status_code == 404


def test_somebody_signs_in_with_slack(bot: Bot, reader: Reader) -> None:
    answer = reader.by_slack("U0ADA", then="/collectors")
    assert (answer.status_code, answer.headers["location"]) == (303, "/collectors")
    assert "Ada Example" in reader.get("/").text
    assert reader.get("/audit").status_code == 404
    assert ("U0ADA", "sign in", "allowed", "") in bot.audit()
    sent = [call for call in bot.sandbox.calls() if call["method"].startswith("openid")]
    assert [call["ok"] for call in sent] == [True, True]


def test_a_callback_that_nobody_could_verify_is_not_promised(bot: Bot, reader: Reader) -> None:
    reader.by_slack("U0ADA")  # without a token there is no key to sign with
    wish = {"target": "example.com", "callback_url": "https://hooks.example.com/"}
    answer = reader.http.post("/api/v1/scan", json=wish, headers={"Origin": reader.url})
    assert (answer.status_code, answer.json()["detail"]) == (422, "Callbacks are signed for tokens.")
    assert bot.scans() == []


def test_an_admin_by_the_settings_is_one_and_is_none_when_the_settings_change(bot: Bot, reader: Reader) -> None:
    reader.by_slack("U0BOB")
    assert reader.get("/audit").status_code == 200
    held = bot.front.settings
    try:
        bot.front.settings = held.model_copy(update={"admin_users": ()})
        assert reader.get("/audit").status_code == 404
    finally:
        bot.front.settings = held


@pytest.mark.parametrize(("user", "sentence"), [("U0GUEST", "Guests may not"), ("U0STRANGER", "not work for this")])
def test_guests_and_strangers_do_not_get_in(bot: Bot, reader: Reader, user: str, sentence: str) -> None:
    answer = reader.by_slack(user)
    assert answer.status_code == 403
    assert sentence in words(answer)
    assert reader.get("/").status_code == 303
    assert [(row[0], row[1], row[2]) for row in bot.audit()] == [(user, "sign in", "refused")]


def test_who_left_the_workspace_is_out_at_once(bot: Bot, reader: Reader) -> None:
    reader.by_slack("U0ADA")
    bot.sandbox.post("person", id="U0ADA", deleted=True)
    bot.front.people.forget()
    answer = reader.get("/")
    assert answer.status_code == 403
    assert "no longer a member" in words(answer)


def test_a_sign_in_belongs_to_the_browser_that_began_it_and_works_once(bot: Bot, reader: Reader) -> None:
    away = reader.get("/sign-in/slack")
    with Reader(bot) as victim:
        victim.get("/sign-in/slack")
        query = away.headers["location"].partition("?")[2]
        state = dict(pair.split("=") for pair in query.split("&"))["state"]
        # Somebody else's state, in a browser that began a sign-in of its own: nobody is signed in as another.
        answer = victim.get(f"/sign-in/slack/back?code=x&state={state}")
        assert answer.status_code == 403
        assert "not begun here" in words(answer)
        assert victim.get("/").status_code == 303
    held = reader.http.cookies["gumshoe_signing_in"]
    assert reader.by_slack("U0ADA").status_code == 303
    assert "gumshoe_signing_in" not in reader.http.cookies
    assert held


def test_a_way_back_from_slack_is_good_once_even_in_its_own_browser(bot: Bot, reader: Reader) -> None:
    sent: list[httpx.Request] = []
    reader.http.event_hooks["request"] = [sent.append]
    assert reader.by_slack("U0ADA").status_code == 303
    back = sent[-1]
    with Reader(bot) as again:
        answer = again.get(str(back.url.raw_path, "ascii"), headers={"Cookie": back.headers["cookie"]})
    assert answer.status_code == 403
    assert "used already" in words(answer)


def test_no_in_slack_is_said_and_slack_in_trouble_too(bot: Bot, reader: Reader) -> None:
    assert "did not allow it" in words(reader.by_slack("U0ADA", allow=False))
    for method in ("openid.connect.token", "openid.connect.userInfo"):
        bot.sandbox.fault(method, "500")
        answer = reader.by_slack("U0ADA")
        assert answer.status_code == 403
        assert "did not confirm who you are" in words(answer)
    assert {row[2:] for row in bot.audit()} == {("refused", "not confirmed by Slack")}
    assert reader.by_slack("U0ADA").status_code == 303
