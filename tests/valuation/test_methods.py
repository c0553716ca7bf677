"""One question, many methods: each within the bound that it states, and the refusals of those that do not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.errors import InputError
from fairgames.valuation import request as fair
from fairgames.valuation.allocation import Cost
from fairgames.valuation.banzhaf import banzhaf
from tests import oracles
from tests.populations import TypedTable
from tests.strategies import tables

RULES = ["users", "coalition"]


def agree(found: fg.Allocation, right: fg.Allocation) -> None:
    bound = float(found.error_bound + right.error_bound)
    for near, exact in zip(found.payments.tolist(), right.payments.tolist(), strict=True):
        assert abs(near - exact) <= bound


@st.composite
def federations(draw, aggregation: str | None = None) -> tuple[fg.FederatedMean, list[int]]:
    size = draw(st.integers(1, 6))
    samples = draw(st.lists(st.sampled_from([1.0, 2.0, 30.0, 41.5]), min_size=size, max_size=size))
    importance = draw(st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=size, max_size=size))
    weighing = aggregation or draw(st.sampled_from(["equal", "samples"]))
    utility = fg.FederatedMean(
        fg.Users(samples=samples, importance=importance),
        draw(st.sampled_from([0.1, 1.0, 20.0])),
        10.0,
        aggregation=weighing,
    )
    return utility, draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))


# Every method against every other -------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(federations(), st.sampled_from(RULES), st.sampled_from(["subsets", "counts", "sums"]))
def test_deterministic_methods_never_miss_more_than_they_say(federation, rule, method):
    utility, profile = federation
    if method == "sums" and utility.aggregation != "equal":
        return
    found = fg.payments(utility, profile, rule=rule, method=method)
    assert (found.method, found.statistical) == (method, False)
    values = oracles.shapley if rule == "users" else lambda *at: oracles.with_platform(*at)[1]
    for near, exact in zip(found.payments, values(utility.at, tuple(profile)), strict=True):
        assert abs(near - float(exact)) <= found.error_bound + 2 * utility.rounding + 1e-13


@settings(max_examples=25, deadline=None)
@given(tables(3, 3), st.tuples(*[st.integers(0, 2)] * 3), st.sampled_from(RULES))
def test_rational_methods_agree_exactly(table, profile, rule):
    utility = TypedTable(table, (0, 1, 2))
    one, two = (fg.payments(utility, profile, rule=rule, method=method) for method in ("subsets", "counts"))
    assert (one.exact, two.exact) == (True, True)
    assert one.payments.tolist() == two.payments.tolist()


# The choice -----------------------------------------------------------------------------------


def federation(n: int, aggregation: str = "equal", distinct: bool = True) -> fg.FederatedMean:
    return fg.FederatedMean(
        fg.Users(samples=range(1, n + 1) if distinct else [5] * n), 1.0, 10.0, aggregation=aggregation
    )


@pytest.mark.parametrize(
    ("utility", "method"),
    [
        (federation(10), "subsets"),
        (federation(40), "sums"),
        (federation(40, distinct=False), "counts"),
        (federation(40, "samples", distinct=False), "counts"),
        (federation(17, "samples"), "subsets"),
        (federation(30, "samples"), "sampling"),
        (fg.LinearLaplace(12, [0, 1, 2]), "subsets"),
        (fg.LinearLaplace(300, [0, 1, 2]), "counts"),
        (fg.TableUtility(np.zeros((2,) * 17)), "counts"),
    ],
)
def test_auto_takes_the_first_that_fits(utility, method):
    found = fg.payments(utility, (1,) * utility.n_users)
    assert found.method == method
    assert abs(found.efficiency_residual) <= utility.n_users * found.error_bound + 1e-12


def test_rationals_give_way_to_floats_where_they_are_too_many():
    exact = fg.payments(fg.LinearLaplace(100, [0, 1, 2]), [1, 2] * 50)
    floats = fg.payments(fg.LinearLaplace(300, [0, 1, 2]), [1, 2] * 150)
    assert (exact.exact, exact.error_bound) == (True, 0)
    assert (floats.exact, floats.method) == (False, "counts")
    assert floats.error_bound > 0
    again = fg.payments(fg.LinearLaplace(100, [0, 1, 2]), [1, 2] * 50, exact=False)
    agree(again, exact)


@pytest.mark.parametrize(
    ("utility", "method", "message"),
    [
        (
            fg.LinearLaplace(3, [0, 1]),
            "sums",
            "federated mean only.* utility is linear-laplace; here you can use subsets, counts, windows, sampling",
        ),
        (federation(3, "samples"), "sums", "aggregation is 'samples'; here you can use subsets, counts"),
        (federation(3), "smus", "did you mean 'sums'"),
        (federation(3), "shapley", "expected auto or one of subsets, counts, sums"),
    ],
)
def test_a_method_that_does_not_fit_is_refused(utility, method, message):
    with pytest.raises(InputError, match=message):
        fg.payments(utility, (1,) * 3, method=method)


@pytest.mark.parametrize("method", ["sums", "sampling"])
def test_floats_are_refused_where_rationals_are_asked(method):
    with pytest.raises(InputError, match="exact rationals were asked for; here you can use subsets, counts"):
        fg.payments(fg.LinearLaplace(3, [0, 1]), (1,) * 3, exact=True, method=method)


def test_every_method_is_in_words():
    assert all(method.what for method in fair.METHODS.values())


def test_warnings_of_a_crowd_are_short():
    """The first ten are named; and where nobody looked, nothing is said about falls of U."""
    found = fg.payments(fg.FederatedMean(fg.Users(samples=range(50, 90)), 1.0, 10.0), (1,) * 40)
    assert found.monotone is None
    assert found.warnings([]) == ()
    (warning,) = replace(found, payments=-np.ones(40)).warnings([f"user-{k}" for k in range(40)])
    assert "user-9 and 30 more" in warning
    assert "user-10" not in warning


# Banzhaf --------------------------------------------------------------------------------------


def banzhaf_by_definition(utility, profile) -> list:
    """The mean over all coalitions of the others of what each user adds."""
    sharing = [user for user, level in enumerate(profile) if level]
    found = []
    for user in range(len(profile)):
        coalitions = list(oracles.subsets(other for other in sharing if other != user)) if user in sharing else []
        gains = [
            utility(oracles.shared_by(profile, (*coalition, user))) - utility(oracles.shared_by(profile, coalition))
            for coalition in coalitions
        ]
        found.append(sum(gains) / len(gains) if gains else 0)
    return found


@settings(max_examples=25, deadline=None)
@given(tables(3, 3), st.tuples(*[st.integers(0, 2)] * 3))
def test_banzhaf_is_exact(table, profile):
    found = banzhaf(TypedTable(table, (0, 1, 2)), profile)
    assert found.exact
    assert found.payments.tolist() == banzhaf_by_definition(table.__getitem__, profile)


@settings(max_examples=30, deadline=None)
@given(federations("equal"), st.sampled_from(["subsets", "counts", "sums", "sampling"]))
def test_banzhaf_by_every_method(federation, method):
    utility, profile = federation
    found = banzhaf(utility, profile, method=method)
    right = banzhaf_by_definition(utility.at, tuple(profile))
    factor = 3 if found.statistical else 1
    assert np.abs(found.payments - right).max() <= factor * found.error_bound + 2 * utility.rounding + 1e-13


def test_banzhaf_of_a_crowd():
    """Three hundred users of two types, sums against counts."""
    users = fg.Users(samples=[2.0] * 150 + [70.0] * 150)
    utility, profile = fg.FederatedMean(users, 1.0, 10.0), [1] * 100 + [2] * 50 + [1] * 140 + [2] * 10
    agree(*(banzhaf(utility, profile, method=method) for method in ("sums", "counts")))


# Bins -----------------------------------------------------------------------------------------


def test_bins_miss_less_than_they_say():
    """Distinct users, against the sums over each of them."""
    generator = np.random.default_rng(4)
    samples, importance = np.exp(generator.uniform(0, 7, 1050)), generator.choice([1.0, 2.0], 1050)
    utility = fg.FederatedMean(fg.Users(samples=samples, importance=importance), 1.0, 10.0, scale=7)
    profile = generator.choice([0, 1, 2], 1050, p=[0.01, 0.19, 0.8])
    found, right = (fg.payments(utility, profile, method=method) for method in ("binned", "sums"))
    agree(found, right)
    assert found.error_bound <= 1e-3 * np.abs(right.payments).max()
    assert abs(found.efficiency_residual) <= 1050 * found.error_bound
    agree(*(banzhaf(utility, profile, method=method) for method in ("binned", "sums")))


def test_bins_are_for_crowds_of_few_importances():
    for n, message in ((8, "1,000 users or more who share.*and 8 do"), (1000, "at most 4 importances.* have 1,000")):
        utility = fg.FederatedMean(fg.Users(samples=range(1, n + 1), importance=range(1, n + 1)), 1.0, 10.0)
        with pytest.raises(InputError, match=message):
            fg.payments(utility, (1,) * n, method="binned")


# A tolerance ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tolerance", [0, "1e-9", 1e-3, 10])
def test_an_error_asked_for_is_met_or_refused(tolerance):
    utility = fg.FederatedMean(fg.Users(samples=[3.0, 5.0, 8.0, 13.0, 21.0] * 5), 1.0, 10.0)
    profile = [user % 3 for user in range(25)]
    right = fair.payments(utility, profile, method="sums")
    if not tolerance:
        with pytest.raises(InputError, match=r"tolerance: no method stays within 0 here .*sums is predicted"):
            fair.payments(utility, profile, tolerance=tolerance)
        return
    found = fair.payments(utility, profile, tolerance=tolerance)
    assert found.error_bound <= float(tolerance)
    assert abs(found.payments - right.payments).max() <= found.error_bound + right.error_bound
    assert found.why.startswith(f"{found.method}: the least predicted time")


def test_the_cheapest_by_prediction_is_taken_and_a_promise_not_kept_is_not(monkeypatch):
    """Predictions are turned round: then subsets come first; and where they claim too much, another method answers."""
    utility, profile = fg.LinearLaplace(10, [0, 1]), (1,) * 10
    table = dict(fair.METHODS)
    seconds = {"subsets": 1e-9, "counts": 1.0}
    monkeypatch.setattr(
        type(table["subsets"]), "cost", lambda self, question: Cost(seconds.get(self.name, 5.0), 0.0, 0.0)
    )
    assert fair.payments(utility, profile, tolerance=1e-6).method == "subsets"
    seconds["sampling"] = 1e-10
    found = fair.payments(utility, profile, tolerance=0)
    assert found.method == "subsets"
    assert "sampling reached" in found.why


def test_why_is_said_where_nobody_named_a_method():
    utility = fg.LinearLaplace(200, [0, 1])
    assert fair.payments(utility, (1,) * 200).why.startswith("counts: a coalition has at most 201 counts")
    assert fair.payments(utility, (1,) * 200, method="windows").why == ""
