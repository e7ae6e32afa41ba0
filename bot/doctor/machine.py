"""This machine: who may read the settings and what is kept, room on the disk, how many files may be open."""

from __future__ import annotations

import resource
import shutil
import stat
from pathlib import Path

from bot.doctor.sign import Sign, bad, good, weak
from core.settings import Settings, env_file

NARROW = 100 * 1024 * 1024  # bytes; below this a disk is nearly full
TIGHT = 0.1  # of the disk
FEWEST = 1024  # open files: a worker has a connection for each question, the bot one for each watcher
OTHERS = stat.S_IRWXG | stat.S_IRWXO
PAGE = "docs/how-to/when-the-disk-is-full.md says what may go."


def machine(settings: Settings) -> list[Sign]:
    """Everything that needs no other part."""
    found = [good(f"Settings are readable. Data lies in {settings.data_dir}.")]
    found += _secrets(env_file())
    found += _folder(settings.data_dir)
    found += _disk(settings.data_dir)
    return [*found, _files()]


def _secrets(path: str | None) -> list[Sign]:
    if path is None or not Path(path).is_file():
        return []
    mode = stat.S_IMODE(Path(path).stat().st_mode)
    if mode & OTHERS:
        return [bad(f"Others on this machine may read {path}, which holds secrets ({mode:o}).", f"chmod 600 {path}")]
    return [good(f"{path} is for its owner alone.")]


def _folder(path: Path) -> list[Sign]:
    if not path.is_dir():
        return []
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IWOTH:
        return [bad(f"Everybody on this machine may write into {path} ({mode:o}).", f"chmod 700 {path}")]
    if mode & OTHERS:
        return [
            weak(f"Others on this machine may look into {path} ({mode:o}), where the record lies.", f"chmod 700 {path}")
        ]
    return [good(f"{path} is for its owner alone.")]


def _disk(path: Path) -> list[Sign]:
    if not path.is_dir():
        return []
    disk = shutil.disk_usage(path)
    if disk.free < NARROW:
        return [bad(f"The disk of {path} has only {disk.free // 2**20} MB left.", PAGE)]
    if disk.free < disk.total * TIGHT:
        return [weak(f"The disk of {path} has {disk.free // 2**20} MB left, less than a tenth.", PAGE)]
    return [good(f"The disk of {path} has {disk.free // 2**20} MB left.")]


def _files() -> Sign:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FEWEST:
        return weak(
            f"A process here may have {soft} files open.", "ulimit -n 65536, or LimitNOFILE= in systemd's unit."
        )
    return good("A process here may have enough files open.")
