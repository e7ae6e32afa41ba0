"""Looks at what we depend on, without the network: pinned with hashes, installed as pinned, under licences we accept.

`make audit` runs it, and asks for known vulnerabilities afterwards, for which the network is needed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
PARTS = re.compile(r"\s+(?:AND|OR)\s+")
MARKER = re.compile(r"\s*;\s*([^\\\n]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")

# What may be in our process. MPL binds changes to its own files, and the LGPL what is linked into one file; we import
# both as they come. GPL and AGPL would bind us.
ACCEPTED = frozenset(
    {
        *(
            "MIT",
            "MIT-0",
            "MIT-CMU",
            "ISC",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "BSD",
            "Apache-2.0",
            "PSF-2.0",
            "Unlicense",
            "AFL-2.1",
        ),
        *("MPL-2.0", "LGPL-3.0-only"),
    }
)
# As package indexes have written them before SPDX.
SPELLINGS = {
    "mit license": "MIT",
    "bsd license": "BSD",
    "3-clause bsd license": "BSD-3-Clause",
    "apache software license": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "python software foundation license": "PSF-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "isc license (iscl)": "ISC",
}
# Distributions that only carry the licence's text; read once, by a person.
READ = {"httpx-aiohttp": "BSD-3-Clause"}


def pins(text: str) -> dict[str, tuple[str, int]]:
    """Name to version and number of hashes, from a requirements file: of what is pinned for this Python."""
    found = {}
    for name, version, rest in PIN.findall(text):
        marker = MARKER.match(rest)
        if marker is None or Marker(marker.group(1)).evaluate():
            found[plain(name)] = (version, len(HASH.findall(rest)))
    return found


def plain(name: str) -> str:
    """One spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def complaints(text: str, installed: Mapping[str, Distribution]) -> Iterator[str]:
    """What is wrong with the pins of a requirements file and with what is installed for them."""
    wanted = pins(text)
    loose = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line) and "==" not in line]
    yield from (f"{line.split()[0]} is not pinned" for line in loose)
    for name, (version, hashes) in wanted.items():
        if not hashes:
            yield f"{name} has no hash"
        there = installed.get(name)
        if there is None:
            continue  # for another platform
        if there.version != version:
            yield f"{name} is pinned to {version}, installed is {there.version}"
        if unknown := licences(there) - ACCEPTED:
            yield f"{name} is under {', '.join(sorted(unknown))}, which nobody has accepted"
        if there.read_text("direct_url.json"):
            yield f"{name} was not installed from a package index"


def licences(there: Distribution) -> set[str]:
    """The licences a distribution says it is under; of alternatives all, since each must be acceptable."""
    if plain(there.name) in READ:
        return {READ[plain(there.name)]}
    told = there.metadata.json
    if expression := told.get("license_expression"):
        return set(PARTS.split(str(expression).strip("()")))
    classified = [each.split(" :: ")[-1] for each in told.get("classifier", []) if each.startswith("License ::")]
    given = classified or [str(told.get("license") or "no licence").splitlines()[0].strip()]
    return {SPELLINGS.get(each.lower(), each) for whole in given for each in PARTS.split(whole)}


def here() -> dict[str, Distribution]:
    """What is installed beside this Python."""
    return {plain(each.name): each for each in distributions()}


def main() -> int:
    """Print what is wrong; 0 when nothing is."""
    wrong = list(complaints((ROOT / "requirements.txt").read_text(encoding="utf-8"), here()))
    sys.stdout.writelines(f"{line}\n" for line in wrong or ["All pins have hashes, are installed, and are acceptable."])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
