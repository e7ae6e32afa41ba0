"""Forms, lists and cards in every language: what Slack takes, and nothing past the catalogues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

import core.language
from core import blocks
from core.beside import Beside
from core.blocks.approvals import approval_card, say_why
from core.blocks.cases import case_closed, case_list, case_modal, case_opened, case_status, case_usage, shift_card
from core.blocks.digests import digest_set, recap
from core.blocks.exports import choose_format
from core.blocks.forgetting import forget_card
from core.blocks.judged import judge_modal, judged_notice, verdict_buttons, worth_judging
from core.blocks.playbooks import playbook_modal, playbook_page
from core.blocks.standing import deny_list, roles_list
from core.blocks.watch_forms import watch_edit_modal, watch_modal
from core.casefile import Casefile
from core.casereport import report
from core.cases import Case, Tlp
from core.digests import Digest, Ending, Recap
from core.home import Home
from core.language import LANGUAGES, speaking
from core.models import Kind, Outcome, Scan
from core.playbooks import Playbook
from core.previews import Preview, Step, Way
from core.seal import Action
from core.verdicts import Judgement, Verdict
from core.watches import Watch
from tests.core.samples import NOW, SEAL, TITLES, finding, offers, run, scan
from tests.core.slack_limits import message_complaints, view_complaints
from tests.core.test_language import Marked, leaves, left_over

LOOK = scan(
    run("dns", Outcome.FOUND, finding("dns", Kind.IP, "192.0.2.1", severity="high")),
    run("crtsh", Outcome.FAILED, reason="down"),
    run("whois", Outcome.SKIPPED),
)
WATCH = Watch(
    "w1",
    LOOK.place,
    LOOK.target,
    "15 7 * * 1-5",
    "UTC",
    "U0ADA",
    NOW,
    threshold="medium",
    due_at=NOW,
    last_at=NOW,
    changed_at=NOW,
    changed="2 new, 1 gone",
    expires_at=NOW + timedelta(days=9),
)
CASE = Case("c1", "T0", "17", "17", Tlp.AMBER, "C0CASE17", "", "U0ADA", NOW, until=NOW, keep_days=30)
FILE = Casefile(CASE, scans=(LOOK,), held_back=1, cut=2)
FALSE = Verdict("f", Judgement.FALSE, "U0ADA", NOW)
PLAN = Preview(
    LOOK.target,
    (
        Step("dns", "DNS", Way.ASK, p50_s=2.0, p95_s=30.0, wait_s=3.0, touches=True, spreads=True),
        Step("crtsh", "crt.sh", Way.KEPT, age_s=300.0),
        Step("whois", "RDAP", Way.SKIP, "no_key"),
    ),
)
BOOK = Playbook("dns", 2, "")
TOLD = Recap(
    NOW,
    NOW,
    finished=(LOOK,),
    failed=1,
    changed=(WATCH,),
    silent=(WATCH,),
    ending=(Ending("case", "17", NOW),),
    waiting=2,
    waiting_at=(LOOK.target,),
)
DIGEST = Digest(LOOK.place, "weekly", "0 8 * * 1", "UTC", "U0ADA", NOW)
STUCK = replace(LOOK, undelivered="The channel is archived.")


MESSAGES: dict[str, Callable[[], blocks.Message]] = {
    "status": lambda: blocks.status([LOOK, STUCK], titles=TITLES, seal=SEAL),
    "history": lambda: blocks.history(LOOK.target, [LOOK], changes={LOOK.id: ("7f", "+1")}),
    "no history": lambda: blocks.history(None, []),
    "receipt": lambda: blocks.receipt([LOOK], titles=TITLES, ignored=["x"], joined=["y"]),
    "choice": lambda: blocks.choose("?", [LOOK.target], seal=SEAL),
    "cannot post": lambda: blocks.cannot_post(LOOK, "?", seal=SEAL),
    "preview": lambda: blocks.preview([PLAN], seal=SEAL, run=Action("run")),
    "first look": lambda: blocks.first_look(WATCH, 3, ["DNS"], ["DNS"]),
    "still quiet": lambda: blocks.still_quiet(WATCH, 7, 2, ["DNS"]),
    "cannot look": lambda: blocks.cannot_look(WATCH, "?", NOW),
    "looks again": lambda: blocks.looks_again(WATCH, NOW),
    "case opened": lambda: case_opened(CASE),
    "case status": lambda: case_status(FILE, now=NOW),
    "case closed": lambda: case_closed(FILE, None),
    "cases": lambda: case_list([CASE]),
    "shift card": lambda: shift_card(FILE, since=None, by="U0ADA", to="U0BOB"),
    "judged": lambda: judged_notice(LOOK, LOOK.runs[0].findings[0], FALSE, SEAL, new=True),
    "recap": lambda: recap(DIGEST, TOLD),
    "forget": lambda: forget_card(
        LOOK.target, scans=1, spoken=3, of_cases=(1, 2, 1), elsewhere=4, seal=SEAL, action=Action("forget")
    ),
    "say why": lambda: say_why("?", seal=SEAL, action=Action("say_why")),
    "formats": lambda: choose_format(LOOK, [("pdf", "PDF", "")], seal=SEAL),
    "nobody denied": lambda: deny_list([]),
    "approval": lambda: approval_card(
        [LOOK.target],
        asked_by="U0ADA",
        reason="17",
        touches=True,
        until=NOW,
        state="waiting",
        decided_by="",
        scans=[],
        approval="a",
        seal=SEAL,
    ),
}
LISTS: dict[str, Callable[[], blocks.Message]] = {  # in which names of collectors and commands stand
    "watch made": lambda: blocks.watch_made(WATCH),
    "watches": lambda: blocks.watches([WATCH], elsewhere=2),
    "digest": lambda: digest_set(DIGEST),
    "usage": lambda: blocks.usage(offers()),
    "parent": lambda: blocks.parent(LOOK, titles=TITLES, seal=SEAL),
    "reply of what failed": lambda: blocks.reply(LOOK, LOOK.runs[1], title="crt.sh", seal=SEAL),
    "case usage": case_usage,
    "collectors": lambda: blocks.offers_list(offers(), now=NOW),
    "one collector": lambda: blocks.offer_page(offers()[0], now=NOW),
    "collectors of a kind": lambda: blocks.offers_for(Kind.DOMAIN, offers()),
    "playbook": lambda: playbook_page(BOOK, [], seal=SEAL),
    "roles": lambda: roles_list([("U0ADA", "lead")], default="analyst"),
}
VIEWS = {
    "home": lambda: blocks.home(
        Home("U0ADA", NOW, tuple(offers()), (LOOK,), admin=True, watches=(WATCH,), cases=(CASE,)), seal=SEAL
    ),
    "scan": lambda: blocks.scan_modal(offers(), channel=""),
    "extract": lambda: blocks.extract_modal([LOOK.target], offers(), channel="C0", thread_ts="1.2"),
    "watch": lambda: watch_modal(LOOK, playbooks=["dns"]),
    "edit a watch": lambda: watch_edit_modal(WATCH),
    "case": lambda: case_modal("17", channel="C0", thread_ts=""),
    "judge": lambda: judge_modal(LOOK, worth_judging(LOOK, {}, alone=False), place="p"),
    "playbook": lambda: playbook_modal(BOOK, offers(), channel="C0"),
    "switch off": lambda: blocks.switch_form(offers()[0], value="v"),
}


def complaints(name: str, language: str) -> set[str]:
    with speaking(language):
        message = (MESSAGES | LISTS)[name]()
    return set(message_complaints(message.text, list(message.blocks)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*MESSAGES, *LISTS])
def test_slack_takes_every_card_in_every_language(name: str, language: str) -> None:
    assert complaints(name, language) == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VIEWS)
def test_slack_takes_every_form_in_every_language(name: str, language: str) -> None:
    with speaking(language):
        assert view_complaints(VIEWS[name]()) == []


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.language, "catalogue", lambda _language: Marked())


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("name", MESSAGES)
def test_nothing_of_ours_in_a_card_passes_the_catalogues(name: str) -> None:
    message = MESSAGES[name]()
    seen = {left_over(each) for each in (message.text, *leaves(list(message.blocks)))}
    assert seen - PASSED == set()


PASSED = {"", "PDF", "UTC", "TLP AMBER", "GENERAL"}


def test_what_the_record_counts_is_said_in_the_readers_language() -> None:
    with speaking("es"):
        assert (
            "último cambio, 2026-11-23: 2 nuevos, 1 desaparecido" in blocks.watches([WATCH]).blocks[1]["text"]["text"]
        )


def test_a_month_and_a_verdict_are_said_in_the_readers_language() -> None:
    with speaking("es"):
        said = judged_notice(LOOK, LOOK.runs[0].findings[0], FALSE, SEAL, new=False).text
    assert said == "Sin cambios: 192[.]0[.]2[.]1, valorado como falso por <@U0ADA>, 23 nov 2026."


def test_what_is_chosen_in_a_menu_does_not_change_with_the_language() -> None:
    def values() -> list[str]:
        return [
            option["value"]
            for block in watch_edit_modal(WATCH)["blocks"]
            for option in block.get("element", {}).get("options", ())
        ]

    english = values()
    with speaking("es"):
        assert values() == english == ["any", "low", "medium", "high"]


def test_a_report_that_is_asked_for_in_spanish_is_in_english() -> None:
    english = report(FILE, TITLES, now=NOW).content
    with speaking("es"):
        assert report(FILE, TITLES, now=NOW).content == english


def test_verdicts_have_buttons_in_the_readers_language() -> None:
    with speaking("es"):
        said = [each.text.text for each in verdict_buttons(LOOK, "f", None, SEAL)]
    assert said == ["Confirmado", "Falso", "Otra persona", "Inofensivo"]


def test_pivots_are_offered_in_the_readers_language() -> None:
    look: Scan = replace(LOOK)
    with speaking("es"):
        message = blocks.parent(look, titles=TITLES, seal=SEAL, beside=Beside(left=1204))
    assert "Pivotar 1\u00a0204 más" in list(leaves(list(message.blocks)))
