"""What one run may spend: which key a question is asked with, whether there is budget, and what rests for now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from collectors.declare import Budget, Collector
from collectors.doors.pacing import covers
from collectors.doors.question import Question, Variants
from collectors.doors.said import said
from collectors.doors.strategies import OutOfQuota, cause_of, strategy
from collectors.doors.verdict import AGAIN_IN
from core.clock import span
from core.errors import RateLimited, SourceError
from core.language import N_
from core.language.noted import noted
from core.ledger import Account, Drawer, Ledger, Period, Spent, Taken, Trouble
from core.ledger.troubles import PROBE

log = structlog.get_logger()

KEYLESS = "-"  # the mark of what is asked without a key
LONGEST_REST = 31 * 86400.0  # seconds that a key rests at its source's word: no budget is counted for longer
OF_SOURCE = frozenset({"down", "timeout", "blocked"})  # what counts in a row together: the source itself fails


@dataclass(slots=True)
class Grant:
    """Leave to ask one question with one key. It lapses, and what it took goes back, when it was never sent."""

    question: Question
    number: int  # which key
    alias: str
    source: Account  # whose breaker opens when the source itself fails
    keyed: Account  # ... and when this key is refused
    taken: Taken
    mark: str = ""  # of the key, where each of several has a pace of its own
    probes: frozenset[str] = frozenset()  # the accounts that this question tries after their rest
    budgeted: bool = False  # somebody declared that the source counts
    sent: bool = False


class Purse:
    """One run's way to budgets, keys and breakers; `factor` scales how long anything rests."""

    def __init__(self, ledger: Ledger, collector: Collector, drawer: Drawer, *, factor: float = 1.0) -> None:
        self._ledger = ledger
        self._collector = collector
        self._drawer = drawer
        self._factor = factor

    @asynccontextmanager
    async def grant(
        self, asked: Variants, tried: Collection[int] = (), before: Sequence[Grant] = ()
    ) -> AsyncIterator[Grant]:
        """Choose the key with the most left among those not tried yet, and take what the question costs. `before` are
        the grants that the same question had already.

        Raises:
            OutOfQuota: no key has anything left; says when one has.
            RateLimited, BadKey, Forbidden: every key rests since it met that.
            SourceDown, SourceTimeout, Blocked: the breaker of the source is open.
        """
        granted = await self._grant(asked, tried, before)
        try:
            yield granted
        finally:
            if not granted.sent:
                await self._ledger.windows.give_back(granted.taken)
                await self._ledger.troubles.end_probe(granted.source)
                await self._ledger.troubles.end_probe(granted.keyed)

    async def answered(self, granted: Grant) -> None:
        """The source answered: it works, and so does the key."""
        await self._ledger.troubles.worked(granted.source)
        await self._ledger.troubles.worked(granted.keyed)

    async def failed(self, granted: Grant, error: SourceError) -> None:
        """The question failed for good: count it where the table says so. A refusal is an answer of the source."""
        row = strategy(error)
        if not error.asked:
            return
        if row.breaker and row.opens == "source":
            together = OF_SOURCE
            rests = await self._ledger.troubles.failed(
                granted.source, error.reason, row.breaker, together=together, factor=self._factor
            )
            self._say(granted, rests, "source rests", granted.source)
            return
        if not granted.sent:
            return  # a refusal of ours says nothing about the source
        await self._ledger.troubles.worked(granted.source)
        if row.breaker is None:
            await self._ledger.troubles.worked(granted.keyed)
        elif isinstance(error, RateLimited) and error.retry_after is None:
            rests = await self._ledger.troubles.failed(granted.keyed, error.reason, row.breaker, factor=self._factor)
            self._say(granted, rests, "source asks to slow down", granted.keyed)

    async def refused(self, granted: Grant, error: SourceError) -> None:
        """This key was refused or asked to slow down: it rests, the others do not."""
        row = strategy(error)
        if row.breaker is None or row.opens != "key" or not error.asked:
            return
        wait = getattr(error, "retry_after", None)
        if isinstance(error, RateLimited):
            if granted.mark:
                rest = (wait or row.breaker.pause) * self._factor
                await self._ledger.troubles.hold(granted.keyed, error.reason, rest)
            return
        if granted.keyed.print == KEYLESS:
            return  # who asks without a key is not refused one
        rests = await self._ledger.troubles.failed(granted.keyed, error.reason, row.breaker, factor=self._factor)
        self._say(granted, rests, "key rests", granted.keyed)

    async def hear(self, granted: Grant, headers: Mapping[str, str]) -> None:
        """What the source itself says is left corrects the count."""
        account = granted.taken.account
        for each in said(headers, self._ledger.now()):
            period = each.period or _declared(account, each.limit)
            if period is not None and granted.budgeted:
                limit = each.limit if each.period else None
                await self._ledger.windows.hear(account, period, left=each.left, limit=limit)
            elif each.left == 0 and each.reset and granted.mark:
                rest = min(each.reset, LONGEST_REST) * self._factor
                await self._ledger.troubles.hold(granted.keyed, RateLimited.reason, rest)

    async def _grant(self, asked: Variants, tried: Collection[int], before: Sequence[Grant]) -> Grant:
        host = asked.first.address.host
        budget = self._budget(host, asked.ring.setting if asked.ring else "")
        name = budget.source if budget else host
        source = Account(name)
        mine = frozenset().union(*(each.probes for each in before))
        probes = mine | await self._check(source, asked.first.source, mine)
        marks = asked.ring.prints if asked.ring else ("",)
        purses = [self._account(budget, name, mark) for mark in marks]
        refusals: list[SourceError] = []
        for number in self._best_first(purses, tried):
            keyed = Account(name, marks[number] or KEYLESS)
            question = asked.questions[number]
            try:
                also = await self._check(keyed, asked.first.source, mine)
                taken = await self._ledger.windows.take(purses[number], question.cost, self._drawer)
            except SourceError as error:
                refusals.append(error)
            except Spent as spent:
                await self._ledger.troubles.end_probe(keyed)
                refusals.append(_spent(spent, purses[number], asked.first.source))
            else:
                several = len(marks) > 1
                alias = asked.ring.alias(number) if asked.ring else ""
                mark = marks[number] if several else ""
                return Grant(
                    question, number, alias, source, keyed, taken, mark, probes | also, budgeted=budget is not None
                )
        await self._ledger.troubles.end_probe(source)
        raise min(refusals, key=_wait)

    def _budget(self, host: str, setting: str) -> Budget | None:
        """The budget of the key's own setting, else the one of everybody who asks there."""
        there = [each for each in self._collector.budgets if covers(each.host, host)]
        return next((each for each in there if each.key == setting), None) or next(
            (each for each in there if not each.key), None
        )

    @staticmethod
    def _account(budget: Budget | None, name: str, mark: str) -> Account:
        if budget is None:
            return Account(name, mark)
        return Account(budget.source, mark if budget.key else "", budget.day, budget.month)

    def _best_first(self, purses: list[Account], tried: Collection[int]) -> list[int]:
        left = self._ledger.windows.left_of
        return sorted((n for n in range(len(purses)) if n not in tried), key=lambda n: (-left(purses[n]), n))

    async def _check(self, account: Account, who: str, mine: frozenset[str]) -> frozenset[str]:
        """The account itself when it has rested and this question is to try it, else nothing.

        Raises:
            SourceError: it still rests, for this cause; or somebody else tries it right now.
        """
        trouble = await self._ledger.troubles.of(account)
        if trouble is None or not trouble.until:
            return frozenset()
        now = self._ledger.now().timestamp()
        if trouble.rests(now):
            raise _resting(trouble, who, trouble.until - now)
        if account.id not in mine and not await self._ledger.troubles.may_probe(account):
            raise _resting(trouble, who, float(PROBE))
        return frozenset({account.id})

    def _say(self, granted: Grant, trouble: Trouble, word: str, account: Account) -> None:
        if trouble.rests(self._ledger.now().timestamp()):
            rest = span(trouble.until - trouble.at)
            log.warning(
                word, source=account.source, key=granted.alias, cause=trouble.cause, fails=trouble.fails, rest=rest
            )


def _declared(account: Account, limit: int | None) -> Period | None:
    """The window that was declared with just this limit."""
    if not limit:
        return None
    return "day" if limit == account.day else "month" if limit == account.month else None


def _wait(error: SourceError) -> float:
    wait: float | None = getattr(error, "retry_after", None)
    return float("inf") if wait is None else wait


RESTS = {  # the second: several times in a row
    "down": (
        N_("{who} does not work, so I did not ask it now."),
        N_("{who} does not work ({times} times in a row), so I did not ask it now."),
    ),
    "timeout": (
        N_("{who} does not answer in time, so I did not ask it now."),
        N_("{who} does not answer in time ({times} times in a row), so I did not ask it now."),
    ),
    "blocked": (
        N_("{who} puts a wall in front of us, so I did not ask it now."),
        N_("{who} puts a wall in front of us ({times} times in a row), so I did not ask it now."),
    ),
    "bad_key": (
        N_("{who} refuses our key, so I did not ask it now."),
        N_("{who} refuses our key ({times} times in a row), so I did not ask it now."),
    ),
    "forbidden": (
        N_("{who} does not let our key ask, so I did not ask it now."),
        N_("{who} does not let our key ask ({times} times in a row), so I did not ask it now."),
    ),
    "rate_limited": (
        N_("{who} asked us to slow down, so I did not ask it now."),
        N_("{who} asked us to slow down ({times} times in a row), so I did not ask it now."),
    ),
    "": (
        N_("{who} fails, so I did not ask it now."),
        N_("{who} fails ({times} times in a row), so I did not ask it now."),
    ),
}
SPENT = {  # why nothing is left, by the ledger's word and the period
    ("share", "day"): N_("Others want {who} too, and your share of what is left of this day is used."),
    ("share", "month"): N_("Others want {who} too, and your share of what is left of this month is used."),
    ("", "day"): N_("Our budget for {who} is used up for this day ({most:,})."),
    ("", "month"): N_("Our budget for {who} is used up for this month ({most:,})."),
}
TRIED_IN = N_("It is tried again in {wait}.")
NOT_KNOWN = N_("Redis was away, so what others asked of {who} meanwhile is not known yet.")


def _resting(trouble: Trouble, who: str, wait: float) -> SourceError:
    once, often = RESTS.get(trouble.cause, RESTS[""])
    said_so = noted(often if trouble.fails > 1 else once, who=who, times=trouble.fails)
    sentence = f"{said_so} {noted(TRIED_IN, wait=span(wait))}"
    kind = cause_of(trouble.cause)
    error = RateLimited(sentence, retry_after=wait) if kind is RateLimited else kind(sentence)
    error.asked = False
    return error


def _spent(spent: Spent, account: Account, who: str) -> OutOfQuota:
    limit = account.day if spent.period == "day" else account.month
    because = NOT_KNOWN if spent.why == "apart" else SPENT["share" if spent.why == "share" else "", spent.period]
    why = noted(because, who=who, most=limit)
    error = OutOfQuota(f"{why} {noted(AGAIN_IN, wait=span(spent.wait))}", retry_after=spent.wait)
    error.asked = False
    return error
