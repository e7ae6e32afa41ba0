"""Hands files from Slack to collectors: what Slack does not give becomes an outcome with its sentence."""

from __future__ import annotations

from collectors.doors.files import Handed, Keeper
from core.errors import (
    FileGone,
    FileUnfit,
    MissingScope,
    Revoked,
    SlackError,
    SourceDown,
    SourceError,
    Throttled,
    TooLarge,
    UnreadableFile,
)
from core.recorded import NOT_HAD
from core.slack import Workspaces

SOURCE = "Slack file"


def keeper(workspaces: Workspaces, team: str) -> Keeper:
    """The keeper of one workspace's files."""

    async def get(file: str, cap: int) -> Handed:
        try:
            home = await workspaces.of(team)
            slack = home.slack
            shared = await slack.file(file)
            shared.check(await home.team())
            body = await slack.download(shared, cap=cap)
        except SlackError as error:
            raise _source_error(error) from error
        url = shared.permalink.partition("?")[0] if slack.owns(shared.permalink) else f"slack:file:{file}"
        return Handed(shared.name, shared.mimetype, body, url, SOURCE)

    return get


def _source_error(error: SlackError) -> SourceError:
    """What a collector and its readers are told."""
    sentence = str(error)
    if isinstance(error, FileUnfit) and error.code == "too_large":
        return TooLarge(sentence)
    if isinstance(error, FileGone | FileUnfit | MissingScope | Revoked):
        return UnreadableFile(sentence)
    if isinstance(error, Throttled):
        return SourceDown(NOT_HAD.format(why=sentence))
    return SourceDown(sentence)
