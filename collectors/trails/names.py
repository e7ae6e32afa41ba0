"""Names and labels that a source ties to a domain: below it, beside it, and what kind of thing it says it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from collectors import shape
from collectors.issuances import internal_word
from collectors.names import is_host
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind

if TYPE_CHECKING:
    from collectors.fetch import Reply

MOST_LABELS = 20_000  # the source gives some thousand
MOST_ASSOCIATED = 1_000  # it gives a hundred
MOST_TAGS = 50
LABEL = re.compile(r"[\w .&/+-]{1,60}")


def subdomain_findings(reply: Reply, names: Sequence[str], registered: str) -> Iterator[Finding]:
    """Names below a domain; those that look internal are marked as the ones on certificates are."""
    for name in names:
        context = noted("SecurityTrails has seen it in the DNS; it may be gone by now.")
        if word := internal_word(name, registered):
            yield reply.finding(Kind.DOMAIN, name, context=context, internal=True, internal_word=word)
        else:
            yield reply.finding(Kind.DOMAIN, name, context=context)


def tag_findings(reply: Reply) -> Iterator[Finding]:
    tags = shape.texts(None if reply.absent else reply.json(), "tags")[:MOST_TAGS]
    for tag in dict.fromkeys(each.strip() for each in tags):
        if LABEL.fullmatch(tag):
            yield reply.finding(Fact.SERVICE, tag, context=noted("A tag that SecurityTrails gives it."), role="tag")


def associated_findings(reply: Reply, domain: str) -> Iterator[Finding]:
    """Domains that the source ties to the same owner; it does not say how."""
    rows = shape.items(None if reply.absent else reply.json(), "records")[:MOST_ASSOCIATED]
    names = (shape.text(row) or shape.text(row, "hostname") or shape.text(row, "domain") for row in rows)
    for name in dict.fromkeys(each.strip().lower().rstrip(".") for each in names):
        if is_host(name) and name != domain:
            yield reply.finding(
                Kind.DOMAIN,
                name,
                confidence=Confidence.LOW,
                context=noted(
                    "SecurityTrails associates it with {name}; that alone does not make it theirs.", name=domain
                ),
                relation="associated",
            )


def below(reply: Reply, host: str) -> tuple[list[str], int]:
    """Names rebuilt from labels, each once and in one spelling, and how many labels are none."""
    labels = shape.items(None if reply.absent else reply.json(), "subdomains")[:MOST_LABELS]
    spelled = [shape.text(each).strip().lower().rstrip(".") for each in labels]
    names = [f"{each}.{host}" for each in spelled]
    good = [name for name, label in zip(names, spelled, strict=True) if label and is_host(name)]
    return list(dict.fromkeys(good)), len(labels) - len(good)
