"""Symmetric equilibria of three levels and more: at one share, and the platform's optimum over all of them.

Oracles: eq. 73's merit function from the definition of payments; equilibria planted by the choice
of costs; Newton's method from many points; and that a regular game has an odd number of symmetric
equilibria (their indices sum to 1).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairgames.equilibria.simplex import Cells, basis
from fairgames.equilibria.symmetric import SymmetricGame
from fairgames.equilibria.symmetric_levels import SymmetricEquilibria, symmetric_equilibria
from fairgames.game import PaymentGame
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace
from tests.symmetric_cases import Alike, alikes
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


@some(40)
@given(st.integers(1, 6), st.integers(2, 4), st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_coefficients_on_cells_are_those_of_the_form(degree, size, seed, halvings):
    random = np.random.default_rng(seed)
    forms = random.normal(size=(len(basis(degree, size).indices), 2))
    cells = Cells.whole([basis(degree, size)], [forms])
    for _ in range(halvings):
        cells = cells.halves()
    assert len(cells) == 2**halvings
    inside = random.dirichlet(np.ones(size), size=len(cells))
    points = np.einsum("ck,ckj->cj", inside, cells.vertices)
    direct = np.stack([definition(degree, forms[:, k], points) for k in range(2)], axis=1)
    local = np.einsum("cm,mfc->cf", basis(degree, size).weights(inside), cells.forms[0])
    assert np.abs(direct - local).max() < 1e-12
    least, greatest = cells.bounds(0)
    assert (least.T <= direct + 1e-13).all()
    assert (direct - 1e-13 <= greatest.T).all()
    volumes = np.abs(np.linalg.det(cells.vertices))
    assert volumes.sum() == pytest.approx(1)  # nothing is lost, nothing covered twice


def definition(degree: int, coefficients: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The expectation over degree independent draws from each point."""
    found = {tuple(row): value for row, value in zip(basis(degree, points.shape[1]).indices.tolist(), coefficients, strict=True)}
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


@some(60)
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
    from itertools import product

    profiles = {}
    for others in product(users.levels, repeat=users.n_users - 1):
        key = tuple(others.count(level) for level in users.levels)
        seen[key] = seen.get(key, 0) + 1
        profiles[key] = others
    payoffs = [
        [float(alpha * users.paid(own, profiles[key]) - cost) for own, cost in zip(users.levels, users.costs, strict=True)]
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


@some(60)
@given(
    alikes(choices=((0, 1, 2), (0, 1, 2, 3)), most_users=3, least=0),
    shares,
    st.lists(st.integers(1, 5), min_size=4, max_size=4),
)
def test_a_planted_equilibrium_is_found(case, alpha, weights):
    """Costs that make a user indifferent between all levels where everybody plays a given mixture."""
    assume(case.n_users > 1)
    chosen = weights[: len(case.levels)]
    x = tuple(Fraction(weight, sum(chosen)) for weight in chosen)
    free = Alike(case.n_users, case.table, tuple(Fraction(0) for _ in case.costs), case.levels)
    paid = free.oracle().payoffs(alpha, x)
    costs = tuple(value - paid[0] for value in paid)
    assume(min(costs) >= 0)
    planted = Alike(case.n_users, case.table, costs, case.levels)
    assert planted.oracle().merit(alpha, x) == 0
    assert is_known(symmetric_equilibria(planted.game(), alpha), np.array(x, dtype=float))


@some(60)
@given(st.integers(2, 6), st.integers(3, 4), st.integers(0, 2**32 - 1), shares)
def test_regular_games_have_an_odd_number(n, n_levels, seed, alpha):
    """U drawn without ties, so that every equilibrium is regular with probability 1."""
    case = random_case(n, n_levels, seed)
    found = symmetric_equilibria(case.game(), alpha)
    assert not found.unresolved
    assert all(one.other_end is None for one in found)
    assert len(found) % 2 == 1


def random_case(n: int, n_levels: int, seed: int) -> Alike:
    from tests.symmetric_cases import counts

    random = np.random.default_rng(seed)
    table = {row: Fraction(int(random.integers(1, 10**6)), 10**5) if any(row) else Fraction(0) for row in counts(n, n_levels)}
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
        assert found == pytest.approx([float(root.middle) for root in SymmetricGame.of(two).equilibria(alpha)], abs=1e-12)


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
    from tests.symmetric_cases import counts

    case = Alike(2, dict.fromkeys(counts(2, 3), Fraction(0)), (Fraction(0),) * 3, (0, 1, 2))
    found = symmetric_equilibria(case.game(), "1/2")
    assert len(found.unresolved) == 1
    assert found.unresolved[0][1] == 1
    assert sum(one.other_end is not None for one in found) == 3  # the edges of the triangle


def test_one_user_chooses_the_best_level():
    case = Alike(1, {(0, 0): Fraction(0), (1, 0): Fraction(1), (0, 1): Fraction(2)}, (Fraction(0), Fraction(1, 4), Fraction(1)), (0, 1, 2))
    found = symmetric_equilibria(case.game(), "1/2")
    assert [one.strategy.tolist() for one in found] == [[0, 1, 0]]
