"""Fig. 8: α*, and who gets what of U there, against the users' common sensitivity c (Section 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fairgames.mechanism.symmetric import SymmetricDesign
from fairgames.paper.examples import symmetric_optimum
from fairgames.paper.registry import Data, Sentence
from fairgames.plots.canvas import COLOURS, new_figure
from fairgames.progress import track
from fairgames.typing import FloatArray, Scalar
from fairgames.utilities import LinearLaplace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: c = 0, 1/120, …, 1: the ends of the regimes, 1/3 and 2/3, are among them.
_COSTS = tuple(Fraction(k, 120) for k in range(121))


@dataclass(frozen=True, eq=False)
class Figure8:
    """The optimum over symmetric equilibria at each c."""

    costs: tuple[Fraction, ...]
    optima: tuple[SymmetricDesign, ...]

    def data(self) -> Data:
        rows = tuple(
            (cost, best.alpha, best.p, best.utility, best.payments[0], best.platform_utility)
            for cost, best in zip(self.costs, self.optima, strict=True)
        )
        columns = ("c", "alpha", "p", "utility", "payment_to_each_user", "platform")
        facts = {"gamma_max": self.optima[0].gamma_max, "c_th": self.optima[0].c_th}
        return Data(columns, rows, facts, sentences=self._sentences())

    def _sentences(self) -> tuple[Sentence, ...]:
        pairs = list(zip(self.costs, self.optima, strict=True))
        third, two_thirds = Fraction(1, 3), Fraction(2, 3)
        ends = (self.optima[0].c_th, self.optima[0].gamma_max)
        return (
            Sentence("c_th = 1/3 and γ_max = 2/3", ends == (third, two_thirds), ends),
            Sentence("for c ≤ 1/3, α* = 2c", all(best.alpha == 2 * c for c, best in pairs if c <= third), None),
            Sentence("in this regime the total utility is maximised",
                     all(best.utility == 1 for c, best in pairs if c <= third), None),
            Sentence("for c in [1/3, 2/3], α* = 6c/(3c + 2)",
                     all(best.alpha == 6 * c / (3 * c + 2) for c, best in pairs if third <= c < two_thirds), None),
            Sentence("there the total utility decreases", _falls([b.utility for c, b in pairs if third <= c]), None),
            Sentence("for c ≥ 2/3, utility and payments are zero with α* = 0",
                     all(best.alpha == best.utility == 0 for c, best in pairs if c >= two_thirds), None),
        )  # fmt: skip

    def draw(self) -> Figure:
        figure = new_figure(6.0, 6.0)
        upper, lower = figure.subplots(2, 1, sharex=True)
        c = np.array(self.costs, dtype=float)
        self._shares(upper, c)
        self._division(lower, c)
        for axes in (upper, lower):
            for end in (1 / 3, 2 / 3):
                axes.axvline(end, color="grey", linewidth=0.8, linestyle=":")
        return figure

    def _shares(self, axes: Axes, c: FloatArray) -> None:
        alpha = np.array([best.alpha for best in self.optima], dtype=float)
        jump = np.flatnonzero(np.diff(alpha) < 0) + 1
        axes.plot(np.insert(c, jump, np.nan), np.insert(alpha, jump, np.nan), color="black", linewidth=1.8)
        axes.set_ylabel("optimal share α*")
        axes.set_ylim(-0.04, 1.12)
        for middle, name in ((0.225, "α* = 2c\nall share"), (1 / 2, "α* = 6c/(3c + 2)\nusers mix")):
            axes.text(middle, 0.12, name, ha="center", fontsize=9)
        axes.text(5 / 6, 0.12, "α* = 0\nnobody shares", ha="center", fontsize=9)

    def _division(self, axes: Axes, c: FloatArray) -> None:
        each = np.array([best.payments[0] for best in self.optima], dtype=float)
        platform = np.array([best.platform_utility for best in self.optima], dtype=float)
        axes.stackplot(c, each, each, platform, colors=[COLOURS[4], COLOURS[0], COLOURS[1]],
                       labels=["paid to user 1", "paid to user 2", "kept by the platform"], linewidth=0)  # fmt: skip
        axes.plot(c, 2 * each + platform, color="black", linewidth=1.8, label="total utility U")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.12)
        axes.set_xlabel("privacy sensitivity c")
        axes.set_ylabel("expected utility at α*")
        axes.legend(loc="upper right", frameon=False, fontsize=9)


def figure_8() -> Figure8:
    """U of eq. 10 at 121 sensitivities."""
    utility = LinearLaplace(2, [0, "inf"])
    return Figure8(_COSTS, tuple(symmetric_optimum(utility, cost) for cost in track(_COSTS, "Fig. 8")))


def _falls(values: list[Scalar]) -> bool:
    """Whether values fall, strictly until they reach 0."""
    return all(first > second or first == second == 0 for first, second in pairwise(values))
