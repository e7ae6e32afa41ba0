"""How Flower is shown. Flower reads this file from the folder it is started in."""

from pathlib import Path

SECRETS = Path("/run/secrets")

address = "0.0.0.0"  # noqa: S104  inside its container; the networks say who reaches it
port = 5555
url_prefix = "flower"
enable_events = False  # else it tells workers to send word of each task, which costs more than half of one again
basic_auth = [(SECRETS / "flower_login").read_text(encoding="utf-8").strip()]
if ":" not in basic_auth[0]:
    raise SystemExit("Flower needs a login: write name:password into secrets/flower_login.")
