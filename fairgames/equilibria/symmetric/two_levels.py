"""Symmetric equilibria of equal users with two levels (Section 5; Cheng et al. 2004, eq. 73).

If everybody is on the more private level with probability p, a user gains α·γ(p) − c by the
other level. So p = 1 is an equilibrium iff α·γ(1) ≤ c, p = 0 iff α·γ(0) ≥ c, and any p between
iff α·γ(p) = c. All of it depends on the ratio c/α alone. γ need not be monotone: between its
turning points it is, and each such stretch has at most one p for a ratio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from fairgames.certain import Judge
from fairgames.equilibria.symmetric.bernstein import Bernstein
from fairgames.equilibria.symmetric.bernstein_roots import Root, roots, sharpened
from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.typing import Number

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Stretch:
    """Where γ is monotone: from p = ``low`` to ``high``, with γ there."""

    low: Root
    high: Root
    at_low: Fraction
    at_high: Fraction

    @property
    def rises(self) -> bool:
        return self.at_low < self.at_high

    def meets(self, ratio: Fraction) -> bool:
        """Whether γ takes the value ``ratio`` strictly inside."""
        return min(self.at_low, self.at_high) < ratio < max(self.at_low, self.at_high)


@dataclass(frozen=True, eq=False)
class SymmetricGame:
    """N equal users with two levels, as polynomials in p, the probability of the more private one.

    Attributes
    ----------
    source : the game on counts
    levels : the indices of the two levels; of more than two, the first is the cheaper one
    cost : c ≥ 0, what the other level costs more
    utility : U(p), of degree N
    gain : γ(p), of degree N − 1 (eq. 23)
    potential : the expectation of P, of degree N
    error : bound on the error of U(p); 0 where exact
    gain_error : the same of γ(p)

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import LinearLaplace
    >>> game = SymmetricGame.of(PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, 0.4]] * 2)))
    >>> [str(value) for value in game.gain.coefficients()]  # γ(0) and γ(1), eq. 94
    ['1/2', '2/3']
    >>> [str(root.low) for root in game.equilibria("3/4")]  # eq. 95: 6c/α − 3
    ['1/5']
    """

    source: Exchangeable
    levels: tuple[int, int]
    cost: Fraction
    utility: Bernstein
    gain: Bernstein
    potential: Bernstein
    error: Fraction
    gain_error: Fraction

    @classmethod
    def of(cls, game: PaymentGame) -> SymmetricGame:
        """The polynomials of ``game``.

        Raises
        ------
        InputError
            If the users are not alike, or have not two levels to choose from.
        """
        source = Exchangeable.of(game)
        if len(source.levels) != 2:
            raise InputError(f"symmetric game: expected two allowed levels, got {len(source.levels)}")
        return cls.between(source, *source.levels)

    @classmethod
    def between(cls, source: Exchangeable, first: int, second: int) -> SymmetricGame:
        """The game of users who choose one of two levels, ``second`` costing no less than ``first``."""
        places = source.on_edge(first, second)  # k-th: k users on the first level
        utility, shared = (table[places].fractions().tolist() for table in (source.utilities, source.potential))
        error = Fraction(source.error)
        gains = source.levelled([one - other for one, other in pairwise(shared)])
        return cls(
            source,
            (first, second),
            source.cost(second) - source.cost(first),
            Bernstein.of(utility),
            Bernstein.of(gains),
            Bernstein.of(shared),
            error,
            Fraction(source.gain_error),
        )

    def with_cost(self, cost: Number) -> SymmetricGame:
        """The same users at another sensitivity c; what does not depend on it is kept.

        Raises
        ------
        InputError
            If c is negative.
        """
        read = to_fraction(cost, "cost")
        if read < 0:
            raise InputError(f"cost: expected a number ≥ 0, got {cost}")
        costs = {self.levels[0]: ZERO, self.levels[1]: read}
        source = self.source.with_costs(tuple(costs[level] for level in self.source.levels))
        other = replace(self, source=source, cost=read)
        for name in ("turning_points", "stretches", "stationary_parts"):
            if name in vars(self):
                vars(other)[name] = vars(self)[name]
        return other

    @property
    def n_users(self) -> int:
        return self.utility.degree

    @property
    def exact(self) -> bool:
        return self.source.exact

    @property
    def known(self) -> bool:
        """Whether the polynomials are exact, or stand for the true ones."""
        return self.source.known

    def afresh(self) -> SymmetricGame:
        """The same game with nothing computed yet, and a judge of its own."""
        return SymmetricGame.between(replace(self.source, judge=Judge()), *self.levels)

    @cached_property
    def turning_points(self) -> tuple[Root, ...]:
        """0, 1 and, ascending between them, where γ′ = 0."""
        inner = (root for root in roots(self.gain.derivative()) if root.low > 0 and root.high < 1)
        return (Root(ZERO, ZERO), *inner, Root(ONE, ONE))

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """Where γ is monotone, ascending in p; one stretch where it is constant."""
        return tuple(
            Stretch(low, high, self.gain(low.middle), self.gain(high.middle))
            for low, high in pairwise(self.turning_points)
        )

    @property
    def gain_is_constant(self) -> bool:
        return self.gain.derivative().is_zero

    @cached_property
    def stationary_parts(self) -> tuple[Bernstein, Bernstein]:
        """A and B: what the platform keeps at mixed equilibria is stationary in p where A + c·B = 0.

        There α = c/γ, so that it keeps (1 − c/γ)·U, with the derivative (U′γ(γ − c) + cγ′U)/γ². If the
        more private level is 0, all of U is paid for the other one: U = N(1 − p)γ, and it keeps
        N(1 − p)(γ − c).
        """
        slope = self.gain.derivative()
        if self.levels[0] == 0 and self.source.rule.platform_members == 0:
            return Bernstein.of([1, 0]) * slope - self.gain, Bernstein.of([1])
        product = self.utility.derivative() * self.gain
        return product * self.gain, slope * self.utility - product

    def extreme_gains(self) -> tuple[Root, Root]:
        """Where γ is least and where it is greatest: (γ_min, γ_max) are its values there."""
        points = [(self.gain(root.middle), root) for root in self.turning_points]
        return min(points, key=lambda one: one[0])[1], max(points, key=lambda one: one[0])[1]

    def ratio(self, alpha: Number | None) -> Fraction | None:
        """c/α; None where it is infinite or anything (α = 0). Under Theorem 1 it is c."""
        share = self.source.share(alpha)
        return self.cost / share if share else None

    def is_continuum(self, alpha: Number | None) -> bool:
        """Whether every p is an equilibrium: γ(p) = c/α throughout, or nothing is paid and nothing costs."""
        ratio = self.ratio(alpha)
        if ratio is None:
            return self.cost == 0
        return self.gain_is_constant and abs(self.gain(ZERO) - ratio) <= self.gain_error

    def equilibria(self, alpha: Number | None = None) -> tuple[Root, ...]:
        """The p of every symmetric equilibrium at one α, ascending; of a continuum its ends 0 and 1.

        Raises
        ------
        InputError
            If α is no share, missing under Theorem 2 or given under Theorem 1.
        """
        if self.is_continuum(alpha):
            return Root(ZERO, ZERO), Root(ONE, ONE)
        ratio = self.ratio(alpha)
        return (Root(ONE, ONE),) if ratio is None else tuple(self.at_ratio(ratio))

    def at_ratio(self, ratio: Fraction) -> Iterator[Root]:
        """The same at one c/α, where γ is not constantly that."""
        for number, stretch in enumerate(self.stretches):
            if number == 0 and stretch.at_low >= ratio - self.gain_error:
                yield stretch.low
            if stretch.meets(ratio):
                yield self.inside(stretch, ratio)
            last = number == len(self.stretches) - 1
            if last and stretch.at_high <= ratio + self.gain_error:
                yield stretch.high
            if not last and abs(stretch.at_high - ratio) <= self.gain_error:
                yield stretch.high

    def inside(self, stretch: Stretch, ratio: Fraction) -> Root:
        """The p of a stretch at which γ takes a value that it takes inside."""
        return sharpened(lambda p: self.gain.compared(p, ratio), Root(stretch.low.middle, stretch.high.middle))
