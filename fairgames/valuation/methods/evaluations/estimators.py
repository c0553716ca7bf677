"""Estimators of fair payments from a number of evaluations, by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from fairgames.errors import InputError
from fairgames.training.budget import Budget
from fairgames.valuation.allocation import PaymentRequest
from fairgames.valuation.methods.evaluations.sampled import by_permutations, by_sizes
from fairgames.valuation.methods.evaluations.shapiq_estimators import SHAPIQ, by_shapiq
from fairgames.valuation.methods.evaluations.surrogate import EstimatedAllocation, by_surrogate, exactly

#: What "no budget" means for a noisy black box: all coalitions.
_ALL = 2**62

#: The estimators by name: "surrogate", ours; the others to compare with.
ESTIMATORS: dict[str, Callable[[PaymentRequest, Budget], EstimatedAllocation]] = {
    "surrogate": by_surrogate,
    "size-stratified": by_sizes,
    "permutation": by_permutations,
    **{f"shapiq:{name}": by_shapiq(name) for name in SHAPIQ},
}


def estimate(question: PaymentRequest, method: str, budget: int | Budget | None) -> EstimatedAllocation:
    """The payments by the estimator of that name; "auto": exactly where that is affordable, else the surrogate.

    Raises
    ------
    InputError
        If there is no such estimator, with the nearest name.
    """
    given = Budget.of(_ALL if budget is None else budget)
    if budget is None and method in ("auto", "subsets"):
        found = exactly(question, given)
        assert found is not None
        return found
    name = "surrogate" if method == "auto" else method
    if name not in ESTIMATORS:
        near = difflib.get_close_matches(name, ESTIMATORS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(
            f"method: with a budget of evaluations, expected auto or one of {', '.join(ESTIMATORS)}, got {name!r}{hint}"
        )
    if question.exact:
        raise InputError(f"exact: {name!r} estimates; leave out the budget, or exact=True")
    return ESTIMATORS[name](question, given)
