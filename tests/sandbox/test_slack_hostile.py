"""Whatever an app sends, the stand-in workspace answers with Slack's refusal and never falls over."""

from collections.abc import AsyncIterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.limits import Complaints, check_message_blocks, check_view, check_volume
from sandbox.slack.messages import controls, with_ids
from sandbox.slack.methods import METHODS
from sandbox.slack.refusal import Refused
from sandbox.slack.views import initial_state
from tests.sandbox.pieces import BUTTONS, INPUTS, modal, plain
from tests.sandbox.workspace_doors import Doors, open_doors

TEXT = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}
CELL = {"type": "raw_text", "text": "x"}
GOOD: list[dict[str, Any]] = [
    *BUTTONS,
    {"type": "section", "text": plain("x"), "fields": [plain("x")], "accessory": BUTTONS[0]["elements"][0]},
    {"type": "table", "rows": [[CELL, TEXT]], "column_settings": [{"align": "left"}]},
    {"type": "data_table", "caption": "c", "rows": [[CELL], [CELL]]},
    {"type": "plan", "title": "p", "tasks": [{"task_id": "t", "title": "t", "status": "error", "details": TEXT}]},
    {"type": "card", "title": plain("x"), "actions": [BUTTONS[0]["elements"][0]]},
    {"type": "container", "child_blocks": [TEXT]},
    {"type": "context", "elements": [plain("x")]},
    {"type": "image", "image_url": "u", "alt_text": "a", "title": plain("x")},
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a structure, deepest included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in inside for place in places(child, (*path, key)))]


def spoilt(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """A copy with junk at that place."""
    if not path:
        return junk
    copy = deepcopy(value)
    spot = copy
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = junk
    return copy


@st.composite
def spoilt_structures(draw: st.DrawFn, whole: Any) -> Any:
    return spoilt(whole, draw(st.sampled_from(places(whole)[1:])), draw(JUNK))


@given(spoilt_structures(GOOD))
@settings(max_examples=400, deadline=None)
def test_spoilt_blocks_are_complained_about_or_can_be_stored(blocks: Any) -> None:
    say = Complaints()
    check_message_blocks(blocks, say)
    assert all("[json-pointer:/blocks" in line for line in say.lines)
    if not say:
        assert all(block_id and element for block_id, element in controls(with_ids(blocks, str)))


@given(spoilt_structures(modal(blocks=[*INPUTS, *BUTTONS])))
@settings(max_examples=300, deadline=None)
def test_spoilt_views_are_refused_or_can_be_stored(view: Any) -> None:
    with suppress(Refused):
        check_view(view, kind="modal")
        assert isinstance(initial_state(with_ids(view["blocks"], str)), dict)


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


def test_the_good_structures_are_good() -> None:
    say = Complaints()
    check_message_blocks(GOOD, say)
    assert say.lines == []
    with pytest.raises(Refused, match="invalid_attachments"):
        check_volume(GOOD)
    check_view(modal(blocks=[*INPUTS, *BUTTONS]), kind="modal")


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("junk", [None, True, 7, -1.5, "", "x", "{", "[]", [], [None], {}, {"type": []}], ids=repr)
async def test_junk_arguments_are_refused_and_never_break_a_method(doors: Doors, method: str, junk: Any) -> None:
    names = ("channel", "ts", "user", "users", "text", "blocks", "view", "files", "metadata", "trigger_id", "limit")
    more = ("thread_ts", "cursor", "oldest", "latest", "length", "filename", "file", "name", "timestamp", "user_id")
    token = doors.app_token if METHODS[method].token == "app" else doors.bot_token
    headers = {"Authorization": f"Bearer {token}"}
    for args in (dict.fromkeys((*names, *more), junk), {**dict.fromkeys(names, junk), "channel": "C0GENERAL"}):
        async with doors.http.post(f"{doors.api_url}{method}", json=args, headers=headers) as response:
            assert response.status == 200
            assert isinstance((await response.json())["ok"], bool)
