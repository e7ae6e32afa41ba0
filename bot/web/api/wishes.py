"""From the body of a request to a question, in the same terms as one typed in Slack."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from bot.front import Front
from bot.grammar import Manner, Question
from bot.web.api import shapes
from bot.web.problems import Problem
from collectors.doors.courier import check
from core.addresses import canonical, why_refused, why_refused_name
from core.callers import Caller
from core.cases import tlp_of
from core.errors import UnsafeAddress
from core.models import Kind, Priority, Scan, Target
from core.settings import Settings
from core.targets import parse
from tasks.choose import fitting_names
from tasks.permission import lacks_reason

ODD = frozenset(map(chr, (*range(0x21), 0x7F))) | {"\\"}  # never in a URL; programs disagree about them
EITHER = "Give either a target, or parent and finding."
WEB = {"http": 80, "https": 443}


def question_of(front: Front, caller: Caller, body: shapes.Wanted) -> Question:
    """The question behind a wish for one scan.

    Raises:
        NotATarget, Problem: what is wrong with it.
    """
    if body.target is None or body.parent or body.finding:
        raise Problem(422, "bad-question", "This cannot be asked", EITHER, step="A finding's target is read from it.")
    target = parse(body.target, allow=front.settings.allow_networks)
    _check_reason(front.settings, target, body.reason)
    return _question(front, caller, (target,), body)


def pivot_question(front: Front, caller: Caller, target: Target, body: shapes.Wanted, parent: Scan) -> Question:
    """The question behind a finding of an earlier scan, which holds this target.

    Raises:
        Problem: what is wrong with it.
    """
    _check_reason(front.settings, target, parent.reason or body.reason)
    return replace(_question(front, caller, (target,), body), lenient=bool(manner_of(body).names))


def list_question(front: Front, caller: Caller, body: shapes.ManyWanted, targets: tuple[Target, ...]) -> Question:
    """The question behind a list, of which these targets were read. Each gets those of the named collectors that
    take it."""
    question = _question(front, caller, targets, body)
    return replace(question, lenient=bool(question.manner.names))


def plan_question(front: Front, body: shapes.PlanWanted) -> Question:
    """The question that is only planned."""
    return Question((parse(body.target, allow=front.settings.allow_networks),), manner_of(body))


def one_of_list(front: Front, text: str, body: shapes.ManyWanted) -> Target:
    """A target of a list.

    Raises:
        NotATarget, Problem: why it is not taken.
    """
    target = parse(text, allow=front.settings.allow_networks)
    _check_reason(front.settings, target, body.reason)
    names = manner_of(body).names
    if names and not fitting_names(target.kind, front.settings, body.options).intersection(names):
        sentence = f"None of the collectors you named takes a target of kind {target.kind}."
        raise Problem(422, "bad-question", "This cannot be asked", sentence, step="GET /api/v1/collectors tells which.")
    return target


def manner_of(body: shapes.Manner) -> Manner:
    """How to ask.

    Raises:
        Problem: `type` and `collectors` say different things, or name a kind of target.
    """
    names = _listed(body.type)
    if body.collectors is not None:
        if body.type is not None and set(names) != set(body.collectors):
            sentence = "type and collectors are two names for the same, and yours differ."
            raise Problem(422, "bad-question", "This cannot be asked", sentence, step="Give one of the two.")
        names = _listed(body.collectors)
    if kinds := [name for name in names if name in tuple(Kind)]:
        sentence = f'"{kinds[0]}" is a kind of target; type names collectors.'
        step = "Leave type out to ask all that fit; the kind is read from the target. GET /api/v1/collectors lists them"
        raise Problem(422, "bad-question", "This cannot be asked", sentence, step=step)
    options = tuple(dict.fromkeys(option.lower() for option in body.options))
    tag = " ".join(word.removeprefix("#") for word in body.tag.split())
    playbook, tlp = body.playbook.strip().lower(), tlp_of(body.tlp or "")
    return Manner(
        names,
        options,
        fresh=body.fresh,
        active=body.active,
        depth=body.depth,
        playbook=playbook,
        tag=tag,
        tlp=tlp,
    )


def type_of(body: shapes.Manner) -> str | list[str]:
    """What was asked for, for the answer."""
    given = body.type if body.type is not None else body.collectors
    return "all" if given is None else given


def check_callback(front: Front, url: str) -> None:
    """That a callback may lead there, as far as its letters tell; what its name leads to is looked at when it is told.

    Raises:
        Problem: no web address, one with a password in it, one inside a network that is not touched, or a port of
            something else; or we hold no secret that it could be signed with.
    """
    settings = front.settings
    if not settings.root_secret:
        sentence = "SECRET_KEY is not set, so nobody could tell my callbacks from those of others."
        step = "Ask whoever runs me to set it, or ask without callback_url."
        raise Problem(422, "bad-callback", "This cannot be called back", sentence, step=step)
    trouble = _trouble(front, url) or _refused(settings, url)
    if trouble:
        step = "Give an http or https address that is reached from outside."
        raise Problem(422, "bad-callback", "This cannot be called back", trouble, step=step)


def needs_reason(settings: Settings, one: Scan, reason: str) -> None:
    """For a scan that is asked again.

    Raises:
        Problem: nobody said why, and somebody must: most often because it is about a person.
    """
    _check_reason(settings, one.target, reason or one.reason)


def _question(
    front: Front, caller: Caller, targets: tuple[Target, ...], body: shapes.Wanted | shapes.ManyWanted
) -> Question:
    if body.callback_url is not None:
        _needs_token(caller)
        check_callback(front, body.callback_url)
    return Question(
        targets,
        manner_of(body),
        repeat_within=0.0,  # who wants no second scan says so with an Idempotency-Key
        priority=Priority(body.priority),
        reason=body.reason.strip(),
        callback=body.callback_url or "",
        token=caller.token,
    )


def _needs_token(caller: Caller) -> None:
    """A callback is signed with the key of a token: without one nobody could tell ours from another's."""
    if not caller.token:
        step = "Send Authorization: Bearer gum_..., or look at the scan instead."
        raise Problem(422, "bad-callback", "This cannot be called back", "Callbacks are signed for tokens.", step=step)


def _check_reason(settings: Settings, target: Target, reason: str) -> None:
    if lacks_reason(settings, target, reason):
        person = f"A target of kind {target.kind} is a person, so I" if target.is_selector else "I"
        sentence = f"{person} need to know why you ask."
        raise Problem(422, "needs-reason", "Why?", sentence, step='Add "reason": it is kept with the scan and audited.')


def _listed(names: str | list[str] | None) -> tuple[str, ...]:
    given = [names] if isinstance(names, str) else names or []
    return tuple(dict.fromkeys(name.lower() for name in given))


def _refused(settings: Settings, url: str) -> str:
    """Why the door by which callbacks leave would not take it."""
    try:
        check(url, settings)
    except UnsafeAddress as refusal:
        return str(refusal)
    return ""


def _trouble(front: Front, url: str) -> str:
    if not url.isascii() or ODD.intersection(url):
        return "callback_url holds characters that no URL holds."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "callback_url is no address that can be called."
    if parts.scheme not in WEB or not host or port == 0:
        return "callback_url must begin with https:// or http:// and name a host."
    if "@" in parts.netloc:
        return "callback_url holds a user name or password; callbacks are signed instead."
    address = canonical(f"[{host}]" if ":" in host else host)
    if address is not None:
        return why_refused(address, front.settings.allow_networks) or ""
    return why_refused_name(host) or ""
