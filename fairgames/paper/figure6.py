"""Fig. 6: payments and sensitivities by privacy level of five kinds of users, at an equilibrium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairgames.paper.federation import HETEROGENEOUS, KINDS, PROFILE, Costs
from fairgames.paper.registry import Data, Sentence
from fairgames.paper.withheld import READINGS, certificate, payments_by_level, withheld
from fairgames.plots.canvas import colour, new_figure
from fairgames.plots.sensitivities import sensitivities

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LEVELS = ("0", "1", "2")
_IMPORTANCE = {"text": "text: aᵢ = 1", "caption": "caption: aᵢ = 100 for A"}


@dataclass(frozen=True, eq=False)
class Figure6:
    """The profile of Section 4.1 at α = 1, s² = 100 and r² = 1, under both readings of the importance.

    Attributes
    ----------
    costs : c_i, one row a kind of user
    paid : by reading, φ_i at each level of a user of each kind, while the others stay
    regrets : by reading, the largest regret of any user
    searched : the numbers that the papers withhold
    """

    costs: Costs
    paid: dict[str, tuple[tuple[float, ...], ...]]
    regrets: dict[str, float]
    searched: dict[str, object]

    def data(self) -> Data:
        columns = ("reading", "kind", "count", "samples", "level", "payment", "sensitivity", "chosen")
        rows = tuple(
            (reading, kind.name, kind.count, kind.samples(), level, value, cost, int(level == kind.level))
            for reading, paid in self.paid.items()
            for kind, values, row in zip(KINDS, paid, self.costs, strict=True)
            for level, (value, cost) in enumerate(zip(values, row, strict=True))
        )
        facts = {"levels": PROFILE, "alpha": 1, "regime": str(HETEROGENEOUS), "largest regret": self.regrets}
        return Data(columns, rows, facts, self.searched, self._sentences())

    def _sentences(self) -> tuple[Sentence, ...]:
        rows = {tuple(row) for row in self.costs}
        first = KINDS[0]
        agree = self.paid["text"] == self.paid["caption"]
        return (
            Sentence("each of the N = 10 users has one of 5 sensitivity functions",
                     len(PROFILE) == 10 and len(rows) == 5, len(rows)),
            *(Sentence(f"no user benefits by changing ρ_i: the configuration is a Nash equilibrium ({reading})",
                       self.regrets[name] == 0, self.regrets[name]) for name, reading in _IMPORTANCE.items()),
            Sentence("the text (a_i = 1 for all users) and the caption (the left-most plot in Fig. 5b, where one user "
                     "has a_i = 100) describe the same payments", agree,
                     {name: paid[0][first.level] for name, paid in self.paid.items()}),
        )  # fmt: skip

    def draw(self) -> Figure:
        figure = new_figure(12.0, 6.0)
        grid = figure.subplots(len(self.paid), len(KINDS))
        for (reading, paid), line in zip(self.paid.items(), grid, strict=True):
            for place, (kind, values, row, axes) in enumerate(zip(KINDS, paid, self.costs, line, strict=True)):
                sensitivities(_LEVELS, values, row, kind.level, axes, colour=colour(place))
                axes.set_title(f"{kind.name}: n = {kind.samples()}, ×{kind.count}", fontsize=10)
                axes.set_ylabel("" if place else f"{_IMPORTANCE[reading]}\nφᵢ and cᵢ")
                axes.set_xlabel("privacy level ρᵢ" if reading == "caption" else "")
        grid[0][0].legend(frameon=False, fontsize=8.5, loc="upper left")
        return figure


def figure_6() -> Figure6:
    """The sensitivities found by :func:`fairgames.paper.withheld.withheld`."""
    found = withheld()
    paid = {name: payments_by_level(important) for name, important in READINGS.items()}
    regrets = {name: float(certificate(found.costs, important).regret) for name, important in READINGS.items()}
    return Figure6(found.costs, paid, regrets, found.facts())
