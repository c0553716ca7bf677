"""The equilibria at one share side by side: who would play what, and what speaks for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.equilibria.refinements.result import Prospects
from fairgames.errors import InputError
from fairgames.plots.canvas import ACCENT, COLOURS, amounts, label, level_colours, new_row, thin_out
from fairgames.text import how_many

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Rows and columns that can be told apart.
_MOST_ROWS, _MOST_USERS = 100, 60


def played(found: Prospects, currency: str = "") -> tuple[Axes, ...]:
    """One row an equilibrium: the level of each user, what the platform keeps, its basin, its chance if learnt.

    Whoever mixes has a cell of several colours, as wide as their chances. The stochastically stable equilibria are
    marked. Bars of basins have their 95% intervals.

    Parameters
    ----------
    found : from :func:`fairgames.played`

    Raises
    ------
    InputError
        If there are no equilibria, or more rows or users than can be told apart.
    MissingPackageError
        If matplotlib is not installed.
    """
    rows, users = len(found), len(found.players)
    if not rows:
        raise InputError("played: there is no equilibrium to draw; see the remarks of the table")
    if rows > _MOST_ROWS or users > _MOST_USERS:
        raise InputError(
            f"played: {how_many(rows)} equilibria of {users} users cannot be told apart; write the table: "
            "fairgames played -o FILE.csv"
        )
    panels = _panels(found, currency)
    widths = [1.0 + max(1.2, 0.36 * users), *[1.9] * len(panels)]
    grid = new_row(1.6 + 0.2 * max(rows, 4), widths)
    figure = grid[0].figure.figure
    figure.suptitle(label(found.title, 100), fontsize=10)
    _levels(grid[0], found)
    stable = [bool(one.stochastically_stable) for one in found.equilibria]
    for axes, (heading, values, intervals) in zip(grid[1:], panels, strict=True):
        drawn = {k: value for k, value in enumerate(values) if value is not None}
        colours = [ACCENT if stable[k] else COLOURS[0] for k in drawn]
        axes.barh(list(drawn), list(drawn.values()), height=0.7, color=colours)
        for k in drawn if intervals else ():
            axes.plot(intervals[k], [k, k], color="black", linewidth=0.8)
        amounts(axes.xaxis, heading, "")
        axes.margins(y=0)
    grid[0].set_ylim(rows - 0.5, -0.5)
    for axes in grid[1:]:
        thin_out(axes)
    return grid


_Panel = tuple[str, "list[float | None]", "list[tuple[float, float]]"]


def _panels(found: Prospects, currency: str) -> list[_Panel]:
    """Heading, a value each, and an interval each where there are some; without those that have no value at all."""
    every = found.equilibria
    money = f" [{label(currency)}]" if currency else ""
    basins = [None if one.basin is None else 100 * one.basin.share for one in every]
    ends = [(0.0, 0.0) if one.basin is None else one.basin.interval for one in every]
    panels: list[_Panel] = [
        (f"platform keeps{money}", [None if one.platform is None else float(one.platform) for one in every], []),
        ("basin [% of starts]", basins, [(100 * low, 100 * high) for low, high in ends]),
        (f"log-linear [%], λ = {found.precision:g}" if found.precision is not None else "",
         [None if one.logit is None else 100 * one.logit for one in every], []),
    ]  # fmt: skip
    return [panel for panel in panels if any(value is not None for value in panel[1])]


def _levels(axes: Axes, found: Prospects) -> None:
    """Who plays what."""
    from matplotlib.patches import Patch

    names = _names(found.strategies)
    colours = dict(zip(names, level_colours(len(names)), strict=True))
    for user, own in enumerate(found.strategies):
        chances = np.array([one.strategies[user] for one in found.equilibria], dtype=float)
        left = np.full(len(found), user - 0.46)
        for name, weights in zip(own, chances.T, strict=True):
            wide = 0.92 * weights
            axes.barh(range(len(found)), wide, left=left, height=0.86, color=colours[name], linewidth=0)
            left = left + wide
    stable = [k for k, one in enumerate(found.equilibria) if one.stochastically_stable]
    axes.set_yticks(range(len(found)), list(map(str, range(len(found)))), fontsize=8)
    for k in stable:
        axes.get_yticklabels()[k].set(color=ACCENT, fontweight="bold")
    axes.set_xticks(range(len(found.players)), list(map(label, found.players)), rotation=90, fontsize=8)
    axes.set_xlim(-0.5, len(found.players) - 0.5)
    axes.set_ylabel("equilibrium")
    handles = [Patch(facecolor=colours[name], edgecolor="grey", label=f"level {label(name)}") for name in names]
    if stable:
        handles.append(Patch(facecolor=ACCENT, label="maximiser of the potential (stochastically stable)"))
    axes.figure.figure.legend(
        handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9
    )


def _names(strategies: Sequence[Sequence[str]]) -> list[str]:
    """All levels, those of a user in their order."""
    return list(dict.fromkeys(name for own in sorted(strategies, key=len, reverse=True) for name in own))
