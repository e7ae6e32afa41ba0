"""Profiles where people talk: the fediverse, Bluesky, Hacker News, Wikipedia."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.names import is_host
from collectors.profiles import profile
from collectors.profiles.asking import ask
from collectors.profiles.hypertext import read
from collectors.profiles.places import BLUESKY, FEDIVERSE, key, place_of
from collectors.profiles.profile import Link, Profile
from core.errors import Blocked, Changed
from core.language import N_
from core.language.noted import noted
from core.targets import registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

INSTANCES = ("mastodon.social", "fosstodon.org", "infosec.exchange")
"""Where a bare name is tried."""

KNOWN_INSTANCES = frozenset(
    {*INSTANCES, "mastodon.online", "mastodon.world", "mas.to", "mstdn.social", "hachyderm.io", "chaos.social"}
    | {"techhub.social", "social.coop", "ioc.exchange", "mathstodon.xyz", "floss.social", "social.network.europa.eu"}
)
"""Servers so large that a question about one of their users tells nobody in particular."""

PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
JRD = {"Accept": "application/jrd+json, application/json;q=0.9"}
BSKY = "https://public.api.bsky.app/xrpc/app.bsky.actor.getProfile"
VERIFIED = N_("a link that its server verified (rel=me)")
PROVEN = N_("its handle, which the domain confirms")
GONE = {"AccountTakedown": "suspended", "AccountDeactivated": "deactivated"}


async def mastodon(fetch: Fetch, name: str, server: str) -> list[Profile]:
    """An account of a fediverse server that speaks Mastodon's API, which most do.

    https://docs.joinmastodon.org/methods/accounts/#lookup
    """
    reply = await ask(
        fetch,
        f"https://{server}/api/v1/accounts/lookup",
        server,
        absent=(404, 410),
        ok=(200, 401),
        params={"acct": name},
    )
    if reply is None:
        return []
    if reply.status == 401:
        raise Blocked(noted("{server} shows profiles only to those who log in (401).", server=server))
    said = reply.json()
    username = profile.need(said, server, "username")
    profile.same(name, username, server)
    moved = profile.website(said, "moved", "url")
    flags = [flag for flag in ("bot", "suspended", "limited", "locked") if shape.dig(said, flag) is True]
    return [
        Profile(
            service=FEDIVERSE,
            name=f"@{username}@{server}",
            page=_own_page(profile.website(said, "url"), server) or f"https://{server}/@{username}",
            reply=reply,
            display=profile.line(said, "display_name"),
            sort="bot" if "bot" in flags else "",
            bio=profile.bio(said, "note"),
            joined=shape.when(said, "created_at"),
            active=shape.when(said, "last_status_at"),
            followers=profile.count(said, "followers_count"),
            posts=profile.count(said, "statuses_count"),
            avatar=profile.website(said, "avatar"),
            links=(
                *_fields(said, trusted=server in KNOWN_INSTANCES),
                *profile.links((moved, noted("the account it moved to")), *_hrefs(said)),
            ),
            flags=(*flags, *(["moved"] if moved else [])),
        )
    ]


def _own_page(url: str, server: str) -> str:
    """A profile's address; one at somebody else's is not believed."""
    host = url.split("/")[2].partition(":")[0] if url else ""
    return url if host and registrable(host) == registrable(server) else ""


def _fields(said: Any, *, trusted: bool) -> Iterator[Link]:
    """The table of a profile. `verified_at`: the page links back with rel=me, and the server has seen it.

    A server may be its user's own: what a small one says to have seen is as good as its user's word.
    """
    for row in shape.mappings(said, "fields")[: profile.MOST_LINKS]:
        value = shape.text(row, "value")[:4000]
        seen = trusted and shape.when(row, "verified_at") is not None
        hrefs = [profile.address(tag.get("href")) for tag in read(value).named("a")] or [profile.address(value)]
        for url in filter(None, hrefs[:3]):
            yield Link(url, VERIFIED if seen else noted("its table of links"), proven=seen)


def _hrefs(said: Any) -> Iterator[tuple[str, str]]:
    """Links in the text; mentions and hashtags lead to others and are left out."""
    for tag in read(shape.text(said, "note")[:16_000]).named("a"):
        if not {"mention", "hashtag"} & set(tag.get("class").split()):
            yield profile.address(tag.get("href")), noted("its text")


async def webfinger(fetch: Fetch, name: str, domain: str) -> list[Profile]:
    """An account by the handle name@domain: the domain says which server keeps it (RFC 7033)."""
    reply = await ask(
        fetch,
        f"https://{domain}/.well-known/webfinger",
        domain,
        absent=(404, 410),
        params={"resource": f"acct:{name}@{domain}"},
        headers=JRD,
        redirects=2,
    )
    if reply is None:
        return []
    said = reply.json()
    if not isinstance(said.get("links"), list):
        raise Changed(noted("{domain} answered WebFinger without links.", domain=domain))
    actors = [row for row in shape.mappings(said, "links") if shape.text(row, "rel") == "self"]
    actor = next((url for row in actors if (url := profile.website(row, "href"))), "")
    if not actor:
        return []  # the domain speaks WebFinger, and this is no account of the fediverse
    server = actor.split("/")[2]
    if server not in KNOWN_INSTANCES and not _own_page(actor, domain):  # nobody sends us to whomever they like
        return [_fingered(name, domain, said, reply)]
    found = await fetch.tolerate(mastodon(fetch, name, server), noted("The profile at {server}", server=server))
    return found or [_fingered(name, domain, said, reply)]


def _fingered(name: str, domain: str, said: Mapping[str, Any], reply: Reply) -> Profile:
    """What WebFinger alone says, under the handle that was asked for: a subject elsewhere is only its word."""
    pages = [row for row in shape.mappings(said, "links") if shape.text(row, "rel") == PROFILE_PAGE]
    page = next((url for row in pages if (url := _own_page(profile.website(row, "href"), domain))), "")
    return Profile(service=FEDIVERSE, name=f"@{name}@{domain}", page=page or f"https://{domain}/@{name}", reply=reply)


async def bluesky(fetch: Fetch, name: str) -> list[Profile]:
    """An account by handle or DID; a bare name is tried below bsky.social.

    https://docs.bsky.app/docs/api/app-bsky-actor-get-profile
    """
    actor = name if "." in name or name.startswith("did:") else f"{name}.bsky.social"
    reply = await fetch.json(
        BSKY, params={"actor": actor}, source=BLUESKY, ok=(200, 400), absent=(), expect=dict, timeout=8.0
    )
    said = reply.json()
    if reply.status == 400:
        return _no_bluesky(actor, said, reply)
    handle = profile.need(said, BLUESKY, "handle")
    did = profile.need(said, BLUESKY, "did")
    profile.same(actor, did if actor.startswith("did:") else handle, BLUESKY)
    verified = shape.text(said, "verification", "verifiedStatus") == "valid"
    # A handle that is one's own domain proves control of it: its DNS or its web server names the DID.
    own = is_host(handle.lower()) and not handle.lower().endswith((".bsky.social", ".invalid"))
    proof = (Link(f"https://{handle.lower()}/", PROVEN, proven=True),) if own else ()
    return [
        Profile(
            service=BLUESKY,
            name=handle,
            page=f"https://bsky.app/profile/{handle}",
            reply=reply,
            display=profile.line(said, "displayName"),
            bio=profile.plain_bio(said, "description"),
            joined=shape.when(said, "createdAt"),
            followers=profile.count(said, "followersCount"),
            posts=profile.count(said, "postsCount"),
            avatar=profile.website(said, "avatar"),
            links=(*proof, *profile.links(*profile.mentioned(shape.text(said, "description"), noted("its text")))),
            flags=("verified by Bluesky",) if verified else (),
            keys=(key(BLUESKY, did),),
        )
    ]


def _no_bluesky(actor: str, said: Mapping[str, Any], reply: Reply) -> list[Profile]:
    """What a refusal says: nobody, somebody who is no longer shown, or a question that was not understood.

    Raises:
        Changed: the last.
    """
    error, message = profile.line(said, "error"), profile.line(said, "message").lower()
    if error in GONE:
        page = f"https://bsky.app/profile/{actor}"
        return [Profile(service=BLUESKY, name=actor, page=page, reply=reply, flags=(GONE[error],))]
    if "not found" in message or "unable to resolve" in message:
        return []
    why = error or noted("no reason given")
    raise Changed(noted("Bluesky did not accept the question ({why}).", why=why))


async def hacker_news(fetch: Fetch, name: str) -> list[Profile]:
    """A user; capitals count. https://github.com/HackerNews/API#users"""
    url = f"https://hacker-news.firebaseio.com/v0/user/{name}.json"
    reply = await ask(fetch, url, "Hacker News", expect=(dict, type(None)), absent=())
    if reply is None or reply.json() is None:
        return []
    said = reply.json()
    user = profile.need(said, "Hacker News", "id")
    profile.same(name, user, "Hacker News")
    about = shape.text(said, "about")[:16_000]
    hrefs = ((profile.address(tag.get("href")), noted("its text")) for tag in read(about).named("a"))
    return [
        Profile(
            service="Hacker News",
            name=user,
            page=f"https://news.ycombinator.com/user?id={user}",
            reply=reply,
            bio=profile.bio(said, "about"),
            joined=shape.when(said, "created"),
            posts=len(shape.items(said, "submitted")) or None,
            links=profile.links(*hrefs, *profile.mentioned(read(about).text, noted("its text"))),
        )
    ]


async def wikipedia(fetch: Fetch, name: str) -> list[Profile]:
    """A user of the English Wikipedia. https://www.mediawiki.org/wiki/API:Users"""
    asked = {"action": "query", "format": "json", "formatversion": "2", "list": "users", "ususers": name, "maxlag": "5"}
    reply = await ask(
        fetch,
        "https://en.wikipedia.org/w/api.php",
        "Wikipedia",
        absent=(),
        params={**asked, "usprop": "editcount|registration|groups|blockinfo"},
    )
    said = shape.mapping(reply.json(), "query", "users", 0) if reply else {}
    if reply is None or shape.dig(said, "missing") is True or shape.dig(said, "invalid") is True:
        return []
    if error := profile.line(reply.json(), "error", "code"):
        raise Changed(noted("Wikipedia did not accept the question ({why}).", why=error))
    user = profile.need(said, "Wikipedia", "name")
    profile.same(" ".join(name.replace("_", " ").split()), user, "Wikipedia")
    profile.need(said, "Wikipedia", "userid")
    page = place_of(f"https://en.wikipedia.org/wiki/User:{user.replace(' ', '_')}")
    return [
        Profile(
            service="Wikipedia",
            name=user,
            page=page.page if page else reply.url,
            reply=reply,
            joined=shape.when(said, "registration"),
            posts=profile.count(said, "editcount"),
            flags=("blocked",) if shape.dig(said, "blockid") else (),
        )
    ]
