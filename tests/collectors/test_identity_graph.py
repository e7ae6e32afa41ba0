"""Which claims are put together: the points, their order, and what never suffices."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.claims.address import canonical
from collectors.claims.claim import Claim, merged
from collectors.claims.evidence import evidence
from collectors.claims.graph import judged, probability
from collectors.claims.names import account_at, alike, is_rare, place
from collectors.doors.reply import offline
from core.models import Confidence, Fact, Kind

REPLY = offline("identity", "Example", "rule:test", {})
OTHER = offline("identity", "Another", "rule:other", {"x": 1})
SEED = Claim(Kind.EMAIL, "ada@example.com", REPLY, vouched=("ada@example.com",), is_seed=True)


def account(service: str, name: str = "ada-example", **said: Any) -> Claim:
    """A profile whose page is called like the service."""
    host = f"{service.lower()}.example"
    return Claim(Fact.ACCOUNT, f"{service}: {name}", REPLY, url=f"{host}/{name}", handles=(name,), **said)


def likely(one: Claim, other: Claim) -> float:
    return probability(evidence(one, other).values())


ONE = account("One", names=("Ada Example",))
BARE = account("Two")
NAMED = account("Two", names=("Ada Example",))
LINKING = account("Two", names=("Ada Example",), links=(ONE.url,))
CHECKED = account("Two", names=("Ada Example",), links=(ONE.url,), verified=(ONE.url,))
LINKED = replace(ONE, links=(BARE.url,))

# From what says least to what says most.
CALIBRATION = [
    (ONE, account("Two", "somebody", names=("Adalbert Sample",))),
    (ONE, account("Two", "somebody", names=("Ada Sample",))),
    (ONE, account("Two", names=("Adalbert Sample",))),
    (ONE, account("Two", "somebody")),
    (account("One", "ada"), account("Two", "ada")),
    (ONE, account("Two", "somebody", names=("A. Example",))),
    (ONE, account("Two", "somebody", names=("Ada Example",))),
    (ONE, BARE),
    (ONE, NAMED),
    (ONE, account("Two", "somebody", links=(ONE.url,))),
    (ONE, LINKING),
    (replace(ONE, handles=(), links=(BARE.url,)), account("Two", links=(ONE.url,))),
    (replace(ONE, handles=()), account("Two", links=(ONE.url,), verified=(ONE.url,))),
    (LINKED, CHECKED),
]


def test_scores_vary_and_order_as_the_evidence_does() -> None:
    scores = [likely(one, other) for one, other in CALIBRATION]
    assert all(less < more for less, more in pairwise(scores)), scores
    assert scores[0] < 0.01
    assert scores[-1] == 0.99


def test_a_link_back_counts_more_than_a_link_and_a_checked_one_more_than_both() -> None:
    one_way = likely(replace(ONE, names=()), account("Two", "b", links=(ONE.url,)))
    both = likely(replace(LINKED, names=(), links=("two.example/b",)), account("Two", "b", links=(ONE.url,)))
    checked = likely(replace(ONE, names=()), account("Two", "b", links=(ONE.url,), verified=(ONE.url,)))
    checked_back = likely(
        replace(ONE, names=(), links=("two.example/b",)),
        account("Two", "b", links=(ONE.url,), verified=(ONE.url,)),
    )
    assert one_way == pytest.approx(0.5)
    assert one_way < both < checked < checked_back


def test_what_anybody_can_copy_never_puts_claims_together() -> None:
    bio = "bread and maps and old radios and what else there is to do"
    said: dict[str, Any] = {
        "names": ("Ada Example",),
        "places": ("Exampletown",),
        "organisations": ("Example",),
        "bio": bio,
    }
    victim = account("One", links=("kontor.example",), **said)
    copy = account("Two", links=(victim.url, "kontor.example"), **said)
    assert 0.7 < likely(victim, copy) < 0.75
    assert [told.group for told in judged([victim, copy])] == ["maybe"]


def test_a_name_alone_never_does() -> None:
    told = judged([account("One", "a", names=("Ada Example",)), account("Two", "b", names=("Ada Example",))])
    assert [each.group for each in told] == ["maybe", "maybe"]
    assert all(each.points and each.score < 0.2 for each in told)


def test_conflicting_names_are_split_even_where_an_address_is_shared() -> None:
    ada = account("One", vouched=("ada@example.com",), names=("Ada Example",))
    other = account("Two", "other", rumoured=("ada@example.com",), names=("Adalbert Sample",))
    told = judged([SEED, ada, other])
    assert [(each.group, [claim.value for claim in each.claims]) for each in told] == [
        ("same", ["ada@example.com", "One: ada-example"]),
        ("conflicting", ["Two: other"]),
    ]
    assert told[0].score > 0.9
    assert told[1].score < 0.1
    assert told[1].points[0].points < 0


def test_even_a_checked_address_does_not_hide_that_the_names_differ() -> None:
    ada = account("One", vouched=("ada@example.com",), names=("Ada Example",))
    other = account("Two", "other", vouched=("ada@example.com",), names=("Adalbert Sample",))
    told = judged([SEED, ada, other])
    assert {each.group for each in told} == {"same", "conflicting"}
    assert sum(len(each.claims) for each in told) == 3


def test_one_fitting_name_among_several_is_no_conflict() -> None:
    known = account("One", vouched=("ada@example.com",), names=("Ada Example", "Countess Lovelace"))
    other = account("Two", "b", vouched=("ada@example.com",), names=("A. Example", "Bread Baker"))
    (told,) = judged([SEED, known, other])
    assert (told.group, len(told.claims)) == ("same", 3)


def test_a_shared_word_hides_no_conflict() -> None:
    known = account("One", vouched=("ada@example.com",), names=("Ada Example",))
    short = account("Two", vouched=("ada@example.com",), names=("Ada",))
    other = account("Three", "c", vouched=("ada@example.com",), names=("Ada Sample", "Ada"))
    told = judged([SEED, known, short, other])
    assert [(each.group, len(each.claims)) for each in told] == [("same", 3), ("conflicting", 1)]
    assert told[1].points[0].sort == "address"
    assert min(point.points for point in told[1].points) == -2.5


def test_every_group_says_why_and_none_is_a_bare_list() -> None:
    claims = [SEED, account("One", vouched=("ada@example.com",)), account("Two", "b"), account("Three", "c")]
    told = judged(claims)
    assert [each.group for each in told] == ["same", "maybe", "maybe"]
    assert all(each.points and all(point.why for point in each.points) for each in told)
    assert told[1].points[0].why == "Nothing but the question connects it."


def test_a_target_to_which_nothing_belongs_is_no_identity() -> None:
    assert judged([SEED]) == []
    assert judged([]) == []


def test_a_claim_of_two_sources_is_one_and_names_both() -> None:
    first = account("One", vouched=("ada@example.com",))
    second = replace(account("One", names=("Ada Example",)), reply=OTHER, confidence=Confidence.HIGH)
    (one,) = merged([first, second, replace(first, vouched=(), published=("ada@example.com",))])
    assert one.published == ()  # it was checked, which says more
    assert (one.names, one.vouched) == (("Ada Example",), ("ada@example.com",))
    finding = one.finding()
    assert finding.provenance.source == "Another"
    assert [each["source"] for each in finding.attributes["also"]] == ["Example"]  # twice the same answer


CLAIMS = st.lists(
    st.builds(
        account,
        st.sampled_from(["One", "Two", "Three", "Four"]),
        st.sampled_from(["ada-example", "ada", "b"]),
        names=st.lists(st.sampled_from(["Ada Example", "A. Example", "Adalbert Sample", "ada"]), max_size=2).map(tuple),
        vouched=st.lists(st.sampled_from(["ada@example.com", "b@example.org"]), max_size=1).map(tuple),
        links=st.lists(st.sampled_from(["one.example/ada", "two.example/b", "kontor.example"]), max_size=2).map(tuple),
        person=st.sampled_from([None, True, False]),
    ),
    max_size=7,
)


@settings(max_examples=50, deadline=None)
@given(claims=CLAIMS)
def test_every_claim_stands_in_exactly_one_group_and_scores_are_probabilities(claims: list[Claim]) -> None:
    known = merged([SEED, *claims])
    told = judged(known)
    placed = [claim.identity for each in told for claim in each.claims]
    assert sorted(placed) == sorted({*placed})
    assert {claim.identity for claim in known if not claim.is_seed} <= set(placed)
    assert all(0 <= each.score <= 0.99 for each in told)
    assert all(each.score >= 0.75 for each in told if each.group == "same")
    assert sum(each.group == "same" for each in told) <= 1


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("Ada Example", "ada EXAMPLE", 2),
        ("Zoë Müßig", "Zoe Mussig", 2),
        ("Example, Ada", "Ada Example", 2),
        ("Ada Mary Example", "Ada Example", 1),
        ("A. Example", "Ada Example", 1),
        ("Ada", "Ada Example", 0),
        ("Ada Sample", "Ada Example", -1),
        ("Bob Example", "Ada Example", -1),
        ("Adalbert Sample", "Ada Example", -2),
        ("xX_radio_Xx", "Ada Example", None),
        ("Ада Пример", "Ada Example", None),
        ("", "Ada Example", None),
        ("ada@example.com", "Adalbert Sample", None),
    ],
)
def test_how_names_compare(one: str, other: str, how: int | None) -> None:
    assert alike(one, other) == alike(other, one) == how


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://www.GitHub.com/Ada-Example/", "github.com/ada-example"),
        ("http://twitter.com/ada?ref=1", "x.com/ada"),
        ("kontor.example", "kontor.example"),
        ("javascript:alert(1)", ""),
        ("https://user:pass@evil.test/x", ""),
        ("http://127.0.0.1/admin", ""),
        ("https://evil.test/<!channel>", ""),
        ("", ""),
    ],
)
def test_how_links_compare(url: str, written: str) -> None:
    assert place(url) == written


def test_accounts_are_called_by_service_and_handle() -> None:
    assert account_at("https://github.com/ada-example") == ("GitHub", "ada-example")
    assert account_at("https://social.example/@ada", "Mastodon") == ("Mastodon", "ada")
    assert account_at("https://social.example/@ada", "<!channel>") == ("social.example", "ada")
    assert account_at("https://kontor.example/") == ("kontor.example", "kontor.example")


@pytest.mark.parametrize(
    ("handle", "rare"), [("ada-example", True), ("ada", False), ("webmaster", False), ("12345678", False)]
)
def test_which_handles_are_rare(handle: str, rare: bool) -> None:
    assert is_rare(handle) is rare


def test_spellings_of_one_mailbox_meet() -> None:
    spellings = ("A.da+news@gmail.com", "ada@googlemail.com", "ADA@Gmail.com")
    assert {canonical(each) for each in spellings} == {"ada@gmail.com"}
    assert canonical("a.da@example.com") != canonical("ada@example.com")
    assert canonical("+tag@example.com") == "+tag@example.com"
