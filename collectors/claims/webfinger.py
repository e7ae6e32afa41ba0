"""Accounts that an address's own domain knows (WebFinger, RFC 7033)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors import shape
from collectors.claims.claim import Claim
from collectors.claims.names import place
from collectors.names import link_in
from core.errors import Changed
from core.language.noted import noted
from core.models import Confidence, Fact

if TYPE_CHECKING:
    from collectors.fetch import Fetch

PAGE, SELF = "http://webfinger.net/rel/profile-page", "self"
TIMEOUT = 10.0
UNKNOWN = (404, 410)  # 410: an account that was there (Mastodon)


async def finger(mail: str, fetch: Fetch) -> list[Claim]:
    """The account that goes by the address at its domain."""
    local, _, domain = mail.rpartition("@")
    reply = await fetch.json(
        f"https://{domain}/.well-known/webfinger",
        params={"resource": f"acct:{mail}"},
        headers={"Accept": "application/jrd+json"},
        source=noted("WebFinger of {name}", name=domain),
        expect=dict,
        absent=UNKNOWN,
        timeout=TIMEOUT,
    )
    if reply.absent:
        return []
    said = reply.json()
    subject = shape.text(said, "subject")
    if not subject:
        raise Changed(noted("WebFinger of {name} answered an account without `subject`.", name=domain))
    rows = shape.mappings(said, "links")[:50]
    pages = [link_in(shape.text(each, "href")) for each in rows if shape.text(each, "rel") in (PAGE, SELF)]
    pages += [link_in(each) for each in shape.texts(said, "aliases")[:10]]
    known = list(dict.fromkeys(filter(None, pages)))
    name = subject.removeprefix("acct:")[:300]
    same = name.lower() == mail.lower()  # a server may answer about another account than the one that was asked for
    return [
        Claim(
            Fact.ACCOUNT,
            f"WebFinger: {name}",
            reply.receipt(),
            context=noted("{name} knows an account that goes by {mail}.", name=domain, mail=mail),
            confidence=Confidence.HIGH if same else Confidence.LOW,
            attributes={"service": "WebFinger", "handle": name, "url": known[0] if known else "", "links": known},
            url=place(known[0]) if known else "",
            handles=(local,),
            vouched=(mail,) if same else (),
            links=tuple(filter(None, map(place, known[1:]))),
        )
    ]
