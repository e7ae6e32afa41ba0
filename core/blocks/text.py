"""Makes text from outside harmless and short enough, and says in numbers what was left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import islice

from core.language import N_, ntr, tr
from core.models import Target
from core.recorded import REMOVED
from core.targets import defang, display

ELLIPSIS = "…"
EMPTY = N_("(empty)")
MONTHS = (
    *(N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun")),
    *(N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")),
)
NAME = 60  # characters of one word: more fill a phone's screen

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?", re.DOTALL)
# Letters and symbols that show as nothing: Hangul fillers, the blank Braille cell, the combining joiner.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARKS = frozenset({"Mn", "Me"})
_WEB_NAME = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://\S{1,200})|(?:[\w.+-]{1,64}@)?\b\w[\w-]{0,62}(?:\.\w[\w-]{0,62})+",
    re.IGNORECASE,
)
_MENTION = re.compile(r"<(?=[!@#])")
_PERSON = re.compile(r"[UW][A-Z0-9]{1,20}")
# An underscore that would open italics, a colon that would open an emoji: neither stands so in names, records or times.
_ITALIC = re.compile(r"(?<!\w)_(?=[^\s_](?:[^_\n]*[^\s_])?_(?!\w))")
_EMOJI = re.compile(r"(?<![\w:]):(?=[a-z][a-z0-9_+'-]*:(?![\w:]))", re.IGNORECASE)
_MRKDWN = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "\u02cb", "*": "\u2217", "~": "\u223c"})


def width(text: str) -> int:
    """Length in UTF-16 units, the larger of the two ways Slack may count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """The first so many UTF-16 units, no character in half."""
    return text if width(text) <= most else text.encode("utf-16-le", "ignore")[: 2 * most].decode("utf-16-le", "ignore")


def plain(text: str, most: int = 300, *, spare: Iterable[str] = ()) -> str:
    """One harmless line for places that parse no markup: plain_text, rich_text, raw_text.

    Escape sequences, control, bidirectional and invisible characters are gone, names and addresses
    are defanged (but for the words in `spare`), and `<!`, `<@`, `<#` are broken so that even a
    pasted copy mentions nobody. Never empty; at most `most` UTF-16 units.
    """
    shown = _clean(text[: most * 4 + 1000])
    kept = frozenset(spare)
    shown = _WEB_NAME.sub(lambda match: _defang(match[0], kept), shown)
    shown = _MENTION.sub("\u2039", shown) or tr(EMPTY)
    return _cut(shown, most, total=len(text))


def safe(text: str, most: int = 300, *, spare: Iterable[str] = ()) -> str:
    """The same for mrkdwn: `&`, `<`, `>` escaped, and no character left that formats.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return escaped(plain(text, most, spare=spare))


def escaped(clean: str) -> str:
    """Text that `plain` has cleaned already, made inert for mrkdwn."""
    return _EMOJI.sub("\u2236", _ITALIC.sub("\u02cd", clean)).translate(_MRKDWN)


def sendable(text: str) -> str:
    """The text without half characters: JSON can carry them to us, Slack takes none back."""
    return text.encode("utf-8", "ignore").decode()


def aim(target: Target, most: int = 150) -> str:
    """A target as people read it: defanged, harmless, short."""
    return plain(display(target), most)


def person(user: str) -> str:
    """A mention in mrkdwn when this is a Slack user id, else the name as text."""
    if _PERSON.fullmatch(user):
        return f"<@{user}>"
    return safe(tr(REMOVED) if user == REMOVED else user or tr("somebody"), 80)


def people(users: Sequence[str]) -> str:
    """Several of them in mrkdwn; nobody, when there are none."""
    shown = ", ".join(person(each) for each in users[:20]) or tr("nobody")
    return and_more(shown, len(users) - 20)


def moment(when: datetime) -> str:
    """A time in mrkdwn that Slack shows in the reader's own zone."""
    stamp = when.astimezone(UTC)
    shown = tr("{day} at {time}", day="{date_short_pretty}", time="{time}")  # Slack's own words for these
    return f"<!date^{int(stamp.timestamp())}^{shown}|{stamp:%Y-%m-%d %H:%M} UTC>"


def month(when: date) -> str:
    """`Nov`."""
    return tr(MONTHS[when.month - 1])


def counted(number: int, thing: str, things: str = "") -> str:
    """`1 finding`, `58 findings`, `1,204 findings`: English only, for what has not moved to `core.language.ntr`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, end = list(words) or [tr("none")]
    return tr("{first} and {last}", first=", ".join(first), last=end) if first else end


def and_more(shown: str, rest: int) -> str:
    """`a, b and 32 more`; what is shown alone when nothing is left."""
    return tr("{shown} and {n:,} more", shown=shown, n=rest) if rest > 0 else shown


class Clip:
    """Cuts what is too long and remembers that it did, so that the whole can be attached."""

    def __init__(self) -> None:
        self.cut = False

    def text(self, text: str, most: int = 120, *, spare: Iterable[str] = ()) -> str:
        """`plain`, remembered when it had to shorten."""
        shown = plain(text, most, spare=spare)
        self.cut = self.cut or ELLIPSIS in shown
        return shown

    def name(self, text: str, most: int = NAME) -> str:
        """`plain` with the middle left out: of a long name, both ends tell it apart from others."""
        shown = plain(text, 1000)
        if len(shown) <= most:
            return shown
        self.cut = True
        return f"{shown[: most // 2]}{ELLIPSIS}{shown[-(most // 2 - 1) :]}"

    def cell(self, text: str, most: int) -> str:
        """A table cell: a name, or words."""
        return self.text(text, most) if " " in text.strip() else self.name(text)

    def some(self, words: Iterable[str], most: int = 8, each: int = 80) -> str:
        """`a, b, c and 32 more`."""
        known = list(dict.fromkeys(words))
        shown = [self.cell(word, each) for word in islice(known, most)]
        if len(known) > most:
            self.cut = True
            return and_more(", ".join(shown), len(known) - most)
        return ", ".join(shown) or tr("none")


def _clean(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for letter in _ANSI.sub("", text):
        if " " <= letter <= "~":
            marks = 0
            kept.append(letter)
            continue
        category = unicodedata.category(letter)
        marks = marks + 1 if category in _MARKS else 0
        if letter in "\n\r\t\v\f\x85" or category[0] == "Z":
            kept.append(" ")
        elif category not in _HIDDEN and letter not in _INVISIBLE and marks <= 2:
            kept.append(letter)
    return " ".join("".join(kept).split())


def _defang(word: str, spare: frozenset[str]) -> str:
    """Numbers ("0.4"), versions and abbreviations ("e.g") stay readable; names and addresses don't stay live."""
    last = word.rpartition(".")[2]
    address = word.count(".") == 3 and word.replace(".", "").isdigit()
    name = len(last) > 1 and not last.isdigit()
    return defang(word) if "://" in word or ((address or name) and word.lower() not in spare) else word


def _cut(text: str, most: int, *, total: int) -> str:
    if width(text) <= most and total <= most * 4 + 1000:
        return text
    note = ELLIPSIS + ntr(" ({n:,} character)", " ({n:,} characters)", total)
    room = most - len(note)
    while width(text[:room]) > most - len(note):
        room -= width(text[:room]) - (most - len(note))
    return text[: max(room, 0)].rstrip() + note
