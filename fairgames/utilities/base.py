"""What every utility offers: U on a product grid of profiles or of counts, and so at one profile."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import ClassVar, Self

import numpy as np

from fairgames import memory, notebook
from fairgames.certain import Rational, Real
from fairgames.errors import InputError
from fairgames.exact import Rationals, object_array, to_fraction
from fairgames.federation import FederatedModel
from fairgames.reading.names import clean
from fairgames.text import how_many, shown
from fairgames.text import number as in_words
from fairgames.typing import Axes, FloatArray, IntArray, Number
from fairgames.utilities import checks, counts
from fairgames.utilities.blocks import MOST_AXES, grid_shape, in_blocks
from fairgames.utilities.capabilities import CoalitionsByRows, CoalitionUtility, DeviationValues, Kind
from fairgames.utilities.counts import CountAxes
from fairgames.utilities.sound import require_sound

#: Levels that a user may choose among.
MOST_LEVELS = 1000
#: Money per unit of U; squares of smaller numbers vanish.
_SMALLEST_SCALE = Fraction(1, 10**140)
_WAY_OUT = "Ask for fewer users or levels."


class Utility(ABC):
    """The platform's utility U(ρ), with U(0) = 0.

    A new utility implements :meth:`_block` and :attr:`rounding`. All else is a capability that it may
    declare, and default none: what a method needs of a utility it asks for by these, and never for a class.

    - :attr:`rational` with :meth:`_exact_block`: values in fractions
    - :meth:`exactly`, and :meth:`exactly_on_counts`: values in balls
    - :attr:`types` with :meth:`_count_block`, and :meth:`_exact_count_block`: U on counts of users alike
    - :attr:`bound`: the largest |U|
    - :meth:`_count_rows`, or :meth:`coalitions`: U of thousands of coalitions in one call
    - :attr:`monotone`, or :meth:`box_bound`: the most that U is on a box of profiles
    - :meth:`deviation_values`: fair values after every user's move, in one pass
    - :attr:`federation`: U is that of a federated mean with these numbers
    - :attr:`measured`, :attr:`seeds` and :meth:`variances`: each value costs a run, and is noisy

    :func:`fairgames.testing.check_utility` checks what is declared.

    Attributes
    ----------
    n_users : N
    levels : the privacy levels ρ may take, ascending, first 0
    scale : money per unit of the utility's own formula; every value below is in money
    """

    kind: ClassVar[str]
    #: Whether tests of fairgames vouch for what the class says of itself; else a few values are compared before use.
    _vouched: ClassVar[bool] = False
    _found_sound = False
    #: Whether values are measured and each costs a run, so that a budget is one of evaluations; and how often each is
    #: measured.
    measured: bool = False
    seeds: int = 1

    #: Names that the levels were given; None where they are shown as numbers.
    _level_names: tuple[str, ...] | None = None

    def __init__(self, n_users: int, levels: Sequence[Number], scale: Number = 1) -> None:
        self.n_users = n_users
        self.levels = tuple(_level(value) for value in levels)
        self.scale = to_fraction(scale, "scale")
        faults = []
        if not self.levels or self.levels[0] != 0 or list(self.levels) != sorted(set(self.levels)):
            faults.append(
                f"levels: expected a strictly increasing list whose first entry is 0, got {shown(list(levels))}"
            )
        if not _SMALLEST_SCALE <= self.scale <= Fraction(checks.LARGEST):
            faults.append(
                f"scale: expected a number from {float(_SMALLEST_SCALE):g} to {checks.LARGEST:g}, money per unit of U, "
                f"got {shown(scale)}; state money in another unit"
            )
        if n_users < 1:
            faults.append(f"users: expected at least one, got {n_users}")
        if len(self.levels) > MOST_LEVELS:
            faults.append(f"levels: expected at most {MOST_LEVELS}, got {len(self.levels):,}; offer fewer")
        if faults:
            raise InputError(faults)

    @property
    def bound(self) -> float | None:
        """A number that |U| is nowhere above, in money, rounding included; None where none is known.

        It need not be tight: with it coalitions may be left out that are unlikely, as what they miss is bounded.
        """
        return None

    @property
    def monotone(self) -> bool:
        """Whether U never falls where a user goes to a higher level; in truth, whatever its rounding."""
        return False

    @property
    def federation(self) -> FederatedModel | None:
        """The numbers of a federated mean, if U is that of one (eq. 15), which has methods of its own."""
        return None

    @property
    def samples(self) -> FloatArray | None:
        """How many samples each user has, shape (N,); None where the utility does not know."""
        return None if self.federation is None else self.federation.samples

    @property
    def empty_known(self) -> bool:
        """Whether U of nobody is known without a run, where values are measured."""
        return True

    def described(self) -> str:
        """What this utility is, in one line: for reports of what went wrong with it."""
        return f"{self.kind} of {self.n_users} users, levels ({', '.join(self.level_names[:12])}), scale {self.scale}"

    def _repr_html_(self) -> str:
        """In a notebook: what it is, without asking it for a value."""
        size = f"{how_many(self.n_users)} users, scale {in_words(self.scale)}"
        rows = [(name, said) for name, said in zip(self.level_names, map(_level_name, self.levels), strict=True)]
        return notebook.html(f"Utility {self.kind}: {size}", ["level", "value"], rows)

    @property
    def level_names(self) -> tuple[str, ...]:
        """The levels as they are shown: by their names, else "0", "0.5", "1/3", "inf"."""
        return self._level_names or tuple(_level_name(level) for level in self.levels)

    def with_level_names(self, names: Sequence[str]) -> Self:
        """The same utility, whose levels are shown by names in every table and picture.

        Raises
        ------
        InputError
            If there is not one name a level, or two levels have the same.

        >>> from fairgames.utilities import LinearLaplace
        >>> LinearLaplace(2, [0, "inf"]).with_level_names(["nothing", "all"]).level_names
        ('nothing', 'all')
        """
        given = [names] if isinstance(names, str) else list(names)
        cleaned = [clean(name) if isinstance(name, str) else "" for name in given]
        if len(given) != len(self.levels) or not all(cleaned) or len(set(cleaned)) < len(cleaned):
            raise InputError(
                f"level_names: got {shown(given)}, expected {len(self.levels)} names that differ, one a level"
            )
        named = copy.copy(self)
        named._level_names = tuple(cleaned)
        return named

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (L, …, L) of the tensor of all profiles."""
        return (len(self.levels),) * self.n_users

    @property
    @abstractmethod
    def rounding(self) -> float:
        """Bound on the absolute error of any value of :meth:`on_grid` and :meth:`on_counts`, in money."""

    @property
    def rational(self) -> bool:
        """Whether :meth:`exact_on_grid` and :meth:`exact_on_counts` can be asked."""
        return False

    @property
    def counted(self) -> bool:
        """Whether U on counts is computed as such, and not from a profile for each."""
        return type(self)._count_block is not Utility._count_block

    @property
    def noisy(self) -> bool:
        """Whether each value is a mean of repeats that differ."""
        return self.seeds > 1

    def variances(self, profiles: IntArray) -> FloatArray:
        """What repeats say of the noise: the variance of each profile's own mean, in money², shape (M,)."""
        return np.zeros(len(profiles))

    @property
    def types(self) -> tuple[int, ...]:
        """The number 0, 1, … of each user's type, in order of first appearance.

        U stays the same where two users of one type change places.
        """
        return tuple(range(self.n_users))

    @property
    def type_sizes(self) -> tuple[int, ...]:
        """How many users are of each type."""
        return tuple(np.bincount(self.types).tolist())

    @property
    def first_of_type(self) -> tuple[int, ...]:
        """The first user of each type."""
        return tuple(np.unique(self.types, return_index=True)[1].tolist())

    def coalitions(self, kinds: Sequence[Kind]) -> CoalitionUtility | None:
        """U of coalitions of users of these kinds (type and level), thousands in one call; None where only others do.

        Its :attr:`~fairgames.utilities.capabilities.CoalitionUtility.rounding` bounds the error. By default from
        :meth:`_count_rows`, where that is there.
        """
        if type(self)._count_rows is Utility._count_rows:
            return None
        return CoalitionsByRows(self.type_sizes, len(self.levels), kinds, self._money_on_rows, self.rounding)

    def box_bound(self, least: IntArray, most: IntArray) -> float | None:
        """The most that U is on a box of profiles, or a number above it, in money; None where none is known.

        Parameters
        ----------
        least, most : shape (T, L): of each type so many users at least, and at most, are on level y or a higher
            one; falling with y, and all users of the type for y = 0

        Rounding is included: no U on the box is above it. The nearer it comes to the largest as the box
        shrinks, the better; less the costs on the box, it bounds U − Σc.
        """
        return None

    def deviation_values(self, counts: IntArray, extra: int) -> DeviationValues | None:
        """Fair values of all users after every move of one user, in one pass; None where only others do.

        Parameters
        ----------
        counts : how many users of each type are on each level, shape (T, L)
        extra : 0 for Theorem 2, 1 for Theorem 1

        The errors that it states are certain bounds.
        """
        return None

    @abstractmethod
    def _block(self, axes: Axes) -> FloatArray:
        """U/scale on a grid; axes of length 1 add no dimension to the result."""

    def _exact_block(self, axes: Axes) -> Rationals:
        """The same in exact arithmetic; only where :attr:`rational`."""
        raise InputError(f"the {self.kind} utility is not rational: its values are floats")

    def _count_block(self, axes: CountAxes) -> FloatArray:
        """U/scale on a grid of counts, one axis a type; here from one profile each."""
        found = [self._checked_block(profile)[0] for profile in counts.profiles(axes, self.types)]
        return np.array(found).reshape([len(axis) for axis in axes])

    def _count_rows(self, rows: Sequence[IntArray]) -> FloatArray:
        """U/scale at M counts, shape (M,): row m of each type's array of shape (M, L) together are one of them."""
        raise InputError(f"the {self.kind} utility has no `_count_rows`: it values counts one by one")

    def _exact_count_block(self, axes: CountAxes) -> Rationals:
        """The same in exact arithmetic; only where :attr:`rational`."""
        found = [self._exact_block(profile).fractions().item() for profile in counts.profiles(axes, self.types)]
        return Rationals.of(object_array(found).reshape([len(axis) for axis in axes]))

    def on_grid(self, axes: Axes | None = None) -> FloatArray:
        """U on the product of ``axes``.

        Parameters
        ----------
        axes : for each user the level indices to range over; default all levels

        Returns
        -------
        float array, shape (len(axes[0]), …, len(axes[N−1]))

        Raises
        ------
        TooLargeError
            Before allocating, if the grid does not fit in memory, or in NumPy's 64 axes.
        """
        axes = self._checked(axes)
        return self.values(axes).reshape(grid_shape(axes))

    def exact_on_grid(self, axes: Axes | None = None) -> Rationals:
        """U on the product of ``axes`` as rationals; see :meth:`on_grid`.

        Raises
        ------
        InputError
            If this utility is not :attr:`rational`.
        """
        axes = self._checked(axes)
        values = self.exact_values(axes)
        return Rationals(values.numerators.reshape(grid_shape(axes)), values.denominator)

    def values(self, axes: Axes) -> FloatArray:
        """U on the product of ``axes``, the last one fastest, as one row: for any number of users."""
        axes = self._checked(axes)
        self._require_sound()
        size = math.prod(len(axis) for axis in axes)
        memory.require(8 * size, f"U at {how_many(size)} profiles of {self.n_users} users", _WAY_OUT)
        return in_blocks(self._money, axes)

    def exact_values(self, axes: Axes) -> Rationals:
        """U on the product of ``axes`` as one row of rationals; see :meth:`values`."""
        axes = self._checked(axes)
        self._require_sound()
        return self._exact_money(axes)

    def on_counts(self, axes: CountAxes) -> FloatArray:
        """U on the product of ``axes``, which say how many users of each type are on each level.

        Parameters
        ----------
        axes : one integer array for each of :attr:`types`, shape (S_g, L); every row holds how many
            of the type's users are on each of the L levels, level 0 first

        Returns
        -------
        float array, shape (S_1, …, S_G), in money

        Raises
        ------
        InputError
            If a row is not a count of all users of its type.
        TooLargeError
            Before allocating, if the result does not fit in memory, or in NumPy's 64 axes.
        """
        axes, shape = self._checked_counts(axes)
        self._require_sound()
        size = math.prod(shape)
        memory.require(8 * size, f"U at {how_many(size)} counts of {self.n_users} users", _WAY_OUT)
        return in_blocks(self._money_on_counts, axes).reshape(shape)

    def exact_on_counts(self, axes: CountAxes) -> Rationals:
        """U on the product of ``axes`` as rationals; see :meth:`on_counts`.

        Raises
        ------
        InputError
            If this utility is not :attr:`rational`.
        """
        axes, shape = self._checked_counts(axes)
        self._require_sound()
        size = math.prod(shape)
        memory.require(150 * size, f"Rational U at {how_many(size)} counts of {self.n_users} users", _WAY_OUT)
        return self._exact_count_block(axes).scaled(self.scale)

    def at(self, profile: Sequence[int]) -> float:
        """U at one profile of level indices, one a user."""
        return float(self.values([(level,) for level in profile])[0])

    def exactly(self, profile: Sequence[int]) -> Real | None:
        """U at one profile, in money, as a number that can be enclosed as narrowly as asked.

        Where this is None, floats with the bound :attr:`rounding` are all that is known of U, and
        comparisons within it stay undecided. A utility of your own may return any
        :class:`~fairgames.certain.Real`; it must be the number that :meth:`on_grid` approximates.
        """
        if not self.rational:
            return None
        return Rational(self.exact_values([(level,) for level in profile]).fractions()[0])

    def exactly_on_counts(self, counts: Mapping[Kind, int]) -> Real | None:
        """The same where so many users of each type are on each level; who is not counted is on level 0.

        By default U at one such profile.
        """
        on: dict[int, list[int]] = {}
        for (number, level), count in counts.items():
            on.setdefault(number, []).extend([level] * count)
        return self.exactly([on[number].pop() if on.get(number) else 0 for number in self.types])

    @property
    def floats_only(self) -> bool:
        """Whether :meth:`exactly` knows nothing at any profile."""
        return not self.rational and type(self).exactly is Utility.exactly

    def same_in_every_part(self, profile: Sequence[int]) -> tuple[int, ...]:
        """A profile of equal U, also where some users leave both, for reasons of form: so P is equal too.

        That spares digits that could tell nothing; the profile itself is always right.
        """
        return tuple(profile)

    def exact_at(self, profile: Sequence[int]) -> Fraction:
        """U at one profile of level indices as a rational.

        Raises
        ------
        InputError
            If this utility is not :attr:`rational`.
        """
        found: Fraction = self._exact_money([(level,) for level in profile]).fractions()[0]
        return found

    def _require_sound(self) -> None:
        """Once: whether a class of one's own is what it says; see :mod:`fairgames.utilities.sound`."""
        if not (self._vouched or self._found_sound):
            require_sound(self, lambda profile: float(self._money([(level,) for level in profile])[0]))
            self._found_sound = True

    def _checked_block(self, axes: Axes) -> FloatArray:
        """U/scale on a grid as one row of floats.

        Raises
        ------
        InputError
            If the class gives something else.
        """
        try:
            found = self._block(axes)
        except (IndexError, ValueError) as error:
            if self.n_users <= MOST_AXES:
                raise
            raise InputError(
                f"the {self.kind} utility: `_block` fails with {self.n_users} users ({error}); NumPy holds at most "
                f"{MOST_AXES} axes, so axes of length 1 must add none (`outer_sum` leaves them out)"
            ) from error
        return checks.numbers(found, tuple(len(axis) for axis in axes), f"the {self.kind} utility, `_block`")

    def _money(self, axes: Axes) -> FloatArray:
        """U on a grid as one row, checked."""
        return checks.in_money(self._checked_block(axes), float(self.scale), partial(checks.at_grid, axes))

    def _money_on_counts(self, axes: CountAxes) -> FloatArray:
        """U on a grid of counts as one row, checked."""
        shape = tuple(len(axis) for axis in axes)
        values = checks.numbers(self._count_block(axes), shape, f"the {self.kind} utility, `_count_block`")
        return checks.in_money(values, float(self.scale), partial(checks.at_counts, axes, self.types))

    def _money_on_rows(self, rows: Sequence[IntArray]) -> FloatArray:
        """U at counts row by row, checked."""
        self._require_sound()
        values = checks.numbers(self._count_rows(rows), (len(rows[0]),), f"the {self.kind} utility, `_count_rows`")
        return checks.in_money(values, float(self.scale), lambda m: f"counts {[row[m].tolist() for row in rows]}")

    def _exact_money(self, axes: Axes) -> Rationals:
        """U on a grid as one row of rationals."""
        size = math.prod(len(axis) for axis in axes)
        memory.require(150 * size, f"Rational U at {how_many(size)} profiles of {self.n_users} users", _WAY_OUT)
        values = self._exact_block(axes)
        checks.require_shape(
            values.shape, tuple(len(axis) for axis in axes), f"the {self.kind} utility, `_exact_block`"
        )
        return Rationals(values.numerators.reshape(-1), values.denominator).scaled(self.scale)

    def _checked(self, axes: Axes | None) -> Axes:
        if axes is None:
            return [range(len(self.levels))] * self.n_users
        if len(axes) != self.n_users:
            raise InputError(f"expected the levels of {self.n_users} users, got {len(axes)}")
        wrong = sorted({level for axis in axes for level in axis} - set(range(len(self.levels))))
        if wrong:
            raise InputError(f"level indices {wrong} are not among 0 … {len(self.levels) - 1}")
        return axes

    def _checked_counts(self, axes: CountAxes) -> tuple[CountAxes, tuple[int, ...]]:
        axes = counts.checked(axes, self.type_sizes, len(self.levels))
        return axes, grid_shape(axes)


def _level(value: Number) -> Fraction | float:
    return math.inf if value in (math.inf, "inf") else to_fraction(value, "levels")


def _level_name(level: Fraction | float) -> str:
    """A decimal where a short one says it exactly, else p/q."""
    decimal = f"{float(level):g}"
    return decimal if level == math.inf or Fraction(decimal) == level else str(level)
