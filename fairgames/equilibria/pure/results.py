"""Pure equilibria as a result: one closed interval of α a profile, and its numbers to compare for certain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from fairgames import notebook
from fairgames.certain import Judge, Rational, Real, Reals
from fairgames.game import PaymentGame
from fairgames.tables.table import Table
from fairgames.tensor import Tensor
from fairgames.typing import Array, BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

_EPSILON = float(np.finfo(float).eps)
#: The smallest number whose reciprocal is a float.
_SMALLEST = 1 / float(np.finfo(float).max)

#: What each of a user's choices costs, one row a user.
Costs = Sequence[Sequence[Fraction]]


@dataclass(frozen=True, eq=False)
class PureEquilibria:
    """Every profile that is a pure equilibrium at some α in [0, 1].

    All arrays have one entry an equilibrium, in lexicographic order of profiles; numbers are
    floats, or ``Fraction`` objects where the game is exact.

    Attributes
    ----------
    index : position in the flattened profile tensor
    lower, upper : the closed interval of α at which the profile is an equilibrium
    utility : U at the profile
    keeps : what the platform keeps of U at α = 0 (Theorem 2: U itself; Theorem 1: φ_p)
    stable : whether every deviation strictly loses at every α inside the interval, which has
        an inside
    lower_error, upper_error : bounds on the error of each end, each from its own condition; 0 where exact
    utility_error, keeps_error : bounds on the error of ``utility`` and of ``keeps``; 0 where exact
    proven : whether each is an equilibrium for certain; else it is one within rounding, where floats
        are all that is known of U
    exactly : the same numbers, to compare for certain
    judge : decides comparisons, and says which stayed open
    total : what is paid out at α = 1, Σφ; None where that is U
    capped : what a budget has to cover at α = 1, where that is not what is paid out: the most of any state of the
        users' private costs
    """

    index: IntArray
    lower: Array
    upper: Array
    utility: Array
    keeps: Array
    stable: BoolArray
    lower_error: FloatArray
    upper_error: FloatArray
    utility_error: float
    keeps_error: float
    proven: BoolArray
    exactly: Enclosed
    judge: Judge
    total: Reals | None = None
    capped: Reals | None = None

    def __len__(self) -> int:
        return len(self.index)

    @property
    def exact(self) -> bool:
        """Whether all numbers are rationals."""
        return self.lower.dtype == object

    def _repr_html_(self) -> str:
        """In a notebook: the intervals of the first ones."""
        columns = ["alpha from", "alpha to", "utility", "stable"]
        rows = zip(self.lower, self.upper, self.utility, self.stable.tolist(), strict=True)
        title = f"{len(self):,} profiles that are a pure equilibrium at some α in [0, 1]"
        return notebook.html(title, columns, rows, len(self))

    def place(self, game: PaymentGame) -> tuple[IntArray, ...]:
        """Index of each equilibrium into the game's tensors: one array a user."""
        return np.unravel_index(self.index, game.shape)

    def profiles(self, game: PaymentGame) -> IntArray:
        """Level indices of each equilibrium, shape (M, N)."""
        columns = [np.array(levels)[chosen] for levels, chosen in zip(game.strategies, self.place(game), strict=True)]
        return np.stack(columns, axis=1)

    def table(self, game: PaymentGame) -> Table:
        """One row an equilibrium: the shares at which it is one, U, whether it is stable, and each user's level."""
        names = game.utility.level_names
        return Table(
            {
                "alpha from": self.lower,
                "alpha to": self.upper,
                "utility": self.utility,
                "stable": self.stable,
                **{
                    f"level of {user}": [names[level] for level in column]
                    for user, column in zip(game.users.names, self.profiles(game).T.tolist(), strict=True)
                },
            }
        )

    def to_frame(self, game: PaymentGame, exact: bool = False) -> pd.DataFrame:
        """The :meth:`table` as a frame of pandas; with ``exact``, rationals stay ``Fraction`` objects.

        Raises
        ------
        MissingPackageError
            If pandas is not installed (extra ``tables``).
        """
        return self.table(game).to_frame(exact)

    def interval(self, game: PaymentGame, profile: Sequence[int]) -> tuple[float | Fraction, float | Fraction] | None:
        """The α at which a profile of level indices is an equilibrium; None if it never is.

        Raises
        ------
        InputError
            If a user may not choose that level.
        """
        position = self.position(game, profile)
        return None if position is None else (self.lower[position], self.upper[position])

    def position(self, game: PaymentGame, profile: Sequence[int]) -> int | None:
        """The position of a profile of level indices; None if it never is an equilibrium.

        Raises
        ------
        InputError
            If a user may not choose that level.
        """
        wanted = np.ravel_multi_index(game.index(profile), game.shape)
        position = int(np.searchsorted(self.index, wanted))
        return position if position < len(self.index) and self.index[position] == wanted else None

    def at(self, alpha: float | Fraction) -> IntArray:
        """Positions of those whose interval holds α: for certain if it is a rational.

        A float stands for a share that was rounded to it: the ends are widened by their error.
        """
        if self.exact:
            return np.flatnonzero((self.lower <= alpha) & (self.upper >= alpha))
        if not isinstance(alpha, Fraction | int):
            room = 2 * math.ulp(alpha)
            low, high = self.lower - self.lower_error - room, self.upper + self.upper_error + room
            return np.flatnonzero((low <= alpha) & (high >= alpha))
        share = Fraction(alpha)
        below, equal = self.ends("lower").at_most(share, self.judge)
        under, _ = self.ends("upper").at_most(share, self.judge)
        return np.flatnonzero((below | equal) & ~under)

    def ends(self, which: Literal["lower", "upper"]) -> Reals:
        """The ends of the intervals, to compare for certain."""
        if which == "lower":
            return Reals(self.lower, self.lower_error, self.exactly.lower, "ends of intervals")
        return Reals(self.upper, self.upper_error, self.exactly.upper, "ends of intervals")

    def utilities(self) -> Reals:
        """U, to compare for certain."""
        errors = np.full(len(self), self.utility_error)
        return Reals(self.utility, errors, self.exactly.utility, "utilities")

    def totals(self) -> Reals:
        """What is paid out at α = 1, to compare for certain."""
        return self.utilities() if self.total is None else self.total

    def payouts(self) -> Reals:
        """What a budget has to cover at α = 1, to compare for certain."""
        return self.totals() if self.capped is None else self.capped

    def kept(self) -> Reals:
        """What the platform keeps at α = 0, to compare for certain."""
        return Reals(self.keeps, np.full(len(self), self.keeps_error), self.exactly.keeps, "values to the platform")

    def potentials(self, game: PaymentGame) -> Reals:
        """P, to compare for certain."""
        values = game.potential.numbers(self.place(game))
        return Reals(values, np.full(len(self), game.potential.error), self.exactly.potential, "potentials")

    def select(self, chosen: Array) -> PureEquilibria:
        """The equilibria at a mask or at positions ``chosen``."""
        positions = np.arange(len(self))[chosen]
        arrays = {
            name: getattr(self, name)[chosen]
            for name in (
                "index", "lower", "upper", "utility", "keeps", "stable", "lower_error", "upper_error", "proven",
            )
        }  # fmt: skip
        total, capped = (one and one.at(positions) for one in (self.total, self.capped))
        return replace(self, **arrays, exactly=Selected(self.exactly, positions), total=total, capped=capped)


class Enclosed(Protocol):
    """The numbers of one equilibrium by its position, or None where floats are all that is known."""

    def lower(self, k: int) -> Real | None: ...
    def upper(self, k: int) -> Real | None: ...
    def utility(self, k: int) -> Real | None: ...
    def keeps(self, k: int) -> Real | None: ...
    def potential(self, k: int) -> Real | None: ...


@dataclass(frozen=True, eq=False)
class Selected:
    """The numbers of equilibria at some positions of others."""

    every: Enclosed
    positions: IntArray

    def lower(self, k: int) -> Real | None:
        return self.every.lower(int(self.positions[k]))

    def upper(self, k: int) -> Real | None:
        return self.every.upper(int(self.positions[k]))

    def utility(self, k: int) -> Real | None:
        return self.every.utility(int(self.positions[k]))

    def keeps(self, k: int) -> Real | None:
        return self.every.keeps(int(self.positions[k]))

    def potential(self, k: int) -> Real | None:
        return self.every.potential(int(self.positions[k]))


@dataclass(frozen=True, eq=False)
class AsFractions:
    """The numbers of a game in rationals: the entries of the arrays."""

    arrays: Mapping[str, Array]

    def lower(self, k: int) -> Real | None:
        return Rational(self.arrays["lower"][k])

    def upper(self, k: int) -> Real | None:
        return Rational(self.arrays["upper"][k])

    def utility(self, k: int) -> Real | None:
        return Rational(self.arrays["utility"][k])

    def keeps(self, k: int) -> Real | None:
        return Rational(self.arrays["keeps"][k])

    def potential(self, k: int) -> Real | None:
        return Rational(self.arrays["potential"][k])


def gain_error(potential: Tensor) -> float:
    """Bound on the error of a difference of two entries of P, or of φ, in floats, its own rounding among them."""
    return 2 * potential.error + 16 * _EPSILON * max(float(potential.values.max()), -float(potential.values.min()))


def gains_error(game: PaymentGame) -> float:
    """The same for what any user is paid at two of its levels."""
    return max(map(gain_error, game.different_paid))


def reciprocal(step: Fraction) -> float:
    """1/step, rounded; infinite for a step below every float."""
    value = float(step)
    return 1 / value if abs(value) >= _SMALLEST else math.copysign(math.inf, step)
