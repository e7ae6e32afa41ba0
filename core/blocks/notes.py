"""Short messages about asking: what was started, what was refused, which reading was meant, how to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slackblocks import Block

from core.blocks.changed import seen_before
from core.blocks.marking import small_marks
from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, bullets, button, context, header, lines
from core.blocks.text import aim, counted, person, plain, safe, sendable, width
from core.blocks.words import kind_word, name, names_in, verdict
from core.change import Before
from core.models import Kind, Offer, RunState, Scan, Target
from core.seal import Action, Seal
from core.targets import spell

SHOWN = 20  # lines of a list; the rest are counted
CHOICES = 10
NOT_SEEN: Mapping[str, Before] = {}
EXAMPLES = (
    ("/scan example.com", "look up a domain, address, network, AS number, URL, e-mail address or hash"),
    ("/scan example.com 192.0.2.10 #case-17", "several at once, with a tag kept beside them"),
    ("/scan example.com collectors=dns,whois fresh", "only some collectors, and no cached answers"),
    ("/scan example.com with=NAME", "something a collector does only when asked for: /scan collectors says what"),
    ("/scan example.com active", "also what touches the target itself, which its owner can see"),
    ("/scan example.com plan", "what would be asked, how long it takes and what it costs, before anybody is asked"),
    ("/scan example.com tlp=red", "with a label: who may be shown the answer, and who may be asked"),
    ("/scan example.com depth=1", "also what the answer leads to: the addresses of a domain, within limits"),
    ("/scan ada@example.com because ...", 'about people I need to know why; or add reason="..." anywhere'),
    ("/scan status", "what runs now, and what could not be delivered"),
    ("/scan cancel", "stop your running scan; when several run: /scan cancel ID"),
    ("/scan history example.com", "what was asked before, and what changed each time"),
    (
        "/scan diff example.com",
        "what changed between the last two looks; or name two scans: /scan diff example.com ID ID",
    ),
    ("/scan tree", "what came of what: your latest scan and its pivots; of another: /scan tree ID"),
    ("/scan explain 7f3a9c2x www.example.com", "how a finding of a scan came to be said, and how sure it is"),
    ("/scan export ID pdf", "what a scan found, as a file in its thread: /scan export ID lists the formats"),
    ("/watch example.com daily", "look again and again, and tell when something changed; also /scan watch"),
    ("/scan example.com playbook=NAME", "a named set of collectors: /scan playbooks lists them"),
    ("/scan digest daily", "a recap for this channel; weekly, off"),
    ("/scan quota", "what is left with each source and key, and what rests"),
    ("/scan collectors", "who is asked, and how they fare"),
    ("/scan collectors dns", "one in full: who learns what we ask, keys, limits"),
    ('/case open "Phish wave"', "keep this channel's scans together: /case help says more"),
    ("/scan deny list", "for leads: whom nobody may look up; add TARGET why, remove TARGET"),
    ("/scan forget ada@example.com", "for leads: removes all that is kept about a target"),
    ("/scan role U0123456 lead", "for admins: who may do what"),
    ("/scan help domain", "what can be looked up of one kind of target"),
)


def notice(sentence: str, *, next_step: str = "", reference: str = "", by: str = "") -> Message:
    """A refusal or hint: what is the matter, what to do now, and a reference to quote to the operator.

    `by` is the user id of whoever did what the sentence says: mentions inside a sentence are broken.
    """
    said = [Line(plain(sentence, 600))]
    said += [Line(plain(next_step, 600), "Next")] if next_step else []
    said += [Line(plain(reference, 100), "Reference")] if reference else []
    text = " ".join(
        filter(None, (safe(sentence, 380), next_step and safe(next_step, 380)))
    )  # escaped: up to five times
    return compose(
        f"{text} By {person(by)}." if by else text, [lines(*said), *([context(f"By {person(by)}")] if by else [])]
    )


def receipt(
    scans: Sequence[Scan],
    *,
    titles: Mapping[str, str],
    ignored: Sequence[str] = (),
    joined: Sequence[str] = (),
    late: str = "",
    seen: Mapping[str, Before] = NOT_SEEN,
) -> Message:
    """Seen by the asker alone: what was started, what is shared with a scan under way, what was left out.

    `late` is a sentence when its thread will lag; `seen` says of a scan's id who looked at its target before.
    """
    said = [_started(scan, titles) for scan in scans[:SHOWN]]
    if len(scans) > SHOWN:
        said.append(Line(f"and {counted(len(scans) - SHOWN, 'more target')}"))
    notes = [Line(plain(note, 400), "Note") for scan in scans[:SHOWN] for note in scan.target.notes[:5]][:SHOWN]
    blocks: list[Block] = [lines(Line("", "Started" if scans else "Nothing was started"))]
    blocks += [bullets(*said)] if said else []
    asides = [*notes, *_listed("Already being asked, so you get the same answers", joined)]
    asides += _listed("Left out, as I can't read it as a target", ignored)
    asides += [Line(plain(late, 200), "Delayed by Slack")] if late and scans else []
    blocks += [lines(*asides)] if asides else []
    blocks += [context(seen_before(scan, seen[scan.id])) for scan in scans[:SHOWN] if scan.id in seen]
    blocks += small_marks(scans)
    names = ", ".join(name(scan, 60) for scan in scans[:5]) + (f" and {len(scans) - 5} more" if len(scans) > 5 else "")
    left = f" Left out: {counted(len(ignored), 'word')}." if ignored else ""
    return compose(f"Started: {names}.{left}" if scans else f"Nothing was started.{left}", blocks)


def choose(text: str, choices: Sequence[Target], *, seal: Seal, options: str = "") -> Message:
    """One thing, several readings: a button for each. The value carries the form that names only that reading,
    and the options that were asked with it."""
    fitting = [each for each in choices if width(spell(each)) <= 1500 and spell(each).isprintable()]
    shown = fitting[:CHOICES]
    rest = len(choices) - len(shown)
    said = [Line(plain(text, 600))] + ([Line(f"and {counted(rest, 'more reading')}: type it out")] if rest else [])
    buttons = [
        button(
            plain(f"{_capital(kind_word(each.kind))}: {aim(each, 60)}", 75),
            f"choose:{number}",
            seal(Action("choose", subject=sendable(f"{spell(each)} {options}".strip()))),
        )
        for number, each in enumerate(shown)
    ]
    return compose(
        f"{safe(text, 600)} Choose one of {counted(len(choices), 'reading')}.", [lines(*said), *actions(*buttons)]
    )


def usage(offers: Sequence[Offer]) -> Message:
    """How to ask."""
    said = [Line(what, example) for example, what in EXAMPLES]
    kinds = ", ".join(kind_word(each) for each in Kind if any(each in offer.accepts for offer in offers)) or "none yet"
    more = lines(Line(kinds, "Kinds of target"), Line("In a thread, mention me with the target instead.", "Threads"))
    return compose("How to use /scan: write /scan and a target.", [header("How to ask"), bullets(*said), more])


def cannot_post(scan: Scan, reason_sentence: str, *, seal: Seal) -> Message:
    """To the asker in private, when the thread can't be written: nothing is lost, and how to get it there."""
    value = seal(Action("post_again", scan.id, scan.round))
    said = [
        Line(f"I could not post the scan of {aim(scan.target)}.", bold=True),
        Line(plain(reason_sentence, 600), "Why"),
        Line("The answers are kept. Put it right, then press Post Again; or scan in another channel."),
    ]
    label = f"Post Again: the scan of {aim(scan.target)}"
    again = button("Post Again", "post_again", value, style="primary", label=label)
    text = f"I could not post this scan. {safe(reason_sentence, 600)} {verdict(scan, {})}"
    where = f"In <#{scan.place.channel}>" if scan.place.channel.isalnum() and scan.place.channel[:1] in "CG" else ""
    return compose(text, [lines(*said), *([context(where)] if where else []), *actions(again)])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _started(scan: Scan, titles: Mapping[str, str]) -> Line:
    waiting = [run for run in scan.runs if run.state is not RunState.CLOSED]
    who = [titles.get(run.collector, run.collector) for run in waiting]
    shown = ", ".join(plain(each, 60, spare=names_in(each)) for each in who[:6])
    more = f" and {len(who) - 6} more" if len(who) > 6 else ""
    asked = f"asking {shown}{more}" if who else "no collector can be asked now"
    skipped = len(scan.runs) - len(waiting)
    return Line(asked + (f"; {skipped} skipped" if skipped else ""), aim(scan.target))


def _listed(label: str, words: Sequence[str]) -> list[Line]:
    if not words:
        return []
    more = f" and {len(words) - SHOWN:,} more" if len(words) > SHOWN else ""
    return [Line(", ".join(plain(word, 80) for word in words[:SHOWN]) + more, label)]
