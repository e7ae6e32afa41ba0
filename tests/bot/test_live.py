"""Scans watched live over Server-Sent Events: what is told is what the record holds, once, also after a break."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from core.callers import Scope
from core.models import Outcome
from core.store import Choice
from tests.bot.listening import Bot
from tests.bot.watching import recorded, ring, streamed, token, told_in
from tests.core.stores import claimed, closed_all, finding, opened


@pytest.fixture
def ada(bot: Bot) -> str:
    return token(bot.store)


def site(bot: Bot) -> str:
    return bot.url.removesuffix("/slack/events")


def of(bot: Bot, scan_id: str) -> str:
    return f"{site(bot)}/api/v1/scan/{scan_id}/events"


def test_a_scan_is_told_from_its_start_to_its_end(bot: Bot, ada: str, redis_url: str) -> None:
    scan = opened(bot.store, "dns", "crtsh")
    with streamed(of(bot, scan.id), ada) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        (first,) = stream.until("scan")
        assert first.body["scan"]["status"] == "queued"
        assert first.body["progress"] == {"closed": 0, "total": 2, "findings": 0}
        dns = claimed(bot.store, scan, "dns")
        bot.store.runs.save(dns, [finding("192.0.2.1"), finding("192.0.2.2")])
        ring(redis_url, scan)
        heard = stream.until("finding") + stream.until("finding")
        assert told_in(heard) == [("dns", "192.0.2.1"), ("dns", "192.0.2.2")]
        assert bot.store.runs.close(dns, Outcome.FOUND, findings=[finding("192.0.2.3")])
        closed_all(bot.store, scan.id)
        ring(redis_url, scan)
        rest = stream.until("end")
        assert told_in(heard + rest) == recorded(bot.store, scan)
        assert rest[-1].body == {"scan": scan.id, "round": 1, "status": "finished"}
        assert list(stream) == []  # and the line ends


def test_each_finding_says_what_get_says_of_it(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns")
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=[finding(ttl=300)])
    with streamed(of(bot, scan.id), ada) as stream:
        heard = stream.until("end")
    (told,) = [each for each in heard if each.name == "finding"]
    assert told.body["collector"] == "dns"
    assert told.body["round"] == 1
    assert told.body["finding"]["attributes"] == {"ttl": 300}
    assert told.body["finding"]["provenance"]["sha256"] == "0" * 64


def test_whoever_comes_back_hears_what_they_missed_and_nothing_twice(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns", "crtsh")
    dns, crtsh = claimed(bot.store, scan, "dns"), claimed(bot.store, scan, "crtsh")
    bot.store.runs.save(dns, [finding(f"192.0.2.{n}") for n in range(5)])
    bot.store.runs.save(crtsh, [finding("198.51.100.1")])
    with streamed(of(bot, scan.id), ada) as stream:
        before = stream.until("finding") + stream.until("finding") + stream.until("finding")
    bot.store.runs.save(crtsh, [finding("198.51.100.2")])
    assert bot.store.runs.close(dns, Outcome.FOUND)
    assert bot.store.runs.close(crtsh, Outcome.FOUND)
    with streamed(of(bot, scan.id), ada, after=before[-1].cursor) as stream:
        after = stream.until("end")
    assert sorted(told_in(before + after)) == sorted(recorded(bot.store, scan))
    assert len(told_in(before)) == 3


def test_a_browser_that_comes_back_after_the_end_is_told_to_stay_away(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns")
    closed_all(bot.store, scan.id)
    with streamed(of(bot, scan.id), ada) as stream:
        end = stream.until("end")[-1]
    with streamed(of(bot, scan.id), ada, after=end.cursor) as stream:
        assert stream.answer.status_code == 204


def test_a_run_that_begins_again_says_so_and_tells_its_findings_anew(bot: Bot, ada: str, redis_url: str) -> None:
    scan = opened(bot.store, "dns")
    first = claimed(bot.store, scan)
    bot.store.runs.save(first, [finding("192.0.2.1"), finding("192.0.2.2")])
    with streamed(of(bot, scan.id), ada) as stream:
        before = stream.until("finding")
        before += stream.until("finding")
        bot.store.runs.give_back([first])
        second = claimed(bot.store, scan)
        assert bot.store.runs.close(second, Outcome.FOUND, findings=[finding("192.0.2.1")])
        ring(redis_url, scan)
        after = stream.until("end")
    names = [each.name for each in after]
    assert names.index("again") < names.index("finding")
    assert told_in(after) == [("dns", "192.0.2.1")] == recorded(bot.store, scan)
    with streamed(of(bot, scan.id), ada, after=before[-1].cursor) as stream:  # also for whoever was away meanwhile
        resumed = stream.until("end")
    assert [each.name for each in resumed] == ["scan", "again", "finding", "end"]


def test_another_round_is_told_too_to_whoever_follows(bot: Bot, ada: str, redis_url: str) -> None:
    scan = opened(bot.store, "dns", "crtsh")
    assert bot.store.runs.close(claimed(bot.store, scan, "dns"), Outcome.FOUND, findings=[finding("192.0.2.1")])
    assert bot.store.runs.close(claimed(bot.store, scan, "crtsh"), Outcome.FAILED, reason="down")
    with streamed(of(bot, scan.id), ada, follow="true") as stream:
        heard = stream.until("end")
        again = Choice("crtsh", "key-crtsh")
        scan, _ = bot.store.scans.new_round(scan.id, [again], by="U0ADA", after=1, fresh=True)
        assert bot.store.runs.close(claimed(bot.store, scan, "crtsh"), Outcome.FOUND, findings=[finding("192.0.2.9")])
        ring(redis_url, scan)
        heard += stream.until("end")
    assert told_in(heard) == [("dns", "192.0.2.1"), ("crtsh", "192.0.2.9")] == recorded(bot.store, scan)
    assert heard[-1].body["round"] == 2


@pytest.mark.parametrize(
    "cursor",
    ["garbage", ";;;", "t12", "{id};x", "{id};1;dns=1.1.99999999999999999999", "other999;1;dns=1.1.5",
     "{id};9;dns=1.1.-1", "{id};0;dns=99.1.5", "{id};99999999999999999999", "a" * 5000, "{id};0;" + "dns=1.7.1;" * 300],
)  # fmt: skip
def test_an_event_id_that_is_none_of_ours_means_from_the_beginning(bot: Bot, ada: str, cursor: str) -> None:
    scan = opened(bot.store, "dns")
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=[finding("192.0.2.1")])
    with streamed(of(bot, scan.id), ada, after=cursor.replace("{id}", scan.id)) as stream:
        assert told_in(stream.until("end")) == [("dns", "192.0.2.1")]


def test_many_findings_are_all_told_in_their_order(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns")
    many = [finding(f"host{n}.example.com") for n in range(250)]
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=many)
    with streamed(of(bot, scan.id), ada) as stream:
        assert told_in(stream.until("end")) == recorded(bot.store, scan)


def test_an_answer_that_was_lent_is_told_like_an_own_one(bot: Bot, ada: str) -> None:
    lender = opened(bot.store, "dns")
    held = claimed(bot.store, lender)
    assert bot.store.runs.close(held, Outcome.FOUND, findings=[finding("192.0.2.1")])
    scan = opened(bot.store, "dns")
    same = bot.store.runs.get(held.id)
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, same_as=same, cached=True)
    with streamed(of(bot, scan.id), ada) as stream:
        assert told_in(stream.until("end")) == [("dns", "192.0.2.1")]


def test_only_the_asker_is_told_what_is_for_them_alone(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns")
    found = [finding("secret.example.com", direct_only=True), finding("192.0.2.1")]
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=found)
    with streamed(of(bot, scan.id), ada) as stream:
        assert told_in(stream.until("end")) == [("dns", "secret.example.com"), ("dns", "192.0.2.1")]
    with streamed(of(bot, scan.id), token(bot.store, user="U0BOB", channels=["C0GENERAL"])) as stream:
        heard = stream.until("end")
    assert told_in(heard) == [("dns", "192.0.2.1")]
    (withheld,) = [each for each in heard if each.name == "withheld"]
    assert withheld.body["count"] == 1
    assert "secret" not in str(heard)


def test_get_says_how_far_the_callback_is(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns", callback="https://hooks.example.com/")
    closed_all(bot.store, scan.id)
    answer = httpx.get(f"{site(bot)}/api/v1/scan/{scan.id}", headers={"Authorization": f"Bearer {ada}"}).json()
    due = {"round": 1, "state": "due", "tries": 0, "error": "", "next_try_at": None}
    assert answer["callbacks"] == [due]
    with streamed(of(bot, scan.id), ada) as stream:
        (first,) = stream.until("scan")
    runs = [{name: value for name, value in each.items() if name != "findings"} for each in answer["runs"]]
    apart = ("callbacks", "headlines")
    told = {name: value for name, value in answer.items() if name not in apart} | {"runs": runs}
    assert first.body == told | {"version": bot.store.scans.get(scan.id).version}  # what is told is what GET says


def test_nobody_hears_what_they_may_not_see(bot: Bot, ada: str) -> None:
    scan = opened(bot.store, "dns")
    assert httpx.get(of(bot, scan.id)).status_code == 401
    assert httpx.get(of(bot, scan.id), headers={"Authorization": "Bearer gum_x_y"}).status_code == 401
    elsewhere = token(bot.store, user="service:other", team="T0OTHER", scope=Scope.ADMIN)
    for stranger in (token(bot.store, user="U0BOB"), elsewhere):
        with streamed(of(bot, scan.id), stranger) as stream:
            assert stream.answer.status_code == 404
            stream.answer.read()
            assert stream.answer.json()["type"] == "urn:gumshoe:problem:not-found"
    with streamed(of(bot, scan.id), token(bot.store, user="U0STRANGER")) as stream:  # whom the guard lets ask nothing
        assert stream.answer.status_code == 403
    with streamed(of(bot, "nosuchid"), ada) as stream:
        assert stream.answer.status_code == 404


def test_all_is_what_one_may_see_and_its_summaries_alone(bot: Bot, redis_url: str) -> None:
    theirs = opened(bot.store, "dns")
    bob = token(bot.store, user="U0BOB", channels=["C0OPS"])
    with streamed(f"{site(bot)}/api/v1/events", bob) as stream:
        assert stream.answer.status_code == 200, stream.answer.read()
        events = iter(stream)
        mine = opened(bot.store, "dns", place=replace(theirs.place, channel="C0OPS"))
        claimed(bot.store, theirs)
        assert bot.store.runs.close(claimed(bot.store, mine), Outcome.FOUND, findings=[finding()])
        ring(redis_url, mine)
        heard = [next(events)]
        while heard[-1].body["scan"]["status"] != "finished":
            heard.append(next(events))
    assert {each.body["scan"]["id"] for each in heard} == {mine.id}
    assert {each.name for each in heard} == {"scan"}
    assert heard[-1].body["progress"]["findings"] == 1
