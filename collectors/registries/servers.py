"""Whom we ask over port 43 (RFC 3912), how each wants to be asked, and what their short answers mean."""

from __future__ import annotations

from collectors.names import is_host
from core.errors import RateLimited
from core.language import N_
from core.language.noted import noted

IANA = "whois.iana.org"

REGIONAL = frozenset({"whois.arin.net", "whois.ripe.net", "whois.apnic.net", "whois.lacnic.net", "whois.afrinic.net"})

# Registrars' servers. A registry's text names one in "Registrar WHOIS Server"; only these are followed,
# because whoever registers a domain must not choose whom we connect to.
REGISTRARS = frozenset(
    {
        "whois.1api.net",
        "whois.cloudflare.com",
        "whois.corporatedomains.com",
        "whois.enom.com",
        "whois.gandi.net",
        "whois.godaddy.com",
        "whois.ionos.com",
        "whois.markmonitor.com",
        "whois.namecheap.com",
        "whois.networksolutions.com",
        "whois.ovh.com",
        "whois.porkbun.com",
        "whois.tucows.com",
    }
)

# Servers that need more than the bare name; taken from their own help texts.
FORMS: dict[str, str] = {
    "whois.verisign-grs.com": "domain {}",
    "whois.denic.de": "-T dn,ace {}",
    "whois.jprs.jp": "{}/e",
    "whois.arin.net": "n + {}",
}
ARIN_ASN = "a {}"  # the same server wants AS numbers otherwise, and bare

NOT_FOUND = (
    "no match",
    "not found",
    "no data found",
    "no entries found",
    "no object found",
    "no matching record",
    "no such domain",
    "nothing found",
    "domain not found",
    "the queried object does not exist",
    "object does not exist",
    "domain name not known",
    "no information available",
    "is available for",
    "available for registration",
    "is free",
    "status: free",
    "status: available",
    "not registered",
    "has not been registered",
    "no found",
    "%error:101",
    "this query returned 0 objects",
)

# Said of services and of us as well: they count where the line speaks of the name.
VAGUE = ("is available for", "available for registration", "is free", "not registered", "no information available")

# Only phrases that say "you, now": terms of use speak of limits and excessive queries all the time.
THROTTLED = (
    "limit exceeded",
    "quota exceeded",
    "exceeded the maximum",
    "exceeded your",
    "exceeded allowed",
    "exceeded query",
    "you have exceeded",
    "limit has been reached",
    "limit reached",
    "too many requests",
    "too many queries",
    "too many connections",
    "query rate",
    "%error:201",
    "%error:208",
    "access denied",
    "access from your",
    "temporarily denied",
    "temporarily unavailable",
    "try again later",
    "try again after",
    "wait and try again",
    "blacklisted",
    "blocked due to",
    "excessive querying from",
    "request cannot be processed",
    "server is busy",
)
TELLING_LINES = 12  # an answer that is a refusal says so at once; terms of use come after


def question(server: str, name: str, *, asn: bool = False) -> str:
    """The line that makes a server answer about a name, a network or an AS number."""
    if server == "whois.arin.net" and asn:
        return ARIN_ASN.format(name.removeprefix("AS"))
    return FORMS.get(server, "{}").format(name)


def check_throttled(text: str, server: str) -> None:
    """Raise when a server did not answer but asked us to slow down, in whatever words.

    To be asked only of answers that hold no registration.

    Raises:
        RateLimited: never to be read as "not found".
    """
    if any(phrase in line for line in _telling(text) for phrase in THROTTLED):
        said = N_("{source} did not answer but asks us to slow down. Try again in some minutes.")
        raise RateLimited(noted(said, source=server))


def says_not_found(text: str, name: str = "") -> bool:
    """Whether a server says that there is no such registration. To be asked after `check_throttled`."""
    return any(
        phrase in line and (phrase not in VAGUE or name.lower() in line or line.lstrip("% ").startswith(ABOUT))
        for line in _telling(text)
        for phrase in NOT_FOUND
    )


ABOUT = ("domain ", "the domain ", "this domain name ")


def _telling(text: str) -> list[str]:
    lines = (" ".join(line.lower().split()) for line in text[:8000].splitlines())
    return [line for line in lines if line.strip("%#; ")][:TELLING_LINES]


def followable(server: str) -> bool:
    """Whether a server that an answer of a registry names may be asked."""
    return server in REGISTRARS or server in REGIONAL


def server_in(text: str) -> str:
    """The host of "whois://whois.example.net:43/", "https://x/", "whois.example.net "; "" when it is none.

    Other ports than 43 are refused: rwhois and web addresses are not port 43 servers.
    """
    word = text.strip().lower()
    scheme, separator, rest = word.partition("://")
    if separator and scheme != "whois":
        return ""
    host, _, port = (rest if separator else word).split("/")[0].partition(":")
    return host if port in ("", "43") and is_host(host, underscores=False) else ""
