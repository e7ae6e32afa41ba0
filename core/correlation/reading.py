"""Rules out of YAML: read safely, and refused with a sentence that names the file, the line and the rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from core.correlation.language import CONFIDENCES, KINDS, LOOKS, SEVERITIES, BadRule, Comparison, Look, Rule
from core.correlation.operands import Wrong, operand, pairs, scalars
from core.correlation.saying import places
from core.models import Kind, Severity

LARGEST = 256 * 1024  # characters of a file
DEEPEST = 12
MOST_RULES = 200
MOST_LOOKS = 8
MOST_COMPARISONS = 12
ODD = (ValueError, LookupError, AttributeError, TypeError, OverflowError)  # of tags on what they do not fit: !!int ""
RULE = re.compile(r"[a-z][a-z0-9-]{1,59}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
PATH = re.compile(r"[A-Za-z_][\w-]{0,39}(?:\.[A-Za-z_][\w -]{0,39}){0,4}")
RULE_WORDS = ("rule", "severity", "says", "why", "change", "target", "when")
LOOK_WORDS = ("find", "none", "from", "kind", "where", "count", "same", "differs", "words")
LONGEST = {"says": 300, "why": 600, "change": 400, "words": 200}


def read_rules(text: str, file: str) -> tuple[Rule, ...]:
    """The rules of a file: a list of them, or one.

    Raises:
        BadRule: the first thing that is wrong with it.
    """
    node, held = _loaded(text, file)
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    listed = held if isinstance(held, list) else [held]
    if len(listed) > MOST_RULES:
        raise BadRule(f"{file}: {len(listed)} rules are too many for one file; at most {MOST_RULES}.")
    rules: dict[str, Rule] = {}
    for each, its_node in zip(listed, nodes, strict=True):
        rule = _rule(each, its_node, file)
        if rule.name in rules:
            raise BadRule(f"{file}, line {rule.line}: there are two rules of the name {rule.name}.")
        rules[rule.name] = rule
    return tuple(rules.values())


def _loaded(text: str, file: str) -> tuple[yaml.Node, Any]:
    if len(text) > LARGEST:
        raise BadRule(f"{file}: the file is longer than {LARGEST // 1024} KB.")
    try:
        _check_shape(text, file)
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            held = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadRule(f"{file}{line}: this is not YAML: {error.problem or 'it cannot be read'}.") from error
    except (yaml.YAMLError, *ODD) as error:
        raise BadRule(f"{file}: this is not YAML that I can read.") from error
    if node is None or not held:
        raise BadRule(f"{file}: there is no rule in it. A rule begins with: - rule: its-name")
    return node, held


def _check_shape(text: str, file: str) -> None:
    """Anchors could make a small file large in memory, and depth could end the reader."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise BadRule(f"{file}, line {_line(event)}: aliases (*name) are not read; write it out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise BadRule(f"{file}, line {_line(event)}: it is nested too deeply.")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _rule(held: Any, node: yaml.Node, file: str) -> Rule:
    line = node.start_mark.line + 1
    name = held.get("rule") if isinstance(held, dict) else None
    where = f"{file}, line {line}" + (f", rule {name}" if isinstance(name, str) else "")
    try:
        _check_words(held, node, RULE_WORDS, "a rule")
        if not isinstance(name, str) or not RULE.fullmatch(name):
            raise Wrong("rule must be a name in small letters, digits and hyphens")
        target = _target(held.get("target", {}))
        looks = _looks(held.get("when"), _value_of(node, "when"), where)
        sentence = _text(held, "says")
        _check_places(sentence, looks)
        return Rule(
            name=name,
            severity=Severity(_one_of(held.get("severity"), SEVERITIES, "severity")),
            sentence=sentence,
            why=_text(held, "why"),
            change=_text(held, "change", needed=False),
            looks=looks,
            source=file,
            line=line,
            **target,
        )
    except Wrong as error:
        raise BadRule(f"{error.where or where}: {error}.") from None


def _check_words(held: Any, node: yaml.Node, known: Sequence[str], what: str) -> None:
    if not isinstance(held, dict):
        raise Wrong(f"{what} must be a mapping of {', '.join(known)}")
    if unknown := [str(each) for each in held if each not in known]:
        raise Wrong(f'{what} has no "{unknown[0][:40]}"; it has {", ".join(known)}')
    names = [each.value for each, _ in node.value]
    if twice := [each for each in names if names.count(each) > 1]:
        raise Wrong(f'"{twice[0]}" stands twice')


def _value_of(node: yaml.Node, name: str) -> yaml.Node:
    """The node behind a name of a mapping; the mapping itself where it has none."""
    return next((value for key, value in node.value if key.value == name), node)


def _target(held: Any) -> dict[str, Any]:
    if not isinstance(held, dict) or set(held) - {"kinds", "looks", "resembles"}:
        raise Wrong("target must be a mapping of kinds, looks and resembles")
    kinds = tuple(_one_of(each, tuple(Kind), "kinds") for each in scalars(held.get("kinds", []), "kinds"))
    ways = tuple(_one_of(each, LOOKS, "looks") for each in scalars(held.get("looks", []), "looks"))
    names = tuple(str(each).lower().rstrip(".") for each in scalars(held.get("resembles", []), "resembles"))
    if any("." not in each for each in names):
        raise Wrong("resembles must be domain names, like example.com")
    return {"targets": tuple(map(Kind, kinds)), "deceives": ways, "resembles": names}


def _looks(held: Any, node: yaml.Node, where: str) -> tuple[Look, ...]:
    if not isinstance(held, list) or not 0 < len(held) <= MOST_LOOKS:
        raise Wrong(f"when must be a list of 1 to {MOST_LOOKS} looks, each with find or none")
    found: dict[str, Look] = {}
    file, _, rest = where.partition(", line ")
    for each, its_node in zip(held, node.value, strict=True):
        at = f"{file}, line {its_node.start_mark.line + 1}{rest[rest.find(',') :] if ',' in rest else ''}"
        try:
            look = _look(each, its_node, found)
            if look.name in found:
                raise Wrong(f"there are two looks of the name {look.name}")
        except Wrong as error:
            error.where = at
            raise
        found[look.name] = look
    if all(look.absent for look in found.values()):
        raise Wrong("at least one look must find something: a headline stands on evidence")
    return tuple(found.values())


def _look(held: Any, node: yaml.Node, earlier: Mapping[str, Look]) -> Look:
    _check_words(held, node, LOOK_WORDS, "a look")
    if ("find" in held) == ("none" in held):
        raise Wrong("a look has either find or none")
    absent = "none" in held
    name = held["none" if absent else "find"]
    if not isinstance(name, str) or not NAME.fullmatch(name) or name == "target":
        raise Wrong("find and none take a name in small letters, digits and underscores")
    collectors = tuple(str(each) for each in scalars(held.get("from", []), "from"))
    least, most = _count(held.get("count", {}), absent=absent)
    if (absent or most is not None) and not collectors:
        raise Wrong("who is to have answered in full must be said: from")
    kinds = tuple(KINDS[_one_of(each, tuple(KINDS), "kind")] for each in scalars(held.get("kind", []), "kind"))
    comparisons = _comparisons(held.get("where", {}))
    if not kinds and not comparisons:
        raise Wrong("a look needs a kind, or where")
    return Look(
        name,
        absent,
        collectors,
        kinds,
        comparisons,
        least,
        most,
        same=_joins(held.get("same", {}), earlier, "same"),
        differs=_joins(held.get("differs", {}), earlier, "differs"),
        words=_text(held, "words", needed=False),
    )


def _count(held: Any, *, absent: bool) -> tuple[int, int | None]:
    if not isinstance(held, dict) or set(held) - {"at_least", "at_most"}:
        raise Wrong("count takes at_least and at_most")
    least, most = held.get("at_least", 1), held.get("at_most")
    if absent and held:
        raise Wrong("none takes no count")
    if type(least) is not int or least < 1 or (most is not None and (type(most) is not int or most < least)):
        raise Wrong("count takes whole numbers from 1 on; at_most is not less than at_least")
    return least, most


def _comparisons(held: Any) -> tuple[Comparison, ...]:
    if not isinstance(held, dict) or len(held) > MOST_COMPARISONS:
        raise Wrong(f"where must be a mapping of at most {MOST_COMPARISONS} places to what must stand there")
    found = []
    for path, wanted in held.items():
        if not isinstance(path, str) or not PATH.fullmatch(path):
            raise Wrong(f'"{str(path)[:40]}" is no place of a finding')
        if path == "confidence":
            [_one_of(each, CONFIDENCES, path) for each in scalars(wanted, path)]
        found += [Comparison(path, name, operand(name, given)) for name, given in pairs(path, wanted)]
    return tuple(found)


def _joins(held: Any, earlier: Mapping[str, Look], word: str) -> tuple[tuple[str, str, str], ...]:
    if not isinstance(held, dict) or len(held) > 4:
        raise Wrong(f"{word} must be a mapping of a place to NAME.PLACE of an earlier look")
    found = []
    for own, other in held.items():
        name, dot, theirs = str(other).partition(".")
        if not PATH.fullmatch(str(own)) or not dot or not PATH.fullmatch(theirs):
            raise Wrong(f"{word} must be a mapping of a place to NAME.PLACE of an earlier look")
        if name not in earlier or earlier[name].absent:
            raise Wrong(f'{word} names "{name[:40]}", which no earlier look finds')
        found.append((str(own), name, theirs))
    return tuple(found)


def _check_places(sentence: str, looks: Sequence[Look]) -> None:
    known = {look.name for look in looks if not look.absent}
    for place in places(sentence):
        name, dot, _ = place.partition(".")
        if place != "target" and (name not in known or not dot):
            raise Wrong(f"says has {{{place}}}: write {{target}} or {{NAME.PLACE}} of a look that finds something")
    if sentence.count("{") != len(places(sentence)) or sentence.count("}") != len(places(sentence)):
        raise Wrong("says has a brace that is no place: write {target} or {NAME.PLACE}")


def _text(held: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    given = held.get(name, "")
    if not isinstance(given, str) or (needed and not given.strip()):
        raise Wrong(f"{name} must be a text")
    if len(given) > LONGEST[name]:
        raise Wrong(f"{name} is longer than {LONGEST[name]} characters")
    return " ".join(given.split())


def _one_of(given: Any, known: Sequence[str], what: str) -> str:
    if not isinstance(given, str) or given not in known:
        raise Wrong(f'{what} cannot be "{str(given)[:40]}"; it is one of {", ".join(map(str, known))}')
    return given
