"""Costs from choices with noise: quantal response, by maximum likelihood.

A user who sees the others' levels takes level x with a chance proportional to exp(λ·(t(x) − c(x))), t(x) being what it
is paid there (McKelvey & Palfrey 1995; as a rule for one user after another it is the logit dynamics of Blume 1993,
whose profiles have chances proportional to exp(λ·Φ_α)). In λ and κ = λ·c the log-likelihood is concave: the terms are
exponential cones. So the maximum is found by cvxpy, and Newton's steps from there make the gradient vanish.
Given the others' levels, each user's choices are independent of each other between periods, so each user's is a
likelihood of its own, with standard errors from its Hessian.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import chi2

from fairgames.errors import InputError, SolverError
from fairgames.estimators.programs import resolve
from fairgames.game import PaymentGame
from fairgames.learning.identified import Learned
from fairgames.learning.observations import Period
from fairgames.progress import track
from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.given import Stated

#: With which chance an interval holds the cost.
CONFIDENCE = 0.95
_MOST_STEPS = 100
#: Precision, in units of 1 over the spread of payments, beyond which choices are as good as without noise.
_SHARP = 1e4


@dataclass(frozen=True, eq=False)
class UserFit:
    """One user's costs.

    Attributes
    ----------
    user : its name
    precision : λ, in 1 over money: how surely the best level is taken
    costs, errors : of each level and their standard errors (delta method); NaN where a level may not be chosen
    intervals : of each level's cost by profile likelihood, with 95 % confidence
    log_likelihood : at the maximum
    periods : how many of the user's choices were seen with those of all others
    """

    user: str
    precision: float
    costs: tuple[float, ...]
    errors: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    log_likelihood: float
    periods: int


@dataclass(frozen=True, eq=False)
class LogitFit:
    """What was learned of users whose choices are noisy; one entry a user."""

    users: tuple[UserFit, ...]
    periods: int
    warnings: tuple[str, ...]

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer."""
        by = {one.user: one for one in self.users}
        return {
            "users": list(by),
            "bounds": {name: [list(pair) for pair in one.intervals] for name, one in by.items()},
            "costs": {name: list(one.costs) for name, one in by.items()},
            "standard_errors": {name: list(one.errors) for name, one in by.items()},
            "precision": {name: one.precision for name, one in by.items()},
            "confidence": CONFIDENCE,
            "consistent": True,
            "violations": [],
            "periods": self.periods,
        }

    def as_learned(self) -> Learned:
        """The intervals as ranges, cut at 0."""
        bounds = tuple(tuple((max(0.0, low), max(0.0, high)) for low, high in one.intervals) for one in self.users)
        names = tuple(one.user for one in self.users)
        return Learned(names, bounds, (None,) * len(names), True, (), None, self.periods, False)


def fit_logit(game: PaymentGame | Stated, periods: Sequence[Period]) -> LogitFit:
    """The costs and the precision that make each user's choices most likely.

    Raises
    ------
    InputError
        If of some user nothing was seen, or its choices are those of nobody with noise: they then have no maximum of
        likelihood, and the exact model fits.
    SolverError, MissingPackageError
        If there is no convex solver.
    """
    game = PaymentGame.of(game, "fit_logit")
    fits, warnings = [], []
    for user in track(range(len(game.users)), "likelihoods: users"):
        data = _Choices.of(game, periods, user)
        fits.append(_fit(data, game.users.names[user], len(game.utility.levels)))
        if len(data.chosen) < len(periods):
            warnings.append(
                f"user {game.users.names[user]}: {len(periods) - len(data.chosen)} of {len(periods)} periods are not "
                "used, as somebody's level was not seen"
            )
    return LogitFit(tuple(fits), len(periods), tuple(warnings))


@dataclass(frozen=True, eq=False)
class _Choices:
    """What one user was paid at each level that it may choose, shape (M, K), and which it chose, shape (M,).

    Parameters are λ and then λ·c of all levels but the lowest; see :meth:`scores`.
    """

    levels: tuple[int, ...]
    paid: FloatArray
    chosen: IntArray
    name: str

    @classmethod
    def of(cls, game: PaymentGame, periods: Sequence[Period], user: int) -> _Choices:
        levels, name = game.strategies[user], game.users.names[user]
        paid, chosen = [], []
        for period in periods:
            own = period.profile[user]
            row = None if own is None else _paid(game, period, user)
            if own is not None and row is not None:
                paid.append(row)
                chosen.append(levels.index(own))
        if not paid:
            raise InputError(f"user {name}: no period has its level and those of all others; observe more")
        return cls(levels, np.array(paid), np.array(chosen), name)

    def scores(self, parameters: FloatArray) -> FloatArray:
        """λ·t(x) − λ·c(x), shape (M, K)."""
        return np.asarray(parameters[0] * self.paid - np.append(0.0, parameters[1:]))

    def log_likelihood(self, parameters: FloatArray) -> float:
        scores = self.scores(parameters)
        rows = np.arange(len(scores))
        return float(np.sum(scores[rows, self.chosen] - logsumexp(scores, axis=1)))

    def derivatives(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient and Hessian of the log-likelihood."""
        scores = self.scores(parameters)
        chances = np.exp(scores - logsumexp(scores, axis=1, keepdims=True))
        n, k = scores.shape
        design = np.zeros((n, k, k))
        design[:, :, 0] = self.paid
        design[:, np.arange(1, k), np.arange(1, k)] = -1.0
        mean = np.einsum("nk,nkp->np", chances, design)
        gradient = (design[np.arange(n), self.chosen] - mean).sum(axis=0)
        second = np.einsum("nk,nkp,nkq->pq", chances, design, design) - mean.T @ mean
        return np.asarray(gradient), np.asarray(-second)


def _paid(game: PaymentGame, period: Period, user: int) -> list[float] | None:
    """What each level would have paid; None where that was not seen."""
    if period.announced is not None:
        told = [period.announced[user][level] for level in game.strategies[user]]
        return None if None in told else [float(one) for one in told if one is not None]
    if any(level is None for level in period.profile) or period.alpha is None:
        return None
    place = game.index([level for level in period.profile if level is not None])
    line = game.paid(user).numbers((*place[:user], slice(None), *place[user + 1 :])).astype(float)
    return [float(period.alpha) * float(value - line[0]) for value in line]


def _fit(data: _Choices, name: str, n_levels: int) -> UserFit:
    best = _maximum(data, _by_program(data))
    precision = float(best[0])
    spread = float(np.ptp(data.paid)) or 1.0
    if not 0 < precision < _SHARP / spread:
        raise InputError(
            f"user {name}: its choices {'do not follow payments' if precision <= 0 else 'show no noise'}, so that "
            "no precision is most likely; use --model exact, or observe more periods"
        )
    top = data.log_likelihood(best)
    covariance = _covariance(data, best)
    costs, errors = [math.nan] * n_levels, [math.nan] * n_levels
    intervals: list[tuple[float, float]] = [(0.0, math.inf)] * n_levels
    costs[data.levels[0]], errors[data.levels[0]], intervals[data.levels[0]] = 0.0, 0.0, (0.0, 0.0)
    for place, level in enumerate(data.levels[1:], start=1):
        cost = float(best[place]) / precision
        slope = np.zeros(len(best))
        slope[0], slope[place] = -cost / precision, 1 / precision
        costs[level], errors[level] = cost, float(np.sqrt(slope @ covariance @ slope))
        intervals[level] = _profile_interval(data, best, place, errors[level], top)
    return UserFit(name, precision, tuple(costs), tuple(errors), tuple(intervals), top, len(data.chosen))


def _covariance(data: _Choices, best: FloatArray) -> FloatArray:
    """Of the parameters, by the curvature of the likelihood at its maximum."""
    try:
        factor = np.linalg.cholesky(-data.derivatives(best)[1])
    except np.linalg.LinAlgError:
        raise InputError(
            f"user {data.name}: what was seen of it leaves open what its levels cost, as other costs are as likely; "
            "use --model exact, or observe more periods at other shares"
        ) from None
    inverse = np.linalg.inv(factor)
    return np.asarray(inverse.T @ inverse)


class LikelihoodPrograms(Protocol):
    """What an adapter of convex programs offers for choices with noise."""

    def most_likely(self, paid: FloatArray, chosen: IntArray) -> FloatArray:
        """λ and λ·c of all levels but the first, shape (K,).

        Parameters
        ----------
        paid : what each level paid in each period, shape (M, K)
        chosen : the place of the level that was chosen, shape (M,)
        """
        ...


def _by_program(data: _Choices) -> FloatArray:
    """The maximum of the likelihood as a program over exponential cones."""
    found = resolve(None)
    if not hasattr(found, "most_likely"):
        raise SolverError(f"{found.name} has no program for choices with noise; install cvxpy")
    return cast("LikelihoodPrograms", found).most_likely(data.paid, data.chosen)


def _maximum(data: _Choices, begin: FloatArray, along: FloatArray | None = None) -> FloatArray:
    """Newton's method, halving steps that do not help; ``along`` are the directions to move in, as columns."""
    parameters = begin.copy()
    directions = np.eye(len(begin)) if along is None else along
    here = data.log_likelihood(parameters)
    for _ in range(_MOST_STEPS):
        gradient, hessian = data.derivatives(parameters)
        slope, curve = directions.T @ gradient, directions.T @ hessian @ directions
        step = directions @ np.linalg.lstsq(-curve, slope, rcond=None)[0]
        while data.log_likelihood(parameters + step) < here - 1e-12 * abs(here) and float(np.abs(step).max()) > 1e-15:
            step = step / 2
        parameters = parameters + step
        there = data.log_likelihood(parameters)
        if there - here <= 1e-13 * abs(there):
            return parameters
        here = there
    return parameters


def _profile_interval(data: _Choices, best: FloatArray, place: int, error: float, top: float) -> tuple[float, float]:
    """The costs of one level that a likelihood-ratio test does not refuse, all else as likely as it can be."""
    drop = float(chi2.ppf(CONFIDENCE, 1)) / 2
    cost = float(best[place] / best[0])
    others = [k for k in range(len(best)) if k != place]

    def falls(value: float) -> float:
        # λ·c(level) moves with λ: the one direction in which the cost stays.
        along = np.zeros((len(best), len(others)))
        for column, k in enumerate(others):
            along[k, column] = 1.0
        along[place, others.index(0)] = value
        begin = best.copy()
        begin[place] = value * best[0]
        return top - data.log_likelihood(_maximum(data, begin, along)) - drop

    return _end(falls, cost, -error), _end(falls, cost, error)


def _end(falls: Callable[[float], float], cost: float, step: float) -> float:
    """Where the likelihood has fallen far enough, infinite if it never does."""
    reach = 2 * step
    for _ in range(60):
        if falls(cost + reach) > 0:
            low, high = sorted((cost, cost + reach))
            return float(brentq(falls, low, high, xtol=1e-10 * max(abs(cost), abs(step))))
        reach *= 2
    return math.copysign(math.inf, step)
