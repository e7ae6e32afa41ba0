"""What the numbering plans say of a phone number, without asking anybody."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from core.language import N_
from core.language.noted import noted

TYPES = {
    PhoneNumberType.FIXED_LINE: "fixed line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed line or mobile",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium rate",
    PhoneNumberType.SHARED_COST: "shared cost",
    PhoneNumberType.VOIP: "internet telephony",
    PhoneNumberType.PERSONAL_NUMBER: "personal number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company number",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
SOURCE = noted("Numbering plans (phonenumbers {version})", version=version("phonenumbers"))
CANNOT_TELL = N_(
    "Numbering plans cannot tell whether a number is in use, who has it, or which carrier serves it today."
)
SAID = {
    "": (N_("Valid."), N_("Valid, {place}.")),
    "fixed line": (N_("Valid, fixed line."), N_("Valid, fixed line, {place}.")),
    "mobile": (N_("Valid, mobile."), N_("Valid, mobile, {place}.")),
    "fixed line or mobile": (N_("Valid, fixed line or mobile."), N_("Valid, fixed line or mobile, {place}.")),
    "toll-free": (N_("Valid, toll-free."), N_("Valid, toll-free, {place}.")),
    "premium rate": (N_("Valid, premium rate."), N_("Valid, premium rate, {place}.")),
    "shared cost": (N_("Valid, shared cost."), N_("Valid, shared cost, {place}.")),
    "internet telephony": (N_("Valid, internet telephony."), N_("Valid, internet telephony, {place}.")),
    "personal number": (N_("Valid, personal number."), N_("Valid, personal number, {place}.")),
    "pager": (N_("Valid, pager."), N_("Valid, pager, {place}.")),
    "company number": (N_("Valid, company number."), N_("Valid, company number, {place}.")),
    "voicemail": (N_("Valid, voicemail."), N_("Valid, voicemail, {place}.")),
}
"""What a valid number is, without its place and with it."""
UNUSED = N_("Possible, but not in use by its plan."), N_("Possible, but not in use by its plan, {place}.")


def plan(number: str) -> dict[str, Any]:
    """What the plans say of an E.164 number.

    Raises:
        NumberParseException: it is no number; target parsing lets none through.
    """
    parsed = phonenumbers.parse(number, None)
    geocoder, carrier, timezone = (_table(name) for name in ("geocoder", "carrier", "timezone"))
    zones = [zone for zone in timezone.time_zones_for_number(parsed) if zone != "Etc/Unknown"]
    country = geocoder.country_name_for_number(parsed, "en")
    area = geocoder.description_for_number(parsed, "en")
    portable = phonenumbers.is_mobile_number_portable_region(phonenumbers.region_code_for_number(parsed) or "")
    said = {
        "why": _sentence(parsed, area if area == country else ", ".join(filter(None, (area, country)))),
        "valid": phonenumbers.is_valid_number(parsed),
        "possible": phonenumbers.is_possible_number(parsed),
        "country_code": parsed.country_code,
        "region": phonenumbers.region_code_for_number(parsed),
        "country": country,
        "area": area if area != country else "",
        "type": TYPES.get(phonenumbers.number_type(parsed), "unknown"),
        "original_carrier": carrier.name_for_number(parsed, "en"),
        "portable": portable,
        "time_zones": zones,
        "international": phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL),
        "national": phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL),
        "uri": phonenumbers.format_number(parsed, PhoneNumberFormat.RFC3966),
    }
    return {name: each for name, each in said.items() if each not in ("", None, [])}


@cache
def _table(name: str) -> Any:
    """Loaded when the first number is looked at: places and carriers take 110 MB of memory and half a second, which
    every process of ours would pay that never sees one."""
    return import_module(f"phonenumbers.{name}")


def _sentence(number: phonenumbers.PhoneNumber, place: str) -> str:
    sort = TYPES.get(phonenumbers.number_type(number), "")
    alone, there = SAID[sort] if phonenumbers.is_valid_number(number) else UNUSED
    return noted(there if place else alone, place=place)
