"""Payments by the definition, in numbers as precise as it takes: what a verified design is held against.

A user's payment at α = 1 is its Shapley value of S ↦ U(ρ_S) (Theorem 2; eq. 7), or its value in the
game that has the platform as one more player (Theorem 1): the sum over coalitions of the others of
their weight times what the user adds to U. Here every coalition is taken one by one. U comes from
:meth:`~fairgames.utilities.base.Utility.exactly`; where floats are all that is known, as a ball of
the radius that the utility states. Neither the potential nor any sum of the solver's is used.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from typing import Any, TypeAlias

from fairgames.certain import BITS, Rational, Real
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.typing import Array, Profile
from fairgames.valuation.rules import Coalitions

#: A sum of weighted values of U, by what the values are.
_Sum: TypeAlias = dict[Hashable, tuple[Fraction, Any]]

#: Values of U up to which a profile is looked at: a minute or so.
MOST_VALUES = 100_000


@dataclass(frozen=True, eq=False)
class Enclosure:
    """A number, or as narrow an interval around it as could be had."""

    low: Fraction
    high: Fraction

    @property
    def middle(self) -> Fraction:
        return (self.low + self.high) / 2

    def apart(self, number: Fraction) -> Fraction:
        """How far a number lies from it at least."""
        return max(self.low - number, number - self.high, Fraction(0))


@dataclass(frozen=True, eq=False)
class Definition:
    """Values and gains of one game by the definition; what was computed is kept."""

    game: PaymentGame
    _known: dict[Profile, tuple[Hashable, Any]] = field(default_factory=dict)
    _values: dict[tuple[Profile, int], _Sum] = field(default_factory=dict)

    def within_reach(self, profile: Profile) -> bool:
        """Whether the coalitions of a profile, and of those one move away, are few enough."""
        n = sum(level > 0 for level in profile)
        moves = sum(len(levels) for levels in self.game.strategies)
        return bool((moves + 1) << n <= MOST_VALUES)

    def utility(self, profile: Profile) -> Enclosure:
        """U."""
        key, value = self._utility(profile)
        return _enclosed({key: (Fraction(1), value)}, Fraction(0))

    def payment(self, profile: Profile, user: int, share: Fraction) -> Enclosure:
        """What a user is paid at a profile of level indices."""
        return _enclosed(_scaled(self._value(profile, user), share), Fraction(0))

    def gain(self, profile: Profile, user: int, level: int, share: Fraction) -> Enclosure:
        """What a user gains by moving alone to a level."""
        there = (*profile[:user], level, *profile[user + 1 :])
        levels, costs = self.game.strategies[user], self.game.costs[user]
        dearer = costs[levels.index(level)] - costs[levels.index(profile[user])]
        paid = _plus(self._value(there, user), self._value(profile, user), Fraction(-1))
        return _enclosed(_scaled(paid, share), -dearer)

    def gainer(self, profile: Profile, share: Fraction, room: Fraction = Fraction(0)) -> tuple[int, int] | None:
        """A user and a level to which it gains more than ``room`` for certain by moving; None if there is none."""
        for user, levels in enumerate(self.game.strategies):
            for level in levels:
                if level != profile[user] and self.gain(profile, user, level, share).low > room:
                    return user, level
        return None

    def _value(self, profile: Profile, user: int) -> _Sum:
        """φ of a user at a profile."""
        if (profile, user) not in self._values:
            self._values[profile, user] = self._summed(profile, user)
        return self._values[profile, user]

    def _summed(self, profile: Profile, user: int) -> _Sum:
        if not profile[user]:
            return {}
        if not self.game.rule.fair:
            return self._by_formula(profile, user)
        others = [other for other, level in enumerate(profile) if level and other != user]
        n, extra, total = len(others) + 1, self.game.rule.platform_members, _Sum()
        for size in range(n):
            ways = math.factorial(size + extra) * math.factorial(n - 1 - size)
            weight = Fraction(ways, math.factorial(n + extra))
            for members in combinations(others, size):
                for sign, chosen in ((1, (*members, user)), (-1, members)):
                    there = set(chosen)
                    coalition = tuple(level if k in there else 0 for k, level in enumerate(profile))
                    key, value = self._utility(coalition)
                    total[key] = (total.get(key, (Fraction(0), value))[0] + sign * weight, value)
        return total

    def _by_formula(self, profile: Profile, user: int) -> _Sum:
        """φ by the formula of a rule that does not share dividends equally: that is its definition."""
        rule, sharing = self.game.rule, [k for k, level in enumerate(profile) if level]
        radius = Fraction(0)

        def worth(inside: tuple[int, ...]) -> Real:
            nonlocal radius
            there = {k for k, yes in zip(sharing, inside, strict=True) if yes}
            key, value = self._utility(tuple(level if k in there else 0 for k, level in enumerate(profile)))
            if isinstance(value, Real):
                return value
            radius = max(radius, Fraction(value[1]))
            return Rational(Fraction(value[0]))

        def worths() -> Array:
            shape = (2,) * len(sharing)
            return object_array(worth(inside) for inside in product((0, 1), repeat=len(sharing))).reshape(shape)

        levels = [self.game.utility.levels[profile[k]] for k in sharing]
        everybody = (1,) * len(sharing)
        found = rule.values(Coalitions(sharing, levels, lambda: worth(everybody), worths, exact=True))
        value = found[sharing.index(user)]
        value = value if isinstance(value, Real) else Rational(value)
        off = Fraction(rule.steepness) * radius
        around: _Sum = {("off", profile, user): (Fraction(1), (0, off))} if off else {}
        return {value.key: (Fraction(1), value)} | around

    def _utility(self, profile: Profile) -> tuple[Hashable, Any]:
        """What U at a profile is, and U: a number that can be enclosed, or a float and the radius around it."""
        if profile not in self._known:
            real = self.game.utility.exactly(profile) if any(profile) else Rational(0)
            if real is None:
                self._known[profile] = (profile, (self.game.utility.at(profile), self.game.utility.rounding))
            else:
                self._known[profile] = (real.key, real)
        return self._known[profile]


def _scaled(terms: _Sum, factor: Fraction) -> _Sum:
    return {key: (factor * weight, value) for key, (weight, value) in terms.items()}


def _plus(one: Mapping[Hashable, tuple[Fraction, Any]], other: _Sum, factor: Fraction) -> _Sum:
    total = dict(one)
    for key, (weight, value) in other.items():
        total[key] = (total.get(key, (Fraction(0), value))[0] + factor * weight, value)
    return total


def _enclosed(terms: _Sum, constant: Fraction) -> Enclosure:
    """The sum of ``terms`` and ``constant``, narrower and narrower until its sign is known."""
    kept, radius = [], Fraction(0)
    for weight, value in terms.values():
        if isinstance(value, Rational):
            constant += weight * value.value
        elif isinstance(value, Real):
            kept.append((weight, value))
        else:
            constant += weight * Fraction(value[0])
            radius += abs(weight) * Fraction(value[1])
    kept = [(weight, value) for weight, value in kept if weight]
    if not kept:
        return Enclosure(constant - radius, constant + radius)
    return _with_balls(kept, constant, radius)


def _with_balls(kept: list[tuple[Fraction, Real]], constant: Fraction, radius: Fraction) -> Enclosure:
    from flint import arb, ctx, fmpq

    found = Enclosure(constant, constant)
    for bits in BITS:
        with ctx.workprec(bits):
            total = arb(fmpq(constant.numerator, constant.denominator))
            for weight, value in kept:
                total += arb(fmpq(weight.numerator, weight.denominator)) * value.ball(bits)
            middle, off = _fraction(total.mid()), _fraction(total.rad()) + radius
        found = Enclosure(middle - off, middle + off)
        if abs(middle) > off or radius:
            break
    return found


def _fraction(ball: Any) -> Fraction:
    number = ball.fmpq()
    return Fraction(int(number.p), int(number.q))
