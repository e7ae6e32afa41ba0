"""Which addresses that Slack hands us are Slack's: where bytes go to, where answers go to, where to connect."""

from __future__ import annotations

import yarl

from core.targets import registrable

# Slack's own list of domains to let through holds this one for its WebSockets.
ALSO = {"slack.com": frozenset({"slack-msgs.com"})}
SECURE = {"https": "https", "wss": "https", "http": "http", "ws": "http"}


def belongs(url: str | None, api: str) -> bool:
    """Whether an address is of the same house as the Web API's, and as well protected.

    For https://slack.com/api/ that is https or wss, the usual port, at slack.com or below it; for a stand-in
    without TLS the same host. What we send there holds findings and, for a click, speaks to people in our name.
    """
    try:
        place, home = yarl.URL(url or ""), yarl.URL(api)
        host, port = place.host or "", place.port
    except ValueError:
        return False
    if place.user or place.password or SECURE.get(place.scheme) != home.scheme:
        return False
    if home.scheme != "https":
        return host == home.host
    house = registrable(home.host or "") or home.host or ""
    houses = {house} | ALSO.get(house, frozenset())
    return port == 443 and any(host == each or host.endswith(f".{each}") for each in houses)
