"""Sites that say what their rules expect, and fake ones that do what careless sites do."""

from __future__ import annotations

import json
from typing import Any

from collectors.doors.patience import Patience
from collectors.sites import shelf
from collectors.sites.rules import NAME, Evidence, Rule
from core.models import Kind, Target
from tests.collectors.canned import Canned, World
from tests.collectors.canned_http import HTML

PATIENT_ENOUGH = Patience(most=3.0, backoff=0.0)
"""Some sites never answer, and all others do at once, on a busy machine too."""
ADA = Target(Kind.USERNAME, "ada-example")
ASKED = tuple(rule for rule in shelf.own() if not (rule.nsfw or rule.protected))  # unless an option adds more


def fake(site: str, **changes: Any) -> Rule:
    """A rule for a site that exists in tests only, at SITE.example."""
    url = f"https://{site}.example/{NAME}"
    both = {
        "exists": Evidence(status=(200,), text=("<h1>{name}</h1>",)),
        "absent": Evidence(status=(404,), text=("No such person",)),
    }
    given = {"site": site, "category": "social", "check": url, "shown": url, **both, **changes}
    return Rule(**given)


def page(body: str = "", *, status: int = 200, **headers: str) -> Canned:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Canned(status=status, text=f"<!doctype html>{body}", content_type=HTML, headers=named)


def yes(name: str = ADA.value) -> Canned:
    return page(f"<h1>{name}</h1>")


NO = page("No such person", status=404)


def showing(evidence: Evidence, name: str) -> Canned:
    """An answer that shows just this evidence."""
    status = evidence.status[0] if evidence.status else 200
    texts = [each.replace(NAME, name) for each in evidence.text[:1]]
    if evidence.location:
        return Canned(status=status, headers={"Location": f"https://x.example/{evidence.location.replace(NAME, name)}"})
    if evidence.field:
        value: Any = name
        for step in reversed(evidence.field.split(".")):
            value = [value] if step == "0" else {step: value}
        return (
            Canned(status=status, text=json.dumps(value)[:-1] + "".join(f",{each}1" for each in texts) + "}")
            if texts
            else Canned(status=status, json=value)
        )
    return (
        page(" ".join([*texts, evidence.whole]), status=status) if not evidence.whole else Canned(text=evidence.whole)
    )


def everybody_says_no(world: World, *, name: str = ADA.value) -> None:
    """Every site of our list has no page of any name; those with a host for each name are told about this one."""
    for rule in shelf.own():
        host = f"{name}.{rule.host}" if rule.is_subdomain else rule.host
        world.http.on(host, "*", showing(rule.absent, name))


def own(site: str) -> Rule:
    return next(rule for rule in shelf.own() if rule.site == site)


def here(rule: Rule, name: str) -> tuple[str, str]:
    """Host and path of the question about a name."""
    host, _, rest = rule.address(name).removeprefix("https://").partition("/")
    return host, "/" + rest.partition("?")[0]
