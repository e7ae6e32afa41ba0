"""Lists of sites that others publish, read into our rules: each entry becomes one, or is refused with the reason.

Schemas: WhatsMyName's wmn-data-schema.json, Sherlock's data.schema.json, Maigret's data.json with its engines. Theirs
say less than ours must know. Where a list has no mark of an existing page, the page must at least hold the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from collectors import shape
from collectors.sites.rules import NAME, BadRule, Evidence, Rule, checked

MOVED = (301, 302, 303, 307, 308)
GONE = (404, 410)
HOST = re.compile(r"^https?://[^/?#]+", re.IGNORECASE)
HOLDS_NAME = Evidence(status=(200,), text=(NAME,))
ADULT = frozenset({"xx nsfw xx", "nsfw", "porn", "erotic", "webcam", "adult"})


@dataclass(frozen=True, slots=True)
class Read:
    """One entry: its rule, or why there is none."""

    site: str
    rule: Rule | None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A published form of list."""

    name: str
    title: str
    licence: str
    entries: Callable[[Any], Iterator[tuple[str, Mapping[str, Any]]]]
    rule: Callable[[str, Mapping[str, Any]], dict[str, Any]]

    def read(self, value: Any, *, source: str) -> list[Read]:
        """Every entry of a list; [] when the value is not such a list."""
        return [self._read(site, entry, source) for site, entry in self.entries(value)]

    def _read(self, site: str, entry: Mapping[str, Any], source: str) -> Read:
        try:
            fields = self.rule(site, entry)
            if fields["shown"].startswith("http://"):
                fields["shown"] = fields["check"]  # people are not sent where anybody could answer
            rule = checked(Rule(**fields, site=site, source=source, licence=self.licence, list=self.name))
        except BadRule as error:
            return Read(site, None, str(error))
        return Read(site, rule)


# WhatsMyName


def _wmn_entries(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in shape.mappings(value, "sites"):
        yield shape.text(entry, "name")[:60] or "(no name)", entry


def _wmn(_site: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    if entry.get("valid") is False:
        raise BadRule("its own list marks it as broken")
    if entry.get("post_body"):
        raise BadRule("it is asked by POST, and we only read")
    check = _address(shape.text(entry, "uri_check"), "{account}")
    category = shape.text(entry, "cat") or "other"
    return {
        "category": category[:30],
        "check": check,
        "shown": _address(shape.text(entry, "uri_pretty"), "{account}") or check,
        "exists": _side(entry, "e_code", "e_string"),
        "absent": _side(entry, "m_code", "m_string"),
        "without": shape.text(entry, "strip_bad_char")[:20],
        "nsfw": category.lower() in ADULT,
        "protected": bool(entry.get("protection")),
        "headers": _headers(entry),
    }


def _side(entry: Mapping[str, Any], code: str, text: str) -> Evidence:
    status, said = shape.whole(entry, code), shape.text(entry, text).replace("{account}", NAME)
    return Evidence(status=(status,) if status else (), text=(said,) if said else ())


# Sherlock


def _sherlock_entries(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for site, entry in shape.mapping(value).items():
        if isinstance(entry, Mapping) and "url" in entry:
            yield str(site)[:60], entry


def _sherlock(_site: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    _only_read(shape.text(entry, "request_method"), entry.get("request_payload"))
    shown = _address(shape.text(entry, "url"), "{}")
    kind = next(iter(shape.texts(entry, "errorType")), "")
    codes = tuple(code for each in _listed(entry.get("errorCode")) if (code := shape.whole(each)))
    messages = tuple(each.replace("{}", NAME) for each in shape.texts(entry, "errorMsg"))
    return {
        "category": "other",
        "check": _address(shape.text(entry, "urlProbe"), "{}") or shown,
        "shown": shown,
        "exists": HOLDS_NAME,
        "absent": _absent(kind, codes or GONE, messages, shape.text(entry, "errorUrl")),
        "names": shape.text(entry, "regexCheck"),
        "nsfw": entry.get("isNSFW") is True,
        "headers": _headers(entry),
    }


# Maigret


def _maigret_entries(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    engines = shape.mapping(value, "engines")
    for site, entry in shape.mapping(value, "sites").items():
        if isinstance(entry, Mapping):
            engine = shape.mapping(engines, shape.text(entry, "engine"), "site")
            yield str(site)[:60], {**engine, **entry}


def _maigret(_site: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    if entry.get("disabled"):
        raise BadRule("its own list marks it as broken")
    if shape.text(entry, "type") not in ("", "username"):
        raise BadRule("it is about another kind of name")
    if entry.get("activation"):
        raise BadRule("it needs a session of its own")
    _only_read(shape.text(entry, "requestMethod"), entry.get("requestPayload"))
    base = {"{urlMain}": shape.text(entry, "urlMain").rstrip("/"), "{urlSubpath}": shape.text(entry, "urlSubpath")}
    marks = tuple(map(_maigret_named, shape.texts(entry, "presenseStrs")))
    messages = tuple(map(_maigret_named, shape.texts(entry, "absenceStrs")))
    tags = shape.texts(entry, "tags")
    shown = _filled(shape.text(entry, "url"), base)
    kind = shape.text(entry, "checkType")
    return {
        "category": next((each for each in tags if len(each) > 2), "other")[:30],  # two letters are a country
        "check": _filled(shape.text(entry, "urlProbe"), base) or shown,
        "shown": shown,
        "exists": Evidence(status=(200,), text=marks) if marks else HOLDS_NAME,
        "absent": _absent(kind, GONE, messages, shape.text(entry, "errorUrl")),
        "names": shape.text(entry, "regexCheck"),
        "nsfw": bool(ADULT.intersection(tags)),
        "protected": bool(entry.get("protection")),
        "headers": _headers(entry),
    }


def _maigret_named(text: str) -> str:
    return text.replace("{username}", NAME)


def _filled(url: str, base: Mapping[str, str]) -> str:
    for place, text in base.items():
        url = url.replace(place, text)
    return _address(url, "{username}")


# All


def _absent(kind: str, codes: tuple[int, ...], messages: tuple[str, ...], error_url: str) -> Evidence:
    """The side of "no such page", from one of the three ways these lists know."""
    if kind == "message" and messages:
        return Evidence(text=messages)
    if kind in ("status_code", "message"):
        return Evidence(status=codes)
    if kind == "response_url":
        path = urlsplit(error_url.replace("{}", "")).path
        return Evidence(status=MOVED, location=path if len(path) > 1 else "")
    raise BadRule("it knows no way to tell that a name is free")


def _only_read(method: str, payload: Any) -> None:
    if method not in ("", "GET", "HEAD") or payload:
        raise BadRule(f"it is asked by {method if method not in ('', 'GET', 'HEAD') else 'POST'}, and we only read")


def _headers(entry: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in shape.mapping(entry, "headers").items()}


def _address(url: str, place: str) -> str:
    """The address with our own place for the name, its host in small letters."""
    return HOST.sub(lambda host: host[0].lower(), url.replace(place, NAME))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


FORMATS = {
    each.name: each
    for each in (
        Format("wmn", "WhatsMyName", "CC BY-SA 4.0", _wmn_entries, _wmn),
        Format("sherlock", "Sherlock", "MIT", _sherlock_entries, _sherlock),
        Format("maigret", "Maigret", "MIT", _maigret_entries, _maigret),
    )
}
