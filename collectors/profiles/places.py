"""Tells which web addresses are profiles, of which service and under which name; no address is opened for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from collectors.profiles.profile import address

FEDIVERSE = "Fediverse"
BLUESKY = "Bluesky"

_PARTS = re.compile(r"https?://(?:www\.)?([a-z0-9._-]+)(?::\d+)?(/[^?#]*)?(\?[^#]*)?", re.ASCII)
_VARIANT = re.compile(r"(?:m|mobile|old|[a-z]{2}(?:-[a-z]{2})?)\.", re.ASCII)  # m.facebook.com, de.linkedin.com
_FEDIVERSE = re.compile(r"/(?:@|users/)([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})(?:@([a-z0-9.-]{3,253}))?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A profile that an address names."""

    service: str
    name: str
    page: str
    walled: bool = False  # shown only to those who log in, or not to be read by programs

    @property
    def label(self) -> str:
        return f"{self.service}: {self.name}"

    @property
    def key(self) -> str:
        return key(self.service, self.name)


@dataclass(frozen=True, slots=True)
class Row:
    """How one service spells its profiles' addresses."""

    service: str
    hosts: tuple[str, ...]
    paths: re.Pattern[str]  # the first group that matched is the name
    page: str
    walled: bool = False
    not_names: frozenset[str] = frozenset()


def key(service: str, name: str) -> str:
    """What two spellings of one profile have in common."""
    return f"{service}:{name.casefold().removeprefix('@')}"


def _row(service: str, hosts: str, paths: str, page: str, *, walled: bool = False, no: str = "") -> Row:
    return Row(service, tuple(hosts.split()), re.compile(paths, re.ASCII), page, walled, frozenset(no.split()))


OTHERS = (
    "about account api apps assets blog business careers codespaces collections contact customer-stories discover "
    "docs enterprise events explore features groups hashtag help home i intent issues jobs join legal login "
    "marketplace news notifications orgs plans policies pricing privacy projects pulls readme search security "
    "settings share sharer sharer.php shop signup site sitemap sponsors stories tags team terms topics tos tr "
    "trending users watch p reel reels tv dialog plugins embed addstickers joinchat s iv proxy"
)
ROWS = (
    _row(
        "GitHub",
        "github.com",
        r"/(?:orgs/|sponsors/)?([A-Za-z0-9][A-Za-z0-9-]{0,38})/?",
        "https://github.com/{}",
        no=OTHERS,
    ),
    _row("GitLab", "gitlab.com", r"/([A-Za-z0-9_][\w.-]{1,254})/?", "https://gitlab.com/{}", no=OTHERS),
    _row(
        "Gravatar",
        "gravatar.com en.gravatar.com",
        r"/([A-Za-z0-9_.-]{2,64})/?",
        "https://gravatar.com/{}",
        no=f"{OTHERS} avatar",
    ),
    _row("Keybase", "keybase.io", r"/([A-Za-z0-9_]{2,16})/?", "https://keybase.io/{}", no=OTHERS),
    _row(
        "Hacker News",
        "news.ycombinator.com",
        r"/user\?id=([A-Za-z0-9_-]{2,15})",
        "https://news.ycombinator.com/user?id={}",
    ),
    _row(BLUESKY, "bsky.app", r"/profile/(did:plc:[a-z0-9]{24}|[A-Za-z0-9.-]{3,253})/?", "https://bsky.app/profile/{}"),
    _row("Stack Overflow", "stackoverflow.com", r"/users/(\d{1,12})(?:/.*)?", "https://stackoverflow.com/users/{}"),
    _row("Docker Hub", "hub.docker.com", r"/(?:u|r)/([a-z0-9_-]{2,40})(?:/.*)?", "https://hub.docker.com/u/{}"),
    _row("Lichess", "lichess.org", r"/@/([\w-]{2,30})/?", "https://lichess.org/@/{}"),
    _row("Chess.com", "chess.com", r"/member/([\w-]{3,25})/?", "https://www.chess.com/member/{}"),
    _row("Wikipedia", "en.wikipedia.org", r"/wiki/User:([^/?#]{1,85})", "https://en.wikipedia.org/wiki/User:{}"),
    _row("X", "x.com twitter.com", r"/@?([A-Za-z0-9_]{1,15})/?", "https://x.com/{}", walled=True, no=OTHERS),
    _row(
        "Instagram",
        "instagram.com",
        r"/([A-Za-z0-9_.]{1,30})/?",
        "https://www.instagram.com/{}/",
        walled=True,
        no=OTHERS,
    ),
    _row(
        "Facebook",
        "facebook.com fb.com",
        r"/([A-Za-z0-9.]{5,50})/?",
        "https://www.facebook.com/{}",
        walled=True,
        no=OTHERS,
    ),
    _row(
        "LinkedIn",
        "linkedin.com",
        r"/((?:in|company|school)/[\w-]{2,100})/?",
        "https://www.linkedin.com/{}",
        walled=True,
    ),
    _row("TikTok", "tiktok.com", r"/@([A-Za-z0-9_.]{2,24})/?", "https://www.tiktok.com/@{}", walled=True),
    _row(
        "YouTube",
        "youtube.com",
        r"/(@[\w.-]{3,30}|channel/UC[\w-]{22}|c/[\w.-]{1,100}|user/[\w.-]{1,50})/?",
        "https://www.youtube.com/{}",
        walled=True,
    ),
    _row(
        "Reddit",
        "reddit.com old.reddit.com",
        r"/(?:u|user)/([\w-]{3,20})/?",
        "https://www.reddit.com/user/{}",
        walled=True,
    ),
    _row(
        "Threads", "threads.net threads.com", r"/@([A-Za-z0-9_.]{1,30})/?", "https://www.threads.com/@{}", walled=True
    ),
    _row("Telegram", "t.me telegram.me", r"/(?:s/)?([A-Za-z]\w{4,31})/?", "https://t.me/{}", walled=True, no=OTHERS),
    _row("Medium", "medium.com", r"/@([A-Za-z0-9_.]{1,40})/?", "https://medium.com/@{}", walled=True),
    _row("Substack", "substack.com", r"/@([A-Za-z0-9_-]{1,60})/?", "https://substack.com/@{}", walled=True),
    _row("Twitch", "twitch.tv", r"/([A-Za-z0-9_]{4,25})/?", "https://www.twitch.tv/{}", walled=True, no=OTHERS),
)
WALLED = tuple(row.service for row in ROWS if row.walled)
"""Services that only show profiles behind a login, or whose terms forbid programs to read them."""

# Others that spell their profiles like servers of the fediverse.
NOT_FEDIVERSE = frozenset(
    {"codepen.io", "flipboard.com", "glitch.com", "hackernoon.com", "hashnode.com", "kick.com", "observablehq.com"}
    | {"odysee.com", "producthunt.com", "replit.com", "rumble.com", "stackblitz.com", "tumblr.com", "unsplash.com"}
    | {"vimeo.com", "npmjs.com", "ko-fi.com", "post.news", "quora.com", "kit.com", "linktr.ee", "velog.io", "qiita.com"}
)

_BY_HOST = {host: row for row in ROWS for host in row.hosts}


def place_of(url: str) -> Place | None:
    """The profile an address is; None when it is none of a service we know."""
    found = _PARTS.match(address(url))
    if found is None:
        return None
    host, path, query = found[1], unquote(found[2] or "/"), found[3] or ""
    row = _BY_HOST.get(host) or _BY_HOST.get(_VARIANT.sub("", host, count=1) if _VARIANT.match(host) else "")
    if row is None:
        return None if host in NOT_FEDIVERSE else _fediverse(host, path)
    match = row.paths.fullmatch(path + query if "id=" in query else path)
    if match is None or match[1].lower() in row.not_names:
        return None
    return Place(row.service, match[1], row.page.format(match[1]), row.walled)


def place(service: str, name: str) -> Place | None:
    """A profile by service and name; None for a name that cannot stand in its address."""
    row = next((each for each in ROWS if each.service.casefold() == service.casefold()), None)
    return place_of(row.page.format(name)) if row else None


def fediverse(name: str, host: str) -> Place:
    return Place(FEDIVERSE, f"@{name}@{host}", f"https://{host}/@{name}")


def _fediverse(host: str, path: str) -> Place | None:
    """Servers of the fediverse are many; what tells them is how they spell a profile's address."""
    match = _FEDIVERSE.fullmatch(path)
    if match is None:
        return None
    return fediverse(match[1], match[2] or host)
