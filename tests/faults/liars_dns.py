"""Lies over DNS: answers as bytes, made from the question, that no honest server would send."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

from tests.faults.liars import PREFIXED, Lie

Answers = Callable[[bytes], Sequence[bytes]]
FAILED, PARTIAL, FOUND, NOTHING = "failed", "partial", "found", "nothing"
MOST = 65535
A, CNAME, TXT, MX, OPT, NSEC = 1, 5, 16, 15, 41, 47


@dataclass(frozen=True)
class Row:
    """What is told over UDP and TCP, and what must be made of it."""

    udp: Answers
    outcome: str
    reason: str = ""
    tcp: Lie | None = None
    asks: str = "asks_dns"
    options: dict[str, Any] = field(default_factory=dict)


def pointing(**addresses: str) -> Answers:
    """Honest: each name whose first label is given has that address, and every other name does not exist."""

    def answer(wire: bytes) -> list[bytes]:
        query = dns.message.from_wire(wire)
        asked = query.question[0]
        response = dns.message.make_response(query)
        address = addresses.get(asked.name.labels[0].decode("latin-1"))
        if address and asked.rdtype == A:
            response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", address))
        return [response.to_wire()]

    return answer


def question(wire: bytes) -> bytes:
    """The question section of a query."""
    end = wire.index(b"\0", 12) + 5
    return wire[12:end]


def answer(
    wire: bytes, body: bytes = b"", *, answers: int = 0, authority: int = 0, extra: int = 0, flags: int = 0x8180
) -> bytes:
    """An answer to this query whose sections hold these bytes, whatever they are."""
    return wire[:2] + struct.pack("!HHHHH", flags, 1, answers, authority, extra) + question(wire) + body


def record(rdtype: int, rdata: bytes, *, name: bytes = b"\xc0\x0c", length: int | None = None) -> bytes:
    return name + struct.pack("!HHIH", rdtype, 1, 60, len(rdata) if length is None else length) + rdata


def with_(*records: bytes, **more: int) -> Answers:
    return lambda wire: [answer(wire, b"".join(records), **{"answers": len(records), **more})]


def cut(wire: bytes) -> list[bytes]:
    return [answer(wire, record(A, b"\xc0\0\x02\x01"), answers=1)[:-2]]


def truncated(wire: bytes) -> list[bytes]:
    """Asks us to ask over TCP."""
    return [answer(wire, flags=0x8380)]


def over_tcp(made: Answers, *, said: int | None = None) -> Lie:
    """This answer after a length of its own, or another."""

    def prefixed(wire: bytes) -> bytes:
        (body,) = made(wire)
        return struct.pack("!H", len(body) if said is None else said) + body

    return Lie(until=PREFIXED, made=prefixed, then="hold")


def fill(unit: Callable[[int], bytes], **more: int) -> Answers:
    """As many records as 64 KB hold."""

    def full(wire: bytes) -> list[bytes]:
        room, units = MOST - 12 - len(question(wire)), list[bytes]()
        while (made := unit(len(units))) and len(made) <= room:
            room -= len(made)
            units.append(made)
        counts = {name: len(units) for name in more} or {"answers": len(units)}
        return [answer(wire, b"".join(units), **counts)]

    return full


def strangers(right: Answers, *, count: int) -> Answers:
    """Answers with other ids before the right ones."""

    def flooded(wire: bytes) -> list[bytes]:
        (own,) = struct.unpack("!H", wire[:2])
        forged = answer(wire, record(A, b"\xcb\0\x71\x63"), answers=1)
        return [*(struct.pack("!H", (own + n) % 65536) + forged[2:] for n in range(1, count)), *right(wire)]

    return flooded


def other_question(right: Answers) -> Answers:
    """The right id and another name, before the right ones."""

    def lied(wire: bytes) -> list[bytes]:
        asked = question(wire)
        other = wire[:12] + asked.replace(b"example", b"exemple") + wire[12 + len(asked) :]
        return [answer(other, record(A, b"\xcb\0\x71\x63"), answers=1), *right(wire)]

    return lied


def chain(length: int, *, back: bool) -> Answers:
    """CNAMEs from the name asked for over c1, c2 ... to the last, or round."""

    def linked(wire: bytes) -> list[bytes]:
        names = [b"\xc0\x0c", *(b"\x05c%04d\0" % n for n in range(1, length)), b"\xc0\x0c" if back else b"\x03end\0"]
        links = [record(CNAME, names[place + 1], name=names[place]) for place in range(length)]
        return [answer(wire, b"".join(links), answers=length)]

    return linked


def nothing(_wire: bytes) -> list[bytes]:
    return []


DEEP = b"".join(b"\x02%02d" % (n % 100) for n in range(80)) + b"\0"  # as many labels as fit a name, two letters each
FINE = with_(record(A, b"\xc0\0\x02\x01"))
MANY_LABELS = fill(lambda n: record(MX, struct.pack("!H", n) + (DEEP if n == 0 else b"\xc0\x2b"), name=b"\xc0\x0c"))
ADDRESSES = fill(lambda n: record(A, struct.pack("!I", 0xC0000200 + n)))
DENIALS = fill(lambda _: record(NSEC, b"\0\0\x01\x40"), authority=1)
LONG_TEXT = (b"\xff" + b"v=spf1 a" * 31 + b"-------") * 250
SHORT = {"patience": 0.4, "deadline": 6.0}

UDP = {
    "an honest answer": Row(FINE, FOUND),
    "silence": Row(nothing, FAILED, "timeout", options=SHORT),
    "a hundred wrong ids, then the answer": Row(strangers(FINE, count=100), FOUND),
    "wrong ids only": Row(strangers(nothing, count=500), FAILED, "timeout", options=SHORT),
    "another question's answer before ours": Row(other_question(FINE), FAILED, "changed"),
    "an empty datagram": Row(lambda wire: [b"", wire[:2], wire[:11]], FAILED, "timeout", options=SHORT),
    "our own question": Row(lambda wire: [wire], FAILED, "timeout", options=SHORT),
    "a record cut in the middle": Row(cut, FAILED, "changed"),
    "a record longer than the packet": Row(with_(record(A, b"\0\0", length=60000)), FAILED, "changed"),
    "an address of three bytes": Row(with_(record(A, b"\xc0\0\x02")), FAILED, "changed"),
    "65,535 records that are not there": Row(with_(answers=65535), FAILED, "changed"),
    "65,535 of everything": Row(with_(answers=65535, authority=65535, extra=65535), FAILED, "changed"),
    "a pointer to itself": Row(
        lambda w: [answer(w, record(A, b"1234", name=struct.pack("!H", 0xC000 + 12 + len(question(w)))), answers=1)],
        FAILED,
        "changed",
    ),
    "a pointer forward": Row(with_(record(A, b"1234", name=b"\xc0\xff")), FAILED, "changed"),
    "a pointer beyond the end": Row(with_(record(A, b"1234", name=b"\xff\xff")), FAILED, "changed"),
    "a label of no known kind": Row(with_(record(A, b"1234", name=b"\x80\x01")), FAILED, "changed"),
    "a name of 300 bytes": Row(with_(record(A, b"1234", name=b"\x3f" + b"a" * 63 + DEEP)), FAILED, "changed"),
    "options that are rubbish": Row(
        with_(record(OPT, b"\0\x0f\xff\xff" + b"\xff" * 9, name=b"\0"), answers=0, extra=1), FAILED, "changed"
    ),
    "options twice": Row(with_(*[record(OPT, b"", name=b"\0")] * 2, answers=0, extra=2), FAILED, "changed"),
    "an error's text in no charset": Row(
        with_(record(OPT, b"\0\x0f\0\x04\0\x09\xff\xfe", name=b"\0"), answers=0, extra=1, flags=0x8182),
        FAILED,
        "changed",
    ),
    "an answer to an update": Row(with_(flags=0xA980), FAILED, "changed"),
    "an rcode nobody knows": Row(with_(flags=0x818F), FAILED, "down"),
    "an error without the question": Row(lambda w: [w[:2] + b"\x81\x81" + b"\0" * 8], FAILED, "down"),
    "no such name, and its address": Row(with_(record(A, b"\xc0\0\x02\x01"), flags=0x8183), FAILED, "changed"),
    "a name that is an alias of itself": Row(chain(1, back=True), FAILED, "changed"),
    "aliases in a circle": Row(chain(8, back=True), FAILED, "changed"),
}

TCP = {
    "silence over TCP": Row(truncated, FAILED, "timeout", Lie(until=PREFIXED, then="hold"), options=SHORT),
    "TCP hangs up": Row(truncated, FAILED, "down", Lie(until=PREFIXED)),
    "TCP resets": Row(truncated, FAILED, "down", Lie(until=PREFIXED, then="reset")),
    "TCP hangs up in the middle": Row(truncated, FAILED, "down", Lie(until=PREFIXED, says=b"\0\x50abc")),
    "a length too long": Row(truncated, FAILED, "timeout", over_tcp(FINE, said=60000), options=SHORT),
    "a length too short": Row(truncated, FAILED, "changed", over_tcp(FINE, said=30)),
    "a length of zero": Row(truncated, FAILED, "changed", over_tcp(FINE, said=0)),
    "a length of one": Row(truncated, FAILED, "changed", over_tcp(FINE, said=1)),
    "another id over TCP": Row(truncated, FAILED, "changed", over_tcp(lambda w: [b"\0\0" + answer(w)[2:]])),
    "by the byte over TCP": Row(
        truncated, FAILED, "timeout", Lie(until=PREFIXED, says=b"\xff\xff" + b"a" * 500, every=0.02), options=SHORT
    ),
    "bytes without end over TCP": Row(truncated, FAILED, "changed", Lie(until=PREFIXED, again=b"\xff" * 65536)),
    "truncated over TCP too": Row(truncated, FAILED, "changed", over_tcp(truncated)),
    "an honest answer over TCP": Row(truncated, FOUND, "", over_tcp(FINE)),
    "4,000 addresses": Row(truncated, PARTIAL, "truncated", over_tcp(ADDRESSES)),
    "4,000 mail servers of 80 labels": Row(truncated, PARTIAL, "truncated", over_tcp(MANY_LABELS)),
    "a text of 64 KB": Row(truncated, FOUND, "", over_tcp(with_(record(TXT, LONG_TEXT)))),
    "a flood of NSEC": Row(truncated, PARTIAL, "truncated", over_tcp(DENIALS)),
    "aliases over 100 names": Row(truncated, FAILED, "changed", over_tcp(chain(100, back=False))),
}  # fmt: skip

WHOLE = {  # the DNS collector itself, with all of its questions
    "silence to every question": Row(nothing, FAILED, "timeout", None, "dns", {"patience": 0.3, "deadline": 8.0}),
    "64 KB to every question": Row(truncated, FAILED, "timeout", over_tcp(MANY_LABELS), "dns", {"deadline": 1.5}),
    "4,000 addresses to every question": Row(truncated, PARTIAL, "truncated", over_tcp(ADDRESSES), "dns"),
    "TC to every question, and no TCP": Row(
        truncated, FAILED, "timeout", Lie(until=PREFIXED, then="hold"), "dns", {"patience": 0.3, "deadline": 8.0}
    ),
    "rubbish to every question": Row(cut, FAILED, "changed", None, "dns"),
    "one alias to itself for every name": Row(chain(1, back=True), PARTIAL, "changed", None, "dns"),
}


def _everything(text: bytes) -> Answers:
    """A 64 KB text for every TXT question, an address for all others."""

    def answered(wire: bytes) -> list[bytes]:
        asked = dns.rdatatype.RdataType.make(struct.unpack("!H", question(wire)[-4:-2])[0])
        if asked != TXT:
            return [answer(wire)]
        pieces = b"".join(bytes([len(text[at : at + 255])]) + text[at : at + 255] for at in range(0, len(text), 255))
        return [answer(wire, record(TXT, pieces), answers=1)]

    return answered


HOSTILE_TEXTS = {
    "SPF macros": b"v=spf1 exists:" + b"%{i" * 20000,
    "DMARC": b"v=DMARC1; p=none; rua=" + b"mailto:a@b.test," * 3900,
    "tags": b"v=DMARC1" + b";" * 63000,
    "bytes": bytes(range(256)) * 245,
}
TEXTS = {
    f"a text of 64 KB: {what}": Row(truncated, FOUND, "", over_tcp(_everything(text)), "dns")
    for what, text in HOSTILE_TEXTS.items()
}
