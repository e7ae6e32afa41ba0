"""Which WHOIS server a line is for, and what that server says to it.

The protocol does not name the server that is asked, so all servers of the world share one port
and the question tells them apart:

- `whois://SERVER/QUESTION` names the server outright;
- a bare top-level domain is for IANA, which refers;
- Verisign wants `domain NAME` (or `=NAME`), DENIC's kind `-T dn,ace NAME`, ARIN `n + ADDRESS` or
  `a NUMBER`; flags before an address or number are RIPE's and APNIC's;
- a bare name goes to the registrar under .com and .net, elsewhere to the registry;
- a bare address or number gets IANA's referral and the registry's record in one reply, since both
  are asked in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.sources import whois_texts as texts
from sandbox.sources.world import hostile
from sandbox.sources.world.networks import APNIC, ARIN, AUTNUMS, RIPE, Autnum, Network, network_of
from sandbox.sources.world.parties import CHEAP_REGISTRAR, REGISTRAR
from sandbox.sources.world.registrations import Registration
from sandbox.sources.world.whole import World

IANA = "whois.iana.org"
VERISIGN = "whois.verisign-grs.com"
BOTH = "whois.iana.org and the registry"
REGISTRIES = {
    "com": VERISIGN,
    "net": VERISIGN,
    "org": "whois.pir.org",
    "test": "whois.nic.test",
    "example": "whois.nic.example",
}
NUMBERS = {each.whois: each for each in (ARIN, APNIC, RIPE)}
NOT_FOUND = {
    VERISIGN: 'No match for "{upper}".\n>>> Last update of whois database: {now} <<<\n',
    "whois.pir.org": "Domain not found.\n>>> Last update of WHOIS database: {now} <<<\n",
    "whois.nic.test": "No Data Found\n>>> Last update of WHOIS database: {now} <<<\n",
    "whois.nic.example": "Domain: {name}\nStatus: free\n",
    REGISTRAR.whois: "NOT FOUND: {name} is available for registration\n",
    CHEAP_REGISTRAR.whois: "NOT FOUND: {name} is available for registration\n",
    ARIN.whois: "#\n# ARIN WHOIS\n#\n\nNo match found for {name}.\n",
    APNIC.whois: "%ERROR:101: no entries found\n%\n% No entries found in source APNIC.\n",
    RIPE.whois: "%ERROR:101: no entries found\n%\n% No entries found in source RIPE.\n",
}
DENIED = "%ERROR:201: access denied for 192.0.2.200\n%\n% Queries from your address have passed the limit.\n"
THROTTLED = {
    VERISIGN: "WHOIS LIMIT EXCEEDED - SEE REGISTRY.EXAMPLE/WHOIS FOR DETAILS\n",
    "whois.nic.test": "Your connection limit exceeded. Please slow down and try again later.\n",
    APNIC.whois: DENIED,
    RIPE.whois: DENIED,
}
THROTTLED_ELSEWHERE = "Too many requests: query rate exceeded. Please try again later.\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """A WHOIS line understood: the server it is for, and the name, address or number it is about."""

    server: str
    about: str


def understand(line: str) -> Asked:
    """Read one line; see the module's text for how."""
    if line.startswith("whois://"):
        server, _, question = line.removeprefix("whois://").partition("/")
        return Asked(server.lower(), _bare(question))
    about = _bare(line)
    words = line.split()
    if len(words) > 1 or line.startswith("="):
        return Asked(_server_for(words, about), about)
    if is_number(about):
        return Asked(BOTH, about)
    tld = about.rpartition(".")[2]
    if "." not in about:
        return Asked(IANA, about)
    if tld in ("com", "net"):
        return Asked(REGISTRAR.whois, about)
    return Asked(REGISTRIES.get(tld, IANA), about)


def reply(world: World, asked: Asked) -> str:
    """What the server says; a hostile name's answer goes on for 5 MB."""
    if asked.server == IANA:
        return _iana(asked.about)
    if asked.server == BOTH:
        return _both(asked.about)
    if asked.server in NUMBERS:
        return _number(world, asked)
    known = world.registrations.get(asked.about)
    if known is None or not _holds(asked.server, known):
        return _nothing(world, asked)
    text = _record(world, asked.server, known)
    if known.holder == hostile.NOBODY:
        text += "".join(f"Remark: {each}\n" for each in (*hostile.ALL, hostile.flood()))
    return text


def throttled(server: str) -> str:
    """The text a server sends instead of an answer to who asks too often."""
    return THROTTLED.get(server, THROTTLED_ELSEWHERE)


def is_number(text: str) -> bool:
    """Whether a text is an address, a range or an AS number."""
    if text.removeprefix("as").isdigit():
        return True
    try:
        network_of(text)
    except ValueError:
        return False
    return True


def _bare(line: str) -> str:
    """The last word, lower-case, without Verisign's `=` and Japan's `/e`."""
    return (line.split() or [""])[-1].lower().removeprefix("=").removesuffix("/e").rstrip(".")


def _server_for(words: list[str], about: str) -> str:
    if is_number(about):
        if words[0].lower() in ("n", "a", "z"):
            return ARIN.whois
        return _registry_of(about) if _registry_of(about) != ARIN.whois else RIPE.whois
    tld = about.rpartition(".")[2]
    return REGISTRIES.get(tld, IANA)


def _holds(server: str, known: Registration) -> bool:
    return server in (REGISTRIES.get(known.domain.rpartition(".")[2]), known.registrar.whois)


def _record(world: World, server: str, known: Registration) -> str:
    if server == VERISIGN:
        return texts.thin(world, known)
    if server == REGISTRIES["example"]:
        return texts.denic_like(world, known)
    return texts.thick(world, known)


def _iana(about: str) -> str:
    if is_number(about):
        server = _registry_of(about)
        return texts.iana_number(server) if server else texts.iana_nothing(about)
    tld = about.rpartition(".")[2]
    return texts.iana(tld, REGISTRIES[tld]) if tld in REGISTRIES else texts.iana_nothing(about)


def _both(about: str) -> str:
    server = _registry_of(about)
    if not server:
        return texts.iana_nothing(about)
    return f"{texts.iana_number(server)}\n{_number_record(_found(about))}"


def _number(world: World, asked: Asked) -> str:
    if _registry_of(asked.about) != asked.server:
        return _nothing(world, asked)
    return _number_record(_found(asked.about))


def _number_record(found: Network | Autnum | None) -> str:
    if found is None:
        return ""
    if isinstance(found, Network):
        text = texts.arin_network(found) if found.registry == ARIN else texts.ripe_network(found)
        return text + f"Comment: {hostile.flood()}\n" if found.flooded else text
    return texts.arin_autnum(found) if found.registry == ARIN else texts.ripe_autnum(found)


def _found(about: str) -> Network | Autnum | None:
    number = about.removeprefix("as")
    return AUTNUMS.get(int(number)) if number.isdigit() else network_of(about)


def _registry_of(about: str) -> str:
    found = _found(about)
    return found.registry.whois if found else ""


def _nothing(world: World, asked: Asked) -> str:
    text = NOT_FOUND.get(asked.server, "No match.\n")
    return text.format(name=asked.about, upper=asked.about.upper(), now=f"{world.now:%Y-%m-%dT%H:%M:%SZ}")
