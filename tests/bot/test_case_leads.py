"""What the leads of a case alone do: give it another label, and close one that forgets. Everybody is told plainly."""

from __future__ import annotations

import pytest

from core.belongs import Belongs
from core.cases import Tlp
from core.models import Asker, Outcome, Place
from core.standing import TeamRole
from core.store import Notice
from tasks.posting import Posting
from tests.bot.listening import TEAM, Bot
from tests.bot.test_cases import OPEN, here, posted, told
from tests.bot.test_cases_shown import deliver, said
from tests.bot.test_team_intruders import given
from tests.core.stores import claimed, finding, opened


def labels(bot: Bot) -> dict[str, str]:
    return {each.target.value: each.belongs.tlp for each in bot.scans()}


def test_a_stricter_label_counts_at_once_for_what_is_posted_next(bot: Bot) -> None:
    told(bot, f"{OPEN} tlp=green")
    for text in ("example.com collectors=dns", "example.org collectors=dns tlp=amber"):
        bot.sandbox.command(text)
    one = next(each for each in bot.scans() if each.target.value == "example.com")
    deliver(bot, one)
    assert "example[.]com" in " ".join(said(bot, "C0GENERAL"))
    answer = told(bot, "tlp red because the press asks")
    for part in ("is TLP:RED now; it was TLP:GREEN", "2 scans of it", "stays there: delete it by hand", "still ask"):
        assert part in answer
    assert (here(bot).tlp, labels(bot)) == (Tlp.RED, {"example.com": "red", "example.org": "red"})
    card = posted(bot)[-1]
    assert "is TLP:RED from now on; it was TLP:GREEN" in card
    assert "What was posted before stays where it is" in card
    assert not any(word in card for word in ("Phish", "press"))  # it stands in a public channel
    bot.store.runs.close(claimed(bot.store, one), Outcome.FOUND, findings=[finding("x.example.com", severity="high")])
    deliver(bot, one)
    assert "x[.]example[.]com" in " ".join(said(bot, "D0ADA"))
    assert "x[.]example[.]com" not in " ".join(said(bot, "C0GENERAL"))
    bot.sandbox.command("example.net collectors=dns")
    assert labels(bot)["example.net"] == "red"
    row = bot.store.audit.listed(team=TEAM, limit=3)
    assert [(each["verb"], each["reason"], each["outcome"]) for each in row[1:]] == [
        ("case tlp", "the press asks", "TLP:GREEN > TLP:RED, 2 scans marked"),
        ("case tlp", "the press asks", ""),
    ]
    assert "another label" in told(bot, "status")
    assert "TLP:GREEN > TLP:RED: the press asks" in told(bot, "status")
    assert "0 notes" in told(bot, "status")


def test_a_looser_label_needs_a_reason_and_leaves_what_is_marked(bot: Bot) -> None:
    told(bot, f"{OPEN} tlp=amber")
    bot.sandbox.command("example.com collectors=dns")
    assert "so say why: /case tlp green because" in told(bot, "tlp green")
    assert here(bot).tlp is Tlp.AMBER
    answer = told(bot, 'tlp green reason="it is public now"')
    assert "What is in the case already keeps its label" in answer
    bot.sandbox.command("example.org collectors=dns")
    assert labels(bot) == {"example.com": "amber", "example.org": "green"}
    (change,) = bot.store.casefiles.read(here(bot).id).labels
    assert (change.user, change.was, change.label, change.reason) == (
        *("U0ADA", Tlp.AMBER, Tlp.GREEN, "it is public now"),
    )
    assert "is TLP:GREEN already" in told(bot, "tlp green")


@pytest.mark.parametrize(("text", "says"), [("tlp", 'no label ""'), ("tlp pink", 'no label "pink"')])
def test_what_is_no_label_is_said(bot: Bot, text: str, says: str) -> None:
    told(bot, f"{OPEN} tlp=amber")
    assert says in told(bot, text)
    assert here(bot).tlp is Tlp.AMBER


def test_a_member_who_does_not_lead_is_told_whom_to_ask(bot: Bot) -> None:
    told(bot, f"{OPEN} tlp=amber")
    told(bot, "members add <@U0BOB|bob>")
    for text in ("tlp red", "tlp green because I like it"):
        answer = told(bot, text, user="U0BOB")
        assert "changed by one of its leads" in answer
        assert "<@U0ADA>" in answer
    assert bot.audit()[0] == ("U0BOB", "case tlp", "refused", "case lead")
    assert here(bot).tlp is Tlp.AMBER
    given(bot, "U0BOB", TeamRole.LEAD)
    assert "is TLP:RED now" in told(bot, "tlp red", user="U0BOB")


def test_what_still_waits_to_be_said_and_what_opens_meanwhile_gets_the_stricter_label(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(_posting: Posting) -> None:
        """Slack is slow today."""

    told(bot, f"{OPEN} tlp=green")
    with monkeypatch.context() as slow:
        slow.setattr(Posting, "post_due", later)
        told(bot, "hand over <@U0BOB|bob>")
        told(bot, "tlp red")
    waiting: list[Notice] = bot.store.notices.take(lease=0.0)
    assert {each.key.split("/")[2]: each.tlp for each in waiting} == {"shift": "red", "label": ""}
    read_before = Belongs(case=here(bot).id, tlp="green")
    late = opened(bot.store, "dns", asker=Asker("U0ADA"), place=Place(TEAM, "C0GENERAL"), belongs=read_before)
    assert bot.store.scans.get(late.id).belongs.tlp == "red"


def test_only_a_lead_closes_a_case_that_forgets(bot: Bot) -> None:
    told(bot, f"{OPEN} forget")
    told(bot, "members add <@U0BOB|bob>")
    answer = told(bot, "close", user="U0BOB")
    assert "forgets its scans and notes for good" in answer
    assert "<@U0ADA>" in answer
    assert bot.audit()[0] == ("U0BOB", "case close", "refused", "case lead")
    assert here(bot).is_open
    assert "Its report follows" in told(bot, "close")
    told(bot, OPEN)
    told(bot, "members add <@U0BOB|bob>")
    assert "Its report follows" in told(bot, "close", user="U0BOB")  # it is kept


def test_the_role_lead_closes_also_what_forgets_and_who_took_over_leads_too(bot: Bot) -> None:
    told(bot, f"{OPEN} forget")
    given(bot, "U0BOB", TeamRole.LEAD)
    assert "Its report follows" in told(bot, "close", user="U0BOB")
    bot.store.roles.take(TEAM, "U0BOB")
    bot.front.forget_roles()
    told(bot, f"{OPEN} forget")
    told(bot, "hand over <@U0BOB|bob>")
    assert "Its report follows" in told(bot, "close", user="U0BOB")


def test_in_spanish_too(bot: Bot) -> None:
    told(bot, f"{OPEN} tlp=green forget")
    told(bot, "members add <@U0EVA|eva>")
    assert "La etiqueta de un caso la cambia uno de sus responsables" in told(bot, "tlp red", user="U0EVA")
    assert "Cerrar este caso olvida para siempre" in told(bot, "close", user="U0EVA")
    told(bot, "hand over <@U0EVA|eva>")
    assert "Lo que ya está en Slack sigue allí" in told(bot, "tlp red", user="U0EVA")
