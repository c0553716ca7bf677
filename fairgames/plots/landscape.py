"""The platform's landscape over α, and who chooses what on the way (Fig. 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairgames.equilibria.pure.landscape import Landscape
from fairgames.mechanism.result import Design
from fairgames.plots.canvas import ACCENT, amounts, label, level_colours, mark_optimum, new_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes


def landscape(
    found: Landscape,
    users: Sequence[str],
    levels: Sequence[str],
    best: Design | None = None,
    axes: tuple[Axes, Axes] | None = None,
    currency: str = "",
) -> tuple[Axes, Axes]:
    """The platform's utility against α, and below it the levels that the users choose (Fig. 7).

    Parameters
    ----------
    found : from :func:`fairgames.landscape`
    users, levels : names to show
    best : marks α* of :func:`fairgames.design`
    axes : (upper, lower) to draw on; default a new figure

    Raises
    ------
    MissingPackageError
        If matplotlib is not installed.
    """
    upper, lower = pair = axes or new_pair(7.5, max(4.8, 3.2 + 0.24 * len(users)))
    alpha, platform = found.curve()
    upper.plot(alpha, platform, color="black", linewidth=1.5)
    if best is not None and best.alpha is not None:
        share, kept = float(best.alpha), float(best.platform_utility)
        mark_optimum(upper, share, kept)
        lower.axvline(share, color=ACCENT, linewidth=1.5)
    amounts(upper.yaxis, "platform keeps\n(1 − α)·U at its\nbest equilibrium", currency)
    upper.set_ylim(bottom=min(0.0, float(platform.min())))
    _profiles(lower, found, users, levels)
    return pair


def _profiles(axes: Axes, found: Landscape, users: Sequence[str], levels: Sequence[str]) -> None:
    """One row of bars a user: the level chosen between any two breakpoints."""
    from matplotlib.patches import Patch

    edges = np.asarray(found.alpha, dtype=float)
    chosen = np.array(found.profiles_between)
    colours = level_colours(len(levels))
    for user, own in enumerate(chosen.T):
        begins = np.flatnonzero(np.diff(own, prepend=-1))  # neighbours of one level are one bar
        ends = np.append(edges[begins[1:]], edges[-1])
        axes.barh(
            np.full(len(begins), user),
            ends - edges[begins],
            left=edges[begins],
            height=0.8,
            color=[colours[level] for level in own[begins]],
            linewidth=0,
            antialiased=False,  # or neighbours of one colour show a seam
        )
    axes.set_yticks(range(len(users)), [label(name) for name in users], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("share α paid out")
    axes.set_xlim(0, 1)
    axes.legend(
        handles=[
            Patch(facecolor=colour, edgecolor="grey", label=f"level {label(name)}")
            for colour, name in zip(colours, levels, strict=True)
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.22),
        ncols=len(levels),
        frameon=False,
    )
