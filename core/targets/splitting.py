"""Cuts a command line into words: quoted names, links and phone numbers stay whole, commas part targets."""

from __future__ import annotations

import re

from core.targets.undressing import refang, smooth

BETWEEN_URLS = re.compile(r"[,;](?=https?://)", re.IGNORECASE)  # a comma may be part of a URL, but not before one

WORD = re.compile(
    r"""
    <[^<>]*>                                  # what Slack made of a link or a mention
  | [A-Za-z]{1,16}:"[^"]*"                    # name:"Ada Example"
  | "[^"]*"
  | '[^']*'(?=[\s,]|$)
  | \(?\+\d(?:[ ().\-–/]{0,3}\d){4,14}(?=[\s,]|$)  # +1 (202) 555-0143
  | [-–—]{0,2}[A-Za-z_]{1,32}=[^\s"]*         # collectors=dns,whois
  | https?://[^\s<>"]*
  | [^\s,]+
    """,
    re.VERBOSE | re.IGNORECASE,
)


def split(text: str) -> list[str]:
    """The words of a command, defanged ones made live, each ready for `parse` or for being an option."""
    words = (part for word in WORD.findall(refang(smooth(text))) for part in BETWEEN_URLS.split(word))
    return [bare for word in words if (bare := word.strip(",;"))]
