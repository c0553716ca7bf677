"""Designs from the definition, in rationals with 120 digits: nothing here comes from the package.

Utilities are closed forms (or tables), Shapley values sums over coalitions, equilibria found by
trying every deviation; only numbers closer than 10⁻⁶⁰ of their size count as equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise, product
from math import factorial

from flint import arb, ctx, fmpq

Profile = tuple[int, ...]


def logarithm(ratio: Fraction) -> Fraction:
    """log to 120 digits, as a rational."""
    with ctx.workprec(420):
        mantissa, exponent = arb(fmpq(ratio.numerator, ratio.denominator)).log().mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def federated(samples: Sequence[Fraction], importance: Sequence[Fraction], s2: Fraction, r2: Fraction, levels: Profile):
    """Σ a·log((r² + 2s²)/EMSE) with Proposition 5's errors, for levels 0, 1, 2."""
    variance = [s2 + r2 / n for n in samples]
    group = [i for i, level in enumerate(levels) if level == 1]
    senders = [i for i, level in enumerate(levels) if level == 2]
    if not group and not senders:
        return Fraction(0)
    total = sum((variance[i] for i in group), Fraction(0))
    precision = sum((1 / variance[i] for i in senders), Fraction(0))
    if group:
        precision += Fraction(len(group)) ** 2 / total
    x, worth = 1 / precision, Fraction(0)
    for i, level in enumerate(levels):
        error = s2 + x
        if level == 2:
            error = s2 - s2**2 / variance[i] + (1 - s2 / variance[i]) ** 2 * x
        if level == 1:
            error = s2 - s2**2 / total + (1 - s2 * len(group) / total) ** 2 * x
        worth += importance[i] * logarithm((r2 + 2 * s2) / error)
    return worth


def laplace(epsilons: Sequence[Fraction | None], levels: Profile) -> Fraction:
    """(N+2)/N·Σw of the best linear-Laplace estimator, by trying every set of users as the saturated ones.

    With F saturated at weight t and the others at ε·τ, the risk is a quadratic in (t, τ); the best over
    feasible splits is the optimum. ``None`` is ε = ∞.
    """
    chosen = [epsilons[level] for level in levels]
    finite = sorted({eps for eps in chosen if eps is not None})
    best = Fraction(1, 12)
    for bound_count in range(len(finite) + 1):
        bound = [eps for eps in chosen if eps is not None and eps in finite[:bound_count]]
        free = len(chosen) - len(bound)
        e1, e2 = sum(bound, Fraction(0)), sum((eps**2 for eps in bound), Fraction(0))
        # Risk = (f·t² + e2·τ²)/6 + (f·t + e1·τ)²/12 − (f·t + e1·τ)/6 + 1/12 + 2τ², stationary in (t, τ).
        a, b, c = Fraction(free, 3) + Fraction(free * free, 6), free * e1 / 6, e2 / 3 + e1 * e1 / 6 + 4
        right = Fraction(free, 6), e1 / 6
        det = a * c - b * b
        if free == 0:
            t, tau = Fraction(0), right[1] / c
        else:
            t, tau = (right[0] * c - b * right[1]) / det, (a * right[1] - b * right[0]) / det
        rest = [eps for eps in chosen if eps is None or eps not in finite[:bound_count]]
        if tau < 0 or t < 0 or any(eps is not None and t > eps * tau for eps in rest):
            continue
        weight = free * t + e1 * tau
        risk = (free * t * t + e2 * tau * tau) / 6 + weight**2 / 12 - weight / 6 + Fraction(1, 12) + 2 * tau * tau
        best = min(best, risk)
    n = len(chosen)
    return Fraction(n + 2, n) * (1 - 12 * best)


@dataclass
class Oracle:
    """One game under Theorem 2: U of every profile, and c of every user and level."""

    utility: dict[Profile, Fraction]
    costs: Sequence[Sequence[Fraction]]
    _phi: dict[tuple[Profile, int], Fraction] = field(default_factory=dict)

    def close(self, value: Fraction) -> bool:
        return abs(value) <= Fraction(1, 10**60) * self.size

    @cached_property
    def size(self) -> Fraction:
        return max([Fraction(1, 10**6), *map(abs, self.utility.values())])

    def phi(self, profile: Profile, user: int) -> Fraction:
        """The Shapley value, summed over coalitions of those who share."""
        if (profile, user) not in self._phi:
            others = [i for i, level in enumerate(profile) if level and i != user]
            n, total = len(others) + 1, Fraction(0)
            for size in range(n) if profile[user] else ():
                for coalition in combinations(others, size):
                    with_user = tuple(level if i in coalition or i == user else 0 for i, level in enumerate(profile))
                    without = tuple(level if i in coalition else 0 for i, level in enumerate(profile))
                    weight = Fraction(factorial(size) * factorial(n - 1 - size), factorial(n))
                    total += weight * (self.utility[with_user] - self.utility[without])
            self._phi[profile, user] = total
        return self._phi[profile, user]

    def moves(self, profile: Profile):
        """(what staying is paid more at α = 1, what it costs more) for every deviation."""
        for user, row in enumerate(self.costs):
            for level, cost in enumerate(row):
                if level != profile[user]:
                    other = (*profile[:user], level, *profile[user + 1 :])
                    yield self.phi(profile, user) - self.phi(other, user), row[profile[user]] - cost

    def interval(self, profile: Profile) -> tuple[Fraction, Fraction, bool] | None:
        """Where it is an equilibrium, and whether strict inside; None if nowhere."""
        low, high, tied = Fraction(0), Fraction(1), False
        for about, cost in self.moves(profile):
            paid = Fraction(0) if self.close(about) else about
            if cost == 0:
                if paid < 0:
                    high = Fraction(0)
                tied = tied or paid == 0
            elif cost > 0:
                if paid <= 0 or (paid < cost and not self.close(paid - cost)):
                    return None
                low = max(low, min(cost / paid, Fraction(1)))
            elif paid < cost:
                high = min(high, cost / paid)
        if low > high:
            if not self.close((low - high) * self.size):
                return None
            high = low
        return low, high, not tied and low < high and not self.close((high - low) * self.size)

    @cached_property
    def intervals(self) -> dict[Profile, tuple[Fraction, Fraction, bool]]:
        found = {profile: self.interval(profile) for profile in self.utility}
        return {profile: interval for profile, interval in found.items() if interval is not None}

    def affordable(self, paid: Fraction, cap: Fraction | None) -> bool:
        return cap is None or paid <= cap or self.close(paid - cap)

    def value(self, selection: str, cap: Fraction | None = None) -> Fraction | None:
        """What the platform keeps at its best share; None if no equilibrium qualifies."""
        return {"best": self._best, "stable": self._stable, "worst": self._worst, "potential": self._potential}[
            selection
        ](cap)

    def _best(self, cap: Fraction | None, strict: bool = False) -> Fraction | None:
        found = []
        for profile, (low, high, stable) in self.intervals.items():
            u = self.utility[profile]
            alpha = low if u >= 0 else high
            if (stable or not strict) and self.affordable(alpha * u, cap):
                # A limit from inside must leave room for the budget, unless it is strict at α = 0 itself.
                cheapest = all(cost < 0 for _, cost in self.moves(profile))
                if strict and cap is not None and u > 0 and self.close(alpha * u - cap) and (alpha or not cheapest):
                    continue
                found.append((1 - alpha) * u)
        return max(found, default=None)

    def _stable(self, cap: Fraction | None) -> Fraction | None:
        return self._best(cap, strict=True)

    def _worst(self, cap: Fraction | None) -> Fraction | None:
        ends = sorted({end for low, high, _ in self.intervals.values() for end in (low, high)})
        distinct = ends[:1]
        for end in ends[1:]:
            if not self.close((end - distinct[-1]) * self.size):
                distinct.append(end)
        found = []
        for end in distinct:
            here = self._at(end)
            if all(self.affordable(end * u, cap) for u in here):
                found.append((1 - end) * min(here))
        for left, right in pairwise(distinct):
            here = self._at((left + right) / 2)
            dearest = max(here)
            fits = cap is None or dearest <= 0 or (left * dearest < cap and not self.close(left * dearest - cap))
            if not fits:
                continue
            last = right if cap is None or dearest <= 0 else min(right, cap / dearest)
            found.append((1 - (left if min(here) >= 0 else last)) * min(here))
        return max(found, default=None)

    def _at(self, alpha: Fraction) -> list[Fraction]:
        def inside(low: Fraction, high: Fraction) -> bool:
            near_low, near_high = self.close((alpha - low) * self.size), self.close((alpha - high) * self.size)
            return (low <= alpha or near_low) and (alpha <= high or near_high)

        return [self.utility[profile] for profile, (low, high, _) in self.intervals.items() if inside(low, high)]

    def _potential(self, cap: Fraction | None) -> Fraction | None:
        lines = {profile: (self._shared(profile), self._cost(profile)) for profile in self.utility}
        shares = {Fraction(0), Fraction(1)}
        for (p, c), (q, d) in combinations(set(lines.values()), 2):
            if not self.close(p - q) and 0 < (alpha := (c - d) / (p - q)) < 1:
                shares.add(alpha)
        found = []
        for alpha in shares:
            heights = {profile: alpha * p - c for profile, (p, c) in lines.items()}
            top = max(heights.values())
            for profile, height in heights.items():
                u = self.utility[profile]
                if self.close(top - height) and self.affordable(alpha * u, cap):
                    found.append((1 - alpha) * u)
        return max(found, default=None)

    def _shared(self, profile: Profile) -> Fraction:
        """The potential by adding users one after another, each at its value among those before (Hart & Mas-Colell)."""
        total, so_far = Fraction(0), [0] * len(profile)
        for user, level in enumerate(profile):
            so_far[user] = level
            total += self.phi(tuple(so_far), user)
        return total

    def _cost(self, profile: Profile) -> Fraction:
        return sum((row[level] for row, level in zip(self.costs, profile, strict=True)), Fraction(0))

    def payouts(self) -> list[Fraction]:
        """What is paid at the ends of intervals: budgets at which something changes."""
        return sorted({end * self.utility[p] for p, (low, high, _) in self.intervals.items() for end in (low, high)})


def profiles(n_users: int, n_levels: int) -> list[Profile]:
    return list(product(range(n_levels), repeat=n_users))
