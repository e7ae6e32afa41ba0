"""What a run was given: its target, keys that the operator brings, options that the asker wants, labels of its own;
and what it has to say."""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import datetime

from pydantic import SecretStr

from collectors.declare import Collector
from collectors.doors.kept import Kept
from collectors.doors.notes import Notes
from collectors.doors.remembering import Remembering
from collectors.doors.reply import Gap
from core import clock
from core.errors import BadSetting
from core.models import Target


class Given:
    """The part of the door that asks nobody."""

    def __init__(self, collector: Collector, target: Target, kept: Kept, options: frozenset[str]) -> None:
        self.now: datetime = clock.now()  # one moment for the whole run, so that ages agree
        self.notes = Notes()
        self.memory = Remembering(kept.memory, collector)
        self._collector = collector
        self._target = target
        self._kept = kept
        self._options = options

    def gap(self, reason: str, sentence: str) -> None:
        """Say that something was not looked at."""
        self.notes.left_out(Gap(what="", reason=reason, sentence=sentence))

    def remark(self, sentence: str) -> None:
        """Say what the run means, for people: "example.com does not exist (NXDOMAIN)."."""
        self.notes.remark(sentence)

    def setting(self, name: str) -> SecretStr:
        """The value of a key this collector declares; empty when the operator has not set it.

        Raises:
            BadSetting: it is not declared.
        """
        if name not in {key.setting for key in self._collector.keys}:
            raise BadSetting(f"{self._collector.title} does not declare the setting {name.upper()}.")
        value = getattr(self._kept.settings, name)
        return value if isinstance(value, SecretStr) else SecretStr(str(value))

    def key(self, name: str) -> SecretStr:
        """The key to ask with, for a header or parameter of a question; empty when there is none.

        The operator may give several: this one stands for all of them, and is exchanged for the one with the most
        left when the question is sent.

        Raises:
            BadSetting: it is not declared.
        """
        self.setting(name)
        keys = self._kept.ring(name).keys
        return keys[0] if keys else SecretStr("")

    def has_key(self, name: str) -> bool:
        """Whether the operator has given a key; one that is optional changes what can be asked."""
        return bool(self.key(name).get_secret_value())

    def wants(self, option: str) -> bool:
        """Whether the asker wants what this option of the collector does.

        Raises:
            BadSetting: it is not declared.
        """
        if option not in {each.name for each in self._collector.options}:
            raise BadSetting(f"{self._collector.title} does not declare the option {option}.")
        return option in self._options

    def nonce(self, label: str) -> str:
        """A label nobody has registered: 24 of [a-z0-9], the same for this target and label within the hour.

        Scans that run at once so ask the same names, and answers can be shared; strangers cannot foresee them.
        """
        text = "|".join((self.now.strftime("%Y%m%d%H"), self._target.kind, self._target.value, label))
        return b32encode(hmac.digest(self._kept.secret, text.encode(), "sha256")).decode()[:24].lower()
