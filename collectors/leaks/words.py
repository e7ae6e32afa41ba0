"""How it is said what was taken, when and how, for each of the ways in which some of that is not known."""

from __future__ import annotations

from core.language import N_, NN_

MONTHS = (
    *(N_("January {n}"), N_("February {n}"), N_("March {n}"), N_("April {n}"), N_("May {n}"), N_("June {n}")),
    *(N_("July {n}"), N_("August {n}"), N_("September {n}"), N_("October {n}"), N_("November {n}")),
    N_("December {n}"),
)
# By whether it is known what was taken, whether malware took it, and whether it is known when.
TAKEN = {
    (True, False, True): N_("{taken} taken in {when}: {reason}."),
    (True, False, False): N_("{taken} taken: {reason}."),
    (True, True, True): N_("{taken} taken by malware on somebody's machine in {when}: {reason}."),
    (True, True, False): N_("{taken} taken by malware on somebody's machine: {reason}."),
    (False, False, True): N_("Data taken in {when}: {reason}."),
    (False, False, False): N_("Data taken: {reason}."),
    (False, True, True): N_("Data taken by malware on somebody's machine in {when}: {reason}."),
    (False, True, False): N_("Data taken by malware on somebody's machine: {reason}."),
}
# What a reader must know who reads no further: these stand alone in headlines.
RESERVES = ("", N_("Have I Been Pwned holds it for made up."), N_("Have I Been Pwned could not verify it."))
MAILBOXES = N_("Mailboxes at {domain} are in it; whose, its owner sees at haveibeenpwned.com.")
OF_THEM = NN_("{n:,} mailbox at {domain} in it.", "{n:,} mailboxes at {domain} in it.")
SIGNED_IN = NN_(
    "{n:,} mailbox at {domain} signed in on machines with malware.",
    "{n:,} mailboxes at {domain} signed in on machines with malware.",
)
# By whether the target is in it or was where it was taken from: as it is, made up, and not verified.
WHOSE = {
    "account": (
        N_("The address is in it, as Have I Been Pwned has it."),
        N_("The address is in it, as Have I Been Pwned has it, which holds it for made up."),
        N_("The address is in it, as Have I Been Pwned has it, which could not verify it."),
    ),
    "site": (
        N_("It was taken from the domain's own site, as Have I Been Pwned has it."),
        N_("It was taken from the domain's own site, as Have I Been Pwned has it, which holds it for made up."),
        N_("It was taken from the domain's own site, as Have I Been Pwned has it, which could not verify it."),
    ),
}
