"""Forgetting a target: first what Slack shows of it, then what the record holds; the audit keeps that it was done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from core.errors import BadQuestion, FileGone, MessageGone, SlackDown, SlackError, Throttled
from core.language import ENGLISH, N_, NN_, ntr, speaking, tr
from core.models import Place, Target
from core.slack import Workspaces
from core.store import Forgotten, Held, Spoken, Store, name_of
from core.targets import display

log = structlog.get_logger()
VERB = "forget"


@dataclass(slots=True)
class Report:
    """What came of it."""

    forgotten: Forgotten = field(default_factory=Forgotten)
    deleted: int = 0  # messages and files of ours in Slack
    stay: Counter[tuple[str, str]] = field(default_factory=Counter)  # what Slack did not let us delete: where, and why
    elsewhere: int = 0  # findings of other scans that name it
    reports: int = 0  # of cases, that held it: among what was deleted, if Slack let us
    cases: int = 0  # that name it in their title or purpose

    @property
    def sentences(self) -> list[str]:
        said = [tr("Forgotten: {counts}.", counts=self.forgotten)]
        said += [tr("Deleted in Slack: {n} messages and files.", n=self.deleted)] * bool(self.deleted)
        for (channel, why), count in self.stay.items():
            there, here = N_("{n} stay in Slack, in {channel}: {why}"), N_("{n} stay in Slack, {why}")
            said.append(tr(there if channel else here, n=count, channel=channel, why=tr(why)))
        if self.reports:
            anew = NN_(
                "{n} of them is a report of a case: /case report makes it anew, without this target.",
                "{n} of them are reports of cases: /case report makes them anew, without this target.",
            )
            said.append(ntr(*anew, self.reports))
        if self.cases:
            titled = NN_(
                "{n} case names it in its title or purpose: that stays.",
                "{n} cases name it in their title or purpose: that stays.",
            )
            said.append(ntr(*titled, self.cases))
        if self.elsewhere:
            named = N_("{n} findings of scans of other targets name it: forget those targets as well.")
            said.append(tr(named, n=self.elsewhere))
        return said


def held(store: Store, target: Target, *, team: str | None) -> Held:
    """What there is to forget. Blocking.

    Raises:
        BadQuestion: it is being scanned right now.
    """
    found = store.forgetting.held(target, team=team)
    if found.running:
        sentence = N_("{target} is being scanned right now ({ids}). Cancel that first.")
        raise BadQuestion(tr(sentence, target=display(target), ids=", ".join(found.running[:5])))
    return found


async def forget(
    store: Store, workspaces: Workspaces | None, target: Target, *, team: str | None, by: str, place: Place, door: str
) -> Report:
    """Forget it. Done twice, the second time finds what is left; broken off, it can be done again.

    Raises:
        BadQuestion: it is being scanned right now.
        SlackDown, Throttled: Slack does not answer; then the record still holds all, and where the messages stand.
        StoreDown: the record does not answer.
    """
    found = await asyncio.to_thread(held, store, target, team=team)
    report = Report(elsewhere=found.elsewhere, cases=found.cases)
    if workspaces is not None:
        await _delete(workspaces, found.spoken, report)
    elif found.spoken:
        report.stay[("", N_("no bot token is set."))] = len(found.spoken)
    report.forgotten = await asyncio.to_thread(_forget, store, target, team)
    with speaking(ENGLISH):  # as all of the audit
        outcome = " ".join(report.sentences)
    write = store.audit.write
    await asyncio.to_thread(write, user=by, place=place, door=door, verb=VERB, subject=name_of(target), outcome=outcome)
    log.info("target forgotten", scans=report.forgotten.scans, messages=report.deleted)
    return report


def _forget(store: Store, target: Target, team: str | None) -> Forgotten:
    while store.chain.extend():  # what is not chained yet could not be blanked without breaking its link
        pass
    return store.forgetting.forget(target, team=team)


async def _delete(workspaces: Workspaces, spoken: Sequence[Spoken], report: Report) -> None:
    for each in sorted(spoken, key=lambda each: each.head):  # under a deleted head, replies would stay behind
        try:
            slack = (await workspaces.of(each.team)).slack
            if each.file:
                await slack.withdraw_file(each.ts)
                report.reports += each.report
            else:
                await slack.withdraw(each.channel, each.ts)
        except (MessageGone, FileGone):
            continue
        except (SlackDown, Throttled):
            raise
        except SlackError as error:
            report.stay[(each.channel, str(error))] += 1
        else:
            report.deleted += 1
