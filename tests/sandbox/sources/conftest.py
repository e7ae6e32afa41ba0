"""A running set of stand-in sources, fresh for every test, and ways to ask it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from subprocess import PIPE
from typing import Any

import dns.asyncquery
import dns.flags
import dns.message
import httpx
import pytest


@dataclass(frozen=True)
class Sources:
    """Where the stand-ins listen."""

    http: str
    dns_at: tuple[str, int]
    whois_at: tuple[str, int]

    async def get(self, url: str, **options: Any) -> httpx.Response:
        """Ask a web source: the URL's host becomes the Host header, as an egress relay would be asked."""
        asked = httpx.URL(url)
        headers = {"Host": asked.host, "X-Forwarded-Proto": asked.scheme, **options.pop("headers", {})}
        async with httpx.AsyncClient(base_url=self.http, timeout=20, trust_env=False, verify=False) as client:
            return await client.get(asked.raw_path.decode(), headers=headers, **options)

    async def resolve(self, name: str, rdtype: str, *, via: str = "", **options: Any) -> dns.message.Message:
        """Ask the name server; over UDP with a retry over TCP as resolvers do, or over one of them."""
        query = dns.message.make_query(name, rdtype, want_dnssec=options.pop("want_dnssec", True), payload=1232)
        query.flags |= options.pop("flags", 0)
        host, port = self.dns_at
        if via == "tcp":
            return await dns.asyncquery.tcp(query, host, timeout=5, port=port)
        if via == "udp":
            return await dns.asyncquery.udp(query, host, timeout=options.pop("timeout", 5), port=port)
        reply, _ = await dns.asyncquery.udp_with_fallback(query, host, timeout=5, port=port)
        return reply

    async def whois(self, line: str) -> str:
        """Ask a WHOIS question and read until the server hangs up."""
        reader, writer = await asyncio.open_connection(*self.whois_at)
        try:
            writer.write(f"{line}\r\n".encode())
            return (await asyncio.wait_for(reader.read(), 10)).decode()
        finally:
            writer.close()

    async def behave(self, **rule: Any) -> None:
        """Make a source misbehave."""
        await self._post("/control/behaviour", rule)

    async def reset(self) -> None:
        """Back to the world's own troubles."""
        await self._post("/control/reset", {})

    async def asked(self, *match: str) -> list[dict[str, Any]]:
        """What was asked since the test began."""
        async with httpx.AsyncClient(base_url=self.http, trust_env=False, verify=False) as client:
            answer = await client.get("/control/asked", params={"match": list(match)})
        asked: list[dict[str, Any]] = answer.json()["asked"]
        return asked

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        async with httpx.AsyncClient(base_url=self.http, trust_env=False, verify=False) as client:
            (await client.post(path, json=body)).raise_for_status()


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    """The stand-ins as the demo starts them, on free ports; they must end cleanly and never have complained."""
    complaints = tmp_path_factory.mktemp("sources") / "complaints"
    command = [sys.executable, "-m", "sandbox", "sources"]
    with complaints.open("w") as stderr, subprocess.Popen(command, stdout=PIPE, stderr=stderr, text=True) as process:
        assert process.stdout is not None
        places = json.loads(process.stdout.readline())
        yield Sources(http=places["http"], dns_at=_place(places["dns"]), whois_at=_place(places["whois"]))
        process.terminate()
        assert process.wait(10) == 0
    assert complaints.read_text() == ""


@pytest.fixture
async def sources(running: Sources) -> Sources:
    """The running stand-ins with nothing asked yet and only the world's own troubles."""
    await running.reset()
    return running
