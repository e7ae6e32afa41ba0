"""Lies over DNS: answers as bytes, made from the question, that no honest server would send."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import dns.message
import dns.rrset

Answers = Callable[[bytes], Sequence[bytes]]


def pointing(**addresses: str) -> Answers:
    """Honest: each name whose first label is given has that address, and every other name does not exist."""

    def answer(wire: bytes) -> list[bytes]:
        query = dns.message.from_wire(wire)
        asked = query.question[0]
        response = dns.message.make_response(query)
        address = addresses.get(asked.name.labels[0].decode("latin-1"))
        if address and asked.rdtype == 1:
            response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", address))
        return [response.to_wire()]

    return answer
