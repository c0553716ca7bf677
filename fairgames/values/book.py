"""Payments kept up to date while users come, go and change level: only what is new is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import Rationals
from fairgames.typing import Axes, FloatArray, IntArray, Number
from fairgames.utilities.base import Utility
from fairgames.utilities.counts import CountAxes
from fairgames.values.alpha import AlphaOfUtility
from fairgames.values.allocation import Allocation
from fairgames.values.fair import payments
from fairgames.values.rules import Rule


class PaymentBook:
    """The profile as it is now, and its payments.

    Users who have not come yet are on level 0: they are among the N of the utility from the start.

    Parameters
    ----------
    utility : U
    profile : level indices to begin with, shape (N,)
    rule, alpha, exact : as for :func:`fairgames.values.fair.payments`

    Notes
    -----
    With "counts" (users of few types) U is kept at all counts that a coalition may have. One more
    user at a level adds one layer to them, and that alone is evaluated; one fewer takes a layer
    away, and nothing is. Nothing is subtracted, so the answers are those of a fresh computation,
    digit by digit. Where the size calls for another method, each answer is computed afresh.

    >>> from fairgames.utilities import LinearLaplace
    >>> book = PaymentBook(LinearLaplace(3, [0, "inf"]), (1, 1, 0))
    >>> book.join(2, 1)
    >>> book.allocation().payments
    array([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)], dtype=object)
    >>> book.leave(0)
    >>> book.profile
    (0, 1, 1)
    """

    def __init__(
        self,
        utility: Utility,
        profile: Sequence[int] | IntArray,
        rule: str | Rule = "users",
        alpha: Number | AlphaOfUtility = 1,
        exact: bool | None = None,
    ) -> None:
        self.utility = utility
        self._known = _Known(utility)
        self._levels = np.array(profile, dtype=np.int64)
        self._asked: tuple[Number | AlphaOfUtility, str | Rule, bool | None] = (alpha, rule, exact)

    @property
    def profile(self) -> tuple[int, ...]:
        return tuple(self._levels.tolist())

    def join(self, user: int, level: int) -> None:
        """A user who was on level 0 comes.

        Raises
        ------
        InputError
            If the user is there already, or there is no such user or level.
        """
        self._put(user, level, lambda now: not now, "is there already; use move")

    def leave(self, user: int) -> None:
        """A user goes, to level 0.

        Raises
        ------
        InputError
            If the user is not there.
        """
        self._put(user, 0, bool, "is not there")

    def move(self, user: int, level: int) -> None:
        """A user who is there changes level.

        Raises
        ------
        InputError
            If the user is not there, or there is no such user or level.
        """
        self._put(user, level, bool, "is not there; use join")

    def allocation(self) -> Allocation:
        """The payments now."""
        return payments(self._known, self._levels, *self._asked)

    def _put(self, user: int, level: int, fits: Callable[[int], bool], fault: str) -> None:
        if not 0 <= user < len(self._levels):
            raise InputError(f"user: expected a number from 0 to {len(self._levels) - 1}, got {user}")
        if not 0 <= level < len(self.utility.levels):
            raise InputError(f"level: expected an index from 0 to {len(self.utility.levels) - 1}, got {level}")
        if not fits(int(self._levels[user])):
            raise InputError(f"user {user} {fault}")
        self._levels[user] = level


class _Known(Utility):
    """A utility that keeps the last counts it was asked for, and asks only for what is not among them."""

    kind: ClassVar[str] = "known"
