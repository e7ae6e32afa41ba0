"""The dashboard in a real browser, over the whole running system: signing in, asking, watching, reading, leaving."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Route, expect

from bot.web.callers import COOKIE
from core.callers import Caller, Scope
from core.models import Kind, Outcome, Run, Target
from tests.core.stores import LONG, claimed, finding, opened
from tests.running import Gumshoe
from tests.sandbox.page_desk import browser
from tests.servers import HOST, Redis, Sandbox, Sources, free_port, until

__all__ = ["browser"]  # pytest finds the fixture here
pytestmark = pytest.mark.asyncio(loop_scope="module")

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE = 30_000


ADA = Caller("U0ADA", "T0SANDBOX", "Ada Example", frozenset({Scope.SCAN, Scope.ADMIN}))


class System(Gumshoe):
    """The running system with an address for its pages, and scans that were asked in Slack."""

    def scan(self, target: str) -> str:
        """The page of a scan of this target that has ended; the same one for all who ask."""
        for one in self.scans():
            if one.target.value == target and one.finished_at is not None:
                return f"{self.url}/scans/{one.id}"
        self.sandbox.command(target)
        until(
            f"the scan of {target} to end",
            lambda: any(s.target.value == target and s.finished_at for s in self.scans()),
        )
        return self.scan(target)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def token(self, *scopes: Scope, user: str = "U0ADA") -> str:
        made = {"team": "T0SANDBOX", "user": user, "name": "Ada Example", "lasts": timedelta(hours=1), "by": "a test"}
        return self.store.tokens.create(scopes=scopes or (Scope.ADMIN,), **made)[1]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[System]:
    sources.reset()
    with Sandbox() as sandbox:
        port = free_port()
        settings = {
            "HTTP_PORT": str(port),
            "PUBLIC_URL": f"http://{HOST}:{port}",
            "SLACK_CLIENT_ID": sandbox.ready["client_id"],
            "SLACK_CLIENT_SECRET": sandbox.ready["client_secret"],
            "ADMIN_USERS": "U0ADA",
        }
        made = System(tmp_path_factory.mktemp("system"), redis_server, sandbox, sources, **settings)
        made.port = port
        with made as running:
            yield running


@asynccontextmanager
async def window(browser: Browser, system: System, *, script: bool = True, **how: Any) -> AsyncIterator[Page]:
    """A window of its own. What a script or the policy complains of, and what leaves this machine, fails the test."""
    troubles: list[str] = []
    context = await browser.new_context(java_script_enabled=script, **{"viewport": WIDE, **how})
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if _matters(line) else None)
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    ours = (system.url, system.sandbox.url)
    page.on("request", lambda sent: None if sent.url.startswith(ours) else troubles.append(sent.url))
    yield page
    await context.close()
    assert troubles == []


def _matters(line: ConsoleMessage) -> bool:
    """Whether a line of the console is trouble: not the status that a test made on purpose."""
    return line.type in ("error", "warning") and "status of 503" not in line.text


async def enter(page: Page, system: System) -> None:
    """As somebody who has signed in."""
    secret = system.store.tokens.begin(ADA, lasts=timedelta(hours=1))
    await page.context.add_cookies([{"name": COOKIE, "value": secret, "url": system.url}])


async def ask(page: Page, system: System, target: str, **fields: str) -> None:
    """Start a scan by the form."""
    await page.goto(f"{system.url}/new")
    await page.get_by_label("Targets").fill(target)
    for label, text in fields.items():
        await page.get_by_label(label).fill(text)
    await page.get_by_role("button", name="Start the scan").click()
    await expect(page).to_have_url(re.compile(r"/scans/\w+$"))


async def ended(page: Page) -> None:
    """The page says by itself that the scan has ended."""
    await expect(page.get_by_role("button", name="Re-run", exact=True)).to_be_visible(timeout=PATIENCE)


async def overflow(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


async def test_somebody_signs_in_with_slack_watches_a_scan_to_its_end_and_signs_out(
    browser: Browser, system: System
) -> None:
    system.sources.behave(host="crt.sh", kind="slow", seconds=2)  # so that there is something to watch
    async with window(browser, system) as page:
        await page.goto(f"{system.url}/new")
        await page.get_by_role("link", name="Sign in with Slack").click()
        await page.get_by_role("link", name="Allow as Ada Example").click()
        await expect(page.get_by_role("heading", name="New scan")).to_be_visible()
        await ask(page, system, "example.com")
        plan = page.locator(".plan li")
        await expect(plan).to_have_count(3)
        await expect(page.locator("#r-crtsh.running")).to_be_visible()
        await page.evaluate("window.stays = true")
        await ended(page)
        assert await page.evaluate("window.stays")  # the page was not loaded anew: it was told
        await expect(page.locator("#r-crtsh")).to_contain_text("finding")
        await expect(page.locator(".findings .value").first).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    system.sources.reset()


async def test_the_list_shows_new_scans_and_their_progress_by_itself(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await enter(page, system)
        await page.goto(system.url)
        await page.evaluate("window.stays = true")
        system.sandbox.command("live.example.com #seen-live")
        row = page.locator("table.scans tr", has_text="live[.]example[.]com")
        await expect(row).to_be_visible(timeout=PATIENCE)
        await expect(row).to_contain_text("sources answered", timeout=PATIENCE)
        assert await page.evaluate("window.stays")


async def test_findings_are_narrowed_and_say_where_they_come_from(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await enter(page, system)
        await page.goto(system.scan("example.com"))
        await page.get_by_label("Kind").select_option("ip")
        await expect(page.locator("#page h3")).to_have_text(["IP address"])
        assert "kind=ip" in page.url
        await page.get_by_label("Kind").select_option("")
        await page.get_by_label("Words").fill("www")
        await expect(page.locator("#page .value").first).to_contain_text("www")
        await expect(page.locator("#page")).to_contain_text("fit.")
        await page.get_by_label("Words").fill("no such words")
        await expect(page.locator("#page")).to_contain_text("No finding fits")
        await page.get_by_role("link", name="Show all").click()
        first = page.locator("#page .finding").first
        await first.locator("summary").click()
        for part in ("Source", "Asked", "Answered", "SHA-256"):
            await expect(first.get_by_text(part, exact=True)).to_be_visible()
        assert await page.locator("#page a[href^=http], .findings a:not([href^='/'])").count() == 0


async def test_what_one_has_opened_stays_open_while_the_page_goes_on(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await enter(page, system)
        system.sources.behave(host="crt.sh", kind="slow", seconds=2)
        await ask(page, system, "mail.example.com")
        first = page.locator("#page .finding").first
        await first.locator("summary").click()
        await expect(page.locator("#r-crtsh.running")).to_be_visible()
        await ended(page)
        await expect(first.get_by_text("SHA-256")).to_be_visible()
    system.sources.reset()


async def test_the_graph_is_drawn_and_its_nodes_say_what_they_are(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await enter(page, system)
        await page.goto(system.scan("example.com"))
        await page.get_by_role("link", name="Graph").click()
        drawn = page.locator("#net[data-drawn]")
        await expect(drawn).to_be_visible()
        assert int(await drawn.get_attribute("data-drawn") or 0) > 20
        box = await drawn.bounding_box()
        assert box is not None
        await expect(page.locator("#net canvas").first).to_be_visible()
        rows = page.locator("table tbody tr")
        assert await rows.count() > 20
        await expect(page.get_by_text("www[.]example[.]com", exact=True)).to_be_visible()


@asynccontextmanager
async def attended(system: System, run: Run) -> AsyncIterator[None]:
    """As by a worker that is at it: a run to which nobody attends is taken from whoever holds it."""
    done = asyncio.Event()

    async def attend() -> None:
        while not done.is_set():
            await asyncio.to_thread(system.store.runs.pulse, [run], lease=LONG)
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), 0.2)

    task = asyncio.create_task(attend())
    yield
    done.set()
    await task


async def test_the_graph_of_a_scan_that_goes_on_grows_by_itself(browser: Browser, system: System) -> None:
    scan = opened(system.store, "dns", target=Target(Kind.DOMAIN, "growing.example.com"))
    run = claimed(system.store, scan)
    async with window(browser, system) as page, attended(system, run):
        await enter(page, system)
        await page.goto(f"{system.url}/scans/{scan.id}/graph")
        await expect(page.get_by_text("Nothing to draw yet.")).to_be_visible(timeout=PATIENCE)
        system.store.runs.save(run, [finding(f"{name}.growing.example.com", Kind.DOMAIN) for name in ("www", "mail")])
        row = page.get_by_role("rowheader", name="mail[.]growing[.]example[.]com")
        await expect(row).to_be_visible(timeout=PATIENCE)
        await expect(page.locator("#net canvas").first).to_be_visible(timeout=PATIENCE)
        assert system.store.runs.close(run, Outcome.FOUND)
        await expect(page.locator("#live[hx-get]")).to_have_count(0, timeout=PATIENCE)


async def test_a_scan_is_stopped_and_asked_again(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await enter(page, system)
        await ask(page, system, "slow.test")
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.locator(".badge").first).to_have_text("stopped")
        await ended(page)
        await expect(page.locator(".unseen")).to_contain_text("Stopped")
        await page.get_by_role("button", name="Re-run", exact=True).click()
        await expect(page.get_by_text("round 2")).to_be_visible()
        await page.get_by_role("button", name="Cancel").click()
        await ended(page)


async def test_hostile_records_are_text(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await enter(page, system)
        await page.goto(system.scan("hostile.test"))
        assert await page.locator("main script, main img, main iframe, main style, main [onerror]").count() == 0
        text = await page.locator("main").inner_text()
        assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f\u200b\x1b")
        await page.get_by_role("link", name="Graph").click()
        await expect(page.locator("#net[data-drawn]")).to_be_visible()


async def test_every_page_on_a_phone_has_no_sideways_scroll(browser: Browser, system: System) -> None:
    async with window(browser, system, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        await page.goto(system.url)
        assert await overflow(page) == 0
        await enter(page, system)
        await page.goto(system.scan("hostile.test"))
        here = page.url.removeprefix(system.url)
        places = ("/", "/new", "/collectors", "/collectors/crtsh", "/system", "/audit", here, f"{here}/graph")
        for path in places:
            await page.goto(system.url + path)
            assert await overflow(page) <= 0, path


async def test_without_scripts_everything_can_be_asked_and_read(browser: Browser, system: System) -> None:
    async with window(browser, system, script=False) as page:
        await enter(page, system)
        await page.goto(f"{system.url}/new")
        await page.get_by_label("Targets").fill("example.org")
        await page.get_by_role("button", name="Show the plan first").click()
        await expect(page.get_by_text("Nobody was asked yet.")).to_be_visible()
        await expect(page.get_by_label("Targets")).to_have_value("example.org")
        await page.get_by_role("button", name="Start the scan").click()
        await expect(page.locator(".plan li")).to_have_count(3)
        where = page.url
        until("the scan to end", lambda: system.store.scans.get(where.rpartition("/")[2]).finished_at)
        await page.goto(where)
        await page.get_by_label("Collector").select_option("dns")
        await page.get_by_role("button", name="Show").click()
        await expect(page.locator("#page .value").first).to_be_visible()
        await page.locator("#page summary").first.click()
        await expect(page.locator("#page").get_by_text("SHA-256").first).to_be_visible()
        await page.goto(f"{system.url}/collectors/dns")
        await page.get_by_text("The same in numbers").click()
        await expect(page.locator("#course tbody tr")).to_have_count(24)


async def test_while_scripts_are_slow_the_page_is_there_and_its_links_work(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await enter(page, system)
        held: list[Route] = []

        async def hold(route: Route) -> None:
            held.append(route)  # never answered: a line that is as slow as can be

        await page.route("**/*.js", hold)
        await page.goto(f"{system.url}/collectors", wait_until="commit")
        await expect(page.get_by_role("link", name="Certificates (crt.sh)")).to_be_visible()
        await page.get_by_role("link", name="Certificates (crt.sh)").click(no_wait_after=True)
        await expect(page.get_by_role("heading", name="Certificates (crt.sh)")).to_be_visible()
        assert held
        await page.unroute_all(behavior="ignoreErrors")


async def test_by_keyboard_alone_one_signs_in_asks_and_reads(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await page.goto(system.url)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        for _ in range(2):  # past Sign in with Slack
            await page.keyboard.press("Tab")
        await expect(page.get_by_label("Token")).to_be_focused()
        await page.keyboard.type(system.token())
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Scans")).to_be_visible()
        await tab_to(page, "New scan")
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="New scan")).to_be_visible()
        await tab_to(page, "")
        await page.keyboard.type("example.net")
        await tab_to(page, "Start the scan")
        await page.keyboard.press("Enter")
        await ended(page)
        await page.locator("#page summary").first.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#page").get_by_text("SHA-256").first).to_be_visible()


async def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on a control with these words; without words: in the field for targets."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        there = "document.activeElement.textContent.trim()" if words else "document.activeElement.id"
        if await page.evaluate(there) == (words or "targets"):
            return
    raise AssertionError(f"Tab never came to {words or 'the targets'}")


async def test_a_bot_that_is_away_is_said_and_what_was_read_stays(browser: Browser, system: System) -> None:
    async with window(browser, system) as page:
        await enter(page, system)
        where = system.scan("example.com").removeprefix(system.url)
        await page.goto(system.url)
        shown = page.locator(f'a[href="{where}"]')
        await expect(shown).to_be_visible()
        look_again = "document.getElementById('events').dispatchEvent(new CustomEvent('scan', {bubbles: true}))"
        await page.route(lambda url: urlsplit(url).path == "/", lambda route: route.fulfill(status=503, body="away"))
        await page.evaluate(look_again)
        await expect(page.locator("#line")).to_contain_text("cannot be asked", timeout=PATIENCE)
        await expect(shown).to_be_visible()
        await page.unroute_all()
        await page.evaluate(look_again)
        await expect(page.locator("#line")).to_be_hidden(timeout=PATIENCE)
