"""Pure ε-differential privacy, each user with an ε of its own (Definition 2)."""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from fractions import Fraction
from typing import ClassVar, Protocol

from fairgames.privacy.framework import Level, PrivacyFramework, Verdict
from fairgames.privacy.linear import LinearMechanism
from fairgames.typing import Number


class PrivateMechanism(Sized, Protocol):
    """A mechanism that can tell, exactly, whether it keeps a user's ε."""

    def violation(self, user: int, level: Level) -> str | None:
        """Where Pr(A(x) ∈ S) > e^ε·Pr(A(x′) ∈ S) for some x, x′ that differ in ``user`` only; None if nowhere.

        ``user`` counts from 0; ``level`` is a finite ε.
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
    symbol: ClassVar[str] = "ε"
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


class LinearLaplaceMechanism(LinearMechanism):
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
    >>> LinearLaplaceMechanism([0.1, 0.2], noise=0.0999999999).repaired([1, 2]).noise
    Fraction(1, 10)
    """

    symbol, scale_symbol, formula = "ε", "τ", "|w|·(upper − lower)/τ"

    @classmethod
    def of(cls, estimator: LinearLaplaceEstimate) -> LinearLaplaceMechanism:
        """The mechanism that an estimator of :mod:`fairgames.estimators` stands for."""
        bound = estimator.prior.bound
        return cls(estimator.weights, estimator.noise, (-bound, bound), estimator.intercept)

    @classmethod
    def framework(cls) -> PureDP:
        """ε of pure differential privacy."""
        return PURE_DP

    def loss(self, user: int) -> Level:
        """The smallest ε that the mechanism keeps for ``user``."""
        if (reach := self.reach(user)) == 0:
            return Fraction(0)
        return reach / self.noise if self.noise else math.inf

    def enough(self, user: int, level: Level) -> Fraction:
        """The smallest noise scale τ that keeps ε = ``level`` > 0."""
        return self.reach(user) / Fraction(level)
