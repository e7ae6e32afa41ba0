"""What the findings do not show: what could not be read, was cut off, or was left out to save the budget."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from collectors.trails.budget import Spending, listed
from collectors.trails.telling import MOST_FORMER, TYPES, Records, older_changes

if TYPE_CHECKING:
    from collectors.fetch import Fetch


def say_records(fetch: Fetch, records: Iterable[Records]) -> None:
    """What of current records and histories is missing, by type."""
    unread = 0
    for each in records:
        record = TYPES[each.rdtype][0]
        unread += each.unread
        if each.cut:
            fetch.gap("truncated", f"{each.cut:,} elements of the history of {record} records were not read.")
        if len({value for epoch in each.before for value in epoch.values}) > MOST_FORMER:
            fetch.gap("truncated", f"There are more former {record} values than the {MOST_FORMER:,} here.")
        if older := older_changes(each, fetch.now):
            fetch.remark(f"{older:,} older changes of {record} records are in the intervals alone.")
    if unread:
        fetch.gap("changed", f"{unread:,} {'record' if unread == 1 else 'records'} could not be read.")


def say_spending(fetch: Fetch, purse: Spending, about: str, refused: Collection[str]) -> None:
    """What was not asked and why, with the numbers that decided it."""
    if refused:
        fetch.gap("forbidden", f"The key's plan does not include {listed(list(refused))}.")
    if purse.too_small:
        fetch.remark(f"Not tried, because small plans do not include it: {listed(purse.too_small)}.")
    if purse.left_out:
        spent = f"{purse.asked:,} more {'was' if purse.asked == 1 else 'were'} spent on {about}"
        fetch.gap("quota", f"{purse.usage.sentence}; {spent}. Left out to save it: {listed(purse.left_out)}.")
    else:
        fetch.remark(f"{purse.usage.sentence}; {purse.asked:,} more went into this answer.")
