"""The WHOIS stand-in's socket: a line in, a text out, the connection closed (RFC 3912)."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from sandbox.sources import whois
from sandbox.sources.behaviours import Board, Kind, Rule, forget_linger, wait
from sandbox.sources.conversations import Conversations
from sandbox.sources.journal import Journal, Question
from sandbox.sources.world.whole import World

LONGEST_LINE = 1024
WALL = "<html><title>Just a moment...</title></html>\n"


@dataclass
class WhoisServer:
    """Every WHOIS server of the world on one port; see `whois.understand` for who is meant."""

    world: World
    board: Board
    journal: Journal
    _conversations: Conversations = field(default_factory=Conversations)

    async def listen(self, host: str, port: int) -> int:
        """Bind (0: any free port) and give the port."""
        self._stream = await asyncio.start_server(self._greet, host, port, limit=LONGEST_LINE)
        bound: int = self._stream.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stop listening and break off what is still being answered."""
        self._stream.close()
        await self._conversations.end()

    def answer(self, line: str, asked: whois.Asked, rule: Rule) -> bytes:
        """The bytes to send for a line under a rule."""
        if rule.kind is Kind.DOWN or (rule.kind is Kind.STATUS and rule.status >= 500):
            return b""
        if rule.kind is Kind.STATUS and rule.status == 404:
            return b"No match.\r\n"
        if rule.kind is Kind.STATUS:
            text = whois.throttled(asked.server)
        elif rule.kind is Kind.HTML:
            text = WALL
        else:
            text = whois.reply(self.world, asked) if line else "% No question was asked.\n"
        body = text.replace("\n", "\r\n").encode()
        return body[: len(body) // 2] if rule.kind is Kind.TRUNCATED else body

    def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._conversations.start(self._converse(reader, writer))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = (await reader.readuntil(b"\n")).decode(errors="replace").strip()
            asked = whois.understand(line)
            question = Question(protocol="whois", host=asked.server, about=asked.about, text=line, via="tcp")
            rule = self.board.decide(question)
            self.journal.note(question, rule.kind)
            await wait(rule)
            if rule.kind is Kind.RESET:
                forget_linger(writer.get_extra_info("socket"))
                return
            writer.write(self.answer(line, asked, rule))
            with contextlib.suppress(ConnectionError):  # the asker has read enough
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # not a question
        finally:
            writer.close()
