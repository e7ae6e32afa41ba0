"""When a watch looks: five fields, zones of the IANA, the hours that summer time skips and gives twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.errors import BadQuestion
from core.schedules import after, easy, gap, in_words, read, zone_of

MADRID = ZoneInfo("Europe/Madrid")  # +1, in summer +2: on from 2027-03-28 01:00 UTC, off from 2027-10-31 01:00 UTC


def times(text: str, zone: str, start: str, many: int) -> list[str]:
    """The next times after a moment in UTC, as clocks in the zone and in UTC show them."""
    moment, found = datetime.fromisoformat(start).replace(tzinfo=UTC), []
    for _ in range(many):
        moment = after(read(text), ZoneInfo(zone), moment)
        found.append(f"{moment.astimezone(ZoneInfo(zone)):%a %d %H:%M} = {moment:%d %H:%M}")
    return found


def test_working_days_at_seven_follow_the_wall_through_the_change_to_summer_time() -> None:
    assert times("0 7 * * 1-5", "Europe/Madrid", "2027-03-26T05:00", 3) == [
        "Fri 26 07:00 = 26 06:00",
        "Mon 29 07:00 = 29 05:00",
        "Tue 30 07:00 = 30 05:00",
    ]


def test_a_time_that_summer_time_skips_counts_as_long_after_midnight_and_once() -> None:
    assert times("30 2 * * *", "Europe/Madrid", "2027-03-27T12:00", 2) == [
        "Sun 28 03:30 = 28 01:30",
        "Mon 29 02:30 = 29 00:30",
    ]


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    assert times("30 2 * * *", "Europe/Madrid", "2027-10-30T12:00", 2) == [
        "Sun 31 02:30 = 31 00:30",
        "Mon 01 02:30 = 01 01:30",
    ]


def test_who_looks_hourly_looks_in_every_hour_that_passes() -> None:
    assert times("30 * * * *", "Europe/Madrid", "2027-10-30T23:45", 3) == [
        "Sun 31 02:30 = 31 00:30",
        "Sun 31 02:30 = 31 01:30",
        "Sun 31 03:30 = 31 02:30",
    ]
    assert times("30 * * * *", "Europe/Madrid", "2027-03-28T00:00", 2) == [
        "Sun 28 01:30 = 28 00:30",
        "Sun 28 03:30 = 28 01:30",
    ]


def test_a_day_of_the_month_and_a_day_of_the_week_are_two_ways_to_fit() -> None:
    assert times("0 0 13 * fri", "UTC", "2027-08-01T00:00", 3) == [
        "Fri 06 00:00 = 06 00:00",
        "Fri 13 00:00 = 13 00:00",
        "Fri 20 00:00 = 20 00:00",
    ]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("0 */6 * * *", (0, 6, 12, 18)),
        ("0 9-17/4 * * *", (9, 13, 17)),
        ("0 1,3,5 * * 7", (1, 3, 5)),
        ("0 22/1 * * *", (22, 23)),
    ],
)
def test_steps_ranges_and_lists_are_read(text: str, hours: tuple[int, ...]) -> None:
    assert read(text).hours == hours


def test_29_february_is_waited_for() -> None:
    assert times("0 0 29 2 *", "UTC", "2097-01-01T00:00", 1) == ["Fri 29 00:00 = 29 00:00"]  # 2100 is no leap year


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 7 * *", "has five fields"),
        ("60 7 * * *", "no minute"),
        ("0 24 * * *", "no hour"),
        ("0 7 0 * *", "no day"),
        ("0 7 * foo *", "no month"),
        ("0 7 * * 8", "no weekday"),
        ("0 7 5-2 * *", "no day"),
        ("0 7 */0 * *", "no day"),
        ("*/5 * * * *", "at most once an hour"),
        ("0 0 31 2 *", "never comes"),
    ],
)
def test_what_is_no_schedule_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(BadQuestion, match=said):
        read(text)


def test_the_easy_words_mean_the_time_at_which_they_were_said_or_another() -> None:
    said = datetime(2027, 1, 6, 14, 5, tzinfo=MADRID)  # a Wednesday
    assert [easy(word, said) for word in ("hourly", "daily", "weekly")] == ["5 * * * *", "5 14 * * *", "5 14 * * 3"]
    assert easy("daily", said, at="7:30") == "30 7 * * *"
    with pytest.raises(BadQuestion, match="a time such as 07:30"):
        easy("daily", said, at="25:00")
    with pytest.raises(BadQuestion, match="no schedule"):
        easy("yearly", said)


def test_schedules_are_told_in_words() -> None:
    told = {
        "5 * * * *": "hourly at :05",
        "30 7 * * *": "daily at 07:30",
        "0 7 * * 1-5": "Mondays to Fridays at 07:00",
        "0 7 * * 0": "Sundays at 07:00",
        "0 7 1 * *": "cron 0 7 1 * *",
        "0 7,9 * * *": "cron 0 7,9 * * *",
    }
    assert {text: in_words(text) for text in told} == told


def test_zones_are_those_of_the_iana_in_any_letters_and_a_slip_is_answered_with_the_nearest() -> None:
    assert zone_of("europe/madrid").key == "Europe/Madrid"
    with pytest.raises(BadQuestion, match="Did you mean tz=Europe/Madrid"):
        zone_of("Europe/Madird")
    with pytest.raises(BadQuestion, match="no time zone"):
        zone_of("../../etc/passwd")


def test_how_far_apart_two_looks_are() -> None:
    friday = datetime(2027, 1, 8, 12, tzinfo=UTC)
    assert gap(read("0 7 * * *"), UTC, friday) == timedelta(days=1)
    assert gap(read("0 7 * * 1"), UTC, friday) == timedelta(days=7)
