"""For each α the best (or worst) pure equilibrium for the platform: the black line of Fig. 7."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.certain import Reals
from fairgames.equilibria.pure.gaps import cells, without_equilibrium
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.tables.table import Table, Tabular
from fairgames.text import number
from fairgames.typing import Array, IntArray, Number, Profile
from fairgames.utilities.given import Stated
from fairgames.valuation.alpha import to_alpha


@dataclass(frozen=True, eq=False)
class Envelope:
    """Which equilibrium wins at each α: at the breakpoints, and between them.

    Attributes
    ----------
    alpha : K + 1 breakpoints, ascending
    at : position (in the equilibria) of the winner at each breakpoint, shape (K + 1,)
    between : position of the winner between breakpoint k and k + 1, right after k, shape (K,)
    before : the same right before k + 1; another only where gaps of the same utility were merged
    ends : the breakpoints, to compare for certain
    """

    alpha: Array
    at: IntArray
    between: IntArray
    before: IntArray
    ends: Reals

    @property
    def winners(self) -> IntArray:
        """Positions of the winners at and between breakpoints, in turn, shape (2K + 1,)."""
        found = np.empty(2 * len(self.at) - 1, dtype=np.int64)
        found[::2], found[1::2] = self.at, self.between
        return found

    def joined(self, keys: IntArray) -> Envelope:
        """Neighbouring breakpoints with the gap between them as one gap, where their ``keys`` are the same.

        Parameters
        ----------
        keys : as many as :attr:`winners`
        """
        inner = np.ones(len(self.at), dtype=bool)
        inner[1:-1] = (keys[1:-2:2] != keys[2:-1:2]) | (keys[2:-1:2] != keys[3::2])
        keep = np.flatnonzero(inner)
        ends = self.ends.at(keep)
        return Envelope(ends.values, self.at[keep], self.between[keep[:-1]], self.between[keep[1:] - 1], ends)


def envelope(equilibria: PureEquilibria, worst: bool = False, by: Reals | None = None) -> Envelope:
    """The equilibrium with the highest U at each α, or the lowest; ties go to the first profile.

    Parameters
    ----------
    by : a number of each equilibrium to go by instead of U

    Every end of an interval is a breakpoint, also where the winner stays the same.
    """
    ends, first, last = cells(equilibria.ends("lower"), equilibria.ends("upper"), equilibria.judge)
    ranks = (equilibria.utilities() if by is None else by).ranks(equilibria.judge)
    order = np.lexsort((np.arange(len(ranks)), ranks if worst else -ranks))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    if missing := without_equilibrium(equilibria):
        low, high = missing[0]
        raise InputError(
            f"there is no pure equilibrium between α = {number(low)} and {number(high)}, so none is the best or the "
            "worst there; use selection 'best' or 'stable', which look at shares where there is one"
        )
    winner = order[range_minimum(first, last, rank, 2 * len(ends.values) - 1)]
    return Envelope(ends.values, winner[::2], winner[1::2], winner[1::2], ends)


def range_minimum(first: IntArray, last: IntArray, rank: IntArray, n_cells: int) -> IntArray:
    """For each cell the least rank of the ranges [first, last] that cover it.

    A range of 2^k to 2^(k+1) cells is the union of two of length 2^k; level k hands its
    minima down to level k − 1, as a sparse table filled from the other side.
    """
    power = np.frexp((last - first + 1).astype(float))[1] - 1
    nothing = np.iinfo(np.int64).max
    minima = np.full(n_cells, nothing)
    for k in range(int(power.max()), -1, -1):
        here = power == k
        np.minimum.at(minima, first[here], rank[here])
        np.minimum.at(minima, last[here] - 2**k + 1, rank[here])
        if k > 0:
            half = 2 ** (k - 1)
            handed = minima.copy()
            handed[half:] = np.minimum(handed[half:], minima[:-half])
            minima = handed
    return minima


@dataclass(frozen=True, eq=False)
class Landscape(Tabular):
    """The best platform utility (1 − α)·U over pure equilibria, for every α in [0, 1].

    Attributes
    ----------
    alpha : breakpoints 0 = α_0 < … < α_K = 1
    profiles : K + 1 level-index profiles that are best at the breakpoints
    profiles_between : K profiles that are best between α_k and α_{k+1}
    utilities, utilities_between : U at those profiles
    """

    alpha: Array
    profiles: tuple[Profile, ...]
    profiles_between: tuple[Profile, ...]
    utilities: Array
    utilities_between: Array

    def table(self) -> Table:
        """One row a breakpoint, from itself to itself, and one for what is between two: U and the profile there."""
        ends = self.alpha.tolist()
        rows = [(ends[0], ends[0], self.utilities[0], self.profiles[0])]
        between = zip(ends, ends[1:], self.utilities_between, self.profiles_between, strict=False)
        after = zip(ends[1:], ends[1:], self.utilities[1:], self.profiles[1:], strict=True)
        for gap, end in zip(between, after, strict=True):
            rows += [gap, end]
        return Table.of_rows(("alpha from", "alpha to", "utility", "profile"), rows)

    def at(self, alpha: Number) -> tuple[float | Fraction, Profile]:
        """(platform utility, profile) that is best at one α.

        Raises
        ------
        InputError
            If α is not in [0, 1].
        """
        share = to_alpha(alpha)
        if not isinstance(share, Fraction):
            raise InputError(f"alpha: expected a number, got {alpha}")
        exact = self.alpha.dtype == object
        value: float | Fraction = share if exact else float(share)
        k = bisect_left(self.alpha, value)
        if k < len(self.alpha) and self.alpha[k] == value:
            return (1 - value) * self.utilities[k], self.profiles[k]
        return (1 - value) * self.utilities_between[k - 1], self.profiles_between[k - 1]

    def curve(self) -> tuple[Array, Array]:
        """α and the platform's utility as floats to draw, jumps included, shape (3K + 1,) each."""
        alpha = np.asarray(self.alpha, dtype=float)
        at, between = np.asarray(self.utilities, dtype=float), np.asarray(self.utilities_between, dtype=float)
        xs, us = [alpha[0]], [at[0]]
        for k in range(len(between)):
            xs += [alpha[k], alpha[k + 1], alpha[k + 1]]
            us += [between[k], between[k], at[k + 1]]
        drawn = np.array(xs)
        return drawn, (1 - drawn) * np.array(us)


def landscape(game: PaymentGame | Stated) -> Landscape:
    """The landscape of eq. 19 over pure equilibria, exact between any two breakpoints.

    Raises
    ------
    InputError
        If the rule has no share α.

    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = landscape(game)
    >>> [str(alpha) for alpha in found.alpha], found.profiles_between
    (['0', '9/20', '12/25', '3/5', '16/25', '1'], ((0, 0), (1, 0), (0, 1), (1, 0), (1, 1)))
    """
    game = PlanGame.of(game, "landscape")
    if not game.rule.has_alpha:
        raise InputError(f"landscape: rule {game.rule.name!r} ({game.rule.source}) has no share α to vary")
    if not game.rule.efficient:
        raise InputError(
            f"landscape: under rule {game.rule.name!r} ({game.rule.source}) payments are no share of U, and which "
            "profile is best changes between critical shares; use `fairgames design`, or rule 'users'"
        )
    equilibria = pure_equilibria(game)
    best = envelope(equilibria)
    best = best.joined(best.winners)
    profiles = equilibria.profiles(game)
    return Landscape(
        best.alpha,
        tuple(map(tuple, profiles[best.at].tolist())),
        tuple(map(tuple, profiles[best.between].tolist())),
        equilibria.utility[best.at],
        equilibria.utility[best.between],
    )
