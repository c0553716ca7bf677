"""Convex programs: against the closed forms, against another optimiser, and repaired before anything leaves."""

from __future__ import annotations

import importlib.metadata
import math
from fractions import Fraction
from importlib.metadata import EntryPoint

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

import fairgames_cvxpy
from fairgames.errors import InputError, MissingPackageError, SolverError
from fairgames.estimators import (
    Constraints,
    FederatedEstimator,
    InfeasibleError,
    LinearLaplaceEstimator,
    MeanPrior,
    federated_errors,
    laplace_weights,
)
from fairgames.estimators.federated_weights import signals
from fairgames.estimators.programs import GROUP, resolve
from fairgames.estimators.repair import noise_needed, repaired_laplace
from fairgames.users import Users
from fairgames.utilities import FederatedMean
from fairgames_cvxpy import solving
from fairgames_cvxpy.federated import Federated
from fairgames_cvxpy.linear_laplace import LinearLaplace
from tests.oracles import laplace_minimum

laplace, federated = LinearLaplaceEstimator.optimal, FederatedEstimator.optimal
CLARABEL = fairgames_cvxpy.programs()


@pytest.fixture(autouse=True)
def announced(monkeypatch):
    """The entry point of pyproject.toml, whether or not it was there when the package was installed."""
    points, installed = [EntryPoint("cvxpy", "fairgames_cvxpy:programs", GROUP)], importlib.metadata.entry_points
    monkeypatch.setattr(
        "importlib.metadata.entry_points",
        lambda **asked: points if asked == {"group": GROUP} else installed(**asked),
    )


def random_epsilons(rng: np.random.Generator, n: int) -> np.ndarray:
    """Six orders of magnitude, with ties, 0 and ∞."""
    epsilons = 10 ** (rng.uniform(-3, 3, n) - rng.choice([0, 3]))
    epsilons[rng.random(n) < 0.15] = 0
    epsilons[rng.random(n) < 0.15] = math.inf
    if n > 1 and rng.random() < 0.3:
        epsilons[0] = epsilons[1]
    return epsilons


def random_federation(rng: np.random.Generator, n: int) -> tuple[FederatedMean, np.ndarray]:
    samples, s2, r2 = 10 ** rng.uniform(0, 3, n), 10 ** rng.uniform(-2, 2), 10 ** rng.uniform(-1, 2)
    kind = rng.choice(["equal", "samples"])
    profile = rng.integers(0, 3, n)
    profile[rng.integers(n)] = rng.integers(1, 3)
    return FederatedMean(Users(samples=samples), s2, r2, aggregation=kind), profile


# Against the closed forms ---------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 3, 6])
def test_laplace_programs_agree_with_the_closed_form(n):
    """No lower risk, and a higher one by at most 1e-9 of what the data take off, over six orders of magnitude of ε."""
    rng = np.random.default_rng(n)
    program = CLARABEL.linear_laplace(n, Constraints())
    for _ in range(230):
        epsilons = random_epsilons(rng, n)
        prior = MeanPrior.beta(*(round(10 ** rng.uniform(-1, 1), 3) for _ in range(2)), bound=3)
        weights, noise = program(epsilons, prior)
        exact = laplace_weights([epsilons], prior)
        assert weights == pytest.approx(exact.weights[0], rel=1e-5, abs=1e-7 * exact.weights.max())
        asked = [epsilon if epsilon == math.inf else Fraction(epsilon) for epsilon in epsilons]
        estimator = LinearLaplaceEstimator(
            tuple(asked), *repaired_laplace(weights, noise, asked, prior, Constraints()), prior
        )
        best = laplace(epsilons.tolist(), prior)
        if any(epsilons):
            assert -1e-12 < (estimator.risk - best.risk) / (prior.between - best.risk) < 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_scales_change_no_answer(seed):
    """The same program posed plainly, without the scales that come from the closed form."""
    epsilons = random_epsilons(np.random.default_rng(100 + seed), 5).tolist()
    assert float(laplace(epsilons, solver=CLARABEL).risk) == pytest.approx(laplace_minimum(epsilons), abs=1e-9)


@pytest.mark.parametrize("epsilons", [[1e-300, 1e-300], [1e-150, "inf"], [1e300, 1e-9], [1e200, 1]])
def test_epsilons_at_the_ends_of_what_floats_hold(epsilons):
    found, best = laplace(epsilons, solver=CLARABEL), laplace(epsilons)
    assert best.risk <= found.risk <= best.risk * (1 + Fraction(1, 10**12))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_federated_programs_agree_with_the_closed_form(n):
    rng = np.random.default_rng(n)
    for _ in range(110):
        utility, profile = random_federation(rng, n)
        estimator = federated(utility, profile, solver=CLARABEL)
        assert estimator.method == "cvxpy:clarabel"
        assert estimator.emse == pytest.approx(federated_errors(utility, [profile])[0], rel=1e-10)
        assert estimator.total_weights == pytest.approx(federated(utility, profile).total_weights, abs=1e-9)


@pytest.mark.parametrize("solver", ["cvxpy:scs", "cvxpy:osqp", "cvxpy:CLARABEL"])
def test_other_solvers_by_name(solver):
    for epsilons in ([1, 3, 100, "inf"], [0.01, 0, 50, 2]):
        found = laplace(epsilons, solver=solver)
        assert found.method == solver.lower()
        assert float(found.risk) == pytest.approx(float(laplace(epsilons).risk), rel=1e-6)
    utility = FederatedMean(Users(samples=[3, 30, 300]), 1.0, 10.0)
    assert federated(utility, (1, 1, 2), solver=solver).emse == pytest.approx(
        federated(utility, (1, 1, 2)).emse, rel=1e-6
    )


# Compiled once --------------------------------------------------------------------------------

ALL = Constraints(nonnegative=True, cap="1/4", noise=2, own=lambda variables: [cp.sum(variables.weights) <= 0.4])
SHORT = Constraints(own=lambda variables: [cp.norm(variables.weights) <= 0.05])
TIED = Constraints(nonnegative=True, cap="3/4", shared=True, own=lambda variables: [variables.group <= 0.6])


@pytest.fixture
def compilations(monkeypatch) -> list[cp.Problem]:
    """Every problem that cvxpy compiles, each time that it does."""
    compiled = []
    compile_one = cp.Problem._construct_chain

    def counted(problem, *arguments, **options):
        compiled.append(problem)
        return compile_one(problem, *arguments, **options)

    monkeypatch.setattr(cp.Problem, "_construct_chain", counted)
    return compiled


@pytest.mark.parametrize("constraints", [Constraints(), ALL])
def test_laplace_programs_are_compiled_once(constraints, compilations):
    program = LinearLaplace(3, constraints, "clarabel")
    assert program.problem.is_dcp(dpp=True)
    program(np.array([1.0, 2.0, 3.0]), MeanPrior())
    answers = [program(np.array(eps), MeanPrior.beta(2, 1)) for eps in ([1.0, 0.0, math.inf], [9.0, 1e-3, 1e3])]
    assert compilations == [program.problem]
    assert not np.allclose(answers[0][0], answers[1][0])
    again = [CLARABEL.linear_laplace(n, constraints) for n in (3, 3, 4)]
    assert again[0] is again[1] is not again[2]


def test_answers_do_not_depend_on_what_was_asked_before():
    program, prior = LinearLaplace(3, Constraints(), "clarabel"), MeanPrior()
    first = program(np.array([1.0, 2.0, 30.0]), prior)
    program(np.array([1e-4, math.inf, 1e4]), prior)
    again = program(np.array([1.0, 2.0, 30.0]), prior)
    assert (first[0] == again[0]).all()
    assert first[1] == again[1]


@pytest.mark.parametrize("constraints", [Constraints(), TIED])
def test_federated_programs_are_compiled_once(constraints, compilations):
    utility = FederatedMean(Users(samples=[3, 30, 300]), 1.0, 10.0)
    program = Federated(3, constraints, "clarabel")
    assert program.problem.is_dcp(dpp=True)
    for profile in ((1, 1, 2), (2, 2, 2), (1, 2, 1), (1, 1, 1) if constraints == Constraints() else (2, 2, 1)):
        program(signals(utility, profile))
    assert compilations == [program.problem]
    again = [CLARABEL.federated(n, constraints) for n in (3, 3, 4)]
    assert again[0] is again[1] is not again[2]


# Constraints, against another optimiser -------------------------------------------------------


#: SLSQP: converged, or no step leads further down (its tolerance is below what floats can tell).
_AT_A_MINIMUM = {0, 8}


def least_risk(epsilons, prior: MeanPrior, extra=(), least=None, cap=math.inf, noise=math.inf) -> float:
    """By sequential quadratic programming, from several starts; ``extra`` are further linear constraints on (w, τ)."""
    n, reach = len(epsilons), float(prior.range)
    v_w, v_b = float(prior.within), float(prior.between)
    rows = [LinearConstraint(np.append(sign * reach * np.eye(n)[k], -epsilon), -np.inf, 0)
            for k, epsilon in enumerate(epsilons) for sign in (1, -1)]  # fmt: skip

    def risk(x: np.ndarray) -> float:
        return v_w * x[:n] @ x[:n] + v_b * (1 - x[:n].sum()) ** 2 + 2 * x[n] ** 2

    bounds = [(-cap if least is None else least, cap)] * n + [(0, noise)]
    starts = [np.append(np.full(n, level), 1.0) for level in (0.0, 0.1, 0.3)]
    found = [
        minimize(risk, x, method="SLSQP", bounds=bounds, constraints=[*rows, *extra],
                 options={"ftol": 1e-15, "maxiter": 500})
        for x in starts
    ]  # fmt: skip
    return min(result.fun for result in found if result.status in _AT_A_MINIMUM)


@pytest.mark.parametrize(
    ("constraints", "asked"),
    [
        (Constraints(cap="1/10"), {"cap": 0.1}),
        (Constraints(noise="1/50"), {"noise": 0.02}),
        (Constraints(nonnegative=True, cap="1/20", noise="1/50"), {"least": 0.0, "cap": 0.05, "noise": 0.02}),
        (
            Constraints(own=lambda v: [cp.sum(v.weights) == 1]),
            {"extra": [LinearConstraint([1, 1, 1, 1, 0], 1, 1)]},
        ),
        (
            Constraints(own=lambda v: [v.weights[3] <= 0.02, v.weights[0] >= v.weights[1], v.noise >= 0.3]),
            {"extra": [LinearConstraint([[0, 0, 0, 1, 0], [-1, 1, 0, 0, 0], [0, 0, 0, 0, -1]], -9, [0.02, 0, -0.3])]},
        ),
        (
            Constraints(own=lambda v: [v.weights[0] <= -0.05]),
            {"extra": [LinearConstraint([1, 0, 0, 0, 0], -9, -0.05)]},
        ),
        (
            Constraints(nonnegative=True, own=lambda v: v.weights[0] - v.weights[1] >= 0.1),
            {"least": 0.0, "extra": [LinearConstraint([1, -1, 0, 0, 0], 0.1, np.inf)]},
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("prior", [MeanPrior(), MeanPrior.beta(2, 5, bound=1)])
def test_constrained_risk_is_the_least(constraints, asked, prior):
    epsilons = [0.5, 1.0, 3.0, 40.0]
    estimator = laplace(epsilons, prior, constraints, CLARABEL)
    assert float(estimator.risk) == pytest.approx(least_risk(epsilons, prior, **asked), rel=1e-7)
    assert float(estimator.risk) > float(laplace(epsilons, prior).risk) * (1 + 1e-4)  # the constraints do bind
    least, cap, noise = asked.get("least", -math.inf), asked.get("cap", math.inf), asked.get("noise", math.inf)
    assert all(least <= w <= cap and -w <= cap for w in estimator.weights)
    assert estimator.noise <= noise


@pytest.mark.parametrize("seed", range(12))
def test_a_bound_on_the_norm_of_the_weights(seed):
    """A second-order cone, with which Clarabel does not always reach its tightest tolerance."""
    epsilons = 10 ** np.random.default_rng(seed).uniform(-2, 2, 4)
    norm = {"type": "ineq", "fun": lambda x: 0.05**2 - x[:4] @ x[:4]}
    short = laplace(epsilons.tolist(), constraints=SHORT, solver=CLARABEL)
    assert float(short.risk) == pytest.approx(least_risk(epsilons, MeanPrior(), [norm]), rel=1e-7)


@pytest.mark.parametrize("power", [-6, -3, 0, 3])
def test_unbiased_weights_at_any_size_of_epsilon(power):
    """With Σw = 1 all weights of the free problem grow by one factor, and so do their scales."""
    epsilons = [x * 10.0**power for x in (1, 2, 5, 1000)]
    unbiased = Constraints(own=lambda v: [cp.sum(v.weights) == 1])
    estimator = laplace(epsilons, constraints=unbiased, solver=CLARABEL)
    free = laplace(epsilons)
    right = [float(w / sum(free.weights)) for w in free.weights]
    assert [float(w) for w in estimator.weights] == pytest.approx(right, rel=1e-5)


def test_noise_far_above_what_the_weights_need():
    """At τ = 1/20 users with tiny ε weigh ε·τ, and the one without privacy what is best beside them."""
    loud = Constraints(own=lambda v: [v.noise >= 0.05])
    estimator = laplace([1e-6, 2e-6, math.inf], constraints=loud, solver=CLARABEL)
    tiny = np.array([5e-8, 1e-7])
    right = np.append(tiny, (1 - tiny.sum()) / 3)
    assert float(estimator.noise) == pytest.approx(0.05, rel=1e-9)
    assert [float(w) for w in estimator.weights] == pytest.approx(right, rel=1e-3)
    least = (right**2).sum() / 6 + (1 - right.sum()) ** 2 / 12 + 2 * 0.05**2
    assert float(estimator.risk) == pytest.approx(least, rel=1e-10)


def error_of(v: np.ndarray, user: int, utility: FederatedMean) -> float:
    """Eq. 56 of weights v on everybody's local mean."""
    noise = utility.within / utility.users.samples
    return float(v**2 @ noise + utility.between * ((v - np.eye(len(v))[user]) ** 2).sum())


def least_error(utility: FederatedMean, profile, objective, least=-math.inf, cap=math.inf) -> float:
    """By sequential quadratic programming over the weights on what the platform sees."""
    n = len(profile)
    parts = utility.users.samples if utility.aggregation == "samples" else np.ones(n)
    group = np.where(np.equal(profile, 1), parts, 0.0)
    seen = [np.eye(n)[j] for j in range(n) if profile[j] == 2]
    seen += [group / group.sum()] if group.any() else []
    matrix = np.array(seen)
    rows = [LinearConstraint(np.ones(len(seen)), 1, 1)]
    rows += [LinearConstraint(matrix.T, -cap, cap)] if cap < math.inf else []
    result = minimize(
        lambda w: objective(w @ matrix), np.full(len(seen), 1 / len(seen)), method="SLSQP",
        bounds=[(least, None)] * len(seen), constraints=rows, options={"ftol": 1e-15, "maxiter": 500},
    )  # fmt: skip
    assert result.status in _AT_A_MINIMUM, result.message
    return result.fun


def test_nonnegative_federated_weights():
    """With weights n_k, the estimate of a dominant member would weigh the others negatively."""
    utility = FederatedMean(Users(samples=[300, 3, 5, 8]), 20.0, 10.0, aggregation="samples")
    profile = (1, 1, 2, 2)
    estimator = federated(utility, profile, Constraints(nonnegative=True), CLARABEL)
    free = federated(utility, profile)
    assert free.total_weights.min() < -1e-3
    assert estimator.weights.min() >= 0
    assert estimator.emse[0] > 1.0001 * free.emse[0]
    for user in range(4):
        right = least_error(utility, profile, lambda v, user=user: error_of(v, user, utility), least=0)
        assert estimator.emse[user] == pytest.approx(right, rel=1e-7)


def test_capped_federated_weights():
    """A member of the group weighs w_i0·u."""
    utility = FederatedMean(Users(samples=[30, 3, 5, 80, 7]), 20.0, 10.0, aggregation="samples")
    profile = (1, 1, 2, 2, 0)
    estimator = federated(utility, profile, Constraints(cap="1/2"), CLARABEL)
    assert np.abs(estimator.total_weights).max() == pytest.approx(0.5, abs=1e-8)
    for user in range(5):
        right = least_error(utility, profile, lambda v, user=user: error_of(v, user, utility), cap=0.5)
        assert estimator.emse[user] == pytest.approx(right, rel=1e-6)
    assert estimator.total_weights.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-12)


@pytest.mark.parametrize("importance", [[1, 1, 1, 1], [5, 0, 1, 2], [0, 0, 0, 0]])
def test_weights_shared_by_all_targets(importance):
    utility = FederatedMean(Users(samples=[30, 3, 5, 80], importance=importance), 2.0, 10.0)
    profile = (1, 2, 1, 2)
    estimator = federated(utility, profile, Constraints(shared=True), CLARABEL)
    assert (estimator.weights == estimator.weights[0]).all()
    counted = importance if any(importance) else [1, 1, 1, 1]

    def total(v: np.ndarray) -> float:
        return sum(a * error_of(v, user, utility) for user, a in enumerate(counted))

    assert counted @ estimator.emse == pytest.approx(least_error(utility, profile, total), rel=1e-8)


def test_own_constraints_that_tie_targets_together():
    """The first target may weigh the second user no more than the second target weighs the first."""
    utility = FederatedMean(Users(samples=[4, 90]), 2.0, 10.0)
    tied = Constraints(own=lambda v: [v.weights[0, 1] <= v.weights[1, 0]])
    estimator = federated(utility, (2, 2), tied, CLARABEL)
    assert estimator.weights[0, 1] == pytest.approx(estimator.weights[1, 0], abs=1e-8)
    found = minimize(
        lambda x: error_of(np.array([1 - x[0], x[0]]), 0, utility) + error_of(np.array([x[0], 1 - x[0]]), 1, utility),
        [0.3],
    )
    assert estimator.emse.sum() == pytest.approx(found.fun, rel=1e-8)


# Errors ---------------------------------------------------------------------------------------


def test_an_infeasible_constraint_set_has_its_own_message():
    utility = FederatedMean(Users(samples=[4, 90, 3]), 2.0, 10.0)
    with pytest.raises(InfeasibleError, match=r"no weights satisfy the constraints \(weights up to 1/10\).*infeasible"):
        federated(utility, (2, 2, 1), Constraints(cap="1/10"), CLARABEL)
    for epsilons in ([1, 1], [0, 0]):
        never = Constraints(own=lambda v: [cp.sum(v.weights) == 1, v.weights <= 0.3])
        with pytest.raises(InfeasibleError, match="own constraints"):
            laplace(epsilons, constraints=never, solver=CLARABEL)


def test_any_other_status_is_an_error_with_the_solvers_words(monkeypatch):
    monkeypatch.setattr(solving, "_SETTINGS", {"clarabel": [{"max_iter": 2}]})
    with pytest.raises(SolverError, match=r"cvxpy:clarabel.*(user_limit|limit|failed)") as caught:
        laplace([1, 2], solver=CLARABEL)
    assert not isinstance(caught.value, InfeasibleError)
    with pytest.raises(SolverError, match="cvxpy:scipy failed"):
        laplace([1, 2], solver=fairgames_cvxpy.programs("scipy"))


def test_a_solver_that_answers_nonsense():
    class Nonsense:
        name, tolerance = "nonsense", 0.0

        def linear_laplace(self, n_users, constraints):
            return lambda epsilons, prior: (np.full(n_users, np.nan), 1.0)

        def federated(self, n_users, constraints):
            return lambda signals: np.full((n_users, n_users + 1), np.inf)

    with pytest.raises(SolverError, match="not finite"):
        laplace([1, 2], solver=Nonsense())
    with pytest.raises(SolverError, match="not finite"):
        federated(FederatedMean(Users(samples=[4, 90]), 2.0, 10.0), (1, 1), solver=Nonsense())


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (lambda v: True, "expected a list of cvxpy constraints, but it holds True"),
        (lambda v: [v.noise], "expected a list of cvxpy constraints"),
        (lambda v: v.weights[0] * v.noise <= 1, "not convex"),
        (lambda v: cp.norm(v.weights) >= 1, "not convex"),
        (lambda v: cp.Parameter(nonneg=True) * v.weights[0] <= 1, "cannot be reused"),
    ],
)
def test_own_constraints_that_cannot_be_used(own, message):
    with pytest.raises(InputError, match=message):
        laplace([1, 2], constraints=Constraints(own=own), solver=CLARABEL)


def test_constraints_of_the_other_estimator():
    with pytest.raises(InputError, match="shared"):
        laplace([1, 2], constraints=Constraints(shared=True))
    with pytest.raises(InputError, match="noise"):
        federated(FederatedMean(Users(samples=[4, 90]), 2.0, 10.0), (1, 1), Constraints(noise=1))


def test_every_wrong_constraint_is_named():
    with pytest.raises(InputError) as caught:
        Constraints(cap=0, noise=float("nan"), own=[])
    assert [fault.split(":")[1].strip() for fault in caught.value.faults] == ["cap", "noise", "own"]
    assert str(Constraints()) == "no constraints"


# Names ----------------------------------------------------------------------------------------


def test_programs_are_found_through_their_entry_point():
    assert resolve(None) == CLARABEL
    assert resolve("cvxpy:scs").name == "cvxpy:scs"
    assert resolve(CLARABEL) is CLARABEL
    assert laplace([1, 2], constraints=Constraints(cap=1)).method == "cvxpy:clarabel"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cvxpi", "did you mean 'cvxpy'"),
        ("clarabel:qp", "with a package of: cvxpy"),
        ("cvxpy:clarabell", "did you mean 'clarabel'"),
        ("cvxpy:nothing", "installed are: .*clarabel"),
    ],
)
def test_unknown_names(name, message):
    with pytest.raises(SolverError, match=message):
        laplace([1, 2], solver=name)


def test_without_cvxpy(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="pip install 'cvxpy'"):
        laplace([1, 2], solver="cvxpy")


# Repair ---------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_repaired_weights_keep_every_promise_exactly(data):
    n = data.draw(st.integers(1, 5))
    some = st.sampled_from([Fraction(0), Fraction(1, 1000), Fraction(1), Fraction(30), math.inf])
    epsilons = data.draw(st.lists(some, min_size=n, max_size=n))
    constraints = Constraints(
        data.draw(st.booleans()),
        data.draw(st.sampled_from([None, "1/7", 1])),
        data.draw(st.sampled_from([None, "1/9", 1])),
        own=data.draw(st.sampled_from([None, list])),
    )
    weights = np.array(data.draw(st.lists(st.floats(-0.5, 0.5), min_size=n, max_size=n)))
    noise = data.draw(st.floats(0, 2))
    prior = MeanPrior.beta(2, 3, bound="3/2")
    found, tau = repaired_laplace(weights, noise, epsilons, prior, constraints)
    estimator = LinearLaplaceEstimator(tuple(epsilons), found, tau, prior)  # which checks privacy exactly
    assert not constraints.nonnegative or min(found) >= 0
    assert constraints.cap is None or max(map(abs, found)) <= constraints.cap
    assert constraints.noise is None or tau <= constraints.noise
    if constraints.own is None:
        assert tau == noise_needed(found, epsilons, prior)
    elif constraints.noise is None:
        assert tau >= noise
    untouched = constraints == Constraints() and 0 not in epsilons
    assert not untouched or [float(w) for w in estimator.weights] == weights.tolist()


def test_federated_weights_are_repaired():
    utility = FederatedMean(Users(samples=[4, 90, 7]), 2.0, 10.0)
    exact = federated(utility, (1, 2, 1))
    answer = np.column_stack([exact.weights, exact.group_weights]) * (1 + 1e-6)
    answer[0, 1] = -1e-9

    class Careless:
        name, tolerance = "careless", 1e-6

        def federated(self, n_users, constraints):
            return lambda signals: answer

    found = federated(utility, (1, 2, 1), Constraints(nonnegative=True), Careless())
    assert found.weights.min() == 0
    assert np.abs(found.total_weights.sum(axis=1) - 1).max() < 1e-15
    assert found.emse[1:] == pytest.approx(exact.emse[1:], rel=1e-12)


def test_an_answer_that_breaks_privacy_by_1e_9_is_repaired_and_its_risk_reported():
    exact = laplace([1, 2, 50])

    class Careless:
        name, tolerance = "careless", 1e-8

        def linear_laplace(self, n_users, constraints):
            return lambda epsilons, prior: (
                np.array(exact.weights, dtype=float) * (1 + 1e-9 * np.array([1, -1, 0])),
                float(exact.noise) * (1 - 1e-9),
            )

    found = laplace([1, 2, 50], solver=Careless())
    assert found.noise > exact.noise > Fraction(float(exact.noise) * (1 - 1e-9))
    assert all(real <= asked for real, asked in zip(found.effective_epsilons, found.epsilons, strict=True))
    assert found.effective_epsilons[0] == 1
    assert exact.risk < found.risk < exact.risk + Fraction(1, 10**8)
    assert found.risk == found.prior.risk(found.weights, found.noise)
