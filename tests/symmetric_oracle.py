"""Equal users from the definitions: payments by subsets, expectations by enumeration, roots by Sturm's theorem.

Nothing here imports fairgames. ``p`` and ``x`` are probabilities; polynomials are lists of
coefficients, lowest power first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, product

from tests import oracles

Polynomial = list[Fraction]
Strategy = tuple[Fraction, ...]


class EqualUsers:
    """N users who may choose ``levels`` at ``costs``; ``worth`` is U of how many are on each level, level 0 first."""

    def __init__(
        self,
        n_users: int,
        n_levels: int,
        worth: Callable[[tuple[int, ...]], Fraction],
        levels: Sequence[int],
        costs: Sequence[Fraction],
        rule: str = "users",
    ) -> None:
        self.n_users, self.n_levels, self.worth = n_users, n_levels, worth
        self.levels, self.costs, self.rule = tuple(levels), tuple(costs), rule
        self._paid: dict[oracles.Profile, Fraction] = {}

    def utility(self, profile: oracles.Profile) -> Fraction:
        return self.worth(tuple(profile.count(level) for level in range(self.n_levels)))

    def paid(self, own: int, others: oracles.Profile) -> Fraction:
        """What a user on level ``own`` gets at α = 1."""
        profile = (own, *others)
        if profile not in self._paid:
            if self.rule == "users":
                self._paid[profile] = oracles.shapley(self.utility, profile)[0]
            else:
                self._paid[profile] = oracles.with_platform(self.utility, profile)[1][0]
        return self._paid[profile]

    def expected(self, function: Callable[[oracles.Profile], Fraction], strategy: Strategy, n: int) -> Fraction:
        """E[function(profile)] of ``n`` users who all mix alike."""
        total = Fraction(0)
        for profile in product(range(len(self.levels)), repeat=n):
            chance = math.prod((strategy[k] for k in profile), start=Fraction(1))
            if chance:
                total += chance * function(tuple(self.levels[k] for k in profile))
        return total

    def payoffs(self, alpha: Fraction, strategy: Strategy) -> list[Fraction]:
        """What a user expects on each allowed level if all others mix alike."""
        return [
            alpha * self.expected(lambda others, own=own: self.paid(own, others), strategy, self.n_users - 1) - cost
            for own, cost in zip(self.levels, self.costs, strict=True)
        ]

    def regret(self, alpha: Fraction, strategy: Strategy) -> Fraction:
        payoffs = self.payoffs(alpha, strategy)
        return max(payoffs) - sum(x * payoff for x, payoff in zip(strategy, payoffs, strict=True))

    def merit(self, alpha: Fraction, strategy: Strategy) -> Fraction:
        """Eq. 73: zero at symmetric equilibria and only there."""
        payoffs = self.payoffs(alpha, strategy)
        own = sum(x * payoff for x, payoff in zip(strategy, payoffs, strict=True))
        return sum((max(payoff - own, Fraction(0)) ** 2 for payoff in payoffs), Fraction(0))

    def value(self, strategy: Strategy) -> Fraction:
        """E[U]."""
        return self.expected(self.utility, strategy, self.n_users)

    def kept(self, strategy: Strategy) -> Fraction:
        """Theorem 1: what the platform expects to keep."""
        return self.expected(lambda profile: oracles.with_platform(self.utility, profile)[0], strategy, self.n_users)

    def height(self, alpha: Fraction, strategy: Strategy) -> Fraction:
        """E[Φ_α]."""
        extra = 0 if self.rule == "users" else 1
        cost = self.n_users * sum(x * cost for x, cost in zip(strategy, self.costs, strict=True))
        shared = self.expected(lambda profile: oracles.potential(self.utility, profile, extra), strategy, self.n_users)
        return alpha * shared - cost


class TwoLevels(EqualUsers):
    """Two allowed levels; ``p`` is the probability of the first, ``cost`` that of the second."""

    @property
    def cost(self) -> Fraction:
        return self.costs[1]

    def mixed(self, p: Fraction) -> Strategy:
        return (p, 1 - p)

    def gain(self, p: Fraction) -> Fraction:
        """Eq. 23."""
        first, second = self.payoffs(Fraction(1), self.mixed(p))
        return second + self.cost - first

    @cached_property
    def gains(self) -> Polynomial:
        return interpolated(self.gain, self.n_users - 1)

    @cached_property
    def worths(self) -> Polynomial:
        return interpolated(lambda p: self.value(self.mixed(p)), self.n_users)

    @cached_property
    def heights(self) -> Polynomial:
        """E[P]."""
        return interpolated(
            lambda p: self.height(Fraction(1), self.mixed(p)) + self.n_users * (1 - p) * self.cost, self.n_users
        )

    def equilibria(self, alpha: Fraction) -> list[Fraction] | None:
        """All p, those between 0 and 1 to 2⁻⁶⁰; None where every p is one."""
        lead = [alpha * value for value in self.gains]
        lead[0] -= self.cost
        if not any(lead):
            return None
        found = [Fraction(0)] if at(lead, Fraction(0)) >= 0 else []
        found += [p for p in real_roots(lead) if 0 < p < 1]
        return found + ([Fraction(1)] if at(lead, Fraction(1)) <= 0 else [])


# Polynomials ----------------------------------------------------------------------------------


def at(polynomial: Polynomial, x: Fraction) -> Fraction:
    total = Fraction(0)
    for value in reversed(polynomial):
        total = total * x + value
    return total


def interpolated(function: Callable[[Fraction], Fraction], degree: int) -> Polynomial:
    """The polynomial of that degree through as many points as it takes, by Newton's divided differences."""
    nodes = [Fraction(k, max(degree, 1)) for k in range(degree + 1)]
    table = [function(node) for node in nodes]
    for order in range(1, degree + 1):
        for k in range(degree, order - 1, -1):
            table[k] = (table[k] - table[k - 1]) / (nodes[k] - nodes[k - order])
    result: Polynomial = [Fraction(0)]
    for value, node in zip(reversed(table), reversed(nodes), strict=True):
        shifted = [Fraction(0), *result]
        result = [a - node * b for a, b in zip(shifted, [*result, Fraction(0)], strict=True)]
        result[0] += value
    return trimmed(result)


def trimmed(polynomial: Polynomial) -> Polynomial:
    while len(polynomial) > 1 and polynomial[-1] == 0:
        polynomial = polynomial[:-1]
    return polynomial


def derivative(polynomial: Polynomial) -> Polynomial:
    return [k * value for k, value in enumerate(polynomial)][1:] or [Fraction(0)]


def remainder(one: Polynomial, other: Polynomial) -> Polynomial:
    one = list(one)
    while len(one) >= len(other) and any(one):
        factor, shift = one[-1] / other[-1], len(one) - len(other)
        for k, value in enumerate(other):
            one[k + shift] -= factor * value
        one.pop()
    return trimmed(one or [Fraction(0)])


def sturm_chain(polynomial: Polynomial) -> list[Polynomial]:
    chain = [trimmed(polynomial)]
    if len(chain[0]) > 1:
        chain.append(derivative(chain[0]))
        while any(rest := [-value for value in remainder(chain[-2], chain[-1])]):
            chain.append(rest)
    return chain


def sign_changes(chain: Sequence[Polynomial], x: Fraction) -> int:
    signs = [value > 0 for value in (at(one, x) for one in chain) if value != 0]
    return sum(a != b for a, b in pairwise(signs))


def real_roots(polynomial: Polynomial, low: Fraction = Fraction(0), high: Fraction = Fraction(1)) -> list[Fraction]:
    """The distinct roots in [low, high], ascending, each to 2⁻⁶⁰; counted by Sturm's theorem."""
    polynomial = trimmed(polynomial)
    if len(polynomial) == 1:
        return []
    chain = sturm_chain(_without_repeats(polynomial))
    found = [low] if at(chain[0], low) == 0 else []
    stack = [(low, sign_changes(chain, low), high, sign_changes(chain, high))]
    while stack:
        a, before, b, after = stack.pop()
        if before - after == 1 and at(chain[0], a) * at(chain[0], b) <= 0 != at(chain[0], a):
            found.append(_bisected(chain[0], a, b))
        elif before > after:
            middle = (a + b) / 2
            changes = sign_changes(chain, middle)
            stack += [(a, before, middle, changes), (middle, changes, b, after)]
    return sorted(found)


def _bisected(polynomial: Polynomial, low: Fraction, high: Fraction) -> Fraction:
    if at(polynomial, high) == 0:
        return high
    rises = at(polynomial, low) < 0
    while high - low > Fraction(1, 2**60):
        middle = (low + high) / 2
        low, high = (middle, high) if (at(polynomial, middle) <= 0) == rises else (low, middle)
    return (low + high) / 2


def _without_repeats(polynomial: Polynomial) -> Polynomial:
    """p divided by the greatest common divisor of p and p′."""
    a, b = polynomial, derivative(polynomial)
    while any(b):
        a, b = b, remainder(a, b)
    quotient, rest = [], list(polynomial)
    while len(rest) >= len(a):
        factor = rest[-1] / a[-1]
        quotient.append(factor)
        for k, value in enumerate(a):
            rest[k + len(rest) - len(a)] -= factor * value
        rest.pop()
    return quotient[::-1]
