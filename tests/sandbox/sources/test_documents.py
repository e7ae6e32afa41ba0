"""The documents of the invented web sites are what they say they are, and lie where the pages link to."""

from __future__ import annotations

import io
import re
import zipfile

import pikepdf
from PIL import Image

from sandbox.sources import documents
from sandbox.sources.page import Ask
from tests.sandbox.sources.conftest import Sources


def test_the_photograph_has_a_camera_and_a_place() -> None:
    with Image.open(io.BytesIO(documents.photograph())) as picture:
        picture.load()
        assert picture.size == (64, 48)
        fields = picture.getexif()
        assert (fields[0x010F], fields[0x0110]) == ("ExampleCam", "Model X")
        place = fields.get_ifd(0x8825)
    assert [float(part) for part in place[2]] == [51.0, 30.0, 26.53]


def test_the_report_is_a_pdf_that_was_changed_once() -> None:
    with pikepdf.open(io.BytesIO(documents.report())) as pdf:
        assert str(pdf.docinfo["/Author"]) == "Ada Example"
        assert len(pdf.pages) == 1
    assert documents.report().count(b"%%EOF") == 2


def test_every_document_that_is_linked_to_is_there() -> None:
    for host, text in documents.LINKS.items():
        for path in re.findall(r'(?:href|src)="(/files/[^"]+)"', text):
            found = documents.answer(Ask(host, path, {}))
            assert found is not None, path
            assert found.body


def test_the_hostile_document_unpacks_to_150_mb() -> None:
    with zipfile.ZipFile(io.BytesIO(documents.unfolding())) as archive:
        assert sum(part.file_size for part in archive.infolist()) > 150_000_000


async def test_the_home_page_robots_and_site_map_lead_to_them(sources: Sources) -> None:
    home = await sources.get("https://example.com/")
    assert "/files/annual-report.pdf" in home.text
    assert "Disallow: /internal/" in (await sources.get("https://example.com/robots.txt")).text
    assert (
        "<loc>https://example.com/files/plan-2026.docx</loc>"
        in (await sources.get("https://example.com/sitemap.xml")).text
    )
    assert (await sources.get("https://example.com/files/harbour.jpg")).headers["content-type"] == "image/jpeg"
    assert (await sources.get("https://example.org/robots.txt")).status_code == 404
    assert (await sources.get("https://example.com/internal/salaries.xlsx")).status_code == 404
