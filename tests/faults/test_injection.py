"""Every field that a source controls carries text made to command, to mention and to deceive; nothing obeys it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from bot.grammar import manner_of, spelled
from bot.terminal import last_line, view
from core import blocks
from core.blocks import Message
from core.document import as_document
from core.home import Home
from core.models import Fact, Finding, Kind, Outcome, Provenance, Run, RunState, Scan, Severity
from core.slack import Slack
from core.store import Store
from tests.core.samples import NOW, PLACE, SEAL, TITLES, offers, scan
from tests.core.slack_limits import message_complaints, objects, view_complaints
from tests.core.stores import ask
from tests.faults.injection_corpus import CORPUS
from tests.faults.mortal import NoPace
from tests.servers import ROOT, Sandbox

COLLECTORS = ("dns", "crtsh", "whois", "other")
# The attributes that renderers read, and one that they never heard of.
ATTRIBUTES = (
    "grade", "headline", "holder", "issuers", "name", "netname", "not_asked", "organisation", "privacy", "purpose",
    "registrar", "registrant", "relation", "role", "statuses", "why", "ptr", "country", "created", "unheard_of",
)  # fmt: skip
SHAPES = (str, lambda text: [text, text], lambda text: {text: text})
EMOJI = re.compile(r"(?<![\w:]):(?=\S*[g-z_])[a-z][a-z0-9_+'-]*:(?![\w:])")
ITALIC = re.compile(r"(?<!\w)_[^\s_](?:[^_\n]*[^\s_])?_(?!\w)")
OURS = re.compile(r"\x1b\[[0-9;]*m")  # what rich colours with
HARMFUL = ("Cc", "Cf", "Cs", "Zl", "Zp")

each_text = pytest.mark.parametrize("name", CORPUS)


def poisoned(text: str) -> Iterator[Finding]:
    """Findings of every kind with this text in every field that a source fills, in every shape."""
    source = Provenance("dns", text, f"https://source.example/?q={text}", NOW, text[:20], "0" * 64)
    for kind in (*Kind, *Fact):
        yield Finding(kind, text, source, context=text)
    shaped: dict[str, Any] = {name: SHAPES[number % len(SHAPES)](text) for number, name in enumerate(ATTRIBUTES)}
    for severity in Severity:
        yield Finding(Fact.REGISTRATION, text, source, shaped | {"severity": severity})
        yield Finding(Fact.POSTURE, text, source, shaped | {"grade": "bad", "severity": severity, text[:50]: text})
        yield Finding(Kind.DOMAIN, f"www.{text}", source, shaped | {"internal": True, "severity": severity})


def hostile(text: str) -> Scan:
    """A scan whose sources said this wherever they could, whatever became of the runs."""
    found = tuple(poisoned(text))
    runs = [_run(name, Outcome.FOUND, text, found) for name in COLLECTORS]
    runs += [_run(f"{outcome}-without-findings", outcome, text, ()) for outcome in Outcome]
    return scan(*runs, tag=text, undelivered=text)


def _run(name: str, outcome: Outcome, text: str, found: tuple[Finding, ...]) -> Run:
    collector = name.partition("-")[0] if found else name
    return Run(
        f"run-{name}", "scan-1", 1, collector, RunState.CLOSED, outcome, reason="changed", message=f"{text}\n{text}",
        answered_at=NOW, closed_at=NOW, ms=9, found=len(found), findings=found,
    )  # fmt: skip


def messages(one: Scan) -> Iterator[Message]:
    """Everything that Slack is ever shown of a scan."""
    titles = {run.collector: TITLES.get(run.collector, run.collector) for run in one.runs}
    yield blocks.parent(one, titles=titles, seal=SEAL, delayed=one.tag)
    yield blocks.summary(one, titles=titles, seal=SEAL)
    yield blocks.opening(one, titles=titles)
    yield blocks.receipt([one], titles=titles, ignored=(one.tag,), joined=(one.tag,))
    yield blocks.status([one], titles=titles, seal=SEAL)
    yield blocks.history(one.target, [one])
    yield blocks.cannot_post(one, one.tag, seal=SEAL)
    yield blocks.notice(one.tag, next_step=one.tag, reference=one.tag)
    yield blocks.choose(one.tag, [one.target], seal=SEAL, options=spelled(manner_of(f"#{one.tag}")[1]))
    replies = [blocks.reply(one, run, title=titles[run.collector], seal=SEAL) for run in one.runs]
    yield from (*replies, blocks.text_only(replies[0]), blocks.maybe_repeated(replies[-1]))


@pytest.mark.fault("Every field of a source carries Slack markup, Block Kit, control characters", keeps=("in",))
@each_text
def test_no_message_in_slack_does_what_a_source_says(name: str) -> None:
    for message in messages(hostile(CORPUS[name])):
        parts = [json.loads(json.dumps(each)) for each in message.blocks]
        assert message_complaints(message.text, parts) == []
        for text in [message.text, *marked(parts)]:
            assert not EMOJI.search(text), text
            assert not ITALIC.search(text), text


def marked(parts: list[dict[str, Any]]) -> Iterator[str]:
    """The texts that Slack reads as mrkdwn."""
    yield from (str(each["text"]) for each in objects(parts) if each.get("type") == "mrkdwn")


@pytest.mark.fault("What people and messages name is hostile in forms and on the Home tab", keeps=("in",))
@each_text
def test_no_form_does_what_a_text_says(name: str) -> None:
    text = CORPUS[name]
    one = hostile(text)
    said = [replace(offer, about=text, lacks=text, title=text[:80] or "x") for offer in offers()]
    views = [
        blocks.home(Home(one.asker.user, NOW, tuple(said), (one,), admin=True), seal=SEAL),
        blocks.scan_modal(said, channel="", targets=text[:2000], errors={"targets": text}),
        blocks.extract_modal([one.target], said, channel="C0GENERAL", thread_ts="1.0"),
    ]
    typed = {"initial_value"}  # what somebody typed is theirs to correct, in a box that runs nothing
    for each in views:
        assert [said for said in view_complaints(each) if not any(word in said for word in typed)] == []


@pytest.mark.fault("The same through a real record and a workspace that judges each message", keeps=("in", "lost"))
async def test_slack_takes_every_hostile_message_and_shows_nothing_alive(store: Store, slack: Slack) -> None:
    for text in CORPUS.values():
        ((opened, _, _),) = store.scans.open([ask("dns", tag=text)])
        (claimed,) = (run for run, _ in store.runs.claim_waiting(opened.id, lease=600))
        assert store.runs.close(claimed, Outcome.FOUND, message=text, answered_at=NOW, findings=list(poisoned(text)))
        (kept,) = store.scans.get(opened.id).runs
        reply = blocks.reply(store.scans.get(opened.id), kept, title=TITLES["dns"], seal=SEAL)
        posted = await slack.post(PLACE.channel, reply, slot=f"{opened.id}/reply")
        assert await slack.find(PLACE.channel, f"{opened.id}/reply") == posted.ts


@pytest.fixture
async def slack(sandbox: Sandbox) -> AsyncIterator[Slack]:
    opened = Slack(sandbox.ready["bot_token"], base_url=sandbox.ready["api_url"], pace=NoPace())
    yield opened
    await opened.close()


@pytest.mark.fault("Every field of a source carries escape sequences for a terminal", keeps=("in",))
@pytest.mark.parametrize("terminal", [True, False])
@each_text
def test_no_terminal_does_what_a_source_says(name: str, terminal: bool) -> None:
    one = hostile(CORPUS[name])
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, color_system="standard" if terminal else None)
    console.print(view(one))
    console.print(last_line(one), markup=False)
    assert harmful(OURS.sub("", out.getvalue())) == set()


@pytest.mark.fault("The whole answer as a file, and --json: exact values that do nothing", keeps=("in", "honest"))
@each_text
def test_files_hold_the_exact_text_and_nothing_that_acts(name: str) -> None:
    text = CORPUS[name]
    one = hostile(text)
    whole = [file for run in one.runs for file in blocks.reply(one, run, title="x", seal=SEAL).files]
    assert whole
    for file in whole:
        assert re.fullmatch(r"[A-Za-z0-9-]+\.json", file.name)
        assert not harmful(file.content.decode("ascii"))
        assert json.loads(file.content)["findings"][0]["value"] == text
    shown = json.dumps(as_document(one), indent=2)
    assert not harmful(shown)
    assert json.loads(shown)["runs"][0]["findings"][0]["value"] == text


WRITER = """
import logging, structlog, sys
from core.logs import set_up
from tests.faults.injection_corpus import CORPUS
set_up("debug", human=sys.argv[1] == "human")
for text in CORPUS.values():
    structlog.get_logger().warning(text, why=text, inner={text: [text]}, error=ValueError(text))
    logging.getLogger("somebody.else").warning("%s", text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("somebody.else").exception(text)
"""


@pytest.mark.fault("Log entries and tracebacks carry line breaks, false entries and escape sequences", keeps=("in",))
@pytest.mark.parametrize("form", ["json", "human"])
def test_no_log_entry_pretends_to_be_another(form: str) -> None:
    done = subprocess.run([sys.executable, "-c", WRITER, form], cwd=ROOT, capture_output=True, check=True)
    written = done.stderr.decode()
    assert harmful(written) == set()
    starts = re.compile(r"^\{" if form == "json" else r"^\d{4}-\d\d-\d\dT\S+ \[(warning|error) ", re.MULTILINE)
    assert len(starts.findall(written)) == 3 * len(CORPUS)
    if form == "json":
        entries = [json.loads(line) for line in written.splitlines()]
        assert {entry["level"] for entry in entries} == {"warning", "error"}


def harmful(text: str) -> set[str]:
    """The characters that command a terminal, break a line or turn its direction."""
    return {letter for letter in set(text) if letter != "\n" and unicodedata.category(letter) in HARMFUL}
