"""Uploaded files: asked for, sent, then shared (docs.slack.dev/messaging/working-with-files)."""

import mimetypes
from dataclasses import dataclass, field
from urllib.parse import quote

from sandbox.slack.cast import BOT, TEAM
from sandbox.slack.wire import Json

TEXTUAL = ("application/json", "text/")


@dataclass
class StoredFile:
    """One file on its way; it belongs to a channel only once it was completed there."""

    id: str
    name: str
    length: int
    title: str = ""
    alt: str = ""  # what a picture shows
    content: bytes | None = None
    completed: bool = False
    created: int = 0
    channels: list[str] = field(default_factory=list)
    shares: dict[str, str] = field(default_factory=dict)  # channel -> ts of the message that shows it
    user: str = BOT
    team: str = TEAM
    mode: str = ""  # external, tombstone or hidden_by_limit; empty: as its content is
    size: int | None = None  # what Slack says, when that is to be wrong

    def as_json(self, base_url: str) -> Json:
        """Slack's file object, as far as apps and the page read it."""
        if self.mode in ("tombstone", "hidden_by_limit"):
            return {"id": self.id, "mode": self.mode}
        mimetype = mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        content = self.content or b""
        told: Json = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": mimetype,
            "alt_txt": self.alt,
            "filetype": self.name.rpartition(".")[2] or "binary",
            "size": len(content) if self.size is None else self.size,
            "user": self.user,
            "user_team": self.team,
            "mode": self.mode or ("snippet" if mimetype.startswith(TEXTUAL) else "hosted"),
            "is_external": self.mode == "external",
            "external_type": "gdrive" if self.mode == "external" else "",
            "is_public": bool(self.channels),
            "url_private": f"{base_url}/files-pri/{TEAM}-{self.id}/{quote(self.name)}",
            "url_private_download": f"{base_url}/files-pri/{TEAM}-{self.id}/download/{quote(self.name)}",
            "permalink": f"{base_url}/control/files/{self.id}",
            "channels": [each for each in self.channels if each.startswith("C")],
            "groups": [],
            "ims": [each for each in self.channels if each.startswith("D")],
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
