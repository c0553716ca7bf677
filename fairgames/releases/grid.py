"""The linear-Laplace mechanism on a grid: integers up to the noise, so that no rounding breaks a promise.

A floating-point sum wᵀx can change by more than its exact value does (Casacuberta, Shoemate,
Vadhan & Wagaman 2022), and floating-point noise betrays what it was added to (Mironov 2012). Here
user i may move the sum by a whole number of steps of size g,

    m_i = ⌊|w_i|·(upper − lower)/g⌋,

and contributes ⌊m_i·t + 1/2⌋ of them, t ∈ [0, 1] being the place of its clamped datum between the
bounds: an integer from 0 to m_i, whatever the datum. The sum is exact, changes by at most m_i when
user i's datum does, and gets discrete Laplace noise of scale s on the same grid, so that the
privacy loss towards user i is at most m_i/s.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.privacy import PURE_DP, Level, LinearLaplaceEstimate, LinearLaplaceMechanism
from fairgames.progress import track
from fairgames.releases import noise
from fairgames.releases.errors import PrivacyError
from fairgames.typing import Number

#: The grid is so fine that all rounding together is at most this share of τ …
_FINE = Fraction(1, 2**30)
#: … unless the sum would then not fit 64 bits with room for the noise: at most so many steps.
_MOST_STEPS = 2**60


@dataclass(frozen=True, eq=False)
class GridLaplace:
    """A linear-Laplace mechanism as it is carried out, with a guarantee for every user.

    Attributes
    ----------
    mechanism : what it stands for
    grid : g, a power of two
    steps : m_i, how many steps of size g user i can move the sum
    scale : s, the scale of the discrete Laplace noise, in steps; 0 means no noise
    epsilons : the ε of each user that is kept in fact, an exact upper bound; at most what was asked for
    """

    mechanism: LinearLaplaceMechanism
    grid: Fraction
    steps: tuple[int, ...]
    scale: float
    epsilons: tuple[Level, ...]

    @property
    def noise_scale(self) -> Fraction:
        """g·s, at least τ and above it by the last digit of a float at most."""
        return self.grid * Fraction(self.scale)

    @property
    def rounding(self) -> Fraction:
        """Bound on the difference that the grid makes to wᵀx, whatever the data: g for each user with a weight."""
        return self.grid * sum(weight != 0 for weight in self.mechanism.weights)

    def total(self, data: Sequence[Any]) -> int:
        """The exact sum of the users' steps; the only place where data are read.

        Parameters
        ----------
        data : one number a user, clamped to the bounds; never looked at where the weight is 0

        Raises
        ------
        InputError
            If there is not one datum a user, or some are not finite numbers (values are not repeated).
        """
        weights, places = self.mechanism.weights, self._places(data)
        return sum(
            _sign(weights[user]) * math.floor(self.steps[user] * place + Fraction(1, 2))
            for user, place in places.items()
        )

    def value(self, total: int) -> Fraction:
        """What a (noisy) total stands for: a + wᵀx of data in the middle of the bounds, and steps from there."""
        mechanism = self.mechanism
        middle = sum(mechanism.bounds, Fraction(0)) / 2 * sum(mechanism.weights, Fraction(0))
        signed = sum(_sign(weight) * steps for weight, steps in zip(mechanism.weights, self.steps, strict=True))
        return mechanism.intercept + middle + self.grid * (total - Fraction(signed, 2))

    def _places(self, data: Sequence[Any]) -> dict[int, Fraction]:
        """Where the clamped datum of each user with a weight is between the bounds, from 0 to 1."""
        weights, (lower, upper) = self.mechanism.weights, self.mechanism.bounds
        try:
            values = list(data)
        except TypeError:
            raise InputError(f"data: expected one number for each of {len(weights)} users") from None
        if len(values) != len(weights):
            raise InputError(f"data: {len(values)} values came, expected one for each of {len(weights)} users")
        read = {user: _number(value) for user, value in enumerate(values) if weights[user]}
        if faults := [f"data: the value of user {user + 1} is no finite number" for user in read if read[user] is None]:
            raise InputError(faults)
        return {
            user: (min(max(value, lower), upper) - lower) / (upper - lower)
            for user, value in read.items()
            if value is not None
        }


def _number(value: Any) -> Fraction | None:
    """A datum, exactly; None if it is no finite number."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return None
    return Fraction(value) if not isinstance(value, float) or math.isfinite(value) else None


def on_grid(
    estimator: LinearLaplaceMechanism | LinearLaplaceEstimate, epsilons: Sequence[Number] | None = None
) -> GridLaplace:
    """The mechanism with steps and noise scale that keep every ε exactly; no data are needed.

    Parameters
    ----------
    estimator : a mechanism, or an estimator that has promised its ε itself
    epsilons : the ε promised; default what the estimator has promised

    Raises
    ------
    InputError
        If ``epsilons`` is no profile of levels, one a user.
    PrivacyError
        If some ε cannot be kept, with the reason for each user.
    MissingPackageError
        If OpenDP is not installed.
    """
    mechanism, profile = _promised(estimator, epsilons)
    _refuse(mechanism, profile)
    reaches = [abs(weight) * mechanism.width for weight in mechanism.weights]
    grid = _grid(reaches, mechanism.noise)
    steps = tuple(math.floor(reach / grid) for reach in reaches)
    scale = _scale(steps, profile, mechanism.noise / grid)
    distinct = sorted(set(steps))
    losses = {distance: noise.privacy_loss(scale, distance) for distance in track(distinct, "privacy map")}
    kept = tuple(losses[distance] for distance in steps)
    _prove(steps, scale, kept, profile)
    return GridLaplace(mechanism, grid, steps, scale, kept)


def _sign(weight: Fraction) -> int:
    return (weight > 0) - (weight < 0)


def _promised(
    estimator: LinearLaplaceMechanism | LinearLaplaceEstimate, epsilons: Sequence[Number] | None
) -> tuple[LinearLaplaceMechanism, tuple[Level, ...]]:
    if isinstance(estimator, LinearLaplaceMechanism):
        if epsilons is None:
            raise InputError("epsilons: a mechanism promises none by itself; say which ε is promised to each user")
        return estimator, PURE_DP.profile(epsilons)
    return LinearLaplaceMechanism.of(estimator), PURE_DP.profile(estimator.epsilons if epsilons is None else epsilons)


def _refuse(mechanism: LinearLaplaceMechanism, profile: Sequence[Level]) -> None:
    if verdict := PURE_DP.check(mechanism, profile):
        if not any(mechanism.weights):
            nobody = "every ε is 0: nobody shares data" if not any(profile) else "every weight is 0"
            raise PrivacyError(f"{nobody}, so there is nothing to release, though data came")
        return
    raise PrivacyError(verdict.faults)


def _grid(reaches: Sequence[Fraction], noise_scale: Fraction) -> Fraction:
    fine = _FINE * noise_scale / sum(reach > 0 for reach in reaches)
    coarse = sum(reaches, Fraction(0)) / _MOST_STEPS
    return _power_of_two(max(fine, 2 * coarse))


def _power_of_two(bound: Fraction) -> Fraction:
    """The largest power of two ≤ bound.

    >>> _power_of_two(Fraction(1, 3)), _power_of_two(Fraction(4)), _power_of_two(Fraction(5))
    (Fraction(1, 4), Fraction(4, 1), Fraction(4, 1))
    """
    exponent = bound.numerator.bit_length() - bound.denominator.bit_length()
    power = Fraction(2) ** exponent
    return power if power <= bound else power / 2


def _scale(steps: Sequence[int], profile: Sequence[Level], wanted: Fraction) -> float:
    """The least float s ≥ ``wanted`` at which m_i/s, rounded up to a float, is at most ε_i for every user.

    Where m_i ≥ 1, ε_i ≥ |w_i|·(upper − lower)/τ ≥ g/τ, which is far above the smallest float.
    """
    asked = {pair for pair in zip(steps, profile, strict=True) if pair[0] and pair[1] != math.inf}
    return _float_at_least(max([wanted, *(count / _float_at_most(Fraction(epsilon)) for count, epsilon in asked)]))


def _prove(steps: Sequence[int], scale: float, kept: Sequence[Level], profile: Sequence[Level]) -> None:
    """What OpenDP promises must be no less than the mathematics says, and no more than was asked for."""
    for distance, epsilon, asked in set(zip(steps, kept, profile, strict=True)):
        exact = Fraction(0) if not distance else distance / Fraction(scale) if scale else math.inf
        if not exact <= epsilon <= asked:
            raise PrivacyError(
                f"OpenDP's privacy map gives ε = {epsilon} for {distance} steps at scale {scale}, "
                f"expected between {exact} and the {asked} asked for"
            )


def _float_at_most(value: Fraction) -> Fraction:
    """The largest float ≤ value."""
    try:
        nearest = float(value)
    except OverflowError:
        return Fraction(sys.float_info.max)
    return Fraction(nearest if nearest <= value else math.nextafter(nearest, -math.inf))


def _float_at_least(value: Fraction) -> float:
    """The smallest float ≥ value."""
    nearest = float(value)
    return nearest if nearest >= value else math.nextafter(nearest, math.inf)
