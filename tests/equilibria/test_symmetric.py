"""Symmetric equilibria of two levels and the platform's optimum over them (Theorem 3).

The oracle computes payments by subsets and expectations by enumeration, counts roots by Sturm's
theorem and tries the optimum against fine grids; eq. 73's merit function says what is an equilibrium.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.two_levels import SymmetricGame
from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.symmetric import SymmetricDesign, optimum, symmetric_design
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace
from tests import symmetric_oracle as oracle
from tests.symmetric_cases import Alike, alikes

SELECTIONS = ("best", "worst", "stable", "potential")
SHARES = [Fraction(k, 12) for k in range(13)]
THIRD = Fraction(1, 3)

shares = st.sampled_from([Fraction(text) for text in ("0", "1/4", "1/3", "1/2", "3/5", "2/3", "3/4", "1")])


def some(examples: int):
    return settings(max_examples=examples, deadline=None)


def laplace(n: int, epsilon: object, cost: object, **given) -> PaymentGame:
    return PaymentGame(LinearLaplace(n, [0, epsilon]), Users(sensitivity=[[0, cost]] * n), **given)


def example(cost: object) -> PaymentGame:
    """The example of Section 5.1: N = 2, U = 0, 2/3, 1."""
    return laplace(2, "inf", cost)


# Polynomials and payments -----------------------------------------------------------------------


@some(40)
@given(alikes(rules=("users", "coalition")), st.integers(0, 8))
def test_polynomials_are_expectations_over_all_profiles(case, place):
    game, users, p = SymmetricGame.of(case.game()), case.oracle(), Fraction(place, 8)
    assert game.utility(p) == users.value(users.mixed(p))
    assert game.gain(p) == users.gain(p)
    assert game.potential(p) - game.n_users * (1 - p) * game.cost == users.height(Fraction(1), users.mixed(p))
    if case.rule == "coalition":
        assert game.potential(p) == users.kept(users.mixed(p))


@some(40)
@given(alikes(choices=((0, 1), (1, 2), (0, 1, 2), (1, 2, 3)), most_users=3, rules=("users", "coalition")), st.data())
def test_expected_payments_are_by_the_definition(case, data):
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(case.levels), max_size=len(case.levels)).filter(any))
    strategy = tuple(Fraction(weight, sum(weights)) for weight in weights)
    users = case.oracle()
    expected = [paid + cost for paid, cost in zip(users.payoffs(Fraction(1), strategy), users.costs, strict=True)]
    found, error = Exchangeable.of(case.game()).payments(object_array(strategy))
    assert found.tolist() == expected
    assert error == 0
    floats = np.array(strategy, dtype=float)
    found, error = Exchangeable.of(case.game(rounded=True)).payments(floats / floats.sum())
    assert max(abs(Fraction(value) - one) for value, one in zip(found, expected, strict=True)) <= error


def test_two_hundred_users_against_a_closed_form():
    """ε = ∞: U = (N + 2)k/(N(2 + k)), and a lone level 0 earns nothing: γ(p) = E[U(K + 1)/(K + 1)]."""
    n = 200
    game = SymmetricGame.of(laplace(n, "inf", "1/1000"))
    coefficients = game.gain.coefficients()
    assert coefficients == [Fraction(n + 2, n * (3 + k)) for k in reversed(range(n))]
    assert game.source.exact


# Equilibria at one share ------------------------------------------------------------------------


@some(80)
@given(alikes(rules=("users", "coalition")), shares)
def test_all_symmetric_equilibria_at_a_share(case, alpha):
    game, users = SymmetricGame.of(case.game()), case.oracle()
    share = alpha if case.rule == "users" else None
    found = game.equilibria(share)
    expected = users.equilibria(alpha if case.rule == "users" else Fraction(1))
    assert game.is_continuum(share) == (expected is None)
    if expected is None:
        assert [root.low for root in found] == [0, 1]
        return
    assert len(found) == len(expected)
    for root, p in zip(found, expected, strict=True):
        assert root.low - Fraction(1, 2**59) <= p <= root.high + Fraction(1, 2**59)
        merit = users.merit(alpha if case.rule == "users" else Fraction(1), users.mixed(root.middle))
        assert merit == 0 if root.exact else 0 <= merit < Fraction(1, 2**100)


@some(30)
@given(st.integers(0, 5), st.integers(0, 5), st.integers(1, 4), st.integers(1, 12))
def test_a_tangent_is_one_equilibrium(left, right, more, place):
    """Three users with γ = b₀, b₁, b₂ in Bernstein form, and c chosen so that its top is exactly c/α."""
    middle, alpha = max(left, right) + more, Fraction(place, 12)
    p = Fraction(middle - left, 2 * middle - left - right)
    top = left * (1 - p) ** 2 + 2 * middle * p * (1 - p) + right * p**2
    table = {(0,): Fraction(0), (1,): Fraction(right), (2,): Fraction(2 * middle), (3,): Fraction(3 * left)}
    case = Alike(3, table, (Fraction(0), alpha * top), (0, 1))
    game, users = SymmetricGame.of(case.game()), case.oracle()
    assert [root.low for root in game.turning_points] == [0, p, 1]
    assert [root.low for root in game.equilibria(alpha)] == [p, 1]
    assert [float(one) for one in users.equilibria(alpha)] == pytest.approx([float(p), 1])
    lower = game.with_cost(alpha * top * Fraction(999, 1000))
    assert len(lower.equilibria(alpha)) == 3
    assert [root.low for root in game.with_cost(alpha * top * Fraction(1001, 1000)).equilibria(alpha)] == [1]


@some(40)
@given(alikes(), shares)
def test_floats_find_the_same_equilibria(case, alpha):
    """Away from knife edges: every equilibrium of the rational game has one of the float game nearby."""
    exact, floats = SymmetricGame.of(case.game()), SymmetricGame.of(case.game(rounded=True))
    assert not floats.exact
    one, other = exact.equilibria(alpha), floats.equilibria(alpha)
    if len(one) == len(other):
        assert [float(root.middle) for root in one] == pytest.approx([float(root.middle) for root in other], abs=1e-6)
    else:  # only where γ touches c/α, up to rounding
        users = case.oracle()
        for root in other:
            assert users.merit(alpha, users.mixed(root.middle)) < Fraction(1, 10**28)


def test_a_share_where_everything_is_an_equilibrium():
    """U = k: γ = 1 for every p, so that at α = c nothing matters, however U is rounded."""
    for scale in (Fraction(1), Fraction(1, 10)):
        case = Alike(3, {(k,): k * scale for k in range(4)}, (Fraction(0), scale / 2), (0, 1))
        for rounded in (False, True):
            game = SymmetricGame.of(case.game(rounded))
            assert game.is_continuum("1/2")
            assert not game.is_continuum("3/5")
            assert [root.low for root in game.equilibria("3/5")] == [0]
            assert [root.low for root in game.equilibria("2/5")] == [1]


# The example of Section 5.1 and B.4.1 -------------------------------------------------------------


def test_equations_93_and_94():
    game = SymmetricGame.of(example("0.4"))
    for p in SHARES:
        assert game.utility(p) == 1 - 2 * p / 3 - p * p / 3
        assert game.gain(p) == Fraction(1, 2) + p / 6
    assert [game.gain(root.low) for root in game.extreme_gains()] == [Fraction(1, 2), Fraction(2, 3)]


@pytest.mark.parametrize("cost", [Fraction(k, 30) for k in range(1, 30)])
def test_equations_95_to_97(cost):
    design = symmetric_design(example(cost), "best", None)
    game = SymmetricGame.of(example(cost))
    for alpha in SHARES[1:]:
        expected = 1 if 2 * alpha < 3 * cost else 0 if alpha > 2 * cost else 6 * cost / alpha - 3
        assert [root.low for root in game.equilibria(alpha)] == [expected]
    if cost <= THIRD:
        expected = 2 * cost
    elif cost < 2 * THIRD:
        expected = 6 * cost / (3 * cost + 2)
    else:
        expected = 0
    assert design.alpha == expected
    assert design.c_th == THIRD
    assert (design.gamma_min, design.gamma_max) == (Fraction(1, 2), Fraction(2, 3))
    assert design.regime == (3 if cost <= THIRD else 2 if cost < 2 * THIRD else 1)
    assert design.regret == 0
    assert design.exact
    assert design.assumption_1.holds
    assert design.assumption_2.holds
    if design.regime == 2:  # what is kept there, from eqs. 95 and 96
        alpha = expected
        assert design.utility == 8 * cost / alpha - 12 * cost**2 / alpha**2
        assert design.p == 6 * cost / alpha - 3


@pytest.mark.parametrize("cost", [Fraction(2, 5), Fraction(1, 2)])
def test_the_least_share_of_theorem_3_2_is_not_the_optimum(cost):
    """3c/2 is the least α with p*(α) in γ⁻¹(c/α): nobody shares there, and nothing is kept."""
    users = Alike(2, {(0,): Fraction(0), (1,): 2 * THIRD, (2,): Fraction(1)}, (Fraction(0), cost), (0, 1)).oracle()
    assert users.equilibria(3 * cost / 2) == [1]
    assert users.value((Fraction(1), Fraction(0))) == 0
    assert symmetric_design(example(cost), "best", None).platform_utility > 0


def test_paying_nothing_may_win_before_gamma_max():
    """Erratum of Theorem 3(2): where U(ρ'₁, …, ρ'₁) > 0, α = 0 is best already for c < γ_max."""
    game = PaymentGame(LinearLaplace(2, [0, 1, "inf"]), Users(sensitivity=[[0, 0, "0.4"]] * 2, allowed=[[1, 2]] * 2))
    design = symmetric_design(game, "best", None)
    assert (design.alpha, design.regime) == (0, 1)
    assert Fraction(2, 5) < design.gamma_max
    assert design.platform_utility == Fraction(1, 4)


# Linear-Laplace with finite ε: Assumption 2 fails -------------------------------------------------


def test_two_equilibria_between_8c_and_13_and_a_half_c():
    """N = 2, ε' = 1: U = 0, 2/27, 1/4, and γ falls (design note 8.7)."""
    cost = Fraction(1, 20)
    game = SymmetricGame.of(laplace(2, 1, cost))
    assert game.utility.coefficients() == [Fraction(1, 4), Fraction(2, 27), 0]
    assert game.gain.coefficients() == [Fraction(1, 8), Fraction(2, 27)]
    mixed = Fraction(216, 440)  # 1/8 − 11p/216 = 1/10
    for times, expected in ((7, [1]), (8, [0, 1]), (10, [0, mixed, 1]), (Fraction(27, 2), [0, 1]), (14, [0])):
        assert [root.low for root in game.equilibria(times * cost)] == expected
    best, worst = (symmetric_design(laplace(2, 1, cost), selection, None) for selection in ("best", "worst"))
    assert (best.alpha, worst.alpha) == (8 * cost, Fraction(27, 2) * cost)
    assert best.choice.attained
    assert not worst.choice.attained  # at 27c/2 itself, "none share" is still an equilibrium
    assert best.assumption_1.holds
    assert not best.assumption_2.holds
    assert best.assumption_2.margin == 2 * Fraction(2, 27) - Fraction(1, 4)


@pytest.mark.parametrize("epsilon", [1, 2, 3, 4, 10])
def test_assumption_2_of_linear_laplace_needs_a_large_epsilon(epsilon):
    """It fails for two users while ε ≤ √12."""
    design = symmetric_design(laplace(2, epsilon, "1/100"), "best", None)
    assert design.assumption_2.holds == (epsilon**2 > 12)
    assert design.assumption_1.holds


@pytest.mark.parametrize("n", [10, 50, 200])
@pytest.mark.parametrize("epsilon", ["1/2", 1, 5])
def test_many_users_of_linear_laplace(n, epsilon):
    """The optimum against 2,000 points of the curve of mixed equilibria, its γ summed by itself in floats."""
    cost = Fraction(1, 2 * n)
    design = symmetric_design(laplace(n, epsilon, cost), "best", None)
    values = LinearLaplace(n, [0, epsilon]).on_counts([np.array([[n - k, k] for k in range(n + 1)])])
    chances = np.ones(1)
    p = np.linspace(0, 1, 2001)
    chances = np.ones((1, p.size))
    for _ in range(n - 1):  # how many of the others share
        less = np.vstack([chances * p, np.zeros(p.size)])
        chances = less + np.vstack([np.zeros(p.size), chances * (1 - p)])
    gain = (values[1:] / np.arange(1, n + 1)) @ chances  # all of U is split among those who share
    worth = n * (1 - p) * gain
    kept = np.where(gain >= float(cost), (1 - float(cost) / np.maximum(gain, 1e-300)) * worth, 0.0)
    assert design.platform_utility >= kept.max() - 1e-12
    assert design.platform_utility <= kept.max() + 1e-3 * worth[0]
    assert float(design.regret) <= design.regret_bound + 1e-15
    assert float(design.gamma_max) == pytest.approx(gain.max(), rel=1e-4)
    assert float(design.gamma_min) == pytest.approx(gain.min(), rel=1e-4)
    assert float(design.gamma_max) >= gain.max() - 1e-12


# The optimum, against grids -----------------------------------------------------------------------


def turning_points(users: oracle.TwoLevels) -> list[Fraction]:
    """Where U may be greatest or least inside [0, 1]."""
    return oracle.real_roots(oracle.derivative(users.worths)) if len(users.worths) > 2 else []


def fine(case: Alike, selection: str, points) -> list[tuple[float, float]]:
    """(share, value of the selected equilibrium) at each of some shares, from the oracle's equilibria."""
    users, result = case.oracle(), []
    for alpha in points:
        found = users.equilibria(alpha)
        if found is None:
            found = [Fraction(0), Fraction(1), *turning_points(users)]
        if selection == "stable":
            leads = [(Fraction(0), 1), (Fraction(1), -1)]
            found = [p for p, sign in leads if sign * (alpha * oracle.at(users.gains, p) - users.cost) > 0]
        elif selection == "potential":
            heights = {p: alpha * oracle.at(users.heights, p) - users.n_users * (1 - p) * users.cost for p in found}
            top = max(heights.values())
            found = [p for p in found if top - heights[p] <= Fraction(1, 10**15)]
        kept = [(1 - alpha) * oracle.at(users.worths, p) for p in found]
        if kept:
            result.append((alpha, min(kept) if selection == "worst" else max(kept)))
    return result


GRID = [Fraction(k, 24) for k in range(25)]


@some(15)
@given(alikes())
@pytest.mark.parametrize("selection", SELECTIONS)
def test_no_share_of_a_grid_beats_the_optimum(selection, case):
    points = fine(case, selection, GRID)
    try:
        design = symmetric_design(case.game(), selection, None)
    except NoAnswerError:
        assert not points
        return
    value = design.platform_utility
    assert all(kept <= value + Fraction(1, 10**12) for _, kept in points)
    check_reached(case, selection, design)


def check_reached(case: Alike, selection: str, design: SymmetricDesign) -> None:
    """The value is one of the selection at that share, or the limit of such values from one side."""
    users, alpha = case.oracle(), Fraction(design.alpha)
    strategy = users.mixed(Fraction(design.p))
    assert float(users.regret(alpha, strategy)) <= 1e-12
    assert float((1 - alpha) * users.value(strategy)) == pytest.approx(float(design.platform_utility), abs=1e-12)
    near = Fraction(1, 10**9)
    around = [alpha] if design.choice.attained else [alpha - near, alpha + near]
    if not design.exact:
        around += [alpha - Fraction(1, 10**15), alpha + Fraction(1, 10**15)]
    kept = fine(case, selection, [share for share in around if 0 <= share <= 1])
    assert max(value for _, value in kept) >= design.platform_utility - Fraction(1, 10**5)
    if design.exact and design.choice.attained:
        assert float(kept[0][1]) == pytest.approx(float(design.platform_utility), abs=1e-15)


@some(15)
@given(alikes(least=-1), st.sampled_from([Fraction(text) for text in ("0", "1/8", "1/3", "1")]))
@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_budget_caps_what_is_paid(selection, case, cap):
    users = case.oracle()

    def affordable(alpha):
        found = users.equilibria(alpha)
        if found is None:
            found = [*(Fraction(k, 40) for k in range(41)), *turning_points(users)]
        pays = {p: alpha * oracle.at(users.worths, p) for p in found}
        if selection == "worst":
            return [min((1 - alpha) * oracle.at(users.worths, p) for p in found)] if max(pays.values()) <= cap else []
        if selection == "stable":
            found = [
                p
                for p, sign in ((Fraction(0), 1), (Fraction(1), -1))
                if sign * (alpha * oracle.at(users.gains, p) - users.cost) > 0
            ]
        elif selection == "potential":
            heights = {p: alpha * oracle.at(users.heights, p) - users.n_users * (1 - p) * users.cost for p in found}
            found = [p for p in found if max(heights.values()) - heights[p] <= Fraction(1, 10**15)]
        return [(1 - alpha) * oracle.at(users.worths, p) for p in found if alpha * oracle.at(users.worths, p) <= cap]

    points = [value for alpha in GRID for value in affordable(alpha)]
    try:
        design = symmetric_design(case.game(), selection, cap)
    except NoAnswerError:
        assert not points
        return
    assert all(value <= design.platform_utility + Fraction(1, 10**12) for value in points)
    assert design.alpha * design.utility <= cap + Fraction(1, 10**12)
    assert design.platform_utility <= symmetric_design(case.game(), selection, None).platform_utility
    assert float(design.regret) <= 1e-12


@some(15)
@given(alikes(rules=("coalition",)), st.sampled_from([None, Fraction(0), Fraction(1, 2), Fraction(2)]))
@pytest.mark.parametrize("selection", SELECTIONS)
def test_theorem_1_has_one_game(selection, case, cap):
    users, one = case.oracle(), Fraction(1)
    found = users.equilibria(one)
    assume(found is not None)
    kept = {p: users.kept(users.mixed(p)) for p in found}
    paid = {p: users.value(users.mixed(p)) - kept[p] for p in found}
    if selection == "stable":
        found = [p for p in found if p in (0, 1) and (1 - 2 * p) * (users.gain(p) - users.cost) > 0]
    elif selection == "potential":
        heights = {p: users.height(one, users.mixed(p)) for p in found}
        found = [p for p in found if max(heights.values()) - heights[p] <= Fraction(1, 10**15)]
    if selection == "worst" and cap is not None and max(paid.values()) > cap + Fraction(1, 10**15):
        found = []
    elif cap is not None:
        found = [p for p in found if paid[p] <= cap + Fraction(1, 10**15)]
    try:
        design = symmetric_design(case.game(), selection, cap)
    except NoAnswerError:
        assert not found
        return
    expected = (min if selection == "worst" else max)(kept[p] for p in found)
    assert float(design.platform_utility) == pytest.approx(float(expected), abs=1e-12)
    assert design.alpha is None
    assert design.c_th is None
    assert float(design.regret) <= 1e-12


# Properties ---------------------------------------------------------------------------------------


@some(30)
@given(alikes())
def test_worst_is_no_better_than_best(case):
    values = {}
    for selection in SELECTIONS:
        try:
            values[selection] = symmetric_design(case.game(), selection, None).platform_utility
        except NoAnswerError:
            assert selection == "stable"
    assert all(value <= values["best"] + Fraction(1, 10**15) for value in values.values())
    assert values["worst"] <= values["potential"] + Fraction(1, 10**15)
    assert values["best"] >= 0


@some(15)
@given(alikes(), st.integers(2, 5))
@pytest.mark.parametrize("selection", ["best", "worst"])
def test_money_has_no_unit(selection, case, factor):
    """U and c times a factor: the same α and p, and a value that many times as high."""
    table = {row: factor * value for row, value in case.table.items()}
    other = Alike(case.n_users, table, tuple(factor * cost for cost in case.costs), case.levels)
    one, two = (symmetric_design(each.game(), selection, None) for each in (case, other))
    assert float(two.platform_utility) == pytest.approx(factor * float(one.platform_utility), rel=1e-12, abs=1e-14)
    assert float(two.alpha) == pytest.approx(float(one.alpha), rel=1e-12)
    assert float(two.p) == pytest.approx(float(one.p), abs=1e-12)


@some(40)
@given(alikes())
def test_the_threshold_is_where_all_sharing_stops_being_best(case):
    """Eq. 24 by its meaning: at every c below c_th the best is p = 0 at c/γ(0), and just above it is not."""
    game = SymmetricGame.of(case.game())
    threshold = Fraction(symmetric_design(case.game(), "best", None).c_th)
    worth = game.utility(Fraction(0))
    for k in range(1, 8):
        cost = threshold * Fraction(k, 8)
        if cost:
            winner = optimum(game.with_cost(cost)).winner
            all_share = (1 - cost / game.gain(Fraction(0))) * worth
            assert winner.value <= all_share + winner.error + Fraction(1, 10**15)
    above = threshold * Fraction(10**6 + 1, 10**6) + Fraction(1, 10**9)
    if worth > 0 and 0 < above < game.gain(Fraction(0)):
        winner = optimum(game.with_cost(above)).winner
        assert winner.value > (1 - above / game.gain(Fraction(0))) * worth


@some(30)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=5), st.integers(1, 60))
def test_regimes_where_both_assumptions_hold(steps, cost):
    """Theorem 3 as it is meant: U rises by less and less, γ rises in p, and c_th and γ_max part the regimes."""
    rises = list(accumulate(steps))[::-1]
    table = {(k,): Fraction(sum(rises[:k])) for k in range(len(rises) + 1)}
    case = Alike(len(rises), table, (Fraction(0), Fraction(cost, 4)), (0, 1))
    game, design = SymmetricGame.of(case.game()), symmetric_design(case.game(), "best", None)
    assert design.assumption_1.holds
    assert design.assumption_2.holds
    assert [root.low for root in game.turning_points] == [0, 1]
    assert design.gamma_min == game.gain(Fraction(0)) > 0
    assert design.gamma_max == game.gain(Fraction(1)) > design.c_th
    if game.cost < design.c_th:
        assert design.regime == 3
        assert design.alpha == game.cost / design.gamma_min
    elif game.cost >= design.gamma_max:
        assert (design.regime, design.alpha) == (1, 0)
    elif design.c_th < game.cost:
        assert design.regime == 2


@some(30)
@given(alikes())
def test_assumptions_by_their_definition(case):
    users, (low, high) = case.oracle(), case.levels
    others = low != 0

    def worth(private: int, open_: int) -> Fraction:
        on = [0] * len(case.costs)
        on[high] = open_
        on[low] += private
        return case.table[tuple(on[1:])]

    rises = {}
    for size in range(1, users.n_users + 1):
        for private in range(1, size + 1):
            rises[size, private] = worth(private - 1, size - private + 1) - worth(private, size - private)
    sizes = range(1, users.n_users + 1) if others else [users.n_users]
    falls = [
        rises[size, more] - rises[size, fewer]
        for size in sizes
        for fewer in range(1, size)
        for more in range(fewer + 1, size + 1)
    ]
    design = symmetric_design(case.game(), "best", None)
    assert design.assumption_1.holds == all(rise > 0 for rise in rises.values())
    assert design.assumption_1.margin == min(rises.values())
    assert design.assumption_2.holds == all(fall > 0 for fall in falls)


def test_assumptions_of_the_federated_mean():
    """Assumption 1 fails: the last level-1 user hides nothing, so its moving to level 2 adds nothing."""
    n = 20
    users = Users(samples=[30] * n, sensitivity=[[0, 0, 1]] * n, allowed=[[1, 2]] * n)
    design = symmetric_design(PaymentGame(FederatedMean(users, 1.0, 10.0), users), "best", None)
    assert not design.assumption_1.holds
    assert "1 on level 1" in design.assumption_1.witness
    assert design.assumption_1.margin == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("levels", [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("n", [3, 40, 200])
def test_the_federated_mean_against_a_grid(n, levels):
    cost = {0: 5, 1: "0.2"}[levels[0]]
    row = [0, cost] if levels[0] == 0 else [0, 0, cost]
    users = Users(samples=[30] * n, sensitivity=[row] * n, allowed=None if levels[0] == 0 else [levels] * n)
    utility = FederatedMean(users, 1.0, 10.0, levels=levels if levels[0] == 0 else (0, 1, 2))
    game = SymmetricGame.of(PaymentGame(utility, users))
    found = optimum(game).winner
    p = np.linspace(0, 1, 1001)
    gain, worth = game.gain.at(p)[0], game.utility.at(p)[0]
    c = float(game.cost)
    kept = np.where(gain > c, (1 - c / np.maximum(gain, c)) * worth, 0.0)
    assert found.value >= max(kept.max(), worth[-1]) - 1e-9
    assert not game.exact


# Curves, sizes and errors -------------------------------------------------------------------------


def test_the_share_as_a_function_of_c():
    """Fig. 8's top plot: 2c, then 6c/(3c + 2), then 0; polynomials are made once."""
    game = SymmetricGame.of(example("0.1"))
    costs = [Fraction(k, 60) for k in range(60)]
    alphas = [optimum(game.with_cost(cost)).winner.alpha for cost in costs]
    for cost, alpha in zip(costs, alphas, strict=True):
        assert alpha == (2 * cost if cost <= THIRD else 6 * cost / (3 * cost + 2) if cost < 2 * THIRD else 0)
    payments = [alpha * game.utility(Fraction(0)) for cost, alpha in zip(costs, alphas, strict=True) if cost < THIRD]
    assert all(b > a for a, b in pairwise(payments))


def test_one_user_alone():
    design = symmetric_design(laplace(1, 1, "1/100"), "best", None)
    worth = LinearLaplace(1, [0, 1]).at((1,))
    assert (design.p, float(design.alpha)) == (0, pytest.approx(0.01 / worth))


def test_nobody_is_on_a_level_that_costs_more_and_is_paid_the_same():
    """γ = 0 < c: sharing openly is no equilibrium at any share, not even where nothing is paid."""
    case = Alike(
        1, {(0, 0): Fraction(0), (1, 0): Fraction(1), (0, 1): Fraction(1)}, (Fraction(0),) * 2 + (THIRD,), (1, 2)
    )
    design = symmetric_design(case.game(), "best", None)
    assert (design.alpha, design.p, design.ties) == (0, 1, ())


def test_answers_name_their_ties():
    """c = γ_max: whoever shares is paid all of U; nothing is kept either way."""
    design = symmetric_design(example(2 * THIRD), "best", None)
    assert (design.alpha, design.platform_utility, design.p) == (0, 0, 1)
    assert design.choice.interval == (0, 1)


def test_facts_for_the_command_line():
    facts = symmetric_design(example("0.4"), "best", None).facts()
    assert facts["p"] == Fraction(1, 5)
    assert facts["c_th"] == THIRD
    assert facts["assumption_1"]["holds"] is True
    assert {"gamma_min", "gamma_max", "regime", "assumption_2"} <= set(facts)


def test_users_who_differ_are_refused_by_name():
    users = Users(sensitivity=[[0, 1], [0, 2]], allowed=[[0, 1], [0]], names=["ann", "bob"])
    with pytest.raises(InputError) as error:
        symmetric_design(PaymentGame(LinearLaplace(2, [0, 1]), users), "best", None)
    assert len(error.value.faults) == 2
    assert all("ann" in fault and "bob" in fault for fault in error.value.faults)


def test_shares_are_checked():
    game = SymmetricGame.of(example("0.4"))
    with pytest.raises(InputError, match="between 0 and 1"):
        game.equilibria(2)
    with pytest.raises(InputError, match="needs a share"):
        game.equilibria()
    with pytest.raises(InputError, match="≥ 0"):
        game.with_cost(-1)
    coalition = SymmetricGame.of(PaymentGame(LinearLaplace(2, [0, "inf"]), Users(names=["1", "2"]), "coalition"))
    with pytest.raises(InputError, match="has no share"):
        coalition.equilibria("1/2")
    with pytest.raises(NoAnswerError, match="stable"):
        symmetric_design(
            PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, 0]] * 2)), "stable", Fraction(-1)
        )


def test_what_was_asked_of_the_game_is_what_its_counts_get():
    """2^30 profiles are too many to be rational by default, their 31 states are not."""
    for exact in (None, True, False):
        game = laplace(30, "inf", "1/2000", exact=exact)
        assert Exchangeable.of(game).exact is symmetric_design(game, "best", None).exact is (exact is not False)


def test_the_tensors_of_many_users_are_not_touched():
    game = laplace(200, 1, "1/1000")
    symmetric_design(game, "best", None)
    assert "_tensors" not in vars(game)
