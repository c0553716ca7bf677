"""Appendix B.3: the error of any weights, and the best ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import fairgames as fg
from fairgames.estimators import FederatedEstimator, federated_weights
from fairgames.paper.claims.statement import Finding, Statement, claim
from fairgames.typing import FloatArray, Profile

STATEMENTS: list[Statement] = []

#: Differences of floats that are the same number but for rounding, relative to the larger.
ROUNDING = 1e-11


@dataclass(frozen=True, eq=False)
class WeightedFederation:
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


def federations() -> Iterator[WeightedFederation]:
    """Twenty random ones; the same at every call."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        n = int(rng.integers(4, 8))
        levels = (1, 2, 0, *rng.integers(0, 3, n - 3).tolist())
        s2, r2 = 10 ** rng.uniform(-2, 2, 2)
        yield WeightedFederation(rng.integers(1, 200, n).astype(float), float(s2), float(r2), levels)


def _apart(one: float, other: float) -> float:
    return abs(one - other) / max(abs(one), abs(other), 1e-300)


def _equation_55(case: WeightedFederation, user: int, w: FloatArray, w0: float, n_bar: float) -> float:
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
        estimator = FederatedEstimator(case.levels, drawn[:, :n], drawn[:, n], shares, case.samples, case.s2, case.r2)
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


@claim(
    STATEMENTS,
    "proposition-5",
    "Proposition 5, eqs. 59–64",
    "the best weights are eq. 59 for ρ_i = 0, eqs. 60 and 61 for 1, eqs. 62–64 for 2",
    "difference 0",
)
def _proposition_5() -> Finding:
    worst = [_worst_weight(level) for level in range(3)]
    return Finding(
        f"largest differences {', '.join(f'{one:.1g}' for one in worst)} for ρ_i = 0, 1, 2",
        max(worst) <= ROUNDING,
        "20 random federations, against the best weights",
    )


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
        printed <= ROUNDING,
        f"w_i0·(1 + N₂V₀/(N₁V̄)) + s²/V_i = 1 has {corrected:.1g}; eqs. 62–64 follow from it and are right.",
    )
