"""Everybody on one level: the shares at which that is an equilibrium, and what the platform keeps there."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO
from fairgames.mechanism.symmetric_candidates.candidate import Interval, SymmetricCandidate, within

#: For every other level, what it earns more at α = 1, and what it costs more.
_Lead = tuple[Fraction, Fraction]


def pure_candidates(source: Exchangeable) -> Iterator[SymmetricCandidate]:
    """Each level at the end of its interval where the platform keeps most: the lower, if U ≥ 0."""
    for level in source.levels:
        interval = pure_interval(source, level)
        if interval is not None:
            yield _at_best_end(source, level, interval)


def strict_candidates(source: Exchangeable, cap: Fraction | None = None) -> list[SymmetricCandidate]:
    """The same of levels from which every deviation strictly loses inside the interval, which has an inside."""
    found = []
    for level in source.levels:
        interval, leads = pure_interval(source, level), _leads(source, level)
        if interval and interval[0] < interval[1] and _is_strict(leads, (interval[0] + interval[1]) / 2):
            found.append(_at_best_end(source, level, interval, strict=True))
    return within(found, cap, source)


def pure_interval(source: Exchangeable, level: int) -> Interval | None:
    """The α in [0, 1] at which it is an equilibrium that everybody is on this level; None if there is none."""
    low, high = ZERO, ONE
    for gain, cost in _leads(source, level):  # α·gain ≤ cost
        if gain > 0:
            high = min(high, cost / gain)
        elif gain < 0:
            low = max(low, cost / gain)
        elif cost < 0:
            return None
    return (low, high) if low <= high else None


def _leads(source: Exchangeable, level: int) -> list[_Lead]:
    others = [{level: source.n_users - 1}]
    return [
        (source.gains(other, level, others)[0], source.cost(other) - source.cost(level))
        for other in source.levels
        if other != level
    ]


def is_strict(source: Exchangeable, level: int, alpha: Fraction) -> bool:
    """Whether every deviation from everybody's level strictly loses at a share."""
    return _is_strict(_leads(source, level), alpha)


def _is_strict(leads: list[_Lead], alpha: Fraction) -> bool:
    return all(alpha * gain < cost for gain, cost in leads)


def _at_best_end(source: Exchangeable, level: int, interval: Interval, strict: bool = False) -> SymmetricCandidate:
    utility = source.utilities[[source.place({level: source.n_users})]].fractions()[0]
    leads = _leads(source, level)
    alpha = interval[0] if utility >= 0 else interval[1]
    slip = Fraction(source.gain_error)
    binding = [abs(gain) for gain, cost in leads if gain and alpha == cost / gain and abs(gain) > slip]
    blur = max((alpha * slip / (gain - slip) for gain in binding), default=ZERO)
    strategy = tuple(ONE if other == level else ZERO for other in range(source.n_levels))
    attained = not strict or _is_strict(leads, alpha)
    error = Fraction(source.error)
    return SymmetricCandidate.paying(strategy, alpha, utility, error, source.known, interval, attained, blur)
