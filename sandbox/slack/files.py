"""Uploaded files: asked for, sent, then shared (docs.slack.dev/messaging/working-with-files)."""

import mimetypes
from dataclasses import dataclass, field

from sandbox.slack.cast import BOT
from sandbox.slack.wire import Json

TEXTUAL = ("application/json", "text/")


@dataclass
class StoredFile:
    """One file on its way; it belongs to a channel only once it was completed there."""

    id: str
    name: str
    length: int
    title: str = ""
    content: bytes | None = None
    completed: bool = False
    created: int = 0
    channels: list[str] = field(default_factory=list)
    shares: dict[str, str] = field(default_factory=dict)  # channel -> ts of the message that shows it

    def as_json(self, base_url: str) -> Json:
        """Slack's file object, as far as apps and the page read it."""
        mimetype = mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        content = self.content or b""
        told: Json = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": mimetype,
            "filetype": self.name.rpartition(".")[2] or "binary",
            "size": len(content),
            "user": BOT,
            "mode": "snippet" if mimetype.startswith(TEXTUAL) else "hosted",
            "is_public": bool(self.channels),
            "url_private": f"{base_url}/control/files/{self.id}",
            "url_private_download": f"{base_url}/control/files/{self.id}",
            "permalink": f"{base_url}/control/files/{self.id}",
            "channels": self.channels,
            "shares": {"public": {channel: [{"ts": ts}] for channel, ts in self.shares.items()}},
        }
        if mimetype.startswith(TEXTUAL):
            told["preview"] = content[:2000].decode(errors="replace")
        return told


class Files:
    """All files, by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}

    def clear(self) -> None:
        """Forget them."""
        self.by_id = {}
