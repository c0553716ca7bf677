"""Banzhaf's value, for comparison: each coalition of the others counts alike. No fair rule: it need not sum to U."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np

from fairgames import checked
from fairgames.exact import object_array
from fairgames.typing import Array, IntArray
from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import Allocation, PaymentRequest, Values

#: Where the other methods divide.
_WITHOUT_COUNTS = {
    "sums": "fairgames.valuation.methods.exponential_sums.payments",
    "binned": "fairgames.valuation.methods.binned",
    "windows": "fairgames.valuation.methods.truncated_counts.payments",
    "sampling": "fairgames.valuation.methods.sampling.stratified",
}
_UNIT_ROUNDOFF = float(np.finfo(float).eps) / 2


def banzhaf(
    utility: Utility,
    profile: Sequence[int] | IntArray,
    exact: bool | None = None,
    method: str = "auto",
    seed: int = 0,
) -> Allocation:
    """2^{1−n} Σ_S (U(S ∪ i) − U(S)) over the coalitions S of the n − 1 other users who share (Banzhaf 1965).

    Parameters
    ----------
    utility, profile, exact, method, seed : as for :func:`fairgames.valuation.request.payments`; "subsets"
        is here "counts" of users one by one

    Returns
    -------
    The values as payments at α = 1; their ``efficiency_residual`` Σ − U is not 0 but by chance.

    Raises
    ------
    InputError, TooLargeError
        As for payments.

    >>> from fairgames.utilities import TableUtility
    >>> majority = TableUtility([[[0, 0], [0, 1]], [[0, 1], [1, 1]]])
    >>> [str(value) for value in banzhaf(majority, (1, 1, 1)).payments]
    ['1/2', '1/2', '1/2']
    """
    from fairgames.valuation.request import choose

    question = PaymentRequest.of(utility, profile, 1, "users", exact, seed)
    name = choose(question, method)
    return checked.payments(values_by(question, name).allocation(question, name), question, efficient=False)


def values_by(question: PaymentRequest, name: str) -> Values:
    """Banzhaf's values by the method of that name."""
    found: Values
    if name in _WITHOUT_COUNTS:
        found = import_module(_WITHOUT_COUNTS[name]).divide(question, banzhaf=True)
        return found
    return _on_counts(question)


def _on_counts(question: PaymentRequest) -> Values:
    """Every count of a coalition by its binomial weight, one axis after another."""
    from fairgames.valuation.methods.counts import CountedCoalitions

    exact = question.utility.rational if question.exact is None else question.exact
    coalitions = CountedCoalitions(question.utility, question.profile.tolist(), exact)
    cells = [(number, level) for number, level in np.argwhere(coalitions.counts).tolist() if level]
    sizes = [int(coalitions.counts[cell]) for cell in cells]
    tensor = coalitions.tensor.reshape([size + 1 for size in sizes])
    found = {cell: _value(tensor, sizes, axis, exact) for axis, cell in enumerate(cells)}
    nothing: Any = Fraction(0) if exact else 0.0
    paid = [found.get(key, nothing) for key in zip(question.utility.types, question.profile.tolist(), strict=True)]
    values: Array = object_array(paid) if exact else np.array(paid, dtype=float)
    operations = sum(size + 8 for size in sizes) + 8
    error = 0.0 if exact else 2 * question.utility.rounding + 4 * operations * _UNIT_ROUNDOFF * coalitions.largest
    return Values(values, None, coalitions.total, error, coalitions.monotone)


def _value(tensor: Array, sizes: Sequence[int], axis: int, exact: bool) -> Any:
    """The mean of what one user of an axis adds, all others being in or out alike."""
    gains = np.diff(tensor, axis=axis)
    for own, size in reversed(list(enumerate(sizes))):
        others = size - (own == axis)
        ways = [math.comb(others, k) for k in range(others + 1)]
        chances = object_array(Fraction(way, 2**others) for way in ways)
        gains = gains @ (chances if exact else chances.astype(float))
    return gains.item() if isinstance(gains, np.ndarray) else gains
