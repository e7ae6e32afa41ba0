"""What is wrong with a structure, line by line, in the words and with the JSON pointers Slack uses."""

from collections.abc import Collection
from typing import Any


class Complaints:
    """Collects lines; every check adds at most one per fault and goes on, so that a caller learns all at once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.lines)

    def add(self, what: str, where: str) -> None:
        """One line."""
        self.lines.append(f"{what} [json-pointer:{where}]")

    def is_dict(self, value: Any, where: str) -> bool:
        """Whether it is an object; a line when not."""
        if isinstance(value, dict):
            return True
        self.add("must be an object", where)
        return False

    def is_list(self, value: Any, where: str, *, least: int = 0, most: int) -> bool:
        """Whether it is a list; lines when it is not, or has too few or too many items."""
        if not isinstance(value, list):
            self.add("must be an array", where)
            return False
        if len(value) < least:
            self.add(f"no less than {least} items allowed", where)
        if len(value) > most:
            self.add(f"no more than {most} items allowed", where)
        return True

    def string(self, value: Any, where: str, *, most: int, least: int = 0) -> None:
        """Lines when it is not a string of that length. Slack counts characters."""
        if not isinstance(value, str):
            self.add("must be a string", where)
        elif len(value) > most:
            self.add(f"must be less than {most + 1} characters", where)
        elif len(value) < least:
            self.add(f"must be more than {least - 1} characters", where)

    def optional_string(self, holder: dict[str, Any], key: str, where: str, *, most: int) -> None:
        """The same for a field that may be left out."""
        if holder.get(key) is not None:
            self.string(holder[key], f"{where}/{key}", most=most)

    def requires(self, holder: dict[str, Any], where: str, *keys: str) -> bool:
        """Whether all the fields are there; a line for each that is missing."""
        missing = [key for key in keys if holder.get(key) is None]
        for key in missing:
            self.add(f"missing required field: {key}", where)
        return not missing

    def one_of(self, value: Any, where: str, allowed: Collection[str]) -> bool:
        """Whether the value is one of the allowed words."""
        if isinstance(value, str) and value in allowed:
            return True
        self.add(f"must be one of: {', '.join(sorted(allowed))}", where)
        return False

    def only(self, holder: dict[str, Any], where: str, allowed: Collection[str]) -> None:
        """A line for each field Slack's schema does not have: it refuses additional properties."""
        for key in holder:
            if key not in allowed:
                self.add(f"invalid additional property: {key}", where)

    def unique(self, values: list[Any], where: str, what: str) -> None:
        """A line for each text that is used twice."""
        seen: set[str] = set()
        for value in values:
            if not isinstance(value, str):
                continue
            if value in seen:
                self.add(f'{what} "{value}" already exists', where)
            seen.add(value)
