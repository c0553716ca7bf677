"""Equilibria of many users along α, on the way up and on the way down: where the two differ, history decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.mechanism.path_result import PathDesign
from fairgames.mechanism.path_steps import EquilibriumPath, PathStep
from fairgames.plots.canvas import ACCENT, COLOURS, amounts, label, mark_optimum, new_pair
from fairgames.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Line styles of the two directions: the way down shows through the way up.
_STYLES = {True: "-", False: (0, (4, 2))}


def paths(
    found: PathDesign, levels: Sequence[str], axes: tuple[Axes, Axes] | None = None, currency: str = ""
) -> tuple[Axes, Axes]:
    """What the platform keeps at the equilibria that are met as α rises and falls, and how many users choose what.

    Parameters
    ----------
    found : from :func:`fairgames.design` with ``method="path"``; under Theorem 1 there are no paths to draw
    levels : names to show
    axes : (upper, lower) to draw on; default a new figure

    Raises
    ------
    MissingPackageError
        If matplotlib is not installed.
    """
    upper, lower = pair = axes or new_pair(7.5, 6.0)
    from matplotlib.ticker import MaxNLocator

    for path in found.paths:
        way = "α rises" if path.upwards else "α falls"
        alpha, kept = _curve(path)
        upper.plot(alpha, kept, color="black", linestyle=_STYLES[path.upwards], linewidth=1.5, label=way)
        shares, counts = _counts(path)
        for level, name in enumerate(levels):
            told = f"level {label(name)}, {way}"
            lower.plot(shares, counts[:, level], color=COLOURS[level], linestyle=_STYLES[path.upwards], label=told)
    if found.alpha is not None:
        share, value = float(found.alpha), float(found.platform_utility)
        mark_optimum(upper, share, value)
        lower.axvline(share, color=ACCENT, linewidth=1)
    amounts(upper.yaxis, "platform keeps (1 − α)·U", currency)
    upper.set_ylim(bottom=min(0.0, upper.get_ylim()[0]))
    lower.set_ylabel("users on a level")
    lower.yaxis.set_major_locator(MaxNLocator(integer=True))
    lower.set_xlabel("share α paid out")
    lower.set_xlim(0, 1)
    upper.legend(loc="upper right", frameon=False)
    lower.legend(loc="center right", frameon=False, fontsize=8)
    return pair


def _spans(path: EquilibriumPath) -> Iterator[tuple[float, float, PathStep]]:
    """From where to where each equilibrium stands: from the share at which it is met to the end of its interval."""
    shares = [rest.alpha for rest in path.rests]
    ends = [*shares[1:], 1.0 if path.upwards else 0.0]
    for begin, end, rest in zip(shares, ends, path.rests, strict=True):
        low, high = rest.interval
        yield begin, min(max(end, low), high), rest


def _curve(path: EquilibriumPath) -> tuple[FloatArray, FloatArray]:
    """Points (α, (1 − α)·U) along a path; what is kept is a straight line while an equilibrium stands."""
    points = [(alpha, rest.keeps(alpha)) for begin, end, rest in _spans(path) for alpha in (begin, end)]
    alpha, kept = np.array(points).T
    return alpha, kept


def _counts(path: EquilibriumPath) -> tuple[FloatArray, FloatArray]:
    """How many users are on each level at these points, shape (2M, L)."""
    spans = list(_spans(path))
    alpha = np.array([end for begin, stop, _ in spans for end in (begin, stop)])
    return alpha, np.repeat([rest.counts for _, _, rest in spans], 2, axis=0).astype(float)
