"""Where a registry ends and a registration begins, from the Public Suffix List (publicsuffix.org)."""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList

EXAMPLES = frozenset({"test", "example"})  # reserved for examples (RFC 6761); registries of our own stand-ins
OFTEN_MISTYPED = ("com", "net", "org", "info", "edu", "gov")


def suffix_of(domain: str, *, private: bool = False) -> str | None:
    """The public suffix of an A-label domain (co.uk), None if no registry is known for it.

    With `private`, suffixes that companies let out count as well (github.io).
    """
    last = domain.rpartition(".")[2]
    return last if last in EXAMPLES else _suffixes(private).publicsuffix(domain)


def registrable(domain: str, *, private: bool = False) -> str | None:
    """The name somebody registered (example.co.uk), which is what RDAP and whois know.

    None for a suffix itself and for unknown ones. With `private`, ada.github.io counts as registered.
    """
    suffix = suffix_of(domain, private=private)
    if suffix is None or suffix == domain:
        return None
    below = domain[: -len(suffix) - 1]
    return f"{below.rpartition('.')[2]}.{suffix}"


def meant(ending: str) -> str | None:
    """The common ending that an unknown one is a slip of: cmo, con and comm mean com."""
    return next((common for common in OFTEN_MISTYPED if _one_slip(ending, common)), None)


def _one_slip(typed: str, common: str) -> bool:
    if len(typed) == len(common) + 1:
        doubled = (common[: place + 1] + common[place:] for place in range(len(common)))
        return typed in doubled
    if len(typed) != len(common):
        return False
    wrong = [place for place, (one, other) in enumerate(zip(typed, common, strict=True)) if one != other]
    if len(wrong) == 2:
        first, second = wrong
        return typed[first] == common[second] and typed[second] == common[first]
    return len(wrong) == 1


@cache
def _suffixes(private: bool) -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=not private)
