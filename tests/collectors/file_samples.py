"""Files for tests, made by code: honest ones that say much, and hostile ones that want memory, time or the network."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from typing import Any

import pikepdf
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
 xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmp:CreatorTool="Example Editor 7.1" aux:SerialNumber="SN12345">
<dc:creator><rdf:Seq><rdf:li>Ada Example</rdf:li></rdf:Seq></dc:creator>
<xmpMM:DocumentID>xmp.did:0001</xmpMM:DocumentID>
<xmpMM:History><rdf:Seq><rdf:li rdf:parseType="Resource"><stEvt:action>saved</stEvt:action>
<stEvt:when>2026-11-02T10:00:00Z</stEvt:when><stEvt:softwareAgent>Example Editor 7.1 (Windows)</stEvt:softwareAgent>
</rdf:li></rdf:Seq></xmpMM:History></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><l>&j;</l>"
)
XXE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'


def scene(width: int = 64, height: int = 48, *, flip: bool = False) -> Image.Image:
    """A picture with something to see: a bright corner."""
    picture = Image.new("RGB", (width, height))
    for x in range(width):
        for y in range(height):
            at = width - 1 - x if flip else x
            picture.putpixel((x, y), (at * 255 // width, y * 255 // height, (at * y) % 256))
    return picture


def jpeg(
    *,
    gps: tuple[float, float] | None = (51.5, -0.12775),
    preview: Image.Image | None = None,
    xmp: str = XMP,
    artist: str = "Ada Example",
) -> bytes:
    """A photograph as a camera writes it."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131], exif[0x013B] = "ExampleCam", "Model X", "Example Editor 7.1", artist
    exif[0x0132] = "2026:11:02 10:00:00"
    exif[0x9C9B] = "Harbour\x00".encode("utf-16-le")
    more = exif.get_ifd(0x8769)
    more[0x9003], more[0x9011], more[0xA431] = "2026:11:01 09:30:00", "+01:00", "SN12345"
    more[0xA434], more[0xA435], more[0xA430] = "Example 35mm F2", "L998", "Ada Example"
    if gps is not None:
        place = exif.get_ifd(0x8825)
        place[1], place[2] = "S" if gps[0] < 0 else "N", parts(gps[0])
        place[3], place[4] = "W" if gps[1] < 0 else "E", parts(gps[1])
        place[5], place[6], place[17], place[31] = b"\x00", IFDRational(315, 10), IFDRational(90, 1), IFDRational(8, 1)
        place[7], place[29] = (IFDRational(8), IFDRational(30), IFDRational(0)), "2026:11:01"
    made = io.BytesIO()
    block = exif.tobytes()
    if preview is not None:
        block = with_preview(block, preview)
    scene().save(made, "JPEG", exif=block, xmp=xmp.encode(), comment=b"see https://example.com/harbour")
    return made.getvalue()


def parts(value: float) -> tuple[IFDRational, ...]:
    whole = abs(value)
    minutes = (whole % 1) * 60
    return IFDRational(int(whole)), IFDRational(int(minutes)), IFDRational(round((minutes % 1) * 60 * 100), 100)


def with_preview(block: bytes, preview: Image.Image) -> bytes:
    """The EXIF block with a second directory that holds a small JPEG (Exif 2.32, 4.5.5)."""
    small = io.BytesIO()
    preview.save(small, "JPEG")
    tiff = bytearray(block.removeprefix(b"Exif\x00\x00"))
    order = "<" if tiff[:2] == b"II" else ">"
    first = struct.unpack_from(order + "I", tiff, 4)[0]
    count = struct.unpack_from(order + "H", tiff, first)[0]
    at = len(tiff) + len(tiff) % 2
    tiff += b"\x00" * (at - len(tiff))
    struct.pack_into(order + "I", tiff, first + 2 + count * 12, at)
    start = at + 2 + 2 * 12 + 4
    tiff += struct.pack(order + "H", 2)
    tiff += struct.pack(order + "HHII", 0x0201, 4, 1, start) + struct.pack(order + "HHII", 0x0202, 4, 1, small.tell())
    tiff += struct.pack(order + "I", 0) + small.getvalue()
    return b"Exif\x00\x00" + bytes(tiff)


def png(**texts: str) -> bytes:
    told = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        told.add_text(name, text)
    made = io.BytesIO()
    scene().save(made, "PNG", pnginfo=told)
    return made.getvalue()


def other(kind: str) -> bytes:
    """TIFF, WEBP, GIF or BMP."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Ada Example"
    scene().save(made, kind, **({"exif": exif} if kind in ("TIFF", "WEBP") else {}))
    return made.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def pixel_bomb(side: int = 60_000) -> bytes:
    """A PNG that names 3.6 billion pixels and holds none."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG whose compressed text unpacks to 1 GB."""
    plain = png()
    return plain[:33] + chunk(b"zTXt", b"Comment\x00\x00" + unfolding(zlib.compressobj(9), b"\x00")) + plain[33:]


def unfolding(packer: Any, letter: bytes) -> bytes:
    """Packed bytes that make 1 GB: one block a hundred times, which only the checksum at the very end tells."""
    first, again = (packer.compress(letter * 10_000_000) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return bytes(first + again * 99 + packer.flush())


def gif_bomb() -> bytes:
    """A GIF of 65,535 by 65,535."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0)
        + b"\x00" * 6
        + (b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02D\x01\x00;")
    )


def pdf(
    info: dict[str, str] | None = None,
    *,
    xmp: str = "",
    password: str = "",
    act: str = "",
    attach: bool = False,
    links: int = 0,
    opened: bool = False,
) -> bytes:
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(100, 100))
        told = {"/Author": "Ada Example", "/Creator": "Example Writer 5.2", "/Producer": "ExamplePDF 1.4.2"}
        told |= {
            "/CreationDate": "D:20261101100000+01'00'",
            "/Title": r"Report from C:\Users\ada.example\Desk\report.docx",
        }
        for name, text in (told if info is None else info).items():
            document.docinfo[name] = text
        if xmp:
            document.Root.Metadata = document.make_stream(xmp.encode(), Type=pikepdf.Name.Metadata)
        page = document.pages[0]
        urls = [f"https://example.com/link/{number}" for number in range(links)]
        page.Annots = pikepdf.Array(
            [
                document.make_indirect(pikepdf.Dictionary(A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=url)))
                for url in urls
            ]
        )
        if act:
            document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name(f"/{act}"), JS="app.alert(1)", F="calc.exe")
        if attach:
            document.attachments["secret plans.xlsx"] = b"not a workbook"
        locked = pikepdf.Encryption(owner="owner", user=password) if password or opened else False
        document.save(made, encryption=locked)
    return made.getvalue()


def changed_again(whole: bytes) -> bytes:
    """The PDF with an incremental update behind it."""
    at = whole.rfind(b"startxref")
    place = whole[at:].split()[1]
    return (
        whole
        + b"\n5 0 obj\n<< >>\nendobj\nxref\n0 0\ntrailer\n<< /Size 1 /Prev "
        + place
        + b" >>\nstartxref\n"
        + place
        + b"\n%%EOF\n"
    )


def pdf_of_boxes(depth: int = 100_000) -> bytes:
    """A PDF with arrays in arrays."""
    body = (
        b"%PDF-1.4\n1 0 obj\n"
        + b"[" * depth
        + b"]" * depth
        + b"\nendobj\n2 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\n"
    )
    return body + b"trailer\n<</Root 2 0 R /Size 3>>\nstartxref\n0\n%%EOF\n"


def pdf_of_streams() -> bytes:
    """A PDF whose XMP packet unpacks to 1 GB."""
    packed = unfolding(zlib.compressobj(9), b" ")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R/Metadata 3 0 R>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
        b"<</Type/Metadata/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed) + packed + b"\nendstream",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    body += b"xref\n0 4\n0000000000 65535 f \n" + table + b"trailer\n<</Root 1 0 R/Size 4>>\n"
    return body + b"startxref\n%d\n%%%%EOF\n" % start


def gzip_bomb() -> bytes:
    """A packed tar file of 1 GB."""
    packer = zlib.compressobj(9, wbits=31)
    member = tarfile.TarInfo("big")
    member.size = 1_000_000_000
    packed = packer.compress(member.tobuf(tarfile.USTAR_FORMAT))
    return packed + unfolding(packer, b"\x00")


def zipped(parts_of: dict[str, str | bytes], *, comment: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 1, 10, 0, 0)), content, zipfile.ZIP_DEFLATED)
        archive.comment = comment.encode()
    return made.getvalue()


CORE = """<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
<dc:creator>Ada Example</dc:creator><cp:lastModifiedBy>Bob Example</cp:lastModifiedBy><cp:revision>7</cp:revision>
<dcterms:created>2026-10-01T08:00:00Z</dcterms:created><dc:title>Plan</dc:title>
<dc:description>Ask ada@example.com</dc:description></cp:coreProperties>"""
APP = """<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">
<Application>Microsoft Office Word</Application><AppVersion>16.0000</AppVersion><Company>Example Corp</Company>
<Manager>Carol Example</Manager><TotalTime>42</TotalTime>
<Template>C:\\Users\\ada.example\\AppData\\Templates\\Corp.dotx</Template></Properties>"""
RELS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://x/attachedTemplate"
 Target="file:///\\\\fileserver01\\share\\Corp.dotx" TargetMode="External"/>
<Relationship Id="r2" Type="http://x/oleObject" Target="https://example.net/pull.bin" TargetMode="External"/>
<Relationship Id="r3" Type="http://x/hyperlink" Target="https://example.org/" TargetMode="External"/></Relationships>"""
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(**replaced: str | bytes) -> bytes:
    """A Word document with a history. `core`, `app` and more replace its parts."""
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "docProps/core.xml": replaced.get("core", CORE),
        "docProps/app.xml": replaced.get("app", APP),
        "docProps/custom.xml": replaced.get(
            "custom", '<P xmlns:v="v"><property name="Client"><v:lpwstr>Example Ltd</v:lpwstr></property></P>'
        ),
        "word/document.xml": replaced.get(
            "document",
            f'<w:document xmlns:w="{WORD}"><w:ins w:author="Dan Example" w:date="2026-10-02T00:00:00Z"/></w:document>',
        ),
        "word/comments.xml": f'<w:comments xmlns:w="{WORD}"><w:comment w:author="Eve Example"/></w:comments>',
        "word/settings.xml": '<w:rsids><w:rsidRoot w:val="00AB12CD"/><w:rsid w:val="00AB12CE"/></w:rsids>',
        "word/_rels/settings.xml.rels": RELS,
        "word/media/image1.jpeg": jpeg(),
    }
    if replaced.get("macros"):
        whole["word/vbaProject.bin"] = b"x"
    return zipped(whole)


def xlsx() -> bytes:
    sheets = '<workbook><sheet name="Numbers" sheetId="1"/><sheet name="Salaries" state="hidden"/></workbook>'
    return zipped({"[Content_Types].xml": "<Types/>", "docProps/core.xml": CORE, "xl/workbook.xml": sheets})


def odt() -> bytes:
    meta = """<office:document-meta xmlns:office="o" xmlns:meta="m" xmlns:dc="d"><office:meta>
<meta:initial-creator>Ada Example</meta:initial-creator><dc:creator>Bob Example</dc:creator>
<meta:generator>ExampleOffice/7.4$Linux</meta:generator><meta:editing-cycles>3</meta:editing-cycles>
<meta:printed-by>Carol Example</meta:printed-by></office:meta></office:document-meta>"""
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "meta.xml": meta})


def zip_bomb() -> bytes:
    """A document whose first part unpacks to 120 MB."""
    return docx(core=b" " * 120_000_000)


EML = """Return-Path: <ada@example.com>
Received: from relay.example.net (relay.example.net [192.0.2.26]) by mx1.example.org
 with ESMTPS; Sun, 1 Nov 2026 10:00:03 +0000
Received: from ada-laptop.example.com ([198.51.100.7]) by relay.example.net; Sun, 1 Nov 2026 10:00:01 +0000
Authentication-Results: mx1.example.org; spf=fail smtp.mailfrom=example.com; dkim=pass header.d=example.com
DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel1; b=AAAA
From: =?utf-8?q?Ada_Example?= <ada@example.com>
To: "Bob Example" <bob@example.org>
Subject: =?utf-8?q?Plans_f=C3=BCr_morgen?=
Date: Sun, 1 Nov 2026 10:00:00 +0000
Message-ID: <abc.1@mail.example.com>
X-Mailer: Example Mail 3.1
X-Originating-IP: [203.0.113.9]
Content-Type: multipart/mixed; boundary=b

--b
Content-Disposition: attachment; filename="plans.pdf"

--b--
""".replace("\n", "\r\n").encode()


def tar(*, mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        for name in ("home/ada.example/plans/report.docx", "readme.txt"):
            member = tarfile.TarInfo(name)
            member.uname, member.size, member.mtime = "ada.example", 1, 1_790_000_000
            archive.addfile(member, io.BytesIO(b"x"))
    return made.getvalue()


def mp3() -> bytes:
    """A song's beginning with ID3v2.3 tags."""

    def frame(name: bytes, text: str) -> bytes:
        body = b"\x00" + text.encode()
        return name + struct.pack(">IH", len(body), 0) + body

    frames = frame(b"TPE1", "Ada Example") + frame(b"TIT2", "Song of examples") + frame(b"TSSE", "ExampleEncoder 3.100")
    size = len(frames)
    sync = bytes([(size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127])
    return b"ID3\x03\x00\x00" + sync + frames + b"\xff\xfb\x90\x00" + b"\x00" * 413


def polyglot() -> bytes:
    """A picture that is a ZIP file as well."""
    return jpeg() + zipped({"payload.txt": "hello"})


def ole(author: str = "Ada Example") -> bytes:
    """A Word 97 file as small as one may be: a compound file (MS-CFB) with two streams."""
    told = summary({4: author, 8: "Bob Example", 18: "Example Word 8.0"})
    told += b"\x00" * (4096 - len(told))  # streams below 4,096 bytes would lie in a place of their own
    text = b"\x00" * 4096
    free, end, special = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    sectors = [special, end, *range(3, 10), end, *range(11, 18), end]  # table, folder, two streams of eight sectors
    table = struct.pack("<128I", *sectors, *[free] * (128 - len(sectors)))
    folder = (
        entry("Root Entry", 5, child=1, start=end, size=0)
        + entry("WordDocument", 2, right=2, start=10, size=4096)
        + entry("\x05SummaryInformation", 2, start=2, size=4096)
        + b"\x00" * 128
    )
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += (
        b"\x00" * 6
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
        + struct.pack("<109I", 0, *[free] * 108)
    )
    return head + table + folder + told + text


def entry(name: str, kind: int, *, start: int, size: int, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    spelled = (name + "\x00").encode("utf-16-le")
    links = struct.pack("<HBBIII", len(spelled), kind, 1, 0xFFFFFFFF, right, child)
    return spelled.ljust(64, b"\x00") + links + b"\x00" * 36 + struct.pack("<IQ", start, size)


def summary(texts: dict[int, str]) -> bytes:
    """A set of properties (MS-OLEPS 2.21)."""
    values = b""
    places = []
    first = 8 + 8 * len(texts)
    for number, text in texts.items():
        places.append(struct.pack("<II", number, first + len(values)))
        spelled = text.encode("cp1252") + b"\x00"
        values += struct.pack("<II", 30, len(spelled)) + spelled + b"\x00" * (-len(spelled) % 4)
    section = struct.pack("<II", first + len(values), len(texts)) + b"".join(places) + values
    kind = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
    return (
        struct.pack("<HHI", 0xFFFE, 0, 0x20005)
        + b"\x00" * 16
        + struct.pack("<I", 1)
        + kind
        + struct.pack("<I", 48)
        + section
    )
