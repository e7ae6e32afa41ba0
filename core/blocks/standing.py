"""Who has which role, and whom nobody may look up: lists for those who keep them."""

from __future__ import annotations

from collections.abc import Sequence

from core.blocks.message import Message, compose
from core.blocks.parts import Line, bullets, header, lines
from core.blocks.text import aim, plain
from core.language import ntr, tr
from core.refusals import Refusal

SHOWN = 40


def roles_list(given: Sequence[tuple[str, str]], *, default: str) -> Message:
    """`given` are subjects, each with its role."""
    said = [Line(plain(role, 20), plain(subject, 40)) for subject, role in given[:SHOWN]]
    more = [Line(tr("and {n:,} more", n=len(given) - SHOWN))] if len(given) > SHOWN else []
    how = tr("/scan role U0123456 lead, or a user group (S...) or channel (C...); none takes it away.")
    rest = lines(Line(plain(default, 20), tr("Everybody else")), Line(how, tr("To change")))
    text = ntr("{n:,} role given.", "{n:,} roles given.", len(given))
    return compose(text, [header(tr("Roles")), *([bullets(*said, *more)] if said else []), rest])


def deny_list(entries: Sequence[Refusal]) -> Message:
    """Everybody who is on the list, and why."""
    said = [Line(plain(each.why, 200) or tr("no reason given"), aim(each.target, 80)) for each in entries[:SHOWN]]
    left = tr("and {n} more: python -m bot deny list", n=len(entries) - SHOWN)
    more = [Line(left)] if len(entries) > SHOWN else []
    body = bullets(*said, *more) if said else lines(Line(tr("Nobody is on it.")))
    how = tr("/scan deny add ada@example.com why; a domain covers its e-mail addresses.")
    text = ntr("{n:,} entry on the list.", "{n:,} entries on the list.", len(entries))
    return compose(text, [header(tr("Nobody looks these up")), body, lines(Line(how, tr("To add")))])
