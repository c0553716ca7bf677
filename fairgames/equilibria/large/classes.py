"""Users in classes: states of a game too large to list, and the profiles behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairgames.counts.types import user_types
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.typing import Array, IntArray, Profile

#: From so many users on a class is a crowd.
_CROWD = 100


class CostClasses:
    """Users who are alike in U, in their costs and in what they may choose are one class.

    Distinct users are classes of one. A state is how many users of each class are on each level,
    shape (C, L).

    Attributes
    ----------
    game : whose users they are
    classes : their users, ascending, with costs and choices
    sizes : how many users each has, shape (C,)
    n_types, type_of : the number of types in U, and the type of each class, shape (C,)
    costs : c, in money, shape (C, L)
    allowed : whether a class may choose a level, shape (C, L)
    """

    def __init__(self, game: PaymentGame) -> None:
        kinds = user_types(game.utility, game.users)
        self.game = game
        self.classes = tuple(cost_class for kind in kinds for cost_class in kind.cost_classes)
        self.sizes = np.array([cost_class.size for cost_class in self.classes])
        self.n_types = len(kinds)
        self.type_of = np.repeat(np.arange(len(kinds)), [len(kind.cost_classes) for kind in kinds])
        self.costs = np.array([[float(cost) for cost in cost_class.costs] for cost_class in self.classes])
        self.allowed = np.zeros((len(self.classes), len(game.utility.levels)), dtype=bool)
        for own, cost_class in zip(self.allowed, self.classes, strict=True):
            own[list(cost_class.choices)] = True

    def by_type(self, counts: IntArray) -> IntArray:
        """A state by types in U, whatever their costs, shape (T, L)."""
        result = np.zeros((self.n_types, counts.shape[1]), dtype=np.int64)
        np.add.at(result, self.type_of, counts)
        return result

    @property
    def crowded(self) -> bool:
        """Whether some class is so large that one user changes little."""
        return int(self.sizes.max()) >= _CROWD

    def lowest(self) -> IntArray:
        """Everybody at the lowest level that they may choose."""
        return self._all_at(self.allowed.argmax(axis=1))

    def highest(self) -> IntArray:
        """Everybody at the highest level that they may choose."""
        return self._all_at(self.allowed.shape[1] - 1 - self.allowed[:, ::-1].argmax(axis=1))

    def random(self, generator: np.random.Generator) -> IntArray:
        """Every user at any of its levels with the same chance."""
        chances = self.allowed / self.allowed.sum(axis=1, keepdims=True)
        return np.asarray(generator.multinomial(self.sizes, chances))

    def counts(self, profile: Sequence[int] | IntArray) -> IntArray:
        """The state of a profile of level indices.

        Raises
        ------
        InputError
            If the profile has another length, or a user may not choose its level.
        """
        levels = np.asarray(profile, dtype=np.int64)
        if len(levels) != len(self.game.users):
            raise InputError(f"profile: expected {len(self.game.users)} level indices, got {len(levels)}")
        rows = [np.bincount(levels[list(one.users)], minlength=self.allowed.shape[1]) for one in self.classes]
        counts = np.array(rows)
        wrong = np.argwhere((counts > 0) & ~self.allowed)
        if len(wrong):
            users = self.classes[wrong[0, 0]].users
            name = self.game.users.names[users[int(np.flatnonzero(levels[list(users)] == wrong[0, 1])[0])]]
            raise InputError(f"profile: user {name} may not choose level index {wrong[0, 1]}")
        return counts

    def profile(self, counts: IntArray) -> Profile:
        """The lexicographically first profile of a state."""
        return tuple(self.spread(np.broadcast_to(np.arange(counts.shape[1]), counts.shape), counts).tolist())

    def spread(self, values: Array, counts: IntArray) -> Array:
        """What users of each class have at each level, shape (C, L), user by user as in :meth:`profile`, shape (N,)."""
        result = np.zeros(len(self.game.users), dtype=values.dtype)
        for one, own, row in zip(self.classes, values, counts, strict=True):
            result[list(one.users)] = np.repeat(own, row)
        return result

    def _all_at(self, levels: IntArray) -> IntArray:
        counts = np.zeros(self.allowed.shape, dtype=np.int64)
        counts[np.arange(len(levels)), levels] = self.sizes
        return counts
