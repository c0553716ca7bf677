"""Pictures (extra ``plot``). Each function draws on the Axes it is given and returns them; none needs a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairgames.equilibria.landscape import Landscape
from fairgames.errors import MissingPackageError
from fairgames.mechanism.result import Design

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: One colour a level, light to dark, told apart by the colour-blind and in grey (ColorBrewer "Blues").
_LEVEL_COLOURS = ("#eff3ff", "#9ecae1", "#4292c6", "#2171b5", "#084594")


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
    upper, lower = axes or _two_axes(len(users))
    alpha, platform = found.curve()
    upper.plot(alpha, platform, color="black", linewidth=1.5, label="best equilibrium at each α")
    if best is not None and best.alpha is not None:
        share, kept = float(best.alpha), float(best.platform_utility)
        upper.plot([share], [kept], marker="o", color="#d95f02", linestyle="none", label=f"α* = {share:.3f}")
        lower.axvline(share, color="#d95f02", linewidth=1.5)
    upper.set_ylabel(f"platform keeps (1 − α)·U{f' [{currency}]' if currency else ''}")
    upper.set_ylim(bottom=min(0.0, float(platform.min())))
    upper.legend(loc="upper right", frameon=False)
    _profiles(lower, found, users, levels)
    return upper, lower


def _two_axes(n_users: int) -> tuple[Axes, Axes]:
    figure = _new_figure(7.5, 3.2 + 0.24 * n_users)
    upper = figure.add_subplot(2, 1, 1)
    return upper, figure.add_subplot(2, 1, 2, sharex=upper)


def _new_figure(width: float, height: float) -> Figure:
    """A figure of its own, outside of pyplot: no window and no global state."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPackageError("matplotlib", "drawing", extra="plot") from None
    figure = Figure(figsize=(width, height), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    return figure


def _profiles(axes: Axes, found: Landscape, users: Sequence[str], levels: Sequence[str]) -> None:
    """One row of bars a user: the level chosen between any two breakpoints."""
    from matplotlib.patches import Patch

    edges = np.asarray(found.alpha, dtype=float)
    chosen = np.array(found.profiles_between)
    colours = _colours(len(levels))
    for user in range(len(users)):
        axes.barh(
            np.full(len(edges) - 1, user),
            np.diff(edges),
            left=edges[:-1],
            height=0.8,
            color=[colours[level] for level in chosen[:, user]],
            linewidth=0,
        )
    axes.set_yticks(range(len(users)), [_label(name) for name in users], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("share α paid out")
    axes.set_xlim(0, 1)
    axes.legend(
        handles=[
            Patch(facecolor=colour, edgecolor="grey", label=f"level {name}")
            for colour, name in zip(colours, levels, strict=True)
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.22),
        ncols=len(levels),
        frameon=False,
    )


def _label(name: str) -> str:
    """A name as plain text: "$" would be read as mathematics."""
    short = name if len(name) <= 24 else name[:23] + "…"
    return short.replace("$", r"\$")


def _colours(count: int) -> list[str]:
    if count <= len(_LEVEL_COLOURS):
        return [_LEVEL_COLOURS[round(k * (len(_LEVEL_COLOURS) - 1) / max(1, count - 1))] for k in range(count)]
    import matplotlib

    shades = matplotlib.colormaps["Blues"](np.linspace(0.05, 1, count))
    return [str(matplotlib.colors.to_hex(shade)) for shade in shades]
