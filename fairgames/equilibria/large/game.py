"""The users' game where profiles are too many to list: users in classes, deviation values at single profiles."""

from __future__ import annotations

from fairgames.equilibria.large.classes import CostClasses
from fairgames.equilibria.large.priced_state import PricedState
from fairgames.game import PaymentGame
from fairgames.private.deviations import PlanDeviations
from fairgames.private.game import PlanGame
from fairgames.typing import IntArray
from fairgames.valuation.deviation_values import DeviationMethod
from fairgames.valuation.deviations import deviation_method_of

#: Positions that are kept: paths up and down pass the same ones.
_KEPT = 20_000


class ClassGame(CostClasses):
    """The game of a :class:`~fairgames.PaymentGame` on counts of users by class; of agents, where costs are private.

    Attributes
    ----------
    n_priced : at how many states all deviations were priced
    """

    def __init__(self, game: PaymentGame) -> None:
        super().__init__(game)
        self.deviation_method: DeviationMethod = (
            PlanDeviations(game) if isinstance(game, PlanGame) else deviation_method_of(game.utility, game.rule)
        )
        self.n_priced = 0
        self._known: dict[bytes, PricedState] = {}

    def at(self, counts: IntArray) -> PricedState:
        """The priced state at some counts; kept, so that asking again costs nothing.

        Raises
        ------
        TooLargeError
            If no method gives the values of all deviations of so many users with this utility.
        """
        key = counts.tobytes()
        if key not in self._known:
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self.n_priced += 1
            self._known[key] = PricedState(self, counts, self.deviation_method.at(self.by_type(counts)))
        return self._known[key]
