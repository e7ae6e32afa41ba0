"""Answers to what people did: response_url, with its five uses and thirty minutes, and bodies inside acks."""

from dataclasses import dataclass

from sandbox.slack.cast import BOT
from sandbox.slack.messages import Message
from sandbox.slack.methods.chat import checked_blocks
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, flag, text
from sandbox.slack.workspace import Workspace

USES, LIFETIME = 5, 30 * 60


@dataclass
class ResponseUrl:
    """Where an app may answer one thing one person did."""

    id: str
    channel: str
    user: str
    at: float
    original: str = ""  # the message that was clicked, which `replace_original` edits
    thread_ts: str = ""
    uses: int = 0


class Responses:
    """All response URLs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._urls: dict[str, ResponseUrl] = {}

    def clear(self) -> None:
        """Forget them."""
        self._urls = {}

    def mint(self, channel: str, user: str, *, original: Message | None = None) -> str:
        """A new address."""
        url = ResponseUrl(self._workspace.mint("response-"), channel, user, self._workspace.clock.now())
        if original is not None:
            url.original, url.thread_ts = original.ts, original.thread_ts
        self._urls[url.id] = url
        return f"{self._workspace.url}/response/{url.id}"

    def post(self, url_id: str, body: Json) -> None:
        """What an app posted to a response URL.

        Raises:
            Refused: expired_url, used_url, or what is wrong with the message.
        """
        url = self._urls.get(url_id)
        if url is None or self._workspace.clock.now() - url.at > LIFETIME:
            raise Refused("expired_url")
        if url.uses >= USES:
            raise Refused("used_url")
        self.answer(url, body)
        url.uses += 1

    def answer_command(self, channel: str, user: str, body: Json) -> Message | None:
        """What an app said in the ack of a slash command; nothing when it said nothing."""
        if not body.get("text") and not body.get("blocks"):
            return None
        return self.answer(ResponseUrl("", channel, user, self._workspace.clock.now()), body)

    def answer(self, url: ResponseUrl, body: Json) -> Message | None:
        """Show, replace or delete a message as the body asks.

        Raises:
            Refused: no_text, invalid_blocks and their kin, message_not_found.
        """
        original = self._workspace.messages.find(url.channel, url.original) if url.original else None
        if flag(body, "delete_original"):
            if original is None:
                raise Refused("message_not_found")
            self._workspace.delete(original)
            return None
        written, blocks = text(body, "text"), body.get("blocks") or []
        if not written.strip() and not blocks and not body.get("attachments"):
            raise Refused("no_text")
        _check(blocks)
        if flag(body, "replace_original") and original is not None:
            self._workspace.edit(original, text=written, blocks=blocks)
            return original
        in_channel = text(body, "response_type") == "in_channel"
        return self._workspace.say(
            url.channel,
            BOT,
            written,
            blocks=blocks,
            thread_ts=text(body, "thread_ts"),
            only_for="" if in_channel else url.user,
        )


def _check(blocks: list[Json]) -> None:
    try:
        checked_blocks(blocks)
    except Refused as refusal:
        # Apps measured that a response URL takes more text in blocks than chat.postMessage does.
        if refusal.error != "msg_blocks_too_long":
            raise
