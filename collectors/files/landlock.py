"""What the child may reach of the file system and of other processes: its own code, and nothing of who started it.

Landlock (Linux 5.13, docs.kernel.org/userspace-api/landlock.html) is a wall that every process may build around itself.
Without it the child could read what its user may read: settings, records, and the memory of the worker beside it.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every machine
ASK_VERSION, BENEATH = 1, 1
EXECUTE, WRITE, READ, LIST = 1, 2, 4, 8
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many kinds of access a version knows; 16 from the fifth on
NET_VERSION, SCOPE_VERSION = 4, 6  # from these on the network, and signals to others, can be walled off too
ALL_NET, ALL_SCOPES = 3, 3

PROGRAMS = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/perl")
CODE = Path(__file__).resolve().parent.parent


def enter(program: str) -> bool:
    """Leave nothing but our own code and ExifTool's at `program`; whether the system could do so.

    The caller must have given up new rights before (PR_SET_NO_NEW_PRIVS).
    """
    if not sys.platform.startswith("linux"):
        return False
    call = ctypes.CDLL(None, use_errno=True).syscall
    version = call(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION)
    if version < 1:
        return False
    everything = (1 << RIGHTS.get(version, 16)) - 1
    parts = (everything, ALL_NET, ALL_SCOPES)[: 3 if version >= SCOPE_VERSION else 2 if version >= NET_VERSION else 1]
    rules = struct.pack(f"={len(parts)}Q", *parts)
    ruleset = call(CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0:
        return False
    for path, access in _open(program):
        with suppress(OSError):  # not every system has each of them
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            fitting = access if Path(path).is_dir() else access & ~LIST
            call(ADD_RULE, ruleset, BENEATH, struct.pack("=Qi", fitting, place), 0)
            os.close(place)
    entered = bool(call(RESTRICT_SELF, ruleset, 0) == 0)
    os.close(ruleset)
    return entered


def _open(program: str) -> Iterator[tuple[str, int]]:
    """The places that stay open, and for what."""
    own = (sys.prefix, sys.base_prefix, str(CODE), str(CODE.parent / "core"))
    tool = (str(Path(program).resolve().parent),) if program else ()
    yield from ((each, READ | LIST | EXECUTE) for each in (*PROGRAMS, *own, *tool))
    yield from (("/dev/null", READ | WRITE), ("/dev/urandom", READ), (f"/proc/{os.getpid()}", READ))
