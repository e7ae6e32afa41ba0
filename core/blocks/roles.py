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


def role_word(role: str) -> str:
    """`mail server`, in the language spoken here; a code that is not known stays as it is."""
    return tr(ROLES[role]) if role in ROLES else role.replace("_", " ")
