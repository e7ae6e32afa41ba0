"""Pages of a user name: how many on how many sites, the surest first, and what each says of its holder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from core.blocks.answer import Answer
from core.blocks.facts import of_kind, word
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip
from core.blocks.words import age
from core.language import N_, NN_, ntr, tr
from core.models import Confidence, Fact, Finding, Run

SURE = {Confidence.HIGH: 0, Confidence.MODERATE: 1, Confidence.LOW: 2}
CATEGORIES = {
    *(N_("adult"), N_("art"), N_("coding"), N_("film"), N_("forum"), N_("gaming"), N_("identity"), N_("knowledge")),
    *(N_("learning"), N_("links"), N_("money"), N_("music"), N_("photo"), N_("social"), N_("video"), N_("work")),
    *(N_("writing"), N_("other")),
}
"""Of our own list; imported ones have others, and theirs stay as they are."""
COVERAGE = re.compile(r"\b([\d,]{1,9}) of ([\d,]{1,9}) sites did not say|\bAll ([\d,]{1,9}) sites answered")


def answer(run: Run, clip: Clip) -> Answer:
    """The surest pages first, then by category; a page is never said to be a person's."""
    pages = sorted(of_kind(run.findings, Fact.ACCOUNT), key=_order)
    return Answer(
        first=_coverage(ntr("{n:,} page", "{n:,} pages", len(pages)), run.message) + age(run),
        lines=tuple(_above(pages, clip)),
        grid=_grid(pages, clip) if pages else None,
        apart=tuple(_below(pages, clip)),
        hidden=len(run.findings) - len(pages),
        rest=NN_("and {n:,} more page in the file", "and {n:,} more pages in the file"),
    )


def _order(page: Finding) -> tuple[int, str, str]:
    return SURE[page.confidence], word(page, "category"), page.value.casefold()


def _coverage(pages: str, message: str) -> str:
    """`9 pages, 66 of 76 sites answered`, from the run's own sentence."""
    said = COVERAGE.search(message[:1000])
    if said is None:
        return pages
    if said[3]:
        return tr("{pages}, all {total} sites answered", pages=pages, total=said[3])
    missing, whole = (int(said[place].replace(",", "") or 0) for place in (1, 2))
    return tr("{pages}, {n:,} of {total:,} sites answered", pages=pages, n=whole - missing, total=whole)


def _above(pages: Sequence[Finding], clip: Clip) -> list[Line]:
    doubts = dict.fromkeys(filter(None, (word(each, "caution") for each in pages)))
    said = [Line(clip.text(doubt, 160), tr("Caution")) for doubt in list(doubts)[:1]]
    by = Counter(_category(word(each, "category")) for each in pages).most_common()
    told = clip.some((f"{category} {count:,}" for category, count in by), each=30)
    return [*said, Line(told, tr("By category"))][:3]


def _category(said: str) -> str:
    return tr(said) if said in CATEGORIES else said or tr("other")


def _grid(pages: Sequence[Finding], clip: Clip) -> Grid:
    """Two columns, for a phone has room for no more; whom a page names stands behind its address."""
    return Grid(
        (tr("Site"), tr("Page, whom it names")),
        tuple((word(each, "service") or each.value, _page(each, clip)) for each in pages),
    )


def _page(page: Finding, clip: Clip) -> str:
    address = word(page, "page").removeprefix("https://").removeprefix("www.") or page.value
    said = list(filter(None, (word(page, name) for name in ("display_name", "location"))))
    return f"{address} ({clip.some(said, most=2, each=40)})" if said else address


def _below(pages: Sequence[Finding], clip: Clip) -> list[Line]:
    weak = [word(each, "service") or each.value for each in pages if each.confidence is Confidence.LOW]
    return [Line(clip.some(weak, most=6), tr("Least sure"))] if weak and len(weak) < len(pages) else []
