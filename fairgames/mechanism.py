"""The platform's choice: which share α to pay out (eq. 19), exactly and with proof."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

import numpy as np

from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.equilibria.pure_regret import certify_profile
from fairgames.equilibria.selections import Candidates, Selection, candidates, value_error
from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import object_array, to_fraction
from fairgames.game import PaymentGame
from fairgames.typing import Array, IntArray, MixedProfile, Number, Profile
from fairgames.values.fair import Allocation


@dataclass(frozen=True)
class Choice:
    """One share with the equilibrium that it is valued at.

    Attributes
    ----------
    alpha : the share; None under Theorem 1
    profile : level indices
    platform_utility : what the platform keeps, in money
    utility : U at the profile
    interval : the α at which the selection is this profile; None under Theorem 1
    attained : whether the value is reached at ``alpha``, or only approached from inside the interval
    """

    alpha: float | Fraction | None
    profile: Profile
    platform_utility: float | Fraction
    utility: float | Fraction
    interval: tuple[float | Fraction, float | Fraction] | None
    attained: bool


@dataclass(frozen=True, eq=False)
class Design:
    """The platform's optimum with its certificate.

    Attributes
    ----------
    choice : the best share, its profile and value
    allocation : who gets what at the optimum, with its efficiency residual
    strategies : for each user the probability of each of the L levels
    regrets : best deviation gain of each user at the optimum, recomputed from the definition
    regret_bound : bound on the error of each regret; 0 where ``exact``
    scope, selection : which equilibria were considered, and which of them counts at each α
    ties : other choices of the same value, by α and then by profile
    runner_up : the best choice of strictly lower value; None if there is none
    equilibrium_profiles : how many profiles are a pure equilibrium at some α in [0, 1]
    exact : whether all numbers are rationals
    rule : name of the payment rule
    """

    choice: Choice
    allocation: Allocation
    strategies: MixedProfile
    regrets: Array
    regret_bound: float
    scope: str
    selection: str
    ties: tuple[Choice, ...]
    runner_up: Choice | None
    equilibrium_profiles: int
    exact: bool
    rule: str

    @property
    def alpha(self) -> float | Fraction | None:
        """The share to pay out."""
        return self.choice.alpha

    @property
    def profile(self) -> Profile:
        """The level indices that the users choose."""
        return self.choice.profile

    @property
    def platform_utility(self) -> float | Fraction:
        """What the platform keeps."""
        return self.choice.platform_utility

    @property
    def utility(self) -> float | Fraction:
        """U at the optimum."""
        return self.choice.utility

    @property
    def payments(self) -> Array:
        """What each user gets, shape (N,), in money."""
        return self.allocation.payments

    @property
    def regret(self) -> float | Fraction:
        """The largest regret of any user."""
        worst: float | Fraction = max(self.regrets)
        return worst


def design(
    game: PaymentGame, selection: Selection = "best", budget: Number | None = None, scope: str = "pure"
) -> Design:
    """The share α that leaves the platform most at an equilibrium of the users' game.

    Parameters
    ----------
    selection : which pure equilibrium counts at each α: the platform's ``"best"`` (the
        papers' choice), its ``"worst"``, only strict ones inside their interval
        (``"stable"``, valued as the limit from inside), or the global maximiser of the
        ``"potential"`` Φ_α
    budget : cap on what is paid out, α·U; under ``"worst"`` whatever equilibrium is played
    scope : ``"pure"``: pure profiles

    Raises
    ------
    NoAnswerError
        If no equilibrium qualifies: none is stable, or none is within the budget.
    InputError
        If ``selection`` or ``scope`` is unknown or the budget is negative.
    TooLargeError
        Before allocating, if the game does not fit in memory.

    Notes
    -----
    (1 − α)·U(ρ) falls in α, so a profile is worth most at the lower end of its interval; the
    optimum is a maximum over profiles and no grid of α is needed. Under Theorem 1 there is no
    share: the answer is the equilibrium of the one game that leaves the platform most.

    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> best = design(game)
    >>> str(best.alpha), str(best.platform_utility), best.profile, str(best.regret)
    ('9/20', '11/30', (1, 0), '0')
    """
    if selection not in get_args(Selection):
        raise InputError(f"selection: expected one of {', '.join(get_args(Selection))}, got {selection!r}")
    if scope != "pure":
        raise InputError(f"scope: expected 'pure', got {scope!r}")
    cap = None if budget is None else to_fraction(budget, "budget")
    if cap is not None and cap < 0:
        raise InputError(f"budget: expected a number ≥ 0, got {budget}")
    equilibria = pure_equilibria(game)
    found = candidates(game, equilibria, selection, cap)
    if not len(found.value):
        within = "" if cap is None else f" that pays out at most {budget}"
        kind = "stable equilibrium" if selection == "stable" else "equilibrium"
        raise NoAnswerError(f"no share α in [0, 1] has a {kind}{within}; try another --selection or --budget")
    winner, ties, runner_up = _choose(game, equilibria, found)
    certificate = certify_profile(game, winner.profile, winner.alpha)
    return Design(
        winner,
        certificate.allocation,
        _pure_strategies(winner.profile, len(game.utility.levels), game.exact),
        certificate.regrets,
        certificate.bound,
        scope,
        selection,
        ties,
        runner_up,
        len(equilibria),
        game.exact,
        game.rule.name,
    )


def _choose(
    game: PaymentGame, equilibria: PureEquilibria, found: Candidates
) -> tuple[Choice, tuple[Choice, ...], Choice | None]:
    """The winner, the other choices of the same value, and the best of strictly lower value.

    Of equal values the lowest α wins, then the lexicographically first profile.
    """
    error = value_error(equilibria)
    top = found.value.max()
    equal = _ordered(found, equilibria, np.flatnonzero(found.value >= top - error))
    below = np.flatnonzero(found.value < top - error)
    choices = [_choice(game, equilibria, found, k) for k in equal]
    winner = choices[0]
    ties = {choice.profile: choice for choice in reversed(choices) if choice.profile != winner.profile}
    runner_up = None
    if len(below):
        second = found.value[below].max()
        runner_up = _choice(
            game, equilibria, found, _ordered(found, equilibria, below[found.value[below] >= second - error])[0]
        )
    return winner, tuple(reversed(ties.values())), runner_up


def _ordered(found: Candidates, equilibria: PureEquilibria, chosen: IntArray) -> list[int]:
    """By α (ends closer than rounding are equal), then by profile."""
    alpha = found.alpha[chosen]
    order = np.argsort(alpha, kind="stable")
    group = np.zeros(len(order), dtype=np.int64)
    sorted_alpha = alpha[order]
    group[1:] = np.cumsum(np.diff(sorted_alpha) > equilibria.slack * sorted_alpha[1:] ** 2)
    key = np.empty_like(group)
    key[order] = group
    return [int(k) for k in chosen[np.lexsort((found.position[chosen], key))]]


def _choice(game: PaymentGame, equilibria: PureEquilibria, found: Candidates, k: int) -> Choice:
    position = int(found.position[k])
    place = np.unravel_index(equilibria.index[position], game.shape)
    has_alpha = game.rule.has_alpha
    return Choice(
        _number(found.alpha[k]) if has_alpha else None,
        game.levels([int(choice) for choice in place]),
        _number(found.value[k]),
        _number(equilibria.utility[position]),
        (_number(found.lower[k]), _number(found.upper[k])) if has_alpha else None,
        bool(found.attained[k]),
    )


def _number(value: object) -> float | Fraction:
    return value if isinstance(value, Fraction) else float(value)  # type: ignore[arg-type]


def _pure_strategies(profile: Profile, n_levels: int, exact: bool) -> MixedProfile:
    """Each user's level as a probability vector over all L levels."""
    identity = np.eye(n_levels)
    return tuple(object_array(map(Fraction, identity[level])) if exact else identity[level] for level in profile)
