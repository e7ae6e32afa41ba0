"""What the door gives a run besides answers: findings that can be kept, its keys, and names nobody has."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from collectors.declare import Findings
from collectors.doors.reply import LONGEST
from collectors.fetch import Fetch
from core.errors import BadSetting, SourceDown
from core.models import Confidence, Fact, Kind, Target
from tests.collectors.canned import World
from tests.collectors.sample_collectors import HOST, TARGET, declared, finding_of

URL = f"https://{HOST}/"


async def test_a_finding_holds_only_what_can_be_kept(world: World) -> None:
    finding = await finding_of(
        world,
        value="a\0\ud800b",
        confidence=Confidence.HIGH,
        first_seen=datetime(2026, 1, 2),  # noqa: DTZ001  # sources leave the zone out
        context="why\0",
        count=3,
        ratio=float("nan"),
        share=0.5,
        ok=True,
        none=None,
        fact=Fact.RECORD,
        seen=datetime(2026, 1, 2, tzinfo=UTC),
        names=("b", {"a\0": {1}}),
    )
    bad = "\N{REPLACEMENT CHARACTER}"
    assert finding.value == f"a{bad}{bad}b"
    assert finding.context == f"why{bad}"
    assert finding.first_seen == datetime(2026, 1, 2, tzinfo=UTC)
    assert finding.attributes == {
        "count": 3,
        "ratio": None,
        "share": 0.5,
        "ok": True,
        "none": None,
        "fact": "record",
        "seen": "2026-01-02T00:00:00+00:00",
        "names": ["b", {f"a{bad}": [1]}],
    }


async def test_a_text_too_long_to_keep_is_cut_and_counted(world: World) -> None:
    finding = await finding_of(world, value="x" * (LONGEST + 5), note="y" * (LONGEST + 7))
    assert len(finding.value) == LONGEST
    assert finding.attributes["cut"] == 12


async def test_a_collector_reads_the_keys_it_declares_and_no_other(world: World) -> None:
    @declared
    async def none(target: Target, fetch: Fetch) -> Findings:
        """None."""
        return
        yield

    fetch = await world.fetch(none, TARGET, certspotter_key=SecretStr("k"))
    assert fetch.setting("certspotter_key").get_secret_value() == "k"
    with pytest.raises(BadSetting, match="SLACK_BOT_TOKEN"):
        fetch.setting("slack_bot_token")


async def test_a_nonce_is_shared_by_scans_of_one_target_and_by_nobody_else(world: World) -> None:
    @declared
    async def none(target: Target, fetch: Fetch) -> Findings:
        """None."""
        return
        yield

    here, again = await world.fetch(none, TARGET), await world.fetch(none, TARGET)
    again.now = here.now
    elsewhere = await world.fetch(none, TARGET, secret_key="another installation")
    other = await world.fetch(none, Target(Kind.DOMAIN, "example.org"))
    elsewhere.now = other.now = here.now
    labels = {each.nonce("1") for each in (here, again, elsewhere, other)} | {here.nonce("2")}
    assert here.nonce("1") == again.nonce("1")
    assert len(labels) == 4
    assert all(re.fullmatch("[a-z0-9]{24}", label) for label in labels)


async def test_what_was_down_keeps_its_cause(world: World, closed_port: int) -> None:
    @declared
    async def none(target: Target, fetch: Fetch) -> Findings:
        """None."""
        return
        yield

    fetch = await world.fetch(none, TARGET, sources_url=f"http://127.0.0.1:{closed_port}")
    with pytest.raises(SourceDown) as caught:
        await fetch.get(URL)
    assert caught.value.__cause__ is not None
