"""Pure ε-differential privacy, each user with an ε of its own (Definition 2)."""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Protocol

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.privacy.framework import Level, PrivacyFramework, Verdict, shown
from fairgames.typing import Number


class PrivateMechanism(Sized, Protocol):
    """A mechanism that can tell, exactly, whether it keeps a user's ε."""

    def violation(self, user: int, epsilon: Level) -> str | None:
        """Where Pr(A(x) ∈ S) > e^ε·Pr(A(x′) ∈ S) for some x, x′ that differ in ``user`` only; None if nowhere.

        ``user`` counts from 0; ``epsilon`` is finite.
        """


class PureDP(PrivacyFramework[PrivateMechanism]):
    """Pure heterogeneous ε-differential privacy: E = [0, ∞], and A is in A(ε) iff for every user i

        Pr(A(x) ∈ S) ≤ exp(ε_i)·Pr(A(x′) ∈ S)

    for all measurable S and all x, x′ ∈ Xᴺ *that differ in the data of user i only*.

    Notes
    -----
    Definition 2 as printed leaves out the neighbours. Read word by word it asks every user's ε
    of any two databases, which the papers' own linear-Laplace estimator does not keep: with
    everybody's data changed at once the privacy losses add up.

    Neighbours differ in the value of one datum. That a user takes part, and at which ε, is
    known to the platform and not hidden.
    """

    name: ClassVar[str] = "pure differential privacy"
    levels: ClassVar[tuple[Level, ...] | None] = None

    def received(self, level: Number) -> str:
        """What the platform receives from a user at ``level``.

        >>> PURE_DP.received("1/2")
        'outputs whose probabilities the data of the user change by a factor of at most exp(1/2)'
        """
        (epsilon,) = self.profile([level])
        if epsilon == 0:
            return "nothing: no output depends on the data of the user"
        if epsilon == math.inf:
            return "anything, the data themselves included"
        return f"outputs whose probabilities the data of the user change by a factor of at most exp({epsilon})"

    def _verdict(self, mechanism: PrivateMechanism, profile: tuple[Level, ...]) -> Verdict:
        asked = [(user, epsilon) for user, epsilon in enumerate(profile) if epsilon != math.inf]
        found = [(user, mechanism.violation(user, epsilon)) for user, epsilon in asked]
        return Verdict(tuple(f"user {user + 1}: {why}" for user, why in found if why))


class LinearLaplaceEstimate(Protocol):
    """What there is to know of a linear-Laplace estimator on data in [−b, b], in exact numbers."""

    @property
    def epsilons(self) -> Sequence[Level]:
        """The ε promised to each user."""

    @property
    def weights(self) -> Sequence[Fraction]:
        """w."""

    @property
    def noise(self) -> Fraction:
        """τ."""

    @property
    def intercept(self) -> Fraction:
        """a."""

    @property
    def prior(self) -> Bounded:
        """Where the data are."""


class Bounded(Protocol):
    """Data in [−b, b]."""

    @property
    def bound(self) -> Fraction:
        """b."""


#: The framework of Definition 2; it has no parameters.
PURE_DP = PureDP()


@dataclass(frozen=True, init=False)
class LinearLaplaceMechanism:
    """A(x) = a + wᵀx + Z with Z ~ Laplace(τ), on data x_i ∈ [lower, upper]; all numbers exact.

    Its privacy loss towards user i is |w_i|·(upper − lower)/τ, so it keeps ε_i iff
    |w_i|·(upper − lower) ≤ ε_i·τ. With data ±1/2 that is the papers' |w_i| ≤ ε_i·τ.

    Parameters
    ----------
    weights : w, one number a user, read as written
    noise : τ ≥ 0; 0 means no noise
    bounds : lower < upper
    intercept : a, which no user's data enter

    Raises
    ------
    InputError
        Naming every fault at once.

    >>> mechanism = LinearLaplaceMechanism(["1/40", "13/40"], noise="1/40")
    >>> PURE_DP.check(mechanism, [1, "inf"]).holds
    True
    >>> print(PURE_DP.check(mechanism, [1, 12]).reason)
    user 2: ε is 12, but the privacy loss |w|·(upper − lower)/τ is 13; expected a noise scale τ of at least 13/480
    """

    weights: tuple[Fraction, ...]
    noise: Fraction
    bounds: tuple[Fraction, Fraction]
    intercept: Fraction

    def __init__(
        self,
        weights: Sequence[Number],
        noise: Number,
        bounds: tuple[Number, Number] = ("-1/2", "1/2"),
        intercept: Number = 0,
    ) -> None:
        faults: list[str] = []
        read = [_finite(value, f"weight of user {user}", faults) for user, value in enumerate(weights, start=1)]
        scale = _finite(noise, "noise", faults)
        if len(bounds) != 2:
            raise InputError(f"bounds: expected lower and upper, got {len(bounds)} numbers")
        lower, upper = (_finite(value, "bounds", faults) for value in bounds)
        constant = _finite(intercept, "intercept", faults)
        if not faults and scale < 0:
            faults.append(f"noise: expected a scale ≥ 0, got {noise}")
        if not faults and not lower < upper:
            faults.append(f"bounds: expected lower < upper, got {bounds[0]} and {bounds[1]}")
        if faults:
            raise InputError(faults)
        fields = {"weights": tuple(read), "noise": scale, "bounds": (lower, upper), "intercept": constant}
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, estimator: LinearLaplaceEstimate) -> LinearLaplaceMechanism:
        """The mechanism that an estimator of :mod:`fairgames.estimators` stands for."""
        bound = estimator.prior.bound
        return cls(estimator.weights, estimator.noise, (-bound, bound), estimator.intercept)

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def width(self) -> Fraction:
        """upper − lower, the most that one datum can change."""
        lower, upper = self.bounds
        return upper - lower

    def loss(self, user: int) -> Level:
        """The largest privacy loss towards ``user``: the smallest ε that the mechanism keeps."""
        reach = abs(self.weights[user]) * self.width
        if reach == 0:
            return Fraction(0)
        return reach / self.noise if self.noise else math.inf

    def violation(self, user: int, epsilon: Level) -> str | None:
        """Why ``epsilon`` is not kept, and the noise scale that would keep it; None if it is kept."""
        loss = self.loss(user)
        if loss <= epsilon:
            return None
        if epsilon == 0:
            return "ε is 0, but the weight is not; only a weight of 0 reveals nothing"
        return (
            f"ε is {shown(epsilon)}, but the privacy loss |w|·(upper − lower)/τ is {shown(loss)}; "
            f"expected a noise scale τ of at least {shown(self._enough(user, epsilon))}"
        )

    def repaired(self, epsilons: Sequence[Number]) -> LinearLaplaceMechanism:
        """The same weights with just enough noise to keep every ε exactly: the answer of a solver, made private.

        Raises
        ------
        InputError
            If a user has ε = 0 and a weight: no noise is enough.

        >>> LinearLaplaceMechanism([0.1, 0.2], noise=0.0999999999).repaired([1, 2]).noise
        Fraction(1, 10)
        """
        profile = PURE_DP.profile(epsilons)
        if PURE_DP.check(self, profile):
            return self
        enough = [self._enough(user, epsilon) for user, epsilon in enumerate(profile) if 0 < epsilon < math.inf]
        scale = max([self.noise, *enough])
        repaired = LinearLaplaceMechanism(self.weights, scale, self.bounds, self.intercept)
        if not (verdict := PURE_DP.check(repaired, profile)):
            raise InputError(verdict.faults)
        return repaired

    def _enough(self, user: int, epsilon: Level) -> Fraction:
        """The smallest noise scale that keeps ``epsilon`` > 0."""
        return abs(self.weights[user]) * self.width / Fraction(epsilon)


def _finite(value: Any, what: str, faults: list[str]) -> Fraction:
    try:
        return to_fraction(value, what)
    except InputError as error:
        faults.extend(error.faults)
        return Fraction(0)
