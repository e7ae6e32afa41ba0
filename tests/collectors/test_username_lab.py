"""A laboratory of fake sites: how many pages are claimed that do not exist (none), and how many that do are found."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from collectors.fetch import Fetch
from collectors.sites.reading import State
from collectors.sites.rules import Evidence, Rule
from collectors.sites.sweep import Sweep, control_name
from collectors.username import username
from tests.collectors.canned import Canned, World
from tests.collectors.site_samples import ADA, NO, PATIENT_ENOUGH, fake, page, yes

NAME = ADA.value
STATUS_ONLY = {"exists": Evidence(status=(200,)), "absent": Evidence(status=(404,))}
HOLDS_NAME = {"exists": Evidence(status=(200,), text=("{name}",)), "absent": Evidence(status=(404,))}
WALL = page("<title>Just a moment...</title>", status=403, cf_mitigated="challenge")
ANUBIS = page("<script src=/.within.website/x/cmd></script>")
LOGIN = page(f'Log in to see {NAME}<form><input type="password"></form>')

# What nobody has a page on, whatever it answers: (rule, answer to the name, answer to everybody else, what is known)
LIARS: dict[str, tuple[Rule, Canned, Canned, State]] = {
    "soft 404 that repeats any name": (
        fake("echo", **HOLDS_NAME),
        page(f"Nothing for {NAME}."),
        page("Nothing for {name}."),
        State.UNRELIABLE,
    ),
    "soft 404": (fake("soft"), page("Nothing here."), page("Nothing here."), State.UNKNOWN),
    "the front page for everybody": (fake("front", **STATUS_ONLY), page("Welcome"), page("Welcome"), State.UNRELIABLE),
    "redirect to the front page": (fake("home"), page(status=302, Location="/"), NO, State.UNKNOWN),
    "redirect to a login": (fake("door"), page(status=302, Location="/login?next=/x"), NO, State.BLOCKED),
    "login with status 200": (fake("login", **HOLDS_NAME), LOGIN, LOGIN, State.BLOCKED),
    "login that comes later": (fake("later", **STATUS_ONLY), LOGIN, NO, State.BLOCKED),
    "bot check": (fake("check"), WALL, WALL, State.BLOCKED),
    "bot check with status 200": (fake("pow", **STATUS_ONLY), ANUBIS, ANUBIS, State.BLOCKED),
    "firewall": (fake("wall"), page("Access denied", status=403), NO, State.BLOCKED),
    "slow down": (fake("limit"), Canned(status=429, headers={"Retry-After": "60"}), NO, State.LIMITED),
    "out of order": (fake("down"), Canned(status=503), NO, State.DOWN),
    "silence": (fake("silent"), Canned(never=True), NO, State.TIMEOUT),
    "hangs up": (fake("reset"), Canned(reset=True), NO, State.DOWN),
    "both yes and no": (
        fake("both", absent=Evidence(text=("No such person",))),
        page(f"<h1>{NAME}</h1> No such person"),
        NO,
        State.UNKNOWN,
    ),
    "a longer name": (fake("longer", **HOLDS_NAME), page(f"<p>{NAME}-sen, my-{NAME}</p>"), NO, State.UNKNOWN),
    "another name in its answer": (
        fake("other", exists=Evidence(status=(200,), field="login")),
        Canned(json={"login": f"{NAME}2"}),
        NO,
        State.UNKNOWN,
    ),
    "an honest no": (fake("honest"), NO, NO, State.ABSENT),
}
# Where there is a page, and sites say so in ways that are easily missed.
HONEST: dict[str, tuple[Rule, Canned, Canned]] = {
    "a page": (fake("page"), yes(), NO),
    "folds case": (fake("fold"), yes("Ada-EXAMPLE"), NO),
    "its answer names it": (
        fake("api", exists=Evidence(status=(200,), field="user.0.login")),
        Canned(json={"user": [{"login": "Ada-Example"}]}),
        NO,
    ),
    "leads on": (
        fake("moved", exists=Evidence(status=(302,), location="/users/")),
        page(status=302, Location="/users/17"),
        NO,
    ),
    "behind a firewall that let us in": (
        fake("passed"),
        page(f"<h1>{NAME}</h1><script src=/cdn-cgi/challenge-platform/x></script>", Server="cloudflare"),
        NO,
    ),
    "down once": (fake("once"), Canned(status=503), NO),
    "blanks in its JSON": (
        fake("blank", exists=Evidence(status=(200,), text=('"name":"{name}"',))),
        Canned(text=f'{{ "name" : "{NAME}" }}'),
        NO,
    ),
}


def script(world: World, fetch: Fetch, rule: Rule, to_name: Canned, to_others: Canned) -> None:
    """To its control name a site says what it says to all others, with the name where it repeats names."""
    control = control_name(fetch.nonce(rule.digest))
    text = None if to_others.text is None else to_others.text.replace("{name}", control)
    world.http.on(rule.host, f"/{NAME}", to_name)
    world.http.on(rule.host, f"/{control}", replace(to_others, text=text))


async def states(fetch: Fetch, *rules: Rule) -> dict[str, State]:
    return {looked.rule.site: looked.state async for looked in Sweep(fetch, NAME).over(rules)}


@pytest.mark.parametrize("case", LIARS)
async def test_no_page_is_claimed_where_there_is_none(world: World, case: str) -> None:
    rule, to_name, to_others, expected = LIARS[case]
    fetch = await world.fetch(username, ADA, patience=PATIENT_ENOUGH)
    script(world, fetch, rule, to_name, to_others)
    assert await states(fetch, rule) == {rule.site: expected}


async def test_precision_and_recall_over_the_whole_laboratory(world: World) -> None:
    fetch = await world.fetch(username, ADA, patience=PATIENT_ENOUGH)
    for rule, to_name, to_others, _ in LIARS.values():
        script(world, fetch, rule, to_name, to_others)
    for rule, to_name, to_others in HONEST.values():
        script(world, fetch, rule, to_name, to_others)
    world.http.on("once.example", f"/{NAME}", Canned(status=503), yes())
    liars = {rule.site for rule, *_ in LIARS.values()}
    honest = {rule.site for rule, *_ in HONEST.values()}
    found = await states(fetch, *(each[0] for each in LIARS.values()), *(each[0] for each in HONEST.values()))
    claimed = {site for site, state in found.items() if state is State.EXISTS}
    assert claimed & liars == set()  # precision: no false page
    assert claimed == honest  # recall: none is missed
    assert Counter(found.values())[State.ABSENT] == 1  # an absence is claimed only where one was said
    assert len(found) == len(liars | honest)
