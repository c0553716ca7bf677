"""Rules that pay a mean of what a user adds to coalitions, weighted by their size; Banzhaf's is one.

With p_{n,s} the weight of a coalition of s of the n − 1 others who share,

    φ_i(ρ) = Σ_{S∌i} p_{n,|S|}·(U(ρ_{S∪i}) − U(ρ_S)).

A user who adds nothing changes nobody's value iff p_{n−1,s} = p_{n,s} + p_{n,s+1}. Then

    P(ρ) = Σ_{∅≠S⊆supp(ρ)} p_{n,|S|−1}·U(ρ_S)

is an exact potential: in P(ρ) − P(ρ with ρ_i = 0) a coalition S without i has the weight
p_{n,s−1} − p_{n−1,s−1} = −p_{n,s}. These are the semivalues of Dubey, Neyman & Weber (1981), and
Theorem 1's values of the users.
"""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from fairgames.typing import Array
from fairgames.valuation.blocks import support_sizes
from fairgames.valuation.rules.base import Coalitions, PotentialKind, Rule

if TYPE_CHECKING:
    from fairgames.tensor import Tensor


class Semivalue(Rule):
    """A rule by the weights of the sizes of coalitions; it writes :meth:`weight`, and has an exact potential."""

    potential: PotentialKind | None = "exact"
    efficient = False
    null_user = True

    @abstractmethod
    def weight(self, size: int, n: int) -> Fraction:
        """p_{n,s}: what a coalition of ``size`` others among ``n`` users who share counts.

        With p_{n−1,s} = p_{n,s} + p_{n,s+1}; else there is no potential, and the class says ``potential = None``.
        """

    def values(self, coalitions: Coalitions) -> Array:
        n, worths = len(coalitions), coalitions.worths
        weights = coalitions.numbers(self.weight(size, n) for size in range(n))
        by_size = weights[support_sizes((2,) * (n - 1)).reshape(-1)]
        found = [(by_size * np.diff(worths, axis=user).reshape(-1)).sum() for user in range(n)]
        return np.array(found, dtype=worths.dtype)

    def potential_at(self, coalitions: Coalitions) -> Any:
        n, worths = len(coalitions), coalitions.worths
        if not n or self.potential is None:
            return coalitions.total if self.potential else super().potential_at(coalitions)
        weights = coalitions.numbers(map(self.shared, range(n + 1), [n] * (n + 1)))
        return (weights[support_sizes((2,) * n).reshape(-1)] * worths.reshape(-1)).sum()

    def shared(self, size: int, n: int) -> Fraction:
        """What U of a coalition of ``size`` of the ``n`` users who share counts in P."""
        return self.weight(size - 1, n) if size else Fraction(0)

    def potential_on_grid(self, utilities: Tensor) -> Tensor | None:
        if self.potential is None:
            return None
        from fairgames.valuation.potential_by_size import potential_by_size

        return potential_by_size(utilities, self.shared)


class Banzhaf(Semivalue):
    """Each coalition of the others counts alike: φ_i = 2^{1−n} Σ_S (U(S∪i) − U(S)).

    The values add up to U by chance only: the platform keeps U − α·Σφ. P(ρ) = 2^{1−n}·Σ_S U(ρ_S).
    """

    name = "banzhaf"
    source = "Banzhaf 1965; potential: Dragan 1996"
    methods = frozenset({"subsets", "counts", "sums", "binned", "windows", "sampling"})
    banzhaf = True

    def weight(self, size: int, n: int) -> Fraction:
        return Fraction(1, 2 ** (n - 1))
