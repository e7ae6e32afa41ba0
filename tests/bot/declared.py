"""Collectors made for choosing among: one touches URLs, one has options, one tells many. None of them is ever asked."""

from __future__ import annotations

import pytest

import collectors
from collectors.declare import Budget, Collector, Findings, Key, Option, collector
from collectors.fetch import Fetch
from core.errors import BadKey, Forbidden, SourceDown
from core.models import Kind, Target


async def probe(fetch: Fetch) -> str:
    """What a source says of a key that is named after its answer."""
    value = fetch.key("shodan_key").get_secret_value()
    if value.startswith("refused"):
        raise BadKey(f"Samples refuses the key {value}.")
    if value.startswith("small"):
        raise Forbidden("The plan of this key has no questions left out.")
    if value.startswith("down"):
        raise SourceDown("Samples does not answer.")
    return f"Samples takes the key {value}: 100 questions a month."


@collector(
    title="Page reader",
    accepts=[Kind.URL, Kind.DOMAIN],
    yields=[Kind.URL],
    hosts=["*"],
    tells="The site sees our address.",
    touches=[Kind.URL],
    order=210,
)
async def reader(target: Target, fetch: Fetch) -> Findings:
    """What a page says about itself."""
    return
    yield


@collector(
    title="Zone walker",
    accepts=[Kind.DOMAIN],
    yields=[Kind.DOMAIN],
    hosts=["*"],
    tells="Samples.",
    options=[
        Option("walks", "Asks Samples for neighbours."),
        Option("transfers", "Asks the name servers for the whole zone; they see it.", touches=True),
    ],
    life=7200,
    order=220,
)
async def walker(target: Target, fetch: Fetch) -> Findings:
    """Names around a name."""
    return
    yield


@collector(
    title="Five hundred sites",
    accepts=[Kind.USERNAME, Kind.DOMAIN],
    yields=[Kind.URL],
    hosts=["*"],
    tells="Each site.",
    spreads=True,
    order=230,
)
async def sites(target: Target, fetch: Fetch) -> Findings:
    """Whether sites know a name."""
    return
    yield


@collector(
    title="Samples",
    accepts=[Kind.DOMAIN],
    yields=[Kind.DOMAIN],
    hosts=["samples.example"],
    tells="Samples.",
    keys=[Key("shodan_key", "https://samples.example/keys", required=True, probe=probe)],
    budgets=[Budget("Samples", "samples.example", key="shodan_key", month=100, usual=2)],
    order=240,
)
async def keyed(target: Target, fetch: Fetch) -> Findings:
    """Needs a key."""
    return
    yield


SAMPLES: tuple[Collector, ...] = (reader, walker, sites, keyed)


def declare(monkeypatch: pytest.MonkeyPatch, *also: Collector) -> None:
    """Have these collectors known for a test, and no others: what is asked does not hang on what else there is."""
    for name in reversed(list(collectors.known())):  # put back the other way round, so in the order they had
        monkeypatch.delitem(collectors.known(), name)
    for each in also or SAMPLES:
        monkeypatch.setitem(collectors.known(), each.name, each)
