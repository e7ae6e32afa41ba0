"""The sites where the invented people have pages under a user name, and how each answers about a name that is free.

Everything it says comes from its own table, world/profiles.yaml: what the real sites answer, as far as it is known,
and moods that the real web has: soft 404s, bot checks, logins, redirects to the front page, slow-downs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from sandbox.sources.page import Ask, Page, Site, html
from sandbox.sources.world import hostile
from sandbox.sources.world.people import ADA, ADALBERT, NOISE, Person
from sandbox.sources.world.whole import World

TABLE = Path(__file__).parent / "world" / "profiles.yaml"
TAKEN, FREE = "taken-example", "free-example"
"""Names about which every site answers without a mood: the one exists everywhere, the other nowhere."""
HOSTILE = "hostile-example"
"""A name whose holder writes hostile text wherever a site takes text; where there is an API, it exists."""

WALL = html(
    "Just a moment...", "Checking your browser. <script src=/cdn-cgi/challenge-platform/x></script>", status=403
)
MOODS: Mapping[str, Callable[[str], Page]] = {
    "yes to all": lambda name: html(name, f"<h1>{name}</h1>"),
    "soft 404": lambda _name: html("Oops", "What you look for is not here. Have a look at our front page."),
    "home": lambda _name: Page(b"", status=302, headers={"Location": "/"}),
    "login": lambda name: html("Log in", f"<p>To see {name}, log in.</p><form><input name=p type=password></form>"),
    "bot check": lambda _name: replace(WALL, headers={"cf-mitigated": "challenge", "Server": "cloudflare"}),
    "firewall": lambda _name: html("Attention Required! | Cloudflare", "You have been blocked.", status=403),
    "proof of work": lambda _name: html(
        "Making sure you're not a bot!", "<script src=/.within.website/x/cmd></script>"
    ),
    "slow down": lambda _name: Page(b"", status=429, headers={"Retry-After": "120"}),
    "down": lambda _name: html("503", "We will be back soon.", status=503),
}
MALLORY = Person(
    name=hostile.MENTIONS,
    handle=HOSTILE,
    emails=(),
    phone="",
    city=hostile.LINK,
    organisation="",
    bio=" ".join(hostile.ALL),
    homes=("javascript:alert(1)",),
)
PLAIN = replace(ADA, name="Taken Example", bio="DEMO: an invented page.", city="Exampletown")


@dataclass(frozen=True, slots=True)
class Entry:
    """One site of the table."""

    path: str
    form: Mapping[str, Any]  # the answer about a name that is taken
    free: Mapping[str, Any]
    query: Mapping[str, str]
    who: tuple[str, ...]
    mood: str
    wildcard: bool  # each name has a host of its own

    def asked(self, host: str, ask: Ask) -> str | None:
        """The name a question is about; None when it is about something else."""
        if self.wildcard:
            return ask.host.partition(".")[0] if ask.path == self.path else None
        found = [_between(ask.path, self.path)]
        found += [_between(ask.first(key), value.replace("{host}", host)) for key, value in self.query.items()]
        names = [each for each in found if each]
        return names[0] if names and None not in found else None

    def answer(self, host: str, _world: World, ask: Ask) -> Page:
        name = self.asked(host, ask)
        if name is None:
            return html("Not found", "There is no such page.", status=404)
        holder = self._holder(name)
        if self.mood and _folded(name) not in (_folded(TAKEN), _folded(FREE)):
            return MOODS[self.mood](name)
        return _page(self.form if holder else self.free, host, name, holder or PLAIN)

    def _holder(self, name: str) -> Person | None:
        folded = _folded(name)
        if folded == _folded(TAKEN):
            return PLAIN
        if folded == _folded(HOSTILE):
            return MALLORY if "json" in self.form else None
        if folded == _folded(NOISE):
            return PLAIN if "page" in self.form else None
        people = {"ada": ADA, "adalbert": ADALBERT}
        return people[self.who[0]] if self.who and folded == _folded(ADA.handle) else None


def _between(text: str, pattern: str) -> str | None:
    """What stands in the place of {name}; "" when the pattern has none and is the text, None when it is another."""
    before, name, after = pattern.partition("{name}")
    if not name:
        return "" if text == before else None
    inside = text.startswith(before) and text.endswith(after) and len(text) > len(before) + len(after)
    return text[len(before) : len(text) - len(after)] if inside else None


def _folded(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(" ", "").casefold()


def _page(form: Mapping[str, Any], host: str, name: str, holder: Person) -> Page:
    status = int(form.get("status", 200))
    fill = partial(_filled, host=host, name=name, holder=holder)
    if "moved" in form:
        return Page(b"", status=form.get("status", 302), headers={"Location": fill(form["moved"])})
    if "json" in form:
        body = json.dumps(fill(form["json"]), ensure_ascii=False, separators=(",", ":")).encode()
        return Page(body, content_type="application/json; charset=utf-8", status=status)
    if "xml" in form:
        return Page(fill(form["xml"]).encode(), content_type="text/xml; charset=utf-8", status=status)
    return html(host, fill(form.get("page", "Not found")), status=status)


def _filled(value: Any, *, host: str, name: str, holder: Person) -> Any:
    """The value with its places filled; texts anywhere in it."""
    if isinstance(value, Mapping):
        return {key: _filled(each, host=host, name=name, holder=holder) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, host=host, name=name, holder=holder) for each in value]
    if not isinstance(value, str):
        return value
    texts = {"host": host, "name": name, "Name": name.title(), "display": holder.name, "bio": holder.bio}
    texts |= {"city": holder.city, "home": holder.homes[0]}
    for key, text in texts.items():
        value = value.replace(f"{{{key}}}", text)
    return value


def entries() -> dict[str, Entry]:
    """The table by host."""
    written = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    rows = {
        host: {**written["families"][family], "who": who}
        for family, hosts in written["hosts"].items()
        for host, who in hosts.items()
    }
    return {host: _entry(host, row) for host, row in {**rows, **written["sites"]}.items()}


def _entry(host: str, row: Mapping[str, Any]) -> Entry:
    return Entry(
        path=row["path"],
        form={key: row[key] for key in ("json", "page", "moved", "xml") if key in row},
        free=row.get("free", {"status": 404}),
        query=row.get("query", {}),
        who=tuple(row.get("who", ())),
        mood=row.get("mood", ""),
        wildcard=host.startswith("*."),
    )


def _site(host: str, entry: Entry) -> Site:
    return Site(about=lambda ask: entry.asked(host, ask) or ask.host, answer=partial(entry.answer, host))


OTHERWISE = {host: _site(host, entry) for host, entry in entries().items()}
