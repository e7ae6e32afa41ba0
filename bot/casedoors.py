"""Which case is meant in a place, and who may do what with it: asked before anything is done, and written down."""

from __future__ import annotations

from bot import casewords, guard
from bot.front import Front
from bot.guard import Who
from core.access import Reader, sees_case
from core.cases import Case
from core.errors import BadQuestion, NotAllowed
from core.language import tr
from core.standing import TeamRole


async def case_here(
    front: Front,
    who: Who,
    verb: str,
    subject: str = "",
    *,
    members_only: bool = False,
    closed_too: bool = False,
    reason: str = "",
) -> Case:
    """The case of this place, for somebody who may do that with it; written down.

    Raises:
        BadQuestion: there is none.
        NotAllowed: they may not.
    """
    find = front.store.cases.here if closed_too else front.store.cases.bound
    case = await front.record(lambda: find(who.place))
    if case is None:
        await guard.check(front, who, verb, subject)
        raise BadQuestion(tr(casewords.NONE_HERE))
    await guard.check(front, who, verb, f"{case.id} {subject}".strip(), reason=reason)
    try:
        check_sees(who, case)
        if members_only and who.user not in case.members:
            raise NotAllowed(tr(casewords.MEMBERS_ONLY), rule="case member")
    except NotAllowed as refusal:
        await guard.write(front, who, verb, case.id, decision="refused", rule=refusal.rule)
        raise
    return case


def check_sees(who: Who, case: Case) -> None:
    """Raises NotAllowed: it is not theirs to see."""
    if not sees_case(reader_of(who), case):
        raise NotAllowed(tr(casewords.HIDDEN), rule="tlp")


async def leads(front: Front, who: Who, case: Case, *, verb: str) -> bool:
    """Whether they lead the case, or have the role lead; that they do not is written down."""
    if who.user in case.leads or await leads_team(front, who):
        return True
    await guard.write(front, who, verb, case.id, decision="refused", rule="case lead")
    return False


async def leads_team(front: Front, who: Who) -> bool:
    """Whether they have the role lead here, or admin."""
    return await guard.role_of(front, who) >= TeamRole.LEAD


def reader_of(who: Who) -> Reader:
    """Who reads here: other scans may be in rooms one cannot enter."""
    return Reader(who.place.team, who.user, frozenset({who.place.channel} - {""}))
