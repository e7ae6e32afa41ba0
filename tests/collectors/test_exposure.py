"""Rules about open services and weaknesses: which fit, how grave they are, and what makes them less so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collectors.exposure.host import Host, Service, clean, detailed
from collectors.exposure.rules import ALARMS, CAUTIONS, RULES, fitting, weigh
from collectors.exposure.telling import program
from collectors.exposure.weaknesses import Weakness, scored
from core.models import Severity
from tests.collectors.shodan_samples import ADDRESS, CVE, banner, host, web

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REDIS = Service(port=6379, transport="tcp", product="Redis key-value store", module="redis", seen=NOW)
HOST = Host(address=ADDRESS, services=(REDIS,), updated=NOW)


def graded(service: Service, at: Host = HOST) -> tuple[Severity, list[str]]:
    exposed = fitting(service, at.cpes)
    assert exposed is not None
    return weigh(service, exposed, at, NOW)


@pytest.mark.parametrize(
    ("service", "rule", "sure"),
    [
        (REDIS, "Redis", True),
        (Service(port=1234, module="redis"), "Redis", True),  # wherever it listens
        (Service(port=6379), "Redis", False),
        (Service(port=6379, module="auto"), "Redis", False),
        (Service(port=3389), "Remote Desktop (RDP)", False),
        (Service(port=9200, module="https"), "Elasticsearch", False),  # it speaks HTTP
        (Service(port=8080, module="http", http={"title": "Dashboard [Jenkins]"}), "Jenkins", True),
        (Service(port=502, module="modbus"), "Modbus", True),
        (Service(port=161, transport="udp", module="snmp"), "SNMP", True),
        (Service(port=8081, module="https", product="phpMyAdmin"), "Database console", True),
    ],
)
def test_a_service_is_known_by_what_it_says_else_by_its_port(service: Service, rule: str, sure: bool) -> None:
    exposed = fitting(service)
    assert exposed is not None
    assert (exposed.rule.name, exposed.sure) == (rule, sure)


@pytest.mark.parametrize(
    "service",
    [
        Service(port=443, module="https", product="nginx"),
        Service(port=22, module="ssh", product="OpenSSH"),
        Service(port=80, module="http", http={"title": "My Redis blog"}),  # a title makes no data store
        Service(port=6379, module="http", product="nginx"),  # another service on its usual port
        Service(port=3306, module="ssh", product="OpenSSH"),
        Service(port=54321),
    ],
)
def test_other_services_are_no_warning(service: Service) -> None:
    assert fitting(service) is None


def test_a_port_is_believed_when_such_a_program_is_on_the_host() -> None:
    exposed = fitting(Service(port=6379), ("cpe:/a:redis:redis:6.0.9",))
    assert exposed is not None
    assert exposed.sure


def test_an_open_store_is_grave_and_each_doubt_makes_it_less_so() -> None:
    assert graded(REDIS) == (Severity.HIGH, [])
    asks = replace(REDIS, banner="-NOAUTH Authentication required.")
    assert graded(asks) == (Severity.MEDIUM, ["it asks for a password"])
    old = replace(REDIS, seen=NOW - timedelta(days=90))
    assert graded(old) == (Severity.MEDIUM, ["that was 90 days ago"])
    guessed = Service(port=6379, seen=NOW)
    assert graded(guessed) == (Severity.MEDIUM, ["only the port's number says what it is"])


@pytest.mark.parametrize(("tag", "severity"), [("cloud", "medium"), ("cdn", "low"), ("honeypot", "info")])
def test_bait_and_addresses_of_others_weigh_less_and_say_why(tag: str, severity: str) -> None:
    weight, reasons = graded(REDIS, replace(HOST, tags=(tag, "database")))
    assert (weight, reasons) == (severity, [CAUTIONS[tag][1]])


def test_every_rule_says_why_in_a_sentence_and_no_two_have_the_same_name() -> None:
    assert len({each.name for each in RULES}) == len(RULES) > 50
    assert all(each.reason.endswith(".") and len(each.reason) > 15 for each in RULES)
    assert all(each.ports or each.web or each.name == "Java debugger" for each in RULES)
    assert all(sentence.endswith(".") for _, sentence in ALARMS.values())


def test_no_port_has_two_rules() -> None:
    ports = [port for each in RULES for port in each.ports]
    assert len(ports) == len(set(ports))


@pytest.mark.parametrize(
    ("weakness", "severity", "said"),
    [
        (Weakness(CVE), "info", "Not verified"),
        (Weakness(CVE, cvss=9.8), "low", "Not verified"),
        (Weakness(CVE, cvss=9.8, kev=True), "medium", "attacked in the wild"),
        (Weakness(CVE, verified=True, cvss=5.0), "medium", "Shodan has tested for it"),
        (Weakness(CVE, verified=True, cvss=9.8), "high", "Shodan has tested for it"),
    ],
)
def test_a_weakness_weighs_what_is_known_of_it(weakness: Weakness, severity: str, said: str) -> None:
    weight, why = weakness.weigh()
    assert (weight, said in why) == (severity, True)


@pytest.mark.parametrize(
    "answer", [{}, [], None, {"cvss_v3": "high", "epss": 7, "kev": "yes"}, {"cvss_v3": -1, "cvss": None, "epss": True}]
)
def test_scores_that_make_no_sense_change_nothing(answer: object) -> None:
    known = Weakness(CVE, cvss=7.0, epss=0.1, kev=False)
    assert replace(scored(known, answer, "u"), scored_at="") == known


def test_weaknesses_of_banners_and_of_the_host_are_one_list_the_tested_first() -> None:
    told = {"CVE-2020-90001": {"verified": True, "cvss": "5.0"}, CVE: {"verified": False, "cvss": 7.7}}
    answer = host(web(vulns=told), banner(80, vulns={CVE: {"cvss": 9.1}}), vulns=[CVE, "CVE-2020-90002", "no id", 7])
    found = detailed(answer, ADDRESS, "Shodan").weaknesses
    assert [each.cve for each in found] == ["CVE-2020-90001", CVE, "CVE-2020-90002"]
    assert (found[1].ports, found[1].cvss, found[1].verified) == ((80, 443), 9.1, False)


@pytest.mark.parametrize(
    ("cpe", "read"),
    [
        ("cpe:/a:f5:nginx:1.18.0", ("nginx", "1.18.0", "f5")),
        ("cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*", ("http server", "2.4.49", "apache")),
        ("cpe:/o:canonical:ubuntu_linux", ("ubuntu linux", "", "canonical")),
        ("cpe:2.3:a:x:a\\:b:*:*", ("a:b", "", "x")),
        ("nginx", ("", "", "")),
        ("cpe:/a:" + "x" * 500, ("", "", "")),
    ],
)
def test_programs_are_read_from_cpes_of_both_forms(cpe: str, read: tuple[str, str, str]) -> None:
    assert program(cpe) == read


def test_a_text_of_a_banner_is_one_harmless_line() -> None:
    assert clean("a\r\n\x1b[31mred\x1b[0m\x00b" + "y" * 900)[:9] == "a red b" + "yy"
    assert len(clean("y" * 900)) == 200
