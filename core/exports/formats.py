"""The formats, and the one place that writes them. A format's module is loaded when it is first asked for: the
libraries behind them take a second and a hundred megabytes that most processes never need."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import structlog

from core.errors import BadQuestion, NoExport
from core.exports.dossier import Dossier
from core.language import N_, later, tr

log = structlog.get_logger()

OURS = (ValueError, TypeError, LookupError)
FAILED = N_("The {title} file could not be made: that failed on our side, and was logged. Choose another format.")


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a dossier."""

    name: str  # as people type it
    title: str  # on a button
    about: str  # what it is for
    ending: str
    media_type: str
    writer: str  # module:function

    def write(self, dossier: Dossier) -> bytes:
        """The dossier as bytes.

        Raises:
            NoExport: it could not be written, which is our fault and was logged.
        """
        name, _, function = self.writer.partition(":")
        module = import_module(f"core.exports.{name}")
        write: Callable[[Dossier], bytes] = getattr(module, function)
        troubles: tuple[type[Exception], ...] = (*OURS, *getattr(module, "TROUBLES", ()))
        try:
            return write(dossier)
        except troubles as error:
            log.exception("an export failed on our side", format=self.name)
            raise NoExport(later(FAILED, title=later(self.title))) from error


EVIDENCE = Format(
    "evidence",
    N_("Evidence"),
    N_("a signed ZIP with what the sources answered, byte for byte"),
    "zip",
    "application/zip",
    "",  # needs the record: see `evidence`
)
FORMATS = {
    each.name: each
    for each in (
        Format("pdf", "PDF", N_("a report to read and print"), "pdf", "application/pdf", "typeset:pdf"),
        Format("html", "HTML", N_("the report as a page"), "html", "text/html; charset=utf-8", "page:page"),
        Format(
            "markdown",
            "Markdown",
            N_("the report for wikis and tickets"),
            "md",
            "text/markdown; charset=utf-8",
            "markdown:markdown",
        ),
        Format(
            "xlsx",
            "XLSX",
            N_("a workbook, a finding a row"),
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "tables:workbook",
        ),
        Format("csv", "CSV", N_("a finding a row"), "csv", "text/csv; charset=utf-8", "tables:comma_separated"),
        Format("json", "JSON", N_("all of it, for programs"), "json", "application/json", "documents:whole"),
        Format("jsonl", "JSONL", N_("the same, an object a line"), "jsonl", "application/x-ndjson", "documents:lines"),
        Format(
            "stix",
            "STIX 2.1",
            N_("a bundle for threat intelligence platforms"),
            "stix.json",
            "application/stix+json;version=2.1",
            "stix:bundle",
        ),
        Format("misp", "MISP", N_("an event for MISP"), "misp.json", "application/json", "misp:event"),
        Format(
            "graphml",
            "GraphML",
            N_("entities and relations for graph programs"),
            "graphml",
            "application/graphml+xml",
            "graphml:graphml",
        ),
        EVIDENCE,
    )
}
ALSO = {"md": "markdown", "excel": "xlsx", "zip": "evidence", "ndjson": "jsonl", "htm": "html"}


def format_of(word: str) -> Format:
    """The format that somebody named.

    Raises:
        BadQuestion: there is none of that name.
    """
    name = word.strip().lower().lstrip(".")
    name = ALSO.get(name, name)
    if name in FORMATS:
        return FORMATS[name]
    close = difflib.get_close_matches(name, FORMATS, n=1)
    if close:
        raise BadQuestion(tr('There is no format "{word}". Did you mean {other}?', word=word[:40], other=close[0]))
    raise BadQuestion(tr('There is no format "{word}". I know: {formats}.', word=word[:40], formats=", ".join(FORMATS)))
