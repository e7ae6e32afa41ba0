"""Whatever a record holds, reading it gives a value: nothing raises, nothing grows, nothing takes forever."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.posture import bimi, caa, dkim, dmarc, mtasts, spf, tlsrpt
from collectors.posture.check import Check
from collectors.posture.text import address, cut, domain, hostname, mailboxes, readable, tags

SAMPLES = [
    "v=spf1 include:_spf.example.net ip4:192.0.2.0/24 ip6:2001:db8::/32 a:x.test/24//64 mx ptr exists:%{i}.x.test -all",
    "v=spf1 redirect=_spf.example.net exp=why.example.net unknown=x",
    "v=DMARC1; p=reject; sp=none; np=reject; pct=50; t=y; psd=n; rua=mailto:ada@example.com!10m; ruf=mailto:b@c.test",
    "v=DKIM1; k=rsa; t=y:s; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ",
    "v=DKIM1; k=ed25519; p=vO9Mh+nyj5jsqGVAcW2oqpqc8BKuZt71uH/g1HlZAz0=",
    "v=STSv1; id=20260101",
    "version: STSv1\r\nmode: enforce\r\nmx: *.example.net\r\nmax_age: 86400",
    "v=TLSRPTv1; rua=mailto:ada@example.com,https://example.com/report",
    "v=BIMI1; l=https://example.com/l.svg; a=https://example.com/a.pem",
    "letsencrypt.org; accounturi=https://example.com/1",
]
NASTY = [
    "\0",
    ";",
    "=",
    ":",
    "%",
    " ",
    "<!channel>",
    "\u202e",
    "9" * 5000,
    "/",
    ",",
    "\ud7ff",
    "ß",
    "٣",
    "²",
    "\n",
    "!",
    "@",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A real record with pieces cut out, doubled and replaced by noise."""
    text = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(0, 5))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        piece = draw(st.sampled_from([*NASTY, text[start:end] * 2, ""]) | st.text(max_size=20))
        text = text[:start] + piece + text[end:]
    return text


TEXTS = mutated() | st.text(max_size=300)


def _sound(check: Check) -> None:
    """A check can be stored and shown: JSON, a sentence, no flood."""
    assert check.why.endswith(".")
    assert len(json.dumps(dict(check.parts))) < 40_000
    assert len(check.raw) <= 2100


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.booleans(), st.booleans())
def test_spf_reads_anything(text: str, enforced: bool, mails: bool) -> None:
    record = spf.parse(f"v=spf1 {text}")
    assert all(term.spell() for term in record.terms)
    _sound(spf.grade([f"v=spf1 {text}"], spf.Tally(), enforced=enforced, mails=mails))
    _sound(spf.grade([text], spf.Tally(), enforced=enforced, mails=mails))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_dmarc_reads_anything(text: str) -> None:
    for spelled in (text, f"v=DMARC1; {text}"):
        record = dmarc.parse(spelled)
        policy = dmarc.choose("a.example.com", {"example.com": record}) if record else None
        _sound(dmarc.grade(policy))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_dkim_reads_anything(text: str) -> None:
    keys = [key for spelled in (text, f"v=DKIM1; p={text}") if (key := dkim.parse("s1", spelled))]
    _sound(dkim.grade(keys, tried=2))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_the_other_mail_records_read_anything(text: str) -> None:
    _sound(mtasts.grade(mtasts.announced([text]), None, ["mx.example.com"]))
    _sound(mtasts.grade("1", mtasts.parse(text), ["mx.example.com"]))
    records = [record for record in (tlsrpt.parse(text), tlsrpt.parse(f"v=TLSRPTv1; {text}")) if record]
    _sound(tlsrpt.grade(records, mails=True))
    _sound(bimi.grade([f"v=BIMI1; {text}"], enforced=True))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 255), st.sampled_from(["issue", "issuewild", "iodef", "contactemail", "x"]) | st.text(), TEXTS)
def test_caa_reads_anything(flags: int, tag: str, text: str) -> None:
    records = [caa.Caa(flags, tag, text)]
    _sound(caa.grade(records, "example.com"))
    assert all(hostname(name) for name in caa.authorities(records))
    assert all(address(mail) for mail in caa.contacts(records))


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.lists(st.binary(max_size=255), max_size=20))
def test_small_readers_read_anything(text: str, strings: list[bytes]) -> None:
    assert "\0" not in readable(strings)
    assert len(cut(text, 100)) <= 100 + len(f"... (+{len(text)} characters)")
    assert len(tags(text)) <= 64
    mails, others = mailboxes(text)
    assert all("@" in mail for mail in mails)
    assert all(len(uri) < 300 for uri in others)
    assert (name := domain(text)) is None or hostname(name) == name


@pytest.mark.parametrize("sample", SAMPLES)
def test_five_megabytes_of_one_record_stay_small(sample: str) -> None:
    flood = sample + (" a:x.test;" + sample) * (5_000_000 // (len(sample) + 10))
    _sound(spf.grade([f"v=spf1 {flood}"], spf.Tally(), enforced=True, mails=True))
    _sound(dmarc.grade(dmarc.choose("example.com", {"example.com": r} if (r := dmarc.parse(flood)) else {})))
    _sound(dkim.grade([key] if (key := dkim.parse("s1", flood)) else [], tried=1))
    _sound(mtasts.grade("1", mtasts.parse(flood), []))
    _sound(bimi.grade([flood], enforced=True))
    assert len(tags(flood)) <= 64
    assert hostname(flood) is None
    assert address(flood) is None
