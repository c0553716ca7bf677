"""Payments and regrets by counts of coalitions: against the definitions, and against sums over all coalitions."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames import memory
from fairgames.equilibria.pure.certificate import certify_profile
from fairgames.equilibria.types.certificate import certify_on_counts
from fairgames.equilibria.types.game import PopulationGame
from fairgames.errors import InputError, TooLargeError
from fairgames.game import PaymentGame
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility, Utility
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.methods.counted_coalitions import CountedCoalitions
from fairgames.valuation.methods.counts import payments_on_counts
from fairgames.valuation.request import payments
from tests import oracles
from tests.populations import Population, TypedTable, populations

COMMON = settings(max_examples=40, deadline=None)


def any_profile(data, case: Population) -> tuple[int, ...]:
    return tuple(data.draw(st.integers(0, case.table.shape[0] - 1)) for _ in case.types)


# From the definition --------------------------------------------------------------------------


@COMMON
@given(populations(least=-4, rules=("users",)), st.data())
def test_theorem_2(case, data):
    profile = any_profile(data, case)
    found = payments_on_counts(TypedTable(case.table, case.types), profile, Fraction(2, 5))
    right = oracles.shapley(lambda p: case.table[p], profile)
    assert found.payments.tolist() == [Fraction(2, 5) * value for value in right]
    assert found.utility == case.table[profile]
    assert found.platform == Fraction(3, 5) * case.table[profile]
    assert (found.efficiency_residual, found.error_bound, found.exact, found.method) == (0, 0, True, "counts")
    assert found.monotone == payments(TypedTable(case.table, case.types), profile).monotone


@COMMON
@given(populations(least=-4, rules=("coalition",)), st.data())
def test_theorem_1(case, data):
    profile = any_profile(data, case)
    found = payments_on_counts(TypedTable(case.table, case.types), profile, rule="coalition")
    platform, right = oracles.with_platform(lambda p: case.table[p], profile)
    assert found.payments.tolist() == right
    assert found.platform == platform
    assert (found.alpha, found.efficiency_residual) == (None, 0)


@COMMON
@given(populations(least=-4), st.data())
def test_what_a_user_would_be_paid_elsewhere(case, data):
    profile, n_levels = any_profile(data, case), case.table.shape[0]
    coalitions = CountedCoalitions(TypedTable(case.table, case.types), profile, exact=True)
    extra = 0 if case.rule == "users" else 1
    for user, level in product(range(len(case.types)), range(n_levels)):
        there = (*profile[:user], level, *profile[user + 1 :])
        move = (profile[user], level)
        found = coalitions.values(case.types[user], [move], extra)[move]
        definition = oracles.with_platform(lambda p: case.table[p], there)[1]
        assert found == (definition if extra else oracles.shapley(lambda p: case.table[p], there))[user]


@COMMON
@given(populations(least=-4), st.data())
def test_regrets(case, data):
    profile = tuple(data.draw(st.sampled_from(levels)) for levels in case.choices)
    alpha = data.draw(st.fractions(0, 1, max_denominator=12)) if case.rule == "users" else None
    found = certify_on_counts(case.on_counts(), profile, alpha)
    share, oracle = Fraction(1) if alpha is None else alpha, case.oracle()
    for user, levels in enumerate(case.choices):
        here = oracle.payoff(profile, user, share)
        best = max(oracle.payoff((*profile[:user], y, *profile[user + 1 :]), user, share) for y in levels)
        assert found.regrets[user] == best - here
    assert found.bound == 0
    assert found.regret == max(found.regrets)


# Against sums over all coalitions -------------------------------------------------------------


@pytest.mark.parametrize("rule", ["users", "coalition"])
@pytest.mark.parametrize("aggregation", ["equal", "samples"])
@pytest.mark.parametrize("profile", [(1, 1, 2, 0, 1, 2, 2, 1), (2,) * 8, (1,) * 8, (0, 0, 1, 0, 0, 0, 0, 0), (0,) * 8])
def test_the_federated_mean(profile, aggregation, rule):
    users = Users(samples=[10, 40, 10, 40, 7, 10, 40, 10], sensitivity=[[0, 0.1, 0.3], [0, 0.2, 0.2]] * 4)
    utility = FederatedMean(users, 1.0, 10.0, aggregation=aggregation)
    found, right = payments_on_counts(utility, profile, rule=rule), payments(utility, profile, rule=rule)
    room = found.error_bound + right.error_bound
    assert np.abs(found.payments - right.payments).max() <= room <= 1e-9
    assert abs(found.platform - right.platform) <= 8 * room
    assert found.monotone == right.monotone
    alpha = 0.3 if rule == "users" else None
    game = PaymentGame(utility, users, rule)
    one, two = certify_on_counts(PopulationGame.of(game), profile, alpha), certify_profile(game, profile, alpha)
    assert np.abs(one.regrets - two.regrets).max() <= one.bound + two.bound <= 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_the_error_bound_holds(seed):
    """Rational payments against floats of the same, for numbers over ten orders of magnitude."""
    rng = np.random.default_rng(seed)
    types = [0, 1, 0, 0, 1, 2]
    by_counts: dict[tuple, int] = {}
    table = np.empty((3,) * 6, dtype=object)
    for profile in np.ndindex(table.shape):
        key = tuple(sorted(zip(types, profile, strict=True)))
        table[profile] = by_counts.setdefault(key, int(rng.integers(-9, 10)) * 10 ** int(rng.integers(0, 10)))
    table[(0,) * 6] = 0
    exactly, floats = TableUtility(table), TableUtility(table.astype(float))
    assert exactly.types == floats.types == tuple(types)
    for profile in ((1, 2, 1, 2, 2, 1), (2, 2, 2, 1, 1, 0)):
        for rule in ("users", "coalition"):
            exact, found = (payments_on_counts(utility, profile, rule=rule) for utility in (exactly, floats))
            off = max(abs(Fraction(float(a)) - b) for a, b in zip(found.payments, exact.payments, strict=True))
            assert 0 < off <= Fraction(found.error_bound)
            assert found.error_bound <= 1e-12 * 10**10


def test_two_hundred_users_in_four_types_share_all_of_u():
    """Theorem 2's efficiency, at 1e-12, where subsets cannot be listed."""
    users = Users(samples=np.repeat([10, 40, 160, 640], 50))
    utility = FederatedMean(users, 1.0, 10.0)
    profile = np.repeat([2, 0, 1, 2], 50).tolist()
    found = payments_on_counts(utility, profile)
    assert abs(found.efficiency_residual) <= 200 * found.error_bound <= 1e-6
    assert abs(found.efficiency_residual) <= 1e-11 * found.utility
    assert found.utility == pytest.approx(utility.at(profile), abs=2 * utility.rounding)
    by_level = [set(found.payments[50 * k : 50 * k + 50].tolist()) for k in range(4)]
    assert [len(values) for values in by_level] == [1, 1, 1, 1]
    assert by_level[1] == {0.0}


def test_hundreds_of_users_of_one_type_are_paid_alike():
    utility = LinearLaplace(150, [0, 1, "inf"])
    found = payments_on_counts(utility, (2,) * 150)
    assert set(found.payments.tolist()) == {Fraction(1, 150)}
    many = payments_on_counts(LinearLaplace(4000, [0, 1, "inf"]), (2,) * 4000)
    assert not many.exact  # more than 3,000 counts of coalitions
    assert np.abs(many.payments - 1 / 4000).max() <= many.error_bound <= 1e-11


# A share that depends on U, and what cannot be ------------------------------------------------


def test_a_share_that_depends_on_u():
    utility = LinearLaplace(6, [0, 1, "inf"])
    alpha = AlphaOfUtility([(0, "1/5"), ("1/2", "1/2")])
    for exact in (True, False):
        found = payments_on_counts(utility, (2, 1, 1, 0, 2, 1), alpha, exact=exact)
        right = payments(utility, (2, 1, 1, 0, 2, 1), alpha, exact=exact)
        assert found.payments == pytest.approx(right.payments, abs=1e-14)
        assert float(found.alpha) == pytest.approx(float(right.alpha), abs=1e-14)
        assert found.error_bound <= 1e-13


def test_profiles_that_do_not_fit_are_refused():
    utility = LinearLaplace(3, [0, 1])
    with pytest.raises(InputError, match="expected 3 level indices"):
        payments_on_counts(utility, (1, 1))
    with pytest.raises(InputError, match=r"level indices \[-1, 2\] are not among 0 … 1"):
        payments_on_counts(utility, (1, 2, -1))
    with pytest.raises(InputError, match="no share"):
        payments_on_counts(utility, (1, 1, 1), "1/2", "coalition")


def test_too_many_counts_are_refused_with_their_number(monkeypatch):
    users = Users(samples=np.repeat([10, 40, 160], 20))
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**20)
    with pytest.raises(
        TooLargeError,
        match=r"60 users who share, by all 1,771,561 counts of coalitions needs .* Put some users on level 0",
    ):
        payments_on_counts(FederatedMean(users, 1.0, 10.0), [1, 2] * 30)


def test_users_who_are_all_alike_and_share_need_no_binomials(monkeypatch):
    """Theirs would be 100 MB; each is paid α·U/n, by symmetry, and the error goes down with α."""
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**25)
    n, alpha = 20_000, 1e-6
    utility = FederatedMean(Users(samples=[20] * n), between=13.0, within=65.0, levels=[0, 2])
    found = payments_on_counts(utility, (1,) * n, alpha)
    assert np.abs(found.payments - alpha * utility.at((1,) * n) / n).max() <= found.error_bound <= 1e-9


# Hundreds of users ----------------------------------------------------------------------------


class Teams(Utility):
    """1 for every team of so many of type 0 on level 1, of type 0 on level 2, and of type 1, over the number of teams.

    Each member of a team earns the same part of its worth: the Shapley value of a sum of unanimity games.
    """

    kind = "teams"
    rounding = float(np.finfo(float).eps)

    def __init__(self, sizes: tuple[int, int, int], team: tuple[int, int, int]) -> None:
        super().__init__(sum(sizes), (0, 1, 2))
        self.team, self._types = team, (0,) * (sizes[0] + sizes[1]) + (1,) * sizes[2]
        self.total = prod(map(comb, sizes, team))

    @property
    def types(self) -> tuple[int, ...]:
        return self._types

    def _block(self, axes):
        """Of one profile."""
        levels, types = np.array([level for (level,) in axes]), np.array(self.types)
        counts = [np.bincount(levels[types == kind], minlength=3)[None] for kind in (0, 1)]
        return self._count_block(counts)

    def _count_block(self, axes):
        kinds = [axes[0][:, 1], axes[0][:, 2], axes[1][:, 1]]
        ways = [np.array([comb(int(n), k) for n in counts]) for counts, k in zip(kinds, self.team, strict=True)]
        return np.multiply.outer(ways[0] * ways[1], ways[2]) / self.total


@pytest.mark.parametrize("rule", ["users", "coalition"])
@pytest.mark.parametrize(
    ("sizes", "team"),
    [((160, 150, 80), (2, 1, 1)), ((150, 150, 80), (0, 2, 3)), ((1, 0, 25_000), (1, 0, 1)), ((9000, 0, 3), (2, 0, 1))],
)
def test_chances_of_thousands_of_users(rule, sizes, team):
    profile = (1,) * sizes[0] + (2,) * sizes[1] + (1,) * sizes[2]
    found = payments_on_counts(Teams(sizes, team), profile, rule=rule)
    members = sum(team) + (rule == "coalition")
    right = np.concatenate([np.full(n, k / members / max(n, 1)) for n, k in zip(sizes, team, strict=True)])
    assert np.abs(found.payments - right).max() <= found.error_bound < 2e-11 + 1e-15 * max(sizes)
    assert abs(found.platform - (1 / members if rule == "coalition" else 0)) <= found.error_bound * sum(sizes)
