"""What a watch tells and what it keeps to itself: over days of an injected clock, with looks that end as they may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from core import clock
from core.cases import Case, Tlp
from core.models import Finding, Outcome, Place, RunState, Scan
from core.store import Choice, Store, open_store
from core.watches import Watch
from tests.watched import DAY, MONDAY, Time, Watching, found

ALL = {"dns": [found("192.0.2.10")], "crtsh": [found()], "whois": [found("R")]}


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('watching') / 'record.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def watching(one_store: Store, monkeypatch: pytest.MonkeyPatch) -> Watching:
    one_store.forget_everything()
    return Watching(one_store, Time(monkeypatch))


def based(watching: Watching, **more: object) -> Watch:
    """A watch that has had its first look."""
    one = watching.watch(**more)
    watching.looks(ALL)
    watching.time.passes(DAY)
    return one


def test_the_first_look_is_the_baseline_and_says_so_once(watching: Watching) -> None:
    one = watching.watch()
    assert watching.looks(ALL).told == []
    assert watching.tick().told == []
    (said,) = watching.said()
    assert said.startswith("I watch example[.]com now, daily at 07:00 (UTC). The first look has 3 findings.")
    look = watching.store.scans.get(watching.get(one).last_scan)
    assert (look.hushed, look.place.channel, look.belongs.watch) == (True, "C0GENERAL", one.id)
    assert watching.store.desk.sit(look.id, lease=30) is None
    assert watching.store.desk.lagging() == 0
    assert watching.get(one).due_at == MONDAY + DAY


def test_a_look_with_nothing_new_says_nothing(watching: Watching) -> None:
    one = based(watching)
    assert watching.looks(ALL).told == []
    assert len(watching.said()) == 1
    assert (watching.get(one).quiet, watching.get(one).failures) == (1, 0)


def test_a_change_opens_the_thread_of_its_look(watching: Watching) -> None:
    one = based(watching)
    (look,) = watching.looks(ALL | {"crtsh": [found(), found("new.example.com", severity="medium")]}).told
    told = watching.get(one)
    assert (told.changed, told.changed_scan, told.quiet) == ("1 new", look.id, 0)
    assert watching.store.desk.sit(look.id, lease=30) is not None
    assert len(watching.said()) == 1
    watching.time.passes(DAY)
    assert watching.looks(ALL).told != []  # it is gone again
    assert watching.get(one).changed == "1 gone"


def test_a_change_below_the_threshold_is_counted_and_not_told(watching: Watching) -> None:
    one = based(watching, threshold="high")
    assert watching.looks(ALL | {"crtsh": [found(), found("new.example.com", severity="medium")]}).told == []
    assert (watching.get(one).quiet, watching.get(one).below) == (1, 1)
    watching.time.passes(DAY)
    graver = [found(), found("new.example.com", severity="medium"), found("other.example.com", severity="high")]
    (look,) = watching.looks(ALL | {"crtsh": graver}).told
    assert not look.hushed


def test_what_could_not_be_looked_at_is_neither_gone_nor_forgotten(watching: Watching) -> None:
    one = based(watching)
    assert watching.looks(ALL | {"crtsh": None}).told == []
    assert watching.get(one).failures == 0
    watching.time.passes(DAY)
    came_back = watching.looks(ALL | {"crtsh": [found(), found("new.example.com")]})
    assert len(came_back.told) == 1  # held against the last full answer, not against the failure
    assert watching.get(one).changed == "1 new"


def test_a_collector_that_answers_for_the_first_time_has_nothing_new(watching: Watching) -> None:
    watching.watch()
    watching.looks(ALL | {"crtsh": None})
    watching.time.passes(DAY)
    assert watching.looks(ALL).told == []


def test_quiet_weeks_have_one_line_each(watching: Watching) -> None:
    based(watching)
    for _ in range(15):
        watching.looks(ALL | {"whois": None})
        watching.time.passes(DAY)
    _, week, next_week = watching.said()
    assert week.startswith("example[.]com: 7 runs, nothing new.")
    assert next_week.startswith("example[.]com: 7 runs, nothing new.")
    assert "Not looked at in the last run" in str(watching.notices()[0].blocks)
    assert "Registration" in str(watching.notices()[0].blocks)


def test_failures_are_said_at_the_third_and_then_the_pauses_double_up_to_a_week(watching: Watching) -> None:
    one = based(watching)
    nothing = dict.fromkeys(ALL)
    pauses = []
    for _ in range(7):
        watching.looks(nothing)
        due = watching.get(one).due_at
        assert due is not None
        pauses.append((due - clock.now()).days)
        watching.time.now = due
    assert pauses == [1, 1, 2, 4, 7, 7, 7]
    third, sixth, seventh = watching.said()[1:]
    assert "could not look at example[.]com 3 times in a row" in third
    assert "could not look at example[.]com 6 times in a row" in sixth  # a week without a word, and more
    assert "7 times" in seventh
    assert "The source is down." in third
    watching.looks(ALL)
    assert watching.said()[-1] == "I can look at example[.]com again."
    assert watching.get(one).due_at == clock.now() + DAY
    assert len(watching.said()) == 5


def test_missed_looks_are_one(watching: Watching) -> None:
    one = based(watching)
    watching.time.passes(5 * DAY + timedelta(hours=3))
    assert len(watching.tick().begun) == 1
    assert watching.tick().begun == []
    assert watching.get(one).due_at == MONDAY + 7 * DAY


def test_a_look_that_still_runs_is_not_begun_a_second_time(watching: Watching) -> None:
    one = based(watching)
    assert len(watching.tick().begun) == 1
    watching.time.passes(DAY)
    assert watching.tick().begun == []
    assert watching.get(one).due_at == clock.now() + DAY


@pytest.mark.parametrize("back", [timedelta(minutes=20), 900 * DAY])
def test_a_clock_that_was_set_back_keeps_no_watch_waiting_and_repeats_no_look(
    watching: Watching, back: timedelta
) -> None:
    one = based(watching)
    watching.looks(ALL)
    wrong = clock.now()
    watching.time.passes(-back)
    assert watching.tick().begun == []
    due = watching.get(one).due_at
    assert due is not None
    assert due <= clock.now() + DAY
    watching.time.now = due
    assert len(watching.tick().begun) == (0 if due == wrong else 1)  # that time had its look


def test_two_who_begin_the_same_look_begin_one(watching: Watching) -> None:
    watching.watch()
    (stale,) = watching.store.watches.due()
    begun = watching.tick().begun
    from_stale = Watching(watching.store, watching.time)
    assert from_stale.tick().begun == []
    assert stale.fence + 1 == watching.get(stale).fence
    assert len(watching.store.scans.recent("T0SANDBOX")) == len(begun) == 1


def test_its_end_is_said_once_and_nothing_looks_after_it(watching: Watching) -> None:
    one = based(watching, expires_at=MONDAY + DAY)
    assert watching.looks(ALL).told == []
    watching.time.passes(DAY)
    assert watching.tick().begun == []
    assert watching.get(one).standing == "expired"
    assert watching.said()[1:] == ["The watch of example[.]com has ended, as it was set to."]


def test_rates_hold_and_what_found_no_room_is_begun_later(watching: Watching) -> None:
    tight = Watching(watching.store, watching.time, channel_scans_per_minute=2)
    for _ in range(3):
        tight.watch()
    assert len(tight.tick().begun) == 2
    assert tight.tick().begun == []
    tight.time.passes(timedelta(seconds=61))
    assert len(tight.tick().begun) == 1


def test_a_look_that_somebody_cancelled_says_nothing_about_the_target(watching: Watching) -> None:
    one = based(watching)
    (look,) = watching.tick().begun
    watching.store.scans.cancel(look.id, by="U0BOB")
    assert watching.tick().told == []
    assert (watching.get(one).running, watching.get(one).failures, watching.get(one).quiet) == ("", 0, 0)


def test_a_place_where_nobody_may_ask_any_more_is_a_failure_with_its_reason(watching: Watching) -> None:
    one = watching.watch(place=Place("T0SANDBOX", "C0CLOSED"))
    strict = Watching(watching.store, watching.time, allow_channels="C0GENERAL")
    for _ in range(3):
        strict.tick()
        due = strict.get(one).due_at
        assert due is not None
        strict.time.now = due
    assert "may not be asked in this channel any more" in strict.said()[0]
    assert strict.store.scans.recent("T0SANDBOX") == []


def test_looks_are_scheduled_scans_and_take_no_kept_answers_when_they_are_rare(watching: Watching) -> None:
    watching.watch(reason="as asked")
    watching.watch(schedule="0 * * * *")
    daily, hourly = watching.tick().begun
    assert {str(each.priority) for each in (daily, hourly)} == {"scheduled"}
    assert (daily.fresh, hourly.fresh) == (True, False)
    assert (daily.reason, daily.door, daily.asker.user) == ("as asked", "watch", "U0ADA")


def test_a_partial_answer_takes_nothing_away(watching: Watching) -> None:
    based(watching)
    (look,) = watching.tick().begun
    for run in look.runs:
        if run.state is RunState.QUEUED:
            held = watching.store.runs.claim(run.id, lease=60)
            assert held is not None
            watching.store.runs.close(held, Outcome.PARTIAL, message="Only a part was read.")
    assert watching.tick().told == []


def test_after_a_restore_a_forgotten_scan_does_not_hold_its_watch_up(watching: Watching) -> None:
    one = based(watching)
    (look,) = watching.tick().begun
    watching.store.watches.move(watching.get(one), {"running": "gone", "last_scan": look.id})
    watching.tick()
    assert watching.get(one).running == ""


def test_the_day_of_a_quiet_line_is_not_moved_by_a_clock_that_was_ahead(watching: Watching) -> None:
    one = based(watching)
    ahead: datetime = clock.now() + 400 * DAY
    watching.store.watches.move(watching.get(one), {"told_at": ahead})
    watching.looks(ALL)
    assert watching.said()[-1].startswith("example[.]com: 1 run, nothing new.")


def test_a_watch_rests_when_its_case_is_closed_and_says_so_once(watching: Watching) -> None:
    case = Case("", "T0SANDBOX", "Wave", "To learn", Tlp.AMBER, "C0GENERAL", "", "U0ADA", clock.now())
    opened, _ = watching.store.cases.open(case)
    one = based(watching)
    assert (watching.get(one).case, watching.get(one).tlp) == (opened.id, "amber")
    assert watching.store.cases.close(opened.id, by="U0ADA")
    assert watching.tick().begun == watching.tick().begun == []
    assert (watching.get(one).standing, watching.get(one).trouble) == ("paused", "Its case was closed.")
    assert watching.said()[1:] == ["The watch of example[.]com rests, as its case was closed."]


def ends_in_part(watching: Watching, look: Scan, collector: str, *findings: Finding) -> None:
    """This collector shows these and does not know the rest."""
    (run,) = [each for each in look.runs if each.collector == collector]
    held = watching.store.runs.claim(run.id, lease=60)
    assert held is not None
    watching.store.runs.save(held, list(findings))
    watching.store.runs.close(held, Outcome.PARTIAL, message="Only a part was read.")


def test_what_a_partial_answer_showed_is_told_once(watching: Watching) -> None:
    one = based(watching)
    (look,) = watching.tick().begun
    ends_in_part(watching, look, "crtsh", found("new.example.com"))
    watching.end(look, ALL)
    assert len(watching.tick().told) == 1
    watching.time.passes(DAY)
    assert watching.looks(ALL | {"crtsh": [found(), found("new.example.com")]}).told == []
    watching.time.passes(DAY)
    assert len(watching.looks(ALL).told) == 1
    assert watching.get(one).changed == "1 gone"


def test_who_answers_in_part_only_is_named_in_the_weekly_line(watching: Watching) -> None:
    watching.watch()
    for _ in range(9):
        for look in watching.tick().begun:
            ends_in_part(watching, look, "crtsh", found())
            watching.end(look, ALL)
        watching.tick()
        watching.time.passes(DAY)
    first, week = reversed(watching.notices())
    for each in (first, week):
        assert "Compared only in part, or not, in the last run" in str(each.blocks)
        assert "Certificates" in str(each.blocks)


def test_what_a_stopped_look_saw_is_news_to_the_next_one(watching: Watching) -> None:
    one = based(watching)
    (look,) = watching.tick().begun
    more = ALL | {"crtsh": [found(), found("new.example.com")]}
    (run,) = [each for each in look.runs if each.collector == "crtsh"]
    held = watching.store.runs.claim(run.id, lease=60)
    assert held is not None
    watching.store.runs.save(held, more["crtsh"])
    watching.store.runs.close(held, Outcome.FOUND)
    watching.store.scans.cancel(look.id, by="U0BOB")
    assert watching.tick().told == []
    watching.time.passes(DAY)
    assert len(watching.looks(more).told) == 1
    assert watching.get(one).changed == "1 new"


def test_what_a_rerun_of_a_quiet_look_saw_is_news_to_the_channel(watching: Watching) -> None:
    one = based(watching)
    quiet = watching.get(one).last_scan
    rerun, opened = watching.store.scans.new_round(quiet, [Choice("crtsh", "k")], by="U0BOB", after=1, fresh=True)
    assert opened
    more = ALL | {"crtsh": [found(), found("new.example.com")]}
    watching.end(rerun, more)
    watching.time.passes(DAY)
    assert len(watching.looks(more).told) == 1
    assert watching.get(one).changed == "1 new"


def test_who_is_out_of_quota_is_named_in_the_weekly_line(watching: Watching) -> None:
    based(watching)
    for _ in range(8):
        for look in watching.tick().begun:
            (run,) = [each for each in look.runs if each.collector == "whois"]
            held = watching.store.runs.claim(run.id, lease=60)
            assert held is not None
            watching.store.runs.close(held, Outcome.SKIPPED, reason="quota", message="No room.")
            watching.end(look, ALL)
        watching.tick()
        watching.time.passes(DAY)
    assert "Registration" in str(watching.notices()[0].blocks)


def test_what_a_watch_says_is_in_the_language_of_who_made_it(one_store: Store, watching: Watching) -> None:
    """As the bot learned it; of whom it never did, as the settings say."""
    one_store.mine.reads("T0SANDBOX", "U0EVA", "es")
    theirs, nobodys = watching.watch(made_by="U0EVA"), watching.watch(made_by="U0BOB")
    for _ in range(3):
        watching.looks(dict.fromkeys(ALL))
        watching.time.passes(DAY)
    said = {each.subject: each.text for each in watching.notices()}
    assert "Ningún recolector pudo mirar." in said[theirs.id]
    assert "None of the collectors could look." in said[nobodys.id]
