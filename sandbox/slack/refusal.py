"""A refusal the stand-in workspace answers with, by the name Slack gives it."""

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """Slack's own error name, with what else belongs in the answer.

    Args:
        error: the name as Slack's method pages list it, such as `not_in_channel`.
        complaints: lines with JSON pointers, for `response_metadata.messages`.
        retry_after: seconds for the `Retry-After` header; the answer is then a 429.
        extra: further fields of the answer, such as `needed` and `provided`.
    """

    def __init__(
        self, error: str, complaints: Sequence[str] = (), *, retry_after: int | None = None, **extra: Any
    ) -> None:
        super().__init__(error)
        self.error = error
        self.complaints = tuple(complaints)
        self.retry_after = retry_after
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        answer: dict[str, Any] = {"ok": False, "error": self.error, **self.extra}
        if self.complaints:
            answer["errors"] = list(self.complaints)
            answer["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in self.complaints]}
        return answer
