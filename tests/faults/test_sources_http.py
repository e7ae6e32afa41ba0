"""Sources that lie over HTTP: whatever they send, a run ends in time, in bounded memory, and says what is true."""

from __future__ import annotations

import datetime
import ssl
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.faults.liars import AT_ONCE, Liars, Lie, Told
from tests.faults.liars_dns import pointing
from tests.faults.liars_http import CERTIFICATES, FINE, FLOODS, MOVES, REUSED, SHAPES, SLOW, STREAMS, Row, moved, ok
from tests.faults.looker import Became, Case, looked
from tests.servers import HOST

OUTSIDE = "127.0.0.2"  # plays the public internet: the one address of loopback that may be asked
ALONE: Mapping[str, Row] = {**FLOODS, **SHAPES, **STREAMS, **CERTIFICATES}
MOST_GROWTH = 64_000_000


@dataclass(frozen=True)
class Scene:
    """Everybody who lied, and what one process made of each."""

    told: Mapping[str, Told]
    looks: Mapping[str, Became]
    inside: Told

    def ends(self, *names: str) -> dict[str, tuple[str, str]]:
        return {name: (self.looks[name].outcome, self.looks[name].reason) for name in names}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One process looked at every lie, the slow ones side by side."""
    authority = tmp_path_factory.mktemp("trust") / "authority.pem"
    with Liars() as liars:
        inside = liars.tcp(Lie(says=ok(FINE)))
        resolver = liars.dns(pointing(api=OUTSIDE, inside=HOST))
        relayed = {name: liars.tcp(*row.turns) for name, row in {**ALONE, **SLOW, **REUSED}.items()}
        moving = {name: liars.tcp(moved(location, inside.port), host=OUTSIDE) for name, (location, _) in MOVES.items()}
        sealed = {
            name: liars.tcp(Lie(says=ok(FINE)), host=OUTSIDE, tls=shown) for name, shown in _shown(authority).items()
        }
        sealed["no TLS"] = liars.tcp(Lie(says=ok(FINE), until=AT_ONCE), host=OUTSIDE)
        sealed["silence in place of TLS"] = liars.tcp(Lie(then="hold"), host=OUTSIDE)
        told = {**relayed, **moving, **sealed}
        alone = [_relayed(name, row, relayed[name]) for name, row in {**ALONE, **REUSED}.items()]
        alone += [_direct(name, each, resolver) for name, each in moving.items()]
        alone += [_direct(name, each, resolver, trust=str(authority)) for name, each in sealed.items()]
        slow = [_relayed(name, row, relayed[name], patience=0.7, deadline=8.0) for name, row in SLOW.items()]
        yield Scene(told, looked(alone, slow), inside)


def _relayed(name: str, row: Row, told: Told, **options: float) -> Case:
    return Case(name=name, collector=row.asks, relay=told.port, **{**options, **row.options})


def _direct(name: str, told: Told, resolver: Told, *, trust: str = "") -> Case:
    url = f"{'https' if trust else 'http'}://api.example.com:{told.port}/"
    return Case(name=name, dns=resolver.port, url=url, trust=trust, patience=1.0 if "silence" in name else 10.0)


def assert_true(became: Became, row: Row) -> None:
    assert (became.outcome, became.reason) == (row.outcome, row.reason), became.message
    assert became.grown < MOST_GROWTH, f"{became.grown / 1e6:.0f} MB"
    assert became.late < 5, "no run outlives its deadline by more than the time that closing takes"
    assert bool(became.found) == (row.outcome in ("found", "partial"))


@pytest.mark.fault("A source sends without end, or packs gigabytes into kilobytes", keeps=("bounds", "honest"))
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_left_at_its_cap_and_told_as_one(scene: Scene, name: str) -> None:
    assert_true(scene.looks[name], FLOODS[name])


@pytest.mark.fault("A source answers by the byte, or stops in the middle", keeps=("bounds", "honest"))
@pytest.mark.parametrize("name", SLOW)
def test_a_source_that_trickles_is_left_at_the_deadline(scene: Scene, name: str) -> None:
    assert_true(scene.looks[name], SLOW[name])


@pytest.mark.fault("A source answers what is no HTTP, no JSON, or contradicts itself", keeps=("bounds", "honest"))
@pytest.mark.parametrize("name", SHAPES)
def test_an_answer_of_no_known_shape_is_never_an_empty_one(scene: Scene, name: str) -> None:
    assert_true(scene.looks[name], SHAPES[name])


@pytest.mark.fault("A long list has no end, one endless row, or breaks off", keeps=("bounds", "honest"))
@pytest.mark.parametrize("name", STREAMS)
def test_a_list_read_while_it_arrives_stays_within_bounds(scene: Scene, name: str) -> None:
    assert_true(scene.looks[name], STREAMS[name])


@pytest.mark.fault("A certificate log names hosts without number, or pages without end", keeps=("bounds", "honest"))
@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificates_that_cannot_be_held_or_read_are_said_to_be_missing(scene: Scene, name: str) -> None:
    assert_true(scene.looks[name], CERTIFICATES[name])


@pytest.mark.fault("A source redirects in circles, inside, or to what is no address", keeps=("in", "bounds", "honest"))
def test_a_redirect_leads_nowhere_we_must_not_go(scene: Scene) -> None:
    assert scene.ends(*MOVES) == {name: ("failed", reason) for name, (_, reason) in MOVES.items()}
    assert scene.inside.connections == 0
    assert max(len(scene.told[name].asked) for name in MOVES) == 6, "the first question and five redirects"


@pytest.mark.fault("A source shows a bad certificate, old TLS, or none", keeps=("in", "honest"))
def test_nobody_is_asked_who_cannot_prove_who_they_are(scene: Scene) -> None:
    good = {"a good certificate": ("found", ""), "a good one, only for HTTP/2": ("found", "")}
    bad = dict.fromkeys(
        ("an expired one", "another's", "of another authority", "old TLS", "no TLS"), ("failed", "down")
    )
    silent = {"silence in place of TLS": ("failed", "timeout")}
    assert scene.ends(*good, *bad, *silent) == {**good, **bad, **silent}
    assert not [name for name in bad if any(b"HTTP" in asked for asked in scene.told[name].asked)]
    assert "certificate" in scene.looks["an expired one"].message


@pytest.mark.fault("A source answers twice, or hangs up between two questions", keeps=("honest", "bounds"))
@pytest.mark.parametrize("name", REUSED)
def test_an_answer_to_no_question_answers_no_later_one(scene: Scene, name: str) -> None:
    became = scene.looks[name]
    assert (became.outcome, became.found) == ("nothing", [])
    assert len(scene.told[name].asked) == 2


def _shown(authority: Path) -> dict[str, ssl.SSLContext]:
    """What servers show who is asked for; the first two are right."""
    ours, other = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(str(authority))
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    only_h2, old = (_shows(ours.issue_cert("api.example.com")) for _ in range(2))
    only_h2.set_alpn_protocols(["h2"])
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    return {
        "a good certificate": _shows(ours.issue_cert("api.example.com")),
        "a good one, only for HTTP/2": only_h2,
        "an expired one": _shows(ours.issue_cert("api.example.com", not_after=yesterday)),
        "another's": _shows(ours.issue_cert("www.example.net")),
        "of another authority": _shows(other.issue_cert("api.example.com")),
        "old TLS": old,
    }


def _shows(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
