"""How findings of files look: who made it stands first, places have a map, and nothing a file says becomes a link."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core import blocks
from core.models import Fact, Finding, Kind, Outcome
from tests.core.reading import first_line, rows, words
from tests.core.samples import EVIL, SEAL, finding, run, scan
from tests.core.slack_limits import objects


def reply(*found: Finding, **more: Any) -> blocks.Message:
    given = run("metadata", Outcome.FOUND, *found, **more)
    return blocks.reply(scan(given), given, title="Metadata of files", seal=SEAL)


def links(message: blocks.Message) -> list[str]:
    return [part["url"] for part in objects(list(message.blocks)) if part.get("type") == "link"]


def file(name: str = "plan.docx", detected: str = "application/pdf", **properties: Any) -> Finding:
    value = f"https://example.com/{name}"
    return finding(
        "metadata", Kind.FILE, value, name=name, size=4321, detected=detected, sha256="ab" * 32, properties=properties
    )


def of(kind: Kind | Fact, value: str, name: str = "plan.docx", **more: Any) -> Finding:
    return finding("metadata", kind, value, file=name, **more)


PLACE: dict[str, Any] = {
    "latitude": 51.5,
    "longitude": -0.12775,
    "altitude_m": 31.5,
    "direction_deg": 90.0,
    "accuracy_m": 8.0,
    "taken": "2026-11-01 08:30:00Z",
    "severity": "medium",
}


def test_who_made_it_with_what_and_when_stands_first() -> None:
    message = reply(
        file(Created="2026-10-01T08:00:00Z", Title="Plan"),
        of(Fact.PERSON, "Bob Example", role="last editor"),
        of(Fact.PERSON, "Ada Example", role="author"),
        of(Fact.DEVICE, "ExampleCam", role="camera"),
        of(Fact.SOFTWARE, "Example Word 16.0"),
    )
    said = "plan[.]docx: made by Ada Example with Example Word 16.0 on 2026-10-01"
    assert first_line(message) == f"Metadata of files: {said}"
    assert rows(message) == [
        ["Type", "application/pdf, 4,321 bytes"],
        ["Title", "Plan"],
        ["Created", "2026-10-01T08:00:00Z"],
    ]
    assert "Ada Example (author), Bob Example (last editor)" in words(message)


def test_a_photograph_was_made_with_its_camera() -> None:
    message = reply(
        file("harbour.jpg", "image/jpeg", Taken="2026-11-01 09:30:00"),
        of(Fact.DEVICE, "ExampleCam Model X", "harbour.jpg", role="camera", serial="SN12345", lens="Example 35mm"),
        of(Fact.SOFTWARE, "Example Editor 7.1", "harbour.jpg"),
    )
    assert first_line(message).endswith("harbour[.]jpg: made with ExampleCam Model X on 2026-11-01")
    assert "ExampleCam Model X (serial number SN12345, lens Example 35mm)" in words(message)


def test_a_place_comes_with_all_that_is_known_of_it_and_a_map() -> None:
    message = reply(file(), of(Fact.LOCATION, "51.500000, -0.127750", **PLACE))
    assert "51.500000, -0.127750, 31.5 m up, facing 90.0°, ±8.0 m, 2026-11-01 08:30:00Z, in plan[.]docx" in words(
        message
    )
    assert links(message) == ["https://www.openstreetmap.org/?mlat=51.500000&mlon=-0.127750#map=17/51.500000/-0.127750"]


def test_a_place_whose_accuracy_is_not_known_says_so() -> None:
    message = reply(file(), of(Fact.LOCATION, "51.5, 0", latitude=51.5, longitude=0))
    assert "accuracy not said" in words(message)


@pytest.mark.parametrize("wrong", ["51.5", None, 1e9, -91, [], True])
def test_what_is_no_angle_gets_no_map(wrong: Any) -> None:
    message = reply(file(), of(Fact.LOCATION, "somewhere", latitude=wrong, longitude=0.5))
    assert links(message) == []


def test_nothing_that_a_file_says_becomes_a_link_or_a_mention() -> None:
    message = reply(
        file(EVIL[:40], EVIL[:20], Title=EVIL, Names=[EVIL, EVIL]),
        *(of(kind, EVIL, EVIL, role=EVIL, why=EVIL, severity="high", serial=EVIL) for kind in (*Fact, *Kind)),
        message=EVIL,
    )
    assert links(message) == []
    told = json.dumps(message.blocks).replace("<!date^", "")  # our own, for the reader's zone
    assert "<!" not in told
    assert "<@" not in told


def test_of_several_files_each_has_a_line_and_the_first_names_the_people() -> None:
    message = reply(
        file("a.pdf", Created="2026-10-01"),
        file("b.pdf"),
        of(Fact.PERSON, "Ada Example", "a.pdf", role="author"),
        of(Fact.PERSON, "Bob Example", "a.pdf", role="author"),
        of(Fact.LOCATION, "51.5, 0.5", "b.pdf", **PLACE),
    )
    assert first_line(message) == "Metadata of files: 2 files name Ada Example, Bob Example and 1 place"
    assert rows(message) == [["a[.]pdf", "made by Ada Example on 2026-10-01"], ["b[.]pdf", "names nobody"]]


def test_a_grave_warning_comes_before_a_light_one_and_the_rest_is_counted() -> None:
    warnings = [of(Fact.POSTURE, f"thing {n}", why=f"Why {n}.", severity="medium", grade="bad") for n in range(4)]
    grave = of(Fact.POSTURE, "may be a bomb", why="It unpacks.", severity="high", grade="bad")
    shown = words(reply(file(), *warnings, grave))
    assert shown.index("may be a bomb: It unpacks.") < shown.index("thing 0: Why 0.")
    assert "and 3 more warnings in the file" in shown


def test_two_hundred_paths_do_not_drown_the_author_and_are_counted() -> None:
    paths = [of(Fact.PATH, f"C:\\Users\\ada\\{n}.docx") for n in range(200)]
    message = reply(file(), of(Fact.PERSON, "Ada Example", role="author"), *paths)
    assert "made by Ada Example" in first_line(message)
    assert "and 195 more" in words(message)
    assert len(json.loads(message.files[0].content)["findings"]) == 202


def test_what_is_for_programs_is_in_the_file_alone() -> None:
    more: dict[str, Any] = {f"Field {n}": n for n in range(30)}
    message = reply(file(**{"Document ID": "xmp.did:1", "Title": "Plan"}, **more))
    assert [row[0] for row in rows(message)][:3] == ["Type", "Title", "Field 0"]
    assert len(rows(message)) == 12
    assert "The file has everything" in words(message)
    assert "xmp.did:1" in message.files[0].content.decode()


def test_what_was_not_looked_at_stands_below_the_first_line() -> None:
    given = run("metadata", Outcome.PARTIAL, file(), message="plan.docx: The document is encrypted.")
    message = blocks.reply(scan(given), given, title="Metadata of files", seal=SEAL)
    assert "Not looked at: \nplan[.]docx: The document is encrypted." in words(message)
    assert first_line(message) == "Metadata of files: plan[.]docx names nobody"
