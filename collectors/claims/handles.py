"""Handles that somebody of a name might use: guesses, the most usual first."""

from __future__ import annotations

from collectors.claims.names import words

MOST = 20


def permutations(name: str) -> list[str]:
    """At most twenty handles made of a name's first, middle and last word; fewer when it has one word only."""
    parts = [word for word in words(name) if word.isascii()]
    if len(parts) < 2:
        return [part for part in parts if len(part) > 2]
    first, last = parts[0], parts[-1]
    middle = parts[1] if len(parts) > 2 else ""
    guesses = [
        f"{first}{last}", f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}", f"{first}-{last}",
        f"{first}{last[0]}", f"{first[0]}.{last}", f"{last}{first}", f"{last}.{first}", f"{last}{first[0]}",
        f"{first[0]}_{last}", f"{first[0]}-{last}", f"{last}_{first}", f"{last}-{first}",
        f"{first[0]}{middle[:1]}{last}", f"{first}{middle[:1]}{last}", f"{first[0]}{middle[:1]}{last[0]}",
        f"{first}.{last[0]}", first, last,
    ]  # fmt: skip
    fit = [guess for guess in guesses if 3 <= len(guess) <= 64]
    return list(dict.fromkeys(fit))[:MOST]
