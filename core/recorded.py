"""Sentences of ours that go into the record, which is English, and are read later in any language."""

from __future__ import annotations

from core.language import N_

NEEDS_KEY = N_("It needs a key. An admin can get one at {url} and set {setting}.")
LABELLED = N_("{tells} That is allowed up to {most}, and this is {label}.")
REFUSES = N_("It touches the target itself, which the operator refuses.")
SWITCHED_OFF = N_("An admin switched it off: {why}")
ASKS_FIRST = N_("{about} {tells} Asks you first.")
STOPPED = N_("Stopped. What was found until then is kept.")
OUR_SIDE = N_("This failed on our side, not at the source. It was logged with this run's id.")
UNKNOWN = N_("This worker does not know the collector {name}. It may be from another release.")
CASE_CLOSED = N_("Its case was closed.")
NOT_POSTED = N_("I may not post there: {why}")
REMOVED = N_("my removal from this workspace")  # who stopped a scan
PAUSED = N_("Paused by my removal from this workspace.")
LEFT_OUT = N_("Stopped by my removal from this workspace.")
UNTOLD = N_("I was removed from this workspace before this was told. All of it is kept; Post Again shows it.")
NOT_HAD = N_("The file could not be had: {why}")
NOBODY_LOOKED = N_("None of the collectors could look.")
NOBODY_FOR = N_("None of the collectors could look. {why}")
