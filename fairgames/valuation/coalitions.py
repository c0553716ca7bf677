"""U of coalitions of the users who share at one profile: of a list, or of all that differ from one by a single user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairgames.federation import FederatedModel, group_total, of_member, of_sender
from fairgames.typing import BoolArray, FloatArray, IntArray
from fairgames.utilities.base import Utility

#: Entries of the arrays of one step: they stay in the cache.
_BLOCK = 20_000
#: Kinds from which on it pays to look only at those of a coalition, one coalition after another.
_MANY = 150
_EPS = float(np.finfo(float).eps)
#: A product of eight such numbers is still a normal one.
_LEAST_FACTOR = 1e-38


@dataclass(frozen=True, eq=False)
class Neighbours:
    """U of coalitions S and S ∪ {j}, shape (M,), and of all their neighbours, shape (M, C).

    Attributes
    ----------
    before, after : U(S) and U(S ∪ {j})
    wider : U of S and one more of each kind; 0 where all of the kind are in S
    closer : U of S ∪ {j} without one of each kind; 0 where none of the kind is in S
    """

    before: FloatArray
    after: FloatArray
    wider: FloatArray
    closer: FloatArray


class KindsUtility:
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
        self.rounding = 0.0 if utility.federation else utility.rounding
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
        model = utility.federation
        self.federation = _FederatedKinds(model, self.first, self.levels) if model else None
        types = np.asarray(utility.types, dtype=np.int64)[self.first].tolist()
        self.kinds = list(zip(types, self.levels.tolist(), strict=True))
        self._coalitions = None if model else utility.coalitions(self.kinds)
        self.grand = float(self.of(self.sizes[None])[0])

    def of(self, counts: IntArray) -> FloatArray:
        """U of each row of ``counts``, shape (M, C)."""
        if self.federation:
            together = max(1, _BLOCK // max(1, len(self.sizes)))
            parts = [self.federation.of(counts[row : row + together]) for row in range(0, len(counts), together)]
            return self._rounded(np.concatenate([np.zeros(0), *parts]))
        if len(self.utility.type_sizes) == 1:
            rows = np.zeros((len(counts), len(self.utility.levels)), dtype=np.int64)
            rows[:, self.levels] = counts
            rows[:, 0] = self.utility.n_users - counts.sum(axis=1)
            return self.utility.on_counts([rows])
        if self._coalitions:
            found = self._coalitions.at(list(counts.T))
            self.rounding = max(self.rounding, self._coalitions.rounding)
            return found
        once, which = np.unique(counts, axis=0, return_inverse=True)
        return np.array([self.utility.at(self._profile(row)) for row in once])[which.reshape(-1)]

    def around(self, inside: IntArray, joined: IntArray) -> Neighbours:
        """U of S, S ∪ {j} and their neighbours, for each row of S and S ∪ {j}, shape (M, C) both."""
        may_enter, may_leave = inside < self.sizes, inside > 0
        wider, closer = np.zeros(inside.shape), np.zeros(inside.shape)
        if self.federation and len(self.sizes) > _MANY:
            for row in range(len(inside)):
                for kinds in self._blocks(may_enter[row]):
                    wider[row, kinds] = self.federation.entering(inside[row], kinds)
                for kinds in self._blocks(may_leave[row]):
                    closer[row, kinds] = self.federation.leaving(joined[row], kinds)
            self._rounded(wider)
        else:
            one = np.eye(len(self.sizes), dtype=np.int64)
            wider[may_enter] = self.of((inside[:, None] + one)[may_enter])
            closer[may_leave] = self.of((joined[:, None] - one)[may_leave])
        return Neighbours(self.of(inside), self.of(joined), wider, closer)

    def _blocks(self, which: BoolArray) -> list[IntArray]:
        """The kinds, as many at a time as fit."""
        kinds = np.flatnonzero(which)
        return np.array_split(kinds, 1 + len(kinds) * len(self.sizes) // _BLOCK)

    def _rounded(self, values: FloatArray) -> FloatArray:
        """The same, and the bound on their error noted."""
        if self.federation:
            self.rounding = max(self.rounding, self.federation.rounding)
        return values

    def _profile(self, counts: IntArray) -> list[int]:
        """The first users of each kind are in."""
        profile = np.zeros(len(self.kind), dtype=np.int64)
        for kind, (count, level) in enumerate(zip(counts, self.levels, strict=True)):
            profile[np.flatnonzero(self.kind == kind)[:count]] = level
        return list(profile.tolist())


class _FederatedKinds:
    """U of a federated mean for coalitions of C kinds; variances are in units of r² + 2s².

    ``rounding`` bounds the absolute error of every U so far.
    """

    def __init__(self, model: FederatedModel, users: IntArray, levels: IntArray) -> None:
        samples = model.samples[users]
        self.scale, self.s2 = model.scale, model.between / model.reference
        noise = model.within / model.reference / samples
        own = noise + self.s2
        self.share = noise / own
        self.importance, self.everybody = model.importance[users], model.everybody
        self.hides = np.array(model.levels)[levels] == 1
        self.weights = np.ones(len(users)) if model.equal else samples
        self.equal, self.minimum = model.equal, model.minimum
        # What a user adds to A, Σw, Σw², Σw²·r²/n, Σa and the number of members, shape (C, 6).
        group = self.hides * self.weights
        squares = group * self.weights
        self.adds = np.stack([~self.hides / own, group, squares, squares * noise, self.importance, self.hides], axis=1)
        self.rounding = 0.0

    def of(self, counts: IntArray) -> FloatArray:
        """U of a list of coalitions."""
        return self._total(counts @ self.adds, np.arange(len(self.share)), counts * self.importance)

    def entering(self, counts: IntArray, kinds: IntArray) -> FloatArray:
        """U of a coalition and one more of each of ``kinds``."""
        there = np.flatnonzero(counts)
        heavy = np.broadcast_to((counts * self.importance)[there], (len(kinds), len(there)))
        return self._total(counts @ self.adds + self.adds[kinds], there, heavy, kinds)

    def leaving(self, counts: IntArray, kinds: IntArray) -> FloatArray:
        """U of a coalition without one of each of ``kinds``."""
        there = np.flatnonzero(counts)
        rest = counts[there] - (kinds[:, None] == there)
        return self._total(rest @ self.adds[there], there, rest * self.importance[there])

    def _total(self, sums: FloatArray, kinds: IntArray, heavy: FloatArray, own: IntArray | None = None) -> FloatArray:
        """U from the sums and from Σa of each of ``kinds``, shape (M, K), and one user more a row, of kind ``own``."""
        precision, total, squares, noise, importance, members = sums.T
        formed = members >= self.minimum
        seen = (precision > 0) | formed
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = group_total(self.s2, squares, noise)
            mean_error = 1 / (precision + np.where(formed, total**2 / variance, 0.0))
            # A member of too few for an aggregate is as if absent; where nobody is seen, nothing is gained.
            hidden = np.where(seen, self.s2 + mean_error, 1.0)
            state = mean_error, total, squares, noise, formed, hidden
            hides = self.hides[kinds]
            errors = np.empty(heavy.shape)
            errors[:, ~hides] = self._of_senders(kinds[~hides], mean_error[:, None])
            errors[:, hides] = self._of_members(kinds[hides], *(part[:, None] for part in state))
            if own is not None:
                mine = np.where(self.hides[own], self._of_members(own, *state), self._of_senders(own, mean_error))
                errors, heavy = np.column_stack([errors, mine]), np.column_stack([heavy, self.importance[own]])
                hides = np.append(hides, True)
            errors = np.where(heavy > 0, errors, 1.0)
            absent = self.everybody - importance
            found = np.where(seen, -absent * np.log(self.s2 + mean_error), 0.0)
        found -= _weighted_logs(errors, heavy)
        lost = self._lost(errors[:, hides], heavy[:, hides], mean_error, total, variance, formed)
        # No EMSE is above r² + 2s², so all logarithms are of one sign, and their sum is found.
        slips = 3 * self.everybody + found + lost
        self.rounding = max(self.rounding, (heavy.shape[1] + 8) * _EPS * self.scale * float(slips.max(initial=0.0)))
        return found * self.scale

    def _of_senders(self, kinds: IntArray, mean_error: FloatArray) -> FloatArray:
        """EMSE on level 2."""
        own, misfit = of_sender(self.s2, self.share[kinds])
        return np.asarray(own + misfit**2 * mean_error)

    def _of_members(
        self,
        kinds: IntArray,
        mean_error: FloatArray,
        total: FloatArray,
        squares: FloatArray,
        noise: FloatArray,
        formed: BoolArray,
        hidden: FloatArray,
    ) -> FloatArray:
        """EMSE on level 1, from Σw, Σw² and Σw²·r²/n; ``hidden`` where the aggregate is not formed.

        Where all weigh alike nothing cancels: Σw² − w² is one less than the size of the group, and Σw² − w·Σw is 0.
        """
        weights, variance = self.weights[kinds], group_total(self.s2, squares, noise)
        others = np.maximum(squares - weights**2, 0)
        own, misfit = of_member(self.s2, others, squares - weights * total, noise, variance)
        return np.where(formed, own + misfit**2 * mean_error, hidden)

    def _lost(
        self,
        errors: FloatArray,
        heavy: FloatArray,
        mean_error: FloatArray,
        total: FloatArray,
        variance: FloatArray,
        formed: BoolArray,
    ) -> FloatArray:
        """What two differences of members lose by cancelling, in roundings of their logarithms, Σa times.

        With q = s²·w·Σw/W those are s²·Σw²/W ≤ 1 times s²/EMSE, and 2·|p|·(1 + q)·x/EMSE with p²x ≤ EMSE.
        """
        if self.equal:
            return np.zeros(len(heavy))
        if not heavy.size:
            return np.zeros(len(heavy))
        with np.errstate(divide="ignore", invalid="ignore"):
            most = 1 + self.s2 * total / variance * float(self.weights.max())
            by_error = np.einsum("mk,mk->m", heavy, 1 / errors)
            lost = (2 * self.s2 + most * mean_error) * by_error + most * heavy.sum(axis=1)
        return np.where(formed, lost, 0.0)


def _weighted_logs(errors: FloatArray, heavy: FloatArray) -> FloatArray:
    """Σ heavy·log(errors) of each row; where all weigh alike, of the product of eight each, which is much quicker."""
    most = heavy.max(initial=0.0)
    if ((heavy > 0) & (heavy < most)).any() or errors.min(initial=1.0) < _LEAST_FACTOR:
        return np.asarray(np.einsum("mk,mk->m", heavy, np.log(errors)))
    for _ in range(3):
        half = (errors.shape[1] + 1) // 2
        rest = errors[:, half:]
        errors = errors[:, :half].copy()
        errors[:, : rest.shape[1]] *= rest
    return np.asarray(most * np.log(errors).sum(axis=1))
