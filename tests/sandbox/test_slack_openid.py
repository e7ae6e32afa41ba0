"""Signing in with the stand-in workspace: what Slack promises an app, and what it refuses."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.servers import Sandbox

BACK = "https://app.example/back"


@pytest.fixture(scope="module")
def workspace() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


def asked(workspace: Sandbox, **more: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "scope": "openid profile",
        "client_id": workspace.ready["client_id"],
        "redirect_uri": BACK,
        "state": "s",
        "nonce": "n",
        **more,
    }


def allowed(workspace: Sandbox, user: str = "U0ADA") -> str:
    """The code with which somebody comes back."""
    answer = httpx.get(f"{workspace.url}/openid/connect/allow", params=asked(workspace, user=user))
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (answer.status_code, query["state"]) == (302, ["s"])
    return query["code"][0]


def call(workspace: Sandbox, method: str, token: str = "", **arguments: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body: dict[str, Any] = httpx.post(f"{workspace.url}/api/{method}", json=arguments, headers=headers).json()
    return body


def exchanged(workspace: Sandbox, code: str, **more: str) -> dict[str, Any]:
    app = {"client_id": workspace.ready["client_id"], "client_secret": workspace.ready["client_secret"]}
    return call(workspace, "openid.connect.token", **{**app, "code": code, "redirect_uri": BACK, **more})


def test_a_code_becomes_who_somebody_is(workspace: Sandbox) -> None:
    told = exchanged(workspace, allowed(workspace))
    part = told["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert (claims["nonce"], claims["aud"]) == ("n", workspace.ready["client_id"])
    assert claims["https://slack.com/user_id"] == "U0ADA"
    who = call(workspace, "openid.connect.userInfo", told["access_token"])
    assert (who["https://slack.com/team_id"], who["name"]) == ("T0SANDBOX", "Ada Example")


def test_a_code_is_good_once_and_for_its_own_app_and_way_back(workspace: Sandbox) -> None:
    code = allowed(workspace)
    assert exchanged(workspace, code)["ok"]
    assert exchanged(workspace, code)["error"] == "code_already_used"
    assert exchanged(workspace, "nonsense")["error"] == "invalid_code"
    assert exchanged(workspace, allowed(workspace), client_secret="x")["error"] == "bad_client_secret"
    assert exchanged(workspace, allowed(workspace), redirect_uri="https://x.example/")["error"] == "bad_redirect_uri"
    assert call(workspace, "openid.connect.userInfo", "xoxp-x")["error"] == "invalid_auth"


@pytest.mark.parametrize("wrong", [{"client_id": "x"}, {"scope": "profile"}, {"redirect_uri": "javascript:1"}])
def test_the_page_that_asks_takes_only_what_slack_takes(workspace: Sandbox, wrong: dict[str, str]) -> None:
    answer = httpx.get(f"{workspace.url}/openid/connect/authorize", params=asked(workspace, **wrong))
    assert answer.status_code == 400


def test_the_page_that_asks_shows_everybody_and_escapes_what_it_was_given(workspace: Sandbox) -> None:
    answer = httpx.get(f"{workspace.url}/openid/connect/authorize", params=asked(workspace, state='"><script>'))
    assert "Allow as Ada Example" in answer.text
    assert "<script" not in answer.text
