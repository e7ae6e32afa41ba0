"""How much a breach should worry somebody who is in it: by what was taken, how long ago, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.language import N_
from core.models import Severity

LONG_AGO = timedelta(days=3 * 365)
"""Passwords get changed, numbers reassigned, tokens expire: what is older weighs one step less."""

JUST_ADDED = timedelta(days=90)
"""An old theft that became known only now is being traded now, so its age does not speak for it."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Kinds of data that weigh the same, and what can be done with them."""

    severity: Severity
    least: Severity  # however long ago
    reason: str
    classes: frozenset[str]  # as Have I Been Pwned names them, in lower case


# Worst first. The names are those of haveibeenpwned.com/api/v3/dataclasses.
TIERS = (
    Tier(
        Severity.HIGH,
        Severity.MEDIUM,  # people keep passwords for decades
        N_("whoever has them can sign in wherever they still hold"),
        frozenset(
            (
                *("passwords", "historical passwords", "password hints", "security questions and answers", "pins"),
                *("auth tokens", "encrypted keys", "mnemonic phrases", "biometric data", "mothers maiden names"),
            )
        ),
    ),
    Tier(
        Severity.HIGH,
        Severity.LOW,
        N_("whoever has them can pay or pass as somebody else"),
        frozenset(
            (
                *("credit cards", "credit card cvv", "bank account numbers", "social security numbers"),
                *("government issued ids", "passport numbers", "driver's licenses", "taxation records"),
                "cryptocurrency wallet addresses",
            )
        ),
    ),
    Tier(
        Severity.MEDIUM,
        Severity.LOW,
        N_("they can be used to put pressure on a person"),
        frozenset(
            (
                *("private messages", "email messages", "sms messages", "chat logs", "audio recordings", "photos"),
                *("sexual orientations", "sexual fetishes", "personal health data", "hiv statuses", "drug habits"),
                *("drinking habits", "political views", "political donations", "religions", "ethnicities", "races"),
                *("browsing histories", "net worths", "income levels", "health insurance information", "ai prompts"),
                *("account balances", "financial transactions", "financial investments", "loan information"),
                *("credit status information", "home loan information", "utility bills", "citizenship statuses"),
            )
        ),
    ),
    Tier(
        Severity.MEDIUM,
        Severity.LOW,
        N_("they let strangers call, visit or imitate a person"),
        frozenset(
            (
                *("phone numbers", "physical addresses", "dates of birth", "places of birth", "social connections"),
                *("address book contacts", "family members' names", "spouses names", "travel plans", "flights taken"),
                *("imei numbers", "imsi numbers", "licence plates", "vehicle identification numbers (vins)"),
                *(
                    "partial credit card data",
                    "payment histories",
                    "recovery email addresses",
                    "delivery instructions",
                    "login histories",
                    "support tickets",
                ),
            )
        ),
    ),
    Tier(
        Severity.LOW,
        Severity.LOW,
        N_("they tell who somebody is, not more"),
        frozenset(
            (
                *("email addresses", "usernames", "names", "ip addresses", "genders", "ages", "age groups", "avatars"),
                *("bios", "browser user agent details", "buying preferences", "career levels", "comments"),
                *("company names", "customer feedback", "customer interactions", "device information", "display names"),
                *("device serial numbers", "device usage tracking data", "education levels", "employers"),
                *("employment statuses", "family structure", "geographic locations", "homepage urls", "job titles"),
                *("instant messenger identities", "job applications", "loyalty program details", "mac addresses"),
                *("marital statuses", "nationalities", "nicknames", "occupations", "partial dates of birth"),
                *("partial phone numbers", "password strengths", "payment methods", "personal descriptions"),
                *("personal interests", "physical attributes", "professional skills", "profile photos", "purchases"),
                *("purchasing habits", "relationship statuses", "reward program balances", "salutations"),
                *("school grades (class levels)", "social media profiles", "spoken languages", "survey results"),
                *("time zones", "travel habits", "user statuses", "user website urls", "vehicle details"),
                *("warranty claims", "website activity", "work habits", "years of birth", "smoking habits"),
                *("years of professional experience", "apps installed on devices", "cellular network names"),
                *("charitable donations", "customer service comments", "eating habits", "home ownership statuses"),
                *("clothing sizes", "fitness levels", "family plans", "living costs", "astrological signs"),
            )
        ),
    ),
)
KNOWN = frozenset().union(*(tier.classes for tier in TIERS))
LOWER = {Severity.HIGH: Severity.MEDIUM, Severity.MEDIUM: Severity.LOW, Severity.LOW: Severity.LOW}
RANKS = (Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH)
UNSAID = (Severity.MEDIUM, N_("what was taken is not said, which is not the same as nothing"))


@dataclass(frozen=True, slots=True)
class Weight:
    """A severity with its reason, and the kinds of data that made it."""

    severity: Severity
    reason: str
    worst: tuple[str, ...]


def weigh(classes: Iterable[str], *, happened: datetime | None, added: datetime | None, now: datetime) -> Weight:
    """What was taken decides, and time lowers it by a step; kinds of data that are not known weigh as unsaid."""
    taken = list(dict.fromkeys(classes))
    old = is_old(happened, added=added, now=now)
    for tier in TIERS:
        if worst := tuple(each for each in taken if each.lower() in tier.classes):
            weight = max(LOWER[tier.severity], tier.least, key=RANKS.index) if old else tier.severity
            return Weight(weight, tier.reason, worst)
    return Weight(LOWER[UNSAID[0]] if old else UNSAID[0], UNSAID[1], ())


def is_old(happened: datetime | None, *, added: datetime | None, now: datetime) -> bool:
    """Whether it was so long ago, and known for so long, that it weighs less. A date nobody knows is not old."""
    if happened is None or now - happened < LONG_AGO:
        return False
    return added is None or now - added > JUST_ADDED


def worst_first(classes: Iterable[str]) -> list[str]:
    """Kinds of data in the order of the table, otherwise as they came."""
    return sorted(classes, key=lambda each: next(n for n, tier in enumerate(TIERS) if each.lower() in tier.classes))
