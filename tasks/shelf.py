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
from core.slack import Slack

SOURCE = "Slack file"


def keeper(slack: Slack) -> Keeper:
    """The keeper of one workspace's files."""

    team = ""

    async def get(file: str, cap: int) -> Handed:
        nonlocal team
        try:
            team = team or (await slack.whoami()).team
            shared = await slack.file(file)
            shared.check(team)
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
        return SourceDown(f"The file could not be had: {sentence}")
    return SourceDown(sentence)
