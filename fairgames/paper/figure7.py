"""Fig. 7: what the platform keeps at best for each α, and which profile that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.mechanism import Design, design
from fairgames.paper.federation import KINDS, each
from fairgames.paper.landscapes import Setting, sentences_7a, sentences_7b
from fairgames.paper.registry import Data, Sentence
from fairgames.paper.withheld import withheld
from fairgames.plots.canvas import colour, new_figure
from fairgames.plots.landscape import landscape as draw_landscape
from fairgames.text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Figure7:
    """One landscape, with the optimum that :func:`fairgames.design` finds by itself."""

    setting: Setting
    best: Design
    searched: dict[str, object]
    sentences: tuple[Sentence, ...]

    def data(self) -> Data:
        found, names = self.setting.found, self.setting.game.users.names
        rows = []
        for place, profile in enumerate(found.profiles_between):
            here, following = found.alpha[place], found.alpha[place + 1]
            utility = found.utilities_between[place]
            rows.append((here, following, *profile, utility, (1 - here) * utility, (1 - following) * utility))
        columns = ("alpha_from", "alpha_to", *(f"level_{name}" for name in names), "utility", "platform_from",
                   "platform_to")  # fmt: skip
        best = self.best
        facts = {
            "alpha*": best.alpha, "profile": best.profile, "utility": best.utility,
            "platform_utility": best.platform_utility, "largest regret": best.regret,
            "regime": str(self.setting.regime), "users": names,
        }  # fmt: skip
        return Data(columns, tuple(rows), facts, self.searched, self.sentences)

    def draw(self) -> Figure:
        figure = new_figure(8.0, 7.0)
        axes = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.15))
        users = self.setting.game.users
        draw_landscape(self.setting.found, users.names, self.setting.game.utility.level_names, self.best, tuple(axes))
        axes[0].set_title(str(self.setting.regime), fontsize=11)
        axes[1].set_ylabel("user")
        self._who(axes[1])
        return figure

    def _who(self, axes: Axes) -> None:
        """On the right of each row n_i, and c_i by the colour of its kind."""
        for user, place in enumerate(each(range(len(KINDS)))):
            kind = KINDS[place]
            costs = ", ".join(f"{float(cost):g}" for cost in self.setting.costs[place][1:])
            axes.annotate(
                f"n = {kind.samples()}, c = ({costs})", (1, user), (12, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", va="center", fontsize=8, annotation_clip=False,
            )  # fmt: skip
            axes.annotate("■", (1, user), (2, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                          va="center", fontsize=9, color=colour(place), annotation_clip=False)  # fmt: skip


def figure_7a() -> Figure7:
    """The homogeneous setting."""
    found = withheld()
    return _figure(found.homogeneous, found.facts(), sentences_7a(found.homogeneous))


def figure_7b() -> Figure7:
    """The heterogeneous setting."""
    found = withheld()
    return _figure(found.heterogeneous, found.facts(), sentences_7b(found.heterogeneous, found.homogeneous))


def _figure(setting: Setting, searched: dict[str, object], sentences: tuple[Sentence, ...]) -> Figure7:
    return Figure7(setting, design(setting.game, scope="pure"), searched, sentences + _comment(setting))


def _comment(setting: Setting) -> tuple[Sentence, ...]:
    """What Appendix D's "Comment on Fig 7" says."""
    profiles = pure_equilibria(setting.game).profiles(setting.game)
    without = sum(bool(profile.any()) and not (profile == 1).any() for profile in profiles)
    part = setting.share_of_alpha(1)
    return (
        Sentence("other than at the all-zeros equilibrium there is always a user with ρ_i = 1",
                 without == 0, f"{without} of {len(profiles)} equilibria have none"),
        Sentence("there is almost always one user with ρ_i = 1, if that is to be exactly one (at over 90% of α)",
                 part > 0.9, f"at {number(part)} of the α at which anybody shares"),
    )  # fmt: skip
