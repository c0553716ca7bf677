"""The optimal linear-Laplace weights in closed form: exactly for one vector of ε, in floats for many at once.

The risk v_w Σw² + v_b (1 − Σw)² + 2τ² under |w_i|·2b ≤ ε_i·τ is least at w_i = σ·min(ε_i, θ) with
σ = τ/2b: one threshold θ for all users. Those above it are saturated and get more privacy than
they asked for (Chaudhuri & Courtade 2023). θ is the root of Σ_i ε_i·max(θ − ε_i, 0) = κ over the
finite ε, κ = 2(2b)²/v_w; so one pass over the sorted ε finds it. With E₁, E₂ the sums of ε and ε²
over the users below θ, f the number of the others, and h = v_w/v_b,

    θ = (κ + E₂)/E₁,   σ = E₁/D,   θσ = (κ + E₂)/D,   D = (κ + E₂)(h + f) + E₁²,

and the least risk is v_b (1 − Σw) = v_w·θσ. In the papers' case κ = 12 and h = 2.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from fairgames import memory
from fairgames.errors import InputError
from fairgames.estimators.prior import MeanPrior
from fairgames.typing import FloatArray, IntArray

_PAPERS = MeanPrior()
#: A finite ε above this many √κ leaves the same weights as this one, to the last digit, and its square is a float.
_LARGEST = 1e100


def optimal_weights(
    epsilons: Sequence[Fraction | float], prior: MeanPrior = _PAPERS
) -> tuple[list[Fraction], Fraction]:
    """The Bayes-optimal weights w and Laplace scale τ, exactly, in O(N log N).

    Parameters
    ----------
    epsilons : ε_i ≥ 0, rational or ``inf``, any length
    prior : default the papers' case

    Returns
    -------
    w (one weight a user) and τ ≥ 0, with w_i·2b ≤ ε_i·τ

    >>> optimal_weights([Fraction(1), math.inf])
    ([Fraction(1, 40), Fraction(13, 40)], Fraction(1, 40))
    """
    sigma, top = _sigma_and_top(Counter(epsilons).items(), prior)
    weights = [top if eps == math.inf else min(top, Fraction(eps) * sigma) for eps in epsilons]
    return weights, prior.range * sigma


def least_risk(counts: Iterable[tuple[Fraction | float, int]], prior: MeanPrior = _PAPERS) -> Fraction:
    """The Bayes risk of the best estimator, exactly, where so many users are at each ε.

    >>> least_risk([(Fraction(1), 1)])  # eq. 32
    Fraction(13, 162)
    """
    return prior.within * _sigma_and_top(counts, prior)[1]


def _sigma_and_top(counts: Iterable[tuple[Fraction | float, int]], prior: MeanPrior) -> tuple[Fraction, Fraction]:
    """σ and θσ, for so many users at each ε."""
    kappa, ratio = 2 * prior.range**2 / prior.within, prior.within / prior.between
    bound_sum, bound_squares, free = Fraction(0), Fraction(0), 0
    for epsilon, count in sorted(counts):
        # θ = (κ + E₂)/E₁ for those bound so far; the next is bound too if its ε is below.
        if epsilon == math.inf or epsilon * bound_sum >= kappa + bound_squares:
            free += count
        else:
            bound_sum += count * Fraction(epsilon)
            bound_squares += count * Fraction(epsilon) ** 2
    denominator = (kappa + bound_squares) * (ratio + free) + bound_sum**2
    return bound_sum / denominator, (kappa + bound_squares) / denominator


@dataclass(frozen=True, eq=False)
class LaplaceWeights:
    """The optimum of M vectors of ε.

    Attributes
    ----------
    weights : shape (M, N), one a user; by counts (M, L), one a level
    noise : τ, shape (M,)
    risk : the Bayes risk, shape (M,)

    Each number has a relative error of a few N roundings; so |w_i|·2b ≤ ε_i·τ holds up to
    rounding only. What is released comes from an exact :class:`LinearLaplaceEstimator`.
    """

    weights: FloatArray
    noise: FloatArray
    risk: FloatArray


def laplace_weights(epsilons: ArrayLike, prior: MeanPrior = _PAPERS) -> LaplaceWeights:
    """The Bayes-optimal weights and Laplace scales of many profiles at once.

    Parameters
    ----------
    epsilons : ε ≥ 0, ``inf`` included, shape (M, N)
    prior : default the papers' case

    Raises
    ------
    InputError
        If an ε is negative or NaN, or the shape is not (M, N).

    >>> laplace_weights([[1, np.inf], [0, 0]]).risk * 12
    array([0.65, 1.  ])
    """
    eps = _checked(epsilons)
    memory.require(80 * eps.size, f"Weights of {len(eps):,} profiles of {eps.shape[1]} users", "Ask for fewer at once.")
    return _solve(np.sort(eps, axis=1), np.ones_like(eps), eps, prior)


def laplace_weights_on_counts(levels: ArrayLike, counts: IntArray, prior: MeanPrior = _PAPERS) -> LaplaceWeights:
    """The same where ``counts[m, k]`` users are on the level ε = ``levels[k]``: no array has one entry a user.

    Parameters
    ----------
    levels : the ε values, strictly ascending, shape (L,)
    counts : how many users are on each, shape (M, L)

    Returns
    -------
    with ``weights`` of shape (M, L): what each user on that level gets, or would get

    Raises
    ------
    InputError
        If levels do not ascend from 0 or more, or counts are negative or of another shape.

    >>> laplace_weights_on_counts([0, 1, np.inf], np.array([[5, 1, 1]])).weights * 40
    array([[ 0.,  1., 13.]])
    """
    eps = _checked(np.reshape(np.asarray(levels, dtype=float), (1, -1)))
    number = np.asarray(counts)
    if (np.diff(eps) <= 0).any():
        raise InputError(f"levels: expected strictly ascending ε, got {eps[0].tolist()}")
    if number.ndim != 2 or number.shape[1] != eps.shape[1] or (number < 0).any():
        raise InputError(f"counts: expected numbers ≥ 0 of shape (M, {eps.shape[1]}), got shape {number.shape}")
    memory.require(80 * number.size, f"Weights at {len(number):,} counts of users", "Ask for fewer at once.")
    rows = np.broadcast_to(eps, number.shape)
    return _solve(rows, number.astype(float), rows, prior)


def _checked(epsilons: ArrayLike) -> FloatArray:
    eps = np.asarray(epsilons, dtype=float)
    if eps.ndim != 2:
        raise InputError(f"epsilons: expected shape (M, N), one row a profile, got shape {eps.shape}")
    wrong = np.argwhere(~(eps >= 0))
    if len(wrong):
        row, user = (int(index) for index in wrong[0])
        raise InputError(
            f"epsilons: expected ε ≥ 0 or inf, got {eps[row, user]} in row {row}, column {user} "
            f"({len(wrong)} such entries)"
        )
    return eps


def _solve(ascending: FloatArray, counts: FloatArray, asked: FloatArray, prior: MeanPrior) -> LaplaceWeights:
    """Weights at ``asked``, where ``counts`` users are at each of the ``ascending`` ε of a row.

    ε is measured in units of √κ. The condition Σ_j ε_j·(ε − ε_j) < κ over the smaller ε_j is a
    running sum of positive terms, so nothing cancels however far the ε are apart.
    """
    unit, ratio = math.sqrt(2 * prior.range**2 / prior.within), float(prior.within / prior.between)
    finite = np.isfinite(ascending)
    eps = np.minimum(ascending, _LARGEST * unit) / unit
    terms = counts * eps * finite
    held = finite.copy()
    held[:, 1:] &= np.cumsum(np.diff(eps) * np.cumsum(terms, axis=1)[:, :-1], axis=1) < 1
    terms *= held
    bound_sum, pull = terms.sum(axis=1), 1 + np.einsum("mk,mk->m", terms, eps)
    denominator = pull * (ratio + np.einsum("mk,mk->m", counts, ~held)) + bound_sum**2
    sigma, top = bound_sum / denominator, pull / denominator
    weights = np.minimum(asked, _LARGEST * unit) * (sigma / unit)[:, None]
    np.minimum(np.where(np.isinf(asked), np.inf, weights), top[:, None], out=weights)
    return LaplaceWeights(weights, float(prior.range) / unit * sigma, float(prior.within) * top)
