"""Tables and documents: exact values for programs, and nothing that a spreadsheet computes."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from core.errors import BadQuestion
from core.exports.cells import harmless
from core.exports.dossier import Dossier
from core.exports.formats import EVIDENCE, FORMATS, Format, format_of
from core.exports.tables import COLUMNS
from core.models import Kind, Outcome
from core.verdicts import Judgement
from tests.core.dossiers import FORMULAS, HOSTILE, company, dossier, hostile, of_a_person, runs_of, verdict_on
from tests.core.samples import finding, run, scan

LABEL = "TLP:AMBER+STRICT"
ALL = [each for each in FORMATS.values() if each is not EVIDENCE]
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def written(name: str, made: Dossier) -> bytes:
    return FORMATS[name].write(made)


def rows(made: Dossier) -> list[dict[str, str]]:
    text = written("csv", made).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def cells(made: Dossier) -> list[openpyxl.cell.cell.Cell]:
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", made)))
    return [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("fmt", ALL, ids=lambda fmt: fmt.name)
def test_every_format_takes_what_does_harm_elsewhere_and_says_its_label(fmt: Format) -> None:
    made = fmt.write(hostile())
    assert len(made) > 1000
    if fmt.name not in ("pdf", "xlsx"):  # packed: their own tests look inside
        assert "amber+strict" in made.decode().lower()


def test_no_cell_of_a_csv_is_a_formula() -> None:
    told = rows(hostile())
    found = [row for row in told if row["row"] == "finding"]
    assert len(found) == len(HOSTILE) * 3
    started = [cell for row in told for cell in row.values() if re.match(r"[\s\ufeff]*[=+\-@\t\r\uff1d]", cell)]
    assert started == []
    assert found[0]["value"] == f"'{FORMULAS[0]}"
    assert found[0]["context"] == f"'{FORMULAS[0]}"
    assert [harmless(text) for text in ("example.com", "", "a=b", "192.0.2.1")] == [
        "example.com",
        "",
        "a=b",
        "192.0.2.1",
    ]


def test_what_a_spreadsheet_cuts_in_two_has_no_formula_behind_the_cut() -> None:
    """With a comma as the decimal sign it cuts at semicolons, within quotes too."""
    cut = [
        part.strip(' "')
        for cell in ("x;=1+1;y", 'x"; "=1+1', "x;\t-1", "x\n@a")
        for part in re.split(r"[;\t\r\n]", harmless(cell))
    ]
    assert [part for part in cut if part[:1] in ("=", "+", "-", "@")] == []
    assert harmless("max-age=1; path=/, a=b") == "max-age=1; path=/, a=b"


def test_every_cell_of_a_workbook_is_text() -> None:
    found = cells(hostile())
    assert {cell.data_type for cell in found} == {"s"}
    assert [cell.value for cell in found if cell.hyperlink] == []
    values = [str(cell.value) for cell in found]
    for text in ("=cmd|' /C calc'!A0", "+1+1", "@SUM(1+1)", "http://evil.example/"):
        assert text in values  # as it was: a cell that is text needs no apostrophe
    assert max(len(value) for value in values) <= 32_767
    assert any(value.endswith("… (40,005 characters)") for value in values)


def test_what_was_not_looked_at_and_what_is_held_back_have_rows_too() -> None:
    (gap,) = [row for row in rows(company()) if row["row"] == "not looked at"]
    assert (gap["collector"], gap["value"]) == ("whois", "Registration (RDAP, WHOIS): failed")
    assert gap["context"] == "The registry did not answer within 20 s."
    (held,) = [row for row in rows(of_a_person(alone=False)) if row["row"] == "held back"]
    assert (held["collector"], held["value"]) == ("haveibeenpwned", "1 that a direct message alone shows")
    assert set(held) == set(COLUMNS)


def test_json_and_its_lines_say_the_same() -> None:
    made = company(verdicts=verdict_on(runs_of(company())[0].findings[8], Judgement.BENIGN))
    document = json.loads(written("json", made))
    lines = [json.loads(line) for line in written("jsonl", made).splitlines()]
    assert (document["tlp"], document["title"], document["made_by"]) == ("amber+strict", "Scan of example.com", "U0ADA")
    assert lines[0]["tlp"] == "amber+strict"
    findings = [each for run in document["scans"][0]["runs"] for each in run["findings"]]
    told = [each for each in lines if each["row"] == "finding"]
    assert [each["fingerprint"] for each in told] == [each["fingerprint"] for each in findings]
    assert [each["value"] for each in told] == [each["value"] for each in findings]
    assert [each["verdict"]["judgement"] for each in told if each["verdict"]] == ["benign"]
    outcomes = {each["collector"]: each["outcome"] for each in lines if each["row"] == "run"}
    assert outcomes == {"dns": "found", "crtsh": "found", "whois": "failed"}
    assert written("json", hostile()).isascii()
    exact = json.loads(written("json", hostile()))["scans"][0]["runs"][0]["findings"]
    assert [each["value"] for each in exact] == list(HOSTILE * 3)


def test_graphml_is_read_back_with_every_finding_and_every_way_to_it() -> None:
    root = ET.fromstring(written("graphml", company()))
    nodes, edges = root.findall(f".//{GRAPHML}node"), root.findall(f".//{GRAPHML}edge")
    found = {(each.kind, each.value) for run in runs_of(company()) for each in run.findings}
    assert len(nodes) == len(found) + 1  # what two collectors found is one node
    keys = {each.get("id") for each in root.findall(f"{GRAPHML}key")}
    assert {each.get("key") for each in root.iter(f"{GRAPHML}data")} <= keys
    ids = {node.get("id") for node in nodes}
    assert {end for edge in edges for end in (edge.get("source"), edge.get("target"))} <= ids
    labels = {data.text for node in nodes for data in node if data.get("key") == "node_label"}
    assert {"example.com", "192.0.2.10", "mx1.example.net"} <= labels
    hostile_root = ET.fromstring(written("graphml", hostile()))
    said = {data.text for data in hostile_root.iter(f"{GRAPHML}data")}
    assert {"<script>alert(1)</script>", "=cmd|' /C calc'!A0"} <= said


@pytest.mark.parametrize("fmt", [each for each in ALL if each.name != "pdf"], ids=lambda fmt: fmt.name)
def test_every_format_says_how_each_collector_ended_what_is_left_out_and_where_each_finding_is_from(
    fmt: Format,
) -> None:
    told = replace(finding("crtsh", Kind.DOMAIN, "www.example.com", role="name"), first_seen=None)
    one = scan(run("crtsh", Outcome.FOUND, told), run("dns", Outcome.NOTHING), run("whois", Outcome.SKIPPED))
    made = replace(dossier(one), left_out=3)
    text = " ".join(str(cell.value) for cell in cells(made)) if fmt.name == "xlsx" else fmt.write(made).decode()
    text = text.replace("[.]", ".").replace(r"\u002b", "+").replace("\\/", "/")
    source = told.provenance
    day = f"{source.fetched_at:%Y-%m-%d}"
    for said in ("DNS", "nothing", "skipped", "3", source.source, source.sha256, day, "example.net"):
        assert said.lower() in text.lower(), said
    assert "left_out" in text or "left out" in text


@pytest.mark.parametrize("name", ["json", "csv", "markdown", "html", "graphml", "stix", "misp"])
def test_a_file_for_a_channel_names_neither_the_address_nor_what_a_direct_message_alone_shows(name: str) -> None:
    shared, own = written(name, of_a_person(alone=False)), written(name, of_a_person(alone=True))
    assert b"Sensitive Example" not in shared
    assert b"ada-example" not in shared.replace(b"ada-example@example.com".upper(), b"")
    assert b"Open Example" in shared
    assert b"Sensitive Example" in own


def test_names_of_files_say_what_they_are_of_and_their_label() -> None:
    assert company().stem == "gumshoe-example-com-7f3a9c-TLP-AMBER-STRICT"
    assert company(tlp=None).stem == "gumshoe-example-com-7f3a9c"
    assert "ada-example" not in of_a_person(alone=False).stem


def test_a_format_is_known_by_its_name_and_by_its_ending() -> None:
    assert [format_of(word).name for word in ("PDF", "md", ".xlsx", "zip")] == ["pdf", "markdown", "xlsx", "evidence"]
    with pytest.raises(BadQuestion, match="Did you mean stix"):
        format_of("stx")
