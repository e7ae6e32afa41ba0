"""Lists of others: what of them becomes a rule, how that rule reads, and that nothing is dropped silently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.sites import importing, shelf
from collectors.sites.lists import FORMATS, Read
from collectors.sites.reading import State
from collectors.sites.rules import Evidence, Rule
from collectors.sites.sweep import Sweep
from collectors.username import username
from core.errors import BadQuestion, BadSetting
from tests.collectors.canned import World
from tests.collectors.site_samples import ADA, NO, page

NAME = ADA.value
WMN = {
    "name": "Wiki Example",
    "uri_check": "https://wiki.example/api/users/{account}",
    "uri_pretty": "https://wiki.example/@{account}",
    "e_code": 200,
    "e_string": '"user":"{account}"',
    "m_code": 404,
    "m_string": "no_such_user",
    "known": ["ada-example"],
    "cat": "social",
}
SHERLOCK = {
    "url": "https://forum.example/u/{}",
    "urlMain": "https://forum.example/",
    "errorType": "status_code",
    "username_claimed": "ada-example",
}
MAIGRET = {
    "urlMain": "https://photos.example",
    "url": "https://photos.example/{username}",
    "checkType": "message",
    "presenseStrs": ["profile-card"],
    "absenceStrs": ["nobody here"],
    "tags": ["de", "photo"],
}


def read(form: str, value: Any) -> list[Read]:
    return FORMATS[form].read(value, source="a test")


def one(form: str, site: str = "Site", **changes: Any) -> Read:
    base: Any = {"wmn": WMN, "sherlock": SHERLOCK, "maigret": MAIGRET}[form]
    entry = {name: value for name, value in {**base, **changes}.items() if value is not None}
    whole = {"wmn": {"sites": [entry]}, "sherlock": {site: entry}, "maigret": {"sites": {site: entry}}}
    (found,) = read(form, whole[form])
    return found


def rule(form: str, **changes: Any) -> Rule:
    found = one(form, **changes)
    assert found.rule is not None, found.refused
    return found.rule


def test_whatsmyname_has_both_sides() -> None:
    found = rule("wmn", strip_bad_char=".", protection=["cloudflare"], cat="xx NSFW xx")
    assert (found.site, found.check) == ("Wiki Example", "https://wiki.example/api/users/{name}")
    assert found.shown == "https://wiki.example/@{name}"
    assert found.exists == Evidence(status=(200,), text=('"user":"{name}"',))
    assert found.absent == Evidence(status=(404,), text=("no_such_user",))
    assert (found.without, found.protected, found.nsfw) == (".", True, True)
    assert (found.list, found.licence, found.source) == ("wmn", "CC BY-SA 4.0", "a test")


def test_hosts_are_read_in_small_letters() -> None:
    assert rule("sherlock", url="https://Forum.Example/U/{}").check == "https://forum.example/U/{name}"


def test_sherlock_s_pages_must_at_least_hold_the_name() -> None:
    holds = Evidence(status=(200,), text=("{name}",))
    by_status = rule("sherlock", regexCheck="^[a-z-]{3,16}$", isNSFW=True, urlProbe="https://api.forum.example/{}")
    assert (by_status.exists, by_status.absent) == (holds, Evidence(status=(404, 410)))
    assert (by_status.names, by_status.nsfw, by_status.licence) == ("^[a-z-]{3,16}$", True, "MIT")
    assert (by_status.check, by_status.shown) == ("https://api.forum.example/{name}", "https://forum.example/u/{name}")
    assert rule("sherlock", errorCode=[403, 404]).absent == Evidence(status=(403, 404))
    assert rule("sherlock", errorType="message", errorMsg="Nobody").absent == Evidence(text=("Nobody",))
    assert rule("sherlock", errorType=["message"], errorMsg=["A", "B {}"]).absent == Evidence(text=("A", "B {name}"))
    moved = rule("sherlock", errorType="response_url", errorUrl="https://forum.example/404?user={}")
    assert moved.absent == Evidence(status=(301, 302, 303, 307, 308), location="/404")


def test_maigret_s_engines_lend_their_fields() -> None:
    engine = {"url": "{urlMain}{urlSubpath}/members/{username}", "checkType": "message", "absenceStrs": ["gone"]}
    value = {
        "engines": {"Board": {"site": engine}},
        "sites": {"Board": {"engine": "Board", "urlMain": "https://board.example/", "urlSubpath": "/f"}},
    }
    (found,) = read("maigret", value)
    assert found.rule is not None
    assert found.rule.check == "https://board.example/f/members/{name}"
    assert found.rule.absent == Evidence(text=("gone",))
    whole = rule("maigret")
    assert (whole.category, whole.exists) == ("photo", Evidence(status=(200,), text=("profile-card",)))


@pytest.mark.parametrize(
    ("form", "changes", "why"),
    [
        ("wmn", {"post_body": "{}"}, "POST"),
        ("wmn", {"valid": False}, "broken"),
        ("wmn", {"headers": {"User-Agent": "Mozilla/5.0"}}, "headers"),
        ("wmn", {"headers": {"Host": "127.0.0.1"}}, "headers"),
        ("wmn", {"headers": {"Accept": "a\r\nHost: x"}}, "headers"),
        ("wmn", {"uri_check": "http://wiki.example/{account}"}, "without encryption"),
        ("wmn", {"uri_check": "https://wiki.example/"}, "does not hold the name"),
        ("wmn", {"uri_check": None}, "not one"),
        ("wmn", {"uri_check": "file:///etc/passwd?{account}"}, "not one"),
        ("wmn", {"uri_check": "https://169.254.169.254/{account}"}, "not one"),
        ("wmn", {"uri_pretty": "javascript:alert(1)"}, "not one"),
        ("wmn", {"m_code": 200, "m_string": '"user":"{account}"'}, "look the same"),
        ("sherlock", {"request_method": "POST"}, "POST"),
        ("sherlock", {"request_method": "PUT"}, "PUT"),
        ("sherlock", {"request_payload": {"q": "{}"}}, "POST"),
        ("sherlock", {"regexCheck": "^(a+)+$"}, "hang"),
        ("sherlock", {"regexCheck": "^(a+"}, "cannot be read"),
        ("sherlock", {"errorType": "telepathy"}, "no way to tell"),
        ("sherlock", {"url": "https://{}.forum.{}/"}, "not one"),
        ("maigret", {"disabled": True}, "broken"),
        ("maigret", {"type": "orcid"}, "another kind"),
        ("maigret", {"activation": {"method": "token"}}, "session"),
        ("maigret", {"requestMethod": "POST"}, "POST"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name_and_reason(form: str, changes: dict[str, Any], why: str) -> None:
    found = one(form, **changes)
    assert found.rule is None
    assert why in found.refused
    assert found.site in ("Site", "Wiki Example")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("value", [None, 7, [], {}, "x", {"sites": 3}, {"sites": [1, None]}, {"a": 1}])
def test_what_is_no_list_gives_nothing(form: str, value: Any) -> None:
    assert read(form, value) == []


@pytest.fixture
def shelf_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for imported lists of this test alone."""
    directory = tmp_path / "sites"
    monkeypatch.setattr(shelf, "kept_in", lambda: directory)
    return directory


def written(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_imported_rules_are_asked_beside_our_own_which_stand_first(shelf_at: Path, tmp_path: Path) -> None:
    before = shelf.edition()
    github = {**WMN, "name": "GitHub, again", "uri_check": "https://github.com/{account}"}
    path = written(tmp_path / "list.json", {"sites": [WMN, github, {**WMN, "name": "By POST", "post_body": "x"}]})
    imported = importing.take(path, "wmn", into=shelf_at)
    assert (imported.kept, imported.doubled) == (2, 1)
    assert imported.refused == (("By POST", "it is asked by POST, and we only read"),)
    names = [each.site for each in shelf.rules()]
    assert "Wiki Example" in names
    assert "GitHub, again" not in names
    assert len(names) == len(shelf.own()) + 1
    assert shelf.edition() != before  # two answers from different lists are not the same
    (wiki,) = [each for each in shelf.rules() if each.list == "wmn"]
    assert wiki == rule("wmn", name="Wiki Example") or wiki.source.startswith("WhatsMyName, list.json, sha256 ")
    assert json.loads((shelf_at / "wmn.json").read_text())["refused"] == [list(imported.refused[0])]


def test_a_second_import_replaces_the_first(shelf_at: Path, tmp_path: Path) -> None:
    for name in ("One", "Two"):
        path = written(tmp_path / "list.json", {"sites": [{**WMN, "name": name}]})
        importing.take(path, "wmn", into=shelf_at)
        assert [each.site for each in shelf.rules() if each.list == "wmn"] == [name]


def test_two_sided_lists_stand_before_one_sided_ones(shelf_at: Path, tmp_path: Path) -> None:
    same = {**SHERLOCK, "url": "https://wiki.example/{}"}
    importing.take(written(tmp_path / "a.json", {"Wiki by Sherlock": same}), "sherlock", into=shelf_at)
    importing.take(written(tmp_path / "b.json", {"sites": [WMN]}), "wmn", into=shelf_at)
    assert [each.site for each in shelf.rules() if each.host == "wiki.example"] == ["Wiki Example"]


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", "[" * 100_000, '{"sites": []}'])
def test_a_file_that_is_no_list_is_refused_and_changes_nothing(shelf_at: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadQuestion, match=r"list\.json"):
        importing.take(path, "wmn", into=shelf_at)
    with pytest.raises(BadQuestion, match="cannot be read"):
        importing.take(tmp_path / "missing.json", "wmn", into=shelf_at)
    assert not shelf_at.exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"rules": [{"site": "x"}]}', '{"rules": [{"exists": {"evil": 1}}]}'])
def test_a_kept_list_that_was_spoilt_is_said_and_not_skipped(shelf_at: Path, text: str) -> None:
    shelf_at.mkdir()
    (shelf_at / "wmn.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match="Import it again, or remove the file"):
        shelf.rules()


async def test_an_imported_rule_is_held_to_the_same_evidence(world: World) -> None:
    message = rule("sherlock", errorType="message", errorMsg="Nobody is called so")
    status = rule("sherlock", url="https://status.example/{}")
    for host, answer in (
        ("forum.example", page(f"<p>{NAME}</p> Nobody is called so")),  # the name is repeated all the same
        ("status.example", page(f"<h1>{NAME}</h1>")),
    ):
        world.http.on(host, "*", NO if host == "status.example" else page("Nobody is called so"))
        path = f"/u/{NAME}" if host == "forum.example" else f"/{NAME}"
        world.http.on(host, path, answer)
    fetch = await world.fetch(username, ADA)
    states = {looked.rule.host: looked.state async for looked in Sweep(fetch, NAME).over([message, status])}
    assert states == {"forum.example": State.ABSENT, "status.example": State.EXISTS}
