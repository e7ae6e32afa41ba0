"""What the child may not do: a little memory, a little time, no file to write, no socket, no rights.

Set by the child itself before it reads the file: a worker has threads, and what runs between fork and exec there may
hang (docs.python.org, subprocess, preexec_fn).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from contextlib import suppress

from collectors.files import landlock

MEMORY = 512 * 1024 * 1024
CPU = 10  # seconds
OPEN_FILES = 64
NOBODY = 65534

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 13  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EACCES
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # classic BPF: ld abs, jeq, jge, ret
X32 = 0x40000000  # a second table of system calls on x86-64
# System calls by number: socket, socketpair, io_uring_setup (which could make sockets), ptrace.
REFUSED = {"x86_64": (0xC000003E, (41, 53, 425, 101)), "aarch64": (0xC00000B7, (198, 199, 425, 117))}


def enter(program: str = "") -> list[str]:
    """Take everything away that can be taken away; returns what could not be. `program` is ExifTool's path."""
    bounded(resource.RLIMIT_AS, MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))
    bounded(resource.RLIMIT_FSIZE, 0)
    bounded(resource.RLIMIT_NOFILE, OPEN_FILES)
    bounded(resource.RLIMIT_CORE, 0)
    os.umask(0o777)
    walls = {
        "files": _for_good() and landlock.enter(program),  # while it may still see where its own code lies
        "rights": _without_rights(),
        "network": _without_network(),
    }
    return [name for name, stands in walls.items() if not stands]


def bounded(kind: int, most: int) -> None:
    """Lower a limit for good."""
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError, OSError):  # macOS knows no limit of memory
        resource.setrlimit(kind, (most, most))


def _for_good() -> bool:
    """Give up ever having more rights, which the walls below ask for (kernel, no_new_privs)."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def _without_rights() -> bool:
    """From root to nobody; others stay who they are."""
    if os.geteuid() != 0:
        return True
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except (OSError, AttributeError):
        return False
    return True


def _without_network() -> bool:
    """Refuse sockets by a filter of system calls, which every process may put on itself (kernel, seccomp_filter)."""
    known = REFUSED.get(platform.machine())
    if not sys.platform.startswith("linux") or known is None:
        return False
    program = _program(*known)
    words = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(words))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(header), 0, 0) == 0)


def _program(machine: int, refused: tuple[int, ...]) -> bytes:
    """Of another machine's calls none, of our own all but the refused ones."""
    number = len(refused)
    steps = [
        (LOAD, 0, 0, 4),  # struct seccomp_data: nr, arch, ...
        (EQUAL, 0, number + 3, machine),
        (LOAD, 0, 0, 0),
        (AT_LEAST, number + 1, 0, X32),
        *((EQUAL, number - at, 0, call) for at, call in enumerate(refused)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    return b"".join(struct.pack("@HBBI", *step) for step in steps)
