"""Whatever is wrong with a request is said in a problem document with the next step, and nothing is echoed."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.bot.api import Program, problem
from tests.bot.listening import Bot

HOSTILE = "<script>alert(1)</script>\u202e\ud800"


@pytest.fixture
def ada(bot: Bot) -> Program:
    return Program(bot)


def test_an_address_that_is_none_and_a_method_that_does_not_fit(ada: Program) -> None:
    assert "/docs" in problem(ada.get("/nothing"), 404)["next"]
    answer = ada.send("PATCH", "/scan/abcdefgh")
    assert (problem(answer, 405)["title"], answer.headers["allow"]) == ("Not this way", "DELETE, GET")
    assert ada.send("PUT", "/scan").headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"target=example.com", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415),
        ({"content": b'{"target": "example.com"}'}, 415),
        ({"content": b'"' + b"x" * 1_000_001 + b'"', "headers": {"Content-Type": "application/json"}}, 413),
        ({"content": iter([b"x" * 600_000] * 2), "headers": {"Content-Type": "application/json"}}, 413),
        ({"json": []}, 422),
        ({"json": "example.com"}, 422),
        ({}, 422),
    ],
)
def test_a_body_that_cannot_be_read(ada: Program, sent: dict[str, object], status: int) -> None:
    problem(ada.send("POST", "/scan", **sent), status)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"fresh": 1}, "valid boolean"),
        ({"fresh": "true"}, "valid boolean"),
        ({"target": 5}, "valid string"),
        ({"type": []}, "type"),
        ({"priority": "urgent"}, "interactive"),
        ({"colectors": ["dns"]}, "colectors: There is no such field. Take it out."),
        ({"tag": "x" * 101}, "100 characters"),
        ({"reason": "x" * 401}, "400 characters"),
        ({"target": "x" * 4097}, "4096 characters"),
        ({"target": None}, "Give either a target, or parent and finding."),
    ],
)
def test_types_are_taken_as_they_are_and_unknown_fields_are_refused(
    bot: Bot, ada: Program, wrong: dict[str, object], words: str
) -> None:
    body = problem(ada.post("/scan", {"target": "example.com"} | wrong), 422)
    assert words in str(body)
    assert bot.scans() == []


def test_nothing_that_was_sent_comes_back_as_it_was(ada: Program) -> None:
    secret = "xoxb-1234567890-secret"
    for body in (
        {"target": "example.com", HOSTILE: secret},
        {"target": "example.com", "fresh": secret},
        {"target": HOSTILE},
        {"target": "example.com", "type": HOSTILE[:30]},
        {"target": "example.com", "callback_url": f"https://{secret}@hooks.example.com/"},
    ):
        answer = httpx.post(
            f"{ada.url}/scan", content=_written(body), headers=ada._who | {"Content-Type": "application/json"}
        )
        assert problem(answer, 422)
        assert secret not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    listed = ada.send("POST", "/scans", content=_written({"targets": [HOSTILE[:-1], "example.com"]}), headers=JSON)
    assert (listed.status_code, listed.json()["refused"]) == (202, 1)


JSON = {"Content-Type": "application/json"}


def _written(body: object) -> bytes:
    """As a program would that does not look at what it sends: half characters and all, in ASCII."""
    return json.dumps(body).encode("ascii")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/",
        "hooks.example.com",
        "https://",
        "https://ada:secret@hooks.example.com/",
        "https://localhost/",
        "http://127.0.0.1:8080/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest",
        "https://printer.local/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com/\r\nX: y",
        "https://hooks.example.com:99999/",
        "https://hook\u0456.example.com/",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:6379/",
        "",
    ],
)
def test_a_callback_that_leads_inside_or_nowhere_is_refused(bot: Bot, ada: Program, url: str) -> None:
    assert problem(ada.post("/scan", {"target": "example.com", "callback_url": url}), 422)["title"]
    assert bot.scans() == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1000}, "limit"),
        ({"status": "DONE"}, "PENDING"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"since": "yesterday"}, "since"),
        ({"target": "exmaple"}, "has no dot"),
        ({"nonsense": "x"}, "no such field"),
        ({"kind": "host"}, "kind"),
    ],
)
def test_a_list_that_is_asked_for_in_words_i_do_not_know(ada: Program, query: dict[str, object], words: str) -> None:
    assert words in str(problem(ada.get("/scans", **query), 422))


def test_a_list_is_filtered_and_paged(bot: Bot, ada: Program) -> None:
    made = [ada.scan(f"{n}.example.com", type="dns", tag="case-1" if n % 2 else "")["task_id"] for n in range(5)]
    ada.post(f"/scan/{made[0]}/cancel")
    assert ada.scans(status="REVOKED") == [made[0]]
    assert ada.scans(tag="case-1") == [made[3], made[1]]
    assert ada.scans(target="3.EXAMPLE.com") == [made[3]]
    assert ada.scans(tag="case\x00-1", asked_by="U0ADA") == []
    first = ada.get("/scans", limit=2).json()
    second = ada.get("/scans", limit=3, cursor=first["next_cursor"]).json()
    assert [each["task_id"] for each in (*first["scans"], *second["scans"])] == made[::-1]
    assert second["next_cursor"] is None
    assert ada.scans(since="2026-01-01T00:00:00") == made[::-1]
    assert ada.scans(until="2026-01-01T00:00:00Z") == []


def test_the_documents_are_there_for_programs_and_people_without_a_script(ada: Program) -> None:
    root = ada.url.removesuffix("/api/v1")
    told = httpx.get(f"{root}/openapi.json").json()
    assert {"/api/v1/scan", "/api/v1/scans", "/api/v1/scan/{task_id}"} <= set(told["paths"])
    page = httpx.get(f"{root}/docs")
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert all(path in page.text for path in told["paths"])
    assert httpx.get(f"{root}/docs/style.css").headers["content-type"].startswith("text/css")
