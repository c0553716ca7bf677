"""The best linear estimates of every user's mean θ_i from what a federation reveals, for many profiles at once.

The platform sees θ̂_j, with variance V_j = r²/n_j + s² about the population mean, of every user on
level 2, and θ̂_f = Σ u_k θ̂_k of those on level 1, with variance b = Σ u_k² V_k. Write D_j for the
variance of a signal and c_ij for its covariance with θ_i: s² for user i's own θ̂_i, u_i s² for the
θ̂_f of a member, else 0. Among weights with Σ_j w_ij = 1 the best are

    w_ij = (c_ij + λ_i)/D_j,   λ_i = (1 − Σ_j c_ij/D_j)·x,   1/x = Σ_j 1/D_j,

those of Proposition 5 where u is equal, with the error s² − Σ_j c_ij²/D_j + λ_i²/x. Below, every
difference is the sum of positive terms that it is, where it is one, so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairgames.errors import InputError
from fairgames.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from fairgames.utilities.federated_mean import FederatedMean

_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


@dataclass(frozen=True, eq=False)
class Federation:
    """M federations of T types of users; a profile is the case of one user a type.

    Attributes
    ----------
    between, noise : s², and r²/n of each type, shape (T,)
    parts : what a member's part of θ̂_f is proportional to: 1, or n, shape (T,)
    members : how many of each type are in the aggregate, shape (M, T): all on level 1, or none where they are too few
    hidden : where there are users on level 1 too few for an aggregate, shape (M, 1)
    senders : how many of each type are on level 2, shape (M, T)
    prior : EMSE_i where nobody shares, r² + 2s² by definition (Section 4)
    """

    between: float
    noise: FloatArray
    parts: FloatArray
    members: FloatArray
    senders: FloatArray
    prior: float
    hidden: BoolArray

    @classmethod
    def of(
        cls, utility: FederatedMean, members: FloatArray, senders: FloatArray, users: Sequence[int] | None = None
    ) -> Federation:
        """Of all users as types of their own, or of ``users``, one of each type."""
        samples = samples_of(utility)
        samples = samples if users is None else samples[list(users)]
        parts = samples if utility.aggregation == "samples" else np.ones_like(samples)
        prior, sizes = utility.within + 2 * utility.between, members.sum(axis=1, keepdims=True)
        hidden = (sizes > 0) & (sizes < utility.minimum_aggregate)
        members = np.where(hidden, 0.0, members)
        return cls(utility.between, utility.within / samples, parts, members, senders, prior, hidden)

    def _total(self) -> FloatArray:
        """Σ of the members' parts, and 1 for an empty group, shape (M, 1)."""
        total = self.members @ self.parts
        return np.where(total > 0, total, 1.0)[:, None]

    def shares(self) -> FloatArray:
        """u of a member of each type, 0 if it has none, shape (M, T)."""
        return np.where(self.members > 0, self.parts / self._total(), 0.0)

    def _group_variance(self) -> FloatArray:
        """b = Σ u²V, and ``inf`` for an empty group, shape (M, 1)."""
        found = self.members @ (self.parts**2 * (self.noise + self.between))
        return np.where(found > 0, found, np.inf)[:, None] / self._total() ** 2

    def variances(self) -> FloatArray:
        """D, ``inf`` where there is no such signal, shape (M, T + 1); of profiles."""
        own = np.where(self.senders > 0, self.noise + self.between, np.inf)
        return np.hstack([own, self._group_variance()])

    def covariances(self) -> FloatArray:
        """c, shape (M, T, T + 1); of profiles."""
        own = self.senders[:, :, None] * np.eye(self.senders.shape[1])
        return self.between * np.concatenate([own, self.shares()[:, :, None]], axis=2)

    def weights(self) -> FloatArray:
        """w, 0 where nobody shares, shape (M, T, T + 1); of profiles."""
        own = self.between / (self.noise + self.between) * self.senders
        grouped = self.between * self.shares() / self._group_variance()
        inverse = 1 / self.variances()
        precision = inverse.sum(axis=1, keepdims=True)
        rest = (1 - own - grouped) / np.where(precision > 0, precision, 1.0)
        result: FloatArray = rest[:, :, None] * inverse[:, None, :]
        diagonal = np.arange(own.shape[1])
        result[:, diagonal, diagonal] += own
        result[:, :, -1] += grouped
        return result

    def errors(self) -> tuple[tuple[FloatArray, FloatArray], ...]:
        """EMSE of a user of each type at level 0, 1, 2, each with a bound on its rounding error, shape (M, T).

        EMSE = s²·kept + misfit²·x: kept = 1 − c²/(s²D) and misfit = 1 − c/D for a user whose own data
        are in a signal, and both 1 for the others.
        """
        group = self._group_variance()
        precision = (self.senders @ (1 / (self.noise + self.between)))[:, None] + 1 / group
        nobody = precision == 0
        mean_error = 1 / np.where(nobody, 1.0, precision)
        lonely, ones = self.noise / (self.noise + self.between), np.ones_like(self.noise)
        rounding = (2 * len(self.noise) + 30) * _UNIT_ROUNDOFF

        def at_level(kept: FloatArray, misfit: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
            error = self.between * kept + misfit**2 * mean_error
            bound = rounding * (error + 2 * np.abs(misfit) * size * mean_error)
            return np.where(nobody, self.prior, error), np.where(nobody, rounding * self.prior, bound)

        absent, (errors, bounds) = at_level(ones, ones, ones), at_level(*self._of_members(group))
        on_level_1 = np.where(self.hidden, absent[0], errors), np.where(self.hidden, absent[1], bounds)
        return absent, on_level_1, at_level(lonely, lonely, lonely)

    def _of_members(self, group: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """kept and misfit of a level-1 user, and the sum of the absolute terms of misfit, shape (M, T) each.

        b − u_i²s² = s²·Σ_{k≠i} u_k² + Σu²r²/n, and b − u_i s² has Σ u_k(u_k − u_i) in place of the former
        sum: of both signs where members weigh differently, 0 where they do not.
        """
        s2, p, scale = self.between, self.parts, self._total() ** 2 * group
        others = self.members @ (p[:, None] ** 2 * (1 - np.eye(len(p)))) + np.maximum(self.members - 1, 0) * p**2
        noisy = (self.members @ (p**2 * self.noise))[:, None]
        unlike = p[:, None] * (p[:, None] - p)
        kept = (s2 * others + noisy) / scale
        misfit = (s2 * (self.members @ unlike) + noisy) / scale
        size = (s2 * (self.members @ np.abs(unlike)) + noisy) / scale
        return kept, misfit, size


def samples_of(utility: FederatedMean) -> FloatArray:
    """n_i of every user, shape (N,); the utility has made sure that there are any."""
    if utility.users.samples is None:
        raise InputError("users: the federated mean needs samples (n_i) for every user")
    return utility.users.samples
