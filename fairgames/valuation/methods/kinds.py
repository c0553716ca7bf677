"""How many users who share are alike: of one type and on one level."""

from __future__ import annotations

import math

import numpy as np

from fairgames.typing import Array, IntArray
from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import PaymentRequest

#: Types and levels, more than which are not worth counting; users from whom on Python takes long to list them.
_MOST_CELLS, _CROWD = 200, 10_000


def kind_sizes(question: PaymentRequest) -> IntArray:
    """How many users are of each type and at each non-zero level where there are some."""
    levels, n_levels = question.profile, len(question.utility.levels)
    found = np.bincount(_types(question.utility)[levels > 0] * n_levels + levels[levels > 0])
    return found[found > 0]


def n_counts(kinds: IntArray) -> float:
    """How many counts a coalition of users of such kinds may have; ∞ where that is not worth counting."""
    return math.inf if len(kinds) > _MOST_CELLS else math.prod((kinds + 1).tolist())


def _types(utility: Utility) -> IntArray:
    """A number for each user's type; by arrays where a million may be distinct."""
    model = utility.federation
    if model is None or utility.n_users < _CROWD:
        return np.asarray(utility.types, dtype=np.int64)
    _, samples = distinct(model.samples)
    importances, importance = distinct(model.importance)
    return distinct(samples * len(importances) + importance)[1]


def distinct(values: Array) -> tuple[Array, IntArray]:
    """The distinct values, ascending, and which of them each is; quick where they are few."""
    found = np.unique(values)
    return found, np.searchsorted(found, values)
