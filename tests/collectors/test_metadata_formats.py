"""Every format: what its reader takes out of an honest file, in the child as it runs in a worker."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

from collectors.doors.bench import Bench, Report
from collectors.files import child, detect, pictures, places, words
from collectors.files.sheet import Sheet
from core.models import Fact, Kind
from tests.collectors import file_samples as samples


async def read(body: bytes, *, program: str | None = None) -> Report:
    return await Bench(program=program).read(body, within=30)


def here(body: bytes) -> Mapping[str, Any]:
    """The same without the child, for what needs no wall."""
    sheet = Sheet()
    child.read(detect.detect(body), body, sheet, "")
    return sheet.as_json()


def values(told: Report, kind: Kind | Fact) -> list[str]:
    return [each.value for each in told.traces if each.kind == kind]


def warned(told: Mapping[str, Any]) -> list[str]:
    return [each["value"] for each in told["traces"] if each["kind"] == "posture"]


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "GIF", "BMP"])
async def test_other_pictures_are_read_too(kind: str) -> None:
    told = await read(samples.other(kind))
    assert told.properties["Size in pixels"] == "64 x 48"
    assert told.detected == f"image/{kind.lower()}"
    assert values(told, Fact.PERSON) == (["Ada Example"] if kind in ("TIFF", "WEBP") else [])
    assert told.gaps == ()


async def test_texts_of_a_png_and_a_generators_instructions_are_read() -> None:
    told = await read(samples.png(Author="Ada Example", Software="Painter 3.2", parameters="a harbour, Steps: 20"))
    assert values(told, Fact.PERSON) == ["Ada Example"]
    assert values(told, Fact.SOFTWARE) == ["Painter 3.2"]
    assert told.properties["Generation parameters"] == "a harbour, Steps: 20"
    assert values(told, Fact.POSTURE) == ["made by a generator"]


async def test_a_preview_that_differs_from_its_picture_is_marked_and_a_faithful_one_is_not() -> None:
    cropped = await read(samples.jpeg(preview=samples.scene(flip=True)))
    assert "preview differs from the picture" in values(cropped, Fact.POSTURE)
    faithful = await read(samples.jpeg(preview=samples.scene(32, 24)))
    assert values(faithful, Fact.POSTURE) == []
    assert faithful.properties["Embedded preview"] == "32 x 24 pixels"


def test_the_editing_chain_and_serial_number_come_from_xmp() -> None:
    told = here(samples.jpeg())["properties"]
    assert told["Editing chain"] == ["2026-11-02T10:00:00Z saved with Example Editor 7.1 (Windows)"]
    assert told["Camera serial number"] == "SN12345"


@pytest.mark.parametrize(
    ("gps", "value"), [((-33.5, 151.25), "-33.500000, 151.250000"), ((0.5, 0.0), "0.500000, 0.000000")]
)
def test_places_south_and_on_the_meridian_are_places(gps: tuple[float, float], value: str) -> None:
    found = [each["value"] for each in here(samples.jpeg(gps=gps))["traces"] if each["kind"] == "location"]
    assert found == [value]


@pytest.mark.parametrize("gps", [(0.0, 0.0), None])
def test_zeros_are_no_place(gps: tuple[float, float] | None) -> None:
    told = here(samples.jpeg(gps=gps))
    assert [each for each in told["traces"] if each["kind"] == "location"] == []
    assert told["remarks"] == (["The file has an empty place (0, 0): the camera had no fix."] if gps else [])


@pytest.mark.parametrize("parts", [(91.0, 0.0, 0.0), (math.nan, 0.0, 0.0), ("x",), (), None, (1.0, 2.0, 3.0, 4.0)])
def test_what_is_no_angle_is_no_place(parts: Any) -> None:
    assert places.degrees(parts, "N", most=90) is None


def test_a_smaller_copy_of_a_picture_has_nearly_the_same_look() -> None:
    one, other = pictures.dhash(samples.scene()), pictures.dhash(samples.scene(32, 24))
    assert (one ^ other).bit_count() < pictures.APART < (one ^ pictures.dhash(samples.scene(flip=True))).bit_count()


def test_content_credentials_are_named_with_their_maker() -> None:
    body = (
        samples.jpeg()
        + b"\xff\xeb....jumb....c2pa....claim_generator"
        + bytes([0x60 + 14])
        + b"ExampleGen/2.0"
        + b"\xff\xd9"
    )
    told = here(body)
    assert told["properties"]["Content Credentials (C2PA)"] == "present; the signature was not checked"
    assert "ExampleGen/2.0" in [each["value"] for each in told["traces"]]


async def test_a_pdf_tells_its_makers_changes_and_what_it_would_do() -> None:
    body = samples.changed_again(samples.pdf(act="JavaScript", attach=True, links=3, xmp=samples.XMP))
    told = await read(body)
    assert told.properties["Incremental updates"] == 1
    assert (told.properties["Pages"], told.properties["PDF version"]) == (1, "1.3")
    assert told.properties["Created"] == "2026-11-01 10:00:00 +01:00"
    assert told.properties["Acts when opened"] == "yes"
    assert told.properties["Attached files"] == ["secret plans.xlsx"]
    assert values(told, Fact.PATH) == ["C:\\Users\\ada.example\\Desk\\report.docx"]
    assert values(told, Kind.USERNAME) == ["ada.example"]
    assert values(told, Kind.URL) == [f"https://example.com/link/{n}" for n in range(3)]
    warnings = values(told, Fact.POSTURE)
    assert {"holds JavaScript", "carries files", "Creator is told twice, differently"} <= set(warnings)


def test_a_pdf_that_starts_a_program_is_grave() -> None:
    told = here(samples.pdf(act="Launch"))
    assert [each["severity"] for each in told["traces"] if each["value"] == "starts a program"] == ["high"]


def test_of_many_links_fifty_are_kept_and_the_rest_is_said() -> None:
    told = here(samples.pdf(links=60))
    assert len([each for each in told["traces"] if each["kind"] == "url"]) == 50
    assert told["gaps"] == [{"reason": "truncated", "sentence": "The PDF links to 60 addresses; 50 were kept."}]


async def test_an_encrypted_pdf_is_said_to_be_and_one_that_opens_is_read() -> None:
    locked = await read(samples.pdf(password="secret"))
    assert locked.gaps[0][0] == "unreadable_file"
    assert locked.properties["Encrypted"] == "yes, a password is needed"
    opens = await read(samples.pdf(opened=True))
    assert opens.properties["Encrypted"] == "yes, without a password to open it"
    assert values(opens, Fact.PERSON) == ["Ada Example"]


def test_a_workbook_s_hidden_sheets_are_named() -> None:
    told = here(samples.xlsx())
    assert told["properties"]["Hidden sheets"] == ["Salaries"]
    assert warned(told) == ["hides sheets"]


def test_an_opendocument_text_is_read() -> None:
    told = here(samples.odt())
    people = {each["value"]: each["role"] for each in told["traces"] if each["kind"] == "person"}
    assert people == {"Ada Example": "author", "Bob Example": "last editor", "Carol Example": "printed by"}
    assert told["properties"]["Revision"] == "3"


async def test_a_legacy_document_is_read() -> None:
    told = await read(samples.ole())
    assert told.detected == "application/msword"
    assert set(values(told, Fact.PERSON)) == {"Ada Example", "Bob Example"}
    assert values(told, Fact.SOFTWARE) == ["Example Word 8.0"]


async def test_a_saved_mail_tells_its_way_and_claims() -> None:
    told = await read(samples.EML)
    assert told.properties["Subject"] == "Plans f\u00fcr morgen"
    assert [stop.split(";")[0] for stop in told.properties["Way it took"]] == [
        "ada-laptop.example.com [198.51.100.7] to relay.example.net",
        "relay.example.net [192.0.2.26] to mx1.example.org",
    ]
    roles = {each.value: each.attributes["role"] for each in told.traces if each.kind == Kind.IP}
    assert roles == {"198.51.100.7": "first stop", "192.0.2.26": "stop on the way", "203.0.113.9": "sender's address"}
    assert told.properties["Checks, as a server on the way claims"] == ["spf=fail", "dkim=pass"]
    assert told.properties["Attached files"] == ["plans.pdf"]
    assert values(told, Fact.SOFTWARE) == ["Example Mail 3.1"]
    assert values(told, Fact.POSTURE) == ["sender not confirmed"]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
async def test_an_archive_is_listed_with_its_owners_and_not_opened(mode: str) -> None:
    told = await read(samples.tar(mode=mode))
    assert told.properties["Names inside"] == ["home/ada.example/plans/report.docx", "readme.txt"]
    assert values(told, Kind.USERNAME) == ["ada.example"]


def test_a_zip_file_is_listed_and_names_that_lead_out_are_marked() -> None:
    told = here(samples.zipped({"../../etc/passwd": "x", "a.txt": "y"}, comment="by ada@example.com"))
    assert told["properties"]["Files inside"] == 2
    assert "ada@example.com" in [each["value"] for each in told["traces"]]
    assert warned(told) == ["names that lead out"]


async def test_sound_is_read_with_exiftool() -> None:
    told = await read(samples.mp3())
    assert told.properties["Title"] == "Song of examples"
    assert values(told, Fact.PERSON) == ["Ada Example"]
    assert values(told, Fact.SOFTWARE) == ["ExampleEncoder 3.100"]


async def test_without_exiftool_a_song_is_said_not_to_be_read_and_a_picture_misses_nothing() -> None:
    told = await read(samples.mp3(), program="")
    assert [reason for reason, _ in told.gaps] == ["unreadable_file"]
    assert "ExifTool" in told.gaps[0][1]
    assert (await read(samples.jpeg(), program="")).gaps == ()


@pytest.mark.parametrize("version", ["12.37", "11.99", "nonsense"])
async def test_an_exiftool_that_runs_what_files_say_is_not_used(tmp_path: Any, version: str) -> None:
    old = tmp_path / "exiftool"
    old.write_text(f'#!/bin/sh\necho {version}\ntest "$1" = -ver || echo \'[{{"a:Artist": "Mallory"}}]\'\n')
    old.chmod(0o755)
    tmp_path.chmod(0o755)
    told = await read(samples.mp3(), program=str(old))
    assert values(told, Fact.PERSON) == []
    assert [reason for reason, _ in told.gaps] == ["unreadable_file"]


def test_a_page_s_head_is_read() -> None:
    told = here(
        b'<!doctype html><html><head><title>Plan</title><meta name="author" content="Ada Example">'
        b"<meta content='Example CMS 4.2' name='generator'></head>"
    )
    assert {each["kind"]: each["value"] for each in told["traces"]} == {
        "person": "Ada Example",
        "software": "Example CMS 4.2",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C:\\Users\\ada.example\\x.doc", {"path": "C:\\Users\\ada.example\\x.doc", "username": "ada.example"}),
        ("file:///C:/Users/ada/x%20y.doc", {"path": "C:/Users/ada/x y.doc", "username": "ada"}),
        ("/home/ada/x.tex", {"path": "/home/ada/x.tex", "username": "ada"}),
        ("/Users/ada/Desktop", {"path": "/Users/ada/Desktop", "username": "ada"}),
        ("C:\\Users\\Public\\x", {"path": "C:\\Users\\Public\\x"}),
        ("\\\\nas.example.com\\share\\x", {"path": "\\\\nas.example.com\\share\\x", "domain": "nas.example.com"}),
        ("file://fs01/share/x", {"path": "\\\\fs01\\share\\x", "device": "fs01"}),
        ("\\\\192.0.2.7\\share", {"path": "\\\\192.0.2.7\\share", "ip": "192.0.2.7"}),
        ("https://example.com/home/ada/x", {"url": "https://example.com/home/ada/x"}),
        ("write to ada@example.com.", {"email": "ada@example.com"}),
    ],
)
def test_what_a_text_gives_away(text: str, found: dict[str, str]) -> None:
    sheet = Sheet()
    words.mine(sheet, text, "field")
    words.paths(sheet, text, "field")
    assert dict(sheet.traces.keys()) == found
