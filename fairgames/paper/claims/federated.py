"""Section 4: what the federation reveals, and what more users are worth."""

from __future__ import annotations

from itertools import product

import numpy as np

import fairgames as fg
from fairgames.estimators import FederatedEstimator, federated_errors, federated_weights
from fairgames.paper.claims.statement import Finding, Statement, claim, shown
from fairgames.paper.claims.weights import ROUNDING, federations
from fairgames.privacy import FEDERATED

STATEMENTS: list[Statement] = []


@claim(
    STATEMENTS,
    "table-1",
    "Table 1; Fig. 2",
    "the platform gets θ̂_i at level 2, only θ̂_f = Σ θ̂_i/N₁ at level 1, nothing at level 0",
    "the best estimator reads no more, at every profile",
)
def _table_1() -> Finding:
    utility = fg.FederatedMean(fg.Users(samples=[3, 10, 40, 7]), 2.0, 15.0)
    wrong = []
    for profile in product(range(3), repeat=4):
        estimator = FederatedEstimator.optimal(utility, profile)
        group = np.equal(profile, 1)
        shares = group / max(group.sum(), 1)
        if not FEDERATED.check(estimator, profile) or not np.allclose(estimator.shares, shares, atol=1e-15):
            wrong.append(profile)
    return Finding(f"{len(wrong)} of 81 profiles read more", not wrong, "4 users with n = 3, 10, 40, 7")


@claim(
    STATEMENTS,
    "eq-15",
    "eq. 15, with EMSE_i(0) := r² + 2s²",
    "U(0) = 0, and U(ρ) = Σ a_i log((r² + 2s²)/EMSE_i(ρ)) with the errors of the best weights",
    "difference 0",
)
def _equation_15() -> Finding:
    importance = np.array([1.0, 3.0, 0.5])
    utility = fg.FederatedMean(fg.Users(samples=[3, 10, 40], importance=importance), 2.0, 15.0)
    profiles = list(product(range(3), repeat=3))
    errors = np.array([FederatedEstimator.optimal(utility, profile).emse for profile in profiles])
    expected = np.log((15 + 2 * 2) / errors) @ importance
    worst = float(np.abs(expected - utility.on_grid().ravel()).max())
    return Finding(
        f"U(0) = {utility.at((0, 0, 0))}, largest difference {worst:.1g}",
        worst <= ROUNDING and utility.at((0, 0, 0)) == 0,
        "27 profiles of 3 users: the errors of the weights by eq. 55 against U in closed form",
    )


@claim(
    STATEMENTS,
    "heterogeneity",
    "Section 4; Fig. 4",
    "where s² ≫ r²/n_i others' data are generally not helpful for θ_i, where s² ≪ r²/n_i very useful",
    "weight on others' data near 0, and near 1",
)
def _heterogeneity() -> Finding:
    others = {
        ratio: 1 - federated_weights(fg.FederatedMean(fg.Users(samples=[10] * 20), ratio, 10.0), [[2] * 20])[0, 0, 0]
        for ratio in (1e4, 1.0, 1e-4)
    }
    return Finding(
        "; ".join(f"s²n/r² = {ratio:g}: {weight:.3g}" for ratio, weight in others.items()),
        others[1e4] < 0.05 and others[1e-4] > 0.9,
        "20 users on level 2 with equal n; the most that can be is 19/20",
    )


@claim(
    STATEMENTS,
    "fig-4-earlier",
    "earlier version: Fig. 4's caption",
    "with t² = Var(θ_i) and s² = E[σ_i²], s² large relative to t² means very heterogeneous data",
    "weight on others' data near 0",
)
def _fig_4_earlier() -> Finding:
    def weight(between: float, within: float) -> float:
        utility = fg.FederatedMean(fg.Users(samples=[10] * 20), between, within)
        return float(1 - federated_weights(utility, [[2] * 20])[0, 0, 0])

    printed, swapped = weight(between=1, within=1e4), weight(between=1e4, within=1)
    return Finding(
        f"Var(θ_i) = 1, E[σ_i²] = 10⁴: {printed:.3g}",
        printed < 0.05,
        f"The caption swaps s² and t² against the text; with s² = Var(θ_i) = 10⁴, t² = 1 the weight is {swapped:.1g}.",
    )


@claim(
    STATEMENTS,
    "federating-helps",
    'Section 1: "If the user chooses (ii), the platform is better off"',
    "a user who moves from level 0 to level 1 raises U",
    "gain > 0",
)
def _federating_helps() -> Finding:
    equal = fg.FederatedMean(fg.Users(samples=[10, 10]), between=100.0, within=1.0)
    unequal = fg.FederatedMean(fg.Users(samples=[1000, 1]), between=0.0, within=1.0)
    gains = [utility.at((1, 1)) - utility.at((1, 0)) for utility in (equal, unequal)]
    paid = float(fg.payments(unequal, (1, 1)).payments[1])
    return Finding(
        f"n = (10, 10), s² = 100, r² = 1: {gains[0]:.3g}; n = (1000, 1), s² = 0, r² = 1: {gains[1]:.3g}",
        min(gains) > 0,
        "The aggregate weighs its members equally and hides who they are, so a second member can cost U: Assumption 1 "
        f"fails for the papers' own utility, and the fair payment can be negative ({paid:.3g} in the second case).",
    )


@claim(
    STATEMENTS,
    "log-diminishing",
    "Section 4, at eq. 15",
    "the logarithmic utility satisfies the diminishing-returns assumption",
    "with levels {0, 2} and equal n the k-th user adds less than the one before",
)
def _log_diminishing() -> Finding:
    rises = []
    for ratio in (0.01, 0.1, 1.0, 10.0, 100.0):
        utility = fg.FederatedMean(fg.Users(samples=[10] * 4), ratio, 10.0, levels=[0, 2])
        worth = [utility.at((1,) * k + (0,) * (4 - k)) for k in range(5)]
        steps = np.diff(worth)
        if np.diff(steps).max() > ROUNDING:
            rises.append(f"s² = {ratio:g}: {shown(steps.round(4).tolist())}")
    return Finding(
        "; ".join(rises) or "each step is less",
        not rises,
        "Diminishing in each user's own accuracy, but more users improve everybody's: 4 users with n = 10, r² = 10.",
    )


@claim(
    STATEMENTS,
    "lone-federating-user",
    "Appendix D, comment on Fig. 7",
    "if only one user chooses ρ_i = 1, it is worth the same as with ρ_i = 2",
    "difference 0",
)
def _lone_federating_user() -> Finding:
    worst = 0.0
    for case in federations():
        levels = np.where(np.equal(case.levels, 1), 0, case.levels)
        errors = [
            federated_errors(case.utility, [np.where(np.arange(len(levels)) == 0, own, levels)]) for own in (1, 2)
        ]
        worst = max(worst, float(np.abs(errors[0] / errors[1] - 1).max()))
    return Finding(f"largest relative difference of any EMSE {worst:.1g}", worst <= ROUNDING, "20 random federations")
