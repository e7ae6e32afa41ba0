"""Have I Been Pwned: what an address or a domain is told to be in, from how many questions, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from collectors.declare import Rate
from collectors.haveibeenpwned import haveibeenpwned, probe
from collectors.leaks.plan import Plan
from collectors.run import Look
from core.errors import BadKey, Blocked
from core.models import Confidence, Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import IMPATIENT, Canned, FreePace, World
from tests.collectors.canned_http import HTML
from tests.collectors.leak_samples import day, leak, pasted, subscription

HOST, API = "haveibeenpwned.com", "/api/v3"
ADDRESS = Target(Kind.EMAIL, "Ada+x@example.com")
DOMAIN = Target(Kind.DOMAIN, "example.com")
WHO = "ada+x@example.com"  # aiohttp decodes paths
KEY = "invented-key"
ABSENT = Canned(status=404)


def script(
    world: World, *, plan: Canned | None = None, leaks: Canned = ABSENT, pastes: Canned = ABSENT, logs: Canned = ABSENT
) -> None:
    world.http.on(HOST, f"{API}/subscription/status", plan or Canned(json=subscription()))
    world.http.on(HOST, f"{API}/breachedaccount/{WHO}", leaks)
    world.http.on(HOST, f"{API}/pasteaccount/{WHO}", pastes)
    world.http.on(HOST, f"{API}/stealerlogsbyemail/{WHO}", logs)


async def ask(world: World, target: Target = ADDRESS, **more: Any) -> tuple[Look, list[Finding]]:
    return await world.collect(haveibeenpwned, target, **{"haveibeenpwned_key": KEY, **more})


def paths(world: World) -> list[str]:
    return [each.path.removeprefix(API) for each in world.http.asked]


@pytest.mark.contract("success")
async def test_breaches_and_pastes_of_an_address_from_three_questions(world: World) -> None:
    script(world, leaks=Canned(json=[leak()]), pastes=Canned(json=[pasted()]))
    look, (breach, paste) = await ask(world)
    assert look.outcome is Outcome.FOUND
    assert (breach.kind, breach.value, breach.confidence) == (Fact.BREACH, "ExampleForum", Confidence.HIGH)
    assert (paste.kind, paste.value) == (Fact.PASTE, "Pastebin: AbCd1234")
    assert breach.provenance.source == "Have I Been Pwned"
    said = "truncateResponse=false&IncludeUnverified=true"
    assert breach.provenance.url == f"https://{HOST}{API}/breachedaccount/ada%2Bx%40example.com?{said}"
    assert (breach.provenance.status, len(breach.provenance.sha256)) == ("200", 64)
    assert paths(world) == ["/subscription/status", f"/breachedaccount/{WHO}", f"/pasteaccount/{WHO}"]
    assert look.message == 'Stealer logs were not asked: the plan "Pwned 1" does not include them.'


async def test_everything_a_breach_says_is_kept(world: World) -> None:
    script(world, leaks=Canned(json=[leak(ago=400, added=20, IsSubscriptionFree=True)]))
    _, (breach,) = await ask(world)
    said = dict(breach.attributes)
    assert said.pop("why").startswith("Passwords taken in ")
    assert said == {
        "role": "account",
        "title": "Example Forum",
        "domain": "forum.example",
        "breached": day(400),
        "added": day(20),
        "modified": day(20),
        "newly_added": True,
        "accounts": 120345,
        "exposed": ["Passwords", "Email addresses", "IP addresses", "Usernames"],
        "unknown_kinds": 0,
        "passwords": True,
        "verified": True,
        "fabricated": False,
        "sensitive": False,
        "retired": False,
        "spam_list": False,
        "malware": False,
        "stealer_log": False,
        "subscription_free": True,
        "about": "In March, Example Forum was breached & sold.",
        "severity": "high",
    }


async def test_every_question_carries_key_and_user_agent_and_no_receipt_the_key(world: World) -> None:
    script(world, leaks=Canned(json=[leak(Description=f"said {KEY}")]))
    _, findings = await ask(world)
    assert {each.headers["hibp-api-key"] for each in world.http.asked} == {KEY}
    assert all(each.headers["user-agent"].startswith("Gumshoe/") for each in world.http.asked)
    assert KEY not in repr(findings)


@pytest.mark.contract("empty")
async def test_lists_that_hold_nothing_are_a_clean_answer(world: World) -> None:
    script(world, leaks=Canned(json=[]), pastes=Canned(json=[]))
    look, findings = await ask(world)
    assert (look.outcome, look.reason, findings) == (Outcome.NOTHING, "", [])


@pytest.mark.contract("not_found")
async def test_404_without_a_body_is_a_clean_answer(world: World) -> None:
    script(world)
    look, findings = await ask(world)
    assert (look.outcome, look.reason, findings) == (Outcome.NOTHING, "", [])


async def test_404_with_a_page_is_no_answer(world: World) -> None:
    script(world, leaks=Canned(status=404, text="<html>Not Found</html>", content_type=HTML))
    look, _ = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "changed")


async def test_an_address_without_a_key_asks_nobody_and_is_not_called_clean(world: World) -> None:
    look, findings = await world.collect(haveibeenpwned, ADDRESS)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "no_key", [])
    assert "HAVEIBEENPWNED_KEY" in look.message
    assert world.http.asked == []


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("ADA+X@example.com", "ada%2Bx@example.com"),
        ("a/../b@example.com", "a%2F..%2Fb@example.com"),
        ("a#b%2f@example.com", "a%23b%252f@example.com"),
    ],
)
async def test_an_address_is_one_word_of_the_path(world: World, address: str, asked: str) -> None:
    world.http.on(HOST, "*", Canned(status=404))
    look, _ = await ask(world, Target(Kind.EMAIL, address))
    assert look.outcome is Outcome.NOTHING
    assert world.http.asked[1].raw_path.partition("?")[0] == f"{API}/breachedaccount/{asked}"


@pytest.mark.contract("bad_key")
async def test_a_refused_key_ends_at_once(world: World) -> None:
    refusal = {"statusCode": 401, "message": "Access denied due to invalid hibp-api-key."}
    script(world, plan=Canned(status=401, json=refusal))
    look, _ = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "bad_key")
    assert look.message == "Have I Been Pwned did not accept the key (401)."
    assert world.http.count() == 1


@pytest.mark.contract("forbidden")
async def test_a_question_that_the_plan_does_not_include_is_said_and_the_rest_stays(world: World) -> None:
    plan = Canned(json=subscription(IncludesStealerLogs=True))
    script(world, plan=plan, leaks=Canned(json=[leak()]), logs=Canned(status=403, json={"statusCode": 403}))
    look, findings = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "forbidden")
    assert [each.value for each in findings] == ["ExampleForum"]


async def test_401_403_and_429_are_three_different_things(world: World) -> None:
    reasons = []
    for status in (401, 403, 429):
        script(world, leaks=Canned(status=status, json={"statusCode": status, "message": "no"}))
        look, _ = await ask(world)
        reasons.append(look.reason)
    assert reasons == ["bad_key", "forbidden", "rate_limited"]


async def test_a_wall_is_not_taken_for_a_plan(world: World) -> None:
    wall = Canned(status=403, text="<html>Attention Required!</html>", content_type=HTML, headers={"cf-ray": "8a"})
    script(world, leaks=wall)
    look, _ = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "blocked")


@pytest.mark.contract("rate_limited")
async def test_a_short_retry_after_is_waited_for_and_a_long_one_said(world: World) -> None:
    busy = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 2 seconds."}
    script(world)
    again = (Canned(status=429, json=busy, headers={"retry-after": "2"}), Canned(json=[leak()]))
    world.http.on(HOST, f"{API}/breachedaccount/{WHO}", *again)
    look, findings = await ask(world)
    assert (look.outcome, len(findings), world.pauses) == (Outcome.FOUND, 1, [2.0])
    script(world, leaks=Canned(status=429, json=busy, headers={"retry-after": "600"}))
    look, _ = await ask(world)
    assert (look.outcome, look.reason, look.later) == (Outcome.FAILED, "rate_limited", 600.0)  # it may be put off
    assert "10 min" in look.message
    assert ("host:haveibeenpwned.com", 600.0) in world.pace.held


@pytest.mark.contract("rate_limited_bare")
async def test_slow_down_without_a_time_is_said(world: World) -> None:
    script(world, leaks=Canned(status=429, json={"statusCode": 429}))
    look, _ = await ask(world)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "rate_limited")


@pytest.mark.contract("recovers")
async def test_trouble_that_passes_is_an_answer(world: World) -> None:
    script(world)
    world.http.on(HOST, f"{API}/breachedaccount/{WHO}", Canned(status=503), Canned(json=[leak()]))
    look, findings = await ask(world)
    assert (look.outcome, len(findings)) == (Outcome.FOUND, 1)


@pytest.mark.contract("down", "html", "truncated", "wrong_types")
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=503), "down"),
        (Canned(reset=True), "down"),
        (Canned(text="<html>Just a moment...</html>", content_type=HTML), "blocked"),
        (Canned(text="<html>Welcome</html>", content_type=HTML), "changed"),
        (Canned(text='[{"Name": "Exa', content_type="application/json"), "changed"),
        (Canned(json=[leak()], cut=40), "down"),
        (Canned(json={"breaches": []}), "changed"),
        (Canned(json=["ExampleForum", 7, None, {"Name": []}]), "changed"),
    ],
)
async def test_what_could_not_be_asked_is_never_no_breach(world: World, reply: Canned, reason: str) -> None:
    script(world, leaks=reply)
    look, findings = await ask(world)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])


@pytest.mark.contract("timeout")
async def test_silence_is_a_timeout(world: World) -> None:
    script(world, leaks=Canned(never=True))
    look, _ = await ask(world, patience=IMPATIENT)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "timeout")


async def test_pastes_that_could_not_be_asked_leave_the_breaches(world: World) -> None:
    script(world, leaks=Canned(json=[leak()]), pastes=Canned(status=503))
    look, findings = await ask(world)
    assert (look.outcome, look.reason, len(findings)) == (Outcome.PARTIAL, "down", 1)


async def test_rows_that_cannot_be_read_are_counted(world: World) -> None:
    script(world, leaks=Canned(json=[leak(), {"Name": "<!channel>"}, None]), pastes=Canned(json=[{"Source": "x"}]))
    look, findings = await ask(world)
    assert (look.outcome, look.reason, len(findings)) == (Outcome.PARTIAL, "changed", 1)
    assert look.message.startswith("2 of 3 breaches could not be read. 1 of 1 pastes could not be read.")


async def test_sites_of_stealer_logs_are_accounts_that_only_a_direct_message_shows(world: World) -> None:
    plan = Canned(json=subscription(SubscriptionName="Pwned 5", Rpm=1000, IncludesStealerLogs=True))
    script(world, plan=plan, logs=Canned(json=["Shop.Example.net", "shop.example.net", "<!channel>"]))
    look, (site,) = await ask(world)
    assert (site.kind, site.value, site.severity) == (Fact.ACCOUNT, "shop.example.net", "high")
    assert site.attributes["direct_only"] is True
    assert look.outcome is Outcome.PARTIAL
    assert look.message == (
        "1 of 3 sites of stealer logs could not be read.\n"
        "Breaches that Have I Been Pwned calls sensitive are told to the holder of the address alone."
    )


async def test_a_plan_that_cannot_be_read_is_asked_everything(world: World) -> None:
    script(world, plan=Canned(json={"Rpm": "many"}), leaks=Canned(json=[leak()]))
    look, findings = await ask(world)
    assert (look.outcome, len(findings)) == (Outcome.FOUND, 1)
    assert paths(world)[-1] == f"/stealerlogsbyemail/{WHO}"


@pytest.mark.parametrize(
    ("rpm", "rate"),
    [(0, None), (1, Rate(0.5, 60, burst=1)), (10, Rate(6, 60, burst=3)), (1000, Rate(600, 60, burst=300))],
)
def test_a_plan_is_used_up_to_nine_tenths_of_what_it_allows_in_a_minute(rpm: int, rate: Rate | None) -> None:
    assert Plan(rpm=rpm).rate == rate


@dataclass
class Noting(FreePace):
    """A pace that also remembers how far apart questions may be asked."""

    apart: list[float] = field(default_factory=list)

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        self.apart.append(every)
        return 0.0


async def test_once_the_plan_is_known_its_pace_is_kept(world: World) -> None:
    pace = Noting()
    world.pace = pace
    script(world, plan=Canned(json=subscription(Rpm=1000)))
    await ask(world)
    assert pace.apart == [10.0, 0.1, 0.1]


def test_until_the_plan_is_known_the_smallest_one_is_kept() -> None:
    assert dict(haveibeenpwned.rates)[HOST] == Plan(rpm=10).rate


async def test_the_probe_says_what_the_key_allows_and_asks_about_nobody(world: World) -> None:
    script(world)
    fetch = await world.fetch(haveibeenpwned, ADDRESS, haveibeenpwned_key=KEY)
    assert await probe(fetch) == (
        'It takes the key: the plan "Pwned 1" allows 10 questions a minute, until 2027-05-01; '
        "stealer logs are not included."
    )
    assert paths(world) == ["/subscription/status"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [(Canned(status=401), BadKey), (Canned(status=403, text="<html>captcha", content_type=HTML), Blocked)],
)
async def test_the_probe_tells_a_refused_key_from_a_wall(world: World, reply: Canned, error: type[Exception]) -> None:
    script(world, plan=reply)
    fetch = await world.fetch(haveibeenpwned, ADDRESS, haveibeenpwned_key=KEY)
    with pytest.raises(error):
        await probe(fetch)


@pytest.mark.parametrize(
    ("flags", "reserve"),
    [
        ({"IsVerified": True}, "still hold."),
        ({"IsVerified": False}, "Have I Been Pwned could not verify it."),
        ({"IsVerified": False, "IsFabricated": True}, "Have I Been Pwned holds it for made up."),
    ],
)
async def test_a_headline_says_what_the_source_could_not_verify(
    world: World, flags: dict[str, Any], reserve: str
) -> None:
    script(world, leaks=Canned(json=[leak(**flags)]))
    _, (breach,) = await ask(world)
    assert breach.attributes["why"].endswith(reserve)
