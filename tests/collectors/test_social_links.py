"""Which profiles belong together is said only where they say it themselves, and on whose word."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from collectors.social import social
from core.models import Confidence, Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.profile_samples import (
    FULL,
    GITHUB,
    docker,
    everybody,
    github,
    gravatar,
    hacker_news,
    keybase,
    lichess,
    mastodon,
    nobody,
    row,
    stack,
    stack_user,
)

NAME = Target(Kind.USERNAME, "ada")
EMAIL = Target(Kind.EMAIL, "Ada@example.com")
HASH = hashlib.sha256(b"ada@example.com").hexdigest()
STACK = ("api.stackexchange.com", "/2.3/users/77")
MASTODON = ("mastodon.social", "/api/v1/accounts/lookup")
ELSEWHERE = "https://mastodon.social/@other"


def accounts(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {each.value: each for each in findings if each.kind is Fact.ACCOUNT}


def bonds(findings: Sequence[Finding]) -> dict[str, str]:
    return {each.value: str(each.attributes["standing"]) for each in findings if each.kind is Fact.IDENTITY}


def on_github(world: World, *social_accounts: str, **more: object) -> None:
    world.http.on(GITHUB, "/users/ada", Canned(json=github() | {"blog": "", "email": None, **more}))
    world.http.on(GITHUB, "/users/ada/social_accounts", Canned(json=[{"url": each} for each in social_accounts]))


def on_mastodon(world: World, answer: object, host: str = "mastodon.social") -> None:
    world.http.on(host, "/api/v1/accounts/lookup", Canned(json=answer))


def later_on_mastodon(world: World, answer: object) -> None:
    """Nobody has the name that is asked for first; the profile that is linked is there."""
    world.http.on(*MASTODON, Canned(status=404, json={"error": "Record not found"}), Canned(json=answer))


async def test_the_same_name_on_two_services_connects_nothing(world: World) -> None:
    nobody(world)
    on_github(world)
    world.http.on("lichess.org", "*", Canned(json=lichess()))
    _, findings = await world.collect(social, NAME)
    found = accounts(findings)
    assert sorted(found) == ["GitHub: ada", "Lichess: ada"]
    assert found["GitHub: ada"].attributes["display_name"] == "Ada Example"
    assert found["Lichess: ada"].attributes["display_name"] == "Adalbert Sample"
    assert bonds(findings) == {}
    assert "standing" not in found["Lichess: ada"].attributes
    assert found["Lichess: ada"].context == "Lichess has a profile of this name; that does not say whose it is."


async def test_a_link_from_one_side_is_a_claim(world: World) -> None:
    nobody(world)
    on_github(world)
    world.http.on("hacker-news.firebaseio.com", "*", Canned(json=hacker_news(about="See https://github.com/ada")))
    _, findings = await world.collect(social, NAME)
    assert bonds(findings) == {"Hacker News: ada + GitHub: ada": "claimed"}
    (bond,) = [each for each in findings if each.kind is Fact.IDENTITY]
    assert bond.confidence is Confidence.LOW
    assert bond.attributes["points"] == ["Hacker News: ada links to GitHub: ada (its text)."]


async def test_a_link_that_is_returned_is_confirmed(world: World) -> None:
    nobody(world)
    on_github(world, "https://news.ycombinator.com/user?id=ada")
    world.http.on("hacker-news.firebaseio.com", "*", Canned(json=hacker_news(about="https://github.com/ada")))
    _, findings = await world.collect(social, NAME)
    (bond,) = [each for each in findings if each.kind is Fact.IDENTITY]
    assert (bond.attributes["standing"], bond.confidence) == ("confirmed", Confidence.HIGH)
    assert len(bond.attributes["points"]) == 2


async def test_a_linked_profile_under_another_name_is_read_once_and_told_with_its_standing(world: World) -> None:
    nobody(world)
    on_github(world, ELSEWHERE)
    later_on_mastodon(world, mastodon("other", row("https://github.com/ada")))
    _, findings = await world.collect(social, NAME)
    other = accounts(findings)["Fediverse: @other@mastodon.social"]
    assert (other.attributes["standing"], other.confidence) == ("confirmed", Confidence.HIGH)
    assert other.attributes["linked_from"] == ["GitHub: ada"]
    assert other.context == "GitHub: ada names it (its list of accounts); it links back."
    assert world.http.count("mastodon.social") == 2  # the name itself, and the linked one


async def test_a_linked_profile_that_does_not_link_back_stays_a_claim(world: World) -> None:
    nobody(world)
    on_github(world, ELSEWHERE)
    later_on_mastodon(world, mastodon("other"))
    _, findings = await world.collect(social, NAME)
    other = accounts(findings)["Fediverse: @other@mastodon.social"]
    assert (other.attributes["standing"], other.confidence) == ("claimed", Confidence.LOW)
    assert bonds(findings) == {"GitHub: ada + Fediverse: @other@mastodon.social": "claimed"}


async def test_a_linked_profile_that_is_not_there_is_said_and_is_no_account(world: World) -> None:
    nobody(world)
    on_github(world, "https://keybase.io/gone")
    look, findings = await world.collect(social, NAME)
    assert list(accounts(findings)) == ["GitHub: ada"]
    assert "Linked, and not there: Keybase: gone." in look.message


async def test_a_link_to_a_walled_service_is_a_claim_that_was_not_looked_at(world: World) -> None:
    nobody(world)
    on_github(world, "https://www.linkedin.com/in/ada-example", twitter_username="ada_x")
    _, findings = await world.collect(social, NAME)
    found = accounts(findings)
    for label in ("LinkedIn: in/ada-example", "X: ada_x"):
        assert (found[label].attributes["looked"], found[label].attributes["standing"]) == (False, "claimed")
        assert "I did not look at it" in found[label].context
    assert not {each.host for each in world.http.asked} & {"www.linkedin.com", "x.com"}


async def test_small_servers_that_a_profile_names_are_asked_only_when_wanted(world: World) -> None:
    nobody(world)
    on_github(world, "https://social.example/@ada")
    on_mastodon(world, mastodon("ada", url="https://social.example/@ada"), "social.example")
    finger = {
        "links": [{"rel": "self", "href": "https://social.example/users/ada"}],
        "subject": "acct:ada@social.example",
    }
    world.http.on("social.example", "/.well-known/webfinger", Canned(json=finger))
    _, findings = await world.collect(social, NAME)
    unread = accounts(findings)["Fediverse: @ada@social.example"]
    assert (unread.attributes["looked"], world.http.count("social.example")) == (False, 0)
    assert "its keeper would learn of the question" in unread.context
    _, findings = await world.collect(social, NAME, options=["fediverse"])
    assert accounts(findings)["Fediverse: @ada@social.example"].attributes["looked"] is True
    assert world.http.count("social.example") == 2


async def test_what_a_small_server_says_to_have_verified_is_only_its_word(world: World) -> None:
    nobody(world)
    on_github(world, "https://social.example/@ada")
    finger = {"links": [{"rel": "self", "href": "https://social.example/users/ada"}]}
    world.http.on("social.example", "/.well-known/webfinger", Canned(json=finger))
    forged = mastodon("ada", row("https://gitlab.com/ada", "2023-01-01"), url="https://github.com/ada")
    on_mastodon(world, forged, "social.example")
    world.http.on("gitlab.com", "/api/v4/users", Canned(json=[{"username": "ada", "name": "A", "state": "active"}]))
    _, findings = await world.collect(social, NAME, options=["fediverse"])
    assert set(accounts(findings)) == {"GitHub: ada", "GitLab: ada", "Fediverse: @ada@social.example"}
    assert bonds(findings) == {
        "GitHub: ada + Fediverse: @ada@social.example": "claimed",
        "Fediverse: @ada@social.example + GitLab: ada": "claimed",
    }


async def test_a_domain_cannot_send_us_to_somebody_elses_server(world: World) -> None:
    nobody(world)
    on_github(world, "https://social.example/@ada")
    finger = {"links": [{"rel": "self", "href": "https://victim.example/users/ada"}]}
    world.http.on("social.example", "/.well-known/webfinger", Canned(json=finger))
    _, findings = await world.collect(social, NAME, options=["fediverse"])
    assert world.http.count("victim.example") == 0
    assert "Fediverse: @ada@social.example" in accounts(findings)


async def test_a_link_that_a_large_server_verified_is_confirmed(world: World) -> None:
    nobody(world)
    on_github(world)
    on_mastodon(
        world,
        mastodon("ada", row("https://github.com/ada", "2023-01-01"), row("https://kontor.example/", "2023-01-01")),
    )
    _, findings = await world.collect(social, NAME)
    assert bonds(findings) == {"Fediverse: @ada@mastodon.social + GitHub: ada": "confirmed"}
    (page,) = [each for each in findings if each.kind is Kind.URL]
    assert (page.value, page.attributes["standing"]) == ("https://kontor.example/", "confirmed")


async def test_mentions_in_a_text_are_not_the_owners_links(world: World) -> None:
    nobody(world)
    note = '<p>With <a class="u-url mention" href="https://github.com/ada">@eve</a></p>'
    on_github(world)
    on_mastodon(world, mastodon("ada", note=note))
    _, findings = await world.collect(social, NAME)
    assert bonds(findings) == {}


async def test_a_keybase_proof_finds_the_account_of_another_name(world: World) -> None:
    nobody(world)
    on_github(world)
    lookup = ("keybase.io", "/_/api/1.0/user/lookup.json")
    none = Canned(json={"status": {"code": 0}, "them": [None]})
    proofs = keybase("ada_e", ("github", "ada", 1), ("twitter", "old", 2))
    world.http.on(*lookup, none, Canned(json=proofs))
    _, findings = await world.collect(social, NAME)
    proved = accounts(findings)["Keybase: ada_e"]
    assert (proved.attributes["standing"], proved.attributes["found_by"]) == ("confirmed", "proof")
    assert bonds(findings) == {"Keybase: ada_e + GitHub: ada": "confirmed"}
    assert "OpenPGP 0123456789ABCDEF0123456789ABCDEF01234567" in {each.value for each in findings}


async def test_a_keybase_proof_that_does_not_hold_proves_nothing(world: World) -> None:
    nobody(world)
    on_github(world)
    world.http.on("keybase.io", "*", Canned(json=keybase("ada", ("github", "ada", 2))))
    _, findings = await world.collect(social, NAME)
    assert bonds(findings) == {"Keybase: ada + GitHub: ada": "claimed"}


async def test_what_two_profiles_show_alike_is_a_claim_where_no_link_connects_them(world: World) -> None:
    nobody(world)
    on_github(world, blog="https://kontor.example")
    world.http.on("api.stackexchange.com", "*", Canned(json=stack(stack_user())))
    _, findings = await world.collect(social, NAME)
    (bond,) = [each for each in findings if each.kind is Fact.IDENTITY]
    assert (bond.attributes["standing"], bond.confidence) == ("claimed", Confidence.LOW)
    assert bond.attributes["points"] == ["Both show the page kontor.example."]


async def test_the_same_picture_on_two_profiles_is_a_claim_by_its_hash(world: World) -> None:
    nobody(world)
    picture = f"https://www.gravatar.com/avatar/{'ab' * 16}?s=256"
    world.http.on("hub.docker.com", "*", Canned(json=docker() | {"gravatar_url": picture, "profile_url": ""}))
    same = stack_user(profile_image=f"https://www.gravatar.com/avatar/{'ab' * 16}?d=identicon", website_url="")
    world.http.on("api.stackexchange.com", "*", Canned(json=stack(same)))
    _, findings = await world.collect(social, NAME)
    (bond,) = [each for each in findings if each.kind is Fact.IDENTITY]
    assert bond.attributes["standing"] == "claimed"
    assert bond.attributes["points"] == [f"Both show the picture of Gravatar hash {'ab' * 16}."]


async def test_an_address_leads_over_gravatar_to_verified_accounts(world: World) -> None:
    nobody(world)
    verified = gravatar("ada", "https://github.com/ada", ELSEWHERE)
    world.http.on("api.gravatar.com", f"/v3/profiles/{HASH}", Canned(json=verified))
    on_github(world)
    on_mastodon(world, mastodon("other"))
    look, findings = await world.collect(social, EMAIL)
    found = accounts(findings)
    assert look.outcome is Outcome.FOUND
    assert found["Gravatar: ada"].attributes["found_by"] == "e-mail"
    assert {found[label].attributes["standing"] for label in ("GitHub: ada", "Fediverse: @other@mastodon.social")} == {
        "confirmed"
    }
    assert not any("ada@example" in each.raw_path.lower() for each in world.http.asked)


async def test_an_address_without_a_gravatar_profile_is_an_answer_of_one_question(world: World) -> None:
    nobody(world)
    look, findings = await world.collect(social, EMAIL)
    assert (look.outcome, look.message, findings) == (
        Outcome.NOTHING,
        "Gravatar has no profile for this address.",
        [],
    )
    assert world.http.count() == 1


async def test_the_keepers_of_an_addresses_server_are_asked_only_when_wanted(world: World) -> None:
    nobody(world)
    world.http.on("example.com", "/.well-known/webfinger", Canned(status=404))
    await world.collect(social, EMAIL, options=["fediverse"])
    assert [each.query for each in world.http.asked if each.host == "example.com"] == [
        (("resource", "acct:Ada@example.com"),)
    ]


@pytest.mark.parametrize(
    ("url", "label", "spot"),
    [
        ("https://github.com/ada", "GitHub: ada", (GITHUB, "/users/ada")),
        ("https://www.github.com/ada/?tab=repositories", "GitHub: ada", (GITHUB, "/users/ada")),
        ("https://mastodon.social/@ada", "Fediverse: @ada@mastodon.social", MASTODON),
        ("https://bsky.app/profile/ada.bsky.social", "Bluesky: ada.bsky.social", ("public.api.bsky.app", "*")),
        ("https://news.ycombinator.com/user?id=ada", "Hacker News: ada", ("hacker-news.firebaseio.com", "*")),
        ("https://lichess.org/@/ada", "Lichess: ada", ("lichess.org", "/api/user/ada")),
        ("https://hub.docker.com/u/ada", "Docker Hub: ada", ("hub.docker.com", "/v2/users/ada/")),
        (
            "https://stackoverflow.com/users/77/ada",
            "Stack Overflow: ada (77)",
            STACK,
        ),
    ],
)
async def test_a_profiles_address_is_read_at_its_service(
    world: World, url: str, label: str, spot: tuple[str, str]
) -> None:
    nobody(world)
    answers = {host: answer for (host, path), answer in FULL.items() if not path.endswith("social_accounts")}
    world.http.on(*spot, Canned(json=answers[spot[0]]))
    look, findings = await world.collect(social, Target(Kind.URL, url))
    assert accounts(findings)[label].attributes["found_by"] == "address"
    assert look.outcome in (Outcome.FOUND, Outcome.PARTIAL)


async def test_an_address_that_is_no_profile_is_not_opened(world: World) -> None:
    look, findings = await world.collect(social, Target(Kind.URL, "https://example.com/about"))
    assert (look.outcome, findings, world.http.asked) == (Outcome.SKIPPED, [], [])
    assert look.message == "This is no address of a profile on a service I know, so I did not open it."


@pytest.mark.parametrize(
    "url", ["https://x.com/ada", "https://www.reddit.com/user/ada-example", "https://t.me/adaexample"]
)
async def test_a_profile_behind_a_wall_cannot_be_verified_and_is_never_found(world: World, url: str) -> None:
    look, findings = await world.collect(social, Target(Kind.URL, url))
    assert (look.outcome, look.reason, findings, world.http.asked) == (Outcome.FAILED, "not_verified", [], [])


async def test_a_small_server_is_not_asked_about_an_address_unless_that_is_wanted(world: World) -> None:
    target = Target(Kind.URL, "https://social.example/@ada")
    look, _ = await world.collect(social, target)
    assert (look.outcome, look.reason, world.http.asked) == (Outcome.FAILED, "not_verified", [])
    assert look.message.endswith("The option fediverse asks it all the same.")
    world.http.on("social.example", "/.well-known/webfinger", Canned(status=404, json={}))
    look, _ = await world.collect(social, target, options=["fediverse"])
    assert (look.outcome, look.message) == (Outcome.NOTHING, "Fediverse has no profile @ada@social.example.")


async def test_what_is_more_than_is_told_of_owners_and_connections_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody(world)
    look, _ = await world.collect(social, NAME)
    assert look.outcome is Outcome.FOUND
    monkeypatch.setattr("collectors.profiles.telling.MOST_STATED", 2)
    monkeypatch.setattr("collectors.social.MOST_BONDS", 0)
    look, findings = await world.collect(social, NAME)
    assert bonds(findings) == {}
    assert (look.outcome, [each.reason for each in look.gaps]) == (Outcome.PARTIAL, ["truncated", "truncated"])
    assert "pairs of profiles are connected; 0 are told." in look.message
