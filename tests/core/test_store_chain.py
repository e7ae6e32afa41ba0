"""The audit's chain: rows are appended, chained in order, and whoever changes, removes or swaps one is found out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import StoreDown
from core.models import Place
from core.store import Store, Verified
from core.store.chain import FIRST, link_of, said_by
from core.store.tables import audit
from core.store.team import chain
from core.store.triggers import starting_over
from tests.core.stores import PLACE, opened, together

TEAM = PLACE.team
Change = Callable[[sa.Connection], object]


def wrote(store: Store, *subjects: str, place: Place = PLACE) -> None:
    for subject in subjects:
        store.audit.write(user="U0ADA", place=place, door="slack", verb="scan", subject=subject, reason="a test")


def chained(store: Store, *subjects: str) -> None:
    wrote(store, *subjects)
    store.chain.extend()


def verified(store: Store, *heads: str) -> Verified:
    (found,) = store.chain.verify(heads=heads)
    return found


def tampered(store: Store, change: Change) -> str:
    """What is said of the chain after somebody who owns the database did this to it."""

    def work(db: sa.Connection) -> None:
        with starting_over(db):
            change(db)

    store.database.write(work)
    return verified(store).broken


def place(number: int) -> sa.ColumnElement[bool]:
    return audit.c.chained == number


def test_rows_are_chained_in_their_order_and_every_link_holds(store: Store) -> None:
    chained(store, "one", "two", "three")
    rows = list(reversed(store.audit.listed(team=TEAM)))
    assert [(row["subject"], row["chained"]) for row in rows] == [("one", 1), ("two", 2), ("three", 3)]
    assert [row["before"] for row in rows] == [FIRST, rows[0]["link"], rows[1]["link"]]
    assert verified(store) == Verified(TEAM, 3, str(rows[2]["link"]), 0, 0)


def test_a_row_that_is_not_chained_yet_is_visible_as_such(store: Store) -> None:
    chained(store, "one")
    wrote(store, "two")
    assert store.audit.listed(team=TEAM)[0]["chained"] is None
    assert (verified(store).rows, verified(store).waiting, verified(store).broken) == (1, 1, "")


def test_what_a_scan_writes_down_is_chained_with_its_reason_and_outcome(store: Store) -> None:
    scan = opened(store, "dns", reason="case 17")
    assert store.chain.extend() == 1
    (row,) = store.audit.listed(team=TEAM)
    told = ("domain example.com", "case 17", "started", scan.id, 1)
    assert (row["subject"], row["reason"], row["outcome"], row["scan_id"], row["chained"]) == told


def test_each_workspace_has_a_chain_of_its_own(store: Store) -> None:
    wrote(store, "one", "two")
    wrote(store, "elsewhere", place=Place("T0OTHER", "C0SHARED"))
    assert store.chain.extend() == 3
    assert {each.team: (each.rows, each.broken) for each in store.chain.verify()} == {
        "T0OTHER": (1, ""),
        TEAM: (2, ""),
    }


def test_batches_go_on_where_the_last_one_ended(store: Store) -> None:
    wrote(store, "one", "two", "three")
    assert [store.chain.extend(most=2) for _ in range(3)] == [2, 1, 0]
    assert (verified(store).rows, verified(store).broken) == (3, "")


def test_several_sweepers_and_writers_at_once_leave_one_whole_chain(store: Store) -> None:
    def work(number: int) -> None:
        for _ in range(5):
            wrote(store, f"by {number}")
            store.chain.extend(most=3)

    together(4, work)
    while store.chain.extend():
        pass
    assert verified(store) == Verified(TEAM, 20, verified(store).head, 0, 0)


def test_an_edited_row_is_found_whatever_was_edited(store: Store) -> None:
    chained(store, "one", "two", "three")
    for column in ("subject", "reason", "user", "decision", "outcome", "verb", "channel", "rule", "door", "scan_id"):
        true = store.audit.listed(team=TEAM)[1][column]
        assert "at place 2" in tampered(store, edit(column, "forged"))
        assert verified(store).rows == 1
        assert tampered(store, edit(column, true)) == ""


def edit(column: str, value: object) -> Change:
    return lambda db: db.execute(audit.update().where(place(2)).values({column: value}))


def test_an_edited_time_is_found(store: Store) -> None:
    chained(store, "one", "two")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert "at place 2" in tampered(store, lambda db: db.execute(audit.update().where(place(2)).values(at=at)))


def test_a_deleted_row_is_found(store: Store) -> None:
    chained(store, "one", "two", "three")
    assert tampered(store, lambda db: db.execute(audit.delete().where(place(2)))) == "The row at place 2 is gone."


def test_rows_deleted_at_the_end_are_found(store: Store) -> None:
    chained(store, "one", "two", "three")
    broken = tampered(store, lambda db: db.execute(audit.delete().where(audit.c.chained > 1)))
    assert "ends at place 1, and should end at place 3" in broken


def test_an_audit_that_was_emptied_is_found(store: Store) -> None:
    chained(store, "one", "two")
    assert "its last rows are gone" in tampered(store, lambda db: db.execute(audit.delete()))


def test_a_swapped_pair_is_found(store: Store) -> None:
    chained(store, "one", "two", "three")

    def swap(db: sa.Connection) -> None:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            db.execute(audit.update().where(place(old)).values(chained=new))

    assert "at place 2 does not follow the row before it" in tampered(store, swap)


def test_swapped_contents_are_found(store: Store) -> None:
    chained(store, "one", "two", "three")

    def swap(db: sa.Connection) -> None:
        for number, subject in ((2, "three"), (3, "two")):
            db.execute(audit.update().where(place(number)).values(subject=subject))

    assert "Row" in tampered(store, swap)
    assert verified(store).rows == 1


def test_a_chain_that_was_written_anew_is_found_by_a_head_that_was_noted(store: Store) -> None:
    chained(store, "one", "two")
    noted = verified(store).head

    def rewrite(db: sa.Connection) -> None:
        before = FIRST
        for row in db.execute(audit.select().order_by(audit.c.chained)).all():
            words: dict[str, Any] = dict(row._mapping) | {"subject": f"forged {row.subject}"}
            words["said"] = said_by(row.salt, words["subject"], row.reason)
            link = link_of(words, row.chained, before)
            changed = {"subject": words["subject"], "said": words["said"], "before": before, "link": link}
            db.execute(audit.update().where(audit.c.id == row.id).values(changed))
            before = link
        db.execute(chain.update().values(link=before))

    assert verified(store, noted).broken == ""
    assert tampered(store, rewrite) == ""  # it holds in itself: that is why heads are kept elsewhere
    assert "was written anew" in verified(store, noted).broken


CHANGES = (audit.delete(), audit.update().values(subject="forged"), audit.update().values(outcome="forged"))


@pytest.mark.parametrize("change", [*CHANGES, audit.update().values(link=""), audit.update().values(said="")])
def test_the_database_refuses_to_change_or_delete_what_is_chained(store: Store, change: Any) -> None:
    chained(store, "one")
    with pytest.raises(StoreDown):
        store.database.write(lambda db: db.execute(change).rowcount)
    assert verified(store).broken == ""


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_what_is_not_chained_yet(store: Store, change: Any) -> None:
    wrote(store, "one")
    with pytest.raises(StoreDown):
        store.database.write(lambda db: db.execute(change).rowcount)


def test_what_a_row_said_can_be_forgotten_and_its_link_holds(store: Store) -> None:
    chained(store, "email ada@example.com", "two")
    blank = audit.update().where(place(1)).values(subject="", reason="", salt="")
    assert store.database.write(lambda db: db.execute(blank).rowcount) == 1
    assert (verified(store).rows, verified(store).forgotten, verified(store).broken) == (2, 1, "")
    assert "does not say any more" in tampered(
        store, lambda db: db.execute(audit.update().where(place(1)).values(subject="forged"))
    )


def test_starting_over_leaves_the_audit_guarded_again(store: Store) -> None:
    chained(store, "one")
    store.forget_everything()
    assert store.chain.verify() == []
    chained(store, "two")
    with pytest.raises(StoreDown):
        store.database.write(lambda db: db.execute(audit.delete()).rowcount)


def test_every_row_is_exported_in_order_by_time_and_workspace(store: Store) -> None:
    chained(store, "one", "two")
    wrote(store, "three", place=Place("T0OTHER"))
    assert [row["subject"] for row in store.chain.rows()] == ["one", "two", "three"]
    assert [row["subject"] for row in store.chain.rows(team="T0OTHER")] == ["three"]
    assert list(store.chain.rows(until=datetime(2020, 1, 1, tzinfo=UTC))) == []
    assert len(list(store.chain.rows(since=datetime(2020, 1, 1, tzinfo=UTC)))) == 3
