"""What a trace may call a host that was asked: never by what only the target knows."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.doors.pacing import covers
from core.targets.suffixes import registrable

TARGET = "target"
OTHER = "other"


def told(host: str, declared: Sequence[str], about: str) -> str:
    """A host as a collector declares it. One that declares "*" asks services by the name they registered, which
    leaves out whose page it is (ada.example.com is example.com), and perhaps the target itself, which is not named.
    """
    pattern = next((each for each in declared if covers(each, host)), OTHER)
    if pattern != "*":
        return pattern
    service = registrable(host)
    if service is None:  # an address, or a name of no registry
        return TARGET if host in about else OTHER
    return TARGET if service in about.lower() else service
