"""Each plot shows the numbers that it was given or that the library finds, on the Axes given, without a screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest

import fairgames as fg
from fairgames import plots
from fairgames.equilibria import certify_profile
from fairgames.equilibria.large.game import ClassGame
from fairgames.equilibria.large.path import follow
from fairgames.errors import MissingPackageError
from fairgames.learning import platform

pytest.importorskip("matplotlib")

from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure


@pytest.fixture
def knife_edge() -> fg.PaymentGame:
    """U = [[0, 2/3], [2/3, 1]]: its optimum over all equilibria is mixed."""
    return fg.PaymentGame(fg.LinearLaplace(2, [0, "inf"]), fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))


@pytest.fixture
def clinics() -> fg.PaymentGame:
    users = fg.Users(samples=[30, 20, 10], sensitivity=[[0, 0.1, 0.3]] * 3, names=["a$b", "b", "c"])
    return fg.PaymentGame(fg.FederatedMean(users, 1.0, 10.0), users)


DRAWN: list[Callable[[Axes | None], Axes]] = [
    lambda ax: plots.payments(["a", "b"], [1, 2], ax=ax),
    lambda ax: plots.sensitivities(["0", "1"], [0, 1], [0, "1/2"], ax=ax),
    lambda ax: plots.heat([0, 1], [0, 1, 2], np.arange(6).reshape(2, 3), ax=ax),
    lambda ax: plots.branches(fg.PaymentGame(fg.TableUtility([0, 1]), fg.Users(sensitivity=[[0, "1/2"]])), ax=ax),
    lambda ax: plots.potential_path(fg.PaymentGame(fg.TableUtility([0, 1]), fg.Users(names=["a"])), 1, ax=ax),
    lambda ax: plots.regret(
        [platform(fg.PaymentGame(fg.TableUtility([0, 1]), fg.Users(sensitivity=[[0, "1/2"]])), "ucb", 5)], ax=ax
    ),
]


@pytest.mark.parametrize("draw", DRAWN)
def test_draws_on_the_axes_given_or_on_new_ones(draw: Callable[[Axes | None], Axes]) -> None:
    given = Figure().add_subplot()
    assert draw(given) is given
    assert draw(None) is not given


@pytest.mark.parametrize("draw", DRAWN)
def test_says_what_its_axes_are(draw: Callable[[Axes | None], Axes]) -> None:
    axes = draw(None)
    axes.figure.savefig("/dev/null", format="png")
    if draw is not DRAWN[2]:  # a heat map is told
        assert axes.get_ylabel()


# Payments -------------------------------------------------------------------------------------


def test_payments_are_bars_above_and_below_the_average() -> None:
    axes = plots.payments(["x", "x", "$y"], [Fraction(1, 2), 3, 1], average=1, starred=[1], currency="EUR")
    assert [bar.get_height() for bar in axes.patches] == [-0.5, 2.0, 0.0]
    colours = [to_hex(bar.get_facecolor()) for bar in axes.patches]
    assert colours[0] == colours[1] != colours[2]
    (star,) = [text for text in axes.texts if text.get_text() == "★"]
    assert star.xy == (1, 2.0)
    assert star.get_verticalalignment() == "bottom"
    below = plots.payments(["x"], [0], average=1, starred=[0]).texts[0]
    assert below.get_verticalalignment() == "top"
    assert axes.get_ylabel() == "payment − average [EUR]"
    assert axes.get_xticklabels()[2].get_text() == r"\$y"


def test_the_star_is_explained() -> None:
    def legend(**told: object) -> list[str]:
        found = plots.payments(["x", "y"], [1, 2], **told).get_legend()
        return [] if found is None else [text.get_text() for text in found.get_texts()]

    assert legend(starred=[1], star="aᵢ = 100") == ["aᵢ = 100"]
    assert legend(starred=[1]) == ["singled out"]
    assert legend() == []


# Sensitivities --------------------------------------------------------------------------------


def test_the_star_is_on_the_level_that_is_worth_most() -> None:
    axes = plots.sensitivities(["0", "1", "2"], [0, 2, 3], [0, "1/2", "5/2"])
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert list(lines["payment"].get_ydata()) == [0, 2, 3]
    assert list(lines["sensitivity"].get_ydata()) == [0, 0.5, 2.5]
    assert (list(lines["choice"].get_xdata()), list(lines["choice"].get_ydata())) == ([1], [2])


def test_of_equals_the_lowest_level_is_chosen_unless_told() -> None:
    def starred(**told: int) -> int:
        axes = plots.sensitivities(["0", "1"], [0, 1], [0, 1], **told)
        return int(next(line for line in axes.get_lines() if line.get_label() == "choice").get_xdata()[0])

    assert starred() == 0
    assert starred(chosen=1) == 1


# Heat maps ------------------------------------------------------------------------------------


def test_heat_has_x_across_and_y_upwards() -> None:
    values = np.arange(6.0).reshape(2, 3)
    axes = plots.heat(["0", "1/2"], [0, 1, 2], values, "what", ("x", "y"), limits=(0, 10))
    (mesh,) = axes.collections
    assert np.array_equal(np.asarray(mesh.get_array()).reshape(3, 2), values.T)
    assert mesh.get_clim() == (0, 10)
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("what", "x", "y")
    low, high = axes.get_xlim()
    assert (low, high) == (-0.25, 0.75)  # cells of 1/2 around 0 and 1/2


def test_heat_wants_one_value_a_pair() -> None:
    with pytest.raises(fg.InputError, match=r"expected the shape \(2, 3\)"):
        plots.heat([0, 1], [0, 1, 2], np.zeros((3, 2)))


# Branches -------------------------------------------------------------------------------------


def strictly(game: fg.PaymentGame, profile: tuple[int, ...], alpha: float) -> bool:
    """Whether every deviation loses more than rounding, by the payoffs."""
    payoffs = game.at(alpha).payoffs
    return all(
        payoffs[(*profile, user)] - payoffs[(*profile[:user], level, *profile[user + 1 :], user)] > 1e-9
        for user in range(len(profile))
        for level in range(3)
        if level != profile[user]
    )


def test_branches_show_every_pure_equilibrium_over_its_interval(clinics: fg.PaymentGame) -> None:
    """Solid where deviations strictly lose; checked with regrets a little inside each end and outside."""
    axes = plots.branches(clinics)
    found = fg.pure_equilibria(clinics)
    lines = [line for line in axes.get_lines() if line.get_linestyle() != ":"]  # those are mixed
    assert len(lines) == len(found)
    for line, profile, lower, upper in zip(
        lines, found.profiles(clinics).tolist(), found.lower, found.upper, strict=True
    ):
        (start, end), kept = line.get_xdata(), line.get_ydata()
        assert (start, end) == (lower, upper)
        assert kept == pytest.approx([(1 - alpha) * clinics.utility.at(tuple(profile)) for alpha in (start, end)])
        middle = (start + end) / 2
        assert certify_profile(clinics, profile, middle).regret <= 1e-9
        assert line.get_linestyle() == ("-" if strictly(clinics, tuple(profile), middle) else "--")
        for outside in (start - 1e-3, end + 1e-3):
            if 0 <= outside <= 1:
                assert certify_profile(clinics, profile, outside).regret > 1e-9


def test_branches_of_many_profiles_name_those_that_are_best_over_most_of_alpha() -> None:
    """By what every profile leaves at 1,000 shares: seven names, each of a line of its own colour; the rest is grey."""
    users = fg.Users(samples=[100, 60, 30, 10], sensitivity=[[0, 0.2, 0.4]] * 4)
    game = fg.PaymentGame(fg.FederatedMean(users, between=1, within=10), users)
    found = fg.pure_equilibria(game)
    won: Counter[tuple[int, ...]] = Counter()
    for step in range(1, 1000):
        alpha = step / 1000
        there = [k for k in range(len(found)) if found.lower[k] <= alpha <= found.upper[k]]
        best = max(there, key=lambda k: game.utility.at(tuple(found.profiles(game)[k].tolist())))
        won[tuple(found.profiles(game)[best].tolist())] += 1
    longest = sorted(profile for profile, _ in won.most_common(7))
    axes = plots.branches(game)
    legend = axes.get_legend()
    names = [text.get_text() for text in legend.get_texts()]
    assert sorted(names[:-1]) == [str(profile) for profile in longest]
    assert names[-1] == f"others, {len(found) - 7}"
    colours = [to_hex(handle.get_color()) for handle in legend.legend_handles]
    assert len(set(colours)) == 8
    lines = {
        tuple(profile): line for profile, line in zip(found.profiles(game).tolist(), axes.get_lines(), strict=True)
    }
    for profile in longest:
        assert to_hex(lines[profile].get_color()) == colours[names.index(str(profile))]
    assert sum(to_hex(line.get_color()) == colours[-1] for line in lines.values()) == len(found) - 7


def test_branches_of_two_users_include_mixed_ones(knife_edge: fg.PaymentGame) -> None:
    """At each point drawn nobody gains, by the payoffs; and the known optimum 28/75 at 3/5 is on one."""
    curves = plots.mixed_curves(knife_edge)
    axes = plots.branches(knife_edge)
    dotted = [line for line in axes.get_lines() if line.get_linestyle() == ":"]
    assert len(dotted) == len(curves) > 0
    assert any(
        abs(alpha - 0.6) < 1e-12 and abs(kept - 28 / 75) < 1e-12
        for line in dotted
        for alpha, kept in zip(line.get_xdata(), line.get_ydata(), strict=True)
    )
    alpha = dotted[0].get_xdata()
    assert (np.diff(alpha) < 0).all() or (np.diff(alpha) > 0).all()


def test_mixed_curves_of_three_users_alike() -> None:
    """Two of three mix alike while the third stays out: with γ = 5/9, 5/12 each joins the other's p if α·γ(p) = c."""
    users = fg.Users(sensitivity=[[0, "0.3"], [0, "0.3"], [0, "0.9"]])
    curves = plots.mixed_curves(fg.PaymentGame(fg.LinearLaplace(3, [0, "inf"]), users))
    ((alpha, kept),) = [one for one in curves if one[0][-1] < 0.73]
    assert (alpha[0], alpha[-1]) == pytest.approx((0.54, 0.72))
    p = (5 / 9 - 0.3 / alpha) / (5 / 9 - 5 / 12)
    assert kept == pytest.approx((1 - alpha) * (2 * p * (1 - p) * 5 / 9 + p**2 * 5 / 6))


def test_mixed_curves_are_the_indifference_of_both() -> None:
    """Each user's mixture makes the other indifferent, by the payoffs of an asymmetric game."""
    table = np.array([[0, 2 / 3], [1 / 2, 1]])
    users = fg.Users(sensitivity=[[0, "1/4"], [0, "17/50"]])
    game = fg.PaymentGame(fg.TableUtility([[0, "2/3"], ["1/2", 1]]), users)
    ((shares, curve),) = plots.mixed_curves(game)
    for alpha, kept in zip(shares[5:-5:10], curve[5:-5:10], strict=True):
        first, second = np.moveaxis(np.asarray(game.at(alpha).payoffs, dtype=float), -1, 0)
        gain_1, gain_2 = first[1] - first[0], second[:, 1] - second[:, 0]
        q, p = gain_1[1] / (gain_1[1] - gain_1[0]), gain_2[1] / (gain_2[1] - gain_2[0])  # of not sharing
        assert 0 < p < 1
        assert 0 < q < 1
        assert kept == pytest.approx((1 - alpha) * np.array([p, 1 - p]) @ table @ np.array([q, 1 - q]), abs=1e-9)


def test_a_mixed_branch_whose_strategies_stay_is_drawn_from_nought_to_one() -> None:
    """U = [[0, 1], [1, −1]] without costs: each is indifferent where the other shares with 2/3, and U is worth 0."""
    game = fg.PaymentGame(fg.TableUtility([[0, 1], [1, -1]]), fg.Users(names=["a", "b"]))
    ((alpha, kept),) = plots.mixed_curves(game)
    assert (alpha[0], alpha[-1]) == (0, 1)
    assert kept == pytest.approx(0, abs=1e-15)


def test_branches_need_a_share() -> None:
    game = fg.PaymentGame(fg.LinearLaplace(2, [0, "inf"]), fg.Users(names=["a", "b"]), rule="coalition")
    with pytest.raises(fg.InputError, match="share"):
        plots.branches(game)


# Potential along a path -----------------------------------------------------------------------


def test_the_path_rises_and_ends_at_an_equilibrium(clinics: fg.PaymentGame) -> None:
    for start in product(range(3), repeat=3):
        path = plots.best_response_path(clinics, "1/5", start)
        assert path[0][0] == start
        assert certify_profile(clinics, path[-1][0], Fraction(1, 5)).regret <= 1e-12
        for (profile, value), (following, higher) in pairwise(path):
            (user,) = [user for user in range(3) if profile[user] != following[user]]
            gains = [
                clinics.at("1/5").payoffs[(*at, user)] - clinics.at("1/5").payoffs[(*profile, user)]
                for at in ((*profile[:user], level, *profile[user + 1 :]) for level in range(3))
            ]
            assert higher - value == pytest.approx(max(gains), abs=1e-12)
            assert higher > value


def test_the_path_takes_the_best_level_not_the_first_that_gains() -> None:
    game = fg.PaymentGame(fg.TableUtility([0, 1, 3], levels=[0, 1, 2]), fg.Users(sensitivity=[[0, "1/2", 1]]))
    assert plots.best_response_path(game, 1) == [((0,), 0), ((2,), 2)]


def test_the_plot_shows_the_path(knife_edge: fg.PaymentGame) -> None:
    axes = plots.potential_path(knife_edge, "7/10", currency="EUR")
    line, star = axes.get_lines()
    assert list(line.get_ydata()) == pytest.approx([0, 1 / 6, 59 / 300])
    assert (list(star.get_xdata()), list(star.get_ydata())) == ([2], [pytest.approx(59 / 300)])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0,0", "inf,0", "inf,inf"]
    assert "[EUR]" in axes.get_ylabel()


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingPackageError, match="plot"):
        plots.payments(["a"], [1])


# Paths of equilibria --------------------------------------------------------------------------


def test_paths_show_both_directions_and_the_optimum(clinics: fg.PaymentGame) -> None:
    """What is drawn is kept at equilibria: checked at every corner, with the definition of payments."""
    found = fg.design(clinics, method="path")
    upper, lower = plots.paths(found, clinics.utility.level_names)
    rising, falling, star = upper.get_lines()
    assert (rising.get_label(), falling.get_label()) == ("α rises", "α falls")
    assert (list(star.get_xdata()), list(star.get_ydata())) == ([found.alpha], [found.platform_utility])
    counted = ClassGame(clinics)
    again = follow(counted, counted.lowest()), follow(counted, counted.highest(), 1.0, 0.0)
    for line, path in zip((rising, falling), again, strict=True):
        alpha, kept = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        assert len(alpha) == 2 * len(path.rests)
        assert (np.diff(alpha) >= -1e-9).all() if path.upwards else (np.diff(alpha) <= 1e-9).all()
        for number, rest in enumerate(path.rests):
            profile = rest.position.classes.profile(rest.position.counts)
            for share, value in zip(alpha[2 * number : 2 * number + 2], kept[2 * number : 2 * number + 2], strict=True):
                assert value == pytest.approx((1 - share) * clinics.utility.at(profile))
                assert certify_profile(clinics, profile, share).regret <= 1e-8
    users = np.array([line.get_ydata() for line in lower.get_lines()[:3]])
    assert (users.sum(axis=0) == len(clinics.users)).all()


def test_regret_shows_medians_and_deciles() -> None:
    """Of three seeds: the middle one, and a tenth of the way over two steps from the least and from the largest."""
    game = fg.PaymentGame(fg.LinearLaplace(2, [0, "inf"]), fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))
    run = platform(game, "ucb", 6, seeds=3, play="logit", precision=5)
    axes = plots.regret([run])
    lost = np.sort(np.cumsum(run.best_value - run.kept, axis=1), axis=0) / run.best_value
    assert axes.lines[0].get_ydata() == pytest.approx(lost[1])
    low, high = lost[0] + 0.2 * (lost[1] - lost[0]), lost[1] + 0.8 * (lost[2] - lost[1])
    heights = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert {round(float(y), 9) for y in (*low, *high)} == {round(float(y), 9) for y in heights}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["ucb"]
