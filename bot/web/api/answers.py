"""What answers hold: the OpenAPI document is made from it, and tests hold every answer to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.web.api.readings import Headline
from core.models import Kind, Outcome, Priority, RunState
from core.previews import Way
from core.progress import Progress


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it, with the next step."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    next: Annotated[str | None, Field(description="What to do about it.")] = None


class Accepted(BaseModel):
    """A scan that was written down."""

    task_id: str
    status: Progress
    message: str
    target: Annotated[str, Field(description="In its canonical spelling.")]
    kind: Kind
    collector_type: Annotated[str | list[str], Field(description='As it was asked for; "all" when it was not.')]
    collectors: Annotated[list[str], Field(description="Those that are asked.")]
    skipped: Annotated[dict[str, str], Field(description="Those that are not, and why.")]
    notes: Annotated[list[str], Field(description="What was changed in what you wrote.")]


class Refused(BaseModel):
    """A target of a list that was not taken."""

    target: str
    problem: Problem


class ManyAccepted(BaseModel):
    """Each target of a list, in its order: taken or refused. What is taken was written down as a whole."""

    accepted: int
    refused: int
    message: str
    targets: list[Accepted | Refused]


class Steps(BaseModel):
    """How far it is."""

    closed: Annotated[int, Field(description="Runs of this round that have ended.")]
    total: int
    findings: Annotated[int, Field(description="Of all collectors, so far.")]


class Gap(BaseModel):
    """A collector that could not look, or not everywhere. What it did not see may well be there."""

    collector: str
    outcome: Outcome
    reason: str
    message: str


class Run(BaseModel):
    """What one collector came to."""

    model_config = ConfigDict(extra="allow")

    collector: str
    state: RunState
    outcome: Outcome | None
    reason: str
    message: str
    cached: bool
    age_s: int | None
    ms: int | None
    held_back: Annotated[int, Field(description="Findings that only who asked may read.")] = 0
    findings: Annotated[list[dict[str, Any]], Field(description="Each with its provenance; see The JSON of a scan.")]


class Summary(BaseModel):
    """A scan without its findings."""

    task_id: str
    status: Progress
    message: str
    target: str
    kind: Kind
    collector_type: str | list[str]
    progress: Steps
    not_looked_at: list[Gap]
    round: int
    tag: str
    tlp: Annotated[str, Field(description="Its label (TLP 2.0): who may be shown it.")]
    case: Annotated[str, Field(description="The id of its case; empty: it is of none.")]
    priority: Priority
    asked_by: str
    parent: Annotated[str | None, Field(description="The scan that it was pivoted from.")]
    finding: Annotated[str | None, Field(description="The fingerprint of the finding that led to it.")]
    hops: Annotated[int, Field(description="How many pivots it is away from where its tree began.")]
    reason: str
    created_at: str
    changed_at: str | None
    finished_at: str | None


class Called(BaseModel):
    """How far the end of a round was told to the scan's callback."""

    round: int
    state: Annotated[str, Field(description="due, told or given up.")]
    tries: int
    error: Annotated[str, Field(description="Why the last try did not do.")]
    next_try_at: str | None


class Whole(Summary):
    """A scan with all that was found so far."""

    scan: dict[str, Any]
    runs: list[Run]
    headlines: Annotated[list[Headline], Field(description="Once it has ended; the most severe first.")]
    callbacks: Annotated[list[Called], Field(description="Of the rounds that ended, when it has a callback.")] = []


class Page(BaseModel):
    """Scans, the newest first."""

    scans: list[Summary]
    next_cursor: Annotated[str | None, Field(description="Leads to the next page; null: this is the last one.")]


class Tree(BaseModel):
    """All scans that came of one by pivots, each right below its parent."""

    root: Annotated[str, Field(description="The scan that it began with, as far as you may see.")]
    scans: list[Summary]
    more: Annotated[int, Field(description="Scans that are left out, as there are too many.")]
    hidden: Annotated[int, Field(description="Scans that you may not see.")]


class Stopped(Summary):
    """A scan that was told to stop."""

    stopped: Annotated[bool, Field(description="False: it had ended already.")]


class Reopened(Summary):
    """A scan that is asked again; `round` is the new round."""


class PlanStep(BaseModel):
    """What would become of one collector."""

    collector: str
    title: str
    way: Way
    reason: str
    message: str
    age_s: Annotated[float | None, Field(description="Of the kept answer that would be used.")]
    usual_seconds: Annotated[float | None, Field(description="Half of its latest runs took that at most.")]
    slow_seconds: float | None
    wait_seconds: Annotated[float, Field(description="Before its turn comes.")]
    cost: str
    options: list[str]
    touches: Annotated[bool, Field(description="Asking touches the target itself.")]
    spreads: Annotated[bool, Field(description="Asking tells many third parties.")]


class MoreOption(BaseModel):
    name: str
    about: str
    touches: bool


class Plan(BaseModel):
    """What a scan would do."""

    target: str
    kind: Kind
    notes: list[str]
    seconds: Annotated[float | None, Field(description="How long it takes as a rule; null: nothing measured yet.")]
    slow_seconds: float | None
    unmeasured: int
    steps: list[PlanStep]
    more_options: list[MoreOption]


class Collector(BaseModel):
    """Something that can be asked."""

    name: str
    title: str
    about: str
    accepts: list[Kind]
    gives: list[str]
    tells: Annotated[str, Field(description="Who learns what we ask.")]
    ready: bool
    lacks: Annotated[str, Field(description="What must be set first.")]
    touches: Annotated[list[Kind], Field(description="Kinds of target that it touches itself.")]
    spreads: bool
    options: list[MoreOption]
    limits: str
    budgets: list[str]
    left: Annotated[
        str | None,
        Field(description="What is left of what its sources grant; empty: no such limit; null: not known now."),
    ]
    wait_seconds: float
    lives: Annotated[str, Field(description="How long its answers count as fresh.")]
    last_hour: Annotated[dict[str, int], Field(description="Its own questions, by outcome.")]
    answered_at: str | None
    failing_with: str
    usual_seconds: float | None
    slow_seconds: float | None


class Collectors(BaseModel):
    collectors: list[Collector]


class Part(BaseModel):
    """A part of the whole."""

    model_config = ConfigDict(extra="allow")

    status: Literal["ok", "late", "down", "off"]
    message: str


class Health(BaseModel):
    """How the parts are. `down`: scans cannot be asked, or are not begun."""

    status: Literal["ok", "late", "down"]
    database: Part
    redis: Part
    workers: Part
    slack: Part
    queues: Annotated[dict[str, int | None], Field(description="Messages that wait; null: nobody knows.")]
