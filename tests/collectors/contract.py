"""The cases that every collector's tests show: how it ends for each thing its source can do.

@pytest.mark.contract("not_found")
async def test_an_address_without_open_ports_is_an_answer(world: World) -> None: ...

One test may show several cases. `test_architecture.py` fails by name when a collector lacks one.
"""

from __future__ import annotations

from collectors.declare import Collector

CASES = {
    "success": "a full answer becomes findings with source, address, time and digest, from so many questions",
    "empty": "an answer that holds nothing ends as nothing",
    "not_found": "a target the source does not know, in the source's own form, ends as nothing",
    "rate_limited": "429 with Retry-After is waited for when short, else said, and holds back everybody",
    "rate_limited_bare": "the same without Retry-After",
    "recovers": "5xx and then an answer is an answer",
    "down": "5xx for good ends as could not look",
    "timeout": "silence ends as could not look, within the deadline",
    "html": "a web page instead of the answer ends as could not look",
    "truncated": "an answer cut in half ends as could not look",
    "wrong_types": "an answer of another shape ends as could not look, and never as nothing",
    "hostile": "5 MB of hostile text end in bounded findings or could not look",
    "mutated": "whatever stands in whatever place of an answer, nothing but our own errors come out",
}
WITH_KEYS = {
    "bad_key": "a key the source refuses ends as could not look, and says so",
    "forbidden": "a question the key's plan does not include says so",
}


def needed(collector: Collector) -> dict[str, str]:
    """The cases this collector must show."""
    return CASES | (WITH_KEYS if collector.keys else {})
