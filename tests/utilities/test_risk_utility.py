"""Utilities of risks: against the papers' two, against exact arithmetic, and with a solver behind them."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
import fairgames_cvxpy
from fairgames.errors import InputError
from fairgames.estimators import Constraints, FederatedRisk, InfeasibleError, LaplaceRisk, MeanPrior, optimal_weights
from fairgames.progress import listening
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace
from fairgames.utilities.risk import RiskUtility
from tests.oracles import Federation

CLARABEL = fairgames_cvxpy.programs()
LEVELS = st.sampled_from([[0, 1], [0, "1/3", 4], [0, 2, "inf"], [0, 0.01, 1, 1000]])
PRIOR = MeanPrior.beta(2, 5, bound=3)


def exact_risk(prior: MeanPrior, levels, profile) -> Fraction:
    return prior.risk(*optimal_weights([levels[level] for level in profile], prior))


def log(number: Fraction) -> Decimal:
    """To 50 digits."""
    with localcontext() as context:
        context.prec = 50
        return (Decimal(number.numerator) / Decimal(number.denominator)).ln()


def all_counts(n: int, length: int) -> np.ndarray:
    return np.array([row for row in product(range(n + 1), repeat=length) if sum(row) == n])


# The papers' utilities are two of them --------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), LEVELS)
def test_affine_in_the_laplace_risk_is_linear_laplace(n, levels):
    ours, papers = RiskUtility(LaplaceRisk(n, levels), scale="7/3"), LinearLaplace(n, levels, scale="7/3")
    exact = papers.exact_on_grid().fractions()
    assert (ours.exact_on_grid().fractions() == exact).all()
    floats = ours.on_grid()
    assert 0 < ours.rounding < 1e-13
    errors = [abs(Fraction(float(a)) - b) for a, b in zip(floats.flat, exact.flat, strict=True)]
    assert max(errors) <= Fraction(ours.rounding)
    counts = [all_counts(n, len(levels))]
    assert (ours.exact_on_counts(counts).fractions() == papers.exact_on_counts(counts).fractions()).all()
    assert ours.on_counts(counts) == pytest.approx(papers.on_counts(counts), abs=ours.rounding + papers.rounding)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_log_of_emse_is_the_federated_mean(data):
    sizes = data.draw(st.lists(st.integers(1, 2), min_size=1, max_size=3))
    samples = np.repeat(data.draw(st.lists(st.integers(1, 90), min_size=len(sizes), max_size=len(sizes))), sizes)
    importance = np.repeat(data.draw(st.lists(st.integers(0, 3), min_size=len(sizes), max_size=len(sizes))), sizes)
    kind, levels = data.draw(st.sampled_from(["equal", "samples"])), data.draw(st.sampled_from([(0, 1, 2), (0, 2)]))
    users = Users(samples=samples, importance=importance)
    papers = FederatedMean(users, data.draw(st.sampled_from([0.0, 1.0, 100.0])), 10.0, levels, kind, scale=3)
    ours = RiskUtility(FederatedRisk(papers), "log", scale=3)
    floats = ours.on_grid()
    assert ours.rounding < 1e-9
    assert np.abs(floats - papers.on_grid()).max() <= ours.rounding + papers.rounding
    assert floats.flat[0] == 0
    counts = [all_counts(size, len(levels)) for size in papers.type_sizes]
    assert ours.types == papers.types
    assert np.abs(ours.on_counts(counts) - papers.on_counts(counts)).max() <= ours.rounding + papers.rounding


def test_the_design_is_that_of_the_papers_utility():
    users = Users(sensitivity=[[0, ".3"], [0, ".32"]])
    ours = fg.design(fg.PaymentGame(RiskUtility(LaplaceRisk(2, [0, "inf"])), users))
    papers = fg.design(fg.PaymentGame(LinearLaplace(2, [0, "inf"]), users))
    assert (ours.alpha, ours.platform_utility) == (papers.alpha, papers.platform_utility)


# Any prior, any function ----------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), LEVELS, st.sampled_from([PRIOR, MeanPrior(), MeanPrior("1/4", "1/9", "1/5", 1)]))
def test_affine_is_exact_for_any_prior(n, levels, prior):
    utility = RiskUtility(LaplaceRisk(n, levels, prior))
    exact, floats = utility.exact_on_grid().fractions(), utility.on_grid()
    least = prior.risk(*optimal_weights([math.inf] * n, prior))
    for profile in product(range(len(levels)), repeat=n):
        right = (prior.between - exact_risk(prior, utility.levels, profile)) / (prior.between - least)
        assert exact[profile] == right
        assert abs(Fraction(float(floats[profile])) - right) <= Fraction(utility.rounding)
    if utility.levels[-1] == math.inf:
        assert exact.flat[-1] == 1


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), LEVELS)
def test_the_rounding_bound_of_the_logarithm_holds(n, levels):
    utility = RiskUtility(LaplaceRisk(n, levels, PRIOR), "log")
    floats = utility.on_grid()
    for profile in product(range(len(levels)), repeat=n):
        right = Fraction(log(PRIOR.between / exact_risk(PRIOR, utility.levels, profile)))
        assert abs(Fraction(float(floats[profile])) - right) <= Fraction(utility.rounding)
    assert utility.rounding < 1e-12
    assert not utility.rational


def test_a_function_of_ones_own():
    """Worth of an accuracy that is linear in the standard error, with what is worth nothing taken off."""
    calls = Counter()

    def worth(risk: float) -> float:
        calls[risk] += 1
        return 100 - 40 * risk**0.5

    risk = LaplaceRisk(3, [0, 1, "inf"], PRIOR)
    utility = RiskUtility(risk, worth, scale=2)
    table = utility.on_grid()
    assert table[0, 0, 0] == 0
    for profile in product(range(3), repeat=3):
        right = 80 * (float(PRIOR.between) ** 0.5 - float(exact_risk(PRIOR, utility.levels, profile)) ** 0.5)
        assert abs(table[profile] - right) <= utility.rounding
        assert utility.at(profile) == pytest.approx(table[profile], abs=utility.rounding)
    assert utility.rounding < 1e-11
    calls.clear()
    utility.on_grid()
    # Ten distinct counts, each with the two ends of its error, and the risk without data once more.
    assert sum(calls.values()) <= 3 * 10 + 1


def test_a_function_of_ones_own_adds_up_over_users_by_importance():
    users = Users(samples=[5, 50, 9], importance=[1, 0, 4])
    federation = FederatedMean(users, 2.0, 10.0)
    utility = RiskUtility(FederatedRisk(federation), lambda risk: 1 / risk)
    oracle = Federation([Fraction(n) for n in (5, 50, 9)], Fraction(2), Fraction(10))
    for profile in ((1, 2, 1), (0, 2, 0), (2, 0, 1)):
        right = sum(a * (1 / oracle.emse(profile, user) - Fraction(1, 14)) for user, a in enumerate((1, 0, 4)))
        assert utility.at(profile) == pytest.approx(float(right), rel=1e-13)


def test_affine_in_the_emse_is_1_with_all_data_and_0_without():
    federation = FederatedMean(Users(samples=[5, 50, 9], importance=[1, 2, 4]), 2.0, 10.0)
    utility = RiskUtility(FederatedRisk(federation))
    assert utility.at((0, 0, 0)) == 0
    assert utility.at((2, 2, 2)) == pytest.approx(1, rel=1e-14)
    without_all = RiskUtility(FederatedRisk(FederatedMean(federation.users, 2.0, 10.0, levels=(0, 1))))
    assert without_all.at((1, 1, 1)) == pytest.approx(utility.at((1, 1, 1)), rel=1e-14)
    assert without_all.at((1, 1, 1)) < 1


# Monotonicity is reported ---------------------------------------------------------------------


def warnings_of(utility: RiskUtility) -> str:
    users = Users(sensitivity=[[level / 10 for level in range(len(utility.levels))]] * utility.n_users)
    return " ".join(fg.PaymentGame(utility, users).warnings())


def test_a_utility_that_falls_is_reported():
    assert warnings_of(RiskUtility(LaplaceRisk(2, [0, 1, 3]), lambda risk: -risk)) == ""
    assert "not monotone" in warnings_of(RiskUtility(LaplaceRisk(2, [0, 1, 3]), lambda risk: risk))
    federation = FederatedMean(Users(samples=[10, 10]), between=100.0, within=1.0)
    assert "not monotone" in warnings_of(RiskUtility(FederatedRisk(federation), "log"))
    first_only = FederatedMean(Users(samples=[10, 10], importance=[1, 0]), between=100.0, within=1.0)
    assert "not monotone" in warnings_of(RiskUtility(FederatedRisk(first_only)))


# With a solver --------------------------------------------------------------------------------


def test_constrained_risks_are_solved_once_for_each_count():
    constraints = Constraints(cap="1/10", nonnegative=True)
    risk = LaplaceRisk(3, [0, 1, "inf"], constraints=constraints, solver=CLARABEL)
    utility = RiskUtility(risk)
    announced = []
    with listening(lambda what, done, steps: announced.append((what, done, steps))):
        table = utility.on_grid()
    assert ("convex programs", 10, 10) in announced
    assert risk.programs_solved == 9  # ten ways to count three users on three levels, less nobody
    assert not utility.rational
    again = utility.on_grid()
    assert (again == table).all()
    assert risk.programs_solved == 9
    prior = risk.prior
    for profile in product(range(3), repeat=3):
        estimator = risk.estimator(profile)
        assert max(estimator.weights) <= Fraction(1, 10)
        right = (prior.between - estimator.risk) / (prior.between - prior.least_risk(3))
        assert table[profile] == pytest.approx(float(right), abs=1e-9)
    assert table[0, 0, 0] == 0
    # Weights of 1/10: the risk is 3/600 + 0.49/12; that of three users without privacy or cap is 1/30.
    right = (1 / 12 - 3 / 600 - 0.49 / 12) / (1 / 12 - 1 / 30)
    assert table[2, 2, 2] == pytest.approx(right, abs=1e-9)
    counts = utility.on_counts([all_counts(3, 3)])
    assert risk.programs_solved == 9
    assert counts.max() == table.max()


def test_a_solver_without_constraints_agrees_within_the_stated_error():
    exact = RiskUtility(LaplaceRisk(2, [0, "1/100", 1, 100, "inf"], PRIOR)).exact_on_grid().fractions()
    utility = RiskUtility(LaplaceRisk(2, [0, "1/100", 1, 100, "inf"], PRIOR, solver=CLARABEL))
    floats = utility.on_grid()
    errors = [abs(Fraction(float(a)) - b) for a, b in zip(floats.flat, exact.flat, strict=True)]
    assert max(errors) <= Fraction(utility.rounding) < Fraction(1, 10**6)
    federation = FederatedMean(Users(samples=[5, 50]), 2.0, 10.0)
    solved = RiskUtility(FederatedRisk(federation, solver=CLARABEL), "log")
    assert np.abs(solved.on_grid() - federation.on_grid()).max() <= solved.rounding + federation.rounding
    assert solved.risk.programs_solved == 8


def test_own_constraints_tell_users_apart():
    """Only the first user's weight is limited: two profiles with the same counts are worth different sums."""
    limited = Constraints(own=lambda variables: [variables.weights[0] <= 0.05])
    risk = LaplaceRisk(2, [0, "inf"], constraints=limited, solver=CLARABEL)
    utility = RiskUtility(risk)
    table = utility.on_grid()
    assert risk.programs_solved == 3
    assert table[0, 1] == pytest.approx(2 / 3, abs=1e-8)
    # One weight of 0.05: risk 0.05²/6 + 0.95²/12.
    assert table[1, 0] == pytest.approx(2 * (1 - 12 * (0.0025 / 6 + 0.9025 / 12)), abs=1e-8)
    assert len(set(utility.types)) == 2


def test_profiles_without_feasible_weights():
    federation = FederatedMean(Users(samples=[5, 50, 9]), 2.0, 10.0)
    capped = Constraints(cap="2/5")
    with pytest.raises(InfeasibleError, match=r"profile \(\d, \d, \d\).*infeasible.*let infeasible be 'prior'"):
        RiskUtility(FederatedRisk(federation, capped, CLARABEL), "log").on_grid()
    utility = RiskUtility(FederatedRisk(federation, capped, CLARABEL, infeasible="prior"), "log")
    table = utility.on_grid()
    sharing = np.count_nonzero(np.indices((3, 3, 3)), axis=0)
    assert (table[sharing < 3] == 0).all()
    assert (table[sharing == 3] > 0).all()


# Wrong input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("worth", [lambda risk: math.nan, lambda risk: -math.inf, lambda risk: "much", lambda risk: 1j])
def test_a_function_that_returns_no_number(worth):
    with pytest.raises(InputError, match="function: expected a finite number at risk"):
        RiskUtility(LaplaceRisk(2, [0, 1]), worth).on_grid()


def test_an_error_of_the_users_own_function_is_the_users():
    with pytest.raises(ZeroDivisionError):
        RiskUtility(LaplaceRisk(2, [0, 1]), lambda risk: 1 // 0).on_grid()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RiskUtility(LaplaceRisk(2, [0, 1]), "afine"), "function: expected 'affine', 'log' or"),
        (lambda: RiskUtility(LaplaceRisk(2, [1, 2])), "levels: .* first entry is 0"),
        (lambda: RiskUtility(LaplaceRisk(2, [0, 2, 1])), "strictly increasing"),
        (lambda: LaplaceRisk(2, [0, -1]), "≥ 0 or inf, got -1"),
        (lambda: RiskUtility(LaplaceRisk(0, [0, 1])), "at least one"),
        (lambda: LaplaceRisk(2, [0, 1], infeasible="ignore"), "infeasible: expected"),
        (lambda: RiskUtility(LaplaceRisk(2, [0, 1]), "log").exact_on_grid(), "not rational"),
        (lambda: LaplaceRisk(2, [0, 1], solver=CLARABEL).exact_on_counts(np.array([[[1, 1]]])), "not rational"),
    ],
)
def test_wrong_input(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_many_users_at_one_profile():
    """More users than NumPy has axes."""
    levels = [0, 1, "inf"]
    profile = [k % 3 for k in range(100)]
    utility, papers = RiskUtility(LaplaceRisk(100, levels)), LinearLaplace(100, levels)
    assert utility.at(profile) == pytest.approx(papers.at(profile), rel=1e-13)
    assert (
        utility.exact_values([(level,) for level in profile]).fractions().item()
        == papers.exact_values([(level,) for level in profile]).fractions().item()
    )


def test_constraints_by_cvxpy_expressions_of_norms():
    """A bound on the Euclidean norm, which no other option says."""
    short = Constraints(own=lambda variables: [cp.norm(variables.weights) <= 0.1])
    risk = LaplaceRisk(2, [0, "inf"], constraints=short, solver=CLARABEL)
    assert math.hypot(*map(float, risk.estimator((1, 1)).weights)) == pytest.approx(0.1, abs=1e-8)
