"""What VirusTotal saw when it opened a URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.exposure.host import clean, digits
from collectors.names import link_in
from core.language.noted import noted
from core.models import Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.doors.reply import Reply

MOST = 20
LONGEST = 2_000


def page(target: Target, attributes: Mapping[str, Any], reply: Reply) -> Iterator[Finding]:
    """The page, where it led, what it held."""
    final = _link(shape.text(attributes, "last_final_url"))
    chain = [link for each in shape.texts(attributes, "redirection_chain")[:MOST] if (link := _link(each))]
    content = digits(shape.text(attributes, "last_http_response_content_sha256"), 64)
    yield _seen(target, attributes, reply, {"final_url": final, "redirects": len(chain), "content_sha256": content})
    passed = dict.fromkeys(each for each in chain if each not in (target.value, final))
    for link in passed:
        yield reply.finding(Kind.URL, link, role="redirect", context=noted("The URL led through it."))
    if final and final.rstrip("/") != target.value.rstrip("/"):
        yield reply.finding(Kind.URL, final, role="final address", context=noted("The URL led there in the end."))
    if content:
        yield reply.finding(
            Kind.HASH, content, role="page content", context=noted("SHA-256 of what the URL gave last.")
        )
    for name, told in list(shape.mapping(attributes, "trackers").items())[:MOST]:
        ids = [clean(each, 60) for row in shape.mappings(told)[:MOST] if (each := shape.text(row, "id"))]
        shown = clean(name, 80)
        if shown:
            yield reply.finding(
                Fact.SERVICE, shown, role="tracker", ids=list(dict.fromkeys(ids)), context=noted("The page loads it.")
            )


def _seen(target: Target, attributes: Mapping[str, Any], reply: Reply, led: Mapping[str, Any]) -> Finding:
    links = [link for each in shape.texts(attributes, "outgoing_links")[:200] if (link := _link(each))]
    headers = {name.lower(): value for name, value in shape.mapping(attributes, "last_http_response_headers").items()}
    about: dict[str, Any] = {
        "title": clean(shape.text(attributes, "title")),
        "status": shape.whole(attributes, "last_http_response_code"),
        "length": shape.whole(attributes, "last_http_response_content_length"),
        "server": clean(shape.text(headers, "server"), 80),
        "content_type": clean(shape.text(headers, "content-type"), 80),
        **led,
        "outgoing_links": links[:MOST],
        "outgoing_count": len(links),
        "submitted": shape.whole(attributes, "times_submitted"),
    }
    return reply.finding(
        Kind.URL,
        target.value,
        first_seen=shape.when(attributes, "first_submission_date"),
        last_seen=shape.when(attributes, "last_analysis_date"),
        context=noted("What VirusTotal saw when it opened the URL."),
        role="page",
        **{name: value for name, value in about.items() if value not in (None, "", [], 0)},
    )


def _link(text: str) -> str:
    """A web address that can be shown; "" for others."""
    return link_in(text) if len(text) <= LONGEST else ""
