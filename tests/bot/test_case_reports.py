"""`/case report FORMAT`: the case as a file of each format in its thread; what is none is refused with what to do."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from core.exports.formats import ALSO, FORMATS
from core.models import Outcome
from tasks import exporting
from tests.bot.listening import Bot, words_of
from tests.bot.test_cases import OPEN, told
from tests.core.stores import claimed, finding

FOUND = "mail.example.com"


def zipped(content: bytes) -> str:
    """The names and the text of what is in a ZIP."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return " ".join(f"{name} {archive.read(name).decode('utf-8', 'replace')}" for name in archive.namelist())


READ: dict[str, Callable[[bytes], str]] = {  # what stands in a file of each format, for who opens it
    "pdf": lambda content: FOUND if content.startswith(b"%PDF-") else "",
    "xlsx": zipped,
    "evidence": zipped,
    "json": lambda content: str(json.loads(content)),
    "stix": lambda content: str(json.loads(content)),
    "misp": lambda content: str(json.loads(content)),
    "jsonl": lambda content: str([json.loads(line) for line in content.splitlines()]),
    "csv": lambda content: str(list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))),
}


@pytest.fixture
def case(bot: Bot) -> Bot:
    """A bot with a case of one scan in the channel."""
    told(bot, OPEN)
    bot.sandbox.command("example.com collectors=dns")
    held = claimed(bot.store, bot.store.scans.get(bot.scans()[0].id))
    bot.store.runs.close(held, Outcome.FOUND, findings=[finding(FOUND)])
    return bot


def reports(bot: Bot) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The messages in the channel that reports hang on, each with the file in its thread."""
    bot.settle()
    found = []
    for each in bot.sandbox.messages():
        thread = bot.sandbox.messages(thread_ts=each["ts"])
        files = [shared for one in thread for shared in one.get("files") or ()]
        if files:
            (file,) = files
            found.append((each, file))
    return found


async def read(bot: Bot, file: dict[str, Any]) -> bytes:
    shared = await bot.front.slack.file(file["id"])
    return await bot.front.slack.download(shared, cap=10_000_000)


def test_a_report_of_each_format_hangs_on_a_message_of_its_own(case: Bot) -> None:
    for number, fmt in enumerate(FORMATS.values(), start=1):
        assert "Making the report of the case Phish wave." in told(case, f"report {fmt.name}")
        made = reports(case)
        assert len(made) == number
        message, file = made[-1]
        assert "Report of case Phish wave: 1 scan." in words_of(message)
        assert file["title"] == f"{fmt.title} of Phish wave"
        assert str(file["name"]).endswith(f".{fmt.ending}")
        content = case.run(read(case, file))
        shown = READ.get(fmt.name, bytes.decode)(content)
        assert FOUND in shown.replace("[.]", "."), fmt.name
    rows = case.store.audit.listed(team="T0SANDBOX", limit=100)
    assert {str(row["subject"]).split()[-1] for row in rows if row["verb"] == "case report"} == {*FORMATS}


@pytest.mark.parametrize(("typed", "name"), [*ALSO.items(), (".CSV", "csv"), ("JSON", "json")])
def test_a_format_has_other_names(case: Bot, typed: str, name: str) -> None:
    told(case, f"report {typed}")
    ((_, file),) = reports(case)
    assert str(file["name"]).endswith(f".{FORMATS[name].ending}")


def test_who_reads_spanish_is_told_so_of_a_file_that_is_english(case: Bot) -> None:
    assert "Preparando el informe del caso Phish wave." in told(case, "report markdown", user="U0EVA")
    ((message, file),) = reports(case)
    assert "Informe del caso Phish wave: 1 escaneo." in words_of(message)
    assert file["title"] == "Markdown de Phish wave"
    assert "Made 20" in case.run(read(case, file)).decode()


@pytest.mark.parametrize(
    ("typed", "user", "says"),
    [
        ("pfd", "U0ADA", 'There is no format "pfd". Did you mean pdf?'),
        ("docx file", "U0ADA", 'There is no format "docx file". I know: pdf, html, markdown'),
        ("pfd", "U0EVA", "No hay ningún formato «pfd». ¿Se trata de pdf?"),
        ("docx file", "U0EVA", "No hay ningún formato «docx file». Conozco: pdf, html, markdown"),
    ],
)
def test_what_is_no_format_is_refused_with_those_there_are(case: Bot, typed: str, user: str, says: str) -> None:
    assert says in told(case, f"report {typed}", user=user).replace('\\"', '"')
    assert reports(case) == []


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("U0ADA", ("The CSV file of", "Whoever runs me can have it: python -m bot export {case} --case --format csv")),
        (
            "U0EVA",
            (
                "El archivo (CSV) de «Phish wave»",
                "Quien me administra puede obtenerlo: python -m bot export {case} --case",
            ),
        ),
    ],
)
def test_a_file_that_is_too_large_is_refused_with_how_to_have_it(
    case: Bot, monkeypatch: pytest.MonkeyPatch, user: str, says: tuple[str, ...]
) -> None:
    monkeypatch.setattr(exporting, "MOST", 10)
    told(case, "report csv", user=user)
    case.settle()
    last = words_of(case.sandbox.messages()[-1])
    bound = case.scans()[0].belongs.case
    for part in says:
        assert part.format(case=bound) in last
    assert reports(case) == []
