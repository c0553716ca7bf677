"""Linear-Laplace: eq. 37, an exact proof of optimality, and a general solver."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError, TooLargeError
from fairgames.estimators import optimal_weights
from fairgames.users import Users
from fairgames.utilities import LinearLaplace
from tests.oracles import laplace_minimum, laplace_risk, laplace_violation

EPSILONS = st.one_of(
    st.sampled_from([Fraction(0), Fraction(1), math.inf, Fraction(10**6), Fraction(1, 10**6)]),
    st.fractions(0, 30, max_denominator=50),
)


def utility_of_risk(n: int, risk):
    """Affine in the risk, 0 for the prior's 1/12, and 1 for the risk of N users without privacy."""
    return Fraction(n + 2, n) * (1 - 12 * risk)


# Optimality -----------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.lists(EPSILONS, min_size=1, max_size=9))
def test_the_weights_are_feasible_and_optimal_exactly(epsilons):
    weights, tau = optimal_weights(epsilons)
    assert len(weights) == len(epsilons)
    assert all(epsilon == math.inf or abs(w) <= epsilon * tau for w, epsilon in zip(weights, epsilons, strict=True))
    assert laplace_violation(epsilons, weights, tau) is None


def test_the_proof_of_optimality_can_fail():
    """Of the oracle: each kind of wrong answer is caught."""
    epsilons = [Fraction(1), math.inf]
    weights, tau = optimal_weights(epsilons)
    assert "infeasible" in laplace_violation(epsilons, [2 * weights[0], weights[1]], tau)
    assert "free weight" in laplace_violation(epsilons, [weights[0], weights[1] * 2], tau)
    assert laplace_violation(epsilons, weights, 2 * tau) is not None
    assert laplace_violation(epsilons, [weights[0] / 2, Fraction(13, 40)], tau / 2) is not None


@settings(max_examples=25, deadline=None)
@given(st.lists(EPSILONS, min_size=1, max_size=6))
def test_u_is_the_risk_of_the_model(epsilons):
    """The risk by summing over all outcomes of X, not by the formula of B.1."""
    weights, tau = optimal_weights(epsilons)
    levels = sorted({Fraction(0), *epsilons})
    profile = [levels.index(epsilon) for epsilon in epsilons]
    utility = LinearLaplace(len(epsilons), levels)
    exact = utility.exact_on_grid([[level] for level in profile]).fractions().item()
    assert exact == utility_of_risk(len(epsilons), laplace_risk(weights, tau))
    assert abs(Fraction(utility.at(profile)) - exact) <= Fraction(utility.rounding)


@pytest.mark.parametrize("seed", range(25))
def test_a_general_solver_finds_no_lower_risk(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    epsilons = [float(rng.choice([0.0, math.inf, *rng.exponential(3, size=4).round(3)])) for _ in range(n)]
    weights, tau = optimal_weights([eps if eps == math.inf else Fraction(repr(eps)) for eps in epsilons])
    ours = float(laplace_risk(weights, tau))
    assert ours == pytest.approx(laplace_minimum(epsilons), abs=1e-9)


@pytest.mark.parametrize("epsilon", ["1/3", "1", "7/2", "100"])
def test_saturated_users_get_more_privacy_than_they_asked_for(epsilon):
    """Eleven users at ε, and one at each of two much larger: both get the same weight, below their bound."""
    epsilons = [Fraction(epsilon)] * 11 + [Fraction(epsilon) + 10**3, Fraction(10**6)]
    weights, tau = optimal_weights(epsilons)
    assert weights[11] == weights[12] < epsilons[11] * tau
    assert weights[0] == epsilons[0] * tau < weights[11]


def test_nobody_and_everybody():
    assert optimal_weights([]) == ([], 0)
    assert optimal_weights([Fraction(0)] * 3) == ([0, 0, 0], 0)
    weights, tau = optimal_weights([math.inf] * 4)
    assert (weights, tau) == ([Fraction(1, 6)] * 4, 0)


# Eq. 37 and the examples ----------------------------------------------------------------------


@pytest.mark.parametrize("epsilon", [Fraction(1, 10), Fraction(1), Fraction(7, 3), Fraction(5), Fraction(1000)])
def test_equation_37(epsilon):
    table = LinearLaplace(2, [0, epsilon]).exact_on_grid().fractions()
    alone, both = 2 / (3 + 24 / epsilon**2), 1 / (1 + 3 / epsilon**2)
    assert table.tolist() == [[0, alone], [alone, both]]


def test_the_example_of_design_note_8():
    """ε′ = 1: U = 0, 2/27, 1/4, so that the second user adds more than the first."""
    table = LinearLaplace(2, [0, 1]).exact_on_grid().fractions()
    assert table.tolist() == [[0, Fraction(2, 27)], [Fraction(2, 27), Fraction(1, 4)]]


@pytest.mark.parametrize("n", [1, 2, 3, 7, 50])
def test_u_is_1_where_nobody_wants_privacy(n):
    utility = LinearLaplace(n, [0, 1, "inf"])
    assert utility.at((2,) * n) == 1
    assert utility.exact_on_grid([[2]] * n).fractions().item() == 1
    assert utility.at((0,) * n) == 0


# Grids ----------------------------------------------------------------------------------------


def test_u_depends_only_on_how_many_are_on_each_level():
    utility = LinearLaplace(4, [0, "1/2", 3, "inf"])
    table = utility.exact_on_grid().fractions()
    assert table.shape == (4,) * 4
    by_counts: dict[tuple[int, ...], Fraction] = {}
    for profile in product(range(4), repeat=4):
        assert table[profile] == by_counts.setdefault(tuple(sorted(profile)), table[profile])
        weights, tau = optimal_weights([utility.levels[level] for level in profile])
        assert laplace_violation([utility.levels[level] for level in profile], weights, tau) is None
        assert table[profile] == Fraction(6, 4) * sum(weights)
    assert len(set(by_counts.values())) > 20


def test_u_rises_with_every_epsilon():
    """A larger ε relaxes a constraint, so the risk cannot rise."""
    table = LinearLaplace(4, [0, "1/2", 3, "inf"]).exact_on_grid().fractions()
    for axis in range(4):
        levels = np.moveaxis(table, axis, 0)
        assert (levels[1:] >= levels[:-1]).all()


@pytest.mark.parametrize("axes", [[[0, 1, 2]] * 3, [[2], [0, 1], [1]], [[1], [2], [0]], [[2, 0], [1, 2], [0, 2]]])
def test_grids_hold_the_single_profiles(axes):
    utility = LinearLaplace(Users(names=["a", "b", "c"]), [0, "0.7", 4], scale="3/2")
    exact, floats = utility.exact_on_grid(axes), utility.on_grid(axes)
    assert exact.shape == floats.shape == tuple(map(len, axes))
    for index in np.ndindex(floats.shape):
        profile = [axis[k] for axis, k in zip(axes, index, strict=True)]
        weights, _ = optimal_weights([utility.levels[level] for level in profile])
        right = Fraction(3, 2) * Fraction(5, 3) * sum(weights)
        assert exact.fractions()[index] == right
        assert abs(Fraction(float(floats[index])) - right) <= Fraction(utility.rounding)
        assert utility.at(profile) == pytest.approx(float(right), abs=2 * utility.rounding)


def test_many_users_at_one_profile():
    """Two hundred users: the threshold is found by one pass, and is exact."""
    levels = [Fraction(k, 3) for k in range(7)]
    profile = [k % 7 for k in range(200)]
    utility = LinearLaplace(200, levels)
    epsilons = [levels[level] for level in profile]
    weights, tau = optimal_weights(epsilons)
    assert laplace_violation(epsilons, weights, tau) is None
    assert utility.at(profile) == pytest.approx(float(Fraction(202, 200) * sum(weights)), rel=1e-15)


@pytest.mark.parametrize("n_levels", [11, 13])
def test_many_users_on_many_levels(n_levels):
    """More counts than a 64-bit number can tell apart."""
    utility = LinearLaplace(100, range(n_levels))
    weights, _ = optimal_weights([Fraction(1)] * 50 + [Fraction(n_levels - 1)] * 50)
    right = Fraction(102, 100) * sum(weights)
    profile = (1,) * 50 + (n_levels - 1,) * 50
    assert utility.exact_values([[level] for level in profile]).fractions().item() == right
    with pytest.raises(TooLargeError, match="64 axes"):
        utility.on_grid([[level] for level in profile])
    assert utility.at(profile) == pytest.approx(float(right), rel=1e-14)


def test_levels_are_read_as_written():
    utility = LinearLaplace(2, [0, 0.1, "1/3", "inf"])
    assert utility.levels == (0, Fraction(1, 10), Fraction(1, 3), math.inf)
    assert utility.level_names == ("0", "0.1", "1/3", "inf")
    assert utility.rational
    assert LinearLaplace(2, [0, 1, math.inf]).levels[2] == math.inf


@pytest.mark.parametrize("levels", [[0, -1], [1, 2], [0, 2, 1], [0, "inf", "inf"], [], [0, float("nan")], [0, "x"]])
def test_levels_ascend_from_0(levels):
    with pytest.raises(InputError, match="levels"):
        LinearLaplace(2, levels)


@pytest.mark.parametrize("scale", [0, -1, float("inf"), "x"])
def test_the_scale_is_a_number_above_0(scale):
    with pytest.raises(InputError, match="scale"):
        LinearLaplace(2, [0, 1], scale=scale)


def test_there_is_at_least_one_user():
    with pytest.raises(InputError, match="at least one"):
        LinearLaplace(0, [0, 1])


# In floats ------------------------------------------------------------------------------------


def exact_at(utility: LinearLaplace, counts) -> Fraction:
    """From the weights of :func:`optimal_weights`."""
    epsilons = [level for level, count in zip(utility.levels[1:], counts, strict=True) for _ in range(int(count))]
    weights, _ = optimal_weights(epsilons)
    return utility.scale * Fraction(utility.n_users + 2, utility.n_users) * sum(weights, Fraction(0))


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(1, 6))
def test_floats_miss_no_more_than_they_say(data, n_levels):
    levels = data.draw(st.lists(EPSILONS, min_size=n_levels, max_size=n_levels, unique=True))
    utility = LinearLaplace(40, sorted({Fraction(0), *levels}), scale="7/3")
    counts = data.draw(st.lists(st.integers(0, 6), min_size=len(utility.levels) - 1, max_size=len(utility.levels) - 1))
    found = utility.at_counts(np.array(counts, dtype=float)[:, None]).item()
    assert abs(Fraction(found) - exact_at(utility, counts)) <= Fraction(utility.float_rounding)


@pytest.mark.parametrize("near", [-(2**38), -2, -1, 0, 1, 2, 2**38])
@pytest.mark.parametrize("other", [Fraction(4), Fraction(4) + Fraction(1, 2**51), math.inf])
def test_floats_at_the_threshold(near, other):
    """Six users at ε = 1 make θ = 3 exactly: a level there may be taken for bound or free."""
    level = Fraction(3) + Fraction(near, 2**53)
    utility = LinearLaplace(30, [0, 1, level, level + Fraction(1, 2**54), other])
    for counts in ((6, 5, 0, 0), (6, 5, 4, 3), (6, 0, 4, 3)):
        found = utility.at_counts(np.array(counts, dtype=float)[:, None]).item()
        assert abs(Fraction(found) - exact_at(utility, counts)) <= Fraction(utility.float_rounding)


@pytest.mark.parametrize("levels", [[0, 1, Fraction(10) ** 400], [0, Fraction(10) ** 200, Fraction(10) ** 201]])
def test_floats_of_enormous_epsilons(levels):
    utility = LinearLaplace(5, levels)
    found = utility.at_counts(np.array([[2.0], [3.0]])).item()
    assert abs(Fraction(found) - exact_at(utility, (2, 3))) <= Fraction(utility.float_rounding)


def test_many_counts_are_floats_within_the_rounding():
    """The same values whether they are asked for one by one or 25,000 at a time."""
    utility = LinearLaplace(300, [0, "1/2", 2], scale=3)
    ones, twos = (axis.ravel() for axis in np.meshgrid(np.arange(160), np.arange(140)))
    many = utility.on_counts([np.stack([300 - ones - twos, ones, twos], axis=1)])
    for place in range(0, len(many), 997):
        right = exact_at(utility, (ones[place], twos[place]))
        assert abs(Fraction(float(many[place])) - right) <= Fraction(utility.rounding)
    assert utility.rounding < 1e-13
