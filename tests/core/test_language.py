"""Everything we say is said in every language of ours, whole; modules that moved say nothing past the catalogues."""

from __future__ import annotations

import ast
import asyncio
import json
import re
from collections.abc import Iterator
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo

import core.language
from core import blocks
from core.blocks.text import person
from core.errors import NotATarget, QueueDown, Throttled
from core.language import LANGUAGES, LOCALE, NN_, language_of, later, ntr, speaking, spoken, tr
from core.language.areas import AREAS, area_of
from core.language.noted import heard
from core.models import Outcome, Scan, ScanStatus
from core.recorded import NEEDS_KEY, NOT_POSTED, PAUSED, REMOVED, STOPPED
from core.targets import parse
from docs import words
from tests.core.samples import SEAL, TITLES, run, scan

ROOT = Path(__file__).parent.parent.parent
# Modules in which nothing is said past the catalogues: this list only grows.
MOVED = (
    *("core/blocks/text.py", "core/blocks/words.py", "core/blocks/parts.py", "core/blocks/plan.py"),
    *("core/blocks/parents.py", "core/blocks/rounds.py", "core/blocks/replies.py", "core/blocks/marking.py"),
    *("core/blocks/facts.py", "core/blocks/answer.py", "core/blocks/beside.py"),
    *(f"core/blocks/answer_{each}.py" for each in ("any", "crtsh", "dns", "haveibeenpwned", "identity", "metadata")),
    *(f"core/blocks/answer_{each}.py" for each in ("securitytrails", "shodan", "social", "username", "virustotal")),
    *("core/blocks/answer_whois.py", "core/blocks/faces.py", "core/blocks/readers.py", "core/blocks/whole.py"),
    *("core/blocks/changed.py", "core/blocks/explained.py", "core/blocks/headlines.py", "core/headlines.py"),
    *("core/change.py", "core/explain.py", "core/picture.py", "core/blocks/roles.py", "core/blocks/fields.py"),
    *("core/correlation/saying.py", "core/correlation/matching.py", "core/blocks/attributes.py"),
    "bot/guard.py",
    "core/recorded.py",
    *("bot/commands.py", "bot/buttons.py", "bot/asking.py", "bot/grammar.py", "bot/mentions.py", "bot/files.py"),
    *("bot/hearing.py", "bot/listeners.py", "bot/once.py", "bot/homes.py", "bot/previews.py", "bot/changes.py"),
    *("bot/carried.py", "bot/casework.py", "bot/caseforms.py", "bot/casewords.py", "bot/approvals.py"),
    *("bot/casedoors.py", "bot/relabelling.py", "core/blocks/caselabels.py", "core/unasked.py"),
    *("bot/reasons.py", "bot/standing.py", "bot/forgetting.py", "bot/judging.py", "bot/judging_form.py"),
    *("bot/reactions.py", "bot/exporting.py", "bot/pivoting.py", "bot/pictures.py", "bot/watching.py"),
    *("bot/watch_words.py", "bot/watch_forms.py", "bot/playbooks.py", "bot/playbook_forms.py", "bot/digests.py"),
    *("tasks/choose.py", "tasks/playbooks.py", "tasks/offers.py", "tasks/exporting.py", "tasks/past.py"),
    *("tasks/permission.py", "tasks/forgetting.py", "tasks/scan.py", "tasks/thread.py", "tasks/workshop.py"),
    *("tasks/casework.py", "tasks/cards.py", "tasks/posting.py", "tasks/digesting.py", "tasks/spreading.py"),
    *("tasks/watches.py", "tasks/watching.py", "tasks/putting.py", "tasks/report.py", "tasks/reporter.py"),
    *("tasks/beside.py", "tasks/preview.py", "tasks/delay.py", "bot/forms.py", "bot/front.py"),
    *("bot/people.py", "bot/leaving.py", "bot/shifts.py", "tasks/leaving.py", "core/slack/workspaces.py"),
    *("core/targets/extraction.py", "core/targets/hosts.py", "core/targets/locators.py", "core/targets/lookalikes.py"),
    *("core/targets/networks.py", "core/targets/numbers.py", "core/targets/reading.py", "core/targets/wording.py"),
    *("core/targets/kinds.py", "core/targets/people.py", "core/targets/showing.py", "core/targets/spelling.py"),
    *("core/addresses.py", "core/schedules.py", "core/playbooks.py", "core/seal.py", "core/scope.py"),
    *("core/verdicts.py", "core/errors.py", "core/store/trouble.py", "core/slack/trouble.py", "core/slack/shelf.py"),
    *("core/slack/turns.py", "core/casefile.py", "core/exports/formats.py"),
    # These say nothing themselves.
    *("core/clock.py", "core/cases.py", "core/standing.py", "core/watches.py", "core/digests.py", "core/pivots.py"),
    *("core/rooms.py", "core/refusals.py", "core/home.py", "core/previews.py"),
    *("core/blocks/notes.py", "core/blocks/lists.py", "core/blocks/previews.py", "core/blocks/watches.py"),
    *("core/blocks/watch_forms.py", "core/blocks/watched.py", "core/blocks/exports.py", "core/blocks/reasons.py"),
    *("core/blocks/home.py", "core/blocks/pivots.py", "core/blocks/forms.py", "core/blocks/approvals.py"),
    *("core/blocks/cases.py", "core/blocks/judged.py", "core/blocks/quota.py", "core/blocks/offered.py"),
    *("core/blocks/standing.py", "core/blocks/forgetting.py", "core/blocks/digests.py", "core/blocks/playbooks.py"),
)
# Constants that hold what collectors write, and how a picture is drawn.
NOT_SAID = {"ROLES", "MAKERS", "MOMENTS", "FIRST", "BEHIND", "DRAWING", "FILLED", "SIGNATURE", "WAY", "CHAIN"}
UNSAID = {"with_role", "startswith", "partition", "split", "TypeError"}  # calls whose arguments nobody reads
# The same in every language.
AS_IT_IS = {
    " UTC>",
    " UTC",
    ", SHA-256 ",
    "SHA-256",
    "diff:",
    "https://www.openstreetmap.org/?mlat=",
    "TLP:",
    "Markdown",
}
CODES = {"rule", "outcome", "decision", "slot", "method", "verb"}  # arguments that nobody reads
AUDITED = ("guard.check", "guard.write", "case_here", "_audit")  # verbs and subjects: the audit is English
FOR_LOGS = ("log.", "re.", "RuntimeError", "BadSetting")  # whoever runs us reads these, in English
# Kept in the record, compared or audited: nobody reads them in Slack.
WORDS_OF_CODE = {
    *("another channel", "deny list", "may stand twice", "second person", "own request"),
    *("asked with the word active", "confirmed by a button", "asked for over HTTP"),
    *("run closed", "late result refused"),
    *("GET /api/v1/scan/", "python -m bot export", "Scan of "),  # the API, the terminal and exports are English
}
# What people type, names of roles, a server's words, and keys.
WRITTEN = {
    *("/watch pause ", ", /watch stop ", ", /watch list", "/watch resume ", "/scan collectors ", "/scan digest off"),
    "/watch pause ID · resume ID · stop ID · edit ID daily threshold=high until=2027-01-31",
    "/scan example.com playbook=NAME · /scan playbook NAME · /scan playbook new NAME",
    *("user:", "file:", "domain:", 'name:"', 'name:"Ada Example"', "cron ", "http://", "Retry-After", "slack:"),
    *("disk is full", "no space left on device", "readonly database", "unable to open database file"),
    *("not a database", "case status", "case members", "case report", "deny forget", "role switch_off switch_on"),
    *("help status history collectors quota home form plan diff tree explain export digest",),
    *(" watch_list playbooks playbook",),
}
KEY = re.compile(r":?[a-z_]+:|[a-z]+/")  # names a delivery or a slot
MARKS = {"tr", "later", "ntr", "ptr", "N_", "NN_", "noted", "nnoted"}
# Two words; a word that begins like a sentence; in an f-string also one word beside a space.
PROSE = re.compile(r"[A-Za-z]{2,} [A-Za-z]|\b[A-Z][a-z]{2,}\b")
BESIDE = re.compile(r"\s[A-Za-z]{3,}|[A-Za-z]{3,}[\s:]")
PLACE = re.compile(r"[a-z]\w*(\.[a-z]\w*)*")  # rules name what a look found and where it stands there
OTHERS = [language for language in LANGUAGES if language != "en"]
CATALOGUES = [(language, area) for language in OTHERS for area in AREAS]


def sentences(catalogue: Catalog) -> list[Message]:
    return [each for each in catalogue if each.id]


def both(message: Message) -> tuple[list[str], list[str]]:
    """What is said in English, and what stands for it."""
    said, put = message.id, message.string or ""
    return ([said] if isinstance(said, str) else list(said)), ([put] if isinstance(put, str) else list(put))


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.fixture(scope="module")
def templates() -> dict[str, Catalog]:
    return words.templates()


@pytest.mark.parametrize(("language", "area"), CATALOGUES)
def test_a_catalogue_holds_what_the_code_says_and_nothing_else(
    templates: dict[str, Catalog], language: str, area: str
) -> None:
    kept = words.kept(language, area)
    assert {(each.id, each.context) for each in sentences(kept)} == {
        (each.id, each.context) for each in sentences(templates[area])
    }
    assert not kept.obsolete


@pytest.mark.parametrize(("language", "area"), CATALOGUES)
def test_every_sentence_is_translated_whole_with_the_same_places(language: str, area: str) -> None:
    kept = words.kept(language, area)
    for message in sentences(kept):
        said, put = both(message)
        assert not message.fuzzy, said
        assert all(put), said
        assert len(put) == (kept.num_plurals if len(said) > 1 else 1), said
        for each in put:
            assert places(each) == places(said[-1]), said
            assert all(PLACE.fullmatch(name) for name in places(each)), said


@pytest.mark.parametrize(("language", "area"), [(language, area) for language in OTHERS for area in AREAS])
def test_what_gettext_reads_is_what_was_written(language: str, area: str) -> None:
    path = LOCALE / language / "LC_MESSAGES" / f"{area}.mo"

    def told(content: bytes) -> dict[tuple[object, object], object]:
        return {(str(each.id), each.context): each.string for each in sentences(read_mo(BytesIO(content)))}

    assert told(path.read_bytes()) == told(words.compiled(words.kept(language, area)))


@pytest.mark.parametrize("language", OTHERS)
def test_what_several_areas_say_is_translated_alike(language: str) -> None:
    said: dict[tuple[object, object], object] = {}
    for area in AREAS:
        for message in sentences(words.kept(language, area)):
            assert said.setdefault((message.id, message.context), message.string) == message.string, message.id


def marks(node: ast.AST) -> bool:
    """Whether it marks a sentence that stands there, not a constant that is marked elsewhere."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) not in MARKS:
        return False
    return any(isinstance(each, ast.Constant) for each in node.args)


def past_the_catalogues(path: Path) -> Iterator[str]:
    """The prose of a module that no mark surrounds: not its docstrings, keys, patterns and words for the log."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(id(node.value))  # a docstring
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in NOT_SAID:
            passed.update(id(each) for each in ast.walk(node.value))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            unread = name in MARKS or name in AUDITED or name.rpartition(".")[2] in UNSAID
            if unread or name.startswith(FOR_LOGS):
                passed.update(id(each) for argument in node.args for each in ast.walk(argument))
            elif name == "counted":
                yield f"line {node.lineno}: counted() knows English only"
            passed.update(id(each) for more in node.keywords if more.arg in CODES for each in ast.walk(more.value))
        elif isinstance(node, ast.Compare):  # with codes
            passed.update(map(id, (node.left, *node.comparators)))
        elif isinstance(node, ast.Dict):
            passed.update(id(key) for key in node.keys)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):  # Babel does not look into it
            yield from (f"line {node.lineno}: a mark in an f-string" for each in ast.walk(node) if marks(each))
        if id(node) in passed or not isinstance(node, ast.JoinedStr | ast.Constant):
            continue
        parts = (
            [each for each in node.values if isinstance(each, ast.Constant)]
            if isinstance(node, ast.JoinedStr)
            else [node]
        )
        passed.update(map(id, parts))
        for each in parts:
            text = each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
            if (
                text not in AS_IT_IS | WORDS_OF_CODE | WRITTEN
                and not KEY.fullmatch(text)
                and (PROSE.search(text) or (isinstance(node, ast.JoinedStr) and BESIDE.search(text)))
            ):
                yield f"line {node.lineno}: {text}"


@pytest.mark.parametrize("module", MOVED)
def test_a_module_that_moved_says_nothing_past_the_catalogues(module: str) -> None:
    assert list(past_the_catalogues(ROOT / module)) == []


def test_the_law_finds_what_it_forbids(tmp_path: Path) -> None:
    path = tmp_path / "said.py"
    path.write_text(
        '"""No word of this."""\nA = "Nor of this"\nB = f"{A} and {A}"\nC = tr("This may stand.")\n'
        'log.info("a constant sentence")\nD = {"not this key": "but-this"}\nE = counted(1, "finding")\n'
        "F = f\"{tr('unseen')}\"\n"
    )
    assert list(past_the_catalogues(path)) == [
        "line 7: counted() knows English only",
        "line 2: Nor of this",
        "line 3:  and ",
        "line 8: a mark in an f-string",
    ]


def test_every_module_that_speaks_has_an_area() -> None:
    assert {area_of(module) for module in MOVED} <= set(AREAS)


def test_values_are_put_in_and_never_read() -> None:
    for language in LANGUAGES:
        with speaking(language):
            assert "{0.__class__}{n}" in tr("Scan {id}", id="{0.__class__}{n}")
            assert tr("") == ""


def test_what_was_written_down_in_english_is_told_again_in_the_readers_language() -> None:
    needs = NEEDS_KEY.format(url="https://example.com", setting="EXAMPLE_KEY")
    posted = NOT_POSTED.format(why=STOPPED)
    said = (needs, posted, STOPPED, PAUSED, "DNS said: It needs a key.", "")
    assert [heard(each) for each in said] == list(said)
    with speaking("es"):
        assert [heard(each) for each in said] == [
            "Necesita una clave. Un administrador puede obtener una en https://example.com y configurar EXAMPLE_KEY.",
            "No puedo publicar allí: Detenido. Se conserva lo encontrado hasta entonces.",
            "Detenido. Se conserva lo encontrado hasta entonces.",
            "En pausa porque me quitaron de este espacio de trabajo.",
            *said[4:],
        ]


def test_who_stopped_a_scan_is_named_in_the_readers_language_and_people_as_they_are_called() -> None:
    with speaking("es"):
        assert [person(each) for each in (REMOVED, "Stop", "U0ADA", "")] == [
            *("mi retirada de este espacio de trabajo", "Stop", "<@U0ADA>", "alguien")
        ]


def test_an_error_is_english_in_logs_and_in_the_record_and_said_where_it_is_shown() -> None:
    down = later("{what} Try again in a minute.", what=later("The queue (Redis) is full."))
    error = QueueDown(down)
    with speaking("es"):
        assert (f"{error}", json.dumps(str(error))) == (
            f"{down}",
            '"The queue (Redis) is full. Try again in a minute."',
        )
        said = tr(str(error))
        assert said == "La cola (Redis) está llena. Conviene intentarlo de nuevo dentro de un minuto."
        assert tr(said) == said  # what was said already stays as it is
        assert tr(str(Throttled(later("Slack asks me to wait {time}.", time="3 min"), method="", retry_after=1.0))) == (
            "Slack me pide que espere 3 min."
        )
    assert tr(str(error)) == "The queue (Redis) is full. Try again in a minute."


SAID_OF_TARGETS = (
    ("10.1.2.3", "10.1.2.3 es una dirección privada (RFC 1918). Solo miro direcciones públicas."),
    ("AS64512", "AS64512 es un número privado (RFC 6996): ninguna red de internet lo tiene."),
    ("printer.local", "printer.local es un nombre de la red local (mDNS, RFC 6762). Solo miro nombres públicos."),
    (
        "a,b@example.com",
        "«a,b@example.com» no es una dirección de correo: hay caracteres no válidos antes de la @: ','.",
    ),
    (
        "2025550143",
        "«2025550143» podría ser un número de teléfono, un número AS, una dirección IP o un nombre de usuario.",
    ),
)


@pytest.mark.parametrize(("text", "said"), SAID_OF_TARGETS)
def test_what_cannot_be_looked_up_is_said_in_the_language_of_who_asks(text: str, said: str) -> None:
    with speaking("es"), pytest.raises(NotATarget, match=re.escape(said)):
        parse(text)


def test_notes_about_a_target_are_said_in_the_language_of_who_asks() -> None:
    with speaking("es"):
        assert parse("https://ada:secret@example.com:8443/").notes == (
            "Esto lleva a example.com; lo que va antes de la @ es solo un nombre de usuario.",
            "Se omitió la contraseña que contenía.",
        )


def test_plurals_and_thousands_follow_the_language() -> None:
    some = NN_("{n:,} finding", "{n:,} findings")
    assert [ntr(*some, n) for n in (0, 1, 1204)] == ["0 findings", "1 finding", "1,204 findings"]
    with speaking("es"):
        assert [ntr(*some, n) for n in (0, 1, 1204)] == ["0 hallazgos", "1 hallazgo", "1\u00a0204 hallazgos"]


def test_a_locale_is_read_by_its_language() -> None:
    assert [language_of(each) for each in ("es-ES", "es_419", "ES", "en-GB", "de-DE", "")] == [
        *("es", "es", "es", "en", "en", "en")
    ]
    assert language_of("de-DE", "es") == "es"


async def test_tasks_speak_the_language_in_which_they_began() -> None:
    async def heard() -> tuple[str, str]:
        await asyncio.sleep(0)
        return spoken(), await asyncio.to_thread(spoken)

    with speaking("es"):
        begun = asyncio.create_task(heard())
    assert spoken() == "en"
    assert await begun == ("es", "es")
    with speaking("none of ours"):
        assert spoken() == "en"


class Marked(NullTranslations):
    """A language in which everything that passes a catalogue is bracketed."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.language, "catalogue", lambda _language: Marked())


@pytest.mark.usefixtures("marked")
def test_a_marked_sentence_is_seen_as_such() -> None:
    assert tr("Scan {id}", id="7f3a") == "⟦Scan 7f3a⟧"


SAYS_ITSELF = (
    "example[.]com",
    "scan-1",
    "U0ADA",
    "DNS",
    "crt.sh",
    "RDAP",
    "WHOIS",
    "Certificates",
    "Registration",
    "CT",
)


def leaves(told: object) -> Iterator[str]:
    """Every text that a reader sees, and what a screen reader says."""
    if isinstance(told, dict):
        for key, value in told.items():
            if isinstance(value, str) and key in ("text", "title", "accessibility_label", "alt_text"):
                yield value
            else:
                yield from leaves(value)
    elif isinstance(told, list | tuple):
        for each in told:
            yield from leaves(each)


def left_over(text: str) -> str:
    """What stands outside of brackets and is not of the record."""
    text = re.sub(r"<!date\^\d+\^[^|]*\|[^>]*>", "", text)
    while (rest := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = rest
    for word in SAYS_ITSELF:
        text = text.replace(word, "")
    return " ".join(re.findall(r"[A-Za-z]{3,}", re.sub(r"records", "", text)))


LOOKS = (
    scan(run("dns", Outcome.NOTHING), run("crtsh", Outcome.FAILED, reason="down"), run("whois", Outcome.SKIPPED)),
    scan(run("dns", None), run("crtsh", Outcome.NOTHING, cached=True), status=ScanStatus.RUNNING),
    scan(run("dns", Outcome.CANCELLED), status=ScanStatus.CANCELLED, cancelled_by="U0ADA"),
    scan(run("whois", Outcome.FAILED, reason="quota"), round=2, fresh=True, active_by="U0ADA"),
)


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("look", LOOKS)
def test_nothing_of_ours_in_a_scans_messages_passes_the_catalogues(look: Scan) -> None:
    said = [
        blocks.parent(look, titles=TITLES, seal=SEAL, delayed=""),
        blocks.summary(look, titles=TITLES, seal=SEAL),
        *(blocks.reply(look, each, title=TITLES[each.collector], seal=SEAL) for each in look.runs if each.outcome),
    ]
    seen = {left_over(each) for message in said for each in (message.text, *leaves(list(message.blocks)))}
    assert seen - {""} == set()


def test_the_same_scan_in_spanish() -> None:
    look = LOOKS[0]
    with speaking("es"):
        parent = blocks.parent(look, titles=TITLES, seal=SEAL)
    assert "respondieron 1 de 3 fuentes" in parent.text
    assert "No se pudo consultar: Certificates (crt.sh) (la fuente está caída)." in parent.text
