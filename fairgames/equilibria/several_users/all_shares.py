"""The users' games at all shares: with the share α as a variable, everything is affine in α and in each strategy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

import numpy as np

from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.errors import InputError
from fairgames.exact import fractions
from fairgames.game import PaymentGame
from fairgames.games.certificate import against_others
from fairgames.games.isolated.one_mixes import ends
from fairgames.games.isolated.result import EquilibriumBall
from fairgames.games.isolated.supports import Supports, SupportSearch
from fairgames.games.normal_form import NormalFormGame
from fairgames.text import how_many
from fairgames.typing import Array, BoolArray, FloatArray, MixedProfile

#: Games of more payoffs and more supports are not searched; nor is it asked what is dominated in larger ones.
_MOST_PAYOFFS, _MOST_SUPPORTS, _MOST_ASKED = 1_500, 20_000, 20_000
_INSTEAD = "use scope 'pure', or look at one share"
_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class MixedEquilibrium:
    """A share, a proven equilibrium at it in which somebody mixes, and what the platform keeps.

    ``strategies`` are over each user's own choices; rationals if they are the equilibrium, else floats of which none
    is off by more than ``radius``.
    """

    alpha: Fraction
    strategies: MixedProfile
    value: float | Fraction
    radius: float = 0.0


@dataclass(frozen=True)
class Limit:
    """A cap on what is expected to be paid out, α·E[U], and how far E[U] may be off."""

    cap: Fraction
    room: float

    def surely_above(self, least: FloatArray) -> BoolArray:
        """Which of these payouts are, which are no more than what may be paid."""
        return np.asarray(least > np.nextafter(float(self.cap), np.inf) + self.room)

    def surely_keeps(self, paid: Fraction | float, off: float) -> bool:
        """Whether a payout that may be ``off`` is within the cap for certain."""
        return Fraction(paid) + Fraction(off) + Fraction(self.room) <= self.cap


def refuse_large(game: PaymentGame, what: str) -> None:
    """Refuse a game that is too large to be looked at at all, before anything is made of it.

    Raises
    ------
    InputError
        If it is; ``what`` is asked for.
    """
    if (payoffs := game.size * len(game.users)) > _MOST_ASKED:
        raise InputError(
            f"{what}: is offered for games of {_MOST_ASKED:,} payoffs, this one has {how_many(payoffs)}; {_INSTEAD}"
        )


@dataclass(frozen=True, eq=False)
class AllShares:
    """The users' games at all shares.

    Attributes
    ----------
    values : by user, φ_i as ``Fraction`` objects, shape (m_1, …, m_N)
    costs : by user, what its strategies cost
    utility : U, of the same shape
    limit : on what may be paid out; None where there is none
    """

    values: Sequence[Array]
    costs: Sequence[Sequence[Fraction]]
    utility: Array
    limit: Limit | None = None

    @classmethod
    def of(cls, game: PaymentGame, limit: Limit | None = None) -> AllShares:
        """Of a payment game under a rule with a share; floats count as the rationals that they are."""
        return cls(
            [fractions(value) for value in game.values()], game.costs, fractions(game.utilities.numbers()), limit
        )

    @classmethod
    def searched(cls, game: PaymentGame, what: str, limit: Limit | None = None) -> AllShares:
        """The same of a game, or of one in rationals that stands for it, which is not too large to be searched.

        A game of many users is searched if they have few supports. What is dominated at every share does not count.

        Raises
        ------
        InputError
            If it is; ``what`` is asked for.
        """
        refuse_large(game, what)
        shares = cls.of(stand_in(game) or game, limit)
        sizes = [len(left) for left in shares.supports.surviving()[:-1]]
        payoffs, supports = len(sizes) * math.prod(sizes), math.prod(2**size - 1 for size in sizes)
        if payoffs > _MOST_PAYOFFS and supports > _MOST_SUPPORTS:
            raise InputError(
                f"{what}: is offered for games of {_MOST_PAYOFFS:,} payoffs, or of {_MOST_SUPPORTS:,} supports; "
                f"this one has {how_many(payoffs)}, and {how_many(supports)}; {_INSTEAD}"
            )
        return shares

    def at(self, alpha: Fraction) -> NormalFormGame:
        """The game at one share."""
        paid = (alpha * value for value in self.values)
        return NormalFormGame.from_arrays(*map(self._less_cost, paid, range(len(self.costs))))

    @property
    def payoffs(self) -> Array:
        """Of the users, and of one more player, whose strategies are the shares 1 and 0; that one gets nothing."""
        full = [self._less_cost(value, user) for user, value in enumerate(self.values)]
        none = [self._less_cost(value - value, user) for user, value in enumerate(self.values)]
        pairs = [np.stack(pair, axis=-1) for pair in zip(full, none, strict=True)]
        return np.stack([*pairs, np.full(pairs[0].shape, Fraction(0))], axis=-1)

    @property
    def supports(self) -> SupportSearch:
        payoffs = self.payoffs
        names = tuple(tuple(map(str, range(size))) for size in payoffs.shape[:-1])
        return SupportSearch(NormalFormGame(payoffs, tuple(map(str, range(payoffs.shape[-1]))), names), lambda: None)

    def _less_cost(self, values: Array, user: int) -> Array:
        shape = [-1 if k == user else 1 for k in range(values.ndim)]
        return np.asarray(values - np.array(self.costs[user], dtype=object).reshape(shape), dtype=object)

    def where_one_mixes(self, supports: Supports) -> Iterator[MixedEquilibrium]:
        """The extreme equilibria in which one user mixes, who is indifferent at one share alone, within the limit.

        All mixtures of two of them are equilibria, too, and so is the one that pays out exactly the cap.
        """
        alpha = self.share_of_one(supports)
        if alpha is None:
            return
        every = [(self.expected(profile), profile) for profile in ends(self.at(alpha).payoffs, supports)]
        if self.limit is not None:
            every = list(_within(every, (self.limit.cap - Fraction(self.limit.room)) / alpha))
        for utility, profile in every:
            if any(np.count_nonzero(vector) > 1 for vector in profile):
                yield MixedEquilibrium(alpha, profile, (1 - alpha) * utility)

    def share_of_one(self, supports: Supports) -> Fraction | None:
        """The share at which the one user who mixes is indifferent."""
        gains = set(self._gains(supports))
        shares = {-constant / slope for slope, constant in gains if slope}
        undetermined = {constant for slope, constant in gains if not slope} - {Fraction(0)}
        if len(shares) != 1 or undetermined or not 0 < (alpha := shares.pop()) < 1:
            return None
        return alpha

    def ties_at_all_shares(self, supports: Supports) -> bool:
        return set(self._gains(supports)) == {(Fraction(0), Fraction(0))}

    def _gains(self, supports: Supports) -> Iterator[tuple[Fraction, Fraction]]:
        """What each strategy in use gains on the first: a multiple of α, and a constant."""
        user = max(range(len(supports)), key=lambda k: len(supports[k]))
        place = [used[0] for used in supports]
        first = place[user]
        for strategy in supports[user][1:]:
            there = (*place[:user], strategy, *place[user + 1 :])
            values = self.values[user]
            yield values[there] - values[tuple(place)], self.costs[user][first] - self.costs[user][strategy]

    def paid(self, user: int, alpha: Fraction, profile: MixedProfile) -> list[Fraction]:
        """What each strategy pays a user at a share, the others playing rational ones, less what it costs."""
        values = alpha * against_others(self.values[user], profile, user)
        return [value - cost for value, cost in zip(values.tolist(), self.costs[user], strict=True)]

    def mixed(self, alpha: Fraction, one: EquilibriumBall) -> MixedEquilibrium:
        """An equilibrium at a share, with what the platform keeps."""
        return MixedEquilibrium(alpha, one.strategies, (1 - alpha) * self.expected(one.strategies), one.radius)

    def off(self, one: MixedEquilibrium) -> float:
        """How far E[U] of that equilibrium may be off: by its radius, and by rounding where it is no rational point."""
        if one.strategies[0].dtype == object:
            return 0.0
        many = sum(self.utility.shape)
        return float(np.abs(self.utility).max()) * (many * one.radius + (self.utility.size + 2 * many) * _EPSILON)

    def expected(self, profile: MixedProfile) -> float | Fraction:
        """E[U]."""
        exact = all(vector.dtype == object for vector in profile)
        table = self.utility if exact else self.utility.astype(float)
        found: float | Fraction = np.dot(against_others(table, profile, 0), profile[0])
        return found


def _within(
    points: Sequence[tuple[Fraction | float, MixedProfile]], most: Fraction
) -> Iterator[tuple[Fraction | float, MixedProfile]]:
    """Those points with E[U] of at most ``most``, and between each two of which one is above it where it is reached."""
    yield from (point for point in points if point[0] <= most)
    for (low, one), (high, other) in permutations(points, 2):
        if low < most < high:
            part = (most - Fraction(low)) / (Fraction(high) - Fraction(low))
            yield most, tuple(a + part * (b - a) for a, b in zip(one, other, strict=True))
