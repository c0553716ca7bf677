"""A number over two others, as a heat map (Fig. 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.errors import InputError
from fairgames.plots.canvas import floats, new_axes
from fairgames.text import lines
from fairgames.typing import Array, Number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def heat(
    x: Sequence[Number],
    y: Sequence[Number],
    values: Array,
    title: str = "",
    labels: tuple[str, str] = ("", ""),
    ax: Axes | None = None,
    limits: tuple[float, float] | None = None,
) -> Axes:
    """One coloured cell a pair, with a scale beside it ("viridis", which also reads in grey).

    Parameters
    ----------
    x, y : where the cells are, ascending
    values : one number a cell, shape (len(x), len(y)); NaN stays white
    title : what the numbers are
    labels : what x and y are
    limits : of the scale; default: the least and the greatest value

    Raises
    ------
    InputError
        If the shape of ``values`` does not fit x and y.
    MissingPackageError
        If matplotlib is not installed.
    """
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (len(x), len(y)):
        raise InputError(f"values: expected the shape ({len(x)}, {len(y)}) of x and y, got {numbers.shape}")
    axes = ax or new_axes(5.0, 4.2)
    low, high = limits or (None, None)
    across, up = floats(x, "x"), floats(y, "y")
    mesh = axes.pcolormesh(
        across, up, numbers.T, vmin=low, vmax=high, cmap="viridis", shading="nearest", rasterized=True
    )
    axes.figure.colorbar(mesh, ax=axes, shrink=0.9)
    axes.set_title(lines(title), fontsize=10)
    axes.set_xlabel(lines(labels[0]))
    axes.set_ylabel(lines(labels[1]))
    return axes
