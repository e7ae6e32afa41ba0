"""What cases hold of a target goes with it: typed notes, reports in Slack, cards; and it is said before and after."""

from __future__ import annotations

import pytest

from core.access import Reader
from core.belongs import Belongs
from core.casefile import timeline
from core.cases import Note
from core.clock import now
from core.models import Kind, Outcome, Place, Target
from core.seal import Action
from core.standing import TeamRole
from tasks import forgetting
from tasks.casework import tend
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.test_cases import OPEN, here, posted, told
from tests.bot.test_team_intruders import given
from tests.core.stores import claimed, finding, opened

ADA = Target(Kind.EMAIL, "ada@example.com")
NOTES = (
    "the mail came from Ada@Example.com",
    "see ada[at]example[.]com, hxxps://example[.]org",
    "not.ada@example.com is somebody else",
    "example.com leads nowhere",
)


def modes(bot: Bot, channel: str = "C0GENERAL") -> list[str]:
    """What became of the files in a channel's threads."""
    heads = [each["ts"] for each in bot.sandbox.messages(channel)]
    return [
        "tombstone" if file["mode"] == "tombstone" else "there"
        for ts in heads
        for each in bot.sandbox.messages(channel, thread_ts=ts)
        for file in each.get("files") or ()
    ]


@pytest.fixture
def lead(bot: Bot) -> Bot:
    given(bot, "U0ADA", TeamRole.LEAD)
    told(bot, f"{OPEN} tlp=green")
    return bot


def forgotten(bot: Bot, target: str = "ada@example.com") -> tuple[str, str]:
    """What is asked first, and what is told when it is done."""
    asked = bot.sandbox.command(f"forget {target}")["ephemeral"]
    bot.click(asked, "forget")
    return words_of(asked), words_of(bot.whispers()[-1])


def test_typed_notes_that_name_the_target_go_and_others_stay(lead: Bot) -> None:
    for text in NOTES:
        told(lead, f"note {text}")
    asked, done = forgotten(lead)
    assert "0 scans, 0 messages" in asked
    assert "2 notes of cases that name it" in asked
    assert "Forgotten: 2 notes" in done
    kept = lead.store.casefiles.read(here(lead).id)
    assert [each.text for each in kept.notes] == list(NOTES[2:])
    rows = lead.store.audit.listed(team=TEAM)
    assert next(str(row["outcome"]) for row in rows if row["verb"] == "forget").startswith("Forgotten: 2 notes")
    assert "note" not in forgotten(lead)[1]


def test_reports_that_hold_it_go_and_those_from_before_it_came_stay(lead: Bot) -> None:
    told(lead, "report")
    scan = opened(
        lead.store, "dns", target=ADA, place=Place(TEAM, "C0GENERAL"), belongs=Belongs(case=here(lead).id, tlp="green")
    )
    lead.store.runs.close(claimed(lead.store, scan), Outcome.FOUND, findings=[finding("x.example.com")])
    told(lead, "report")
    told(lead, "report json")
    assert modes(lead) == ["there"] * 3
    asked, done = forgotten(lead)
    assert "2 reports of cases, as a whole" in asked
    assert "2 of them are reports of cases: /case report makes them anew, without this target" in done
    assert modes(lead) == ["there", "tombstone", "tombstone"]
    told(lead, "report")
    assert modes(lead)[-1] == "there"
    assert "0 messages" in forgotten(lead)[0]  # where they stood is forgotten as well


def test_the_report_of_a_closing_goes_too(lead: Bot) -> None:
    told(lead, "note it was ada@example.com")
    case = here(lead)
    lead.store.cases.close(case.id, by="U0ADA")
    lead.run(tend(lead.store, lead.settings, lead.front.workspaces, case.id))
    assert modes(lead) == ["there"]
    assert "1 report of a case, as a whole" in forgotten(lead)[0]
    assert modes(lead) == ["tombstone"]


def test_the_cards_of_shifts_go_a_label_keeps_its_change_and_titles_are_said_to_stay(bot: Bot) -> None:
    given(bot, "U0ADA", TeamRole.LEAD)
    told(bot, 'open "What ada@example.com did" tlp=green purpose="her mails"')
    told(bot, "hand over <@U0BOB|bob>")
    told(bot, "note ada@example.com wrote again")
    told(bot, "hand over <@U0BOB|bob>")
    told(bot, "tlp amber because ada@example.com asked")
    assert sum("Shift: What" in each for each in posted(bot)) == 2
    asked, done = forgotten(bot)
    assert "0 scans, 1 message" in asked
    assert "1 title or purpose of a case that names it" in asked
    assert "1 case names it in its title or purpose: that stays" in done
    assert sum("Shift: What" in each for each in posted(bot)) == 1  # from before she was noted
    assert not any("wrote again" in each for each in posted(bot))
    whole = bot.store.casefiles.read(here(bot).id)
    assert (whole.notes, [each.reason for each in whole.labels]) == ((), [""])
    assert [each.text for each in timeline(whole)][-1] == "TLP:GREEN > TLP:AMBER"


def test_another_workspace_s_notes_stay(lead: Bot) -> None:
    case = here(lead)
    for each in lead.store.cases.listed(Reader(TEAM, "U0ADA")):
        lead.store.cases.write_down(each.id, Note("U0ADA", "ada@example.com", now()))
    assert lead.store.forgetting.held(ADA, team="T0OTHER").notes == 0
    assert lead.store.forgetting.forget(ADA, team="T0OTHER").notes == 0
    assert len(lead.store.casefiles.read(case.id).notes) == 1
    assert forgetting.held(lead.store, ADA, team=None).notes == 1


def test_what_findings_of_other_targets_name_is_said_before_it_stays(lead: Bot) -> None:
    scan = opened(lead.store, "dns", place=Place(TEAM, "C0GENERAL"))
    told_of = finding("192.0.2.1")
    lead.store.runs.close(claimed(lead.store, scan), Outcome.FOUND, findings=[told_of])
    asked, _ = forgotten(lead, "192.0.2.1")
    assert "1 finding of a scan of another target" in asked


def test_the_button_that_was_pressed_late_forgets_what_is_there_then(lead: Bot) -> None:
    sealed = lead.front.seal(TEAM)(Action("forget", subject="ada@example.com"))
    told(lead, "note ada@example.com wrote")
    lead.click(lead.post_button("forget", sealed), "forget")
    assert "Forgotten: 1 note" in words_of(lead.whispers()[-1])
