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
from core.models import Fact, Finding, Kind, Outcome, Place, Run
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
    checks = [check("SPF", "good", "Strict."), check("CAA", "fair", "Two."), check("DMARC", "bad", "None.", "medium")]
    message = reply(
        run("dns", Outcome.FOUND, *checks, check("BIMI", "info", "A logo."), check("DKIM", "good", "Keys."))
    )
    assert first_line(message) == "DNS records: 5 checks: 1 bad, 1 fair, 2 good"
    assert rows(message) == [["Bad: DMARC", "None."], ["Fair: CAA", "Two."]]
    assert "Good: \nSPF, DKIM; not graded: BIMI" in words(message)
    assert words(message).count("None.") == 1
    assert message.files[0].title == "All 5 DNS records findings (JSON)"


def test_dns_says_where_a_name_leads_and_counts_the_rest() -> None:
    shown = words(reply(dns_of_a_healthy_company()))
    assert "192[.]0[.]2[.]10, 2001:db8::10" in shown
    assert "mx1[.]example[.]net, mx2[.]example[.]net" in shown
    assert "2 further findings in the file" in shown


def test_the_reverse_names_of_a_network_are_a_row_for_each_address_in_their_order() -> None:
    claims = [("www.example.com", "192.0.2.10", True), ("liar.example.org", "192.0.2.9", False)]
    found = [
        finding("dns", Kind.DOMAIN, name, role="reverse name", address=address, forward_confirmed=back)
        for name, address, back in claims
    ]
    message = reply(run("dns", Outcome.FOUND, *found))
    assert first_line(message) == "DNS records: 2 addresses with reverse names; 1 of 2 lead back"
    assert [row[0] for row in rows(message)] == ["192[.]0[.]2[.]9", "192[.]0[.]2[.]10"]
    assert rows(message)[0][1] == "liar[.]example[.]org (not confirmed)"


def test_a_reverse_name_that_does_not_lead_back_is_marked() -> None:
    claimed = finding("dns", Kind.DOMAIN, "mail.example.org", role="reverse name", forward_confirmed=False)
    assert "mail[.]example[.]org (not confirmed)" in words(reply(run("dns", Outcome.FOUND, claimed)))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"www.example.com": True}, "192[.]0[.]2[.]10 points back to www[.]example[.]com"),
        ({"www.example.com": None}, "192[.]0[.]2[.]10 claims to be www[.]example[.]com (not confirmed)"),
        (
            {"a.example.com": True, "b.example.com": False},
            "192[.]0[.]2[.]10 points back to a[.]example[.]com and claims to be b[.]example[.]com (not confirmed)",
        ),
    ],
)
def test_an_address_is_said_with_its_reverse_names_once(names: dict[str, bool | None], said: str) -> None:
    found = [
        finding("dns", Kind.DOMAIN, name, role="reverse name", address="192.0.2.10", forward_confirmed=back)
        for name, back in names.items()
    ]
    message = reply(run("dns", Outcome.FOUND, *found))
    assert first_line(message) == f"DNS records: {said}"
    assert words(message).count("a[.]example") + words(message).count("www[.]example") == 1


def test_certificates_are_counted_current_and_expired() -> None:
    assert first_line(reply(certificates_of_a_healthy_company())) == (
        "Certificates (crt.sh): 36 names, 29 current, 7 expired (as of 3 h ago)"
    )


def test_internal_names_stand_above_the_table_and_outsiders_apart() -> None:
    message = reply(certificates_of_a_healthy_company())
    shown = words(message)
    assert rows(message)[0] == ["www[.]example[.]com", "2026-11-23 (new), Example Trust CA R3"]
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


def test_a_long_name_keeps_both_its_ends_and_the_whole_is_attached() -> None:
    name = f"{'a' * 63}.{'b' * 63}.example.com"
    message = reply(run("crtsh", Outcome.FOUND, finding("crtsh", Kind.DOMAIN, name)))
    shown = rows(message)[0][0]
    assert (len(shown), shown[:30], shown[-16:]) == (60, "a" * 30, "[.]example[.]com")
    assert name.encode() in message.files[0].content


def test_the_age_of_a_registration_comes_first() -> None:
    assert first_line(reply(registration_of_a_phisher())).startswith(
        "High, Registration (RDAP, WHOIS): Registered 3 days ago, expires in 12 months"
    )
    assert "Registered 31 years ago, expires in 8 months" in first_line(reply(registration_of_a_healthy_company()))


def test_a_registration_explains_states_and_names_the_abuse_contact() -> None:
    message = reply(registration_of_a_healthy_company())
    assert ["Status", "Locked against transfer"] in rows(message)
    assert ["Expires", "2027-08-13"] in rows(message)
    assert "Report abuse to: \nabuse[@]example[.]net" in words(message)
    assert b'"client transfer prohibited"' in message.files[0].content


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (
            {f"client {word} prohibited": "the registrar refuses" for word in ("transfer", "delete", "update")},
            "Locked against transfer, deletion and changes",
        ),
        (
            {"server delete prohibited": "x", "client renew prohibited": "y"},
            "Locked by the registry against deletion; Locked against renewal",
        ),
        ({"add period": "registered within the last days; a refund is possible"}, "Registered within the last days"),
        ({"odd word": "a status of this registry's own"}, "odd word"),
        (["active"], "active"),
    ],
)
def test_states_are_said_in_words(statuses: Any, said: str) -> None:
    held = finding("whois", Fact.REGISTRATION, "example.com", statuses=statuses)
    assert ["Status", said] in rows(reply(run("whois", Outcome.FOUND, held)))


def test_each_part_of_a_registration_stands_once() -> None:
    held = finding("whois", Fact.REGISTRATION, "192.0.2.0/24", name="EXAMPLE-NET", age_days=9, country="US")
    more = [
        finding("whois", Kind.CIDR, "192.0.2.0/24"),
        finding("whois", Fact.LOCATION, "US", role="network"),
        finding("whois", Fact.ORGANISATION, "Example Corp", role="registrant"),
    ]
    shown = words(reply(run("whois", Outcome.FOUND, held, *more)))
    assert [shown.count(each) for each in ("EXAMPLE-NET", "192[.]0[.]2[.]0/24", "Country", "Holder")] == [1, 1, 1, 1]


def test_a_registrar_that_was_not_asked_stands_in_the_small_print() -> None:
    held = finding("whois", Fact.REGISTRATION, "example.com", registrar="Example Registrar, Inc.", not_asked="x.test")
    assert "· Registrar not asked ·" in words(reply(run("whois", Outcome.FOUND, held)))


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
    assert first_line(message) == "Certificates (crt.sh): could not look. crt.sh asks us to slow down."
    assert "This says nothing about the target" in words(message)
    assert "Tried <!date^" in words(message)
    assert "nothing found" not in message.text + words(message)


def test_a_target_whose_own_servers_fail_is_not_called_unknown() -> None:
    message = reply(
        run("dns", Outcome.FAILED, reason="zone_down", message="The name servers of broken.test fail (SERVFAIL).")
    )
    assert first_line(message) == "DNS records: could not look. The name servers of broken[.]test fail (SERVFAIL)."
    assert "This says nothing about the target" not in words(message)
    assert "the source is down" not in words(message)


def test_nothing_found_is_said_in_the_sources_words() -> None:
    message = reply(run("dns", Outcome.NOTHING, message="vanished.test does not exist (NXDOMAIN)."))
    assert first_line(message) == "DNS records: nothing found"
    assert "vanished[.]test does not exist (NXDOMAIN)." in words(message)


def test_a_partial_answer_says_so_above_what_was_found() -> None:
    given = replace(
        certificates_of_a_healthy_company(), outcome=Outcome.PARTIAL, message="The answer was cut short.\nA remark."
    )
    assert "Not looked at: \nThe answer was cut short.\n\n\nA remark." in words(reply(given))


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
    assert unseal(value, key=b"an invented key", team="T0SANDBOX", now=NOW) == Action("rerun_one", "7f3a9c", 1, "crtsh")


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


def test_a_reply_in_a_thread_that_others_share_names_its_target() -> None:
    answered = run("dns", Outcome.NOTHING)
    shared = replace(scan(answered), place=Place("T0SANDBOX", "C0GENERAL", "1795435200.000100"))
    assert "DNS records, example[.]com" in words(blocks.reply(shared, answered, title="DNS records", seal=SEAL))
