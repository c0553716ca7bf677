"""Estimators of the package shapiq, by their names there (extra "valuation")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fairgames.errors import MissingPackageError
from fairgames.training.budget import Budget
from fairgames.typing import FloatArray
from fairgames.valuation.allocation import PaymentRequest
from fairgames.valuation.methods.evaluations.sampled import SampledCoalitions
from fairgames.valuation.methods.evaluations.surrogate import EstimatedAllocation, exactly

#: Those that estimate Shapley values.
SHAPIQ = ("KernelSHAP", "UnbiasedKernelSHAP", "SVARM", "StratifiedSamplingSV", "PermutationSamplingSV")


def by_shapiq(name: str) -> Callable[[PaymentRequest, Budget], EstimatedAllocation]:
    """The estimator of that name; it tells nothing about its error, so the error bound is infinite."""

    def run(question: PaymentRequest, budget: Budget) -> EstimatedAllocation:
        if (exact := exactly(question, budget)) is not None:
            return exact
        try:
            import shapiq
        except ImportError:
            raise MissingPackageError("shapiq", f"the estimator shapiq:{name}", extra="valuation") from None
        known = SampledCoalitions(question, budget)

        def game(inside: np.ndarray) -> FloatArray:
            return known.worth(np.atleast_2d(inside).astype(np.int64))

        parameters = {"index": "SV", "max_order": 1} if name in ("UnbiasedKernelSHAP", "SVARM") else {}
        made = _made(getattr(shapiq, name), known.n, question.seed, parameters)
        found = made.approximate(known.left, game)
        values = np.array([found[(user,)] for user in range(known.n)], dtype=float)
        return known.answer(f"shapiq:{name}", values, None)

    return run


def _made(kind: Callable[..., Any], n: int, seed: int, parameters: dict[str, object]) -> Any:
    return kind(n, random_state=seed, **parameters)
