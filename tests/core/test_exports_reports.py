"""Reports: what people read says all that matters, stays bounded, and does nothing whatever a source wrote."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pypdf
import pytest

from core.change import Change, Gap
from core.exports.dossier import Dossier
from core.exports.formats import FORMATS
from core.exports.net import net_of, placed
from core.exports.report import report
from core.exports.timeline import LISTED, timeline
from tests.core.dossiers import HOSTILE, company, dossier, hostile, many, of_a_person
from tests.core.samples import NOW, certificates_of_a_healthy_company, scan

READ = ("markdown", "html", "pdf")
HARMLESS = {"html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "div"} | {
    *("p", "h1", "h2", "h3", "ul", "li", "span", "table", "thead", "tbody", "tr", "th", "td"),
    *("svg", "line", "circle", "rect", "text"),
}


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def text_of(name: str, made: Dossier, *pages: int) -> str:
    """What a report says; of a PDF on these pages, for reading one back takes long."""
    written = FORMATS[name].write(made)
    if name != "pdf":
        return written.decode()
    read = pypdf.PdfReader(io.BytesIO(written)).pages
    return "\n".join(read[place].extract_text() for place in pages or range(len(read))).replace("\u200b", "")


@pytest.mark.parametrize("name", READ)
def test_what_could_not_be_compared_is_no_lack_of_change(name: str) -> None:
    gaps = (Gap("dns", "could not look this time"),)
    text = re.sub(r"\s+", " ", text_of(name, company(change=Change(since=NOW, gaps=gaps))))
    assert "No change in what was compared." in text
    assert "could not look this time" in text


@pytest.mark.parametrize("name", READ)
def test_a_report_says_what_was_found_what_was_not_looked_at_and_who_told_it(name: str) -> None:
    text = re.sub(r"\s+", " ", text_of(name, company()))
    for said in (
        "TLP:AMBER+STRICT",
        "example[.]com",
        "192[.]0[.]2[.]10",
        "could not look",
        "The registry did not answer within 20 s.",
        "Ada Example",
        "2026-11-24 09:30:00 UTC",
        "Timeline",
        "Sources",
    ):
        assert said in text, said
    assert re.search(r"\bexample\.com", text) is None  # every name is defanged


@pytest.mark.parametrize("name", READ)
def test_a_report_of_a_thousand_findings_stays_bounded_and_says_what_it_left_out(name: str) -> None:
    made = many({"markdown": 1_100, "html": 2_100, "pdf": 1_000}[name])
    text = re.sub(r"\s+", " ", text_of(name, made, 0, 1))
    total = sum(len(run.findings) for run in made.sheets[0].scan.runs)
    shown = {"markdown": 1_000, "html": 2_000, "pdf": 300}[name]
    assert re.search(rf"{shown:,}|{shown} of ({total}|{total:,}) findings are shown", text)
    assert re.search(r"and [\d,]+ more", text)


def test_a_pdf_of_a_thousand_findings_has_few_pages_and_the_last_names_its_label_too() -> None:
    read = pypdf.PdfReader(io.BytesIO(FORMATS["pdf"].write(many(1_000))))
    assert 5 < len(read.pages) < 40
    assert "TLP:AMBER+STRICT" in read.pages[-1].extract_text()


def test_a_page_loads_and_runs_nothing_whatever_stands_in_it() -> None:
    page = text_of("html", hostile())
    read = Tags(page)
    assert set(read.tags) <= HARMLESS
    assert not any(name.startswith("on") or name in ("src", "href", "style") for name in read.attributes)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert read.tags.count("style") == 1
    assert "http://evil" not in page


def test_markdown_from_outside_stands_in_code_spans_alone() -> None:
    text = text_of("markdown", hostile())
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert re.search(r"[<\[](?!\d+\])", outside) is None
    assert not any(word in outside for word in ("script", "evil", "@everyone", "alert", "=cmd"))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} <= {3, 4, 7, 9}


def test_a_pdf_shows_markup_letter_by_letter_and_reads_no_file() -> None:
    text = text_of("pdf", hostile(), 2)
    assert "#read(" in text
    assert "root:" not in text
    assert "\x1b" not in text


def test_a_person_is_masked_in_a_report_for_a_channel() -> None:
    shared = text_of("html", of_a_person(alone=False))
    assert "a•••@example[.]com" in shared
    assert "The address is masked in all of this file" in shared
    assert "1 finding of haveibeenpwned: a direct message alone shows what" in shared


def test_what_is_drawn_is_bounded_the_same_every_time_and_no_two_spots_are_one() -> None:
    net, left = net_of(many(500)).drawn(44)
    assert len(net.nodes) == 45
    assert left == len([node for node in net_of(many(500)).nodes if node.is_entity]) - 45
    spots = placed(net)
    assert len(set(spots.values())) == 45
    assert all(abs(x) <= 1 and abs(y) <= 1 for x, y in spots.values())
    assert report(company(), most=10) == report(company(), most=10)


def test_two_scans_of_a_case_hang_together_where_they_found_the_same() -> None:
    first = scan(certificates_of_a_healthy_company())
    second = scan(certificates_of_a_healthy_company(), id="8a4b0d")
    net = net_of(dossier(first, second))
    assert sum(node.is_target for node in net.nodes) == 1  # of one target
    assert all(len(node.rows) == 2 for node in net.nodes if not node.is_target)


def test_the_timeline_names_scans_and_the_ends_and_counts_the_rest() -> None:
    told = timeline(many(500))
    assert len(told["listed"]) == LISTED
    assert told["left"] > 500
    assert any(each["of_scan"] for each in told["listed"])
    assert [told["listed"][0]["day"], told["listed"][-1]["day"]] == [told["first"], told["last"]]


def test_the_loud_ones_are_shown_first_and_each_collector_has_its_share() -> None:
    told = report(many(1_000), most=30)
    groups = told["scans"][0]["groups"]
    assert told["shown"] == 30
    assert [len(group["rows"]) + group["left"] == group["total"] for group in groups] == [True, True]
    assert min(len(group["rows"]) for group in groups) >= 12
    assert report(hostile(), most=5)["scans"][0]["groups"][0]["rows"][0]["severity"] == "high"
    assert len(HOSTILE) > 20


@pytest.mark.parametrize("name", READ)
def test_why_it_was_asked_is_for_who_asked(name: str) -> None:
    """As in a thread: that somebody is suspected harms them by being read."""
    one = scan(certificates_of_a_healthy_company(), reason="suspected of theft")
    assert "suspected" not in text_of(name, dossier(one))
    assert "suspected of theft" in text_of(name, dossier(one, alone=True))
