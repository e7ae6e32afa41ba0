"""No finding, run or scan makes a message that Slack refuses or that does anything but be read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import blocks
from core.health import Health
from core.home import Home
from core.models import Finding, Kind, Offer, Option, Outcome, Run, RunState, Scan, ScanStatus, Target
from core.previews import Preview, Step, Way
from core.seal import Action
from tests.core.samples import NOW, SEAL, TITLES, answers_of_a_hostile_name, finding, offers, run, scan
from tests.core.slack_limits import message_complaints, strings, view_complaints
from tests.core.strategies import findings, runs, scans, targets, texts, times

thorough = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
brief = settings(thorough, max_examples=25)


def complaints(message: blocks.Message) -> list[str]:
    return message_complaints(message.text, list(message.blocks))


@thorough
@given(scans(), texts)
def test_no_scan_makes_a_parent_that_slack_refuses(given_scan: Scan, delayed: str) -> None:
    message = blocks.parent(given_scan, titles=TITLES, seal=SEAL, delayed=delayed)
    assert complaints(message) == []


@thorough
@given(scans(), runs(), texts)
def test_no_findings_make_a_reply_that_slack_refuses(given_scan: Scan, given_run: Run, title: str) -> None:
    message = blocks.reply(given_scan, given_run, title=title, seal=SEAL)
    assert complaints(message) == []
    for file in message.files:
        assert len(json.loads(file.content)["findings"]) == len(given_run.findings)


def test_a_failure_told_in_signs_that_are_escaped_is_shortened_in_the_notification_alone() -> None:
    failed = run("dns", Outcome.FAILED, message="&" * 4000)
    message = blocks.reply(scan(failed, target=Target(Kind.NAME, "&" * 200)), failed, title="&" * 90, seal=SEAL)
    assert complaints(message) == []
    assert "…" in message.text
    assert "&" * 1000 in json.dumps(message.blocks)


@brief
@given(st.lists(findings, min_size=1, max_size=5), st.sampled_from([1, 30, 300]), st.sampled_from(sorted(TITLES)))
def test_no_number_of_findings_breaks_a_reply(some: list[Finding], times: int, collector: str) -> None:
    full = run(collector, Outcome.FOUND, *(some * times))
    assert complaints(blocks.reply(scan(full), full, title=TITLES[collector], seal=SEAL)) == []


@brief
@given(scans())
def test_no_scan_makes_a_summary_that_slack_refuses(given_scan: Scan) -> None:
    assert complaints(blocks.summary(given_scan, titles=TITLES, seal=SEAL)) == []
    assert complaints(blocks.cannot_post(given_scan, given_scan.tag, seal=SEAL)) == []


@brief
@given(st.lists(scans(most_runs=2), max_size=4), st.sampled_from([1, 12]), st.lists(texts, max_size=40))
def test_no_list_of_scans_breaks_receipt_status_history_or_home(some: list[Scan], times: int, words: list[str]) -> None:
    many = some * times
    assert complaints(blocks.receipt(many, titles=TITLES, ignored=words, joined=words)) == []
    assert complaints(blocks.status(many, titles=TITLES, seal=SEAL)) == []
    assert complaints(blocks.history(many[0].target if many else None, many)) == []
    assert view_complaints(blocks.home(Home("U0ADA", NOW, tuple(offers()), tuple(many), admin=True), seal=SEAL)) == []


@brief
@given(texts, texts, texts, st.lists(targets, max_size=30))
def test_no_words_break_a_notice_or_a_choice(one: str, two: str, three: str, readings: list[Target]) -> None:
    assert complaints(blocks.notice(one, next_step=two, reference=three)) == []
    assert complaints(blocks.choose(one, readings, seal=SEAL)) == []


@brief
@given(
    st.lists(
        st.builds(Offer, texts, texts, texts, st.just((Kind.DOMAIN,)), texts, st.booleans(), st.booleans(), texts),
        max_size=8,
    ),
    st.sampled_from([1, 9]),
)
def test_no_offers_break_the_help(some: list[Offer], times: int) -> None:
    many = some * times
    assert complaints(blocks.usage(many)) == []
    assert complaints(blocks.offers_for(Kind.DOMAIN, many)) == []


options = st.builds(Option, texts, texts, st.booleans())
offered = st.builds(
    Offer,
    name=texts,
    title=texts,
    about=texts,
    accepts=st.just((Kind.DOMAIN, Kind.URL)),
    tells=texts,
    passive=st.booleans(),
    ready=st.booleans(),
    lacks=texts,
    limits=texts,
    touches=st.sampled_from([(), (Kind.URL,)]),
    spreads=st.booleans(),
    options=st.lists(options, max_size=12).map(tuple),
    keys=st.lists(texts, max_size=3).map(tuple),
    budgets=st.lists(texts, max_size=3).map(tuple),
    lives=texts,
)
healths = st.builds(
    Health,
    collector=texts,
    answered_at=st.none() | times,
    hour=st.dictionaries(st.sampled_from(Outcome), st.integers(1, 10**6)),
    reason=texts,
    p50_s=st.none() | st.floats(0, 10**6),
    p95_s=st.none() | st.floats(0, 10**6),
)


@brief
@given(st.lists(offered, max_size=5), st.sampled_from([1, 9]), healths)
def test_no_collector_breaks_its_page_the_list_or_the_form(some: list[Offer], count: int, health: Health) -> None:
    many = named(some * count)
    assert complaints(blocks.offers_list(many, {each.name: health for each in many}, now=NOW)) == []
    assert view_complaints(blocks.scan_modal(many, channel="C0GENERAL")) == []
    for each in some:
        assert complaints(blocks.offer_page(each, health, now=NOW)) == []


def named(many: list[Offer]) -> list[Offer]:
    """With names of their own, as collectors and options have: two boxes of one value cannot be told apart."""
    return [
        replace(
            each,
            name=f"c{n}",
            options=tuple(replace(option, name=f"o{n}x{m}") for m, option in enumerate(each.options)),
        )
        for n, each in enumerate(many)
    ]


steps = st.builds(
    Step,
    collector=texts,
    title=texts,
    way=st.sampled_from(Way),
    reason=st.sampled_from(["", "needs_consent", "no_key"]) | texts,
    sentence=texts,
    age_s=st.none() | st.floats(0, 10**6),
    p50_s=st.none() | st.floats(0, 10**6),
    p95_s=st.none() | st.floats(0, 10**6),
    wait_s=st.floats(0, 10**6),
    cost=texts,
    options=st.lists(texts, max_size=3).map(tuple),
    touches=st.booleans(),
    spreads=st.booleans(),
)
plans = st.builds(Preview, targets, st.lists(steps, max_size=8).map(tuple), st.lists(options, max_size=15).map(tuple))


@brief
@given(st.lists(plans, min_size=1, max_size=10), texts, st.sampled_from(["example.com", "x" * 3000]))
def test_no_plan_is_refused_by_slack_in_a_message_or_a_form(some: list[Preview], trouble: str, typed: str) -> None:
    assert complaints(blocks.preview(some, seal=SEAL, run=Action("run_plan", "abc", 1, typed))) == []
    form = blocks.scan_modal(offers(), channel="C0GENERAL")
    form["blocks"] = [{"block_id": f"b{n}"} | block for n, block in enumerate(form["blocks"])]
    state: dict[str, Any] = {"state": {"values": {}}}
    once = blocks.previewed(form | state, some)
    assert view_complaints(once) == []
    assert view_complaints(blocks.previewed(once | state, [], trouble=trouble)) == []


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 300])
def test_a_plan_of_any_length_counts_every_collector(count: int) -> None:
    many = [replace(run(f"c{n}", Outcome.NOTHING), id=str(n)) for n in range(count)]
    message = blocks.parent(scan(*many), titles={}, seal=SEAL)
    assert complaints(message) == []
    tasks: list[dict[str, Any]] = [
        task for block in message.blocks if block["type"] == "plan" for task in block["tasks"]
    ]
    if count > 50:
        assert tasks[-1]["title"].startswith(f"{count - 49} more collectors")
    else:
        assert len(tasks) == count


@pytest.mark.parametrize("status", list(ScanStatus))
@pytest.mark.parametrize("state", list(RunState))
def test_hostile_answers_are_inert_everywhere(status: ScanStatus, state: RunState) -> None:
    hostile = answers_of_a_hostile_name()
    if state is not RunState.CLOSED:
        hostile = tuple(replace(each, state=state, outcome=None) for each in hostile)
    asked = scan(*hostile, status=status, target=Target(Kind.DOMAIN, "hostile.test"), tag="<!channel>")
    shown = [blocks.parent(asked, titles=TITLES, seal=SEAL), blocks.summary(asked, titles=TITLES, seal=SEAL)]
    shown += [blocks.reply(asked, each, title=TITLES[each.collector], seal=SEAL) for each in hostile]
    for message in shown:
        assert complaints(message) == []
        whole = " ".join(strings(list(message.blocks))) + message.text
        assert "evil.test" not in whole
        assert "\x1b" not in whole


def test_equal_scans_give_equal_messages_down_to_the_block_ids() -> None:
    first, second = (blocks.parent(scan(run("dns")), titles=TITLES, seal=SEAL) for _ in range(2))
    assert first == second
    assert first.digest == second.digest


def test_a_changed_message_has_another_digest_and_other_block_ids() -> None:
    before = blocks.parent(scan(run("dns", None), status=ScanStatus.RUNNING), titles=TITLES, seal=SEAL)
    after = blocks.parent(scan(run("dns")), titles=TITLES, seal=SEAL)
    assert before.digest != after.digest
    assert not {each["block_id"] for each in before.blocks} & {each["block_id"] for each in after.blocks}


def test_the_digest_sees_the_files() -> None:
    many = [finding("crtsh", Kind.DOMAIN, f"h{n}.example.com") for n in range(40)]
    one, two = (run("crtsh", Outcome.FOUND, *many[:-1], replace(many[-1], context=context)) for context in ("a", "b"))
    messages = [blocks.reply(scan(each), each, title="Certificates", seal=SEAL) for each in (one, two)]
    assert messages[0].blocks == messages[1].blocks
    assert messages[0].digest != messages[1].digest


@thorough
@given(runs())
def test_building_twice_gives_the_same_digest(given_run: Run) -> None:
    digests = {blocks.reply(scan(given_run), given_run, title="Source", seal=SEAL).digest for _ in range(2)}
    assert len(digests) == 1
