"""Theorem 3 and its proof in Appendix B.4: γ, the equilibria and the three regimes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise
from math import comb

import fairgames as fg
from fairgames.exact import object_array
from fairgames.mechanism.symmetric.thresholds import cost_threshold
from fairgames.paper.claims.equal_users import (
    RANDOM,
    Best,
    assumptions,
    best,
    extremes,
    games_within_the_assumptions,
    payment_game,
    symmetric_game,
)
from fairgames.paper.claims.statement import Finding, Statement, claim, first_against, shown
from fairgames.paper.claims.values import no_privacy

STATEMENTS: list[Statement] = []

F = Fraction


@claim(
    STATEMENTS,
    "gamma",
    "Appendix B.4, eqs. 77–84",
    "Assumptions 1 and 2 imply γ(p) ≥ 0 and γ′(p) ≥ 0",
    "no negative value of γ or γ′",
)
def _gamma() -> Finding:
    # A polynomial whose Bernstein coefficients are ≥ 0 and rise is ≥ 0 and rises.
    wrong = 0
    for game in games_within_the_assumptions():
        gains = game.gain.coefficients()
        wrong += min(gains) < 0 or any(after < before for before, after in pairwise(gains))
    return Finding(f"{wrong} of 15 games against it", wrong == 0, f"{RANDOM}: coefficients of the Bernstein form")


@claim(
    STATEMENTS,
    "binomial-decreasing",
    "Appendix B.4, before eq. 82",
    "b(n, p₂) − b(n, p₁) is zero-mean and decreasing in n, for p₂ > p₁",
    "sum 0, no rise",
)
def _binomial() -> Finding:
    def steps(case: tuple[int, Fraction, Fraction]) -> list[Fraction]:
        """With n users on the less private level, the n of eq. 81."""
        n_users, p1, p2 = case
        b = [[comb(n_users, n) * (1 - p) ** n * p ** (n_users - n) for n in range(n_users + 1)] for p in (p1, p2)]
        return [two - one for one, two in zip(*b, strict=True)]

    def decreasing(case: tuple[int, Fraction, Fraction]) -> bool:
        return sum(steps(case)) == 0 and all(after <= before for before, after in pairwise(steps(case)))

    def changes_sign_once(case: tuple[int, Fraction, Fraction]) -> bool:
        signs = [step > 0 for step in steps(case) if step]
        return signs == sorted(signs, reverse=True) and len(set(signs)) == 2

    tenths = [F(k, 10) for k in range(11)]
    cases = [(n, p1, p2) for n in (2, 3, 4) for p1, p2 in combinations(tenths, 2)]
    wrong, twice = first_against(cases, decreasing), first_against(cases, changes_sign_once)
    return Finding(
        "decreasing" if wrong is None else f"N, p₁, p₂ = {shown(wrong)}: {shown(list(map(float, steps(wrong))))}",
        wrong is None,
        f"Its sign changes once, from + to −{'' if twice is None else f' (not at {shown(twice)})'}, which is what eqs. "
        "83 and 84 need: N = 2, 3, 4, p in tenths, exactly. Eq. 80 mixes n with i; the expectation is over |S| others.",
    )


@claim(
    STATEMENTS,
    "eq-75",
    "eq. 75; earlier version: eq. 74",
    "u(ρ₂, p) − u(p, p) = c(1 − p) − α(φ(p, p) − φ(ρ₂, p))",
    "difference 0",
)
def _equation_75() -> Finding:
    printed, corrected = _second_term(lambda p, c: c * (1 - p)), _second_term(lambda p, c: -c * p)
    return Finding(
        f"largest difference {printed}",
        printed == 0,
        f"The cost term is −cp (difference {corrected}), since ρ₂ costs c and the mixture c(1 − p). Eq. 76 has "
        "it right.",
    )


def _second_term(cost_term: Callable[[Fraction, Fraction], Fraction]) -> Fraction:
    """How far the second term of eq. 75 is from the example's payoffs, with the given term in c."""
    c, alpha = F(2, 5), F(3, 4)
    game = payment_game(no_privacy(), c).at(alpha).payoffs[..., 0]
    worst = F(0)
    for p in (F(0), F(1, 3), F(1, 2), F(1)):
        own = [p * game[level, 0] + (1 - p) * game[level, 1] for level in (0, 1)]
        paid = [own[0], own[1] + c]  # α·φ(level, p)
        mean, mean_paid = p * own[0] + (1 - p) * own[1], p * paid[0] + (1 - p) * paid[1]
        worst = max(worst, abs((own[1] - mean) - (cost_term(p, c) - (mean_paid - paid[1]))))
    return worst


@claim(
    STATEMENTS,
    "eq-88",
    "eq. 88; earlier version: eq. 87",
    "p*(α) is 1 below c/γ_max, γ⁻¹(c/α) between c/γ_max and c/γ_min, 0 above",
    "one equilibrium at each α, of that kind",
)
def _equation_88() -> Finding:
    wrong = 0
    for game in games_within_the_assumptions():
        least, greatest = extremes(game)
        here = game.with_cost(least / 2)
        for ratio in (greatest * F(11, 10), (least + 2 * greatest) / 3, (2 * least + greatest) / 3, least * F(9, 10)):
            alpha = here.cost / ratio
            found = here.equilibria(alpha)
            kind = 1 if ratio > greatest else 0 if ratio < least else None
            right = len(found) == 1 and (found[0].low == kind if kind is not None else 0 < found[0].low < 1)
            wrong += not right
    return Finding(f"{wrong} of 60 pairs of game and α against it", wrong == 0, RANDOM)


@claim(
    STATEMENTS,
    "eq-89",
    "eq. 89; earlier version: eq. 88",
    "the platform solves min_α (1 − α)·U(p*(α))",
    "α* is a minimiser",
)
def _equation_89() -> Finding:
    game = symmetric_game(no_privacy())
    found = best(game, F(1, 4))
    at_one = (1 - F(1)) * game.utility(F(0))
    return Finding(
        f"c = 1/4: {found.value} at α* = {found.alpha}, {at_one} at α = 1",
        found.value <= at_one,
        "max for min, as in eq. 21",
    )


@claim(
    STATEMENTS,
    "theorem-3-part-1",
    "Theorem 3(1)",
    "c > γ_max implies α* = 0",
    "α* = 0",
)
def _part_1() -> Finding:
    games = games_within_the_assumptions()
    found = [best(game, extremes(game)[1] * F(101, 100)) for game in games]
    wrong = sum(one.alpha != 0 for one in found)
    return Finding(f"{wrong} of 15 games against it", wrong == 0, f"{RANDOM}, c = 1.01·γ_max")


@claim(
    STATEMENTS,
    "theorem-3-part-2",
    "Theorem 3(2); eqs. 89 and 97",
    'for c_th < c < γ_max, α* is "the minimizing α" such that p*(α) in γ⁻¹(c/α): the smallest such α, or the '
    "minimiser of eq. 89 among them",
    "c = 1/2 in the example: α* = 6c/(3c + 2) = 6/7 by eq. 97, in one of the two readings",
)
def _part_2() -> Finding:
    found, ends = _between_the_thresholds()
    (smallest, at_smallest), (largest, at_largest) = ends
    least, inside = min(at_smallest, at_largest), smallest < found.alpha < largest
    return Finding(
        f"α from {smallest} to {largest}: the smallest leaves the platform {at_smallest}, the largest {at_largest}; "
        f"α* = {found.alpha} {found.value}, {'more' if found.value > least else 'no more'}, so that it is "
        f"{'no' if found.value > least else 'a'} minimiser",
        found.alpha == smallest or found.value <= least,
        "Neither reading holds as printed. In the second the fault is eq. 89's alone, min for max: with max, α* "
        f"{'lies in that interval and ' if inside else ''}maximises (1 − α)·U(p*(α)), as eq. 97 has it.",
    )


@claim(
    STATEMENTS,
    "theorem-3-part-2-earlier",
    "earlier version: Theorem 3(2)",
    'for c_th < c < γ_max, α* is "the smallest α" such that p*(α) in γ⁻¹(c/α)',
    "c = 1/2 in the example: the smallest α is α* = 6c/(3c + 2) = 6/7",
)
def _part_2_earlier() -> Finding:
    found, ((smallest, worth), _) = _between_the_thresholds()
    return Finding(
        f"the smallest is α = {smallest}, where the platform keeps {worth}; α* = {found.alpha} with {found.value}",
        smallest == found.alpha,
        "At the lower end of that interval nobody shares; α* maximises (1 − α)·U(p*(α)) over it.",
    )


def _between_the_thresholds() -> tuple[Best, tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]]:
    """The optimum at c = 1/2 in the example, and both ends of α in [c/γ_max, c/γ_min] with (1 − α)·U(p*(α))."""
    c, game = F(1, 2), symmetric_game(no_privacy())
    least, greatest = extremes(game)
    lower, upper = c / greatest, c / least
    at_lower, at_upper = (
        (1 - alpha) * game.utility(game.with_cost(c).equilibria(alpha)[0].low) for alpha in (lower, upper)
    )
    return best(game, c), ((lower, at_lower), (upper, at_upper))


@claim(
    STATEMENTS,
    "theorem-3-boundary",
    'Theorem 3: "the boundaries of these regions are γ_max and c_th"',
    "for every c < γ_max the platform pays (α* > 0), whatever ρ′₁ is",
    "α* > 0 just below γ_max",
)
def _boundary() -> Finding:
    worth = [z - F(z * z, 10) for z in range(5)]  # U as a concave function of the levels' sum
    utility = fg.TableUtility(object_array(worth[i + j] for i in range(3) for j in range(3)).reshape(3, 3))
    game = symmetric_game(utility, allowed=(1, 2))
    greatest, inside = extremes(game)[1], all(one.holds for one in assumptions(game))
    cost = greatest * F(9, 10)
    found, free = best(game, cost), game.utility(F(1))
    return Finding(
        f"levels 1 and 2 of U = z − z²/10, z the sum of levels (assumptions {'hold' if inside else 'fail'}): γ_max = "
        f"{greatest}, at c = {cost} α* = {found.alpha}",
        found.alpha > 0,
        f"Where U(ρ′₁, …, ρ′₁) > 0 (here {free}) the platform has it for nothing, and stops paying before γ_max. True "
        "where ρ′₁ = 0.",
    )


@claim(
    STATEMENTS,
    "theorem-3-part-3",
    "Theorem 3(3); eqs. 24 and 90",
    "there is c_th < γ_max, and for c < c_th α* is the smallest α with p(α) = 0, c/γ_min",
    "α* = c/γ_min and p = 0",
)
def _part_3() -> Finding:
    wrong, games = 0, games_within_the_assumptions()
    for game in games:
        least, greatest = extremes(game)
        threshold, exact = cost_threshold(game)
        below, above = threshold * F(99, 100), threshold * F(101, 100)
        here, there = best(game, below), best(game, above)
        right = here.alpha == below / least and here.p == 0
        wrong += not (right and threshold < greatest and there.alpha != above / least and exact)
    return Finding(
        f"{wrong} of {len(games)} games against it",
        wrong == 0,
        f"{RANDOM}: α* at 0.99·c_th, another one at 1.01·c_th",
    )
