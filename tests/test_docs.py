"""The documentation tells the truth: its commands exist, its links lead somewhere, its example runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from bot.__main__ import cli
from bot.asking import COMMANDS
from bot.grammar import OPTIONS, reason_of
from core.blocks.words import REASONS
from core.errors import SourceError
from core.models import Confidence, Fact, Kind, Outcome, Severity
from core.settings import Settings
from core.targets import parse, split
from sandbox.__main__ import main as stand_ins

ROOT = Path(__file__).parent.parent
FRONT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = [*(ROOT / name for name in FRONT), *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
INVENTED = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8")]
NOT_SETTINGS = {
    "POSTGRES_PASSWORD",  # docker-compose.yml reads it
    # The SDK of OpenTelemetry reads these.
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "SPLUNK_TOKEN",  # the examples in deploy/logs read these
    "LOKI_URL",
}
LONGEST_DECISION = 30

# Machine paths, numbered tickets, and words of other trades: pages speak of this program in the glossary's words.
FOREIGN = re.compile(
    r"(?<![\w.:])/(?:work|tmp|root|home)/|(?<![\w-])#\d+|\bissues? \d+|\b(?:sessions?|assistants?|helpers?)\b",
    re.IGNORECASE,
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
EXAMPLE = re.compile(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def each_page(look: Callable[[Path], None]) -> Callable[[], None]:
    """Look at every page, and say of each what is wrong. One test: setting up one for each page takes longer."""

    def looks() -> None:
        wrong = {}
        for page in PAGES:
            try:
                look(page)
            except AssertionError as error:
                wrong[str(page.relative_to(ROOT))] = str(error)
        assert wrong == {}

    looks.__name__, looks.__doc__ = look.__name__, look.__doc__
    return looks


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return FENCE.sub("", read(page))


def code(page: Path) -> Iterator[str]:
    """Every line of a fenced block, and every code span."""
    for _, block in FENCE.findall(read(page)):
        yield from block.splitlines()
    yield from CODE.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The names that links may use for a page's headings, as GitHub makes them."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(page)))
    return {heading.replace(" ", "-") for heading in plain}


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        if link.startswith(("https://", "http://")):
            continue
        if not there.exists() or (anchor and anchor not in anchors(there)):
            dead.append(link)
    assert dead == []


@each_page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = {word for line in code(page) if line.startswith("make ") for word in line.split()[1:]}
    assert named - targets == set()


@each_page
def test_every_command_line_exists(page: Path) -> None:
    unknown = []
    for line in code(page):
        for module, name, options in re.findall(r"python -m (bot|sandbox) ([a-z]+)((?: --[a-z-]+| \S+)*)", line):
            commands = cli.commands if module == "bot" else stand_ins.commands
            if name not in commands:
                unknown.append(line)
                continue
            inside = getattr(commands[name], "commands", {}).values()
            known = {option for one in (commands[name], *inside) for each in one.params for option in each.opts}
            unknown += [line for option in re.findall(r"--[a-z-]+", options) if option not in known | {"--help"}]
    assert unknown == []


@each_page
def test_every_scan_that_is_shown_can_be_typed(page: Path) -> None:
    for line in code(page):
        words = split(reason_of(line.removeprefix("/scan"))[0]) if re.match(r"/scan(?: |$)", line) else ()
        if not words or words[0] in COMMANDS:
            continue
        for word in words:
            is_option = word.partition("=")[0] in OPTIONS or word.startswith("#")
            assert is_option or parse(word, allow=[ip_network("192.0.2.0/24")])


@each_page
def test_every_setting_a_page_names_exists(page: Path) -> None:
    known = {name.upper() for name in Settings.model_fields} | NOT_SETTINGS
    named = re.findall(r"(?<![\w$])([A-Z]+(?:_[A-Z]+)+)(?![\w/])", "\n".join(code(page)))
    unknown = {name for name in named if name not in known and name.removesuffix("_FILE") not in known | {"NAME"}}
    assert unknown <= constants(page)


def constants(page: Path) -> set[str]:
    """Names in capitals that the Python examples of a page use for themselves."""
    blocks = [block for language, block in FENCE.findall(read(page)) if language == "python"]
    return set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", "\n".join(blocks)))


@each_page
def test_a_page_speaks_of_the_program_alone(page: Path) -> None:
    assert [found.group() for found in FOREIGN.finditer(read(page))] == []


@each_page
def test_addresses_on_a_page_are_invented(page: Path) -> None:
    real = [
        text
        for text in re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", read(page))
        if not any(ip_address(text) in network for network in INVENTED)
    ]
    assert real == []


def test_every_page_is_reached_from_the_table_of_contents() -> None:
    start = ROOT / "docs" / "README.md"
    reached, waiting = set(), [start]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        paths = [link.partition("#")[0] for link in LINK.findall(prose(page)) if "://" not in link]
        waiting += [(page.parent / path).resolve() for path in paths if path]
    assert [page for page in PAGES if "docs" in page.relative_to(ROOT).parts and page not in reached] == []


def test_every_setting_is_documented() -> None:
    text = read(ROOT / "docs" / "reference" / "settings.md")
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in text] == []


def test_every_command_of_slack_and_terminal_is_documented() -> None:
    text = read(ROOT / "docs" / "reference" / "commands.md")
    words = [*(f"python -m bot {name}" for name in cli.commands), *COMMANDS, *OPTIONS]
    assert [word for word in words if word not in text] == []


def test_every_kind_outcome_and_reason_is_documented() -> None:
    text = read(ROOT / "docs" / "reference" / "findings.md")
    ours = {kind.reason for kind in SourceError.__subclasses__() if kind.__module__ == SourceError.__module__}
    reasons = (ours | set(REASONS)) - {"unexpected"}
    words = [*Kind, *Fact, *Outcome, *Confidence, *Severity, *sorted(reasons)]
    assert [word for word in words if f"`{word}`" not in text] == []


def test_the_generated_pages_are_what_the_code_says() -> None:
    """In a process of its own: what was asked of a command before changes what it says of itself."""
    stale = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (stale.returncode, stale.stdout, stale.stderr) == (0, "", ""), "run: make docs"


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_short_dated_and_says_over_what(page: Path) -> None:
    text = read(page)
    assert len(text.splitlines()) <= LONGEST_DECISION
    assert text.startswith(f"# {page.name[:4]}: ")
    assert re.search(r"^\d{4}-\d{2}-\d{2}, \w+", text, re.MULTILINE)
    assert all(words in text for words in ("**We chose**", "**over**", "**Because**"))
    assert page.name in read(page.parent / "README.md")


def test_a_path_that_a_decision_names_exists() -> None:
    named = {
        path for page in DECISIONS for span in CODE.findall(read(page)) for path in re.findall(r"[\w/]+\.py", span)
    }
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_proof_that_the_security_page_names_exists() -> None:
    rows = [line for line in read(ROOT / "SECURITY.md").splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) > 10
    for row in rows[1:]:
        proof = row.rstrip(" |").rpartition("|")[2]
        paths = re.findall(r"`([\w/.]+)`", proof) + LINK.findall(proof)
        assert paths, row
        assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.fixture
def example(tmp_path: Path) -> dict[str, Path]:
    """The files of the page that teaches how to write a collector, by their paths there."""
    written = {}
    for name, text in EXAMPLE.findall(read(ROOT / "docs" / "how-to" / "write-a-collector.md")):
        written[name] = tmp_path / name
        written[name].parent.mkdir(parents=True, exist_ok=True)
        written[name].write_text(text, encoding="utf-8")
    # The collectors are found by their folder: here it has a second half.
    more = f"import collectors\n\ncollectors.__path__.append({str(tmp_path / 'collectors')!r})\n"
    (tmp_path / "conftest.py").write_text(more + 'pytest_plugins = ["tests.collectors.conftest"]\n', encoding="utf-8")
    return written


def test_the_collector_that_the_page_teaches_passes_the_test_beside_it(example: dict[str, Path]) -> None:
    assert list(example) == ["collectors/neighbours.py", "tests/collectors/test_neighbours.py"]
    words = ["-m", "pytest", str(example["tests/collectors/test_neighbours.py"]), "-q", "-p", "no:cacheprovider"]
    done = run(*words, "-c", str(ROOT / "pyproject.toml"))
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\b[5-9] passed", done.stdout)


@pytest.mark.parametrize("words", [("check",), ("format", "--check")], ids=lambda words: words[0])
def test_the_collector_that_the_page_teaches_keeps_the_house_style(words: tuple[str, ...]) -> None:
    for name, text in EXAMPLE.findall(read(ROOT / "docs" / "how-to" / "write-a-collector.md")):
        done = run("-m", "ruff", *words, "--no-cache", "--stdin-filename", name, "-", stdin=text)
        assert done.returncode == 0, done.stdout


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python at the top of the checkout, without what pytest leaves in the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
