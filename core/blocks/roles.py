"""What part a finding plays for the target: codes in the record, words where they are shown."""

from __future__ import annotations

from core.language import N_, tr

ROLES = {
    "abuse contact": N_("abuse contact"),
    "address": N_("address"),
    "alias": N_("alias"),
    "associated": N_("associated"),
    "author of commits": N_("author of commits"),
    "certificate": N_("certificate"),
    "communicates with it": N_("communicates with it"),
    "contacted": N_("contacted"),
    "contained": N_("contained"),
    "downloaded from it": N_("downloaded from it"),
    "dropped": N_("dropped"),
    "earlier certificate": N_("earlier certificate"),
    "final address": N_("final address"),
    "former address": N_("former address"),
    "former mail server": N_("former mail server"),
    "former name server": N_("former name server"),
    "former record": N_("former record"),
    "former registrant": N_("former registrant"),
    "former zone contact": N_("former zone contact"),
    "host": N_("host"),
    "hostname": N_("hostname"),
    "leads to it": N_("leads to it"),
    "mail domain": N_("mail domain"),
    "mail server": N_("mail server"),
    "name at the address": N_("name at the address"),
    "name on certificate": N_("name on certificate"),
    "name server": N_("name server"),
    "names it": N_("names it"),
    "neighbour": N_("neighbour"),
    "network": N_("network"),
    "network holder": N_("network holder"),
    "offered at": N_("offered at"),
    "origin": N_("origin"),
    "own block": N_("own block"),
    "page": N_("page"),
    "page content": N_("page content"),
    "redirect": N_("redirect"),
    "registrant": N_("registrant"),
    "resolved": N_("resolved"),
    "reverse name": N_("reverse name"),
    "served from": N_("served from"),
    "sibling": N_("sibling"),
    "signer": N_("signer"),
    "started it": N_("started it"),
    "subdomain": N_("subdomain"),
    "tag": N_("tag"),
    "target": N_("target"),
    "tracker": N_("tracker"),
    "URL there": N_("URL there"),
    "zone contact": N_("zone contact"),
}
OTHERS = frozenset(  # of zones, leaks and files: who did what with a file, and what stands in it
    (
        *(N_("account"), N_("address hint"), N_("address in the zone"), N_("domain"), N_("key signing")),
        *(N_("mail sender"), N_("mailboxes"), N_("name in the zone"), N_("record"), N_("same certificate")),
        *(N_("security contact"), N_("service host"), N_("site"), N_("SPF include"), N_("stolen login")),
        *(N_("stolen logins at the site"), N_("stolen logins of mailboxes"), N_("zone signing")),
        *(N_("artist"), N_("author"), N_("camera"), N_("camera owner"), N_("caption writer"), N_("commenter")),
        *(N_("company of the licence"), N_("computer"), N_("contributor"), N_("creator"), N_("envelope sender")),
        *(N_("file server"), N_("first stop"), N_("host in the message id"), N_("last editor"), N_("manager")),
        *(N_("mail server on the way"), N_("owner"), N_("owner of a folder"), N_("owner of files")),
        *(N_("person shown"), N_("photographer"), N_("printed by"), N_("recipient"), N_("reply address")),
        *(N_("reviewer"), N_("sender"), N_("sender's address"), N_("signing domain"), N_("stop on the way")),
        N_("tracked changes"),
    )
)


def role_word(role: str) -> str:
    """`mail server`, in the language spoken here; a code that is not known stays as it is."""
    return tr(role) if role in ROLES or role in OTHERS else role.replace("_", " ")
