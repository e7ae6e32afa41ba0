"""A label holds on every way that leads on from a scan: what begins there is never marked more loosely."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.belongs import Belongs
from core.beside import NOTHING
from core.cases import Case, Tlp
from core.models import Kind, Place, Target
from core.store import Store, open_store
from tasks.kin import with_kin
from tests.core.stores import opened
from tests.watched import DAY, GENERAL, Time, Watching, found

ALL = {"dns": [found("192.0.2.10")], "crtsh": [found()], "whois": [found("R")]}


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened_one = open_store(f"sqlite:///{tmp_path_factory.mktemp('labels') / 'record.sqlite3'}")
    yield opened_one
    opened_one.close()


@pytest.fixture
def watching(one_store: Store, monkeypatch: pytest.MonkeyPatch) -> Watching:
    one_store.forget_everything()
    return Watching(one_store, Time(monkeypatch))


def test_a_watch_that_is_marked_looks_under_its_label(watching: Watching) -> None:
    one = watching.watch(tlp="red")
    (look,) = watching.tick().begun
    assert look.belongs.tlp == "red"
    assert watching.get(one).tlp == "red"


def test_a_watch_of_a_closed_case_that_is_resumed_is_no_more_public_than_the_case_was(watching: Watching) -> None:
    new = Case("", GENERAL.team, "Phish wave", "why", Tlp.RED, "C0GENERAL", "", "U0ADA", watching.time.now)
    case, _ = watching.store.cases.open(new)
    one = watching.watch(case=case.id, tlp="red")
    watching.looks(ALL)
    watching.store.cases.close(case.id, by="U0ADA")
    watching.time.passes(DAY)
    watching.tick()
    rests = watching.get(one)
    assert rests.paused_at is not None
    going = {"paused_at": None, "case_id": "", "trouble": "", "due_at": watching.time.now}
    assert watching.store.watches.move(rests, going)
    (look,) = watching.tick().begun
    assert (look.belongs.case, look.belongs.tlp) == ("", "red")


def test_a_thread_names_no_kin_that_is_marked_more_strictly(one_store: Store) -> None:
    one_store.forget_everything()
    place = Place("T0SANDBOX", "C0SHARED")
    root = opened(one_store, "dns", place=place, belongs=Belongs(tlp="amber"))
    for number, tlp in enumerate(("amber", "amber+strict"), 1):
        target = Target(Kind.DOMAIN, f"n{number}.example.net")
        opened(one_store, "dns", place=place, target=target, belongs=Belongs(tlp=tlp, parent=root.id, hops=1))
    told = with_kin(one_store, root, NOTHING)
    assert [kin.scan.target.value for kin in told.children] == ["n1.example.net"]
    strict = next(k.scan for k in one_store.trees.children(root.id) if k.scan.belongs.tlp == "amber+strict")
    assert [kin.scan.id for kin in with_kin(one_store, strict, NOTHING).trail] == [root.id]
