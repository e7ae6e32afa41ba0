"""Signed, versioned button values: an old, forged or foreign button is recognised before anything is done."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from core.errors import NotAllowed

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does, to which round of which scan; `subject` is a collector or other small word."""

    verb: str  # cancel, rerun, rerun_failed, rerun_one, post_again, ask ...
    scan_id: str = ""
    round: int = 0
    subject: str = ""


Seal = Callable[[Action], str]


def sealer(key: bytes, team: str) -> Seal:
    """A function from an action to a button value that only this workspace's buttons can carry."""
    return lambda action: seal(action, key=key, team=team)


def seal(action: Action, *, key: bytes, team: str) -> str:
    """The value of a button: under 150 characters, so that select options can carry it too."""
    body = "|".join((VERSION, action.verb, action.scan_id, str(action.round), action.subject))
    return f"{body}|{_mac(body, key, team)}"


def unseal(value: str, *, key: bytes, team: str) -> Action:
    """Raises:
    NotAllowed: not signed by us for this workspace, or from another version.
    """
    body, _, mac = value.rpartition("|")
    parts = body.split("|", 4)  # the subject is last and may hold anything
    if not hmac.compare_digest(_bytes(mac), _bytes(_mac(body, key, team))):
        raise NotAllowed("This button was not made by me for this workspace, so I did nothing.", rule="forged button")
    if parts[0] != VERSION or len(parts) != 5:
        raise NotAllowed("This button is from an older version of me. Start a new /scan.", rule="old button")
    return Action(parts[1], parts[2], int(parts[3]), parts[4])


def derive(secret: str) -> bytes:
    """The signing key made from a secret we already hold (the bot token), so that all processes agree."""
    return hmac.digest(secret.encode(), b"gumshoe button values", "sha256")


def _mac(body: str, key: bytes, team: str) -> str:
    return hmac.new(key, _bytes(f"{team}|{body}"), sha256).hexdigest()[:32]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON can carry half characters; they must not stop the check
