"""Alarms and the dashboard speak of metrics that there are, and every alarm says what to do."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.metrics import TABLE
from tests.measuring import names_of

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
ALARMS = DEPLOY / "prometheus" / "alerts.yml"
BOARD = DEPLOY / "grafana" / "provisioning" / "dashboards" / "gumshoe.json"
TRIED = (ROOT / "tests" / "alarms.test.yml", ROOT / "tests" / "alarms-of-days.test.yml")
SAMPLES = {name: metric for metric in TABLE.values() for name in names_of(metric)}
FROM_PROMETHEUS = {"instance", "job", "le"}

NAME = re.compile(r"\bgumshoe_\w+")
# A selector with its labels, what an aggregation keeps or drops, and a label that a text shows.
SELECTOR = re.compile(r"\b(gumshoe_\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPED = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")


def alarms() -> list[dict[str, Any]]:
    read = yaml.safe_load(ALARMS.read_text(encoding="utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return list(json.loads(BOARD.read_text(encoding="utf-8"))["panels"])


def expressions() -> Iterator[tuple[str, str, str]]:
    """Every query: where it stands, itself, and the text that shows its labels."""
    for rule in alarms():
        yield rule["alert"], rule["expr"], " ".join(rule["annotations"].values())
    for panel in panels():
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"], target["legendFormat"]


each_query = pytest.mark.parametrize(("where", "query", "shown"), list(expressions()))


@each_query
def test_a_query_names_metrics_that_there_are(where: str, query: str, shown: str) -> None:
    assert set(NAME.findall(query)) - set(SAMPLES) == set()
    assert NAME.findall(query) or 'up{job="gumshoe"}' in query


@each_query
def test_a_query_asks_for_labels_and_values_that_there_are(where: str, query: str, shown: str) -> None:
    wrong = []
    for name, inside in SELECTOR.findall(query):
        labels = SAMPLES[name].labels
        for label, how, value in MATCHER.findall(inside):
            known = labels.get(label, ())
            if label not in labels and label not in FROM_PROMETHEUS:
                wrong.append(f"{name} has no {label}")
            if label == "le" and float(value) not in SAMPLES[name].buckets:
                wrong.append(f"{name} has no bucket {value}")
            if known and "$" not in value:
                wrong += [f"{label}{how}{each}" for each in value.split("|") if each not in known]
    assert wrong == []


@each_query
def test_a_query_groups_by_labels_and_shows_those_it_keeps(where: str, query: str, shown: str) -> None:
    labels = {label for name in NAME.findall(query) for label in SAMPLES[name].labels} | FROM_PROMETHEUS
    grouped = {word.strip() for inside in GROUPED.findall(query) for word in inside.split(",")}
    assert grouped - labels == set()
    told = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", shown))
    assert told - labels == set()


def test_sums_of_several_bots_are_not_added_up() -> None:
    """Every bot tells the sums of all processes: what is summed over them must be made one before."""
    summed = {name for name, metric in SAMPLES.items() if metric.type != "gauge"}
    several = [
        where
        for where, query, _ in expressions()
        for name in set(NAME.findall(query)) & summed
        if "max without (instance) (" not in query and not re.search(r"\bmax(?: by \(\w+\))? ?\(", query)
    ]
    assert several == []


def test_every_alarm_says_what_people_notice_and_where_to_read_on() -> None:
    for rule in alarms():
        told = rule["annotations"]
        assert set(told) == {"summary", "description", "runbook_url"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "warning")
        assert re.fullmatch(r"docs/how-to/when-[a-z-]+\.md", told["runbook_url"])
    names = [rule["alert"] for rule in alarms()]
    assert len(set(names)) == len(names)


def test_every_panel_says_what_it_shows_and_lies_in_a_row() -> None:
    assert [each["title"] for each in panels() if each["type"] == "row"] == [
        "People",
        "Work",
        "Sources",
        "Slack",
        "Machine",
    ]
    assert [each["title"] for each in panels() if each["type"] != "row" and not each["description"]] == []
    assert len({each["id"] for each in panels()}) == len(panels())


def test_every_metric_is_shown_or_watched_somewhere() -> None:
    used = {SAMPLES[name].name for _, query, _ in expressions() for name in NAME.findall(query)}
    assert set(TABLE) - used == {"gumshoe_build_info", "gumshoe_scrape_seconds"}


def test_prometheus_takes_the_rules_and_they_fire_when_they_should() -> None:
    for words in (["check", "rules", str(ALARMS)], ["test", "rules", *map(str, TRIED)]):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alarm_is_tried() -> None:
    tried = [test for path in TRIED for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]]
    fired = {each["alertname"] for test in tried for each in test["alert_rule_test"] if each.get("exp_alerts")}
    quiet = {each["alertname"] for test in tried for each in test["alert_rule_test"] if not each.get("exp_alerts")}
    assert fired == quiet == {rule["alert"] for rule in alarms()}


def calls() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every call of count and observe in our code: where, the metric and its labels."""
    for package in ("core", "collectors", "tasks", "bot"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and (found := _counted(node)):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", *found


def _counted(node: ast.Call) -> tuple[str, tuple[str, ...]] | None:
    """`count("...", label=...)`, or `partial(count, "...", label=...)`."""
    words = [getattr(each, "id", "") for each in (node.func, *node.args[:1])]
    arguments = node.args[1:] if words == ["partial", "count"] else node.args
    if not (words[0] in ("count", "observe") or words == ["partial", "count"]) or not arguments:
        return None
    name = arguments[0]
    return (str(name.value), tuple(str(each.arg) for each in node.keywords)) if isinstance(name, ast.Constant) else None


def test_what_is_counted_is_in_the_table_with_its_labels() -> None:
    found = list(calls())
    assert [where for where, name, labels in found if name not in TABLE or set(TABLE[name].labels) != set(labels)] == []
    counted = {name for _, name, _ in found}
    assert {each.name for each in TABLE.values() if each.type != "gauge"} == counted
