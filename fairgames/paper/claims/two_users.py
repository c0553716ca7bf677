"""Section 5.2 and Appendix E: two users with different sensitivities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import product

import fairgames as fg
from fairgames.equilibria.two_users.branches import branches
from fairgames.exact import object_array
from fairgames.games import certify
from fairgames.paper.claims.statement import Finding, Statement, claim, shown
from fairgames.paper.claims.values import no_privacy
from fairgames.typing import Array

STATEMENTS: list[Statement] = []

F = Fraction

#: (p, q): with what probability each user plays the more private level.
Point = tuple[Fraction, Fraction]


@dataclass(frozen=True, eq=False)
class TwoUserTable:
    """Two users of a table, their two levels and what the higher one costs each; both assumptions hold."""

    utility: fg.TableUtility
    levels: tuple[int, int]
    costs: tuple[Fraction, Fraction]

    @cached_property
    def game(self) -> fg.PaymentGame:
        n_levels = len(self.utility.levels)
        rows = [[c if level == self.levels[1] else F(0) for level in range(n_levels)] for c in self.costs]
        return fg.PaymentGame(self.utility, fg.Users(sensitivity=rows, allowed=[self.levels] * 2))

    def phi(self, own: int, other: int) -> Fraction:
        """φ of a user on one of its two levels (0: the more private), the other user on another."""
        return F(self._values[own, other, 0])

    @cached_property
    def _values(self) -> Array:
        return fg.PaymentGame(self.utility, fg.Users(allowed=[self.levels] * 2)).at(1).payoffs

    def gamma(self, p: Fraction) -> Fraction:
        gains = [self.phi(1, other) - self.phi(0, other) for other in (0, 1)]
        return p * gains[0] + (1 - p) * gains[1]

    def inverse(self, value: Fraction) -> Fraction:
        """γ⁻¹; for two users γ is a straight line."""
        return (value - self.gamma(F(0))) / (self.gamma(F(1)) - self.gamma(F(0)))

    def equilibria(self, alpha: Fraction) -> set[Point]:
        return {(F(x[0]), F(y[0])) for x, y in branches(self.game).extreme(alpha)}

    def column(self, user: int, alpha: Fraction) -> int:
        """Where α lies between the user's thresholds c/γ_max and c/γ_min: 0 below, 1 between, 2 above."""
        c = self.costs[user]
        return 0 if alpha < c / self.gamma(F(1)) else 2 if alpha > c / self.gamma(F(0)) else 1


@cache
def settings() -> tuple[tuple[TwoUserTable, Fraction], ...]:
    """For the nine cases of Appendix E one setting each on levels {0, 1}, and one each on {1, 2}: (setting, α)."""
    return tuple(_settings())


def _settings() -> Iterator[tuple[TwoUserTable, Fraction]]:
    worth = [z - F(z * z, 10) for z in range(5)]
    three = fg.TableUtility(object_array(worth[i + j] for i in range(3) for j in range(3)).reshape(3, 3))
    two = fg.TableUtility([["0", "2/3"], ["2/3", "1"]])
    alpha = F(2, 5)
    for utility, levels in ((two, (0, 1)), (three, (1, 2))):
        free = TwoUserTable(utility, levels, (F(0), F(0)))
        low, high = free.gamma(F(0)), free.gamma(F(1))
        # c such that c/α is below γ_min, between γ_min and γ_max, above γ_max; not the same for both users.
        sums = {
            2: (low / 2, low / 3),
            1: ((2 * low + high) / 3, (low + 3 * high) / 4),
            0: (high * F(5, 4), high * F(3, 2)),
        }
        for one, other in product((0, 1, 2), repeat=2):
            yield TwoUserTable(utility, levels, (alpha * sums[one][0], alpha * sums[other][1])), alpha


#: Appendix E's table without its mixed entry: row by α against c₂, column by α against c₁.
_PRINTED: list[list[set[tuple[int, int]]]] = [
    [{(1, 1)}, {(0, 1)}, {(0, 1)}],
    [{(1, 0)}, {(1, 0), (0, 1)}, {(0, 1)}],
    [{(1, 0)}, {(1, 0)}, {(0, 0)}],
]


@claim(
    STATEMENTS,
    "eq-26",
    "eq. 26; earlier version: eq. 25",
    "the platform maximises p₁ᵀUp₂ − (1 − α)·p₁ᵀUp₂",
    "(1 − α)·p₁ᵀUp₂, what it keeps by eq. 3",
)
def _equation_26() -> Finding:
    game = fg.PaymentGame(no_privacy(), fg.Users(sensitivity=[[0, "1/4"], [0, "3/10"]]))
    best = fg.design(game, scope="all")
    alpha, worth = F(best.alpha or 0), F(best.utility)
    printed = worth - (1 - alpha) * worth
    return Finding(
        f"c = (1/4, 3/10): at α* = {alpha} the printed objective is {printed}, what the platform keeps "
        f"{best.platform_utility}",
        printed == best.platform_utility,
        f"The printed one is α·p₁ᵀUp₂, what the users are paid (here {sum(best.payments)}).",
    )


@claim(
    STATEMENTS,
    "appendix-e-u1",
    "Appendix E, first line",
    "u₁(p, q) = pq·αφ(ρ′₁, ρ′₂) + …",
    "the same as the second line, pαφ(ρ′₁, q) + (1 − p)αφ(ρ′₂, q) − c₁(1 − p)",
)
def _first_line() -> Finding:
    setting, alpha = settings()[-1]
    p, q, c = F(1, 3), F(1, 4), setting.costs[0]

    def first_line(both_private: Fraction) -> Fraction:
        rest = p * (1 - q) * setting.phi(0, 1) + (1 - p) * (q * setting.phi(1, 0) + (1 - q) * setting.phi(1, 1))
        return alpha * (p * q * both_private + rest) - c * (1 - p)

    strategies = (object_array([p, 1 - p]), object_array([q, 1 - q]))
    payoff = certify(setting.game.at(alpha), strategies).payoffs[0]
    printed, corrected = first_line(setting.phi(0, 1)), first_line(setting.phi(0, 0))
    return Finding(
        f"printed {shown(float(printed))}, from the game {shown(float(payoff))}",
        printed == payoff,
        f"The first φ is φ(ρ′₁, ρ′₁): {'equal' if corrected == payoff else 'not equal'}. It does not show where "
        "ρ′₁ = 0, since φ is 0 there.",
    )


@claim(
    STATEMENTS,
    "eq-98",
    "Appendix E, eq. 98",
    "u₁ = p(c₁ − αγ(q)) + αφ(ρ′₂, q) − c₁ and u₂ = q(c₂ − αγ(p)) + αφ(ρ′₂, p) − c₂",
    "difference 0",
)
def _equation_98() -> Finding:
    worst = F(0)
    for setting, alpha in settings():
        for p, q in product((F(0), F(1, 3), F(1)), repeat=2):
            strategies = (object_array([p, 1 - p]), object_array([q, 1 - q]))
            payoffs = certify(setting.game.at(alpha), strategies).payoffs
            for user, own, other in ((0, p, q), (1, q, p)):
                c = setting.costs[user]
                paid = other * setting.phi(1, 0) + (1 - other) * setting.phi(1, 1)
                printed = own * (c - alpha * setting.gamma(other)) + alpha * paid - c
                worst = max(worst, abs(printed - payoffs[user]))
    return Finding(
        f"largest difference {worst}", worst == 0, "18 settings, levels {0, 1} and {1, 2}, 9 pairs (p, q), exactly"
    )


@claim(
    STATEMENTS,
    "appendix-e-cases",
    'Appendix E\'s table; Section 5.2: "resulting in 9 total cases"',
    "the pure equilibria (p*, q*) of each of the nine cases",
    "those of the table, at α off the thresholds",
)
def _cases() -> Finding:
    wrong = 0
    for setting, alpha in settings():
        pure = {(int(p), int(q)) for p, q in setting.equilibria(alpha) if {p, q} <= {0, 1}}
        wrong += pure != _PRINTED[setting.column(1, alpha)][setting.column(0, alpha)]
    return Finding(
        f"{wrong} of 18 settings against it",
        wrong == 0,
        "each case once on levels {0, 1} and once on {1, 2}. At α = c/γ_max and c/γ_min, which two cases of the table "
        "both hold, somebody is indifferent.",
    )


@claim(
    STATEMENTS,
    "appendix-e-mixed",
    "Appendix E's table, middle entry",
    "the mixed equilibrium is (γ⁻¹(c₁/α), γ(c₂/α))",
    "regret 0",
)
def _mixed() -> Finding:
    setting, alpha = next((s, a) for s, a in settings() if s.column(0, a) == s.column(1, a) == 1)
    (found,) = (point for point in setting.equilibria(alpha) if not set(point) <= {0, 1})
    one, two = (c / alpha for c in setting.costs)
    printed = (setting.inverse(one), setting.gamma(two))
    corrected = (setting.inverse(two), setting.inverse(one))
    strategies = tuple(object_array([p, 1 - p]) for p in printed)
    regret = certify(setting.game.at(alpha), strategies).regret
    return Finding(
        f"c = {shown(setting.costs)}, α = {alpha}: printed {shown(printed)} has regret {regret}; it is {shown(found)}",
        regret == 0 and printed == found,
        "User 1's indifference pins user 2's strategy: (γ⁻¹(c₂/α), γ⁻¹(c₁/α)), here "
        f"{'equal' if corrected == found else 'not equal'}.",
    )


@claim(
    STATEMENTS,
    "appendix-e-too-small",
    "Appendix E, last paragraph",
    'below both thresholds "both c₁ and c₂ are too small" for the users to share',
    "with smaller c₁ and c₂ nobody shares either",
)
def _too_small() -> Finding:
    setting, alpha = next((s, a) for s, a in settings() if s.column(0, a) == s.column(1, a) == 0)
    smaller = TwoUserTable(setting.utility, setting.levels, (setting.costs[0] / 4, setting.costs[1] / 4))
    larger = TwoUserTable(setting.utility, setting.levels, (setting.costs[0] * 4, setting.costs[1] * 4))
    found = [s.equilibria(alpha) for s in (setting, smaller, larger)]
    return Finding(
        f"(p*, q*) at c = {shown(setting.costs)}: {shown(sorted(found[0]))}, at c/4 {shown(sorted(found[1]))}",
        found[1] == {(F(1), F(1))},
        f"α is too small, or c₁ and c₂ too large: at four times c still {shown(sorted(found[2]))}.",
    )
