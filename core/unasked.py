"""Why a target may not be asked about now: said to who asks. Where a pivot would start by itself, it is written down in
English, and told later in any language."""

from __future__ import annotations

from core.language import N_

REASON_FOR_PERSON = N_(
    "{target} is a person, so I need to know why you ask. It is kept with the scan and in the audit."
)
REASON = N_("This is about {target}, so I need to know why you ask. It is kept with the scan and in the audit.")
LISTED = N_("This person is on the list of those whom nobody looks up here: {target}. Ask a lead.")
APPROVAL_FOR_PERSON = N_("{target} is a person, so a second person must approve this.")
APPROVAL = N_("This touches {target} itself, so a second person must approve it.")
FURTHER = N_("This would be {hops} pivots away from where it began; at most {most} are allowed here.")
PARENT_GONE = N_("The scan that this was found in is no longer in my record.")
SPENT = N_("What began with scan {scan} has had {most} pivots already, which is all it may have.")
