"""How a question is written, and how one is written down again: the words that every door understands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network

from core.belongs import TO_NOTHING, Belongs
from core.cases import Tlp, tlp_of
from core.errors import BadQuestion, NotATarget
from core.language import N_, tr
from core.models import Priority, Target
from core.targets import parse, spell, split

MOST_TARGETS = 10  # per question; more would be a list for the API
REPEAT_WITHIN = 3.0  # seconds in which the same question by the same person is a repeat, not a wish
MOST_WORDS = 100  # reading thousands would take longer than Slack waits
OPTIONS = ("collectors", "with", "playbook", "fresh", "active", "plan", "tlp", "depth", "reason")
KNOWN = N_('collectors=dns,whois, with=OPTION, playbook=NAME, tlp=RED, depth=1, fresh, active and plan; reason="..."')
DEEPEST = 1
LONGEST_REASON = 400  # characters
# reason="..." anywhere, also with the quotation marks that keyboards make of these; or "because" and all that follows.
REASON = re.compile(r"""(?i)(?<!\S)[-\u2013\u2014]{0,2}reason=(?:"([^"]*)"|\u201c([^\u201d]*)\u201d|'([^']*)'|(\S+))""")
BECAUSE = re.compile(r"(?is)(?<!\S)because\s+(\S.*)$")
DASHES = "-\u2013\u2014"  # people write --plan, and some keyboards make one long dash of two
COLLECTORS, WITH, TLP = ("collectors=", "collector="), ("with=", "options=", "option="), ("tlp=", "label=")


@dataclass(frozen=True, slots=True)
class Manner:
    """How targets are to be scanned: what a question says besides them."""

    names: tuple[str, ...] = ()  # collectors; empty: all that fit
    options: tuple[str, ...] = ()  # what collectors do only when asked for by name
    fresh: bool = False
    active: bool = False  # touching the target itself is allowed
    plan: bool = False  # only say what would be done
    depth: int = 0  # 1: once it has ended, it pivots by itself
    playbook: str = ""  # its name, or "name@version"
    tag: str = ""
    tlp: Tlp | None = None  # the label that was said


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know."""

    targets: tuple[Target, ...]
    manner: Manner = Manner()
    ignored: tuple[str, ...] = ()  # sentences about words that were left out
    lenient: bool = False  # collectors that do not fit a target are left out instead of refused
    keys: tuple[str, ...] = ()  # name the delivery that asks, so that its repeat starts nothing
    repeat_within: float = REPEAT_WITHIN
    priority: Priority = Priority.INTERACTIVE
    reason: str = ""  # why, in the words of who asks
    callback: str = ""  # the URL to tell when a round has ended
    token: str = ""  # the id of the token by which it is asked over HTTP
    belongs: Belongs = TO_NOTHING


NO_CONSENT = N_("Whether the target may be touched I only take from a command in which I understand every word.")


def read(text: str, *, allow: Sequence[IPv4Network | IPv6Network] = (), keys: tuple[str, ...] = ()) -> Question:
    """Parse `<target> [target ...] [collectors=dns,whois] [with=option] [playbook=name] [fresh] [active] [plan]
    [tlp=red] [depth=1] [#tag] [reason="..."]`, with `because ...` at the end instead of `reason=` as well.

    Raises:
        NotATarget, Ambiguous: no word names a target; the first word's sentence.
        BadQuestion: an option that does not exist, or a reason that is too long.
    """
    text, reason = reason_of(text)
    words, manner = manner_of(text)
    if len(words) > MOST_WORDS:
        many = N_("That is {n} words; at most {most} targets can be asked at once.")
        raise BadQuestion(tr(many, n=len(words), most=MOST_TARGETS))
    for word in words:
        if _is_option(word.lower()):
            raise BadQuestion(_no_such_option(word.lower().partition("=")[0]))
    targets, ignored = _targets(words, allow)
    if ignored and manner.active:  # among words that mean nothing to us, "active" may not be meant for us either
        manner, ignored = replace(manner, active=False), (*ignored, tr(NO_CONSENT))
    return Question(targets, manner, ignored, keys=keys, reason=reason)


def reason_of(text: str) -> tuple[str, str]:
    """Part the reason from the other words: those words, and the reason.

    Raises:
        BadQuestion: it is too long to be kept whole.
    """
    said = [next(filter(None, found.groups()), "") for found in REASON.finditer(text)]
    rest = REASON.sub(" ", text)
    if because := BECAUSE.search(rest):
        said.append(because[1])
        rest = rest[: because.start()]
    reason = " ".join(" ".join(said).split())
    if len(reason) > LONGEST_REASON:
        long = N_("Say in at most {most} characters why you ask; that was {n}.")
        raise BadQuestion(tr(long, most=LONGEST_REASON, n=len(reason)))
    return rest, reason


def manner_of(text: str) -> tuple[list[str], Manner]:
    """Part the options that we know from the other words: those words, and how to ask."""
    words: list[str] = []
    tags: list[str] = []
    manner = Manner()
    for word in split(text):
        option = word.lower().lstrip(DASHES)
        if option.startswith(COLLECTORS):
            manner = replace(manner, names=(*manner.names, *listed(option.partition("=")[2])))
        elif option.startswith(WITH):
            manner = replace(manner, options=_once((*manner.options, *listed(option.partition("=")[2]))))
        elif option.startswith("playbook="):
            manner = replace(manner, playbook=option.partition("=")[2][:60])
        elif option.startswith(TLP):
            manner = replace(manner, tlp=_label(option.partition("=")[2]))
        elif option.startswith("depth="):
            manner = replace(manner, depth=_depth(option.partition("=")[2]))
        elif option == "fresh":
            manner = replace(manner, fresh=True)
        elif option == "active":
            manner = replace(manner, active=True)
        elif option == "plan":
            manner = replace(manner, plan=True)
        elif word.startswith("#") and len(word) > 1:
            tags.append(word[1:])
        else:
            words.append(word)
    return words, replace(manner, tag=" ".join(tags)[:100])


def spelled(manner: Manner, reason: str = "") -> str:
    """How to ask and why, written so that it is read the same again; a plan's `plan` is left out."""
    said = [f"collectors={','.join(manner.names)}"] * bool(manner.names)
    said += [f"with={','.join(manner.options)}"] * bool(manner.options)
    said += [f"playbook={manner.playbook}"] * bool(manner.playbook)
    said += ["fresh"] * manner.fresh + ["active"] * manner.active
    said += [f"tlp={manner.tlp}"] * bool(manner.tlp)
    said += [f"depth={manner.depth}"] * bool(manner.depth)
    said += [f"#{word}" for word in manner.tag.split()]
    quoted = reason.replace('"', "'")
    return " ".join(said + [f'reason="{quoted}"'] * bool(reason))


def written(question: Question) -> str:
    """A question as one would type it."""
    return " ".join([*map(spell, question.targets), spelled(question.manner, question.reason)]).strip()


def _label(word: str) -> Tlp:
    if label := tlp_of(word):
        return label
    labels = ", ".join(f"tlp={each}" for each in Tlp)
    raise BadQuestion(tr('There is no label "{word}". Write one of: {labels}.', word=word, labels=labels))


def _depth(given: str) -> int:
    if given not in ("0", "1"):
        sentence = N_("depth=1 looks up what the answer leads to; deeper than that I go only when somebody asks.")
        raise BadQuestion(tr(sentence))
    return int(given)


def listed(words: str) -> tuple[str, ...]:
    """Names that were written with commas between them."""
    return tuple(dict.fromkeys(name for name in words.lower().replace(",", " ").split()))


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _is_option(word: str) -> bool:
    name, equals, _ = word.partition("=")
    bare = name.lstrip(DASHES)
    return (bool(equals) and bare.isalpha()) or (bare != name and bare.isalpha() and len(name) - len(bare) < 3)


def _no_such_option(name: str) -> str:
    bare = name.lstrip(DASHES)
    close = difflib.get_close_matches(bare, OPTIONS, n=1)
    takes = ("collectors", "with", "playbook", "tlp", "depth", "reason")
    nearest = f"{close[0]}=" if close and close[0] in takes else "".join(close)
    hint = tr("Did you mean {word}?", word=nearest) if close else tr("I know {known}.", known=tr(KNOWN))
    none = tr('There is no option "{name}".', name=f"{bare}=" if bare == name else name)
    return f"{none} {hint}"


def _targets(
    words: Sequence[str], allow: Sequence[IPv4Network | IPv6Network]
) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    found: dict[Target, None] = {}
    trouble: list[NotATarget] = []
    for word in words:
        try:
            found[parse(word, allow=allow)] = None
        except NotATarget as error:
            trouble.append(error)
    if trouble and not found:
        raise trouble[0]
    if not found:
        raise BadQuestion(tr("Name what to look up: /scan example.com"))
    if len(found) > MOST_TARGETS:
        many = N_("That is {n} targets; at most {most} can be asked at once.")
        raise BadQuestion(tr(many, n=len(found), most=MOST_TARGETS))
    return tuple(found), tuple(tr(str(error)) for error in trouble)
