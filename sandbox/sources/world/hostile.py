"""Text that tries to be more than text: what a hostile source may put into any field."""

from __future__ import annotations

from sandbox.sources.world.parties import Party, Registrar

MENTIONS = "<!channel> <@U0ADA> *bold* `code`"
LINK = "<https://evil.test|click>"
BIDI = "\u202emoc.elpmaxe\u202c \u2067isolate\u2069"
ANSI = "\x1b[31mred\x1b[0m\x1b]0;title\x07"
NUL = "before\x00after"
FORMULA = "=cmd()|' /C calc'!A0"
MARKUP = "<script>alert(1)</script>\"'&lt;"
ALL = (MENTIONS, LINK, BIDI, ANSI, NUL, FORMULA, MARKUP)

FLOOD_LENGTH = 5 * 1024 * 1024
FLOOD_LINE = "All work and no play makes a dull record. "


def flood() -> str:
    """5 MB of text on one line."""
    return FLOOD_LINE * (FLOOD_LENGTH // len(FLOOD_LINE) + 1)


NOBODY = Party(
    handle="<!here>",
    name=f"{MENTIONS} {BIDI}",
    street=LINK,
    city=ANSI,
    region=NUL,
    postcode=FORMULA,
    country="<!",
    email="<@U0ADA>@evil.test",
    phone="tel:<!channel>",
)
REGISTRAR = Registrar(
    name=f"{LINK} {MENTIONS}",
    iana_id="=1+1",
    url="javascript:alert(1)",
    whois="127.0.0.1",
    rdap="https://169.254.169.254/",
    abuse_email="`x`@evil.test",
    abuse_phone="<!everyone>",
)
