"""Short messages about asking: what was started, what was refused, which reading was meant, how to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slackblocks import Block

from core.blocks.changed import seen_before
from core.blocks.marking import small_marks
from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, bullets, button, context, header, lines
from core.blocks.text import aim, and_more, person, plain, safe, sendable, width
from core.blocks.words import kind_word, name, names_in, verdict
from core.change import Before
from core.language import N_, NN_, ntr, tr
from core.models import Kind, Offer, RunState, Scan, Target
from core.seal import Action, Seal
from core.targets import spell

SHOWN = 20  # lines of a list; the rest are counted
CHOICES = 10
NOT_SEEN: Mapping[str, Before] = {}
EXAMPLES = {
    "/scan example.com": N_("look up a domain, address, network, AS number, URL, e-mail address or hash"),
    "/scan example.com 192.0.2.10 #case-17": N_("several at once, with a tag kept beside them"),
    "/scan example.com collectors=dns,whois fresh": N_("only some collectors, and no cached answers"),
    "/scan example.com with=NAME": N_("something a collector does only when asked for: /scan collectors says what"),
    "/scan example.com active": N_("also what touches the target itself, which its owner can see"),
    "/scan example.com plan": N_("what would be asked, how long it takes and what it costs, before anybody is asked"),
    "/scan example.com tlp=red": N_("with a label: who may be shown the answer, and who may be asked"),
    "/scan example.com depth=1": N_("also what the answer leads to: the addresses of a domain, within limits"),
    "/scan ada@example.com because ...": N_('about people I need to know why; or add reason="..." anywhere'),
    "/scan status": N_("what runs now, and what could not be delivered"),
    "/scan cancel": N_("stop your running scan; when several run: /scan cancel ID"),
    "/scan history example.com": N_("what was asked before, and what changed each time"),
    "/scan diff example.com": N_(
        "what changed between the last two looks; or name two scans: /scan diff example.com ID ID"
    ),
    "/scan tree": N_("what came of what: your latest scan and its pivots; of another: /scan tree ID"),
    "/scan explain 7f3a9c2x www.example.com": N_("how a finding of a scan came to be said, and how sure it is"),
    "/scan export ID pdf": N_("what a scan found, as a file in its thread: /scan export ID lists the formats"),
    "/watch example.com daily": N_("look again and again, and tell when something changed; also /scan watch"),
    "/scan example.com playbook=NAME": N_("a named set of collectors: /scan playbooks lists them"),
    "/scan digest daily": N_("a recap for this channel; weekly, off"),
    "/scan quota": N_("what is left with each source and key, and what rests"),
    "/scan collectors": N_("who is asked, and how they fare"),
    "/scan collectors dns": N_("one in full: who learns what we ask, keys, limits"),
    '/case open "Phish wave"': N_("keep this channel's scans together: /case help says more"),
    "/scan deny list": N_("for leads: whom nobody may look up; add TARGET why, remove TARGET"),
    "/scan forget ada@example.com": N_("for leads: removes all that is kept about a target"),
    "/scan role U0123456 lead": N_("for admins: who may do what"),
    "/scan help domain": N_("what can be looked up of one kind of target"),
}


def notice(sentence: str, *, next_step: str = "", reference: str = "", by: str = "") -> Message:
    """A refusal or hint: what is the matter, what to do now, and a reference to quote to the operator.

    `by` is the user id of whoever did what the sentence says: mentions inside a sentence are broken.
    """
    said = [Line(plain(sentence, 600))]
    said += [Line(plain(next_step, 600), tr("Next"))] if next_step else []
    said += [Line(plain(reference, 100), tr("Reference"))] if reference else []
    text = " ".join(
        filter(None, (safe(sentence, 380), next_step and safe(next_step, 380)))
    )  # escaped: up to five times
    if not by:
        return compose(text, [lines(*said)])
    who = person(by)
    return compose(
        tr("{text} By {person}.", text=text, person=who), [lines(*said), context(tr("By {person}", person=who))]
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
        said.append(Line(ntr("and {n:,} more target", "and {n:,} more targets", len(scans) - SHOWN)))
    notes = [Line(plain(note, 400), tr("Note")) for scan in scans[:SHOWN] for note in scan.target.notes[:5]][:SHOWN]
    blocks: list[Block] = [lines(Line("", tr("Started") if scans else tr("Nothing was started")))]
    blocks += [bullets(*said)] if said else []
    asides = [*notes, *_listed(tr("Already being asked, so you get the same answers"), joined)]
    asides += _listed(tr("Left out, as I can't read it as a target"), ignored)
    asides += [Line(plain(late, 200), tr("Delayed by Slack"))] if late and scans else []
    blocks += [lines(*asides)] if asides else []
    blocks += [context(seen_before(scan, seen[scan.id])) for scan in scans[:SHOWN] if scan.id in seen]
    blocks += small_marks(scans)
    names = and_more(", ".join(name(scan, 60) for scan in scans[:5]), len(scans) - 5)
    told = [tr("Started: {names}.", names=names) if scans else tr("Nothing was started.")]
    told += [ntr("Left out: {n:,} word.", "Left out: {n:,} words.", len(ignored))] if ignored else []
    return compose(" ".join(told), blocks)


def choose(text: str, choices: Sequence[Target], *, seal: Seal, options: str = "") -> Message:
    """One thing, several readings: a button for each. The value carries the form that names only that reading,
    and the options that were asked with it."""
    fitting = [each for each in choices if width(spell(each)) <= 1500 and spell(each).isprintable()]
    shown = fitting[:CHOICES]
    rest = len(choices) - len(shown)
    more = NN_("and {n:,} more reading: type it out", "and {n:,} more readings: type it out")
    said = [Line(plain(text, 600))] + ([Line(ntr(*more, rest))] if rest else [])
    buttons = [
        button(
            plain(f"{_capital(kind_word(each.kind))}: {aim(each, 60)}", 75),
            f"choose:{number}",
            seal(Action("choose", subject=sendable(f"{spell(each)} {options}".strip()))),
        )
        for number, each in enumerate(shown)
    ]
    ask = NN_("{text} Choose one of {n:,} reading.", "{text} Choose one of {n:,} readings.")
    return compose(ntr(*ask, len(choices), text=safe(text, 600)), [lines(*said), *actions(*buttons)])


def usage(offers: Sequence[Offer]) -> Message:
    """How to ask."""
    said = [Line(tr(what), example) for example, what in EXAMPLES.items()]
    taken = [each for each in Kind if any(each in offer.accepts for offer in offers)]
    kinds = ", ".join(map(kind_word, taken)) or tr("none yet")
    threads = Line(tr("In a thread, mention me with the target instead."), tr("Threads"))
    more = lines(Line(kinds, tr("Kinds of target")), threads)
    text = tr("How to use /scan: write /scan and a target.")
    return compose(text, [header(tr("How to ask")), bullets(*said), more])


def cannot_post(scan: Scan, reason_sentence: str, *, seal: Seal) -> Message:
    """To the asker in private, when the thread can't be written: nothing is lost, and how to get it there."""
    value = seal(Action("post_again", scan.id, scan.round))
    said = [
        Line(tr("I could not post the scan of {target}.", target=aim(scan.target)), bold=True),
        Line(plain(reason_sentence, 600), tr("Why")),
        Line(tr("The answers are kept. Put it right, then press Post Again; or scan in another channel.")),
    ]
    label = tr("Post Again: the scan of {target}", target=aim(scan.target))
    again = button(tr("Post Again"), "post_again", value, style="primary", label=label)
    told = {"why": safe(reason_sentence, 600), "verdict": verdict(scan, {})}
    text = tr("I could not post this scan. {why} {verdict}", **told)
    known = scan.place.channel.isalnum() and scan.place.channel[:1] in "CG"
    where = [context(tr("In {channel}", channel=f"<#{scan.place.channel}>"))] if known else []
    return compose(text, [lines(*said), *where, *actions(again)])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _started(scan: Scan, titles: Mapping[str, str]) -> Line:
    waiting = [run for run in scan.runs if run.state is not RunState.CLOSED]
    who = [titles.get(run.collector, run.collector) for run in waiting]
    names = and_more(", ".join(plain(each, 60, spare=names_in(each)) for each in who[:6]), len(who) - 6)
    asked = tr("asking {names}", names=names) if who else tr("no collector can be asked now")
    skipped = len(scan.runs) - len(waiting)
    return Line(tr("{asked}; {n} skipped", asked=asked, n=skipped) if skipped else asked, aim(scan.target))


def _listed(label: str, words: Sequence[str]) -> list[Line]:
    if not words:
        return []
    shown = ", ".join(plain(word, 80) for word in words[:SHOWN])
    return [Line(and_more(shown, len(words) - SHOWN), label)]
