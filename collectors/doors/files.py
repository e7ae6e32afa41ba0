"""What one run may do with files: have one that was handed over, and have one read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from collectors.doors.bench import Bench, Report
from collectors.doors.evidence import Evidence
from collectors.doors.patience import Deadline
from collectors.doors.reply import Reply, digest
from core import clock
from core.errors import NotATarget, SourceError, UnreadableFile
from core.language.noted import noted
from core.models import Kind, Target


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that somebody handed over, whole."""

    name: str
    declared: str  # the media type its keeper says
    body: bytes
    url: str  # where it is kept, without any token; only a receipt
    source: str  # its keeper's name for people: "Slack file"


Keeper = Callable[[str, int], Awaitable[Handed]]
"""Gives the file with an id, of at most so many bytes; its trouble is SourceError."""


async def nobody(_file: str, _cap: int) -> Handed:
    """The keeper where there is none.

    Raises:
        UnreadableFile: always.
    """
    raise UnreadableFile(noted("Files are handed over in Slack, and Slack is not set up here."))


class Files:
    """One run's way to files."""

    def __init__(self, collector: str, keeper: Keeper, bench: Bench, evidence: Evidence, deadline: Deadline) -> None:
        self._collector = collector
        self.keeper = keeper
        self._bench = bench
        self._evidence = evidence
        self._deadline = deadline

    async def get(self, target: Target, *, cap: int) -> tuple[Reply, str]:
        """A file that was handed over, with a receipt, and its name.

        Raises:
            SourceError: it is gone, of another workspace, too large, or its keeper does not answer.
        """
        if target.kind is not Kind.FILE:
            raise NotATarget(noted("Only files are handed over."))
        handed = await self.keeper(target.value, cap)
        reply = Reply(
            collector=self._collector,
            source=handed.source,
            status="ok",
            url=handed.url,
            fetched_at=clock.now(),
            body=handed.body,
            sha256=digest(handed.body),
            headers={"content-type": handed.declared},
        )
        await self._evidence.answered(reply)
        return reply, handed.name

    async def read(self, reply: Reply) -> Report:
        """What a file says. When nothing could be read of it, the report is empty and says why as a gap."""
        try:
            within = self._deadline.allow(60.0, reply.source)
            found = await self._bench.read(reply.body, within=within)
        except SourceError as error:
            return Report(gaps=((error.reason, str(error)),))
        return found
