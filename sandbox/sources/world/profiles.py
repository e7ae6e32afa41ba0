"""Who has which profile where: Ada on most services, Adalbert under her name on two, a company, a prankster."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.sources.world import hostile
from sandbox.sources.world.people import ADA, ADALBERT, Person

COMPANY_DID = "did:plc:examplecorpexamplecorp22"
ADA_DID = "did:plc:adaexampleadaexampleada2"
HOSTILE = "hostile-example"
FINGERPRINT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one profile shows; each service makes its own form of it."""

    name: str  # as that service spells it
    display: str
    bio: str = ""
    city: str = ""
    organisation: str = ""
    website: str = ""
    email: str = ""
    links: tuple[tuple[str, str, bool], ...] = ()  # label, address, whether the service has verified it
    is_organisation: bool = False
    twitter: str = ""
    number: int = 1000001


def _of(person: Person, name: str, *links: tuple[str, str, bool]) -> Shown:
    return Shown(
        name=name,
        display=person.name,
        bio=person.bio,
        city=person.city,
        organisation=person.organisation,
        website=person.homes[0],
        email=person.emails[0],
        links=links,
    )


GITHUB_PAGE = f"https://github.com/{ADA.handle}"
MASTODON_PAGE = "https://mastodon.social/@ada_example"
LISTED = (("mastodon", MASTODON_PAGE, False), ("linkedin", "https://www.linkedin.com/in/ada-example", False))
COMPANY = Shown(
    name="example-corp",
    display="Example Corp",
    bio="We make examples. DEMO: an invented company.",
    city="Exampletown",
    website="https://example.com/",
    email="press@example.com",
    is_organisation=True,
    number=1000100,
)
TRICKS = " ".join(hostile.ALL)
PRANK = Shown(
    name=HOSTILE,
    display=TRICKS,
    bio=TRICKS,
    city=hostile.MENTIONS,
    organisation=hostile.LINK,
    website="javascript:alert(1)",
    email="<@U0ADA>@evil.test",
    links=(
        ("in", "http://127.0.0.1/@admin", True),
        ("meta", "https://169.254.169.254/@latest", False),
        (hostile.BIDI, "https://github.com/../../x", False),
        ("self", f"https://github.com/{HOSTILE}", True),
    ),
    number=1000666,
)

PROFILES: dict[str, tuple[Shown, ...]] = {
    "github": (
        replace(_of(ADA, ADA.handle, *LISTED), twitter="ada_example"),
        COMPANY,
        PRANK,
    ),
    "gitlab": (Shown(ADA.handle, ADA.name, number=2000001), Shown("example-corp", "Example Corp", number=2000100)),
    "gravatar": (_of(ADA, ADA.handle, ("GitHub", GITHUB_PAGE, True), ("Mastodon", MASTODON_PAGE, True)),),
    "keybase": (
        Shown(
            "ada_example",
            ADA.name,
            ADA.bio,
            ADA.city,
            links=(
                ("github", ADA.handle, True),
                ("generic_web_site", "kontor.example", True),
                ("reddit", "old", False),
            ),
        ),
    ),
    "hackernews": (Shown(ADA.handle, "", f'I write code.<p>See <a href="{GITHUB_PAGE}" rel="nofollow">this</a>'),),
    "mastodon.social": (
        _of(ADA, "ada_example", ("GitHub", GITHUB_PAGE, True), ("Web", ADA.homes[0], True)),
        Shown("example_corp", "Example Corp", COMPANY.bio, links=(("Web", "https://example.com", True),)),
    ),
    "bluesky": (
        Shown(f"{ADA.handle}.bsky.social", ADA.name, f"{ADA.bio} {GITHUB_PAGE}"),
        Shown("example.com", "Example Corp", COMPANY.bio),
    ),
    "stackoverflow": (Shown(ADA.handle, ADA.handle, city=ADA.city, website=ADA.homes[0], number=3000001),),
    "dockerhub": (Shown(ADA.handle, ADA.name, city=ADA.city, organisation=ADA.organisation, website=ADA.homes[1]),),
    "lichess": (_of(ADALBERT, ADALBERT.handle),),
    "chess.com": (_of(ADALBERT, ADALBERT.handle),),
    "wikipedia": (Shown(ADA.handle.capitalize(), "", number=4000001),),
}
DIDS = {f"{ADA.handle}.bsky.social": ADA_DID, "example.com": COMPANY_DID}
EMAILS = dict.fromkeys(ADA.emails, ADA.handle)


def shown(service: str, name: str) -> Shown | None:
    """The profile of this name; capitals do not matter."""
    return next((each for each in PROFILES[service] if each.name.lower() == name.lower()), None)
