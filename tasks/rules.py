"""Which correlation rules there are: the shipped ones and the team's own."""

from __future__ import annotations

from functools import cache

from core.correlation import Shelf, rules_for
from core.settings import load


@cache
def own_rules() -> str:
    """The folder of the team's own rules; "" when there is none."""
    return load().rules_dir


def rules() -> Shelf:
    """The shipped rules and the team's own, as they are now. Blocking."""
    return rules_for(own_rules())
