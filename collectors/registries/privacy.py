"""Tells a holder from a stand-in: privacy services and redaction texts are never anybody's identity."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.registries.registration import Contact

# Services that register in their own name for others, by a part of the name they show.
SERVICES = (
    "whoisguard",
    "withheld for privacy",
    "domains by proxy",
    "contact privacy",
    "privacy service",
    "privacy protect",
    "privacyprotect",
    "privacy guardian",
    "perfect privacy",
    "super privacy",
    "whois privacy",
    "whoisprivacy",
    "whoisprotection",
    "whois protection",
    "whoissecure",
    "whoisproxy",
    "whois agent",
    "identity protection",
    "identity protect",
    "domain protection services",
    "domain privacy",
    "privacydotlink",
    "privacy hero",
    "private registration",
    "registration private",
    "proxy protection",
    "domain proxy",
    "privacy proxy",
    "anonymize",
    "my privacy",
    "privately registered",
)

# What stands where a name would be, when it is held back.
HELD_BACK = (
    "redacted",
    "not disclosed",
    "data protected",
    "gdpr",
    "statutory masking",
    "masked",
    "hidden",
    "non-public",
    "not available",
    "not applicable",
    "personal data, can not be publicly disclosed",
    "private person",
    "none",
    "n/a",
    "-",
)


def service(contact: Contact) -> str:
    """The privacy service a contact is, or "" when it is none."""
    for text in (contact.organisation, contact.name):
        if any(word in text.lower() for word in SERVICES):
            return text
    return ""


def is_held_back(text: str) -> bool:
    """Whether a text stands for a value that the registry does not show."""
    bare = text.lower().strip(" .*")
    return not bare or any(bare == word or (len(word) > 4 and word in bare) for word in HELD_BACK)


def first_service(contacts: Iterable[Contact]) -> str:
    """The privacy service among the contacts, or ""."""
    return next((name for contact in contacts if (name := service(contact))), "")


def is_identity(contact: Contact) -> bool:
    """Whether a contact names somebody: neither a stand-in nor held back."""
    return bool(contact.title) and not service(contact) and not is_held_back(contact.title)
