"""Payments against sensitivities, with the level that each user chooses (Fig. 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.plots.canvas import ACCENT, COLOURS, amounts, floats, name_places, new_axes
from fairgames.typing import Number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def sensitivities(
    levels: Sequence[str],
    paid: Sequence[Number],
    costs: Sequence[Number],
    chosen: int | None = None,
    ax: Axes | None = None,
    currency: str = "",
    colour: str = COLOURS[1],
) -> Axes:
    """What one user is paid at each level while the others stay, and what the level costs the user.

    Parameters
    ----------
    levels : their names
    paid : the payment at each level
    costs : c_i at each level
    chosen : index of the level to mark with a star; default: the best one, the lowest of equals
    colour : of the sensitivities
    ax : where to draw; on new Axes the lines are named in a legend

    Raises
    ------
    MissingPackageError
        If matplotlib is not installed.
    """
    axes = ax or new_axes(4.0, 3.2)
    earned, borne = floats(paid, "paid"), floats(costs, "costs")
    star = int(np.argmax(earned - borne)) if chosen is None else chosen
    places = np.arange(len(levels))
    axes.plot(places, earned, marker="o", color="black", label="payment", zorder=2)
    # Dashed and above: where both are the same, both are seen.
    axes.plot(places, borne, marker="s", markersize=4, linestyle="--", color=colour, label="sensitivity", zorder=3)
    axes.vlines(places, borne, earned, color="grey", linewidth=0.8, linestyle=":")
    axes.plot([star], [earned[star]], marker="*", markersize=16, color=ACCENT, markeredgecolor="black",
              linestyle="none", label="choice", zorder=4)  # fmt: skip
    axes.margins(x=0.12, y=0.12)
    axes.set_xlabel("privacy level")
    amounts(axes.yaxis, "payment, sensitivity", currency)
    name_places(axes, levels)
    if ax is None:
        axes.legend(frameon=False)
    return axes
