"""Certificates as crt.sh and Cert Spotter write them, for invented names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import clock

NOW = clock.now()


def day(ago: float) -> str:
    return (NOW - timedelta(days=ago)).strftime("%Y-%m-%dT%H:%M:%S")


def row(*names: str, serial: str = "", ago: float = 30, life: float = 90, **changes: Any) -> dict[str, Any]:
    """A row as crt.sh writes it."""
    return {
        "issuer_ca_id": 295814,
        "issuer_name": "C=US, O=Example CA, CN=R10",
        "common_name": names[0],
        "name_value": "\n".join(names),
        "id": 15123456789,
        "entry_timestamp": day(ago) + ".345",
        "not_before": day(ago),
        "not_after": day(ago - life),
        "serial_number": serial or f"04{'.'.join(names).encode().hex()[:60]}{ago}",
        "result_count": 3,
        **changes,
    }


def issuance(number: int, *names: str, ago: float = 30) -> dict[str, Any]:
    """An element as Cert Spotter writes it."""
    return {
        "id": str(number),
        "tbs_sha256": f"{number:064x}",
        "dns_names": list(names),
        "issuer": {"name": "C=US, O=Example CA, CN=R10", "friendly_name": "Example CA"},
        "not_before": day(ago) + "Z",
        "not_after": day(ago - 90) + "Z",
        "revoked": False,
    }
