"""Which collectors a scan gets: passive ones unasked, active ones with consent, options by name; and what is the same
question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.cases import Tlp
from core.errors import BadQuestion, BadSetting
from core.models import Kind, Target
from core.settings import Settings, load
from core.store import Choice
from tasks.choose import check_options, choose
from tests.bot.declared import declare, walker

DOMAIN = Target(Kind.DOMAIN, "example.com")
PAGE = Target(Kind.URL, "https://example.com/")


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch)


def chosen(target: Target, *names: str, settings: Settings | None = None, **more: Any) -> dict[str, Choice]:
    told: dict[str, Any] = {"team": ""} | more
    return {each.collector: each for each in choose(target, names, settings or load(), **told)}


def test_passive_collectors_are_asked_and_a_missing_key_is_said() -> None:
    found = chosen(DOMAIN)
    assert {name: choice.reason for name, choice in found.items()} == {
        "reader": "",  # it touches URLs, not domains
        "walker": "",
        "sites": "",  # it tells many, and is asked all the same
        "keyed": "no_key",
    }
    assert not any(choice.touches for choice in found.values())


def test_a_collector_that_touches_this_kind_of_target_waits_for_consent_and_says_what_it_would_do() -> None:
    choice = chosen(PAGE)["reader"]
    assert (choice.reason, choice.touches) == ("needs_consent", True)
    assert "What a page says about itself." in choice.lacks
    assert "The site sees our address." in choice.lacks


def test_naming_the_collector_alone_is_no_consent() -> None:
    assert chosen(PAGE, "reader")["reader"].reason == "needs_consent"


def test_with_consent_it_is_asked() -> None:
    assert chosen(PAGE, active=True)["reader"] == replace(chosen(PAGE)["reader"], reason="", lacks="")


def test_the_operator_may_allow_it_always_or_never() -> None:
    assert chosen(PAGE, settings=load(active="allow"))["reader"].reason == ""
    for active in (True, False):
        assert chosen(PAGE, settings=load(active="refuse"), active=active)["reader"].reason == "refused_by_operator"


def test_options_make_another_question_only_of_the_collector_that_declares_them() -> None:
    plain, extra = chosen(DOMAIN), chosen(DOMAIN, options=("walks",))
    assert plain["walker"].key != extra["walker"].key
    assert plain["sites"].key == extra["sites"].key
    assert chosen(DOMAIN, options=("walks", "transfers"), active=True)["walker"].key not in {
        plain["walker"].key,
        extra["walker"].key,
    }


def test_the_order_in_which_options_are_named_makes_no_other_question() -> None:
    one, two = (
        chosen(DOMAIN, options=options, active=True) for options in (("walks", "transfers"), ("transfers", "walks"))
    )
    assert one["walker"].key == two["walker"].key


def test_workspace_target_version_and_key_make_another_question(monkeypatch: pytest.MonkeyPatch) -> None:
    first = chosen(DOMAIN)
    keys = {first["walker"].key, chosen(DOMAIN, team="T0OTHER")["walker"].key}
    keys.add(chosen(Target(Kind.DOMAIN, "example.org"))["walker"].key)
    keyed = {chosen(DOMAIN, settings=load(shodan_key=key))["keyed"].key for key in ("one", "two", "one,two")}
    declare(monkeypatch, replace(walker, version=2))
    keys.add(chosen(DOMAIN)["walker"].key)
    assert len(keys) == 4
    assert len(keyed) == 3


def test_an_option_that_touches_the_target_waits_for_consent_too() -> None:
    with pytest.raises(BadQuestion, match="with the word active") as caught:
        check_options([Kind.DOMAIN], (), ["transfers"], load(), active=False)
    assert "Asks the name servers for the whole zone" in str(caught.value)
    check_options([Kind.DOMAIN], (), ["transfers"], load(), active=True)
    check_options([Kind.DOMAIN], (), ["transfers"], load(active="allow"), active=False)
    with pytest.raises(BadQuestion, match="operator"):
        check_options([Kind.DOMAIN], (), ["transfers"], load(active="refuse"), active=True)
    assert chosen(DOMAIN, options=("transfers",), active=True)["walker"].touches


@pytest.mark.parametrize(
    ("kind", "names", "option", "said"),
    [
        (Kind.DOMAIN, (), "walk", "Did you mean with=walks?"),
        (Kind.DOMAIN, (), "zzz", "I know: walks, transfers."),
        (Kind.URL, (), "walks", "walks is one of walker, which is not asked here"),
        (Kind.DOMAIN, ("sites",), "walks", "walks is one of walker, which is not asked here"),
    ],
)
def test_an_option_that_nobody_here_has_is_said(kind: Kind, names: tuple[str, ...], option: str, said: str) -> None:
    with pytest.raises(BadQuestion) as caught:
        check_options([kind], names, [option], load(), active=True)
    assert said in str(caught.value)


def test_of_several_targets_one_that_fits_the_option_is_enough() -> None:
    check_options([Kind.URL, Kind.DOMAIN], (), ["walks"], load(), active=False)


def test_only_what_the_operator_offers_is_asked() -> None:
    few = load(collectors="walker keyed")
    assert set(chosen(DOMAIN, settings=few)) == {"walker", "keyed"}
    with pytest.raises(BadQuestion, match="does not offer reader"):
        chosen(DOMAIN, "reader", settings=few)


def test_a_setting_that_offers_what_does_not_exist_is_said() -> None:
    with pytest.raises(BadSetting, match="COLLECTORS names dsn, which does not exist"):
        chosen(DOMAIN, settings=load(collectors="dsn"))


@pytest.mark.parametrize(
    ("tlp", "skipped"),
    [
        (None, set()),
        (Tlp.CLEAR, set()),
        (Tlp.GREEN, set()),
        (Tlp.AMBER, {"sites"}),  # it tells many
        (Tlp.AMBER_STRICT, {"sites", "reader", "walker"}),
        (Tlp.RED, {"sites", "reader", "walker"}),
    ],
)
def test_a_label_skips_those_who_would_tell_more_people_than_it_allows(tlp: Tlp | None, skipped: set[str]) -> None:
    found = chosen(DOMAIN, tlp=tlp)
    assert {name for name, choice in found.items() if choice.reason == "tlp"} == skipped
    assert all(
        choice.lacks.endswith(f"this is {tlp.label}.") for choice in found.values() if tlp and choice.reason == "tlp"
    )
    assert found["keyed"].reason == "no_key"


def test_what_nobody_learns_of_is_looked_at_under_every_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    scan = Target(Kind.FILE, "slack:F0EXAMPLE")
    assert [choice.reason for choice in chosen(scan, tlp=Tlp.RED).values()] == [""]
    reasons = {name: choice.reason for name, choice in chosen(DOMAIN, "dns", "whois", "crtsh", tlp=Tlp.RED).items()}
    assert reasons == {"dns": "", "whois": "tlp", "crtsh": "tlp"}
