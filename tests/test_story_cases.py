"""A case from its opening to its forgetting, with two people and two channels, over real processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.models import Place
from tests.running import Gumshoe, buttons_of, said
from tests.servers import Redis, Sandbox, Sources, until

TEAM = "T0SANDBOX"


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("story"), redis_server, sandbox, sources) as started:
        yield started


def case(gumshoe: Gumshoe, text: str, *, user: str = "U0ADA", channel: str = "C0CASE17") -> str:
    answer = gumshoe.sandbox.post("command", user=user, channel=channel, text=text, command="/case")
    assert answer["status"] == "ok", answer
    return str(answer["ephemeral"]["text"])


def texts(messages: list[dict[str, Any]]) -> str:
    return " ".join(str(each.get("text")) + str(each.get("blocks")) for each in messages)


def everything(gumshoe: Gumshoe, channel: str) -> str:
    """All that stands in a channel for all to see, threads and names of files included."""
    told = [each for each in gumshoe.sandbox.messages(channel) if not each.get("is_ephemeral")]
    threads = [one for each in told for one in gumshoe.sandbox.messages(channel, thread_ts=each["ts"])]
    return texts(told + threads) + str([one.get("files") for one in threads])


def test_a_case_from_its_opening_to_its_forgetting(gumshoe: Gumshoe) -> None:
    opened = case(gumshoe, 'open "Phish wave" tlp=amber forget purpose="who is behind it"')
    assert "Opened the case Phish wave" in opened
    assert "Added" in case(gumshoe, "members add <@U0BOB|bob>")
    bound = gumshoe.store.cases.bound(Place(TEAM, "C0CASE17"))
    assert bound is not None

    gumshoe.sandbox.command("example.com collectors=dns", channel="C0CASE17")
    gumshoe.sandbox.command("rented.test collectors=dns,crtsh tlp=red", channel="C0CASE17")
    gumshoe.sandbox.command("example.org collectors=dns")  # elsewhere, and of no case
    scans = {scan.target.value: scan for scan in gumshoe.ended(3)}
    assert {name: (bool(scan.belongs.case), scan.belongs.tlp) for name, scan in scans.items()} == {
        "example.com": (True, "amber"),
        "rented.test": (True, "red"),
        "example.org": (False, "green"),
    }
    red = scans["rented.test"]
    assert {run.collector: run.reason for run in red.runs} == {"dns": "", "crtsh": "tlp"}
    assert gumshoe.sources.asked("rented.test") != []
    assert not any("crt.sh" in str(each.get("host")) for each in gumshoe.sources.asked("rented.test"))

    # What is red stands in no public channel, and with both of the case's members.
    assert "TLP:RED: the answer was sent to those who may see it." in everything(gumshoe, "C0CASE17")
    assert "rented[.]test" not in everything(gumshoe, "C0CASE17")
    for user in ("U0ADA", "U0BOB"):
        first = said(gumshoe.direct(user))[0]  # those who ended are told already
        assert "rented[.]test" in first["text"]
        assert "*TLP:RED*" in str(first["blocks"])
        assert "rerun" in buttons_of(first)
    assert "rented[.]test" not in everything(gumshoe, "D0GUEST")

    # The member who did not ask runs it again from their own messages.
    gumshoe.click("rerun", said(gumshoe.direct("U0BOB"))[0], user="U0BOB", channel="D0BOB")
    until("the second round to end", lambda: gumshoe.round_ended(red.id, 2))

    assert "Handing over" in case(gumshoe, "hand over <@U0BOB|bob>")
    until("the shift card", lambda: "Shift: Phish wave" in everything(gumshoe, "C0CASE17"))
    assert "Closed the case" in case(gumshoe, "close", user="U0BOB")
    until("the report", lambda: "case-phish-wave" in everything(gumshoe, "C0CASE17"))
    until("the forgetting", lambda: gumshoe.store.cases.get(bound.id).forgotten_at)
    assert [scan.target.value for scan in gumshoe.scans()] == ["example.org"]
    assert "rented[.]test" not in everything(gumshoe, "C0CASE17")
    rows = gumshoe.store.audit.listed(team=TEAM, limit=1000)
    verbs = {str(row["verb"]) for row in rows}
    assert {"case open", "case members add", "case hand over", "case close", "case forget", "scan"} <= verbs
    assert any("rented.test" in str(row["subject"]) for row in rows)  # the audit forgets nothing
