"""A branch of equilibria of three and more users over shares α, where it ends, and what stays open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from fairgames.equilibria.several_users.chains import Link
from fairgames.errors import InputError
from fairgames.games.certificate import against_others
from fairgames.games.isolated.supports import Supports
from fairgames.typing import Array, FloatArray, MixedProfile

_EPSILON = float(np.finfo(float).eps)
#: Shares that are this near are not told apart.
_ROUNDING = 2.0**-46
_WORDS = {"leaves": "strategy leaves", "enters": "strategy enters"}


@dataclass(frozen=True)
class Event:
    """What ends a branch.

    Attributes
    ----------
    kind : "fold"; "leaves" where a probability comes to 0; "enters" where a strategy not in use pays as much; "share 0"
        or "share 1"
    user, strategy : of which it is; None at a fold
    """

    kind: str
    user: int | None
    strategy: int | None


@dataclass(frozen=True, eq=False)
class BranchEnd:
    """An end of a branch: a point that lies in bounds for certain; exact where they are rationals.

    Attributes
    ----------
    events : what ends it; more than one if several do at once, or floats cannot tell which does first
    alpha : bounds on the share
    low, high : bounds on the strategies, one vector a user
    meets : the branches with an end there, by number
    """

    events: tuple[Event, ...]
    alpha: tuple[Fraction | float, Fraction | float]
    low: tuple[Array, ...]
    high: tuple[Array, ...]
    meets: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        """In words, those of several joined."""
        return " and ".join(dict.fromkeys(_WORDS.get(one.kind, one.kind) for one in self.events))

    @property
    def is_exact(self) -> bool:
        """Whether it is known as rationals."""
        return isinstance(self.alpha[0], Fraction) and self.alpha[0] == self.alpha[1]

    def bounds(self) -> FloatArray:
        """Both bounds on everything in one row each."""
        sides = zip((self.low, self.high), self.alpha, strict=True)
        return np.stack([np.concatenate([*(np.asarray(v, float) for v in side), [float(a)]]) for side, a in sides])


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """The equilibrium of a branch at a share, and what it leaves the platform: in bounds.

    Attributes
    ----------
    low, high : of the strategies, one vector a user
    platform_utility : of (1 − α)·E[U]
    """

    low: tuple[Array, ...]
    high: tuple[Array, ...]
    platform_utility: tuple[float, float]


@dataclass(frozen=True, eq=False)
class EquilibriumBranch:
    """Equilibria with the same strategies in use: one at each share between two, or, where vertical, at one share.

    Attributes
    ----------
    supports : the strategies in use, by user
    start, end : of the lower and of the higher share
    vertical : whether all of it is at one share: strategies change while α does not
    """

    supports: Supports
    start: BranchEnd
    end: BranchEnd
    vertical: bool
    _utility: Array = field(repr=False)
    _links: tuple[Link, ...] = field(repr=False)
    _profile: MixedProfile | None = field(default=None, repr=False)

    @property
    def ends(self) -> tuple[BranchEnd, BranchEnd]:
        return self.start, self.end

    @property
    def interval(self) -> tuple[Fraction | float, Fraction | float]:
        """Shares between which the branch lies for certain."""
        return self.start.alpha[0], self.end.alpha[1]

    @property
    def is_pure(self) -> bool:
        return all(len(used) == 1 for used in self.supports)

    def passes(self, alpha: Fraction | float) -> bool:
        """Whether there is an equilibrium of it at a share that is not critical; vertical ones count at none."""
        return not self.vertical and self.start.alpha[1] < alpha < self.end.alpha[0]

    def at(self, alpha: Fraction | float) -> BranchPoint:
        """The equilibrium at a share.

        Raises
        ------
        InputError
            If the branch does not surely pass it, or is vertical.
        """
        if not self.passes(alpha):
            low, high = map(float, (self.start.alpha[1], self.end.alpha[0]))
            raise InputError(f"alpha: got {alpha}, expected a share between {low} and {high}, which the branch passes")
        if self._profile is not None:
            return self._pure_at(Fraction(alpha))
        link = next((one for one in self._links if one.end_share() >= float(alpha)), self._links[-1])
        return self._bounded(*link.at_share(float(alpha)), float(alpha))

    def limit(self, alpha: Fraction | float) -> BranchPoint:
        """The same at a share that it passes or ends at; where vertical, at one of its ends."""
        if self.passes(alpha):
            return self.at(alpha)
        if self._profile is not None:
            return self._pure_at(Fraction(alpha))
        end = self.start if alpha <= self.start.alpha[1] else self.end
        return self._hull(end.low, end.high, alpha)

    def least_at(self, alpha: Fraction | float) -> float | None:
        """The least that the platform may keep at equilibria of it at a share; None if it surely has none there."""
        if self.passes(alpha):
            return self.at(alpha).platform_utility[0]
        touched = [end for end in self.ends if end.alpha[0] <= alpha <= end.alpha[1]]
        return min((self._worth_at(end, alpha)[0] for end in touched), default=None)

    def _worth_at(self, end: BranchEnd, alpha: Fraction | float) -> tuple[float, float]:
        if not end.is_exact:
            return self._hull(end.low, end.high, alpha).platform_utility
        value = float((1 - Fraction(alpha)) * self.utility(end.low))
        return value, value

    def worth_between(self, low: float, high: float) -> tuple[float, float]:
        """Bounds on what the platform keeps at shares that the branch passes, between two of them."""
        if self._profile is not None:
            ends = [end for alpha in (low, high) for end in self._pure_at(Fraction(alpha)).platform_utility]
            return min(ends), max(ends)
        spans = [link.worth(low, high) for link in self._links if link.touches(low, high)]
        spans += [self.limit(alpha).platform_utility for alpha in (low, high)] if not spans else []
        return min(span[0] for span in spans), max(span[1] for span in spans)

    def utility(self, strategies: MixedProfile) -> Fraction:
        """E[U] at rational strategies."""
        found: Fraction = np.dot(against_others(self._utility, strategies, 0), strategies[0])
        return found

    def _pure_at(self, alpha: Fraction) -> BranchPoint:
        assert self._profile is not None
        value = float((1 - alpha) * self.utility(self._profile))
        room = 2 * _EPSILON * abs(value)
        return BranchPoint(self._profile, self._profile, (value - room, value + room))

    def _bounded(self, low: FloatArray, high: FloatArray, alpha: float) -> BranchPoint:
        lows, highs = (spread(self._utility.shape, self.supports, low, high, upper) for upper in (False, True))
        return self._hull(lows, highs, alpha)

    def _hull(self, low: Sequence[Array], high: Sequence[Array], alpha: Fraction | float) -> BranchPoint:
        """All of a box of strategies."""
        table, lows, highs = (
            np.asarray(self._utility, float),
            *([np.asarray(v, float) for v in one] for one in (low, high)),
        )
        middles = [(a + b) / 2 for a, b in zip(lows, highs, strict=True)]
        worth = table
        for vector in reversed(middles):
            worth = worth @ vector
        spans = sum(float(np.sum(b - a)) for a, b in zip(lows, highs, strict=True))
        off = float(np.abs(table).max()) * (spans + (table.size + sum(table.shape)) * 2 * _EPSILON)
        value = (1 - float(alpha)) * float(worth)
        room = (1 - float(alpha)) * off + 4 * _EPSILON * abs(value)
        return BranchPoint(tuple(low), tuple(high), (value - room, value + room))


@dataclass(frozen=True, eq=False)
class OpenPart:
    """Where there may be equilibria that are on no branch.

    Attributes
    ----------
    supports : the strategies in use, by user
    alpha : shares between which they lie
    worth : none of them leaves the platform less, or more
    why : what keeps it open
    """

    supports: Supports
    alpha: tuple[float, float]
    worth: tuple[float, float]
    why: str


@dataclass(frozen=True, eq=False)
class SeveralBranches:
    """The branches of equilibria of a payment game over the shares 0 < α < 1.

    Attributes
    ----------
    branches : pure ones first, and those on which few strategies are in use
    undecided : where there may be other equilibria
    """

    branches: tuple[EquilibriumBranch, ...]
    undecided: tuple[OpenPart, ...]

    @property
    def complete(self) -> bool:
        """Whether every equilibrium at every share between 0 and 1 is on one of the branches, with proof."""
        return not self.undecided

    @property
    def worth(self) -> float | None:
        """What an equilibrium that is on no branch could leave the platform at most; None if there is none."""
        return max((part.worth[1] for part in self.undecided), default=None)

    @property
    def critical(self) -> tuple[tuple[Fraction | float, Fraction | float], ...]:
        """Bounds on the shares at which branches begin or end, ascending: in between their number is constant."""
        spans: list[tuple[Fraction | float, Fraction | float]] = []
        for low, high in sorted(end.alpha for one in self.branches for end in one.ends):
            if spans and (low <= spans[-1][1] or float(low) <= float(spans[-1][1]) + _ROUNDING):
                spans[-1] = spans[-1][0], max(spans[-1][1], high)
            else:
                spans.append((low, high))
        return tuple(spans)

    def passing(self, alpha: Fraction | float) -> Sequence[EquilibriumBranch]:
        """The branches with an equilibrium at a share that is not critical."""
        return [one for one in self.branches if one.passes(alpha)]


def spread(
    shape: Sequence[int], supports: Supports, low: FloatArray, high: FloatArray, upper: bool
) -> tuple[FloatArray, ...]:
    """Bounds on all probabilities from those on each user's but the last: lower ones, or upper ones."""
    vectors, start = [], 0
    for size, used in zip(shape, supports, strict=True):
        vector, own = np.zeros(size), slice(start, start + len(used) - 1)
        side, other = (high, low) if upper else (low, high)
        vector[list(used[:-1])] = np.clip(side[own], 0, 1)
        rest = 1 - other[own].sum() + (1 if upper else -1) * len(used) * 2.0**-52 * (len(used) > 1)
        vector[used[-1]] = min(1.0, max(0.0, rest))
        vectors.append(vector)
        start = own.stop
    return tuple(vectors)
