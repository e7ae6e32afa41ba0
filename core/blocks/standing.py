"""Who has which role, and whom nobody may look up: lists for those who keep them."""

from __future__ import annotations

from collections.abc import Sequence

from core.blocks.message import Message, compose
from core.blocks.parts import Line, bullets, header, lines
from core.blocks.text import aim, counted, plain
from core.refusals import Refusal

SHOWN = 40


def roles_list(given: Sequence[tuple[str, str]], *, default: str) -> Message:
    """`given` are subjects, each with its role."""
    said = [Line(plain(role, 20), plain(subject, 40)) for subject, role in given[:SHOWN]]
    more = [Line(f"and {len(given) - SHOWN} more")] if len(given) > SHOWN else []
    rest = lines(
        Line(plain(default, 20), "Everybody else"),
        Line("/scan role U0123456 lead, or a user group (S...) or channel (C...); none takes it away.", "To change"),
    )
    return compose(
        f"{counted(len(given), 'role')} given.", [header("Roles"), *([bullets(*said, *more)] if said else []), rest]
    )


def deny_list(entries: Sequence[Refusal]) -> Message:
    """Everybody who is on the list, and why."""
    said = [Line(plain(each.why, 200) or "no reason given", aim(each.target, 80)) for each in entries[:SHOWN]]
    more = [Line(f"and {len(entries) - SHOWN} more: python -m bot deny list")] if len(entries) > SHOWN else []
    body = bullets(*said, *more) if said else lines(Line("Nobody is on it."))
    add = lines(Line("/scan deny add ada@example.com why; a domain covers its e-mail addresses.", "To add"))
    return compose(
        f"{counted(len(entries), 'entry', 'entries')} on the list.", [header("Nobody looks these up"), body, add]
    )
