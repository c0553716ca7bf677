"""One entry of users, a table or a line, read and checked as a row."""

from __future__ import annotations

from fractions import Fraction

from fairgames.reading.notation import plain, read_level, read_number, show, way_out
from fairgames.reading.section import Section
from fairgames.scenario.private_section import read_tables
from fairgames.scenario.range_section import middle, read_range
from fairgames.scenario.user_rows import Row
from fairgames.scenario.utility_kinds import UtilityKind
from fairgames.scenario.utility_section import Levels
from fairgames.typing import Profile


class EntryReader:
    """Makes rows of tables, one after another."""

    def __init__(self, kind: UtilityKind | None, levels: Levels | None) -> None:
        self.federated = kind is not None and kind.samples
        self.levels = levels
        self.number = 0

    def read(self, section: Section, place: int) -> Row:
        self.number += 1
        given, levels = section.data, self.levels
        name = section.text("name") if "name" in given else None
        allowed = _allowed(section, levels) if "allowed" in given else None
        ranges = read_range(section, levels, allowed) if "sensitivity_range" in given else None
        costs = read_costs(section, levels, allowed) if "sensitivity" in given else None
        return Row(
            place=place,
            name=name or f"user-{self.number}",
            given=name is not None,
            size=_count(section),
            samples=_samples(section) if self.federated else None,
            importance=_importance(section) if self.federated else 1.0,
            sensitivity=middle(ranges) if ranges else costs,
            allowed=allowed,
            level=_level(section, levels, allowed) if "level" in given else None,
            private=read_tables(section, levels, allowed, read_costs) if "private" in given else None,
            ranges=ranges,
        )

    def alike(self, known: Row, place: int, name: str, samples: float | None) -> Row:
        self.number += 1
        given = bool(name)
        return Row(place, name if given else f"user-{self.number}", given, known[3], samples, *known[5:])


def _samples(section: Section) -> float | None:
    samples = section.number("samples", " ≥ 1", lambda samples: samples >= 1)
    return None if samples is None else float(samples)


def _count(section: Section) -> int | None:
    if "count" not in section.data:
        return 1
    count = read_number(section.data["count"])
    if count is None or count.denominator != 1 or count < 1:
        section.expected("count", "a whole number ≥ 1")
        return None
    return int(count)


def _importance(section: Section) -> float:
    if "importance" not in section.data:
        return 1.0
    return float(section.number("importance", " ≥ 0", lambda importance: importance >= 0) or 0)


def read_costs(section: Section, levels: Levels | None, allowed: Profile | None) -> tuple[Fraction, ...] | None:
    key, written = "sensitivity", section.data["sensitivity"]
    if levels is None:
        return None
    shown = ", ".join(plain(level) for level in levels)
    if not isinstance(written, list) or len(written) != len(levels):
        came = f"got {len(written)} entries" if isinstance(written, list) else f"got {show(written)}"
        section.say(key, f"{came}, expected a list of {len(levels)} costs, one for each of the levels {shown}")
        return None
    costs = [read_number(cost) for cost in written]
    for level, cost, entry in zip(levels, costs, written, strict=True):
        if cost is None or cost.numerator < 0:
            section.say(key, f"got {show(entry)} at level {plain(level)}, expected a finite number ≥ 0{way_out(entry)}")
    lowest = allowed[0] if allowed else 0
    if (cost := costs[lowest]) is not None and cost > 0:
        section.say(key, f"got {plain(cost)} at the lowest allowed level {plain(levels[lowest])}, expected 0")
    return tuple(cost or Fraction(0) for cost in costs)


def _allowed(section: Section, levels: Levels | None) -> Profile | None:
    """The indices of the allowed levels."""
    written = section.data["allowed"]
    if levels is None:
        return None
    shown = ", ".join(plain(level) for level in levels)
    expected = f"an increasing list of at least one of the levels {shown}"
    read = [read_level(entry) for entry in written] if isinstance(written, list) else []
    indices = tuple(levels.index(level) for level in read if level is not None and level in levels)
    if not indices or len(indices) != len(read) or list(indices) != sorted(set(indices)):
        section.expected("allowed", expected)
        return None
    return indices


def _level(section: Section, levels: Levels | None, allowed: Profile | None) -> int | None:
    """The index of the row's own level."""
    if levels is None:
        return None
    offered = [levels[index] for index in allowed] if allowed else list(levels)
    level = read_level(section.data["level"])
    if level is None or level not in offered:
        shown = ", ".join(plain(choice) for choice in offered)
        section.expected("level", f"one of the user's levels {shown} (the level itself, not its index)")
        return None
    return levels.index(level)
