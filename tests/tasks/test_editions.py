"""What a collector reads beside the source is part of the question; kinds that need an option wait for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collectors.sites import importing, shelf
from core.errors import BadQuestion
from core.models import Kind, Target
from tasks.choose import choose, fitting_names
from tests.collectors.canned import sample_settings

NAME = Target(Kind.USERNAME, "ada-example")
ADDRESS = Target(Kind.EMAIL, "ada@example.com")


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "kept_in", lambda: tmp_path / "sites")


def key(target: Target = NAME) -> str:
    (choice,) = choose(target, ["username"], sample_settings(), team="T1")
    return choice.key


def test_another_list_of_sites_asks_another_question(tmp_path: Path) -> None:
    before = key()
    assert key() == before
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"Forum": {"url": "https://forum.example/{}", "errorType": "status_code"}}))
    importing.take(path, "sherlock", into=tmp_path / "sites")
    after = key()
    assert after != before
    importing.take(path, "sherlock", into=tmp_path / "sites")  # the same again: nothing has changed
    assert key() == after


def test_an_address_is_no_user_name_unless_somebody_says_so() -> None:
    given = sample_settings()
    assert "username" not in fitting_names(ADDRESS.kind, given)
    assert "username" in fitting_names(NAME.kind, given)
    assert "username" in fitting_names(ADDRESS.kind, given, ["local_part"])
    with pytest.raises(BadQuestion, match="only with=local_part"):
        choose(ADDRESS, ["username"], sample_settings(), team="T1")
    (choice,) = choose(ADDRESS, ["username"], sample_settings(), team="T1", options=["local_part"])
    assert choice.key != key()
