"""Codes of findings in the reader's language: roles, names of attributes and a few of their values. Collectors note
them in English, and rules and comparisons read them; whoever shows them says them here."""

from __future__ import annotations

from core.blocks.facts import OURS, severity_word, word
from core.language import N_, tr
from core.language.noted import heard
from core.models import Finding

ROLES = frozenset(
    (
        *(N_("address"), N_("address hint"), N_("address in the zone"), N_("alias"), N_("associated")),
        *(N_("former address"), N_("former mail server"), N_("former name server"), N_("former record")),
        *(N_("former zone contact"), N_("former registrant"), N_("registrant"), N_("abuse contact")),
        *(N_("mail server"), N_("mail sender"), N_("mail domain"), N_("name server"), N_("reverse name")),
        *(N_("name at the address"), N_("name in the zone"), N_("name on certificate"), N_("same certificate")),
        *(N_("neighbour"), N_("own block"), N_("network"), N_("network holder"), N_("origin"), N_("service host")),
        *(N_("SPF include"), N_("zone contact"), N_("key signing"), N_("zone signing"), N_("security contact")),
        *(N_("certificate"), N_("earlier certificate"), N_("host"), N_("hostname"), N_("domain"), N_("subdomain")),
        *(N_("sibling"), N_("record"), N_("redirect"), N_("final address"), N_("page"), N_("page content")),
        *(N_("tracker"), N_("tag"), N_("account"), N_("site"), N_("target"), N_("author of commits")),
        *(N_("stolen login"), N_("stolen logins at the site"), N_("stolen logins of mailboxes"), N_("mailboxes")),
        # Of VirusTotal's connections.
        *(N_("communicates with it"), N_("resolved"), N_("names it"), N_("URL there"), N_("downloaded from it")),
        *(N_("contacted"), N_("served from"), N_("leads to it"), N_("started it"), N_("dropped"), N_("contained")),
        N_("offered at"),
        # Of files: who did what with them, and what stands in them.
        *(N_("author"), N_("creator"), N_("photographer"), N_("artist"), N_("signer"), N_("camera owner")),
        *(N_("last editor"), N_("printed by"), N_("contributor"), N_("caption writer"), N_("person shown")),
        *(N_("manager"), N_("reviewer"), N_("commenter"), N_("tracked changes"), N_("owner")),
        *(N_("owner of a folder"), N_("owner of files"), N_("company of the licence"), N_("camera"), N_("computer")),
        *(N_("file server"), N_("sender"), N_("sender's address"), N_("reply address"), N_("envelope sender")),
        *(N_("recipient"), N_("first stop"), N_("stop on the way"), N_("mail server on the way")),
        *(N_("host in the message id"), N_("signing domain")),
    )
)
ATTRIBUTES = frozenset(  # those that mean something (`core.volatile`), spelled as they are shown
    (
        *(N_("abuse email"), N_("abuse phone"), N_("accounts"), N_("algorithm"), N_("allocation"), N_("born")),
        *(N_("country"), N_("created"), N_("declared"), N_("description"), N_("detected"), N_("display name")),
        *(N_("disposable"), N_("email"), N_("emails"), N_("expires"), N_("exposed"), N_("fabricated")),
        *(N_("final url"), N_("flags"), N_("forward confirmed"), N_("free provider"), N_("full name")),
        *(N_("function"), N_("grade"), N_("group"), N_("handle"), N_("holder"), N_("internal"), N_("issuers")),
        *(N_("job title"), N_("languages"), N_("links"), N_("location"), N_("name"), N_("name servers")),
        *(N_("organisation"), N_("organisations"), N_("original carrier"), N_("other names"), N_("parent")),
        *(N_("passwords"), N_("phones"), N_("port"), N_("portable"), N_("possible"), N_("preference")),
        *(N_("privacy"), N_("product"), N_("pronouns"), N_("provider"), N_("receives"), N_("region")),
        *(N_("registrar"), N_("registrar iana id"), N_("retired"), N_("revoked"), N_("rule"), N_("server")),
        *(N_("servers"), N_("severity"), N_("signature"), N_("size"), N_("standing"), N_("status")),
        *(N_("statuses"), N_("stealer log"), N_("tags"), N_("threat"), N_("threat names"), N_("time zone")),
        *(N_("title"), N_("type"), N_("user ids"), N_("valid"), N_("verified"), N_("verified accounts")),
        *(N_("version"), N_("warnings")),
    )
)
VALUES = frozenset(
    (*(N_("good"), N_("fair"), N_("bad")), *(N_("confirmed"), N_("claimed"), N_("signed"), N_("unsigned")))
)


def role_word(finding: Finding, *names: str) -> str:
    """The role of a finding for its reader; one that is none of ours as it is."""
    role = word(finding, *(names or ("role",)))
    return tr(role) if role in ROLES else role


def attribute_word(name: str) -> str:
    """What an attribute is called: `name servers`."""
    spaced = name.replace("_", " ")
    return tr(spaced) if spaced in ATTRIBUTES or spaced in ROLES else spaced


def value_word(name: str, text: str) -> str:
    """What an attribute holds, as `core.meaning` spells it: codes and phrases of ours are said, all else stays."""
    if name == "severity":
        return severity_word(text)
    if name in ("grade", "standing", "dnssec") and text in VALUES:
        return tr(text)
    if text in ("yes", "no"):
        return tr(text)
    return heard(text) if name in OURS else text
