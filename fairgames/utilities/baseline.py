"""A utility less what it says of nobody: for one whose U(0) is not 0."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np

from fairgames.exact import Rationals, object_array
from fairgames.typing import Array, Axes, FloatArray
from fairgames.utilities.base import Utility
from fairgames.utilities.checks import require_rounding
from fairgames.utilities.counts import CountAxes


class AboveBaseline(Utility):
    """U(ρ) − U(0): what the users' data add to what the platform earns without them.

    Parameters
    ----------
    utility : of a class of one's own, whatever it says of nobody

    >>> class Score(Utility):
    ...     kind = "score"
    ...     rounding = 0.0
    ...     def _block(self, axes):
    ...         return 0.5 + outer_sum([np.array(axis, dtype=float) for axis in axes])
    >>> from fairgames.utilities.blocks import outer_sum
    >>> AboveBaseline(Score(2, levels=[0, 1])).on_grid()
    array([[0., 1.],
           [1., 2.]])
    """

    kind: ClassVar[str] = "above-baseline"

    def __init__(self, utility: Utility) -> None:
        super().__init__(utility.n_users, utility.levels)
        self._level_names = utility._level_names
        self.utility = utility
        self._largest = 0.0

    @property
    def rounding(self) -> float:
        """That of both values, and of the largest difference so far."""
        own = require_rounding(self.utility.rounding, self.utility.kind)
        return 2 * own + float(np.finfo(float).eps) * self._largest

    @property
    def rational(self) -> bool:
        return self.utility.rational

    @property
    def types(self) -> tuple[int, ...]:
        return self.utility.types

    @property
    def counted(self) -> bool:
        return self.utility.counted

    @cached_property
    def bound(self) -> float | None:
        return None if self.utility.bound is None else 2 * self.utility.bound

    @cached_property
    def monotone(self) -> bool:
        return self.utility.monotone

    @cached_property
    def _baseline(self) -> float:
        return float(self.utility._money(self._nobody)[0])

    @cached_property
    def _exact_baseline(self) -> Fraction:
        found: Fraction = self.utility._exact_money(self._nobody).fractions()[0]
        return found

    @property
    def _nobody(self) -> Axes:
        return [(0,)] * self.n_users

    def _block(self, axes: Axes) -> FloatArray:
        return self._less(self.utility._money(axes)).reshape([len(axis) for axis in axes if len(axis) > 1])

    def _count_block(self, axes: CountAxes) -> FloatArray:
        return self._less(self.utility._money_on_counts(axes)).reshape([len(axis) for axis in axes])

    def _exact_block(self, axes: Axes) -> Rationals:
        return self._exactly_less(self.utility._exact_money(axes).fractions())

    def _exact_count_block(self, axes: CountAxes) -> Rationals:
        found = self.utility._exact_count_block(axes).scaled(self.utility.scale)
        return self._exactly_less(found.fractions())

    def _less(self, values: FloatArray) -> FloatArray:
        result: FloatArray = values - self._baseline
        self._largest = max(self._largest, float(np.abs(result).max(initial=0.0)))
        return result

    def _exactly_less(self, values: Array) -> Rationals:
        less = object_array(value - self._exact_baseline for value in values.ravel().tolist())
        return Rationals.of(less.reshape(values.shape))
