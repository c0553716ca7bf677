"""Section 5 and Appendix B.4: assumptions, γ and the three regimes, over random utilities of equal users."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise, product
from math import comb

import numpy as np

import fairgames as fg
from fairgames.equilibria.symmetric import SymmetricGame
from fairgames.exact import object_array
from fairgames.mechanism.symmetric import SymmetricDesign, optimum
from fairgames.mechanism.symmetric_thresholds import cost_threshold
from fairgames.paper.claims.statement import Finding, Statement, claim, first_against, shown
from fairgames.paper.claims.values import no_privacy

STATEMENTS: list[Statement] = []

F = Fraction


def symmetric_game(utility: fg.Utility, cost: Fraction = F(1, 4), allowed: tuple[int, int] = (0, 1)) -> fg.PaymentGame:
    """Equal users who pay ``cost`` for the higher of two levels."""
    row = [cost if level == allowed[1] else F(0) for level in range(len(utility.levels))]
    n = utility.n_users
    return fg.PaymentGame(utility, fg.Users(sensitivity=[row] * n, allowed=[allowed] * n))


def design(game: fg.PaymentGame) -> SymmetricDesign:
    found = fg.design(game, scope="symmetric")
    assert isinstance(found, SymmetricDesign)
    return found


def concave_utility(steps: list[Fraction]) -> fg.TableUtility:
    """U(ρ) = the sum of as many ``steps`` as users share: Assumptions 1 and 2 hold where they fall and are positive."""
    n = len(steps)
    worth = [sum(steps[:k], F(0)) for k in range(n + 1)]
    entries = object_array(worth[sum(profile)] for profile in product((0, 1), repeat=n))
    return fg.TableUtility(entries.reshape((2,) * n))


@cache
def games_within_the_assumptions() -> tuple[SymmetricGame, ...]:
    """Fifteen random games of 2 to 4 users for which both assumptions hold; the more private level is 0."""
    return tuple(_games())


def _games() -> Iterator[SymmetricGame]:
    rng = np.random.default_rng(11)
    for n in (2, 3, 4) * 5:
        drawn = sorted({F(int(k), 20) for k in rng.choice(np.arange(1, 30), n, replace=False)}, reverse=True)
        game = symmetric_game(concave_utility(drawn))
        found = design(game)
        assert found.assumption_1.holds and found.assumption_2.holds
        yield SymmetricGame.of(game)


_RANDOM = "15 random games of 2 to 4 users within both assumptions, exactly"


def extremes(game: SymmetricGame) -> tuple[Fraction, Fraction]:
    """(γ_min, γ_max)."""
    least, greatest = (game.gain(root.middle) for root in game.extreme_gains())
    return least, greatest


# Assumptions ----------------------------------------------------------------------------------


@claim(
    STATEMENTS,
    "equal-contribution",
    "Section 5: \"identical statistical marginal contribution\"",
    "U(ρ_{S∪i}) = U(ρ_{S∪j}) for any i, j and S, in the example of eq. 10",
    "equal at every ρ",
)
def _equal_contribution() -> Finding:
    table = no_privacy().exact_on_grid().fractions()
    alone = [(profile, table[profile[0], 0], table[0, profile[1]]) for profile in product(range(2), repeat=2)]
    wrong = first_against(alone, lambda case: bool(case[1] == case[2]))
    exchanged = bool((table == table.T).all())
    return Finding(
        "equal" if wrong is None else f"ρ = {wrong[0]}: U(ρ_{{1}}) = {wrong[1]}, U(ρ_{{2}}) = {wrong[2]}",
        wrong is None,
        "Meant is that U is the same where i and j exchange their levels"
        f"{', as it is here' if exchanged else ''}; at one ρ with ρ_i ≠ ρ_j the sentence makes the levels irrelevant.",
    )


@claim(
    STATEMENTS,
    "assumption-1-printed",
    "Assumption 1; Section 5.1",
    "ρ⁽²⁾ ≥ ρ⁽¹⁾ implies U(ρ⁽²⁾) > U(ρ⁽¹⁾) in the example of eq. 10",
    "no pair of profiles against it",
)
def _assumption_1() -> Finding:
    table = no_privacy().exact_on_grid().fractions()
    profiles = list(product(range(2), repeat=2))
    pairs = [(a, b) for a in profiles for b in profiles if a[0] <= b[0] and a[1] <= b[1] and not table[b] > table[a]]
    equal = sum(a == b for a, b in pairs)
    return Finding(
        f"{len(pairs)} pairs against it, {equal} of them equal profiles",
        not pairs,
        "As printed no U satisfies it, since ρ ≥ ρ. Read for ρ⁽²⁾ ≠ ρ⁽¹⁾.",
    )


@claim(
    STATEMENTS,
    "assumption-2-printed",
    "Assumption 2, eq. 22; Section 5.1",
    "n_private(ρ⁽¹⁾) ≥ n_private(ρ⁽²⁾) implies Δ_iU(ρ⁽¹⁾) > Δ_iU(ρ⁽²⁾) in the example of eq. 10",
    "no pair of profiles against it",
)
def _assumption_2() -> Finding:
    table = no_privacy().exact_on_grid().fractions()
    rise = {other: table[1, other] - table[0, other] for other in range(2)}
    pairs = [(a, b) for a in rise for b in rise if a <= b and not rise[a] > rise[b]]
    equal = sum(a == b for a, b in pairs)
    return Finding(
        f"{len(pairs)} pairs against it, {equal} of them with equal n_private",
        not pairs,
        "As printed no U satisfies it: two profiles with equally many private users each need the larger Δ. Read for >.",
    )


@claim(
    STATEMENTS,
    "section-5-1-conditions",
    "Section 5.1: \"This setting satisfies the conditions of Theorem 3\"",
    "eq. 10 satisfies Assumptions 1 and 2, read for profiles that differ",
    "margins > 0",
)
def _conditions() -> Finding:
    found = design(symmetric_game(no_privacy()))
    one, two = found.assumption_1, found.assumption_2
    return Finding(
        f"U rises by at least {one.margin}, its rise falls by at least {two.margin}",
        one.holds and two.holds,
        "ε′ = ∞; see assumption-2-epsilon",
    )


@claim(
    STATEMENTS,
    "assumption-2-epsilon",
    "Section 3, eq. 37, with Assumption 2",
    "the linear-Laplace utility has diminishing returns for any ε′ > 0",
    "Assumption 2 holds at every ε′",
)
def _assumption_2_of_epsilon() -> Finding:
    tried = [F(1, 2), F(1), F(2), F(346, 100), F(347, 100), F(4), F(10), F(100)]
    fails = [e for e in tried if not design(symmetric_game(fg.LinearLaplace(2, [0, e]))).assumption_2.holds]
    cost = F(3, 50)
    payments = symmetric_game(fg.LinearLaplace(2, [0, 1]), cost)
    game = SymmetricGame.of(payments)
    gain = game.gain.coefficients()
    both = [root.low for root in game.equilibria(10 * cost) if root.low in (0, 1)]
    best, worst = (fg.design(payments, scope="symmetric", selection=how).alpha for how in ("best", "worst"))
    assert best is not None and worst is not None
    return Finding(
        f"fails at ε′ = {', '.join(map(str, map(float, fails)))}; at ε′ = 1 γ falls from γ(0) = {gain[0]} to γ(1) = "
        f"{gain[1]}",
        not fails,
        "It fails for ε′ ≤ √12 ≈ 3.46: the noise is added once and shared. At ε′ = 1 and α = 10c the equilibria include "
        f"p = {shown(both)}: all sharing and nobody sharing. α* is {shown(best / cost)}·c at the best equilibrium, "
        f"{shown(worst / cost)}·c at the worst, so the three regimes do not describe the answer.",
    )


# γ and Appendix B.4 ---------------------------------------------------------------------------


@claim(
    STATEMENTS,
    "gamma",
    "Appendix B.4, eqs. 77–84",
    "Assumptions 1 and 2 imply γ(p) ≥ 0 and γ′(p) ≥ 0",
    "no negative value of γ or γ′",
)
def _gamma() -> Finding:
    # With the more private level 0, γ′ has the Bernstein coefficients that the differences of γ's are.
    wrong = 0
    for game in games_within_the_assumptions():
        gains = game.gain.coefficients()
        wrong += min(gains) < 0 or any(after < before for before, after in pairwise(gains))
    return Finding(f"{wrong} of 15 games against it", wrong == 0, f"{_RANDOM}: coefficients of the Bernstein form")


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
        b = [
            [comb(n_users, n) * (1 - p) ** n * p ** (n_users - n) for n in range(n_users + 1)] for p in (p1, p2)
        ]
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
        "decreasing"
        if wrong is None
        else f"N = {wrong[0]}, p = {wrong[1]} and {wrong[2]}: {shown([float(step) for step in steps(wrong)])}",
        wrong is None,
        f"Its sign changes once, from + to −{'' if twice is None else f' (not at {shown(twice)})'}, which is what eqs. 83 "
        "and 84 need: N = 2, 3, 4, p in tenths, exactly. Eq. 80 mixes n with i, and the expectation is over |S| others.",
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
        f"The cost term is −cp (difference {corrected}): who is sure to be on ρ₂ pays c, not cp less. Eq. 76 has it right.",
    )


def _second_term(cost_term: object) -> Fraction:
    """How far the second term of eq. 75 is from the example's payoffs, with the given term in c."""
    assert callable(cost_term)
    c, alpha = F(2, 5), F(3, 4)
    game = symmetric_game(no_privacy(), c).at(alpha).payoffs[..., 0]
    worst = F(0)
    for p in (F(0), F(1, 3), F(1, 2), F(1)):
        own = [p * game[level, 0] + (1 - p) * game[level, 1] for level in (0, 1)]
        paid = [own[0], own[1] + c]  # α·φ(level, p)
        mean, mean_paid = p * own[0] + (1 - p) * own[1], p * paid[0] + (1 - p) * paid[1]
        worst = max(worst, abs((own[1] - mean) - (cost_term(p, c) - (mean_paid - paid[1]))))
    return worst


@claim(
    STATEMENTS,
    "eq-76",
    "eqs. 73 and 76; earlier version: eqs. 72 and 75",
    "the symmetric equilibria are where [(1 − p)(c − αγ(p))]₊² + [−p(c − αγ(p))]₊² is 0",
    "0 at each equilibrium and nowhere else",
)
def _equation_76() -> Finding:
    wrong = checked = 0
    for game in games_within_the_assumptions():
        c = extremes(game)[0] * F(3, 5)
        here = game.with_cost(c)
        for alpha in (F(1, 3), F(11, 20), F(7, 10), F(1)):
            found = here.equilibria(alpha)
            grid = [F(k, 12) for k in range(13)]
            for p in grid:
                rise = c - alpha * here.gain(p)
                zero = max((1 - p) * rise, F(0)) == max(-p * rise, F(0)) == 0
                wrong += zero != any(root.low <= p <= root.high for root in found)
                checked += 1
    return Finding(f"{wrong} of {checked} pairs (p, α) against it", wrong == 0, f"{_RANDOM}; four α, p = 0, 1/12, …, 1")


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
    return Finding(f"{wrong} of 60 pairs of game and α against it", wrong == 0, _RANDOM)


@claim(
    STATEMENTS,
    "eq-89",
    "eq. 89; earlier version: eq. 88",
    "the platform solves min_α (1 − α)·U(p*(α))",
    "α* is a minimiser",
)
def _equation_89() -> Finding:
    game = symmetric_game(no_privacy(), F(1, 4))
    found = design(game)
    at_one = (1 - F(1)) * SymmetricGame.of(game).utility(F(0))
    return Finding(
        f"c = 1/4: {found.platform_utility} at α* = {found.alpha}, {at_one} at α = 1",
        found.platform_utility <= at_one,
        "max for min, as in eq. 21",
    )


# The regimes ----------------------------------------------------------------------------------


@claim(
    STATEMENTS,
    "theorem-3-part-1",
    "Theorem 3(1)",
    "c > γ_max implies α* = 0",
    "α* = 0",
)
def _part_1() -> Finding:
    games = games_within_the_assumptions()
    found = [optimum(game.with_cost(extremes(game)[1] * F(101, 100))).winner for game in games]
    wrong = sum(one.alpha != 0 for one in found)
    return Finding(f"{wrong} of 15 games against it", wrong == 0, f"{_RANDOM}, c = 1.01·γ_max")


@claim(
    STATEMENTS,
    "theorem-3-part-2",
    "Theorem 3(2); eq. 97",
    "for c_th < c < γ_max, α* is the smallest α with p*(α) in γ⁻¹(c/α)",
    "c = 1/2 in the example: the smallest α is α* = 6c/(3c + 2) = 6/7",
)
def _part_2() -> Finding:
    c = F(1, 2)
    game = SymmetricGame.of(symmetric_game(no_privacy(), c))
    smallest = c / extremes(game)[1]
    root = game.equilibria(smallest)[0].low
    worth = (1 - smallest) * game.utility(root)
    best = optimum(game).winner
    return Finding(
        f"the smallest is α = {smallest} with p = {root} and platform utility {worth}; α* = {best.alpha} with {best.value}",
        smallest == best.alpha,
        "α* maximises (1 − α)·U(p*(α)) over that interval of α; at its lower end nobody shares. Eq. 97 does so and is "
        "right.",
    )


@claim(
    STATEMENTS,
    "theorem-3-boundary",
    "Theorem 3: \"the boundaries of these regions are γ_max and c_th\"",
    "for every c < γ_max the platform pays (α* > 0), whatever ρ′₁ is",
    "α* > 0 just below γ_max",
)
def _boundary() -> Finding:
    worth = [z - F(z * z, 10) for z in range(5)]  # U as a concave function of the levels' sum
    utility = fg.TableUtility(object_array(worth[i + j] for i in range(3) for j in range(3)).reshape(3, 3))
    source = symmetric_game(utility, allowed=(1, 2))
    game, found = SymmetricGame.of(source), design(source)
    greatest = extremes(game)[1]
    cost = greatest * F(9, 10)
    best, free = optimum(game.with_cost(cost)).winner, game.utility(F(1))
    inside = found.assumption_1.holds and found.assumption_2.holds
    return Finding(
        f"levels 1 and 2 of U = z − z²/10, z the sum of levels (assumptions {'hold' if inside else 'fail'}): γ_max = "
        f"{greatest}, at c = {cost} α* = {best.alpha}",
        best.alpha is not None and best.alpha > 0,
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
        here, there = optimum(game.with_cost(below)).winner, optimum(game.with_cost(above)).winner
        right = here.alpha == below / least and here.p.low == here.p.high == 0
        wrong += not (right and threshold < greatest and there.alpha != above / least and exact)
    return Finding(
        f"{wrong} of {len(games)} games against it",
        wrong == 0,
        f"{_RANDOM}: α* at 0.99·c_th, another one at 1.01·c_th",
    )
