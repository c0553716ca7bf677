"""One question, many methods: each within the bound that it states, and the refusals of those that do not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.errors import InputError
from fairgames.values import fair, sampling
from fairgames.values.banzhaf import banzhaf
from fairgames.values.book import PaymentBook
from fairgames.values.coalitions import Worth
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


@settings(max_examples=15, deadline=None)
@given(federations(), st.sampled_from(RULES))
def test_sampling_is_near(federation, rule):
    utility, profile = federation
    found, right = (fg.payments(utility, profile, rule=rule, method=method) for method in ("sampling", "subsets"))
    assert (found.statistical, right.statistical) == (True, False)
    assert np.abs(found.payments - right.payments).max() <= 3 * found.error_bound + right.error_bound
    assert found.utility == pytest.approx(right.utility, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_the_statistical_bound_holds_in_99_of_100(rule, aggregation, monkeypatch):
    """120 seeded runs: more than 4 misses would have a chance below 1% if the bound failed in 1% of them."""
    monkeypatch.setattr(sampling, "_WORK", 0)  # the fewest draws that there may be
    users = fg.Users(samples=[1, 2, 900, 30, 41, 5000, 7])
    utility = fg.FederatedMean(users, 1.0, 10.0, aggregation=aggregation)
    profile = (1, 2, 1, 1, 2, 1, 1)
    right = fg.payments(utility, profile, rule=rule).payments
    runs = [fg.payments(utility, profile, rule=rule, method="sampling", seed=seed) for seed in range(120)]
    errors = np.array([np.abs(run.payments - right).max() for run in runs])
    bounds = np.array([run.error_bound for run in runs])
    assert (errors > bounds).sum() <= 4
    assert bounds.mean() <= 0.2 * np.abs(right).max()  # and is not held by being useless
    assert np.abs(np.mean([run.payments for run in runs], axis=0) - right).max() <= bounds.mean() / 5  # unbiased


@pytest.mark.parametrize("n", [1, 2, 3])
def test_sampling_the_fewest_is_exact(n):
    """Sizes 0 and n − 1 are not sampled."""
    utility = fg.LinearLaplace(n, [0, 1])
    found = fg.payments(utility, (1,) * n, method="sampling")
    assert found.payments == pytest.approx(
        [float(paid) for paid in fg.payments(utility, (1,) * n).payments], abs=found.error_bound + 1e-15
    )
    assert n == 3 or found.error_bound < 1e-14


def test_a_seed_is_an_answer():
    utility = fg.FederatedMean(fg.Users(samples=range(1, 31)), 1.0, 10.0, aggregation="samples")
    one, same, other = (fg.payments(utility, (1,) * 30, seed=seed) for seed in (1, 1, 2))
    assert one.method == "sampling"
    assert one.payments.tolist() == same.payments.tolist() != other.payments.tolist()


@settings(max_examples=30, deadline=None)
@given(federations())
def test_u_of_a_list_of_coalitions(federation):
    """Of all counts of users of each kind, against the utility itself."""
    utility, profile = federation
    worth = Worth(utility, profile)
    listed = list(np.ndindex(*(worth.sizes + 1)))
    counts = np.array(listed, dtype=int).reshape(len(listed), len(worth.sizes))
    for row, value in zip(counts, worth.of(counts), strict=True):
        there = [0] * len(profile)
        for kind, count in enumerate(row):
            for user in np.flatnonzero(worth.kind == kind)[:count]:
                there[user] = profile[user]
        assert abs(value - utility.at(there)) <= worth.rounding + utility.rounding
    assert worth.rounding <= 1e-9


@pytest.mark.parametrize(
    ("utility", "profile"),
    [
        (fg.LinearLaplace(40, [0, 1, 2, "inf"]), [1] * 15 + [2] * 14 + [3] * 8 + [0] * 3),
        (fg.FederatedMean(fg.Users(samples=[3.0] * 25 + [90.0] * 15), 1.0, 10.0, aggregation="samples"), [1, 2] * 20),
        (fg.TableUtility(np.add.outer(np.arange(3.0) ** 2, np.add.outer([0, 5, 7], [0.0, 1, 4]))), [1, 2, 2]),
    ],
    ids=["one type", "two types", "all distinct"],
)
def test_sampling_of_many_alike(utility, profile):
    found, right = (fg.payments(utility, profile, method=method) for method in ("sampling", "counts"))
    assert np.abs(found.payments - right.payments.astype(float)).max() <= found.error_bound + float(right.error_bound)
    assert found.error_bound <= 0.1 * float(np.abs(right.payments).max())


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
            "federated mean only, and the utility is linear-laplace; here you can use subsets, counts, sampling",
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
    with pytest.raises(InputError, match="use sums or sampling"):
        banzhaf(utility, profile, method="binned")


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


def test_bins_are_for_crowds_of_few_importances():
    for n, message in ((8, "1,000 users or more who share.*and 8 do"), (1000, "at most 4 importances.* have 1,000")):
        utility = fg.FederatedMean(fg.Users(samples=range(1, n + 1), importance=range(1, n + 1)), 1.0, 10.0)
        with pytest.raises(InputError, match=message):
            fg.payments(utility, (1,) * n, method="binned")


# Coming and going -----------------------------------------------------------------------------


class Counted(fg.LinearLaplace):
    """Counts how many values were asked for."""

    asked = 0

    def on_counts(self, axes):
        found = super().on_counts(axes)
        self.asked += found.size
        return found


@settings(max_examples=25, deadline=None)
@given(federations(), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=8), st.sampled_from(RULES))
def test_a_book_is_a_fresh_computation(federation, steps, rule):
    utility, profile = federation
    book = PaymentBook(utility, profile, rule)
    for number, level in steps:
        user = number % len(profile)
        if not level and profile[user]:
            book.leave(user)
        elif level:
            (book.move if profile[user] else book.join)(user, level)
        profile[user] = level
        found = book.allocation()
        assert book.profile == tuple(profile)
        assert found.payments.tolist() == fg.payments(utility, profile, rule=rule, method="counts").payments.tolist()
        agree(found, fg.payments(utility, profile, rule=rule, method="subsets"))


def test_a_book_stays_rational():
    book = PaymentBook(fg.LinearLaplace(9, [0, 1, "inf"]), (1, 2, 0) * 3)
    for step in (lambda: book.join(2, 1), lambda: book.move(0, 2), lambda: book.leave(1), lambda: book.move(2, 2)):
        book.allocation()
        step()
        found, right = book.allocation(), fg.payments(book.utility, book.profile, method="subsets")
        assert found.exact
        assert found.payments.tolist() == right.payments.tolist()


def test_a_book_evaluates_one_layer_for_one_more():
    utility = Counted(60, [0, 1, 2])
    book = PaymentBook(utility, [1] * 20 + [2] * 20 + [0] * 20, exact=False)
    book.allocation()
    for step, more in ((lambda: book.join(50, 1), 21), (lambda: book.move(50, 2), 21), (lambda: book.leave(50), 0)):
        before = utility.asked
        step()
        book.allocation()
        assert utility.asked - before == more


def test_a_book_of_distinct_users():
    """By sums, afresh each time."""
    utility = federation(60)
    book = PaymentBook(utility, [1] * 30 + [2] * 29 + [0])
    book.join(59, 1)
    assert book.allocation().payments.tolist() == fg.payments(utility, book.profile).payments.tolist()


def test_a_book_refuses_what_cannot_be():
    book = PaymentBook(federation(3), (1, 2, 0))
    for step, message in (
        (lambda: book.join(0, 2), "user 0 is there already; use move"),
        (lambda: book.leave(2), "user 2 is not there"),
        (lambda: book.move(2, 1), "user 2 is not there; use join"),
        (lambda: book.join(3, 1), "a number from 0 to 2, got 3"),
        (lambda: book.join(2, 3), "an index from 0 to 2, got 3"),
    ):
        with pytest.raises(InputError, match=message):
            step()
    assert book.profile == (1, 2, 0)
