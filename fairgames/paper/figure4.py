"""Fig. 4: two users with means θ_i and spreads σ_i where s² is large relative to r²."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairgames.paper.registry import Data, Sentence
from fairgames.plots.canvas import COLOURS, new_figure
from fairgames.typing import FloatArray
from fairgames.users import Users
from fairgames.utilities import FederatedMean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: θ_i and σ_i² of the two users; the papers draw them without numbers. Round, with s² = 16 and r² = 1.
_MEANS = (-4.0, 4.0)
_VARIANCES = (0.5, 1.5)
#: n_i of both, for what a user's own data are worth.
_SAMPLES = 10


@dataclass(frozen=True, eq=False)
class Figure4:
    """Densities of the data of two users around their means, with s² = Var(θ_i) and r² = E[σ_i²].

    Attributes
    ----------
    x : where, shape (K,)
    densities : of each user's data there, shape (2, K)
    """

    x: FloatArray
    densities: FloatArray

    @property
    def between(self) -> float:
        """s², the variance of the two means."""
        return float(np.var(_MEANS))

    @property
    def within(self) -> float:
        """r², the mean of the two variances."""
        return float(np.mean(_VARIANCES))

    def data(self) -> Data:
        rows = tuple(
            (user, float(x), float(density))
            for user, line in enumerate(self.densities, start=1)
            for x, density in zip(self.x, line, strict=True)
        )
        facts = {"theta": _MEANS, "sigma^2": _VARIANCES, "s^2": self.between, "r^2": self.within}
        chosen = {"theta and sigma^2": "any with s² large relative to r²; the papers draw them without numbers"}
        own, other = self._worth()
        return Data(("user", "x", "density"), rows, facts, chosen, (
            Sentence("s² is large relative to r², and the data is very heterogeneous", self.between > 10 * self.within,
                     self.between / self.within),
            Sentence("then information from another user does not help much to estimate θ_i: it is worth less than "
                     "a tenth of what the user’s own is", other < own / 10, {"own": own, "other": other}),
        ))  # fmt: skip

    def _worth(self) -> tuple[float, float]:
        """log(E₀/EMSE₁) where user 1 alone shares, and where user 2 alone does (eq. 15 with a = (1, 0))."""
        users = Users(samples=[_SAMPLES] * 2, importance=[1, 0])
        utility = FederatedMean(users, self.between, self.within, levels=[0, 2])
        return float(utility.at((1, 0))), float(utility.at((0, 1)))

    def draw(self) -> Figure:
        figure = new_figure(6.5, 3.6)
        axes = figure.add_subplot()
        top = float(self.densities.max())
        for user, (mean, variance, line) in enumerate(zip(_MEANS, _VARIANCES, self.densities, strict=True)):
            colour, spread = COLOURS[user], math.sqrt(variance)
            axes.fill_between(self.x, line, color=colour, alpha=0.35, linewidth=0)
            axes.plot(self.x, line, color=colour, linewidth=1.8)
            axes.vlines(mean, 0, 1.08 * top, color=colour, linestyle="--", linewidth=1.2)
            height = 0.25 * top
            axes.annotate("", (mean + spread, height), (mean, height), arrowprops={"arrowstyle": "<->", "lw": 1.2})
            axes.text(mean + spread / 2, height * 1.08, f"σ{'₁₂'[user]}", ha="center", fontsize=11)
            axes.text(mean - 1.4 * spread, 0.62 * float(line.max()), f"user {user + 1}", ha="right", fontsize=10)
        axes.annotate("", (_MEANS[1], 1.08 * top), (_MEANS[0], 1.08 * top), arrowprops={"arrowstyle": "<->", "lw": 1.2})
        axes.text(0, 1.11 * top, f"s² = Var(θᵢ) = {self.between:g}, r² = E[σᵢ²] = {self.within:g}",
                  ha="center", fontsize=10)  # fmt: skip
        axes.set_xticks(_MEANS, ["θ₁", "θ₂"], fontsize=12)
        axes.set_ylim(0, 1.22 * top)
        axes.set_yticks([])
        axes.set_ylabel("density of a user’s data")
        axes.spines[["top", "right"]].set_visible(False)
        return figure


def figure_4() -> Figure4:
    """Normal densities; the papers ask for a mean and a variance only."""
    x = np.linspace(-9, 9, 721)
    means, variances = np.array(_MEANS)[:, None], np.array(_VARIANCES)[:, None]
    return Figure4(x, np.exp(-((x - means) ** 2) / (2 * variances)) / np.sqrt(2 * np.pi * variances))
