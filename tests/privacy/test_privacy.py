"""Privacy frameworks: levels and their order, Definition 2 by brute force, Table 1 by what can be computed from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.privacy import FEDERATED, PURE_DP, FiniteMechanism, LinearLaplaceMechanism, Verdict, shown
from fairgames.privacy.finite import _exceeds_exp

RATIONALS = st.fractions(-3, 3, max_denominator=40)
EPSILONS = st.one_of(st.sampled_from([Fraction(0), Fraction(1), math.inf]), st.fractions(0, 9, max_denominator=40))


# Levels and their order -----------------------------------------------------------------------


def test_levels_of_differential_privacy():
    for level in (0, 0.3, "1/3", "inf", math.inf, np.float64(2), Fraction(7, 2), 10**9):
        assert PURE_DP.contains(level)
    for level in (-1, "-1/2", math.nan, -math.inf, "x", None, True, [1], "nan"):
        assert not PURE_DP.contains(level)
    assert PURE_DP.profile([0, 0.1, "2/3", "inf"]) == (0, Fraction(1, 10), Fraction(2, 3), math.inf)


def test_levels_of_federated_privacy():
    assert FEDERATED.levels == (0, 1, 2)
    assert [FEDERATED.contains(level) for level in (0, 1, 2, 3, "1/2", "inf", -1)] == [True] * 3 + [False] * 4
    assert FEDERATED.profile([2, "1", 0.0]) == (2, 1, 0)


@given(EPSILONS, EPSILONS, EPSILONS)
def test_the_order_is_total(a, b, c):
    more = PURE_DP.more_private
    assert not more(a, a)
    assert (a == b) + more(a, b) + more(b, a) == 1
    assert not (more(a, b) and more(b, c)) or more(a, c)
    assert not more(a, 0)
    assert not more("inf", a)


def test_every_fault_of_a_profile_is_named():
    with pytest.raises(InputError) as error:
        PURE_DP.profile([1, -1, math.nan, "inf", "many"])
    assert [fault.partition(":")[0] for fault in error.value.faults] == ["user 2", "user 3", "user 5"]
    assert "expected a number ≥ 0" in error.value.faults[0]
    with pytest.raises(InputError, match="user 2: 3 is no level of federated privacy, expected one of 0, 1, 2"):
        FEDERATED.profile([2, 3])


def test_what_the_platform_receives():
    assert [FEDERATED.received(level).split()[0] for level in (0, 1, 2)] == ["nothing", "only", "the"]
    assert PURE_DP.received(0).startswith("nothing")
    assert PURE_DP.received("inf").startswith("anything")
    assert "exp(1/2)" in PURE_DP.received(0.5)


def test_a_verdict_is_true_or_false_and_says_why():
    assert Verdict()
    assert not Verdict(("user 1: too much",))
    assert Verdict(("user 1: too much", "user 2: as well")).reason == "user 1: too much; user 2: as well"
    assert Verdict(warnings=("look",)).holds


def test_there_is_one_level_a_user():
    with pytest.raises(InputError, match="3 levels, but the mechanism has 2 users"):
        PURE_DP.check(LinearLaplaceMechanism([1, 2], 1), [1, 1, 1])


# Definition 2 on finite mechanisms ------------------------------------------------------------


def exp_bounds(exponent: Fraction, terms: int) -> tuple[Fraction, Fraction]:
    """The series of e^x up to so many terms, and with the rest bounded by a geometric series of ratio 1/2."""
    assert terms > 2 * exponent
    total = term = Fraction(1)
    for number in range(1, terms):
        term *= exponent / number
        total += term
    return total, total + term


def exp_exceeded(ratio: Fraction, exponent: Fraction) -> bool:
    """ratio > e^exponent; raises where the ratio is nearer than about 1e-60."""
    low, high = exp_bounds(exponent, 140)
    if not ratio <= low and not ratio >= high:
        raise ArithmeticError
    return ratio >= high


@settings(deadline=None)
@given(st.fractions(0, 60, max_denominator=10**6), st.fractions(0, 9, max_denominator=10**6))
def test_comparison_with_an_exponential(ratio, exponent):
    assume(exponent > 0 or ratio != 1)
    assert _exceeds_exp(ratio, exponent) == exp_exceeded(ratio, exponent)


@pytest.mark.parametrize("exponent", ["1/1000", "1/3", "1", "7/2", "61/3", "160/3"])
@pytest.mark.parametrize("digits", [3, 7, 8, 9, 17, 31, 32, 40])
def test_comparison_close_to_the_exponential(exponent, digits):
    """On either side of e^x, as near as so many digits tell."""
    low, high = exp_bounds(Fraction(exponent), 300)
    below = Fraction(math.floor(low * 10**digits), 10**digits)
    above = below + Fraction(1, 10**digits)
    assert below < low < high < above
    assert not _exceeds_exp(below, Fraction(exponent))
    assert _exceeds_exp(above, Fraction(exponent))


def test_comparison_at_the_edges():
    assert not _exceeds_exp(Fraction(1), Fraction(0))
    assert _exceeds_exp(1 + Fraction(1, 10**30), Fraction(0))
    assert _exceeds_exp(1 + Fraction(1, 10**30), Fraction(1, 10**40))
    assert not _exceeds_exp(1 + Fraction(1, 10**30), Fraction(1, 10**20))
    assert not _exceeds_exp(Fraction(10**300), Fraction(10**300))
    assert not _exceeds_exp(Fraction(0), Fraction(0))


@st.composite
def finite_mechanisms(draw):
    """Two users with 2 × 3 data and three outputs, probabilities in twelfths, zeros included."""
    rows = {}
    for database in product("ab", "xyz"):
        cuts = sorted(draw(st.lists(st.integers(0, 12), min_size=2, max_size=2)))
        parts = (cuts[0], cuts[1] - cuts[0], 12 - cuts[1])
        rows[database] = {output: Fraction(part, 12) for output, part in zip("uvw", parts, strict=True) if part}
    return rows


def keeps(rows, user: int, epsilon) -> bool:
    """Definition 2 over all *events*, not only single outputs, and all neighbours."""
    if epsilon == math.inf:
        return True
    for one, two in product(rows, repeat=2):
        if one != two and all(one[k] == two[k] for k in range(2) if k != user):
            for event in product([0, 1], repeat=3):
                chosen = [output for output, inside in zip("uvw", event, strict=True) if inside]
                p, q = (
                    sum((rows[base].get(output, Fraction(0)) for output in chosen), Fraction(0)) for base in (one, two)
                )
                if p > 0 and (q == 0 or (p > q and (epsilon == 0 or exp_exceeded(p / q, epsilon)))):
                    return False
    return True


@settings(max_examples=40, deadline=None)
@given(finite_mechanisms(), st.tuples(EPSILONS, EPSILONS))
def test_definition_2_by_brute_force(rows, epsilons):
    verdict = PURE_DP.check(FiniteMechanism(rows), epsilons)
    kept = [keeps(rows, user, epsilon) for user, epsilon in enumerate(epsilons)]
    assert verdict.holds == all(kept)
    assert [f"user {user + 1}" for user in (0, 1) if not kept[user]] == [f.partition(":")[0] for f in verdict.faults]


def randomised_response(keep: Fraction) -> dict:
    """Two users each tell their bit truthfully with probability ``keep``."""
    return {
        bits: {
            told: math.prod((keep if bit == said else 1 - keep for bit, said in zip(bits, told, strict=True)))
            for told in product([0, 1], repeat=2)
        }
        for bits in product([0, 1], repeat=2)
    }


def test_definition_2_needs_neighbours():
    """Each user's answer is ln 3-private. As printed, for any x, x′, both change at once, and the ratio is 9."""
    rows = randomised_response(Fraction(3, 4))
    assert PURE_DP.check(FiniteMechanism(rows), ["1.0987", "1.0987"])
    assert not PURE_DP.check(FiniteMechanism(rows), ["1.0986", "1.0986"])
    worst = max(rows[one][told] / rows[two][told] for one in rows for two in rows for told in rows[one])
    assert worst == 9 > math.exp(1.0987)


def test_improper_probabilities_are_refused():
    with pytest.raises(InputError) as error:
        FiniteMechanism({("a",): {"u": "1/2"}, ("b",): {"u": "3/2", "v": "-1/2"}})
    assert len(error.value.faults) == 2
    with pytest.raises(InputError, match=r"database \('b', 'y'\): no probabilities"):
        FiniteMechanism({("a", "x"): {1: 1}, ("b", "x"): {1: 1}, ("a", "y"): {1: 1}})
    with pytest.raises(InputError, match="one datum for each user"):
        FiniteMechanism({("a", "x"): {1: 1}, ("b",): {1: 1}})
    with pytest.raises(InputError, match="at least one database"):
        FiniteMechanism({})


# Definition 2 on linear-Laplace mechanisms ----------------------------------------------------


def largest_log_ratio(weights, noise, bounds, user: int):
    """The log of the ratio of densities, ln p(y|x)/p(y|x′) = (|y − a′| − |y − a|)/τ, over many y, x, x′."""
    lower, upper = bounds
    data = [lower, (2 * lower + upper) / 3, upper]
    rest = sum((w * lower for k, w in enumerate(weights) if k != user), Fraction(0))
    worst = Fraction(0)
    for x, other in product(data, repeat=2):
        a, b = rest + weights[user] * x, rest + weights[user] * other
        for y in (min(a, b) - 1, a, (a + b) / 2, b, max(a, b) + 1):
            worst = max(worst, (abs(y - b) - abs(y - a)) / noise)
    return worst


@settings(max_examples=50, deadline=None)
@given(
    st.lists(RATIONALS, min_size=1, max_size=4),
    st.fractions(Fraction(1, 40), 3, max_denominator=40),
    st.tuples(RATIONALS, RATIONALS).filter(lambda ends: ends[0] < ends[1]),
    st.data(),
)
def test_linear_laplace_by_its_densities(weights, noise, bounds, data):
    epsilons = data.draw(st.lists(EPSILONS, min_size=len(weights), max_size=len(weights)))
    mechanism = LinearLaplaceMechanism(weights, noise, bounds)
    worst = [largest_log_ratio(weights, noise, bounds, user) for user in range(len(weights))]
    assert [mechanism.loss(user) for user in range(len(weights))] == worst
    assert PURE_DP.check(mechanism, epsilons).holds == all(map(lambda w, e: w <= e, worst, epsilons))
    assert PURE_DP.check(mechanism, worst)
    for user in range(len(weights)):
        short = list(worst)
        short[user] *= 1 - Fraction(1, 10**40)
        assert PURE_DP.check(mechanism, short).holds == (worst[user] == 0)


def test_without_noise():
    mechanism = LinearLaplaceMechanism([1, 0], 0)
    assert PURE_DP.check(mechanism, ["inf", 0])
    assert mechanism.loss(0) == math.inf
    assert "user 1: ε is 5" in PURE_DP.check(mechanism, [5, 0]).reason


def test_who_wants_to_share_nothing_has_no_weight():
    assert "only a weight of 0" in PURE_DP.check(LinearLaplaceMechanism([1, 1], 100), [0, 1]).reason


@settings(max_examples=40, deadline=None)
@given(st.lists(RATIONALS, min_size=1, max_size=4), st.fractions(0, 1, max_denominator=40), st.data())
def test_repaired_mechanisms_are_private_with_no_more_noise_than_needed(weights, noise, data):
    positive = EPSILONS.filter(lambda epsilon: epsilon > 0)
    epsilons = data.draw(st.lists(positive, min_size=len(weights), max_size=len(weights)))
    mechanism = LinearLaplaceMechanism(weights, noise, (0, 2), intercept=7)
    repaired = mechanism.repaired(epsilons)
    assert PURE_DP.check(repaired, epsilons)
    assert (repaired.weights, repaired.bounds, repaired.intercept) == (tuple(weights), (0, 2), 7)
    assert repaired.noise >= noise
    if repaired.noise > noise:
        less = LinearLaplaceMechanism(weights, repaired.noise * (1 - Fraction(1, 10**40)), (0, 2))
        assert not PURE_DP.check(less, epsilons)


def test_no_noise_repairs_a_weight_at_epsilon_0():
    with pytest.raises(InputError, match="user 2: ε is 0"):
        LinearLaplaceMechanism([1, 1], 1).repaired([1, 0])


def test_a_solver_s_breach_is_seen():
    """1e-9 too much is too much; the message says what would do."""
    mechanism = LinearLaplaceMechanism([0.1 + 1e-9], 0.1)
    verdict = PURE_DP.check(mechanism, [1])
    assert not verdict
    assert "at least 100000001/1000000000" in verdict.reason


def test_every_fault_of_a_mechanism_is_named():
    with pytest.raises(InputError) as error:
        LinearLaplaceMechanism([1, math.nan, "x", math.inf], math.nan, (math.inf, 1))
    assert [fault.partition(":")[0] for fault in error.value.faults] == [
        "weight of user 2", "weight of user 3", "weight of user 4", "noise", "bounds",
    ]  # fmt: skip
    with pytest.raises(InputError, match="lower < upper, got 2 and 2"):
        LinearLaplaceMechanism([1], 1, (2, 2))
    with pytest.raises(InputError, match="expected lower and upper, got 3 numbers"):
        LinearLaplaceMechanism([1], 1, (0, 1, 2))
    with pytest.raises(InputError, match="scale ≥ 0, got -1"):
        LinearLaplaceMechanism([1], -1)


def test_levels_are_shown_shortly():
    assert shown(Fraction(1, 10**12)) == "1/1000000000000"
    assert shown(Fraction(10**500)) == "about 1.0000000000000000e+500"


# Table 1 --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Estimates:
    """The shape of a federated estimator."""

    weights: np.ndarray
    group_weights: np.ndarray
    shares: np.ndarray

    def __len__(self) -> int:
        return len(self.shares)


def estimates(weights, group_weights, shares) -> Estimates:
    return Estimates(
        np.array(weights, dtype=float), np.array(group_weights, dtype=float), np.array(shares, dtype=float)
    )


def computable(profile, members, found: Estimates) -> bool:
    """Whether the estimates come out of θ̂_f (of all ``members``) and the level-2 means, whatever the data.

    Randomly: two databases on which the platform receives the same must give the same estimates.
    """
    rng = np.random.default_rng(5)
    shares = found.shares
    for _ in range(3):
        data = rng.integers(-9, 9, len(profile)).astype(float)
        other = data + rng.integers(1, 9, len(profile))
        for user, level in enumerate(profile):
            if level == 2:
                other[user] = data[user]
        if members:  # same aggregate: put the difference on one member
            last = members[-1]
            change = sum(shares[user] * (other[user] - data[user]) for user in members if user != last)
            other[last] = data[last] - change / shares[last]
        one, two = (found.weights @ x + found.group_weights * (shares @ x) for x in (data, other))
        if not np.allclose(one, two, atol=1e-9):
            return False
    return True


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=5),
    st.lists(st.sampled_from([0, 0, 1, 2, 3]), min_size=5, max_size=5),
    st.lists(st.integers(-1, 9), min_size=5, max_size=5),
    st.sampled_from([0, 1, 4]),
)
def test_federated_verdicts_by_what_can_be_computed(profile, own, shares, group_weight):
    """With the right group in the aggregate; a wrong group is the next test's."""
    n = len(profile)
    members = [user for user in range(n) if profile[user] == 1]
    shares = [max(shares[user], 1) if user in members else 0 for user in range(n)]
    found = estimates([own[:n]], [group_weight], shares)
    right = computable(profile, members, found)
    verdict = FEDERATED.check(found, profile)
    read_alone = [user for user in members if own[user]]
    # A multiple of the aggregate in disguise is computable, but it reads members one by one.
    disguised = right and bool(read_alone)
    assert verdict.holds == (right and not disguised)
    if disguised:
        ratios = {own[user] / shares[user] for user in members}
        assert len(ratios) == 1


def test_the_aggregate_is_of_level_1_all_of_it():
    everybody = estimates([[0.5, 0, 0, 0]], [0.5], [0, 0.5, 0.5, 0])
    assert FEDERATED.check(everybody, [2, 1, 1, 0])
    assert "user 4 is at level 1, but left out" in FEDERATED.check(everybody, [2, 1, 1, 1]).reason
    assert "user 3 is at level 0, but in the aggregate" in FEDERATED.check(everybody, [2, 1, 0, 0]).reason
    assert "user 3 is at level 2, but in the aggregate" in FEDERATED.check(everybody, [2, 1, 2, 0]).reason
    assert (
        "user 1 is at level 0, where the platform receives nothing" in FEDERATED.check(everybody, [0, 1, 1, 0]).reason
    )


def test_an_aggregate_that_is_not_used_may_be_of_anybody():
    assert FEDERATED.check(estimates([[1, 0]], [0], [0, 1]), [2, 0])


def test_a_lone_member_hides_nothing():
    verdict = FEDERATED.check(estimates([[0, 0]], [1], [1, 0]), [1, 0])
    assert verdict
    assert "user 1 is alone" in verdict.warnings[0]
    assert not FEDERATED.check(estimates([[0, 0]], [1], [0.5, 0.5]), [1, 1]).warnings


def test_estimates_have_one_column_a_user():
    with pytest.raises(InputError, match=r"each of 2 users, got shape \(1, 3\)"):
        FEDERATED.check(estimates([[1, 0, 0]], [0], [0, 0]), [2, 0])
