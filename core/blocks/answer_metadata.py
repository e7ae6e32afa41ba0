"""Findings of files: who made them, where, when and with what first; places with a map; then what the files say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import WEIGHTS, number, of_kind, sentence, severity_of, word, words
from core.blocks.fields import field_name, field_value
from core.blocks.parts import Grid, Line
from core.blocks.roles import role_word
from core.blocks.text import Clip
from core.blocks.words import age
from core.language import N_, NN_, ntr, tr
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
MADE = {  # whether it is known by whom, with what, when
    (True, True, True): N_("made by {who} with {tool} on {day}"),
    (True, True, False): N_("made by {who} with {tool}"),
    (True, False, True): N_("made by {who} on {day}"),
    (True, False, False): N_("made by {who}"),
    (False, True, True): N_("made with {tool} on {day}"),
    (False, True, False): N_("made with {tool}"),
    (False, False, True): N_("made on {day}"),
    (False, False, False): "",
}


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
        name = _name(files[0], clip)
        return f"{name}: {made}" if made else tr("{file} names nobody", file=name)
    people = clip.some([each.value for each in makers], most=3, each=40) if (makers := _makers(findings)) else ""
    where = len(of_kind(findings, Fact.LOCATION))
    said = ntr("{n:,} file", "{n:,} files", len(files)) if files else ""
    placed = ntr("{n:,} place", "{n:,} places", where)
    if said and people and where:
        return tr("{files} name {people} and {places}", files=said, people=people, places=placed)
    if said and people:
        return tr("{files} name {people}", files=said, people=people)
    return tr("{files} with {places}", files=said, places=placed) if said and where else said


def _made(findings: Sequence[Finding], file: Finding, clip: Clip) -> str:
    own = [each for each in findings if word(each, "file") == word(file, "name")]
    who = [each.value for each in _makers(own)][:1]
    device = [each.value for each in of_kind(own, Fact.DEVICE) if word(each, "role") == "camera"][:1]
    program = [each.value for each in of_kind(own, Fact.SOFTWARE)][:1]
    is_taken = word(file, "detected").startswith(("image/", "video/"))  # a document may hold somebody's photograph
    tool = (device or program) if is_taken else program
    when = _moment(file)[:10]
    by, through = (clip.text(told[0], 60) if told else "" for told in (who, tool))
    on = clip.text(when, 20) if when else ""
    return tr(MADE[bool(by), bool(through), bool(on)], who=by, tool=through, day=on)


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
            tr("{height} m up", height=height) if (height := word(place, "altitude_m")) else "",
            tr("facing {degrees}°", degrees=direction) if (direction := word(place, "direction_deg")) else "",
            f"±{accuracy} m" if (accuracy := word(place, "accuracy_m")) else tr("accuracy not said"),
            word(place, "taken"),
            tr("in {file}", file=word(place, "file")) if word(place, "file") else "",
        ]
        text = clip.text(", ".join(filter(None, (place.value, *more))), 200)
        yield Line(text, tr("Place"), link=_map(place), linked=tr("map"))
    if len(places) > MOST_PLACES:
        more_places = NN_("and {n:,} more place in the file", "and {n:,} more places in the file")
        yield Line(ntr(*more_places, len(places) - MOST_PLACES))


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
        more = NN_("and {n:,} more warning in the file", "and {n:,} more warnings in the file")
        yield Line(ntr(*more, len(warnings) - MOST_WARNINGS))


def _grid(findings: Sequence[Finding], files: Sequence[Finding], clip: Clip) -> Grid | None:
    if len(files) == 1:
        rows = tuple(_fields(files[0], clip))
        return Grid((tr("Field"), tr("What the file says")), rows) if rows else None
    rows = tuple((_name(each, clip), _made(findings, each, clip) or tr("names nobody")) for each in files)
    return Grid((tr("File"), tr("What it says")), rows) if rows else None


def _fields(file: Finding, clip: Clip) -> Iterator[tuple[str, str]]:
    told = file.attributes.get("properties")
    properties = told if isinstance(told, dict) else {}
    kind, size = word(file, "detected") or tr("unknown"), number(file, "size")
    yield tr("Type"), tr("{kind}, {n:,} bytes", kind=kind, n=size) if size is not None else kind
    rank = {name: place for place, name in enumerate(FIRST)}
    order = [name for name in properties if name not in BEHIND]
    shown = sorted(order, key=lambda each: rank.get(each, len(rank)))[:MOST_FIELDS]
    clip.cut = clip.cut or len(shown) < len(properties)
    for name in shown:
        value = properties[name]
        several = [field_value(name, each) for each in value] if isinstance(value, list) else []
        text = clip.some(several, most=4, each=70) if isinstance(value, list) else field_value(name, value)
        yield clip.text(field_name(str(name)), 60), text


def _apart(findings: Sequence[Finding], files: Sequence[Finding], clip: Clip) -> tuple[tuple[Line, ...], list[Finding]]:
    groups = {
        N_("People"): [(each, _with_role(each)) for each in _makers(findings)],
        N_("Organisations"): [(each, each.value) for each in of_kind(findings, Fact.ORGANISATION)],
        N_("Programs"): [(each, each.value) for each in of_kind(findings, Fact.SOFTWARE)],
        N_("Machines"): [(each, _with_serial(each)) for each in of_kind(findings, Fact.DEVICE)],
        N_("User names"): [(each, each.value) for each in of_kind(findings, Kind.USERNAME)],
        N_("Paths"): [(each, each.value) for each in of_kind(findings, Fact.PATH)],
        N_("E-mail addresses"): [(each, each.value) for each in of_kind(findings, Kind.EMAIL)],
        N_("Hosts and addresses"): [(each, _with_role(each)) for each in of_kind(findings, Kind.DOMAIN, Kind.IP)],
        N_("Links"): [(each, each.value) for each in of_kind(findings, Kind.URL)],
    }
    lines = [
        Line(clip.some([text for _, text in group], most=5), tr(label)) for label, group in groups.items() if group
    ]
    told = [each for group in groups.values() for each, _ in group]
    if len(files) == 1 and (print_ := words(files[0], "sha256")):
        lines.append(Line(clip.text(print_[0], 80), "SHA-256"))
        told += [each for each in of_kind(findings, Kind.HASH) if each.value == print_[0]]
    return tuple(lines), told


def _with_role(each: Finding) -> str:
    role = role_word(word(each, "role"))
    return f"{each.value} ({role})" if role else each.value


def _with_serial(each: Finding) -> str:
    more = ", ".join(
        [
            tr(label, text=text)
            for label, name in ((N_("serial number {text}"), "serial"), (N_("lens {text}"), "lens"))
            if (text := word(each, name))
        ]
        or [role_word(word(each, "role"))]
    )
    return f"{each.value} ({more})" if more else each.value
