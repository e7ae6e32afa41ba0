"""Services of docker-compose.yml as real processes, each in walls like those of a container, found by their names."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.deploy.image import Stage, check_of, copy_out, services, spoken, stages
from tests.servers import ROOT, Part

HOSTS = {"redis": "127.0.0.2", "redis-cache": "127.0.0.3", "postgres": "127.0.0.1", "bot": "127.0.0.1",
         "flower": "127.0.0.1", "grafana": "127.0.0.1"}  # fmt: skip
OURS = ("bot", "worker", "notifier", "beat")
LIMITS = re.compile(r"(?:size|uid|gid)=\w+")


class Container:
    """One service: its command, environment, secrets, user and what it may write, all as compose and image say."""

    def __init__(self, name: str, folder: Path, secrets: Path, *, stage: Stage | None = None) -> None:
        self.name, self.service = name, services()[name]
        self._stage = stage
        self.setup = folder / name
        for each in ("data", "secrets"):
            (self.setup / each).mkdir(parents=True)
        for secret in self.service.get("secrets", []):
            (self.setup / "secrets" / secret).write_bytes((secrets / secret).read_bytes())
            (self.setup / "secrets" / secret).chmod((secrets / secret).stat().st_mode)
        self.workdir = stage.last["WORKDIR"] if stage else "/data"  # as in Redis' image
        user = stage.last["USER"] if stage else str(self.service.get("user", "0"))
        self.uid = user.partition(":")[0]
        keeps = any("/data" in each for each in self.service.get("volumes", []))
        os.chown(self.setup / "data", int(self.uid), int(self.uid))
        (self.setup / "data").chmod(0o700 if keeps else 0o500)
        (self.setup / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"{at} {n}\n" for n, at in HOSTS.items()))
        places = [each.partition(":") for each in self.service.get("tmpfs", [])]
        mounts = [(place, ",".join(LIMITS.findall(options))) for place, _, options in places]
        (self.setup / "tmp").write_text(
            "".join(f"{place} {options}\n" for place, options in mounts if place != "/data")
        )
        self._bind()
        self.part: Part | None = None
        self.settings: dict[str, str] = {}

    def _bind(self) -> None:
        python = {sys.prefix, sys.base_prefix} if not sys.base_prefix.startswith("/usr") else {sys.prefix}
        binds = [(each, each) for each in sorted(python)] + [(sys.prefix, "/venv")]
        if self._stage:
            image = self.setup.parent / f"image-{self._stage.name}"
            if not image.exists():  # one image for all
                copy_out(self._stage.copied() or stages()["build"].copied(), image)
            binds.append((str(image), self.workdir))
        for volume in self.service.get("volumes", []):
            if volume.startswith("./"):
                source, target, _ = volume.split(":")
                binds.append((str(ROOT / source), target))
        (self.setup / "binds").write_text("".join(f"{source} {target}\n" for source, target in binds))

    @property
    def env(self) -> dict[str, str]:
        """As in a container: what image and compose say, and nothing of this machine."""
        image = {k: v.replace("$PATH", "/usr/local/bin:/usr/bin:/bin") for k, v in (self._stage or EMPTY).env.items()}
        given = {k: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(v)) for k, v in self.service.get("environment", {}).items()}
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/data", **image, **given}

    @property
    def command(self) -> list[str]:
        entry = json.loads(self._stage.last.get("ENTRYPOINT", "[]")) if self._stage else []
        told = self.service.get("command")
        return [*entry, *(spoken(told) if told else json.loads(self._stage.last["CMD"]) if self._stage else [])]

    def start(self, *more: str, settings: Mapping[str, str] | None = None) -> Part:
        """Start it; `more` words stand for addresses, since here all share one machine."""
        line = [*self._walls(), *self.command, *more]
        self.settings = dict(settings or {})
        env = {**self.settings, **self.env}
        self.part = Part(self.name, ["env", "-i", *(f"{k}={v}" for k, v in env.items()), *line], self.setup)
        return self.part

    def _walls(self) -> list[str]:
        kept = "".join(f",+{each.lower()}" for each in self.service.get("cap_add", []))
        script = str(ROOT / "tests" / "deploy" / "container.sh")
        return ["unshare", "--mount", "--propagation", "private", script, str(self.setup), self.uid, kept, self.workdir]

    def inside(self, *words: str, within: float = 30.0) -> subprocess.CompletedProcess[str]:
        """Run a command beside the running process, as `docker exec` does."""
        assert self.part is not None
        enter = ["nsenter", "--target", str(self.part.process.pid), "--mount", "--root", "--wd"]
        user = [
            "setpriv",
            f"--reuid={self.uid}",
            f"--regid={self.uid}",
            "--clear-groups",
            "--bounding-set=-all",
            "--no-new-privs",
        ]
        env = ["env", "-i", *(f"{k}={v}" for k, v in {**self.settings, **self.env}.items())]
        line = ["timeout", str(within), *enter, *user, *env, *words]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    def healthy(self) -> bool:
        """What its health check says now."""
        here = [word.replace("redis-cli ", f"redis-cli -h {HOSTS.get(self.name)} ") for word in check_of(self.service)]
        return self.inside(*here, within=float(self.service["healthcheck"]["timeout"].rstrip("s"))).returncode == 0


EMPTY = Stage("", "")


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """What an operator would write into .env."""
    return {name: value for name, value in settings.items() if value}


def status_of(part: Part) -> dict[str, Any]:
    """What the kernel says of a process."""
    text = Path(f"/proc/{part.process.pid}/status").read_text(encoding="ascii")
    return dict(re.findall(r"^(\w+):\s+(.*)$", text, re.MULTILINE))
