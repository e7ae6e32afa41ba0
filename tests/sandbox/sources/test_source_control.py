"""Tests can count what the stand-in sources were asked, and make them misbehave."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys

import dns.exception
import dns.flags
import dns.rcode
import httpx
import pytest

from tests.sandbox.sources.conftest import Sources

HOME = "https://example.com/"


async def test_questions_over_all_protocols_are_counted_and_filtered(sources: Sources) -> None:
    await sources.get(HOME)
    await sources.resolve("example.com", "MX")
    await sources.whois("example.com")

    everything = await sources.asked("example.com")
    assert [each["protocol"] for each in everything] == ["http", "dns", "whois"]
    assert [each["number"] for each in everything] == sorted(each["number"] for each in everything)
    (mail,) = await sources.asked("dns", "MX")
    assert (mail["name"], mail["type"], mail["via"]) == ("example.com", "MX", "udp")


async def test_a_waiter_hears_of_the_next_question_and_of_no_older_one(sources: Sources) -> None:
    await sources.get(HOME)
    async with httpx.AsyncClient(base_url=sources.http, timeout=20, trust_env=False, verify=False) as client:
        last = (await client.get("/control/changes", params={"since": 0})).json()["last"]
        waiting = asyncio.create_task(
            client.get("/control/changes", params={"since": last, "match": "MX", "timeout": 10})
        )
        await sources.resolve("example.com", "A")
        await sources.resolve("example.com", "MX")
        heard = (await waiting).json()

    assert [each["type"] for each in heard["asked"]] == ["MX"]
    assert heard["last"] > last


async def test_a_waiter_gets_an_empty_list_when_nothing_is_asked(sources: Sources) -> None:
    async with httpx.AsyncClient(base_url=sources.http, trust_env=False, verify=False) as client:
        heard = (await client.get("/control/changes", params={"since": 10**9, "timeout": 0.05})).json()

    assert heard["asked"] == []


async def test_a_source_can_be_switched_off_and_on(sources: Sources) -> None:
    await sources.behave(host="crt.sh", kind="down")
    down = await sources.get("https://crt.sh/?q=example.org&output=json")
    elsewhere = await sources.get("https://rdap.verisign.com/com/v1/domain/example.com")
    await sources.behave(host="crt.sh", kind="ok")
    up = await sources.get("https://crt.sh/?q=example.org&output=json")

    assert (down.status_code, elsewhere.status_code, up.status_code) == (503, 200, 200)


async def test_a_rule_about_a_name_covers_what_lies_below_it_and_nothing_else(sources: Sources) -> None:
    await sources.behave(name="example.com", protocol="dns", kind="down")

    codes = [
        (await sources.resolve(name, "A")).rcode() for name in ("example.com", "_dmarc.example.com", "notexample.com")
    ]
    assert codes == [dns.rcode.SERVFAIL, dns.rcode.SERVFAIL, dns.rcode.NXDOMAIN]
    assert (await sources.get(HOME)).status_code == 200


async def test_a_rule_can_end_after_some_askings(sources: Sources) -> None:
    await sources.behave(name="example.com", kind="status", status=429, retry_after=7, times=2)
    answers = [await sources.get(HOME) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert [answer.headers.get("retry-after") for answer in answers] == ["7", "7", None]


async def test_a_rule_set_again_counts_afresh(sources: Sources) -> None:
    codes = []
    for _ in range(2):
        await sources.behave(host="crt.sh", kind="flaky", times=1)
        codes += [(await sources.get("https://crt.sh/?q=a.test&output=json")).status_code for _ in range(2)]

    assert codes == [503, 200, 503, 200]


async def test_reset_forgets_rules_counts_and_questions(sources: Sources) -> None:
    await sources.behave(name="example.com", kind="down")
    await sources.get(HOME)
    await sources.reset()

    assert await sources.asked() == []
    assert (await sources.get(HOME)).status_code == 200


async def test_a_wall_answers_with_a_page_and_status_200(sources: Sources) -> None:
    await sources.behave(name="example.com", kind="html")
    page = await sources.get("https://rdap.verisign.com/com/v1/domain/example.com")

    assert page.status_code == 200
    assert "captcha" in page.text
    assert "<html>" in await sources.whois("example.com")


@pytest.mark.parametrize("kind", ["reset", "truncated"])
async def test_a_connection_can_end_in_the_middle(sources: Sources, kind: str) -> None:
    await sources.behave(name="example.com", kind=kind)

    with pytest.raises(httpx.TransportError):
        await sources.get(HOME)


async def test_a_dns_answer_can_be_cut_or_lost(sources: Sources) -> None:
    await sources.behave(name="example.com", kind="truncated")
    cut = await sources.resolve("example.com", "A", via="udp")
    with pytest.raises(EOFError):
        await sources.resolve("example.com", "A", via="tcp")
    await sources.behave(name="example.com", kind="hang")
    with pytest.raises(dns.exception.Timeout):
        await sources.resolve("example.com", "A", via="udp", timeout=0.2)

    assert cut.flags & dns.flags.TC
    assert [each["behaviour"] for each in await sources.asked("dns")] == ["truncated", "truncated", "hang"]


async def test_a_slow_source_takes_its_time_and_a_client_that_left_does_not_hold_it(sources: Sources) -> None:
    slow = asyncio.create_task(sources.get("https://slow.test/"))
    async with httpx.AsyncClient(base_url=sources.http, timeout=20, trust_env=False, verify=False) as client:
        heard = await client.get("/control/changes", params={"match": "slow.test", "timeout": 10})
    assert [each["behaviour"] for each in heard.json()["asked"]] == ["slow"]
    assert not slow.done()
    slow.cancel()
    await sources.behave(name="slow.test", kind="slow", seconds=0.01)

    assert (await sources.get("https://slow.test/")).status_code == 200


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"kind": "sideways", "host": "crt.sh"}, "kind is one of ok, down"),
        ({"kind": "down"}, "Say which questions"),
        ({"kind": "down", "host": "crt.sh", "colour": "red"}, "has no colour"),
        ([], "JSON object"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused_with_a_sentence(
    sources: Sources, wish: object, sentence: str
) -> None:
    async with httpx.AsyncClient(base_url=sources.http, trust_env=False, verify=False) as client:
        refusal = await client.post("/control/behaviour", json=wish)

    assert refusal.status_code == 400
    assert sentence in refusal.json()["error"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com"])
def test_nothing_but_loopback_is_listened_on(host: str) -> None:
    command = [sys.executable, "-m", "sandbox", "sources", "--host", host]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 1
    assert "loopback only" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_told_to_stop_it_breaks_slow_answers_off_and_ends_quietly() -> None:
    command = [sys.executable, "-m", "sandbox", "sources"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        places = json.loads(process.stdout.readline())
        host, _, port = places["whois"].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as asker:
            asker.sendall(b"slow.test\r\n")
            changes = f"{places['http']}/control/changes?timeout=10&match=slow.test"
            assert httpx.get(changes, timeout=20, trust_env=False).json()["asked"]
            process.terminate()
            _, complaints = process.communicate(timeout=10)

    assert (process.returncode, complaints) == (0, "")
