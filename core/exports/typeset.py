"""A report as a PDF, typeset. What was found goes in as JSON and is never markup; nothing is read but our template."""

from __future__ import annotations

import json
from pathlib import Path

import typst

from core.exports.dossier import Dossier
from core.exports.report import report

TROUBLES = (typst.TypstError,)
HERE = Path(__file__).parent / "templates"
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
    told = report(dossier, most=MOST)
    return {"root": str(HERE), "sys_inputs": {"told": json.dumps(told)}, "ignore_system_fonts": True}
