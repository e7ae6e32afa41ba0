"""When a watch looks: five fields of cron in a zone; hours that summer time skips or gives twice are decided here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from core.errors import BadQuestion
from core.language import N_, tr

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FULL_DAYS = (
    *(N_("Sundays at {time}"), N_("Mondays at {time}"), N_("Tuesdays at {time}"), N_("Wednesdays at {time}")),
    *(N_("Thursdays at {time}"), N_("Fridays at {time}"), N_("Saturdays at {time}")),
)
FARTHEST = 366 * 9  # days looked through: 29 February comes at least every eight years
EASY = ("hourly", "daily", "weekly")
HINT = N_('Write hourly, daily, weekly, or cron "0 7 * * 1-5" (minute, hour, day, month, weekday).')
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
STEPPED = re.compile(r"(\*|[0-9a-z]+(?:-[0-9a-z]+)?)(?:/(\d{1,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Five fields, read. With `any_hour` it follows the hours that pass, else what clocks on the wall show."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    any_hour: bool
    any_day: bool
    any_weekday: bool

    def fits(self, day: date) -> bool:
        """Restricted both, day and weekday are two ways to fit (crontab(5))."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return in_month and in_week if self.any_day or self.any_weekday else in_month or in_week


@lru_cache(maxsize=1000)
def read(text: str) -> Schedule:
    """The schedule of five fields.

    Raises:
        BadQuestion: they are no schedule, never come, or come more often than once an hour.
    """
    fields = text.lower().split()
    if len(fields) != 5:
        said = N_("A schedule has five fields, and yours has {n}. {hint}")
        raise BadQuestion(tr(said, n=len(fields), hint=tr(HINT)))
    minutes = _field(fields[0], N_("minute"), 0, 59)
    hours = _field(fields[1], N_("hour"), 0, 23)
    days = _field(fields[2], N_("day"), 1, 31)
    months = _field(fields[3], N_("month"), 1, 12, words=MONTHS, first=1)
    weekdays = _field(fields[4], N_("weekday"), 0, 7, words=DAYS)
    if len(minutes) > 1:
        raise BadQuestion(tr("A watch looks at most once an hour: name one minute, for example 0 in 0 7 * * 1-5."))
    found = Schedule(
        " ".join(fields),
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(day % 7 for day in weekdays),
        any_hour=fields[1].startswith("*"),
        any_day=fields[2].startswith("*"),
        any_weekday=fields[4].startswith("*"),
    )
    after(found, UTC, datetime(2024, 1, 1, tzinfo=UTC))  # a day that never comes is said now
    return found


def easy(word: str, local: datetime, *, at: str = "") -> str:
    """The five fields of hourly, daily or weekly, from a moment on the wall; `at` is another time of day.

    Raises:
        BadQuestion: another word, or `at` is no time.
    """
    minute, hour = local.minute, local.hour
    if at:
        if not (clock := CLOCK.fullmatch(at)):
            raise BadQuestion(tr("at= is a time such as 07:30, and yours is not: {at}", at=at[:20]))
        hour, minute = int(clock[1]), int(clock[2])
    if word == "hourly":
        return f"{minute} * * * *"
    if word == "daily":
        return f"{minute} {hour} * * *"
    if word == "weekly":
        return f"{minute} {hour} * * {local.isoweekday() % 7}"
    raise BadQuestion(tr('There is no schedule "{word}". {hint}', word=word[:40], hint=tr(HINT)))


def after(schedule: Schedule, zone: tzinfo, moment: datetime) -> datetime:
    """The first time after a moment, in UTC.

    A time that summer time skips counts as long after midnight as it would have been (02:30 is 03:30); one that it
    gives twice counts the first time, unless the schedule is of all hours: then every hour that passes counts.

    Raises:
        BadQuestion: there is none.
    """
    begin = moment.astimezone(zone).date() - timedelta(days=1)  # the day before may reach over midnight
    for number in range(FARTHEST):
        day = begin + timedelta(days=number)
        if schedule.fits(day):
            for when in sorted(set(_moments(schedule, zone, day))):
                if when > moment:
                    return when
    raise BadQuestion(tr("The schedule {schedule} names a day that never comes.", schedule=schedule.text))


def gap(schedule: Schedule, zone: tzinfo, moment: datetime) -> timedelta:
    """How long it is, from a moment on, between the next two times."""
    first = after(schedule, zone, moment)
    return after(schedule, zone, first) - first


def in_words(text: str) -> str:
    """A schedule as people say it; one that has no easy words as its five fields."""
    minute, hour, day, month, weekday = text.split()
    if day != "*" or month != "*" or not minute.isdecimal():
        return f"cron {text}"
    if hour == "*":
        return tr("hourly at :{minute}", minute=f"{int(minute):02}") if weekday == "*" else f"cron {text}"
    if not hour.isdecimal():
        return f"cron {text}"
    at = f"{int(hour):02}:{int(minute):02}"
    if weekday == "*":
        return tr("daily at {time}", time=at)
    if weekday == "1-5":
        return tr("Mondays to Fridays at {time}", time=at)
    return tr(FULL_DAYS[int(weekday) % 7], time=at) if weekday.isdecimal() else f"cron {text}"


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name in the IANA's database.

    Raises:
        BadQuestion: there is none.
    """
    known = _zones()
    if found := known.get(name.lower()):
        return ZoneInfo(found)
    close = difflib.get_close_matches(name.lower(), known, n=1)
    if close:
        said = N_('There is no time zone "{name}". Did you mean tz={zone}?')
        raise BadQuestion(tr(said, name=name[:40], zone=known[close[0]]))
    raise BadQuestion(
        tr('There is no time zone "{name}". Write one such as tz=Europe/Madrid or tz=UTC.', name=name[:40])
    )


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _moments(schedule: Schedule, zone: tzinfo, day: date) -> Iterator[datetime]:
    for hour in schedule.hours:
        for minute in schedule.minutes:
            wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            yield wall.astimezone(UTC)
            if schedule.any_hour:
                yield wall.replace(fold=1).astimezone(UTC) if _is_there(wall, zone) else wall.astimezone(UTC)


def _is_there(wall: datetime, zone: tzinfo) -> bool:
    return wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)


def _field(text: str, name: str, least: int, most: int, *, words: Sequence[str] = (), first: int = 0) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = STEPPED.fullmatch(part)
        if match is None:
            raise _bad(name, part, least, most)
        span, step = match[1], int(match[2] or 1)
        low, _, high = span.partition("-")
        begin = least if span == "*" else _number(low, words, first)
        open_end = span == "*" or (match[2] and not high)
        end = most if open_end else _number(high or low, words, first)
        if begin is None or end is None or not least <= begin <= end <= most or not step:
            raise _bad(name, part, least, most)
        found.update(range(begin, end + 1, step))
    return found


def _number(word: str, words: Sequence[str], first: int) -> int | None:
    if word.isdecimal():
        return int(word)
    return words.index(word) + first if word in words else None


def _bad(name: str, part: str, least: int, most: int) -> BadQuestion:
    said = N_('"{part}" is no {field} of a schedule: those go from {least} to {most}. {hint}')
    return BadQuestion(tr(said, part=part[:20], field=tr(name), least=least, most=most, hint=tr(HINT)))
