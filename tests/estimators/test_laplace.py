"""Linear-Laplace estimators: the risk from the model, optimality from its conditions, privacy from its definition."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError, TooLargeError
from fairgames.estimators import (
    LinearLaplaceEstimator,
    MeanPrior,
    laplace_weights,
    laplace_weights_on_counts,
    optimal_weights,
)
from fairgames.estimators.threshold import least_risk
from tests.oracles import laplace_risk, laplace_violation

optimal = LinearLaplaceEstimator.optimal

EPSILONS = st.one_of(
    st.sampled_from([Fraction(0), Fraction(1), math.inf, Fraction(10**6), Fraction(1, 10**6)]),
    st.fractions(0, 30, max_denominator=50),
)
#: ε over sixteen orders of magnitude, with ties, 0 and ∞.
FLOATS = st.one_of(st.sampled_from([0.0, 1.0, math.inf]), st.floats(-8, 8).map(lambda power: 10.0**power))
BETA = st.fractions(Fraction(1, 8), 12, max_denominator=8)
PRIORS = st.builds(MeanPrior.beta, BETA, BETA, st.sampled_from(["1/2", "1", "1/7", "300"]))


# Oracles --------------------------------------------------------------------------------------


def beta_risk(weights: Sequence[Fraction], noise: Fraction, intercept: Fraction, a: int, b: int, bound: Fraction):
    """E[(a₀ + wᵀX + Z − θ)²] from the model: a sum over all outcomes of X = ±bound with Pr(+) = p ~ Beta(a, b)."""
    n = len(weights)

    def moment(ups: int, downs: int) -> Fraction:
        """E[p^ups (1−p)^downs] = Γ(a+ups)Γ(b+downs)Γ(a+b) / (Γ(a)Γ(b)Γ(a+b+ups+downs))."""
        top = math.factorial(a + ups - 1) * math.factorial(b + downs - 1) * math.factorial(a + b - 1)
        return Fraction(top, math.factorial(a - 1) * math.factorial(b - 1) * math.factorial(a + b + ups + downs - 1))

    total = 2 * noise**2
    for outcome in product((-bound, bound), repeat=n):
        guess = intercept + sum((w * x for w, x in zip(weights, outcome, strict=True)), Fraction(0))
        ups = sum(x > 0 for x in outcome)
        downs = n - ups
        # θ = bound·(2p − 1): (guess − θ)² = (g − 2·bound·p)² with g = guess + bound
        g = guess + bound
        total += g**2 * moment(ups, downs) - 4 * g * bound * moment(ups + 1, downs)
        total += 4 * bound**2 * moment(ups + 2, downs)
    return total


def improvement(
    risk: Callable[[Sequence[Fraction], Fraction], Fraction],
    epsilons: Sequence[Fraction | float],
    weights: Sequence[Fraction],
    noise: Fraction,
    reach: Fraction,
) -> str | None:
    """Why (w, τ) does not minimise a convex quadratic ``risk`` under |w_i|·reach ≤ ε_i·τ; None if it does.

    The conditions of Karush, Kuhn and Tucker; slopes of a quadratic are exact central differences.
    """
    for w, epsilon in zip(weights, epsilons, strict=True):
        if epsilon != math.inf and abs(w) * reach > Fraction(epsilon) * noise:
            return f"infeasible: {w} at ε = {epsilon}"
    price = Fraction(0)
    for user, (w, epsilon) in enumerate(zip(weights, epsilons, strict=True)):
        if epsilon == 0:
            continue
        up, down = ([v + step * (k == user) for k, v in enumerate(weights)] for step in (1, -1))
        slope = (risk(up, noise) - risk(down, noise)) / 2
        if epsilon == math.inf or abs(w) * reach < Fraction(epsilon) * noise:
            if slope != 0:
                return f"slope {slope} at the free weight of user {user}"
        elif slope * w > 0:
            return f"slope {slope} pulls the weight of user {user} inwards"
        else:
            price += Fraction(epsilon) / reach * abs(slope)
    slope = (risk(weights, noise + 1) - risk(weights, noise - 1)) / 2
    return None if slope == price else f"noise: slope {slope}, but the bounds are worth {price}"


# The prior ------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 5),
    st.fractions(Fraction(1, 4), 4, max_denominator=6),
    st.lists(st.fractions(-2, 2, max_denominator=9), min_size=1, max_size=4),
    st.fractions(0, 3, max_denominator=9),
)
def test_the_risk_is_that_of_the_model(a, b, bound, weights, noise):
    prior = MeanPrior.beta(a, b, bound)
    intercept = prior.intercept(weights)
    right = beta_risk(weights, noise, intercept, a, b, bound)
    assert prior.risk(weights, noise) == right
    for other in (intercept + Fraction(1, 7), intercept - Fraction(1, 7)):
        assert beta_risk(weights, noise, other, a, b, bound) == right + Fraction(1, 49)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.fractions(-1, 1, max_denominator=9), max_size=5), st.fractions(0, 1, max_denominator=9))
def test_the_default_is_the_papers_case(weights, noise):
    assert MeanPrior() == MeanPrior.beta(1, 1)
    assert MeanPrior().risk(weights, noise) == laplace_risk(weights, noise)
    assert MeanPrior().intercept(weights) == 0


def draws_of_beta(rng: np.random.Generator, size: int, n: int):
    p = rng.beta(2, 5, size)
    return 3 * (2 * p - 1), np.where(rng.random((size, n)) < p[:, None], 3.0, -3.0)


def draws_of_sums(rng: np.random.Generator, size: int, n: int):
    """θ uniform on [−0.2, 0.7], X = θ + uniform noise on [−1.3, 1.3]: within [−2, 2], and neither end is reached."""
    theta = rng.uniform(-0.2, 0.7, size)
    return theta, theta[:, None] + rng.uniform(-1.3, 1.3, (size, n))


def draws_of_papers(rng: np.random.Generator, size: int, n: int):
    p = rng.random(size)
    return p - 0.5, np.where(rng.random((size, n)) < p[:, None], 0.5, -0.5)


@pytest.mark.parametrize(
    ("draws", "prior"),
    [
        (draws_of_papers, MeanPrior()),
        (draws_of_beta, MeanPrior.beta(2, 5, bound=3)),
        (draws_of_sums, MeanPrior("1/4", Fraction(81, 100) / 12, Fraction(26, 10) ** 2 / 12, 2)),
    ],
)
def test_a_million_draws_have_the_stated_risk(draws, prior):
    rng = np.random.default_rng(7)
    weights = (Fraction(1, 4), Fraction(-1, 8), Fraction(1, 16))
    any_other = LinearLaplaceEstimator((Fraction(2),) * 3, weights, Fraction(1), prior)
    for estimator in (optimal([1, 4, "inf"], prior), any_other):
        theta, data = draws(rng, 10**6, 3)
        squares = (estimator.estimate(data, simulation=rng) - theta) ** 2
        error = squares.std() / 1e3
        assert abs(squares.mean() - float(estimator.risk)) < 4 * error
        assert error < 0.003 * float(estimator.risk)


def test_moments_that_no_data_have():
    with pytest.raises(InputError, match="bound²"):
        MeanPrior(mean=0.4, between=0.1, within=0.1, bound=0.5)
    assert MeanPrior(mean=0.4, between=0.04, within=0.05, bound=0.5).range == 1
    with pytest.raises(InputError) as caught:
        MeanPrior(mean="x", between=0, within=-1, bound=float("nan"))
    assert len(caught.value.faults) == 4
    with pytest.raises(InputError) as caught:
        MeanPrior.beta(0, -1, bound=0)
    assert len(caught.value.faults) == 3


# Optimality -----------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.lists(EPSILONS, min_size=1, max_size=8), PRIORS)
def test_the_weights_are_optimal_exactly_for_any_prior(epsilons, prior):
    weights, noise = optimal_weights(epsilons, prior)
    assert improvement(prior.risk, epsilons, weights, noise, 2 * prior.bound) is None
    assert least_risk([(epsilon, 1) for epsilon in epsilons], prior) == prior.risk(weights, noise)


@settings(max_examples=15, deadline=None)
@given(st.lists(EPSILONS, min_size=1, max_size=4), st.integers(1, 4), st.integers(1, 4))
def test_the_weights_are_optimal_for_the_risk_of_the_model(epsilons, a, b):
    prior = MeanPrior.beta(a, b, bound=2)
    weights, noise = optimal_weights(epsilons, prior)
    intercept = prior.intercept(weights)

    def risk(w: Sequence[Fraction], tau: Fraction) -> Fraction:
        return beta_risk(w, tau, prior.mean * (1 - sum(w)), a, b, Fraction(2))

    assert improvement(risk, epsilons, weights, noise, Fraction(4)) is None
    assert intercept == prior.mean * (1 - sum(weights))


@settings(max_examples=50, deadline=None)
@given(st.lists(EPSILONS, min_size=1, max_size=8))
def test_the_papers_case_satisfies_the_papers_conditions(epsilons):
    weights, noise = optimal_weights(epsilons)
    assert laplace_violation(epsilons, weights, noise) is None


def test_the_proof_of_optimality_can_fail():
    """Of the oracle: each kind of wrong answer is caught."""
    prior, epsilons = MeanPrior.beta(2, 3, bound=2), [Fraction(1), math.inf]
    weights, noise = optimal_weights(epsilons, prior)
    reach = Fraction(4)
    assert "infeasible" in improvement(prior.risk, epsilons, [weights[0] * 2, weights[1]], noise, reach)
    assert "free weight" in improvement(prior.risk, epsilons, [weights[0], weights[1] * 2], noise, reach)
    assert improvement(prior.risk, epsilons, weights, noise * 2, reach) is not None
    assert improvement(prior.risk, epsilons, weights, noise, reach / 2) is not None


@pytest.mark.parametrize("bound", ["1/2", 3])
def test_the_unit_of_the_data_changes_no_weight(bound):
    weights, noise = optimal_weights([Fraction(1), Fraction(2), Fraction(50)], MeanPrior.beta(2, 3, bound))
    unit, unit_noise = optimal_weights([Fraction(1), Fraction(2), Fraction(50)], MeanPrior.beta(2, 3, 1))
    assert weights == unit
    assert noise == Fraction(bound) * unit_noise


# Many at once ---------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(FLOATS, min_size=5, max_size=5), min_size=1, max_size=4), PRIORS)
def test_the_batch_agrees_with_the_exact_weights(rows, prior):
    found = laplace_weights(rows, prior)
    for number, row in enumerate(rows):
        exact = [epsilon if epsilon == math.inf else Fraction(epsilon) for epsilon in row]
        weights, noise = optimal_weights(exact, prior)
        assert found.weights[number] == pytest.approx([float(w) for w in weights], rel=1e-13)
        assert found.noise[number] == pytest.approx(float(noise), rel=1e-13)
        assert found.risk[number] == pytest.approx(float(prior.risk(weights, noise)), rel=1e-14)


@settings(max_examples=40, deadline=None)
@given(st.data(), PRIORS)
def test_counts_agree_with_one_entry_a_user(data, prior):
    levels = sorted(data.draw(st.sets(FLOATS, min_size=1, max_size=4)))
    counts = data.draw(st.lists(st.integers(0, 4), min_size=len(levels), max_size=len(levels)))
    assume(any(counts))
    found = laplace_weights_on_counts(levels, np.array([counts]), prior)
    profile = np.repeat(levels, counts)
    single = laplace_weights([profile], prior)
    assert np.repeat(found.weights[0], counts) == pytest.approx(single.weights[0], rel=1e-13)
    assert (found.noise[0], found.risk[0]) == pytest.approx((single.noise[0], single.risk[0]), rel=1e-13)


def test_extreme_epsilons_neither_overflow_nor_underflow():
    found = laplace_weights([[1e-300, 1e300], [1e300, 1e308], [5e-324, 0.0], [1e300, math.inf]])
    for number, row in enumerate([[1e-300, 1e300], [1e300, 1e308], [5e-324, 0.0]]):
        weights, _ = optimal_weights([Fraction(epsilon) for epsilon in row])
        assert found.weights[number] == pytest.approx([float(w) for w in weights], rel=1e-12, abs=1e-300)
    assert found.weights[3] == pytest.approx([0.25, 0.25], rel=1e-15)


@pytest.mark.parametrize(
    ("epsilons", "message"),
    [([[1.0, -2.0]], "row 0, column 1"), ([[1.0], [math.nan]], "row 1, column 0"), ([1.0, 2.0], "shape")],
)
def test_a_batch_with_wrong_epsilons(epsilons, message):
    with pytest.raises(InputError, match=message):
        laplace_weights(epsilons)


def test_counts_that_do_not_fit():
    with pytest.raises(InputError, match="ascending"):
        laplace_weights_on_counts([0, 2, 1], np.array([[1, 1, 1]]))
    with pytest.raises(InputError, match=r"shape \(M, 2\)"):
        laplace_weights_on_counts([0, 1], np.array([[1, 1, 1]]))
    with pytest.raises(InputError, match="≥ 0"):
        laplace_weights_on_counts([0, 1], np.array([[-1, 1]]))


def test_a_batch_that_does_not_fit_in_memory(monkeypatch):
    monkeypatch.setattr("fairgames.memory.available_bytes", lambda: 10**6)
    with pytest.raises(TooLargeError, match="profiles"):
        laplace_weights(np.ones((10**5, 2)))


# The estimator --------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(EPSILONS, min_size=1, max_size=6), PRIORS)
def test_nobody_gets_less_privacy_than_asked_for(epsilons, prior):
    estimator = optimal(epsilons, prior)
    for asked, real, more in zip(epsilons, estimator.effective_epsilons, estimator.saturated, strict=True):
        assert real <= asked
        assert more == (real < asked)
    assert estimator.risk <= prior.between


def test_the_effective_epsilon_is_the_privacy_loss_of_definition_2():
    """The largest log-ratio of the densities of A on neighbouring data, from the Laplace density itself."""
    estimator = optimal([1, 3, 100], MeanPrior.beta(2, 3, bound=2))
    weights, tau = np.array(estimator.weights, dtype=float), float(estimator.noise)
    outputs = np.linspace(-40 * tau, 40 * tau, 4001)
    for user, epsilon in enumerate(estimator.effective_epsilons):
        data = np.array([2.0, -1.0, 0.5])
        other = data.copy()
        data[user], other[user] = 2.0, -2.0
        ratios = (np.abs(outputs - weights @ other) - np.abs(outputs - weights @ data)) / tau
        assert np.abs(ratios).max() == pytest.approx(float(epsilon), rel=1e-12)
    assert estimator.saturated == (False, False, True)


@pytest.mark.parametrize(
    ("weights", "noise"), [(("1/2", "1/4"), "1/4"), (("1/4", "-1/2"), "1/4"), (("1/4", "1/4"), "-1"), (("1/4",), "1")]
)
def test_an_estimator_that_breaks_its_privacy_cannot_be_made(weights, noise):
    with pytest.raises(InputError, match=r"ε-private|noise ≥ 0|weights"):
        LinearLaplaceEstimator(
            (Fraction(1), Fraction(1)), tuple(Fraction(w) for w in weights), Fraction(noise), MeanPrior()
        )


def test_privacy_is_checked_beyond_the_last_digit_of_a_float():
    tau = Fraction(1, 3)
    LinearLaplaceEstimator((Fraction(1),), (tau,), tau, MeanPrior())
    with pytest.raises(InputError, match="user 1"):
        LinearLaplaceEstimator((Fraction(1),), (tau + Fraction(1, 10**40),), tau, MeanPrior())


def test_the_intercept_is_used():
    estimator = optimal(["inf"], MeanPrior.beta(3, 1))
    rng = np.random.default_rng(0)
    found = estimator.estimate([[0.5], [-0.5]], simulation=rng)
    # The Bayes estimate of θ = p − 1/2 after one success or failure: Beta(4, 1) and Beta(3, 2).
    assert found == pytest.approx([4 / 5 - 1 / 2, 3 / 5 - 1 / 2], rel=1e-15)


def test_noise_is_drawn_for_each_draw():
    estimator = optimal([1, 1])
    found = estimator.estimate(np.zeros((3, 50, 2)), simulation=np.random.default_rng(0))
    assert found.shape == (3, 50)
    assert len(np.unique(found)) == 150


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([0.1], "one value for each of 2 users"),
        ([0.1, 0.2, 0.3], "one value for each of 2 users"),
        (0.1, "one value for each of 2 users"),
        ([0.1, 0.6], r"\[−1/2, 1/2\], got 0.6 for user 2"),
        ([math.nan, 0.1], "got nan for user 1"),
        ([math.inf, 0.1], "got inf for user 1"),
    ],
)
def test_data_that_do_not_fit(data, message):
    with pytest.raises(InputError, match=message):
        optimal([1, 2]).estimate(data, simulation=np.random.default_rng(0))


def test_data_although_nobody_shares():
    estimator = optimal([0, 0], MeanPrior.beta(2, 1))
    assert (estimator.noise, estimator.intercept, estimator.risk) == (0, Fraction(1, 6), estimator.prior.between)
    with pytest.raises(InputError, match="every ε is 0"):
        estimator.estimate([0.1, 0.1], simulation=np.random.default_rng(0))


def test_every_wrong_epsilon_is_named():
    with pytest.raises(InputError) as caught:
        optimal([1, -1, float("nan"), "x", "inf", -math.inf, True])
    named = [fault.split(":")[1].strip() for fault in caught.value.faults]
    assert named == ["user 2", "user 3", "user 4", "user 6", "user 7"]
    with pytest.raises(InputError, match="at least one user"):
        optimal([])
