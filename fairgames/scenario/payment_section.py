"""The table ``[payment]``: the rule, and α as a function of U."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from fairgames.reading.notation import plain, read_number, show
from fairgames.reading.section import Section
from fairgames.valuation.rules import RULES, rule_names

_KEYS = ("rule", "alpha_of_utility", "step")
_POINTS = "a list of pairs [U, α] with U strictly ascending and 0 ≤ α ≤ 1, such as [[0, 0.2], [5, 0.4]]"

Points = tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True)
class Payment:
    """``[payment]`` as read."""

    rule: str
    points: Points | None
    step: bool


def read_payment(section: Section) -> Payment:
    """Read and check the section; faults are gathered in it."""
    section.only(_KEYS, {})
    written = section.data.get("rule", "users")
    # What other packages announce is looked up where it is asked for only: a sweep reads many scenarios.
    known = list(RULES) if isinstance(written, str) and written in RULES else rule_names()
    rule = section.one_of("rule", known, default="users")
    step = section.data.get("step", False)
    if not isinstance(step, bool):
        section.expected("step", "true or false")
    elif step and "alpha_of_utility" not in section.data:
        section.say("step", "got true without alpha_of_utility, expected both or neither")
    return Payment(rule or "users", _points(section), step is True)


def _points(section: Section) -> Points | None:
    key = "alpha_of_utility"
    if key not in section.data:
        return None
    written = section.data[key]
    if not isinstance(written, list) or not written:
        section.expected(key, _POINTS)
        return None
    pairs = [pair for entry in written if (pair := _pair(section, key, entry)) is not None]
    if any(after[0] <= before[0] for before, after in pairwise(pairs)):
        came = ", ".join(plain(u) for u, _ in pairs)
        section.say(key, f"got the utilities {came}, expected them strictly ascending")
    return tuple(pairs)


def _pair(section: Section, key: str, entry: object) -> tuple[Fraction, Fraction] | None:
    numbers = [read_number(value) for value in entry] if isinstance(entry, list) else []
    match numbers:
        case [Fraction() as utility, Fraction() as alpha]:
            if not 0 <= alpha <= 1:
                section.say(key, f"got α = {plain(alpha)} at U = {plain(utility)}, expected 0 ≤ α ≤ 1")
            return utility, alpha
    section.say(key, f"got the entry {show(entry)}, expected a pair [U, α] of finite numbers")
    return None
