"""What a digest says of a channel, in English and Spanish: what ended, what changed, what nobody could look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.digests import Digest
from core.language import speaking
from core.models import Kind, Outcome, Scan, Target
from core.recorded import CASE_CLOSED, NOT_POSTED, PAUSED
from core.store import Store
from tasks.digesting import tell_digest
from tests.core.stores import claimed, opened
from tests.watched import DAY, GENERAL, MONDAY, Time, Watching, found

WEEKLY = Digest(GENERAL, "weekly", "0 9 * * 1", "UTC", "U0ADA", MONDAY)
NOBODY = dict.fromkeys(("dns", "crtsh", "whois"))  # could look


@pytest.fixture
def watching(store: Store, monkeypatch: pytest.MonkeyPatch) -> Watching:
    return Watching(store, Time(monkeypatch))


def parts(watching: Watching, language: str) -> tuple[str, dict[str, list[str]]]:
    """What the digest that is due now says to who sees its first line alone, and its lists by their titles."""
    store = watching.store
    store.digests.set(replace(WEEKLY, due_at=watching.time.now, last_at=MONDAY - DAY))
    one = store.digests.of(GENERAL)
    assert one is not None
    with speaking(language):
        tell_digest(store, one)
    told = next(each for each in watching.notices() if each.key.startswith("digest/"))
    said: dict[str, list[str]] = {}
    title = ""
    for block in told.blocks:
        for element in block.get("elements", ()):
            if element["type"] == "rich_text_list":
                said[title] = [_text(each) for each in element["elements"]]
            elif element["type"] == "rich_text_section":
                title = _text(element)
                said[title] = []
    return told.text, said


def _text(element: dict[str, object]) -> str:
    inner = element.get("elements", ())
    assert isinstance(inner, list)
    return "".join(str(each.get("text", "")) for each in inner).strip()


def ended(store: Store, name: str, *outcomes: Outcome) -> Scan:
    """A scan in the channel whose collectors came back with these."""
    asked = ("dns", "crtsh", "whois")[: len(outcomes)]
    scan = opened(store, *asked, target=Target(Kind.DOMAIN, name), place=GENERAL)
    for collector, outcome in zip(asked, outcomes, strict=True):
        findings = [found(f"{number}.{name}") for number in range(2)] if outcome is Outcome.FOUND else []
        reason = "down" if outcome is Outcome.FAILED else ""
        store.runs.close(claimed(store, scan, collector), outcome, reason=reason, findings=findings)
    return scan


@pytest.mark.parametrize(
    ("language", "finished", "blind", "answered"),
    [
        ("en", "Finished: 2 scans", "1 collector could not look in them.", "1 of 2 sources answered, 2 findings"),
        (
            "es",
            "Terminados: 2 escaneos",
            "1 recolector no pudo mirar en ellos.",
            "respondieron 1 de 2 fuentes, 2 hallazgos",
        ),
    ],
)
def test_a_digest_says_of_each_scan_who_answered(
    watching: Watching, language: str, finished: str, blind: str, answered: str
) -> None:
    half = ended(watching.store, "one.example.com", Outcome.FOUND, Outcome.FAILED)
    ended(watching.store, "two.example.com", Outcome.NOTHING)
    watching.time.passes(timedelta(hours=1))
    _, said = parts(watching, language)
    first, second = sorted(said[finished])
    assert first.startswith(f"one[.]example[.]com: {answered}")
    assert first.endswith(half.id)
    assert second.startswith("two[.]example[.]com: ")
    assert blind in said


def looks(watching: Watching, times: int = 4) -> None:
    """Five watches, looked after for some days: one with news, one quiet, one that cannot look, two that rest."""
    names = ("example.com", "example.org", "down.example.com", "closed.example.com", "mute.example.com")
    made = {name: watching.watch(target=Target(Kind.DOMAIN, name)) for name in names}
    for day in range(times):
        news = [found("new.example.com")] if day == times - 1 else []
        for look in watching.tick().begun:
            answers = {"dns": [found("192.0.2.10", Kind.IP), *(news if look.target.value == "example.com" else [])]}
            watching.end(look, NOBODY if look.target.value.startswith("down") else answers)
        watching.tick()
        watching.time.passes(DAY)
    watching.store.watches.rest(made["closed.example.com"].id, why=CASE_CLOSED)
    watching.store.watches.rest(
        made["mute.example.com"].id,
        why=NOT_POSTED.format(why="That channel is archived, so nothing can be posted there."),
    )


@pytest.mark.parametrize(
    ("language", "text", "changed", "blind"),
    [
        (
            "en",
            "This week: 1 scan finished, 1 watch with news, 3 watches that cannot look or are paused.",
            {"Changed": ["example[.]com: 1 new"]},
            {
                "Cannot look, or paused": [
                    "closed[.]example[.]com: paused: Its case was closed.",
                    "down[.]example[.]com: could not look 3 times in a row",
                    "mute[.]example[.]com: paused: I may not post there: "
                    "That channel is archived, so nothing can be posted there.",
                ]
            },
        ),
        (
            "es",
            "Esta semana: 1 escaneo terminado, 1 vigilancia con novedades, "
            "3 vigilancias que no pueden mirar o están en pausa.",
            {"Con cambios": ["example[.]com: 1 nuevo"]},
            {
                "Sin poder mirar, o en pausa": [
                    "closed[.]example[.]com: en pausa: Su caso se cerró.",
                    "down[.]example[.]com: no se pudo mirar 3 veces seguidas",
                    "mute[.]example[.]com: en pausa: No puedo publicar allí: "
                    "Ese canal está archivado, así que no se puede publicar nada en él.",
                ]
            },
        ),
    ],
)
def test_a_digest_says_what_changed_and_which_watches_cannot_look_or_rest(
    watching: Watching, language: str, text: str, changed: dict[str, list[str]], blind: dict[str, list[str]]
) -> None:
    looks(watching)
    told, said = parts(watching, language)
    assert told == text
    shown = {title: sorted(rows) for title, rows in said.items()}
    assert shown | changed | blind == shown


def test_what_was_paused_when_we_were_removed_is_said_once(watching: Watching) -> None:
    one = watching.watch()
    watching.store.watches.rest(one.id, why=PAUSED)
    _, said = parts(watching, "en")
    assert said["Cannot look, or paused"] == ["example[.]com: Paused by my removal from this workspace."]
