"""The pictures of one scenario, by name: what ``fairgames plot`` draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING

from fairgames.equilibria.pure.drawn import drawn_landscape
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.landscape import landscape as landscape_of
from fairgames.equilibria.refinements.played import played as played_of
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.mechanism import design
from fairgames.mechanism.path_result import PathDesign
from fairgames.mechanism.private.design import plan_design
from fairgames.mechanism.result import Design
from fairgames.plots.branches import branches
from fairgames.plots.canvas import label, level_colours, new_axes, new_figure, not_shown
from fairgames.plots.landscape import landscape
from fairgames.plots.paths import paths
from fairgames.plots.payments import payments as bars
from fairgames.plots.played import played
from fairgames.plots.sensitivities import sensitivities
from fairgames.private.game import PlanGame
from fairgames.scenario import Scenario
from fairgames.text import how_many
from fairgames.typing import Number, Profile
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.request import payments

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Panels of one picture, and in one line.
_MOST_PANELS, _ACROSS = 12, 4
#: Bars that can be told apart.
_MOST_BARS = 500


@dataclass(frozen=True, eq=False)
class Asked:
    """What is to be drawn.

    Attributes
    ----------
    scenario : with the names and the currency
    game : its payment game
    alpha : the share; by default that of the answer
    profile : level indices; by default those of the scenario, else of the equilibrium at the share
    users : whose panels; by default everybody's
    """

    scenario: Scenario
    game: PaymentGame
    alpha: Number | None = None
    profile: Profile | None = None
    users: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        return self.scenario.currency or ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, and what it rests on.

    Attributes
    ----------
    figure : of matplotlib
    alpha : the share that is drawn or marked; None under a rule without one, and where there is none
    profile : level indices that are drawn; None where there is no one profile
    undecided : comparisons that floats could not decide
    """

    figure: Figure
    alpha: float | None
    profile: Profile | None
    undecided: tuple[str, ...] = ()


def draw(picture: str, asked: Asked) -> Picture:
    """One of :data:`PICTURES`.

    Raises
    ------
    InputError
        If there is no such picture, or something is asked of it that it does not show.
    MissingPackageError
        If matplotlib is not installed.
    """
    if picture not in PICTURES:
        raise InputError(f"picture: got {picture!r}, expected one of {', '.join(PICTURES)}")
    given = {"alpha": asked.alpha, "profile": asked.profile, "user": asked.users or None}
    strange = [name for name, value in given.items() if value is not None and name not in _TAKES.get(picture, ())]
    if strange:
        raise InputError(f"{picture}: shows no {' and no '.join(strange)} of its own; leave {strange[0]} out")
    drawn = PICTURES[picture](asked)
    not_shown(drawn.figure)
    return drawn


def _landscape(asked: Asked) -> Picture:
    game, best = asked.game, _best_pure(asked.game)
    names = game.users.names, game.utility.level_names
    drawn = drawn_landscape(game, pure_equilibria(game))
    upper, _ = landscape(drawn, *names, best, currency=asked.currency)
    return _marked(upper.figure.figure, best)


def _best_pure(game: PaymentGame) -> Design:
    """The answer to be marked; what it costs not to know private costs is not drawn."""
    if isinstance(game, PlanGame):
        return plan_design(game, "best", None, "pure", "exact", every_state=False, informed=False)
    return design(game, scope="pure")


def _branches(asked: Asked) -> Picture:
    return Picture(branches(asked.game, currency=asked.currency).figure.figure, None, None)


def _paths(asked: Asked) -> Picture:
    found = design(asked.game, method="path")
    assert isinstance(found, PathDesign)
    if not found.paths:
        raise InputError(f"paths: rule {asked.game.rule.name!r} has no share α to move; use rule 'users'")
    upper, _ = paths(found, asked.game.utility.level_names, currency=asked.currency)
    return _marked(upper.figure.figure, found)


def _played(asked: Asked) -> Picture:
    alpha: Number | AlphaOfUtility | None = asked.alpha or asked.scenario.alpha_of_utility
    if not asked.game.rule.has_alpha:
        alpha = None
    elif alpha is None:
        alpha = design(asked.game, scope="pure").alpha
    found = played_of(asked.game, alpha)
    return Picture(played(found, asked.currency)[0].figure.figure, _float(alpha), None, found.undecided)


def _marked(figure: Figure, best: Design) -> Picture:
    return Picture(figure, _float(best.alpha), best.profile, best.undecided)


def _payments(asked: Asked) -> Picture:
    if (size := len(asked.game.users)) > _MOST_BARS:
        raise InputError(
            f"payments: {how_many(size)} bars cannot be told apart; write the numbers: payments -o FILE.csv"
        )
    where = _where(asked)
    found = payments(asked.game.utility, where.profile, where.share, asked.game.rule)
    names, levels = asked.game.users.names, asked.game.utility.level_names
    axes = new_axes(max(5.0, min(12.0, 0.5 * len(names))), 4.0)
    bars(names, found.payments.tolist(), ax=axes, currency=asked.currency)
    _colour_by_level(axes, where.profile, levels)
    axes.set_title(where.title, fontsize=10)
    return Picture(axes.figure.figure, _float(found.alpha), where.profile, where.undecided)


def _colour_by_level(axes: Axes, profile: Profile, levels: Sequence[str]) -> None:
    """Bars of users in the shades of their levels, with a legend."""
    colours = level_colours(len(levels))
    for bar, level in zip(axes.patches, profile, strict=True):
        bar.set(facecolor=colours[level], edgecolor="grey")
    shown = {level: bar for bar, level in zip(axes.patches, profile, strict=True)}
    handles, words = (
        [shown[level] for level in sorted(shown)],
        [f"level {label(levels[level])}" for level in sorted(shown)],
    )
    axes.figure.figure.legend(handles, words, loc="outside lower center", ncols=len(words), frameon=False)


def _sensitivities(asked: Asked) -> Picture:
    """One panel for each user, those who are alike in all that is drawn in one."""
    where, game = _where(asked), asked.game
    panels = _panels(asked, where.profile)
    across = min(_ACROSS, len(panels))
    down = ceil(len(panels) / across)
    figure = new_figure(max(4.0, 2.8 * across), 2.6 * down + 0.6)
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    names = game.utility.level_names
    for place, (user, title) in enumerate(panels.items()):
        axes = grid[place // across][place % across]
        levels = game.strategies[user]
        at_levels = [(*where.profile[:user], level, *where.profile[user + 1 :]) for level in levels]
        paid = [payments(game.utility, there, where.share, game.rule).payments[user] for there in at_levels]
        sensitivities(
            [names[level] for level in levels], paid, game.costs[user], levels.index(where.profile[user]),
            ax=axes, currency=asked.currency,
        )  # fmt: skip
        axes.set_title(label(title), fontsize=9)
        axes.set_xlabel("privacy level" if place + across >= len(panels) else "")
        axes.set_ylabel(axes.get_ylabel() if place % across == 0 else "")
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    drawn = grid[0][0].get_legend_handles_labels()
    figure.legend(*drawn, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(where.title, fontsize=10)
    return Picture(figure, _float(where.alpha), where.profile, where.undecided)


@dataclass(frozen=True, eq=False)
class _Where:
    """The profile and the share at which payments are drawn; ``alpha`` None under a rule without one."""

    profile: Profile
    alpha: Number | AlphaOfUtility | None
    equilibrium: bool
    undecided: tuple[str, ...] = ()

    @property
    def share(self) -> Number | AlphaOfUtility:
        return 1 if self.alpha is None else self.alpha

    @property
    def title(self) -> str:
        where = "at the best equilibrium" if self.equilibrium else "at the profile given"
        if self.alpha is None:
            return where
        at = "α(U)" if isinstance(self.alpha, AlphaOfUtility) else f"α = {float(to_fraction(self.alpha)):.4g}"
        return f"{where}, {at}"


def _where(asked: Asked) -> _Where:
    """The profile that is given or the scenario's; else the best pure equilibrium, at the share given or the best."""
    scenario, game = asked.scenario, asked.game
    if asked.alpha is not None:
        game.share(asked.alpha)  # refused where there is none
    profile = scenario.profile if asked.profile is None else asked.profile
    if profile is not None:
        stated = scenario.alpha_of_utility or 1
        return _Where(profile, (asked.alpha or stated) if game.rule.has_alpha else None, False)
    if asked.alpha is not None:
        return _Where(landscape_of(game).at(asked.alpha)[1], asked.alpha, True)
    best = design(game, scope="pure")
    assert best.profile is not None
    return _Where(best.profile, best.alpha, True, best.undecided)


def _panels(asked: Asked, profile: Profile) -> Mapping[int, str]:
    """The first user of each panel, and its title."""
    game, names = asked.game, asked.game.users.names
    if unknown := [name for name in asked.users if name not in names]:
        raise InputError(f"user: got {unknown[0]!r}, expected one of {', '.join(names[:_MOST_PANELS])}")
    chosen = [names.index(name) for name in asked.users] or range(len(names))
    alike: dict[object, list[int]] = {}
    for user in chosen:
        key = game.utility.types[user], tuple(game.strategies[user]), tuple(game.costs[user]), profile[user]
        alike.setdefault(key, []).append(user)
    if len(alike) > _MOST_PANELS:
        raise InputError(
            f"sensitivities: {len(alike)} users who differ are more than {_MOST_PANELS} panels; say whose with --user"
        )
    return {
        users[0]: names[users[0]] + (f" and {len(users) - 1:,} more" if len(users) > 1 else "")
        for users in alike.values()
    }


def _float(alpha: Number | AlphaOfUtility | None) -> float | None:
    return None if alpha is None or isinstance(alpha, AlphaOfUtility) else float(to_fraction(alpha))


#: The pictures of a scenario, the one by default first.
PICTURES: Mapping[str, Callable[[Asked], Picture]] = MappingProxyType(
    {
        "landscape": _landscape,
        "payments": _payments,
        "branches": _branches,
        "sensitivities": _sensitivities,
        "paths": _paths,
        "played": _played,
    }
)
#: Those that are drawn where costs are private, too: a line for each user and cost row.
OF_PLANS = ("landscape", "branches")
_TAKES = {"played": ("alpha",), "payments": ("alpha", "profile"), "sensitivities": ("alpha", "profile", "user")}
