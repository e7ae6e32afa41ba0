"""Files that people shared in Slack: what Slack says of one, and whether we may look into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import FileGone, FileUnfit, SlackDown
from core.language import N_, later
from core.slack.calls import Calls

GONE = frozenset({"tombstone", "hidden_by_limit"})


@dataclass(frozen=True, slots=True)
class SharedFile:
    """One file of Slack's (docs.slack.dev/reference/objects/file-object), as far as we need it."""

    id: str
    name: str
    mimetype: str
    size: int
    user: str  # who uploaded it
    team: str  # of which workspace; "" when Slack does not say
    mode: str
    external: bool  # it lies with another service, and Slack has only its address
    url: str  # where its bytes are, for our token
    permalink: str
    places: frozenset[str]  # the channels and conversations it is shared in

    def check(self, team: str) -> None:
        """Raises:
        FileGone: deleted, or hidden by Slack.
        FileUnfit: of another workspace, or not kept by Slack.
        """
        if self.mode == "hidden_by_limit":
            hidden = N_("Slack hides {file} because the workspace's plan has reached its limit.")
            raise FileGone(later(hidden, file=self.name), code=self.mode)
        if self.mode in GONE:
            raise FileGone(N_("That file was deleted."), code=self.mode)
        if self.external or self.mode == "external":
            outside = N_("{file} lies with another service, not in Slack. Share its content instead.")
            raise FileUnfit(later(outside, file=self.name), code="external")
        if self.team and team and self.team != team:
            others = N_("{file} belongs to another workspace, so I leave it alone.")
            raise FileUnfit(later(others, file=self.name), code="other_team")


def shared_file(file: str, told: Mapping[str, Any]) -> SharedFile:
    """Read what files.info says; whatever is missing or strange is empty."""
    size = told.get("size")
    return SharedFile(
        id=file,
        name=_text(told, "name") or _text(told, "title") or file,
        mimetype=_text(told, "mimetype"),
        size=size if isinstance(size, int) and size >= 0 else 0,
        user=_text(told, "user"),
        team=_text(told, "source_team") or _text(told, "user_team"),
        mode=_text(told, "mode"),
        external=told.get("is_external") is True,
        url=_text(told, "url_private_download") or _text(told, "url_private"),
        permalink=_text(told, "permalink"),
        places=frozenset(_places(told)),
    )


async def download(calls: Calls, file: SharedFile, *, cap: int, extra: float, owned: bool) -> bytes:
    """A file's bytes; `owned` says whether its address is Slack's.

    Raises:
        FileUnfit: larger than `cap`.
        SlackDown: a foreign address, a part of the file, or a web page, which Slack shows to whom it does not know.
    """
    method = "files.download"
    if file.size > cap:
        large = N_("{file} is larger than the {most} MB I read at most.")
        raise FileUnfit(later(large, file=file.name, most=cap // 2**20), code="too_large")
    if not owned:
        raise SlackDown(N_("Slack named a place for the file that is not Slack's."), code="foreign", method=method)
    body, kind = await calls.fetch(method, file.url, cap=cap, extra=extra)
    if kind == "text/html" and file.mimetype != "text/html":
        raise SlackDown(N_("Slack showed a web page instead of the file."), code="login", method=method)
    if file.size and len(body) != file.size:
        raise SlackDown(N_("Slack sent only a part of the file."), code="cut", method=method)
    return body


def _places(told: Mapping[str, Any]) -> set[str]:
    listed = [each for name in ("channels", "groups", "ims") for each in told.get(name) or () if isinstance(each, str)]
    shares = told.get("shares")
    kinds = shares.values() if isinstance(shares, dict) else ()
    return {*listed, *(channel for kind in kinds if isinstance(kind, dict) for channel in kind)}


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
