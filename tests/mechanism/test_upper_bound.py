"""The upper bound is never below what the platform keeps at an equilibrium, and close to it where users are many."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.mechanism.first_best import first_best
from fairgames.mechanism.upper_bound.bound import upper_bound
from fairgames.mechanism.upper_bound.federated import (
    _Box,
    _coalitions,
    _Federation,
    _rounded_up,
    federated_upper_bound,
)
from fairgames.mechanism.upper_bound.search import highest
from fairgames.utilities import UserGroups
from fairgames.utilities.blocks import outer_sum
from tests import oracles
from tests.strategies import Case, cases

DATA = Path(__file__).parents[2] / "examples" / "medpar.csv"
RULES = ["users", "coalition"]
ROWS = [(0, 1, 2), (0, 1, 2), (0, 2), (0, 1), (1, 2), (2,), (1,)]


def optimum(game: fg.PaymentGame) -> float:
    return float(fg.design(game, scope="pure").platform_utility)


def room(game: fg.PaymentGame) -> float:
    """What the rounding of the exact search may add to an optimum."""
    return 10 * game.utilities.error + 1e-12


# Federations ----------------------------------------------------------------------------------


@st.composite
def federations(draw, rows=ROWS, rules=RULES, most_users: int = 5) -> fg.PaymentGame:
    """Games of all kinds: both aggregations, no importance, levels that are not allowed, s² = 0, free levels."""
    n = draw(st.integers(1, most_users))

    def several(values):
        return draw(st.lists(values, min_size=n, max_size=n))

    samples = several(st.sampled_from([1.0, 2.0, 5.0, 20.0, 100.0]) | st.floats(1, 300))
    importance = several(st.sampled_from([0.0, 0.3, 1.0, 1.0, 4.0]))
    allowed = several(st.sampled_from(rows if draw(st.booleans()) else rows[:4]))
    size = draw(st.sampled_from([0.02, 0.1, 0.3, 1.0]))
    costs = several(st.lists(st.integers(0, 64).map(lambda part: part / 64 * size), min_size=2, max_size=2))
    sensitivity = [[0.0, *row] for row in costs]
    for row, levels in zip(sensitivity, allowed, strict=True):
        row[levels[0]] = 0.0
    users = fg.Users(samples=samples, importance=importance, sensitivity=sensitivity, allowed=allowed)
    utility = fg.FederatedMean(
        users,
        draw(st.sampled_from([0.0, 0.01, 1.0, 30.0])),
        draw(st.sampled_from([1.0, 10.0])),
        aggregation=draw(st.sampled_from(["equal", "samples"])),
        scale=draw(st.sampled_from([1, "1/3", 1000])),
        minimum_aggregate=draw(st.sampled_from([1, 1, 1, 2, 3, 9])),
    )
    return fg.PaymentGame(utility, users, draw(st.sampled_from(rules)))


@settings(max_examples=70, deadline=None)
@given(federations())
def test_no_equilibrium_of_a_federation_leaves_more(game):
    best, bound = optimum(game), upper_bound(game).value
    # Where the first best stands beside the boxes, each is a bound.
    assert best <= bound + room(game)
    assert bound <= federated_upper_bound(game, game.utility.federation)
    if game.utility.minimum_aggregate == 1:
        assert bound == federated_upper_bound(game, game.utility.federation)


@pytest.mark.parametrize("minimum", [2, 5, 20, 99])
def test_many_hospitals_whose_aggregate_needs_some(minimum):
    """At all senders and at groups of all sizes, at the least share that pays each its costs."""
    samples = np.linspace(3, 90, 40)
    users = fg.Users(samples=samples, sensitivity=[[0, 0.1, 0.4]] * 40)
    utility = fg.FederatedMean(users, 13.0, 65.0, minimum_aggregate=minimum)
    found = upper_bound(fg.PaymentGame(utility, users))
    assert f"needs {minimum} members" in found.why
    kept = []
    for members in (0, 1, minimum - 1, minimum, 30, 40):
        profile = ([1] * members + [2] * (40 - members))[:40]
        paid = fg.payments(utility, profile)
        pairs = list(zip(profile, paid.payments.tolist(), strict=True))
        if all(value >= [0, 0.1, 0.4][level] for level, value in pairs):
            share = max([0, 0.1, 0.4][level] / value for level, value in pairs)
            kept.append((1 - share) * float(paid.utility))
    assert 0 < max(kept) <= found.value


def most_that_pays_costs(game: fg.PaymentGame) -> float:
    """(1 − α)·U at most, over all profiles and the α that pay everybody its costs there: equilibria and more."""
    costs = np.meshgrid(*[np.array(row, dtype=float) for row in game.costs], indexing="ij")
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [
            np.where(cost > 0, np.where(values > 0, cost / values, np.inf), 0.0)
            for cost, values in zip(costs, game.values(), strict=True)
        ]
        kept = (1 - np.max(shares, axis=0)) * game.utilities.numbers()
    return float(kept[np.max(shares, axis=0) <= 1].max(initial=0.0))


@settings(max_examples=70, deadline=None)
@given(federations(rows=[(0, 1, 2), (0, 1, 2), (0, 2), (0, 1), (2,)], rules=["users"]))
def test_nothing_that_pays_all_costs_leaves_more(game):
    assert most_that_pays_costs(game) <= upper_bound(game).value + room(game)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1, 300), min_size=1, max_size=6, unique=True), st.sampled_from([0.0, 0.1, 2.0, 40.0]))
def test_what_a_user_brings_is_at_most_what_the_bound_says(samples, between):
    """φ_i ≤ F_i/m at every profile, with nothing known but who is on which level."""
    users = fg.Users(samples=sorted(samples), importance=[1 + 3 * (k % 2) for k in range(len(samples))])
    game = fg.PaymentGame(fg.FederatedMean(users, between, 10.0), users)
    model = _Federation.of(game, game.utility.federation)
    order = np.argsort(model.classes.samples)
    values = np.stack(list(game.values()))
    for profile in product((0, 1, 2), repeat=len(samples)):
        levels = np.array(profile)
        m, k = int((levels > 0).sum()), int((levels == 1).sum())
        if m:
            may = np.empty((2, len(samples)), dtype=bool)
            may[:, order] = [levels == 1, levels == 2]
            bounds = model._brought(may, _Box(0.0, 1.0, m, m, max(k - 1, 0), k, may))[order] / m
            paid = values[(..., *profile)]
            assert (paid <= bounds * (1 + 1e-9) + room(game))[levels > 0].all()


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 60), st.floats(1, 60), st.floats(0.05, 30), st.floats(0, 1.2), st.sampled_from([1, 2]))
def test_users_alike_who_all_share(n, samples, between, cost, level):
    """By symmetry each is paid α·U/n, which covers its costs from α = n·c/U on."""
    users = fg.Users(samples=[samples] * n, sensitivity=[[0, 0.5 * cost, cost] if level == 2 else [0, cost, 9]] * n)
    utility = fg.FederatedMean(users, between, 10.0)
    earned = utility.at((level,) * n)
    found = upper_bound(fg.PaymentGame(utility, users)).value
    assert earned - n * cost <= found + utility.rounding
    assert found <= utility.at((2,) * n) * (1 + 1e-9)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.floats(1, 200), min_size=6, max_size=24),
    st.just(0.0) | st.floats(1e-9, 40),
    st.integers(0, 3),
    st.data(),
)
def test_profiles_of_many_users_at_the_least_share_that_pays_them(samples, between, lone, data):
    """Whoever has all α·φ ≥ c may be an equilibrium for all that the bounds know: none of these may be above."""
    n = len(samples)
    rows = [[0, cost / 3, cost] for cost in data.draw(st.lists(st.floats(0.1, 1.5), min_size=n, max_size=n))]
    users = fg.Users(samples=samples, sensitivity=rows, allowed=[(0, 1, 2)] * n)
    utility = fg.FederatedMean(users, between, 30.0)
    found = upper_bound(fg.PaymentGame(utility, users)).value
    sharing = data.draw(st.integers(lone, n))
    order = sorted(range(n), key=lambda user: rows[user][2] - samples[user] / 100)
    profile = [0] * n
    for place, user in enumerate(order[:sharing]):
        profile[user] = 2 if place < sharing - lone else 1
    paid = fg.payments(utility, profile)
    ratios = [
        float(rows[user][level]) / float(value)
        for user, (level, value) in enumerate(zip(profile, paid.payments, strict=True))
        if level and value > 0
    ]
    if len(ratios) == sharing and (share := max(ratios, default=0.0)) <= 1:
        assert (1 - share) * float(paid.utility) <= found + 1e-9 * (1 + found)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_sharing_fully_instead_of_in_the_group_never_lowers_utility(data):
    n = data.draw(st.integers(1, 5))
    samples = data.draw(st.lists(st.sampled_from([1, 3, 10, 200]), min_size=n, max_size=n))
    profile = tuple(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    between = data.draw(st.sampled_from([Fraction(0), Fraction(1, 9), Fraction(50)]))
    problem = oracles.Federation([Fraction(k) for k in samples], between, Fraction(7), data.draw(st.booleans()))
    for user, level in enumerate(profile):
        if level == 1:
            moved = (*profile[:user], 2, *profile[user + 1 :])
            assert problem.utility(moved, [1] * n) >= problem.utility(profile, [1] * n) - Decimal("1e-20")


def hospitals(sensitivity, top=None, aggregation="equal", rule="users") -> fg.PaymentGame:
    fitted = fg.fit(DATA, user="provider", value="los", top=top)
    samples = sorted(fitted.samples, reverse=True)[:top]
    users = fg.Users(samples=samples, sensitivity=[sensitivity] * len(samples))
    utility = fg.FederatedMean(users, fitted.between, fitted.within, aggregation=aggregation)
    return fg.PaymentGame(utility, users, rule)


def test_all_hospitals():
    """26 hospitals share fully and one in a group by itself: for that α the upper bound is 2% higher."""
    game = hospitals([0, 0.6, 1.2])
    profile = (2,) * 25 + (1,) + (0,) * 28
    paid = fg.payments(game.utility, profile)
    share = max(1.2 / float(value) for value in paid.payments[:25])
    kept = (1 - share) * float(paid.utility)
    welfare = float(paid.utility) - 25 * 1.2 - 0.6
    assert kept < upper_bound(game).value < 1.022 * kept
    assert upper_bound(game).value < welfare


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_the_first_best_is_met_or_undercut(rule, aggregation):
    """One member of the group hides nothing, so the first best of these ten is one that the bounds know exactly."""
    game = hospitals([0, 0.6, 1.2], top=10, aggregation=aggregation, rule=rule)
    best = float(first_best(game).welfare.value)
    found = upper_bound(game).value
    assert optimum(game) <= found <= best + 1e-9
    if rule == "users" and aggregation == "equal":
        assert found < best - 0.5
    else:  # no share, or weights for which no bound on single payments is known
        assert found == pytest.approx(best, rel=1e-12)


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
def test_where_the_aggregate_is_all_that_pays(aggregation):
    """Sharing fully is too dear for all: the bound on a group's members is what counts."""
    n = 12
    users = fg.Users(samples=[20.0] * n, sensitivity=[[0, 0.05, 50]] * n)
    game = fg.PaymentGame(fg.FederatedMean(users, 3.0, 10.0, aggregation=aggregation), users)
    assert optimum(game) <= upper_bound(game).value <= 1.04 * optimum(game)


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
@pytest.mark.parametrize(("full", "members"), [(1, 2), (3, 2), (3, 3), (3, 5)])
def test_both_levels_at_once(aggregation, full, members):
    """Some share fully for nothing, others only in the group: at α = 0 that is an equilibrium, and U is kept."""
    users = fg.Users(samples=[30] * (full + members), sensitivity=[[0, 0, 0]] * full + [[0, 0, 100]] * members)
    game = fg.PaymentGame(fg.FederatedMean(users, 0.5, 10.0, aggregation=aggregation), users)
    earned = game.utility.at((2,) * full + (1,) * members)
    assert earned <= upper_bound(game).value <= 1.05 * earned


def test_costs_that_nobody_is_paid_leave_nothing():
    users = fg.Users(samples=[5, 50], sensitivity=[[0, 100, 100]] * 2)
    for rule in RULES:
        assert upper_bound(fg.PaymentGame(fg.FederatedMean(users, 1, 10), users, rule)).value == 0
    nobody = fg.Users(samples=[5, 50], allowed=[[0]] * 2)
    assert upper_bound(fg.PaymentGame(fg.FederatedMean(nobody, 1, 10), nobody)).value == 0


def test_weights_by_samples_let_single_payments_be_larger():
    """Then a member's weight may be such that better knowledge of the mean is worth more to it than to an outsider."""
    users = fg.Users(
        samples=[1.3, 1.8, 7, 234.6, 364.4], importance=[1, 1, 1, 1, 0], sensitivity=[[0, 0, 0]] * 4 + [[0, 9, 0.6]]
    )
    game = fg.PaymentGame(fg.FederatedMean(users, 100.0, 1.0, aggregation="samples"), users)
    assert list(game.values())[4][1, 1, 1, 1, 2] > 0.6
    model = _Federation.of(game, game.utility.federation)
    box = _Box(0.0, 1.0, 5, 5, 4, 4, np.ones((2, 5), dtype=bool))
    largest = int(np.argmax(model.classes.samples))
    assert model._brought(box.may, box)[largest] / 5 < 0.6
    assert model._narrowed(box).may[1, largest]


@pytest.mark.parametrize("levels", [[1], [1, 2]])
def test_a_member_who_must_share_may_be_paid_less_than_nothing(levels):
    """The second only spoils the group, for which it pays: more is kept than the first best."""
    users = fg.Users(
        samples=[100, 10], importance=[1, 0], sensitivity=[[0, 2, 9], [0, 0, 0.01]], allowed=[[0, 1], levels]
    )
    game = fg.PaymentGame(fg.FederatedMean(users, 10.0, 1.0), users)
    found = upper_bound(game).value
    assert optimum(game) <= found < game.utility.at((2, 2))
    if levels == [1]:
        assert optimum(game) > 10 * float(first_best(game).welfare.value)


def test_hundreds_who_all_differ():
    """One share for all leaves much less than the first best, which is what is known under Theorem 1."""
    n = 300
    rng = np.random.default_rng(5)
    samples, dear = 1 + rng.lognormal(3, 1, n), rng.uniform(0.5, 1.5, n)
    users = fg.Users(samples=samples, sensitivity=[[0, 0.6 * x, 1.2 * x] for x in dear])
    utility = fg.FederatedMean(users, 13, 65)
    found, first = (upper_bound(fg.PaymentGame(utility, users, rule)).value for rule in RULES)
    profile = np.where(samples / dear > 20, 2, 0)
    paid = fg.payments(utility, profile)
    share = max(1.2 * x / float(t) for x, t, level in zip(dear, paid.payments, profile, strict=True) if level)
    assert (1 - share) * float(paid.utility) < found < 0.97 * first


@given(st.lists(st.floats(1, 1e5), min_size=1, max_size=400))
@settings(max_examples=40, deadline=None)
def test_numbers_of_samples_are_rounded_up_by_little(samples):
    samples = np.array(samples)
    steps, step = _rounded_up(samples)
    ratio = (samples.max() / samples.min()) ** 0.01
    assert len(steps) <= 101
    assert (samples <= steps[step]).all()
    assert (steps[step] <= samples * ratio * (1 + 1e-12)).all()


def test_very_many_users_of_few_kinds():
    """Where so many share that the mean of all is known, each user's own gain is all there is to bound."""
    n = 60_000
    row = (Fraction(0), Fraction(3, 5), Fraction(6, 5))
    users = fg.Users(samples=np.repeat([10.0, 40.0], n // 2), sensitivity=[row] * n)
    game = fg.PaymentGame(fg.FederatedMean(users, 13, 65), users)
    found = upper_bound(game).value
    # Per user: sharing fully at its costs, or staying out.
    outside = math.log(91 / 13)
    own = [math.log(91 / (13 * (65 / k) / (13 + 65 / k))) - 1.2 for k in (10, 40)]
    limit = sum(n / 2 * max(outside, value) for value in own)
    assert limit * 0.999 < found < limit * 1.001


# The linear-Laplace utility -------------------------------------------------------------------


@st.composite
def laplace_games(draw) -> fg.PaymentGame:
    n = draw(st.integers(1, 5))
    levels = draw(st.sampled_from([[0, "inf"], [0, 1], [0, "1/2", 3], [0, 1, "inf"], [0, 1, 2, 8]]))
    if n == 5:
        levels = levels[:3]
    indices = range(len(levels))
    rows, allowed = [], []
    for _ in range(n):
        some = st.sets(st.sampled_from(indices), min_size=1).map(sorted)
        choices = draw(st.just(list(indices)) | some)
        row = draw(st.lists(st.sampled_from(["0", "1/50", "1/20", "1/10", "1/5", "1/2"]),
                            min_size=len(levels), max_size=len(levels)))  # fmt: skip
        row[choices[0]] = "0"
        rows.append(row)
        allowed.append(choices)
    users = fg.Users(sensitivity=rows, allowed=allowed)
    return fg.PaymentGame(
        fg.LinearLaplace(n, levels, draw(st.sampled_from([1, 3]))), users, draw(st.sampled_from(RULES))
    )


@settings(max_examples=80, deadline=None)
@given(laplace_games())
def test_no_equilibrium_of_linear_laplace_leaves_more(game):
    assert optimum(game) <= upper_bound(game).value


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 7),
    st.lists(st.sampled_from([Fraction(k, 40) for k in range(9)]), min_size=7, max_size=7),
    st.sampled_from(["inf", 2]),
)
def test_two_levels_of_linear_laplace_are_solved(n, costs, epsilon):
    """All who share are paid alike, so the dearest of the k cheapest decides: max over k of U(k) − k·c."""
    users = fg.Users(sensitivity=[[0, cost] for cost in costs[:n]])
    game = fg.PaymentGame(fg.LinearLaplace(n, [0, epsilon]), users)
    ascending = sorted(costs[:n])
    values = [game.utility.at([1] * k + [0] * (n - k)) - k * float(ascending[k - 1]) for k in range(1, n + 1)]
    assert upper_bound(game).value == pytest.approx(max(0.0, *values), abs=1e-13)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(0, 20), st.integers(0, 20), st.sampled_from([1, 4, "inf"]))
def test_users_alike_in_linear_laplace(n, cost, more, epsilon):
    """No assignment of costs is left open, so the upper bound is at most the first best."""
    users = fg.Users(sensitivity=[[0, Fraction(cost, 200), Fraction(cost + more, 200)]] * n)
    game = fg.PaymentGame(fg.LinearLaplace(n, [0, "1/2", epsilon]), users)
    assert optimum(game) <= upper_bound(game).value <= float(first_best(game).welfare.value) + 1e-12


def test_thousands_in_linear_laplace():
    n = 3000
    rng = np.random.default_rng(1)
    users = fg.Users(sensitivity=[[0, round(x / n, 9), round(2 * x / n, 9)] for x in rng.uniform(0, 1, n).tolist()])
    game = fg.PaymentGame(fg.LinearLaplace(n, [0, "1/2", "inf"]), users)
    assert 0.9 < upper_bound(game).value < 1


# Any other utility ----------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(cases(most_profiles=27, least=-4))
def test_tables(case: Case):
    game = case.game()
    found = upper_bound(game)
    if any(levels[0] > 0 for levels in case.choices):
        assert (found.value, found.why[:8]) == (math.inf, "no bound")
        return
    welfare = max(
        case.utility(profile) - sum(row[level] for row, level in zip(case.costs, profile, strict=True))
        for profile in product(*case.choices)
    )
    assert Fraction(found.value) >= welfare
    assert found.value == pytest.approx(float(welfare), abs=1e-12)
    assert optimum(game) <= found.value
    assert upper_bound(case.game(exact=False)).value >= welfare


def test_more_profiles_than_can_be_looked_through():
    blocs = UserGroups(fg.LinearLaplace(20, [0, "inf"]), [[user] for user in range(20)])
    users = fg.Users(sensitivity=[[0, 0.01]] * 20)
    found = upper_bound(fg.PaymentGame(blocs, users))
    # All are alike: k who share leave U(k) − k/100 at most.
    best = max(
        fg.LinearLaplace(20, [0, "inf"]).exact_at((1,) * k + (0,) * (20 - k)) - Fraction(k, 100) for k in range(21)
    )
    assert found.value == pytest.approx(float(best), abs=1e-12)
    assert found.value >= best

    unknown = upper_bound(fg.PaymentGame(Own(20, [0, 1]), users))
    assert unknown.value == math.inf
    assert unknown.why.startswith("no bound: 1,048,576 profiles of a own utility")


class Own(fg.Utility):
    """U = 1 − 2^(−Σ levels), and no more is said of it than a subclass does."""

    kind = "own"

    @property
    def rounding(self):
        return 4 * np.finfo(float).eps * float(self.scale)

    def _of(self, total):
        return 1 - 2.0**-total

    def _block(self, axes):
        levels = np.array([float(level) for level in self.levels])
        return self._of(outer_sum([levels[list(axis)] for axis in axes]))


class OwnTypes(Own):
    @property
    def types(self):
        return tuple(user % 3 for user in range(self.n_users))

    def _count_block(self, axes):
        return self._of(outer_sum([axis @ np.array([float(level) for level in self.levels]) for axis in axes]))


class OwnMonotone(OwnTypes):
    monotone = True


class OwnBoxes(OwnTypes):
    def box_bound(self, least, most):
        steps = np.array([float(level) for level in self.levels])
        return float(self._of(float((-np.diff(most, append=0, axis=1) @ steps).sum()))) + self.rounding


class OwnBound(OwnTypes):
    bound = 1.0


@pytest.mark.parametrize("own", [OwnBoxes, OwnBound])
def test_a_utility_of_ones_own_is_bounded_by_what_it_declares(own):
    """600 users in 3 types: U − Σc is concave in how many of the cheap ones share, so the best are found by hand."""
    steps, costs = [0, 0.001], [0.0001 * (1 + user % 2) for user in range(600)]
    game = fg.PaymentGame(own(600, steps), fg.Users(sensitivity=[[0, cost] for cost in costs]))
    spent = np.concatenate([[0.0], np.cumsum(sorted(costs))])
    best = (1 - 2.0 ** (-0.001 * np.arange(601)) - spent).max()
    found = upper_bound(game).value
    assert best - 1e-12 <= found <= (1.0 if own is OwnBound else best + 2e-3)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(6))
def test_a_monotone_utility_of_ones_own_against_all_profiles(rule, seed):
    """Boxes of counts of three types; users of one type differ in costs, and one must share."""
    generator = np.random.default_rng(seed)
    costs = np.cumsum(generator.integers(0, 12, (6, 3)) / 100, axis=1)
    users = fg.Users(sensitivity=[*(costs - costs[:, :1]).tolist()[:5], [0, 0, 0.02]], allowed=[None] * 5 + [[1, 2]])
    game = fg.PaymentGame(OwnMonotone(6, [0, 0.2, 0.7]), users, rule=rule)
    try:
        best = optimum(game)
    except fg.NoAnswerError:
        return
    assert best <= upper_bound(game).value <= 1 - 2.0**-4.2 + 1e-9


def test_users_of_ones_own_utility_in_few_counts():
    game = fg.PaymentGame(OwnTypes(60, [0, 0.01]), fg.Users(sensitivity=[[0, 0.001]] * 60))
    best = max(1 - 2.0 ** (-0.01 * k) - 0.001 * k for k in range(61))
    assert upper_bound(game).value == pytest.approx(best, abs=1e-12)


# Parts ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.floats(0.01, 5), st.floats(0, 1))
def test_blocks_of_coalitions_count_at_least_all(last, slope, part):
    """Σ_t E f(t·mean of four draws) for a convex f that falls, and no more than a twentieth above it."""
    numbers, draws, high, often = _coalitions(last)

    def mean(number: int) -> float:
        count = min(number, 4)
        terms = range(count + 1)
        return sum(
            math.comb(count, k) * part**k * (1 - part) ** (count - k) * math.log1p(slope / (number * (1 + k / count)))
            for k in terms
        )

    right = sum(mean(number) for number in range(1, last + 1))
    found = float(
        np.log1p(slope / (numbers * (1 + high / draws))) @ (often * part**high * (1 - part) ** (draws - high))
    )
    assert right * (1 - 1e-12) <= found <= 1.05 * right + 1e-12


def test_the_search_ends_wherever_it_is_cut():
    """x·(1 − x) on [0, 1], bounded by its ends: the highest bound falls to the maximum from above."""

    def bound(box):
        return box[1] * (1 - box[0]), box

    def halves(box):
        middle = (box[0] + box[1]) / 2
        return [] if box[1] - box[0] < 1e-4 else [(box[0], middle), (middle, box[1])]

    assert 0.25 <= highest([(0.0, 1.0)], bound, halves) < 0.2502
    assert highest([], bound, halves) == 0
    assert highest([(0.0, 0.0)], bound, halves) == 0
    # With no end to the splitting it stops by itself.
    assert highest([(0.0, 1.0)], bound, lambda box: [box, box]) == 1
