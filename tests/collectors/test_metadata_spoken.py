"""What files say, shown to readers of Spanish: our words around it, and the file's own as they are."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.doors.bench import report
from collectors.doors.reply import Reply, digest
from collectors.files import (
    child,
    detect,
    exif,
    exiftool,
    mail,
    office,
    ole,
    opendocument,
    page,
    pdf,
    pictures,
    telling,
    xmp,
)
from collectors.files.sheet import Sheet
from collectors.reputation import relations
from core import blocks
from core.blocks.fields import NAMES, field_name, field_value
from core.blocks.roles import OTHERS, ROLES
from core.language import speaking
from core.language.noted import unheard
from core.models import Outcome
from tests.collectors import file_samples as samples
from tests.core.reading import rows, words
from tests.core.samples import NOW, SEAL, run, scan

COLLECTORS = Path(telling.__file__).parent.parent
HEADERS = {"From", "To", "Cc", "Reply-To", "Return-Path", "Message-ID", "Subject", "Date"}  # an e-mail calls them so
TABLES = (
    *(exif.XP, exiftool.TEXTS, office.CORE, office.APP, ole.LABELS, opendocument.META, page.LABELS, pdf.TEXTS),
    *(pictures.RECORDS, xmp.LABELS),
)
PEOPLE = (mail.ROLES, exiftool.PEOPLE, opendocument.PEOPLE, pictures.WRITERS, xmp.PEOPLE)


def shown(name: str, body: bytes, declared: str = "application/octet-stream") -> blocks.Message:
    """The reply about one file, in the language spoken here."""
    sheet, kind = Sheet(), detect.detect(body)
    also = detect.say_others(sheet, body, kind)
    kind = child.read(kind, body, sheet, "")
    told = report(json.dumps({"detected": kind, "also": also, **sheet.as_json()}).encode())
    url = f"https://example.com/{name}"
    reply = Reply(
        collector="metadata",
        source="example.com",
        status=200,
        url=url,
        fetched_at=NOW,
        body=body,
        sha256=digest(body),
        headers={"content-type": declared},
    )
    found = telling.findings(reply, told, telling.hashes(body), value=url, name=name, page="")
    missed = " ".join(f"{name}: {sentence}" for _, sentence in told.gaps)
    given = run("metadata", Outcome.PARTIAL if missed else Outcome.FOUND, *found, message=missed)
    return blocks.reply(scan(given), given, title="Metadatos de archivos", seal=SEAL)


def test_a_photograph_s_fields_are_named_in_spanish_and_hold_what_the_camera_wrote() -> None:
    with speaking("es"):
        message = shown("harbour.jpg", samples.jpeg(preview=samples.scene(flip=True)), "application/pdf")
    assert dict(rows(message)) == {
        "Tipo": "image/jpeg, 4 177 bytes",
        "Toma": "2026-11-01 09:30:00 +01:00",
        "Cámara": "ExampleCam Model X",
        "Número de serie de la cámara": "SN12345",
        "Lente": "Example 35mm F2",
        "Tamaño en píxeles": "64 x 48",
        "Comentario": "see hxxps://example[.]com/harbour",
        "Cadena de edición": "2026-11-02T10:00:00Z guardado con Example Editor 7.1 (Windows)",
        "Número de serie de la lente": "L998",
        "Título (Windows)": "Harbour",
        "Vista previa incluida": "64 x 48 píxeles",
    }
    said = words(message)
    assert "no es lo que se declara: Se declara como application/pdf, y es image/jpeg. (harbour[.]jpg)" in said
    assert "Ada Example (creación)" in said


def test_what_could_not_be_read_of_a_file_is_said_in_spanish_behind_its_name() -> None:
    with speaking("es"):
        said = words(shown("bomb.zip", samples.zip_bomb()))
    assert "Sin mirar: \nbomb[.]zip: El archivo comprimido ocupa, al descomprimirlo, más de lo que se lee;" in said
    assert "puede ser una bomba de descompresión: El archivo comprimido crece a 120 004 101 bytes" in said


def test_an_e_mail_s_way_and_roles_are_told_in_spanish() -> None:
    with speaking("es"):
        message = shown("mail.eml", samples.EML)
    assert "198[.]51[.]100[.]7] a rel" in dict(rows(message))["Trayecto"]
    assert dict(rows(message))["Firma DKIM de example[.]com"] == "selector sel1, sin comprobar"
    assert "198[.]51[.]100[.]7 (primera parada)" in words(message)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Encrypted", "yes, a password is needed", "sí, hace falta una contraseña"),
        ("Signed", "yes", "sí"),
        ("Changed after the first saving", "3 times", "3 veces"),
        ("Title", "yes, a password is needed", "yes, a password is needed"),
        ("Custom: Encrypted", "no", "no"),
        ("Way it took", "unknown to mx.example.org; Sun", "desconocido a mx.example.org; Sun"),
        ("Way it took", "no stop at all", "no stop at all"),
        ("Editing chain", "2026-11-02 cropped", "2026-11-02 recortado"),
    ],
)
def test_only_what_is_ours_of_a_field_is_translated(name: str, value: str, said: str) -> None:
    assert field_value(name, value) == value
    with speaking("es"):
        assert field_value(name, value) == said


def test_a_field_that_the_file_named_itself_keeps_its_name() -> None:
    with speaking("es"):
        assert field_name("Custom: Proyecto") == "Campo propio: Proyecto"
        assert field_name("Something of its own") == "Something of its own"


def noted_here() -> Iterator[str]:
    """The names of fields that stand in the readers of files."""
    yield from (name for table in TABLES for name in table.values())
    for path in sorted((COLLECTORS / "files").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "sheet.say":
                name = node.args[0]
                bare = name.args[0] if isinstance(name, ast.Call) and ast.unparse(name.func) == "noted" else name
                yield from [str(bare.value)] if isinstance(bare, ast.Constant) else []


def test_every_field_that_a_reader_names_can_be_said() -> None:
    names = set(noted_here()) - {"author"}
    assert {"Title", "Camera serial number", "Way it took"} <= names
    assert {name for name in names - NAMES - HEADERS if unheard(name)} == set()


def roles_noted() -> Iterator[str]:
    """The roles that collectors give their findings."""
    yield from (role for table in PEOPLE for role in table.values())
    yield from (role for _, _, role in office.REVIEWERS)
    yield from (each.role for several in relations.OF.values() for each in several)
    for path in sorted(COLLECTORS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in ("role", "relation"):
                yield from [str(node.value.value)] if isinstance(node.value, ast.Constant) else []


def test_every_role_can_be_said() -> None:
    assert set(roles_noted()) - ROLES.keys() - OTHERS - {""} == set()
