"""`python -m bot scan` in a shell: what it prints for people and for programs, and its exit status."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from core.models import Outcome
from core.store import open_store
from tests.bot.shell import COMMAND, gumshoe, one_sentence, surroundings
from tests.servers import HOST, Redis, Sources, free_port, until

SCAN = {"id", "target", "case", "tlp", "status", "round", "tag", "options", "active", "created_at", "finished_at"}
RUN = {"state", "collector", "outcome", "reason", "message", "cached", "age_s", "ms", "findings"}
FINDING = {
    "fingerprint",
    "kind",
    "value",
    "attributes",
    "confidence",
    "first_seen",
    "last_seen",
    "context",
    "provenance",
}
PROVENANCE = {"collector", "source", "url", "fetched_at", "status", "sha256"}


@pytest.fixture(autouse=True)
def _quiet(sources: Sources) -> None:
    sources.reset()


def scanned(folder: Path, sources: Sources, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit status and document of `scan --json`."""
    done = gumshoe(folder, "scan", *words, "--json", **sources.settings)
    return done.returncode, json.loads(done.stdout)


def test_json_has_the_documented_shape_and_every_source_answered(tmp_path: Path, sources: Sources) -> None:
    status, document = scanned(tmp_path, sources, "example.org")
    assert status == 0
    assert set(document) == {"scan", "runs", "headlines"}
    assert set(document["scan"]) == SCAN
    assert document["scan"]["target"] == {"kind": "domain", "value": "example.org"}
    assert document["scan"]["status"] == "finished"
    outcomes = {run["collector"]: run["outcome"] for run in document["runs"]}
    assert outcomes.items() >= {"dns": "found", "crtsh": "found", "whois": "found", "virustotal": "skipped"}.items()
    for run in document["runs"]:
        assert set(run) == RUN
        for finding in run["findings"]:
            assert set(finding) == FINDING
            assert set(finding["provenance"]) == PROVENANCE
            assert len(finding["provenance"]["sha256"]) == 64


def test_nothing_found_is_an_answer(tmp_path: Path, sources: Sources) -> None:
    status, document = scanned(tmp_path, sources, "vanished.test")
    assert status == 0
    assert {run["outcome"] for run in document["runs"]} <= {"found", "nothing", "skipped"}
    assert "nothing" in {run["outcome"] for run in document["runs"]}


def test_a_source_that_could_not_be_asked_ends_with_three_and_its_reason(tmp_path: Path, sources: Sources) -> None:
    sources.behave(host="crt.sh", kind="status", status=503)
    sources.behave(host="api.certspotter.com", kind="status", status=503)
    status, document = scanned(tmp_path, sources, "example.org", "--collectors", "crtsh,whois")
    assert status == 3
    crtsh, whois = document["runs"]
    assert (crtsh["outcome"], crtsh["reason"], crtsh["findings"]) == ("failed", "down", [])
    assert crtsh["message"]
    assert whois["outcome"] == "found"


def test_a_second_scan_shows_that_its_answer_was_kept(tmp_path: Path, sources: Sources) -> None:
    words = ("example.org", "--collectors", "whois")
    assert scanned(tmp_path, sources, *words)[1]["runs"][0]["cached"] is False
    second = scanned(tmp_path, sources, *words)[1]["runs"][0]
    assert second["cached"] is True
    assert second["age_s"] >= 0
    assert second["findings"]


def test_people_see_every_collector_with_its_outcome_and_a_last_line(tmp_path: Path, sources: Sources) -> None:
    done = gumshoe(tmp_path, "scan", "example.org", **sources.settings)
    assert done.returncode == 0
    for words in ("Scan ", "example[.]org", "DNS", "Certificates (crt.sh)", "Registration", "found"):
        assert words in done.stdout
    assert "Not looked at: virustotal: It needs a key." in " ".join(done.stdout.split())


def test_a_scan_in_which_nobody_was_asked_has_not_ended_well(tmp_path: Path, sources: Sources) -> None:
    status, document = scanned(tmp_path, sources, "example.org", "--collectors", "virustotal")
    assert (status, document["runs"][0]["outcome"]) == (3, "skipped")


def test_when_all_were_asked_the_last_line_says_so(tmp_path: Path, sources: Sources) -> None:
    done = gumshoe(tmp_path, "scan", "example.org", "--collectors", "whois", **sources.settings)
    assert done.stdout.strip().splitlines()[-1] == "Every source answered."


def test_people_see_what_was_not_looked_at(tmp_path: Path, sources: Sources) -> None:
    sources.behave(host="crt.sh", kind="status", status=503)
    sources.behave(host="api.certspotter.com", kind="status", status=503)
    done = gumshoe(tmp_path, "scan", "example.com", "--collectors", "crtsh", **sources.settings)
    assert done.returncode == 3
    assert done.stdout.strip().splitlines()[-1].startswith("Not looked at: crtsh: ")


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_hostile_text_commands_no_terminal(tmp_path: Path, sources: Sources, form: tuple[str, ...]) -> None:
    done = gumshoe(tmp_path, "scan", "hostile.test", *form, **sources.settings, LOG_LEVEL="debug")
    assert done.returncode in (0, 3)
    assert "hostile" in done.stdout
    strange = {letter for letter in done.stdout + done.stderr if not letter.isprintable() and letter != "\n"}
    assert strange == set()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["exmaple"], "write user:exmaple"),
        (["example.com", "--collectors", "dsn"], "Did you mean dns?"),
    ],
)
def test_a_wrong_question_is_one_sentence_and_exit_status_two(tmp_path: Path, words: list[str], sentence: str) -> None:
    done = gumshoe(tmp_path, "scan", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in one_sentence(done.stderr)


def test_a_record_that_cannot_be_opened_is_neither_bad_input_nor_a_traceback(tmp_path: Path) -> None:
    url = f"postgresql://gumshoe@{HOST}:{free_port()}/none"
    done = gumshoe(tmp_path, "scan", "example.com", DATABASE_URL=url)
    assert done.returncode == 1
    assert "The database does not answer" in one_sentence(done.stderr)


def test_ctrl_c_stops_the_scan_and_the_record_says_so(tmp_path: Path, sources: Sources) -> None:
    sources.reset()  # or an earlier test's question would be taken for this scan's
    # Who runs the tests in the background has this signal ignored, and children inherit that.
    words = ["env", "--default-signal=INT", *COMMAND, "scan", "slow.test"]
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env=surroundings(tmp_path, **sources.settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until("a source to be asked", lambda: sources.asked("slow.test"))
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped. What was found until then is kept." in complaint
    assert "Traceback" not in complaint
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'gumshoe.sqlite3'}")
    (scan,) = store.scans.recent("")
    store.close()
    assert (str(scan.status), scan.cancelled_by) == ("cancelled", "terminal")
    assert {run.outcome for run in scan.runs} == {Outcome.CANCELLED, Outcome.SKIPPED}  # skipped: no key


def test_refresh_refuses_a_list_that_is_too_short_to_be_the_registries_own(tmp_path: Path, sources: Sources) -> None:
    done = gumshoe(tmp_path, "refresh", **sources.settings)  # the invented world has a handful of registries
    assert done.returncode == 1
    assert "too few to be whole" in one_sentence(done.stderr)
    assert list((tmp_path / "data").rglob("dns.json")) == []


def test_a_plan_asks_nobody_and_writes_no_scan(tmp_path: Path, sources: Sources) -> None:
    first = gumshoe(tmp_path, "scan", "example.org", "--collectors", "whois", **sources.settings)
    assert first.returncode == 0
    before = len(sources.asked())
    done = gumshoe(tmp_path, "scan", "example.org", "--plan", **sources.settings)
    assert done.returncode == 0
    assert re.search(r"answer from \d.* ago would be used", done.stdout)
    assert "would be asked" in done.stdout
    assert len(sources.asked()) == before
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'gumshoe.sqlite3'}")
    assert len(store.scans.recent("")) == 1
    store.close()
    plans = json.loads(gumshoe(tmp_path, "scan", "example.org", "--plan", "--json", **sources.settings).stdout)
    ways = {step["collector"]: step["way"] for step in plans[0]["steps"]}
    assert (ways["whois"], ways["dns"]) == ("kept", "ask")


def test_an_option_nobody_has_ends_with_two(tmp_path: Path) -> None:
    for words in (("--with", "nonsense"), ("--with", "nonsense", "--plan")):
        done = gumshoe(tmp_path, "scan", "example.org", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert one_sentence(done.stderr).startswith('There is no option "nonsense".')


def test_quota_shows_each_key_by_its_number(tmp_path: Path, redis_server: Redis) -> None:
    done = gumshoe(tmp_path, "quota", REDIS_URL=redis_server.url, CERTSPOTTER_KEY="first-secret,second-secret")
    assert done.returncode == 0
    assert "Cert Spotter, key 1 of 2" in done.stdout
    assert "may be asked" in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_quota_without_redis_says_that_nobody_knows(tmp_path: Path) -> None:
    done = gumshoe(tmp_path, "quota", REDIS_URL=f"redis://{HOST}:{free_port()}/0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The Redis of budgets does not answer" in one_sentence(done.stderr)
