"""A branch of equilibria of three and more users over shares α, where it ends, and what stays open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from fairgames.equilibria.several_users.chains import Link
from fairgames.errors import InputError
from fairgames.games.certificate import against_others
from fairgames.games.isolated.supports import Supports
from fairgames.typing import Array, FloatArray, MixedProfile

_EPSILON = float(np.finfo(float).eps)
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

    def meeting(self, first: tuple[int, ...], last: tuple[int, ...]) -> EquilibriumBranch:
        """The same that meets others."""
        return replace(self, start=replace(self.start, meets=first), end=replace(self.end, meets=last))

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
            value = float((1 - Fraction(alpha)) * np.dot(against_others(self._utility, self._profile, 0), self._profile[0]))
            room = 2 * _EPSILON * abs(value)
            return BranchPoint(self._profile, self._profile, (value - room, value + room))
        link = next((one for one in self._links if one.end_share() >= float(alpha)), self._links[-1])
        low, high = link.at_share(float(alpha))
        return self._bounded(low, high, float(alpha))

    def _bounded(self, low: FloatArray, high: FloatArray, alpha: float) -> BranchPoint:
        from fairgames.equilibria.several_users.branches import spread

        shape = self._utility.shape
        lows, highs = (spread(shape, self.supports, low, high, upper) for upper in (False, True))
        table, spans = np.asarray(self._utility, dtype=float), [b - a for a, b in zip(lows, highs, strict=True)]
        middles = [(a + b) / 2 for a, b in zip(lows, highs, strict=True)]
        worth = table
        for vector in reversed(middles):
            worth = worth @ vector
        off = float(np.abs(table).max()) * (sum(map(np.sum, spans)) + (table.size + sum(shape)) * 2 * _EPSILON)
        value = (1 - alpha) * float(worth)
        room = (1 - alpha) * off + 4 * _EPSILON * abs(value)
        return BranchPoint(lows, highs, (value - room, value + room))


@dataclass(frozen=True, eq=False)
class OpenPart:
    """Where there may be equilibria that are on no branch.

    Attributes
    ----------
    supports : the strategies in use, by user
    alpha : shares between which they lie
    worth : none of them leaves the platform more
    why : what keeps it open
    """

    supports: Supports
    alpha: tuple[float, float]
    worth: float
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
        return max((part.worth for part in self.undecided), default=None)

    @property
    def critical(self) -> tuple[tuple[Fraction | float, Fraction | float], ...]:
        """Bounds on the shares at which branches begin or end, ascending; between two of them their number is constant."""
        spans: list[tuple[Fraction | float, Fraction | float]] = []
        for low, high in sorted(end.alpha for one in self.branches for end in one.ends):
            if spans and low <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(spans[-1][1], high)
            else:
                spans.append((low, high))
        return tuple(spans)

    def passing(self, alpha: Fraction | float) -> Sequence[EquilibriumBranch]:
        """The branches with an equilibrium at a share that is not critical."""
        return [one for one in self.branches if one.passes(alpha)]
