"""The equilibrium that leaves the platform most, as the papers select."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fairgames.mechanism.selections.candidates import Candidates, at_best_end, within
from fairgames.mechanism.selections.selection import EVERYWHERE, Pool, Selection
from fairgames.typing import BoolArray


def _over_shares(pool: Pool, cap: Fraction | None) -> Candidates:
    return within(at_best_end(pool.equilibria), pool.equilibria, cap)


def _of_one_game(pool: Pool) -> BoolArray:
    return np.ones(len(pool.equilibria), dtype=bool)


BEST = Selection("best", "the platform's best equilibrium (the papers')", _over_shares, _of_one_game, scopes=EVERYWHERE)
