"""A TCP proxy of ours between two real parties: it passes, swallows, stalls or cuts what they say to each other."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from tests.servers import HOST

WITHIN = 10.0


class Proxy:
    """Listens on a port of its own and relays to `target` (a port on loopback), as its `mode` says:

    `pass` relays; `hole` accepts and keeps connections but relays nothing either way (a firewall that drops);
    `refuse` resets what connects. `cut()` resets all that is connected now. What is swallowed is lost, as on a line.
    """

    def __init__(self, target: int, listening: socket.socket | None = None) -> None:
        self.target = target
        self._listening = listening  # a socket that is bound already, in another network for instance
        self._mode = "pass"
        self.accepted = 0  # connections so far, whatever became of them
        self.carried = 0  # bytes that got through, both ways
        self._open: set[asyncio.StreamWriter] = set()  # also those that are only closing: the other side may not read
        self._forgotten = 0  # of those accepted, so many hear nothing any more
        self._passable = asyncio.Event()
        self._passable.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        here: dict[str, Any] = {"sock": self._listening} if self._listening else {"host": HOST, "port": 0}
        self._server = self._run(asyncio.start_server(self._serve, **here))
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN)
        self._loop.close()

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        self._mode = mode
        self._loop.call_soon_threadsafe(self._passable.clear if mode == "hole" else self._passable.set)

    def cut(self) -> None:
        """Reset every connection there is; new ones are treated as `mode` says."""
        self._run(self._cut())

    def forget(self) -> None:
        """What is connected now stays so and hears nothing more; what connects anew passes (a restarted firewall)."""
        self._forgotten = self.accepted

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        number = self.accepted
        if self.mode == "refuse":
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            await self._passable.wait()  # what was accepted in vain stays so until the mode changes
            there, back = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.close()
            return
        self._open.add(back)
        await asyncio.gather(self._relay(number, reader, back), self._relay(number, there, writer))

    async def _relay(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65536):
                if self.mode == "hole" or number <= self._forgotten:
                    continue
                self.carried += len(piece)
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass  # one side broke: the other is told by the reset below
        finally:
            writer.close()

    async def _cut(self) -> None:
        for writer in list(self._open):
            connection = writer.transport.get_extra_info("socket")
            if connection is not None and connection.fileno() >= 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            writer.transport.abort()
        self._open.clear()

    async def _close(self) -> None:
        self._server.close()
        await self._cut()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._cut()  # what was accepted meanwhile
