"""What the platform keeps along a branch of equilibria of two users, as a function of β = 1/α.

On a branch both strategies are affine in β, so the expected utility is a quadratic g(β) and the
platform keeps f(β) = (1 − 1/β)·g(β), whose stationary points are the roots of the cubic
2g₂β³ + (g₁ − g₂)β² + g₀. (Eq. 26 prints the objective as pᵀUp − (1 − α)pᵀUp, which is α·pᵀUp;
what the platform keeps is (1 − α)·pᵀUp.)

Where both users use level 0 they gain nothing, so g(β) is β times the costs that they bear:
then g₀ = 0, and the stationary point is rational.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any, NamedTuple

from fairgames.certain import Real
from fairgames.equilibria.two_users.branches import Beta, Branch
from fairgames.exact import Rationals
from fairgames.mechanism.roots import WIDTH, Irrational, integers_of, roots_between
from fairgames.typing import Array


class Point(NamedTuple):
    """A β, and the irrational root that it is a neighbour of; None where it is what was looked for itself."""

    beta: Beta
    root: Irrational | None = None


#: One root: itself, or its neighbours.
Points = tuple[Point, ...]


@dataclass(frozen=True, eq=False)
class PairTable:
    """One number a pair of strategies, as integers over ``unit``."""

    rows: list[list[int]]
    unit: int

    @classmethod
    def of(cls, values: Rationals) -> PairTable:
        return cls(values.numerators.tolist(), values.denominator)

    def expected(self, x: Array, y: Array) -> Fraction:
        """The expectation under mixed strategies of rationals."""
        (mine, one), (yours, two) = _integers(x), _integers(y)
        return Fraction(self.form(mine, yours), one * two * self.unit)

    def form(self, x: Sequence[int], y: Sequence[int]) -> int:
        """xᵀ·rows·y."""
        return sum(
            p * sum(q * value for q, value in zip(y, row, strict=True) if q)
            for p, row in zip(x, self.rows, strict=True)
            if p
        )


class KeptAtRoot(Real):
    """f(β) on a curve at an irrational root β."""

    def __init__(self, curve: UtilityCurve, root: Irrational) -> None:
        self._curve, self._root = curve, root
        self.key = ("kept", root, curve.g0, curve.g1, curve.g2, curve.unit)

    def _ball(self) -> Any:
        beta, curve = _between(self._root), self._curve
        utility = (curve.g0 + beta * (curve.g1 + beta * curve.g2)) / curve.unit
        return utility - utility / beta


class ShareAtRoot(Real):
    """α = 1/β at an irrational root β."""

    def __init__(self, root: Irrational) -> None:
        self._root = root
        self.key = ("share", root)

    def _ball(self) -> Any:
        return 1 / _between(self._root)


def _between(root: Irrational) -> Any:
    """A ball around it at the working precision."""
    from flint import arb, ctx, fmpq

    below, above = (arb(fmpq(end.numerator, end.denominator)) for end in root.neighbours(ctx.prec))
    return below.union(above)


@dataclass(frozen=True, eq=False)
class UtilityCurve:
    """Expected utility along a branch: (g₀ + g₁β + g₂β²)/unit, in integers."""

    branch: Branch
    g0: int
    g1: int
    g2: int
    unit: int

    @classmethod
    def of(cls, branch: Branch, utility: PairTable) -> UtilityCurve:
        if branch.slope is None:
            value = utility.expected(*branch.constant)
            return cls(branch, value.numerator, 0, 0, value.denominator)
        (x, one), (y, two) = (_integers([*a, *b]) for a, b in zip(branch.constant, branch.slope, strict=True))
        m, n = len(x) // 2, len(y) // 2
        (x0, x1), (y0, y1) = (x[:m], x[m:]), (y[:n], y[n:])
        linear = utility.form(x0, y1) + utility.form(x1, y0)
        return cls(branch, utility.form(x0, y0), linear, utility.form(x1, y1), one * two * utility.unit)

    def utility(self, beta: Beta) -> Fraction:
        """g(β); a branch that reaches β = ∞ is constant."""
        if isinstance(beta, float) or self.branch.slope is None:
            return Fraction(self.g0, self.unit)
        p, q = beta.numerator, beta.denominator
        return Fraction((self.g2 * p + self.g1 * q) * p + self.g0 * q * q, self.unit * q * q)

    def kept(self, beta: Beta) -> Fraction:
        """f(β) = (1 − 1/β)·g(β)."""
        return kept(self.utility(beta), beta)

    def peaks(self, cap: Fraction | None) -> Iterator[Point]:
        """Where f may be greatest on the branch, its ends included; within a cap on the payout if there is one."""
        least, most = self.branch.least, self.branch.most
        if self.branch.slope is None:  # what is kept and what is saved both grow as α·U falls
            yield Point(most if self.g0 >= 0 else least)
        else:
            yield from (Point(least), Point(most))
            yield from chain.from_iterable(self.turns(least, most, cap))

    def turns(self, least: Fraction, most: Beta, cap: Fraction | None) -> Iterator[Points]:
        """Where f′(β) = 0, and where the payout g(β)/β is exactly the cap."""
        if self.branch.slope is not None:
            yield from _inside([2 * self.g2, self.g1 - self.g2, 0, self.g0], least, most)
        if cap is not None:
            yield from _inside([self.g2, self.g1 - cap * self.unit, self.g0], least, most)

    def crossings(self, other: UtilityCurve, least: Fraction, most: Beta) -> Iterator[Points]:
        """Where both are worth the same."""
        mine, yours = ([Fraction(g, curve.unit) for g in (curve.g2, curve.g1, curve.g0)] for curve in (self, other))
        yield from _inside([a - b for a, b in zip(mine, yours, strict=True)], least, most)

    def error(self, beta: Beta) -> Fraction:
        """How far f may be from its value at a root that β is a neighbour of: WIDTH·max |f′|."""
        near = Fraction(beta) + 1  # |f′| is the cubic over β² ≥ 1, and the cubic is largest at the greatest β
        return WIDTH * (abs(2 * self.g2) * near**3 + abs(self.g1 - self.g2) * near**2 + abs(self.g0)) / self.unit

    def affordable(self, beta: Beta, cap: Fraction | None) -> bool:
        """Whether the payout g(β)/β is within the cap."""
        return cap is None or beta == math.inf or self.utility(beta) <= cap * beta

    def affordable_beside(self, end: Beta, upwards: bool, cap: Fraction | None) -> bool:
        """Whether it is right beside ``end``, at greater or at lesser β.

        The first of cap·β − g(β) and its derivatives that is not 0 decides.
        """
        if cap is None:
            return True
        if isinstance(end, float):
            return cap > 0 or self.g0 <= 0
        room = cap * self.unit
        left = room * end - self.g0 - end * (self.g1 + end * self.g2)
        rising = (room - self.g1 - 2 * end * self.g2) * (1 if upwards else -1)
        return next((sign > 0 for sign in (left, rising, -self.g2) if sign != 0), True)


def kept(utility: Fraction, beta: Beta) -> Fraction:
    """(1 − α)·U."""
    if isinstance(beta, float):
        return utility
    numerator = utility.numerator * (beta.numerator - beta.denominator)
    return Fraction(numerator, utility.denominator * beta.numerator)


def _inside(coefficients: Sequence[Fraction | int], least: Fraction, most: Beta) -> Iterator[Points]:
    """Each root between two β."""
    for root in roots_between(coefficients, least, most):
        between = None if len(root) == 1 else Irrational(tuple(integers_of(coefficients)), *root)
        yield tuple(Point(beta, between) for beta in root if least < beta < most)


def _integers(values: Sequence[Fraction] | Array) -> tuple[list[int], int]:
    """Rationals as integers over their common denominator."""
    unit = math.lcm(*(value.denominator for value in values))
    return [value.numerator * (unit // value.denominator) for value in values], unit
