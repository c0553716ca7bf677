"""Sections 2 and 3, Appendices B.1 and C: privacy and the estimate of a common mean."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import fairgames as fg
from fairgames.estimators import LinearLaplaceEstimator, MeanPrior, optimal_weights
from fairgames.paper.claims.statement import Finding, Statement, claim, first_against, shown
from fairgames.privacy import LinearLaplaceMechanism
from fairgames.typing import Profile

STATEMENTS: list[Statement] = []

F = Fraction

#: ε′ over which sentences about "some ε′ > 0" are checked.
EPSILONS = (F(1, 10), F(1, 2), F(1), F(2), F(7, 2), F(10), F(100))
_OVER = f"ε′ = {', '.join(map(str, EPSILONS))}, exactly"


@claim(
    STATEMENTS,
    "definition-2",
    "Definition 2, eq. 35",
    "the ε-DP estimator of eq. 35 is in A(ε) of Definition 2, for all x, x′ as printed",
    "privacy loss between any x and x′ ≤ ε′",
)
def _definition_2() -> Finding:
    epsilon = F(1)
    mechanism = LinearLaplaceMechanism.of(LinearLaplaceEstimator.optimal([epsilon, epsilon]))
    alone = max(F(mechanism.loss(user)) for user in range(2))
    everybody = sum((F(mechanism.loss(user)) for user in range(2)), F(0))
    return Finding(
        f"ε′ = 1: {everybody} where both data differ, {alone} where one does",
        everybody <= epsilon,
        "Definition 2 leaves out that x and x′ differ in user i's data only; with that the loss is ε′ "
        "(the earlier version's Definition 1 says so).",
    )


@claim(
    STATEMENTS,
    "estimators-b1",
    "Appendix B.1, eqs. 28–36",
    "the best weights are 1/(3 + 24/ε′²) and 1/(4 + 12/ε′²) with noise w/ε′, their risks 1/12·(1 − w) and eq. 36",
    "equal for each ε′; risk 1/12 without data",
)
def _estimators() -> Finding:
    prior = MeanPrior()

    def printed(epsilon: Fraction) -> bool:
        one, two = 1 / (3 + 24 / epsilon**2), 1 / (4 + 12 / epsilon**2)
        noise = epsilon / (3 * epsilon**2 + 24), epsilon / (4 * epsilon**2 + 12)
        weights = optimal_weights([epsilon]), optimal_weights([epsilon] * 2)
        risks = prior.risk([one], noise[0]), prior.risk([two, two], noise[1])
        return weights == (([one], noise[0]), ([two] * 2, noise[1])) and risks == (
            F(1, 12) * (1 - one),
            F(1, 12) * (1 - 1 / (2 + 6 / epsilon**2)),
        )

    wrong, nothing = first_against(EPSILONS, printed), prior.risk([], F(0))
    return Finding(
        f"{'equal for each ε′' if wrong is None else f'differ at ε′ = {wrong}'}; without data {nothing}",
        wrong is None and nothing == F(1, 12),
        _OVER,
    )


@claim(
    STATEMENTS,
    "eq-37",
    "eq. 37, from eqs. 32 and 36; earlier version: eq. 36",
    "with U = c₁r + c₂, U(0) = 0 and sup U = 1, U is 2/(3 + 24/ε′²) of one user and 1/(1 + 3/ε′²) of two",
    "difference 0; c₁ = −24, c₂ = 2",
)
def _equation_37() -> Finding:
    def printed(epsilon: Fraction) -> bool:
        one, two = 2 / (3 + 24 / epsilon**2), 1 / (1 + 3 / epsilon**2)
        found = fg.LinearLaplace(2, [0, epsilon]).exact_on_grid().fractions().tolist()
        risks = [LinearLaplaceEstimator.optimal([epsilon] * n + [0] * (2 - n)).risk for n in (1, 2)]
        return found == [[0, one], [one, two]] and [2 - 24 * risk for risk in risks] == [one, two]

    wrong = first_against(EPSILONS, printed)
    top = 2 - 24 * LinearLaplaceEstimator.optimal(["inf", "inf"]).risk
    return Finding(
        f"{'equal for each ε′' if wrong is None else f'differ at ε′ = {wrong}'}; U = {top} at ε′ = ∞",
        wrong is None and top == 1,
        _OVER,
    )


def _falls(utility: fg.Utility) -> tuple[Profile, int] | None:
    """A profile and a user whose next level makes U less, in exact arithmetic."""
    table = utility.exact_on_grid().fractions()
    top = len(utility.levels) - 1
    for profile in product(range(top + 1), repeat=utility.n_users):
        for user in range(utility.n_users):
            if profile[user] < top:
                higher = (*profile[:user], profile[user] + 1, *profile[user + 1 :])
                if table[higher] < table[profile]:
                    return profile, user
    return None


@claim(
    STATEMENTS,
    "u-monotone",
    'Section 3 ("U is monotone increasing in ε"); Appendix C ("an optimal error must be monotonic")',
    "the optimal linear-Laplace risk never rises when a user raises ε",
    "no fall of U",
)
def _monotone() -> Finding:
    levels: list[Fraction | float] = [F(0), F(1, 4), F(1), F(3), F(20), math.inf]
    falls = [fall for n in (1, 2, 3, 4) if (fall := _falls(fg.LinearLaplace(n, levels))) is not None]
    return Finding(
        f"{len(falls)} falls" + (f", first {falls[0]}" if falls else ""),
        not falls,
        "1 to 4 users, ε in {0, 1/4, 1, 3, 20, ∞}, exactly. Not strictly: see saturation, which Assumption 1 excludes.",
    )


@claim(
    STATEMENTS,
    "saturation",
    "Appendix C; earlier version: Section 5",
    "an optimal algorithm will sometimes give users with a large ε more privacy than they asked for",
    "an effective ε below the one asked for",
)
def _saturation() -> Finding:
    found = LinearLaplaceEstimator.optimal([1, 100])
    same = LinearLaplaceEstimator.optimal([1, found.effective_epsilons[1]]).risk == found.risk
    return Finding(
        f"ε = (1, 100): effective ε = {shown(found.effective_epsilons)}, saturated: {shown(found.saturated)}",
        any(found.saturated),
        f"At ε = (1, {found.effective_epsilons[1]}) the risk is {'the same' if same else 'another'}: U is not strictly "
        "monotone.",
    )
