"""Pictures show the numbers that they were given, without a screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fairgames as fg
from fairgames import plots

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
    assert len(lower.patches) == len(game.users) * len(found.utilities_between)
    upper.figure.savefig(tmp_path / "landscape.png")
    assert (tmp_path / "landscape.png").stat().st_size > 10_000


def test_bars_have_the_colour_of_the_level(game: fg.PaymentGame) -> None:
    found = fg.landscape(game)
    _, lower = plots.landscape(found, game.users.names, game.utility.level_names)
    legend = lower.get_legend()
    assert legend is not None
    colours = [patch.get_facecolor() for patch in legend.get_patches()]
    shown = [bar.get_facecolor() for bar in lower.patches]
    expected = [colours[profile[user]] for user in range(3) for profile in found.profiles_between]
    assert shown == expected
    assert len(set(colours)) == 3


def test_draws_on_the_axes_given(game: fg.PaymentGame) -> None:
    from matplotlib.figure import Figure

    axes = Figure().subplots(2, 1)
    drawn = plots.landscape(fg.landscape(game), game.users.names, game.utility.level_names, axes=tuple(axes))
    assert drawn[0] is axes[0]
    assert drawn[1] is axes[1]
