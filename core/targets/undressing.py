"""Takes off what Slack, word processors and careful colleagues put around a target: links, quotes, defanging.

Every rule is one pass over the text with bounded repetition, so the work grows with the length alone.
"""

from __future__ import annotations

import re

# Zero-width, bidi, fillers, variation selectors and tags: nothing a reader sees (UTR 36 2.10, UAX 9).
INVISIBLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xE0000, 0xE0FFF),
)
# Controls, line ends, odd spaces and lone surrogates separate words.
BLANK = (
    (0x00, 0x20),
    (0x7F, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xD800, 0xDFFF),
)
LETTERS: dict[int, str | None] = {
    **{code: None for first, last in INVISIBLE for code in range(first, last + 1)},
    **{code: " " for first, last in BLANK for code in range(first, last + 1)},
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width forms of ASCII
    **dict.fromkeys(map(ord, "“”„‟«»〝〞"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛‹›´"), "'"),
    **dict.fromkeys(map(ord, "。｡․"), "."),
}
UNSEEN = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in INVISIBLE) + "]")

ANSI = re.compile(r"\x1b\[[0-9;]{0,32}[A-Za-z]")
MENTION = re.compile(r"<[@#!][^<>]*>")
SLACK_LINK = re.compile(r"<([a-z][a-z0-9+.-]{0,31}:[^<>|]*)(?:\|([^<>]*))?>", re.IGNORECASE)
MARKDOWN_LINK = re.compile(r"\[([^\[\]]*)\]\((h[a-z]{2}ps?://[^\s()]*)\)", re.IGNORECASE)
ENTITY = re.compile(r"&(?:amp;)*(amp|lt|gt);")  # Slack escapes these three, and what is pasted may be escaped already
ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}

# What most tools write, ours too; done before the looser forms, so that no bracket beside it is taken along.
USUAL = re.compile(r"(?<=\S)\[([.@])\](?=\S)")
BRACKETED = re.compile(r"\s{0,2}[\[({]{1,3}\s{0,2}(\.|dot|@|at|://|//|:|/)\s{0,2}[\])}]{1,3}\s{0,2}", re.IGNORECASE)
PLAIN = {"dot": ".", "at": "@"}
HALF_BRACKETED = re.compile(r"(?<=\w)(?:\[\.|\.\]|\\\.)(?=\w)")
HXXP = re.compile(r"(?<![a-z0-9])h(?:xx|\*\*|tx|xt|__)p(s?)(?=:)", re.IGNORECASE)
HTTP_S = re.compile(r"(?<![a-z0-9])h(?:tt|xx)p[\[(]s[\])](?=:)", re.IGNORECASE)
FXP = re.compile(r"(?<![a-z0-9])fxp(s?)(?=://)", re.IGNORECASE)

WRAPPINGS = 50  # brackets around brackets that are taken off: each costs a pass over the word
ENDS = ".,;:!?'\"`…|\\ "
STARTS = ",;:!?'\"`| "
CLOSERS = {")": "(", "]": "[", "}": "{", ">": "<"}
EMPHASIS = "*_~"  # Slack's bold, italic and strike: only in pairs, since *.example.com and _dmarc begin with them


def smooth(text: str) -> str:
    """One spelling for what looks the same or cannot be seen at all: quotes, full-width letters, spaces."""
    return ANSI.sub("", text).translate(LETTERS)


def unwrap(text: str) -> str:
    """Links as the person meant them: Slack turns a typed example.com into <http://example.com|example.com>."""
    text = SLACK_LINK.sub(lambda found: _destination(found[1], found[2] or ""), text)
    text = MARKDOWN_LINK.sub(lambda found: _destination(found[2], found[1]), text)
    return ENTITY.sub(lambda found: ENTITIES[found[1]], text)


def refang(text: str) -> str:
    """Make live again what was made harmless: hxxp, [.], (dot), [at], [:]// and their like."""
    text = USUAL.sub(r"\1", text)
    text = BRACKETED.sub(lambda found: PLAIN.get(found[1].lower(), found[1]), text)
    text = HALF_BRACKETED.sub(".", text)
    text = HTTP_S.sub("https", text)
    text = HXXP.sub(lambda found: "http" + found[1].lower(), text)
    return FXP.sub(lambda found: "ftp" + found[1].lower(), text)


def undress(text: str, *, layers: int) -> str:
    """The bare text. Dressings come nested: goes on until nothing is left to take off, at most so many `layers`."""
    text = " ".join(smooth(text).split())
    for _ in range(layers):
        barer = " ".join(refang(unwrap(text)).split())
        if barer == text:
            break
        text = barer
    return text


def strip(text: str) -> str:
    """Without the punctuation, quotes, ticks and unpaired brackets that a sentence leaves at both ends."""
    for _ in range(WRAPPINGS):
        before = text
        text = _strip_end(text if text.startswith("::") else text.lstrip(STARTS))
        if text[:1] in CLOSERS.values():
            text = _strip_opening(text)
        if len(text) > 2 and text[0] == text[-1] and text[0] in EMPHASIS:
            text = text[1:-1]
        if text == before:
            break
    return text


def _strip_end(text: str) -> str:
    surplus = {closer: text.count(closer) - text.count(opener) for closer, opener in CLOSERS.items()}
    end = len(text)
    while end:
        last = text[end - 1]
        if last in CLOSERS and surplus[last] > 0:
            surplus[last] -= 1
        elif last not in ENDS or text.endswith("::", 0, end):  # 2001:db8:: ends like that
            break
        end -= 1
    return text[:end]


def _strip_opening(text: str) -> str:
    closer = next(closer for closer, opener in CLOSERS.items() if opener == text[0])
    if text.endswith(closer):
        return text[1:-1]
    return text if closer in text else text[1:]


def _destination(address: str, label: str) -> str:
    scheme, _, rest = address.partition(":")
    if scheme.lower() in ("mailto", "tel"):
        return rest.partition("?")[0]
    typed = label.strip()
    shown = {f"{http}://{typed}{end}" for http in ("http", "https") for end in ("", "/")}
    return typed if typed and address in shown else address
