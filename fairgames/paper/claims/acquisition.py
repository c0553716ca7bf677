"""Section 4.2 and Appendix D: equilibria of the federation, and how the papers look for them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

import fairgames as fg
from fairgames.games.certificate import best_response_counts
from fairgames.paper.claims.statement import Finding, Statement, claim, first_against, shown
from fairgames.paper.claims.values import no_privacy
from fairgames.typing import Profile

STATEMENTS: list[Statement] = []

F = Fraction


def federation(samples: list[int], s2: float, r2: float, sensitivity: list[list[float]]) -> fg.PaymentGame:
    users = fg.Users(samples=samples, sensitivity=sensitivity)
    return fg.PaymentGame(fg.FederatedMean(users, s2, r2), users)


def random_federations(strict: bool) -> Iterator[fg.PaymentGame]:
    """Ten games of 3 to 5 users, c(1) < c(2) for all of them or, not ``strict``, equal; the same at every call."""
    rng = np.random.default_rng(42)
    for _ in range(10):
        n = int(rng.integers(3, 6))
        samples = rng.choice([5, 10, 50, 100], n).tolist()
        s2, r2 = rng.choice([0.1, 1.0, 100.0]), rng.choice([1.0, 10.0, 100.0])
        low, more = rng.integers(1, 20, n) / 20, rng.integers(1, 20, n) / 20
        costs = [[0.0, float(a), float(a + b) if strict else float(a)] for a, b in zip(low, more, strict=True)]
        yield federation(samples, float(s2), float(r2), costs)


@claim(
    STATEMENTS,
    "exchange",
    "Section 4.2; Appendix D",
    "exchanging ρ_i and ρ_j where n_i = n_j leaves U as it is, but may change whether ρ is an equilibrium",
    "U equal; one an equilibrium, the other not",
)
def _exchange() -> Finding:
    utility = fg.FederatedMean(fg.Users(samples=[10, 40, 10, 5]), 2.0, 15.0)
    starred = fg.FederatedMean(fg.Users(samples=[10, 40, 10, 5], importance=[100, 1, 1, 1]), 2.0, 15.0)
    apart, other = (float(np.abs(one.on_grid() - one.on_grid().swapaxes(0, 2)).max()) for one in (utility, starred))
    game = federation([10, 10], 100.0, 1.0, [[0, 0.1, 0.2], [0, 30, 40]])
    here, there = (fg.pure_equilibria(game).interval(game, profile) for profile in ((1, 0), (0, 1)))
    return Finding(
        f"largest difference of U {apart:.1g}; with c(1) = 0.1 and 30, (1, 0) is an equilibrium "
        f"{'never' if here is None else f'for α in {shown(here)}'}, (0, 1) "
        f"{'never' if there is None else f'for α in {shown(there)}'}",
        apart <= 2 * utility.rounding and here is not None and there is None,
        f"a_i = 1, as in that section; with a_1 = 100 U differs by up to {other:.3g}, so a_i must be equal too.",
    )


@claim(
    STATEMENTS,
    "eq-18",
    "eqs. 17 and 18",
    "pure equilibria are the ρ with ρ = BR(ρ, α), the vector of best responses",
    "one best response for each user at the optimum of eq. 19",
)
def _equation_18() -> Finding:
    game = fg.PaymentGame(no_privacy(), fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]]))
    best = fg.design(game, scope="pure")
    counts = best_response_counts(game.at(F(best.alpha or 0)), best.strategies)
    return Finding(
        f"c = (3/10, 8/25): at α* = {best.alpha} the users have {shown(counts)} best responses",
        max(counts) == 1,
        "At α* somebody is always indifferent, since a lower α would do otherwise: argmax is a set, and eq. 18 must "
        "read ρ_i ∈ BR_i. With = the optimum is excluded and the maximum not attained.",
    )


# Appendix D -----------------------------------------------------------------------------------


def _nobody_at_level_1(game: fg.PaymentGame) -> list[Profile]:
    """Pure equilibria at some α > 0 where somebody shares, but nobody at level 1."""
    found = fg.pure_equilibria(game)
    profiles = found.profiles(game)[found.upper > 0]
    return [tuple(map(int, row)) for row in profiles if row.any() and not (row == 1).any()]


@claim(
    STATEMENTS,
    "always-one-federating",
    "Appendix D, comment on Fig. 7",
    "since a lone user with ρ_i = 1 is worth as much as with ρ_i = 2 at a reduced privacy sensitivity, c(1) < c(2), "
    "there will always be one user with ρ_i = 1, other than in the all-zeros equilibrium",
    "no equilibrium with levels 0 and 2 only, where c_i(1) < c_i(2) for all users",
)
def _always_one() -> Finding:
    against = [found for game in random_federations(strict=True) if (found := _nobody_at_level_1(game))]
    equal = [found for game in random_federations(strict=False) if (found := _nobody_at_level_1(game))]
    return Finding(
        f"{len(against)} of 10 games against it",
        not against,
        "10 random federations of 3 to 5 users within the premise, which the sentence needs: with c_i(1) = c_i(2) "
        f"{len(equal)} of 10 have such an equilibrium{f', e.g. {equal[0][0]}' if equal else ''}. At least one "
        "is meant: Fig. 7a's optimum has two.",
    )


@claim(
    STATEMENTS,
    "algorithm-1-phi",
    "Algorithm 1",
    "TreeSearch(α × phi, cArray), phi at one representative of a partition, tells whether a ρ of it is an equilibrium",
    "ρ is an equilibrium iff α·φ_i(ρ) ≥ c_i(ρ_i) for all i, all that phi and c allow to test",
)
def _algorithm_1() -> Finding:
    game = next(random_federations(strict=True))
    alpha = F(3, 10)
    payoffs = game.at(alpha).payoffs
    found = fg.pure_equilibria(game)
    equilibria = {tuple(map(int, row)) for row in found.profiles(game)[found.at(float(alpha))]}
    profiles = list(np.ndindex(*game.shape))
    passes = [profile for profile in profiles if (payoffs[profile] >= 0).all()]
    wrong = first_against(profiles, lambda profile: (profile in passes) == (profile in equilibria))
    return Finding(
        f"{len(passes)} of {len(profiles)} profiles pass, {len(equilibria)} are equilibria; the two differ at "
        f"{shown(wrong)}",
        wrong is None,
        "A deviator is paid φ at a neighbouring partition, so phi is needed there as well: phi at ρ tells only whether "
        "somebody would rather be at level 0, where φ = 0. Neither maxUtil nor the grid is initialised.",
    )


@claim(
    STATEMENTS,
    "algorithm-1-grid",
    'Section 4.2: "we conduct a grid search to determine the optimal α"; Algorithm 1',
    "the best α of a grid is α*",
    "equal platform utility",
)
def _grid() -> Finding:
    game = fg.PaymentGame(no_privacy(), fg.Users(sensitivity=[[0, "1/7"], [0, "1/7"]]))
    exact, grid = fg.design(game, scope="pure"), fg.design(game, scope="pure", method="grid", steps=100)
    return Finding(
        f"c = 1/7: {grid.platform_utility} at α = {grid.alpha} on a grid of 100 steps; {exact.platform_utility} at "
        f"α* = {exact.alpha}",
        grid.platform_utility == exact.platform_utility,
        "α* is the lower end of an interval of α, which a grid misses unless it holds that very number; the optimum is "
        "the best of these ends, and needs no grid.",
    )
