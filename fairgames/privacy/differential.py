"""Pure ε-differential privacy (Definition 2), and what all frameworks with a level of each user share."""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from fractions import Fraction
from typing import ClassVar, Protocol

from fairgames.privacy.framework import Level, PrivacyFramework, Verdict
from fairgames.privacy.linear import LinearMechanism
from fairgames.typing import Number


class PrivateMechanism(Sized, Protocol):
    """A mechanism that can tell, exactly, whether it keeps a user's level."""

    def violation(self, user: int, level: Level) -> str | None:
        """Where what the level promises fails for some x, x′ that differ in ``user`` only; None if nowhere.

        ``user`` counts from 0; ``level`` is finite.
        """


class PrivacyOfEachUser(PrivacyFramework[PrivateMechanism]):
    """Levels in [0, ∞], each a promise to one user: 0 of no influence on the outputs, ∞ of nothing."""

    levels: ClassVar[tuple[Level, ...] | None] = None
    #: What holds of the outputs at a level in between, which stands at the braces.
    promise: ClassVar[str]

    def received(self, level: Number) -> str:
        """What the platform receives from a user at ``level``."""
        (promised,) = self.profile([level])
        if promised == 0:
            return "nothing: no output depends on the data of the user"
        if promised == math.inf:
            return "anything, the data themselves included"
        return f"outputs {self.promise.format(promised)}"

    def _verdict(self, mechanism: PrivateMechanism, profile: tuple[Level, ...]) -> Verdict:
        asked = [(user, level) for user, level in enumerate(profile) if level != math.inf]
        found = [(user, mechanism.violation(user, level)) for user, level in asked]
        return Verdict(tuple(f"user {user + 1}: {why}" for user, why in found if why))


class PureDP(PrivacyOfEachUser):
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

    >>> PURE_DP.received("1/2")
    'outputs whose probabilities the data of the user change by a factor of at most exp(1/2)'
    """

    name: ClassVar[str] = "pure differential privacy"
    symbol: ClassVar[str] = "ε"
    promise: ClassVar[str] = "whose probabilities the data of the user change by a factor of at most exp({})"


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
