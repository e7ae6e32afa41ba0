"""Tries the keys that were set, each at its source and each alone: which are taken, which are refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic import SecretStr

import collectors
from collectors.declare import Collector, Key
from collectors.fetch import open_session
from core.errors import BadKey, BadSetting, Forbidden, SourceError
from core.models import Kind, Target
from core.pace import LocalPace
from core.settings import Settings
from tasks.offers import keys_of

WITHIN = 12.0  # seconds one key is tried; all are tried at once
NOBODY = Target(Kind.DOMAIN, "example.com")  # a probe asks about the key alone


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one key. Its value is nowhere in it."""

    state: str  # good, weak, bad
    sentence: str
    step: str = ""


async def tried(settings: Settings) -> AsyncIterator[Tried]:
    """Every key that is set, in the order of the collectors; a setting that several share is tried once."""
    held: dict[str, tuple[Collector, Key]] = {}
    for each in collectors.known().values():
        for key in each.keys:
            if key.setting not in held or held[key.setting][1].probe is None:
                held[key.setting] = each, key
    trying = [
        asyncio.create_task(_try(settings, each, key, number, values))
        for each, key in held.values()
        for values in [keys_of(settings, key)]
        for number in range(len(values))
    ]
    try:
        for task in trying:
            yield await task
    finally:
        for task in trying:
            task.cancel()


async def _try(settings: Settings, each: Collector, key: Key, number: int, values: list[str]) -> Tried:
    value = values[number]
    name = f"{key.setting.upper()}, key {number + 1} of {len(values)}" if len(values) > 1 else key.setting.upper()
    if key.probe is None:
        return Tried("good", f"{name} is set. {each.title} has no way to try it.")
    alone = settings.model_copy(update={key.setting: SecretStr(value)})
    try:
        async with asyncio.timeout(WITHIN), open_session(alone, LocalPace()) as session:
            said = await key.probe(session.fetch(each, NOBODY, deadline=WITHIN))
    except (SourceError, BadSetting) as error:
        return _refused(name, key, error, _blank(str(error), value))
    except TimeoutError:
        return Tried("weak", f"{name} could not be tried: {each.title} did not answer within {WITHIN:g} s.")
    return Tried("good", f"{name}: {_blank(said, value)}")


def _refused(name: str, key: Key, error: SourceError | BadSetting, sentence: str) -> Tried:
    """A source that is in trouble says nothing about a key: only a refusal is bad."""
    if isinstance(error, BadKey):
        return Tried("bad", f"{name}: {sentence}", f"Get another at {key.url}, or take it out.")
    if isinstance(error, Forbidden):
        return Tried("weak", f"{name} is taken, but: {sentence}", f"See your plan at {key.url}")
    return Tried("bad" if isinstance(error, BadSetting) else "weak", f"{name} could not be tried: {sentence}")


def _blank(sentence: str, value: str) -> str:
    """Whatever a source repeats, a key is not shown."""
    return sentence.replace(value, "(the key)")
