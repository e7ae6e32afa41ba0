"""A collector's reply: the line that matters first, nothing cut silently, and no failure dressed as an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import blocks
from core.models import Fact, Finding, Kind, Outcome, Run
from core.seal import Action, unseal
from tests.core.reading import buttons, first_line, rows, words
from tests.core.samples import (
    EVIL,
    NOW,
    SEAL,
    TITLES,
    certificates_of_a_healthy_company,
    check,
    dns_of_a_healthy_company,
    finding,
    registration_of_a_healthy_company,
    registration_of_a_phisher,
    run,
    scan,
)


def reply(given: Run) -> blocks.Message:
    return blocks.reply(scan(given), given, title=TITLES.get(given.collector, "Another source"), seal=SEAL)


def test_dns_grades_come_worst_first_with_their_reason() -> None:
    message = reply(
        run("dns", Outcome.FOUND, check("SPF", "good", "Strict."), check("DMARC", "bad", "None.", "medium"))
    )
    assert first_line(message) == "DNS records: 2 checks: 1 bad, 1 good"
    assert rows(message) == [["DMARC", "Bad", "None."], ["SPF", "Good", "Strict."]]


def test_dns_says_where_a_name_leads_and_counts_the_rest() -> None:
    shown = words(reply(dns_of_a_healthy_company()))
    assert "192[.]0[.]2[.]10, 2001:db8::10" in shown
    assert "mx1[.]example[.]net, mx2[.]example[.]net" in shown
    assert "2 further findings in the file" in shown


def test_a_reverse_name_that_does_not_lead_back_is_marked() -> None:
    claimed = finding("dns", Kind.DOMAIN, "mail.example.org", role="reverse name", forward_confirmed=False)
    assert "mail[.]example[.]org (not confirmed)" in words(reply(run("dns", Outcome.FOUND, claimed)))


def test_certificates_are_counted_current_and_expired() -> None:
    assert first_line(reply(certificates_of_a_healthy_company())) == (
        "Certificates (crt.sh): 36 names, 29 current, 7 expired (as of 3 h ago)"
    )


def test_new_and_internal_names_stand_above_the_table_and_outsiders_apart() -> None:
    message = reply(certificates_of_a_healthy_company())
    shown = words(message)
    assert "New certificates: \nwww[.]example[.]com" in shown
    assert "Names that look internal: \nintranet[.]example[.]com" in shown
    assert "Wildcards: \n*.dev[.]example[.]com" in shown
    assert "Outside names on shared certificates: \nexample[.]org" in shown
    assert "example[.]org" not in [row[0] for row in rows(message)]


def test_long_tables_show_twenty_rows_count_the_rest_and_attach_the_whole() -> None:
    given = certificates_of_a_healthy_company()
    message = reply(given)
    assert len(rows(message)) == 20
    assert "and 16 more names in the file" in words(message)
    (file,) = message.files
    assert file.name == "crtsh-example-com-1.json"
    assert [each["value"] for each in json.loads(file.content)["findings"]] == [each.value for each in given.findings]


def test_the_age_of_a_registration_comes_first() -> None:
    assert first_line(reply(registration_of_a_phisher())).startswith(
        "High, Registration (RDAP, WHOIS): Registered 3 days ago, expires in 12 months"
    )
    assert "Registered 31 years ago, expires in 8 months" in first_line(reply(registration_of_a_healthy_company()))


def test_a_registration_explains_states_and_names_the_abuse_contact() -> None:
    message = reply(registration_of_a_healthy_company())
    locked = "client transfer prohibited: the registrar locks it against being moved away"
    assert ["Status", locked] in rows(message)
    assert ["Expires", "2027-08-13"] in rows(message)
    assert "Report abuse to: \nabuse[@]example[.]net" in words(message)
    assert message.files == ()


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"age_days": 0}, "Registered today"),
        ({"age_days": 1}, "Registered 1 day ago"),
        ({"age_days": 89, "days_to_expiry": 0}, "Registered 89 days ago, expires in 0 days"),
        ({"age_days": 400, "days_to_expiry": -5}, "Registered 13 months ago, expired 5 days ago"),
        ({"name": "EXAMPLE-NET"}, "Registered, EXAMPLE-NET"),
        ({"age_days": "soon", "days_to_expiry": [3]}, "Registered, example[.]com"),
    ],
)
def test_ages_read_like_sentences(attributes: dict[str, Any], said: str) -> None:
    held = finding("whois", Fact.REGISTRATION, "example.com", **attributes)
    assert first_line(reply(run("whois", Outcome.FOUND, held))) == f"Registration (RDAP, WHOIS): {said}"


def test_an_unknown_collector_shows_kinds_values_and_details() -> None:
    given = run(
        "other",
        Outcome.FOUND,
        finding("other", Kind.IP, "192.0.2.10", seen=1, port=443),
        finding("other", Kind.DOMAIN, "example.org", severity="high", why="Known for phishing."),
    )
    message = reply(given)
    assert first_line(message) == "Another source: 1 IP address, 1 domain"
    assert "High: \nexample[.]org: Known for phishing." in words(message)
    assert rows(message)[0][:2] == ["domain", "example[.]org"]
    assert rows(message)[1] == ["IP address", "192[.]0[.]2[.]10", "port: 443", "2026-11-22"]


def test_a_failure_says_why_and_that_it_is_no_answer() -> None:
    given = run(
        "crtsh", Outcome.FAILED, reason="rate_limited", message="crt.sh asks us to slow down.", answered_at=None
    )
    message = reply(given)
    assert first_line(message) == "Certificates (crt.sh): could not look: the source asked us to slow down"
    assert "crt.sh asks us to slow down." in words(message)
    assert "This says nothing about the target" in words(message)
    assert "Tried <!date^" in words(message)
    assert "nothing found" not in message.text + words(message)


def test_nothing_found_is_said_in_the_sources_words() -> None:
    message = reply(run("dns", Outcome.NOTHING, message="vanished.test does not exist (NXDOMAIN)."))
    assert first_line(message) == "DNS records: nothing found"
    assert "vanished[.]test does not exist (NXDOMAIN)." in words(message)


def test_a_partial_answer_says_so_above_what_was_found() -> None:
    given = replace(certificates_of_a_healthy_company(), outcome=Outcome.PARTIAL, message="The answer was cut short.")
    assert "Not everything could be looked at: \nThe answer was cut short." in words(reply(given))


def test_findings_kept_after_a_stop_are_shown_as_incomplete() -> None:
    given = replace(dns_of_a_healthy_company(), outcome=Outcome.CANCELLED, message="")
    assert "Stopped before the end" in words(reply(given))


def test_the_source_and_time_of_the_answer_are_shown() -> None:
    shown = words(reply(dns_of_a_healthy_company()))
    assert "Source: DNS · Answered <!date^1795435200^{date_short_pretty} at {time}|2026-11-23 12:00 UTC>" in shown
    assert "Took 2.1 s" in shown


def test_a_cached_answer_shows_its_age_and_no_duration() -> None:
    given = replace(dns_of_a_healthy_company(), cached=True, answered_at=NOW - timedelta(hours=3))
    shown = words(reply(given))
    assert "as of 3 h ago" in shown
    assert "Took" not in shown


def test_this_collector_alone_can_be_run_again() -> None:
    value = buttons(reply(run("crtsh", Outcome.NOTHING)))["rerun_one"]["value"]
    assert unseal(value, key=b"an invented key", team="T0SANDBOX") == Action("rerun_one", "7f3a9c", 1, "crtsh")


ROLES = ["", "address", "mail server", "reverse name", "abuse contact", "registrant", "never heard of"]


@given(
    st.sampled_from(["dns", "crtsh", "whois", "other"]),
    st.lists(st.tuples(st.sampled_from([*Kind, *Fact]), st.sampled_from(ROLES), st.booleans()), min_size=1, max_size=9),
)
def test_every_finding_is_shown_or_in_the_file(collector: str, kinds: list[tuple[Kind | Fact, str, bool]]) -> None:
    found = [
        finding(collector, kind, f"value{n}x", role=role, relation="same certificate" if outside else "")
        for n, (kind, role, outside) in enumerate(kinds)
    ]
    message = reply(run(collector, Outcome.FOUND, *found))
    assert message.files or [each.value for each in found if each.value not in words(message)] == []


@pytest.mark.parametrize("collector", ["dns", "crtsh", "whois", "other"])
@pytest.mark.parametrize("kind", [*Kind, *Fact])
def test_the_file_keeps_exact_values_and_shows_no_live_character(collector: str, kind: Kind | Fact) -> None:
    many: list[Finding] = [finding(collector, kind, f"{n} {EVIL}") for n in range(30)]
    (file,) = reply(run(collector, Outcome.FOUND, *many)).files
    assert json.loads(file.content)["findings"][3]["value"] == f"3 {EVIL}"
    assert all(byte in b"\n" or 32 <= byte < 127 for byte in file.content)
