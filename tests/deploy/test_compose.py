"""What docker-compose.yml and the Dockerfile promise: pins, limits, secrets, and who reaches whom."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.run import ROLES
from core import VERSION
from tests.deploy.image import composed, services, spoken, stages
from tests.deploy.needs import GRACE, NEEDS, SECRETS
from tests.servers import ROOT

PINNED = re.compile(r"^[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)*$")
OWN = {f"gumshoe:{VERSION}": "gumshoe", f"gumshoe-flower:{VERSION}": "flower"}
EXTRAS = {"caddy", "flower", "prometheus", "grafana"}


def seconds(text: str) -> float:
    assert text.endswith("s"), text
    return float(text[:-1])


def neighbours() -> dict[str, set[str]]:
    """Who is on a network with whom: containers reach each other there, on every port."""
    at = {name: set(service["networks"]) for name, service in services().items()}
    return {name: {other for other in at if other != name and at[other] & mine} for name, mine in at.items()}


def way_out() -> set[str]:
    open_ones = {name for name, network in composed()["networks"].items() if not (network or {}).get("internal")}
    return {name for name, service in services().items() if open_ones & set(service["networks"])}


@pytest.mark.parametrize("name", services())
def test_a_service_is_pinned_bounded_watched_and_started_again(name: str) -> None:
    service = services()[name]
    assert PINNED.match(service["image"]), service["image"]
    if "build" in service:
        assert OWN[service["image"]] == service["build"]["target"]
    assert service["restart"] == "unless-stopped"
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    check = service["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert 0 < seconds(check["timeout"]) < seconds(check["interval"]) <= 30
    assert seconds(service["stop_grace_period"]) >= GRACE
    assert not re.search(r"(?i)(password|token|secret|key)\s*[:=]\s*\$?\{?\w*[a-z]", json.dumps(service.get("command")))


def test_the_bases_of_the_image_are_pinned_and_its_words_are_those_of_the_roles() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (base,) = re.findall(r"^ARG BASE=(\S+)$", text, re.MULTILINE)
    assert PINNED.match(base)
    assert {stage.base for stage in stages().values()} == {"${BASE}"}
    assert f"ARG VERSION={VERSION}\n" in text
    assert base in text[text.index("LABEL") :]
    last = list(stages().values())[-1]
    assert last.name == "gumshoe"  # what docker build makes when nobody names a stage
    assert json.loads(last.last["ENTRYPOINT"]) == ["python", "-m", "bot.run"]
    assert json.loads(last.last["CMD"]) == ["bot"]
    assert {name: spoken(services()[name]["command"]) for name in NEEDS} == {name: [name] for name in ROLES}


def test_nothing_but_what_the_image_copies_is_sent_to_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {name for stage in stages().values() for name in stage.copied()}
    assert {next(each for each in let_in if name == each or name.startswith(f"{each}/")) for name in copied} == let_in


def test_each_process_gets_the_secrets_it_needs_and_no_others() -> None:
    for name, needed in NEEDS.items():
        assert set(services()[name]["secrets"]) == needed, name
    for name in EXTRAS | {"redis", "redis-cache", "postgres"}:
        assert not set(services()[name].get("secrets", [])) & (SECRETS - {"redis_url", "metrics_token"}), name
    given = {secret for service in services().values() for secret in service.get("secrets", [])}
    assert set(composed()["secrets"]) == given
    assert all(each == {"file": f"secrets/{name}"} for name, each in composed()["secrets"].items())


def test_the_script_makes_every_file_that_compose_mounts_and_keeps_those_that_exist(tmp_path: Path) -> None:
    script, folder = str(ROOT / "deploy" / "make-secrets"), tmp_path / "secrets"
    folder.mkdir()
    (folder / "slack_bot_token").write_text("xoxb-mine")
    subprocess.run([script, str(folder)], check=True)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    subprocess.run([script, str(folder)], check=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == made
    assert set(made) == set(composed()["secrets"]) | SECRETS
    assert made["slack_bot_token"] == "xoxb-mine"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700  # the files are for the containers' users, the folder is not
    assert made["redis_password"] in made["redis_url"]
    assert made["redis_password"] not in made["redis_users"]  # a digest
    passwords = [made[name] for name in ("redis_password", "postgres_password", "secret_key", "metrics_token")]
    assert len(set(passwords)) == 4
    assert all(len(each) == 32 for each in passwords)


def test_the_script_makes_empty_files_for_who_brings_their_own_servers(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    subprocess.run([str(ROOT / "deploy" / "make-secrets"), "--empty", str(folder)], check=True)
    made = {path.name: (path.read_text(), stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}
    assert set(made) >= SECRETS
    assert set(made.values()) == {("", 0o600)}


def test_only_who_must_has_a_way_out_and_only_caddy_a_way_in() -> None:
    # Docker cannot say whom they may talk to out there; what must not be reached is kept off these networks.
    assert way_out() == {"bot", "worker", "notifier", "caddy"}
    assert {name for name, service in services().items() if "ports" in service} == {"caddy"}
    assert {name for name, service in services().items() if "profiles" in service} == EXTRAS
    near = neighbours()
    assert near["postgres"] == {"bot", "worker", "notifier"}
    assert near["redis"] == near["redis-cache"] ^ {"redis", "redis-cache"}
    assert near["redis"] == {"redis-cache", "bot", "worker", "notifier", "beat", "flower"}
    assert near["caddy"] == {"bot", "flower", "grafana"}
    assert near["prometheus"] == {"bot", "grafana"}
    assert not {"bot", "worker", "notifier", "beat"} & set(composed()["networks"]["edge"] or ())


def test_what_compose_mounts_from_the_checkout_is_there() -> None:
    mounted = [each.split(":") for service in services().values() for each in service.get("volumes", [])]
    assert {source for source, *_ in mounted if not source.startswith("./")} == set(composed()["volumes"])
    for source, _, mode in (each for each in mounted if each[0].startswith("./")):
        assert mode == "ro"
        assert (ROOT / source).exists(), source


def test_a_word_that_is_no_role_is_a_command_of_the_bot() -> None:
    line = [sys.executable, "-m", "bot.run", "doctor", "--help"]
    ran = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Say what is set and reachable" in ran.stdout


def test_the_caddyfile_is_valid() -> None:
    caddy = Path(sys.executable).with_name("caddy")
    line = [str(caddy), "validate", "--adapter", "caddyfile", "--config", str(ROOT / "deploy" / "caddy" / "Caddyfile")]
    ran = subprocess.run(line, env={**os.environ, "DOMAIN": "example.com"}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
