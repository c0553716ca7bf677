"""Plans that are equilibria, and the most that any state of the users' private costs pays out under each, at α = 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from fairgames.certain import Real, Reals
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import Costs, PureEquilibria
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.private.utility import states
from fairgames.tensor import Tensor
from fairgames.typing import Array


def plan_equilibria(
    game: PlanGame, every_state: bool = False, staying: Costs | None = None, leaving: Costs | None = None
) -> PureEquilibria:
    """All plans that are an equilibrium at some share; with ``every_state`` a budget has to cover each state.

    Parameters
    ----------
    staying, leaving : as of :func:`fairgames.pure_equilibria`, of agents
    """
    equilibria = pure_equilibria(game, staying, leaving)
    return replace(equilibria, capped=most_of_any_state(game, equilibria)) if every_state else equilibria


def most_of_any_state(game: PlanGame, equilibria: PureEquilibria) -> Reals:
    """Σφ, or U where values add up to it, in the dearest state of each equilibrium's plan."""
    base = game.base if game.base.exact == game.exact else PaymentGame(
        game.base.utility, game.base.users, game.base.rule, game.exact
    )  # fmt: skip
    paid = base.total_paid
    largest = Tensor(_largest(paid.values, [len(own) for own in game.agents.of_user]), paid.unit, paid.error)
    values = largest.numbers(equilibria.place(game))
    enclosed, rule = base.enclosed(), base.rule
    number = enclosed.utility if rule.efficient and not rule.platform else enclosed.divided

    def exactly(k: int) -> Real | None:
        place = [int(own) for own in np.unravel_index(int(equilibria.index[k]), game.shape)]
        found = [number(levels) for _, levels in states(game.agents, game.levels(place)) or ()]
        known = [real for real in found if real is not None]
        return equilibria.judge.greatest(known) if known and len(known) == len(found) else None

    if game.exact:
        return Reals.rational(values, "payouts")
    return Reals(values, np.full(len(equilibria), largest.error), exactly, "payouts")


def _largest(values: Array, n_rows: Sequence[int]) -> Array:
    """The largest of what a user's rows lead to: each axis as one for each row, as in :func:`expected`."""
    for user, rows in reversed(list(enumerate(n_rows))):
        before, length, after = values.shape[:user], values.shape[user], values.shape[user + 1 :]
        spread = []
        for row in range(rows):
            own = [1] * rows
            own[row] = length
            spread.append(values.reshape((*before, *own, *after)))
        values = np.asarray(reduce(np.maximum, spread))
    return values
