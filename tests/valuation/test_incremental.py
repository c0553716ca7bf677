"""Payments while users come, go and change level: those of a fresh computation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.errors import InputError
from fairgames.valuation.incremental import IncrementalPayments
from fairgames.valuation.methods.exponential_sums import payments as sums_module
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed
from fairgames.valuation.methods.sampling import stratified as sampling
from tests.valuation.test_methods import RULES, agree, federation, federations


def put(book: IncrementalPayments, user: int, level: int) -> None:
    """Bring a user to a level, whichever step that takes."""
    if book.profile[user]:
        book.move(user, level) if level else book.leave(user)
    elif level:
        book.join(user, level)


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
    book = IncrementalPayments(utility, profile, rule)
    for number, level in steps:
        user = number % len(profile)
        put(book, user, level)
        profile[user] = level
        found = book.allocation()
        assert book.profile == tuple(profile)
        assert found.payments.tolist() == fg.payments(utility, profile, rule=rule, method="counts").payments.tolist()
        agree(found, fg.payments(utility, profile, rule=rule, method="subsets"))


def test_a_book_stays_rational():
    book = IncrementalPayments(fg.LinearLaplace(9, [0, 1, "inf"]), (1, 2, 0) * 3)
    for step in (lambda: book.join(2, 1), lambda: book.move(0, 2), lambda: book.leave(1), lambda: book.move(2, 2)):
        book.allocation()
        step()
        found, right = book.allocation(), fg.payments(book.utility, book.profile, method="subsets")
        assert found.exact
        assert found.payments.tolist() == right.payments.tolist()


def test_a_book_evaluates_one_layer_for_one_more():
    utility = Counted(60, [0, 1, 2])
    book = IncrementalPayments(utility, [1] * 20 + [2] * 20 + [0] * 20, exact=False)
    book.allocation()
    for step, more in ((lambda: book.join(50, 1), 21), (lambda: book.move(50, 2), 21), (lambda: book.leave(50), 0)):
        before = utility.asked
        step()
        book.allocation()
        assert utility.asked - before == more


def walk(n: int, steps: int, levels: tuple[int, ...] = (0, 1, 2)) -> Iterator[tuple[int, int]]:
    generator = np.random.default_rng(n + steps)
    for user, level in zip(generator.integers(0, n, steps), generator.choice(levels, steps), strict=True):
        yield int(user), int(level)


def distinct(n: int, seed: int = 0) -> fg.FederatedMean:
    """Users who differ in n and a, some in one of them only."""
    generator = np.random.default_rng(seed)
    samples, importance = np.exp(generator.uniform(0, 8, n)), generator.choice([0.5, 1.0, 3.0], n)
    samples[:3] = 12.0
    return fg.FederatedMean(fg.Users(samples=samples, importance=importance), 1.0, 10.0, scale=7)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("n", "steps"), [(60, 10), (110, 4), (200, 2)])
def test_a_book_of_distinct_users_is_as_good_as_a_fresh_computation(n, steps, rule):
    """By sums, which of all users and of those who share differ by no more than they say."""
    utility = distinct(n)
    book = IncrementalPayments(utility, np.arange(n) % 3, rule, 1 if rule == "coalition" else "1/3")
    for user, level in [(0, 0), *walk(n, steps)]:
        put(book, user, level)
        found = book.allocation()
        right = fg.payments(utility, book.profile, *((1,) if rule == "coalition" else ("1/3",)), rule=rule)
        assert (found.method, right.method) == ("sums", "sums")
        agree(found, right)
        assert found.error_bound <= 1e-9 * np.abs(right.payments).max()
        assert abs(found.platform - right.platform) <= n * (found.error_bound + right.error_bound)


def test_nothing_is_fitted_twice(monkeypatch):
    """Fits are of sizes of the group: users who change places leave them as they are."""
    fitted, original = [], Precomputed._fitted

    def count(precomputed, size, step):
        fitted.append((size, step))
        return original(precomputed, size, step)

    monkeypatch.setattr(Precomputed, "_fitted", count)
    book = IncrementalPayments(distinct(60), np.arange(60) % 3)
    book.allocation()
    before = len(fitted)
    for user, level in ((0, 1), (1, 0), (2, 0), (3, 2), (4, 2), (5, 1)):  # the group has 20 members after each pair
        put(book, user, level)
    book.allocation()
    assert 0 < before == len(fitted) == len(set(fitted))


def test_a_frame_has_its_day(monkeypatch):
    """What it keeps grows with the sizes of groups that it has seen; its successor answers the same."""
    monkeypatch.setattr(sums_module, "_ANSWERS_OF_A_FRAME", 2)
    book = IncrementalPayments(distinct(60), np.arange(60) % 3)
    answers = [book.allocation().payments.tolist() for _ in range(4)]
    assert answers == [answers[0]] * 4


@pytest.mark.parametrize("levels", [[0, 2], [0, 1]])
def test_a_book_where_only_one_level_is_offered(levels):
    utility = fg.FederatedMean(distinct(60).users, 1.0, 10.0, levels)
    book = IncrementalPayments(utility, np.arange(60) % 2)
    for user, level in walk(60, 4, (0, 1)):
        put(book, user, level)
        agree(book.allocation(), fg.payments(utility, book.profile))


def test_a_book_that_empties_and_fills():
    """Through every method on the way. One axis a type would be more than NumPy has."""
    utility = distinct(70)
    book = IncrementalPayments(utility, [0] * 70)
    assert book.allocation().payments.tolist() == [0.0] * 70
    methods = set()
    for count in (1, 2, 7, 20, 70, 69, 3, 0):
        for user in range(70):
            put(book, user, (1 + user % 2) * (user < count))
        found = book.allocation()
        methods.add(found.method)
        agree(found, fg.payments(utility, book.profile))
    assert methods == {"subsets", "sums"}


@pytest.mark.parametrize(
    ("utility", "method"),
    [
        (federation(26, "samples"), "sampling"),
        (distinct(30), "sums"),
        (fg.LinearLaplace(30, [0, 1, 2]), "counts"),
    ],
)
def test_the_way_to_a_profile_does_not_matter(utility, method, monkeypatch):
    """Not to what is drawn at random either: the seed is the same each time, and no draw is kept."""
    monkeypatch.setattr(sampling, "_WORK", 0)  # the fewest draws that there may be
    n = utility.n_users
    steps = [(user, 1 + user % 2) for user in range(n)]
    one, other = IncrementalPayments(utility, [0] * n), IncrementalPayments(utility, [2] * n)
    for user, level in steps:
        put(one, user, level)
    for user, level in reversed(steps):
        put(other, user, level)
        if user % 10 == 0:
            other.allocation()
    found, again = one.allocation(), other.allocation()
    assert found.method == again.method == method
    assert found.payments.tolist() == again.payments.tolist()
    if method == "sampling":
        assert found.payments.tolist() == fg.payments(utility, one.profile).payments.tolist()


def test_a_book_refuses_what_cannot_be():
    book = IncrementalPayments(federation(3), (1, 2, 0))
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


def test_a_user_unlike_all_others_may_come():
    """What is precomputed reckons with everybody from the start: this one has a thousandth of the others' samples."""
    samples = np.append(np.linspace(1000, 9000, 59), 1.0)
    utility = fg.FederatedMean(fg.Users(samples=samples, importance=[1.0] * 59 + [50.0]), 1.0, 10.0)
    book = IncrementalPayments(utility, [1] * 30 + [2] * 29 + [0])
    book.allocation()
    for step in (lambda: book.join(59, 1), lambda: book.move(59, 2)):
        step()
        agree(book.allocation(), fg.payments(utility, book.profile))
