"""What all pictures share: figures without a screen, colours that everybody can tell apart, labels."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fairgames.errors import MissingPackageError
from fairgames.exact import to_fraction
from fairgames.text import number, printable
from fairgames.typing import FloatArray, Number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

#: Okabe & Ito (2008): told apart with every kind of colour vision; black is left to curves.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
#: For what stands out: the optimum, a choice.
ACCENT = "#D55E00"

#: One colour a level, light to dark, told apart by the colour-blind and in grey (ColorBrewer "Blues").
_LEVEL_COLOURS = ("#eff3ff", "#9ecae1", "#4292c6", "#2171b5", "#084594")

#: Dots an inch.
_DPI = 150

#: Points of upright names, and pixels between neighbours.
_SIZES, _GAP = (9, 7, 5), 2


def new_figure(width: float, height: float) -> Figure:
    """A figure of its own, in inches, outside of pyplot: no window and no global state.

    Raises
    ------
    MissingPackageError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPackageError("matplotlib", "drawing", extra="plot") from None
    figure = Figure(figsize=(width, height), layout="constrained", dpi=_DPI)
    FigureCanvasAgg(figure)
    return figure


def new_axes(width: float = 6.0, height: float = 4.0) -> Axes:
    """The only Axes of a new figure that shows by itself."""
    return _figure_to_show(width, height).add_subplot(axes_class=_shown_axes())


class AxesPair(tuple["Axes", "Axes"]):
    """Upper and lower Axes of one figure, which a notebook shows."""

    __slots__ = ()

    def _repr_png_(self) -> bytes | None:
        return _png(self[0])


class AxesRow(tuple["Axes", ...]):
    """Axes of one figure beside each other, which a notebook shows."""

    __slots__ = ()

    def _repr_png_(self) -> bytes | None:
        return _png(self[0])


def new_row(height: float, widths: Sequence[float]) -> AxesRow:
    """Axes beside each other, of such widths, that share what is up, of a new figure that shows by itself."""
    figure = _figure_to_show(sum(widths), height)
    return AxesRow(figure.subplots(1, len(widths), sharey=True, squeeze=False, width_ratios=list(widths))[0])


def new_pair(width: float, height: float) -> AxesPair:
    """Two Axes above each other that share α, of a new figure that shows by itself."""
    figure = _figure_to_show(width, height)
    upper = figure.add_subplot(2, 1, 1)
    return AxesPair((upper, figure.add_subplot(2, 1, 2, sharex=upper)))


def _figure_to_show(width: float, height: float) -> Figure:
    """A figure of pyplot's where that is in use, so that ``plt.show()`` shows it; else one that notebooks show."""
    if "matplotlib.pyplot" not in sys.modules:
        return new_figure(width, height)
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(width, height), layout="constrained", dpi=_DPI)


def not_shown(figure: Figure) -> Figure:
    """The same figure, which pyplot knows no longer: it becomes a file."""
    if "matplotlib.pyplot" in sys.modules:
        import matplotlib.pyplot as plt

        plt.close(figure)
    return figure


@cache
def _shown_axes() -> type[Axes]:
    from matplotlib.axes import Axes

    class ShownAxes(Axes):
        """Axes whose figure a notebook shows."""

        def _repr_png_(self) -> bytes | None:
            return _png(self)

    return ShownAxes


def _png(axes: Axes) -> bytes | None:
    """The figure, unless pyplot shows it anyway."""
    figure = axes.figure.figure
    if "matplotlib.pyplot" in sys.modules:
        import matplotlib.pyplot as plt

        if plt.fignum_exists(getattr(figure, "number", -1)):
            return None
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI)
    return file.getvalue()


def label(name: str, longest: int = 24) -> str:
    """A name as plain text without controls, cut if it is long: "$" would be read as mathematics."""
    name = printable(name)
    short = name if len(name) <= longest else name[: longest - 1] + "…"
    return short.replace("$", r"\$")


def name_places(axes: Axes, names: Sequence[str]) -> None:
    """Name the places 0, 1, … of the horizontal axis so that no two names overlap.

    Names that do not fit beside each other stand upright, then become smaller, and of very many only
    some are shown.
    """
    texts = [label(name) for name in names]
    axes.set_xticks(range(len(texts)), texts)
    if _fit(axes):
        return
    for size in _SIZES:
        axes.tick_params(axis="x", labelrotation=90, labelsize=size)
        if _fit(axes):
            return
    step = 2
    while step < len(texts):
        axes.set_xticks(range(0, len(texts), step), texts[::step])
        if _fit(axes):
            return
        step += 1


def _fit(axes: Axes) -> bool:
    """Whether the names of places leave each other some room where the layout puts them."""
    axes.figure.canvas.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.get_xticklabels() if text.get_text()]
    return all(left.x1 + _GAP <= right.x0 for left, right in pairwise(boxes))


def thin_out(axes: Axes) -> None:
    """As many numbers below a narrow picture as have room beside each other."""
    from matplotlib.ticker import MaxNLocator

    for most in (3, 2, 1):
        if _fit(axes):
            return
        axes.xaxis.set_major_locator(MaxNLocator(most))


def level_colours(count: int) -> list[str]:
    """One shade a level."""
    if count <= len(_LEVEL_COLOURS):
        return [_LEVEL_COLOURS[round(k * (len(_LEVEL_COLOURS) - 1) / max(1, count - 1))] for k in range(count)]
    import matplotlib

    shades = matplotlib.colormaps["Blues"](np.linspace(0.05, 1, count))
    return [str(matplotlib.colors.to_hex(shade)) for shade in shades]


def mark_optimum(axes: Axes, share: float, kept: float) -> None:
    """A dot at α*, named beside it: a dot in a legend would look like a second optimum."""
    axes.plot([share], [kept], marker="o", color=ACCENT, linestyle="none")
    left = share < 0.6
    told = f"{share:.3f}" if share == 0 or share >= 0.001 else f"{share:.3g}"
    axes.annotate(
        f"α* = {told}", (share, kept), (7 if left else -7, 3), textcoords="offset points",
        ha="left" if left else "right", va="bottom", color=ACCENT,
    )  # fmt: skip
    axes.margins(y=0.13)


def money(what: str, currency: str) -> str:
    """An axis label with its currency, if there is one."""
    return f"{what} [{label(currency)}]" if currency else what


def amounts(axis: Axis, what: str, currency: str) -> None:
    """Name an axis of amounts of money; they have thousands separators, and no exponents."""
    axis.set_label_text(money(what, currency))
    axis.set_major_formatter(lambda value, _place: number(value))


def floats(values: Iterable[Number], what: str) -> FloatArray:
    """Numbers to draw; strings such as "2/3" are read.

    Raises
    ------
    InputError
        If a string is no number.
    """
    return np.array([float(to_fraction(value, what) if isinstance(value, str) else value) for value in values])


def colour(number: int) -> str:
    """A colour by number; they repeat after the last."""
    return COLOURS[number % len(COLOURS)]


def numbered_colours(names: Sequence[str]) -> dict[str, str]:
    """One colour a name, by first appearance."""
    return {name: colour(number) for number, name in enumerate(dict.fromkeys(names))}
