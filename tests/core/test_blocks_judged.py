"""Headlines first, verdicts at the finding with who and when, and explanations that Slack takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core import blocks
from core.beside import NOTHING, Beside
from core.blocks.explained import explained
from core.blocks.judged import filled_verdict, judge_modal, judged_notice, worth_judging
from core.document import as_document
from core.explain import Known, explain_finding
from core.fingerprints import fingerprint
from core.headlines import Headline
from core.judged import as_judged
from core.models import Confidence, Fact, Kind, Outcome, Place, Run, Scan, ScanStatus, Severity, Target
from core.verdicts import Judgement, Verdict
from tests.core.reading import words
from tests.core.samples import EVIL, NOW, SEAL, TITLES, check, finding, run, scan
from tests.core.slack_limits import message_complaints, view_complaints
from tests.core.strategies import scans, texts

LOUD = check("SPF", "bad", "+all lets strangers send.", "high")
QUIET = finding("dns", Kind.IP, "192.0.2.10", role="address")
MARK = fingerprint(LOUD)
DNS = run("dns", Outcome.FOUND, LOUD, QUIET)


def verdict(judgement: Judgement = Judgement.FALSE, user: str = "U0ADA") -> Verdict:
    return Verdict(MARK, judgement, user, NOW, 7, "7f3a9c")


def headline(number: int = 1, severity: Severity = Severity.HIGH, sentence: str = "") -> Headline:
    return Headline(f"rule-{number}", sentence or f"Headline {number} about evil.test", severity, (MARK,), "Because.")


def parent(given: Scan, beside: Beside = NOTHING) -> blocks.Message:
    return blocks.parent(as_judged(given, beside.verdicts), titles=TITLES, seal=SEAL, beside=beside)


def order(message: blocks.Message, *said: str) -> list[int]:
    text = words(message)
    return [text.index(each) for each in said]


def elements(message: blocks.Message) -> dict[str, Any]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {each["action_id"]: each for row in rows for each in row}


def offered(message: blocks.Message) -> list[str]:
    """What stands in the menu behind the buttons."""
    return [each["text"]["text"] for each in elements(message).get("more", {}).get("options", [])]


def test_headlines_stand_before_what_matters_five_at_most_and_the_rest_is_counted() -> None:
    beside = replace(NOTHING, headlines=tuple(headline(n) for n in range(1, 9)))
    message = parent(scan(DNS), beside)
    found = order(message, "Headlines", "Headline 1", "Headline 5", "and 3 more headlines", "What matters first")
    assert found == sorted(found)
    assert "Headline 6" not in words(message).partition("What matters first")[0]
    assert "evil[.]test" in words(message)


def test_the_menu_explains_headlines_then_findings_that_matter() -> None:
    menu = elements(parent(scan(DNS), replace(NOTHING, headlines=(headline(),))))["explain"]
    labels = [each["text"]["text"] for each in menu["options"]]
    assert labels[0].startswith("High: Headline 1")
    assert labels[1].startswith("SPF")
    assert all(len(each["value"]) <= 150 for each in menu["options"])


def test_a_running_scan_and_one_without_anything_that_matters_offer_neither() -> None:
    quiet = parent(scan(run("dns", Outcome.FOUND, QUIET)))
    assert ("explain" in elements(quiet), "Judge" in offered(quiet)) == (False, False)
    running = parent(scan(DNS, run("crtsh", None), status=ScanStatus.RUNNING))
    assert set(elements(running)) == {"cancel"}


def test_what_is_judged_false_is_no_longer_among_what_matters_and_says_so() -> None:
    beside = replace(NOTHING, verdicts={MARK: verdict()}, judged=frozenset({MARK}))
    for message in (
        parent(scan(DNS), beside),
        blocks.summary(as_judged(scan(DNS), beside.verdicts), titles=TITLES, seal=SEAL, beside=beside),
    ):
        assert "What matters first" not in words(message)
        assert "judged false by <@U0ADA>, 23 Nov 2026" in words(message)
        assert "Judge" in offered(message)  # it can still be judged otherwise


def test_what_is_confirmed_stays_where_it_was_and_is_sure() -> None:
    beside = replace(NOTHING, verdicts={MARK: verdict(Judgement.CONFIRMED)})
    message = parent(scan(DNS), beside)
    assert "What matters first" in words(message)
    assert "judged confirmed by <@U0ADA>" in words(message)
    (judged, _) = as_judged(scan(DNS), beside.verdicts).runs[0].findings
    assert judged.confidence is Confidence.HIGH


def test_a_reply_says_what_was_judged_in_it_and_nothing_otherwise() -> None:
    plain = blocks.reply(scan(DNS), DNS, title="DNS", seal=SEAL)
    assert blocks.reply(scan(DNS), DNS, title="DNS", seal=SEAL, verdicts={}).digest == plain.digest
    said = blocks.reply(scan(DNS), DNS, title="DNS", seal=SEAL, verdicts={MARK: verdict(Judgement.NOT_THIS_PERSON)})
    assert "SPF: judged not this person by <@U0ADA>, 23 Nov 2026" in words(said)


def test_a_verdict_finds_its_finding_also_where_its_text_is_masked() -> None:
    paste = finding("haveibeenpwned", Fact.PASTE, "ada@example.com: a paste")
    given = run("haveibeenpwned", Outcome.FOUND, paste)
    mark = fingerprint(paste)
    asked = scan(given, target=Target(Kind.EMAIL, "ada@example.com"))
    told = {mark: replace(verdict(), fingerprint=mark)}
    said = words(blocks.reply(asked, given, title="Leaks", seal=SEAL, verdicts=told))
    assert "judged false by <@U0ADA>" in said
    assert "ada[@]" not in said


def test_who_judged_elsewhere_is_not_named() -> None:
    beside = replace(NOTHING, verdicts={MARK: verdict(user="")})
    assert "judged false by somebody in another channel" in words(parent(scan(DNS), beside))


def test_what_only_a_direct_message_shows_is_offered_in_no_parent_which_notifications_show() -> None:
    secret = finding("haveibeenpwned", Fact.BREACH, "Sensitive", severity="high", direct_only=True)
    leak = run("haveibeenpwned", Outcome.FOUND, secret)
    mark = fingerprint(secret)
    beside = replace(NOTHING, verdicts={mark: replace(verdict(), fingerprint=mark)})
    assert "Sensitive" not in str(parent(scan(leak)).blocks)
    assert "Sensitive" not in str(parent(scan(leak), beside).blocks)
    assert "Sensitive" not in str(parent(scan(leak, place=Place("T0SANDBOX", "D0ADA")), beside).blocks)
    assert [each.finding.value for each in worth_judging(scan(leak), {}, alone=True)] == ["Sensitive"]


def test_the_document_has_headlines_verdicts_and_the_fingerprint_of_each_finding() -> None:
    beside = replace(NOTHING, headlines=(headline(),), verdicts={MARK: verdict(Judgement.CONFIRMED)})
    document = as_document(scan(DNS), beside=beside)
    assert [each["rule"] for each in document["headlines"]] == ["rule-1"]
    one, other = document["runs"][0]["findings"]
    assert (one["fingerprint"], one["confidence"]) == (MARK, "high")
    assert one["verdict"] == {"verdict": "confirmed", "by": "U0ADA", "at": NOW.isoformat()}
    assert one["attributes"]["severity"] == "high"  # programs see what the source said, beside the verdict
    assert "verdict" not in other
    assert "headlines" not in as_document(scan(DNS))


def test_the_form_lists_what_matters_and_its_answer_is_read() -> None:
    worth = worth_judging(scan(DNS), {}, alone=False)
    view = judge_modal(scan(DNS), worth, place="sealed")
    assert view_complaints(view) == []
    menu = next(block["element"] for block in view["blocks"] if block.get("block_id") == "finding")
    assert [each["value"] for each in menu["options"]] == [MARK]
    chosen = {name: {name: {"selected_option": {"value": name}}} for name in ("finding", "judgement")}
    assert filled_verdict({"state": {"values": chosen}}) == ("finding", "judgement")
    assert filled_verdict({"state": {"values": {}}}) == ("", "")
    assert view_complaints(judge_modal(scan(DNS), [], place="sealed")) == []


brief = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


@brief
@given(scans(), st.sampled_from([Judgement.FALSE, Judgement.CONFIRMED]), texts)
def test_whatever_was_judged_and_found_slack_takes_it(given_scan: Scan, judgement: Judgement, sentence: str) -> None:
    all_of_it = [(run, each) for run in given_scan.runs for each in run.findings]
    verdicts = {fingerprint(each): Verdict(fingerprint(each), judgement, "U0ADA", NOW) for _, each in all_of_it}
    heads = tuple(headline(n, sentence=sentence or EVIL) for n in range(7))
    beside = replace(NOTHING, verdicts=verdicts, headlines=heads)
    messages = [parent(given_scan, beside)]
    messages += [
        blocks.reply(given_scan, each, title="x", seal=SEAL, verdicts=verdicts) for each in as_runs(given_scan)
    ]
    for _, each in all_of_it[:2]:
        mark = fingerprint(each)
        told = explain_finding(given_scan, mark, Known(TITLES, verdicts))
        assert told is not None
        messages += [
            explained(given_scan, told, SEAL),
            judged_notice(given_scan, each, verdicts[mark], SEAL, new=True),
        ]
    assert [said for each in messages for said in message_complaints(each.text, list(each.blocks))] == []
    view = judge_modal(given_scan, worth_judging(given_scan, verdicts, alone=True), place="sealed")
    assert view_complaints(view) == []


def as_runs(given_scan: Scan) -> tuple[Run, ...]:
    return given_scan.runs[:2]
