"""Where Flower finds the queue. Celery reads this file from the folder it is started in."""

from pathlib import Path

SECRETS = Path("/run/secrets")

broker_url = (SECRETS / "redis_url").read_text(encoding="utf-8").strip()
broker_connection_retry_on_startup = True
