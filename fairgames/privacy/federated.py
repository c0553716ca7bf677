"""The federated framework: keep out, be seen within a secure aggregate, or send one's mean (Fig. 2, Table 1)."""

from __future__ import annotations

from collections.abc import Sized
from fractions import Fraction
from typing import ClassVar, Protocol

import numpy as np

from fairgames.errors import InputError
from fairgames.privacy.framework import Level, PrivacyFramework, Verdict
from fairgames.typing import FloatArray, Number

_RECEIVED = {
    0: "nothing",
    1: "only the secure aggregate of all users at level 1",
    2: "the mean of the user itself",
}


class FederatedEstimates(Sized, Protocol):
    """Estimates θ̂_t = w_t0·θ̂_f + Σ_j w_tj·θ̂_j of some targets t, with θ̂_f = Σ_k u_k·θ̂_k (eq. 14).

    For privacy it counts which of the numbers are exactly 0.
    """

    @property
    def weights(self) -> FloatArray:
        """w_tj on the users' own means, shape (targets, N)."""

    @property
    def group_weights(self) -> FloatArray:
        """w_t0 on the aggregate, shape (targets,)."""

    @property
    def shares(self) -> FloatArray:
        """u, each user's share of the aggregate, shape (N,)."""


class FederatedPrivacy(PrivacyFramework[FederatedEstimates]):
    """Table 1: E = {0, 1, 2}, and estimates respect ρ iff they are functions of

    - the mean θ̂_i of each user at level 2,
    - the aggregate θ̂_f of *all* users at level 1 together,

    and of nothing else. This is no differential privacy: an aggregate of few users may reveal much
    about each of them, and of one user everything.

    >>> FEDERATED.received(1)
    'only the secure aggregate of all users at level 1'
    """

    name: ClassVar[str] = "federated privacy"
    levels: ClassVar[tuple[Level, ...] | None] = (Fraction(0), Fraction(1), Fraction(2))

    def received(self, level: Number) -> str:
        """What the platform receives from a user at ``level``."""
        (read,) = self.profile([level])
        return _RECEIVED[int(read)]

    def _verdict(self, mechanism: FederatedEstimates, profile: tuple[Level, ...]) -> Verdict:
        alone, together = _read_alone(mechanism), _read_together(mechanism)
        group = {user for user, level in enumerate(profile) if level == 1}
        faults = [
            f"user {user + 1} is at level {profile[user]}, where the platform receives "
            f"{_RECEIVED[int(profile[user])]}, but its own mean is read"
            for user in sorted(alone)
            if profile[user] != 2
        ]
        faults += [
            f"user {user + 1} is at level {profile[user]}, but in the aggregate of level 1"
            for user in sorted(together - group)
        ]
        if together:
            faults += [
                f"user {user + 1} is at level 1, but left out of the aggregate, which hides the others the less"
                for user in sorted(group - together)
            ]
        warnings = [
            f"user {user + 1} is alone at level 1: the aggregate is its own mean, so nothing is hidden"
            for user in group & together
            if len(group) == 1
        ]
        return Verdict(tuple(faults), tuple(warnings))


#: The framework of Table 1; it has no parameters.
FEDERATED = FederatedPrivacy()


def _read_alone(estimates: FederatedEstimates) -> set[int]:
    """The users whose own mean has a weight, counted from 0."""
    return set(np.flatnonzero(_checked(estimates.weights, len(estimates)).any(axis=0)).tolist())


def _read_together(estimates: FederatedEstimates) -> set[int]:
    """The users in the aggregate, if it has a weight."""
    shares = _checked(estimates.shares, len(estimates))
    return set(np.flatnonzero(shares).tolist()) if np.any(estimates.group_weights) else set()


def _checked(array: FloatArray, n_users: int) -> FloatArray:
    """The array, if its last axis has one entry a user."""
    if array.shape[-1:] != (n_users,):
        raise InputError(f"estimates: expected a number for each of {n_users} users, got shape {array.shape}")
    return array
