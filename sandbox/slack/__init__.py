"""A stand-in Slack workspace on one loopback port, good enough to develop a Slack app against without an account.

It pretends to be Slack, imports nothing of the app and is reached by URL only. Names, limits and error names are
Slack's own; where Slack documents nothing, a comment says what was measured or assumed.

Start it with `python -m sandbox slack`; the line it prints names these doors:

- `/api/<method>`: the Web API (`methods/`), held against Slack's limits (`limits/`), tokens, scopes and, when asked,
  rate tiers. Give it to a client as its base URL.
- `/link/<ticket>`: Socket Mode, at the address `apps.connections.open` answers. With an events URL set, payloads go
  there as signed HTTP instead, and never both ways, as in Slack.
- `/response/<id>` and `/upload/v1/<id>`: response URLs and file uploads.
- `/`: a page in the browser.
- `/control/...`: what people do, what may be looked at, and every fault one can order. Each route's docstring in
  `control.py` and `control_faults.py` says what goes in and out; a refusal is status 400 with a sentence in `error`.

Nobody has to wait or ask again: `GET /control/changes?since=&timeout=&kind=` answers when something changed, and
`GET /control/stream` sends the same as server-sent events. Kinds: message, message_changed, message_deleted,
ephemeral, ephemeral_changed, view, home, file, channel, call, ack, socket, fault, reset.

Time can be moved on (`POST /control/clock`), so that triggers (3 s), response URLs (30 min) and retries (1 and 5 min)
are tested without sleeping.
"""
