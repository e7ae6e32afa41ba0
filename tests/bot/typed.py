"""Our command line without a process of its own: what is typed, what is printed, how it ends. Two seconds cheaper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from bot.__main__ import cli


@dataclass(frozen=True)
class Typed:
    returncode: int
    stdout: str
    stderr: str


Type = Callable[..., Typed]


@pytest.fixture
def typed() -> Type:
    """Types a command with these settings; `answer` is what is typed when it asks."""

    def run(*words: str, answer: str = "", **settings: str) -> Typed:
        done = CliRunner().invoke(cli, list(words), input=answer, env=settings)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Typed(done.exit_code, done.stdout, done.stderr)

    return run
