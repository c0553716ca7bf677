"""The two fair rules of the papers: every dividend is shared equally by the members of its coalition."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import TYPE_CHECKING

from fairgames.exact import Rationals
from fairgames.valuation.rules.semivalues import Semivalue

if TYPE_CHECKING:
    from fairgames.tensor import Tensor


class Fair(Semivalue):
    """Shapley's value, among the users (Theorem 2) or with the platform as one more player (Theorem 1)."""

    efficient = True
    fair = True
    methods = frozenset({"subsets", "counts", "sums", "binned", "windows", "sampling"})

    def __init__(self, name: str, platform: bool, source: str) -> None:
        self.name, self.platform, self.source = name, platform, source

    @property
    def platform_members(self) -> int:
        return int(self.platform)

    def weight(self, size: int, n: int) -> Fraction:
        """(s+e)!(n−1−s)!/(n+e)!, e = 1 with the platform; eqs. 6 and 7."""
        extra = self.platform_members
        return Fraction(factorial(size + extra) * factorial(n - 1 - size), factorial(n + extra))

    def potential_on_grid(self, utilities: Tensor) -> Tensor:
        from fairgames.tensor import Tensor
        from fairgames.valuation.potential import potential_exact, refined_potential

        if utilities.exact:
            shared = potential_exact(Rationals(utilities.values, utilities.unit), self.platform_members)
            return Tensor(shared.numerators, shared.denominator, 0)
        result, error = refined_potential(utilities.values, self.platform_members)
        # An error of U enters P with weights of 1 + 1/2 + … + 1/N in all.
        error += utilities.error * sum(1 / size for size in range(1, utilities.values.ndim + 1))
        return Tensor(result, 1, error)


USERS = Fair("users", platform=False, source="Theorem 2: fair among users")
COALITION = Fair("coalition", platform=True, source="Theorem 1: the platform as a member")
