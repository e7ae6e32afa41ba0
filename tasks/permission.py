"""What must be true before anybody is asked about a target, the same for every door: there is a reason, the target is
not on the list of those whom nobody may look up, and where it is so set, a second person said yes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core import unasked
from core.errors import NeedsApproval, NeedsReason, NotAllowed
from core.language import tr
from core.metrics import count
from core.models import Scan, Target
from core.settings import Settings
from core.store import Choice, Store
from core.targets import display
from tasks.wish import Wish

ON_THE_LIST = "deny list"  # the rule, in the audit
TERMINAL = "terminal"  # who may type there may do all; there is no second person


def lacks_reason(settings: Settings, target: Target, reason: str) -> bool:
    """Whether somebody must say first why they ask about this."""
    wanted = settings.reasons == "all" or (settings.reasons == "persons" and target.is_selector)
    return wanted and not reason.strip()


def permitted(store: Store, settings: Settings, wish: Wish) -> Wish:
    """The wish, with the reason of the scan that it was pivoted from when it has none of its own. Blocking.

    Raises:
        NeedsReason, NotAllowed, StoreDown.
    """
    wish = _with_inherited(store, wish)
    check_reason(settings, wish.targets, wish.reason)
    check_list(store, wish.targets, wish)
    return wish


def check_reason(settings: Settings, targets: Iterable[Target], reason: str) -> None:
    """Raises NeedsReason: nobody said why."""
    lacking = next((target for target in targets if lacks_reason(settings, target, reason)), None)
    if lacking is not None:
        why = unasked.REASON_FOR_PERSON if lacking.is_selector else unasked.REASON
        raise NeedsReason(tr(why, target=display(lacking)))


def check_list(store: Store, targets: Iterable[Target], wish: Wish, *, verb: str = "scan") -> None:
    """Raises NotAllowed: somebody is on the list; it is written down."""
    listed = store.refusals.first_covered(wish.place.team, targets)
    if listed is None:
        return
    count("gumshoe_refusals_total", rule=ON_THE_LIST)
    store.audit.write(
        user=wish.asker.user,
        place=wish.place,
        door=wish.door,
        verb=verb,
        subject=f"{listed.kind} {listed.value}",
        decision="refused",
        rule=ON_THE_LIST,
        reason=wish.reason,
    )
    raise NotAllowed(tr(unasked.LISTED, target=display(listed)), rule=ON_THE_LIST)


def check_approval(settings: Settings, wish: Wish, choices: Iterable[tuple[Target, Iterable[Choice]]]) -> None:
    """Raises NeedsApproval: a second person must say yes first."""
    if settings.approvals == "none" or wish.approval or wish.door == TERMINAL:
        return
    touched = [target for target, chosen in choices if any(each.touches and not each.reason for each in chosen)]
    persons = [target for target in wish.targets if target.is_selector]
    if persons and settings.approvals in ("persons", "both"):
        sentence = tr(unasked.APPROVAL_FOR_PERSON, target=display(persons[0]))
        raise NeedsApproval(sentence, touches=bool(touched))
    if touched and settings.approvals in ("active", "both"):
        sentence = tr(unasked.APPROVAL, target=display(touched[0]))
        raise NeedsApproval(sentence, touches=True)


def wish_again(scan: Scan, *, by: str, door: str, reason: str, approval: str) -> Wish:
    """A scan that is asked again, in the terms of one that is asked for the first time."""
    again = Wish((scan.target,), replace(scan.asker, user=by), scan.place, door)
    return replace(again, reason=reason or scan.reason, approval=approval)


def _with_inherited(store: Store, wish: Wish) -> Wish:
    if wish.reason or not wish.belongs.parent:
        return wish
    try:
        return replace(wish, reason=store.scans.get(wish.belongs.parent).reason)
    except KeyError:
        return wish
