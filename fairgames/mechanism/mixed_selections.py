"""The platform's best and worst equilibria of a two-player game, mixed ones included.

On a branch both strategies are affine in β = 1/α, so the expected utility is a quadratic
g(β) and the platform keeps f(β) = (1 − 1/β)·g(β), whose stationary points are the roots of
the cubic 2g₂β³ + (g₁ − g₂)β² + g₀. The optimum over all equilibria is therefore the best of
finitely many candidates: breakpoints and those roots. (Eq. 26 prints the objective as
pᵀUp − (1 − α)pᵀUp, which is α·pᵀUp; what the platform keeps is (1 − α)·pᵀUp.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from fairgames.equilibria.branches import Branch, Branches
from fairgames.typing import Array, MixedProfile

Beta = Fraction | float


@dataclass(frozen=True, eq=False)
class MixedCandidate:
    """A share β = 1/α, the equilibrium that it is valued at, and what the platform keeps there.

    ``least`` and ``most`` bound the β at which this equilibrium, or its branch, is selected.
    """

    value: Fraction | float
    beta: Beta
    strategies: MixedProfile
    utility: Fraction | float
    least: Beta
    most: Beta
    attained: bool


def best_candidates(found: Branches, utility: Array, cap: Fraction | None) -> list[MixedCandidate]:
    """Where the best equilibrium at each share may be worth most, within a cap on α·U.

    Every supremum is attained: the limit of a branch at its end is an equilibrium there.
    """
    candidates = [
        _at(profile, beta, utility)
        for beta, profiles in zip(found.betas, found.at, strict=True)
        for profile in profiles
    ]
    for branch in (branch for branches in found.between for branch in branches):
        curve = _Curve.of(branch, utility)
        for beta in (*curve.stationary(), *curve.spends(cap)):
            if branch.least < beta < branch.most:
                candidates.append(curve.candidate(beta))
    return [candidate for candidate in candidates if _affordable([candidate.utility], candidate.beta, cap)]


def worst_candidates(found: Branches, utility: Array, cap: Fraction | None) -> list[MixedCandidate]:
    """Where the worst equilibrium at each share may be worth most; even the dearest stays within the cap."""
    candidates = []
    for beta, profiles in zip(found.betas, found.at, strict=True):
        here = [_at(profile, beta, utility) for profile in profiles]
        if _affordable([one.utility for one in here], beta, cap):
            candidates.append(min(here, key=lambda one: one.value))
    points = dict(zip(found.betas, found.at, strict=True))
    for (least, most), branches in zip(pairwise(found.betas), found.between, strict=True):
        curves = [_Curve.of(branch, utility) for branch in branches]
        for beta in _turns(curves, cap):
            if least < beta < most and _affordable([curve.utility(beta) for curve in curves], beta, cap):
                candidates.append(min((curve.candidate(beta) for curve in curves), key=lambda one: one.value))
        for end in (least, most):
            if _affordable([curve.utility(end) for curve in curves], end, cap):
                limit = min((curve.candidate(end) for curve in curves), key=lambda one: one.value)
                lowest = min(_at(profile, end, utility).value for profile in points[end])
                if lowest < limit.value:  # else the breakpoint itself is as good
                    candidates.append(replace(limit, attained=False))
    return candidates


def kept_candidates(
    profiles: Sequence[MixedProfile], utility: Array, kept: Array, cap: Fraction | None, worst: bool
) -> list[MixedCandidate]:
    """Theorem 1, which has no share: the equilibria of one game, or its worst; ``kept`` is φ_p."""
    found = [
        MixedCandidate(
            _expected(x, kept, y), Fraction(1), (x, y), _expected(x, utility, y), Fraction(1), Fraction(1), True
        )
        for x, y in profiles
    ]
    fits = [one for one in found if cap is None or one.utility - one.value <= cap]
    if not worst:
        return fits
    return [min(found, key=lambda one: one.value)] if len(fits) == len(found) else []


@dataclass(frozen=True, eq=False)
class _Curve:
    """Expected utility along a branch: g₀ + g₁β + g₂β²."""

    branch: Branch
    g0: Fraction
    g1: Fraction
    g2: Fraction

    @classmethod
    def of(cls, branch: Branch, utility: Array) -> _Curve:
        (x0, y0), (x1, y1) = branch.constant, branch.slope
        linear = _expected(x0, utility, y1) + _expected(x1, utility, y0)
        return cls(branch, _expected(x0, utility, y0), linear, _expected(x1, utility, y1))

    def utility(self, beta: Beta) -> Fraction | float:
        """g(β); a branch that reaches β = ∞ is constant."""
        return self.g0 if beta == math.inf else self.g0 + beta * (self.g1 + beta * self.g2)

    def candidate(self, beta: Beta) -> MixedCandidate:
        utility, branch = self.utility(beta), self.branch
        kept = utility * _kept(beta)
        return MixedCandidate(kept, beta, branch.strategies(beta), utility, branch.least, branch.most, True)

    def stationary(self) -> Iterator[Beta]:
        """Where f′(β) = 0."""
        yield from _roots([2 * self.g2, self.g1 - self.g2, Fraction(0), self.g0])

    def spends(self, cap: Fraction | None) -> Iterator[Beta]:
        """Where the payout g(β)/β is exactly the cap."""
        if cap is not None:
            yield from _roots([self.g2, self.g1 - cap, self.g0])


def _turns(curves: list[_Curve], cap: Fraction | None) -> Iterator[Beta]:
    """Where the lowest of several curves may be highest: their own tops, and where two cross."""
    for curve in curves:
        yield from curve.stationary()
        yield from curve.spends(cap)
    for one, other in combinations(curves, 2):
        yield from _roots([one.g2 - other.g2, one.g1 - other.g1, one.g0 - other.g0])


def _roots(coefficients: list[Fraction]) -> Iterator[Beta]:
    """The real roots of a polynomial, highest power first; exact where the degree is one."""
    while coefficients and coefficients[0] == 0:
        coefficients = coefficients[1:]
    if len(coefficients) == 2:
        yield -coefficients[1] / coefficients[0]
    elif len(coefficients) > 2:
        for root in np.roots([float(value) for value in coefficients]):
            if abs(root.imag) <= 1e-9 * abs(root.real):
                yield float(root.real)


def _at(profile: MixedProfile, beta: Beta, utility: Array) -> MixedCandidate:
    """An extreme equilibrium at a breakpoint."""
    x, y = profile
    value = _expected(x, utility, y)
    return MixedCandidate(value * _kept(beta), beta, profile, value, beta, beta, True)


def _expected(x: Array, table: Array, y: Array) -> Fraction:
    """The expectation of a table of rationals under mixed strategies of rationals."""
    value: Any = x @ table @ y
    return Fraction(value)


def _kept(beta: Beta) -> Beta:
    """1 − α."""
    return Fraction(1) if beta == math.inf else 1 - 1 / beta


def _affordable(utilities: list[Fraction | float], beta: Beta, cap: Fraction | None) -> bool:
    """Whether none of the payouts α·U exceeds the cap; a root of the payout itself may by rounding."""
    if cap is None or beta == math.inf:
        return True
    room = 0 if isinstance(beta, Fraction) else 1e-12 * max(1.0, float(cap))
    return all(utility <= (cap + room) * beta for utility in utilities)
