"""The table ``[fit]``: what data leave open about the two variances, as ``fairgames fit`` writes it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fairgames.reading.notation import read_number
from fairgames.reading.section import Section

_KEYS = ("confidence", "between_user_variance", "within_user_variance")


@dataclass(frozen=True)
class FitIntervals:
    """Intervals of the variances of a federated mean.

    Attributes
    ----------
    between, within : of s² and r², the low and the high end
    confidence : of each
    """

    between: tuple[Fraction, Fraction]
    within: tuple[Fraction, Fraction]
    confidence: Fraction


def read_fit(section: Section | None) -> FitIntervals | None:
    """The section, or None where there is none; faults are gathered in it."""
    if section is None:
        return None
    section.only(_KEYS, {})
    confidence = section.number("confidence", " between 0 and 1", lambda number: 0 < number < 1)
    between = _interval(section, "between_user_variance", least=Fraction(0))
    within = _interval(section, "within_user_variance", least=None)
    if confidence is None or between is None or within is None:
        return None
    return FitIntervals(between, within, confidence)


def _interval(section: Section, key: str, least: Fraction | None) -> tuple[Fraction, Fraction] | None:
    written = section.data.get(key)
    ends = [read_number(end) for end in written] if isinstance(written, list) else []
    low, high = ends if len(ends) == 2 else (None, None)
    if low is None or high is None or low > high or low < 0 or (least is None and low == 0):
        bound = "> 0" if least is None else "≥ 0"
        section.expected(key, f"an interval [low, high] of numbers {bound}")
        return None
    return low, high
