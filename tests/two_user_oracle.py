"""Two users of two levels each, at every share, with 100 digits: nothing here imports fairgames.

At one share the extreme equilibria are those of the nine pairs of {0, 1, x*} and {0, 1, y*} that no
user gains by leaving, where x* and y* make the other user indifferent. The best and the worst share
are among finitely many: where a pure condition binds, where a mixed equilibrium begins, ends or is
worth most, where two are worth the same, and where the budget is paid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from mpmath import mp, mpf

mp.dps = 100
#: Of what two numbers with 100 digits may differ by rounding, relative to what is at stake.
TINY = mpf(10) ** -80
#: So far beside a share where things change, they are as between two such shares.
BESIDE = mpf(10) ** -40


def exact(number: object) -> mpf:
    """A float, decimal or rational as it is."""
    value = Fraction(number)  # type: ignore[call-overload]
    return mpf(value.numerator) / value.denominator


@dataclass(frozen=True)
class Point:
    """An equilibrium: the share, with what probability each user is on its second level, and U there."""

    alpha: mpf
    x: mpf
    y: mpf
    utility: mpf

    @property
    def kept(self) -> mpf:
        return (1 - self.alpha) * self.utility

    @property
    def paid(self) -> mpf:
        return self.alpha * self.utility


@dataclass(frozen=True)
class TwoUsers:
    """U at (0, 0), (0, 1), (1, 0), (1, 1), and what the second level costs each user; the first is 0 and free."""

    utility: Sequence[mpf]
    costs: Sequence[mpf]

    @property
    def gains(self) -> tuple[tuple[mpf, mpf], tuple[mpf, mpf]]:
        """What each user is paid for its second level at α = 1, if the other is on the first or the second."""
        none, second, first, both = self.utility
        # φ_i: alone U({i}); of two, half of U({i}) and half of what i adds to the other.
        return (first - none, (first + both - second) / 2), (second - none, (second + both - first) / 2)

    @property
    def size(self) -> mpf:
        return max(map(abs, self.utility)) or mpf(1)

    def expected(self, x: mpf, y: mpf) -> mpf:
        none, second, first, both = self.utility
        return (1 - x) * ((1 - y) * none + y * second) + x * ((1 - y) * first + y * both)

    def leads(self, alpha: mpf, x: mpf, y: mpf) -> tuple[mpf, mpf]:
        """What each user earns more on its second level."""
        one, two = self.gains
        return (
            alpha * ((1 - y) * one[0] + y * one[1]) - self.costs[0],
            alpha * ((1 - x) * two[0] + x * two[1]) - self.costs[1],
        )

    def regret(self, alpha: mpf, x: mpf, y: mpf) -> mpf:
        lead, other = self.leads(alpha, x, y)
        return max(max(lead, 0) - x * lead, max(other, 0) - y * other)

    def at(self, alpha: mpf) -> list[Point]:
        """The extreme equilibria at one share."""
        one, two = self.gains
        room = TINY * (alpha * self.size + max(self.costs))
        found = []
        for x in {mpf(0), mpf(1), *_inner(alpha, two, self.costs[1])}:
            for y in {mpf(0), mpf(1), *_inner(alpha, one, self.costs[0])}:
                if self.regret(alpha, x, y) <= room:
                    found.append(Point(alpha, x, y, self.expected(x, y)))
        return found

    def breaks(self) -> list[mpf]:
        """0, 1, and the shares at which somebody is indifferent between its levels against a pure strategy."""
        bounds = [cost / gain for cost, row in zip(self.costs, self.gains, strict=True) for gain in row if gain > 0]
        return _apart([mpf(0), mpf(1), *(share for share in bounds if share < 1)])

    def turns(self, cap: mpf | None) -> list[mpf]:
        """Shares at which the mixed equilibrium is worth most, as much as a pure one, or pays the cap out."""
        curve, found = self._curve(), []
        if curve is not None:
            g0, g1, g2 = curve
            found += real_roots([2 * g2, g1 - g2, mpf(0), g0])
            found += [beta for pure in self.utility for beta in real_roots([g2, g1, g0 - pure])]
            if cap is not None:
                found += real_roots([g2, g1 - cap, g0])
        shares = [1 / beta for beta in found if beta > 1]
        if cap is not None:
            shares += [cap / pure for pure in self.utility if pure > cap]
        return shares

    def _curve(self) -> tuple[mpf, mpf, mpf] | None:
        """U = g₀ + g₁β + g₂β² where both mix, β = 1/α."""
        one, two = self.gains
        if one[0] == one[1] or two[0] == two[1]:
            return None
        values = []
        for beta in (mpf(0), mpf(1), mpf(2)):
            x, y = (
                (beta * cost - row[0]) / (row[1] - row[0])
                for cost, row in zip(self.costs[::-1], (two, one), strict=True)
            )
            values.append(self.expected(x, y))
        g2 = (values[2] - 2 * values[1] + values[0]) / 2
        return values[0], values[1] - values[0] - g2, g2

    def best(self, cap: mpf | None = None) -> list[Point]:
        """Every candidate for the best, within the cap."""
        found = []
        for alpha in [*self.breaks(), *self.turns(cap)]:
            here = self.at(alpha)
            if cap is not None:
                here += [self._between(alpha, cap, *pair) for pair in combinations(here, 2)]
            found += [one for one in here if one is not None and (cap is None or one.paid <= cap + TINY * self.size)]
        return found

    def _between(self, alpha: mpf, cap: mpf, one: Point, other: Point) -> Point | None:
        """Where exactly the cap is paid out between two equilibria, if that is one."""
        if (one.x != other.x and one.y != other.y) or not min(one.paid, other.paid) < cap < max(one.paid, other.paid):
            return None
        part = (cap - one.paid) / (other.paid - one.paid)
        x, y = one.x + part * (other.x - one.x), one.y + part * (other.y - one.y)
        if self.regret(alpha, x, y) > TINY * self.size:
            return None
        return Point(alpha, x, y, self.expected(x, y))

    def worst(self, cap: mpf | None = None) -> list[Point]:
        """The worst at every share where the worst may be worth most, right beside it too."""
        special = [*self.breaks(), *self.turns(cap)]
        found = []
        for alpha in special:
            for near in (alpha, alpha * (1 + BESIDE), alpha * (1 - BESIDE), *([BESIDE] if alpha == 0 else [])):
                here = self.at(near) if 0 <= near <= 1 else []
                if here and (cap is None or max(one.paid for one in here) <= cap + TINY * self.size):
                    found.append(min(here, key=lambda one: one.kept))
        return found


def _inner(alpha: mpf, gains: tuple[mpf, mpf], cost: mpf) -> Iterator[mpf]:
    """With what probability a user must be on its second level for the other one to be indifferent."""
    if alpha > 0 and gains[0] != gains[1]:
        share = (cost / alpha - gains[0]) / (gains[1] - gains[0])
        if 0 < share < 1:
            yield share


def real_roots(coefficients: Sequence[mpf]) -> list[mpf]:
    """The real roots of a polynomial, highest power first."""
    size = max(map(abs, coefficients))
    kept = list(coefficients)
    while kept and abs(kept[0]) <= TINY * size:
        kept = kept[1:]
    if len(kept) < 2:
        return []
    found = mp.polyroots(kept, maxsteps=500, extraprec=800)
    return [root.real for root in found if abs(root.imag) <= mpf(10) ** -25 * (1 + abs(root))]


def _apart(shares: Sequence[mpf]) -> list[mpf]:
    """Ascending, equal ones once."""
    found: list[mpf] = []
    for share in sorted(shares):
        if not found or share - found[-1] > TINY * share:
            found.append(share)
    return found


def federated(samples: Sequence[int], importance: Sequence[int], between: mpf, within: mpf, level: int) -> list[mpf]:
    """U at the four profiles of levels 0 and ``level``: eq. 15 with the weights of eqs. 13 and 14."""
    found = []
    for profile in ((0, 0), (0, level), (level, 0), (level, level)):
        group = [j for j, one in enumerate(profile) if one == 1]
        signals = [[j] for j, one in enumerate(profile) if one == 2] + ([group] if group else [])
        whole = within + 2 * between
        errors = [whole, whole]
        if signals:
            noise = [within / n + between for n in samples]
            spread = [sum(noise[j] for j in members) / mpf(len(members)) ** 2 for members in signals]
            for user in (0, 1):
                own = [between / len(members) if user in members else mpf(0) for members in signals]
                precision = sum(1 / v for v in spread)
                rest = (1 - sum(o / v for o, v in zip(own, spread, strict=True))) / precision
                each = [mpf(0), mpf(0)]
                for o, v, members in zip(own, spread, signals, strict=True):
                    for j in members:
                        each[j] += (o + rest) / v / len(members)
                other = each[1 - user]
                # Eq. 56: noise of all that is used, and the spread of the others' means around one's own.
                errors[user] = (
                    within * sum(w**2 / n for w, n in zip(each, samples, strict=True)) + 2 * between * other**2
                )
        found.append(sum(a * mp.log(whole / error) for a, error in zip(importance, errors, strict=True)))
    return found
