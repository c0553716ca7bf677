"""Payment rules as an open set: each against its definition, coalition by coalition, wherever rules are taken."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise, permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fairgames as fg
from fairgames.equilibria.pure.at_share import equilibria_at
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.mechanism.robustness import robustness
from fairgames.solvers.definition import Definition
from fairgames.solvers.verify_design import verify_design
from fairgames.testing import check_rule, faults_of_rule
from fairgames.utilities.blocks import outer_sum
from fairgames.valuation import AlphaOfUtility, IncrementalPayments
from fairgames.valuation.rules import RULES, Banzhaf, Coalitions, Proportional, Rule, Semivalue, registry, to_rule

Worth = Callable[[tuple[int, ...]], Fraction]


def inside(profile: tuple[int, ...], members: Any) -> tuple[int, ...]:
    return tuple(level if user in members else 0 for user, level in enumerate(profile))


def shapley(worth: Worth, profile: tuple[int, ...], _: Any) -> list[Fraction]:
    """The mean over all orders in which users come, of what each adds."""
    n, total = len(profile), [Fraction(0)] * len(profile)
    for order in permutations(range(n)):
        for place, user in enumerate(order):
            total[user] += worth(inside(profile, order[: place + 1])) - worth(inside(profile, order[:place]))
    return [value / math.factorial(n) for value in total]


def coalition(worth: Worth, profile: tuple[int, ...], _: Any) -> list[Fraction]:
    """The same with the platform, without which nothing is worth anything, as user number N."""
    n = len(profile)

    def with_platform(there: tuple[int, ...]) -> Fraction:
        return worth(there[:n]) if there[n] else Fraction(0)

    return shapley(with_platform, (*profile, 1), None)[:n]


def banzhaf(worth: Worth, profile: tuple[int, ...], _: Any) -> list[Fraction]:
    """The mean over all coalitions of the others, all N − 1 of them, of what a user adds."""
    n, found = len(profile), []
    for user in range(n):
        others = [other for other in range(n) if other != user]
        added = [
            worth(inside(profile, {*some, user})) - worth(inside(profile, some))
            for size in range(n)
            for some in combinations(others, size)
        ]
        found.append(sum(added, start=Fraction(0)) / 2 ** (n - 1))
    return found


def proportional(worth: Worth, profile: tuple[int, ...], levels: Any) -> list[Fraction]:
    chosen = [levels[level] for level in profile]
    if math.inf in chosen:
        chosen = [Fraction(level == math.inf) for level in chosen]
    whole = sum(chosen)
    return [worth(profile) * level / whole if whole else Fraction(0) for level in chosen]


DEFINITIONS = {"users": shapley, "coalition": coalition, "banzhaf": banzhaf, "proportional": proportional}


def table(seed: int, n: int = 3, n_levels: int = 3) -> fg.TableUtility:
    """Not monotone, partly negative."""
    generator = random.Random(seed)
    values = np.array([Fraction(generator.randint(-4, 30), generator.randint(1, 6)) for _ in range(n_levels**n)])
    values[0] = Fraction(0)
    return fg.TableUtility(values.reshape((n_levels,) * n).tolist())


def sensitivities(seed: int, n: int = 3, n_levels: int = 3) -> list[list[Fraction]]:
    generator = random.Random(seed)
    return [[Fraction(0), *(Fraction(generator.randint(0, 12), 4) for _ in range(n_levels - 1))] for _ in range(n)]


def game(rule: str | Rule, seed: int) -> fg.PaymentGame:
    return fg.PaymentGame(table(seed), fg.Users(sensitivity=sensitivities(seed + 1)), rule)


def by_definition(rule: str, utility: fg.Utility, profile: tuple[int, ...]) -> list[Fraction]:
    def worth(there: tuple[int, ...]) -> Fraction:
        return utility.exact_at(there) if utility.rational else Fraction(utility.at(there))

    return DEFINITIONS[rule](worth, profile, utility.levels)


def intervals(rule: str, of: fg.PaymentGame) -> dict[tuple[int, ...], tuple[Fraction, Fraction]]:
    """The α in [0, 1] at which each profile is an equilibrium, condition by condition."""
    profiles = list(product(*of.strategies))
    paid = {profile: by_definition(rule, of.utility, profile) for profile in profiles}
    found = {}
    for profile in profiles:
        low, high = Fraction(0), Fraction(1)
        for user, choices in enumerate(of.strategies):
            for level in choices:
                there = (*profile[:user], level, *profile[user + 1 :])
                gain = paid[profile][user] - paid[there][user]
                step = of.costs[user][profile[user]] - of.costs[user][level]
                if gain > 0:
                    low = max(low, step / gain)
                elif gain < 0:
                    high = min(high, step / gain)
                elif step > 0:
                    high = Fraction(-1)
        if low <= high:
            found[profile] = (low, high)
    return found


@pytest.mark.parametrize("rule", DEFINITIONS)
@pytest.mark.parametrize("seed", range(3))
def test_payments_and_payoffs_are_those_of_the_definition(rule: str, seed: int) -> None:
    of = game(rule, seed)
    share = None if rule == "coalition" else Fraction(1, 3)
    payoffs = of.at(share).payoffs
    for profile in product(range(3), repeat=3):
        right = by_definition(rule, of.utility, profile)
        found = fg.payments(of.utility, profile, rule=rule)
        assert found.payments.tolist() == right
        assert found.platform == of.utility.exact_at(profile) - sum(right)
        costs = [of.costs[user][level] for user, level in enumerate(profile)]
        paid = [value * (share or 1) - cost for value, cost in zip(right, costs, strict=True)]
        assert payoffs[profile].tolist() == paid
        assert [of.value(profile, user) for user in range(3)] == right


@pytest.mark.parametrize("rule", DEFINITIONS)
def test_floats_are_as_near_as_they_say(rule: str) -> None:
    utility = fg.FederatedMean(fg.Users(samples=[3, 10, 40, 7]), between=1, within=10)
    of = fg.PaymentGame(utility, fg.Users(samples=[3, 10, 40, 7], sensitivity=[[0, 1, 2]] * 4), rule)
    payoffs = of.payments(None if rule == "coalition" else 1)
    for profile in [(2, 1, 1, 0), (1, 1, 1, 1), (2, 2, 1, 2)]:
        right = by_definition(rule, utility, profile)
        found = fg.payments(utility, profile, rule=rule)
        assert 0 < found.error_bound < 1e-10
        assert (
            max(abs(Fraction(one) - two) for one, two in zip(found.payments, right, strict=True)) <= found.error_bound
        )
        here = payoffs[(slice(None), *profile)]
        assert max(abs(Fraction(one) - two) for one, two in zip(here, right, strict=True)) <= of.value_error


@pytest.mark.parametrize("rule", ["users", "banzhaf", "proportional"])
@pytest.mark.parametrize("seed", range(12))
def test_design_is_the_best_of_all_intervals(rule: str, seed: int) -> None:
    of = game(rule, seed)
    right = intervals(rule, of)
    found = pure_equilibria(of)
    assert {
        tuple(p): (low, high)
        for p, low, high in zip(found.profiles(of).tolist(), found.lower, found.upper, strict=True)
    } == right

    def kept(profile: tuple[int, ...], share: Fraction) -> Fraction:
        return of.utility.exact_at(profile) - share * sum(by_definition(rule, of.utility, profile))

    best = max(kept(profile, end) for profile, ends in right.items() for end in ends)
    design = fg.design(of, scope="pure")
    assert design.platform_utility == best
    assert design.profile in right
    assert design.alpha in right[design.profile]
    assert kept(design.profile, design.alpha) == best
    assert design.payments.tolist() == [design.alpha * v for v in by_definition(rule, of.utility, design.profile)]
    assert design.regret == 0
    standing = robustness(of, design)
    here = [kept(p, design.alpha) for p, (low, high) in right.items() if low <= design.alpha <= high]
    assert standing.worst.platform_utility == min(here)


@pytest.mark.parametrize("rule", ["users", "banzhaf", "proportional"])
def test_pure_equilibria_at_a_share_that_depends_on_u(rule: str) -> None:
    of = game(rule, 5)
    share = AlphaOfUtility([(0, "1/10"), (10, "1/2")])

    def payoff(profile: tuple[int, ...], user: int) -> Fraction:
        worth = of.utility.exact_at(profile)
        part = min(max(Fraction(1, 10) + worth * Fraction(4, 100), Fraction(1, 10)), Fraction(1, 2))
        return part * by_definition(rule, of.utility, profile)[user] - of.costs[user][profile[user]]

    right = [
        profile
        for profile in product(range(3), repeat=3)
        if all(
            payoff((*profile[:user], level, *profile[user + 1 :]), user) <= payoff(profile, user)
            for user in range(3)
            for level in range(3)
        )
    ]
    found = equilibria_at(of, share)
    assert [one.profile for one in found] == right
    assert not found.potential


@pytest.mark.parametrize("rule", ["banzhaf", "proportional"])
def test_ties_of_floats_are_decided(rule: str) -> None:
    """Users alike: two profiles, the same interval; what they leave the platform is equal and said to be."""
    users = fg.Users(samples=[30, 30, 80], sensitivity=[[0, ".2", ".4"], [0, ".2", ".4"], [0, ".1", ".5"]])
    of = fg.PaymentGame(fg.FederatedMean(users, between=1, within=10), users, rule)
    found = pure_equilibria(of)
    assert found.proven.all()
    design = fg.design(of, scope="pure")
    assert not design.undecided
    right = intervals(rule, of)
    assert set(map(tuple, found.profiles(of).tolist())) == set(right)
    for profile, low, high in zip(map(tuple, found.profiles(of).tolist()), found.lower, found.upper, strict=True):
        assert abs(low - right[profile][0]) <= 1e-12
        assert abs(high - right[profile][1]) <= 1e-12
    assert verify_design(of, design, ["fairgames:pure"], samples=7).outcome == "agrees"


def test_where_values_are_negative_the_platform_pays_out_all_it_can() -> None:
    """U = 1 of all three, −10 of any two: Banzhaf's values are −9/4 each, so α = 1 leaves 1 + 27/4."""
    utility = fg.TableUtility([[[0, 0], [0, -10]], [[0, -10], [-10, 1]]])
    users = fg.Users(sensitivity=[[0, 0]] * 3, allowed=[[1]] * 3)
    assert banzhaf(utility.exact_at, (1, 1, 1), None) == [Fraction(-9, 4)] * 3
    found = fg.design(fg.PaymentGame(utility, users, "banzhaf"), scope="pure")
    assert (found.alpha, found.platform_utility) == (1, Fraction(31, 4))


class Measured(fg.Utility):
    """Of which floats are all that is known."""

    kind = "measured"

    @property
    def rounding(self) -> float:
        return 1e-15

    def _block(self, axes: Any) -> Any:
        return 1 - 2.0 ** -outer_sum([np.array([0.0, 1.0, 3.0])[list(axis)] for axis in axes])


@pytest.mark.parametrize("rule", ["banzhaf", "proportional"])
def test_floats_alone_are_verified_within_their_error(rule: str) -> None:
    of = fg.PaymentGame(Measured(3, [0, 1, 3]), fg.Users(sensitivity=[[0, ".05", ".11"]] * 3), rule)
    design = fg.design(of, scope="pure")
    right = intervals(rule, of)
    assert design.profile is not None
    assert abs(design.alpha - right[design.profile][0]) <= 1e-12
    definition = Definition(of)
    for user, value in enumerate(by_definition(rule, of.utility, design.profile)):
        paid = definition.payment(design.profile, user, Fraction(1))
        assert paid.low <= value <= paid.high
        assert paid.high - paid.low <= 2 * Fraction(of.rule.steepness) * Fraction(1.01e-15)
    assert verify_design(of, design, ["fairgames:pure"], samples=7).outcome != "contradicted"


def test_banzhaf_has_the_potential_that_is_claimed() -> None:
    """P(ρ) = 2^{1−n} Σ_S U(ρ_S), over the coalitions of the n who share or, the same, of all N."""
    of = game("banzhaf", 3)
    utility, found = of.utility, of.potential.numbers()
    for profile in product(range(3), repeat=3):
        for among in (range(3), [user for user in range(3) if profile[user]]):
            some = [inside(profile, set(chosen)) for k in range(len(among) + 1) for chosen in combinations(among, k)]
            right = sum(map(utility.exact_at, some), start=Fraction(0)) * Fraction(2, 2 ** len(among))
            assert found[profile] == right
        for user, value in enumerate(banzhaf(utility.exact_at, profile, None)):
            assert found[profile] - found[(*profile[:user], 0, *profile[user + 1 :])] == value


def test_without_a_potential_there_may_be_no_equilibrium_and_design_says_where() -> None:
    seen = 0
    for seed in range(60):
        of = game("proportional", seed)
        right = intervals("proportional", of)
        ends = sorted({end for pair in right.values() for end in pair} | {Fraction(1)})
        gaps = [
            (low, high)
            for low, high in pairwise(ends)
            if not any(a <= (low + high) / 2 <= b for a, b in right.values())
        ]
        said = [warning for warning in fg.design(of, scope="pure").warnings if "no pure equilibrium" in warning]
        assert bool(said) == bool(gaps)
        if gaps:
            seen += 1
            low, high = gaps[0]
            assert f"{float(low):.6g}"[:6] in said[0] or str(low) in said[0]
            nobody = equilibria_at(of, (low + high) / 2)
            assert len(nobody) == 0
            assert not nobody.potential
            assert "no potential" in nobody.note
            with pytest.raises(fg.InputError, match="no pure equilibrium between"):
                fg.design(of, selection="worst", scope="pure")
    assert seen >= 3


@pytest.mark.parametrize("rule", ["banzhaf", "proportional"])
def test_what_does_not_serve_a_rule_refuses(rule: str) -> None:
    of = game(rule, 2)
    for asked in ({"scope": "symmetric"}, {"method": "path"}, {"method": "grid"}):
        with pytest.raises(fg.InputError, match=r"rules 'users' and 'coalition' only.*scope 'pure'"):
            fg.design(of, **asked)  # type: ignore[arg-type]
    two = fg.PaymentGame(table(1, 2), fg.Users(sensitivity=sensitivities(1, 2)), rule)
    with pytest.raises(fg.InputError, match="scope 'pure'"):
        fg.design(two, scope="all")
    assert fg.design(two).scope == "pure"
    from fairgames.equilibria.large.several import by_best_response
    from fairgames.equilibria.types.game import PopulationGame

    with pytest.raises(fg.InputError, match="rules 'users' and 'coalition' only"):
        by_best_response(of, Fraction(1, 2))
    with pytest.raises(fg.InputError, match="rules 'users' and 'coalition' only"):
        _ = PopulationGame(of.utility, of.users, of.rule).potential


def test_methods() -> None:
    """Banzhaf's values by every method that has them; the proportional ones by their formula only."""
    lap = fg.LinearLaplace(9, levels=[0, 1, 2])
    profile = (1, 1, 2, 2, 2, 1, 0, 1, 1)
    right = fg.payments(lap, profile, rule="banzhaf", method="subsets").payments.tolist()
    assert right == banzhaf(lap.exact_at, profile, None)
    for method in ("counts", "auto"):
        assert fg.payments(lap, profile, rule="banzhaf", method=method).payments.tolist() == right
    samples = [3, 9, 20, 20, 50]
    fed = fg.FederatedMean(fg.Users(samples=samples), between=1, within=10)
    sums = fg.payments(fed, (2, 1, 1, 2, 1), rule="banzhaf", method="sums")
    for found, value in zip(sums.payments, by_definition("banzhaf", fed, (2, 1, 1, 2, 1)), strict=True):
        assert abs(Fraction(found) - value) <= sums.error_bound + fed.rounding * 2
    with pytest.raises(fg.InputError, match="does not compute rule 'proportional'; here you can use subsets"):
        fg.payments(fed, (2, 1, 1, 2, 1), rule="proportional", method="sums")
    with pytest.raises(fg.InputError, match=r"'worst'.*use 'best'"):
        fg.design(game("banzhaf", 0), selection="worst", scope="pure")
    with pytest.raises(fg.InputError, match="no potential; use 'best'"):
        fg.design(game("proportional", 0), selection="potential", scope="pure")


def test_a_rule_that_needs_no_coalition_serves_thousands() -> None:
    n = 3000
    fed = fg.FederatedMean(fg.Users(samples=[10] * n), between=1, within=10)
    profile = [1 + user % 2 for user in range(n)]
    found = fg.payments(fed, profile, rule="proportional")
    assert found.payments[0] == pytest.approx(fed.at(profile) / (1.5 * n), rel=1e-12)


def test_incremental_payments_follow_the_rule() -> None:
    for rule in ("banzhaf", "proportional"):
        book = IncrementalPayments(fg.LinearLaplace(4, [0, 1, 2]), (1, 2, 0, 0), rule)
        book.join(3, 2)
        assert book.allocation().payments.tolist() == by_definition(rule, book.utility, (1, 2, 0, 2))


def test_numbers_are_no_rule() -> None:
    with pytest.raises(fg.InputError, match=r"expected extra = 0 with a share α.*class of your own"):
        Rule("two-platforms", extra=2, has_alpha=False, source="dividends shared by |S| + 2")
    with pytest.raises(fg.InputError, match=r"did you mean 'banzhaf'\?"):
        to_rule("banzahf")
    with pytest.raises(fg.InputError, match="expected a name or a"):
        fg.payments(table(0), (1, 1, 1), rule=3)  # type: ignore[arg-type]
    assert [RULES[name].platform for name in DEFINITIONS] == [False, True, False, False]


class Weighted(Rule):
    """Shapley's weighted values: a dividend is shared by weights w_i = i + 1 (Shapley 1953; Kalai & Samet 1987)."""

    name, source, potential, symmetric = "weighted", "Kalai & Samet 1987", "weighted", False

    def user_weight(self, user: int) -> Fraction:
        return Fraction(user + 1)

    def dividends(self, coalitions: Coalitions) -> Any:
        worths = coalitions.worths
        for axis in range(worths.ndim):
            alone, both = np.split(worths, 2, axis=axis)
            worths = np.concatenate([alone, both - alone], axis=axis)
        for place in np.ndindex(worths.shape):
            members = [user for user, yes in zip(coalitions.users, place, strict=True) if yes]
            if members:
                yield members, worths[place], coalitions.numbers([1 / sum(map(self.user_weight, members))])[0]

    def potential_at(self, coalitions: Coalitions) -> Any:
        return sum(dividend * part for _, dividend, part in self.dividends(coalitions))

    def values(self, coalitions: Coalitions) -> Any:
        weights = coalitions.numbers(map(self.user_weight, coalitions.users))
        parts = [
            weight * sum(dividend * part for members, dividend, part in self.dividends(coalitions) if user in members)
            for user, weight in zip(coalitions.users, weights, strict=True)
        ]
        return np.array(parts, dtype=coalitions.worths.dtype)


def test_a_weighted_potential_from_outside() -> None:
    check_rule(Weighted())
    for seed in range(5):
        of = game(Weighted(), seed)
        potential = of.potential.numbers()
        found = fg.design(of, selection="potential", scope="pure")

        def height(profile: tuple[int, ...], of: Any = of, potential: Any = potential, at: Any = found.alpha) -> Any:
            return at * potential[profile] - sum(of.costs[k][level] / (k + 1) for k, level in enumerate(profile))

        assert height(found.profile) == max(map(height, product(range(3), repeat=3)))
        assert found.regret == 0
        with pytest.raises(fg.InputError, match="weighted potential"):
            of.exact_potential("1/2")


@pytest.mark.parametrize("name", DEFINITIONS)
def test_our_rules_are_what_they_say(name: str) -> None:
    check_rule(RULES[name], seed=7)


class Equal(Rule):
    name, source, null_user, steepness = "equal", "split among those who share", False, 1.0

    def values(self, coalitions: Coalitions) -> Any:
        n = len(coalitions)
        return coalitions.numbers([Fraction(1, n)] * n) * coalitions.total


class Floats(Equal):
    def values(self, coalitions: Coalitions) -> Any:
        return np.full(len(coalitions), float(coalitions.total) / len(coalitions))


class Loose(Equal):
    """Rounded to single precision."""

    def values(self, coalitions: Coalitions) -> Any:
        found = super().values(coalitions)
        return found if found.dtype == object else found.astype(np.float32).astype(float)


class TooMany(Equal):
    def values(self, coalitions: Coalitions) -> Any:
        return coalitions.numbers([1] * (len(coalitions) + 1)) * coalitions.total


class Squares(Equal):
    """Not in proportion to U."""

    def values(self, coalitions: Coalitions) -> Any:
        return super().values(coalitions) * coalitions.total


class Best(Equal):
    """To the one who is worth most alone, and so neither linear nor symmetric where two are equal."""

    def values(self, coalitions: Coalitions) -> Any:
        n, worths = len(coalitions), coalitions.worths
        alone = [worths[tuple(int(k == user) for k in range(n))] for user in range(n)]
        return coalitions.numbers([int(k == alone.index(max(alone))) for k in range(n)]) * coalitions.total


class First(Equal):
    def values(self, coalitions: Coalitions) -> Any:
        return coalitions.numbers([1] + [0] * (len(coalitions) - 1)) * coalitions.total


class Skewed(Semivalue):
    """Weights by size that no potential has: all coalitions of the others count 1/n."""

    name, source = "skewed", "nowhere"

    def weight(self, size: int, n: int) -> Fraction:
        return Fraction(1, n)


class Off(Banzhaf):
    """The formula is not that of the weights."""

    def values(self, coalitions: Coalitions) -> Any:
        return super().values(coalitions) * coalitions.numbers([2])[0]


class WrongPotential(Banzhaf):
    def shared(self, size: int, n: int) -> Fraction:
        return super().shared(size, n) * 2


class Unweighted(Weighted):
    """Weights that are not those of the values."""

    def user_weight(self, user: int) -> Fraction:
        return Fraction(2 * user + 1)

    def values(self, coalitions: Coalitions) -> Any:
        return Weighted().values(coalitions)


class Missing(Weighted):
    def potential_at(self, coalitions: Coalitions) -> Any:
        return Rule.potential_at(self, coalitions)


def declared(rule: type[Rule], **others: Any) -> Rule:
    return type("Declared", (rule,), others)()


LIES = {
    "floats of rationals": (Floats(), "expected a Fraction"),
    "loose floats": (Loose(), "off the rationals"),
    "shape": (TooMany(), "expected one value for each"),
    "not in proportion": (Squares(), "no share of it"),
    "not linear": (Best(), "algebraic"),
    "null user": (declared(Equal, null_user=True), "null_user"),
    "sums": (declared(Banzhaf, efficient=True), "efficient: values add up"),
    "symmetric": (First(), "symmetric"),
    "symmetric weights": (declared(Weighted, symmetric=True), "symmetric"),
    "no potential": (declared(Proportional, potential="exact"), "around the cycle"),
    "not exact": (declared(Weighted, potential="exact"), "around the cycle|'weighted'"),
    "weights": (
        Unweighted(),
        "is paid",
    ),
    "no formula of P": (Missing(), "write it"),
    "no potential by sizes": (Skewed(), "so there is no potential"),
    "formula": (Off(), "coalition by coalition"),
    "P": (WrongPotential(), "falls by"),
    "steepness": (declared(Equal, steepness=0.4), "steepness: values move"),
    "steepness of sums": (declared(Banzhaf, steepness=1.0), "steepness: values move"),
    "no source": (declared(Equal, source=""), "source: expected a text"),
    "no name": (declared(Equal, name=None), "name: expected a text"),
    "kind": (declared(Equal, potential="some"), "potential: expected"),
    "platform": (declared(Equal, platform=1), "platform: expected True or False"),
    "zero": (declared(Equal, steepness=0), "steepness: expected"),
}


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_told(lie: str) -> None:
    rule, words = LIES[lie]
    faults = faults_of_rule(rule)
    assert any(re.search(words, fault) for fault in faults), faults
    with pytest.raises((AssertionError, fg.InputError), match=words):
        check_rule(rule)


def test_what_is_sound_passes() -> None:
    check_rule(Equal())
    check_rule(declared(Best, algebraic=False, symmetric=False))
    check_rule(declared(Skewed, potential=None, steepness=4.0))


def test_lies_are_refused_where_they_are_met() -> None:
    twice = declared(Equal, values=lambda self, c: Equal().values(c) * c.numbers([2])[0])
    with pytest.raises(fg.InputError, match="the values add up to"):
        fg.payments(table(0), (1, 1, 1), rule=twice)
    with pytest.raises(fg.InputError, match="expected one value for each"):
        game(TooMany(), 0).at("1/2")
    with pytest.raises(fg.InputError, match="expected rationals"):
        fg.payments(table(0), (1, 1, 1), rule=Floats())


def test_comparisons_in_a_formula_are_left_open() -> None:
    """A rule that compares values of U cannot be followed in symbols: near ties are said to be open."""
    rule = declared(Best, algebraic=False, symmetric=False)
    users = fg.Users(samples=[30, 30], sensitivity=[[0, ".2", ".4"]] * 2)
    found = pure_equilibria(fg.PaymentGame(fg.FederatedMean(users, between=1, within=10), users, rule))
    assert len(found)


PACKAGE = """
from fractions import Fraction
from fairgames.valuation.rules import Rule

class Equal(Rule):
    name, source = "equal", "split among those who share"
    null_user, steepness = False, 1.0

    def values(self, coalitions):
        return coalitions.numbers([Fraction(1, len(coalitions))] * len(coalitions)) * coalitions.total

def broken():
    raise RuntimeError("no licence")
"""

SCENARIO = """
[utility]
kind = "linear-laplace"
levels = [0, 1, 2]
[payment]
rule = "equal"
[[users]]
name = "a"
count = 3
sensitivity = [0, 0.01, 0.03]
level = 2
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another person's package with a rule, installed."""
    (tmp_path / "their_rules.py").write_text(PACKAGE)
    info = tmp_path / "their_rules-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-rules\nVersion: 1\n")
    points = "[fairgames.rules]\nequal = their_rules:Equal\nfair-cut = their_rules:broken\nother = their_rules:Equal\n"
    (info / "entry_points.txt").write_text(points)
    (tmp_path / "s.toml").write_text(SCENARIO)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_loaded_before", {})
    return tmp_path


def test_a_rule_of_another_package(package: Path) -> None:
    read = fg.load(package / "s.toml")
    assert read.rule == "equal"
    found = fg.payments(read.utility, (2, 1, 0), rule=read.rule)
    assert found.payments.tolist() == [read.utility.exact_at((2, 1, 0)) / 2] * 2 + [0]
    with pytest.raises(fg.InputError, match=r"did you mean 'equal'\?"):
        to_rule("eqaul")
    with pytest.raises(fg.InputError, match="cannot be loaded: RuntimeError: no licence"):
        to_rule("fair-cut")
    with pytest.raises(fg.InputError, match="calls itself 'equal'"):
        to_rule("other")
    (package / "s.toml").write_text(SCENARIO.replace('"equal"', '"equel"'))
    with pytest.raises(fg.FairgamesError, match="did you mean that"):
        fg.load(package / "s.toml")


def test_it_serves_the_command_line(package: Path) -> None:
    def asked(*command: str) -> Any:
        path = [str(package), str(Path(fg.__file__).parent.parent)]
        start = f"import sys; sys.path[:0] = {path!r}; from fairgames.start import main; main()"
        done = subprocess.run([sys.executable, "-c", start, *command], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    whole = float(fg.LinearLaplace(3, [0, 1, 2]).exact_at((2, 2, 2)))
    assert asked("payments", str(package / "s.toml"), "--json")["payments"] == pytest.approx([whole / 3] * 3, rel=1e-15)
    found = asked("design", str(package / "s.toml"), "--json")
    assert found["rule"] == "equal"
    of = fg.PaymentGame(fg.LinearLaplace(3, [0, 1, 2]), fg.Users(sensitivity=[[0, ".01", ".03"]] * 3), Equal())
    assert found["platform_utility"] == pytest.approx(float(fg.design(of, scope="pure").platform_utility), rel=1e-15)
