"""U of any coalitions of the users who share at one profile, a list of them at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairgames.typing import Array, BoolArray, FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.federated_mean import FederatedMean

#: Entries of the arrays of one step.
_BLOCK = 200_000


class Worth:
    """U of coalitions.

    Attributes
    ----------
    users : who shares, shape (n,)
    grand : U of all of them
    """

    def __init__(self, utility: Utility, profile: Sequence[int] | IntArray) -> None:
        self.utility = utility
        self.profile = np.asarray(profile, dtype=np.int64)
        self.users = np.flatnonzero(self.profile)
        self.grand = float(self.of(np.ones((1, len(self.users)), dtype=bool))[0])

    def of(self, coalitions: BoolArray) -> FloatArray:
        """U of each row of ``coalitions``, shape (M, n): who of :attr:`users` is in."""
        if not isinstance(self.utility, FederatedMean):
            return np.array([self.utility.at(self._profile(row)) for row in coalitions])
        coalitions = np.atleast_2d(coalitions)
        together = max(1, _BLOCK // max(1, len(self.users)))
        parts = [
            _of_federation(self.utility, self.users, self.profile[self.users], coalitions[first : first + together])
            for first in range(0, len(coalitions), together)
        ]
        return np.concatenate(parts)

    def _profile(self, inside: BoolArray) -> list[int]:
        profile = np.zeros_like(self.profile)
        profile[self.users[inside]] = self.profile[self.users[inside]]
        return list(profile.tolist())


def _of_federation(utility: FederatedMean, users: Array, indices: Array, coalitions: BoolArray) -> FloatArray:
    """The formulas of :class:`FederatedMean` for a list of coalitions, shape (M,)."""
    assert utility.users.samples is not None
    levels = np.array([int(level) for level in utility.levels])[indices]
    s2, noise = utility.between, utility.within / utility.users.samples[users]
    weights, importance = utility.users.importance[users], utility.users.importance
    sends, hides = coalitions & (levels == 2), coalitions & (levels == 1)
    plain = np.ones(len(users)) if utility.aggregation == "equal" else utility.users.samples[users]
    total, squares = hides @ plain, hides @ plain**2
    variance = s2 * squares + hides @ (plain**2 * noise)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = sends @ (1 / (noise + s2)) + np.where(total > 0, total**2 / variance, 0.0)
        mean_error = (1 / precision)[:, None]
        share = noise / (noise + s2)
        of_senders = s2 * share + share**2 * mean_error
        own = s2 * (variance[:, None] - s2 * plain**2) / variance[:, None]
        misfit = 1 - s2 * plain * total[:, None] / variance[:, None]
        of_members = own + misfit**2 * mean_error
        errors = np.where(sends, of_senders, np.where(hides, of_members, s2 + mean_error))
        logs = np.log((utility.within + 2 * s2) / errors) @ weights
        logs += (importance.sum() - weights.sum()) * np.log((utility.within + 2 * s2) / (s2 + mean_error[:, 0]))
    return np.where(coalitions.any(axis=1), logs, 0.0) * float(utility.scale)
