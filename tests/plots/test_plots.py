"""Pictures show the numbers that they were given, without a screen."""

from __future__ import annotations

from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import fairgames as fg
from fairgames import plots
from fairgames.errors import InputError
from fairgames.plots import canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

pytest.importorskip("matplotlib")


@pytest.fixture
def game() -> fg.PaymentGame:
    users = fg.Users(samples=[30, 20, 10], sensitivity=[[0, 0.1, 0.3]] * 3, names=["a$b", "x" * 300, "<&>"])
    return fg.PaymentGame(fg.FederatedMean(users, 1.0, 10.0), users)


def test_landscape_draws_the_curve_and_the_optimum(game: fg.PaymentGame, tmp_path: Path) -> None:
    found, best = fg.landscape(game), fg.design(game)
    upper, lower = plots.landscape(found, game.users.names, game.utility.level_names, best, currency="EUR")
    line, star = upper.get_lines()[:2]
    alpha, platform = found.curve()
    assert np.array_equal(line.get_xdata(), alpha)
    assert np.array_equal(line.get_ydata(), platform)
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (best.alpha, best.platform_utility)
    assert float(np.max(platform)) == pytest.approx(float(best.platform_utility), abs=1e-9)
    assert "EUR" in upper.get_ylabel()
    (named,) = upper.texts
    assert named.get_text() == f"α* = {float(best.alpha):.3f}"
    assert named.xy == (best.alpha, best.platform_utility)
    assert upper.get_legend() is None  # a dot in a legend would look like a second optimum
    runs = [[level for level, _ in groupby(own)] for own in zip(*found.profiles_between, strict=True)]
    assert len(lower.patches) == sum(map(len, runs))
    assert sum(bar.get_width() for bar in lower.patches) == pytest.approx(len(game.users))
    upper.figure.savefig(tmp_path / "landscape.png")
    assert (tmp_path / "landscape.png").stat().st_size > 10_000


@pytest.mark.parametrize("currency", ["", "EUR", "euros"])
def test_names_of_the_landscape_s_axes_stay_in_the_picture(currency: str) -> None:
    """Of few users, with the smallest picture, the name of its upper axis was longer than the axis, and cut."""
    users = fg.Users(samples=[30, 20], sensitivity=[[0, 1e-6, 2e-6]] * 2)
    game = fg.PaymentGame(fg.FederatedMean(users, 1.0, 10.0), users)
    upper, _ = plots.landscape(
        fg.landscape(game), ["a", "b"], ["0", "1", "2"], fg.design(game, scope="pure"), currency=currency
    )
    picture = upper.figure
    picture.canvas.draw()
    name = upper.yaxis.label.get_window_extent()
    assert 0 <= name.x0 < name.x1 <= picture.bbox.width
    assert upper.bbox.y0 < name.y0 < name.y1 <= picture.bbox.height
    assert float(upper.texts[0].get_text().removeprefix("α* = ")) > 0  # 0.000 would be none


def test_amounts_below_a_narrow_panel_have_room() -> None:
    """0, 2,000,000, 4,000,000 and 6,000,000 ran into each other below what the platform keeps."""
    users = fg.Users(samples=[100, 40], sensitivity=[[0, 300000, 700000], [0, 250000, 600000]])
    game = fg.PaymentGame(fg.FederatedMean(users, 1, 10, scale=1_000_000), users)
    for axes in plots.played(fg.played(game, "3/10", starts=10))[1:]:
        axes.figure.canvas.draw()
        boxes = [text.get_window_extent() for text in axes.get_xticklabels() if text.get_text()]
        assert len(boxes) > 1
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_bars_have_the_colour_of_the_level(game: fg.PaymentGame) -> None:
    found = fg.landscape(game)
    _, lower = plots.landscape(found, game.users.names, game.utility.level_names)
    legend = lower.get_legend()
    assert legend is not None
    colours = [patch.get_facecolor() for patch in legend.get_patches()]
    shown = [bar.get_facecolor() for bar in lower.patches]
    own = list(zip(*found.profiles_between, strict=True))
    expected = [colours[level] for user in range(3) for level, _ in groupby(own[user])]
    assert shown == expected
    assert len(set(colours)) == 3


def test_draws_on_the_axes_given(game: fg.PaymentGame) -> None:
    from matplotlib.figure import Figure

    axes = Figure().subplots(2, 1)
    drawn = plots.landscape(fg.landscape(game), game.users.names, game.utility.level_names, axes=tuple(axes))
    assert drawn[0] is axes[0]
    assert drawn[1] is axes[1]


class TestNamesOfPlaces:
    @staticmethod
    def overlaps(axes: Axes) -> int:
        """Of the names as they are drawn, how many reach into the next; asked of the rendered figure."""
        axes.figure.canvas.draw()
        boxes = [text.get_window_extent() for text in axes.get_xticklabels() if text.get_text()]
        assert len(boxes) > 1
        return sum(left.overlaps(right) for left, right in pairwise(boxes))

    @pytest.mark.parametrize("count", [2, 10, 25, 60, 300])
    @pytest.mark.parametrize("name", ["Hospital {}", "{}", "Universitätsklinik {}"])
    def test_they_do_not_overlap(self, count: int, name: str) -> None:
        names = [name.format(number) for number in range(1, count + 1)]
        axes = plots.payments(names, range(1, count + 1))
        assert self.overlaps(axes) == 0
        figure, axes_box = axes.figure.bbox, axes.get_window_extent()
        assert all(text.get_window_extent().y0 >= figure.y0 for text in axes.get_xticklabels())
        assert axes_box.height > figure.height / 4, "the bars keep their room"
        assert len(axes.patches) == count
        # Each name stands at its own bar, and up to 25 all are shown.
        shown = {
            round(tick): text.get_text() for tick, text in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
        }
        assert all(text == names[place] for place, text in shown.items())
        assert count > 25 or len(shown) == count

    def test_short_names_stay_level(self) -> None:
        axes = plots.payments(["Ann", "Ben", "Cleo"], [1, 2, 3])
        assert {text.get_rotation() for text in axes.get_xticklabels()} == {0}

    def test_in_a_grid_of_others(self) -> None:
        figure = canvas.new_figure(8, 3)
        first, second = figure.subplots(1, 2)
        names = [f"Hospital {number}" for number in range(10)]
        plots.payments(names, range(10), ax=first)
        plots.sensitivities(names, range(10), range(10), ax=second)
        assert self.overlaps(first) == self.overlaps(second) == 0


def test_branches_name_profiles_where_some_shares_have_no_equilibrium() -> None:
    """Eight profiles of a rule without a potential, with a gap: the landscape is refused, the lines are drawn."""
    users = fg.Users(samples=[5, 60, 200], sensitivity=[[0, 0.94, 2.26], [0, 2.72, 1.94], [0, 1.01, 5.59]])
    game = fg.PaymentGame(fg.FederatedMean(users, between=13.0, within=65.0), users, rule="proportional")
    with pytest.raises(InputError, match="no pure equilibrium"):
        fg.landscape(game)
    assert len(plots.branches(game).get_legend().get_texts()) == 8  # seven, and the others
