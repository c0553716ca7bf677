"""Pure equilibria at one share, which may depend on U (axiom B.ii): α(U(ρ)).

With a constant α the users' game has the potential Φ_α = α·P − Σ_i c_i, so a pure equilibrium
exists and best responses lead to one (Monderer & Shapley 1996). With α a function of U they need
not: a user who moves changes the share of everybody, and what the deviating user gains is no
longer the difference of one function. Best responses may cycle, and no pure equilibrium may exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames import memory
from fairgames.certain import Judge
from fairgames.equilibria.pure.certificate import Certificate, certify_profile
from fairgames.equilibria.pure.moves import Moves
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.progress import track
from fairgames.text import how_many
from fairgames.typing import Array, BoolArray, FloatArray, Number, Profile
from fairgames.utilities.given import Stated
from fairgames.valuation.alpha import Alpha, AlphaOfUtility
from fairgames.valuation.own import values_at_levels
from fairgames.valuation.request import payments

_EPSILON = float(np.finfo(float).eps)

NO_POTENTIAL = (
    "α depends on U, so the game need not have a potential: a pure equilibrium need not exist, "
    "and best responses may cycle"
)


def why_no_potential(game: PaymentGame, share: Alpha | None) -> str:
    """What follows where the game is not known to have a potential; "" where it is."""
    if game.rule.potential is None:
        return (
            f"rule {game.rule.name!r} ({game.rule.source}) has no potential: a pure equilibrium need not exist, and "
            "best responses may cycle"
        )
    return NO_POTENTIAL if isinstance(share, AlphaOfUtility) else ""


@dataclass(frozen=True, eq=False)
class PureEquilibrium:
    """A profile from which nobody gains by moving alone, with the proof.

    Attributes
    ----------
    profile : level indices
    certificate : payments and regrets at it, computed afresh
    proven : whether it is an equilibrium for certain; else what somebody gains is within its error, and
        floats are all that is known of U
    """

    profile: Profile
    certificate: Certificate
    proven: bool = True

    @property
    def alpha(self) -> float | Fraction | None:
        """The share at this profile; None under Theorem 1."""
        return self.certificate.allocation.alpha

    @property
    def payments(self) -> Array:
        """What each user gets, shape (N,), in money."""
        return self.certificate.allocation.payments

    @property
    def utility(self) -> float | Fraction:
        """U."""
        return self.certificate.allocation.utility

    @property
    def platform_utility(self) -> float | Fraction:
        """What the platform keeps, U − Σ payments."""
        return self.certificate.allocation.platform

    @property
    def regret(self) -> float | Fraction:
        """The largest regret of any user."""
        return self.certificate.regret


@dataclass(frozen=True, eq=False)
class EquilibriaAtShare:
    """All pure equilibria at one share, in lexicographic order of profiles.

    Attributes
    ----------
    equilibria : each with its certificate
    potential : whether the game is known to have a potential, so that there is an equilibrium
    note : what follows where it is not
    undecided : comparisons that floats could not decide where they are all that is known of U
    """

    equilibria: tuple[PureEquilibrium, ...]
    potential: bool
    note: str
    undecided: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.equilibria)

    def __iter__(self) -> Iterator[PureEquilibrium]:
        return iter(self.equilibria)


def equilibria_at(game: PaymentGame | Stated, alpha: Number | AlphaOfUtility | None = None) -> EquilibriaAtShare:
    """All pure equilibria of ``game`` at one share.

    Parameters
    ----------
    alpha : a number in [0, 1], or a function of U (then there may be none: see ``note`` of the
        result); None under Theorem 1, which has no share

    Raises
    ------
    InputError
        If α is missing under Theorem 2 or given under Theorem 1.
    TooLargeError
        Before allocating, if the tensors do not fit in memory.

    Notes
    -----
    The payoffs of one user at a time are screened in floating point; whatever may be an
    equilibrium, rounding considered, is decided by the sign of what each move gains: in rationals
    or balls where U can be had so, else by whether its regret is within its rounding bound.

    >>> from fairgames import LinearLaplace, Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = equilibria_at(game, AlphaOfUtility([(0, "1/2"), ("2/3", "1/2"), (1, "2/3")]))
    >>> [(one.profile, str(one.alpha), str(one.platform_utility)) for one in found], found.potential
    ([((1, 1), '2/3', '1/3')], False)
    """
    game = PlanGame.of(game, "equilibria_at")
    share, found = game.share(alpha), []
    moves = Moves(game, share, game.enclosed(), Judge())
    for index in track(np.argwhere(_possible(game, share)), "certificates"):
        profile = game.levels([int(choice) for choice in index])
        decided = moves.nobody_gains(profile)
        if decided is False:
            continue
        certificate = _certificate(game, profile, share)
        if decided or certificate.regret <= certificate.bound:
            found.append(PureEquilibrium(profile, certificate, proven=decided is True))
    if unknown := sum(not one.proven for one in found):
        moves.judge.leave_open(
            f"whether {unknown} of {len(found)} profiles are equilibria: somebody's gain is within its error there"
        )
    note = why_no_potential(game, share)
    return EquilibriaAtShare(tuple(found), not note, note, tuple(moves.judge.undecided))


def _possible(game: PaymentGame, share: Alpha | None) -> BoolArray:
    """The profiles at which nobody gains by more than rounding."""
    memory.require(
        (500 if game.exact else 32) * game.size,
        f"Pure equilibria of {how_many(game.size)} profiles",
        memory.FEWER_PROFILES,
    )
    factor, spread = _factor(game, share)
    error = game.value_error + 2 * _EPSILON * max(_largest(one.values) / one.unit for one in game.different_paid)
    possible = np.ones(game.shape, dtype=bool)
    for user, (values, row) in enumerate(track(zip(game.values(), game.costs, strict=True), "users", len(game.users))):
        payoffs = np.array(values, dtype=float)
        width = 2 * (error + (spread + 4 * _EPSILON) * _largest(payoffs) + 4 * _EPSILON * float(max(row)))
        payoffs *= factor
        payoffs -= np.array(row, dtype=float).reshape((-1,) + (1,) * (len(game.users) - 1 - user))
        possible &= payoffs >= payoffs.max(axis=user, keepdims=True) - width
    return possible


def _factor(game: PaymentGame, share: Alpha | None) -> tuple[FloatArray | float, float]:
    """α, at every profile where it depends on U, and a bound on what an error of U does to it."""
    if not isinstance(share, AlphaOfUtility):
        return (1.0 if share is None else float(share)), 0.0
    utilities = game.utilities
    spread = 0.0 if game.exact else share.spread(utilities.values, utilities.error)
    return np.asarray(share.of(utilities.numbers()), dtype=float), spread


def _largest(values: Array) -> float:
    return max(float(values.max()), -float(values.min()))


def _certificate(game: PaymentGame, profile: Profile, share: Alpha | None) -> Certificate:
    """As :func:`certify_profile`, with the share of each deviation's own U."""
    if not isinstance(share, AlphaOfUtility):
        return certify_profile(game, profile, share)
    here = payments(game.utility, profile, share, game.rule, exact=game.exact)
    regrets, error, largest = [], here.error_bound, 0.0
    for user, (choices, row) in enumerate(zip(game.strategies, game.costs, strict=True)):
        values, bound = values_at_levels(game.rule, game.utility, profile, user, choices, game.exact)
        axes = [choices if other == user else (level,) for other, level in enumerate(profile)]
        if game.exact:
            payoffs = share.of(game.utility.exact_values(axes).fractions()) * values - object_array(row)
        else:
            utilities, costs = game.utility.values(axes), np.array(row, dtype=float)
            payoffs = share.of(utilities) * values - costs
            error = max(error, bound + share.spread(utilities, game.utility.rounding) * _largest(values))
            largest = max(largest, _largest(values), float(costs.max()))
        regrets.append(max(payoffs) - payoffs[choices.index(profile[user])])
    if game.exact:
        return Certificate(here, object_array(regrets), 0.0)
    return Certificate(here, np.array(regrets, dtype=float), 2 * error + 8 * _EPSILON * largest)
