"""The services of docker-compose.yml at work: their commands, real servers, walls like a container's, a whole scan."""

from __future__ import annotations

import http.client
import os
import signal
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from core.models import Outcome
from core.store import open_store
from tests.deploy.container import HOSTS, OURS, Container, environment_of, status_of
from tests.deploy.image import stages
from tests.faults.apart import apart
from tests.servers import ROOT, Postgres, Sandbox, Sources, until

TEAM = "T0SANDBOX"
ASKED = ("dns", "whois", "virustotal")
CADDY = ("/venv/bin/caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile")  # as in its image
HOMES = {"caddy": {"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/config"}}
HEADERS = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # the page's own: without it, browsers hide whose its forms are
}
KEPT_BACK = (
    *("/metrics", "//metrics", "/Metrics", "/%6detrics", "/./metrics", "/x/../metrics", "/metrics/", "/live", "/ready"),
    *("/flower/metrics", "/flower//metrics", "/flower/healthcheck", "/flower/%68ealthcheck"),
)


class Composed:
    """Redis twice, Postgres, and our four processes, as compose starts them."""

    def __init__(self, folder: Path, sandbox: Sandbox, sources: Sources) -> None:
        self.sandbox, self.sources = sandbox, sources
        self.folder = folder
        self.secrets = folder / "secrets"
        subprocess.run([str(ROOT / "deploy" / "make-secrets"), str(self.secrets)], check=True)
        self.secrets.joinpath("virustotal_key").write_text("stand-in-key")
        told = sandbox.settings | sources.settings | {"COLLECTORS": ",".join(ASKED), "SWEEP_EVERY": "0.5"}
        for name in ("slack_bot_token", "slack_app_token"):
            (self.secrets / name).write_text(told.pop(name.upper()))
        self.settings = environment_of(told)
        self.containers: dict[str, Container] = {}

    def add(self, name: str, *more: str) -> Container:
        """Start one service."""
        stage = stages()["gumshoe"] if name in OURS else stages().get(name)
        made = Container(name, self.folder, self.secrets, stage=stage)
        made.start(*more, settings=self.settings if name in OURS else HOMES.get(name))
        self.containers[name] = made
        return made

    def stop(self) -> None:
        for each in self.containers.values():
            if each.part is not None:
                each.part.kill()


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    folder = tmp_path_factory.mktemp("composed")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    assert os.geteuid() == 0, "These tests build walls, which only root may: run make test as root."
    with apart(), Sandbox() as sandbox, Sources() as sources:
        server = Postgres(tmp_path_factory.mktemp("record"))
        server.port = 5432
        with server:
            server.new_database("gumshoe")
            running = Composed(folder, sandbox, sources)
            try:
                running.add("redis", "--bind", "127.0.0.2")
                running.add("redis-cache", "--bind", "127.0.0.3")
                for name in ("redis", "redis-cache"):
                    until(f"{name} to be healthy", running.containers[name].healthy)
                for name in OURS:
                    running.add(name)
                yield running
            finally:
                running.stop()


def test_the_services_see_a_scan_through_and_are_healthy(composed: Composed) -> None:
    for name in OURS:
        until(f"{name} to be healthy", composed.containers[name].healthy, within=90)
    until("the workspace to reach the bot", composed.sandbox.reachable)
    composed.sandbox.command("example.com")
    store = open_store("postgresql+psycopg://gumshoe@127.0.0.1/gumshoe")
    try:
        until("the scan to end", lambda: [each for each in store.scans.recent(TEAM, limit=1) if each.finished_at])
        (scan,) = store.scans.recent(TEAM, limit=9)
    finally:
        store.close()
    # The bot plans with the keys, the worker asks with them: both must have them.
    assert {run.collector: run.outcome for run in scan.runs} == dict.fromkeys(ASKED, Outcome.FOUND)
    assert composed.containers["worker"].inside("ls", "/app").stdout.split() == sorted(stages()["build"].copied())


def test_an_operator_works_from_within_a_container(composed: Composed) -> None:
    """As `docker compose exec bot python -m bot doctor` does; Redis' password allows what it needs."""
    bot = composed.containers["bot"]
    told = bot.inside("python", "-m", "bot", "doctor", "--offline")
    assert [line for line in told.stdout.splitlines() if line.startswith("BAD")] == [], told.stdout
    assert told.returncode == 0, told.stderr


def test_no_service_can_do_more_than_its_work(composed: Composed) -> None:
    for name, container in composed.containers.items():
        assert container.part is not None
        status = status_of(container.part)
        user = (stages()["gumshoe"].last["USER"] if name in OURS else container.service["user"]).partition(":")[0]
        assert set(status["Uid"].split()) == {user}, name
        assert (status["NoNewPrivs"], int(status["CapEff"], 16), int(status["CapBnd"], 16)) == ("1", 0, 0), name
        for path in ("/", "/app", "/etc", "/usr", "/run/secrets"):
            assert container.inside("touch", f"{path}/x").returncode != 0, (name, path)
        held = set(container.inside("ls", "/run/secrets").stdout.split())
        assert held == set(container.service["secrets"]), name
    ours = composed.containers["worker"]
    assert ours.inside("touch", "/tmp/x", "/data/x").returncode == 0


def test_both_redis_ask_for_the_password_and_refuse_administration(composed: Composed) -> None:
    for name in ("redis", "redis-cache"):
        asked = ["redis-cli", "-h", HOSTS[name]]
        container = composed.containers[name]
        assert "NOAUTH" in container.inside(*asked, "get", "x").stdout
        known = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" redis-cli -h "$0" "$@"'
        assert container.inside("sh", "-c", known, HOSTS[name], "set", "x", "1").stdout == "OK\n"
        assert "NOPERM" in container.inside("sh", "-c", known, HOSTS[name], "config", "set", "dir", "/tmp").stdout
        policy = container.inside("sh", "-c", known, HOSTS[name], "info", "memory").stdout
        assert f"maxmemory_policy:{'noeviction' if name == 'redis' else 'allkeys-lru'}" in policy


def test_flower_asks_for_its_login_and_knows_no_more_than_ids(composed: Composed) -> None:
    flower = composed.add("flower")
    until("Flower to be healthy", flower.healthy)
    name, _, password = (composed.secrets / "flower_login").read_text().partition(":")
    with httpx.Client(base_url="http://127.0.0.1:5555/flower/") as client:
        for path in ("", "workers", "tasks", "broker", "api/workers", "api/tasks", "api/queues/length"):
            assert client.get(path).status_code == 401, path
            assert client.get(path, auth=(name, "wrong")).status_code == 401, path
        # These two are open whatever is set: no network but caddy's leads here, and caddy keeps them back.
        assert {client.get(path).status_code for path in ("metrics", "healthcheck")} == {200}
        client.auth = httpx.BasicAuth(name, password)
        until("Flower to see both workers", lambda: len(client.get("api/workers?refresh=1", timeout=30).json()) == 2)
        lengths = client.get("api/queues/length").json()["active_queues"]
        assert {each["name"] for each in lengths} >= {"scan", "notify"}
        assert client.get("api/tasks").json() == {}  # workers send no word of their tasks unless asked to: -E


def over_tls(client: httpx.Client, path: str) -> httpx.Response | None:
    try:
        return client.get(path)
    except httpx.ConnectError:
        return None


def as_written(path: str) -> tuple[int, bytes]:
    """Ask without tidying up the path first, as an attacker would."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPSConnection("localhost", context=trusting, timeout=10)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def test_caddy_lets_in_what_is_for_outside_and_keeps_back_what_is_not(composed: Composed) -> None:
    caddy = composed.add("caddy", *CADDY)
    until("caddy to be healthy", caddy.healthy)
    with httpx.Client(base_url="https://localhost", verify=False) as client:  # it signs for itself here
        answer = until("caddy to have its certificate", lambda: over_tls(client, "/nowhere"))
        assert answer.status_code == 404
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
        for path in KEPT_BACK:
            assert as_written(path) == (404, b""), path
        assert client.get("/flower/").status_code == 401
        assert client.post("/flower/api/worker/shutdown/celery@worker").status_code == 403
        assert client.post("/slack/events", content=b"x" * 1_100_000).status_code in {404, 413}
    plain = httpx.get("http://localhost/anything?token=hush")
    assert (plain.status_code, plain.headers["location"]) == (308, "https://localhost/anything?token=hush")
    assert caddy.part is not None
    assert "hush" not in caddy.part.output()


def test_a_service_that_hangs_is_found_out_by_its_health_check(composed: Composed) -> None:
    watched = [composed.containers[name] for name in (*OURS, "redis", "redis-cache")]
    assert {each.name: each.healthy() for each in watched} == {each.name: True for each in watched}
    for each in watched:
        assert each.part is not None
        each.part.signal(signal.SIGSTOP)
    with ThreadPoolExecutor(len(watched)) as pool:
        sick = pool.map(lambda each: until(f"{each.name} to be found out", lambda: not each.healthy()), watched)
        assert all(sick)
    for each in reversed(watched):
        assert each.part is not None
        each.part.signal(signal.SIGCONT)
    for each in watched:
        until(f"{each.name} to be healthy again", each.healthy)


def test_each_of_ours_ends_in_its_grace_period_when_told_to(composed: Composed) -> None:
    parts = [(name, composed.containers[name].part) for name in OURS]
    with ThreadPoolExecutor(len(parts)) as pool:
        ends = dict(pool.map(lambda each: (each[0], each[1].stop(within=30.0) if each[1] else None), parts))
    assert ends == dict.fromkeys(OURS, 0)
