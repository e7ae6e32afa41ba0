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
UNKNOWN = re.compile("[^\x20-\u024f\u0370-\u052f\u1e00-\u206f\u20a0-\u20bf\u2190-\u22ff\ufffd]")
"""Letters that the typesetter's own fonts may lack. A box in their place would hide what a source said."""
MOST = 300  # findings: about twenty pages


def pdf(dossier: Dossier) -> bytes:
    """PDF/A-2b, with the picture of what hangs together and the timeline."""
    return bytes(typst.compile(str(HERE / "report.typ"), pdf_standards=["a-2b"], **_given(dossier)))


def pictures(dossier: Dossier, *, ppi: float = 96.0) -> list[bytes]:
    """Its pages as PNG."""
    made = typst.compile(str(HERE / "report.typ"), format="png", ppi=ppi, **_given(dossier))
    return [bytes(each) for each in made] if isinstance(made, list) else [bytes(made)]


def _given(dossier: Dossier) -> dict[str, object]:
    """The fonts are those inside of the typesetter, and it reads no file but those beside the template."""
    told = _written(report(dossier, most=MOST))
    return {"root": str(HERE), "sys_inputs": {"told": json.dumps(told)}, "ignore_system_fonts": True}


def _written(told: Any) -> Any:
    """The same values with each letter that the fonts lack written as its number."""
    if isinstance(told, str):
        return UNKNOWN.sub(lambda match: f"\\u{{{ord(match[0]):X}}}", told)
    if isinstance(told, dict):
        return {name: _written(each) for name, each in told.items()}
    return [_written(each) for each in told] if isinstance(told, list) else told
