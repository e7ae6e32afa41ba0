"""A playbook as it is shown: what people wrote into it does no harm."""

from __future__ import annotations

from core.blocks import playbook_page
from core.playbooks import Playbook


def test_words_of_others_in_a_playbook_mention_nobody() -> None:
    wrote = "<!channel>\u202e\x1b[31m"
    book = Playbook("ours", 1, wrote, ("dns",), rules=(wrote,), made_by="U0ADA")
    shown = str(playbook_page(book, (wrote,), seal=lambda _action: "v").blocks)
    assert not any(each in shown for each in ("<!channel", "\u202e", "\x1b", "\\u202e", "\\x1b"))
