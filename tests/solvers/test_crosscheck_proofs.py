"""What a cross-check lists is proven: hugely priced strategies, huge payoffs, irrational equilibria, ties."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import fairgames as fg
from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.games.convert import from_pygambit
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import crosscheck
from fairgames.solvers.registry import Solver, get
from fairgames.testing import require_engine
from fairgames.typing import MixedProfile
from fairgames_lrs import lrsnash
from tests.bimatrix_oracle import as_pairs

F = Fraction

#: Solvers that end at once on games of up to four strategies.
QUICK = (
    *("fairgames:extreme", "fairgames:pure", "nashpy:support-enumeration", "lrs"),
    *("gambit:enumpure", "gambit:enummixed", "gambit:enummixed-rational"),
)
#: Those of them that are exact and promise every extreme equilibrium.
COMPLETE = ("fairgames:extreme", "gambit:enummixed-rational", "lrs")


def here(*names: str) -> list[Solver]:
    """Solvers that run in this process, which saves the pipe."""
    return [replace(get(name), source=None) for name in names]


def rational(*payoffs: list) -> NormalFormGame:
    return NormalFormGame.from_arrays(*(np.array(array, dtype=object) for array in payoffs))


# Fuzz.


def priced_game(random: np.random.Generator) -> NormalFormGame:
    """A bimatrix game in which one or two strategies cost a fortune: rationals or floats, with many ties or none."""
    shape = tuple(random.integers(2, 5, size=2).tolist())
    unit = [F(1), F(1, 7), F(1, 1024)][random.integers(3)]
    values = random.integers(0, 3 if unit == 1 else 1000, size=(2, *shape)).astype(object) * unit
    for _ in range(random.integers(1, 3)):
        player = int(random.integers(2))
        strategy = int(random.integers(shape[player]))
        price = [F(5000), F(5_000_000), F(10**9)][random.integers(3)]
        values[(player, *(strategy if axis == player else slice(None) for axis in (0, 1)))] -= price
    game = NormalFormGame.from_arrays(*values)
    return game if random.random() < 0.5 else NormalFormGame.from_arrays(*values.astype(float))


def has_ties(game: NormalFormGame, pairs: set) -> bool:
    """Whether at some equilibrium a player has more best responses than a strategy in use has weights."""
    first, second = ([[F(v) for v in row] for row in game.payoffs[..., k].tolist()] for k in (0, 1))
    for x, y in pairs:
        ones = [sum(a * p for a, p in zip(row, y, strict=True)) for row in first]
        twos = [sum(second[i][j] * x[i] for i in range(len(x))) for j in range(len(y))]
        least = min(sum(p > 0 for p in x), sum(p > 0 for p in y))
        if ones.count(max(ones)) > least or twos.count(max(twos)) > least:
            return True
    return False


@pytest.mark.parametrize("part", range(6))
def test_what_is_listed_is_what_lrs_lists(part: int):
    """300 games in all; floats are the rationals that they are."""
    require_engine("lrs")
    random = np.random.default_rng([20261128, part])
    solvers = here(*QUICK)
    for _ in range(50):
        game = priced_game(random)
        exact = NormalFormGame.from_arrays(*(np.frompyfunc(F, 1, 1)(game.payoffs[..., k]) for k in (0, 1)))
        theirs = set(as_pairs(lrsnash(exact)))
        check = crosscheck(game, solvers)
        degenerate = has_ties(game, theirs)
        assert check.degenerate == degenerate
        ours = [one.strategies for one in check.equilibria]
        if game.exact:
            assert set(as_pairs(ours)) == theirs
            assert all(one.exact and one.regret == 0 for one in check.equilibria)
        rounded = {tuple(float(p) for vector in pair for p in vector) for pair in theirs}
        listed = np.array([np.concatenate([np.asarray(v, dtype=float) for v in profile]) for profile in ours])
        assert len(ours) == len(theirs)
        assert all(np.abs(listed - np.array(point)).max(axis=1).min() <= 1e-15 for point in rounded)
        for name in COMPLETE:
            report = check.reports[name]
            assert (report.error, report.missed, report.wrong) == (None, (), ()), name
            assert report.found == tuple(range(len(ours)))
        assert all(not set(check.reports[name].missed) for name in ("fairgames:pure", "gambit:enumpure"))


# Prices and large payoffs.


@pytest.mark.parametrize("price", [5000, 5_000_000])
@pytest.mark.parametrize("exact", [True, False])
def test_a_level_out_of_the_question_widens_nothing(price: int, exact: bool):
    """Alone a clinic is paid 4/25, together 2/5 each; costs 3/10 and 7/20: both, nobody, or indifference between.

    If user 2 shares with probability q, user 1 gets (1−q)·4/25 + q·2/5 = 3/10, so q = 7/12; in the same way p = 19/24.
    """
    utility = fg.TableUtility([[0, "1/5", "1/5"], ["1/5", 1, 1], ["1/5", 1, 1]])
    users = fg.Users(sensitivity=[[0, "3/10", price], [0, "7/20", price]])
    game = fg.PaymentGame(utility, users).at("4/5")
    if not exact:
        game = NormalFormGame(game.floats(), game.players, game.strategies)
    # Halfway between two equilibria: a regret of 0.16, within a millionth of the price.
    half = (np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.5, 0.0]))

    def astray(_: NormalFormGame) -> Iterator[MixedProfile]:
        yield half

    check = crosscheck(game, [*here("fairgames:extreme", "gambit:enummixed", "nashpy:support-enumeration"), astray])
    found = [[[round(float(p), 12) for p in v] for v in one.strategies] for one in check.equilibria]
    mixed = [[round(5 / 24, 12), round(19 / 24, 12), 0], [round(5 / 12, 12), round(7 / 12, 12), 0]]
    assert found == [[[1, 0, 0], [1, 0, 0]], [[0, 1, 0], [0, 1, 0]], mixed]
    assert not check.degenerate
    assert len(check.reports["astray"].wrong) == 1
    assert all(near.near is not None for near in check.approximate)
    assert check.reports["fairgames:extreme"].found == (0, 1, 2)


def test_answers_that_stop_early_are_listed_apart():
    """A: 1000y = 997y + 5(1−y), so y = 5/8; B: 993x + 4(1−x) = 1000x, so x = 4/11."""
    game = rational([[1000, 0], [997, 5]], [[993, 1000], [4, 0]])
    off = (np.array([4 / 11 - 2e-5, 7 / 11 + 2e-5]), np.array([5 / 8, 3 / 8]))

    def early(_: NormalFormGame) -> Iterator[MixedProfile]:
        yield off
        yield off
        yield np.array([0.5, 0.5]), np.array([0.5, 0.5])

    check = crosscheck(game, ["fairgames:extreme", early])
    assert [[v.tolist() for v in one.strategies] for one in check.equilibria] == [
        [[F(4, 11), F(7, 11)], [F(5, 8), F(3, 8)]]
    ]
    assert not check.degenerate
    assert [(one.near, one.solvers) for one in check.approximate] == [(0, ("early",))]
    assert (check.reports["early"].found, check.reports["early"].missed) == ((), ())  # it promises some
    assert len(check.reports["early"].wrong) == 1
    assert check.reports["fairgames:extreme"].missed == ()
    told = check.to_dict()["approximate"]
    assert (told[0]["near"], told[0]["solvers"]) == (0, ["early"])
    assert set(told[0]) == {"strategies", "regret", "near", "solvers"}


def von_stengel() -> NormalFormGame:
    """His 6×6 game (1999, New maximal numbers of equilibria in bimatrix games), in Gambit's catalogue."""
    import pygambit

    return from_pygambit(pygambit.catalog.load("journals/dcg/vonstengel1999/6x6_game_with_75_eq"))


@pytest.mark.parametrize("exact", [True, False])
def test_75_equilibria_and_payoffs_of_millions(exact: bool):
    require_engine("lrs")
    game = von_stengel()
    if not exact:
        game = NormalFormGame(game.floats(), game.players, game.strategies)
    check = crosscheck(game, [*here("fairgames:extreme", "gambit:enummixed", "nashpy:support-enumeration"), "lrs"])
    assert (len(check.equilibria), check.degenerate, check.approximate) == (75, False, ())
    for report in check.reports.values():
        assert (report.found, report.missed, report.wrong, report.error) == (tuple(range(75)), (), (), None)


# Floats are the rationals that they are.


def test_floats_tie_only_if_they_are_equal():
    """0.1 + 0.2 is more than 0.3, by an ulp: the first row is the only best one."""
    near = NormalFormGame.from_arrays([[0.1 + 0.2], [0.3]], [[1.0], [1.0]])
    check = crosscheck(near, "fairgames")
    assert (len(check.equilibria), check.degenerate) == (1, False)
    same = NormalFormGame.from_arrays([[0.3], [0.3]], [[1.0], [1.0]])
    check = crosscheck(same, "fairgames")
    assert (len(check.equilibria), check.degenerate, check.sets) == (2, True, ((0, 1),))


def test_payoffs_that_are_no_numbers_are_refused():
    game = NormalFormGame.from_arrays([[1.0, np.nan]], [[0.0, 0.0]])
    with pytest.raises(InputError, match=r"got nan for player-1 at profile \(0, 1\)"):
        crosscheck(game, "fairgames:pure")


# Three players.


def enter(cost: Fraction) -> NormalFormGame:
    """Who goes alone gets 1, who goes in company 0, who stays ``cost``; all go with s² = cost for s = staying."""
    payoffs = np.zeros((2, 2, 2, 3), dtype=object)
    for profile in np.ndindex(2, 2, 2):
        for player in range(3):
            payoffs[(*profile, player)] = F(int(sum(profile) == 1)) if profile[player] else cost
    return NormalFormGame(payoffs, ("a", "b", "c"), (("stay", "go"),) * 3)


def at(stay: float) -> MixedProfile:
    return (np.array([stay, 1 - stay]),) * 3


def test_an_irrational_equilibrium_is_proven_in_a_ball():
    def one(_: NormalFormGame) -> Iterator[MixedProfile]:
        yield at(0.5**0.5 + 1e-8)
        yield at(0.5**0.5 - 3e-8)
        yield at(0.5**0.5 + 1e-5)
        yield at(0.6)

    check = crosscheck(enter(F(1, 2)), one)
    (found,) = check.equilibria
    assert abs(found.strategies[0][0] - 0.5**0.5) <= 2.3e-16
    assert not found.exact
    assert abs(found.regret) <= found.regret_bound
    assert not check.degenerate
    report = check.reports["one"]
    assert (report.found, report.repeated, len(report.wrong)) == ((0,), (0,), 1)
    assert [near.near for near in check.approximate] == [0]


def test_a_rational_one_of_three_is_exact():
    check = crosscheck(enter(F(1, 4)), lambda game: [at(0.5 + 1e-9)])
    (found,) = check.equilibria
    assert found.exact
    assert found.strategies[0].tolist() == [F(1, 2), F(1, 2)]


def test_a_tie_beside_an_irrational_equilibrium_is_a_tie():
    """A copy of "stay" for the third: what is not used pays just as much."""
    game = enter(F(1, 2))
    payoffs = np.concatenate([game.payoffs, game.payoffs[:, :, :1]], axis=2)
    wider = NormalFormGame(payoffs, game.players, (("stay", "go"), ("stay", "go"), ("stay", "go", "as well")))
    stay = 0.5**0.5
    profile = (*at(stay)[:2], np.array([stay, 1 - stay, 0.0]))
    check = crosscheck(wider, lambda game: [profile])
    assert len(check.equilibria) == 1
    assert check.degenerate
    worse = payoffs.copy()
    worse[:, :, 2, 2] -= F(1, 10**30)
    check = crosscheck(NormalFormGame(worse, wider.players, wider.strategies), lambda game: [profile])
    assert (len(check.equilibria), check.degenerate) == (1, False)
    worse[:, :, 2, 2] += F(2, 10**30)
    check = crosscheck(NormalFormGame(worse, wider.players, wider.strategies), lambda game: [profile])
    assert check.equilibria == ()
    assert len(check.approximate) == 1
    assert (check.approximate[0].near, check.degenerate) == (None, False)


def test_enumpoly_finds_nine_where_one_scale_shows_eight():
    """By hand 3×: the pure ones are where two or none deviate; Gambit finds 9 unscaled, 8 on [0, 1]."""
    require_engine("gambit:enumpoly")

    def player(low: int, high: int, other: int) -> np.ndarray:
        payoff = np.zeros((2, 2, 2))
        payoff[0, 0, 0], payoff[1, 1, 0], payoff[0, 1, 1], payoff[1, 0, 1] = high, other, low, low
        return payoff

    game = NormalFormGame.from_arrays(player(3, 9, 9), player(4, 8, 8), player(6, 12, 2))
    check = crosscheck(game, "gambit:enumpoly")
    assert (len(check.equilibria), check.reports["gambit:enumpoly"].repeated) == (9, ())


# Time, and ways out.


def test_the_time_limit_covers_proofs():
    def many(_: NormalFormGame) -> Iterator[MixedProfile]:
        weights = [F(k, 1000) for k in range(1000)]
        yield from ((object_array([w, 1 - w]), object_array([F(1), F(0)])) for w in weights)

    game = rational([[0, 0], [0, 0]], [[0, 0], [0, 0]])
    check = crosscheck(game, [many, "fairgames:pure"], seconds=1e-9)
    report = check.reports["many"]
    assert "unchecked" in (report.error or "")
    assert report.missed == ()
    assert report.wrong == ()
    assert any("time limit of 1e-09 s for proofs" in sentence for sentence in check.unfinished)
    assert check.to_dict()["warnings"] == list(check.unfinished)
    assert crosscheck(game, "fairgames:pure").unfinished == ()


def test_a_function_that_leaves_the_program_is_a_line_of_the_report():
    def leaves(_: NormalFormGame) -> list[MixedProfile]:
        sys.exit(3)

    def names(_: NormalFormGame) -> list[str]:
        sys.exit("no tasks")

    game = rational([[1]], [[1]])
    check = crosscheck(
        game,
        [leaves, Solver("x:tasks", lambda game, task: [], tasks=names), Solver("x:unfit", leaves, unfit=names)],
    )
    assert check.reports["leaves"].error == "SystemExit: 3"
    assert check.reports["x:tasks"].error == "SystemExit: no tasks"
    assert check.reports["x:unfit"].error == "x:unfit: SystemExit: no tasks"


@pytest.mark.parametrize("order", [1, -1], ids=["rational first", "floats first"])
def test_floats_and_rationals_of_one_equilibrium_of_three_are_one(order: int) -> None:
    """The first mixes with 63/190 and the second with 249/334, by indifference; the third's second strategy dominates.

    Found as floats it is known by the box in which there is one equilibrium, found as rationals by itself.
    """
    first, second, third = np.indices((2, 2, 2)).astype(object)
    one = np.where(first == second, np.where(first == 0, 85, 249), 0)
    two = np.where(first != second, np.where(first == 0, 127, 63), 0)
    game = NormalFormGame.from_arrays(one, two, third)
    exact = tuple(np.array(v, dtype=object) for v in (
        [Fraction(63, 190), Fraction(127, 190)], [Fraction(249, 334), Fraction(85, 334)], [Fraction(0), Fraction(1)]
    ))  # fmt: skip
    floats = tuple(vector.astype(float) for vector in exact)
    found = crosscheck(
        game, [Solver("mine:rational", lambda _: [exact]), Solver("mine:floats", lambda _: [floats])][::order]
    )
    assert [len(found.equilibria), *(report.found for report in found.reports.values())] == [1, (0,), (0,)]
    assert found.equilibria[0].strategies[0].tolist() == [Fraction(63, 190), Fraction(127, 190)]
