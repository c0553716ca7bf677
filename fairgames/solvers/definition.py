"""Payments by the definition, in numbers as precise as needed: the reference for verified designs.

A user's payment at α = 1 is its Shapley value of S ↦ U(ρ_S) (Theorem 2; eq. 7), or its value in the
game that has the platform as one more player (Theorem 1): the sum over coalitions of the others of
their weight times what the user adds to U. Here every coalition is taken one by one. U comes from
:meth:`~fairgames.utilities.base.Utility.exactly`; where floats are all that is known, as a ball of
the radius that the utility states. Neither the potential nor any sum of the solver's is used.

Sums are made of rationals, and of balls of 128 bits; what these leave open, of symbols, in which
what cancels cancels, and of balls of up to 1,024 bits.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import prod
from typing import Any, TypeAlias

import numpy as np

from fairgames.certain import BITS, Rational, Real
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.solvers.enclosure import (
    Enclosure,
    Sum,
    around,
    enclosed,
    enclosure,
    expected,
    plus,
    precisely,
    scaled,
    to_ball,
)
from fairgames.typing import Array, MixedProfile, Profile
from fairgames.valuation.rules import Coalitions

#: The profiles of level indices that are played, and how likely each is.
Played: TypeAlias = Sequence[tuple[Profile, Fraction]]

#: Values of U up to which a profile is looked at: a minute or so.
MOST_VALUES = 100_000


def played(strategies: MixedProfile, levels: Sequence[Sequence[int]]) -> Played:
    """The profiles that independent mixed strategies lead to.

    Parameters
    ----------
    strategies : a vector of probabilities a user
    levels : of each user the level index of each entry
    """
    supports = [np.flatnonzero(vector).tolist() for vector in strategies]
    return [
        (
            tuple(own[k] for own, k in zip(levels, place, strict=True)),
            prod((Fraction(vector[k]) for vector, k in zip(strategies, place, strict=True)), start=Fraction(1)),
        )
        for place in product(*supports)
    ]


@dataclass(frozen=True, eq=False)
class Gain:
    """The most that anybody gains by moving alone; ``user`` and ``level`` are whose and where to.

    Attributes
    ----------
    user, level : None where there is nowhere to move to
    amount : below 0 where every move loses
    known : whether U is known for certain; what then encloses 0 is 0, as no precision tells it apart
    """

    user: int | None
    level: int | None
    amount: Enclosure
    known: bool

    def exceeds(self, room: Fraction) -> bool:
        """Whether it is more than ``room`` for certain."""
        return self.amount.low > room

    def within(self, room: Fraction) -> bool:
        """Whether it is at most ``room`` for certain."""
        return self.amount.high <= room or (self.known and self.amount.low <= 0)


@dataclass(frozen=True, eq=False)
class Definition:
    """Values and gains of one game by the definition; what was computed is kept."""

    game: PaymentGame
    _known: dict[Profile, tuple[Hashable, Any]] = field(default_factory=dict)
    _floats: set[Profile] = field(default_factory=set)
    _numbers: dict[Hashable, Any] = field(default_factory=dict)
    _sums: dict[tuple[Profile, int], Sum] = field(default_factory=dict)
    _values: dict[tuple[Profile, int], Any] = field(default_factory=dict)

    def within_reach(self, profile: Profile) -> bool:
        """Whether the coalitions of a profile, and of those one move away, are few enough."""
        n = sum(level > 0 for level in profile)
        moves = sum(len(levels) for levels in self.game.strategies)
        return bool((moves + 1) << n <= MOST_VALUES)

    def utility(self, profile: Profile) -> Enclosure:
        """U."""
        key, value = self._utility(profile)
        return enclosed({key: (Fraction(1), value)}, Fraction(0))

    def payment(self, profile: Profile, user: int, share: Fraction) -> Enclosure:
        """What a user is paid at a profile of level indices."""
        with precisely():
            return enclosure(to_ball(share) * self._value(profile, user))

    def gain(self, profile: Profile, user: int, level: int, share: Fraction) -> Enclosure:
        """What a user gains by moving alone to a level: as narrow as its sign takes."""
        there = (*profile[:user], level, *profile[user + 1 :])
        levels, costs = self.game.strategies[user], self.game.costs[user]
        dearer = costs[levels.index(level)] - costs[levels.index(profile[user])]
        with precisely():
            paid = self._value(there, user) - self._value(profile, user)
            found = enclosure(to_ball(share) * paid - to_ball(dearer))
        if found.low == found.high or found.low > 0 or found.high < 0 or not self.known:
            return found
        sums = plus(self._sum(there, user), self._sum(profile, user), Fraction(-1))
        return enclosed(scaled(sums, share), -dearer)

    def gains(self, played: Played, share: Fraction) -> Gain:
        """The most that anybody gains by moving alone to a level."""
        moves = [
            (self.expected_gain(played, user, level, share), user, level)
            for user, levels in enumerate(self.game.strategies)
            for level in levels
            if any(profile[user] != level for profile, _ in played)
        ]
        if not moves:
            return Gain(None, None, Enclosure(Fraction(0), Fraction(0)), True)
        amount, user, level = max(moves, key=lambda move: move[0].low)
        return Gain(user, level, Enclosure(amount.low, max(one.high for one, _, _ in moves)), self.known)

    def expected_gain(self, played: Played, user: int, level: int, share: Fraction) -> Enclosure:
        """What a user gains by moving alone to a level from wherever it is."""
        parts = ((weight, profile) for profile, weight in played if profile[user] != level)
        return expected((weight, self.gain(profile, user, level, share)) for weight, profile in parts)

    @property
    def known(self) -> bool:
        """Whether more than floats is known of every value of U that was asked for."""
        return not self._floats

    def _value(self, profile: Profile, user: int) -> Any:
        """φ of a user at a profile: a rational (``fmpq``), or a ball at the working precision."""
        if (profile, user) not in self._values:
            self._values[profile, user] = self._by_subsets(profile, user)
        return self._values[profile, user]

    def _by_subsets(self, profile: Profile, user: int) -> Any:
        """What the user adds to each coalition of others, with its weight; coalitions of a size are added up first."""
        if not profile[user]:
            return to_ball(Fraction(0))
        if not self.game.rule.fair:
            return sum(
                (to_ball(weight) * self._kept(key, value) for key, (weight, value) in self._sum(profile, user).items()),
                start=to_ball(Fraction(0)),
            )
        others = [(0,) if k == user or not level else (0, level) for k, level in enumerate(profile)]
        members = [(profile[k],) if k == user else levels for k, levels in enumerate(others)]
        n, extra = sum(map(bool, profile)), self.game.rule.platform_members
        added = [to_ball(Fraction(0))] * n
        for size, within, without in zip(_sizes(n - 1), product(*members), product(*others), strict=True):
            added[size] += self.to_ball(within) - self.to_ball(without)
        return sum(
            (to_ball(_weight(size, n, extra)) * amount for size, amount in enumerate(added)), start=to_ball(Fraction(0))
        )

    def to_ball(self, profile: Profile) -> Any:
        """U at a coalition's profile as ``fmpq`` or ball."""
        return self._kept(*self._utility(profile))

    def _kept(self, key: Hashable, value: Any) -> Any:
        """The same of what :meth:`_utility` gives; computed once."""
        if key not in self._numbers:
            if isinstance(value, Rational):
                self._numbers[key] = to_ball(value.value)
            else:
                self._numbers[key] = value.ball(BITS[0]) if isinstance(value, Real) else around(*value)
        return self._numbers[key]

    def _sum(self, profile: Profile, user: int) -> Sum:
        """φ of a user at a profile, in symbols."""
        if (profile, user) not in self._sums:
            self._sums[profile, user] = self._summed(profile, user)
        return self._sums[profile, user]

    def _summed(self, profile: Profile, user: int) -> Sum:
        if not profile[user]:
            return {}
        if not self.game.rule.fair:
            return self._by_formula(profile, user)
        others = [other for other, level in enumerate(profile) if level and other != user]
        n, extra, total = len(others) + 1, self.game.rule.platform_members, Sum()
        for size in range(n):
            weight = _weight(size, n, extra)
            for members in combinations(others, size):
                for sign, chosen in ((1, (*members, user)), (-1, members)):
                    there = set(chosen)
                    coalition = tuple(level if k in there else 0 for k, level in enumerate(profile))
                    key, value = self._utility(coalition)
                    total[key] = (total.get(key, (Fraction(0), value))[0] + sign * weight, value)
        return total

    def _by_formula(self, profile: Profile, user: int) -> Sum:
        """φ by the formula of a rule that does not share dividends equally: that is its definition."""
        rule, sharing = self.game.rule, [k for k, level in enumerate(profile) if level]
        radius = Fraction(0)

        def worth(inside: tuple[int, ...]) -> Real | Fraction:
            nonlocal radius
            there = {k for k, yes in zip(sharing, inside, strict=True) if yes}
            _, value = self._utility(tuple(level if k in there else 0 for k, level in enumerate(profile)))
            if not rule.algebraic:  # it compares numbers, which symbols are not
                if isinstance(value, Rational):
                    return value.value
                middle, off = value.floats() if isinstance(value, Real) else value
                radius = max(radius, Fraction(off))
                return Fraction(middle)
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
        off = math.nextafter(float(Fraction(rule.steepness_of(len(sharing))) * radius), math.inf)
        around: Sum = {("off", profile, user): (Fraction(1), (0.0, off))} if radius else {}
        return {value.key: (Fraction(1), value)} | around

    def _utility(self, profile: Profile) -> tuple[Hashable, Any]:
        """What U at a profile is, and U: a number that can be enclosed, or a float and the radius around it."""
        if profile not in self._known:
            real = self.game.utility.exactly(profile) if any(profile) else Rational(0)
            if real is None:
                self._floats.add(profile)
                self._known[profile] = (profile, (self.game.utility.at(profile), self.game.utility.rounding))
            else:
                self._known[profile] = (real.key, real)
        return self._known[profile]


def _weight(size: int, n: int, extra: int) -> Fraction:
    """Of what one of n users adds to a coalition of ``size`` others, with ``extra`` platforms that are always in."""
    ways = math.factorial(size + extra) * math.factorial(n - 1 - size)
    return Fraction(ways, math.factorial(n + extra))


@cache
def _sizes(n: int) -> tuple[int, ...]:
    """The size of each coalition of n users, in the order of ``product``."""
    return tuple(map(sum, product((0, 1), repeat=n)))
