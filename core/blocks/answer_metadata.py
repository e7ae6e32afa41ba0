"""Findings of files: who made them, where, when and with what first; places with a map; then what the files say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import WEIGHTS, number, of_kind, sentence, severity_of, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip, counted
from core.blocks.words import age
from core.language import NN_
from core.models import Fact, Finding, Kind, Run, Severity

MAKERS = ("author", "creator", "photographer", "artist", "sender", "signer", "camera owner")  # the most telling first
MOMENTS = ("Taken", "Recorded", "Created", "Date", "Created (XMP)", "Modified", "Modified (EXIF)")
FIRST = (  # rows of the table that come first; the others follow as the file had them
    *(
        "Title",
        "Subject",
        "Author",
        "Last saved by",
        "Company",
        "Taken",
        "Created",
        "Modified",
        "Last printed",
        "Camera",
    ),
    *(
        "Camera serial number",
        "Lens",
        "Way it took",
        "Template",
        "Attached template",
        "Attached files",
        "Hidden sheets",
    ),
)
BEHIND = frozenset(  # for programs, or shown elsewhere: in the file alone
    {"Revision save ids", "First revision save id (rsidRoot)", "Times saved (rsid)", "Names inside", "Editing steps"}
    | {"Document ID", "Instance ID", "Original document ID", "Perceptual hash (dHash)", "Image ID", "Message-ID"}
    | {"Document ID pair", "PDF version", "Return-Path", "Modified (EXIF)", "Metadata changed (XMP)"}
)
MOST_FIELDS = 11
MOST_PLACES = 2
MOST_WARNINGS = 2
LOUD = (Severity.HIGH, Severity.MEDIUM)


def answer(run: Run, clip: Clip) -> Answer:
    """Of one file all it says; of several, a line each."""
    files = of_kind(run.findings, Kind.FILE)
    places, warnings = of_kind(run.findings, Fact.LOCATION), _warnings(run.findings)
    apart, told = _apart(run.findings, files, clip)
    shown = [*files, *places[:MOST_PLACES], *warnings[:MOST_WARNINGS], *told]
    return Answer(
        first=(_first(run.findings, files, clip) or counts(run.findings, clip)) + age(run),
        lines=(*_places(places, clip), *_loud(warnings, clip)),
        grid=_grid(run.findings, files, clip),
        apart=apart,
        hidden=len(run.findings) - len({id(each) for each in shown}),
        rest=NN_("and {n:,} more file in the file", "and {n:,} more files in the file")
        if len(files) > 1
        else NN_("and {n:,} more field in the file", "and {n:,} more fields in the file"),
    )


def _first(findings: Sequence[Finding], files: Sequence[Finding], clip: Clip) -> str:
    """Who, with what, when, where; what is not known is not said."""
    if len(files) == 1:
        made = _made(findings, files[0], clip)
        return f"{_name(files[0], clip)}: {made}" if made else f"{_name(files[0], clip)} names nobody"
    people = [each.value for each in _makers(findings)]
    named = f" name {clip.some(people, most=3, each=40)}" if people else ""
    where = len(of_kind(findings, Fact.LOCATION))
    placed = f"{' and' if named else ' with'} {counted(where, 'place')}" if where else ""
    return f"{counted(len(files), 'file')}{named}{placed}" if files else ""


def _made(findings: Sequence[Finding], file: Finding, clip: Clip) -> str:
    own = [each for each in findings if word(each, "file") == word(file, "name")]
    who = [each.value for each in _makers(own)][:1]
    device = [each.value for each in of_kind(own, Fact.DEVICE) if word(each, "role") == "camera"][:1]
    program = [each.value for each in of_kind(own, Fact.SOFTWARE)][:1]
    said = [f"made by {clip.text(who[0], 60)}"] if who else []
    is_taken = word(file, "detected").startswith(("image/", "video/"))  # a document may hold somebody's photograph
    tool = (device or program) if is_taken else program
    said += [f"with {clip.text(each, 60)}" for each in tool]
    said += [f"on {clip.text(when[:10], 20)}"] if (when := _moment(file)) else []
    text = " ".join(said)
    return text if text.startswith("made") else f"made {text}" if text else ""


def _makers(findings: Iterable[Finding]) -> list[Finding]:
    """People, those who made a file before those who only touched it."""
    people = of_kind(findings, Fact.PERSON)
    rank = {role: number for number, role in enumerate(MAKERS)}
    return sorted(people, key=lambda each: rank.get(word(each, "role"), len(rank)))


def _moment(file: Finding) -> str:
    told = file.attributes.get("properties")
    properties = told if isinstance(told, dict) else {}
    return next((each for name in MOMENTS if isinstance(each := properties.get(name), str) and each[:4].isdigit()), "")


def _name(file: Finding, clip: Clip) -> str:
    return clip.name(word(file, "name") or file.value, 50)


def _places(places: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    for place in places[:MOST_PLACES]:
        more = [
            f"{height} m up" if (height := word(place, "altitude_m")) else "",
            f"facing {direction}°" if (direction := word(place, "direction_deg")) else "",
            f"±{accuracy} m" if (accuracy := word(place, "accuracy_m")) else "accuracy not said",
            word(place, "taken"),
            f"in {word(place, 'file')}" if word(place, "file") else "",
        ]
        text = clip.text(", ".join(filter(None, (place.value, *more))), 200)
        yield Line(text, "Place", link=_map(place), linked="map")
    if len(places) > MOST_PLACES:
        yield Line(f"and {counted(len(places) - MOST_PLACES, 'more place')} in the file")


def _map(place: Finding) -> str:
    """An address of ours, made of two numbers; nothing that a file says gets into it."""
    latitude, longitude = _angle(place, "latitude", 90), _angle(place, "longitude", 180)
    if latitude is None or longitude is None:
        return ""
    at = f"{latitude:.6f}/{longitude:.6f}"
    return f"https://www.openstreetmap.org/?mlat={at.replace('/', '&mlon=')}#map=17/{at}"


def _angle(place: Finding, name: str, most: int) -> float | None:
    value = place.attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        return None
    return float(value)


def _warnings(findings: Iterable[Finding]) -> list[Finding]:
    found = [each for each in of_kind(findings, Fact.POSTURE, Kind.IP) if severity_of(each) in LOUD]
    return sorted(found, key=lambda each: WEIGHTS[severity_of(each)])


def _loud(warnings: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    for each in warnings[:MOST_WARNINGS]:
        whose = f" ({word(each, 'file')})" if word(each, "file") else ""
        yield Line(clip.text(sentence(each) + whose, 260), weight(each))
    if len(warnings) > MOST_WARNINGS:
        yield Line(f"and {counted(len(warnings) - MOST_WARNINGS, 'more warning')} in the file")


def _grid(findings: Sequence[Finding], files: Sequence[Finding], clip: Clip) -> Grid | None:
    if len(files) == 1:
        rows = tuple(_fields(files[0], clip))
        return Grid(("Field", "What the file says"), rows) if rows else None
    rows = tuple((_name(each, clip), _made(findings, each, clip) or "names nobody") for each in files)
    return Grid(("File", "What it says"), rows) if rows else None


def _fields(file: Finding, clip: Clip) -> Iterator[tuple[str, str]]:
    told = file.attributes.get("properties")
    properties = told if isinstance(told, dict) else {}
    kind, size = word(file, "detected") or "unknown", number(file, "size")
    yield "Type", f"{kind}, {size:,} bytes" if size is not None else kind
    rank = {name: place for place, name in enumerate(FIRST)}
    order = [name for name in properties if name not in BEHIND]
    shown = sorted(order, key=lambda each: rank.get(each, len(rank)))[:MOST_FIELDS]
    clip.cut = clip.cut or len(shown) < len(properties)
    for name in shown:
        value = properties[name]
        text = clip.some([str(each) for each in value], most=4, each=70) if isinstance(value, list) else str(value)
        yield clip.text(str(name), 60), text


def _apart(findings: Sequence[Finding], files: Sequence[Finding], clip: Clip) -> tuple[tuple[Line, ...], list[Finding]]:
    groups = {
        "People": [(each, _with_role(each)) for each in _makers(findings)],
        "Organisations": [(each, each.value) for each in of_kind(findings, Fact.ORGANISATION)],
        "Programs": [(each, each.value) for each in of_kind(findings, Fact.SOFTWARE)],
        "Machines": [(each, _with_serial(each)) for each in of_kind(findings, Fact.DEVICE)],
        "User names": [(each, each.value) for each in of_kind(findings, Kind.USERNAME)],
        "Paths": [(each, each.value) for each in of_kind(findings, Fact.PATH)],
        "E-mail addresses": [(each, each.value) for each in of_kind(findings, Kind.EMAIL)],
        "Hosts and addresses": [(each, _with_role(each)) for each in of_kind(findings, Kind.DOMAIN, Kind.IP)],
        "Links": [(each, each.value) for each in of_kind(findings, Kind.URL)],
    }
    lines = [Line(clip.some([text for _, text in group], most=5), label) for label, group in groups.items() if group]
    told = [each for group in groups.values() for each, _ in group]
    if len(files) == 1 and (print_ := words(files[0], "sha256")):
        lines.append(Line(clip.text(print_[0], 80), "SHA-256"))
        told += [each for each in of_kind(findings, Kind.HASH) if each.value == print_[0]]
    return tuple(lines), told


def _with_role(each: Finding) -> str:
    role = word(each, "role")
    return f"{each.value} ({role})" if role else each.value


def _with_serial(each: Finding) -> str:
    more = ", ".join(
        [
            f"{label} {text}"
            for label, name in (("serial number", "serial"), ("lens", "lens"))
            if (text := word(each, name))
        ]
        or [word(each, "role")]
    )
    return f"{each.value} ({more})" if more else each.value
