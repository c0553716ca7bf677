"""The surrogate's closed forms against listing all profiles; payments and designs against all trainings."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.stats import gamma, t

import fairgames as fg
from fairgames.errors import InputError
from fairgames.mechanism.budgeted.result import TrainedDesign
from fairgames.training import Budget, products
from fairgames.training.kernel import JITTER, RATES, Kernel, Likelihood
from fairgames.training.surrogate import Surrogate
from fairgames.valuation.banzhaf import banzhaf
from fairgames.valuation.methods.evaluations.acquisition import most_telling
from fairgames.valuation.methods.evaluations.noise import semivalue_weights
from fairgames.valuation.potential import potential
from fairgames.valuation.rules import USERS, PerRecord
from tests.oracles import shapley_by_orders

N, L = 5, 3
EVERYTHING = np.array(list(product(range(L), repeat=N)))


def evaluations(how_many: int = 40, seed: int = 0):
    generator = np.random.default_rng(seed)
    chosen = np.unique(generator.integers(0, L, (how_many, N)), axis=0)
    profiles = np.concatenate([np.zeros((1, N), dtype=int), chosen[chosen.any(axis=1)]])
    found = np.sqrt(profiles @ np.arange(1.0, N + 1)) + 0.05 * generator.random(len(profiles))
    found[0] = 0
    return profiles, found


@pytest.fixture(scope="module")
def surrogate() -> Surrogate:
    profiles, found = evaluations()
    return Surrogate.fitted(profiles, found, np.zeros(len(profiles)), L, np.ones(N))


@pytest.fixture(scope="module")
def tensor(surrogate: Surrogate):
    return surrogate.utilities(EVERYTHING).reshape((L,) * N)


# Closed forms.


def missed(kernel: Kernel, worth) -> float:
    """E exp(−q·Σ G_i·w_i) by quadrature over the densities of the gamma distributions."""
    kinds = gamma(kernel.shape, scale=1 / kernel.shape)
    return float(np.prod([kinds.expect(lambda g, w=w: np.exp(-kernel.rate * g * w)) for w in worth]))


def test_the_kernel_is_the_formula_of_its_docstring(surrogate: Surrogate):
    k, generator = surrogate.kernel, np.random.default_rng(1)
    for one, other in generator.integers(0, L, (10, 2, N)):
        w, v = (sum(k.worth[user, level] for user, level in enumerate(place)) for place in (one, other))
        w2, v2 = (sum(k.second[user, level] for user, level in enumerate(place)) for place in (one, other))
        rates = [(r, q) for r, q in product((0, *RATES), repeat=2) if r or q]
        curves = k.a**2 * sum((1 - np.exp(-r * w - q * w2)) * (1 - np.exp(-r * v - q * v2)) for r, q in rates)
        apart = sum(
            abs(k.worth[user, a] - k.worth[user, b]) ** k.p for user, (a, b) in enumerate(zip(one, other, strict=True))
        )
        smooth = k.s**2 * np.exp(-k.kappa * (w + v) - k.lam * apart)
        x, y = (k.worth[range(N), place] for place in (one, other))
        kinds = k.c**2 * (1 - missed(k, x) - missed(k, y) + missed(k, x + y))
        added = k.b**2 * sum(
            (i == j) + 1 + k.alike[i, 1] * k.alike[j, 1]
            for i, j in product(range(N), repeat=2) if one[i] == other[j] > 0
        )  # fmt: skip
        expected = curves + kinds + added + smooth + k.tau**2 * np.array_equal(one, other)
        assert k.between(one[None], other[None])[0, 0] == pytest.approx(expected, rel=1e-2)
        both = [(i, j) for i, j in product(range(N), repeat=2) if one[i] == one[j] > 0]
        assert k.between(one[None], one[None])[0, 0] == pytest.approx(
            k.a**2 * sum((1 - np.exp(-r * w - q * w2)) ** 2 for r, q in rates)
            + k.s**2 * np.exp(-2 * k.kappa * w)
            + k.tau**2
            + k.c**2 * (1 - 2 * missed(k, x) + missed(k, 2 * x))
            + k.b**2 * sum((i == j) + 1 + k.alike[i, 1] * k.alike[j, 1] for i, j in both)
        )


def test_the_gradient_of_the_likelihood():
    profiles, found = evaluations(25)
    likelihood = Likelihood(profiles, found / 5, np.full(len(found), 1e-3), L, np.arange(1.0, N + 1))
    at = np.random.default_rng(0).normal(size=2 * N * (L - 1) + 10) * 0.3
    step = np.eye(len(at)) * 1e-5
    numeric = [(likelihood(at + one)[0] - likelihood(at - one)[0]) / 2e-5 for one in step]
    assert likelihood(at)[1] == pytest.approx(np.array(numeric), rel=1e-5, abs=1e-4)


def test_it_passes_through_what_was_evaluated(surrogate: Surrogate):
    """Up to what keeps the matrix positive definite, 1e-9 of a variance of 1: there the miss is noise · weight."""
    profiles, found = evaluations()
    missed = found - surrogate.mean(products.utilities(profiles, L))
    assert missed == pytest.approx(surrogate.unit * JITTER * surrogate._weights, abs=1e-8)
    assert np.abs(missed).max() < 1e-4


@pytest.mark.parametrize("extra", [0, 1])
def test_potential_and_payments_of_the_mean_are_those_of_its_tensor(surrogate: Surrogate, tensor, extra: int):
    everywhere = [tuple(place) for place in EVERYTHING.tolist()]
    wanted = potential(tensor, extra)
    assert surrogate.mean(products.potentials(everywhere, L, extra))[1:] == pytest.approx(wanted.ravel()[1:], abs=1e-8)
    place = (2, 1, 0, 2, 1)
    drops = [wanted[place] - wanted[(*place[:user], 0, *place[user + 1 :])] for user in (0, 1, 3, 4)]
    assert surrogate.mean(products.values(place, L, extra)) == pytest.approx(drops, abs=1e-8)


def test_payments_of_the_mean_are_shapley_values_by_permutations(surrogate: Surrogate, tensor):
    place = (1, 2, 2, 0, 1)
    wanted = shapley_by_orders(lambda levels: Fraction(float(tensor[tuple(levels)])), place)
    assert surrogate.mean(products.values(place, L)) == pytest.approx(
        [float(wanted[user]) for user in (0, 1, 2, 4)], abs=1e-8
    )


def test_banzhaf_s_value(surrogate: Surrogate, tensor):
    table = fg.TableUtility(tensor - tensor.flat[0])
    place = (1, 2, 1, 1, 2)
    found = surrogate.mean(products.values(place, L, banzhaf=True))
    assert found == pytest.approx(banzhaf(table, place).payments, abs=1e-8)


def test_covariances_are_those_of_all_profiles_at_once(surrogate: Surrogate):
    own = surrogate.covariance(products.utilities(EVERYTHING, L))
    matrix = np.stack([potential(column.reshape((L,) * N)).ravel() for column in np.eye(len(own))], axis=1)
    wanted = matrix @ own @ matrix.T
    everywhere = [tuple(place) for place in EVERYTHING.tolist()]
    found = surrogate.covariance(products.potentials(everywhere, L))
    assert found == pytest.approx(wanted, abs=1e-8 * surrogate.unit**2)  # prior − posterior: round-off of both
    told = surrogate.told(EVERYTHING)
    cross = surrogate.covariance_with(products.potentials([everywhere[-1]], L), EVERYTHING, told)
    among = surrogate.kernel.between(EVERYTHING, EVERYTHING) - told @ told.T
    assert surrogate.unit**2 * cross[0] == pytest.approx((matrix @ own)[-1], abs=1e-7)
    assert surrogate.unit**2 * among == pytest.approx(own, abs=1e-8 * surrogate.unit**2)


def test_left_out_evaluations_are_those_of_a_surrogate_without_them(surrogate: Surrogate):
    missed, expected = surrogate.left_out()
    for one in (1, 7):
        keep = np.arange(len(surrogate.profiles)) != one
        less = Surrogate(
            surrogate.kernel, surrogate.profiles[keep], surrogate.found[keep], surrogate.noise[keep], surrogate.unit, L
        )
        there = products.utilities(surrogate.profiles[[one]], L)
        truth = surrogate.unit * surrogate.found[one]
        assert missed[one - 1] == pytest.approx(truth - less.mean(there)[0], rel=1e-4)
        assert expected[one - 1] == pytest.approx(less.covariance(there)[0, 0] ** 0.5, rel=1e-4)


def test_evaluations_that_come_in_batches_give_what_all_at_once_would(surrogate: Surrogate):
    """Against a dense solve; its error, and ours, are some eps · condition · size (Higham 2002, theorem 10.4)."""
    profiles, found = evaluations(90)
    noise = np.random.default_rng(3).random(len(found)) * profiles.any(axis=1)
    found[17] = 9.0  # the largest of all, so that the unit stays
    grown = Surrogate(surrogate.kernel, profiles[:20], found[:20] / 9, noise[:20] / 81, 9.0, L)
    for size in (21, 40, 60, len(found)):
        grown = Surrogate.fitted(profiles[:size], found[:size], noise[:size], L, np.ones(N), grown, refit=False)
        assert len(grown.first) >= 20  # it was not made afresh
    matrix = surrogate.kernel.between(profiles, profiles) + np.diag(noise / 81 + JITTER)
    bound = 8 * len(matrix) * np.finfo(float).eps * np.linalg.cond(matrix)
    assert bound < 1e-5
    target = products.values((2, 1, 0, 2, 1), L)
    cross = grown.with_profiles(target, profiles)
    weights = np.linalg.solve(matrix, np.column_stack([found / 9, cross.T]))
    size = np.abs(cross).sum(axis=1).max()
    assert grown.mean(target) == pytest.approx(9 * cross @ weights[:, 0], abs=9 * bound * size)
    assert grown.leverage(target) == pytest.approx(weights[:, 1:].T, abs=bound * np.abs(weights).max())
    missed = 9 * weights[1:, 0] / np.diag(np.linalg.inv(matrix))[1:]
    assert grown.left_out()[0] == pytest.approx(missed, abs=bound * np.abs(missed).max())


def test_the_most_telling_evaluations_shrink_the_variance_most(surrogate: Surrogate):
    target = products.values((2,) * N, L)
    asked = {tuple(place) for place in surrogate.profiles.tolist()}
    candidates = np.array([place for place in EVERYTHING.tolist() if tuple(place) not in asked][::7])
    noise, some = 0.01, 9

    def left(places) -> float:
        more = Surrogate(
            surrogate.kernel, np.concatenate([surrogate.profiles, places]),
            np.append(surrogate.found, np.zeros(len(places))),
            np.append(surrogate.noise, np.full(len(places), noise / surrogate.unit**2)), surrogate.unit, L,
        )  # fmt: skip
        return float(np.trace(more.covariance(target)))

    chosen = most_telling(surrogate, target, candidates, some, noise).tolist()
    assert len(set(map(tuple, chosen))) == some
    for number in range(some):
        before = chosen[:number]
        best = min(left([*before, place]) for place in candidates.tolist() if place not in before)
        assert left(chosen[: number + 1]) == pytest.approx(best, rel=1e-4)


# Payments.


def curved(n: int = 9, seed: int = 0):
    """Diminishing returns with pairs that repeat each other, as a function and as a table."""
    generator = np.random.default_rng(seed)
    worth = generator.dirichlet(np.ones(n)) * 3
    alike = generator.random((n, n)) * 0.05

    def function(profile) -> float:
        inside = np.array(profile, dtype=float)
        return float(1 - np.exp(-inside @ worth) - (inside @ alike @ inside) / n)

    table = np.array([function(place) for place in product((0, 1), repeat=n)]).reshape((2,) * n)
    return function, fg.TableUtility(table - table.flat[0])


def test_a_budget_is_kept_and_payments_come_near():
    function, table = curved()
    exact = fg.payments(table, (1,) * 9).payments
    boxed = fg.BlackBoxUtility(function, [0, 1], n_users=9, baseline="empty")
    found = fg.payments(boxed, (1,) * 9, budget=80)
    assert boxed.evaluations == found.evaluations == 80
    assert (found.method, found.statistical, found.stopped) == ("surrogate", True, "budget of 80 evaluations spent")
    assert np.linalg.norm(found.payments - exact) < 0.02 * np.linalg.norm(exact)
    assert np.abs(found.payments - exact).max() <= found.error_bound
    assert found.payments.sum() == pytest.approx(found.utility, abs=1e-6)
    assert found.fit > 0.9


def test_users_who_keep_out_are_paid_nothing_and_change_nothing():
    function, table = curved()
    place = (1, 0, 1, 1, 1, 0, 1, 1, 1)
    found = fg.payments(fg.BlackBoxUtility(function, [0, 1], n_users=9), place, alpha="1/2", budget=60)
    exact = fg.payments(table, place, alpha="1/2").payments
    assert found.payments[[1, 5]].tolist() == [0, 0]
    assert np.linalg.norm(found.payments - exact) < 0.03 * np.linalg.norm(exact)


def test_the_platform_as_a_member():
    function, table = curved(7)
    found = fg.payments(fg.BlackBoxUtility(function, [0, 1], n_users=7), (1,) * 7, rule="coalition", budget=60)
    exact = fg.payments(table, (1,) * 7, rule="coalition")
    assert found.payments == pytest.approx(exact.payments, abs=0.02 * exact.utility)
    assert found.platform == pytest.approx(exact.platform, abs=0.02 * exact.utility)


def test_exact_when_affordable():
    function, table = curved(5)
    found = fg.payments(fg.BlackBoxUtility(function, [0, 1], n_users=5), (1,) * 5, budget=32)
    assert (found.method, found.evaluations) == ("subsets", 32)
    assert found.payments == pytest.approx(fg.payments(table, (1,) * 5).payments, rel=1e-12)
    assert not found.half_widths.any()


def test_it_stops_when_the_wish_is_met():
    function, _ = curved()
    boxed = fg.BlackBoxUtility(function, [0, 1], n_users=9, baseline="empty")
    found = fg.payments(boxed, (1,) * 9, budget=Budget(400, half_width=0.01))
    assert found.evaluations < 200
    assert found.half_widths.max() <= 0.01
    assert "asked for" in found.stopped


def test_any_utility_may_have_a_budget():
    federation = fg.FederatedMean(fg.Users(samples=[200, 90, 60, 40, 30, 20, 15, 10]), between=1.0, within=10.0)
    exact = fg.payments(federation, (2,) * 8).payments
    found = fg.payments(federation, (2,) * 8, budget=100)
    assert np.linalg.norm(found.payments - exact) < 0.01 * np.linalg.norm(exact)


def test_a_rough_u_is_noticed_and_its_intervals_are_wide():
    generator = np.random.default_rng(0)
    table = generator.normal(size=(2,) * 9)
    table.flat[0] = 0
    truth = fg.payments(fg.TableUtility(table), (1,) * 9).payments
    found = fg.payments(fg.TableUtility(table), (1,) * 9, budget=100)
    assert found.fit < 0.5
    assert any("U is rough" in warning for warning in found.warnings([str(user) for user in range(9)]))
    assert (np.abs(found.payments - truth) <= found.half_widths).sum() >= 8
    assert found.half_widths.max() > 0.3 * np.abs(truth).max()


def test_failures_that_are_skipped_are_done_without():
    function, table = curved()

    def shaky(profile):
        if sum(profile) == 4 and profile[0]:
            raise RuntimeError("diverged")
        return function(profile)

    boxed = fg.BlackBoxUtility(shaky, [0, 1], n_users=9, failures="skip")
    found = fg.payments(boxed, (1,) * 9, budget=100)
    exact = fg.payments(table, (1,) * 9).payments
    assert boxed.evaluator.failed
    assert np.linalg.norm(found.payments - exact) < 0.05 * np.linalg.norm(exact)


@pytest.mark.parametrize("baseline", ["empty", 0])
def test_noise_reaches_payments_with_the_right_size(baseline: object):
    """φ is linear in what the function returns, so its variance is known: Σ weight²/4 over 8 repeats."""

    def noisy(profile, seed):
        key = sum((user + 1) * level for user, level in enumerate(profile))
        return sum(profile) + np.random.default_rng([key, seed, run]).normal(scale=0.5)

    weights = semivalue_weights(USERS, np.array(list(product((0, 1), repeat=3))))
    counted = weights if baseline == "empty" else weights[:, 1:]
    expected = 0.5 / np.sqrt(8) * np.sqrt((counted**2).sum(axis=1))
    inside, widths = 0, []
    for run in range(60):  # noqa: B007  # the function reads it
        boxed = fg.BlackBoxUtility(noisy, [0, 1], n_users=3, seeds=8, baseline=baseline)  # type: ignore[arg-type]
        found = fg.payments(boxed, (1, 1, 1))
        assert found.statistical
        inside += int((np.abs(found.payments - 1) <= found.half_widths).sum())
        widths.append(found.half_widths)
    freedom = 7 * (counted**2).sum(axis=1) ** 2 / (counted**4).sum(axis=1)  # Welch & Satterthwaite, variances equal
    assert np.mean(widths, axis=0) == pytest.approx(t.ppf(0.975, freedom) * expected, rel=0.05)
    assert 0.90 <= inside / 180 <= 0.99


def test_shapley_weights_are_the_textbook_s():
    weights = semivalue_weights(USERS, np.array([[0, 0], [0, 1], [1, 0], [1, 1]]))
    assert weights.tolist() == [[-0.5, -0.5, 0.5, 0.5], [-0.5, 0.5, -0.5, 0.5]]


@pytest.mark.parametrize("rule", ["coalition", "banzhaf", "proportional", "leave-one-out", "per-record"])
def test_noise_reaches_every_rule_that_is_linear_in_u(rule: str):
    """The same outcomes, one seed at a time, as tables: payments are means over seeds, and their errors those of
    sums of independent parts; here only the pair is measured with noise, so that there is one part."""

    def noisy(profile, seed):
        return sum(profile) + (seed - 1) * (profile == (1, 2, 0))

    users = fg.Users(samples=[10, 20, 30])
    boxed = fg.BlackBoxUtility(noisy, [0, 1, 2], users=users, seeds=3, baseline=0)
    found = fg.payments(boxed, (1, 2, 0), rule=rule)
    tables = [
        fg.TableUtility(np.array([noisy(place, seed) for place in product(range(3), repeat=3)], float).reshape(3, 3, 3))
        for seed in range(3)
    ]
    rules = {"per-record": PerRecord([10, 20, 30])}
    each = np.array([fg.payments(one, (1, 2, 0), rule=rules.get(rule, rule)).payments for one in tables])
    assert found.payments == pytest.approx(each.mean(axis=0))
    assert found.half_widths == pytest.approx(t.ppf(0.975, 2) * each.std(axis=0, ddof=1) / np.sqrt(3))
    assert (found.half_widths[:2] > 0).all()
    assert found.statistical
    assert fg.payments(boxed, (0, 0, 0), rule=rule).payments.tolist() == [0, 0, 0]
    if rule == "banzhaf":
        assert fg.banzhaf(boxed, (1, 2, 0)).error_bound == found.error_bound


def test_a_rule_that_is_not_linear_has_no_error_from_repeats():
    boxed = fg.BlackBoxUtility(lambda profile, seed: sum(profile) * (1 + seed), [0, 1], n_users=2, seeds=2)
    with pytest.raises(InputError, match="'nucleolus' is not linear in U"):
        fg.payments(boxed, (1, 1), rule="nucleolus")
    quiet = fg.BlackBoxUtility(sum, [0, 1], n_users=2)
    assert fg.payments(quiet, (1, 1), rule="nucleolus", budget=4).payments == pytest.approx([1, 1])


def test_the_platform_as_a_member_where_all_coalitions_are_affordable():
    _, table = curved(5)
    found, exact = (fg.payments(table, (1,) * 5, rule="coalition", budget=budget) for budget in (32, None))
    assert found.payments == pytest.approx(exact.payments)
    assert found.platform == pytest.approx(exact.platform)


def test_a_design_of_means_says_so():
    users = fg.Users(sensitivity=[[0, 0.1]] * 2)
    boxed = fg.BlackBoxUtility(lambda profile, seed: sum(profile) * (1 + seed), [0, 1], users=users, seeds=2)
    assert "mean of 2 repeats, taken as true" in fg.design(fg.PaymentGame(boxed, users)).warnings[-1]


# Estimators by name.


@pytest.mark.parametrize(("name", "within"), [("size-stratified", 0.2), ("permutation", 0.5), ("surrogate", 0.02)])
def test_estimators_by_name(name: str, within: float):
    function, table = curved()
    exact = fg.payments(table, (1,) * 9).payments
    boxed = fg.BlackBoxUtility(function, [0, 1], n_users=9)
    found = fg.payments(boxed, (1,) * 9, method=name, budget=120)
    assert (found.method, boxed.evaluations <= 120) == (name, True)
    assert np.linalg.norm(found.payments - exact) < within * np.linalg.norm(exact)


@pytest.mark.parametrize("name", ["size-stratified", "permutation"])
def test_sampling_is_unbiased_and_its_error_is_measured(name: str):
    _, table = curved(7)
    exact = fg.payments(table, (1,) * 7).payments
    runs = [fg.payments(table, (1,) * 7, method=name, budget=60, seed=seed) for seed in range(60)]
    sample = np.array([run.payments for run in runs])
    error = sample.std(axis=0, ddof=1)
    assert np.abs(sample.mean(axis=0) - exact).max() < 4 * (error / np.sqrt(60)).max()
    told = np.sqrt(np.mean([(run.half_widths / 1.96) ** 2 for run in runs], axis=0))
    assert told == pytest.approx(error, rel=0.4)


def test_shapiq_s_estimators():
    pytest.importorskip("shapiq")
    function, table = curved()
    exact = fg.payments(table, (1,) * 9).payments
    boxed = fg.BlackBoxUtility(function, [0, 1], n_users=9)
    found = fg.payments(boxed, (1,) * 9, method="shapiq:KernelSHAP", budget=300)
    assert boxed.evaluations <= 300
    assert found.error_bound == np.inf
    assert np.linalg.norm(found.payments - exact) < 0.3 * np.linalg.norm(exact)


def test_what_cannot_be_asked():
    function, _ = curved()
    boxed = fg.BlackBoxUtility(function, [0, 1], n_users=9)
    with pytest.raises(InputError, match="did you mean 'size-stratified'"):
        fg.payments(boxed, (1,) * 9, method="size-stratifed", budget=100)
    with pytest.raises(InputError, match="expected at least 11 evaluations"):
        fg.payments(boxed, (1,) * 9, budget=10)
    with pytest.raises(InputError, match="two of each size"):
        fg.payments(boxed, (1,) * 9, method="size-stratified", budget=20)
    with pytest.raises(InputError, match="expected a whole number of evaluations"):
        fg.payments(boxed, (1,) * 9, budget=1.5)  # type: ignore[arg-type]
    assert boxed.evaluations <= 1


# Designs.


def levelled(n: int = 5):
    weights = np.arange(n, 0, -1.0)

    def function(profile) -> float:
        return float(1 - np.exp(-0.15 * (weights @ np.sqrt(profile))) - 0.02 * profile[0] * profile[1])

    table = np.array([function(place) for place in product((0, 1, 2), repeat=n)]).reshape((3,) * n)
    return function, fg.TableUtility(table), fg.Users(sensitivity=[[0, 0.01, 0.03]] * n)


def test_a_design_from_a_third_of_the_profiles():
    function, table, users = levelled()
    exact = fg.design(fg.PaymentGame(table, users), scope="pure")
    boxed = fg.BlackBoxUtility(function, [0, 1, 2], users=users, baseline=0)
    found = fg.design(fg.PaymentGame(boxed, users), budget=80)
    assert isinstance(found, TrainedDesign)
    assert boxed.evaluations == found.evaluations <= 80
    # What the platform really keeps: at the share, if the profile is an equilibrium there.
    interval = fg.pure_equilibria(fg.PaymentGame(table, users)).interval(fg.PaymentGame(table, users), found.profile)
    assert interval is not None
    assert found.decided
    assert interval[0] <= found.alpha <= interval[1]
    assert (1 - found.alpha) * table.at(found.profile) >= 0.99 * exact.platform_utility
    assert found.value_interval[0] <= (1 - found.alpha) * table.at(found.profile) <= found.value_interval[1]


def test_too_few_evaluations_leave_it_undecided_and_say_how_many_more():
    function, _, users = levelled()
    boxed = fg.BlackBoxUtility(function, [0, 1, 2], users=users, baseline=0)
    found = fg.design(fg.PaymentGame(boxed, users), budget=8)
    assert (found.decided, found.evaluations) == (False, 8)
    assert found.more > 0
    assert "undecided" in found.remarks()[0]


def test_with_all_profiles_known_nothing_is_estimated(tmp_path):
    function, table, users = levelled(3)
    for _ in range(2):
        boxed = fg.BlackBoxUtility(function, [0, 1, 2], users=users, baseline=0, store=tmp_path / "s")
        boxed.on_grid()
        found = fg.design(fg.PaymentGame(boxed, users), budget=10)
        assert (found.stopped, found.probability) == ("every profile is evaluated", 1)
        assert found.alpha == pytest.approx(fg.design(fg.PaymentGame(table, users)).alpha, rel=1e-12)
    assert boxed.evaluations == 0


def test_a_design_with_a_budget_answers_one_question_only():
    function, _, users = levelled(3)
    game = fg.PaymentGame(fg.BlackBoxUtility(function, [0, 1, 2], users=users, baseline=0), users)
    with pytest.raises(InputError, match="expected selection 'best'"):
        fg.design(game, "worst", budget=10)
