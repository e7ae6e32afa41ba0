"""The words of /case: titles in quotes, names with values, people; read strictly, for what is misread is kept."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from core.cases import Tlp, tlp_of
from core.errors import BadQuestion
from core.language import N_, tr

QUOTES = str.maketrans("“”„«»", '"""""')
WORD = re.compile(r'([A-Za-z]+)=(?:"([^"]*)"|(\S+))|"([^"]*)"|(\S+)')
PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
LINK = re.compile(r"<((?:https?|mailto):[^<>|]*)(?:\|([^<>]*))?>")
KEPT = re.compile(r"(\d{1,4})\s*(d|days?|w|weeks?)?", re.IGNORECASE)
NAMES = ("purpose", "tlp", "until", "keep")
REASON = re.compile(r'(?:(?:reason=)"(?P<quoted>[^"]*)"|(?:because )?(?P<bare>.*))', re.IGNORECASE)
MOST_DAYS = 3650
REASONS = 400  # characters
TITLE, PURPOSE = 120, 1000  # characters
NOWHERE = N_("A case is bound to a channel or thread, so type this in one.")
NONE_HERE = N_('There is no case here. Open one: /case open "Phish wave"')
NEEDS_TITLE = N_('A case needs a title. Open one: /case open "Phish wave"')
NEEDS_PURPOSE = N_(
    'A case needs a purpose. Write it so: case open "Phish wave" purpose="who is behind the wave of 3 May"'
)
MEMBERS_ONLY = N_("Only members of this case may do that. Ask one of them: /case members")
HIDDEN = N_("The case here is TLP:RED: only its members may look at it.")


@dataclass(frozen=True, slots=True)
class CaseWords:
    """What `open` was told."""

    title: str = ""
    purpose: str = ""
    tlp: Tlp | None = None
    until: datetime | None = None
    keep_days: int = 0
    forgets: bool = False


def case_words(text: str) -> CaseWords:
    """Read `"Phish wave" [tlp=amber] [until=2027-01-31] [keep=90d] [forget] [purpose="..."]`.

    Raises:
        BadQuestion: a value is none, or a name is unknown; with the next step.
    """
    title: list[str] = []
    named: dict[str, str] = {}
    forgets = False
    for name, quoted, bare, whole, word in WORD.findall(text.translate(QUOTES)):
        if name:
            if name.lower() not in NAMES:
                known = ", ".join(f"{each}=" for each in NAMES)
                raise BadQuestion(tr('I do not know "{name}=". I know: {known} and forget.', name=name, known=known))
            named[name.lower()] = quoted or bare
        elif word.lower() in ("forget", "forgets"):
            forgets = True
        else:
            title.append(whole or word)
    said = " ".join(" ".join(title).split())
    purpose = " ".join(named.get("purpose", "").split())
    _check_length(said, purpose)
    return CaseWords(
        said,
        purpose,
        _label(named["tlp"]) if "tlp" in named else None,
        until_of(named["until"]) if "until" in named else None,
        _days(named["keep"]) if "keep" in named else 0,
        forgets,
    )


def label_words(text: str) -> tuple[Tlp, str]:
    """Read `amber`, `green because it is public now` or `green reason="it is public now"`.

    Raises:
        BadQuestion: there is no such label.
    """
    word, _, rest = text.translate(QUOTES).strip().partition(" ")
    label = _label(word.removeprefix("tlp="))
    found = REASON.fullmatch(" ".join(rest.split()))
    reason = (found["quoted"] if found["quoted"] is not None else found["bare"]) if found else ""
    return label, reason.strip()[:REASONS]


def until_of(word: str) -> datetime | None:
    """The beginning of a day, in UTC.

    Raises:
        BadQuestion: it is no date.
    """
    try:
        day = date.fromisoformat(word)
    except ValueError:
        raise BadQuestion(tr('"{word}" is no date. Write it so: until=2027-01-31', word=word)) from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def people_in(text: str) -> list[str]:
    """The ids of those who are mentioned.

    Raises:
        BadQuestion: somebody is named whom I cannot tell by that.
    """
    found = list(dict.fromkeys(PERSON.findall(text)))
    if not found and "@" in text:
        raise BadQuestion(tr("I could not tell who that is. Type @ and choose the person from Slack's list."))
    return found


def spoken(text: str) -> str:
    """What Slack makes of mentions and links, as it was typed."""
    text = PERSON.sub(lambda found: f"@{found[1]}", text)
    text = LINK.sub(lambda found: found[1] if "://" in found[1] else found[2] or found[1], text)
    return html.unescape(text)


def _label(word: str) -> Tlp:
    if label := tlp_of(word):
        return label
    labels = ", ".join(f"tlp={each}" for each in Tlp)
    raise BadQuestion(tr('There is no label "{word}". Write one of: {labels}.', word=word, labels=labels))


def _days(word: str) -> int:
    found = KEPT.fullmatch(word)
    days = int(found[1]) * (7 if (found[2] or "d").lower().startswith("w") else 1) if found else 0
    if not 1 <= days <= MOST_DAYS:
        none = N_('"{word}" is no time to keep a case for. Write it so: keep=90d (at most {most} days).')
        raise BadQuestion(tr(none, word=word, most=MOST_DAYS))
    return days


def _check_length(title: str, purpose: str) -> None:
    if len(title) > TITLE:
        long = N_("A title has at most {most} characters; yours has {n}.")
        raise BadQuestion(tr(long, most=TITLE, n=len(title)))
    if len(purpose) > PURPOSE:
        long = N_("A purpose has at most {most} characters; yours has {n}.")
        raise BadQuestion(tr(long, most=PURPOSE, n=len(purpose)))
