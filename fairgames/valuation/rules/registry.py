"""Payment rules by name: ours, and those that other packages announce."""

from __future__ import annotations

import difflib
from typing import Any

from fairgames.errors import InputError
from fairgames.valuation.rules.base import Rule
from fairgames.valuation.rules.by_samples import PerRecord, WeightedShapley
from fairgames.valuation.rules.equal import EqualSplit
from fairgames.valuation.rules.fair import COALITION, USERS
from fairgames.valuation.rules.leave_one_out import LeaveOneOut
from fairgames.valuation.rules.nucleolus import Nucleolus
from fairgames.valuation.rules.proportional import Proportional
from fairgames.valuation.rules.semivalues import Banzhaf

#: Other packages announce a rule, or what makes one, by its name among these entry points.
GROUP = "fairgames.rules"

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        *(USERS, COALITION, Banzhaf(), Proportional(), EqualSplit(), PerRecord(), LeaveOneOut(), WeightedShapley()),
        Nucleolus(),
    )
}
#: Those of other packages that were asked for.
_loaded_before: dict[str, Rule] = {}


def rule_names() -> list[str]:
    """The names of all rules: ours first. Nothing is imported for it."""
    return [*RULES, *sorted(set(_announced()) - set(RULES))]


def to_rule(rule: str | Rule) -> Rule:
    """The rule of that name; a rule itself is looked at.

    Raises
    ------
    InputError
        If there is none, with the nearest name; if what another package announces is no rule, or
        cannot be loaded; or if a rule contradicts itself.
    """
    if not isinstance(rule, str):
        return _sound(rule, "rule")
    if rule in RULES:
        return RULES[rule]
    if rule in _loaded_before:
        return _loaded_before[rule]
    announced = _announced()
    if rule in announced:
        return _loaded(rule, announced[rule])
    near = difflib.get_close_matches(rule, rule_names(), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"rule: expected one of {', '.join(rule_names())}, got {rule!r}{hint}")


def _announced() -> dict[str, Any]:
    from importlib.metadata import entry_points  # slow to import

    return {point.name: point for point in entry_points(group=GROUP)}


def _loaded(name: str, point: Any) -> Rule:
    where = f"rule {name!r} ({point.value})"
    try:
        found = point.load()
        made = found if isinstance(found, Rule) else found()
    except Exception as error:  # a stranger's package may fail in any way; what it said is told
        raise InputError(f"{where} cannot be loaded: {type(error).__name__}: {error}; mend or remove it") from error
    rule = _sound(made, where)
    if rule.name != name:
        raise InputError(f"{where}: the rule calls itself {rule.name!r}; give both one name")
    _loaded_before[name] = rule
    return rule


def _sound(rule: Any, where: str) -> Rule:
    if not isinstance(rule, Rule):
        raise InputError(
            f"{where}: expected a name or a fairgames.valuation.rules.Rule, got {rule!r}; see docs/add-a-rule.md"
        )
    if faults := rule.faults():
        raise InputError([f"{where}: {fault}" for fault in faults])
    return rule
