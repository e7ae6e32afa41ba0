"""A report as one page for a browser: it loads nothing, runs nothing, and everything from outside is escaped in it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from core.exports.dossier import Dossier
from core.exports.report import report

HERE = Path(__file__).parent / "templates"
MOST = 2_000  # findings
WIDE, HIGH, REACH = 900, 640, (250, 300)  # the picture: its size, and how far from the middle names begin


def page(dossier: Dossier) -> bytes:
    """The page, in UTF-8."""
    style = (HERE / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    told = report(dossier, most=MOST)
    shown = {"style": Markup(style), "policy": policy, "wide": WIDE, "high": HIGH, "reach": REACH}  # noqa: S704  ours
    return _template().render(told | shown).encode()


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(HERE)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html")
