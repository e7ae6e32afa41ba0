"""Who has which role, which verb needs which, and whom an entry of the list covers."""

from __future__ import annotations

import pytest

from core.models import Kind, Target
from core.refusals import canonical, covering
from core.standing import TeamRole, least, standing

ANALYST, LEAD, VIEWER, ADMIN = TeamRole.ANALYST, TeamRole.LEAD, TeamRole.VIEWER, TeamRole.ADMIN
GIVEN = {"U0ADA": VIEWER, "S0LEADS": LEAD, "S0VIEWERS": VIEWER, "C0CASE17": ADMIN}


@pytest.mark.parametrize(
    ("user", "groups", "channel", "role"),
    [
        ("U0BOB", (), "C0GENERAL", ANALYST),
        ("U0BOB", (), "C0CASE17", ADMIN),
        ("U0BOB", ("S0VIEWERS",), "C0CASE17", VIEWER),  # what is said of a group beats what is said of a channel
        ("U0BOB", ("S0VIEWERS", "S0LEADS"), "", LEAD),
        ("U0ADA", ("S0LEADS",), "C0CASE17", VIEWER),  # what is said of a person beats all
        ("U0BOB", ("S0OTHER",), "", ANALYST),
    ],
)
def test_a_role_is_one_s_own_or_of_a_group_or_of_the_channel(
    user: str, groups: tuple[str, ...], channel: str, role: TeamRole
) -> None:
    assert standing(GIVEN, user=user, groups=groups, channel=channel, default=ANALYST) is role


@pytest.mark.parametrize(
    ("verbs", "role"),
    [
        ("help status history collectors quota home plan form", VIEWER),
        ("scan rerun rerun_failed ask_target cancel post_again approve refuse", ANALYST),
        ("something that is new", ANALYST),
        ("deny forget", LEAD),
        ("role", ADMIN),
    ],
)
def test_each_verb_has_its_least_role(verbs: str, role: TeamRole) -> None:
    names = [verbs] if verbs.startswith("something") else verbs.split()
    assert {least(verb) for verb in names} == {role}


@pytest.mark.parametrize(
    ("kind", "value", "entries"),
    [
        (
            Kind.EMAIL,
            "Ada+news@mail.Example.com",
            ["ada@mail.example.com", "mail.example.com", "example.com"],
        ),
        (Kind.EMAIL, "+@example.com", ["+@example.com", "example.com"]),
        (Kind.USERNAME, "Ada-Example", ["ada-example"]),
        (Kind.NAME, "Ada Example", ["ada example"]),
        (Kind.PHONE, "+12025550100", ["+12025550100"]),
        (Kind.DOMAIN, "example.com", []),  # one's own domains are for looking after
        (Kind.URL, "https://example.com/", []),
    ],
)
def test_an_entry_covers_the_other_spellings_of_a_person(kind: Kind, value: str, entries: list[str]) -> None:
    assert [each.value for each in covering(Target(kind, value))] == entries


def test_an_entry_is_kept_in_the_spelling_that_covers() -> None:
    for target in (Target(Kind.EMAIL, "ADA+x@Example.com"), Target(Kind.USERNAME, "Ada")):
        assert canonical(target) in covering(target)
