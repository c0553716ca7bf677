"""Symmetric equilibria of three levels and more: at one share, and the platform's optimum over all of them.

Oracles: eq. 73's merit function from the definition of payments; equilibria planted by the choice
of costs; Newton's method from many points; and that a regular game has an odd number of symmetric
equilibria (their indices sum to 1).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairgames.equilibria.symmetric.several_levels import SymmetricEquilibria, symmetric_equilibria
from fairgames.equilibria.symmetric.simplex import Simplices, basis
from fairgames.equilibria.symmetric.two_levels import SymmetricGame
from fairgames.errors import InputError, NoAnswerError
from fairgames.game import PaymentGame
from fairgames.mechanism.symmetric import SymmetricDesign, symmetric_design
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace
from tests.symmetric_cases import Alike, alikes, counts
from tests.symmetric_oracle import EqualUsers

THREE = ((0, 1, 2), (1, 2, 3))
shares = st.sampled_from([Fraction(text) for text in ("1/4", "1/3", "1/2", "2/3", "3/4", "1")])


def some(examples: int):
    return settings(max_examples=examples, deadline=None)


def merit(users: EqualUsers, alpha: Fraction, strategy: np.ndarray) -> float:
    chances = [Fraction(strategy[level]) for level in users.levels]
    total = sum(chances)
    return float(users.merit(alpha, tuple(chance / total for chance in chances)))


# Forms on cells ---------------------------------------------------------------------------------


@some(15)
@given(st.integers(1, 6), st.integers(2, 4), st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_coefficients_on_cells_are_those_of_the_form(degree, size, seed, halvings):
    random = np.random.default_rng(seed)
    forms = random.normal(size=(len(basis(degree, size).indices), 2))
    cells = Simplices.whole([basis(degree, size)], [forms])
    for _ in range(halvings):
        cells = cells.halves()
    assert len(cells) == 2**halvings
    inside = random.dirichlet(np.ones(size), size=len(cells))
    points = np.einsum("ck,ckj->cj", inside, cells.vertices)
    direct = np.stack([definition(degree, forms[:, k], points) for k in range(2)], axis=1)
    local = np.einsum("cm,mfc->cf", basis(degree, size).weights(inside), cells.forms[0])
    assert np.abs(direct - local).max() < 1e-12
    least, greatest = cells.bounds(0)
    assert (direct + 1e-13 >= least.T).all()
    assert (direct - 1e-13 <= greatest.T).all()
    volumes = np.abs(np.linalg.det(cells.vertices))
    assert volumes.sum() == pytest.approx(1)  # nothing is lost, nothing covered twice


def definition(degree: int, coefficients: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The expectation over degree independent draws from each point."""
    found = {
        tuple(row): value
        for row, value in zip(basis(degree, points.shape[1]).indices.tolist(), coefficients, strict=True)
    }
    totals = {(0,) * points.shape[1]: np.ones(len(points))}
    for _ in range(degree):
        after: dict[tuple[int, ...], np.ndarray] = {}
        for row, chance in totals.items():
            for level in range(points.shape[1]):
                moved = (*row[:level], row[level] + 1, *row[level + 1 :])
                after[moved] = after.get(moved, 0) + chance * points[:, level]
        totals = after
    return sum(found[row] * chance for row, chance in totals.items())


def test_slopes_are_derivatives():
    random = np.random.default_rng(5)
    forms = random.normal(size=(len(basis(5, 3).indices), 2))
    slopes, x, step = basis(5, 3).slopes(forms), np.array([0.2, 0.3, 0.5]), 1e-6
    for towards in (1, 2):
        move = step * (np.eye(3)[towards] - np.eye(3)[0])
        difference = (basis(5, 3).weights(x + move) - basis(5, 3).weights(x - move)) @ forms / (2 * step)
        assert basis(4, 3).weights(x) @ slopes[:, towards - 1] == pytest.approx(difference, abs=1e-8)


# All equilibria at one share ----------------------------------------------------------------------


@some(20)
@given(alikes(choices=THREE, most_users=3, rules=("users", "coalition")), shares)
def test_equilibria_have_no_merit_and_newton_finds_no_others(case, alpha):
    users = case.oracle()
    share = alpha if case.rule == "users" else None
    alpha = alpha if case.rule == "users" else Fraction(1)
    found = symmetric_equilibria(case.game(), share)
    for one in found:
        assert merit(users, alpha, one.strategy) <= (0 if one.proof.exact else 1e-24)
        assert float(one.proof.regret) <= one.proof.bound
        if one.other_end is not None:
            for weight in (Fraction(1, 3), Fraction(1, 2), Fraction(4, 5)):
                between = weight * one.strategy + (1 - weight) * one.other_end
                assert merit(users, alpha, between) == 0
    for point in newton_from_everywhere(users, alpha):
        assert is_known(found, point)


def newton_from_everywhere(users: EqualUsers, alpha: Fraction) -> list[np.ndarray]:
    """Symmetric equilibria over all levels, found from a grid of points by damped replies and Newton's steps."""
    size = len(users.levels)

    def payoffs(x: np.ndarray) -> np.ndarray:
        return np.array(users_payoffs(x))

    table = payoff_table(users, alpha)

    def users_payoffs(x: np.ndarray) -> np.ndarray:
        return np.einsum("mk,m->k", table[1], np.prod(x ** table[0], axis=1) * table[2])

    found = []
    grid = [np.array([a, b, 6 - a - b]) / 6 for a in range(1, 5) for b in range(1, 6 - a)]
    for x in grid:
        point = x
        for _ in range(40):
            values = payoffs(point)
            system = values[1:] - values[0]
            jacobian = np.empty((size - 1, size - 1))
            for k in range(size - 1):
                step = np.zeros(size)
                step[k + 1], step[0] = 1e-6, -1e-6
                other, less = payoffs(point + step), payoffs(point - step)
                jacobian[:, k] = ((other[1:] - other[0]) - (less[1:] - less[0])) / 2e-6
            if abs(np.linalg.det(jacobian)) < 1e-9:
                break
            move = np.linalg.solve(jacobian, -system)
            point = point + np.concatenate([[-move.sum()], move])
            if np.abs(point).max() > 3:
                break
            if np.abs(move).max() < 1e-12:
                if point.min() > 1e-6:
                    found.append(point)
                break
    result = []
    for point in found:
        row = np.zeros(users.n_levels)
        row[list(users.levels)] = point
        result.append(row)
    return result


def payoff_table(users: EqualUsers, alpha: Fraction) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts of the others, the payoff on each level against them, and in how many ways they come about."""
    seen: dict[tuple[int, ...], int] = {}
    profiles = {}
    for others in product(users.levels, repeat=users.n_users - 1):
        key = tuple(others.count(level) for level in users.levels)
        seen[key] = seen.get(key, 0) + 1
        profiles[key] = others
    payoffs = [
        [
            float(alpha * users.paid(own, profiles[key]) - cost)
            for own, cost in zip(users.levels, users.costs, strict=True)
        ]
        for key in seen
    ]
    return np.array(list(seen)), np.array(payoffs), np.array(list(seen.values()), dtype=float)


def is_known(found: SymmetricEquilibria, point: np.ndarray) -> bool:
    for one in found:
        start = np.asarray(one.strategy, dtype=float)
        end = start if one.other_end is None else np.asarray(one.other_end, dtype=float)
        length = float(((end - start) ** 2).sum())
        place = float(np.clip((point - start) @ (end - start) / length, 0, 1)) if length else 0.0
        if np.abs(start + place * (end - start) - point).max() < 1e-7:
            return True
    return any(np.abs(centre - point).max() <= size + 1e-9 for centre, size in found.unresolved)


@some(8)
@given(
    alikes(choices=((0, 1, 2), (0, 1, 2, 3)), most_users=3, least=0),
    shares,
    st.lists(st.integers(1, 5), min_size=4, max_size=4),
)
def test_a_planted_equilibrium_is_found(case, alpha, weights):
    planted, x = plant(case, alpha, weights)
    assert planted.oracle().merit(alpha, x) == 0
    assert is_known(symmetric_equilibria(planted.game(), alpha), np.array(x, dtype=float))


def plant(case: Alike, alpha: Fraction, weights: list[int]) -> tuple[Alike, tuple[Fraction, ...]]:
    """Costs that make a user indifferent between all levels where everybody plays a given mixture."""
    assume(case.n_users > 1)
    chosen = weights[: len(case.levels)]
    x = tuple(Fraction(weight, sum(chosen)) for weight in chosen)
    free = Alike(case.n_users, case.table, tuple(Fraction(0) for _ in case.costs), case.levels)
    paid = free.oracle().payoffs(alpha, x)
    costs = tuple(value - paid[0] for value in paid)
    assume(min(costs) >= 0)
    return Alike(case.n_users, case.table, costs, case.levels), x


@some(20)
@given(st.integers(2, 6), st.integers(3, 4), st.integers(0, 2**32 - 1), shares)
def test_regular_games_have_an_odd_number(n, n_levels, seed, alpha):
    """U drawn without ties, so that every equilibrium is regular with probability 1."""
    case = random_case(n, n_levels, seed)
    found = symmetric_equilibria(case.game(), alpha)
    assert not found.unresolved
    assert all(one.other_end is None for one in found)
    assert all(float(one.proof.regret) <= one.proof.bound for one in found)
    assert len(found) % 2 == 1


def random_case(n: int, n_levels: int, seed: int) -> Alike:
    random = np.random.default_rng(seed)
    table = {
        row: Fraction(int(random.integers(1, 10**6)), 10**5) if any(row) else Fraction(0) for row in counts(n, n_levels)
    }
    costs = [Fraction(0), *(Fraction(int(k), 10**6) for k in np.sort(random.integers(1, 10**6, n_levels - 1)))]
    return Alike(n, table, tuple(costs), tuple(range(n_levels)))


@pytest.mark.parametrize("n", [5, 20])
def test_two_levels_of_three_are_the_binary_game(n):
    """A third level that costs too much leaves the equilibria of the other two."""
    users = Users(sensitivity=[[0, "1/200", 9]] * n)
    three = PaymentGame(LinearLaplace(n, [0, 1, 2]), users)
    two = PaymentGame(LinearLaplace(n, [0, 1]), Users(sensitivity=[[0, "1/200"]] * n))
    for alpha in ("1/5", "1/3", "1/2"):
        found = sorted(float(one.strategy[0]) for one in symmetric_equilibria(three, alpha))
        assert found == pytest.approx(
            [float(root.middle) for root in SymmetricGame.of(two).equilibria(alpha)], abs=1e-12
        )


def test_twenty_users_of_the_federated_mean():
    users = Users(samples=[30] * 20, sensitivity=[[0, 0.5, 1.5]] * 20)
    game = PaymentGame(FederatedMean(users, 1.0, 10.0), users)
    for alpha in ("1/10", "1/2", "4/5"):
        found = symmetric_equilibria(game, alpha)
        assert len(found) % 2 == 1
        assert not found.unresolved
        assert all(float(one.proof.regret) <= one.proof.bound for one in found)


def test_levels_that_are_all_alike_are_said_to_be_undecided():
    """Everything is free and U = 0: every mixture is an equilibrium, which no list can hold."""
    case = Alike(2, dict.fromkeys(counts(2, 3), Fraction(0)), (Fraction(0),) * 3, (0, 1, 2))
    found = symmetric_equilibria(case.game(), "1/2")
    assert len(found.unresolved) == 1
    assert found.unresolved[0][1] == 1
    assert sum(one.other_end is not None for one in found) == 3  # the edges of the triangle


def test_one_user_chooses_the_best_level():
    case = Alike(
        1,
        {(0, 0): Fraction(0), (1, 0): Fraction(1), (0, 1): Fraction(2)},
        (Fraction(0), Fraction(1, 4), Fraction(1)),
        (0, 1, 2),
    )
    found = symmetric_equilibria(case.game(), "1/2")
    assert [one.strategy.tolist() for one in found] == [[0, 1, 0]]


# The platform's optimum ---------------------------------------------------------------------------


def best(case: Alike, cap: Fraction | None = None) -> SymmetricDesign:
    return symmetric_design(case.game(), "best", cap)


def check(case: Alike, design: SymmetricDesign) -> None:
    """The answer is an equilibrium by the definition of payments, and worth what is said."""
    users, alpha = case.oracle(), Fraction(design.alpha)
    chances = [Fraction(design.strategies[0][level]) for level in case.levels]
    strategy = tuple(chance / sum(chances) for chance in chances)
    assert float(users.regret(alpha, strategy)) <= (0 if design.exact else 1e-9)
    assert float((1 - alpha) * users.value(strategy)) == pytest.approx(float(design.platform_utility), abs=1e-9)
    assert float(design.regret) <= max(design.regret_bound, 1e-9)


@some(10)
@given(alikes(choices=THREE, most_users=3, least=-1))
def test_no_share_of_a_grid_beats_the_optimum(case):
    design = best(case)
    check(case, design)
    for alpha in (Fraction(k, 12) for k in range(13)):
        for one in symmetric_equilibria(case.game(), alpha):
            worth = case.oracle().value(tuple(Fraction(one.strategy[level]) for level in case.levels))
            assert (1 - alpha) * worth <= Fraction(design.platform_utility) + Fraction(design.gap) + Fraction(1, 10**9)


@some(15)
@given(
    alikes(choices=((0, 1, 2), (0, 1, 2, 3)), most_users=3, least=0),
    shares,
    st.lists(st.integers(1, 5), min_size=4, max_size=4),
)
def test_no_planted_equilibrium_beats_the_optimum(case, alpha, weights):
    planted, x = plant(case, alpha, weights)
    design = best(planted)
    check(planted, design)
    worth = (1 - alpha) * planted.oracle().value(x)
    assert worth <= Fraction(design.platform_utility) + Fraction(design.gap) + Fraction(1, 10**9)


@pytest.mark.parametrize("seed", range(12))
def test_the_gap_is_small_in_regular_games(seed):
    case = random_case(2 + seed % 4, 3 + seed % 2, seed)
    design = best(case)
    check(case, design)
    assert design.gap <= 2e-7 * max(float(value) for value in case.table.values())


def test_mixtures_of_three_levels_are_the_best_somewhere():
    """Else the branch and bound would not be tested: of some random games, the answer mixes all three levels."""
    mixed = [best(random_case(3, 3, seed)).strategies[0] for seed in range(24)]
    assert any((np.array(strategy, dtype=float) > 1e-3).all() for strategy in mixed)


@some(10)
@given(alikes(choices=((0, 1), (1, 2)), most_users=3))
def test_a_level_that_costs_too_much_changes_nothing(case):
    """The binary optimum, with one more level that nobody can afford."""
    high = case.levels[-1] + 1
    table = {row: case.table[row[:-1]] if row[-1] == 0 else Fraction(1) for row in counts(case.n_users, high + 1)}
    more = Alike(case.n_users, table, (*case.costs, Fraction(10**6)), (*case.levels, high))
    one, two = symmetric_design(case.game(), "best", None), best(more)
    assert float(two.platform_utility) == pytest.approx(float(one.platform_utility), abs=1e-9)
    stable = [solved(each, "stable") for each in (case, more)]
    assert stable[0] == stable[1]


def solved(case: Alike, selection: str) -> object:
    try:
        return symmetric_design(case.game(), selection, None).platform_utility
    except NoAnswerError:
        return None


@some(10)
@given(alikes(choices=((0, 1, 2),), most_users=3, least=-2))
def test_where_all_is_free_the_best_mixture_is_played(case):
    """Nothing is paid at α = 0, and every mixture is an equilibrium there."""
    free = Alike(case.n_users, case.table, (Fraction(0),) * 3, case.levels)
    design, users = best(free), free.oracle()
    grid = [(Fraction(a, 6), Fraction(b, 6), Fraction(6 - a - b, 6)) for a in range(7) for b in range(7 - a)]
    top = max(users.value(x) for x in grid)
    assert Fraction(design.platform_utility) + Fraction(design.gap) >= top
    check(free, design)


@some(10)
@given(
    alikes(choices=((0, 1, 2), (0, 1, 2, 3)), most_users=2, least=0),
    shares,
    st.lists(st.integers(1, 4), min_size=4, max_size=4),
)
def test_levels_that_cost_the_same(case, alpha, weights):
    """Costs 0, c, …, c, with U such that a mixture of the dear levels earns the same on all of them."""
    costs = (Fraction(0), *(max(case.costs) for _ in case.costs[1:]))
    same = Alike(case.n_users, case.table, costs, case.levels)
    design = best(same)
    check(same, design)
    for share in (Fraction(k, 8) for k in range(9)):
        for one in symmetric_equilibria(same.game(), share):
            worth = same.oracle().value(tuple(Fraction(chance) for chance in one.strategy))
            assert (1 - share) * worth <= Fraction(design.platform_utility) + Fraction(design.gap) + Fraction(1, 10**9)


def test_two_equal_levels_at_a_cost():
    """U = number of users on either level; levels 1 and 2 are the same, so every mixture of them is one at α = c."""
    table = {row: Fraction(sum(row)) for row in counts(3, 3)}
    case = Alike(3, table, (Fraction(0), Fraction(1, 4), Fraction(1, 4)), (0, 1, 2))
    design = best(case)
    assert (design.alpha, design.platform_utility) == (Fraction(1, 4), Fraction(9, 4))
    assert design.exact


@some(10)
@given(
    alikes(choices=((0, 1, 2),), most_users=3, least=0), st.sampled_from([Fraction(1, 8), Fraction(1, 2), Fraction(1)])
)
def test_a_budget_caps_what_is_paid(case, cap):
    design = best(case, cap)
    check(case, design)
    assert float(design.alpha * design.utility) <= float(cap) + 1e-9
    assert float(design.platform_utility) <= float(best(case).platform_utility) + 1e-9
    for alpha in (Fraction(k, 8) for k in range(9)):
        for one in symmetric_equilibria(case.game(), alpha):
            worth = case.oracle().value(tuple(Fraction(chance) for chance in one.strategy))
            if alpha * worth <= cap:
                assert (1 - alpha) * worth <= Fraction(design.platform_utility) + Fraction(design.gap) + Fraction(
                    1, 10**9
                )


@some(10)
@given(alikes(choices=THREE, most_users=3, rules=("coalition",)))
@pytest.mark.parametrize("selection", ["best", "worst", "stable", "potential"])
def test_theorem_1_has_one_game(selection, case):
    users, found = case.oracle(), symmetric_equilibria(case.game())
    assume(not found.unresolved)
    ends = [end for one in found for end in (one.strategy, one.other_end) if end is not None]
    points = [tuple(Fraction(end[level]) for level in case.levels) for end in ends]
    if selection == "stable":
        points = [x for x in points if 1 in x and is_strict(users, x)]
    elif selection == "potential":
        heights = [users.height(Fraction(1), x) for x in points]
        points = [x for x, height in zip(points, heights, strict=True) if max(heights) - height < Fraction(1, 10**9)]
    try:
        design = symmetric_design(case.game(), selection, None)
    except NoAnswerError:
        assert not points
        return
    kept = [float(users.kept(x)) for x in points]
    assert float(design.platform_utility) == pytest.approx((min if selection == "worst" else max)(kept), abs=1e-9)
    assert design.alpha is None


def is_strict(users: EqualUsers, strategy: tuple[Fraction, ...]) -> bool:
    payoffs = users.payoffs(Fraction(1), strategy)
    own = payoffs[strategy.index(1)]
    return sum(payoff >= own for payoff in payoffs) == 1


def test_what_two_levels_only_can_do_is_said():
    case = random_case(3, 3, 1)
    for selection in ("worst", "potential"):
        with pytest.raises(InputError, match="'best' or 'stable'"):
            symmetric_design(case.game(), selection, None)
    design = best(case)
    assert (design.p, design.gamma_max, design.c_th, design.regime, design.assumption_1) == (None,) * 5
    assert set(design.facts()) >= {"p", "c_th", "gap"}


@pytest.mark.parametrize("costs", [(0, "1/2", "3/2"), (0, 2, 5)])
def test_twenty_users_of_the_federated_mean_at_their_best(costs):
    users = Users(samples=[30] * 20, sensitivity=[costs] * 20)
    design = symmetric_design(PaymentGame(FederatedMean(users, 1.0, 10.0), users), "best", None)
    assert float(design.regret) <= design.regret_bound
    assert design.gap <= 1e-6 * float(design.utility)
