"""Documents of a domain: which pages are read, whose documents they are, and what the site lets programs read."""

from __future__ import annotations

import pytest

from collectors.files import links, robots
from collectors.metadata import metadata
from core.models import Fact, Kind, Outcome, Target
from tests.collectors import file_samples as samples
from tests.collectors.canned import Canned, World
from tests.collectors.canned_http import HTML

HOST = "example.com"
DOMAIN = Target(Kind.DOMAIN, HOST)
MISSING = Canned(status=404, text="no", content_type=HTML)


def page(*targets: str) -> Canned:
    anchors = "".join(f'<p><a class=x href="{each}">here</a></p>' for each in targets)
    return Canned(text=f"<!doctype html><html><body>{anchors}</body></html>", content_type=HTML)


def site(world: World, home: Canned, **more: Canned) -> None:
    """A site of example.com: its home page and, by path, what else there is."""
    world.dns.add(HOST, "A", "192.0.2.10")
    world.http.on(HOST, "*", MISSING)
    world.http.on(HOST, "/robots.txt", MISSING)
    world.http.on(HOST, "/", home)
    for path, reply in more.items():
        world.http.on(HOST, "/" + path.replace("_", "."), reply)


def paths(world: World) -> list[str]:
    return [each.raw_path for each in world.http.asked]


PDF = Canned(body=samples.pdf(), content_type="application/pdf")


async def test_documents_that_the_home_page_links_to_are_read(world: World) -> None:
    site(world, page("/report.pdf", "https://elsewhere.example.org/other.pdf"), report_pdf=PDF)
    look, findings = await world.collect(metadata, DOMAIN)
    assert look.outcome is Outcome.FOUND
    (file,) = [each for each in findings if each.kind == Kind.FILE]
    assert (file.value, file.context) == ("https://example.com/report.pdf", "Linked from https://example.com/.")
    assert "Ada Example" in [each.value for each in findings if each.kind == Fact.PERSON]
    assert paths(world) == ["/", "/robots.txt", "/sitemap.xml", "/report.pdf"]
    assert world.http.count("elsewhere.example.org") == 0


async def test_a_site_without_documents_is_an_answer(world: World) -> None:
    site(world, page())
    look, findings = await world.collect(metadata, DOMAIN)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "Of example.com, 2 pages and site maps were read; none links to a document."


async def test_what_robots_txt_keeps_from_programs_is_left_alone_and_said(world: World) -> None:
    rules = Canned(text="User-agent: *\nDisallow: /internal/\nSitemap: https://example.com/map.xml\n")
    listed = Canned(
        text="<urlset><url><loc>https://example.com/report.pdf</loc></url></urlset>", content_type="text/xml"
    )
    site(world, page("/internal/plan.docx", "/internal/"), report_pdf=PDF, map_xml=listed)
    world.http.on(HOST, "/robots.txt", rules)
    look, findings = await world.collect(metadata, DOMAIN)
    assert [each.value for each in findings if each.kind == Kind.FILE] == ["https://example.com/report.pdf"]
    assert not [path for path in paths(world) if path.startswith("/internal")]
    assert look.message == "The site's robots.txt keeps 1 document from programs; that was respected."


async def test_when_the_rules_cannot_be_had_nothing_but_the_home_page_is_read(world: World) -> None:
    site(world, page("/report.pdf"), report_pdf=PDF)
    world.http.on(HOST, "/robots.txt", Canned(status=503))
    look, findings = await world.collect(metadata, DOMAIN)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, "down", [])
    assert set(paths(world)) == {"/", "/robots.txt"}


async def test_another_host_of_the_domain_has_rules_of_its_own(world: World) -> None:
    site(world, page("https://files.example.com/a.pdf"))
    world.http.on("files.example.com", "/robots.txt", Canned(text="User-agent: Gumshoe\nDisallow: /\n"))
    _, findings = await world.collect(metadata, DOMAIN)
    assert findings == []
    assert world.http.count("files.example.com") == 1


async def test_a_document_that_its_rules_keep_from_us_is_not_said_to_be_none(world: World) -> None:
    site(world, page("/internal/plan.docx"))
    world.http.on(HOST, "/robots.txt", Canned(text="User-agent: *\nDisallow: /\n"))
    look, findings = await world.collect(metadata, DOMAIN)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, "robots", [])
    assert look.message == (
        "The site's robots.txt keeps 1 document from programs; that was respected.\n"
        "Of example.com, 1 page was read; none links to a document that programs may read."
    )


async def test_a_site_map_of_more_addresses_than_are_looked_at_says_so(world: World) -> None:
    listed = "".join(f"<url><loc>https://example.com/{n}.txt</loc></url>" for n in range(links.MOST_LINKS))
    last = "<url><loc>https://example.com/report.pdf</loc></url>"
    for text, outcome in ((listed, Outcome.NOTHING), (listed + last, Outcome.PARTIAL)):
        site(world, page(), sitemap_xml=Canned(text=f"<urlset>{text}</urlset>", content_type="text/xml"))
        look, _ = await world.collect(metadata, DOMAIN)
        assert (look.outcome, "more than 1,000 addresses" in look.message) == (outcome, outcome is Outcome.PARTIAL)


async def test_documents_on_too_many_hosts_are_not_blamed_on_their_rules(world: World) -> None:
    site(world, page(*(f"https://h{number}.example.com/a.pdf" for number in range(5))))
    for number in range(5):
        world.http.on(f"h{number}.example.com", "/robots.txt", MISSING)
        world.http.on(f"h{number}.example.com", "/a.pdf", PDF)
    look, _ = await world.collect(metadata, DOMAIN)
    assert (look.outcome, look.message) == (
        Outcome.PARTIAL,
        "Of the documents, 2 are on further hosts than the 4 whose rules are asked for; they were not looked into.",
    )


async def test_no_more_than_ten_pages_and_five_documents_are_read(world: World) -> None:
    many = [f"/{n}.html" for n in range(40)]
    site(world, page(*many))
    world.http.on(HOST, "*", page(*(f"/{n}.pdf" for n in range(2))))
    await world.collect(metadata, DOMAIN)
    assert len([path for path in paths(world) if path.endswith(".html")]) <= 9
    documents = [f"/{n}.pdf" for n in range(12)]
    site(world, page(*documents), **{f"{n}_pdf": PDF for n in range(12)})
    before = world.http.count()
    look, findings = await world.collect(metadata, DOMAIN)
    assert len([path for path in paths(world)[before:] if path.endswith(".pdf")]) == 5
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert "link to 7 more documents" in look.message
    assert len([each for each in findings if each.kind == Kind.FILE]) == 5


async def test_a_document_that_cannot_be_had_takes_nothing_from_the_others(world: World) -> None:
    site(world, page("/gone.pdf", "/report.pdf"), report_pdf=PDF)
    look, findings = await world.collect(metadata, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "down")
    assert [each.value for each in findings if each.kind == Kind.FILE] == ["https://example.com/report.pdf"]


async def test_a_site_that_answers_only_without_encryption_is_read_there(world: World) -> None:
    site(world, Canned(status=503), report_pdf=PDF)
    world.http.on(HOST, "/", *[Canned(status=503)] * 3, page("/report.pdf"))
    _, findings = await world.collect(metadata, DOMAIN)
    assert [each.value for each in findings if each.kind == Kind.FILE] == ["http://example.com/report.pdf"]


@pytest.mark.contract("not_found")
@pytest.mark.parametrize("target", [DOMAIN, Target(Kind.URL, "https://example.com/report.pdf")])
async def test_a_name_that_does_not_exist_holds_nothing(world: World, target: Target) -> None:
    world.http.on(HOST, "*", Canned(reset=True))
    look, findings = await world.collect(metadata, target)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "example.com does not exist (NXDOMAIN), so no file can be there."


@pytest.mark.parametrize(
    ("home", "reason"),
    [
        (Canned(status=503), "down"),
        (Canned(status=403), "forbidden"),
        (Canned(text="<html>Just a moment...</html>", content_type=HTML), "blocked"),
        (Canned(body=b"\x00\x01", content_type="application/octet-stream"), "changed"),
    ],
)
async def test_a_home_page_that_cannot_be_read_is_never_nothing(world: World, home: Canned, reason: str) -> None:
    site(world, home)
    look, findings = await world.collect(metadata, DOMAIN)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])


async def test_a_domain_that_leads_to_somebody_else_s_site_is_left_there(world: World) -> None:
    site(world, Canned(status=301, headers={"Location": "https://parking.example.org/"}))
    world.http.on("parking.example.org", "/", page("/ad.pdf"))
    look, findings = await world.collect(metadata, DOMAIN)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message.startswith("example.com leads to parking.example.org, another domain")
    assert world.http.count("parking.example.org") == 1


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: gumshoe/1.0\nDisallow: /x\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /a*b*c", "/a1b2c3", False),
        ("User-agent: a\nUser-agent: *\nDisallow: /x", "/x", False),
        ("user-agent:*\ndisallow:/caf%C3%A9 # no", "/caf\u00e9", False),
        ("User-agent: *\nDisallow: /x$", "/x", False),
        ("User-agent: *\nDisallow: /x$", "/xy", True),
    ],
)
def test_rules_are_read_as_the_standard_says(rules: str, path: str, allowed: bool) -> None:
    assert robots.read(rules).allows(path) is allowed


def test_links_are_found_however_they_are_written() -> None:
    text = '<a href=a.pdf><A HREF=\'/b.docx\'><a class=x\nhref = "//example.com/c.jpg"><a href="javascript:x()">'
    found = ["https://example.com/x/a.pdf", "https://example.com/b.docx", "https://example.com/c.jpg"]
    assert links.in_page(text, "https://example.com/x/") == found


@pytest.mark.parametrize(
    "text",
    ["<a " * 300_000, "<a href=" * 120_000, "<loc>" * 200_000, ("<loc>" + " " * 1990) * 500, "<a " + "x" * 999_000],
)
def test_pages_made_to_be_slow_end_at_once(text: str) -> None:
    assert links.in_page(text, "https://example.com/") == []
    assert links.in_map(text, "https://example.com/") == []


async def test_a_home_page_with_a_login_on_it_is_a_home_page(world: World) -> None:
    home = '<html><input type=password><a href="/report.pdf">report</a></html>'
    site(world, Canned(text=home, content_type=HTML), report_pdf=PDF)
    look, _ = await world.collect(metadata, DOMAIN)
    assert look.outcome is Outcome.FOUND


def test_rules_too_many_to_follow_forbid_everything() -> None:
    many = "User-agent: *\n" + "".join(f"Disallow: /{n}\n" for n in range(robots.MOST_RULES + 1))
    assert not robots.read(many).allows("/a")
