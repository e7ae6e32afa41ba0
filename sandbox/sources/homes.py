"""The web sites of the invented world: home pages, a mail policy, a logo, a page that never ends well."""

from __future__ import annotations

from sandbox.sources.identity_answers import webfinger
from sandbox.sources.page import Ask, Page, Site, html
from sandbox.sources.world import hostile
from sandbox.sources.world.whole import World

MTA_STS = """\
version: STSv1
mode: enforce
mx: mx1.example.net
mx: mx2.example.net
max_age: 604800
"""
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 10 10">'
    '<title>Example Corp</title><rect width="10" height="10" fill="#246"/></svg>'
)
TITLES = {
    "example.com": ("Example Corp", "We make examples. DEMO: an invented company."),
    "example.org": ("Example Foundation", "Examples for everybody. DEMO."),
    "example.net": ("Example Hosting", "Servers for examples. DEMO."),
    "kontor.example": ("Kontor", "Office goods. DEMO."),
    "slow.test": ("Slow", "Patience. DEMO."),
    "flaky.test": ("Flaky", "Try again. DEMO."),
    "broken.test": ("Broken", "This would be the page. DEMO."),
    "rented.test": ("Rented Servers", "Cheap. DEMO."),
}
LOGIN = "<form action=/collect method=post><input name=user><input name=password type=password></form> DEMO."


def _about(ask: Ask) -> str:
    return ask.host


def _home(_world: World, ask: Ask) -> Page:
    if ask.path == "/.well-known/webfinger" and ask.host == "example.com":
        return webfinger(ask)
    if ask.path != "/":
        return html("Not found", "There is no such page.", status=404)
    title, text = TITLES[ask.host.removeprefix("www.")]
    return html(title, text)


def _phishing(_world: World, ask: Ask) -> Page:
    return html("Sign in to Example", LOGIN) if ask.path == "/" else html("Not found", "No.", status=404)


def _hostile(_world: World, ask: Ask) -> Page:
    if ask.path == "/large":
        return html(hostile.LINK, hostile.flood())
    return html(f"{hostile.MENTIONS} {hostile.BIDI}", " ".join(hostile.ALL))


def _mta_sts(_world: World, ask: Ask) -> Page:
    if ask.path != "/.well-known/mta-sts.txt":
        return html("Not found", "There is no such page.", status=404)
    return Page(MTA_STS.replace("\n", "\r\n").encode(), content_type="text/plain")


def _brand(_world: World, ask: Ask) -> Page:
    if ask.path != "/logo.svg":
        return html("Not found", "There is no such page.", status=404)
    return Page(LOGO.encode(), content_type="image/svg+xml")


SITES: dict[str, Site] = {
    **{prefix + name: Site(about=_about, answer=_home) for name in TITLES for prefix in ("", "www.")},
    "examp1e-login.test": Site(about=_about, answer=_phishing),
    "hostile.test": Site(about=_about, answer=_hostile),
    "mta-sts.example.com": Site(about=_about, answer=_mta_sts),
    "brand.example.com": Site(about=_about, answer=_brand),
}
