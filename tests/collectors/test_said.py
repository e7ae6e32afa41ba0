"""What sources say in headers about what is left, in the forms that are in use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.doors import verdict
from collectors.doors.said import Said, exhausted, said
from core import clock
from core.errors import Forbidden, RateLimited

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SOON = int(NOW.timestamp()) + 600


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        # GitHub: an hour, Reset in seconds since 1970
        ({"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SOON)}, [Said(0, 60, 600)]),
        # seconds from now, and milliseconds since 1970
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "600"}, [Said(3, None, 600)]),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": f"{SOON}000"}, [Said(3, None, 600)]),
        # what ends in hours is a day, what ends in days a month
        ({"x-ratelimit-limit": "500", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "43200"},
         [Said(7, 500, 43200, "day")]),
        ({"x-ratelimit-remaining": "7", "x-ratelimit-reset": "400000"}, [Said(7, None, 400000, "month")]),
        # urlscan.io
        ({"x-rate-limit-window": "day", "x-rate-limit-limit": "500", "x-rate-limit-remaining": "4",
          "x-rate-limit-reset": "2026-11-27T00:00:00.000Z", "x-rate-limit-reset-after": "43200"},
         [Said(4, 500, 43200, "day")]),
        ({"x-rate-limit-window": "minute", "x-rate-limit-remaining": "0",
          "x-rate-limit-reset": "2026-11-26T12:00:30Z"}, [Said(0, None, 30)]),
        # gateways that tell the window in the name
        ({"x-ratelimit-limit-month": "50", "x-ratelimit-remaining-month": "49"}, [Said(49, 50, None, "month")]),
        # the IETF's drafts
        ({"ratelimit-limit": "10, 10;w=60", "ratelimit-remaining": "1", "ratelimit-reset": "5"}, [Said(1, 10, 5)]),
        ({"ratelimit": "limit=100, remaining=50, reset=50"}, [Said(50, 100, 50)]),
        ({"ratelimit": '"default";r=0;t=30'}, [Said(0, None, 30)]),
        # nothing that can be read
        ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "tomorrow"}, []),
        ({"x-ratelimit-remaining": "-1"}, []),
        ({"retry-after": "3"}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_every_form_is_read(headers: dict[str, str], told: list[Said]) -> None:
    assert said(headers, NOW) == told


def test_nothing_left_says_until_when() -> None:
    assert exhausted({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, NOW) == 60
    assert exhausted({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "60"}, NOW) is None
    assert exhausted({"x-ratelimit-remaining": "0"}, NOW) is None


def test_a_403_about_how_often_we_ask_is_no_forbidden_question() -> None:
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(clock.now().timestamp()) + 90)}
    limited = verdict.judge(403, spent, b"{}", source="GitHub")
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == pytest.approx(90, abs=5)
    assert isinstance(verdict.judge(403, {"retry-after": "60"}, b"{}", source="GitHub"), RateLimited)
    assert isinstance(verdict.judge(403, {"x-ratelimit-remaining": "9"}, b"{}", source="GitHub"), Forbidden)


def test_a_429_without_retry_after_may_say_when_in_its_other_headers() -> None:
    limited = verdict.judge(429, {"ratelimit-remaining": "0", "ratelimit-reset": "42"}, b"", source="GitLab")
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == 42


NAMES = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-rate-limit-window", "ratelimit",
         "x-rate-limit-reset", "x-rate-limit-remaining", "x-rate-limit-reset-after", "retry-after")  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30) | st.integers().map(str)))
def test_no_header_breaks_anything(headers: dict[str, str]) -> None:
    for each in said(headers, NOW):
        assert each.left is None or each.left >= 0
        assert each.reset is None or each.reset >= 0
    verdict.judge(429, headers, b"", source="A source")
