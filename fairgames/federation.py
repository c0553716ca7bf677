"""The algebra of the federated mean (eq. 15; Propositions 4 and 5), for any numbers: floats, fractions or balls.

With V_k = r²/n_k + s², the platform sees θ̂_k of every user on level 2, with variance V_k about the population
mean, and θ̂_f = Σ u_k θ̂_k of those on level 1. With A = Σ_{level 2} 1/V_k and the group's own precision
(Σu)²/W, where W = Σ u_k² V_k, the error of the best estimate of the population mean is x = 1/(A + (Σu)²/W). Each
user's EMSE is then own + misfit²·x, and both parts are given here: differences as the sums of positive terms that
they are, where they are ones, so nothing cancels. Where fewer than a least number are on level 1, their aggregate is
not formed, and all is as if they were on level 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from fairgames.typing import FloatArray

#: A number, or an array of them: float, ``Fraction``, or a rational or ball of python-flint.
Quantity: TypeAlias = Any


@dataclass(frozen=True, eq=False)
class FederatedModel:
    """What U of a federated mean is made of; users in their order.

    Attributes
    ----------
    between, within : s² and r²
    samples, importance : n and a, shape (N,)
    levels : 0, 1 or 2 for each level index: nothing, in the group, alone
    equal : whether all members of the level-1 group weigh the same, else n_k each
    scale : money per nat
    minimum : how many must be on level 1 for their aggregate to be formed
    """

    between: float
    within: float
    samples: FloatArray
    importance: FloatArray
    levels: tuple[int, ...]
    equal: bool
    scale: float
    minimum: int = 1

    @property
    def reference(self) -> float:
        """EMSE where nobody shares."""
        return self.within + 2 * self.between

    @property
    def everybody(self) -> float:
        """Σa."""
        return float(self.importance.sum())

    def largest_logs(self) -> FloatArray:
        """A bound on log((r² + 2s²)/EMSE_i) for each user, shape (N,).

        No estimate of θ_i from less is better than that from all users' own means; and none is worse than
        r² + 2s², which is that of nobody's data.
        """
        noise = self.within / self.samples
        share, least = noise / (noise + self.between), 1 / float((1 / (noise + self.between)).sum())
        own, misfit = of_sender(self.between, share)
        logs: FloatArray = np.log(self.reference / (own + misfit**2 * least))
        return logs


def of_sender(between: Quantity, noise_share: Quantity) -> tuple[Quantity, Quantity]:
    """The two parts of EMSE on level 2: s² − s⁴/V and 1 − s²/V, from w = (r²/n)/V."""
    return between * noise_share, noise_share


def of_member(
    between: Quantity, others: Quantity, unlike: Quantity, noise: Quantity, total: Quantity
) -> tuple[Quantity, Quantity]:
    """The two parts of EMSE in the level-1 group: s² − s⁴u²/W and 1 − s²·uΣu/W, for weights u that are not divided.

    Parameters
    ----------
    others : Σu² over the other members
    unlike : Σ u_k(u_k − u) over all of them; 0 where all weigh the same
    noise, total : Σ u²·r²/n and W; see :func:`group_total`
    """
    return between * (between * others + noise) / total, (between * unlike + noise) / total


def group_total(between: Quantity, squares: Quantity, noise: Quantity) -> Quantity:
    """W = s²·Σu² + Σu²·r²/n of the level-1 group."""
    return between * squares + noise
