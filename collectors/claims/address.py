"""An e-mail address as it stands: its parts, what it is for, and how the same mailbox may be spelled elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from disposable_email_domains import blocklist

from core.targets.idn import to_unicode

# RFC 2142 and, after the bar, what is used in the same way without standing there.
_STANDARD = "info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp"
_USUAL = (
    "admin administrator billing careers contact dpo enquiries hello help helpdesk hr jobs legal mail mailer- "
    "daemon no-reply noreply office orders press privacy recruiting reception root service team"
)
STANDARD, USUAL = frozenset(_STANDARD.split()), frozenset(_USUAL.split())
DOTLESS = frozenset({"gmail.com", "googlemail.com"})  # dots in the local part mean nothing there (Google's help pages)
_FREE = (
    "gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es hotmail.com hotmail.co.uk hotmail.fr "
    "hotmail.de hotmail.it hotmail.es live.com live.co.uk live.fr live.nl msn.com yahoo.com yahoo.co.uk "
    "yahoo.co.jp yahoo.fr yahoo.de yahoo.es yahoo.it ymail.com rocketmail.com icloud.com me.com mac.com aol.com "
    "proton.me protonmail.com protonmail.ch pm.me gmx.de gmx.net gmx.com gmx.at gmx.ch web.de freenet.de "
    "t-online.de mail.com mail.ru bk.ru inbox.ru list.ru rambler.ru yandex.ru yandex.com ya.ru zoho.com "
    "zohomail.com fastmail.com fastmail.fm tutanota.com tutanota.de tuta.com tuta.io hey.com qq.com 163.com "
    "126.com sina.com foxmail.com naver.com daum.net hanmail.net rediffmail.com orange.fr free.fr laposte.net "
    "wanadoo.fr sfr.fr libero.it virgilio.it wp.pl o2.pl onet.pl interia.pl seznam.cz abv.bg ukr.net uol.com.br "
    "bol.com.br terra.com.br btinternet.com comcast.net att.net verizon.net cox.net hushmail.com mailfence.com "
    "posteo.de posteo.net mailbox.org disroot.org riseup.net"
)
FREE = frozenset(_FREE.split())


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What can be told of an address without asking anybody."""

    local: str
    domain: str
    unicode: str  # the domain as its readers write it; "" where that is the same
    tag: str
    canonical: str  # for comparing: no tag, and no dots where they mean nothing
    role: str  # "security (RFC 2142)"; "" when it seems to be somebody's own
    free: bool
    disposable: str  # the entry of the list it falls under; "" when it is not on it, which proves nothing

    @property
    def is_personal(self) -> bool:
        return not self.role and not self.disposable


def read(mail: str) -> Mailbox:
    """Read an address that target parsing has accepted."""
    local, _, domain = mail.rpartition("@")
    spelled = to_unicode(domain)
    name = local.partition("+")[0].casefold()
    role = f"{name} (RFC 2142)" if name in STANDARD else name if name in USUAL else ""
    return Mailbox(
        local=local,
        domain=domain,
        unicode="" if spelled == domain else spelled,
        tag=local.partition("+")[2],
        canonical=canonical(mail),
        role=role,
        free=domain in FREE,
        disposable=next((parent for parent in _upwards(domain) if parent in blocklist), ""),
    )


@lru_cache(maxsize=4096)
def canonical(mail: str) -> str:
    """The form by which two spellings of one mailbox meet: lower case, without a +tag; at Gmail without dots."""
    local, _, domain = mail.casefold().rpartition("@")
    name = local.partition("+")[0] or local
    if domain in DOTLESS:
        return f"{name.replace('.', '')}@gmail.com"
    return f"{name}@{domain}"


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield from (".".join(labels[at:]) for at in range(len(labels) - 1))
