"""What an error of the database's drivers means: one error of ours, with a sentence for people."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import StoreDown, StoreUnsure
from core.language import N_

# What two writers do to each other; the loser tries again. SQLite: busy/locked; Postgres: deadlock, serialisation.
CONTENTION = ("locked", "busy", "40P01", "40001")
SENTENCES = {
    "away": N_("The database does not answer. Try again in a minute."),
    "full": N_("The disk of the database is full, so it takes nothing new. Somebody must make room; then try again."),
    "read_only": N_("The database can only be read at this moment. Try again in a minute."),
    "unopened": N_(
        "The database file cannot be opened. Its folder must be there, and I must be able to write into it."
    ),
    "damaged": N_("The database is damaged. Stop everything and restore a backup."),
    "refused": N_("The database does not answer as it should. The log says more."),
}
SIGNS = {  # by the server's SQLSTATE, or by words where there is none
    "full": ("53100", "disk is full", "no space left on device"),
    "read_only": ("25006", "readonly database"),
    "unopened": ("unable to open database file",),
    "damaged": ("XX001", "XX002", "malformed", "not a database"),
}
PASSING = (
    "08",
    "53",
    "55",
    "57",
    "58",
    "25P",
    "40",
    "XX",
)  # SQLSTATE classes of a server in trouble, not of a wrong wish
UNSURE = ("08", "57", "58", "XX")


def down(error: SQLAlchemyError, *, refused: str = "") -> StoreDown:
    """The error of ours for one of SQLAlchemy's; `refused` is the sentence for what will never be taken."""
    reason = reason_of(error)
    return StoreDown(refused if refused and reason == "refused" else SENTENCES[reason], reason=reason)


def unsure() -> StoreUnsure:
    """The error of ours for a commit whose answer never came."""
    return StoreUnsure(N_("The database broke off while writing this: it may be done. Look before you try again."))


def reason_of(error: SQLAlchemyError) -> str:
    """Why the database did not do it, as in StoreDown."""
    text = f"{state_of(error)} {error.orig}".lower() if isinstance(error, DBAPIError) else ""
    for reason, signs in SIGNS.items():
        if any(sign.lower() in text for sign in signs):
            return reason
    return "away" if _passes(error) else "refused"


def state_of(error: DBAPIError) -> str:
    """The server's SQLSTATE; empty where it said none, as when the connection broke."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def is_contention(error: DBAPIError) -> bool:
    """Another writer got in the way: the same again may well go through."""
    text = f"{state_of(error)} {error.orig}" if isinstance(error, OperationalError) else ""
    return any(word in text for word in CONTENTION)


def may_stand(error: DBAPIError) -> bool:
    """For an error of a COMMIT: the server did not say that it rolled back."""
    state = state_of(error)
    return not state or state.startswith(UNSURE)


def _passes(error: SQLAlchemyError) -> bool:
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if state := state_of(error):
        return state.startswith(PASSING)
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
