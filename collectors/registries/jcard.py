"""Reads a jCard (RFC 7095), the form in which RDAP gives people and organisations."""

from __future__ import annotations

from typing import Any

from collectors import shape
from collectors.registries.registration import MOST_LINES, Contact, tidy

Property = list[Any]  # [name, parameters, type, value, ...]


def contact(entity: Any) -> Contact:
    """The contact an RDAP entity (RFC 9083 section 5.1) describes; whatever is missing or odd stays empty."""
    card = _properties(entity)
    kind = _first(card, "kind").lower()
    name, organisation = _first(card, "fn"), _first(card, "org")
    is_org = kind in ("org", "group") or bool(organisation)
    return Contact(
        roles=tuple(tidy(role, 40).lower() for role in shape.texts(entity, "roles")[:MOST_LINES]),
        name=name,
        organisation=organisation or (name if is_org else ""),
        emails=_values(card, "email"),
        phones=tuple(number for each in _values(card, "tel") if (number := _phone(each))),
        country=_country(card),
        place=_place(card),
        handle=tidy(shape.text(entity, "handle")),
        is_person=kind == "individual" or (bool(name) and not is_org and kind == ""),
        iana_id=_iana_id(entity),
    )


def _properties(entity: Any) -> list[Property]:
    rows = shape.items(entity, "vcardArray", 1)[:200]
    return [row for row in rows if isinstance(row, list) and len(row) >= 4 and isinstance(row[0], str)]


def _named(card: list[Property], name: str) -> list[Property]:
    return [row for row in card if row[0].lower() == name]


def _values(card: list[Property], name: str) -> tuple[str, ...]:
    """Each value of a property as one line; several parts (org may be a list) joined."""
    found = [_flat(row[3]) for row in _named(card, name)[:MOST_LINES]]
    return tuple(dict.fromkeys(text for text in found if text))


def _first(card: list[Property], name: str) -> str:
    return next(iter(_values(card, name)), "")


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(part for part in map(_flat, value[:10]) if part) if len(value) < 100 else ""
    return tidy(shape.text(value))


def _phone(value: str) -> str:
    """ "tel:+1.2025550143;ext=1" without its scheme."""
    return value.removeprefix("tel:").strip()


def _country(card: list[Property]) -> str:
    """The `cc` parameter (RFC 8605 section 3.1), else the last part of the address."""
    for row in _named(card, "adr"):
        spelled = shape.text(row[1], "cc") or _flat(shape.dig(row[3], 6))
        if spelled:
            return tidy(spelled, 60)
    return ""


def _place(card: list[Property]) -> str:
    """Town and region; the label, where the parts are empty, is one free text and stays out."""
    for row in _named(card, "adr"):
        parts = [_flat(shape.dig(row[3], place)) for place in (3, 4)]
        if any(parts):
            return ", ".join(part for part in parts if part)
    return ""


def _iana_id(entity: Any) -> str:
    for public in shape.mappings(entity, "publicIds"):
        if "iana registrar id" in shape.text(public, "type").lower():
            return tidy(shape.text(public, "identifier"), 20)
    return ""
