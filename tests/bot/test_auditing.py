"""`python -m bot audit`, `deny`, `role` and `forget`: what is printed, what is kept, how it ends."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.models import Asker, Kind, Outcome, Place, Target
from core.store import Ask, Choice, Store, open_store
from core.store.tables import audit
from core.store.triggers import starting_over
from tests.bot.typed import Type, typed

__all__ = ["typed"]
TEAM = "T0SANDBOX"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The record that the command line finds."""
    opened = open_store(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def type_(store: Store, typed: Type) -> Type:
    """Types a command about that record."""
    return partial(typed, DATABASE_URL=store.database.url, ENV_FILE="", REDIS_URL="redis://127.0.0.1:1/0")


def wrote(store: Store, *subjects: str) -> None:
    place = Place(TEAM, "C0GENERAL")
    for subject in subjects:
        store.audit.write(user="U0ADA", place=place, door="slack", verb="scan", subject=subject, reason="case 17")
    store.chain.extend()


def test_verify_says_that_every_link_holds_and_then_which_is_the_first_that_does_not(type_: Type, store: Store) -> None:
    wrote(store, "one", "two", "three")
    store.audit.write(user="U0ADA", place=Place(TEAM), door="slack", verb="help")
    done = type_("audit", "verify")
    assert done.returncode == 0
    assert f"ok {TEAM}: 3 rows hold. Head: " in done.stdout
    assert "1 rows are not chained yet" in done.stdout
    head = done.stdout.partition("Head: ")[2].split()[0]

    def forge(db: sa.Connection) -> None:
        with starting_over(db):
            db.execute(audit.update().where(audit.c.chained == 2).values(user="U0BOB"))

    store.database.write(forge)
    done = type_("audit", "verify", "--json", "--head", head)
    (chain,) = json.loads(done.stdout)["chains"]
    assert (done.returncode, chain["rows"]) == (3, 1)
    assert "Row 2 at place 2 is not as it was written" in chain["broken"]


def test_export_prints_every_row_for_a_program_and_harmless_for_a_spreadsheet(type_: Type, store: Store) -> None:
    wrote(store, "example.com", '=HYPERLINK("http://example.com")')
    lines = [json.loads(line) for line in type_("audit", "export").stdout.splitlines()]
    assert [(each["subject"], each["reason"], each["chained"]) for each in lines] == [
        ("example.com", "case 17", 1),
        ('=HYPERLINK("http://example.com")', "case 17", 2),
    ]
    wrote(store, "\uff1d1+1;=2", " =3")
    printed = type_("audit", "export", "--csv", "--from", "2020-01-01", "--team", TEAM).stdout
    rows = list(csv.DictReader(io.StringIO(printed)))
    formula = '=HYPERLINK("http://example.com")'
    assert [row["subject"] for row in rows] == ["example.com", f"'{formula}", "'\uff1d1+1;'=2", "' =3"]
    assert type_("audit", "export", "--to", "2020-01-01").stdout == ""
    assert type_("audit", "export", "--from", "yesterday").returncode == 2


def test_whom_the_operator_puts_on_the_list_the_terminal_does_not_scan_either(type_: Type, store: Store) -> None:
    done = type_("deny", "add", "example.com", "our", "own", "people")
    assert (done.returncode, "Nobody can look up" in done.stdout) == (0, True)
    done = type_("scan", "ada@example.com", "--reason", "case 17", "--collectors", "dns")
    assert (done.returncode, "is on the list" in done.stderr) == (2, True)
    assert "our own people" in type_("deny", "list").stdout
    assert store.scans.recent("") == []
    assert [row["verb"] for row in store.audit.listed(team="")] == ["scan", "deny add"]


def test_roles_are_given_from_the_terminal(type_: Type, store: Store) -> None:
    assert type_("role", "give", "U0BOB", "lead", "--team", TEAM).returncode == 0
    assert [(each.subject, each.role.word) for each in store.roles.listed(TEAM)] == [("U0BOB", "lead")]
    done = type_("role", "give", "bob", "lead", "--team", TEAM)
    assert (done.returncode, "by its id" in done.stderr) == (2, True)


def test_a_target_is_forgotten_from_the_terminal(type_: Type, store: Store) -> None:
    target = Target(Kind.EMAIL, "ada@example.com")
    ask = Ask(target, (Choice("dns", "k"),), Asker("U0ADA"), Place(TEAM, "C0GENERAL"), "slack", reason="case 17")
    one = store.scans.open([ask])[0].scan
    (run,) = store.scans.get(one.id).runs
    held = store.runs.claim(run.id, lease=30)
    assert held is not None
    store.runs.close(held, Outcome.NOTHING)
    done = type_("forget", "ada@example.com", "--yes")
    assert (done.returncode, "Forgotten: 1 scan, 1 line of the audit blanked." in done.stdout) == (0, True)
    assert store.scans.recent(TEAM) == []
    (row,) = store.audit.listed(team="")
    assert (row["verb"], str(row["subject"]).startswith("email sha256:")) == ("forget", True)
