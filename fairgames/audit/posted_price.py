"""The platform's take-it-or-leave-it price: each user is offered what its level at the first best costs it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid
from fairgames.audit.schemes import Scheme, Worth
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.mechanism.first_best import first_best
from fairgames.typing import Array, Profile

TAKE_IT_OR_LEAVE_IT = "take-it-or-leave-it"


#: Why it cannot be asked where costs are private.
KNOWS_COSTS = "it offers each user its own costs, which the platform does not know where they are private"


class TakeItOrLeaveIt(Scheme):
    """t_i = c_i(ρ*_i) to who is on the level ρ*_i of the first best, which the platform knows, and nothing else.

    The platform is left with all of U − Σc, the most that there is; nobody gains by taking part. The offers are made
    once: they do not follow U.
    """

    name = TAKE_IT_OR_LEAVE_IT
    source = "each is paid its own cost at the first best (complete information: Laffont & Martimort 2002, ch. 2)"
    asks = True

    def __init__(self, ground: Ground) -> None:
        if ground.plans is not None:
            raise InputError(f"{TAKE_IT_OR_LEAVE_IT}: {KNOWS_COSTS}; audit another rule")
        self.target = first_best(ground.game, ground.judge).profile
        n_levels = len(ground.game.utility.levels)
        self.offers = [ground.game.users.costs(user, n_levels)[level] for user, level in enumerate(self.target)]

    def everywhere(self, ground: Ground) -> Paid:
        shape, rows = ground.game.shape, []
        for user, levels in enumerate(ground.game.strategies):
            own = object_array(self._offer(user, level) for level in levels)
            own = own if ground.exact else own.astype(float)
            rows.append(np.broadcast_to(_along(own, user, len(shape)), shape))
        return Paid.of(np.stack(rows), None, ground.chosen, 0.0, float(ground.error))

    def under(self, ground: Ground, worth: Worth, profile: Profile) -> list[Any]:
        paid: Sequence[Fraction] = [self._offer(user, level) for user, level in enumerate(profile)]
        return [*paid, worth(profile) - sum(paid, start=Fraction(0))]

    def _offer(self, user: int, level: int) -> Fraction:
        return self.offers[user] if level == self.target[user] else Fraction(0)


def _along(values: Array, axis: int, n: int) -> Array:
    return values.reshape([-1 if k == axis else 1 for k in range(n)])
