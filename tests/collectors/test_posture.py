"""Reading and grading of SPF, DMARC and DKIM records: what each means, without any asking."""

from __future__ import annotations

import pytest

from collectors.posture import dkim, dmarc, spf
from core.models import Severity
from tests.collectors.zones import rsa_key


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("v=spf1", True),
        ("v=spf1 -all", True),
        ("V=SPF1 ~all", True),
        ("v=spf10 -all", False),
        ("v=spf1-all", False),
        (" v=spf1", False),
        ("spf2.0/pra -all", False),
    ],
)
def test_an_spf_record_is_known_by_its_first_word(text: str, yes: bool) -> None:
    assert spf.is_spf(text) is yes


@pytest.mark.parametrize(
    ("text", "grade", "severity", "words"),
    [
        ("v=spf1 -all", "good", Severity.INFO, "Nobody may send"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "good", Severity.INFO, "rejected"),
        ("v=spf1 +all", "bad", Severity.HIGH, "+all"),
        ("v=spf1 all", "bad", Severity.HIGH, "+all"),
        ("v=spf1 ip4:0.0.0.0/1 -all", "bad", Severity.HIGH, "0.0.0.0/1"),
        ("v=spf1 ip6:2001::/16 -all", "bad", Severity.HIGH, "2001::/16"),
        ("v=spf1 ip4:192.0.2.1", "fair", Severity.LOW, "does not end in `all`"),
        ("v=spf1 ?all", "fair", Severity.LOW, "?all"),
        ("v=spf1 ~all", "fair", Severity.LOW, "~all"),
        ("v=spf1 ptr -all", "fair", Severity.LOW, "ptr"),
        ("v=spf1 ip4:999.1.1.1 -all", "bad", Severity.MEDIUM, "is no network"),
        ("v=spf1 ip4:2001:db8::1 -all", "bad", Severity.MEDIUM, "is no network"),
        ("v=spf1 include: -all", "bad", Severity.MEDIUM, "names nothing"),
        ("v=spf1 inclde:example.net -all", "bad", Severity.MEDIUM, "no SPF term"),
        ("v=spf1 redirect=a.test redirect=b.test", "bad", Severity.MEDIUM, "more than once"),
    ],
)
def test_spf_is_graded_by_whom_it_lets_send(text: str, grade: str, severity: Severity, words: str) -> None:
    check = spf.grade([text], spf.Tally(), enforced=False, mails=True)
    assert (check.grade, check.severity) == (grade, severity)
    assert words in check.why


def test_softfail_is_good_when_dmarc_acts_on_it() -> None:
    assert spf.grade(["v=spf1 ~all"], spf.Tally(), enforced=True, mails=True).grade == "good"


def test_two_spf_records_void_each_other() -> None:
    check = spf.grade(["v=spf1 -all", "v=spf1 ~all"], spf.Tally(), enforced=True, mails=True)
    assert (check.grade, check.parts["records"]) == ("bad", 2)


@pytest.mark.parametrize(
    ("tally", "grade"),
    [
        (spf.Tally(lookups=10, voids=2), "good"),
        (spf.Tally(lookups=11), "bad"),
        (spf.Tally(voids=3), "bad"),
        (spf.Tally(unread=1), "info"),
        (spf.Tally(open="open.test"), "bad"),
        (spf.Tally(faults=["x.test has no SPF record"]), "bad"),
    ],
)
def test_spf_is_graded_by_what_its_includes_cost(tally: spf.Tally, grade: str) -> None:
    assert spf.grade(["v=spf1 include:x.test -all"], tally, enforced=False, mails=True).grade == grade


def test_nothing_behind_all_counts() -> None:
    record = spf.parse("v=spf1 a -all include:late.test redirect=late.test")
    assert [term.spell() for term in record.terms] == ["a", "-all"]
    assert (record.redirect, record.includes) == ("", ())


def test_prefix_lengths_of_a_and_mx_are_not_taken_for_names() -> None:
    record = spf.parse("v=spf1 a/24 mx//64 a:mail.test/24//64 -all")
    assert [term.value for term in record.terms] == ["", "", "mail.test", ""]


def test_the_dmarc_walk_takes_eight_steps_at_most() -> None:
    assert dmarc.walk("a.b.example.com") == ["a.b.example.com", "b.example.com", "example.com", "com"]
    walked = dmarc.walk("a.b.c.d.e.f.g.h.i.j.mail.example.com")
    assert walked[:2] == ["a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com"]
    assert (len(walked), walked[-1]) == (8, "com")


def _dmarc(text: str) -> dmarc.Dmarc:
    record = dmarc.parse(f"v=DMARC1; {text}")
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("found", "location", "organisation"),
    [
        ({"example.com": "p=reject"}, "example.com", "example.com"),
        ({"a.example.com": "p=none", "example.com": "p=reject"}, "a.example.com", "example.com"),
        ({"example.com": "p=reject; psd=n", "com": "p=none; psd=y"}, "example.com", "example.com"),
        ({"com": "p=quarantine; psd=y"}, "com", "example.com"),
    ],
)
def test_the_policy_is_the_nearest_and_the_organisation_the_marked_one(
    found: dict[str, str], location: str, organisation: str
) -> None:
    policy = dmarc.choose("a.example.com", {name: _dmarc(text) for name, text in found.items()})
    assert policy is not None
    assert (policy.location, policy.organisation) == (location, organisation)


@pytest.mark.parametrize(
    ("text", "grade", "words"),
    [
        ("p=reject; rua=mailto:ada@example.com", "good", "rejected"),
        ("p=quarantine", "good", "nobody receives reports"),
        ("p=none; rua=mailto:ada@example.com", "fair", "only reported"),
        ("p=reject; t=y", "fair", "test mode"),
        ("p=reject; pct=20", "fair", "20 %"),
        ("p=reject; sp=none", "fair", "subdomain"),
        ("p=bogus; rua=mailto:ada@example.com", "fair", "policy is none"),
    ],
)
def test_dmarc_is_graded_by_what_happens_to_forged_mail(text: str, grade: str, words: str) -> None:
    check = dmarc.grade(dmarc.choose("example.com", {"example.com": _dmarc(text)}))
    assert check.grade == grade
    assert words in check.why


@pytest.mark.parametrize("text", ["v=dmarc1; p=reject", "p=reject; v=DMARC1", "v=DMARC1; p=bogus", "v=spf1 -all", ""])
def test_what_receivers_ignore_is_no_dmarc_record(text: str) -> None:
    assert dmarc.parse(text) is None


def test_two_dmarc_records_cancel_each_other() -> None:
    assert dmarc.single(["v=DMARC1; p=none", "v=DMARC1; p=reject"]) is None
    assert dmarc.grade(None, doubles=1).grade == "bad"


@pytest.mark.parametrize(
    ("text", "state", "grade"),
    [
        (f"v=DKIM1; k=rsa; p={rsa_key(2048)}", "fit", "good"),
        (f"p={rsa_key(1024)}", "weak", "fair"),
        ("v=DKIM1; p=", "revoked", "info"),
        ("v=DKIM1; p=%%%", "unreadable", "fair"),
        ("v=DKIM1; k=ed25519; p=vO9Mh+nyj5jsqGVAcW2oqpqc8BKuZt71uH/g1HlZAz0=", "fit", "good"),
        ("v=DKIM1; k=ed25519; p=AAAA", "unreadable", "fair"),
        (f"v=DKIM1; t=y:s; p={rsa_key(2048)}", "fit", "fair"),
        (f"v=DKIM1; p={'A' * 100_000}", "unreadable", "fair"),
    ],
    ids=["2048", "1024", "revoked", "noise", "ed25519", "short", "testing", "huge"],
)
def test_dkim_keys_are_measured(text: str, state: str, grade: str) -> None:
    key = dkim.parse("s1", text)
    assert key is not None
    assert key.state == state
    assert dkim.grade([key], tried=40).grade == grade


def test_the_worst_dkim_key_sets_the_grade() -> None:
    keys = [dkim.parse(name, f"p={rsa_key(bits)}") for name, bits in (("new", 2048), ("old", 1024))]
    check = dkim.grade([key for key in keys if key], tried=2)
    assert check.why.startswith("Key old has 1024 bits")
