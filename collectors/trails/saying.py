"""What the findings do not show: what could not be read, was cut off, or was left out to save the budget."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from collectors.trails.budget import Spending, listed
from collectors.trails.telling import MOST_FORMER, TYPES, Records, older_changes
from core.language import N_
from core.language.noted import nnoted, noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch


def say_records(fetch: Fetch, records: Iterable[Records]) -> None:
    """What of current records and histories is missing, by type."""
    unread = 0
    for each in records:
        record = TYPES[each.rdtype][0]
        unread += each.unread
        if each.cut:
            cut = N_("{n:,} elements of the history of {type} records were not read.")
            fetch.gap("truncated", noted(cut, n=each.cut, type=record))
        if len({value for epoch in each.before for value in epoch.values}) > MOST_FORMER:
            more = N_("There are more former {type} values than the {n:,} here.")
            fetch.gap("truncated", noted(more, type=record, n=MOST_FORMER))
        if older := older_changes(each, fetch.now):
            alone = N_("{n:,} older changes of {type} records are in the intervals alone.")
            fetch.remark(noted(alone, n=older, type=record))
    if unread:
        fetch.gap("changed", nnoted("{n:,} record could not be read.", "{n:,} records could not be read.", unread))


def say_spending(fetch: Fetch, purse: Spending, about: str, refused: Collection[str]) -> None:
    """What was not asked and why, with the numbers that decided it."""
    if refused:
        fetch.gap("forbidden", noted("The key's plan does not include {names}.", names=listed(list(refused))))
    if purse.too_small:
        small = N_("Not tried, because small plans do not include it: {names}.")
        fetch.remark(noted(small, names=listed(purse.too_small)))
    if purse.left_out:
        spent = nnoted(
            "{n:,} more was spent on {target}.", "{n:,} more were spent on {target}.", purse.asked, target=about
        )
        saved = noted("Left out to save it: {names}.", names=listed(purse.left_out))
        fetch.gap("quota", f"{purse.usage.sentence}; {spent} {saved}")
    else:
        went = noted("{n:,} more went into this answer.", n=purse.asked)
        fetch.remark(f"{purse.usage.sentence}; {went}")
