"""Section 4 and Appendix B.3: what the federation reveals, the best weights and their error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

import fairgames as fg
from fairgames.estimators import FederatedEstimator, federated_errors, federated_weights
from fairgames.paper.claims.statement import Finding, Statement, claim, shown
from fairgames.typing import FloatArray, Profile

STATEMENTS: list[Statement] = []

#: Differences of floats that are the same number but for rounding, relative to the larger.
_ROUNDING = 1e-11


@dataclass(frozen=True, eq=False)
class Federation:
    """Random users at a profile with somebody on level 1 and somebody on level 2, in the papers' notation."""

    samples: FloatArray
    s2: float
    r2: float
    levels: Profile

    @cached_property
    def utility(self) -> fg.FederatedMean:
        return fg.FederatedMean(fg.Users(samples=self.samples), self.s2, self.r2)

    @cached_property
    def weights(self) -> FloatArray:
        """The best w_ij, shape (N, N + 1); the last column is w_i0."""
        return np.asarray(federated_weights(self.utility, [self.levels])[0])

    def on(self, level: int) -> list[int]:
        return [user for user, own in enumerate(self.levels) if own == level]

    @property
    def v(self) -> FloatArray:
        """V_k = r²/n_k + s²."""
        return np.asarray(self.r2 / self.samples + self.s2)

    @property
    def n1(self) -> int:
        return len(self.on(1))

    @property
    def n2(self) -> int:
        return len(self.on(2))

    @property
    def v0(self) -> float:
        """V₀ = r²/n̄ + s², with n̄ over the users on level 1."""
        return float(self.v[self.on(1)].mean())

    @property
    def v_bar(self) -> float:
        return self.n2 / float((1 / self.v[self.on(2)]).sum())

    @property
    def total(self) -> float:
        return self.n1 + self.n2 * self.v0 / self.v_bar


def federations() -> Iterator[Federation]:
    """Twenty random ones; the same at every call."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        n = int(rng.integers(4, 8))
        levels = (1, 2, 0, *rng.integers(0, 3, n - 3).tolist())
        s2, r2 = 10 ** rng.uniform(-2, 2, 2)
        yield Federation(rng.integers(1, 200, n).astype(float), float(s2), float(r2), levels)


def _apart(one: float, other: float) -> float:
    return abs(one - other) / max(abs(one), abs(other), 1e-300)


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
        if not fg.FEDERATED.check(estimator, profile) or not np.allclose(estimator.shares, shares, atol=1e-15):
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
        worst <= _ROUNDING and utility.at((0, 0, 0)) == 0,
        "27 profiles of 3 users: the errors of the weights by eq. 55 against U in closed form",
    )


def _equation_55(case: Federation, user: int, w: FloatArray, w0: float, n_bar: float) -> float:
    """Eq. 55 as printed."""
    sends, group = case.on(2), case.on(1)
    direct = sum(w[j] ** 2 / case.samples[j] for j in sends)
    others, members = [j for j in sends if j != user], [j for j in group if j != user]
    squares = sum(w[j] ** 2 for j in others) + len(members) * w0**2 / case.n1**2
    bias = sum(w[j] for j in others) + len(members) * w0 / case.n1
    return float(case.r2 * (direct + w0**2 / (case.n1 * n_bar)) + case.s2 * (squares + bias**2))


def _against_equation_55(later: bool) -> float:
    """The largest relative difference to the error of random weights, n̄ over j as each version has it."""
    rng, worst = np.random.default_rng(3), 0.0
    for case in federations():
        n = len(case.levels)
        drawn = np.zeros((n, n + 1))
        drawn[:, [*case.on(2), n]] = rng.normal(size=(n, case.n2 + 1))
        drawn /= drawn.sum(axis=1, keepdims=True)
        shares = np.equal(case.levels, 1) / case.n1
        estimator = FederatedEstimator(
            case.levels, drawn[:, :n], drawn[:, n], shares, case.samples, case.s2, case.r2
        )
        ordered, n1, n2 = [*case.on(2), *case.on(1), *case.on(0)], case.n1, case.n2
        over = ordered[n2 : n2 + n1] if later else ordered[n1 : n1 + n2]
        n_bar = 1 / (sum(1 / case.samples[j] for j in over) / case.n1)
        for user in range(n):
            printed = _equation_55(case, user, drawn[user], float(drawn[user, n]), n_bar)
            worst = max(worst, _apart(printed, float(estimator.emse[user])))
    return worst


@claim(
    STATEMENTS,
    "proposition-4",
    "Proposition 4, eq. 55",
    "the error of any weights is eq. 55, with n̄ over the users on level 1",
    "difference 0",
)
def _proposition_4() -> Finding:
    worst = _against_equation_55(later=True)
    return Finding(f"largest relative difference {worst:.1g}", worst <= 1e-9, "random weights of 20 random federations")


@claim(
    STATEMENTS,
    "proposition-4-earlier",
    "earlier version: Proposition 4, eq. 54",
    "n̄ = ((1/N₁) Σ 1/n_j)⁻¹ over j = N₁ + 1, …, N₁ + N₂, which are not the users on level 1",
    "difference 0",
)
def _proposition_4_earlier() -> Finding:
    worst = _against_equation_55(later=False)
    right = _against_equation_55(later=True)
    return Finding(
        f"largest relative difference {worst:.3g}",
        worst <= 1e-9,
        "Users are ordered by falling level, so those on level 1 are N₂ + 1, …, N₂ + N₁, as the later version has it: "
        f"with them the difference is {right:.1g}. The two agree where N₁ = N₂ only.",
    )


def _worst_weight(level: int) -> float:
    """The largest difference of printed and best weights for users on one level."""
    worst = 0.0
    for case in federations():
        for i in case.on(level):
            printed, shift = np.zeros(len(case.levels) + 1), case.s2 / case.v[i]
            for j in case.on(2):
                plain = case.v0 / case.v[j] / case.total
                printed[j] = {0: plain, 1: plain - case.s2 / case.v[j] / case.total, 2: plain * (1 - shift)}[level]
            first = case.n1 / case.total
            printed[-1] = {
                0: first,
                1: first + case.n2 / case.total * case.s2 / case.v_bar,
                2: first * (1 - shift),
            }[level]
            if level == 2:
                own = case.v0 / case.v[i]
                printed[i] = own / case.total + (case.total - own) / case.total * shift
            worst = max(worst, float(np.abs(printed - case.weights[i]).max()))
    return worst


def _proposition_5(level: int) -> Finding:
    worst = _worst_weight(level)
    return Finding(f"largest difference {worst:.1g}", worst <= _ROUNDING, "20 random federations, against the best weights")


@claim(
    STATEMENTS,
    "proposition-5-level-0",
    "Proposition 5, eq. 59",
    "for ρ_i = 0 the best weights are eq. 59",
    "difference 0",
)
def _proposition_5_level_0() -> Finding:
    return _proposition_5(0)


@claim(
    STATEMENTS,
    "proposition-5-level-1",
    "Proposition 5, eqs. 60 and 61",
    "for ρ_i = 1 the best weights are eqs. 60 and 61",
    "difference 0",
)
def _proposition_5_level_1() -> Finding:
    return _proposition_5(1)


@claim(
    STATEMENTS,
    "proposition-5-level-2",
    "Proposition 5, eqs. 62–64",
    "for ρ_i = 2 the best weights are eqs. 62–64",
    "difference 0",
)
def _proposition_5_level_2() -> Finding:
    return _proposition_5(2)


@claim(
    STATEMENTS,
    "eq-72",
    "eq. 72; earlier version: eq. 71",
    "for ρ_i = 2 the gradient condition is w_ii·V_i + w_i0·N₂V₀/(N₁V̄) + s²/V_i = 1",
    "residual 0 at the best weights",
)
def _equation_72() -> Finding:
    printed = corrected = 0.0
    for case in federations():
        for i in case.on(2):
            w0, share = case.weights[i, -1], case.n2 * case.v0 / (case.n1 * case.v_bar)
            printed = max(printed, abs(case.weights[i, i] * case.v[i] + w0 * share + case.s2 / case.v[i] - 1))
            corrected = max(corrected, abs(w0 * (1 + share) + case.s2 / case.v[i] - 1))
    return Finding(
        f"largest residual {printed:.3g}",
        printed <= _ROUNDING,
        f"w_i0·(1 + N₂V₀/(N₁V̄)) + s²/V_i = 1 has {corrected:.1g}; eqs. 62–64 follow from it and are right.",
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
    "Section 1: \"If the user chooses (ii), the platform is better off\"",
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
        if np.diff(steps).max() > _ROUNDING:
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
        errors = [federated_errors(case.utility, [np.where(np.arange(len(levels)) == 0, own, levels)]) for own in (1, 2)]
        worst = max(worst, float(np.abs(errors[0] / errors[1] - 1).max()))
    return Finding(f"largest relative difference of any EMSE {worst:.1g}", worst <= _ROUNDING, "20 random federations")
