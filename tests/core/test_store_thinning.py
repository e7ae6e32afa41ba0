"""Old looks of watches that told nothing go; what somebody or the next look needs stays, and nothing is told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.fingerprints import fingerprint
from core.models import Scan
from core.store import Store, thinning
from core.store.tables import scan
from core.verdicts import Judgement
from tests.core.stores import opened
from tests.watched import DAY, DOMAIN, GENERAL, Time, Watching, found

HELD = {"dns": [found("192.0.2.10")], "crtsh": None, "whois": []}
FULL = HELD | {"crtsh": [found()]}
NEWS = HELD | {"dns": [found("192.0.2.10"), found("192.0.2.11")]}


@pytest.fixture
def watching(store: Store, monkeypatch: pytest.MonkeyPatch) -> Watching:
    monkeypatch.setattr(thinning, "LAST", 3)
    return Watching(store, Time(monkeypatch))


def looked(watching: Watching, days: int) -> list[Scan]:
    """A look a day, the first the only one that certificates were seen in; the fifth is the first to tell something."""
    for day in range(days):
        watching.looks(FULL if day == 0 else HELD if day < 5 else NEWS)
        watching.time.passes(DAY)
    return watching.store.scans.recent("T0SANDBOX", limit=100)[::-1]


def kept(watching: Watching, looks: list[Scan]) -> list[int]:
    there = {each.id for each in watching.store.scans.recent("T0SANDBOX", limit=100)}
    return [day for day, each in enumerate(looks) if each.id in there]


def test_quiet_looks_that_are_old_go_and_what_is_still_needed_stays(watching: Watching) -> None:
    watching.watch()
    looks = looked(watching, 14)
    judged = watching.store.scans.get(looks[7].id)
    mark = fingerprint(next(run for run in judged.runs if run.findings).findings[0])
    watching.store.verdicts.judge(judged, mark, Judgement.BENIGN, user="U0ADA")
    opened(watching.store, "dns", target=DOMAIN, place=GENERAL)  # no look of a watch
    assert watching.store.thinning.thin(days=0) == 0
    assert watching.store.thinning.thin(days=5) == 6
    # The first has the last answer about certificates, the sixth told the change, the eighth was judged.
    assert kept(watching, looks) == [0, 5, 7, 9, 10, 11, 12, 13]
    assert watching.store.thinning.thin(days=5) == 0
    assert watching.looks(NEWS | {"crtsh": [found()]}).told == []  # it knows what it knew
    (news,) = watching.store.scans.recent("T0SANDBOX", limit=1)
    assert news.hushed


def test_the_last_looks_stay_however_old_they_are(watching: Watching) -> None:
    watching.watch()
    looks = looked(watching, 5)
    watching.time.passes(timedelta(days=400))
    assert watching.store.thinning.thin(days=1) == 1
    assert kept(watching, looks) == [0, 2, 3, 4]


def test_looks_of_a_case_end_with_it(watching: Watching) -> None:
    watching.watch()
    looked(watching, 5)
    watching.time.passes(timedelta(days=400))
    watching.store.database.write(lambda db: db.execute(scan.update().values(case_id="case17")).rowcount)
    assert watching.store.thinning.thin(days=1) == 0
    watching.store.database.write(lambda db: db.execute(scan.update().values(case_id="")).rowcount)
    assert watching.store.thinning.thin(days=1) == 1
