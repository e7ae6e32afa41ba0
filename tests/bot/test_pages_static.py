"""What every page promises to a browser: nothing from elsewhere, nothing inline, and files that are what they were."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.web.pages.site import CSP, HERE, Site
from core.callers import Scope
from tests.bot.listening import Bot
from tests.bot.reading import Reader

VENDORED = {  # of dist/ in the npm packages htmx.org 4.0.1, uplot 1.6.32 and cytoscape 3.34.4
    "cytoscape-3.34.4.min.js": "081591ab735b2b6a3b31a3c60f8f3a3e2fee8c92939e0c7820ad1208571b6cd8",
    "cytoscape-LICENSE.txt": "eb319c6e6f233607f71e8e2f450391751883cfc0eeb3ca7ef574c13d1d9c2203",
    "htmx-4.0.1.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "htmx-LICENSE.txt": "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
    "hx-sse-4.0.1.min.js": "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
    "uplot-1.6.32.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uplot-1.6.32.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uplot-LICENSE.txt": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=|javascript:|hx-on|\bjs:", re.IGNORECASE)
ELSEWHERE = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["']?(?:https?:)?//""", re.IGNORECASE)
TEMPLATES = sorted((HERE / "templates").glob("*.html"))
STATIC = [path for path in sorted((HERE / "static").rglob("*")) if path.is_file()]


@pytest.fixture
def reader(bot: Bot) -> Iterator[Reader]:
    with Reader(bot) as window:
        window.http.base_url = window.url
        yield window


def test_what_is_vendored_is_what_was_published() -> None:
    held = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (HERE / "static/vendor").iterdir()}
    assert held == VENDORED


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_scripts_or_styles_inside_or_names_another_place(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert INLINE.findall(text) == []
    assert ELSEWHERE.findall(text) == []
    assert "| safe" not in text
    assert "autoescape" not in text


def test_every_answer_says_what_a_browser_may_do_and_may_not_be_kept(reader: Reader) -> None:
    answers = [reader.get(path) for path in ("/", "/sign-in", "/nothing-here", "/sign-in/slack/back")]
    answers.append(reader.post("/sign-in", {"token": "wrong"}))
    for answer in answers:
        assert answer.headers["content-security-policy"] == CSP, answer.url
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in CSP
    assert "default-src 'none'" in CSP


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.name)
def test_a_static_file_is_kept_for_ever_under_a_name_that_tells_its_content(bot: Bot, path: Path) -> None:
    name = str(path.relative_to(HERE / "static"))
    address = Site(bot.front).static(name)
    with Reader(bot) as anybody:
        answer = anybody.get(address)
        assert answer.content == path.read_bytes()
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        older = anybody.get(address.replace(address.split("/")[2], "0" * 16))
        assert (older.status_code, older.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize("path", ["/static/x/../../site.py", "/static/x/%2e%2e/templates/base.html", "/static/x/none"])
def test_nothing_else_is_served_as_a_file(bot: Bot, path: str) -> None:
    with Reader(bot) as anybody:
        assert anybody.get(path).status_code == 404


def test_over_tls_the_cookie_is_secure_and_of_this_host_alone(bot: Bot, reader: Reader) -> None:
    assert bot.settings.public_url.startswith("https://")
    reader.http.cookies.clear()
    public, text = bot.store.tokens.create(
        team="T0SANDBOX", user="U0ADA", name="t", scopes=[Scope.READ], lasts=None, by="a test"
    )
    answer = reader.post("/sign-in", {"token": text})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-gumshoe_session=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    secret = cookie.partition("=")[2].partition(";")[0]
    assert reader.get("/", headers={"Cookie": f"__Host-gumshoe_session={secret}"}).status_code == 200
    assert reader.get("/", headers={"Cookie": f"gumshoe_session={secret}"}).status_code == 303
    bot.store.tokens.revoke(public.id)
