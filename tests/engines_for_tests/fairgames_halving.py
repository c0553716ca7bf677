"""A package of somebody else's: a utility with a bound and counts, for scenario files too."""

from __future__ import annotations

import numpy as np

import fairgames as fg
from fairgames.errors import InputError
from fairgames.scenario import UtilityKind
from fairgames.utilities.blocks import outer_sum


class Halving(fg.Utility):
    kind = "halving"
    bound = 1.0
    monotone = True

    def __init__(self, n_users, levels, scale=1, rate=1.0, n_types=1):
        super().__init__(n_users, levels, scale)
        self.rate, self.n_types = float(rate), n_types
        self.bound = float(self.scale)

    @property
    def rounding(self):
        return 8 * np.finfo(float).eps * float(self.scale)

    @property
    def types(self):
        return tuple(user % self.n_types for user in range(self.n_users))

    @property
    def _steps(self):
        return self.rate * np.array([float(level) for level in self.levels])

    def _block(self, axes):
        return 1 - 2.0 ** -outer_sum([self._steps[list(axis)] for axis in axes])

    def _count_block(self, axes):
        return 1 - 2.0 ** -outer_sum([axis @ self._steps for axis in axes])


def build(table, users):
    rate = table.get("rate", 1)
    if (not isinstance(rate, int | float) and not hasattr(rate, "denominator")) or rate <= 0:
        raise InputError(f"rate: got {rate!r}, expected a number > 0")
    return Halving(len(users), table["levels"], table["scale"], rate, table.get("types", 1))


def kinds():
    return [UtilityKind("halving", ("rate", "types"), build)]
