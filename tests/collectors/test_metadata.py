"""The metadata collector against canned web servers: what files give away, how often it asks, and how it fails."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.doors.bench import Report, report
from collectors.doors.reply import Reply, digest
from collectors.files import child, detect, telling
from collectors.files.sheet import Sheet
from collectors.metadata import metadata
from core import clock
from core.errors import SourceError
from core.models import Confidence, Fact, Finding, Kind, Outcome, Severity, Target
from tests.collectors import file_samples as samples
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.mutants import JSON, places, replaced

HOST = "example.com"
PHOTO = Target(Kind.URL, f"https://{HOST}/harbour.jpg")
PLAN = Target(Kind.URL, f"https://{HOST}/plan.docx")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def photo(world: World, *replies: Canned) -> None:
    world.dns.add(HOST, "A", "192.0.2.10")
    world.http.on(HOST, "/harbour.jpg", *(replies or (Canned(body=samples.jpeg(), content_type="image/jpeg"),)))


def of(findings: list[Finding], kind: Kind | Fact) -> dict[str, Finding]:
    return {each.value: each for each in findings if each.kind == kind}


@pytest.mark.contract("success")
async def test_a_photograph_tells_who_where_when_and_with_what(world: World) -> None:
    photo(world)
    look, findings = await world.collect(metadata, PHOTO)
    assert (look.outcome, look.reason, look.message) == (Outcome.FOUND, "", "")
    assert world.http.count() == 1
    (file,) = of(findings, Kind.FILE).values()
    assert file.value == PHOTO.value
    assert (file.attributes["name"], file.attributes["detected"]) == ("harbour.jpg", "image/jpeg")
    assert file.attributes["size"] == len(samples.jpeg())
    assert file.attributes["properties"]["Taken"] == "2026-11-01 09:30:00 +01:00"
    (place,) = of(findings, Fact.LOCATION).values()
    assert place.value == "51.500000, -0.127750"
    told = {name: place.attributes[name] for name in ("altitude_m", "direction_deg", "accuracy_m", "taken")}
    assert told == {"altitude_m": 31.5, "direction_deg": 90.0, "accuracy_m": 8.0, "taken": "2026-11-01 08:30:00Z"}
    (camera,) = of(findings, Fact.DEVICE).values()
    assert camera.value == "ExampleCam Model X"
    assert (camera.attributes["serial"], camera.attributes["lens"]) == ("SN12345", "Example 35mm F2")
    assert "Ada Example" in of(findings, Fact.PERSON)
    assert of(findings, Fact.SOFTWARE)["Example Editor 7.1"].attributes["version"] == "7.1"
    assert "https://example.com/harbour" in of(findings, Kind.URL)


async def test_every_finding_says_where_it_comes_from(world: World) -> None:
    photo(world)
    _, findings = await world.collect(metadata, PHOTO)
    whole = hashlib.sha256(samples.jpeg()).hexdigest()
    assert {(each.provenance.url, each.provenance.sha256) for each in findings} == {(PHOTO.value, whole)}
    (person,) = of(findings, Fact.PERSON).values()
    assert person.context == "harbour.jpg says so (XMP dc:creator, EXIF Artist, EXIF CameraOwnerName)."


async def test_the_file_is_known_by_three_hashes(world: World) -> None:
    photo(world)
    _, findings = await world.collect(metadata, PHOTO)
    hashes = of(findings, Kind.HASH)
    assert [each.attributes["algorithm"] for each in hashes.values()] == ["SHA-256", "SHA-1", "MD5"]
    assert hashlib.sha256(samples.jpeg()).hexdigest() in hashes
    assert all(each.confidence is Confidence.HIGH for each in hashes.values())


async def test_an_office_document_tells_everybody_who_touched_it(world: World) -> None:
    world.http.on(HOST, "/plan.docx", Canned(body=samples.docx(macros="yes"), content_type=DOCX))
    _, findings = await world.collect(metadata, PLAN)
    roles = {each.value: each.attributes["role"] for each in of(findings, Fact.PERSON).values()}
    assert roles == {
        "Ada Example": "author",
        "Bob Example": "last editor",
        "Carol Example": "manager",
        "Dan Example": "tracked changes",
        "Eve Example": "commenter",
    }
    assert list(of(findings, Fact.ORGANISATION)) == ["Example Corp"]
    assert list(of(findings, Kind.USERNAME)) == ["ada.example"]
    assert "fileserver01" in of(findings, Fact.DEVICE)
    assert "\\\\fileserver01\\share\\Corp.dotx" in of(findings, Fact.PATH)
    assert of(findings, Fact.POSTURE)["oleObject from outside"].severity is Severity.HIGH
    assert "holds macros" in of(findings, Fact.POSTURE)
    (file,) = of(findings, Kind.FILE).values()
    assert file.attributes["properties"]["First revision save id (rsidRoot)"] == "00AB12CD"


@pytest.mark.contract("not_found")
async def test_an_address_with_nothing_there_is_an_answer(world: World) -> None:
    photo(world, Canned(status=404, text="<html>no</html>", content_type=HTML))
    look, findings = await world.collect(metadata, PHOTO)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "There is nothing at this address (404)."


@pytest.mark.contract("empty")
async def test_an_empty_file_holds_nothing(world: World) -> None:
    photo(world, Canned(body=b"", content_type="image/jpeg"))
    look, findings = await world.collect(metadata, PHOTO)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "harbour.jpg is empty."


@pytest.mark.contract("rate_limited", "rate_limited_bare", "down", "html", "truncated")
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=429, headers={"Retry-After": "600"}), "rate_limited"),
        (Canned(status=429), "rate_limited"),
        (Canned(status=503), "down"),
        (Canned(reset=True), "down"),
        (Canned(status=401), "bad_key"),
        (Canned(status=403), "forbidden"),
        (Canned(text="<html>Please log in</html>", content_type=HTML), "changed"),
        (Canned(text="<html>Just a moment...</html>", content_type=HTML), "blocked"),
        (Canned(text="<html><input type=password></html>", content_type=HTML), "blocked"),
        (Canned(body=samples.jpeg(), cut=900, content_type="image/jpeg"), "down"),
        (Canned(status=302, headers={"Location": "http://169.254.169.254/"}), "unsafe_address"),
    ],
)
async def test_what_could_not_be_had_is_never_nothing(world: World, reply: Canned, reason: str) -> None:
    photo(world, reply)
    look, findings = await world.collect(metadata, PHOTO)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])


@pytest.mark.contract("rate_limited")
async def test_a_short_pause_that_a_server_asks_for_is_kept_by_everybody(world: World) -> None:
    limited = Canned(status=429, headers={"Retry-After": "2"})
    photo(world, limited, Canned(body=samples.jpeg(), content_type="image/jpeg"))
    look, _ = await world.collect(metadata, PHOTO)
    assert (look.outcome, world.http.count()) == (Outcome.FOUND, 2)
    assert [(key.rpartition(":")[2], seconds) for key, seconds in world.pace.held] == [(HOST, 2.0)]


@pytest.mark.contract("recovers")
async def test_a_server_that_recovers_is_read(world: World) -> None:
    photo(world, Canned(status=502), Canned(body=samples.jpeg(), content_type="image/jpeg"))
    look, _ = await world.collect(metadata, PHOTO)
    assert (look.outcome, world.http.count()) == (Outcome.FOUND, 2)


@pytest.mark.contract("timeout")
async def test_silence_is_a_timeout(world: World) -> None:
    photo(world, Canned(never=True))
    look, _ = await world.collect(metadata, PHOTO, patience=IMPATIENT)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "timeout")


@pytest.mark.contract("wrong_types")
@pytest.mark.parametrize(
    "body", [b"\x00\x01\x02random" * 50, b'{"json": true}', b"plain words", b"\xff\xd8\xffnot a jpeg"]
)
async def test_bytes_of_no_known_kind_are_said_and_known_by_their_hashes_only(world: World, body: bytes) -> None:
    photo(world, Canned(body=body, content_type="image/jpeg"))
    look, findings = await world.collect(metadata, PHOTO)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "unreadable_file")
    assert {each.kind for each in findings} <= {Kind.FILE, Kind.HASH, Fact.POSTURE}


async def test_a_file_that_is_something_else_than_it_is_said_to_be_is_marked(world: World) -> None:
    photo(world, Canned(body=samples.pdf(), content_type="image/jpeg"))
    _, findings = await world.collect(metadata, PHOTO)
    (doubt,) = of(findings, Fact.POSTURE).values()
    assert (doubt.value, doubt.severity) == ("not what it is said to be", Severity.MEDIUM)
    assert doubt.attributes["why"] == "It is said to be image/jpeg, and is application/pdf."


async def test_a_file_over_the_cap_is_too_large_and_read_no_further(world: World) -> None:
    photo(world, Canned(body=b"\xff\xd8\xff", endless=b"x" * 500_000, content_type="image/jpeg"))
    look, findings = await world.collect(metadata, PHOTO)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "too_large", [])
    assert look.message.startswith("The file is larger than the 20 MB I read at most.")


async def test_a_redirect_is_followed_and_the_receipt_names_where_it_led(world: World) -> None:
    photo(world, Canned(status=302, headers={"Location": "https://files.example.com/real.jpg"}))
    world.http.on("files.example.com", "/real.jpg", Canned(body=samples.jpeg(), content_type="image/jpeg"))
    _, findings = await world.collect(metadata, PHOTO)
    assert {each.provenance.url for each in findings} == {"https://files.example.com/real.jpg"}


@pytest.mark.contract("hostile")
async def test_hostile_text_ends_in_bounded_findings(world: World) -> None:
    loud = "<!channel> \u202egnp.exe \x1b[31m =cmd() " + "x" * 5_000_000
    body = samples.docx(core=samples.CORE.replace("Ada Example", loud.replace("<", "&lt;").replace("\x1b", "")))
    world.http.on(HOST, "/plan.docx", Canned(body=body, content_type=DOCX))
    look, findings = await world.collect(metadata, PLAN)
    assert look.outcome in (Outcome.FOUND, Outcome.PARTIAL)
    assert all(len(each.value) <= 1000 for each in findings)
    assert sum(len(repr(each)) for each in findings) < 500_000


def sample_answer() -> dict[str, Any]:
    sheet = Sheet()
    kind = child.read("image/jpeg", samples.jpeg(), sheet, "")
    return {"detected": kind, "also": [], "lacking": [], **sheet.as_json()}


ANSWER = sample_answer()
BODY = Reply(
    collector="metadata",
    source="example.com",
    status=200,
    url=PHOTO.value,
    fetched_at=clock.now(),
    body=b"x",
    sha256=digest(b"x"),
    headers={"content-type": "image/jpeg"},
)


@pytest.mark.contract("mutated")
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(places(ANSWER)), by=JSON)
def test_whatever_a_taken_over_reader_answers_only_our_errors_come_out(place: tuple[Any, ...], by: Any) -> None:
    try:
        read = report(json.dumps(replaced(ANSWER, place, by)).encode())
    except SourceError:
        return
    made = list(telling.findings(BODY, read, telling.hashes(b"x"), value="v", name="n", page=""))
    assert all(each.severity in Severity for each in made)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sample=st.sampled_from(["jpeg", "png", "pdf", "docx", "xlsx", "odt", "tar", "polyglot"]),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), max_size=4),
    keep=st.floats(0.2, 1),
)
def test_damaged_files_never_break_their_reader(sample: str, cuts: list[tuple[float, bytes]], keep: float) -> None:
    whole = bytearray(SAMPLES[sample])
    for at, by in cuts:
        place = int(at * (len(whole) - len(by) - 1))
        whole[place : place + len(by)] = by
    body = bytes(whole[: int(len(whole) * keep)])
    sheet = Sheet()
    child.read(detect.detect(body), body, sheet, "")
    told = json.dumps({"detected": "", "also": [], **sheet.as_json()})
    assert isinstance(report(told.encode()), Report)


SAMPLES = {
    "jpeg": samples.jpeg(),
    "png": samples.png(Author="Ada Example", Comment="C:\\Users\\ada\\x"),
    "pdf": samples.pdf(xmp=samples.XMP, act="JavaScript", links=3),
    "docx": samples.docx(),
    "xlsx": samples.xlsx(),
    "odt": samples.odt(),
    "tar": samples.tar(),
    "polyglot": samples.polyglot(),
}
