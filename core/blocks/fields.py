"""What a file says, field by field, in the reader's language: names of fields, and of what stands in them only what
its reader in our child process says itself."""

from __future__ import annotations

from core.language import N_, tr
from core.language.noted import heard

# A word alone could be anybody's, so the child does not note it; it is known here.
NAMES = frozenset(
    (
        *(N_("Album"), N_("Author"), N_("Camera"), N_("Caption"), N_("Category"), N_("Comment"), N_("Company")),
        *(N_("Copyright"), N_("Created"), N_("Date"), N_("Description"), N_("Digitised"), N_("Disclaimer")),
        *(N_("Encrypted"), N_("Frames"), N_("Headline"), N_("Keywords"), N_("Language"), N_("Lens"), N_("Manager")),
        *(N_("Modified"), N_("Note"), N_("Pages"), N_("Published"), N_("Publisher"), N_("Recorded"), N_("Revision")),
        *(N_("Rights"), N_("Seconds"), N_("Signed"), N_("Slides"), N_("Source"), N_("Status"), N_("Subject")),
        *(N_("Taken"), N_("Template"), N_("Title"), N_("Warning"), N_("Words")),
    )
)
FILLED = frozenset(
    (
        *("Encrypted", "Signed", "Acts when opened", "Saved anew since it was made", "Embedded preview"),
        *("Changed after the first saving", "Content Credentials (C2PA)"),
    )
)
"""Fields in which the child says something itself."""
SIGNATURE = "DKIM signature of "
WAY = "Way it took"
CHAIN = "Editing chain"
ACTIONS = frozenset(  # what programs write into the editing chain (XMP, part 2, ResourceEvent)
    (
        *(N_("converted"), N_("copied"), N_("created"), N_("cropped"), N_("edited"), N_("filtered")),
        *(N_("formatted"), N_("printed"), N_("published"), N_("managed"), N_("produced"), N_("resized"), N_("saved")),
    )
)


def field_name(name: str) -> str:
    """How a field is called."""
    return tr(name) if name in NAMES else heard(name)


def field_value(name: str, value: object) -> str:
    """What stands in it, or one of several; the file's own words as they are."""
    text = str(value)
    if name in FILLED or name.startswith(SIGNATURE):
        return tr(text) if text in ("yes", "no") else heard(text)
    return {WAY: _stop, CHAIN: _step}.get(name, str)(text)


def _stop(text: str) -> str:
    """One line of the way an e-mail took: `mail.example.com to mx.example.org; Sun, 1 Nov 2026`."""
    sender, found, rest = text.partition(" to ")
    taker, _, when = rest.partition("; ")
    named = {"sender": _known(sender), "taker": _known(taker), "when": when}
    return tr("{sender} to {taker}; {when}", **named) if found else text


def _known(name: str) -> str:
    return tr("unknown") if name == "unknown" else name


def _step(text: str) -> str:
    """One step of editing: `2026-11-01T10:00:00 saved with Example Editor`."""
    done, found, agent = text.partition(" with ")
    words = " ".join(tr(each) if each in ACTIONS else each for each in done.split(" "))
    return tr("{done} with {agent}", done=words, agent=agent) if found else words
