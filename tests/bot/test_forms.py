"""The forms behind /scan alone, the shortcuts and the Home tab; what a filled one starts, and what it is refused."""

from __future__ import annotations

from typing import Any

from collectors import known
from core.models import Kind, Outcome
from tests.bot.conftest import Start
from tests.bot.listening import Bot, words_of

View = dict[str, Any]


def form(bot: Bot, user: str = "U0ADA") -> View:
    """The form somebody has open."""
    bot.settle()
    view: View | None = bot.sandbox.get("modal", user=user)["view"]
    assert view is not None, "no form is open"
    return view


def opened(bot: Bot, user: str = "U0ADA") -> View:
    """The form behind /scan alone."""
    answer = bot.sandbox.command("", user=user)
    assert (answer["status"], answer["ephemeral"]) == ("ok", None)
    return form(bot, user)


def message_form(bot: Bot, text: str, *, user: str = "U0ADA") -> View:
    """The form behind the message shortcut."""
    ts = bot.sandbox.post("message", user="U0BOB", channel="C0GENERAL", text=text)["ts"]
    bot.sandbox.post("shortcut", user=user, callback_id="scan_message", channel="C0GENERAL", ts=ts)
    return form(bot, user)


def typed(text: str) -> dict[str, Any]:
    return {"targets": {"targets": {"value": text}}}


def ticked(block: str, *values: str) -> dict[str, Any]:
    return {block: {block: {"selected_options": list(values)}}}


def submitted(bot: Bot, view: View, values: dict[str, Any], user: str = "U0ADA") -> dict[str, str]:
    """Press Start Scan; returns the errors shown in the form."""
    answer = bot.sandbox.post("submit", user=user, view_id=view["id"], values=values)
    assert answer["status"] == "ok", answer
    errors: dict[str, str] = answer["errors"]
    bot.settle()
    return errors


def options(view: View, block: str) -> list[str]:
    (element,) = [each["element"] for each in view["blocks"] if each.get("block_id") == block]
    return [option["value"] for option in element["options"]]


def test_the_command_alone_opens_a_form_and_it_starts_what_it_says(bot: Bot) -> None:
    view = opened(bot)
    assert options(view, "collectors_0")[:3] == ["dns", "crtsh", "whois"]
    values = (
        typed("example.com\n192[.]0[.]2[.]10") | ticked("options", "fresh") | {"tag": {"tag": {"value": "#case-17"}}}
    )
    assert submitted(bot, view, values) == {}
    scans = {scan.target.value: scan for scan in bot.scans()}
    assert set(scans) == {"example.com", "192.0.2.10"}
    assert {(scan.fresh, scan.tag, scan.place.channel) for scan in scans.values()} == {(True, "case-17", "C0GENERAL")}
    assert "Started" in words_of(bot.whispers()[-1])
    assert bot.sandbox.get("modal", user="U0ADA")["view"] is None


def test_a_form_sent_twice_starts_once(bot: Bot) -> None:
    submitted(bot, opened(bot), typed("example.com"))
    bot.end(bot.scans()[0], Outcome.FOUND)
    bot.sandbox.post("redeliver", kind="interaction", times=2)
    assert len(bot.scans()) == 1


def test_what_cannot_be_read_is_said_at_the_field_and_the_form_stays(bot: Bot) -> None:
    view = opened(bot)
    for text, words in (("exmaple", "user:exmaple"), ("10.0.0.1", "private"), ("a=b", 'no option "a="')):
        errors = submitted(bot, view, typed(text))
        assert list(errors) == ["targets"], text
        assert words in errors["targets"]
    assert bot.scans() == []
    assert form(bot)["id"] == view["id"]


def test_an_ambiguous_word_in_a_form_names_what_to_write(bot: Bot) -> None:
    errors = submitted(bot, opened(bot), typed("64496"))
    assert "AS64496 or user:64496" in errors["targets"]
    assert bot.scans() == []


def test_collectors_that_do_not_fit_a_target_are_left_out(bot: Bot) -> None:
    values = typed("example.com AS64496") | ticked("collectors_0", "dns", "whois")
    assert submitted(bot, opened(bot), values) == {}
    asked = {scan.target.value: [run.collector for run in scan.runs] for scan in bot.scans()}
    assert asked == {"example.com": ["dns", "whois"], "AS64496": ["whois"]}


def test_a_target_that_none_of_the_ticked_collectors_takes_is_not_asked_of_others(bot: Bot) -> None:
    errors = submitted(bot, opened(bot), typed("AS64496") | ticked("collectors_0", "dns"))
    assert "None of the collectors you ticked takes AS64496" in errors["targets"]
    assert bot.scans() == []


def test_no_box_ticked_means_all_that_fit(bot: Bot) -> None:
    submitted(bot, opened(bot), typed("example.com") | ticked("collectors_0"))
    fitting = [name for name, each in known().items() if Kind.DOMAIN in each.accepts]
    assert [run.collector for run in bot.scans()[0].runs] == fitting


def test_the_global_shortcut_asks_where_to_post(bot: Bot) -> None:
    bot.sandbox.post("shortcut", user="U0ADA", callback_id="scan_anything")
    view = form(bot)
    place = {"conversation": {"conversation": {"selected_conversation": "C0CASE17"}}}
    submitted(bot, view, typed("example.com") | place)
    assert bot.scans()[0].place.channel == "C0CASE17"
    assert "Started" in words_of(bot.whispers(channel="C0CASE17")[-1])


def test_a_receipt_reaches_the_asker_also_from_a_channel_without_the_bot(bot: Bot) -> None:
    bot.sandbox.post("shortcut", user="U0ADA", callback_id="scan_anything")
    place = {"conversation": {"conversation": {"selected_conversation": "C0NOBOT"}}}
    submitted(bot, form(bot), typed("example.com") | place)
    assert "Started: example[.]com" in words_of(bot.sandbox.messages("D0ADA")[-1])


def test_the_home_tab_s_button_opens_the_form(bot: Bot) -> None:
    bot.sandbox.post("home", user="U0ADA")
    bot.settle()
    home = bot.sandbox.get("home", user="U0ADA")
    answer = bot.sandbox.post("click", user="U0ADA", view_id=home["id"], action_id="open_scan")
    assert answer["status"] == "ok"
    assert form(bot)["callback_id"] == "scan"


def test_a_message_s_targets_become_boxes_and_only_the_ticked_are_asked_in_its_thread(bot: Bot) -> None:
    view = message_form(bot, "seen 203[.]0[.]113[.]66, hxxps://examp1e-login[.]test/a and ada@example.org, v2.4.58")
    assert options(view, "found_0") == ["203.0.113.66", "https://examp1e-login.test/a", "ada@example.org"]
    boxes = ticked("found_0", "203.0.113.66", "ada@example.org")
    assert "need to know why" in submitted(bot, view, boxes)["reason"]
    why = {"reason": {"reason": {"type": "plain_text_input", "value": "case 17"}}}
    assert submitted(bot, view, boxes | why) == {}
    assert sorted(scan.target.value for scan in bot.scans()) == ["203.0.113.66", "ada@example.org"]
    (thread,) = {scan.place.thread_ts for scan in bot.scans()}
    assert bot.sandbox.messages(thread_ts=thread)[0]["user"] == "U0BOB"


def test_nothing_ticked_is_said_at_the_boxes(bot: Bot) -> None:
    view = message_form(bot, "example.com and example.org")
    assert list(submitted(bot, view, ticked("found_0"))) == ["found_0"]
    assert bot.scans() == []


def test_a_message_that_names_nothing_gets_a_form_that_says_so(bot: Bot) -> None:
    view = message_form(bot, "good morning, see readme.md")
    assert "names nothing I can look up" in words_of(view)
    assert view["submit"] is None


def test_targets_in_another_bot_s_blocks_and_attachments_are_found(bot: Bot) -> None:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": "b.example.com"}]}
    cell = {"type": "rich_text", "elements": [section]}
    message = {
        "type": "message",
        "ts": "1700000000.000100",
        "text": "",
        "bot_id": "B0OTHER",
        "attachments": [
            {"fallback": "alert", "fields": [{"title": "host", "value": "a.example.com"}], "text": "from 192.0.2.10"}
        ],
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "<https://c.example.com/x|click>"}},
            {"type": "table", "rows": [[cell]]},
        ],
    }
    payload = {
        "type": "message_action",
        "callback_id": "scan_message",
        "team": {"id": "T0SANDBOX"},
        "user": {"id": "U0ADA", "team_id": "T0SANDBOX"},
        "channel": {"id": "C0GENERAL", "name": "general"},
        "trigger_id": "1.2.3",
        "message": message,
        "response_url": f"{bot.sandbox.url}/nowhere",
    }
    assert bot.sandbox.post("forge", kind="interaction", payload=payload)["status"] == "ok"
    bot.settle()
    (call,) = bot.sandbox.calls("views.open")
    for value in ("a.example.com", "192.0.2.10", "https://c.example.com/x", "b.example.com"):
        assert f"'value': '{value}'" in str(call)


def test_a_guest_gets_no_form_and_is_told_why(bot: Bot) -> None:
    bot.sandbox.command("", user="U0GUEST")
    assert "Guests may not ask me" in words_of(bot.whispers("U0GUEST")[-1])
    assert bot.sandbox.get("modal", user="U0GUEST")["view"] is None
    assert bot.audit() == [("U0GUEST", "form", "refused", "guest")]


def test_a_form_whose_trigger_ran_out_is_explained_in_words(bot: Bot) -> None:
    bot.sandbox.fault("views.open", "error", code="expired_trigger_id")
    bot.sandbox.command("")
    assert "Slack did not open the form. Try again, or type" in words_of(bot.whispers()[-1])


def test_the_rates_hold_for_forms_too(start_bot: Start) -> None:
    bot = start_bot(user_scans_per_minute=1)
    submitted(bot, opened(bot), typed("example.com example.org"))
    assert bot.scans() == []
    assert "1 are allowed" in words_of(bot.whispers()[-1])
