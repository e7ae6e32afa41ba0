"""What a finding plays in an answer, in the reader's language: collectors note roles as codes, which rules compare."""

from __future__ import annotations

from core.blocks.facts import word
from core.language import N_, tr
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


def role_word(finding: Finding, *names: str) -> str:
    """The role of a finding for its reader; one that is none of ours as it is."""
    role = word(finding, *(names or ("role",)))
    return tr(role) if role in ROLES else role
