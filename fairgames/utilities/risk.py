"""Utilities that are functions of an estimator's risk: affine, logarithmic, or of your own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from numbers import Real
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from fairgames.errors import InputError
from fairgames.estimators.risks import Risk, Risks
from fairgames.exact import Rationals, object_array
from fairgames.typing import Axes, FloatArray, IntArray, Number
from fairgames.utilities.base import Utility
from fairgames.utilities.counts import CountAxes

#: From a risk to what it is worth; should fall as the risk rises.
Function: TypeAlias = Callable[[float], float]

_EPS = float(np.finfo(float).eps)


class RiskUtility(Utility):
    """U(ρ) = Σ_i a_i·(f(r_i(ρ)) − f(r(0))), for the risks r_i of the platform's estimates.

    What f is worth without data is taken off, so that U(0) = 0 whatever f is.

    Parameters
    ----------
    risk : the estimates' risks, with their constraints and solver
    function :
        "affine": how much of Σ_i a_i r_i the data take off, relative to what all data without privacy
        would; :class:`LinearLaplace` for the linear-Laplace estimator (eq. 37);
        "log": f(r) = −log r, which is :class:`FederatedMean` for the federated one (eq. 15);
        or a function of your own from a risk to a number, called once for each distinct risk
    scale : money per unit

    Notes
    -----
    U is rational where the risk is and the function is affine. Whether U rises with every level is
    for the game to say (:meth:`fairgames.game.PaymentGame.warnings`). It does for a function that
    falls in the risk of the best private estimator, but not in a federation, and constraints or a
    function of your own may do anything.

    >>> from fairgames.estimators import LaplaceRisk
    >>> utility = RiskUtility(LaplaceRisk(2, [0, "inf"]))
    >>> utility.exact_on_grid().fractions().tolist()  # eq. 10
    [[Fraction(0, 1), Fraction(2, 3)], [Fraction(2, 3), Fraction(1, 1)]]
    >>> accuracy = RiskUtility(LaplaceRisk(2, [0, "inf"]), lambda risk: 1 - risk**0.5)
    >>> accuracy.on_grid().round(3)
    array([[0.   , 0.053],
           [0.053, 0.085]])
    """

    kind: ClassVar[str] = "risk"
    _vouched = True

    def __init__(self, risk: Risk, function: Literal["affine", "log"] | Function = "affine", scale: Number = 1) -> None:
        super().__init__(risk.n_users, risk.levels, scale)
        if not (callable(function) or function in ("affine", "log")):
            raise InputError(f"function: expected 'affine', 'log' or a function of the risk, got {function!r}")
        self.risk = risk
        self.function = function
        self._rounding = 0.0

    @property
    def rounding(self) -> float:
        """The largest of the values computed so far: f at both ends of each risk's error, for an f monotone between."""
        return self._rounding * float(self.scale)

    @property
    def rational(self) -> bool:
        return self.risk.rational and self.function == "affine"

    @property
    def types(self) -> tuple[int, ...]:
        return self.risk.types

    def _block(self, axes: Axes) -> FloatArray:
        return self._worths(self.risk.at(_profiles(axes))).reshape(_free(axes))

    def _exact_block(self, axes: Axes) -> Rationals:
        if not self.rational:
            return super()._exact_block(axes)
        return self._exact(self._counts_of(_profiles(axes)), _free(axes))

    def _count_block(self, axes: CountAxes) -> FloatArray:
        if self.risk.programs is not None:
            return super()._count_block(axes)
        return self._worths(self.risk.on_counts(_combined(axes))).reshape([len(axis) for axis in axes])

    def _exact_count_block(self, axes: CountAxes) -> Rationals:
        if not self.rational:
            return super()._exact_count_block(axes)
        return self._exact(_combined(axes), [len(axis) for axis in axes])

    def _counts_of(self, profiles: IntArray) -> IntArray:
        """How many users of each type are on each level, shape (M, T, L)."""
        members = np.equal.outer(np.arange(max(self.types) + 1), self.types).astype(np.int64)
        return np.stack([(profiles == level) @ members.T for level in range(len(self.levels))], axis=2)

    def _exact(self, counts: IntArray, shape: Iterable[int]) -> Rationals:
        """The affine U, exactly."""
        distinct, inverse = np.unique(counts, axis=0, return_inverse=True)
        prior, spread = self.risk.prior_risk, self.risk.spread
        values = [(prior - risk) / spread for risk in self.risk.exact_on_counts(distinct)]
        return Rationals.of(object_array(values))[inverse.reshape(tuple(shape))]

    def _worths(self, risks: Risks) -> FloatArray:
        """U/scale, shape (M,); and what is known of its rounding afterwards."""
        values, prior = self._of(risks.values), self._of(np.array([float(self.risk.prior_risk)]))
        above, below = self._of(risks.values + risks.bounds), self._of(risks.values - risks.bounds)
        slips = np.maximum(abs(above - values), abs(below - values))
        slips += (values.shape[1] + 6) * _EPS * (abs(values) + abs(prior))
        self._rounding = max(self._rounding, float((slips * risks.weights).sum(axis=1).max()))
        result: FloatArray = ((values - prior) * risks.weights).sum(axis=1)
        return result

    def _of(self, risks: FloatArray) -> FloatArray:
        """f of every risk, same shape."""
        if self.function == "log":
            return -np.log(risks)
        if self.function == "affine":
            return -risks / (float(self.risk.spread) or 1.0)
        distinct, inverse = np.unique(risks, return_inverse=True)
        return np.array([self._worth(float(risk)) for risk in distinct])[inverse].reshape(risks.shape)

    def _worth(self, risk: float) -> float:
        assert callable(self.function)
        value = self.function(risk)
        if not isinstance(value, Real) or not math.isfinite(value):
            raise InputError(f"function: expected a finite number at risk {risk:.6g}, got {value!r}")
        return float(value)


def _profiles(axes: Axes) -> IntArray:
    """The product of the axes, the last one fastest, shape (M, N); for any number of users."""
    sizes = [len(axis) for axis in axes]
    columns, after = [], math.prod(sizes)
    total = after
    for axis in axes:
        after //= len(axis)
        columns.append(np.tile(np.repeat(np.asarray(axis, dtype=np.int64), after), total // (after * len(axis))))
    return np.stack(columns, axis=1)


def _combined(axes: CountAxes) -> IntArray:
    """All combinations of the types' counts, the last type fastest, shape (M, T, L)."""
    rows = _profiles([range(len(axis)) for axis in axes])
    return np.stack([axis[rows[:, number]] for number, axis in enumerate(axes)], axis=1)


def _free(axes: Axes) -> tuple[int, ...]:
    """The shape of a block: axes of length 1 add no dimension."""
    return tuple(len(axis) for axis in axes if len(axis) > 1)
