"""Signed, dated, versioned button values: an old, forged or foreign one is recognised before anything is done."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from core.errors import NotAllowed
from core.language import N_, tr

VERSION = "2"
LASTS = timedelta(days=30)  # after that nobody remembers what the button was about
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does, to which round of which scan; `subject` is a collector or other small word."""

    verb: str  # cancel, rerun, rerun_failed, rerun_one, post_again, ask ...
    scan_id: str = ""
    round: int = 0
    subject: str = ""


Seal = Callable[[Action], str]


def sealer(key: bytes, team: str, *, made: datetime) -> Seal:
    """A function from an action to a button value that only this workspace's buttons can carry.

    `made` is what the buttons' age counts from; a message that is rendered again must give the same time again.
    """
    return lambda action: seal(action, key=key, team=team, made=made)


def seal(action: Action, *, key: bytes, team: str, made: datetime) -> str:
    """The value of a button: under 150 characters, so that select options can carry it too."""
    day = str((made - EPOCH).days)
    body = "|".join((VERSION, day, action.verb, action.scan_id, str(action.round), action.subject))
    return f"{body}|{_mac(body, key, team)}"


def unseal(value: str, *, key: bytes, team: str, now: datetime) -> Action:
    """Raises:
    NotAllowed: not signed by us for this workspace, from another version, or too old.
    """
    body, _, mac = value.rpartition("|")
    parts = body.split("|", 5)  # the subject is last and may hold anything
    if not hmac.compare_digest(_bytes(mac), _bytes(_mac(body, key, team))):
        forged = N_("This button was not made by me for this workspace, so I did nothing.")
        raise NotAllowed(tr(forged), rule="forged button")
    if parts[0] != VERSION or len(parts) != 6:
        raise NotAllowed(tr("This button is from an older version of me. Start a new /scan."), rule="old button")
    if now - (EPOCH + timedelta(days=int(parts[1]))) > LASTS + timedelta(days=1):  # the day it was made counts whole
        expired = N_("This button is older than {days} days. Start a new /scan.")
        raise NotAllowed(tr(expired, days=LASTS.days), rule="expired button")
    return Action(parts[2], parts[3], int(parts[4]), parts[5])


def derive(secret: str) -> bytes:
    """The signing key made from a secret we already hold (the bot token), so that all processes agree."""
    return hmac.digest(secret.encode(), b"gumshoe button values", "sha256")


def _mac(body: str, key: bytes, team: str) -> str:
    return hmac.new(key, _bytes(f"{team}|{body}"), sha256).hexdigest()[:32]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON can carry half characters; they must not stop the check
