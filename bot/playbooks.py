"""Playbooks as people use them: the word playbook= in a question, lists, and one in full."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bot.front import Front
from bot.grammar import Question
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.errors import BadQuestion
from core.language import N_, tr
from core.playbooks import Playbook, check_name
from tasks.playbooks import all_of, applied, find, missing


async def settled(front: Front, who: Who, question: Question) -> Question:
    """The question with whom its playbook says to ask; words of one's own go before. A scan that runs keeps its
    version.

    Raises:
        BadQuestion: there is no such playbook, or it is for other kinds of target.
        StoreDown: the record does not answer.
    """
    manner = question.manner
    if not manner.playbook:
        return question
    book = await front.record(partial(find, front.store, who.place.team, manner.playbook))
    names, options = applied(book, [target.kind for target in question.targets], front.settings)
    settled_manner = replace(
        manner, names=manner.names or names, options=manner.options or options, playbook=book.versioned
    )
    lenient = question.lenient or not manner.names  # words of one's own are refused where they do not fit
    targets = question.targets
    if left_out := missing(book, front.settings):
        names_more = N_("The playbook {name} names {missing}, which this bot does not offer.")
        note = tr(names_more, name=book.name, missing=", ".join(left_out))
        targets = tuple(replace(each, notes=(*each.notes, note)) for each in targets)
    return replace(question, targets=targets, manner=settled_manner, lenient=lenient)


async def answer(front: Front, who: Who, rest: str) -> Message:
    """`/scan playbooks` and `/scan playbook NAME`.

    Raises:
        GumshoeError: the sentence for the person.
    """
    words = rest.lower().split()
    if not words:
        every = await front.record(partial(all_of, front.store, who.place.team))
        return blocks.playbooks(list(every.values()))
    if words[0] == "new":
        check_name(words[1] if len(words) > 1 else "")
        known = await front.record(partial(all_of, front.store, who.place.team))
        if words[1] in known:
            raise BadQuestion(tr("There is one of that name: /scan playbook {name}", name=words[1]))
        return blocks.playbook_page(Playbook(words[1], 0, ""), (), seal=front.seal(who.place.team))
    book = await front.record(partial(find, front.store, who.place.team, words[0]))
    return blocks.playbook_page(book, missing(book, front.settings), seal=front.seal(who.place.team))
