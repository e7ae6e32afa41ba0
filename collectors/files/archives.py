"""Archives: what they hold by name, whose the files were, and when; nothing in them is opened."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections import Counter

from collectors.files import words
from collectors.files.packages import Package
from collectors.files.sheet import Sheet, clean
from core.language import N_
from core.language.noted import noted

MOST_NAMES = 50
MOST_MEMBERS = 2_000
LARGEST = 64 * 1024 * 1024
MORE = N_("The archive holds more than {most} files.")
TOO_LARGE = N_("The archive unpacks to more than {most} MB; the rest was not listed.")
BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, zlib.error, OverflowError, RecursionError)


def read_zip(package: Package, sheet: Sheet) -> None:
    """Write down what a ZIP file lists."""
    _names(list(package.parts), sheet)
    comment = clean(package.comment.decode("utf-8", "replace"))
    sheet.say("Comment", comment)
    words.mine(sheet, comment, noted("ZIP comment"))
    if any(part.flag_bits & 1 for part in package.parts.values()):
        sheet.say("Encrypted", noted("yes, a password is needed to open what is inside"))
    moments = sorted(part.date_time for part in package.parts.values() if part.date_time > (1980, 1, 1, 0, 0, 0))
    if moments:
        sheet.say(noted("Oldest file inside"), "{:04d}-{:02d}-{:02d} {:02d}:{:02d}".format(*moments[0][:5]))
        sheet.say(noted("Newest file inside"), "{:04d}-{:02d}-{:02d} {:02d}:{:02d}".format(*moments[-1][:5]))


def read_tar(body: bytes, sheet: Sheet) -> None:
    """Write down what a tar file lists; it keeps the account names of whoever packed it."""
    names: list[str] = []
    owners: Counter[str] = Counter()
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:") as archive:
            for member in archive:
                names.append(member.name)
                owners[member.uname] += 1
                if len(names) >= MOST_MEMBERS:
                    sheet.gap("truncated", noted(MORE, most=f"{MOST_MEMBERS:,}"))
                    break
    except BROKEN:
        sheet.gap("unreadable_file", noted("The archive breaks off or is damaged."))
    _names(names, sheet)
    for owner, number in owners.most_common(20):
        if owner and owner.lower() not in words.MACHINES:
            sheet.found("username", owner, noted("tar owner"), role="owner of files", files_owned=number)


def read_gzip(body: bytes, sheet: Sheet) -> str:
    """Write down the name a gzip file keeps (RFC 1952), and list it when it holds a tar file."""
    flags, place = body[3:4], 10
    if flags and flags[0] & 8 and not flags[0] & 4:
        name = clean(body[place : place + 200].split(b"\x00")[0].decode("latin-1"))
        sheet.say(noted("Name before packing"), name)
        words.paths(sheet, name, noted("gzip name"))
    unpacker = zlib.decompressobj(31)
    try:
        inside = unpacker.decompress(body, LARGEST)
    except zlib.error:
        sheet.gap("unreadable_file", noted("The archive does not unpack."))
        return ""
    if inside[257:262] != b"ustar":
        return ""
    if unpacker.unconsumed_tail:
        sheet.gap("too_large", noted(TOO_LARGE, most=LARGEST // 2**20))
    read_tar(inside, sheet)
    return "application/x-tar+gzip"


def _names(names: list[str], sheet: Sheet) -> None:
    sheet.say(noted("Files inside"), len(names))
    sheet.say(noted("Names inside"), [clean(name) for name in names[:MOST_NAMES]])
    for name in names[:MOST_MEMBERS]:
        words.paths(sheet, name if name.startswith("/") else f"/{name}", noted("name inside"))
    if any(".." in name.split("/") or name.startswith("/") for name in names):
        sheet.warn(
            noted("names that lead out"),
            noted("Unpacking carelessly would write outside of its folder."),
            where=noted("names inside"),
        )
