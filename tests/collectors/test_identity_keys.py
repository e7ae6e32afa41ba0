"""OpenPGP keys: what GnuPG made is read as GnuPG reads it, and nothing hostile does more than be refused."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.claims.directories import emails, hashed, indexed, split
from collectors.claims.openpgp import MOST_BYTES, MOST_USER_IDS, parse, readable
from core.errors import Changed
from tests.collectors.openpgp_samples import (
    ADA,
    ADA_FINGERPRINT,
    ADALBERT,
    ADALBERT_FINGERPRINT,
    OLD,
    OLD_FINGERPRINT,
)

MADE = (1_614_600_000).to_bytes(4)


def packet(tag: int, body: bytes) -> bytes:
    """A packet in the newer format with a length of four bytes."""
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


def binary(armored: str) -> bytes:
    lines = armored.splitlines()
    return base64.b64decode("".join(line for line in lines[2:] if line[:1] not in ("-", "=")))


def test_a_key_with_two_addresses_and_a_subkey() -> None:
    (key,) = parse(ADA.encode(), "x")
    assert key.fingerprint == ADA_FINGERPRINT
    assert key.key_id == ADA_FINGERPRINT[-16:]
    assert (key.version, key.algorithm, key.bits, key.subkeys) == (4, "EdDSA Ed25519", 256, 1)
    assert key.created == datetime(2021, 3, 1, 12, tzinfo=UTC)
    assert key.expires == datetime(2031, 2, 27, 12, tzinfo=UTC)
    assert key.user_ids == ["Ada Example (work) <ada@kontor.example>", "Ada Example <ada@example.com>"]
    assert emails(key) == ("ada@kontor.example", "ada@example.com")
    assert not key.revoked


def test_a_revoked_key_and_one_without_an_end() -> None:
    (revoked,), (old,) = parse(ADALBERT.encode(), "x"), parse(OLD.encode(), "x")
    assert (revoked.fingerprint, revoked.revoked) == (ADALBERT_FINGERPRINT, True)
    assert revoked.expires == datetime(2025, 5, 31, 12, tzinfo=UTC)
    assert (old.fingerprint, old.algorithm, old.bits, old.expires) == (OLD_FINGERPRINT, "RSA", 2048, None)


def test_armored_and_binary_are_the_same_and_several_are_all_read() -> None:
    assert parse(binary(ADA), "x") == parse(ADA.encode(), "x")
    both = parse((ADA + ADALBERT).encode(), "x")
    assert [each.fingerprint for each in both] == [ADA_FINGERPRINT, ADALBERT_FINGERPRINT]
    assert [each.fingerprint for each in parse(binary(ADA) + binary(OLD), "x")] == [ADA_FINGERPRINT, OLD_FINGERPRINT]


def test_a_key_of_version_6_is_named_by_sha_256() -> None:
    body = b"\x06" + MADE + bytes([27]) + (32).to_bytes(4) + bytes(32)  # RFC 9580 5.5.2.3 and 5.5.4.3
    (key,) = parse(packet(6, body) + packet(13, b"<ada@example.com>"), "x")
    expected = hashlib.sha256(b"\x9b" + len(body).to_bytes(4) + body).hexdigest().upper()
    assert (key.fingerprint, key.key_id, key.algorithm, key.bits) == (expected, expected[:16], "Ed25519", 256)


def test_what_strangers_certify_says_nothing_about_the_expiry() -> None:
    late = (1_700_000_000).to_bytes(4)
    subpackets = bytes([5, 2]) + late + bytes([5, 9]) + (60).to_bytes(4) + bytes([9, 16]) + bytes(8)
    foreign = bytes([4, 0x13, 22, 8]) + len(subpackets).to_bytes(2) + subpackets + bytes(4)
    (key,) = parse(binary(OLD) + packet(2, foreign), "x")
    assert key.expires is None
    own = foreign.replace(bytes(8), bytes.fromhex(OLD_FINGERPRINT[-16:]))
    (key,) = parse(binary(OLD) + packet(2, own), "x")
    assert key.expires == datetime(2019, 6, 1, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>not a key</html>",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n%%%\n-----END PGP PUBLIC KEY BLOCK-----",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME",
        binary(ADA)[:40],
        packet(6, b"\x03" + MADE + bytes(20)),  # version 3, whose fingerprints are MD5
        packet(6, b""),
        packet(13, b"Ada <ada@example.com>"),  # a user id without a key
        bytes([0xC6, 0xE0]) + bytes(40),  # a partial length
        bytes([0x9B]) + bytes(40),  # an indeterminate length
        bytes([0xC6, 255, 255, 255, 255, 255]),  # four gigabytes, it says
        packet(13, b"") * 5_000,
        b"\x99" * (MOST_BYTES + 1),
    ],
)
def test_what_is_no_key_is_said_to_be_none(said: bytes) -> None:
    with pytest.raises(Changed, match="What the test sent as a key is none that I can read"):
        parse(said, "the test")
    assert readable(said) == []


def test_ten_thousand_user_ids_are_cut_off() -> None:
    (key,) = parse(binary(ADA) + packet(13, b"A" * 100) * 1_500, "x")
    assert len(key.user_ids) == MOST_USER_IDS
    (long,) = parse(binary(ADA) + packet(13, b"\xff" * 100_000), "x")
    assert max(map(len, long.user_ids)) <= 500


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_key_changed_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    said = bytearray(binary(data.draw(st.sampled_from([ADA, ADALBERT, OLD]))))
    for place in data.draw(st.lists(st.integers(0, len(said) - 1), max_size=6)):
        said[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(said)))
    keys = readable(bytes(said[: cut or None]))
    assert len(keys) <= 20
    assert all(len(each.fingerprint) in (40, 64) and len(each.user_ids) <= MOST_USER_IDS for each in keys)


@settings(max_examples=100, deadline=None)
@given(said=st.binary(max_size=400), tag=st.sampled_from([2, 6, 13, 14, 17]))
def test_any_bytes_in_any_part_are_read_or_refused(said: bytes, tag: int) -> None:
    assert len(readable(said)) <= 20
    assert len(readable(binary(OLD) + packet(tag, said))) <= 20


def test_the_name_of_a_mailbox_in_a_directory() -> None:
    assert hashed("Joe.Doe") == "iy9q119eutrkn8s1mk4r39qejnbu3n5q"  # the draft's own example


@pytest.mark.parametrize(
    ("user_id", "name", "mail"),
    [
        ("Ada Example <ada@example.com>", "Ada Example", "ada@example.com"),
        ('"Ada Example" (work) <ada@example.com>', "Ada Example", "ada@example.com"),
        ("ada@example.com", "", "ada@example.com"),
        ("Ada Example", "Ada Example", ""),
        ("<ada@example.com>", "", "ada@example.com"),
        ("<<<>>> <!channel>", "<<<>>>", "!channel"),
    ],
)
def test_how_user_ids_are_read(user_id: str, name: str, mail: str) -> None:
    assert split(user_id) == (name, mail)


def test_lines_of_an_index_that_name_no_key_are_left_out() -> None:
    lines = ["info:1:3", "pub:short:22:256:1:", f"pub:{ADA_FINGERPRINT}:22:256::", "uid:orphan:1::"]
    good = [
        f"pub:{ADA_FINGERPRINT}:22:256:1614600000::r",
        "uid:Ada%20%3Cada%40example.com%3E:1::",
        "uat::::",
        "nonsense",
    ]
    (key,) = indexed("\n".join([*lines, *good]))
    assert (key.fingerprint, key.revoked, key.user_ids) == (ADA_FINGERPRINT, True, ["Ada <ada@example.com>"])
    assert indexed("info:1:0\n") == []
    with pytest.raises(Changed):
        indexed("<html>")
