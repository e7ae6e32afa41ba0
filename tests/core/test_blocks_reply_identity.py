"""The reply about an identity: what is most certain first, then each group with its score and its reasons."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import blocks
from core.language import speaking
from core.models import Fact, Finding, Kind, Outcome, Target
from tests.core.reading import first_line, rows, words
from tests.core.samples import EVIL, SEAL, finding, run, scan
from tests.core.slack_limits import message_complaints

ADA = "Ada Example (ada@example.com)"


def reply(*found: Finding, target: Target | None = None, message: str = "") -> blocks.Message:
    given_run = run("identity", Outcome.FOUND, *found, message=message)
    return blocks.reply(scan(given_run, target=target), given_run, title="Identity", seal=SEAL)


def complaints(message: blocks.Message) -> list[str]:
    return message_complaints(message.text, list(message.blocks))


def group(sort: str, score: float, value: str = ADA, *points: tuple[str, float], claims: int = 3) -> Finding:
    return finding(
        "identity",
        Fact.IDENTITY,
        value,
        group=sort,
        score=score,
        points=[{"why": why, "points": weight, "between": []} for why, weight in points],
        claims=[{"value": f"Service {n}: ada-example"} for n in range(claims)],
    )


SAME = group("same", 0.97, ADA, ("Gravatar checked it.", 6.0), ("Both bear the name.", 0.7), ("A third.", 0.5))
MAYBE = group("maybe", 0.18, "A. Example", ("Anybody can have written it.", 1.0))
AGAINST = group("conflicting", 0.01, "Adalbert Sample", ("Nothing in common.", -3.0), ("Named there.", 1.0))
MAILBOX = finding("identity", Kind.EMAIL, "ada+x@example.com", role="target", tag="x", canonical="ada@example.com")


def test_what_belongs_together_stands_first_and_each_group_says_its_two_strongest_reasons() -> None:
    message = reply(SAME, MAYBE, AGAINST)
    assert first_line(message) == "Identity: Ada Example (ada[@]example[.]com): 3 claims belong together"
    shown = words(message)
    assert "Same 0.97: \nGravatar checked it (+6.0). Both bear the name (+0.7)." in shown
    assert "A third" not in shown
    assert "Maybe 0.18, A. Example: \nAnybody can have written it (+1.0)." in shown
    assert "Conflicting 0.01, Adalbert Sample: \nNothing in common (-3.0). Named there (+1.0)." in shown


def test_two_hundred_possibilities_do_not_drown_the_one_that_is_certain() -> None:
    message = reply(SAME, *(group("maybe", 0.1, f"Somebody {n}", ("Why not.", 0.3)) for n in range(200)))
    assert first_line(message).startswith("Identity: Ada Example")
    assert words(message).count("Somebody ") == 2
    assert "198 further findings in the file" in words(message)
    assert len(message.files) == 1


def test_a_throw_away_address_is_said_first_when_nothing_is_certain() -> None:
    odd = finding(
        "identity", Kind.EMAIL, "x@example.net", role="target", disposable=True, severity="medium", why="Thrown away."
    )
    gone = finding("identity", Fact.POSTURE, "Mail to example.net", severity="medium", why="It does not exist.")
    message = reply(odd, gone, MAYBE)
    assert first_line(message) == "Medium, Identity: x[@]example[.]net: Thrown away."
    assert "Medium: \nMail to example[.]net: It does not exist." in words(message)
    assert first_line(reply(odd, SAME)).startswith("Identity: Ada Example")
    assert "Medium: \nx[@]example[.]net: Thrown away." in words(reply(odd, SAME))


def test_an_address_that_nothing_is_known_of_says_so() -> None:
    message = reply(MAILBOX)
    assert first_line(message) == "Identity: No account or key is connected with it"
    assert rows(message) == [["Tag", "x"], ["Same mailbox as", "ada[@]example[.]com"]]


def test_what_was_not_looked_at_is_not_said_to_be_none() -> None:
    for found, said in (
        (MAILBOX, "No account or key is connected with it, but not all was looked at"),
        (finding("identity", Kind.USERNAME, "ada1", guess=True),
         "No source was found to know it, but not all was looked at; 1 guessed handle"),
    ):  # fmt: skip
        partial = run("identity", Outcome.PARTIAL, found, reason="down", message="GitHub is down.")
        message = blocks.reply(scan(partial), partial, title="Identity", seal=SEAL)
        assert said in words(message)


def test_possibilities_alone_are_not_called_certain() -> None:
    assert first_line(reply(MAYBE, AGAINST)) == "Identity: 2 possibilities, none certain"


def test_accounts_keys_and_mail_are_rows_with_what_matters_of_them() -> None:
    message = reply(
        finding("identity", Fact.POSTURE, "Mail to example.com", why="Two servers.", spf="strict", dmarc="reject"),
        finding("identity", Fact.ACCOUNT, "GitHub: ada-example", display_name="Ada Example", followers=1204),
        finding(
            "identity", Fact.KEY, f"OpenPGP {'0123456789ABCDEF' * 2}89ABCDEF", algorithm="RSA",
            emails=["ada@example.com"], verified=False, expired=True,
        ),
    )  # fmt: skip
    assert (
        rows(message)
        == [
            ["Mail to example[.]com", "Two servers."],
            ["Who may send (SPF)", "strict"],
            ["Forged mail (DMARC)", "reject"],
            ["GitHub: ada-example", "Ada Example, 1,204 followers"],
            ["OpenPGP 0123456…CDEF89ABCDEF", "RSA, ada[@]example[.]com (not checked), expired"],
        ]
        or rows(message)[4][1] == "RSA, ada[@]example[.]com (not checked), expired"
    )


def test_of_a_keys_addresses_only_those_that_were_checked_are_called_so() -> None:
    both = ["ada@example.com", "other@example.net"]
    key = finding("identity", Fact.KEY, "OpenPGP 01", algorithm="RSA", emails=both, checked=both[:1], verified=True)
    assert rows(reply(key))[0][1] == "RSA, ada[@]example[.]com (checked), other[@]example[.]net (not checked)"


def test_a_number_says_what_its_plan_says_and_where_that_ends() -> None:
    number = finding(
        "identity", Kind.PHONE, "+12025550122", role="target", why="Valid, mobile.", area="Exampletown",
        country="Exampleland", region="EX", portable=True, original_carrier="Example Mobile",
        time_zones=["Etc/A", "Etc/B"],
    )  # fmt: skip
    target = Target(Kind.PHONE, "+12025550122")
    message = reply(number, target=target, message="Plans cannot tell who has it.")
    assert first_line(message) == "Identity: Valid, mobile"
    assert "Plans cannot tell who has it." in words(message)
    assert ["First given to carrier", "Example Mobile"] in rows(message)
    assert ["Time zones", "Etc/A, Etc/B"] in rows(message)


def test_guesses_are_folded_into_one_line() -> None:
    guesses = [finding("identity", Kind.USERNAME, f"ada{n}", guess=True) for n in range(20)]
    message = reply(*guesses)
    assert first_line(message) == "Identity: No source was found to know it; 20 guessed handles"
    assert "Guessed handles, nobody was asked: \nada0, ada1, ada2, ada3, ada4, ada5 and 14 more" in words(message)
    assert rows(message) == []


def test_hostile_text_mentions_nobody_and_links_nowhere() -> None:
    message = reply(
        group("same", 0.9, EVIL, (EVIL, 6.0)),
        finding("identity", Fact.ACCOUNT, EVIL, display_name=EVIL),
        finding("identity", Fact.KEY, EVIL, emails=[EVIL], account=EVIL),
        finding("identity", Kind.USERNAME, EVIL, guess=True),
    )
    assert complaints(message) == []
    assert words(message).count("<!") == words(message).count("<!date^")
    assert "<@" not in words(message)
    assert "https://evil" not in words(message)


ANY: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
NAMES = (
    "group",
    "score",
    "points",
    "claims",
    "role",
    "severity",
    "emails",
    "followers",
    "expires",
    "guess",
    "valid",
    "type",
)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from([Fact.IDENTITY, Fact.ACCOUNT, Fact.KEY, Fact.POSTURE, Kind.PHONE, Kind.EMAIL, Kind.USERNAME]),
    attributes=st.dictionaries(st.sampled_from(NAMES), ANY, max_size=6),
    role=st.sampled_from(["target", ""]),
)
def test_whatever_attributes_hold_a_message_comes_out(kind: Any, attributes: dict[str, Any], role: str) -> None:
    message = reply(finding("identity", kind, "x", **{"role": role, **attributes}), SAME)
    assert complaints(message) == []


@pytest.mark.parametrize("score", [None, "high", True])
def test_a_score_that_is_none_is_not_made_up(score: Any) -> None:
    odd = finding("identity", Fact.IDENTITY, ADA, group="same", score=score, points="none", claims=7)
    assert "Same ?" in words(reply(odd))


def test_groups_numbers_and_mail_in_spanish() -> None:
    key = "OpenPGP key 5A5D7BE1D47800E0 names ada@example.com, but anybody can have written it there."
    maybe = group("maybe", 0.18, "A. Example (OpenPGP key 5A5D7BE1D47800E0)", (key, 1.0))
    mail = finding("identity", Fact.POSTURE, "Mail to example.com", why="", spf="no record", dmarc="reject")
    phone = finding("identity", Kind.PHONE, "+12025550122", role="target", type="mobile", why="Valid, mobile, Example.")
    with speaking("es"):
        message, number = reply(maybe, mail), reply(phone)
    shown = words(message)
    assert "A. Example (la clave OpenPGP 5A5D7BE1D47800E0)" in shown
    assert "La clave OpenPGP 5A5D7BE1D47800E0 nombra ada[@]example[.]com, pero cualquiera pudo escribirlo" in shown
    assert [row[0] for row in rows(message)][:1] == ["Correo para example[.]com"]
    assert [row[1] for row in rows(message)][1:] == ["sin registro", "reject"]
    assert "Válido, móvil, Example" in first_line(number)
    assert ["Tipo de número", "móvil"] in rows(number)
