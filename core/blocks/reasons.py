"""Why a scan was asked, in its small print: in a direct message alone, as all that several people should not read."""

from __future__ import annotations

from core.blocks.readers import is_direct
from core.blocks.text import safe
from core.language import tr
from core.models import Scan

MOST = 200  # characters; the record has the whole


def reason_of(scan: Scan) -> list[str]:
    """Safe mrkdwn."""
    told = tr("Reason: {reason}", reason=safe(scan.reason, MOST))
    return [told] if scan.reason and is_direct(scan.place) else []
