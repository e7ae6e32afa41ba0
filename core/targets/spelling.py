"""Writes targets: so that they are read again, or so that no program makes links of them."""

from __future__ import annotations

import re

from core.models import Kind, Target
from core.targets.suffixes import suffix_of

SCHEME = re.compile(r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,31})://")
LIVE_SCHEMES = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ftps": "fxps"}
AT = re.compile(r"(?<=[^\s\[])@(?=[^\s\]])")
RUN = re.compile(r"""[^\s/:@\[\]()<>"',;]+""")
INNER_DOT = re.compile(r"(?<=[^.])\.(?=[^.])")


def spell(target: Target) -> str:
    """What to type so that exactly this target is read again."""
    match target.kind:
        case Kind.USERNAME:
            return f"user:{target.value}"
        case Kind.FILE:
            return f"file:{target.value}"
        case Kind.NAME:
            return f'"{target.value}"' if _is_plainly_a_name(target.value) else f'name:"{target.value}"'
        case Kind.DOMAIN if suffix_of(target.value) is None:
            return f"domain:{target.value}"
        case _:
            return target.value


def defang(text: str) -> str:
    """A value that no chat or mail program makes a link of: hxxps://, example[.]com, ada[@]example[.]com.

    Decimal numbers and versions (2.4.58) stay as they are; doing it twice changes nothing more.
    """
    text = RUN.sub(lambda found: _harmless_dots(found[0]), text)
    text = SCHEME.sub(lambda found: _harmless_scheme(found[1]), text)
    return AT.sub("[@]", text)


def _is_plainly_a_name(name: str) -> bool:
    return " " in name or (name.isalpha() and len(name) < 32)  # 32 letters may be a hash


def _harmless_scheme(scheme: str) -> str:
    if scheme.lower() in LIVE_SCHEMES.values():
        return f"{scheme}://"
    live = LIVE_SCHEMES.get(scheme.lower())
    return f"{live}://" if live else f"{scheme}[:]//"


def _harmless_dots(run: str) -> str:
    is_figure = run.count(".") < 3 and run.rpartition(".")[2].isdigit()
    return run if is_figure else INNER_DOT.sub("[.]", run)
