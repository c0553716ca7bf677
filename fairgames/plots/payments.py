"""Payments by type of user (Fig. 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairgames.plots.canvas import ACCENT, amounts, floats, label, name_places, new_axes, numbered_colours
from fairgames.typing import Number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def payments(
    types: Sequence[str],
    paid: Sequence[Number],
    average: Number | None = None,
    starred: Sequence[int] = (),
    star: str = "singled out",
    ax: Axes | None = None,
    currency: str = "",
) -> Axes:
    """What a user of each type is paid, as bars.

    Parameters
    ----------
    types : their names, one a bar; equal names get equal colours
    paid : the payment to one user of each type
    average : shown is the difference from it, such as U(ρ)/N of Fig. 5
    starred : places of the bars to mark with a star
    star : what the star means, for the legend

    Raises
    ------
    MissingPackageError
        If matplotlib is not installed.
    """
    axes = ax or new_axes()
    heights = floats(paid, "paid") - floats([0 if average is None else average], "average")
    colours = numbered_colours(types)
    axes.bar(range(len(types)), heights, color=[colours[name] for name in types], width=0.75)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.margins(y=0.15)
    for place in starred:
        up = heights[place] >= 0
        axes.annotate(
            "★", (place, heights[place]), (0, 1 if up else -1), textcoords="offset points",
            ha="center", va="bottom" if up else "top", color=ACCENT, fontsize=12,
        )  # fmt: skip
    if len(starred):
        from matplotlib.lines import Line2D

        mark = Line2D([], [], marker="*", markersize=10, color=ACCENT, linestyle="none", label=label(star))
        axes.legend(handles=[mark], frameon=False, fontsize=8)
    amounts(axes.yaxis, "payment" if average is None else "payment − average", currency)
    name_places(axes, types)
    return axes
