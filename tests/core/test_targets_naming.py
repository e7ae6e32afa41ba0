"""Whether a text names a target: what is so named is forgotten with it, and what only looks alike stays."""

from __future__ import annotations

import pytest

from core.targets import parse
from core.targets.naming import ANYWHERE, naming

NAMED = [
    ("example.com", "the mail came from example.com."),
    ("example.com", "it is example[.]com, see hxxps://example[.]com/login"),
    ("example.com", "EXAMPLE(.)COM"),
    ("example.com", "<http://example.com|example.com> is it"),
    ("example.com", "ｅｘａｍｐｌｅ.com in wide letters"),
    ("xn--mnchen-3ya.de", "seen at münchen.de"),
    ("192.0.2.1", "the host 192[.]0[.]2[.]1 answers"),
    ("2001:db8::1", "2001:0db8:0:0:0:0:0:1 too"),
    ("https://example.com/a", "hxxps://example[.]com/a"),
    ("ada@example.com", "Ada@Example.com wrote"),
    ("ada@example.com", "ada[at]example[.]com"),
    ("ada@example.com", "<mailto:ada@example.com|ada@example.com>"),
    ("user:ada-example", "it is @ada-example again"),
    ('"Ada Example"', "we met ada example there"),
    ("+12025550143", "call +1 (202) 555-0143"),
    ("+12025550143", "202 is no number, 1-202-555-0143 is"),
    ("AS64496", "announced by as64496"),
]
NOT_NAMED = [
    ("example.com", "www.example.com is another"),
    ("example.com", "example.com.evil.net is another"),
    ("example.com", "so is ada@example.com, a person"),
    ("example.com", "and my-example.com"),
    ("192.0.2.1", "192.0.2.10 and 192.0.2.1.example.com"),
    ("user:al", "an example that is always there"),
    ("ada@example.com", "not.ada@example.com, nor ada@example.com.au"),
    ("+12025550143", "the sum is 120255501430"),
    ("example.com", ""),
]


@pytest.mark.parametrize(("target", "text"), NAMED)
def test_a_target_is_named_in_whatever_spelling_is_read_as_it(target: str, text: str) -> None:
    assert naming(parse(target, allow=ANYWHERE))(text)


@pytest.mark.parametrize(("target", "text"), NOT_NAMED)
def test_what_only_looks_alike_does_not_name_it(target: str, text: str) -> None:
    assert not naming(parse(target, allow=ANYWHERE))(text)
