"""Section 5: equal contribution and Assumptions 1 and 2, as printed and as meant."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import fairgames as fg
from fairgames.paper.claims.equal_users import (
    assumptions,
    payment_game,
    symmetric_game,
)
from fairgames.paper.claims.statement import Finding, Statement, claim, first_against, shown
from fairgames.paper.claims.values import no_privacy

STATEMENTS: list[Statement] = []

F = Fraction


@claim(
    STATEMENTS,
    "equal-contribution",
    'Section 5: "identical statistical marginal contribution"',
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
        "As printed no U satisfies it: of two profiles with equally many private users each needs the larger Δ. Read "
        "for >.",
    )


@claim(
    STATEMENTS,
    "section-5-1-conditions",
    'Section 5.1: "This setting satisfies the conditions of Theorem 3"',
    "eq. 10 satisfies Assumptions 1 and 2, read for profiles that differ",
    "margins > 0",
)
def _conditions() -> Finding:
    one, two = assumptions(symmetric_game(no_privacy()))
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
    fails = [e for e in tried if not assumptions(symmetric_game(fg.LinearLaplace(2, [0, e])))[1].holds]
    game, cost = symmetric_game(fg.LinearLaplace(2, [0, 1])), F(3, 50)
    gain = game.gain.coefficients()
    both = [root.low for root in game.with_cost(cost).equilibria(10 * cost) if root.low in (0, 1)]
    designs = [
        fg.design(payment_game(fg.LinearLaplace(2, [0, 1]), cost), scope="symmetric", selection=selection)
        for selection in ("best", "worst")
    ]
    multiples = [str(F(found.alpha or 0) / cost) for found in designs]
    return Finding(
        f"fails at ε′ = {', '.join(f'{float(one):g}' for one in fails)}; at ε′ = 1 γ falls from γ(0) = {gain[0]} to "
        f"γ(1) = {gain[1]}",
        not fails,
        "It fails for ε′ ≤ √12 ≈ 3.46: the noise is added once and shared. At ε′ = 1 and α = 10c the equilibria "
        f"include p = {shown(both)}: all sharing and nobody sharing. α* is {multiples[0]}·c at the best equilibrium "
        f"and {multiples[1]}·c at the worst, so the three regimes do not describe the answer.",
    )
