"""Equilibria at one share that best responses lead to from several profiles: for games too large to list."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairgames.equilibria.large.best_response import RestPoint, best_responses
from fairgames.equilibria.large.game import ClassGame
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.progress import track
from fairgames.tables.table import Table, Tabular
from fairgames.typing import FloatArray, Number
from fairgames.utilities.given import Stated
from fairgames.valuation.alpha import AlphaOfUtility

#: How this solver is called among those of payoff tables.
ID = "fairgames:best-response"
#: Random profiles to begin with, besides the lowest and the highest.
_STARTS = 8


@dataclass(frozen=True, eq=False)
class FoundByResponse(Tabular):
    """The equilibria found by best responses at one share; there may be others.

    Attributes
    ----------
    game : on counts of users by class
    rests : distinct equilibria, in the order in which they were found
    repeated : indices into them, one for each other start that led to one
    seconds : the time that it took
    """

    game: ClassGame
    rests: tuple[RestPoint, ...]
    repeated: tuple[int, ...]
    seconds: float

    @property
    def degenerate(self) -> bool:
        """Whether at one of them somebody is indifferent, as far as errors let one tell."""
        return any(
            bool((np.abs(rest.position.gains(rest.alpha)[rest.position.possible]) <= rest.bound).any())
            for rest in self.rests
        )

    def payoffs(self, rest: RestPoint) -> FloatArray:
        """What each user gets, shape (N,): payment less cost."""
        position = rest.position
        paid = np.einsum("cxx->cx", np.nan_to_num(position.deviation_values.values[self.game.type_of]))
        return self.game.spread(rest.alpha * paid - self.game.costs, position.counts)

    def table(self) -> Table:
        """One row a user and equilibrium: its level with chance 1, and its payoff.

        The columns are those of :meth:`fairgames.solvers.crosscheck.CrossCheck.table`; ``regret`` is the largest
        of any user.
        """
        game = self.game.game
        names, levels = game.users.names, game.utility.level_names
        rows = [
            (index, user, levels[level], 1.0, payoff, rest.regret, False)
            for index, rest in enumerate(self.rests)
            for user, level, payoff in zip(
                names, self.game.profile(rest.position.counts), self.payoffs(rest).tolist(), strict=True
            )
        ]
        return Table.of_rows(("equilibrium", "player", "strategy", "chance", "payoff", "regret", "exact"), rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, with the keys of :meth:`fairgames.solvers.crosscheck.CrossCheck.to_dict`."""
        n_levels = self.game.allowed.shape[1]
        return {
            "equilibria": [
                {
                    "strategies": np.eye(n_levels)[list(self.game.profile(rest.position.counts))].tolist(),
                    "payoffs": self.payoffs(rest).tolist(),
                    "regret": rest.regret,
                    "regret_bound": rest.bound,
                    "exact": False,
                }
                for rest in self.rests
            ],
            "degenerate": self.degenerate,
            "solvers": {
                ID: {
                    "found": list(range(len(self.rests))),
                    "missed": [],
                    "repeated": list(self.repeated),
                    "wrong": [],
                    "seconds": self.seconds,
                    "error": None,
                }
            },
        }


def by_best_response(
    game: PaymentGame | Stated, alpha: Number | AlphaOfUtility | None = None, seed: int = 0
) -> FoundByResponse:
    """Equilibria at one share, found by best responses from the lowest, the highest and random profiles.

    Parameters
    ----------
    alpha : the share; None under Theorem 1
    seed : of the random profiles

    Raises
    ------
    InputError
        If the share is missing, given under Theorem 1, or a function of U: then there is no
        potential that rises.
    """
    game = PaymentGame.of(game, "by_best_response")
    share = game.share(alpha)
    if isinstance(share, AlphaOfUtility):
        raise InputError(f"{ID}: with a share that depends on U there is no potential; give a constant share")
    begun, counted, generator = time.perf_counter(), ClassGame(game), np.random.default_rng(seed)
    begin = [counted.lowest(), counted.highest(), *(counted.random(generator) for _ in range(_STARTS))]
    rests: dict[bytes, RestPoint] = {}
    repeated = []
    for counts in track(begin, "equilibria: starts"):
        rest = best_responses(counted, counts, 1.0 if share is None else float(share))
        key = rest.position.counts.tobytes()
        if key in rests:
            repeated.append(list(rests).index(key))
        rests.setdefault(key, rest)
    return FoundByResponse(counted, tuple(rests.values()), tuple(repeated), time.perf_counter() - begun)
