"""One private release of a linear estimate: checked, charged, then sampled, in this order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, overload

from fairgames.errors import InputError
from fairgames.privacy import (
    PURE_DP,
    ZERO_CONCENTRATED_DP,
    ConcentratedDP,
    Level,
    LinearGaussianMechanism,
    LinearLaplaceEstimate,
    LinearLaplaceMechanism,
    PureDP,
    zcdp_of_pure,
)
from fairgames.releases.grid import GridGaussian, GridMechanism, on_grid
from fairgames.releases.ledger import Ledger
from fairgames.typing import Number


@dataclass(frozen=True)
class Release:
    """A private estimate; neither the data nor the value before the noise can be found in it.

    Attributes
    ----------
    value : the estimate with noise, a whole number of half grid steps; ``float(release)`` rounds it
    noise_scale : g·s of the discrete Laplace noise, which has (to rounding) variance 2(g·s)²
    epsilons : the ε that was kept for each user: an exact upper bound, at most the ε promised;
        inf where a datum is not protected
    grid : g, the step of the noise
    rounding : bound on the difference that the grid made to wᵀx
    entry : number of the charge in the ledger; None without a ledger
    """

    value: Fraction
    noise_scale: Fraction
    epsilons: tuple[Level, ...]
    grid: Fraction
    rounding: Fraction
    entry: int | None = None

    def __float__(self) -> float:
        return float(self.value)


@dataclass(frozen=True)
class GaussianRelease:
    """A private estimate with Gaussian noise; as :class:`Release`, except for what is promised.

    Attributes
    ----------
    value : the estimate with noise, a whole number of half grid steps; ``float(release)`` rounds it
    noise_scale : g·s of the discrete Gaussian noise, which has (to rounding) variance (g·s)²
    rhos : the ρ of zero-concentrated differential privacy that was kept for each user: an exact
        upper bound, at most the ρ promised; inf where a datum is not protected
    grid : g, the step of the noise
    rounding : bound on the difference that the grid made to wᵀx
    entry : number of the charge in the ledger; None without a ledger
    """

    value: Fraction
    noise_scale: Fraction
    rhos: tuple[Level, ...]
    grid: Fraction
    rounding: Fraction
    entry: int | None = None

    def __float__(self) -> float:
        return float(self.value)


@overload
def release(
    data: Sequence[Any],
    estimator: LinearGaussianMechanism,
    epsilons: Sequence[Number] | None = None,
    ledger: Ledger | None = None,
    names: Sequence[str] | None = None,
    purpose: str = "",
    convert: bool = False,
) -> GaussianRelease: ...


@overload
def release(
    data: Sequence[Any],
    estimator: LinearLaplaceMechanism | LinearLaplaceEstimate,
    epsilons: Sequence[Number] | None = None,
    ledger: Ledger | None = None,
    names: Sequence[str] | None = None,
    purpose: str = "",
    convert: bool = False,
) -> Release: ...


def release(
    data: Sequence[Any],
    estimator: LinearLaplaceMechanism | LinearGaussianMechanism | LinearLaplaceEstimate,
    epsilons: Sequence[Number] | None = None,
    ledger: Ledger | None = None,
    names: Sequence[str] | None = None,
    purpose: str = "",
    convert: bool = False,
) -> Release | GaussianRelease:
    """Release a + wᵀx with noise that keeps the promise to every user i.

    Parameters
    ----------
    data : x, one number a user; clamped to the bounds, and how many were is not told, since that
        would be a release of its own. Who has weight 0 is not looked at and may be None
    estimator : of :mod:`fairgames.estimators`, or any mechanism with weights, noise and bounds
    epsilons : the ε (Laplace noise) or ρ (Gaussian noise) promised to each user, ``inf`` promises
        nothing; default what the estimator promises
    ledger : where the release is charged before anything is sampled, in what it counts: ε or ρ
    names : the users' accounts in the ledger, one a user; needed with a ledger
    purpose : a note for the ledger
    convert : charge ε to a ledger of ρ as ρ = ε²/2 (:func:`fairgames.privacy.zcdp_of_pure`). The
        other way there is none: Gaussian noise keeps no ε

    Raises
    ------
    PrivacyError
        If a promise cannot be kept, with the reason for each user.
    BudgetError
        If users have not enough left in the ledger; they are named.
    InputError
        If data, promises or names do not fit; nothing was charged.
    LedgerError
        If the ledger cannot be used, or counts something else.
    MissingPackageError
        If OpenDP is not installed.

    Notes
    -----
    The ledger is charged first and on disk when the noise is drawn, so a crash in between costs
    budget and never privacy. There is no seed: a release that can be repeated is no release. How
    long sampling takes is not hidden from somebody with a clock.

    >>> from fairgames.privacy import LinearLaplaceMechanism
    >>> mechanism = LinearLaplaceMechanism(["1/40", "13/40"], noise="1/40")
    >>> answer = release([0.5, -0.5], mechanism, [1, "inf"])
    >>> [round(float(epsilon), 6) for epsilon in answer.epsilons], float(answer.noise_scale)
    ([1.0, 13.0], 0.025)
    >>> answer = release([0.5, -0.5], LinearGaussianMechanism(["1/40", "3/40"], noise="1/40"), ["1/2", 5])
    >>> [round(float(rho), 6) for rho in answer.rhos]
    [0.5, 4.5]
    """
    prepared = on_grid(estimator, epsilons)
    total = prepared.total(data)
    entry = None if ledger is None else _charge(ledger, prepared, names, purpose, convert)
    (noised,) = prepared.noisy(total)
    kind = GaussianRelease if isinstance(prepared, GridGaussian) else Release
    return kind(prepared.value(noised), prepared.noise_scale, prepared.losses, prepared.grid, prepared.rounding, entry)


def _charge(ledger: Ledger, prepared: GridMechanism, names: Sequence[str] | None, purpose: str, convert: bool) -> int:
    """The number of the entry. Charged is what is kept, which may be less than what was promised."""
    costs = _costs(prepared, names)
    privacy: PureDP | ConcentratedDP = ZERO_CONCENTRATED_DP if isinstance(prepared, GridGaussian) else PURE_DP
    if convert and privacy is PURE_DP:
        costs, privacy = {name: zcdp_of_pure(epsilon) for name, epsilon in costs.items()}, ZERO_CONCENTRATED_DP
    return ledger.charge(costs, purpose, privacy).number


def _costs(prepared: GridMechanism, names: Sequence[str] | None) -> dict[str, Level]:
    users = len(prepared.losses)
    if names is None:
        raise InputError(f"names: a ledger needs the accounts of the {users} users, in the order of the data")
    if len(names) != users:
        raise InputError(f"names: {len(names)} names came, expected one for each of {users} users")
    if repeated := [name for name, times in Counter(names).items() if times > 1]:
        raise InputError(f"names: expected unique names, got {', '.join(map(repr, repeated))} more than once")
    return dict(zip(names, prepared.losses, strict=True))
