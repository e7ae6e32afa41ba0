"""What a run found and was answered, and the record does not hold yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.answers import RECORD_AWAY, Answer
from core.errors import StoreDown
from core.models import Finding, Run
from core.store import Store

log = structlog.get_logger()

GATHER = 2.0  # seconds findings may wait to be saved together
HEAVY = 2 * 2**20  # bytes of answers that wait: more are saved at once
TOO_HEAVY = 16 * HEAVY  # ... and while the record is away, more lose their bytes: what was found matters more

Changed = Callable[[str], Awaitable[object]]


class Keep:
    """Saves findings in small batches as they come, so that a lost worker or a cancel keeps most of them; and with
    them what sources answered."""

    def __init__(self, store: Store, run: Run, changed: Changed) -> None:
        self._store = store
        self._run = run
        self._changed = changed
        self._waiting: list[Finding] = []
        self._answers: list[tuple[int, Answer]] = []
        self._answered = 0
        self._weight = 0
        self._saved_at = asyncio.get_running_loop().time()
        self._away_at = -GATHER  # when the record did not take something

    async def add(self, finding: Finding) -> None:
        self._waiting.append(finding)
        if asyncio.get_running_loop().time() - self._saved_at >= GATHER:
            await self.flush()
            await self._changed(self._run.scan_id)

    async def answered(self, answer: Answer) -> None:
        """Keep what a source answered."""
        if self._weight + len(answer.body) > TOO_HEAVY:
            answer = answer.without(RECORD_AWAY)
        self._answers.append((self._answered, answer))
        self._answered += 1
        self._weight += len(answer.body)
        if self._weight >= HEAVY and asyncio.get_running_loop().time() - self._away_at >= GATHER:
            await self.flush()

    def rest(self) -> list[Finding]:
        """What is not saved yet, to be saved by whoever asks."""
        batch, self._waiting = self._waiting, []
        return batch

    def rest_of_answers(self) -> list[tuple[int, Answer]]:
        """The same for what was answered, with its place among the answers of this run."""
        batch, self._answers, self._weight = self._answers, [], 0
        return batch

    async def flush(self) -> None:
        batch, answers = self.rest(), self.rest_of_answers()
        self._saved_at = asyncio.get_running_loop().time()
        try:
            await asyncio.to_thread(self._store.runs.save, self._run, batch, answers)
        except asyncio.CancelledError:  # whoever closes the run takes them along: saving one twice keeps it once
            self._put_back(batch, answers)
            raise
        except StoreDown as error:
            self._put_back(batch, answers)
            self._away_at = asyncio.get_running_loop().time()
            log.warning("findings not saved yet", run=self._run.id, findings=len(batch), why=str(error))

    def _put_back(self, batch: list[Finding], answers: list[tuple[int, Answer]]) -> None:
        self._waiting = [*batch, *self._waiting]
        self._answers = [*answers, *self._answers]
        self._weight += sum(len(answer.body) for _, answer in answers)
