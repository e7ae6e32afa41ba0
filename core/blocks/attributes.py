"""What attributes of findings are called, and a few codes in them: English in the record, where rules and comparisons
read them, and words where they are shown."""

from __future__ import annotations

from core.blocks.facts import HEARD, severity_word
from core.blocks.roles import role_word
from core.language import N_, tr
from core.language.noted import heard

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


def attribute_word(name: str) -> str:
    """What an attribute is called: `name servers`."""
    spaced = name.replace("_", " ")
    return tr(spaced) if spaced in ATTRIBUTES else role_word(spaced)


def value_word(name: str, text: str) -> str:
    """What an attribute holds, as `core.meaning` spells it: codes and phrases of ours are said, all else stays."""
    if name == "severity":
        return severity_word(text)
    if name in ("grade", "standing", "dnssec") and text in VALUES:
        return tr(text)
    if text in ("yes", "no"):
        return tr(text)
    return heard(text) if name in HEARD else text
