"""What keeps the audit as it was written: triggers that let rows be appended, chained and blanked, and nothing else.

They stop mistakes and careless programs. Whoever owns the database can drop them; what such a person changes then is
found by the chain (`core.store.chain`). Migration 0006 makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

SENTENCE = "the audit is only appended to"
SWITCH = "gumshoe.starts_over"  # of a Postgres transaction
_STAYS = ("id", "at", "team", "channel", "user", "door", "verb", "decision", "rule", "scan_id", "outcome")
_SAID = ("subject", "reason")
_CHAIN = ("chained", "before", "said", "link")
SQLITE_NAMES = ("audit_is_not_deleted", "audit_is_not_changed")


def _same(names: tuple[str, ...], equal: str) -> str:
    return " AND ".join(f'NEW."{name}" {equal} OLD."{name}"' for name in names)


def _allowed(equal: str) -> str:
    """What an UPDATE may do: chain a row that is not chained yet, or blank what a forgotten row says."""
    said_stays, said_goes = _same((*_SAID, "salt"), equal), " AND ".join(f"NEW.\"{name}\" = ''" for name in _SAID)
    chained = f"OLD.chained IS NULL AND {_same(_SAID, equal)}"
    blanked = f"{_same(_CHAIN, equal)} AND ({said_stays} OR ({said_goes} AND NEW.salt = ''))"
    return f"{_same(_STAYS, equal)} AND (({chained}) OR ({blanked}))"


_FUNCTION = f"""
CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('{SWITCH}', true) = 'on' THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF {_allowed("IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION '{SENTENCE}';
END $$
"""
TRIGGERS = {
    "postgresql": (
        _FUNCTION,
        "DROP TRIGGER IF EXISTS audit_stays ON audit",
        "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()",
    ),
    "sqlite": (
        "CREATE TRIGGER IF NOT EXISTS audit_is_not_deleted BEFORE DELETE ON audit "
        f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_is_not_changed BEFORE UPDATE ON audit "
        f"WHEN NOT ({_allowed('IS')}) BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
    ),
}


def guard(db: sa.Connection) -> None:
    """Make them, within the connection's transaction."""
    for statement in TRIGGERS[db.dialect.name]:
        db.exec_driver_sql(statement)


@contextmanager
def starting_over(db: sa.Connection) -> Iterator[None]:
    """Within this, and this transaction, the audit may be emptied: for tests and for starting over."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.set_config(SWITCH, "on", True)))
        yield
        db.execute(sa.select(sa.func.set_config(SWITCH, "off", True)))
        return
    for name in SQLITE_NAMES:
        db.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    yield
    guard(db)
