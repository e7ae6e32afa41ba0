"""The sites of the invented world: each one of our list is there, and answers for a taken and for a free name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import httpx
import pytest

from collectors.doors.reply import Reply
from collectors.sites import shelf
from collectors.sites.reading import State, read
from collectors.sites.rules import Rule
from core import clock
from sandbox.sources.profiles import FREE, HOSTILE, OTHERWISE, TAKEN, entries
from sandbox.sources.sites import sites
from sandbox.sources.world.people import ADA, HERMIT
from tests.sandbox.sources.conftest import Sources

OWN = shelf.own()
# What a stand-in of another collector answers for, from its own world, is proved by that one's tests.
HERE = [rule for rule in OWN if sites()["*." * rule.is_subdomain + rule.host] in OTHERWISE.values()]


def fitting(rule: Rule, name: str) -> str:
    """The name as this site allows it to be written."""
    forms = (name, name.replace("-", "_"), name.replace("-", " "), name.replace("-", ""))
    return next(form for form in forms if rule.allows(form))


def as_reply(rule: Rule, answer: httpx.Response) -> Reply:
    headers: Mapping[str, str] = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(
        collector="username",
        source=rule.site,
        status=answer.status_code,
        url=str(answer.url),
        fetched_at=clock.now(),
        body=answer.content,
        sha256=hashlib.sha256(answer.content).hexdigest(),
        headers=headers,
    )


async def state(sources: Sources, rule: Rule, name: str) -> State:
    return read(rule, as_reply(rule, await sources.get(rule.address(name))), name).state


def test_every_site_of_our_list_has_its_stand_in_and_no_other_has() -> None:
    asked = {"*." * rule.is_subdomain + rule.host for rule in OWN}
    assert asked == set(entries())
    assert asked <= set(sites())


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.site)
async def test_a_taken_name_exists_and_a_free_one_does_not(sources: Sources, rule: Rule) -> None:
    assert await state(sources, rule, fitting(rule, TAKEN)) is State.EXISTS
    assert await state(sources, rule, fitting(rule, FREE)) is State.ABSENT


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("about.me", State.EXISTS),  # and so for everybody: the control finds out
        ("Disqus", State.BLOCKED),
        ("DeviantArt", State.BLOCKED),
        ("GitLab (GNOME)", State.BLOCKED),
        ("Pastebin", State.UNKNOWN),
        ("Instructables", State.UNKNOWN),
    ],
)
async def test_moods_are_what_the_real_web_has(sources: Sources, site: str, said: State) -> None:
    rule = next(each for each in OWN if each.site == site)
    assert await state(sources, rule, fitting(rule, HERMIT)) is said


async def test_a_site_that_folds_case_spells_the_name_its_own_way(sources: Sources) -> None:
    rule = next(each for each in OWN if each.site == "Codewars")
    reply = as_reply(rule, await sources.get(rule.address(ADA.handle)))
    assert read(rule, reply, ADA.handle).name == "Ada-Example"


async def test_a_hostile_holder_is_told_in_bounds(sources: Sources) -> None:
    rule = next(each for each in OWN if each.site == "Codewars")
    reading = read(rule, as_reply(rule, await sources.get(rule.address(HOSTILE))), HOSTILE)
    assert reading.state is State.EXISTS
    assert all(len(text) <= 300 for text in reading.profile.values())


async def test_another_page_of_a_site_is_not_a_profile(sources: Sources) -> None:
    assert (await sources.get("https://codeberg.org/explore/repos")).status_code == 404
    assert (await sources.get("https://ada-example.tumblr.com/archive")).status_code == 404
