"""The potential Φ_α along a path of best responses: it rises at every step, so the path ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.game import PaymentGame
from fairgames.plots.canvas import ACCENT, COLOURS, amounts, label, new_axes
from fairgames.typing import Number, Profile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Steps up to which the profile of each is written below.
_NAMED = 12


def best_response_path(
    game: PaymentGame, alpha: Number | None, start: Sequence[int] | None = None
) -> list[tuple[Profile, Number]]:
    """Profiles (level indices) with their Φ_α, from ``start`` to a pure equilibrium.

    At each step the first user, in order, who gains moves to the best level for it, the lowest
    of equals. What the user gains Φ_α gains (Monderer & Shapley 1996); gains within rounding
    are none.

    Parameters
    ----------
    alpha : the share; None under Theorem 1
    start : level indices; default: everybody at the lowest allowed level

    Raises
    ------
    InputError
        If the share or the profile does not fit the game.

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import LinearLaplace
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> [(profile, str(value)) for profile, value in best_response_path(game, "7/10")]
    [((0, 0), '0'), ((1, 0), '1/6'), ((1, 1), '59/300')]
    """
    potential = game.exact_potential(alpha)
    slack = 2 * potential.error
    place = game.index([levels[0] for levels in game.strategies] if start is None else start)
    path = [(game.levels(place), potential.values[place])]
    while True:
        for user in range(len(place)):
            line = np.moveaxis(potential.values, user, -1)[(*place[:user], *place[user + 1 :])]
            best = int(np.argmax(line))
            if line[best] - line[place[user]] > slack:
                place = (*place[:user], best, *place[user + 1 :])
                path.append((game.levels(place), potential.values[place]))
                break
        else:
            return path


def potential_path(
    game: PaymentGame,
    alpha: Number | None,
    start: Sequence[int] | None = None,
    ax: Axes | None = None,
    currency: str = "",
) -> Axes:
    """Φ_α along :func:`best_response_path`; a star marks the equilibrium at its end.

    Raises
    ------
    InputError
        If the share or the profile does not fit the game.
    MissingPackageError
        If matplotlib is not installed.
    """
    path = best_response_path(game, alpha, start)
    axes = ax or new_axes()
    values = [float(value) for _, value in path]
    axes.plot(range(len(path)), values, marker="o", color=COLOURS[0], drawstyle="steps-post")
    axes.plot([len(path) - 1], values[-1:], marker="*", markersize=16, color=ACCENT, markeredgecolor="black",
              linestyle="none", label="equilibrium")  # fmt: skip
    axes.margins(x=0.06, y=0.1)
    if len(path) <= _NAMED:
        names = game.utility.level_names
        axes.set_xticks(
            range(len(path)),
            [",".join(label(names[level], 6) for level in profile) for profile, _ in path],
            rotation=30 if len(game.users) > 3 else 0,
            ha="right" if len(game.users) > 3 else "center",
            fontsize=8,
        )
        axes.set_xlabel("levels after each best response")
    else:
        axes.set_xlabel("best responses")
    amounts(axes.yaxis, "potential Φ of the users' game", currency)
    axes.legend(frameon=False, loc="lower right")
    return axes
