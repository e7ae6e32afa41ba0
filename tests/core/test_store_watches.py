"""Watches, notices, playbooks and digests in the record, on SQLite and Postgres: each step is taken by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core import clock
from core.blocks import recap
from core.digests import Digest
from core.errors import BadQuestion
from core.models import Fact, Finding, Kind, Outcome, Place, Scan, Target
from core.playbooks import shipped
from core.settings import load
from core.store import Choice, Notice, Store
from core.store.tables import run
from core.watches import Watch
from tasks.digesting import tell_digests
from tasks.playbooks import find, next_version
from tests.core.stores import claimed, finding, opened, together
from tests.watched import DAY, DOMAIN, GENERAL, MONDAY, Time, Watching, found

ALL = {"dns": [found("192.0.2.10")], "crtsh": [found()], "whois": []}
NOTE = Notice("watch/w/first/0", GENERAL, "Said.", ({"type": "divider"},), subject="w")


@pytest.fixture
def watching(store: Store, monkeypatch: pytest.MonkeyPatch) -> Watching:
    return Watching(store, Time(monkeypatch))


def test_many_who_tick_at_once_begin_one_look_and_say_one_thing(watching: Watching) -> None:
    one = watching.watch()
    begun = [look for each in together(4, lambda _: watching.tick()) for look in each.begun]
    assert len(begun) == len(watching.store.scans.recent("T0SANDBOX")) == 1
    watching.end(begun[0], ALL)
    together(4, lambda _: watching.tick())
    assert len(watching.said()) == 1
    assert watching.get(one).running == ""


def test_a_look_that_was_opened_by_one_who_died_is_begun_as_the_same(watching: Watching) -> None:
    one = watching.watch()
    (look,) = watching.tick().begun
    watching.store.watches.move(watching.get(one), {"running": "", "last_scan": "", "due_at": one.due_at})
    (again,) = watching.tick().begun
    assert again.id == look.id


def test_the_change_of_a_look_is_found_again_from_the_record(watching: Watching) -> None:
    watching.watch()
    watching.looks(ALL)
    watching.time.passes(DAY)
    (look,) = watching.looks(ALL | {"crtsh": [found(), found("new.example.com")]}).told
    before = watching.store.watches.before(look)
    assert before is not None
    assert {run.collector: len(run.findings) for run in before.runs} == {"dns": 1, "crtsh": 1, "whois": 0}
    assert watching.store.watches.before(replace(look, options=("transfers",))) is None


def test_what_was_changed_meanwhile_is_not_overwritten(watching: Watching) -> None:
    one = watching.watch()
    assert watching.store.watches.move(one, {"threshold": "high"})
    assert not watching.store.watches.move(one, {"threshold": "low"}, notices=[NOTE])
    assert (watching.get(one).threshold, watching.said()) == ("high", [])


def test_a_notice_is_taken_by_one_and_said_once(watching: Watching) -> None:
    one = watching.watch()
    watching.store.watches.move(one, {}, notices=[NOTE, NOTE])
    taken = [each for some in together(4, lambda _: watching.store.notices.take(lease=60)) for each in some]
    assert [each.key for each in taken] == [NOTE.key]
    (mine,) = taken
    assert watching.store.notices.sending(mine)
    watching.time.passes(timedelta(seconds=61))
    (other,) = watching.store.notices.take(lease=60)
    assert (other.broke, other.tries) == (True, 2)
    assert not watching.store.notices.said(mine, "C0GENERAL", "1.1")  # the first one was too slow
    assert watching.store.notices.said(other, "C0GENERAL", "1.2")
    watching.time.passes(timedelta(days=41))
    assert watching.store.notices.take(lease=60) == []
    watching.store.notices.tidy()
    assert watching.notices() == []


def test_forgetting_a_target_takes_its_watches_and_what_was_said_of_them(watching: Watching) -> None:
    one = watching.watch()
    other = watching.watch(target=Target(Kind.DOMAIN, "example.org"))
    watching.store.watches.move(one, {}, notices=[replace(NOTE, subject=one.id)])
    (taken,) = watching.store.notices.take(lease=60)
    assert watching.store.notices.said(taken, "C0GENERAL", "1.1")
    assert [each.ts for each in watching.store.forgetting.held(DOMAIN, team="T0SANDBOX").spoken] == ["1.1"]
    assert watching.store.forgetting.forget(DOMAIN, team="T0SANDBOX").watches == 1
    assert [each.id for each in watching.store.watches.listed("T0SANDBOX")] == [other.id]
    assert watching.notices() == []


def test_two_who_save_the_same_version_of_a_playbook_make_one(store: Store) -> None:
    settings = load()
    name = "phishing-domain"
    assert find(store, "T0SANDBOX", name) == shipped()[name]
    said = {"about": "Ours.", "names": ["dns"], "options": [], "kinds": ["domain"], "by": "U0ADA"}

    def save(_: int) -> str:
        try:
            return next_version(store, settings, "T0SANDBOX", name, after=1, **said).versioned  # type: ignore[arg-type]  # a test's words
        except BadQuestion as error:
            return str(error)

    answers = together(3, save)
    assert sorted(each for each in answers if "@" in each) == ["phishing-domain@2"]
    assert all("Look at it again" in each for each in answers if "@" not in each)
    assert find(store, "T0SANDBOX", name).names == ("dns",)
    assert find(store, "T0SANDBOX", f"{name}@1") == shipped()[name]
    assert find(store, "T0OTHER", name) == shipped()[name]
    assert store.playbooks.retire("T0SANDBOX", name)
    assert find(store, "T0SANDBOX", name) == shipped()[name]
    assert find(store, "T0SANDBOX", f"{name}@2").about == "Ours."


def test_a_playbook_says_what_is_unknown_in_it(store: Store) -> None:
    settings = load()
    said = {"about": "", "options": [], "kinds": [], "after": 0, "by": "U0ADA"}
    for more, why in (
        ({"name": "ours", "names": ["dsn"]}, "Did you mean dns"),
        ({"name": "ours", "names": []}, "at least one collector"),
        ({"name": "ours", "names": ["dns"], "options": ["history"]}, "None of its collectors"),
        ({"name": "ours", "names": ["dns"], "rules": ["private-adress-in-dns"]}, "Did you mean private-address-in-dns"),
        ({"name": "ours", "names": ["dns"], "kinds": ["planet"]}, "no kind of target"),
        ({"name": "Our Own", "names": ["dns"]}, "no name for a playbook"),
    ):
        with pytest.raises(BadQuestion, match=why):
            next_version(store, settings, "T0SANDBOX", **said | more)  # type: ignore[arg-type]  # a test's words


def test_a_digest_tells_what_ended_changed_runs_out_and_waits_once_a_day(watching: Watching) -> None:
    store, time = watching.store, watching.time
    due = MONDAY + timedelta(hours=2)
    store.digests.set(Digest(GENERAL, "daily", "0 9 * * *", "UTC", "U0ADA", MONDAY, due, MONDAY))
    time.passes(timedelta(minutes=1))
    watching.watch(expires_at=MONDAY + 5 * DAY)
    watching.looks(ALL)
    scan = opened(store, "dns", target=Target(Kind.DOMAIN, "example.org"))
    expiring = found("R", Fact.REGISTRATION, expires=(MONDAY + 6 * DAY).isoformat(), severity="high")
    watching.end(scan, {"dns": [expiring]})
    opened(store, "dns", place=Place("T0SANDBOX", "C0OTHER"))
    tell_digests(store)
    assert len(watching.said()) == 1  # the watch's first look: no digest is due yet
    time.now = due
    together(3, lambda _: tell_digests(store, quota=lambda: ("Shodan: used up today",)))
    _, said = watching.said()
    assert said == "This day: 1 scan finished, 0 watches with news, 1 finding waiting for a verdict."
    shown = str(watching.notices()[0].blocks)
    for part in (
        "example[.]org",
        "watch, 2027-01-09",
        "registration, 2027-01-10",
        "Waiting for a verdict",
        "used up today",
    ):
        assert part in shown
    time.passes(DAY)
    store.forgetting.forget(DOMAIN, team="T0SANDBOX")
    tell_digests(store)
    assert len(watching.said()) == 1  # nothing to tell: nothing said; and the watch's own notices went with it
    assert store.digests.stop(GENERAL)


def test_a_weekly_digest_says_that_there_is_nothing(watching: Watching) -> None:
    weekly = Digest(GENERAL, "weekly", "0 9 * * 1", "Europe/Madrid", "U0ADA", MONDAY, MONDAY, MONDAY - 7 * DAY)
    watching.store.digests.set(weekly)
    tell_digests(watching.store)
    tell_digests(watching.store)
    assert watching.said() == ["This week: no scan that I may tell of here ended, no watch has news, nothing waits."]
    one = watching.store.digests.of(GENERAL)
    assert one is not None
    assert one.due_at == MONDAY + timedelta(hours=1)


def test_a_digest_whose_hour_is_changed_on_its_day_loses_nothing(watching: Watching) -> None:
    store, time = watching.store, watching.time
    daily = Digest(GENERAL, "daily", "0 7 * * *", "UTC", "U0ADA", MONDAY, MONDAY, MONDAY - DAY)
    ended_scan(store, "one.example.com")
    store.digests.set(daily)
    tell_digests(store)
    time.passes(timedelta(hours=2))
    ended_scan(store, "two.example.com")
    store.digests.set(replace(daily, schedule="0 9 * * *", due_at=clock.now(), last_at=MONDAY))
    tell_digests(store)
    assert len(watching.said()) == 1  # once a day
    time.passes(DAY)
    tell_digests(store)
    assert "two[.]example[.]com" in str(watching.notices()[0].blocks)


def test_a_digest_counts_all_and_what_other_scans_share_and_no_failure_that_was_made_good(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = watching.store
    holder = ended_scan(
        store, "one.example.com", finding("192.0.2.66", severity="high"), place=replace(GENERAL, channel="C2")
    )
    failing = opened(store, "dns", target=replace(DOMAIN, value="two.example.com"), place=GENERAL)
    store.runs.close(claimed(store, failing), Outcome.FAILED)
    again, _ = store.scans.new_round(failing.id, [Choice("dns", "k")], by="U0ADA", after=1, fresh=True)
    store.runs.close(claimed(store, again), Outcome.NOTHING)
    ended_scan(store, "three.example.com")
    shares = opened(store, "dns", place=GENERAL)
    held = claimed(store, shares)
    store.runs.close(held, Outcome.FOUND)
    same = run.update().where(run.c.id == held.id).values(same_as=holder.runs[0].id)
    store.database.write(lambda db: db.execute(same).rowcount)
    told = store.digests.recap(GENERAL, MONDAY - DAY, clock.now())
    assert (len(told.finished) + told.more_finished, told.failed) == (3, 0)
    assert (told.waiting, told.waiting_at) == (1, (DOMAIN,))
    monkeypatch.setattr("core.store.digests.FINISHED", 2)
    told = store.digests.recap(GENERAL, MONDAY - DAY, clock.now())
    assert (len(told.finished), told.more_finished) == (2, 1)


def ended_scan(store: Store, name: str, *found: Finding, place: Place = GENERAL) -> Scan:
    one = opened(store, "dns", target=replace(DOMAIN, value=name), place=place)
    store.runs.close(claimed(store, one), Outcome.FOUND if found else Outcome.NOTHING, findings=found)
    return store.scans.get(one.id)


def test_a_digest_names_so_many_watches_and_counts_the_rest(watching: Watching) -> None:
    for number in range(12):
        one = watching.watch(schedule=f"{number} 7 * * *")
        watching.store.watches.move(one, {"changed_at": MONDAY, "changed": "1 new"})
    told = watching.store.digests.recap(GENERAL, MONDAY - DAY, MONDAY)
    digest = Digest(GENERAL, "daily", "0 9 * * *", "UTC", "U0ADA", MONDAY)
    assert "12 watches with news" in recap(digest, told).text
    assert "and 4 more" in str(recap(digest, told).blocks)


def test_a_digest_that_a_wrong_clock_reckoned_is_reckoned_anew(watching: Watching) -> None:
    far = MONDAY + 400 * DAY
    watching.time.now = far
    watching.store.digests.set(Digest(GENERAL, "daily", "0 9 * * *", "UTC", "U0ADA", far, far, far))
    watching.time.now = MONDAY
    tell_digests(watching.store)
    one = watching.store.digests.of(GENERAL)
    assert one is not None
    assert one.due_at == MONDAY + timedelta(hours=2)
    assert watching.said() == []


def test_every_shipped_playbook_names_what_there_is(store: Store) -> None:
    settings = load()
    for each in shipped().values():
        copy = {"about": each.about, "names": each.names, "options": each.options, "kinds": each.kinds}
        made = next_version(store, settings, "T0SANDBOX", each.name, after=1, by="U0ADA", **copy)  # type: ignore[arg-type]  # tuples
        assert made.spec == each.spec


def test_of_many_who_add_one_at_once_each_sees_what_the_others_wrote(watching: Watching) -> None:
    one = watching.watch()

    def is_first(mine: Sequence[Watch]) -> None:
        if any(each.schedule == "0 5 * * *" for each in mine):
            raise BadQuestion("There is one.")

    def added(_: int) -> bool:
        try:
            watching.store.watches.add(replace(one, schedule="0 5 * * *"), check=is_first)
        except BadQuestion:
            return False
        return True

    assert sorted(together(6, added)) == [False] * 5 + [True]
