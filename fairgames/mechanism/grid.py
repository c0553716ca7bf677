"""Algorithm 1 of the papers (Appendix D): the best share α of a grid, the baseline for :func:`fairgames.design`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial, reduce
from operator import or_

import numpy as np

from fairgames import memory
from fairgames.certain import Judge, Rational, Real, Reals
from fairgames.equilibria.pure.certificate import certify_profile
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.candidates import Compared
from fairgames.mechanism.choosing import choose, pure_strategies
from fairgames.mechanism.partitions import Partition, Partitions, Shares, tree_search
from fairgames.mechanism.pure import certified
from fairgames.mechanism.result import Choice, Design
from fairgames.progress import track
from fairgames.text import how_many
from fairgames.typing import Array, Profile, Scalar

_EPS = float(np.finfo(float).eps)


def grid_design(game: PaymentGame, steps: int = 100, cap: Fraction | None = None) -> Design:
    """The best of the shares 0, 1/steps, 2/steps, …, 1 for the platform at a pure equilibrium.

    Algorithm 1: profiles that differ by an exchange of levels between users of one type have the
    same U and form a partition; the Shapley values are computed once for each partition, at one
    representative; a tree search looks at each share of the grid for a profile of the partition
    that is an equilibrium; if there is one, the partition is worth (1 − α)·U.

    Parameters
    ----------
    game : under Theorem 2
    steps : how many steps from 0 to 1 the grid has
    cap : what may be paid out at most, α·U

    Returns
    -------
    A design in scope "pure" whose ``choice.alpha`` is a share of the grid and whose
    ``choice.interval`` runs from the first to the last share of the grid at which this profile is
    an equilibrium. ``ties`` and ``runner_up`` compare partitions, each by the best share and the
    lexicographically first profile that it has there: other profiles of the same partition are
    not listed. ``equilibrium_profiles`` is None: the algorithm does not count them.

    Raises
    ------
    InputError
        If the rule has no share α, or ``steps`` is no whole number ≥ 1.
    TooLargeError
        Before allocating, if the coalitions, the partitions or the grid do not fit in memory.

    Notes
    -----
    The papers do not print the grid, and of equal values they keep the first that comes; here the
    lowest share wins, then the lexicographically first profile. There always is an answer: at
    α = 0 everybody at the level that costs least is an equilibrium, and nothing is paid. It is
    never better than ``design`` in scope "pure", and may be much worse however fine the grid is:
    an equilibrium that exists at one share only is not seen unless the grid holds that very share.

    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = grid_design(game, steps=10)
    >>> str(found.alpha), str(found.platform_utility), found.profile
    ('1/2', '1/3', (0, 1))
    >>> found = grid_design(game, steps=20)  # holds the optimum, 9/20
    >>> str(found.alpha), str(found.platform_utility)
    ('9/20', '11/30')
    """
    if not game.rule.has_alpha:
        raise InputError(
            f"method 'grid' tries shares α, but rule {game.rule.name!r} ({game.rule.source}) has none; "
            "use method 'exact', or rule 'users'"
        )
    grid = _Grid.of(steps, game.exact)
    parts = Partitions(game)
    searched = (_best_of(game, grid, parts, partition, cap) for partition in track(parts, "partitions", len(parts)))
    found = [candidate for candidate in searched if candidate is not None]
    candidates = _candidates(game, grid, parts, found)
    chosen = choose(
        candidates,
        grid.judge,
        lambda k: iter([_choice(game, grid, found[k], float(candidates.value.errors[k]))]),
        AssertionError("a grid without an equilibrium at α = 0"),
    )
    certificate = certify_profile(game, chosen.winner.profile or (), chosen.winner.alpha)
    return certified(game, chosen, certificate, "best", None)


@dataclass(frozen=True, eq=False)
class _Grid:
    """The shares k/steps.

    ``numbers`` holds the k as Python integers where exact, so that conditions are compared as
    integers; else the shares themselves.
    """

    steps: int
    numbers: Array
    exact: bool
    judge: Judge

    @classmethod
    def of(cls, steps: int, exact: bool) -> _Grid:
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
            raise InputError(f"steps: expected a whole number ≥ 1, got {steps!r}")
        steps = int(steps)
        memory.require(200 * steps, f"A grid of {how_many(steps)} steps", "Take fewer steps, or use method 'exact'.")
        return cls(steps, object_array(range(steps + 1)) if exact else np.arange(steps + 1) / steps, exact, Judge())

    @property
    def all(self) -> Shares:
        return (1 << self.steps + 1) - 1

    def share(self, k: int) -> Scalar:
        return Fraction(k, self.steps) if self.exact else k / self.steps

    def where(self, slope: Slope, least: Fraction) -> Shares:
        """The shares at which α·slope ≥ least, for certain; where that stays open, they count."""
        if self.exact:
            exact = Fraction(slope.value)
            numerator = exact.numerator * least.denominator
            holds = np.asarray(self.numbers * numerator >= self.steps * least.numerator * exact.denominator, dtype=bool)
        else:
            about = float(slope.value)
            room = self.numbers * slope.error + 4 * _EPS * (abs(about) + abs(float(least)))
            above = self.numbers * about - float(least)
            holds = above > room
            for k in np.flatnonzero(np.abs(above) <= room).tolist():
                holds[k] = self._decided(slope, least, k)
        return int.from_bytes(np.packbits(holds, bitorder="little").tobytes(), "little")

    def _decided(self, slope: Slope, least: Fraction, k: int) -> bool:
        """The same for one share."""
        if k == 0:
            return least <= 0
        real = slope.exactly()
        if real is None:
            self.judge.leave_open(
                "whether some moves pay at some shares of the grid: what they gain is within its error"
            )
            return True
        return self.judge.compare(real, Rational(least * self.steps / k)) >= 0


@dataclass(frozen=True)
class Slope:
    """A number with a bound on its error, and how to have it exactly (None: not)."""

    value: Scalar
    error: float
    exactly: Callable[[], Real | None]


@dataclass(frozen=True)
class _Candidate:
    """A partition at its best share.

    Attributes
    ----------
    value : what the platform keeps
    k : number of the share
    profile : the lexicographically first profile of the partition that is an equilibrium there
    utility : U
    shares : where this profile is an equilibrium
    partition : whose profile it is
    """

    value: Scalar
    k: int
    profile: Profile
    utility: Scalar
    shares: Shares
    partition: Partition


def _best_of(
    game: PaymentGame, grid: _Grid, parts: Partitions, partition: Partition, cap: Fraction | None
) -> _Candidate | None:
    """The partition at the share where it leaves the platform most; None if it has no equilibrium on the grid."""
    utility = parts.value(partition).utility
    stays = cache(partial(_stays, game, grid, parts, partition))
    found, shares = [], grid.all
    for users, counts in zip(parts.members, partition, strict=True):
        found.append(tree_search(users, counts, stays, shares))
        shares = reduce(or_, (where for _, where in found[-1]), 0)
        if not shares:
            return None
    if cap is not None:
        shares &= _within(game, grid, parts, partition, cap)
        if not shares:
            return None
    # (1 − α)·U falls in α, unless U < 0.
    k = _first(shares) if utility >= 0 else _last(shares)
    levels: dict[int, int] = {}
    shares = grid.all
    for users, ways in zip(parts.members, found, strict=True):
        chosen, where = next(way for way in ways if way[1] >> k & 1)
        levels.update(zip(users, chosen, strict=True))
        shares &= where
    profile = tuple(levels[user] for user in range(len(levels)))
    return _Candidate((1 - grid.share(k)) * utility, k, profile, utility, shares, partition)


def _stays(game: PaymentGame, grid: _Grid, parts: Partitions, partition: Partition, user: int, level: int) -> Shares:
    """The shares at which ``user`` on ``level``, in a profile of ``partition``, gains by no move."""
    choices = dict(zip(game.strategies[user], game.costs[user], strict=True))
    if level not in choices:
        return 0
    shares = grid.all
    for other, cost in choices.items():
        if other != level and shares:
            kind = parts.type_of[user]
            drop, error = parts.drop(partition, kind, level, other)
            slope = Slope(drop, error, partial(parts.exact_drop, partition, kind, level, other))
            shares &= grid.where(slope, choices[level] - cost)
    return shares


def _within(game: PaymentGame, grid: _Grid, parts: Partitions, partition: Partition, cap: Fraction) -> Shares:
    """The shares at which α·U ≤ cap."""
    utility = parts.value(partition).utility

    def exactly() -> Real | None:
        real = parts.exact_utility(partition)
        return None if real is None else Rational(-1) * real

    return grid.where(Slope(-utility, game.utility.rounding, exactly), -cap)


def _candidates(game: PaymentGame, grid: _Grid, parts: Partitions, found: list[_Candidate]) -> Compared:
    """One entry a partition."""
    shares = [Fraction(one.k, grid.steps) for one in found]

    def kept(k: int) -> Real | None:
        real = parts.exact_utility(found[k].partition)
        return None if real is None else Rational(1 - shares[k]) * real

    values = (object_array if grid.exact else np.array)([one.value for one in found])
    errors = np.full(len(found), 0.0 if grid.exact else game.utility.rounding)
    if not grid.exact:
        errors += 8 * _EPS * np.abs([float(one.utility) for one in found])
    return Compared(
        Reals(values, errors, kept, "values to the platform"), Reals.rational(object_array(shares), "shares")
    )


def _choice(game: PaymentGame, grid: _Grid, one: _Candidate, error: float) -> Choice:
    return Choice(
        grid.share(one.k),
        one.profile,
        pure_strategies(one.profile, len(game.utility.levels), game.exact),
        one.value,
        one.utility,
        (grid.share(_first(one.shares)), grid.share(_last(one.shares))),
        True,
        value_error=error,
    )


def _first(shares: Shares) -> int:
    return (shares & -shares).bit_length() - 1


def _last(shares: Shares) -> int:
    return shares.bit_length() - 1
