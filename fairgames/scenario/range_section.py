"""Costs that are known as ranges: ``sensitivity_range``, one pair of a least and a largest cost for each level."""

from __future__ import annotations

import math
from fractions import Fraction

from fairgames.reading.notation import plain, read_level, show
from fairgames.reading.section import Section
from fairgames.scenario.utility_section import Levels
from fairgames.typing import Profile

#: The least and the largest cost of each level; an infinite one means that nothing bounds it.
CostRange = tuple[tuple[Fraction, Fraction | float], ...]


def read_range(section: Section, levels: Levels | None, allowed: Profile | None) -> CostRange | None:
    """The range of each level; None after adding faults, or where the levels are not known."""
    key, written = "sensitivity_range", section.data["sensitivity_range"]
    if levels is None:
        return None
    if other := [name for name in ("sensitivity", "private") if name in section.data]:
        section.say(key, f"got {other[0]} too, expected one of them")
    if not isinstance(written, list) or len(written) != len(levels):
        shown = ", ".join(plain(level) for level in levels)
        section.say(
            key, f"got {show(written)}, expected a list of {len(levels)} pairs, one for each of the levels {shown}"
        )
        return None
    found = []
    lowest = allowed[0] if allowed else 0
    for index, (level, pair) in enumerate(zip(levels, written, strict=True)):
        ends = [read_level(end) for end in pair] if isinstance(pair, list) else []
        low, high = ends if len(ends) == 2 else (None, None)
        free = index != lowest
        if not isinstance(low, Fraction) or high is None or not 0 <= low <= high or not (free or high == 0):
            wanted = (
                "two numbers, 0 ≤ low ≤ high, high may be inf"
                if free
                else "[0, 0], as the lowest allowed level is free"
            )
            section.say(key, f"got {show(pair)} at level {plain(level)}, expected {wanted}")
            return None
        found.append((low, high))
    return tuple(found)


def middle(ranges: CostRange) -> tuple[Fraction, ...]:
    """The middle of each range, or its least cost where nothing bounds it."""
    return tuple(low if high == math.inf else (low + Fraction(high)) / 2 for low, high in ranges)
