"""The keys an operator brings, one or several to a setting, and the accounts with sources that they stand for."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import SecretStr

from collectors.declare import Budget, Collector
from core.ledger import Account, fingerprint
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of one setting, in the order they are written. Their texts leave this process for the source alone."""

    setting: str
    keys: tuple[SecretStr, ...]
    prints: tuple[str, ...]

    def alias(self, number: int) -> str:
        """What people call a key: never its text."""
        return f"key {number + 1} of {len(self.keys)}" if len(self.keys) > 1 else "the key"

    def __len__(self) -> int:
        return len(self.keys)


def ring(settings: Settings, name: str, secret: bytes) -> Ring:
    """The keys that a setting holds, separated by commas or spaces; the same key twice is one."""
    held = getattr(settings, name)
    texts = held.get_secret_value() if isinstance(held, SecretStr) else str(held)
    keys = tuple(dict.fromkeys(texts.replace(",", " ").split()))
    return Ring(name, tuple(map(SecretStr, keys)), tuple(fingerprint(secret, key) for key in keys))


def secret_of(settings: Settings) -> bytes:
    """What all processes of one installation share and nobody else knows."""
    given = settings.root_secret or settings.database_url.get_secret_value() or str(settings.data_dir)
    return hmac.digest(given.encode(), b"gumshoe nonce labels", "sha256")


def account(budget: Budget, mark: str = "") -> Account:
    """The account that a budget means for the key with this mark."""
    return Account(budget.source, mark, budget.day, budget.month)


def accounts(collector: Collector, settings: Settings, secret: bytes) -> Iterator[tuple[Budget, Account, str]]:
    """Every account that a collector draws on as it is set up now, with what people call its key ("" without). A key
    of which no budget is declared has an account where the collector asks one host only; else nobody knows where."""
    told = {budget.key for budget in collector.budgets}
    hosts = collector.hosts if len(collector.hosts) == 1 and "*" not in collector.hosts[0] else ()
    untold = [Budget(host, host, key.setting) for key in collector.keys for host in hosts if key.setting not in told]
    for budget in (*collector.budgets, *untold):
        if not budget.key:
            if not any(len(ring(settings, name, secret)) for name in _keys_at(collector, budget.source)):
                yield budget, account(budget), ""
            continue
        keys = ring(settings, budget.key, secret)
        for number, mark in enumerate(keys.prints):
            yield budget, account(budget, mark), keys.alias(number)


def _keys_at(collector: Collector, source: str) -> list[str]:
    """The settings whose keys a source is asked with: where one is set, nobody asks it without."""
    return [each.key for each in collector.budgets if each.source == source and each.key]
