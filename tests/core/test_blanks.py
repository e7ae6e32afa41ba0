"""No entry tells who is asked about or who asks, whoever wrote it; and each stays one JSON object on one line."""

from __future__ import annotations

import io
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blanks import NODE, Blanks, hidden
from core.logs import Sink, bound, formatter, steps

SECRET = "canary/secret+word"
Say = Callable[[str, BaseException | None, dict[str, Any]], None]


def written(say: Callable[[Any, logging.Logger], None], *, secrets: tuple[str, ...] = (SECRET,)) -> list[str]:
    """The lines that come of what somebody says, with a logger of ours or a library's."""
    blanks, stream = Blanks(secrets), io.StringIO()
    sink = Sink(stream)
    sink.setFormatter(formatter(blanks))
    library = logging.getLogger("somebody.else")
    library.handlers, library.propagate = [sink], False
    library.setLevel(logging.INFO)
    ours = structlog.wrap_logger(
        library,
        processors=[*steps(blanks), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    say(ours, library)
    return stream.getvalue().splitlines()


def text_of(lines: list[str]) -> str:
    """What a reader of the log sees: JSON's own escapes are undone. Each line must be one object."""
    told = [json.loads(line, parse_constant=lambda word: pytest.fail(f"not JSON: {word}")) for line in lines]
    assert all(isinstance(each, dict) for each in told)
    return "\n".join(json.dumps(each, ensure_ascii=False) for each in told) + "\n".join(_leaves(told))


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in (str(key), *_leaves(each))]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [str(value)]


def failed(text: str, local: str) -> BaseException:
    """An error with a text in its message, its cause and its notes; what its function knew stands in no trace."""
    private = local
    try:
        try:
            raise KeyError(text)
        except KeyError as cause:
            raise ValueError(f"could not use {text!r}") from cause
    except ValueError as error:
        error.add_note(f"for {text}")
        assert private == local
        return error


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
MAILS = st.emails()
PHONES = st.one_of(
    st.integers(10**7, 10**14).map(lambda number: f"+{number}"),
    st.tuples(st.integers(1, 99), st.integers(100, 999), st.integers(1000, 9999999)).map(
        lambda parts: "+{} {} {}".format(*parts)
    ),
    st.tuples(st.integers(200, 999), st.integers(200, 999), st.integers(1000, 9999), st.sampled_from("-. ")).map(
        lambda parts: f"{parts[0]}{parts[3]}{parts[1]}{parts[3]}{parts[2]}"
    ),
    st.integers(10**9, 10**14).map(str),
)
NAMES = st.text(st.characters(categories=["L", "N"]), min_size=2, max_size=12).map(lambda text: f"Zq{text}x")
EDGES = st.sampled_from(["", " ", "\n", '"', "'", "<", "(", "=", ":", ", ", "\u2028", "\x1b[31m", "\x00"])


@settings(max_examples=40)
@given(planted=st.one_of(MAILS, PHONES, st.just(SECRET)), before=EDGES, after=EDGES, around=TEXTS)
def test_what_is_planted_anywhere_comes_out_nowhere(planted: str, before: str, after: str, around: str) -> None:
    text = f"{around} {before}{planted}{after} {around}"
    error = failed(text, planted)

    def say(ours: Any, library: logging.Logger) -> None:
        ours.info(text)
        ours.info("entry", why=text, _why=text, error=error, inner={text: [text, (text, {"deep": {text}})]})
        ours.error("failed", exc_info=error)
        library.warning("with %s and %r", text, text)
        library.warning(text)
        library.error("failed", exc_info=(type(error), error, error.__traceback__))
        library.warning("does not fit %d", text)
        with bound(scan="abcdefgh", where=text):
            library.info("bound")

    lines = written(say)
    assert len(lines) == 8
    assert planted not in text_of(lines)


@settings(max_examples=40)
@given(name=NAMES, before=EDGES, after=EDGES)
def test_who_is_asked_about_comes_out_nowhere_while_it_is_done(name: str, before: str, after: str) -> None:
    text = f"{before}{name}{after}"
    error = failed(text, name)

    def say(ours: Any, library: logging.Logger) -> None:
        with hidden(name):
            ours.info("entry", why=text, url=f"https://example.com/{name}", other=f"{name}.example")
            library.error("failed for %s", text, exc_info=(type(error), error, error.__traceback__))

    lines = written(say)
    assert len(lines) == 2
    assert name not in text_of(lines)


def test_a_name_is_known_in_any_case_and_spelling() -> None:
    with hidden("Ada Lovelace-Example", "+4915112345678"):
        said = Blanks().text("ADA LOVELACE-EXAMPLE, Ada%20Lovelace-Example, Ada+Lovelace-Example: %2B4915112345678")
    assert said == "[person], [person], [person]: [person]"
    assert Blanks().text("Ada Lovelace-Example") == "Ada Lovelace-Example"  # nobody asks about her now


@pytest.mark.parametrize(
    "kept",
    [
        "crt.sh answered 503 after 2.51 s",
        "asked https://api.github.com/users?page=2 at 2026-11-26T18:12:19.123456+00:00",
        "Task tasks.scan.run[c2f2f6b1-1234-4123-8812-923412345678] succeeded in 0.10322594799799845s: None",
        "Error 111 connecting to 127.0.0.1:6379, then to 10.1.2.3:6379 and fd00::12",
        "message 1732645123.123456 in C0GENERAL, file F0123456789",
        "sha 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea",
        "redis 7.0.15 and Python 3.11.7 on 2026-11-26",
        'File "/opt/gumshoe/tasks/scan.py", line 182, in run',
        "cost 1234 of 250000 bytes",
    ],
)
def test_what_operators_need_is_left_alone(kept: str) -> None:
    (line,) = written(lambda ours, _: ours.info("entry", why=kept))
    assert json.loads(line)["why"] == kept


def test_a_worker_is_no_person() -> None:
    blanks = Blanks()
    assert NODE.fullmatch("worker2@" + NODE.pattern.rpartition("@")[2].replace("\\", ""))
    assert blanks.text("worker@vm.example.org is gone") == "[person] is gone"  # unless it is of this machine


@pytest.mark.parametrize("address", ["192.0.2.7", "8.8.8.8", "2001:db8::7", "2a00:1450:4001:82b::200e"])
def test_where_people_ask_from_is_not_told(address: str) -> None:
    (line,) = written(lambda _, library: library.info("%s:%d - %s", address, 4711, f"from {address}, refused"))
    assert address not in line
    assert Blanks().text(f"('{address}', 4711) - accepted") == "[address] - accepted"


def test_where_somebody_inside_asks_from_is_known_while_it_is_answered() -> None:
    with hidden("10.1.2.3"):
        assert Blanks().text("from 10.1.2.3 to 10.1.2.30") == "from [person] to 10.1.2.30"


def test_ids_that_we_made_are_not_taken_for_phone_numbers() -> None:
    ids = {"scan": "23456789", "run": "2345678923", "task": "1234567890", "trace_id": "1" * 32, "span_id": "2" * 16}
    (line,) = written(lambda ours, _: ours.info("entry", **ids))
    assert ids.items() <= json.loads(line).items()


def test_numbers_stay_numbers_and_json_stays_json() -> None:
    (line,) = written(lambda ours, _: ours.info("entry", held=4915112345678, rest=1.5, odd=float("nan"), more=[1, 2]))
    assert {"held": 4915112345678, "rest": 1.5, "odd": "nan", "more": [1, 2]}.items() <= json.loads(line).items()


def test_a_long_text_takes_no_longer_than_it_is_long() -> None:
    """Patterns that look again from each letter would take minutes here, and hold up the loop that writes the entry."""
    blanks = Blanks((SECRET,))
    for text in (
        "a" * 300_000,
        "1" * 300_000,
        "1-" * 150_000,
        "a." * 150_000,
        "a@" * 150_000,
        ":" * 300_000,
        "+" * 300_000,
    ):
        assert len(blanks.text(text)) > 0


def test_an_entry_that_cannot_be_written_says_where_it_comes_from() -> None:
    (line,) = written(lambda _, library: library.warning("%d", "ada@example.com"))
    told = json.loads(line)
    assert (told["event"], told["logger"], told["why"]) == ("entry not written", "somebody.else", "TypeError")
    assert traceback.format_exc() == "NoneType: None\n"
