"""Appendix E: two users, two levels ρ'₁ < ρ'₂, sensitivities c₁ and c₂; nine cases, as printed and as right.

p and q are the probabilities of the more private level ρ'₁; γ(p) = φ(ρ'₂; p) − φ(ρ'₁; p) is what a
user's value gains by the less private level when the other plays p (eq. 23). Both assumptions
hold here, so γ > 0 increases, γ_max = γ(1) and γ_min = γ(0). γ comes from eq. 7 alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.equilibria.two_users.branches import branches
from fairgames.exact import object_array
from fairgames.games.certificate import certify
from tests.oracles import shapley

F = Fraction
Point = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Setting:
    """A symmetric utility of two users with the levels that they may choose, and their sensitivities."""

    table: tuple[tuple[Fraction, ...], ...]
    levels: tuple[int, int]
    costs: tuple[Fraction, Fraction]

    def value(self, own: int, other: int) -> Fraction:
        """φ(own; other), eq. 7 with α = 1."""
        return shapley(lambda profile: self.table[profile[0]][profile[1]], (own, other))[0]

    def gamma(self, p: Fraction) -> Fraction:
        low, high = self.levels
        gain = {other: self.value(high, other) - self.value(low, other) for other in self.levels}
        return p * gain[low] + (1 - p) * gain[high]

    @property
    def gammas(self) -> tuple[Fraction, Fraction]:
        """(γ_min, γ_max)."""
        return self.gamma(F(0)), self.gamma(F(1))

    def inverse(self, value: Fraction) -> Fraction:
        """γ⁻¹; for two users γ is a straight line."""
        least, most = self.gammas
        return (value - least) / (most - least)

    def game(self) -> fg.PaymentGame:
        rows = [[c if level == self.levels[1] else F(0) for level in range(len(self.table))] for c in self.costs]
        users = fg.Users(sensitivity=rows, allowed=[self.levels] * 2)
        return fg.PaymentGame(fg.TableUtility(object_array(sum(self.table, ())).reshape((len(self.table),) * 2)), users)

    def regret(self, alpha: Fraction, point: Point) -> Fraction:
        """What a user could gain, from the payoff table at one share."""
        profile = tuple(object_array([p, 1 - p]) for p in point)
        return certify(self.game().at(alpha), profile).regret


@st.composite
def settings_of_appendix_e(draw: st.DrawFn) -> Setting:
    """Assumptions 1 and 2 hold: U is strictly monotone, and a second user adds less than the first."""
    size = draw(st.sampled_from([2, 3]))
    levels = (0, 1) if size == 2 else draw(st.sampled_from([(0, 2), (1, 2)]))
    steps = [F(k, 30) for k in draw(st.lists(st.integers(3, 20), min_size=size - 1, max_size=size - 1))]
    worth = [sum(steps[:level], start=F(0)) for level in range(size)]
    loss = F(draw(st.integers(1, 8)), 10)  # U = h(worth of both), h(z) = z − loss·z²/(2·most) is increasing and concave
    most = 2 * worth[-1]
    table = tuple(tuple(a + b - loss * (a + b) ** 2 / (2 * most) for b in worth) for a in worth)
    costs = tuple(F(k, 40) for k in draw(st.lists(st.integers(1, 20), min_size=2, max_size=2)))
    return Setting(table, levels, (costs[0], costs[1]))


EQ_10 = ((F(0), F(2, 3)), (F(2, 3), F(1)))


def printed_table(setting: Setting, region: tuple[int, int]) -> set[Point]:
    """Rows and columns as printed: column by α against c₁'s thresholds, row by c₂'s; without the mixed one."""
    column, row = region
    table = [
        [{(1, 1)}, {(0, 1)}, {(0, 1)}],
        [{(1, 0)}, {(1, 0), (0, 1)}, {(0, 1)}],
        [{(1, 0)}, {(1, 0)}, {(0, 0)}],
    ]
    return {(F(p), F(q)) for p, q in table[row][column]}


def corrected_mixed(setting: Setting, alpha: Fraction) -> Point:
    """User 1 is indifferent where αγ(q) = c₁, so q* = γ⁻¹(c₁/α) and p* = γ⁻¹(c₂/α)."""
    return setting.inverse(setting.costs[1] / alpha), setting.inverse(setting.costs[0] / alpha)


def region_of(setting: Setting, alpha: Fraction) -> tuple[int, int] | None:
    """(column, row) of the table; None at a threshold itself."""
    least, most = setting.gammas
    found = []
    for c in setting.costs:
        if alpha in (c / most, c / least):
            return None
        found.append(0 if alpha < c / most else 1 if alpha < c / least else 2)
    return found[0], found[1]


def equilibria_at(setting: Setting, alpha: Fraction) -> set[Point]:
    """From the branches of the whole range of shares."""
    return {(F(x[0]), F(y[0])) for x, y in branches(setting.game()).extreme(alpha)}


def some_shares(setting: Setting) -> list[Fraction]:
    """One share between any two thresholds."""
    thresholds = {c / gamma for c, gamma in product(setting.costs, setting.gammas)}
    ends = sorted({F(0), F(1), *(one for one in thresholds if one < 1)})
    return [(low + high) / 2 for low, high in pairwise(ends)]


def check(setting: Setting, alpha: Fraction) -> tuple[int, int] | None:
    region = region_of(setting, alpha)
    if region is not None:
        right = printed_table(setting, region)
        if region == (1, 1):
            right |= {corrected_mixed(setting, alpha)}
        assert equilibria_at(setting, alpha) == right
        assert all(setting.regret(alpha, point) == 0 for point in right)
    return region


@settings(deadline=None, max_examples=40)
@given(settings_of_appendix_e())
def test_the_nine_cases_are_a_special_case_of_the_branches(setting: Setting) -> None:
    least, most = setting.gammas
    assert 0 < least < most
    for alpha in some_shares(setting):
        check(setting, alpha)


@pytest.mark.parametrize(
    ("region", "costs", "alpha"),
    [
        # γ_min = 1/2 and γ_max = 2/3 in eq. 94: thresholds 3c/2 and 2c.
        ((0, 0), ("1/3", "2/5"), "2/5"),
        ((1, 0), ("1/5", "2/5"), "7/20"),
        ((2, 0), ("1/10", "2/5"), "2/5"),
        ((0, 1), ("2/5", "1/5"), "7/20"),
        ((1, 1), ("3/10", "8/25"), "11/20"),
        ((2, 1), ("1/4", "3/10"), "11/20"),
        ((0, 2), ("2/5", "1/10"), "2/5"),
        ((1, 2), ("3/10", "1/4"), "11/20"),
        ((2, 2), ("3/10", "8/25"), "7/10"),
    ],
)
def test_each_of_the_nine_cases(region: tuple[int, int], costs: tuple[str, str], alpha: str) -> None:
    """The example of Section 5.1, one share a case."""
    setting = Setting(EQ_10, (0, 1), (F(costs[0]), F(costs[1])))
    assert setting.gammas == (F(1, 2), F(2, 3))
    assert region_of(setting, F(alpha)) == region
    assert check(setting, F(alpha)) == region


@settings(deadline=None, max_examples=40)
@given(settings_of_appendix_e())
def test_the_mixed_equilibrium_as_printed_is_none(setting: Setting) -> None:
    """(γ⁻¹(c₁/α), γ(c₂/α)): c₁ and c₂ are interchanged, and the second γ lacks its inverse."""
    c1, c2 = setting.costs
    for alpha in some_shares(setting):
        if region_of(setting, alpha) != (1, 1):
            continue
        right = corrected_mixed(setting, alpha)
        assert all(0 < p < 1 for p in right)
        assert setting.regret(alpha, right) == 0
        interchanged = (setting.inverse(c1 / alpha), setting.inverse(c2 / alpha))
        assert (setting.regret(alpha, interchanged) == 0) == (c1 == c2)
        literal = (setting.inverse(c1 / alpha), setting.gamma(c2 / alpha))
        if all(0 <= p <= 1 for p in literal) and literal != right:
            assert setting.regret(alpha, literal) > 0


def test_the_printed_one_in_numbers() -> None:
    """Eq. 94: γ⁻¹(x) = 6x − 3. With c = (3/10, 8/25) and α = 11/20 the right one is (27/55, 3/11)."""
    setting, alpha = Setting(EQ_10, (0, 1), (F(3, 10), F(8, 25))), F(11, 20)
    assert corrected_mixed(setting, alpha) == (F(27, 55), F(3, 11))
    assert setting.regret(alpha, (F(27, 55), F(3, 11))) == 0
    assert setting.regret(alpha, (F(3, 11), F(27, 55))) > 0
    literal = (F(3, 11), setting.gamma(F(8, 25) / alpha))
    assert literal[1] == F(1, 2) + F(32, 55) / 6
    assert setting.regret(alpha, literal) > 0


@settings(deadline=None, max_examples=25)
@given(settings_of_appendix_e())
def test_at_a_threshold_the_table_names_only_part_of_a_continuum(setting: Setting) -> None:
    """At α = c₁/γ_max user 1 is indifferent while user 2 plays ρ'₁: the table's (1, 1) is one end of a set."""
    (c1, c2), most = setting.costs, setting.gammas[1]
    alpha = c1 / most
    if alpha >= 1 or alpha >= c2 / most:
        return
    assert equilibria_at(setting, alpha) == {(1, 1), (0, 1)}
    assert all(setting.regret(alpha, (F(k, 5), F(1))) == 0 for k in range(6))


@settings(deadline=None, max_examples=25)
@given(settings_of_appendix_e(), st.fractions(0, 1, max_denominator=9), st.fractions(0, 1, max_denominator=9))
def test_the_utility_of_user_1(setting: Setting, p: Fraction, q: Fraction) -> None:
    """u₁ = p(c₁ − αγ(q)) + αφ(ρ'₂, q) − c₁ is right; its first line should begin with φ(ρ'₁, ρ'₁)."""
    alpha, c1, (low, high) = F(3, 5), setting.costs[0], setting.levels
    played = tuple(object_array([w, 1 - w]) for w in (p, q))
    payoff = certify(setting.game().at(alpha), played).payoffs[0]
    against = q * setting.value(high, low) + (1 - q) * setting.value(high, high)
    assert payoff == p * (c1 - alpha * setting.gamma(q)) + alpha * against - c1

    def first_line(first: Fraction) -> Fraction:
        terms = [first, setting.value(low, high), setting.value(high, low), setting.value(high, high)]
        weights = [p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)]
        return alpha * sum(w * v for w, v in zip(weights, terms, strict=True)) - c1 * (1 - p)

    assert first_line(setting.value(low, low)) == payoff
    printed, differ = first_line(setting.value(low, high)), setting.value(low, high) != setting.value(low, low)
    assert (printed != payoff) == (differ and p * q > 0)


def test_users_stay_away_where_alpha_is_too_small_not_where_c_is() -> None:
    """The text has c₁ and c₂ too small in the first case: but lower costs lead out of it, and lower shares do not."""
    alpha, costs = F(2, 5), (F(1, 3), F(2, 5))
    setting = Setting(EQ_10, (0, 1), costs)
    assert equilibria_at(setting, alpha) == {(1, 1)}
    assert equilibria_at(setting, alpha / 2) == {(1, 1)}
    assert equilibria_at(Setting(EQ_10, (0, 1), (costs[0] * 2, costs[1] * 2)), alpha) == {(1, 1)}
    assert equilibria_at(Setting(EQ_10, (0, 1), (costs[0] / 2, costs[1] / 2)), alpha) != {(1, 1)}


def test_the_objective_of_eq_26() -> None:
    """pᵀUp − (1 − α)pᵀUp is what is paid out; the optimum of the printed objective would be α = 1."""
    setting = Setting(EQ_10, (0, 1), (F(3, 10), F(8, 25)))
    game = setting.game()
    table, found = game.utilities.numbers(), branches(game)
    printed, right = {}, {}
    for beta, profiles in zip(found.betas, found.at, strict=True):
        alpha = F(0) if beta == math.inf else 1 / F(beta)
        values = [np.dot(x, table) @ y for x, y in profiles]
        printed[alpha] = max(value - (1 - alpha) * value for value in values)
        right[alpha] = max((1 - alpha) * value for value in values)
    assert max(printed, key=printed.__getitem__) == 1
    assert right[F(1)] == 0
    best = fg.design(game)
    assert right[best.alpha] == best.platform_utility == max(right.values()) == F(28, 75)
