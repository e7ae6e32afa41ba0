"""Shodan's reply: what should not be open first; bait, guesses and old sights never look like more than they are."""

from __future__ import annotations

from typing import Any

from core import blocks
from core.language import speaking
from core.models import Fact, Finding, Kind, Outcome, Run
from tests.core.reading import first_line, rows, words
from tests.core.samples import EVIL, SEAL, finding, run, scan

WHY = "Redis is open to the internet. Without a password anybody reads everything in it."


def reply(*found: Finding, outcome: Outcome = Outcome.FOUND, **more: Any) -> blocks.Message:
    given: Run = run("shodan", outcome, *found, **more)
    return blocks.reply(scan(given), given, title="Open ports (Shodan)", seal=SEAL)


def port(value: str = "443/tcp", **more: Any) -> Finding:
    number = int(value.partition("/")[0])
    return finding("shodan", Fact.PORT, value, **{"address": "192.0.2.19", "port": number, **more})


def redis(**more: Any) -> Finding:
    told = {"rule": "Redis", "sure": True, "severity": "high", "why": WHY, "product": "Redis", "version": "6.0.9"}
    return port("6379/tcp", **{**told, **more})


def host(**more: Any) -> Finding:
    return finding("shodan", Kind.IP, "192.0.2.19", **{"role": "host", **more})


def guess(number: int, **more: Any) -> Finding:
    return finding("shodan", Fact.VULNERABILITY, f"CVE-2020-9{number:04d}", **{"verified": False, **more})


def test_an_exposed_service_is_the_first_line_and_its_reason_the_second() -> None:
    message = reply(host(), port(product="nginx", version="1.18.0"), redis())
    assert first_line(message) == ("High, Open ports (Shodan): Redis is open on 192[.]0[.]2[.]19, port 6379/tcp")
    assert "Without a password anybody reads everything in it." in words(message)
    assert words(message).count("Redis is open") == 1
    assert rows(message) == [["6379/tcp", "High: Redis 6.0.9"], ["443/tcp", "nginx 1.18.0"]]


def test_what_only_the_port_says_is_not_told_as_known() -> None:
    message = reply(host(), redis(sure=False, severity="medium", product=""))
    assert "port 6379/tcp, usually Redis, is open on 192[.]0[.]2[.]19" in first_line(message)


def test_more_exposed_services_are_counted() -> None:
    assert "and 2 more services that should not be" in first_line(reply(host(), redis(), redis(), redis()))


def test_ports_alone_are_listed() -> None:
    assert first_line(reply(host(), port("80/tcp"), port())) == ("Open ports (Shodan): 2 open ports: 80/tcp, 443/tcp")
    assert first_line(reply(host())) == "Open ports (Shodan): no open port is known"


def test_guesses_are_counted_and_called_guesses() -> None:
    tested = finding("shodan", Fact.VULNERABILITY, "CVE-2021-99773", verified=True, kev=True, severity="high")
    message = reply(host(), port(), tested, *(guess(number) for number in range(200)))
    assert "1 tested and 200 by version alone, not verified; attacked in the wild: CVE-2021-99773" in words(message)
    assert "200 by version alone, not verified" in words(reply(host(), port(), *(guess(n) for n in range(200))))
    assert "CVE-2020-90100" not in words(message)
    assert message.files


def test_bait_and_age_are_said_above_the_table() -> None:
    bait = "Shodan takes it for a honeypot: what is open there is bait"
    message = reply(host(cautions=[bait], age_days=120), redis(severity="info"))
    shown = words(message)
    assert f"{bait}. Seen 4 months ago." in shown
    assert not first_line(message).startswith("High")
    assert rows(message) == [["6379/tcp", "Redis 6.0.9"]]


def test_several_addresses_are_told_apart() -> None:
    other = finding("shodan", Kind.IP, "192.0.2.20", role="host")
    message = reply(host(), other, port(), port(address="192.0.2.20"))
    assert first_line(message) == "Open ports (Shodan): 1 open port on 2 addresses: 443/tcp"
    assert [row[0] for row in rows(message)] == ["443/tcp of 192[.]0[.]2[.]19", "443/tcp of 192[.]0[.]2[.]20"]


def test_hostile_text_stays_text() -> None:
    evil = port(product=EVIL, http={"title": EVIL}, tls={"subject": EVIL}, rule=EVIL, why=EVIL, severity="high")
    message = reply(host(why=EVIL, cautions=[EVIL]), evil, guess(1, why=EVIL))
    shown = words(message)
    assert [text for text in ("<!channel", "<!here", "<@U", "https://", "\u202e", "\x1b") if text in shown] == []


def test_attributes_of_any_type_are_survived() -> None:
    odd: tuple[Any, ...] = (7, None, [], {}, "x", [EVIL, 7, None], {"a": []}, True)
    for value in odd:
        told = dict.fromkeys(
            ("rule", "why", "http", "tls", "product", "severity", "port", "address", "cautions", "kev", "role"), value
        )
        assert first_line(reply(*(finding("shodan", kind, "443/tcp", **told) for kind in (*Fact, *Kind))))


def test_an_exposed_service_in_spanish() -> None:
    why = (
        "The usual port of Printer is open to the internet. Prints for everybody, and keeps jobs. Less grave, because"
        " it asks for a password and that was 75 days ago."
    )
    printer = port("9100/tcp", rule="Printer", sure=True, severity="medium", why=why)
    with speaking("es"):
        message = reply(host(cautions=["Shodan takes it for a honeypot: what is open there is bait"]), printer)
    assert "Impresora es accesible en 192[.]0[.]2[.]19, puerto 9100/tcp" in first_line(message)
    assert "Menos grave, porque pide una contraseña y eso fue hace 75 días." in words(message)
    assert "un señuelo (honeypot): lo que está abierto allí es un cebo." in words(message)
    assert rows(message) == [["9100/tcp", "Media: Impresora"]]
