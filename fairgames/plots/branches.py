"""Which equilibrium exists at which share α, and what it leaves the platform."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairgames.equilibria.pure.drawn import drawn_landscape
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.two_users.branches import Branch
from fairgames.equilibria.two_users.branches import branches as all_branches
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.plots.canvas import amounts, colour, label, new_axes
from fairgames.text import runs
from fairgames.typing import Array, FloatArray, IntArray, Profile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from fairgames.equilibria.several_users.branch import EquilibriumBranch

#: As many profiles get a colour and a name of their own.
_NAMED = 7
#: More lines than this are drawn together.
_DRAWN_AS_LINES = 300
#: The colour of all others.
_OTHERS = "#999999"
#: Points on a branch of mixed equilibria.
_POINTS = 200
#: The same of three users and more, where each takes a search; and payoffs of games of which they are drawn.
_POINTS_OF_MORE, _MOST_PAYOFFS = 24, 64


def branches(game: PaymentGame, ax: Axes | None = None, currency: str = "") -> Axes:
    """What the platform keeps at every equilibrium, over the α at which it is one.

    Pure profiles are straight lines: solid where every deviation strictly loses, dashed where
    not. Mixed equilibria are dotted: of two users, and of three and four with two levels.
    Of lines that coincide the longer one is drawn thicker, beneath the other. Of more than seven
    profiles those are named that are the platform's best over most of α; the others are grey.

    Raises
    ------
    InputError
        If the rule has no share α.
    MissingPackageError
        If matplotlib is not installed.
    """
    from matplotlib.lines import Line2D

    n_users = len(game.users)
    small = n_users > 2 and game.size * n_users <= _MOST_PAYOFFS and game.rule.fair
    mixed = mixed_curves(game) if n_users == 2 or small else []
    found = pure_equilibria(game)
    profiles = [tuple(profile) for profile in found.profiles(game).tolist()]
    few = len(found) <= _NAMED
    named = profiles if few else _best_over_most(game, found)
    beneath = _beneath(found) if few else np.zeros(len(found), dtype=int)
    axes = ax or new_axes(7.0 if few else 8.5, 4.2)
    drawn: dict[Profile, Line2D] = {}
    if crowd := len(found) > _DRAWN_AS_LINES:
        _as_a_crowd(axes, found)
    for number, profile in enumerate(profiles):
        alpha = np.array([found.lower[number], found.upper[number]], dtype=float)
        of_its_own = profile in named
        if crowd and not of_its_own:
            continue
        (drawn[profile],) = axes.plot(
            alpha,
            (1 - alpha) * float(found.utility[number]),
            linestyle="-" if found.stable[number] else "--",
            linewidth=1.8 + 2.2 * int(beneath[number]) if of_its_own else 1.0,
            zorder=2 - 0.01 * int(beneath[number]) if of_its_own else 1.5,
            color=colour(named.index(profile)) if of_its_own else _OTHERS,
        )
    dotted = [axes.plot(*curve, linestyle=":", linewidth=2.2, color="black")[0] for curve in mixed]
    axes.set_xlim(0, 1)
    axes.set_xlabel("share α paid out")
    amounts(axes.yaxis, "platform keeps (1 − α)·U", currency)
    handles = {_name(profile, game.utility.level_names): drawn[profile] for profile in named}
    if not few:
        handles[f"others, {len(found) - len(named):,}"] = Line2D([], [], color=_OTHERS, linewidth=1.0)
    handles |= {"mixed": dotted[0]} if dotted else {}
    axes.legend(
        list(handles.values()),
        list(handles),
        loc="best" if few else "upper left",
        bbox_to_anchor=None if few else (1.0, 1.0),
        frameon=False,
        fontsize=8,
        title="levels (solid: stable)",
        title_fontsize=8,
    )
    return axes


def _name(profile: Profile, levels: Sequence[str]) -> str:
    return f"({', '.join(runs([label(levels[level], 8) for level in profile]))})"


def _best_over_most(game: PaymentGame, found: PureEquilibria) -> list[Profile]:
    """The profiles that are the platform's best over the longest parts of α, in the order of α.

    Where a rule without a potential leaves shares without any equilibrium, those that are one over the longest parts.
    """
    try:
        best = drawn_landscape(game, found)
        parts = zip(best.profiles_between, best.alpha, best.alpha[1:], strict=False)
    except InputError:
        profiles = map(tuple, found.profiles(game).tolist())
        parts = zip(profiles, found.lower, found.upper, strict=True)
    lengths: dict[Profile, float] = {}
    for profile, low, high in parts:
        lengths[profile] = lengths.get(profile, 0.0) + float(high - low)
    longest = set(sorted(lengths, key=lengths.__getitem__, reverse=True)[:_NAMED])
    return [profile for profile in lengths if profile in longest]


def _as_a_crowd(axes: Axes, found: PureEquilibria) -> None:
    """Very many lines without names, those that are stable and the others; dots in a file, whatever its format."""
    from matplotlib.collections import LineCollection

    ends = np.stack([np.asarray(side, dtype=float) for side in (found.lower, found.upper)], axis=1)
    kept = (1 - ends) * np.asarray(found.utility, dtype=float)[:, None]
    lines = np.stack([ends, kept], axis=2)
    for chosen, style in ((found.stable, "-"), (~found.stable, "--")):
        axes.add_collection(
            LineCollection(
                list(lines[chosen]), linestyles=style, linewidths=1.8, colors=_OTHERS, alpha=0.4,
                rasterized=True,
            )
        )  # fmt: skip
    axes.autoscale()


def mixed_curves(game: PaymentGame) -> list[tuple[FloatArray, FloatArray]]:
    """For each branch on which somebody mixes: α, and what the platform then keeps.

    Of three users and more, those on which α changes.

    Raises
    ------
    InputError
        If the rule has no share α, or the game is too large.
    """
    if len(game.users) > 2:
        from fairgames.equilibria.several_users.branches import equilibrium_branches

        every = equilibrium_branches(game).branches
        return [_curve_of_more(one) for one in every if not (one.is_pure or one.vertical)]
    utility = np.asarray(game.utilities.numbers(), dtype=float)
    return [_curve(branch, utility) for branch in all_branches(game).every if _is_mixed(branch)]


def _curve_of_more(branch: EquilibriumBranch) -> tuple[FloatArray, FloatArray]:
    low, high = float(branch.start.alpha[1]), float(branch.end.alpha[0])
    alpha = np.linspace(low, high, _POINTS_OF_MORE)
    kept = [sum(branch.limit(share).platform_utility) / 2 for share in alpha.tolist()]
    return alpha, np.array(kept)


def _beneath(found: PureEquilibria) -> IntArray:
    """How many lines of the same U are drawn over each: the shorter ones, of equals the later."""
    lengths = np.asarray(found.upper - found.lower, dtype=float)
    rank = np.argsort(np.argsort(lengths[::-1], kind="stable"), kind="stable")[::-1]
    alike = np.abs(np.subtract.outer(found.utility, found.utility)) <= 2 * found.utility_error
    over: IntArray = (alike & (rank[:, None] > rank[None, :])).sum(axis=1)
    return over


def _is_mixed(branch: Branch) -> bool:
    inside = branch.least + 1 if math.isinf(branch.most) else (branch.least + branch.most) / 2
    return any(0 < weight < 1 for vector in branch.strategies(inside) for weight in vector)


def _curve(branch: Branch, utility: Array) -> tuple[FloatArray, FloatArray]:
    alpha = np.linspace(1 / float(branch.most), 1 / float(branch.least), _POINTS)
    first, second = (np.tile(np.asarray(vector, dtype=float), (_POINTS, 1)) for vector in branch.constant)
    if branch.slope is not None:  # then the branch ends before α = 0
        one, two = (np.asarray(slope, dtype=float) / alpha[:, None] for slope in branch.slope)
        first, second = first + one, second + two
    return alpha, (1 - alpha) * np.einsum("ki,ij,kj->k", first, utility, second)
