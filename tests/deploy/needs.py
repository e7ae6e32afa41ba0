"""Which process needs which secrets: said once, and compared with compose, systemd and Kubernetes."""

from __future__ import annotations

from pydantic import SecretStr

from collectors import known
from core.settings import Settings

SECRETS = frozenset(name for name, field in Settings.model_fields.items() if field.annotation is SecretStr)
KEYS = frozenset(key.setting for each in known().values() for key in each.keys)
SLACK = frozenset({"slack_bot_token", "slack_client_secret", "install_key"})  # of one workspace, or of many
SHARED = frozenset({"redis_url", "budget_redis_url", "cache_redis_url", "database_url", "secret_key"}) | SLACK
NEEDS = {
    "bot": SECRETS,  # it listens, and it plans each scan: without a key it would skip what needs one
    "worker": SHARED | KEYS,
    "notifier": SHARED | {"evidence_key"},  # it makes the files that people export
    "beat": frozenset({"redis_url"}),
}
GRACE = 15.0  # seconds the slowest of them needs to end, and some more: the bot lets answers settle for ten
