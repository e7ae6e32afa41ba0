"""Why a scan was asked, in its small print: in a direct message alone, as all that several people should not read."""

from __future__ import annotations

from core.blocks.readers import is_direct
from core.blocks.text import safe
from core.models import Scan

MOST = 200  # characters; the record has the whole


def reason_of(scan: Scan) -> list[str]:
    """Safe mrkdwn."""
    return [f"Reason: {safe(scan.reason, MOST)}"] if scan.reason and is_direct(scan.place) else []
