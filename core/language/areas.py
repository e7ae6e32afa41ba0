"""Which catalogue the sentences of a module are in: one for each area, so that several people can translate at once."""

from __future__ import annotations

from pathlib import PurePosixPath

AREAS = {
    "scans": (
        *("core/blocks/text.py", "core/blocks/words.py", "core/blocks/parts.py", "core/blocks/plan.py"),
        *("core/blocks/parents.py", "core/blocks/rounds.py", "core/blocks/replies.py", "core/blocks/marking.py"),
        *("core/blocks/facts.py", "core/blocks/beside.py", "bot/guard.py"),
    ),
    "talk": ("core/recorded.py", "bot/*.py", "tasks/*.py"),
    "answers": (
        *("core/blocks/answer*.py", "core/blocks/faces.py", "core/blocks/readers.py", "core/blocks/whole.py"),
        *("core/blocks/changed.py", "core/blocks/explained.py", "core/change.py", "core/explain.py"),
        *("core/casereport.py", "core/picture.py", "core/headlines.py", "core/blocks/headlines.py"),
    ),
    "asking": (
        *("core/blocks/notes.py", "core/blocks/lists.py", "core/blocks/offered.py", "core/blocks/previews.py"),
        *("core/blocks/quota.py", "core/blocks/playbooks.py", "core/blocks/watch*.py"),
        *("core/targets/*.py", "core/addresses.py", "core/slack/*.py", "core/store/*.py", "core/*.py"),
    ),
    "registered": (
        *("collectors/whois.py", "collectors/registries/*.py", "collectors/crtsh.py", "collectors/issuances.py"),
        *("collectors/securitytrails.py", "collectors/trails/*.py"),
    ),
    "zones": ("collectors/dns.py", "collectors/zone/*.py", "collectors/posture/*.py"),
    "profiles": (
        *("collectors/username.py", "collectors/sites/*.py", "collectors/social.py", "collectors/profiles/*.py"),
        *("collectors/haveibeenpwned.py", "collectors/leaks/*.py"),
    ),
    "claims": ("collectors/identity.py", "collectors/claims/*.py"),
    "files": ("collectors/metadata.py", "collectors/files/*.py"),
    "hosts": (
        *("collectors/shodan.py", "collectors/exposure/*.py"),
        *("collectors/virustotal.py", "collectors/reputation/*.py"),
    ),
    "looking": (
        "collectors/doors/*.py",
        "collectors/*.py",
        "core/language/*.py",
    ),
    "cards": ("core/blocks/*.py", "core/exports/formats.py"),
    "rules": ("core/rules/*.yml", "core/playbooks.yml", "core/correlation/*.py"),
}
"""Patterns of paths; the first area with one that fits has the sentences."""


def area_of(path: str) -> str:
    """The area of a file, by its path from the top of the repository.

    Raises:
        KeyError: none has it.
    """
    for area, patterns in AREAS.items():
        if any(PurePosixPath(path).match(pattern) for pattern in patterns):
            return area
    raise KeyError(path)
