"""The users of a federated mean at one profile by their levels, equal ones merged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames.federation import FederatedModel, group_total, of_member, of_sender
from fairgames.typing import FloatArray
from fairgames.utilities.base import Utility
from fairgames.valuation.methods.exponential_sums.precomputed import Precomputed
from fairgames.valuation.methods.exponential_sums.subset_means import Items


@dataclass(frozen=True, eq=False)
class Population:
    """All users of a federated mean at one profile.

    Attributes
    ----------
    between, within : s² and r²
    senders, members : users on level 2 and in the level-1 group: values 1/n, weights a
    importance : Σ a over everybody, sharing or not
    minimum : how many members an aggregate needs
    """

    between: float
    within: float
    senders: Items
    members: Items
    importance: float
    minimum: int = 1

    @property
    def n_sharing(self) -> int:
        return self.senders.total + self.members.total

    def precomputed(self) -> Precomputed:
        """For those who share, at their levels."""
        return Precomputed.of(self.between, self.within, self.importance, self.senders, self.members, self.minimum)

    def variance(self, items: Items) -> FloatArray:
        """V = s² + r²/n."""
        return self.between + self.within * items.values

    @property
    def utility(self) -> float:
        """U of all who share, in nats (eq. 15; :class:`fairgames.utilities.FederatedMean`)."""
        senders, members, s2 = self.senders, self.members, self.between
        formed = members.total >= self.minimum
        if not (formed or senders.total):
            return 0.0
        noise = self.within * float(members.counts @ members.values)
        total = group_total(s2, members.total, noise)
        precision = float((senders.counts / self.variance(senders)).sum())
        precision += members.total**2 / total if formed else 0.0
        own, misfit = of_sender(s2, self.within * senders.values / self.variance(senders))
        errors = own + misfit**2 / precision
        weights = senders.counts * senders.weights
        in_group = float(members.counts @ members.weights) if formed else 0.0
        reference = math.log(self.within + 2 * s2)
        found = float(weights @ (reference - np.log(errors)))
        found += (self.importance - in_group - float(weights.sum())) * (reference - math.log(s2 + 1 / precision))
        if formed:
            own, misfit = of_member(s2, members.total - 1, 0.0, noise, total)
            found += in_group * (reference - math.log(own + misfit**2 / precision))
        return found


def federation_of(utility: Utility) -> FederatedModel:
    """The numbers of the federated mean; to be asked for only where ``why_not`` gives no reason against it."""
    if utility.federation is None:
        raise AssertionError(f"the {utility.kind} utility is no federated mean")
    return utility.federation
