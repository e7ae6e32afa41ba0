"""Lies over HTTP: what a source may send instead of an answer, each with the outcome that tells the truth about it."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from typing import Any

from tests.faults.liars import AT_ONCE, Lie

JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
FINE = b'["a.example.com"]'
OTHER = b'["b.example.com"]'
ENDLESS_BODY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
HTML = b"Content-Type: text/html\r\n"
ROW = b'{"id":1,"name_value":"a.example.com"}'
SHORT = {"patience": 0.3, "deadline": 5.0}  # for what can only end by the clock

FAILED, PARTIAL, FOUND, NOTHING = "failed", "partial", "found", "nothing"


@dataclass(frozen=True)
class Row:
    """What is told, and what must be made of it."""

    lie: Lie | tuple[Lie, ...]
    outcome: str
    reason: str = ""
    asks: str = "asks_json"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def turns(self) -> tuple[Lie, ...]:
        return self.lie if isinstance(self.lie, tuple) else (self.lie,)


def ok(body: bytes, headers: bytes = JSON, *, status: bytes = b"200 OK", length: bytes | None = None) -> bytes:
    said = str(len(body)).encode() if length is None else length
    return b"HTTP/1.1 " + status + b"\r\n" + headers + b"Content-Length: " + said + b"\r\n\r\n" + body


def raw(body: bytes, headers: bytes = JSON, **more: Any) -> Lie:
    return Lie(says=ok(body, headers, **more))


def head(*lines: bytes, status: bytes = b"200 OK", body: bytes = FINE) -> Lie:
    """An answer with these header lines and no others."""
    return Lie(says=b"\r\n".join((b"HTTP/1.1 " + status, *lines, b"", body)))


def packed(body: bytes, encoding: bytes = b"gzip") -> Lie:
    return raw(body, JSON + b"Content-Encoding: " + encoding + b"\r\n")


def bomb(megabytes: int, *, fill: bytes = b"0") -> bytes:
    """So many megabytes of one byte, gzipped: about a thousandth of it."""
    packer = zlib.compressobj(9, wbits=31)
    piece = fill * 1_000_000
    return b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()


BOMB = bomb(10) * 30
NESTED = gzip.compress(BOMB, 9)  # 300 MB in less than 64 KiB
EMPTY_MEMBER = gzip.compress(b"")

SLOW = {
    "headers by the byte for ever": Row(
        Lie(says=b"HTTP/1.1 200 OK\r\nX: " + b"a" * 4000, every=0.02), FAILED, "timeout"
    ),
    "headers by the byte, then nothing": Row(
        Lie(says=b"HTTP/1.1 200 OK\r\n", every=0.02, then="hold"), FAILED, "timeout"
    ),
    "a body by the byte for ever": Row(Lie(says=ENDLESS_BODY + b"[", again=b" ", pause=0.02), FAILED, "timeout"),
    "an answer by the byte, in time": Row(Lie(says=ok(FINE), every=0.01), FOUND, options={"patience": 15.0}),
    "a stream by the row for ever": Row(
        Lie(says=ENDLESS_BODY + b"[", again=ROW + b",", pause=0.02), FAILED, "timeout", "streams"
    ),
    "crt.sh by the row, always in time": Row(
        Lie(says=ENDLESS_BODY + b"[", again=ROW + b",", pause=0.02),
        FAILED,
        "timeout",
        "crtsh",
        {"patience": 100.0, "deadline": 3.0},
    ),
    "100 Continue for ever": Row(Lie(again=b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01), FAILED, "timeout"),
    "silence": Row(Lie(then="hold"), FAILED, "timeout"),
    "silence after the head": Row(Lie(says=ok(b"", length=b"9"), then="hold"), FAILED, "timeout"),
    "a refusal whose page never ends": Row(
        Lie(says=b"HTTP/1.1 403 Forbidden\r\n" + HTML + b"\r\n", again=b"x", pause=0.02), FAILED, "forbidden"
    ),
    "a refusal whose page never comes": Row(
        Lie(says=b"HTTP/1.1 429 No\r\nRetry-After: 3000\r\nContent-Length: 9\r\n\r\n", then="hold"),
        FAILED,
        "rate_limited",
    ),
    "a 204 that goes on": Row(Lie(says=b"HTTP/1.1 204 No Content\r\n\r\n", again=b"x", pause=0.02), FAILED, "changed"),
}

FLOODS = {
    "an endless body": Row(Lie(says=ENDLESS_BODY + b'["', again=b"a" * 65536), FAILED, "too_large"),
    "an endless text": Row(Lie(says=ENDLESS_BODY, again=b"a" * 65536), PARTIAL, "truncated", "asks_text"),
    "an endless chunk": Row(Lie(says=CHUNKED + b"ffffffffff\r\n[", again=b" " * 65536), FAILED, "too_large"),
    "endless tiny chunks": Row(Lie(says=CHUNKED, again=b"1\r\n \r\n" * 4096), FAILED, "too_large", "asks_little"),
    "an endless chunk extension": Row(Lie(says=CHUNKED + b"1;", again=b"a" * 65536), FAILED, "timeout", options=SHORT),
    "endless trailers": Row(Lie(says=CHUNKED + b"0\r\n", again=b"X-A: " + b"b" * 900 + b"\r\n"), FAILED, "down"),
    "one endless header": Row(Lie(says=b"HTTP/1.1 200 OK\r\nX: ", again=b"a" * 65536), FAILED, "changed"),
    "an endless header name": Row(Lie(says=b"HTTP/1.1 200 OK\r\n", again=b"a" * 65536), FAILED, "changed"),
    "an endless status": Row(Lie(says=b"HTTP/1.1 200 ", again=b"a" * 65536), FAILED, "changed"),
    "endless headers": Row(Lie(says=b"HTTP/1.1 200 OK\r\n", again=b"X-Y: z\r\n" * 4096), FAILED, "changed"),
    "thousands of headers": Row(head(*(b"X-%d: y" % n for n in range(5000))), FAILED, "changed"),
    "thousands of cookies": Row(head(*(b"Set-Cookie: a%d=b" % n for n in range(5000))), FAILED, "changed"),
    "a flood of 100 Continue": Row(
        Lie(again=b"HTTP/1.1 100 Continue\r\n\r\n" * 2000), FAILED, "timeout", options=SHORT
    ),
    "a flood of early hints": Row(
        Lie(again=b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" * 1000),
        FAILED,
        "timeout",
        options=SHORT,
    ),
    "a gzip bomb": Row(packed(BOMB), FAILED, "too_large"),
    "a gzip bomb as a text": Row(packed(BOMB), PARTIAL, "truncated", "asks_text"),
    "a gzip bomb in a refusal": Row(
        raw(BOMB, HTML + b"Content-Encoding: gzip\r\n", status=b"403 No"), FAILED, "forbidden"
    ),
    "a bomb in a bomb": Row(packed(NESTED, b"gzip, gzip"), FAILED, "changed"),
    "a bomb in a bomb that says one": Row(packed(NESTED), FAILED, "changed"),
    "empty gzip members without end": Row(
        Lie(says=ENDLESS_BODY.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"), again=EMPTY_MEMBER * 3000),
        FAILED,
        "changed",
    ),
    "an endless gzip name": Row(
        Lie(
            says=ENDLESS_BODY.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
            + b"\x1f\x8b\x08\x08"
            + b"\0" * 6,
            again=b"a" * 65536,
        ),
        FAILED,
        "too_large",
    ),
    "5 MB of hostile text": Row(
        raw("<!channel> \u202e\x00`*_~<@U0ADA> ".encode() * 170_000, b"Content-Type: text/plain\r\n"),
        PARTIAL,
        "truncated",
        "asks_text",
    ),
}

SHAPES = {
    "deflate that was not asked for": Row(packed(zlib.compress(FINE), b"deflate"), FOUND),
    "br": Row(packed(FINE, b"br"), FAILED, "changed"),
    "zstd": Row(packed(b"\x28\xb5\x2f\xfd" + FINE, b"zstd"), FAILED, "changed"),
    "gzip that is none": Row(packed(FINE), FAILED, "changed"),
    "gzip cut short": Row(packed(gzip.compress(FINE)[:-4]), FAILED, "changed"),
    "gzip with rubbish behind": Row(packed(gzip.compress(FINE) + b"rubbish"), FAILED, "changed"),
    "an error packed as nobody can read": Row(
        raw(b"x", HTML + b"Content-Encoding: br\r\n", status=b"500 Oh"), FAILED, "down"
    ),
    "a length too long": Row(raw(FINE, length=b"1000"), FAILED, "down"),
    "a length too short": Row(raw(FINE, length=b"5"), FAILED, "changed"),
    "a negative length": Row(raw(FINE, length=b"-5"), FAILED, "changed"),
    "a length that is no number": Row(raw(FINE, length=b"+17"), FAILED, "changed"),
    "two lengths": Row(raw(FINE, JSON + b"Content-Length: 3\r\n"), FAILED, "changed"),
    "a length and chunks": Row(
        head(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=b"11\r\n" + FINE + b"\r\n0\r\n\r\n"),
        FAILED,
        "changed",
    ),
    "an unknown transfer": Row(head(b"Transfer-Encoding: chunky"), FOUND),
    "chunks not last": Row(head(b"Transfer-Encoding: chunked, gzip"), FOUND),
    "a bad chunk size": Row(Lie(says=CHUNKED + b"xyz\r\n" + FINE), FAILED, "changed"),
    "a negative chunk": Row(Lie(says=CHUNKED + b"-5\r\n" + FINE), FAILED, "changed"),
    "a huge chunk size": Row(Lie(says=CHUNKED + b"f" * 40 + b"\r\n" + FINE), FAILED, "changed"),
    "a chunk without its end": Row(Lie(says=CHUNKED + b"11\r\n" + FINE + b"zz0\r\n\r\n"), FAILED, "changed"),
    "chunks that stop": Row(Lie(says=CHUNKED + b"11\r\n" + FINE), FAILED, "down"),
    "UTF-16 that is Latin-1": Row(
        raw(b"caf\xe9", b"Content-Type: text/plain; charset=utf-16\r\n"), FOUND, asks="asks_text"
    ),
    "UTF-7": Row(raw(b"+ADw-script+AD4-", b"Content-Type: text/plain; charset=utf-7\r\n"), FOUND, asks="asks_text"),
    "an unknown charset": Row(raw(b"abc", b"Content-Type: text/plain; charset=\xff\r\n"), FOUND, asks="asks_text"),
    "a charset that is a codec": Row(
        raw(b"abc", b"Content-Type: text/plain; charset=zip\r\n"), FOUND, asks="asks_text"
    ),
    "UTF-8 that is none": Row(raw(b'["\xff\xfe"]'), FOUND),
    "a byte order mark": Row(raw(b"\xef\xbb\xbf" + FINE), FOUND),
    "a byte order mark in a stream": Row(raw(b"\xef\xbb\xbf" + FINE), FOUND, asks="streams"),
    "JSON 100,000 deep": Row(raw(b"[" * 100_000 + b"]" * 100_000), FAILED, "changed"),
    "objects 100,000 deep": Row(raw(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), FAILED, "changed"),
    "a million keys": Row(raw(b"[{" + b",".join([b'"a":1'] * 330_000) + b"}]"), FOUND),
    "lists without number": Row(raw(b"[" + b"[]," * 690_000 + b"0]"), FAILED, "too_large"),
    "objects without number": Row(raw(b"[" + b"{}," * 690_000 + b"0]"), FAILED, "too_large"),
    "objects with a key without number": Row(raw(b"[" + b'{"":0},' * 290_000 + b"0]"), FAILED, "too_large"),
    "lists in lists without number": Row(
        raw(b"[" + (b"[" * 60 + b"]" * 60 + b",") * 17_000 + b"0]"), FAILED, "too_large"
    ),
    "texts without number": Row(raw(b"[" + b'"ab",' * 400_000 + b"0]"), FOUND),
    "a number beyond all": Row(raw(b"[1e999, -1e999, 1e-999]"), FOUND),
    "a number of 100,000 digits": Row(raw(b"[" + b"9" * 100_000 + b"]"), FAILED, "changed"),
    "a fraction of 100,000 digits": Row(raw(b"[0." + b"9" * 100_000 + b"]"), FOUND),
    "NaN": Row(raw(b"[NaN, Infinity, -Infinity]"), FOUND),
    "half a character": Row(raw(b'["\\ud800.example.com", {"\\udfff": "\\ud800"}]'), FOUND),
    "NUL": Row(raw(b'["a\\u0000.example.com"]'), FOUND),
    "NUL bytes": Row(raw(b"\0" * 1000), FAILED, "changed"),
    "JSONP": Row(raw(b"callback(" + FINE + b")"), FAILED, "changed"),
    "JSON behind a guard": Row(raw(b")]}'\n" + FINE), FAILED, "changed"),
    "a page that says it is JSON": Row(raw(b"<html>Welcome</html>"), FAILED, "changed"),
    "two answers in one": Row(raw(FINE + FINE), FAILED, "changed"),
    "a second answer behind the first": Row(Lie(says=ok(FINE) + ok(OTHER)), FOUND),
    "204 with a body": Row(raw(FINE, status=b"204 No Content"), FAILED, "changed"),
    "206 unasked": Row(raw(FINE, status=b"206 Partial Content"), FAILED, "changed"),
    "304 unasked": Row(raw(b"", status=b"304 Not Modified"), FAILED, "changed"),
    "101 unasked": Row(
        head(b"Upgrade: h2c", b"Connection: Upgrade", status=b"101 Switching Protocols"), FAILED, "down"
    ),
    "status 999": Row(raw(FINE, status=b"999 No"), FAILED, "down"),
    "status 000": Row(raw(FINE, status=b"000 No"), FAILED, "down"),
    "status 099": Row(raw(FINE, status=b"099 No"), FAILED, "down"),
    "a status of letters": Row(raw(FINE, status=b"ABC No"), FAILED, "changed"),
    "a status of four digits": Row(raw(FINE, status=b"2000 OK"), FAILED, "changed"),
    "a status and no reason": Row(raw(FINE, status=b"200"), FOUND),
    "a status beyond ASCII": Row(raw(FINE, status="200 voilà\u202e".encode()), FOUND),
    "HTTP/0.9": Row(Lie(says=FINE), FAILED, "changed"),
    "HTTP/9.9": Row(Lie(says=ok(FINE).replace(b"HTTP/1.1", b"HTTP/9.9")), FAILED, "changed"),
    "SSH": Row(Lie(says=b"SSH-2.0-OpenSSH_9.2\r\n"), FAILED, "changed"),
    "SMTP before the question": Row(
        Lie(says=b"220 mail.example ESMTP\r\n", until=AT_ONCE, then="hold"), FAILED, "changed"
    ),
    "an HTTP/2 preface": Row(Lie(says=b"\0\0\x12\x04\0\0\0\0\0" + b"\0\x03\0\0\0\x64" * 3), FAILED, "changed"),
    "HTTP/2 GOAWAY": Row(Lie(says=b"\0\0\x08\x07\0\0\0\0\0" + b"\0" * 7 + b"\x01"), FAILED, "changed"),
    "HTTP/2 RST_STREAM": Row(Lie(says=b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08", then="reset"), FAILED, "changed"),
    "a flood of HTTP/2 settings": Row(Lie(again=b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64" * 4000), FAILED, "changed"),
    "a header with a line break": Row(head(b"X-A: b\r\n c", b"Content-Length: 17"), FOUND),
    "a header with NUL": Row(head(b"X-A: b\0c", b"Content-Length: 17"), FAILED, "changed"),
    "a header without a name": Row(head(b": b", b"Content-Length: 17"), FAILED, "changed"),
    "a header beyond ASCII": Row(
        head("X-A: ü\u202e<!channel>".encode(), b"Content-Length: 17"), FOUND, asks="asks_text"
    ),
    "a reset before the question": Row(Lie(until=AT_ONCE, then="reset"), FAILED, "down"),
    "a reset after the question": Row(Lie(then="reset"), FAILED, "down"),
    "a reset in the status": Row(Lie(says=b"HTTP/1.1 2", then="reset"), FAILED, "down"),
    "a reset in the headers": Row(Lie(says=b"HTTP/1.1 200 OK\r\nX", then="reset"), FAILED, "down"),
    "a reset in the body": Row(Lie(says=ok(FINE, length=b"99"), then="reset"), FAILED, "down"),
    "a close before the question": Row(Lie(until=AT_ONCE), FAILED, "down"),
    "a close in the headers": Row(Lie(says=b"HTTP/1.1 200 OK\r\nX"), FAILED, "down"),
}

STREAMS = {
    "an endless list": Row(Lie(says=ENDLESS_BODY + b"[", again=b'{"a":"b"},' * 4000), PARTIAL, "truncated", "streams"),
    "one endless text": Row(Lie(says=ENDLESS_BODY + b'["', again=b"a" * 65536), FAILED, "too_large", "streams"),
    "one endless text beside the list": Row(
        Lie(says=ENDLESS_BODY + b'{"a":"', again=b"a" * 65536), FAILED, "too_large", "streams"
    ),
    "one endless row": Row(Lie(says=ENDLESS_BODY + b'[{"a":[', again=b"[],{}," * 8000), FAILED, "too_large", "streams"),
    "one row of 10 MB": Row(raw(b'[{"a":"' + b"x" * 10_000_000 + b'"}]'), FAILED, "too_large", "streams"),
    "a row 100,000 deep": Row(raw(b"[" + b'{"a":' * 100_000), FAILED, "changed", "streams"),
    "a list 100,000 deep": Row(raw(b"[" * 100_000), FAILED, "changed", "streams"),
    "a million tiny rows": Row(raw(b"[" + b"1," * 1_000_000 + b"1]"), PARTIAL, "truncated", "streams"),
    "a bomb of rows": Row(packed(gzip.compress(b"[" + b"[]," * 6_000_000)), PARTIAL, "truncated", "streams"),
    "a bomb of one row": Row(packed(gzip.compress(b"[[" + b"[]," * 6_000_000)), FAILED, "too_large", "streams"),
    "a stream cut in a row": Row(raw(b'[{"a":1},{"a'), FAILED, "changed", "streams"),
    "a stream cut between rows": Row(raw(b'[{"a":1},'), FAILED, "changed", "streams"),
    "a stream reset in a row": Row(Lie(says=CHUNKED + b"99\r\n[1", then="reset"), FAILED, "down", "streams"),
    "a stream whose chunks stop": Row(Lie(says=CHUNKED + b'a\r\n[{"a":"b"}\r\n'), FAILED, "down", "streams"),
    "a stream number beyond all": Row(raw(b"[1e99999999999999999999]"), FAILED, "changed", "streams"),
    "a stream number of 100,000 digits": Row(raw(b"[" + b"9" * 100_000 + b"]"), FAILED, "changed", "streams"),
    "a stream with NUL bytes": Row(raw(b'["\0"]'), FAILED, "changed", "streams"),
}


def certificates(rows: int, names: int) -> bytes:
    """As crt.sh writes them: each row with names of its own."""
    made = (
        b'{"id":%d,"name_value":"%s"}' % (row, b"\\n".join(b"%x.%x.com" % (row, name) for name in range(names)))
        for row in range(rows)
    )
    return b'[{"id":"1x","name_value":"example.com"},' + b",".join(made) + b"]"


CERTIFICATES = {
    "names without number": Row(raw(certificates(250, 1500)), PARTIAL, "truncated", "crtsh"),
    "rows without number": Row(raw(certificates(60_000, 1)), PARTIAL, "truncated", "crtsh"),
    "rows that are numbers": Row(raw(b"[" + b"1," * 40_000 + b"1]"), FAILED, "changed", "crtsh"),
    "half a character as the next page": Row(
        (
            raw(b"no", status=b"400 No"),
            raw(b'[{"id":"\\ud800","tbs_sha256":"x","dns_names":["a.example.com"]}]'),
        ),
        PARTIAL,
        "changed",
        "crtsh",
    ),
    "a megabyte as the next page": Row(
        (
            raw(b"no", status=b"400 No"),
            raw(b'[{"id":"' + b"a" * 1_000_000 + b'","tbs_sha256":"x","dns_names":["a.example.com"]}]'),
        ),
        PARTIAL,
        "changed",
        "crtsh",
    ),
    "the same page for ever": Row(
        (raw(b"no", status=b"400 No"), raw(b'[{"id":"1","tbs_sha256":"x","dns_names":["a.example.com"]}]')),
        PARTIAL,
        "changed",
        "crtsh",
    ),
}

REUSED = {
    "a second answer, unasked": Row(
        (Lie(says=ok(FINE), then="keep", more=ok(OTHER)), raw(b"[]")), NOTHING, options={"twice": True}
    ),
    "a line hung up after an answer": Row(
        (Lie(says=ok(FINE, JSON + b"Connection: keep-alive\r\n")), raw(b"[]")), NOTHING, options={"twice": True}
    ),
}

MOVES = {  # where a source sends us, `PORT` being its own port and `INSIDE` one that nobody may reach
    "to itself": (b"/", "changed"),
    "to and fro": (b"/TURN", "changed"),
    "further and further": (b"/" + b"a" * 2000, "changed"),
    "nowhere": (b"", "changed"),
    "to a name that resolves to the inside": (b"http://inside.example.com:INSIDE/", "unsafe_address"),
    "to an address of the inside": (b"http://127.0.0.1:INSIDE/", "unsafe_address"),
    "to the inside as a number": (b"http://2130706433:INSIDE/", "unsafe_address"),
    "to the metadata service": (b"http://169.254.169.254/latest/", "unsafe_address"),
    "to a mail server's port": (b"http://api.example.com:25/", "unsafe_address"),
    "to a file": (b"file:///etc/passwd", "unsafe_address"),
    "to a script": (b"javascript:alert(1)", "unsafe_address"),
    "to half an address": (b"http://[::1", "unsafe_address"),
    "to 8,100 characters": (b"/" + b"a" * 8100, "unsafe_address"),
    "to a megabyte": (b"/" + b"a" * 1_000_000, "changed"),
    "to bytes": (b"http://\xff\xfe/", "unsafe_address"),
}


def moved(location: bytes, inside: int) -> Lie:
    """Redirect each question; the answer knows the port it was asked on."""

    def made(question: bytes) -> bytes:
        turn = b"b" if question.startswith(b"GET /a") else b"a"
        said = location.replace(b"INSIDE", str(inside).encode()).replace(b"TURN", turn)
        line = b"Location: " + said + b"\r\n" if location else b""
        return b"HTTP/1.1 302 Found\r\n" + line + b"Content-Length: 0\r\n\r\n"

    return Lie(made=made)
