"""Every metric there is: its name, what it counts, its labels with their values, and which process makes it.

Names follow Prometheus (prometheus.io/docs/practices/naming). Labels never hold what people or sources write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.models import Kind, Outcome, Priority, ScanStatus

Type = Literal["counter", "histogram", "gauge"]

OTHER = "other"
NAMED: tuple[str, ...] = ()  # a label whose values are names of ours: bounded by what we declare

ACK_BUCKETS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0)  # Slack hangs up at 3
CALL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0)
SOURCE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)
RUN_BUCKETS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
SCAN_BUCKETS = (1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 900.0, 1800.0)

ENDS = (ScanStatus.FINISHED, ScanStatus.CANCELLED)
DOORS = ("slack", "api", "web", "terminal", "watch", OTHER)
ROLES = ("bot", "worker", "notifier", "beat")
WINDOWS = ("day", "month")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. A gauge's value is looked up when somebody asks for it; the others are summed over all processes."""

    name: str
    type: Type
    about: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by: str = "bot"
    buckets: tuple[float, ...] = ()

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(self.labels)


def _counter(name: str, about: str, by: str, **labels: tuple[str, ...]) -> Metric:
    return Metric(name, "counter", about, labels, by)


def _seconds(name: str, about: str, by: str, buckets: tuple[float, ...], **labels: tuple[str, ...]) -> Metric:
    return Metric(name, "histogram", about, labels, by, buckets)


def _gauge(name: str, about: str, **labels: tuple[str, ...]) -> Metric:
    return Metric(name, "gauge", about, labels)


VERBS = ("scan", "plan", "help", "status", "cancel", "collectors", "history", "quota", "form", "rerun", "rerun_failed",
         "rerun_one", "ask_target", "post_again", "diff", "choose", "run_plan", "explain", "verdict", "undo_verdict",
         "tree", "pivot", "pivot_more", "graph", "switch_off", "switch_on", "watch", "playbooks", "playbook",
         "digest", OTHER)  # fmt: skip
ANSWERS = ("done", "repeated", "refused", "misread", "late", "failed")
RESULTS = ("ok", "throttled", "no_turn", "refused", "ambiguous", "down")
SAID = ("answered", "moved", "refused", "rate_limited", "broken", "timeout", "down", "unsafe")
TASKS = ("scan", "report", "callbacks", "pivots", "sweep", OTHER)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", OTHER)
STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx")

PEOPLE = (
    _counter(
        "gumshoe_commands_total",
        "What people asked in Slack, by verb and by how it was answered.",
        "bot",
        verb=VERBS,
        outcome=ANSWERS,
    ),
    _counter("gumshoe_refusals_total", "What the guard refused, by its rule.", "bot", rule=NAMED),
    _seconds(
        "gumshoe_ack_seconds",
        "Seconds from the arrival of a delivery of Slack's to our answer, by what it brought.",
        "bot",
        ACK_BUCKETS,
        door=("command", "button", "form", "shortcut", "mention", "home", OTHER),
    ),
    _counter(
        "gumshoe_deliveries_unanswered_total",
        "Deliveries of Slack's that were not acknowledged, so that it sends them again.",
        "bot",
        door=("command", "button", "form", "shortcut", "mention", "home", OTHER),
    ),
    _counter(
        "gumshoe_http_requests_total",
        "HTTP requests by the template of their route, method and class of status.",
        "bot",
        route=NAMED,
        method=METHODS,
        status=STATUSES,
    ),
    _seconds(
        "gumshoe_http_request_seconds",
        "Seconds from an HTTP request to the beginning of its answer.",
        "bot",
        CALL_BUCKETS,
        route=NAMED,
        method=METHODS,
    ),
)
WORK = (
    _counter(
        "gumshoe_scans_started_total",
        "Scans and further rounds of scans that were begun.",
        "bot",
        door=DOORS,
        kind=tuple(Kind),
        priority=tuple(Priority),
    ),
    _counter(
        "gumshoe_scans_ended_total",
        "Scans whose round has ended, every run of it closed.",
        "all",
        door=DOORS,
        kind=tuple(Kind),
        status=ENDS,
    ),
    _seconds(
        "gumshoe_scan_seconds",
        "Seconds from asking to the end of the last run.",
        "all",
        SCAN_BUCKETS,
        door=DOORS,
        kind=tuple(Kind),
        status=ENDS,
    ),
    _counter(
        "gumshoe_runs_total",
        "Runs that were closed, by collector, outcome and reason.",
        "all",
        collector=NAMED,
        outcome=tuple(Outcome),
        reason=NAMED,
    ),
    _seconds(
        "gumshoe_run_seconds",
        "Seconds that runs took which asked their sources themselves.",
        "worker",
        RUN_BUCKETS,
        collector=NAMED,
    ),
    _counter(
        "gumshoe_answers_total",
        "Where the answers of runs came from: the source was asked, one kept from an earlier scan was fresh, or one "
        "that somebody else was just asking for was shared.",
        "worker",
        collector=NAMED,
        origin=("asked", "kept", "shared"),
    ),
    _counter("gumshoe_runs_put_off_total", "Runs that wait for their source.", "worker", collector=NAMED),
    _counter("gumshoe_runs_given_back_total", "Runs that a stopping process gave back.", "worker"),
    _counter(
        "gumshoe_leases_lost_total",
        "Runs and desks that were taken from a process which did not look after them.",
        "notifier",
        of=("run", "desk"),
    ),
    _counter("gumshoe_sweeps_total", "Looks for lost work.", "notifier", result=("done", "failed")),
    _counter("gumshoe_swept_total", "Hints that a sweep sent again.", "notifier", task=TASKS),
    _counter(
        "gumshoe_hints_total",
        "Hints at work, sent to the queue or not.",
        "all",
        task=TASKS,
        result=("sent", "not_sent"),
    ),
    _counter(
        "gumshoe_callbacks_total",
        "Tries to tell a callback URL that a round has ended.",
        "notifier",
        outcome=("told", "again", "given_up"),
    ),
)
SOURCES = (
    _seconds(
        "gumshoe_source_seconds",
        "Seconds from a question to the head of its answer, by declared source and what became of it.",
        "worker",
        SOURCE_BUCKETS,
        source=NAMED,
        result=SAID,
    ),
)
SLACK = (
    _counter("gumshoe_slack_calls_total", "Calls of Slack's Web API.", "all", method=NAMED, result=RESULTS),
    _seconds(
        "gumshoe_slack_call_seconds",
        "Seconds that a call took once its turn had come.",
        "all",
        CALL_BUCKETS,
        method=NAMED,
    ),
    _counter("gumshoe_slack_waited_seconds_total", "Seconds that calls waited for their turn.", "all", method=NAMED),
    _counter("gumshoe_slack_throttled_total", "Answers 429 by Slack.", "all", method=NAMED),
    _counter("gumshoe_slack_pause_seconds_total", "Seconds that Slack asked us to pause.", "all", method=NAMED),
    _counter(
        "gumshoe_socket_connections_total",
        "Connections to Slack (Socket Mode) that were opened, or could not be.",
        "bot",
        result=("opened", "failed"),
    ),
)
KEEPING = (
    _counter("gumshoe_backups_total", "Backups that were made.", "python -m bot backup", result=("done", "failed")),
)
LOOKED_UP = (
    _gauge(
        "gumshoe_up",
        "Whether a part answers this bot process.",
        part=("redis", "budgets", "cache", "database", "slack"),
    ),
    _gauge("gumshoe_build_info", "The release of this bot process; always 1.", version=NAMED),
    _gauge("gumshoe_processes", "Processes that show a sign of life.", role=ROLES),
    _gauge(
        "gumshoe_process_start_time_seconds",
        "When a living process started, in seconds since 1970.",
        role=ROLES,
        host=NAMED,
        pid=NAMED,
        version=NAMED,
    ),
    _gauge("gumshoe_queue_consumers", "Living processes that take messages from a queue.", queue=NAMED),
    _gauge("gumshoe_queue_messages", "Messages that wait in a queue.", queue=NAMED),
    _gauge("gumshoe_queue_unacked", "Messages that a process has taken and not yet done."),
    _gauge("gumshoe_runs_waiting", "Runs that are due and that nobody has taken.", priority=tuple(Priority)),
    _gauge("gumshoe_runs_waiting_age_seconds", "Since when the oldest of them is due.", priority=tuple(Priority)),
    _gauge("gumshoe_runs_resting", "Runs that wait until their source may be asked."),
    _gauge("gumshoe_runs_running", "Runs that a worker holds."),
    _gauge("gumshoe_scans_open", "Scans that have not ended.", priority=tuple(Priority)),
    _gauge("gumshoe_threads_late", "Threads that do not say yet what the record knows."),
    _gauge("gumshoe_callbacks_due", "Callbacks that are to be told."),
    _gauge("gumshoe_threads_late_age_seconds", "Since when the oldest of them says too little."),
    _gauge("gumshoe_budget_left", "Left of a source's budget, over all keys.", source=NAMED, window=WINDOWS),
    _gauge("gumshoe_budget_limit", "What a source grants, over all keys.", source=NAMED, window=WINDOWS),
    _gauge("gumshoe_sources_resting", "Accounts with sources that nobody asks for now.", cause=NAMED),
    _gauge("gumshoe_redis_memory_bytes", "Memory that Redis uses.", part=("redis", "budgets")),
    _gauge("gumshoe_redis_memory_limit_bytes", "Its maxmemory; 0: none.", part=("redis", "budgets")),
    _gauge("gumshoe_disk_free_bytes", "Free space where this bot process keeps DATA_DIR."),
    _gauge("gumshoe_disk_size_bytes", "The size of that disk."),
    _gauge("gumshoe_scrape_seconds", "Seconds this answer took."),
)

TABLE: dict[str, Metric] = {each.name: each for each in (*PEOPLE, *WORK, *SOURCES, *SLACK, *KEEPING, *LOOKED_UP)}
