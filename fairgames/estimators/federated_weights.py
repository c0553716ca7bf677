"""The best federated weights and their errors in closed form, for many profiles or counts of users at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fairgames import memory
from fairgames.errors import InputError
from fairgames.estimators.federation import Federation
from fairgames.estimators.programs import Signals
from fairgames.typing import FloatArray, IntArray

if TYPE_CHECKING:
    from fairgames.utilities.federated_mean import FederatedMean

_WAY_OUT = "Ask for fewer profiles at once."


def federated_errors(utility: FederatedMean, profiles: ArrayLike) -> FloatArray:
    """EMSE_i of the best estimates at many profiles.

    Parameters
    ----------
    utility : the federation: samples, s², r², levels, aggregation
    profiles : level indices, shape (M, N)

    Returns
    -------
    shape (M, N)

    Raises
    ------
    InputError
        If ``profiles`` is not of shape (M, N), or holds what is no level index.
    TooLargeError
        Before allocating, if they do not fit in memory.

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import FederatedMean
    >>> utility = FederatedMean(Users(samples=[10, 10, 40]), between=1, within=10)
    >>> federated_errors(utility, [[1, 1, 0]])
    array([[1., 1., 2.]])
    """
    return federated_errors_and_bounds(utility, profiles)[0]


def federated_errors_and_bounds(utility: FederatedMean, profiles: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """EMSE_i as in :func:`federated_errors`, and a bound on its rounding error, each of shape (M, N)."""
    levels = levels_of(utility, profiles)
    memory.require(320 * levels.size, f"EMSE at {len(levels):,} profiles of {levels.shape[1]} users", _WAY_OUT)
    errors, bounds = zip(*_federation(utility, levels).errors(), strict=True)
    return np.choose(levels, errors), np.choose(levels, bounds)


def federated_errors_on_counts(utility: FederatedMean, counts: ArrayLike) -> FloatArray:
    """EMSE of the users of each type on each level, where counts say who is on which.

    Parameters
    ----------
    utility : the federation
    counts : how many users of each of its types are on each of its levels, shape (M, T, L)

    Returns
    -------
    shape (M, T, L); NaN where nobody of that type is on that level

    Raises
    ------
    InputError
        If ``counts`` is not of that shape, or does not count all users of each type.

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import FederatedMean
    >>> utility = FederatedMean(Users(samples=[10, 10, 40]), between=1, within=10)
    >>> federated_errors_on_counts(utility, [[[0, 2, 0], [1, 0, 0]]])
    array([[[nan,  1., nan],
            [ 2., nan, nan]]])
    """
    return federated_errors_and_bounds_on_counts(utility, counts)[0]


def federated_errors_and_bounds_on_counts(utility: FederatedMean, counts: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The same, and a bound on its rounding error, each of shape (M, T, L)."""
    number = np.asarray(counts, dtype=float)
    first, sizes = list(utility.first_of_type), utility.type_sizes
    shape = (len(first), len(utility.levels))
    if number.ndim != 3 or number.shape[1:] != shape or (number < 0).any() or (number.sum(axis=2) != sizes).any():
        raise InputError(
            f"counts: expected numbers ≥ 0 of shape (M, {shape[0]}, {shape[1]}) that sum to {list(sizes)} over the "
            f"levels, got shape {number.shape}"
        )
    memory.require(320 * number.size, f"EMSE at {len(number):,} counts of users", _WAY_OUT)
    levels = [int(level) for level in utility.levels]
    at = {level: number[:, :, index] for index, level in enumerate(levels)}
    none = np.zeros(number.shape[:2])
    found = Federation.of(utility, at.get(1, none), at.get(2, none), first).errors()
    errors, bounds = (np.stack([found[level][part] for level in levels], axis=2) for part in (0, 1))
    return np.where(number > 0, errors, np.nan), bounds


def federated_weights(utility: FederatedMean, profiles: ArrayLike) -> FloatArray:
    """The best weights at many profiles (Proposition 5).

    Parameters
    ----------
    utility, profiles : as in :func:`federated_errors`

    Returns
    -------
    shape (M, N, N + 1): entry [m, i, j] is w_ij on θ̂_j, and [m, i, N] is w_i0 on θ̂_f, for the
    estimate of θ_i at profile m; all 0 where nobody shares

    Raises
    ------
    InputError
        If ``profiles`` is not of shape (M, N), or holds what is no level index.
    TooLargeError
        Before allocating, if they do not fit in memory.

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import FederatedMean
    >>> utility = FederatedMean(Users(samples=[10, 10, 40]), between=1, within=10)
    >>> federated_weights(utility, [[1, 2, 0]])[0]
    array([[0.  , 0.25, 0.  , 0.75],
           [0.  , 0.75, 0.  , 0.25],
           [0.  , 0.5 , 0.  , 0.5 ]])
    """
    levels = levels_of(utility, profiles)
    n = levels.shape[1]
    memory.require(16 * levels.size * (n + 5), f"Weights at {len(levels):,} profiles of {n} users", _WAY_OUT)
    return _federation(utility, levels).weights()


def least_federated_errors(utility: FederatedMean) -> FloatArray:
    """EMSE_i if everybody were on level 2, whether that level is offered or not, shape (N,)."""
    everybody = np.ones((1, utility.n_users))
    found: FloatArray = Federation.of(utility, 0 * everybody, everybody).errors()[2][0][0]
    return found


def signals(utility: FederatedMean, profile: ArrayLike) -> Signals:
    """What the platform sees at one profile of level indices, shape (N,), for a convex solver."""
    levels = levels_of(utility, np.asarray(profile)[None])
    federation = _federation(utility, levels)
    errors = federated_errors(utility, np.asarray(profile)[None])[0]
    return Signals(
        federation.variances()[0],
        federation.covariances()[0],
        federation.shares()[0],
        errors,
        utility.users.importance,
    )


def levels_of(utility: FederatedMean, profiles: ArrayLike) -> IntArray:
    """The levels 0, 1, 2 at profiles of level indices, shape (M, N).

    Raises
    ------
    InputError
        If the shape is another, or an entry is no level index.
    """
    index = np.asarray(profiles)
    if index.ndim != 2 or index.shape[1] != utility.n_users or not np.issubdtype(index.dtype, np.integer):
        raise InputError(
            f"profile: expected level indices of {utility.n_users} users, one row a profile, got {index.dtype} "
            f"entries of shape {index.shape}"
        )
    wrong = np.unique(index[(index < 0) | (index >= len(utility.levels))])
    if len(wrong):
        raise InputError(f"profile: level indices {wrong.tolist()} are not among 0 … {len(utility.levels) - 1}")
    result: IntArray = np.array([int(level) for level in utility.levels])[index]
    return result


def _federation(utility: FederatedMean, levels: IntArray) -> Federation:
    return Federation.of(utility, (levels == 1).astype(float), (levels == 2).astype(float))
