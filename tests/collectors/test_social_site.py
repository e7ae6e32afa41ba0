"""A domain's accounts: what its home page claims, and whether the accounts say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.profiles.homepage import Site, read_humans, read_page, read_security
from collectors.profiles.hypertext import read
from collectors.profiles.places import place_of
from collectors.profiles.profile import address
from collectors.social import social
from core.models import Confidence, Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.mutants import JSON
from tests.collectors.profile_samples import GITHUB, bluesky, github, keybase, mastodon, nobody, row

DOMAIN = Target(Kind.DOMAIN, "example.com")
DID = "did:plc:adaexampleadaexampleada2"
SECURITY = """\
-----BEGIN PGP SIGNED MESSAGE-----
Contact: mailto:security@example.com
contact: https://example.com/report
Contact: javascript:alert(1)
Expires: 2020-01-01T00:00:00Z
Policy: https://example.com/policy
"""


def page(body: str, **more: Any) -> Canned:
    return Canned(text=f"<!doctype html><html><body>{body}</body></html>", content_type=HTML, **more)


def site(world: World, body: str, *, at: str = "example.com") -> World:
    """A home page with this body, no contact files, nobody on any service and no DNS record for Bluesky."""
    nobody(world)
    world.http.on(at, "*", Canned(status=404))
    world.http.on(at, "/", page(body))
    return world


def accounts(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {each.value: each for each in findings if each.kind is Fact.ACCOUNT}


async def test_an_account_that_links_back_is_confirmed_and_another_only_claimed(world: World) -> None:
    site(world, '<a href="https://github.com/example-corp">a</a><a href="https://gitlab.com/example-corp">b</a>')
    company = github("example-corp", type="Organization", name="Example Corp", blog="https://www.example.com/team")
    world.http.on(GITHUB, "/users/example-corp", Canned(json=company))
    world.http.on("gitlab.com", "*", Canned(json=[]))
    world.http.on("gitlab.com", "/api/v4/users", Canned(json=[{"username": "example-corp", "state": "active"}]))
    look, findings = await world.collect(social, DOMAIN)
    found = accounts(findings)
    assert found["GitHub: example-corp"].attributes["standing"] == "confirmed"
    assert found["GitHub: example-corp"].confidence is Confidence.HIGH
    assert found["GitLab: example-corp"].attributes["standing"] == "claimed"
    assert found["GitLab: example-corp"].confidence is Confidence.LOW
    assert found["GitLab: example-corp"].attributes["linked_from"] == ["example.com"]
    assert look.outcome is Outcome.FOUND


async def test_what_stands_on_another_domain_is_not_the_domains_own_word(world: World) -> None:
    site(world, '<a href="https://github.com/example-corp">a</a>', at="parked.example.net")
    world.http.on("example.com", "*", Canned(status=404))
    world.http.on("example.com", "/", Canned(status=302, headers={"Location": "https://parked.example.net/"}))
    look, findings = await world.collect(social, DOMAIN)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == (
        "example.com leads to parked.example.net, another domain: accounts were not looked for there."
    )


async def test_the_domain_itself_is_asked_for_four_files_at_most(world: World) -> None:
    site(world, "")
    look, findings = await world.collect(social, DOMAIN)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "The home page of example.com names no account of a service I know."
    assert [each.path for each in world.http.asked if each.host == "example.com"] == [
        "/",
        "/humans.txt",
        "/.well-known/security.txt",
        "/security.txt",
    ]
    assert {each.host for each in world.http.asked} == {"example.com", "keybase.io"}


async def test_a_site_that_is_down_is_not_one_without_accounts(world: World) -> None:
    nobody(world)
    for host in ("example.com", "www.example.com"):
        world.http.on(host, "*", Canned(status=503))
    look, findings = await world.collect(social, DOMAIN)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, "down", [])
    assert look.message.startswith("The home page of example.com was not read: example.com is out of order")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("Just a moment... challenge-platform", Outcome.PARTIAL),
        ("Nothing to see", Outcome.NOTHING),
        ('captcha <a href="https://x.com/corp">X</a>', Outcome.FOUND),
    ],
)
async def test_a_wall_in_place_of_the_home_page_is_not_one_without_accounts(
    world: World, body: str, outcome: Outcome
) -> None:
    site(world, body)
    look, _ = await world.collect(social, DOMAIN)
    assert (look.outcome, look.reason) == (outcome, "blocked" if outcome is Outcome.PARTIAL else "")


async def test_the_www_name_stands_in_when_the_bare_one_does_not_answer(world: World) -> None:
    site(world, '<a rel="me" href="https://mastodon.social/@corp">x</a>', at="www.example.com")
    world.http.on("example.com", "/", Canned(reset=True))
    world.http.on("example.com", "*", Canned(status=404))
    world.http.on("mastodon.social", "*", Canned(json=mastodon("corp", row("https://example.com"))))
    world.http.on(
        "mastodon.social", "/api/v1/accounts/lookup", Canned(json=mastodon("corp", row("https://example.com")))
    )
    _, findings = await world.collect(social, DOMAIN)
    assert accounts(findings)["Fediverse: @corp@mastodon.social"].attributes["standing"] == "confirmed"


async def test_links_that_share_or_post_are_no_accounts(world: World) -> None:
    shares = (
        "https://www.facebook.com/sharer/sharer.php?u=x",
        "https://x.com/intent/tweet?text=x",
        "https://twitter.com/share",
        "https://t.me/share/url?url=x",
        "https://github.com/features",
        "https://github.com/example-corp/repository",
        "https://www.linkedin.com/shareArticle?mini=true",
    )
    site(world, "".join(f'<a href="{url}">s</a>' for url in shares))
    _, findings = await world.collect(social, DOMAIN)
    assert findings == []


async def test_a_bluesky_handle_that_is_the_domain_is_confirmed_over_dns(world: World) -> None:
    site(world, "")
    world.dns.add("_atproto.example.com", "TXT", f'"did={DID}"')
    world.http.on("public.api.bsky.app", "*", Canned(json=bluesky("example.com")))
    _, findings = await world.collect(social, DOMAIN)
    assert accounts(findings)["Bluesky: example.com"].attributes["standing"] == "confirmed"
    (asked,) = [each for each in world.http.asked if each.host == "public.api.bsky.app"]
    assert asked.query == (("actor", DID),)


async def test_a_dns_record_for_an_account_of_another_handle_is_only_a_claim(world: World) -> None:
    site(world, "")
    world.dns.add("_atproto.example.com", "TXT", f'"did={DID}"')
    world.http.on("public.api.bsky.app", "*", Canned(json=bluesky("eve.bsky.social")))
    _, findings = await world.collect(social, DOMAIN)
    assert accounts(findings)["Bluesky: eve.bsky.social"].attributes["standing"] == "claimed"


async def test_whoever_proved_to_control_the_domain_on_keybase_is_told(world: World) -> None:
    site(world, "")
    world.http.on("keybase.io", "*", Canned(json=keybase("ada", ("dns", "example.com", 1))))
    _, findings = await world.collect(social, DOMAIN)
    found = accounts(findings)["Keybase: ada"]
    assert (found.attributes["standing"], found.attributes["found_by"]) == ("confirmed", "proof")
    assert dict(next(each.query for each in world.http.asked if each.host == "keybase.io"))["domain"] == "example.com"


async def test_a_security_txt_names_contacts_and_one_that_has_expired_says_so(world: World) -> None:
    site(world, "")
    world.http.on("example.com", "/.well-known/security.txt", Canned(text=SECURITY))
    _, findings = await world.collect(social, DOMAIN)
    told = {each.value: each for each in findings}
    mail = told["security@example.com"]
    assert (mail.attributes["role"], mail.attributes["expired"]) == ("security contact", True)
    assert told["https://example.com/report"].attributes["role"] == "security contact"
    assert told["https://example.com/policy"].attributes["role"] == "security policy"
    assert len(told) == 3


async def test_a_web_page_in_place_of_a_contact_file_is_none(world: World) -> None:
    site(world, "")
    world.http.on("example.com", "/.well-known/security.txt", page("Contact: mailto:eve@evil.test"))
    world.http.on("example.com", "/humans.txt", page("eve@evil.test https://github.com/eve"))
    look, findings = await world.collect(social, DOMAIN)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])


async def test_a_home_page_cannot_lead_us_inside(world: World) -> None:
    nobody(world)
    inside = {"Location": "http://127.0.0.1:1/"}
    for host in ("example.com", "www.example.com"):
        world.http.on(host, "*", Canned(status=302, headers=inside))
    look, findings = await world.collect(social, DOMAIN)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, "unsafe_address", [])


async def test_a_page_of_five_megabytes_is_read_to_one_and_that_is_said(world: World) -> None:
    nobody(world)
    site(world, '<a href="https://gitlab.com/example-corp">' + "<!-- <a b='" * 500_000)
    world.http.on("gitlab.com", "/api/v4/users", Canned(json=[{"username": "example-corp", "state": "active"}]))
    look, findings = await world.collect(social, DOMAIN)
    assert "truncated" in {gap.reason for gap in look.gaps}
    assert list(accounts(findings)) == ["GitLab: example-corp"]


def test_a_page_says_its_accounts_in_five_ways_and_the_strongest_counts() -> None:
    told = Site()
    read_page(
        """<link rel=me href=https://mastodon.social/@corp><meta name="twitter:site" content="@corp">
        <meta property="og:site_name" content="  Corp \n Inc ">
        <script type="application/ld+json">{"@graph": [{"@type": ["Organization"], "name": "Corp",
        "email": "mailto:a@example.com", "sameAs": ["https://github.com/corp", "https://mastodon.social/@corp"]}]}</script>
        <script type="application/ld+json">{broken</script><script>"https://github.com/other"</script>
        <!-- <a href="https://github.com/hidden"> --><a href='//github.com/corp'>x</a>
        <a href="mailto:b@example.com?subject=x">y</a><a href="/about">z</a>""",
        "example.com",
        told,
    )
    assert {place.label: how for place, how in told.places.values()} == {
        "GitHub: corp": "its JSON-LD (sameAs)",
        "Fediverse: @corp@mastodon.social": "its link with rel=me",
        "X: corp": "its card for X",
    }
    assert list(told.emails) == ["a@example.com", "b@example.com"]
    assert list(told.names) == ["Corp", "Corp Inc"]


def test_humans_are_read_as_text() -> None:
    told = Site()
    read_humans("Team: Ada <ada@example.com>, https://github.com/ada. @ada", "example.com", told)
    assert (list(told.emails), [place.label for place, _ in told.places.values()]) == (
        ["ada@example.com"],
        ["GitHub: ada"],
    )


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://github.com/Ada-Example/", "GitHub: Ada-Example"),
        ("http://www.twitter.com/@ada?lang=en", "X: ada"),
        ("https://www.linkedin.com/company/example-corp/", "LinkedIn: company/example-corp"),
        ("https://www.youtube.com/@ada", "YouTube: @ada"),
        ("https://social.example/users/ada", "Fediverse: @ada@social.example"),
        ("https://mastodon.social/@ada@other.example", "Fediverse: @ada@other.example"),
        ("https://medium.com/@ada", "Medium: ada"),
        ("https://de.linkedin.com/in/ada", "LinkedIn: in/ada"),
        ("https://mobile.twitter.com/ada", "X: ada"),
        ("https://en.wikipedia.org/wiki/User:Ada", "Wikipedia: Ada"),
        ("https://blog.twitter.com/ada", ""),
        ("https://unsplash.com/@ada", ""),
        ("https://github.com/ada/project", ""),
        ("https://github.com/../ada", ""),
        ("https://github.com/settings", ""),
        ("https://github.com.evil.test/ada", ""),
        ("https://github.com@evil.test/ada", ""),
        ("https://gist.github.com/ada", ""),
        ("javascript:alert(1)//github.com/ada", ""),
        ("https://t.me/joinchat/x", ""),
    ],
)
def test_which_addresses_are_profiles(url: str, label: str) -> None:
    found = place_of(url)
    assert (found.label if found else "") == label


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("http://example.com:8080/a?b#c", "http://example.com:8080/a?b#c"),
        ("https://user:secret@example.com/", ""),
        ("https://127.0.0.1/", ""),
        ("https://[::1]/", ""),
        ("https://localhost/", ""),
        ("https://example.com/a b", ""),
        ("https://example.com/<!channel>", ""),
        ("ftp://example.com/", ""),
        ("javascript:alert(1)", ""),
        ("https://example.com/\u202e", ""),
    ],
)
def test_which_texts_are_addresses_to_show(text: str, kept: str) -> None:
    assert address(text) == kept


@pytest.mark.parametrize("part", ["<!--", "<a b='", '<a b="', "<a b", "<script>", "<a ", "</", "&#9999999999", "<p>"])
def test_a_hostile_page_is_read_in_one_pass(part: str) -> None:
    found = read(part * (1_000_000 // len(part)))
    assert len(found.tags) <= 20_000


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.sampled_from("<>!-/='\" amescript&#x0;@:.{}[]\x00\u0130"), max_size=300), node=JSON)
def test_any_text_is_read_without_a_fault(text: str, node: Any) -> None:
    told = Site()
    read_page(f'{text}<script type="application/ld+json">{node!r}</script>{text}', "example.com", told)
    read_humans(text, "example.com", told)
    read_security(text)
    assert all(place.label for place, _ in told.places.values())
