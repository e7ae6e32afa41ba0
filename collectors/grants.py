"""Keys and budgets of services that several collectors ask: declared once, so that they draw on the same account."""

from __future__ import annotations

from collectors.declare import Budget, Key
from collectors.profiles import coding, proving

# Both count by the hour, and say when an hour's questions are used up; the day's sum only bounds a lost answer.
KEYS = (
    Key("github_token", "https://github.com/settings/tokens", required=False, probe=coding.github_key),
    Key("gravatar_key", "https://gravatar.com/developers/applications", required=False, probe=proving.gravatar_key),
)
BUDGETS = (
    Budget("GitHub", "api.github.com", day=24 * 60, usual=3),
    Budget("GitHub", "api.github.com", key="github_token", day=24 * 5_000, usual=3),
    Budget("Gravatar", "api.gravatar.com", day=24 * 100, usual=1),
    Budget("Gravatar", "api.gravatar.com", key="gravatar_key", day=24 * 1_000, usual=1),
)
