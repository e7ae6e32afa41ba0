"""What requests may hold: read strictly, and the OpenAPI document is made from it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST_LISTED = 500
LONGEST_TARGET = 4096
LONGEST_REASON = 400

Priorities = Literal["interactive", "scheduled", "bulk"]
Name = Annotated[str, Field(min_length=1, max_length=40)]
Names = Annotated[list[Name], Field(min_length=1, max_length=50)]
TargetText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_TARGET,
        description="What to look up, written as in Slack: example.com, 192.0.2.10, user:ada-example ...",
        examples=["example.com"],
    ),
]


def _whole(given: object) -> object:
    """2.0 is a whole number in JSON Schema."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


Round = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=1_000_000)]


Depth = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=1)]


class Asked(BaseModel):
    """A body of ours: types are taken as they are, and what is unknown is refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Manner(Asked):
    """How to ask."""

    type: Annotated[
        Name | Names | None,
        Field(description="A collector, or several; absent: all that fit the target.", examples=["dns"]),
    ] = None
    collectors: Annotated[Names | None, Field(description="Another name for `type`; give one of the two.")] = None
    options: Annotated[
        list[Name],
        Field(max_length=20, description="What collectors do only when asked for by name: `with=` in Slack."),
    ] = Field(default_factory=list)
    playbook: Annotated[
        str, Field(max_length=60, description="A named set of collectors and options: `name`, or `name@version`.")
    ] = ""
    fresh: Annotated[bool, Field(description="Take no answer from an earlier scan.")] = False
    active: Annotated[
        bool, Field(description="Allow to touch the target itself, which its owner can see. Goes into the audit.")
    ] = False
    tlp: Annotated[
        Literal["red", "amber+strict", "amber", "green", "clear"] | None,
        Field(description="Its label (TLP 2.0); absent: DEFAULT_TLP. It decides who may see it and whom to ask."),
    ] = None
    reason: Annotated[
        str,
        Field(max_length=LONGEST_REASON, description="Why. Needed for e-mail addresses, user names, phones, names."),
    ] = ""
    tag: Annotated[str, Field(max_length=100, description="Kept with the scan, to find it by.")] = ""
    depth: Annotated[
        Depth,
        Field(description="1: once it has ended, what it leads to is looked up by itself, within limits."),
    ] = 0


class Wanted(Manner):
    """A scan that is asked for: of a target, or of what an earlier scan found."""

    target: TargetText | None = None
    parent: Annotated[
        Name | None, Field(description="The scan that it is pivoted from; with `finding`, instead of a target.")
    ] = None
    finding: Annotated[
        Name | None, Field(description="The `fingerprint` of a finding of that scan, as GET /scan/{task_id} tells it.")
    ] = None
    beyond: Annotated[
        bool, Field(description="Pivot even where that leads away from what the parent's tree began with.")
    ] = False
    priority: Annotated[Priorities, Field(description="Who waits for it; those of a person come first.")] = (
        "interactive"
    )
    callback_url: Annotated[
        str | None, Field(min_length=1, max_length=2000, description="Told over HTTP POST when the scan has ended.")
    ] = None


class ManyWanted(Manner):
    """A list of targets, all asked in the same manner."""

    targets: Annotated[list[TargetText], Field(min_length=1, max_length=MOST_LISTED)]
    priority: Annotated[Priorities, Field(description="As for one.")] = "bulk"
    callback_url: Annotated[
        str | None, Field(min_length=1, max_length=2000, description="Told of each, as for one.")
    ] = None


class PlanWanted(Manner):
    """A scan that is only planned: nobody is asked, nothing is written."""

    target: TargetText


class RerunWanted(Asked):
    """What is to be asked again."""

    which: Annotated[
        Name,
        Field(
            description="all; failed; unconsented: those that would touch the target itself, which this allows; or one"
            " collector of the scan."
        ),
    ] = "all"
    round: Annotated[
        Round | None, Field(description="The round to follow, if it is still the newest one; absent: that one.")
    ] = None
    reason: Annotated[str, Field(max_length=LONGEST_REASON, description="Why; as for a new scan.")] = ""
