"""Payment rules against the definitions written out, and what a rule declares against what it pays."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations, permutations, product
from math import factorial

import pytest

import fairgames as fg
from fairgames.testing import check_rule
from fairgames.valuation.rules import COALITION, USERS, Banzhaf, Proportional, Rule, Semivalue, to_rule

LEVELS = [0, 1, 2]


def table_of(draw, n, n_levels):
    """U at every profile as a dictionary; 0 where nobody shares."""
    return {
        profile: Fraction(draw.randint(1, 20), 10) if any(profile) else Fraction(0)
        for profile in product(range(n_levels), repeat=n)
    }


def nested(table, n_levels, place=()):
    n = len(next(iter(table)))
    return table[place] if len(place) == n else [nested(table, n_levels, (*place, x)) for x in range(n_levels)]


def part(profile, members):
    return tuple(level if user in members else 0 for user, level in enumerate(profile))


def shapley(table, profile, platform=False):
    """The mean over all orders; with the platform, nobody is worth anything before it comes."""
    sharing = [user for user, level in enumerate(profile) if level]
    players = [*sharing, "platform"] if platform else sharing
    found = [Fraction(0)] * len(profile)

    def worth(members):
        return table[part(profile, members)] if not platform or "platform" in members else Fraction(0)

    for order in permutations(players):
        for place, player in enumerate(order):
            if player != "platform":
                found[player] += worth(order[: place + 1]) - worth(order[:place])
    return [value / factorial(len(players)) for value in found]


def banzhaf(table, profile):
    sharing = [user for user, level in enumerate(profile) if level]
    found = [Fraction(0)] * len(profile)
    for user in sharing:
        others = [other for other in sharing if other != user]
        for size in range(len(others) + 1):
            for members in combinations(others, size):
                gain = table[part(profile, (*members, user))] - table[part(profile, members)]
                found[user] += gain / 2 ** len(others)
    return found


def proportional(table, profile):
    total = sum(LEVELS[level] for level in profile)
    return [table[profile] * LEVELS[level] / total if level else Fraction(0) for level in profile]


DEFINITIONS = {
    "users": shapley,
    "coalition": lambda table, profile: shapley(table, profile, platform=True),
    "banzhaf": banzhaf,
    "proportional": proportional,
}


def optimum(values, table, costs, n_levels, efficient):
    """The most that is kept at a pure equilibrium, from each profile's conditions, which are linear in α."""
    best = None
    for profile in table:
        low, high, own = Fraction(0), Fraction(1), values(table, profile)
        for user, level in product(range(len(profile)), range(n_levels)):
            if level == profile[user]:
                continue
            gain = own[user] - values(table, (*profile[:user], level, *profile[user + 1 :]))[user]
            step = costs[user][profile[user]] - costs[user][level]
            if gain > 0:
                low = max(low, step / gain)
            elif gain < 0:
                high = min(high, step / gain)
            elif step > 0:
                low = Fraction(2)
        for alpha in (low, high):
            if low <= high:
                kept = table[profile] - alpha * (table[profile] if efficient else sum(own))
                best = kept if best is None else max(best, kept)
    return best


@pytest.mark.parametrize("rule", DEFINITIONS)
@pytest.mark.parametrize("seed", range(6))
def test_payments_and_games_are_as_defined(rule, seed):
    draw = random.Random(seed)
    n, n_levels = draw.choice([2, 3]), draw.choice([2, 3])
    table, alpha = table_of(draw, n, n_levels), Fraction(1 if rule == "coalition" else draw.randint(1, 9), 10)
    utility = fg.TableUtility(nested(table, n_levels), levels=LEVELS[:n_levels])
    costs = [[Fraction(0), *(Fraction(draw.randint(0, 8), 20) for _ in range(n_levels - 1))] for _ in range(n)]
    share = None if rule == "coalition" else alpha
    payoffs = fg.PaymentGame(utility, fg.Users(sensitivity=costs), rule=rule).at(share).payoffs
    for profile in table:
        right = DEFINITIONS[rule](table, profile)
        paid = fg.payments(utility, profile, rule=rule).payments
        assert list(paid) == right, profile
        factor = 1 if share is None else alpha
        assert [payoffs[(*profile, user)] for user in range(n)] == [
            factor * right[user] - costs[user][profile[user]] for user in range(n)
        ]


@pytest.mark.parametrize("rule", ["users", "banzhaf", "proportional"])
@pytest.mark.parametrize("seed", range(20))
def test_designs_are_the_best_of_all_profiles(rule, seed):
    draw = random.Random(100 + seed)
    n, n_levels = draw.choice([2, 3]), draw.choice([2, 3])
    table = table_of(draw, n, n_levels)
    costs = [[Fraction(0), *(Fraction(draw.randint(0, 8), 20) for _ in range(n_levels - 1))] for _ in range(n)]
    utility = fg.TableUtility(nested(table, n_levels), levels=LEVELS[:n_levels])
    game = fg.PaymentGame(utility, fg.Users(sensitivity=costs), rule=rule)
    right = optimum(DEFINITIONS[rule], table, costs, n_levels, efficient=rule != "banzhaf")
    if right is None:
        with pytest.raises(fg.NoAnswerError):
            fg.design(game, scope="pure")
    else:
        assert fg.design(game, scope="pure").platform_utility == right
        floats = fg.design(fg.PaymentGame(utility, fg.Users(sensitivity=costs), rule=rule, exact=False), scope="pure")
        assert floats.platform_utility == pytest.approx(float(right), rel=1e-12, abs=1e-12)


def test_a_rule_without_potential_on_a_flat_utility():
    """U is 1 wherever somebody shares, so users race for the higher level."""
    rows = [["0", "0.1", "0.3"], ["0", "0.3", "0.32"]]
    utility = fg.TableUtility([[0, 1, 1], [1, 1, 1], [1, 1, 1]], levels=LEVELS)
    game = fg.PaymentGame(utility, fg.Users(sensitivity=rows), rule="proportional")
    values = {profile: Fraction(int(any(profile))) for profile in product(range(3), repeat=2)}
    right = optimum(proportional, values, [[Fraction(cost) for cost in row] for row in rows], 3, efficient=True)
    assert fg.design(game, scope="pure").platform_utility == right


class EqualSplit(Rule):
    name = "equal-split"
    source = "this test"
    steepness = 1.0

    def values(self, coalitions):
        return coalitions.numbers([1] * len(coalitions)) * coalitions.total / len(coalitions)


@pytest.mark.parametrize(
    "rule", [USERS, COALITION, Banzhaf(), Proportional(), EqualSplit()], ids=lambda rule: rule.name
)
def test_what_rules_declare_holds(rule):
    check_rule(rule)


class Wasteful(EqualSplit):
    def values(self, coalitions):
        return super().values(coalitions) / 2


class FirstOfAll(EqualSplit):
    def values(self, coalitions):
        return coalitions.numbers([1] + [0] * (len(coalitions) - 1)) * coalitions.total


class Squared(EqualSplit):
    efficient = False
    steepness = 100.0

    def values(self, coalitions):
        return super().values(coalitions) * coalitions.total


class Steeper(EqualSplit):
    steepness = 0.1


class NoPotential(Proportional):
    potential = "exact"

    def potential_at(self, coalitions):
        return coalitions.total if len(coalitions) else Fraction(0)


class Floats(EqualSplit):
    def values(self, coalitions):
        return [float(coalitions.total) / len(coalitions)] * len(coalitions)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Wasteful(), "efficient"),
        (FirstOfAll(), "symmetric"),
        (Squared(), "algebraic"),
        (Steeper(), "steepness"),
        (NoPotential(), "potential"),
    ],
)
def test_wrong_declarations_are_caught(rule, said):
    with pytest.raises(AssertionError, match=said):
        check_rule(rule)


def test_floats_where_u_is_rational_are_caught():
    with pytest.raises((AssertionError, fg.InputError), match=r"floats|rational"):
        check_rule(Floats())


def test_weights_that_do_not_belong_together_have_no_potential():
    class Odd(Semivalue):
        name, source = "odd", "this test"

        def weight(self, size, n):
            return Fraction(1, n + size)

    with pytest.raises(AssertionError, match="potential"):
        check_rule(Odd())


def test_numbers_make_no_rule():
    with pytest.raises(fg.InputError, match="extra = 0"):
        Rule(2, True)


def test_the_nearest_name_is_told():
    with pytest.raises(fg.InputError, match="did you mean 'banzhaf'"):
        to_rule("banzaf")


def test_a_rule_of_another_package(monkeypatch):
    class Point:
        name, value = "equal-split", "my_package:EqualSplit"

        def load(self):
            return EqualSplit

    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda group: [Point()] if group == "fairgames.rules" else []
    )
    monkeypatch.setattr("fairgames.valuation.rules.registry.RULES", {"users": USERS})
    utility = fg.LinearLaplace(2, levels=[0, "inf"])
    assert list(fg.payments(utility, (1, 1), rule="equal-split").payments) == [Fraction(1, 2)] * 2


@pytest.mark.parametrize("methods", [frozenset(), frozenset({"guess"}), {"subsets"}])
def test_methods_that_there_are_not(methods):
    class Odd(EqualSplit):
        pass

    Odd.methods = methods
    with pytest.raises(fg.InputError, match="methods: expected a frozenset"):
        to_rule(Odd())


def test_numbers_that_are_enclosed_go_with_arrays():
    class Less(EqualSplit):
        efficient = False

        def values(self, coalitions):
            n = len(coalitions)
            return coalitions.total - coalitions.total * coalitions.numbers([Fraction(n - 1, n)] * n)

    users = fg.Users(samples=[10, 20], sensitivity=[[0, 0.1, 0.2], [0, 0.2, 0.4]])
    game = fg.PaymentGame(fg.FederatedMean(users, 2, 10), users, rule=Less())
    same = fg.PaymentGame(fg.FederatedMean(users, 2, 10), users, rule=EqualSplit())
    right, found = (fg.design(one, scope="pure") for one in (same, game))
    assert (found.profile, found.platform_utility) == (right.profile, pytest.approx(right.platform_utility, rel=1e-9))
