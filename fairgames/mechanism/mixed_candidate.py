"""A share and the equilibrium of two users, mixed or not, that it is valued at.

Branches begin and end at breakpoints, and what the platform keeps along one is a curve with
finitely many turning points (:mod:`fairgames.mechanism.curve`). So the optimum over all
equilibria is the best of finitely many candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from fairgames.certain import Rational, Real
from fairgames.equilibria.two_users.branches import Beta
from fairgames.mechanism.curve import KeptAtRoot, PairTable, Point, ShareAtRoot, UtilityCurve, kept
from fairgames.mechanism.roots import Irrational
from fairgames.typing import MixedProfile


@dataclass(frozen=True, eq=False)
class MixedCandidate:
    """A share β = 1/α, the equilibrium that it is valued at, and what the platform keeps there.

    ``least`` and ``most`` bound the β at which this equilibrium, or its branch, is selected.
    Where the optimum is irrational, β is its neighbour (:mod:`fairgames.mechanism.roots`), at which
    ``strategies`` are still an exact equilibrium, and ``value`` is within ``error`` of the value of
    the ``optimum``, which is on the ``curve``.
    """

    value: Fraction
    beta: Beta
    strategies: MixedProfile
    utility: Fraction
    least: Beta
    most: Beta
    attained: bool = True
    error: Fraction | int = 0
    optimum: Irrational | None = None
    curve: UtilityCurve | None = None

    @property
    def share(self) -> Fraction:
        """α = 1/β."""
        return _share(self.beta)

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The α between which this equilibrium, or its branch, is selected."""
        return _share(self.most), _share(self.least)

    @property
    def errors(self) -> tuple[Fraction | int, float]:
        """How far value and share may be off: β ≥ 1 has the neighbour's error, α = 1/β at most the same."""
        return self.error, 2.0**-100 * bool(self.error)

    @property
    def exactly(self) -> tuple[Real, Real]:
        """What the platform keeps, and the share α: at the optimum itself."""
        if self.optimum is None or self.curve is None:
            return Rational(self.value), Rational(self.share)
        return KeptAtRoot(self.curve, self.optimum), ShareAtRoot(self.optimum)

    @property
    def paid(self) -> Fraction:
        """What the users get."""
        return self.utility - self.value


def mixtures(points: Sequence[MixedCandidate], cap: Fraction) -> Iterator[MixedCandidate]:
    """Equilibria between two extreme ones that differ in one player's strategy, where exactly the cap is paid out.

    Of two players, what is paid and what is kept is a sum of one term a player on every convex set of
    equilibria, since each player is indifferent there. So the best within a cap is an extreme
    equilibrium, or between two of them that differ in one strategy.
    """
    for one, other in combinations(points, 2):
        common = [a is b or list(a) == list(b) for a, b in zip(one.strategies, other.strategies, strict=True)]
        low, high = sorted((one, other), key=lambda point: point.paid)
        if sum(common) >= len(common) - 1 and low.paid < cap < high.paid:
            part = (cap - low.paid) / (high.paid - low.paid)
            yield replace(
                low,
                value=low.value + part * (high.value - low.value),
                strategies=tuple(a + part * (b - a) for a, b in zip(low.strategies, high.strategies, strict=True)),
                utility=low.utility + part * (high.utility - low.utility),
            )


def on_branch(curve: UtilityCurve, point: Point) -> MixedCandidate:
    """An equilibrium on a branch."""
    (beta, root), branch = point, curve.branch
    return MixedCandidate(
        curve.kept(beta),
        beta,
        branch.strategies(beta),
        curve.utility(beta),
        branch.least,
        branch.most,
        error=0 if root is None else curve.error(beta),
        optimum=root,
        curve=None if root is None else curve,
    )


def _share(beta: Beta) -> Fraction:
    return Fraction(0) if isinstance(beta, float) else Fraction(beta.denominator, beta.numerator)


def at_breakpoint(profile: MixedProfile, beta: Beta, utility: PairTable) -> MixedCandidate:
    """An extreme equilibrium at a breakpoint."""
    value = utility.expected(*profile)
    return MixedCandidate(kept(value, beta), beta, profile, value, beta, beta)


def lowest(candidates: Sequence[MixedCandidate]) -> MixedCandidate:
    return min(candidates, key=lambda one: one.value)


def affordable(candidates: Sequence[MixedCandidate], cap: Fraction | None) -> bool:
    """Whether none of them pays out more than the cap."""
    return cap is None or all(one.paid <= cap for one in candidates)
