"""Equilibria under an uncertain U: gains of deviating, ends of intervals and values, drawn from the surrogate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairgames.game import PaymentGame
from fairgames.training import products
from fairgames.training.products import Functionals
from fairgames.training.surrogate import Surrogate
from fairgames.typing import FloatArray, Profile

#: Draws of what U may be.
_DRAWS = 2000
#: Added to the covariance drawn from, as a part of its trace: round-off leaves it just short of positive.
_RIDGE = 1e-12


@dataclass(frozen=True, eq=False)
class UncertainEquilibria:
    """Profiles that may be the best equilibrium, in many draws of what U may be.

    Attributes
    ----------
    profiles : K of them, level indices
    targets : for each first U, then P(ρ) − P(ρ with ρ_i = y) for each user i and other choice y
    costs : for each and each of its deviations, c_i(ρ_i) − c_i(y), shape (K, D)
    gains, utility : the draws, shapes (draws, K, D) and (draws, K)
    """

    profiles: tuple[Profile, ...]
    targets: Functionals
    costs: FloatArray
    gains: FloatArray
    utility: FloatArray

    @classmethod
    def of(
        cls, game: PaymentGame, surrogate: Surrogate, profiles: tuple[Profile, ...], widened: float,
        generator: np.random.Generator,
    ) -> UncertainEquilibria:  # fmt: skip
        """From the surrogate, its standard deviations taken ``widened`` times."""
        n_levels = len(game.utility.levels)
        parts = [_targets(game, profile, n_levels) for profile in profiles]
        targets = Functionals.together([functionals for functionals, _ in parts])
        mean, covariance = surrogate.mean(targets), widened**2 * surrogate.covariance(targets)
        # By eigenvalues: a covariance of what is nearly known is nearly singular.
        sizes, directions = np.linalg.eigh(covariance)
        root = directions * np.sqrt(np.maximum(sizes, _RIDGE * abs(sizes[-1])))
        drawn = mean + generator.standard_normal((_DRAWS, len(mean))) @ root.T
        drawn = drawn.reshape(_DRAWS, len(profiles), -1)
        return cls(profiles, targets, np.array([costs for _, costs in parts]), drawn[..., 1:], drawn[..., 0])

    @property
    def ends(self) -> tuple[FloatArray, FloatArray]:
        """The α from which and up to which each is an equilibrium, in each draw: shape (draws, K); inf: none."""
        needs = self.costs > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.costs / self.gains
        low = np.where(needs, np.where(self.gains > 0, ratio, np.inf), 0.0).max(axis=2)
        high = np.where(~needs & (self.gains < 0), ratio, np.inf).min(axis=2)
        return low, high

    def values(self) -> FloatArray:
        """What the platform keeps of each at the lowest α of its interval; −inf where there is none in [0, 1]."""
        low, high = self.ends
        return np.asarray(np.where(low <= np.minimum(high, 1.0), (1 - low) * self.utility, -np.inf))

    def questions(self, best: int) -> Functionals:
        """Functionals of U that decide which of them is best, weighted by how likely each matters, in money.

        V = (1 − α)·U with α = c/D at the deviation that binds, so dV = (1 − α)·dU + U·c/D²·dD.
        """
        low, _ = self.ends
        values = self.values()
        wins = np.bincount(values.argmax(axis=1), minlength=len(self.profiles)) / len(values)
        rows = []
        for k in range(len(self.profiles)):
            weight = 1.0 if k == best else float(wins[k])
            if weight < 0.01:
                continue
            alpha = float(np.clip(np.median(low[:, k]), 0, 1))
            start, width = k * (1 + self.costs.shape[1]), self.costs.shape[1]
            row = np.zeros(self.targets.weights.shape[0])
            row[start] = 1 - alpha
            rows.append(weight * row)
            for deviation, chance in self._binding(k):
                gain = float(np.median(self.gains[:, k, deviation]))
                slope = float(np.median(self.utility[:, k])) * self.costs[k, deviation] / max(gain, 1e-9) ** 2
                row = np.zeros(self.targets.weights.shape[0])
                row[start + 1 + deviation] = min(slope, 1e3)
                rows.append(weight * np.sqrt(chance) * row)
            assert width == len(self.costs[k])
        return self.targets.combined(np.array(rows))

    def _binding(self, k: int) -> list[tuple[int, float]]:
        """The deviations of one profile that may bind, with how likely."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((self.costs[k] > 0) & (self.gains[:, k] > 0), self.costs[k] / self.gains[:, k], -np.inf)
        chances = np.bincount(ratio.argmax(axis=1), minlength=ratio.shape[1]) / len(ratio)
        return [(deviation, float(chances[deviation])) for deviation in np.flatnonzero(chances > 0.02).tolist()]


def _targets(game: PaymentGame, profile: Profile, n_levels: int) -> tuple[Functionals, list[float]]:
    deviations, costs = [], []
    for user, choices in enumerate(game.strategies):
        place = dict(zip(choices, game.costs[user], strict=True))
        for level in choices:
            if level != profile[user]:
                deviations.append((*profile[:user], level, *profile[user + 1 :]))
                costs.append(float(place[profile[user]] - place[level]))
    own = products.utilities(np.array([profile]), n_levels)
    potentials = products.potentials([profile, *deviations], n_levels)
    less = np.hstack([np.ones((len(deviations), 1)), -np.eye(len(deviations))])
    return Functionals.together([own, potentials.combined(less)]), costs
