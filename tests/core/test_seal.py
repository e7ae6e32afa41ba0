"""Only a button we made, for this workspace and in this version, does anything."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotAllowed
from core.seal import LASTS, Action, derive, sealer
from core.seal import seal as seal_at
from core.seal import unseal as unseal_at

KEY, TEAM = b"an invented key", "T0SANDBOX"
MADE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CANCEL = Action("cancel", "abcdefgh", 3, "dns")
words = st.text(st.characters(blacklist_characters="|", blacklist_categories=["Cs"]), max_size=20)


def seal(action: Action, *, key: bytes, team: str) -> str:
    return seal_at(action, key=key, team=team, made=MADE)


def unseal(value: str, *, key: bytes, team: str, later: timedelta = timedelta()) -> Action:
    return unseal_at(value, key=key, team=team, now=MADE + later)


def signed(body: str, *, key: bytes = KEY, team: str = TEAM) -> str:
    """What a release of ours with another layout would have put on a button."""
    return f"{body}|{hmac.new(key, f'{team}|{body}'.encode(), sha256).hexdigest()[:32]}"


def rule_for(value: str, *, key: bytes = KEY, team: str = TEAM) -> str:
    with pytest.raises(NotAllowed) as raised:
        unseal(value, key=key, team=team)
    return raised.value.rule


@given(st.builds(Action, words, words, st.integers(0, 10**6), st.text(st.characters(blacklist_categories=["Cs"]))))
def test_what_was_sealed_comes_back_whole(action: Action) -> None:
    assert unseal(seal(action, key=KEY, team=TEAM), key=KEY, team=TEAM) == action


@pytest.mark.parametrize("subject", ["", "a|b", "|", "||1|cancel|x|0|", "user:ada-example", "exämple"])
def test_a_subject_may_hold_anything(subject: str) -> None:
    action = Action("ask", subject=subject)
    assert unseal(seal(action, key=KEY, team=TEAM), key=KEY, team=TEAM) == action


def test_a_seal_for_one_workspace_is_made_once_and_used_often() -> None:
    assert sealer(KEY, TEAM, made=MADE)(CANCEL) == seal(CANCEL, key=KEY, team=TEAM)


def test_a_button_fits_into_a_select_option() -> None:
    assert len(seal(Action("rerun_failed", "abcdefgh", 999, "certificates"), key=KEY, team=TEAM)) <= 150


@pytest.mark.parametrize("part", [0, 1, 2, 3, 4, 5, 6])
def test_a_button_changed_anywhere_is_forged(part: int) -> None:
    parts = seal(CANCEL, key=KEY, team=TEAM).split("|")
    parts[part] += "0"
    assert rule_for("|".join(parts)) == "forged button"


def test_a_button_of_another_workspace_or_key_is_forged() -> None:
    value = seal(CANCEL, key=KEY, team=TEAM)
    assert rule_for(value, team="T0OTHER") == "forged button"
    assert rule_for(value, key=b"another key") == "forged button"


@pytest.mark.parametrize(
    "body",
    ["0|cancel|abcdefgh|3|dns", "1|cancel|abcdefgh|3|dns", "3|1|cancel|abcdefgh|3|dns|more", "2|cancel", "2", ""],
)
def test_a_button_of_another_version_says_what_to_do(body: str) -> None:
    with pytest.raises(NotAllowed, match="Start a new /scan") as raised:
        unseal(signed(body), key=KEY, team=TEAM)
    assert raised.value.rule == "old button"


def test_a_button_lasts_thirty_days_and_then_says_what_to_do() -> None:
    value = seal(CANCEL, key=KEY, team=TEAM)
    assert unseal(value, key=KEY, team=TEAM, later=LASTS) == CANCEL
    with pytest.raises(NotAllowed, match=r"older than 30 days\. Start a new /scan") as raised:
        unseal(value, key=KEY, team=TEAM, later=LASTS + timedelta(days=1))
    assert raised.value.rule == "expired button"


def test_a_message_rendered_again_on_the_same_record_gives_the_same_button() -> None:
    assert sealer(KEY, TEAM, made=MADE)(CANCEL) == sealer(KEY, TEAM, made=MADE)(CANCEL)


@given(
    st.one_of(st.text(), st.text(st.characters()), st.sampled_from(["\ud800", "|\ud800", "1|a|b|1|c|\ud800", "é|é"]))
)
def test_no_text_that_somebody_sends_is_taken_for_a_button(value: str) -> None:
    assert rule_for(value) == "forged button"


def test_all_processes_make_the_same_key_and_it_does_not_show_the_secret() -> None:
    assert derive("xoxb-invented") == derive("xoxb-invented")
    assert derive("xoxb-invented") != derive("xoxb-another")
    assert b"xoxb" not in derive("xoxb-invented")
