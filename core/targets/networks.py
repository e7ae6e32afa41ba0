"""IP addresses and networks in every notation that programs accept, in one canonical spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from core.addresses import Address, Network, canonical, why_refused, why_refused_network
from core.errors import NotATarget, Refused
from core.language import N_, tr
from core.models import Kind, Target
from core.targets.wording import ask, quoted

WITH_PORT = re.compile(r"(\[[^\[\]]+\]|[0-9a-fA-FxX]*\.[0-9a-fA-FxX.]+):\d{1,5}", re.ASCII)
NETWORK = re.compile(r"([0-9a-fA-F.:]+)/(\d{1,3}|\d{1,3}(?:\.\d{1,3}){3})", re.ASCII)
SHORT = re.compile(r"\d{1,3}(?:\.\d{1,3}){2}", re.ASCII)  # 192.0.2/24
LARGEST = {4: 8, 6: 19}  # what the largest registrations are: a /8 of IPv4, a /19 of IPv6


def ip(text: str, allow: Sequence[Network]) -> Target | None:
    """An address in any notation, also with a port, which is left out.

    Raises:
        Refused: not public.
        Ambiguous: leading zeros that some read as octal and some as decimal.
    """
    found = WITH_PORT.fullmatch(text)
    bare = found[1] if found else text
    address = canonical(bare)
    if address is None:
        return None
    if trouble := why_refused(address, allow):
        raise Refused(trouble)
    _ask_about_zeros(bare, address, allow)
    odd = str(address) != text.lower()
    note = tr("{text} was read as {address}.", text=quoted(text), address=address)
    return Target(Kind.IP, str(address), (note,) if odd else ())


def cidr(text: str, allow: Sequence[Network]) -> Target | None:
    """A network; host bits are cleared with a note.

    Raises:
        NotATarget: the length does not fit.
        Refused: not public, or larger than any registration.
    """
    found = NETWORK.fullmatch(text)
    if found is None:
        return None
    address = _first_address(found[1])
    if address is None:
        return None
    network = _network(address, found[2], mapped=":" in found[1] and address.version == 4)
    if network is None:
        most = 32 if address.version == 4 else 128
        said = N_("{text} is no network: the length after the slash goes from 0 to {most}.")
        raise NotATarget(tr(said, text=quoted(text), most=most))
    if network.prefixlen < LARGEST[network.version]:
        said = N_("{network} is too large to look up. The largest I take is a /{largest}.")
        raise Refused(tr(said, network=network, largest=LARGEST[network.version]))
    if trouble := why_refused_network(network, allow):
        raise Refused(trouble)
    cleared = network.network_address != address
    note = tr("Read as the whole network {network}.", network=network)
    return Target(Kind.CIDR, str(network), (note,) if cleared else ())


def _first_address(text: str) -> Address | None:
    if SHORT.fullmatch(text):
        text += ".0"
    if ":" not in text and text.count(".") != 3:
        return None
    return canonical(text)


def _network(address: Address, length: str, *, mapped: bool) -> IPv4Network | IPv6Network | None:
    if mapped and length.isdigit():
        length = str(int(length) - 96)
    try:
        return ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        return None


def _ask_about_zeros(text: str, address: Address, allow: Sequence[Network]) -> None:
    """Logs pad with zeros, C reads them as octal: 012.1.1.1 is 12.1.1.1 or 10.1.1.1."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        return
    decimal = canonical(".".join(str(int(part)) for part in parts))
    if decimal is None or decimal == address:
        return
    if trouble := why_refused(decimal, allow):
        raise Refused(tr("{text} may be read as {address}. {why}", text=quoted(text), address=decimal, why=trouble))
    raise ask(text, (Target(Kind.IP, str(decimal)), Target(Kind.IP, str(address))))
