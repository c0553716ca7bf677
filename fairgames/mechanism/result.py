"""What the platform learns: its best share, the equilibrium that it is valued at, and the proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from fairgames.typing import Array, MixedProfile, Profile

Scalar = float | Fraction


@dataclass(frozen=True, eq=False)
class Choice:
    """One share with the equilibrium that it is valued at.

    Attributes
    ----------
    alpha : the share; None under Theorem 1
    profile : level indices; None where somebody mixes
    strategies : for each user the probability of each of the L levels
    platform_utility : what the platform keeps, in money; expected where somebody mixes
    utility : U, expected where somebody mixes
    interval : the α at which the selection is this equilibrium or its branch; None under Theorem 1
    attained : whether the value is reached at ``alpha``, or only approached from inside the interval
    value_error : bound on the error of ``platform_utility``; 0 where exact, None where none is known
    """

    alpha: Scalar | None
    profile: Profile | None
    strategies: MixedProfile
    platform_utility: Scalar
    utility: Scalar
    interval: tuple[Scalar, Scalar] | None
    attained: bool
    value_error: float | None = field(default=None, kw_only=True)


@dataclass(frozen=True, eq=False)
class Design:
    """The platform's optimum with its certificate.

    Attributes
    ----------
    choice : the best share, its equilibrium and value
    payments : what each user gets, shape (N,), in money; expected where somebody mixes
    regrets : best deviation gain of each user at the optimum, computed afresh
    regret_bound : bound on the error of each regret; 0 where ``exact``
    scope, selection : which equilibria were considered, and which of them counts at each α
    ties : other choices of the same value, by α and then by profile
    runner_up : the best choice of strictly lower value; None if there is none
    equilibrium_profiles : how many profiles are a pure equilibrium at some α in [0, 1]; None
        where they were not counted
    exact : whether all numbers are rationals
    rule : name of the payment rule
    warnings : what is legal but may surprise
    undecided : comparisons that floats could not decide where they are all that is known of U
    """

    choice: Choice
    payments: Array
    regrets: Array
    regret_bound: float
    scope: str
    selection: str
    ties: tuple[Choice, ...]
    runner_up: Choice | None
    equilibrium_profiles: int | None
    exact: bool
    rule: str
    warnings: tuple[str, ...]
    undecided: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def certain(self) -> bool:
        """Whether every comparison that the answer rests on was decided."""
        return not self.undecided

    def facts(self) -> dict[str, object]:
        """What only this scope knows, by the names of the JSON answer."""
        return {}

    def remarks(self) -> tuple[str, ...]:
        """What only this scope or method knows, in words."""
        return ()

    @property
    def alpha(self) -> Scalar | None:
        """The share to pay out."""
        return self.choice.alpha

    @property
    def profile(self) -> Profile | None:
        """The level indices that the users choose; None where somebody mixes."""
        return self.choice.profile

    @property
    def strategies(self) -> MixedProfile:
        """For each user the probability of each of the L levels."""
        return self.choice.strategies

    @property
    def platform_utility(self) -> Scalar:
        """What the platform keeps."""
        return self.choice.platform_utility

    @property
    def utility(self) -> Scalar:
        """U at the optimum."""
        return self.choice.utility

    @property
    def regret(self) -> Scalar:
        """The largest regret of any user."""
        worst: Scalar = max(self.regrets)
        return worst
