"""Limits of plans, task cards and the other cards."""

from typing import Any

from sandbox.slack.limits.complaints import Complaints
from sandbox.slack.limits.elements import PRESSED, check_element
from sandbox.slack.limits.rich import check_rich_text
from sandbox.slack.limits.texts import check_text

STATUSES = ("pending", "in_progress", "complete", "error")
TASK_FIELDS = ("task_id", "title", "status", "details", "output", "sources", "hide_title")


def check_plan(value: dict[str, Any], where: str, say: Complaints) -> None:
    """A title and at most 50 tasks, whose bodies carry no `type`, each with its own task_id."""
    if say.requires(value, where, "title"):
        check_text(value["title"], f"{where}/title", say, most=3000, plain=True, raw=True)
    say.only(value, where, ("type", "block_id", "title", "tasks"))
    tasks = value.get("tasks", [])
    if not say.is_list(tasks, f"{where}/tasks", most=50):
        return
    for index, task in enumerate(tasks):
        _task(task, f"{where}/tasks/{index}", say, extra=())
    ids = [task.get("task_id") for task in tasks if isinstance(task, dict)]
    say.unique(ids, f"{where}/tasks", "task_id")


def check_task_card(value: dict[str, Any], where: str, say: Complaints) -> None:
    """One task standing alone; `pending` makes sense inside a plan only."""
    _task(value, where, say, extra=("type", "block_id"))
    if value.get("status") == "pending":
        say.add("pending is allowed inside a plan only", f"{where}/status")


def _task(task: Any, where: str, say: Complaints, *, extra: tuple[str, ...]) -> None:
    if not say.is_dict(task, where) or not say.requires(task, where, "task_id", "title"):
        return
    say.only(task, where, (*TASK_FIELDS, *extra))
    say.string(task["task_id"], f"{where}/task_id", most=255, least=1)
    check_text(task["title"], f"{where}/title", say, most=3000, plain=True, raw=True)
    if task.get("status") is not None:
        say.one_of(task["status"], f"{where}/status", STATUSES)
    for key in ("details", "output"):
        if task.get(key) is not None:
            check_rich_text(task[key], f"{where}/{key}", say)
    sources = task.get("sources")
    if sources is not None and say.is_list(sources, f"{where}/sources", most=100):
        for index, source in enumerate(sources):
            here = f"{where}/sources/{index}"
            if say.is_dict(source, here) and say.one_of(source.get("type"), f"{here}/type", ("url",)):
                say.requires(source, here, "url", "text")


def check_card(value: dict[str, Any], where: str, say: Complaints) -> None:
    """Title 150, subtitle 150, body 200, subtext 200, three actions."""
    for key, most in (("title", 150), ("subtitle", 150), ("body", 200), ("subtext", 200)):
        if value.get(key) is not None:
            check_text(value[key], f"{where}/{key}", say, most=most, raw=True)
    actions = value.get("actions")
    if actions is not None and say.is_list(actions, f"{where}/actions", most=3):
        for index, element in enumerate(actions):
            check_element(element, f"{where}/actions/{index}", say, PRESSED)


def check_carousel(value: dict[str, Any], where: str, say: Complaints) -> None:
    """One to ten cards."""
    cards = value.get("elements")
    if say.is_list(cards, f"{where}/elements", least=1, most=10):
        for index, card in enumerate(cards or []):
            if say.is_dict(card, f"{where}/elements/{index}"):
                check_card(card, f"{where}/elements/{index}", say)


def check_alert(value: dict[str, Any], where: str, say: Complaints) -> None:
    """200 characters and a level."""
    if say.requires(value, where, "text"):
        check_text(value["text"], f"{where}/text", say, most=200, raw=True)
    if "level" in value:
        say.one_of(value["level"], f"{where}/level", ("default", "info", "warning", "error", "success"))
