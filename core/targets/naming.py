"""Whether a text names a target, in any spelling that is read as one: for what must be found to be forgotten.

A person is found as a word of its own, whatever its case: "al" is not in "example". Of a domain or a machine's address
those alone count that are not part of another name: neither www.example.com nor ada@example.com names example.com.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_network

from core.models import Kind, Target
from core.targets.extraction import LAYERS, extract
from core.targets.showing import display
from core.targets.spelling import spell
from core.targets.undressing import undress

BETWEEN = r"[\s()./-]*"  # the digits of a phone number, as people type it
ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))  # here nobody is asked: each address may be read
_OTHERWISE = frozenset({Kind.IP, Kind.CIDR, Kind.ASN, Kind.URL, Kind.PHONE})  # may be written in other letters


def forms_of(target: Target) -> set[str]:
    """How it is written: as it is kept, as it is typed, as it is shown."""
    return {target.value, spell(target), display(target)}


def pattern_of(target: Target) -> re.Pattern[str]:
    """One of these as a word of its own; a phone number also as it was typed, with blanks, dashes and brackets."""
    before = r"(?<![\w.+-])" if target.is_selector else r"(?<![\w.+@-])"
    spelt = [rf"{before}{re.escape(form)}(?![\w-]|\.\w)" for form in sorted(forms_of(target))]
    if target.kind is Kind.PHONE:
        digits = re.sub(r"\D", "", target.value)
        spelt.append(rf"(?<!\d){BETWEEN.join(digits)}(?!\d)")
    return re.compile("|".join(spelt), re.IGNORECASE)


def naming(target: Target) -> Callable[[str], bool]:
    """Whether a text names it, also defanged or linked."""
    words = pattern_of(target)
    is_read = target.kind in _OTHERWISE or (target.kind in (Kind.DOMAIN, Kind.EMAIL) and "xn--" in target.value)

    def names(text: str) -> bool:
        if not text:
            return False
        if words.search(text) or words.search(undress(text, layers=LAYERS)):
            return True
        return is_read and target in extract(text, allow=ANYWHERE)

    return names
