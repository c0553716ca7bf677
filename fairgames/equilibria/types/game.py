"""The users' game on counts: types of users who are exchangeable in U, each user with costs of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from fairgames import memory
from fairgames.counts.lattice import EXACT_STATES, Lattice
from fairgames.counts.potential import count_potential, count_potential_exact
from fairgames.counts.types import n_states, user_types
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.model import check_fit
from fairgames.tensor import Tensor
from fairgames.text import how_many
from fairgames.typing import IntArray
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.valuation.enclosed import Counts
from fairgames.valuation.rules import Rule, to_rule

#: For each state in floats and in rationals, U, P, candidates and the certificate: measured, 4e-7 to 6e-7 and 3e-5.
_SECONDS = (5e-7, 3e-5)


class PopulationGame:
    """The game of a :class:`~fairgames.PaymentGame`, on the lattice of counts.

    U and P depend only on how many users of each type are on each level. A state of the lattice
    stands for all profiles with these counts; which of them are equilibria depends on who bears
    which costs, so types fall into cost classes.

    Parameters
    ----------
    utility, users, rule : as of :class:`~fairgames.PaymentGame`
    exact : whether to compute with rationals; default where the utility is rational and the
        lattice has at most 3,000 states

    Raises
    ------
    InputError
        If users and utility do not fit, or ``exact`` is asked of a utility that is not rational.
    TooLargeError
        Before allocating, if the lattice does not fit in memory or would take too long.

    >>> from fairgames.utilities import LinearLaplace
    >>> users = Users(sensitivity=[[0, .3]] * 6 + [[0, .2]] * 4)
    >>> game = PopulationGame(LinearLaplace(10, [0, "inf"]), users)
    >>> game.lattice.shape, [cost_class.size for cost_class in game.types[0].cost_classes]
    ((11,), [6, 4])
    """

    def __init__(self, utility: Utility, users: Users, rule: str | Rule = "users", exact: bool | None = None) -> None:
        check_fit(utility, users, exact)
        self.utility = utility
        self.users = users
        self.rule = to_rule(rule)
        self.types = user_types(utility, users)
        size = n_states(self.types)
        self.exact = (utility.rational and size <= EXACT_STATES) if exact is None else exact
        self._require(size)
        self.lattice = Lattice.of(
            [kind.size for kind in self.types], [kind.choices for kind in self.types], len(utility.levels)
        )

    @classmethod
    def of(cls, game: PaymentGame) -> PopulationGame:
        """The same game on counts.

        It is rational where that one is, and by its own default where that one has only grown too
        large to be rational by its default.
        """
        return cls(game.utility, game.users, game.rule, exact=game.exact or game.exact_asked)

    @property
    def utilities(self) -> Tensor:
        """U of every state, flat."""
        return self._tensors[0]

    @property
    def potential(self) -> Tensor:
        """P of every state, flat (Theorem 1: the platform's own value)."""
        return self._tensors[1]

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor]:
        if self.exact:
            rational = self.utility.exact_on_counts(self.lattice.axes)
            shared = count_potential_exact(rational, self.lattice, self.rule.platform_members)
            return (
                Tensor(rational.numerators.reshape(-1), rational.denominator, 0),
                Tensor(shared.numerators.reshape(-1), shared.denominator, 0),
            )
        values, rounding = self.utility.on_counts(self.lattice.axes), self.utility.rounding
        result, error = count_potential(values, self.lattice, self.rule.platform_members)
        # An error of U enters P with weights of 1 + 1/2 + … + 1/N in all.
        error += rounding * sum(1 / size for size in range(1, len(self.users) + 1))
        return Tensor(values.reshape(-1), 1, rounding), Tensor(result.reshape(-1), 1, error)

    def _require(self, size: int) -> None:
        what = f"A game of {len(self.users):,} users in {len(self.types):,} types with {how_many(size)} count states"
        memory.require((600 if self.exact else 40) * size, what, memory.FEWER_PROFILES)
        memory.require_time(_SECONDS[self.exact] * size, what, memory.FEWER_PROFILES)

    def rows(self, states: IntArray) -> tuple[IntArray, ...]:
        """The row of each type's axis for each of ``states``."""
        return tuple(np.asarray(row) for row in np.unravel_index(states, self.lattice.shape))

    def counts(self, states: IntArray, number: int) -> IntArray:
        """How many users of a type are on each level, shape (M, L)."""
        return self.lattice.axes[number][self.rows(states)[number]]

    def counted(self, state: int) -> Counts:
        """How many users are on each (type, level) but level 0."""
        rows = [self.counts(np.array([state]), number)[0].tolist() for number in range(len(self.types))]
        return tuple(
            ((kind, level), count)
            for kind, row in enumerate(rows)
            for level, count in enumerate(row)
            if level and count
        )

    def state(self, profile: Sequence[int]) -> int:
        """The state of a profile of level indices.

        Raises
        ------
        InputError
            If the profile is of another number of users, or a user may not choose that level.
        """
        if len(profile) != len(self.users):
            raise InputError(f"profile: expected {len(self.users)} level indices, got {len(profile)}")
        rows = []
        for kind, axis in zip(self.types, self.lattice.axes, strict=True):
            for cost_class in kind.cost_classes:
                for user in cost_class.users:
                    if profile[user] not in cost_class.choices:
                        raise InputError(
                            f"profile: user {self.users.names[user]} may choose level indices "
                            f"{list(cost_class.choices)}, got {profile[user]}"
                        )
            counts = np.bincount([profile[user] for user in kind.users], minlength=axis.shape[1])
            rows.append(int(np.flatnonzero((axis == counts).all(axis=1))[0]))
        return int(np.ravel_multi_index(rows, self.lattice.shape))
