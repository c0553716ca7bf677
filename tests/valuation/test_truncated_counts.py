"""Windows of counts: against all counts one by one, rationals where there are, and never past their bound."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames import memory
from fairgames.errors import InputError, TooLargeError
from fairgames.progress import listening
from fairgames.valuation.banzhaf import banzhaf
from fairgames.valuation.methods.counted_coalitions import CountedCoalitions
from fairgames.valuation.methods.truncated_counts import sizes as windows_sizes
from fairgames.valuation.methods.truncated_counts.cells import Draws, Lists
from fairgames.valuation.methods.truncated_counts.payments import TruncatedCounts
from fairgames.valuation.methods.truncated_counts.utility_on_counts import UtilityOnCounts
from fairgames.valuation.potential import refined_potential
from tests.mechanism.test_upper_bound import OwnBound
from tests.populations import TypedTable, populations

RULES = ["users", "coalition"]
_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


def all_moves(counts: np.ndarray, number: int) -> list[tuple[int, int]]:
    levels = range(counts.shape[1])
    return [(x, y) for x in levels if counts[number, x] for y in levels]


def agree_with_counts(utility: fg.Utility, profile, extra: int, exact: bool | None = None) -> None:
    """All moves of all types, φ of everybody and, under Theorem 1, φ_p."""
    right = CountedCoalitions(utility, profile, exact)
    windows = TruncatedCounts(utility, right.counts, extra)
    pairs = []
    for number in range(len(right.counts)):
        moves = all_moves(right.counts, number)
        found, exactly = windows.values(number, moves), right.values(number, moves, extra)
        assert found.keys() == exactly.keys()
        pairs += [(found[move], exactly[move]) for move in moves]
        pairs += [(windows.own_values()[number, x], exactly[x, x]) for x, y in moves if x == y > 0]
    pairs.append((windows.total, right.tensor.flat[-1]))
    if extra:
        pairs.append((windows.potential, right._platform_value()))
    for near, value in pairs:
        assert abs(Fraction(near) - Fraction(value)) <= Fraction(windows.error) + Fraction(right.error_bound)


@st.composite
def laplaces(draw) -> tuple[fg.LinearLaplace, list[int]]:
    epsilons = st.one_of(
        st.sampled_from(["1/2", "inf", "1/100", "1000"]), st.fractions(Fraction(1, 9), 20, max_denominator=9)
    )
    levels = draw(st.lists(epsilons, min_size=1, max_size=3))
    size = draw(st.integers(1, 9))
    ascending = sorted({0, *(math.inf if level == "inf" else Fraction(level) for level in levels)})
    utility = fg.LinearLaplace(size, ascending, scale=draw(st.sampled_from([1, "5/3"])))
    return utility, draw(st.lists(st.integers(0, len(ascending) - 1), min_size=size, max_size=size))


@st.composite
def federations(draw) -> tuple[fg.FederatedMean, list[int]]:
    size = draw(st.integers(1, 9))
    kinds = st.sampled_from([(1.0, 1.0), (30.0, 2.5), (41.5, 0.0)])
    users = draw(st.lists(kinds, min_size=size, max_size=size))
    levels = draw(st.sampled_from([(0, 1, 2), (0, 1), (0, 2)]))
    utility = fg.FederatedMean(
        fg.Users(samples=[n for n, _ in users], importance=[a for _, a in users]),
        draw(st.sampled_from([0.0, 0.1, 1.0, 20.0])),
        10.0,
        levels,
        draw(st.sampled_from(["equal", "samples"])),
        scale=draw(st.sampled_from([1, 3])),
    )
    return utility, draw(st.lists(st.integers(0, len(levels) - 1), min_size=size, max_size=size))


# Against all counts ---------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(laplaces(), st.integers(0, 1))
def test_linear_laplace_against_rationals(case, extra):
    agree_with_counts(*case, extra, exact=True)


@settings(max_examples=40, deadline=None)
@given(federations(), st.integers(0, 1))
def test_federations(case, extra):
    agree_with_counts(*case, extra)


@settings(max_examples=40, deadline=None)
@given(populations(), st.data(), st.integers(0, 1))
def test_tables_of_which_no_bound_is_known(population, data, extra):
    """Then nothing is left out."""
    n_users, n_levels = population.table.ndim, population.table.shape[0]
    profile = data.draw(st.lists(st.integers(0, n_levels - 1), min_size=n_users, max_size=n_users))
    agree_with_counts(TypedTable(population.table, population.types), profile, extra, exact=True)


@pytest.mark.parametrize("levels", [[0, 0.05], [0, 0.02, 0.05]], ids=len)
@pytest.mark.parametrize("rule", ["users", "coalition"])
def test_a_utility_of_ones_own_with_a_bound_and_three_types(levels, rule):
    """U on counts is all that it gives; the same users told to be of one type are the oracle, by all counts."""
    typed = OwnBound(45, levels)
    profile = [k % len(levels) if k % 7 else 0 for k in range(45)]
    found = fg.payments(typed, profile, rule=rule, method="windows")
    right = fg.payments(OneType(45, levels), profile, rule=rule, method="counts")
    assert np.abs(found.payments - right.payments).max() <= found.error_bound + right.error_bound <= 1e-11


class OneType(OwnBound):
    @property
    def types(self):
        return (0,) * self.n_users


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("dropped", [1e-12, 1e-6, 1e-2])
@pytest.mark.parametrize(
    ("utility", "profile"),
    [
        (fg.LinearLaplace(260, [0, "1/2", 2, "inf"]), [1] * 90 + [2] * 70 + [3] * 2 + [0] * 98),
        (fg.LinearLaplace(200, [0, "1/2"]), [1] * 190 + [0] * 10),
        (
            fg.FederatedMean(fg.Users(samples=[1.0] * 50 + [30.0] * 45), 1.0, 10.0, aggregation="samples"),
            [1] * 48 + [0, 2] + [1] * 44 + [2],
        ),
    ],
    ids=["levels", "one kind", "types"],
)
def test_what_is_left_out_is_within_the_bound(utility, profile, dropped, extra, monkeypatch):
    """Even where that is so much that it is seen."""
    monkeypatch.setattr(windows_sizes, "_DROPPED", dropped)
    agree_with_counts(utility, profile, extra, exact=False)


def test_windows_are_windows(monkeypatch):
    """Most counts are not looked at; and leaving out more is seen in the bound."""
    utility, counts = fg.LinearLaplace(400, [0, 1, 2]), np.array([[0, 200, 200]])
    asked = []
    plain = UtilityOnCounts.at
    monkeypatch.setattr(UtilityOnCounts, "at", lambda self, found: asked.append(len(found[0])) or plain(self, found))
    errors = []
    for dropped in (1e-12, 1e-4):
        monkeypatch.setattr(windows_sizes, "_DROPPED", dropped)
        windows = TruncatedCounts(utility, counts, 0)
        windows.own_values()
        errors.append(windows.error)
    assert sum(asked) < 201**2
    assert errors[0] < 1e-12
    assert errors[1] > 1e-7


@pytest.mark.parametrize("rule", RULES)
def test_the_potential(rule):
    """Of tables, by the transform over all profiles."""
    rng = np.random.default_rng(3)
    by_counts = np.append(0.0, rng.normal(size=35))
    numbers = {}
    table = np.zeros((3,) * 6)
    for profile in np.ndindex(table.shape):
        key = (profile.count(1), profile.count(2))
        table[profile] = by_counts[numbers.setdefault(key, len(numbers))]
    extra = RULES.index(rule)
    right, error = refined_potential(table, extra)
    for profile in ((1, 1, 1, 2, 2, 2), (1, 0, 2, 1, 0, 0), (0,) * 6):
        counts = np.array([[profile.count(level) for level in range(3)]])
        windows = TruncatedCounts(TypedTable(table, (0,) * 6), counts, extra)
        found = windows.potential
        assert abs(found - right[profile]) <= windows.error + error


def test_values_are_differences_of_the_potential():
    """Of linear-Laplace, for 600 users: P after a move less P without the user."""
    utility, counts = fg.LinearLaplace(600, [0, "1/2", 2]), np.array([[20, 300, 280]])
    windows = TruncatedCounts(utility, counts, 0)
    moves = all_moves(counts, 0)
    for (x, y), value in windows.values(0, moves).items():
        without = counts.copy()
        without[0, x] -= 1
        without[0, 0] += 1
        others = TruncatedCounts(utility, without, 0)
        after = without.copy()
        after[0, 0] -= 1
        after[0, y] += 1
        moved = TruncatedCounts(utility, after, 0)
        gap = moved.potential - others.potential
        assert abs(value - gap) <= windows.error + moved.error + others.error


# A rule for sizes -----------------------------------------------------------------------------

#: Users on each of two levels, and levels between which U bends at some size.
BENDS = [
    ((445, 55), ["1/5", "9/20"]),
    ((60, 440), ["1/20", 2]),
    ((250, 250), ["7/100", "71/1000"]),
    ((300, 200), ["3/10", "31/100"]),
    ((250, 250), [1, 3]),
    ((1594, 178), ["3/50", "23/20"]),
]


def everything(utility, counts, extra) -> list[tuple[float, float]]:
    """Own values, all moves, and in the end the potential, each with the bound that was stated by then."""
    windows = TruncatedCounts(utility, counts, extra)
    found = [(value, windows.error) for value in windows.own_values().values()]
    for number in range(len(counts)):
        values = TruncatedCounts(utility, counts, extra)
        found += [(value, values.error) for value in values.values(number, all_moves(counts, number)).values()]
    potential = windows.potential
    return [*found, (potential, windows.error)]


def agree_with_all_sizes(utility, counts, extra, monkeypatch) -> float:
    right = everything(utility, counts, extra)
    monkeypatch.setattr(windows_sizes, "ALL_SIZES", 0)
    found = everything(utility, counts, extra)
    for (near, error), (value, rounding) in zip(found, right, strict=True):
        assert abs(near - value) <= error + rounding
    assert right[-1][1] < found[-1][1]
    return found[-1][1]


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize(("sizes", "levels"), BENDS)
def test_the_rule_knows_what_it_misses(sizes, levels, extra, monkeypatch):
    utility = fg.LinearLaplace(sum(sizes), [0, *levels])
    assert agree_with_all_sizes(utility, np.array([[0, *sizes]]), extra, monkeypatch) < 1e-6


def test_the_rule_for_a_federation(monkeypatch):
    users = fg.Users(samples=[1.0] * 120 + [12.0] * 131)
    utility = fg.FederatedMean(users, 1.0, 10.0, aggregation="samples")
    error = agree_with_all_sizes(utility, np.array([[0, 120, 0], [31, 100, 0]]), 0, monkeypatch)
    assert error < 1e-7 * utility.at([1] * 220 + [0] * 31)


# Thousands ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utility", "profile", "rule", "relative"),
    [
        (fg.LinearLaplace(3000, [0, "1/2", 2]), [1] * 1500 + [2] * 1500, "users", 1e-8),
        (fg.LinearLaplace(2500, [0, "1/2", 1, 2]), [1] * 900 + [2] * 700 + [3] * 890 + [0] * 10, "coalition", 1e-5),
        (fg.LinearLaplace(3000, [0, "1/2", 1, "inf"]), [1] * 1000 + [2] * 1000 + [3] * 1000, "users", 1e-5),
        (
            fg.FederatedMean(fg.Users(samples=[1, 3, 10] * 110), 1.0, 10.0, aggregation="samples"),
            [1] * 330,
            "users",
            1e-8,
        ),
    ],
    ids=["two levels", "three levels, platform", "three levels, one free", "FedAvg"],
)
def test_thousands_add_up(utility, profile, rule, relative):
    """That the values sum to U is nowhere used."""
    found = fg.payments(utility, profile, rule=rule)
    assert (found.method, found.statistical) == ("windows", False)
    sharing = np.count_nonzero(profile)
    assert abs(found.efficiency_residual) <= (sharing + 1) * found.error_bound
    assert abs(found.efficiency_residual) <= 1e-9 * found.utility
    assert found.error_bound <= relative * found.payments.max()
    assert found.utility == pytest.approx(utility.at(profile), rel=1e-12)
    assert (found.payments[np.array(profile) == 0] == 0).all()


def test_two_levels_of_which_one_is_nobody_s():
    """A thousand users at one ε are worth a thousandth of U each, and who enters another is priced by hand."""
    utility, counts = fg.LinearLaplace(1000, [0, 1, 3]), np.array([[0, 1000, 0]])
    windows = TruncatedCounts(utility, counts, 0)
    assert abs(windows.values(0, [(1, 1)])[1, 1] - windows.total / 1000) <= windows.error
    s = np.arange(1000)
    without, joined = (utility.on_counts([np.stack([1000 - s - one, s, 0 * s + one], axis=1)]) for one in (0, 1))
    value = windows.values(0, [(1, 2)])[1, 2]
    assert abs(value - math.fsum(joined - without) / 1000) <= windows.error + 2 * utility.rounding


# Parts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("own", "total"), [(1, 1), (1, 50), (50, 51), (20, 60), (300, 900), (3, 2000)])
def test_chances_of_draws(own, total):
    """Against quotients of binomials."""
    sizes = np.arange(total + 1)
    draws = Draws(own, total, sizes)
    for size in sizes[:: max(1, total // 12)].tolist():
        row = draws.flat.reshape(total + 1, -1)[size]
        listed = range(int(draws.mode[size] - draws.lower[-1, size]), int(draws.mode[size] + draws.upper[-1, size]) + 1)
        left = Fraction(1)
        for count in listed:
            right = Fraction(math.comb(own, count) * math.comb(total - own, size - count), math.comb(total, size))
            left -= right
            near = Fraction(float(row[draws.reach + count - draws.mode[size]]))
            assert abs(near - right) <= draws.slips * Fraction(_UNIT_ROUNDOFF) * right
        assert 0 <= left <= Fraction(1, 10**30)


def test_every_count_is_listed_once():
    lists = Lists([2, 3, 4], np.arange(10), np.zeros(10))
    found = {}
    for cells in lists.of(np.arange(10)):
        for row, chance in zip(np.stack(cells.counts, axis=1).tolist(), cells.chances.tolist(), strict=True):
            assert found.setdefault(tuple(row), chance) == chance
    assert len(found) == 3 * 4 * 5
    for row, chance in found.items():
        ways = math.prod(math.comb(own, count) for own, count in zip((2, 3, 4), row, strict=True))
        assert chance == pytest.approx(ways / math.comb(9, sum(row)), rel=1e-14)


@settings(max_examples=60, deadline=None)
@given(st.one_of(federations(), laplaces()))
def test_u_and_what_is_known_of_it(case):
    """At one profile, against the utility itself; U lies between 0 and the bound."""
    utility, profile = case
    kinds = sorted({(kind, level) for kind, level in zip(utility.types, profile, strict=True) if level})
    if not kinds:
        return
    pairs = list(zip(utility.types, profile, strict=True))
    worth = UtilityOnCounts(utility, kinds, [pairs.count(kind) for kind in kinds])
    found = worth.at([np.array([pairs.count(kind)]) for kind in kinds]).item()
    assert abs(found - utility.at(profile)) <= worth.rounding + utility.rounding
    assert worth.rounding <= 1e-10
    assert -worth.rounding <= found <= utility.bound + worth.rounding


def test_the_bound_of_a_federation_is_reached():
    """By all who send their means; so it is no larger than need be."""
    users = fg.Users(samples=[1.0, 3.0, 80.0], importance=[1.0, 2.0, 0.5])
    for between in (0.0, 0.5, 30.0):
        utility = fg.FederatedMean(users, between, 10.0, scale=3)
        assert utility.bound == pytest.approx(utility.at((2, 2, 2)), rel=1e-5)
        assert utility.bound >= utility.at((2, 2, 2))


# Banzhaf --------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.one_of(federations(), laplaces()))
def test_banzhaf(case):
    found, right = (banzhaf(*case, method=method) for method in ("windows", "counts"))
    for near, value in zip(found.payments, right.payments, strict=True):
        assert abs(near - float(value)) <= found.error_bound + right.error_bound


def test_banzhaf_of_hundreds():
    utility, profile = fg.LinearLaplace(300, [0, "1/2", 2]), [1] * 140 + [2] * 150 + [0] * 10
    found, right = (banzhaf(utility, profile, exact=False, method=method) for method in ("windows", "counts"))
    assert np.abs(found.payments - right.payments).max() <= found.error_bound + right.error_bound
    assert found.error_bound < 1e-12


# Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utility", "profile", "message"),
    [
        (fg.TableUtility(np.zeros((2, 2))), (1, 1), "no bound on the table utility is known.*you can use subsets"),
        (
            fg.FederatedMean(fg.Users(samples=range(1, 14)), 1.0, 10.0),
            (1,) * 13,
            "12 kinds of users at most.*here are 13",
        ),
        (fg.LinearLaplace(5000, range(9)), [k % 9 for k in range(5000)], r"about \de\+\d\d values of U"),
    ],
)
def test_what_windows_are_not_for(utility, profile, message):
    with pytest.raises(InputError, match=message):
        fg.payments(utility, profile, method="windows")


def test_windows_have_no_rationals():
    with pytest.raises(InputError, match="exact rationals were asked for"):
        fg.payments(fg.LinearLaplace(3, [0, 1]), (1,) * 3, exact=True, method="windows")


def test_nobody_moves_from_where_nobody_is():
    windows = TruncatedCounts(fg.LinearLaplace(4, [0, 1, 2, 3]), np.array([[1, 3, 0, 0]]), 0)
    with pytest.raises(InputError, match=r"nobody of type 0 is on level indices \[2, 3\]"):
        windows.values(0, [(2, 1), (3, 0), (1, 1)])


def test_nobody_shares():
    found = fg.payments(fg.LinearLaplace(3, [0, 1]), (0, 0, 0), method="windows")
    assert (found.payments.tolist(), found.utility, found.error_bound) == ([0, 0, 0], 0, 0)


def test_memory_is_asked_for_before(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 10**6)
    with pytest.raises(TooLargeError, match=r"Windows of counts for 4,001 sizes.*sampling"):
        fg.payments(fg.LinearLaplace(4000, [0, 1, 2]), [1, 2] * 2000, method="windows")


def test_steps_are_announced():
    heard = []
    with listening(lambda *step: heard.append(step)):
        fg.payments(fg.LinearLaplace(600, [0, 1, 2]), [1, 2] * 300, exact=False, method="windows")
    assert heard[0][0] == "payments: windows of counts"
    assert heard[-1][1] == heard[-1][2] == len(heard) - 1
