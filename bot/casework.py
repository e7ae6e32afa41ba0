"""Cases in Slack: opened, looked at, noted, handed over and closed, with the words of /case, a form and a shortcut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from bot import casewords, counting, guard
from bot.casedoors import case_here, check_sees, leads, leads_team, reader_of
from bot.casewords import CaseWords, case_words, people_in, spoken
from bot.forms import tell
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from bot.relabelling import relabel
from bot.shifts import announced, hand_over, holds_back
from core import blocks, clock
from core.access import sees, sees_case
from core.blocks import Message
from core.blocks import cases as said
from core.blocks.caselabels import ask_leads
from core.casefile import Casefile, for_readers
from core.casereport import report
from core.cases import Case, Note, Tlp
from core.errors import BadQuestion, GumshoeError, NoExport, NotAllowed, SlackError
from core.exports.formats import Format, format_of
from core.language import N_, tr
from core.slack import Rooms
from tasks.casework import TEND, outlets, personal, publish
from tasks.exporting import case_attachment
from tasks.queue import hint

log = structlog.get_logger()

LONGEST_NOTE = 3000  # characters
FORGETS = N_(
    "Closing this case forgets its scans and notes for good. So one of its leads closes it, or somebody with the role "
    "lead or admin."
)


async def answer(front: Front, who: Who, text: str) -> Message:
    """What a typed `/case ...` gets as its ephemeral answer. Never raises an error of ours: it says it."""
    verb, _, rest = text.strip().partition(" ")
    verb = verb.lower() or "status"
    if verb not in VERBS:
        return blocks.notice(tr('There is no /case "{word}".', word=verb[:40]), next_step=tr("See /case help."))
    try:
        with counting.asking("case"):
            return await VERBS[verb](front, who, rest.strip())
    except GumshoeError as error:
        return blocks.notice(tr(str(error)))


async def _open(front: Front, who: Who, rest: str) -> Message:
    words = case_words(spoken(rest))
    if not words.purpose:
        raise BadQuestion(tr(casewords.NEEDS_PURPOSE))
    return await open_with(front, who, words)


async def open_with(front: Front, who: Who, words: CaseWords) -> Message:
    """Open a case here and say so. Returns what whoever opened it is told.

    Raises:
        BadQuestion, NotAllowed: why it was not opened.
    """
    if not words.title:
        raise BadQuestion(tr(casewords.NEEDS_TITLE))
    if not who.place.channel:
        raise BadQuestion(tr(casewords.NOWHERE))
    if words.until is not None and words.until <= clock.now():
        raise BadQuestion(tr("That day is over already. Choose a later one: until=2027-01-31"))
    await guard.check(front, who, "case open", f"{words.title}: {words.purpose}")
    new = Case(
        id="",
        team=who.place.team,
        title=words.title,
        purpose=words.purpose,
        tlp=words.tlp or Tlp(front.settings.default_tlp),
        channel=who.place.channel,
        thread_ts=who.place.thread_ts,
        opened_by=who.user,
        opened_at=clock.now(),
        until=words.until,
        keep_days=words.keep_days,
        forgets=words.forgets,
    )
    case, opened = await front.record(partial(front.store.cases.open, new, say=announced))
    if not opened:
        named, another = N_("This place belongs to the case {title}."), N_("This place belongs to another case.")
        taken = tr(named, title=case.title) if sees_case(reader_of(who), case) else tr(another)
        return blocks.notice(taken, next_step=tr("Close that first, or open yours in a thread."))
    front.later(front.posting.post_due())
    begun = N_("Opened the case {title}, {label}. Scans that start here belong to it.")
    step = tr("/case members add @user lets others see all of it.")
    return blocks.notice(tr(begun, title=case.title, label=case.tlp.label), next_step=step)


async def _status(front: Front, who: Who, _rest: str) -> Message:
    await guard.check(front, who, "case status")
    case = await front.record(lambda: front.store.cases.here(who.place))
    if case is None:
        reader = reader_of(who)
        return said.case_list(await front.record(lambda: front.store.cases.listed(reader, only_open=True)))
    check_sees(who, case)
    return said.case_status(await _file(front, who, case), now=clock.now())


async def _note(front: Front, who: Who, rest: str) -> Message:
    text = spoken(rest)[:LONGEST_NOTE].strip()
    if not text:
        raise BadQuestion(tr("Write what to note: /case note the mail came from a leased server"))
    case = await case_here(front, who, "case note")
    words = Note(who.user, text, clock.now())
    await front.record(lambda: front.store.cases.write_down(case.id, words))
    return blocks.notice(tr("Noted in the case {title}.", title=case.title))


async def _members(front: Front, who: Who, rest: str) -> Message:
    verb, _, named = rest.partition(" ")
    if verb.lower() not in ("add", "remove"):
        case = await case_here(front, who, "case members")
        return said.case_status(await _file(front, who, case), now=clock.now())
    users = people_in(named)
    if not users:
        raise BadQuestion(tr("Name who: /case members {verb} @user", verb=verb.lower()))
    case = await case_here(front, who, f"case members {verb.lower()}", " ".join(users), members_only=True)
    if verb.lower() == "add":
        await _check_fit(front, who, users)
        added = [each for each in users if await front.record(partial(_add, front, who, case, each), within=AT_LEISURE)]
        all_new = N_("Added to the case {title}. They see all of it now.")
        some = N_("Added to the case {title}. {added} of {named} were not members yet see all of it now.")
        count = {"added": len(added), "named": len(users)}
        return blocks.notice(tr(all_new if len(added) == len(users) else some, title=case.title, **count))
    gone = [
        each
        for each in users
        if await front.record(partial(front.store.cases.remove_member, case.id, each), within=AT_LEISURE)
    ]
    if not gone:
        return blocks.notice(tr("Nobody was taken out: they are no members, or the last one."))
    out = N_("Taken out of the case {title}: {n}. What they were sent stays with them.")
    return blocks.notice(tr(out, title=case.title, n=len(gone)))


async def _check_fit(front: Front, who: Who, users: list[str]) -> None:
    """A member may see all of a case: nobody becomes one who may not ask me.

    Raises:
        NotAllowed, SlackError: they may not; Slack does not tell who they are.
    """
    for user in users:
        try:
            await guard.judge(front, Who(user, who.place, door=who.door))
        except NotAllowed as refusal:
            sentence = tr("That person may not ask me here, so they can be no member of a case.")
            await guard.write(front, who, "case members add", user, decision="refused", rule=refusal.rule)
            raise NotAllowed(sentence, rule=refusal.rule) from refusal


def _add(front: Front, who: Who, case: Case, user: str) -> bool:
    return front.store.cases.add_member(case.id, user, by=who.user)


async def _report(front: Front, who: Who, rest: str) -> Message:
    fmt = format_of(rest) if rest.strip() else None
    case = await case_here(front, who, "case report", rest, closed_too=True)
    front.later(_post_report(front, who, case, fmt))
    return blocks.notice(tr("Making the report of the case {title}.", title=case.title))


async def _post_report(front: Front, who: Who, case: Case, fmt: Format | None) -> None:
    def make(file: Casefile) -> Message:
        if fmt is None:
            return said.case_report(file, report(file, front.titles, now=clock.now()))
        try:
            return said.case_report(file, case_attachment(front.store, front.settings, file, fmt, by=who.user))
        except NoExport as refusal:
            return blocks.notice(tr(str(refusal)))

    await _post(front, who, case, make, what="report")


async def _hand(front: Front, who: Who, rest: str) -> Message:
    first, _, named = rest.partition(" ")
    users = people_in(named if first.lower() == "over" else rest)
    if len(users) > 1:
        raise BadQuestion(tr("Hand over to one person: /case hand over @user"))
    to = users[0] if users else ""
    case = await case_here(front, who, "case hand over", to, members_only=True)
    if to:
        await _check_fit(front, who, users)
        add = partial(front.store.cases.add_member, case.id, to, by=who.user, lead=True)
        await front.record(add, within=AT_LEISURE)
    front.later(hand_over(front, who, case.id, to))
    return blocks.notice(tr("Handing over the case {title}.", title=case.title))


async def _close(front: Front, who: Who, _rest: str) -> Message:
    case = await case_here(front, who, "case close", members_only=not await leads_team(front, who))
    if case.forgets and not await leads(front, who, case, verb="case close"):
        return ask_leads(tr(FORGETS), case)
    closed = await front.record(lambda: front.store.cases.close(case.id, by=who.user))
    if not closed:
        return blocks.notice(tr("The case {title} was closed already.", title=case.title))
    front.later(hint(TEND, case.id))
    then = said.after_closing(case)
    return blocks.notice(tr("Closed the case {title}. Its report follows. {then}", title=case.title, then=then))


async def _help(front: Front, who: Who, _rest: str) -> Message:
    await guard.check(front, who, "help", "case")
    return said.case_usage()


async def _post(front: Front, who: Who, case: Case, make: Callable[[Casefile], Message], *, what: str) -> None:
    """Say it where the case may speak; whoever asked gets what was left out there, if they may see it."""
    whole = await front.record(lambda: front.store.casefiles.read(case.id), within=AT_LEISURE)
    slot, keep = f"case/{case.id}/{what}/{clock.now().isoformat()}", partial(front.store.casefiles.posted, case.id)
    try:
        slack = await front.door(case.team)
        there = await outlets(Rooms(slack), case)
        for outlet in there:
            message = await asyncio.to_thread(make, for_readers(whole, outlet.may))
            await publish(slack, outlet, message, slot=slot, keep=keep)
        if who.user in case.members and any(holds_back(whole, outlet) for outlet in there):
            message = await asyncio.to_thread(make, for_readers(whole, personal(who.user).may))
            await publish(slack, personal(who.user), message, slot=slot, keep=keep)
    except SlackError as error:
        log.warning("nothing posted for a case", case=case.id, code=error.code, why=str(error))
        sentence = tr("I could not post that. {why}", why=tr(str(error)))
        await tell(front, who, blocks.notice(sentence, next_step=tr("Try again.")))


async def _file(front: Front, who: Who, case: Case) -> Casefile:
    """The case as this person may see it."""
    whole = await front.record(lambda: front.store.casefiles.read(case.id), within=AT_LEISURE)
    return for_readers(whole, partial(sees, reader_of(who)))


VERBS: dict[str, Callable[[Front, Who, str], Awaitable[Message]]] = {
    "open": _open,
    "status": _status,
    "note": _note,
    "members": _members,
    "report": _report,
    "hand": _hand,
    "handover": _hand,
    "close": _close,
    "tlp": relabel,
    "help": _help,
}
