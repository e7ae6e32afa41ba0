"""What Slack shows: pure functions from models to messages and views; nothing else knows Block Kit."""

from core.blocks.approvals import approval_card, say_why, why_filled, why_modal
from core.blocks.changed import compare_button, counts, difference
from core.blocks.digests import digest_set, recap
from core.blocks.forgetting import forget_card
from core.blocks.forms import Filled, extract_modal, filled, scan_modal
from core.blocks.home import home, switch_form
from core.blocks.lists import history, status
from core.blocks.marking import stub
from core.blocks.message import Attachment, Message
from core.blocks.notes import cannot_post, choose, notice, receipt, usage
from core.blocks.offered import faring, offer_page, offers_for, offers_list
from core.blocks.parents import parent, summary
from core.blocks.pivots import Chosen, chosen, pivot_menu, pivot_sure, pivoted, tree
from core.blocks.playbooks import FilledPlaybook, filled_playbook, playbook_modal, playbook_page, playbooks
from core.blocks.previews import preview, previewed, step_words, total
from core.blocks.quota import quota
from core.blocks.replies import reply
from core.blocks.rounds import maybe_repeated, opening, text_only
from core.blocks.standing import deny_list, roles_list
from core.blocks.text import plain, safe
from core.blocks.watch_forms import filled_watch, watch_edit_modal, watch_modal
from core.blocks.watches import (
    cannot_look,
    first_look,
    looks_again,
    still_quiet,
    watch_made,
    watch_over,
    watch_rests,
    watches,
)

__all__ = [
    "Attachment",
    "Chosen",
    "Filled",
    "FilledPlaybook",
    "Message",
    "approval_card",
    "cannot_look",
    "cannot_post",
    "choose",
    "chosen",
    "compare_button",
    "counts",
    "deny_list",
    "difference",
    "digest_set",
    "extract_modal",
    "faring",
    "filled",
    "filled_playbook",
    "filled_watch",
    "first_look",
    "forget_card",
    "history",
    "home",
    "looks_again",
    "maybe_repeated",
    "notice",
    "offer_page",
    "offers_for",
    "offers_list",
    "opening",
    "parent",
    "pivot_menu",
    "pivot_sure",
    "pivoted",
    "plain",
    "playbook_modal",
    "playbook_page",
    "playbooks",
    "preview",
    "previewed",
    "quota",
    "recap",
    "receipt",
    "reply",
    "roles_list",
    "safe",
    "say_why",
    "scan_modal",
    "status",
    "step_words",
    "still_quiet",
    "stub",
    "summary",
    "switch_form",
    "text_only",
    "total",
    "tree",
    "usage",
    "watch_edit_modal",
    "watch_made",
    "watch_modal",
    "watch_over",
    "watch_rests",
    "watches",
    "why_filled",
    "why_modal",
]
