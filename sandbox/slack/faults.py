"""Faults a test or the page orders for the Web API: the next calls that fit get them, as often as was asked."""

import json
from dataclasses import asdict, dataclass

from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, number, text, whole

# cut_before closes the connection before anything is stored, cut_after when it is stored: the caller cannot tell.
# not_object answers with a JSON list, words with plain text, ok_only does the work and says nothing but `ok: true`.
ODD = ("429", "500", "503", "not_json", "not_object", "words", "ok_only")
KINDS = (*ODD, "slow", "hang", "cut_before", "cut_after", "error")


@dataclass
class Fault:
    """One order. `method` is a Web API method, `response_url`, `upload` or `*`; `match` must occur in the arguments.

    `retry_after` is sent as it is written, also when it is no number; empty: the header is left out.
    """

    id: str
    method: str
    kind: str
    times: int
    retry_after: str = "1"
    seconds: float = 1.0
    code: str = "internal_error"
    match: str = ""

    def fits(self, method: str, args: Json) -> bool:
        """Whether this call gets it."""
        if self.times <= 0 or self.method not in ("*", method):
            return False
        return not self.match or self.match in json.dumps(args, ensure_ascii=False)


class Faults:
    """The orders that are still open."""

    def __init__(self) -> None:
        self._open: list[Fault] = []
        self._count = 0

    def order(self, wanted: Json) -> Fault:
        """Add one.

        Raises:
            Refused: when the kind is none of ours.
        """
        kind = text(wanted, "kind")
        if kind not in KINDS:
            raise Refused(f"unknown kind of fault {kind!r}; known: {', '.join(KINDS)}")
        self._count += 1
        fault = Fault(
            id=f"fault-{self._count}",
            method=text(wanted, "method", "*"),
            kind=kind,
            times=whole(wanted, "times", 1),
            retry_after=str(wanted.get("retry_after", 1)),
            seconds=number(wanted, "seconds", 1.0),
            code=text(wanted, "code", "internal_error"),
            match=text(wanted, "match"),
        )
        self._open.append(fault)
        return fault

    def take(self, method: str, args: Json) -> Fault | None:
        """The first order that fits this call, one use of it spent."""
        for fault in self._open:
            if fault.fits(method, args):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Forget all orders."""
        self._open = []

    def listed(self) -> list[Json]:
        """The orders that are still open, as JSON."""
        return [asdict(fault) for fault in self._open if fault.times > 0]
