"""Start the stand-in sources: web, DNS and WHOIS on loopback ports, until told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from ipaddress import ip_address

from sandbox.sources.behaviours import Board
from sandbox.sources.dns_server import NameServer
from sandbox.sources.journal import Journal
from sandbox.sources.web import WebServer
from sandbox.sources.whois_server import WhoisServer
from sandbox.sources.world.whole import build

Ready = Callable[[dict[str, object]], None]


def main(*, host: str, http_port: int, dns_port: int, whois_port: int, ready: Ready) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        host: a loopback address.
        http_port, dns_port, whois_port: 0 for any free port.
        ready: called once with {"http": URL, "dns": "host:port", "whois": "host:port"}.

    Raises:
        SystemExit: the address is not loopback, or a port is taken; its text is a sentence.
    """
    address = "127.0.0.1" if host == "localhost" else host
    if not _is_loopback(address):
        raise SystemExit(f"The stand-in sources answer on loopback only, not on {host!r}. Use 127.0.0.1.")
    try:
        asyncio.run(_serve(address, http_port=http_port, dns_port=dns_port, whois_port=whois_port, ready=ready))
    except OSError as error:
        raise SystemExit(f"The stand-in sources cannot listen on {host}: {error}.") from error


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve(host: str, *, http_port: int, dns_port: int, whois_port: int, ready: Ready) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    shown = f"[{host}]" if ":" in host else host
    world, board, journal = build(), Board(), Journal()
    async with AsyncExitStack() as open_doors:
        web = WebServer(world, board, journal)
        places = {"http": f"http://{shown}:{await web.listen(host, http_port)}"}
        open_doors.push_async_callback(web.close)
        names = NameServer(world.zones, board, journal)
        places["dns"] = f"{shown}:{await names.listen(host, dns_port)}"
        open_doors.push_async_callback(names.close)
        whois = WhoisServer(world, board, journal)
        places["whois"] = f"{shown}:{await whois.listen(host, whois_port)}"
        open_doors.push_async_callback(whois.close)
        ready(dict(places))
        await stopped.wait()
