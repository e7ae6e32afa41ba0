"""GitHub as a witness: who commits under an address, what an account shows, and which keys it publishes."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.claims import openpgp
from collectors.claims.claim import LONGEST_BIO, Claim, known_absent, line
from collectors.claims.directories import described, emails, split
from collectors.claims.names import place
from collectors.doors.reply import Reply
from collectors.names import email_in, link_in
from core.errors import BadKey, Changed, SourceError
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact

if TYPE_CHECKING:
    from collectors.fetch import Fetch

API = "https://api.github.com"
LOGIN = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9]|-(?=[a-zA-Z0-9])){0,38}")
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
TIMEOUT = 10.0
MOST_COMMITS = 30
MOST_LOGINS = 2
MOST_KEYS = 20
NO_LOGIN = N_("GitHub lets nobody search commits without a login just now; GITHUB_TOKEN would be one.")
CONNECTED = N_("GitHub connects commits of {mail} with this account, which it does once the account confirmed it.")
BEARS = N_("Commits with the address {mail} bear this name; anybody can write both into a commit.")
PUBLISHES = N_("The GitHub account {handle} publishes it.")
MORE_KEYS = N_("GitHub account {handle} publishes {n:,} more {kind} keys than are read.")


async def by_mail(mail: str, fetch: Fetch) -> list[Claim]:
    """Accounts that GitHub itself connects with the address, and names that commits give it."""
    found = await fetch.attempt(_search(mail, fetch))
    if isinstance(found, SourceError):
        _missed(found, fetch)
        return []
    if found.status == 422:
        fetch.gap("not_a_target", noted("GitHub cannot search for commits of {mail} (422).", mail=mail))
        return []
    commits = _commits(found, mail, fetch)
    logins: defaultdict[str, list[Any]] = defaultdict(list)
    for commit in commits:
        login = shape.text(commit, "author", "login")
        logins[login if LOGIN.fullmatch(login) else ""].append(commit)
    unlinked = logins.pop("", [])
    claims = [_committer(login, theirs, mail, found) for login, theirs in logins.items()]
    known = list(logins)[:MOST_LOGINS]
    if len(logins) > MOST_LOGINS:
        many = N_("{n} accounts commit as {mail}; {most} were looked at.")
        fetch.gap("truncated", noted(many, n=len(logins), mail=mail, most=MOST_LOGINS))
    whose = [(each, noted("GitHub's {handle}", handle=each)) for each in known]
    looks = await asyncio.gather(*(fetch.tolerate(by_login(each, fetch), what) for each, what in whose))
    return [*claims, *_named(unlinked, mail, found), *(claim for look in looks for claim in look or [])]


async def _search(mail: str, fetch: Fetch) -> Reply:
    params = {"q": f"author-email:{mail}", "sort": "author-date", "order": "desc", "per_page": str(MOST_COMMITS)}
    return await _ask("/search/commits", fetch, params=params, expect=dict, ok=(200, 422), absent=())


async def _ask(path: str, fetch: Fetch, *, expect: type, **options: Any) -> Reply:
    key = fetch.key("github_token")
    return await fetch.json(
        API + path, source="GitHub", headers=HEADERS, key=key, expect=expect, timeout=TIMEOUT, **options
    )


def _missed(error: SourceError, fetch: Fetch) -> None:
    if isinstance(error, BadKey) and not fetch.has_key("github_token"):
        fetch.gap("no_key", NO_LOGIN)
    else:
        fetch.gap(error.reason, str(error))


def _commits(reply: Reply, mail: str, fetch: Fetch) -> list[Any]:
    """The commits whose author really has this address: a search may be looser than it was asked to be."""
    said = reply.json()
    if not isinstance(shape.dig(said, "items"), list):
        raise Changed(noted("GitHub answered a search without the list `items`."))
    if shape.dig(said, "incomplete_results") is True:
        fetch.gap("truncated", noted("GitHub did not finish its search for commits."))
    rows = shape.mappings(said, "items")[:MOST_COMMITS]
    if shape.items(said, "items") and not any(shape.text(each, "commit", "author", "email") for each in rows):
        raise Changed(noted("GitHub answered commits without `commit.author.email`."))
    return [each for each in rows if shape.text(each, "commit", "author", "email").casefold() == mail.casefold()]


def _committer(login: str, commits: list[Any], mail: str, reply: Reply) -> Claim:
    """GitHub shows an account at a commit when the account has confirmed the commit's address."""
    times = sorted(filter(None, (shape.when(each, "commit", "author", "date") for each in commits)))
    return Claim(
        Fact.ACCOUNT,
        f"GitHub: {login}",
        reply.receipt(),
        context=noted(CONNECTED, mail=mail),
        attributes={
            "service": "GitHub",
            "handle": login,
            "url": f"https://github.com/{login}",
            "commits": len(commits),
            "commit_names": _names(commits),
            "repositories": _repositories(commits),
            "first_commit": times[0] if times else None,
            "last_commit": times[-1] if times else None,
        },
        url=place(f"https://github.com/{login}"),
        handles=(login,),
        vouched=(mail,),
    )


def _names(commits: list[Any]) -> list[str]:
    return list(dict.fromkeys(filter(None, (line(each, "commit", "author", "name") for each in commits))))[:10]


def _repositories(commits: list[Any]) -> list[str]:
    return list(dict.fromkeys(filter(None, (line(each, "repository", "full_name") for each in commits))))[:10]


def _named(commits: list[Any], mail: str, reply: Reply) -> list[Claim]:
    """Names in commits that belong to no account: whoever makes a commit writes there what they like."""
    return [
        Claim(
            Fact.PERSON,
            name,
            reply.receipt(),
            context=noted(BEARS, mail=mail),
            confidence=Confidence.LOW,
            attributes={"role": "author of commits", "repositories": _repositories(commits)},
            names=(name,),
            rumoured=(mail,),
        )
        for name in _names(commits)[:5]
    ]


async def by_login(login: str, fetch: Fetch) -> list[Claim]:
    """An account and the keys it publishes; nothing when GitHub does not know it."""
    reply = await _ask(f"/users/{login}", fetch, expect=dict)
    if known_absent(reply):
        return []
    user = reply.json()
    if not shape.text(user, "login"):
        raise Changed(noted("GitHub answered an account without `login`."))
    spelled = shape.text(user, "login")
    if spelled.casefold() != login.casefold():
        other = N_("GitHub was asked about {handle} and answered about {text}.")
        raise Changed(noted(other, handle=login, text=spelled[:60]))
    logins, pgp = await asyncio.gather(
        fetch.tolerate(_ask(f"/users/{login}/keys", fetch, expect=list), noted("GitHub's SSH keys")),
        fetch.tolerate(_ask(f"/users/{login}/gpg_keys", fetch, expect=list), noted("GitHub's OpenPGP keys")),
    )
    for kind, answer in (("SSH", logins), ("OpenPGP", pgp)):
        if answer is not None and not answer.absent and (more := len(answer.json()) - MOST_KEYS) > 0:
            fetch.gap("truncated", noted(MORE_KEYS, handle=spelled, n=more, kind=kind))
    keys = [*_ssh(spelled, logins), *_openpgp(spelled, pgp)]
    return [_account(user, spelled, reply, keys), *keys]


def _account(user: Any, login: str, reply: Reply, keys: list[Claim]) -> Claim:
    mail, blog = email_in(shape.text(user, "email")), place(shape.text(user, "blog"))
    other = shape.text(user, "twitter_username")
    elsewhere = place(f"https://x.com/{other}") if re.fullmatch(r"\w{1,15}", other, re.ASCII) else ""
    name, company = line(user, "name"), line(user, "company")
    kind = shape.text(user, "type")
    return Claim(
        Fact.ACCOUNT,
        f"GitHub: {login}",
        reply.receipt(),
        context=noted("GitHub's own page of this account."),
        confidence=Confidence.HIGH,
        attributes={
            "service": "GitHub",
            "handle": login,
            "url": f"https://github.com/{login}",
            "id": shape.whole(user, "id"),
            "type": kind.lower()[:20],
            "display_name": name,
            "bio": line(user, "bio", most=LONGEST_BIO),
            "location": line(user, "location"),
            "organisation": company,
            "email": mail,
            "links": [link for link in (link_in(f"https://{each}") for each in (blog, elsewhere) if each) if link],
            "followers": shape.whole(user, "followers"),
            "repositories_count": shape.whole(user, "public_repos"),
            "created": shape.when(user, "created_at"),
        },
        url=place(f"https://github.com/{login}"),
        names=(name,) if name else (),
        handles=tuple(dict.fromkeys(filter(None, (login, other if elsewhere else "")))),
        links=tuple(filter(None, (blog, elsewhere))),
        # GitHub lets an account show an address only once it has confirmed it.
        vouched=tuple(dict.fromkeys((*((mail,) if mail else ()), *(each for key in keys for each in key.vouched)))),
        keys=tuple(each for key in keys for each in key.keys),
        places=tuple(filter(None, (line(user, "location"),))),
        organisations=(company,) if company else (),
        bio=line(user, "bio", most=LONGEST_BIO),
        person={"user": True, "organization": False, "bot": False}.get(kind.lower()),
        created=shape.when(user, "created_at"),
    )


def _ssh(login: str, reply: Reply | None) -> list[Claim]:
    """The keys somebody logs in with; `SHA256:` is how OpenSSH names them."""
    if reply is None or reply.absent:
        return []
    claims = []
    for each in shape.mappings(reply.json())[:MOST_KEYS]:
        kind, _, material = shape.text(each, "key").partition(" ")
        try:
            blob = base64.b64decode(material.split(" ")[0], validate=True)
        except (binascii.Error, ValueError):
            continue
        if not blob or not re.fullmatch(r"[a-z0-9@.-]{3,60}", kind):
            continue
        name = "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        claims.append(
            Claim(
                Fact.KEY,
                f"SSH {name}",
                reply.receipt(),
                context=noted(PUBLISHES, handle=login),
                confidence=Confidence.HIGH,
                attributes={"type": "SSH", "fingerprint": name, "algorithm": kind, "account": f"GitHub: {login}"},
                keys=(name,),
                is_compared=False,
            )
        )
    return claims


def _openpgp(login: str, reply: Reply | None) -> list[Claim]:
    if reply is None or reply.absent:
        return []
    rows = shape.mappings(reply.json())[:MOST_KEYS]
    return [claim for row in rows for claim in _uploaded(login, row, reply)]


def _uploaded(login: str, row: Any, reply: Reply) -> list[Claim]:
    """A key as it was uploaded; of its addresses GitHub says which the account has confirmed."""
    rows = shape.mappings(row, "emails")[:MOST_KEYS]
    checked = tuple(
        mail for each in rows if shape.dig(each, "verified") is True and (mail := email_in(shape.text(each, "email")))
    )
    found = openpgp.readable(shape.text(row, "raw_key").encode())
    claims = []
    for key in found[:1]:
        rest = tuple(each for each in emails(key) if each not in checked)
        claims.append(
            Claim(
                Fact.KEY,
                f"OpenPGP {key.fingerprint}",
                reply.receipt(),
                context=noted(PUBLISHES, handle=login),
                confidence=Confidence.HIGH,
                attributes={
                    **described(key, reply.fetched_at, checked=checked),
                    "account": f"GitHub: {login}",
                },
                names=tuple(dict.fromkeys(name for text in key.user_ids if (name := split(text)[0]))),
                keys=(key.fingerprint,),
                vouched=checked,
                published=rest,
                created=key.created,
            )
        )
    return claims
