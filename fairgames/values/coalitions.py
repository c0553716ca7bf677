"""U of any coalitions of the users who share at one profile, a list of them at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.federated_mean import FederatedMean

#: Entries of the arrays of one step.
_BLOCK = 200_000
_EPS = float(np.finfo(float).eps)


class Worth:
    """U of coalitions, given by how many users of each kind are in: those of one type and at one level.

    Attributes
    ----------
    kind : the number of each user's kind, shape (N,); −1 for users on level 0
    sizes : how many users are of each of C kinds
    levels : their level indices
    grand : U of all of them
    rounding : bound on the absolute error of every U so far
    """

    def __init__(self, utility: Utility, profile: Sequence[int] | IntArray) -> None:
        self.utility = utility
        self.rounding = 0.0 if isinstance(utility, FederatedMean) else utility.rounding
        levels, n_levels = np.asarray(profile, dtype=np.int64), len(utility.levels)
        key = np.asarray(utility.types, dtype=np.int64) * n_levels + levels
        sharing = np.flatnonzero(levels)
        found, first, which, self.sizes = np.unique(
            key[sharing], return_index=True, return_inverse=True, return_counts=True
        )
        self.kind = np.full(utility.n_users, -1)
        self.kind[sharing] = which
        self.first = sharing[first]
        self.levels = found % n_levels
        self.grand = float(self.of(self.sizes[None])[0])

    def of(self, counts: IntArray) -> FloatArray:
        """U of each row of ``counts``, shape (M, C)."""
        if isinstance(self.utility, FederatedMean):
            together = max(1, _BLOCK // max(1, len(self.sizes)))
            parts = [self._of_federation(counts[row : row + together]) for row in range(0, len(counts), together)]
            return np.concatenate([np.zeros(0), *parts])
        if len(self.utility.type_sizes) == 1:
            rows = np.zeros((len(counts), len(self.utility.levels)), dtype=np.int64)
            rows[:, self.levels] = counts
            rows[:, 0] = self.utility.n_users - counts.sum(axis=1)
            return self.utility.on_counts([rows])
        return np.array([self.utility.at(self._profile(row)) for row in counts])

    def _profile(self, counts: IntArray) -> list[int]:
        """The first users of each kind are in."""
        profile = np.zeros(len(self.kind), dtype=np.int64)
        for kind, (count, level) in enumerate(zip(counts, self.levels, strict=True)):
            profile[np.flatnonzero(self.kind == kind)[:count]] = level
        return list(profile.tolist())

    def _of_federation(self, counts: IntArray) -> FloatArray:
        """The formulas of :class:`FederatedMean` for a list of coalitions, shape (M,)."""
        utility, users = self.utility, self.first
        assert isinstance(utility, FederatedMean)
        assert utility.users.samples is not None
        levels = np.array([int(level) for level in utility.levels])[self.levels]
        s2, noise = utility.between, utility.within / utility.users.samples[users]
        importance, everybody = utility.users.importance[users], float(utility.users.importance.sum())
        sends, hides = counts * (levels == 2), counts * (levels == 1)
        weights = np.ones(len(users)) if utility.aggregation == "equal" else utility.users.samples[users]
        total, variance = hides @ weights, hides @ (weights**2 * (s2 + noise))
        reference = utility.within + 2 * s2
        with np.errstate(divide="ignore", invalid="ignore"):
            mean_error = 1 / (sends @ (1 / (noise + s2)) + np.where(total > 0, total**2 / variance, 0.0))[:, None]
            share = noise / (noise + s2)
            of_senders = s2 * share + share**2 * mean_error
            part = s2 * weights / variance[:, None]
            misfit = 1 - part * total[:, None]
            of_members = s2 - part * s2 * weights + misfit**2 * mean_error
            logs = np.log(reference / np.where(levels == 2, of_senders, of_members))
            # Two differences may cancel; all else is sums and products of positive terms.
            lost = (2 * s2 + 2 * (1 + part * total[:, None]) * np.abs(misfit) * mean_error) / of_members
            slips = 3 + np.abs(logs) + np.where(levels == 2, 0.0, lost)
            found, slips = (np.where(counts > 0, counts * part, 0.0) @ importance for part in (logs, slips))
            absent, last = everybody - counts @ importance, np.log(reference / (s2 + mean_error[:, 0]))
            found += absent * last
            slips += absent * (3 + np.abs(last))
        some, unit = counts.any(axis=1), (len(users) + 8) * _EPS * float(utility.scale)
        self.rounding = max(self.rounding, unit * float(slips[some].max(initial=0.0)))
        return np.where(some, found, 0.0) * float(utility.scale)
