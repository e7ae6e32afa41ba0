"""Raw answers in the record: byte for byte, once, with their findings, and gone when their time is over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.answers import GONE, OVER_CAP, REPEATED_KEY, Answer, Packing, pack, unpack
from core.archive import Part
from core.models import Outcome
from core.store import Store, dump, load, open_store
from tests.core.stores import FETCHED, LONG, claimed, finding, opened, run_of


def answer(body: bytes, **more: object) -> Answer:
    told = {"source": "DNS", "url": "dns:example.com?type=A", "status": "NOERROR", "fetched_at": FETCHED} | more
    return Answer(sha256=hashlib.sha256(body).hexdigest(), size=len(body), body=body, **told)  # type: ignore[arg-type]


def test_the_bytes_come_back_and_the_same_are_kept_once(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    dns, crtsh = claimed(store, scan, "dns"), claimed(store, scan, "crtsh")
    body = bytes(range(256)) * 100
    first = (0, answer(body, version=3, key="key 2 of 3", truncated=True, media_type="text/html"))
    store.runs.save(dns, [finding()], [first])
    store.runs.save(dns, [finding()], [first])  # the same batch again: its first answer was lost on the way
    assert store.runs.close(crtsh, Outcome.NOTHING, answers=[(0, answer(body)), (1, answer(b""))])

    told = store.answers.of_runs([dns.id])
    assert [(each.collector, each.version, each.key, each.truncated) for each in told] == [
        ("dns", 3, "key 2 of 3", True)
    ]
    assert (told[0].url, told[0].fetched_at, told[0].left_out) == ("dns:example.com?type=A", FETCHED, "")
    assert [store.answers.body(each.sha256) for each in store.answers.of_runs([crtsh.id])] == [body, b""]
    kept, weight = store.answers.weight()
    assert kept == 2
    assert weight < len(body) / 10


def test_what_is_not_the_digests_own_is_left_out_and_says_why(store: Store) -> None:
    run = claimed(store, opened(store, "dns"))
    blanked = Answer(sha256="0" * 64, size=8, source="S", url="u", status="200", fetched_at=FETCHED, body=b"REDACTED")
    store.runs.save(run, [], [(0, blanked), (1, answer(b"long").without("too long"))])
    assert [each.left_out for each in store.answers.of_runs([run.id])] == [REPEATED_KEY, "too long"]
    assert store.answers.weight()[0] == 0


def test_whoever_lost_a_run_writes_no_answers_to_it_and_a_new_hold_begins_anew(store: Store) -> None:
    scan = opened(store, "dns")
    lost = claimed(store, scan)
    store.runs.save(lost, [], [(0, answer(b"first"))])
    store.runs.give_back([lost])
    again = store.runs.claim(run_of(scan).id, lease=LONG)
    assert again is not None
    assert store.answers.of_runs([again.id]) == []
    store.runs.save(lost, [], [(1, answer(b"late"))])
    assert store.answers.of_runs([again.id]) == []


def test_answers_go_when_they_are_old_or_nobody_refers_to_them_and_what_is_given_again_lives(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = clock.now()

    def after(**more: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: began + timedelta(**more))

    run = claimed(store, opened(store, "dns"))
    store.runs.save(run, [finding()], [(0, answer(b"old")), (1, answer(b"again"))])
    after(days=80)
    store.runs.save(run, [], [(2, answer(b"again"))])
    after(days=100)
    assert store.answers.tidy(days=0) == 0
    assert store.answers.tidy(days=90) == 1
    told = {each.sha256: each.left_out for each in store.answers.of_runs([run.id])}
    assert told == {answer(b"old").sha256: GONE, answer(b"again").sha256: ""}
    assert store.answers.body(answer(b"old").sha256) is None

    store.runs.give_back([run])
    assert store.runs.claim(run.id, lease=LONG) is not None  # what it was told is dropped with its findings
    after(days=101)
    assert store.answers.tidy(days=0) == 1
    assert store.answers.weight() == (0, 0)


def test_a_backup_holds_the_bytes_and_brings_them_back_into_the_other_database(store: Store, tmp_path: Path) -> None:
    body = bytes(range(256))
    run = claimed(store, opened(store, "dns"))
    store.runs.save(run, [finding()], [(0, answer(body))])
    parts: dict[str, tuple[Part, list[list[Any]]]] = {}

    def take(name: str, columns: tuple[str, ...], rows: Iterator[list[Any]]) -> None:
        written = [json.loads(json.dumps(row)) for row in rows]
        parts[name] = Part(name, columns, len(written), 0, ""), written

    url = store.database.engine.url.render_as_string(hide_password=False)
    revision = dump(url, take)
    there = f"sqlite:///{tmp_path / 'there.sqlite3'}"
    load(there, revision, [part for part, _ in parts.values()], lambda name: iter(parts[name][1]))
    again = open_store(there)
    assert again.answers.body(answer(body).sha256) == body
    assert [each.sha256 for each in again.answers.of_runs([run.id])] == [answer(body).sha256]
    again.close()


def test_a_stream_is_packed_as_it_arrives_and_given_up_when_it_repeats_a_key_or_is_too_long() -> None:
    packing = Packing(1000, ["a-secret-key"])
    for piece in (b"abc", b"a-secret", b"def" * 100):
        packing.add(piece)
    assert unpack(packing.end(), packing.size) == b"abca-secret" + b"def" * 100

    parted = Packing(1000, ["a-secret-key"])
    for piece in (b"... a-sec", b"ret-", b"key ..."):
        parted.add(piece)
    assert (parted.left_out, parted.end()) == (REPEATED_KEY, b"")

    long = Packing(10, [])
    long.add(b"x" * 11)
    assert (long.left_out, long.end(), long.size) == (OVER_CAP.format(most=10), b"", 11)


def test_what_does_not_unpack_to_what_was_written_down_is_damaged() -> None:
    packed = pack(answer(b"x" * 1000))
    for body, size in ((packed.body, 999), (packed.body, 1001), (packed.body[:-6], 1000), (b"no zlib", 1000)):
        try:
            unpack(body, size)
        except ValueError:
            continue
        raise AssertionError("this was taken for whole")
