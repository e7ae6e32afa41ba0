"""A stand-in source: answers every GET with a short JSON list, after a while, and costs next to nothing itself."""

from __future__ import annotations

import asyncio
import json
import resource

import click

BODY = json.dumps(["www.example.com"]).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


class Slow(asyncio.Protocol):
    """One connection; only GETs come, so a question ends with its head."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        *questions, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for _ in questions:
            self._loop.call_later(self._delay, self._answer)

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(ANSWER)


def many_files() -> None:
    """Thousands of connections need as many file descriptors as we may have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@click.command()
@click.option("--port", required=True, type=int)
@click.option("--delay", default=0.1, help="Seconds until the answer.")
def main(port: int, delay: float) -> None:
    """Serve until stopped."""
    many_files()
    asyncio.run(_serve(port, delay))


async def _serve(port: int, delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Slow(delay), "127.0.0.1", port, backlog=4096)
    print("listening", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    main()
