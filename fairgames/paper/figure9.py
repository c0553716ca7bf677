"""Fig. 9: the platform's optimum for two users with sensitivities c₁ and c₂ (Section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from fairgames.mechanism.maps import DesignMap, design_map
from fairgames.paper.registry import Data
from fairgames.plots.canvas import new_figure
from fairgames.plots.heat import heat
from fairgames.utilities import LinearLaplace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: c = 0, 1/100, …, 1 for both users.
_COSTS = tuple(Fraction(k, 100) for k in range(101))


@dataclass(frozen=True, eq=False)
class Figure9:
    """The optimum at each pair (c₁, c₂), over all equilibria, mixed ones too."""

    found: DesignMap

    def data(self) -> Data:
        found = self.found
        rows = []
        for place in product(*(range(len(row)) for row in found.costs)):
            costs = (found.costs[0][place[0]], found.costs[1][place[1]])
            numbers = (found.alpha, *found.payments, found.platform_utility, found.utility)
            rows.append((*costs, *(array[place] for array in numbers), found.describe(found.regime[place])))
        return Data(
            ("c_1", "c_2", "alpha", "payment_1", "payment_2", "platform", "utility", "levels"),
            tuple(rows),
            {"scope": found.scope, "selection": found.selection, "largest regret": max(found.regret.flat)},
        )

    def draw(self) -> Figure:
        figure = new_figure(9.0, 4.0)
        kept = np.asarray(self.found.platform_utility, dtype=float)
        paid = np.asarray(self.found.payments[1], dtype=float)
        left, right = figure.subplots(1, 2)
        for axes, values, title in (
            (left, paid, "payment to user 2 at α*"),
            (right, kept, "what the platform keeps at α*"),
        ):
            heat(*self.found.costs, values, title, ("c₁, sensitivity of user 1", "c₂, sensitivity of user 2"), axes)
            axes.set_aspect("equal")
        return figure


def figure_9() -> Figure9:
    """U of eq. 10 at 101 × 101 pairs of sensitivities."""
    return Figure9(design_map(LinearLaplace(2, [0, "inf"]), _COSTS, _COSTS))
