"""Equilibria of many users along α, on the way up and on the way down: where the two differ, history decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.dynamics.path import Path
from fairgames.mechanism.path import PathDesign
from fairgames.plots.canvas import ACCENT, COLOURS, label, money, new_figure
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
    upper, lower = axes or _two_axes()
    for path in found.paths:
        way = "α rises" if path.upwards else "α falls"
        alpha, kept = _curve(path)
        upper.plot(alpha, kept, color="black", linestyle=_STYLES[path.upwards], linewidth=1.5, label=way)
        shares, counts = _steps(path, len(levels))
        for level, name in enumerate(levels):
            told = f"level {label(name)}, {way}"
            lower.plot(shares, counts[:, level], color=COLOURS[level], linestyle=_STYLES[path.upwards], label=told)
    if found.alpha is not None:
        share, value = float(found.alpha), float(found.platform_utility)
        upper.plot([share], [value], marker="o", color=ACCENT, linestyle="none", label=f"α* = {share:.4g}")
        lower.axvline(share, color=ACCENT, linewidth=1)
    upper.set_ylabel(money("platform keeps (1 − α)·U", currency))
    upper.set_ylim(bottom=min(0.0, upper.get_ylim()[0]))
    lower.set_ylabel("users on a level")
    lower.set_xlabel("share α paid out")
    lower.set_xlim(0, 1)
    upper.legend(loc="upper right", frameon=False)
    lower.legend(loc="center right", frameon=False, fontsize=8)
    return upper, lower


def _two_axes() -> tuple[Axes, Axes]:
    figure = new_figure(7.5, 6.0)
    upper = figure.add_subplot(2, 1, 1)
    return upper, figure.add_subplot(2, 1, 2, sharex=upper)


def _spans(path: Path) -> Iterator[tuple[float, float, int]]:
    """From where to where α moved while each equilibrium stood: from its share to the next one's."""
    shares = [rest.alpha for rest in path.rests]
    ends = [*shares[1:], 1.0 if path.upwards else 0.0]
    for number, (begin, end) in enumerate(zip(shares, ends, strict=True)):
        yield begin, end, number


def _curve(path: Path) -> tuple[FloatArray, FloatArray]:
    """Points (α, (1 − α)·U) along a path; what is kept is a straight line while an equilibrium stands."""
    alpha, kept = [], []
    for begin, end, number in _spans(path):
        position = path.rests[number].position
        inside = position.interval
        stop = min(max(end, inside.low), inside.high)
        alpha += [begin, stop]
        kept += [position.keeps(begin), position.keeps(stop)]
    return np.array(alpha), np.array(kept)


def _steps(path: Path, n_levels: int) -> tuple[FloatArray, FloatArray]:
    """Points of step curves: how many users are on each level, shape (2M, L)."""
    shares, counts = [], []
    for begin, end, number in _spans(path):
        shares += [begin, end]
        counts += [path.rests[number].position.counts.sum(axis=0)] * 2
    return np.array(shares), np.array(counts, dtype=float).reshape(-1, n_levels)
