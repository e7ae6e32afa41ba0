"""What is read of breaches and pastes: nothing hostile, never a password, and a weight that follows from it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.doors.reply import Reply
from collectors.haveibeenpwned import haveibeenpwned
from collectors.leaks.breach import breach, paste, plain, without_secrets
from collectors.leaks.telling import breach_finding, paste_finding
from collectors.leaks.weight import KNOWN, LONG_AGO, TIERS, weigh
from core.models import Confidence, Kind, Outcome, Severity, Target
from tests.collectors.canned import Canned, open_world
from tests.collectors.leak_samples import NOW, leak, pasted, subscription
from tests.collectors.mutants import JSON, places, replaced

HOST, API = "haveibeenpwned.com", "/api/v3"
SECRET = "hunter2-invented"
REPLY = Reply(
    collector="haveibeenpwned",
    source="Have I Been Pwned",
    status=200,
    url="https://x",
    fetched_at=NOW,
    body=b"",
    sha256="",
)
TARGET = Target(Kind.EMAIL, "ada@example.com")
ANSWERS: dict[str, Any] = {
    "subscription/status": subscription(IncludesStealerLogs=True),
    "breachedaccount/ada@example.com": [leak(), leak("ExampleList", IsSpamList=True)],
    "pasteaccount/ada@example.com": [pasted(), pasted("http://rented.test/dump.txt", Source="AdHocUrl")],
    "stealerlogsbyemail/ada@example.com": ["shop.example.net"],
    "breaches": [leak(Domain="example.com")],
    "subscribeddomains": [{"DomainName": "example.com"}],
    "breacheddomain/example.com": {"ada": ["ExampleForum"]},
    "stealerlogsbyemaildomain/example.com": {"ada": ["shop.example.net"]},
    "stealerlogsbywebsitedomain/example.com": ["eve@example.net"],
}


@pytest.mark.contract("mutated")
@given(chance=st.data(), by=JSON)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_whatever_stands_wherever_nothing_but_our_own_errors_come_out(chance: st.DataObject, by: Any) -> None:
    path = chance.draw(st.sampled_from(sorted(ANSWERS)))
    place = chance.draw(st.sampled_from(places(ANSWERS[path])))
    async with open_world() as world:
        for each, value in ANSWERS.items():
            said = replaced(value, place, by) if each == path else value
            world.http.on(HOST, f"{API}/{each}", Canned(text=json.dumps(said), content_type="application/json"))
        for target in (TARGET, Target(Kind.DOMAIN, "example.com")):
            look, findings = await world.collect(haveibeenpwned, target, haveibeenpwned_key="invented")
            assert look.outcome in Outcome
            assert all(each.value and "\x00" not in each.value for each in findings)


HOSTILE: dict[str, Any] = leak(
    Title=f"<!channel> {SECRET}",
    Domain="<https://evil.test|x>",
    Description=f"<script>{SECRET}</script>Ada: ada@example.com:{SECRET}, password: {SECRET} pw={SECRET} \u202e",
    Password=SECRET,
    Passwords=[SECRET],
    Plaintext={"Password": SECRET},
    LogoPath=f"https://x.test/{SECRET}",
    Attribution=SECRET,
    DataClasses=["Passwords", SECRET, {"Passwords": SECRET}, f"Passwords: {SECRET}", "x" * 100_000],
    PwnCount=-1,
    IsSensitive="no",
)


@pytest.mark.contract("hostile")
async def test_a_password_in_any_field_of_any_answer_never_comes_out() -> None:
    bulk = [leak(f"Flood{n}", Title="x" * 2_000, Description=f"pin: {SECRET} " + "y" * 3_000) for n in range(300)]
    hostile_pastes = [
        pasted(Title=f"ada@example.com:{SECRET}", Body=SECRET),
        pasted(f"http://ada:{SECRET}@rented.test/", Source="AdHocUrl"),
        pasted(f"http://rented.test/?pw={SECRET}#{SECRET}", Source="AdHocUrl"),
        pasted(f"AbCd {SECRET}"),
        pasted("ok1", Source=f"<!channel> {SECRET}"),
    ]
    async with open_world() as world:
        world.http.on(HOST, f"{API}/subscription/status", Canned(json=subscription(IncludesStealerLogs=True)))
        world.http.on(HOST, f"{API}/breachedaccount/ada@example.com", Canned(json=[HOSTILE, *bulk]))
        world.http.on(HOST, f"{API}/pasteaccount/ada@example.com", Canned(json=hostile_pastes))
        logs = [f"{SECRET}", f"https://ada:{SECRET}@x.test", "shop.example.net"]
        world.http.on(HOST, f"{API}/stealerlogsbyemail/ada@example.com", Canned(json=logs))
        look, findings = await world.collect(haveibeenpwned, TARGET, haveibeenpwned_key="invented")
    said = repr([(each.value, each.attributes, each.context) for each in findings]) + look.message
    assert len(findings) == 304
    assert SECRET not in said
    assert "ada@example.com" not in said  # nor does any value need the address
    assert "<!channel>" not in said
    assert len(said) < 1_000_000


async def test_an_answer_over_the_cap_is_not_read() -> None:
    async with open_world() as world:
        world.http.on(HOST, f"{API}/subscription/status", Canned(json=subscription()))
        endless = Canned(body=b"[", endless=b'{"Name":"x"},' * 1000, content_type="application/json")
        world.http.on(HOST, f"{API}/breachedaccount/ada@example.com", endless)
        look, findings = await world.collect(haveibeenpwned, TARGET, haveibeenpwned_key="invented")
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "too_large", [])


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('In <a href="https://x">May</a> it &amp; all', "In May it & all"),
        ("<style>x</style>a<br/>b<script>c</script >", "ab"),
        ("a < b", "a"),
        ("", ""),
        ("x" * 9_000, "x" * 499 + "…"),
    ],
)
def test_descriptions_become_text(html: str, text: str) -> None:
    assert plain(html) == text


@given(st.text(max_size=200))
def test_any_description_becomes_a_short_line(text: str) -> None:
    assert len(plain(text)) <= 500
    assert "@" not in without_secrets(f"{text} ada@example.com").rpartition(" ")[2]


def weight_of(*classes: str, years: float = 0.1, added: float | None = None) -> str:
    happened = NOW - timedelta(days=365 * years)
    known = happened if added is None else NOW - timedelta(days=365 * added)
    return weigh(classes, happened=happened, added=known, now=NOW).severity.value


def test_passwords_weigh_more_than_phone_numbers_and_these_more_than_addresses_of_machines() -> None:
    assert [weight_of(each) for each in ("Passwords", "Phone numbers", "IP addresses")] == ["high", "medium", "low"]
    assert weight_of("IP addresses", "Phone numbers", "Passwords") == "high"


def test_time_lowers_a_weight_by_one_step_and_passwords_never_below_medium() -> None:
    old = [weight_of(each, years=10) for each in ("Passwords", "Credit cards", "Phone numbers", "IP addresses")]
    assert old == ["medium", "medium", "low", "low"]


def test_an_old_breach_that_became_known_only_now_weighs_as_a_new_one() -> None:
    assert weight_of("Passwords", years=10, added=0.1) == "high"


def test_what_is_not_said_or_not_known_is_not_harmless() -> None:
    assert [weight_of(), weight_of("Dreams")] == ["medium", "medium"]
    assert weigh(["Passwords"], happened=None, added=None, now=NOW).severity is Severity.HIGH


def test_a_wallets_address_is_known_and_a_letter_is_not() -> None:
    assert weight_of("Cryptocurrency wallet addresses") == "high"
    assert not [each for each in KNOWN if len(each) < 4 and each != "pins"]


def test_every_kind_of_data_has_one_place_in_the_table() -> None:
    assert sum(len(tier.classes) for tier in TIERS) == len(KNOWN)
    assert all(each == each.lower() for each in KNOWN)
    assert all(tier.reason for tier in TIERS)


def told(**changes: Any) -> tuple[Severity, Confidence, str]:
    read = breach(leak(ago=30, added=20, **changes))
    assert read is not None
    made = breach_finding(REPLY, read, now=NOW, role="account")
    return made.severity, made.confidence, made.context


@pytest.mark.parametrize(
    ("changes", "severity", "confidence"),
    [
        ({}, "high", "high"),
        ({"IsVerified": False}, "high", "low"),
        ({"IsVerified": None}, "high", "moderate"),
        ({"IsFabricated": True}, "info", "low"),
        ({"IsRetired": True}, "info", "low"),
        ({"IsSpamList": True, "DataClasses": ["Email addresses", "Phone numbers"]}, "info", "high"),
        ({"IsSpamList": True}, "high", "high"),
        ({"IsStealerLog": True, "DataClasses": ["Email addresses"]}, "medium", "high"),
        ({"IsMalware": True, "DataClasses": ["Usernames"]}, "medium", "high"),
    ],
)
def test_flags_decide_how_sure_and_how_loud_a_breach_is(
    changes: dict[str, Any], severity: str, confidence: str
) -> None:
    assert told(**changes)[:2] == (severity, confidence)


def test_a_sensitive_breach_is_for_direct_messages_only() -> None:
    read = breach(leak(IsSensitive=True))
    assert read is not None
    assert breach_finding(REPLY, read, now=NOW, role="account").attributes["direct_only"] is True
    plain_one = breach(leak())
    assert plain_one is not None
    assert "direct_only" not in breach_finding(REPLY, plain_one, now=NOW, role="account").attributes


@pytest.mark.parametrize(
    ("ago", "addresses", "severity"),
    [(40, 23, "medium"), (40, 18_000, "low"), (900, 23, "low"), (40, None, "low")],
)
def test_a_recent_paste_about_few_people_weighs_more(ago: float, addresses: int | None, severity: str) -> None:
    read = paste(pasted(ago=ago, EmailCount=addresses))
    assert read is not None
    assert paste_finding(REPLY, read, now=NOW).severity == severity


def test_the_age_from_which_things_weigh_less_is_three_years() -> None:
    assert timedelta(days=3 * 365) == LONG_AGO
