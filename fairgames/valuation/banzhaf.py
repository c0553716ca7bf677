"""Banzhaf's value, for comparison: each coalition of the others counts alike. No fair rule: it need not sum to U."""

from __future__ import annotations

from collections.abc import Sequence

from fairgames import checked
from fairgames.typing import IntArray
from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import Allocation, PaymentRequest, Values


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
    from fairgames.valuation.request import choose, payments

    if utility.noisy:  # whose repeats tell an error
        return payments(utility, profile, rule="banzhaf", exact=exact, method=method, seed=seed)
    question = PaymentRequest.of(utility, profile, 1, "users", exact, seed)
    name, _ = choose(question, method)
    return checked.payments(values_by(question, name).allocation(question, name), question, efficient=False)


def values_by(question: PaymentRequest, name: str) -> Values:
    """Banzhaf's values by the method of that name."""
    from fairgames.valuation.request import METHODS

    return METHODS[name].values(question, banzhaf=True)
