"""Writes docs/reference from the code (settings, commands, collectors, metrics, log entries ...) and the faults.

Run it with `python docs/generate.py` (or `make docs`) after changing any of these; a test compares the pages.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # a script sees its own folder only

from bot.__main__ import cli  # noqa: E402
from bot.asking import COMMANDS  # noqa: E402
from bot.grammar import MOST_TARGETS  # noqa: E402
from core.beside import NOTHING, Beside  # noqa: E402
from core.blocks.notes import EXAMPLES  # noqa: E402
from core.blocks.words import kind_word  # noqa: E402
from core.document import as_document  # noqa: E402
from core.headlines import Headline  # noqa: E402
from core.models import (  # noqa: E402
    Asker,
    Confidence,
    Finding,
    Kind,
    Outcome,
    Place,
    Provenance,
    Run,
    RunState,
    Scan,
    ScanStatus,
    Severity,
    Target,
)
from core.settings import Settings  # noqa: E402
from core.store.rows import fingerprint  # noqa: E402
from core.targets.kinds import PREFIXES  # noqa: E402
from core.verdicts import Judgement, Verdict  # noqa: E402
from docs import collecting, logged, matrix, measuring, programs, ruling  # noqa: E402
from docs.tables import table  # noqa: E402

NOTE = "*This page is written by `make docs` from the code. Change the code, not the page.*"
OPTION_WORDS = [
    ("`collectors=dns,whois`", "asks only these collectors"),
    (
        "`with=NAME`",
        "has a collector do what it does only when asked for; [each names its own](collectors.md)",
    ),
    ("`playbook=NAME`", "asks whom [a playbook](../how-to/use-playbooks.md) names; `NAME@2` is one version of it"),
    ("`fresh`", "takes no answer from an earlier scan"),
    ("`active`", "allows to touch the target itself, which its owner can see; written into the scan and the audit"),
    (
        "`plan`",
        "asks nobody: shows what would be asked or skipped and why, what is kept, how long it takes",
    ),
    ("`tlp=red`", "marks it: [who may be shown the answer, and who may be asked](../how-to/work-on-a-case.md)"),
    (
        "`depth=1`",
        "once it has ended, looks up what it leads to by itself, like the addresses of a domain:"
        " [within limits](../how-to/pivot.md)",
    ),
    ("`#case-17`", "a tag that is kept with the scan"),
    ('`reason="..."`', "why you ask: needed about people; kept with the scan and in the audit"),
    ("`because ...`", "the same, at the end: all that follows is the reason"),
]


def pages() -> dict[str, str]:
    """Every page that is written from the code, by its path below docs."""
    return {
        "reference/settings.md": _page("Settings", _settings()),
        "reference/commands.md": _page("Commands", _commands()),
        "reference/collectors.md": _page("Collectors", collecting.collectors()),
        "reference/scan-json.md": _page("The JSON of a scan", _scan_json()),
        "reference/api.md": _page("The REST API", programs.api()),
        "reference/retries.md": _page("What is done about trouble", collecting.retries()),
        "reference/metrics.md": _page("Metrics", measuring.metrics()),
        "reference/rules.md": _page("Rules of headlines", ruling.rules()),
        "reference/log-entries.md": _page("Log entries", logged.page()),
        "explanation/reliability.md": matrix.page(),
    }


def write() -> list[Path]:
    """Write the pages; returns those that changed."""
    changed = []
    for name, text in pages().items():
        path = ROOT / "docs" / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", NOTE, "", *lines]).rstrip() + "\n"


# Settings


def _settings() -> Iterator[str]:
    yield "Settings are read from the environment, then from `.env` in the folder where you start. An empty value"
    yield "counts as not set. `NAME_FILE` may name a file that holds the value of NAME: use it for secrets that your"
    yield "platform mounts. Secrets are never logged, shown in errors or put into URLs. A wrong value stops the start"
    yield "with one sentence that names the variable."
    yield ""
    rows = [(f"`{name.upper()}`", _default(name), _kind(name), _meaning(name)) for name in Settings.model_fields]
    yield from table(("Setting", "Default", "Kind", "Meaning"), rows)
    yield "Lists are separated by commas or spaces. The same list with the same defaults is in `.env.example`."


def _default(name: str) -> str:
    value = Settings.model_fields[name].get_default()
    shown = value.get_secret_value() if isinstance(value, SecretStr) else value
    if shown in ("", ()):
        return ""
    return f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"


def _kind(name: str) -> str:
    value = Settings.model_fields[name].get_default()
    kinds = {SecretStr: "secret", bool: "true or false", tuple: "list", int: "number", float: "number"}
    return kinds.get(type(value), "text")


def _meaning(name: str) -> str:
    return (Settings.model_fields[name].description or "").strip()


# Commands


def _commands() -> Iterator[str]:
    yield "## In Slack"
    yield ""
    yield from table(("Type", "And"), [(f"`{example}`", what) for example, what in EXAMPLES.items()])
    words = ", ".join(f"`{word}`" for word in COMMANDS)
    yield f"The words after `/scan` that are commands: {words}."
    yield "Every other word is a target or an option. Options may be written with dashes: `--plan`, `--with=NAME`."
    yield ""
    yield from table(("Option", "What it does"), OPTION_WORDS)
    yield f"One command takes {MOST_TARGETS} targets at most. `/scan` alone opens a form. In threads, where Slack has"
    yield "no slash commands, mention the app with the same words: `@Gumshoe example.com`, or `@Gumshoe scan this`."
    yield ""
    yield "`/watch ...` is the same as `/scan watch ...`; [how to watch a target](../how-to/watch-a-target.md)."
    yield ""
    yield "## Targets"
    yield ""
    yield "A bare word is read as the one thing it can be; when it could be several, the answer is a question."
    yield "Defanged spellings are read too: `example[.]com`, `hxxps://`, `ada[at]example.com`. A prefix says which kind"
    yield "is meant:"
    yield ""
    rows = [(_kind_name(kind), _prefixes(kind), _example(kind)) for kind in Kind]
    yield from table(("Kind", "Prefixes", "Example"), rows)
    yield "## In the terminal"
    yield ""
    for name, command in sorted(_leaves()):
        yield from [f"### `python -m bot {name}`", "", "```text", _usage(name, command), "```", ""]


def _leaves() -> Iterator[tuple[str, click.Command]]:
    """Every command by what is typed; of a group, each of its own."""
    for name, command in cli.commands.items():
        inside = command.commands.items() if isinstance(command, click.Group) else ()
        yield from ((f"{name} {word}", each) for word, each in inside)
        if not inside:
            yield name, command


def _kind_name(kind: Kind) -> str:
    word = kind_word(kind)
    return f"`{kind}`" if word == kind.value else f"`{kind}` ({word})"


def _prefixes(kind: Kind) -> str:
    return ", ".join(f"`{word}:`" for word, prefix in PREFIXES.items() if prefix.kind is kind)


def _example(kind: Kind) -> str:
    return f"`{next(prefix.example for prefix in PREFIXES.values() if prefix.kind is kind)}`"


def _usage(name: str, command: click.Command) -> str:
    settings: dict[str, Any] = {**cli.context_settings, "terminal_width": 100}
    with click.Context(command, info_name=f"python -m bot {name}", **settings) as context:
        return command.get_help(context)


# The JSON of a scan


def _scan_json() -> Iterator[str]:
    yield "`python -m bot scan TARGET --json` prints one document. This one is invented; times are UTC, in RFC 3339."
    yield ""
    yield from [
        "```json",
        json.dumps(as_document(_sample(), beside=_sample_beside()), indent=2, ensure_ascii=False),
        "```",
        "",
    ]
    yield "Exit status: 0 when every source that was asked answered (found, nothing or partial), 3 when some could not"
    yield "be asked or all were skipped; 2 when the input is wrong and 1 when the database is away, both without"
    yield "a document. Logs go to standard error, so that the document can be piped."
    yield ""
    yield "What the fields mean: [findings, outcomes and reasons](findings.md). `age_s` is how old the answer was when"
    yield "the run ended; `cached` says that it comes from an earlier scan. `sha256` is the digest of the raw answer."
    yield "`fingerprint` names a finding over all scans of its target; `verdict` is there when somebody judged it, and"
    yield "`headlines` are what [rules](rules.md) made of the findings, with the fingerprints of their evidence."
    yield "New fields may be added; the ones here keep their meaning."


def _sample_beside() -> Beside:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    (finding,) = _sample().runs[0].findings
    mark = fingerprint(finding)
    sentence = "example.com leads to our old network: 192.0.2.10"
    headline = Headline("old-network", sentence, Severity.LOW, (mark,), "It should have moved.")
    verdict = Verdict(mark, Judgement.CONFIRMED, "U0ADA", noon)
    return replace(NOTHING, headlines=(headline,), verdicts={mark: verdict})


def _sample() -> Scan:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    provenance = Provenance("dns", "DNS", "dns:example.com?type=A", noon, "NOERROR", "5f" * 32)
    finding = Finding(Kind.IP, "192.0.2.10", provenance, {"role": "address"}, Confidence.HIGH, context="An address.")
    base: dict[str, Any] = {
        "scan_id": "ab2cd3ef",
        "round": 1,
        "state": RunState.CLOSED,
        "answered_at": noon,
        "closed_at": noon,
    }
    dns = Run("ab2cd3ef-1-dns", collector="dns", outcome=Outcome.FOUND, ms=312, found=1, findings=(finding,), **base)
    sentence = "crt.sh is busy (503)."
    failed = Run(
        "ab2cd3ef-1-crtsh",
        collector="crtsh",
        outcome=Outcome.FAILED,
        reason="down",
        message=sentence,
        ms=5120,
        **(base | {"answered_at": None}),
    )
    return Scan(
        "ab2cd3ef",
        Target(Kind.DOMAIN, "example.com"),
        ScanStatus.FINISHED,
        Asker("terminal"),
        Place(),
        noon,
        finished_at=noon,
        runs=(dns, failed),
    )


@click.command()
@click.option("--check", is_flag=True, help="Write nothing: name the pages that are not what the code says.")
def main(*, check: bool) -> None:
    """Write the pages that come from the code."""
    if check:
        stale = [name for name, text in pages().items() if (ROOT / "docs" / name).read_text(encoding="utf-8") != text]
        click.echo("\n".join(stale), nl=bool(stale))
        sys.exit(bool(stale))
    for path in write():
        click.echo(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
