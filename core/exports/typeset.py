"""A report as a PDF, typeset. What was found goes in as JSON and is never markup; nothing is read but our template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import typst

from core.exports.dossier import Dossier
from core.exports.report import report

TROUBLES = (typst.TypstError,)
HERE = Path(__file__).parent / "templates"
TEMPLATE = HERE / "report.typ"
UNKNOWN = re.compile("[^\x20-\u024f\u0370-\u052f\u1e00-\u206f\u20a0-\u20bf\u2190-\u22ff\ufffd]")
"""Letters that the typesetter's own fonts may lack. A box in their place would hide what a source said."""
MOST = 300  # findings: about twenty pages


def pdf(dossier: Dossier) -> bytes:
    """PDF/A-2b, with the picture of what hangs together and the timeline."""
    return typst.compile(
        TEMPLATE, root=HERE, ignore_system_fonts=True, sys_inputs=_given(dossier), pdf_standards="a-2b"
    )


def pictures(dossier: Dossier, *, ppi: float = 96.0) -> list[bytes]:
    """Its pages as PNG."""
    given = _given(dossier)
    made: Any = typst.compile(TEMPLATE, root=HERE, ignore_system_fonts=True, sys_inputs=given, format="png", ppi=ppi)
    return made if isinstance(made, list) else [made]


def _given(dossier: Dossier) -> dict[str, str]:
    """All that the template is told. The fonts are those inside of the typesetter, and the only files it reads are
    those beside the template."""
    return {"told": json.dumps(_written(report(dossier, most=MOST)))}


def _written(told: Any) -> Any:
    """The same values with each letter that the fonts lack written as its number."""
    if isinstance(told, str):
        return UNKNOWN.sub(lambda match: f"\\u{{{ord(match[0]):X}}}", told)
    if isinstance(told, dict):
        return {name: _written(each) for name, each in told.items()}
    return [_written(each) for each in told] if isinstance(told, list) else told
