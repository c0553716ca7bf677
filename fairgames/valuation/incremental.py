"""Payments kept up to date while users come, go and change level: only what is new is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import numpy as np

from fairgames import checked
from fairgames.errors import InputError
from fairgames.exact import Rationals
from fairgames.typing import Array, Axes, FloatArray, IntArray, Number
from fairgames.utilities.base import Utility
from fairgames.utilities.counts import CountAxes
from fairgames.valuation.allocation import Allocation, PaymentRequest
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.methods.counts import payments_on_counts
from fairgames.valuation.request import METHODS, choose, run
from fairgames.valuation.rules import Rule

#: Types that counts are kept for: NumPy goes through arrays of so many axes.
_MOST_TYPES = 32


class IncrementalPayments:
    """The payments at a profile that changes one user at a time.

    Users who have not come yet are on level 0, and among the N of the utility from the start: U
    counts what the platform learns about those who send nothing too (in eq. 15 with weight a_i).
    A user who was never among the N changes U itself, and everybody's payment at every profile:
    that is another utility, and another book.

    Parameters
    ----------
    utility : U
    profile : level indices to begin with, shape (N,)
    rule, alpha, exact : as for :func:`fairgames.valuation.request.payments`

    Notes
    -----
    For few users, or many of few types, U is kept at all counts that a coalition may have. One more
    user at a level adds one layer to them, and that alone is evaluated; one fewer takes a layer
    away, and nothing is. Nothing is subtracted, so the answers are those of a fresh computation,
    digit by digit.

    For many distinct users of a federated mean, the nodes and fits of the exponential sums are
    those of all N users and serve every profile; a fresh computation makes its own for the users
    who share. So the two differ, by no more than the error bounds of both.

    Other methods compute each answer afresh. In any case an answer depends on the profile alone and
    not on the way to it: random coalitions too are drawn from the same seed each time.

    >>> from fairgames.utilities import LinearLaplace
    >>> book = IncrementalPayments(LinearLaplace(3, [0, "inf"]), (1, 1, 0))
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
        self._asked = (alpha, rule, exact)
        self._repeated: dict[str, Callable[[PaymentRequest], Allocation]] = {}

    @property
    def profile(self) -> tuple[int, ...]:
        return tuple(self._levels.tolist())

    def join(self, user: int, level: int) -> None:
        """Move a user from level 0 to ``level``.

        Raises
        ------
        InputError
            If the user is there already, or there is no such user or level.
        """
        self._put(user, level, lambda now: not now, "is there already; use move")

    def leave(self, user: int) -> None:
        """Move a user to level 0.

        Raises
        ------
        InputError
            If the user is not there.
        """
        self._put(user, 0, bool, "is not there")

    def move(self, user: int, level: int) -> None:
        """Move a user who shares to another level.

        Raises
        ------
        InputError
            If the user is not there, or there is no such user or level.
        """
        self._put(user, level, bool, "is not there; use join")

    def allocation(self) -> Allocation:
        """The payments now."""
        question = PaymentRequest.of(self.utility, self._levels, *self._asked)
        return checked.payments(self._found(question), question)

    def _found(self, question: PaymentRequest) -> Allocation:
        name, _ = choose(question, "auto")
        if not question.rule.fair:
            return run(name, question)
        if METHODS[name].from_counts and len(self.utility.type_sizes) <= _MOST_TYPES:
            return payments_on_counts(self._known, self.profile, question.share, question.rule, question.exact)
        if name not in self._repeated:
            self._repeated[name] = METHODS[name].repeated(self.utility)
        return self._repeated[name](question)

    def _put(self, user: int, level: int, fits: Callable[[int], bool], fault: str) -> None:
        if not 0 <= user < len(self._levels):
            raise InputError(f"user: expected a number from 0 to {len(self._levels) - 1}, got {user}")
        if not 0 <= level < len(self.utility.levels):
            raise InputError(f"level: expected an index from 0 to {len(self.utility.levels) - 1}, got {level}")
        if not fits(int(self._levels[user])):
            raise InputError(f"user {user} {fault}")
        self._levels[user] = level


class _Known(Utility):
    """A utility that keeps what it was last asked for on counts, and asks only for what is not among that."""

    kind: ClassVar[str] = "known"
    _vouched = True

    def __init__(self, utility: Utility) -> None:
        super().__init__(utility.n_users, utility.levels)
        self._utility = utility
        self._floats, self._rationals = _Kept(utility.on_counts), _Kept(_fractions(utility))

    @property
    def rounding(self) -> float:
        return self._utility.rounding

    @property
    def rational(self) -> bool:
        return self._utility.rational

    @property
    def types(self) -> tuple[int, ...]:
        return self._utility.types

    def _block(self, axes: Axes) -> FloatArray:
        return self._utility.values(axes).reshape([len(axis) for axis in axes if len(axis) > 1])

    def on_counts(self, axes: CountAxes) -> FloatArray:
        return self._floats.at(axes)

    def exact_on_counts(self, axes: CountAxes) -> Rationals:
        return Rationals.of(self._rationals.at(axes))


def _fractions(utility: Utility) -> Callable[[CountAxes], Array]:
    return lambda axes: utility.exact_on_counts(axes).fractions()


class _Kept:
    """A function on products of count vectors, with its last answer."""

    def __init__(self, ask: Callable[[CountAxes], Array]) -> None:
        self.ask = ask
        self.rows: list[dict[bytes, int]] | None = None
        self.values: Array = np.zeros(0)

    def at(self, axes: CountAxes) -> Array:
        """U on the product of the axes: what was known is copied, the rest asked for block by block."""
        rows = [{row.tobytes(): number for number, row in enumerate(axis)} for axis in axes]
        if self.rows is None:
            result = self.ask(axes)
        else:
            places = [np.array([known.get(row, -1) for row in own]) for own, known in zip(rows, self.rows, strict=True)]
            known = [np.flatnonzero(place >= 0) for place in places]
            result = np.empty([len(axis) for axis in axes], dtype=self.values.dtype)
            result[np.ix_(*known)] = self.values[np.ix_(*(p[k] for p, k in zip(places, known, strict=True)))]
            for block in _others(known, [len(axis) for axis in axes]):
                result[np.ix_(*block)] = self.ask([axis[some] for axis, some in zip(axes, block, strict=True)])
        self.rows, self.values = rows, result
        return result


def _others(known: Sequence[IntArray], lengths: Sequence[int]) -> Iterator[list[IntArray]]:
    """Blocks that make up the product of all indices but for that of the known ones."""
    for number, own in enumerate(known):
        new = np.setdiff1d(np.arange(lengths[number]), own)
        if len(new):
            yield [*known[:number], new, *(np.arange(length) for length in lengths[number + 1 :])]
