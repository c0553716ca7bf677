"""What policies lose while they learn, summed up period by period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.plots.canvas import COLOURS, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fairgames.learning import PlatformRun


def regret(runs: Sequence[PlatformRun], ax: Axes | None = None) -> Axes:
    """The summed regret of each run, in units of what the best share keeps in a period: its median, in a band.

    The band reaches from the first to the ninth decile over seeds. Regrets are told apart on a scale that is
    logarithmic above 1.

    Raises
    ------
    MissingPackageError
        If matplotlib is not installed.
    """
    axes = ax or new_axes()
    for k, run in enumerate(runs):
        periods, middle, low, high = (np.asarray(column, dtype=float) for column in run.table().columns.values())
        colour = COLOURS[k % len(COLOURS)]
        axes.plot(periods, middle, label=run.policy, color=colour)
        axes.fill_between(periods, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.set_yscale("symlog")
    axes.set_xlabel("period")
    axes.set_ylabel("summed regret / best value")
    axes.legend(frameon=False, fontsize=8)
    return axes
