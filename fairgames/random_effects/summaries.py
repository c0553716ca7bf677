"""What the estimates of a one-way random model need of the data: of each user a number, a mean and a sum of squares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairgames.typing import FloatArray


@dataclass(frozen=True, eq=False)
class Summaries:
    """The sufficient statistics of the one-way random model, one entry a user.

    Attributes
    ----------
    names : the users, in order of first appearance
    sizes : n_i, how many values each has
    means : the users' means less a common origin, so that nothing cancels when they are compared
    squares : Σ_j (x_ij − mean_i)²
    constant : whether each user has but one value, however often
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    means: tuple[float, ...]
    squares: tuple[float, ...]
    constant: bool = False

    @classmethod
    def of_values(cls, groups: Mapping[str, Sequence[float]]) -> Summaries:
        """Of each user's values.

        Raises
        ------
        OverflowError, ValueError
            If squares are beyond double precision.
        """
        origin = next(iter(groups.values()))[0]
        means, squares = zip(*(_mean_and_squares(values, origin) for values in groups.values()), strict=True)
        constant = all(max(values) == min(values) for values in groups.values())
        return cls(tuple(groups), tuple(map(len, groups.values())), means, squares, constant)

    @property
    def n_samples(self) -> int:
        """N, all values together."""
        return sum(self.sizes)

    def within_squares(self) -> float:
        """SSW, on N − k degrees of freedom."""
        return math.fsum(self.squares)

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Sizes and means."""
        import numpy as np

        return np.array(self.sizes, dtype=float), np.array(self.means)


def _mean_and_squares(values: Sequence[float], origin: float) -> tuple[float, float]:
    """A user's mean less ``origin``, and the sum of squares about the mean, by two passes.

    Centring at the user's own first value makes equal values give exactly 0.
    """
    first = values[0]
    centred = [value - first for value in values]
    mean = math.fsum(centred) / len(centred)
    left_over = [value - mean for value in centred]
    squares = math.fsum(value * value for value in left_over) - math.fsum(left_over) ** 2 / len(centred)
    return (first - origin) + mean, squares
