"""The platform's best and worst equilibria of a two-player game, mixed ones included.

Branches begin and end at breakpoints, and what the platform keeps along one is a curve with
finitely many turning points (:mod:`fairgames.mechanism.curve`). So the optimum over all
equilibria is the best of finitely many candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise

from fairgames.certain import Rational, Real
from fairgames.equilibria.two_users.branches import Beta, Branches
from fairgames.mechanism.curve import KeptAtRoot, PairTable, Point, Points, ShareAtRoot, UtilityCurve, kept
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
    def exactly(self) -> tuple[Real, Real]:
        """What the platform keeps, and the share α: at the optimum itself."""
        if self.optimum is None or self.curve is None:
            return Rational(self.value), Rational(share_of(self.beta))
        return KeptAtRoot(self.curve, self.optimum), ShareAtRoot(self.optimum)

    @property
    def paid(self) -> Fraction:
        """What the users get."""
        return self.utility - self.value


def best_candidates(found: Branches, utility: PairTable, cap: Fraction | None) -> list[MixedCandidate]:
    """Each branch where it is worth most within a cap on α·U, and the equilibria that are on no branch.

    Every supremum is attained: the limit of a branch at its end is an equilibrium there. One that
    does not change comes before those that end in it.
    """
    candidates = []
    for branch in sorted(found.every, key=lambda branch: branch.slope is not None):
        curve = UtilityCurve.of(branch, utility)
        fitting = [point for point in curve.peaks(cap) if curve.affordable(point.beta, cap)]
        if fitting:
            candidates.append(_on(curve, max(fitting, key=lambda point: (curve.kept(point.beta), point.beta))))
    for beta, alone in zip(found.betas, found.alone, strict=True):
        isolated = [_at(profile, beta, utility) for profile in alone]
        candidates += [one for one in isolated if _affordable([one], cap)]
    if cap is not None:
        for beta, every in zip(found.betas, found.at, strict=True):
            candidates += _mixtures([_at(profile, beta, utility) for profile in every], cap)
    return candidates


def worst_candidates(found: Branches, utility: PairTable, cap: Fraction | None) -> list[MixedCandidate]:
    """Where the worst equilibrium at each share may be worth most; even the dearest stays within the cap."""
    candidates = []
    lowest: dict[Beta, Fraction] = {}
    for beta, profiles in zip(found.betas, found.at, strict=True):
        here = [_at(profile, beta, utility) for profile in profiles]
        if _affordable(here, cap):
            candidates.append(_lowest(here))
            lowest[beta] = candidates[-1].value
    curve_of = {branch: UtilityCurve.of(branch, utility) for branch in found.every}
    for (least, most), branches in zip(pairwise(found.betas), found.between, strict=True):
        curves = [curve_of[branch] for branch in branches]
        here = []
        for root in _turns(curves, Fraction(least), most, cap):
            fitting = [point for point in root if all(curve.affordable(point.beta, cap) for curve in curves)]
            lows = [_lowest([_on(curve, point) for curve in curves]) for point in fitting]
            here += sorted(lows, key=lambda one: one.value)[-1:]
        for end, upwards in ((least, True), (most, False)):
            if all(curve.affordable_beside(end, upwards, cap) for curve in curves):
                limit = _lowest([_on(curve, Point(end)) for curve in curves])
                if end not in lowest or lowest[end] < limit.value:  # else the breakpoint itself is as good
                    here.append(replace(limit, attained=False))
        candidates += [replace(one, least=least, most=most) for one in here]
    return candidates


def kept_candidates(
    profiles: Sequence[MixedProfile], utility: PairTable, keeps: PairTable, cap: Fraction | None, worst: bool
) -> list[MixedCandidate]:
    """Theorem 1, which has no share: the equilibria of one game, or its worst; ``keeps`` is φ_p."""
    one = Fraction(1)
    found = [
        MixedCandidate(keeps.expected(*profile), one, profile, utility.expected(*profile), one, one)
        for profile in profiles
    ]
    if worst:
        return [_lowest(found)] if _affordable(found, cap) else []
    return [one for one in found if _affordable([one], cap)] + ([] if cap is None else list(_mixtures(found, cap)))


def _turns(curves: Sequence[UtilityCurve], least: Fraction, most: Beta, cap: Fraction | None) -> set[Points]:
    """Where the lowest of several curves may be highest: their own turning points, and where two cross."""
    own = (root for curve in curves for root in curve.turns(least, most, cap))
    return {*own, *(root for one, other in combinations(curves, 2) for root in one.crossings(other, least, most))}


def _mixtures(points: Sequence[MixedCandidate], cap: Fraction) -> Iterator[MixedCandidate]:
    """Equilibria between two extreme ones with a strategy in common, where exactly the cap is paid out.

    What is paid and what is kept is a sum of one term a player on every convex set of
    equilibria, since each player is indifferent there. So the best within a cap is an extreme
    equilibrium, or between two of them that differ in one strategy.
    """
    for one, other in combinations(points, 2):
        common = [a is b or list(a) == list(b) for a, b in zip(one.strategies, other.strategies, strict=True)]
        low, high = sorted((one, other), key=lambda point: point.paid)
        if any(common) and low.paid < cap < high.paid:
            part = (cap - low.paid) / (high.paid - low.paid)
            yield replace(
                low,
                value=low.value + part * (high.value - low.value),
                strategies=tuple(a + part * (b - a) for a, b in zip(low.strategies, high.strategies, strict=True)),
                utility=low.utility + part * (high.utility - low.utility),
            )


def _on(curve: UtilityCurve, point: Point) -> MixedCandidate:
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


def share_of(beta: Beta) -> Fraction:
    """α = 1/β."""
    return Fraction(0) if isinstance(beta, float) else Fraction(beta.denominator, beta.numerator)


def _at(profile: MixedProfile, beta: Beta, utility: PairTable) -> MixedCandidate:
    """An extreme equilibrium at a breakpoint."""
    value = utility.expected(*profile)
    return MixedCandidate(kept(value, beta), beta, profile, value, beta, beta)


def _lowest(candidates: Sequence[MixedCandidate]) -> MixedCandidate:
    return min(candidates, key=lambda one: one.value)


def _affordable(candidates: Sequence[MixedCandidate], cap: Fraction | None) -> bool:
    """Whether none of them pays out more than the cap."""
    return cap is None or all(one.paid <= cap for one in candidates)
