"""Correlation: rules in YAML over the findings of several collectors, and the headlines that they make."""

from core.correlation.language import BadRule, Look, Rule
from core.correlation.matching import Fired, Seen, correlate, fired, full_answers
from core.correlation.reading import read_rules
from core.correlation.shelf import Refused, Shelf, read_folder, rules_for, shipped

__all__ = [
    "BadRule",
    "Comparison",
    "Fired",
    "Look",
    "Refused",
    "Rule",
    "Seen",
    "Shelf",
    "correlate",
    "fired",
    "full_answers",
    "read_folder",
    "read_rules",
    "rules_for",
    "shipped",
]
