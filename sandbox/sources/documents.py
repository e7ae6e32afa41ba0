"""Documents on the invented web sites, made byte by byte: a report, a plan, a photograph, and a hostile one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

from sandbox.sources.page import Ask, Page
from sandbox.sources.world import hostile
from sandbox.sources.world.people import ADA

ROBOTS = """\
# DEMO: an invented site
User-agent: *
Disallow: /internal/
Sitemap: https://example.com/sitemap.xml
"""
SITEMAP = """\
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://example.com/</loc></url>
<url><loc>https://example.com/press.html</loc></url>
<url><loc>https://example.com/files/plan-2026.docx</loc></url>
</urlset>
"""
LINKS = {
    "example.com": '<a href="/files/annual-report.pdf">Annual report</a>'
    ' <img src="/files/harbour.jpg" alt="Our harbour">'
    ' <a href="/internal/salaries.xlsx">Internal</a> <a href="/press.html">Press</a>',
    "hostile.test": '<a href="/files/unfolding.docx">x</a> <a href="/files/loud.docx">y</a>',
}
CORE = """<?xml version="1.0" encoding="UTF-8"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
<dc:title>Plan 2026 (DEMO)</dc:title><dc:creator>{author}</dc:creator>
<cp:lastModifiedBy>Adalbert Sample</cp:lastModifiedBy><cp:revision>12</cp:revision>
<dcterms:created>2026-09-01T08:00:00Z</dcterms:created><dcterms:modified>2026-10-15T16:20:00Z</dcterms:modified>
</cp:coreProperties>"""
APP = """<?xml version="1.0" encoding="UTF-8"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">
<Application>Microsoft Office Word</Application><AppVersion>16.0000</AppVersion><Company>Example Corp</Company>
<Template>C:\\Users\\ada.example\\AppData\\Roaming\\Templates\\Corp.dotx</Template><TotalTime>93</TotalTime></Properties>"""
RELATIONSHIPS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
 Target="file:///\\\\fileserver01\\templates\\Corp.dotx" TargetMode="External"/></Relationships>"""
COMMENTS = """<?xml version="1.0" encoding="UTF-8"?>
<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:comment w:id="0" w:author="Ada Example" w:date="2026-10-01T00:00:00Z" w:initials="AE"/></w:comments>"""


def answer(ask: Ask) -> Page | None:
    """What a site has at this path besides its pages; None for anything else."""
    host = ask.host.removeprefix("www.")
    if host == "example.com" and ask.path in ("/robots.txt", "/sitemap.xml"):
        text, kind = (ROBOTS, "text/plain") if ask.path == "/robots.txt" else (SITEMAP, "application/xml")
        return Page(text.encode(), content_type=kind)
    found = DOCUMENTS.get((host, ask.path))
    return Page(found[1](), content_type=found[0]) if found else None


@cache
def report() -> bytes:
    """A PDF with its maker's name, a link, and one change after the first saving."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots[4 0 R]>>",
        b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://kontor.example/orders)>>>>",
        b"<</Title(Annual report 2026 \\(DEMO\\))/Author(" + ADA.name.encode() + b")/Creator(Example Writer 5.2)"
        b"/Producer(ExamplePDF 1.4.2)/CreationDate(D:20261101100000+01'00')/Keywords(ask ada@example.com)>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Root 1 0 R/Info 5 0 R/Size 6/ID[<01020304><0a0b0c0d>]"
    start = len(body)
    body += b"xref\n0 6\n0000000000 65535 f \n" + table + trailer + b">>\nstartxref\n%d\n%%%%EOF\n" % start
    again = len(body)
    return body + b"xref\n0 0\n" + trailer + b"/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (start, again)


@cache
def plan() -> bytes:
    """A Word document that was written by two people from a template on a file server."""
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "docProps/core.xml": CORE.format(author=ADA.name),
            "docProps/app.xml": APP,
            "word/document.xml": "<w:document/>",
            "word/comments.xml": COMMENTS,
            "word/_rels/settings.xml.rels": RELATIONSHIPS,
        }
    )


@cache
def loud() -> bytes:
    """A document whose author's name wants to be more than a name."""
    name = " ".join((hostile.MENTIONS, hostile.LINK, hostile.BIDI, hostile.FORMULA, hostile.MARKUP))
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return zipped(
        {"[Content_Types].xml": "<Types/>", "docProps/core.xml": CORE.format(author=escaped), "word/x.xml": "<x/>"}
    )


@cache
def unfolding() -> bytes:
    """A document that unpacks to 150 MB."""
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": " " * 150_000_000})


def zipped(parts: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 10, 15, 16, 20, 0)), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


@cache
def photograph() -> bytes:
    """A grey JPEG of 64 by 48 with what a camera writes: make, model, time, serial number, place."""
    exif = b"Exif\x00\x00" + tiff()
    frame = segment(0xC0, struct.pack(">BHHB", 8, 48, 64, 1) + b"\x01\x11\x00")
    tables = segment(0xDB, b"\x00" + b"\x01" * 64)
    tables += b"".join(segment(0xC4, bytes([kind, 1]) + b"\x00" * 15 + b"\x00") for kind in (0x00, 0x10))
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x00" * 12  # 48 blocks of two bits: no change, end of block
    return b"\xff\xd8" + segment(0xE1, exif) + tables + frame + scan + b"\xff\xd9"


def segment(kind: int, content: bytes) -> bytes:
    return bytes([0xFF, kind]) + struct.pack(">H", len(content) + 2) + content


def tiff() -> bytes:
    """The fields (Exif 2.32): three directories, little-endian."""
    camera = [
        ascii_field(0x010F, "ExampleCam"),
        ascii_field(0x0110, "Model X"),
        ascii_field(0x0131, "Example Editor 7.1"),
    ]
    camera += [ascii_field(0x013B, ADA.name)]
    shot = [
        ascii_field(0x9003, "2026:11:01 09:30:00"),
        ascii_field(0xA431, "SN12345"),
        ascii_field(0xA434, "Example 35mm F2"),
    ]
    place = [
        ascii_field(1, "N"),
        rationals(2, (51, 1), (30, 1), (2653, 100)),
        ascii_field(3, "W"),
        rationals(4, (0, 1), (7, 1), (3990, 100)),
        rationals(6, (315, 10)),
        rationals(17, (90, 1)),
        rationals(31, (8, 1)),
    ]
    first = 8
    second = first + size(camera) + 24  # the two pointers that follow
    third = second + size(shot)
    fields = [*camera, pointer(0x8769, second), pointer(0x8825, third)]
    return (
        b"II*\x00"
        + struct.pack("<I", first)
        + directory(fields, first)
        + directory(shot, second)
        + directory(place, third)
    )


Field = tuple[int, int, int, bytes]  # tag, type, count, value


def ascii_field(tag: int, text: str) -> Field:
    value = text.encode() + b"\x00"
    return tag, 2, len(value), value


def rationals(tag: int, *values: tuple[int, int]) -> Field:
    return tag, 5, len(values), b"".join(struct.pack("<II", *each) for each in values)


def pointer(tag: int, place: int) -> Field:
    return tag, 4, 1, struct.pack("<I", place)


def size(fields: list[Field]) -> int:
    return 2 + 12 * len(fields) + 4 + sum(len(even(value)) for _, _, _, value in fields if len(value) > 4)


def even(value: bytes) -> bytes:
    return value + b"\x00" * (len(value) % 2)


def directory(fields: list[Field], place: int) -> bytes:
    head, behind = struct.pack("<H", len(fields)), b""
    start = place + 2 + 12 * len(fields) + 4
    for tag, kind, count, value in fields:
        short = len(value) <= 4
        head += struct.pack("<HHI", tag, kind, count) + (
            value.ljust(4, b"\x00") if short else struct.pack("<I", start + len(behind))
        )
        behind += b"" if short else even(value)
    return head + struct.pack("<I", 0) + behind


@cache
def pixels() -> bytes:
    """A PNG that says it has 3.6 billion pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCUMENTS: dict[tuple[str, str], tuple[str, Callable[[], bytes]]] = {
    ("example.com", "/files/annual-report.pdf"): ("application/pdf", report),
    ("example.com", "/files/plan-2026.docx"): (WORD, plan),
    ("example.com", "/files/harbour.jpg"): ("image/jpeg", photograph),
    ("hostile.test", "/files/unfolding.docx"): (WORD, unfolding),
    ("hostile.test", "/files/loud.docx"): (WORD, loud),
    ("hostile.test", "/files/pixels.png"): ("image/png", pixels),
}
