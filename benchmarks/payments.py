"""All fair payments of all profiles, per profile, against the sum over all coalitions at one profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial

import numpy as np

from benchmarks.games import hospitals
from benchmarks.measure import Result, at_least, for_information, medians, seconds, times_over
from fairgames import payments
from fairgames.typing import BoolArray, FloatArray, IntArray
from fairgames.valuation.potential import potential
from fairgames.valuation.request import all_payments

#: Times faster per profile than the sum over coalitions.
TARGET = 1000
#: Calls a round of peers that take microseconds.
_CALLS = 200


def payments_of_all(n: int = 10, rounds: int = 31) -> list[Result]:
    """Potential and all differences, over the number of profiles, against subset sums at one profile.

    All peers get the 2^n utilities of one profile for nothing, in order, and their weights
    and indices are made beforehand; what is timed is the sum alone.

    - *masked*: the sum as one writes it in NumPy: for each user the coalitions with and without
      it by boolean masks, their difference times the weights.
    - *gathered*: φ_i = Σ_{S∌i} w_|S| (U(S∪i) − U(S)), the definition, all users in one go.
    - *product*: the same weights as an n × 2^n matrix, so that a profile is one matrix–vector
      product of the linear algebra library: the fastest subset sum that we know of.
    """
    utilities = hospitals(n).utility.on_grid()
    everybody = np.ascontiguousarray(utilities[(slice(0, 3, 2),) * n]).reshape(-1)
    sums = _SubsetSums.of(n)
    _check(sums, utilities, everybody)
    game = hospitals(n)
    took = medians(
        {
            "all": lambda: all_payments(potential(utilities)),
            "masked": times_over(lambda: sums.masked(everybody), _CALLS),
            "gathered": times_over(lambda: sums.gathered(everybody), _CALLS),
            "product": times_over(lambda: sums.product(everybody), _CALLS),
            "package": lambda: payments(game.utility, (2,) * n),
        },
        rounds,
    )
    each = took["all"] / utilities.size
    masked, gathered, product = (took[name] / _CALLS for name in ("masked", "gathered", "product"))
    what = f"all payments of all {utilities.size:,} profiles, per profile"
    ours = f"{seconds(took['all'])} in all"
    peer = f"at one profile, {2**n:,} utilities given"
    return [
        at_least(what, masked / each, TARGET, "x faster", f"subset sum by masks {peer}: {seconds(masked)}", ours),
        for_information(what, gathered / each, "x faster", f"subset sum by indices {peer}: {seconds(gathered)}", ours),
        for_information(what, product / each, "x faster", f"weights @ utilities {peer}: {seconds(product)}", ours),
        for_information(
            what,
            took["package"] / each,
            "x faster",
            f"fairgames.payments at one profile, utilities included: {seconds(took['package'])}",
            ours,
        ),
    ]


@dataclass(frozen=True, eq=False)
class _SubsetSums:
    """The peers; user i is bit n−1−i of a coalition's number, as in U's own order.

    ``member``: shape (n, 2^n), who is in which; ``without``, ``with_user``: shape (n, 2^(n−1)),
    the coalitions without i, and those with i besides; ``weights``: what their difference
    counts; ``matrix``: shape (n, 2^n).
    """

    member: BoolArray
    without: IntArray
    with_user: IntArray
    weights: FloatArray
    matrix: FloatArray

    @classmethod
    def of(cls, n: int) -> _SubsetSums:
        coalitions = np.arange(2**n)
        bits = 1 << np.arange(n)[::-1]
        sizes = ((coalitions[:, None] & bits) > 0).sum(axis=1)
        of_size = np.array([factorial(size) * factorial(n - 1 - size) / factorial(n) for size in range(n)])
        without = np.array([coalitions[(coalitions & bit) == 0] for bit in bits])
        with_user = without | bits[:, None]
        weights = of_size[sizes[without]]
        matrix = np.zeros((n, 2**n))
        np.put_along_axis(matrix, without, -weights, axis=1)
        np.put_along_axis(matrix, with_user, weights, axis=1)
        return cls(matrix > 0, without, with_user, weights, matrix)

    def masked(self, values: FloatArray) -> FloatArray:
        """The definition, user by user."""
        return np.array(
            [
                weights @ (values[member] - values[~member])
                for member, weights in zip(self.member, self.weights, strict=True)
            ]
        )

    def gathered(self, values: FloatArray) -> FloatArray:
        """The definition; ``take`` and ``einsum`` are the fastest of the ways to write it that were tried."""
        gains = values.take(self.with_user)
        gains -= values.take(self.without)
        result: FloatArray = np.einsum("ij,ij->i", gains, self.weights)
        return result

    def product(self, values: FloatArray) -> FloatArray:
        result: FloatArray = self.matrix @ values
        return result


def _check(sums: _SubsetSums, utilities: FloatArray, everybody: FloatArray) -> None:
    """All compute the same payments."""
    ours = all_payments(potential(utilities)).reshape(utilities.ndim, -1)[:, -1]
    peers: tuple[Callable[[FloatArray], FloatArray], ...] = (sums.masked, sums.gathered, sums.product)
    if not all(np.allclose(ours, peer(everybody), rtol=1e-9, atol=1e-12) for peer in peers):
        raise RuntimeError("the peers and the potential disagree about the payments: nothing to compare")
