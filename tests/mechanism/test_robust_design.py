"""Sensitivities in ranges: against every corner of the box of costs, one game each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.errors import InputError, NoAnswerError
from fairgames.game import PaymentGame
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.robust_design import RobustDesign, robust_design
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from tests import oracles
from tests.strategies import COSTS, Case, cases, fractions_array

BUDGETS = st.one_of(st.none(), st.sampled_from([Fraction(text) for text in ("0", "1/4", "1", "2")]))


class Box(oracles.Game):
    """All games whose costs are corners of the ranges: what all of them, or any, have as equilibrium."""

    def __init__(self, case: Case, high) -> None:
        super().__init__(case.utility, case.costs, case.choices, case.rule)
        self.high = high

    @cached_property
    def corners(self) -> list[oracles.Game]:
        ends = [sorted({low, top}) for lows, tops in zip(self.costs, self.high, strict=True)
                for low, top in zip(lows, tops, strict=True)]  # fmt: skip
        n_levels = len(self.costs[0])
        found = []
        for corner in product(*ends):
            rows = [corner[k : k + n_levels] for k in range(0, len(corner), n_levels)]
            game = oracles.Game(self.utility, rows, self.choices, self.rule)
            game.__dict__["values"] = self.values  # what users are paid does not depend on their costs
            found.append(game)
        return found

    @cached_property
    def critical(self) -> list[Fraction]:
        return sorted(set().union(*(corner.critical for corner in self.corners)))

    def selected(self, selection: str, alpha: Fraction) -> list[oracles.Profile]:
        quantifier = any if selection == "worst" else all
        return [
            profile
            for profile in self.profiles
            if quantifier(corner.is_equilibrium(profile, alpha) for corner in self.corners)
        ]


@dataclass(frozen=True, eq=False)
class Ranges:
    """A game, and the upper ends of its costs."""

    case: Case
    high: tuple[tuple[Fraction, ...], ...]

    def __repr__(self) -> str:
        return f"Ranges({self.case}, {[[str(cost) for cost in row] for row in self.high]})"

    def box(self) -> Box:
        return Box(self.case, self.high)

    def found(self, selection: str, exact: bool | None = None):
        """The interval of each profile that is an equilibrium for all costs, or under "worst" for some."""
        game = self.case.game(exact)
        high = [[row[level] for level in levels] for row, levels in zip(self.high, self.case.choices, strict=True)]
        found = pure_equilibria(game, *((game.costs, high) if selection == "worst" else (high, game.costs)))
        profiles = map(tuple, found.profiles(game).tolist())
        return dict(zip(profiles, zip(found.lower, found.upper, found.stable, strict=True), strict=True))

    def answer(self, selection: str, budget: Fraction | None = None, exact: bool | None = None) -> RobustDesign | None:
        try:
            return robust_design(self.case.game(exact), self.high, selection, budget)
        except NoAnswerError:
            return None


@st.composite
def ranges(draw, most_profiles: int = 9, least: int = -3, rules: tuple[str, ...] = ("users",)) -> Ranges:
    case = draw(cases(most_profiles=most_profiles, least=least, rules=rules))
    high = []
    for levels, row in zip(case.choices, case.costs, strict=True):
        more = [draw(st.sampled_from(COSTS[:5])) for _ in row]
        high.append(tuple(c + m * (level in levels[1:]) for level, (c, m) in enumerate(zip(row, more, strict=True))))
    return Ranges(case, tuple(high))


def telling_shares(critical: list[Fraction], at_most: int) -> list[Fraction]:
    """Critical shares, points right beside them, and a grid."""
    critical = critical[:: max(1, len(critical) // at_most)]
    beside = {share + step for share in critical for step in (Fraction(-1, 10**9), Fraction(1, 10**9))}
    return sorted({share for share in {*critical, *beside, *(Fraction(k, 6) for k in range(7))} if 0 <= share <= 1})


# Intervals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", ["best", "worst"])
@settings(max_examples=40, deadline=None)
@given(given_ranges=ranges(most_profiles=16))
def test_intervals_against_every_corner(selection, given_ranges):
    found, box = given_ranges.found(selection), given_ranges.box()
    for alpha in telling_shares(box.critical, 30):
        inside = [p for p in box.profiles if p in found and found[p][0] <= alpha <= found[p][1]]
        assert inside == box.selected(selection, alpha)


@settings(max_examples=40, deadline=None)
@given(ranges(most_profiles=27), st.data())
def test_costs_inside_the_ranges_lie_between(given_ranges, data):
    """What holds for all costs holds for these; what these have as equilibrium, some have."""
    case = given_ranges.case
    costs = [
        [low + (top - low) * data.draw(st.sampled_from([Fraction(k, 4) for k in range(5)]))
         for low, top in zip(*rows, strict=True)] for rows in zip(case.costs, given_ranges.high, strict=True)
    ]  # fmt: skip
    inner = oracles.Game(case.utility, costs, case.choices)
    everywhere, somewhere = given_ranges.found("best"), given_ranges.found("worst")
    for alpha in telling_shares(inner.critical, 15):
        here = set(inner.equilibria(alpha))
        assert {p for p, (low, high, _) in everywhere.items() if low <= alpha <= high} <= here
        assert here <= {p for p, (low, high, _) in somewhere.items() if low <= alpha <= high}


@settings(max_examples=40, deadline=None)
@given(ranges())
def test_stable_is_strict_for_all_costs(given_ranges):
    box = given_ranges.box()
    for profile, (lower, upper, stable) in given_ranges.found("best").items():
        inside = [lower + (upper - lower) * Fraction(k, 4) for k in (1, 2, 3)]
        strict = all(corner.is_equilibrium(profile, alpha, strict=True) for corner in box.corners for alpha in inside)
        assert stable == (lower < upper and strict)


@settings(max_examples=40, deadline=None)
@given(ranges(most_profiles=81, rules=("users", "coalition")), st.sampled_from(["best", "worst"]))
def test_floats_find_the_same_profiles(given_ranges, selection):
    exact, floats = given_ranges.found(selection), given_ranges.found(selection, exact=False)
    assert floats.keys() == exact.keys()
    for profile, (lower, upper, stable) in exact.items():
        assert floats[profile][0] == pytest.approx(float(lower), abs=1e-11)
        assert floats[profile][1] == pytest.approx(float(upper), abs=1e-11)
        assert floats[profile][2] == stable


def test_narrow_ranges_do_not_widen_the_errors_of_others():
    """Only the costs of different levels are compared, and those are never close."""
    users = Users(samples=[10, 50, 100], sensitivity=[[0, 0.1, 0.3]] * 3)
    game = PaymentGame(FederatedMean(users, 1.0, 10.0), users)
    high = [[c * (1 + Fraction(1, 10**9)) for c in row] for row in game.costs]
    plain, ranged = pure_equilibria(game), pure_equilibria(game, high, game.costs)
    assert ranged.lower_error.max() <= 1.01 * plain.lower_error.max()
    assert ranged.upper_error.max() <= 1.01 * plain.upper_error.max()


@settings(max_examples=20, deadline=None)
@given(cases(least=-3))
def test_ranges_of_no_width_are_costs_that_are_known(case):
    game = case.game()
    plain, ranged = pure_equilibria(game), pure_equilibria(game, game.costs, game.costs)
    assert plain.index.tolist() == ranged.index.tolist()
    assert plain.lower.tolist() == ranged.lower.tolist()
    assert plain.upper.tolist() == ranged.upper.tolist()
    found, known = robust_design(game, case.costs), pure_design(game, "best", None)
    assert (found.alpha, found.profile, found.platform_utility) == (known.alpha, known.profile, known.platform_utility)


# The optimum ----------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", ["best", "worst"])
@settings(max_examples=40, deadline=None)
@given(given_ranges=ranges(), budget=BUDGETS)
def test_the_optimum_against_every_corner(selection, given_ranges, budget):
    found, right = given_ranges.answer(selection, budget), given_ranges.box().answers(selection, budget)
    assert (found is None) == (not right)
    if found is None:
        return
    assert found.platform_utility == right[0].value
    assert (found.alpha, found.profile) == (right[0].alpha, right[0].profile)
    assert found.choice.attained == any(one.attained for one in right if one.alpha == found.alpha)
    assert_certified(given_ranges, found)


@pytest.mark.parametrize("selection", ["best", "worst"])
@settings(max_examples=30, deadline=None)
@given(given_ranges=ranges(rules=("coalition",)), budget=BUDGETS)
def test_theorem_1(selection, given_ranges, budget):
    found, right = given_ranges.answer(selection, budget), None
    if given_ranges.box().selected(selection, Fraction(1)):
        right = given_ranges.box().best_without_share(selection, budget)
    assert (found is None) == (right is None)
    if found is not None:
        assert (found.platform_utility, found.alpha) == (right[0], None)
        assert [found.profile, *(tie.profile for tie in found.ties)] == right[1]
        assert_certified(given_ranges, found)


def assert_certified(given_ranges: Ranges, found: RobustDesign) -> None:
    """Payments, and the largest regret over all corners, from the definition."""
    case, box = given_ranges.case, given_ranges.box()
    share = Fraction(1) if found.alpha is None else found.alpha
    assert found.payments.tolist() == [share * value for value in box.values[found.profile]]
    assert found.platform_utility == found.utility - sum(found.payments)
    everywhere = [_regrets(corner, found.profile, share) for corner in box.corners]
    extreme = max if found.selection == "best" else min
    assert found.regrets.tolist() == [extreme(of_user) for of_user in zip(*everywhere, strict=True)]
    assert found.regret == found.regret_bound == 0
    assert found.exact
    own = [tuple(row[level] for level in levels) for row, levels in zip(given_ranges.high, case.choices, strict=True)]
    assert found.high == tuple(own)
    assert found.facts()["sensitivity_high"] == found.high
    assert found.facts()["sensitivity_low"] == case.game().costs


def _regrets(game: oracles.Game, profile, alpha: Fraction) -> list[Fraction]:
    there = [[(*profile[:user], level, *profile[user + 1 :]) for level in levels]
             for user, levels in enumerate(game.choices)]  # fmt: skip
    return [
        max(game.payoff(at, user, alpha) for at in deviations) - game.payoff(profile, user, alpha)
        for user, deviations in enumerate(there)
    ]


@settings(max_examples=30, deadline=None)
@given(ranges(most_profiles=27))
def test_wider_ranges_leave_less(given_ranges):
    """And what is kept for all costs is never more than at the costs that the game has."""
    best, worst = given_ranges.answer("best"), given_ranges.answer("worst")
    game = given_ranges.case.game()
    assert best is not None  # at α = 0 nobody shares more than they must
    assert best.platform_utility <= pure_design(game, "best", None).platform_utility
    assert worst.platform_utility <= pure_design(game, "worst", None).platform_utility
    assert best.equilibrium_profiles <= pure_design(game, "best", None).equilibrium_profiles


def test_nobody_shares_for_less_than_the_dearest_costs():
    """By hand, U = [[0, 2/3], [2/3, 1]]: user 1 alone shares from high/(2/3) on, as long as user 2 does not join.

    User 2 would for low/(1/2); with costs in [3/10, 33/100] and [8/25, 7/20] that is at 16/25.
    """
    game = PaymentGame(TableUtility([[0, "2/3"], ["2/3", 1]]), Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))
    found = robust_design(game, [[0, "33/100"], [0, "7/20"]])
    assert (found.alpha, found.profile) == (Fraction(33, 100) / Fraction(2, 3), (1, 0))
    assert found.choice.interval == (Fraction(99, 200), Fraction(16, 25))
    assert found.platform_utility == (1 - Fraction(99, 200)) * Fraction(2, 3)
    # At worst: up to 99/200 nobody may share, from then on somebody does, alone for all we know.
    worst = robust_design(game, [[0, "33/100"], [0, "7/20"]], "worst")
    assert (worst.alpha, worst.platform_utility, worst.choice.attained) == (found.alpha, found.platform_utility, False)


def test_theorem_1_may_have_no_answer():
    """Alone a user is paid 1/2: enough for a cost of 1/4, too little for 3/4."""
    game = PaymentGame(TableUtility([0, 1]), Users(sensitivity=[[0, "1/4"]]), "coalition")
    with pytest.raises(NoAnswerError, match="all sensitivities in their ranges") as caught:
        robust_design(game, [[0, "3/4"]])
    assert caught.value.exit_code == 1
    assert robust_design(game, [[0, "3/4"]], "worst").profile == (0,)
    assert robust_design(game, [[0, "1/2"]]).profile == (1,)


def test_the_regret_of_floats_is_within_its_bound():
    users = Users(samples=[10, 50, 100, 200], sensitivity=[[0, 0.1, 0.3]] * 4)
    game = PaymentGame(FederatedMean(users, 1.0, 10.0), users)
    for selection in ("best", "worst"):
        found = robust_design(game, [[0, 0.15, 0.33]] * 4, selection)
        assert not found.exact
        assert 0 <= found.regret <= found.regret_bound <= 1e-11


def test_ranges_where_users_may_choose_some_levels_only():
    """Level 0 is not on offer to user 1: its lowest level costs nothing, whatever stands there for level 0."""
    table = TableUtility(fractions_array(range(9), (3, 3)))
    game = PaymentGame(table, Users(sensitivity=[[0, 0, 1], [0, 1, 1]], allowed=[[1, 2], [0, 2]]))
    found = robust_design(game, [[7, 0, 2], [0, 0, 2]])
    assert found.high == ((0, 2), (0, 2))
    assert found.low == ((0, 1), (0, 1))


# Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("high", "message"),
    [
        ([[0, 0.2], [0, 1]], "high: user user-1 at level 1: expected at least the sensitivity 3/10, got 1/5"),
        ([[0, 1]], "high: users: every list"),
        ([[0, 1, 2], [0, 1, 2]], "high: user user-1: sensitivity has 3 entries"),
        ([[0.1, 1], [0, 1]], "high: sensitivity of user 1: expected 0 at the lowest"),
        ([[0, -1], [0, "x"]], "high: sensitivity of user 2: expected a finite number"),
    ],
)
def test_ranges_that_are_none(high, message):
    game = PaymentGame(LinearLaplace(2, [0, 1]), Users(sensitivity=[[0, 0.3], [0, 0.32]]))
    with pytest.raises(InputError, match=message):
        robust_design(game, high)


def test_all_faults_are_named_at_once():
    game = PaymentGame(LinearLaplace(2, [0, 1]), Users(sensitivity=[[0, 0.3], [0, 0.32]]))
    with pytest.raises(InputError) as caught:
        robust_design(game, [[0, 0], [0, 0]])
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("selection", ["stable", "potential", "good"])
def test_selections_that_ranges_leave_undefined(selection):
    game = PaymentGame(LinearLaplace(2, [0, 1]), Users(sensitivity=[[0, 0.3], [0, 0.32]]))
    with pytest.raises(InputError, match="expected best or worst"):
        robust_design(game, [[0, 1], [0, 1]], selection)
    with pytest.raises(InputError, match="budget"):
        robust_design(game, [[0, 1], [0, 1]], budget=-1)


def test_nothing_is_left_of_the_callers_array():
    """The ranges are read, not kept."""
    high = np.array([[0, 1.0], [0, 1.0]])
    game = PaymentGame(LinearLaplace(2, [0, 1]), Users(sensitivity=[[0, 0.3], [0, 0.32]]))
    found = robust_design(game, high)
    high[:] = 5
    assert found.high == ((0, 1), (0, 1))
