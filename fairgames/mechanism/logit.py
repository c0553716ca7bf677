"""The best share where users learn with noise: the Gibbs distribution of the potential (Blume 1993).

Under log-linear learning of precision λ the profile ρ is played with a chance proportional to exp(λ·Φ_α(ρ)), where
Φ_α = α·P − Σc. The platform then keeps V(α) = (1 − α)·E[U] on average: a smooth function that need not have one
peak. With N(α) = Σ U·exp(λΦ_α) and Z(α) = Σ exp(λΦ_α) it is (1 − α)·N/Z, U being ≥ 0 after a shift; log N and log Z
are convex in α. So on an interval log N is below its chord and log Z above its tangents, and V has a bound there
whose error falls with the square of the width: branch and bound finds the global optimum, and says how far it may
be from it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from fairgames import checked
from fairgames.equilibria.refinements.gibbs import gibbs, to_precision
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.leaving import told
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import LOGIT
from fairgames.reading.kinds import COUNT, NUMBER, listed
from fairgames.text import number
from fairgames.typing import FloatArray, MixedProfile, Number, Profile

_EPSILON = float(np.finfo(float).eps)
#: Where the search begins, and how many shares it looks at.
_FIRST, _MOST_SHARES = 33, 4_000
#: A weight is e to this at least, of those whose largest is 1.
_LEAST = -680.0
#: The largest exponent whose rounding leaves the first digits of a chance.
_MOST_SPREAD = 1e12
#: A bound beyond e to this is infinite.
_MOST_EXPONENT = 700.0
#: The part of its value that the optimum may be off by.
_CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class LogitDesign(Design):
    """The best share under log-linear learning; payments, U and regrets are expected ones.

    Each regret is what a user loses on average by not playing a best response; strategies are the chances of each
    user's levels, which are not independent.

    Attributes
    ----------
    precision : λ, one over an amount of money
    gap : how much more than ``platform_utility`` any share may leave the platform, at most
    optimum_between : all best shares are between these two
    likely_profile, likely_chance : the profile that is played most often, and how often
    """

    kind = "logit"
    FACTS = MappingProxyType(
        {
            "precision": NUMBER,
            "gap": NUMBER,
            "optimum_between": listed(NUMBER, 2),
            "likely_profile": listed(COUNT),
            "likely_chance": NUMBER,
        }
    )

    precision: float
    gap: float
    optimum_between: tuple[float, float]
    likely_profile: Profile
    likely_chance: float

    def facts(self) -> dict[str, object]:
        """Results of this selection alone, by the names of the JSON answer."""
        return {name: getattr(self, name) for name in self.FACTS}

    def claim(self) -> str:
        """What the numbers are."""
        return (
            f"Log-linear learning of precision {number(self.precision)}: all numbers are means over its stationary "
            f"distribution; by erring users lose up to {number(self.regret)} on average."
        )

    def remarks(self) -> tuple[str, ...]:
        """What is played most, and how good the share is."""
        low, high = self.optimum_between
        levels = ", ".join(self.levels[level] for level in self.likely_profile) if self.levels else self.likely_profile
        return (
            f"Played most: levels ({levels}), with a chance of {number(self.likely_chance)}.",
            f"No share leaves the platform more by over {number(self.gap)}; the best ones are between "
            f"{number(low)} and {number(high)}.",
        )


def logit_design(game: PaymentGame, precision: Number | None) -> LogitDesign:
    """The share that leaves the platform most under log-linear learning; see :func:`fairgames.design`.

    Raises
    ------
    InputError
        If the precision is missing or no number ≥ 0, or payments are no share of U by an exact potential.
    TooLargeError
        Before allocating, if the game does not fit in memory.
    """
    if precision is None:
        raise InputError(f"precision: selection {LOGIT!r} needs λ, one over an amount of money: give one, such as 10")
    rule = game.rule
    if not (rule.has_alpha and rule.efficient and rule.potential == "exact"):
        raise InputError(
            f"selection {LOGIT!r}: rule {rule.name!r} ({rule.source}) does not pay a share of U by an exact potential; "
            "use rule 'users'"
        )
    family = _Family.of(game, to_precision(precision))
    best, upper, between = _search(family)
    error = family.error(best)
    chances = gibbs(family.exponent(best.alpha).reshape(game.shape), 1.0)
    likely = np.unravel_index(int(np.argmax(chances)), game.shape)
    paid = best.alpha * np.array([float((chances * values).sum()) for values in game.values()])
    found = LogitDesign(
        choice=Choice(best.alpha, None, _marginals(game, chances), best.kept, best.mean, None, True, value_error=error),
        payments=paid,
        regrets=np.array(list(_regrets(game, chances, best.alpha))),
        regret_bound=game.payment_error(best.alpha) + 64 * _EPSILON * family.largest,
        scope="pure",
        selection=LOGIT,
        ties=(),
        runner_up=None,
        equilibrium_profiles=None,
        exact=False,
        rule=rule.name,
        warnings=(),
        precision=family.precision,
        gap=max(0.0, upper - best.kept) + 2 * error,
        optimum_between=between,
        likely_profile=game.levels([int(k) for k in likely]),
        likely_chance=float(chances[likely]),
    )
    checked.leaves(found, checked.distributions(found.strategies), {"alpha": best.alpha, "precision": precision})
    return told(game, found)


@dataclass(frozen=True)
class _Point:
    """One share: log N and log Z, the slope of log Z, E[U], and what the platform keeps."""

    alpha: float
    log_n: float
    log_z: float
    slope: float
    mean: float
    kept: float


@dataclass(frozen=True, eq=False)
class _Family:
    """The Gibbs distributions of all shares.

    Attributes
    ----------
    precision : λ
    shared, cost : P and Σc of each profile, shape (M,), shifted towards 0: constants cancel
    log_worth : log(U − lowest), −inf where that is 0
    lowest : the least U, or 0 if that is less
    errors : of U and of P
    largest : the largest |U|
    """

    precision: float
    shared: FloatArray
    cost: FloatArray
    log_worth: FloatArray
    lowest: float
    errors: tuple[float, float]
    largest: float

    @classmethod
    def of(cls, game: PaymentGame, precision: float) -> _Family:
        shared, cost, worth = (
            np.asarray(values, dtype=float).ravel()
            for values in (game.potential.numbers(), game.total_cost(), game.utilities.numbers())
        )
        lowest = min(0.0, float(worth.min()))
        with np.errstate(divide="ignore"):
            log_worth = np.log(worth - lowest)
        spread = precision * (float(np.ptp(shared)) + float(np.ptp(cost)))
        if not spread <= _MOST_SPREAD:
            raise InputError(
                f"precision: at λ = {precision:.6g} chances lie beyond what floats can tell apart; use selection "
                "'potential', which is the limit"
            )
        errors = float(game.utilities.error), float(game.potential.error) + 2 * _EPSILON * float(np.abs(shared).max())
        return cls(
            precision, shared - _middle(shared), cost - _middle(cost), log_worth, lowest, errors,
            float(np.abs(worth).max()),
        )  # fmt: skip

    def exponent(self, alpha: float) -> FloatArray:
        """λ·Φ_α at each profile, but for a constant."""
        return self.precision * (alpha * self.shared - self.cost)

    def at(self, alpha: float) -> _Point:
        """All that is needed at one share."""
        exponent = self.exponent(alpha)
        log_z, weights = _log_sum(exponent)
        log_n, _ = _log_sum(exponent + self.log_worth)
        mean = math.exp(log_n - log_z) + self.lowest
        slope = self.precision * float((weights * self.shared).sum() / weights.sum())
        return _Point(alpha, log_n, log_z, slope, mean, (1 - alpha) * mean)

    @property
    def room(self) -> float:
        """A bound on what rounding adds to any logarithm here."""
        spread = float(np.abs(self.shared).max()) + float(np.abs(self.cost).max())
        return 8 * _EPSILON * self.precision * spread + (256 + math.log2(len(self.shared))) * _EPSILON

    def error(self, point: _Point) -> float:
        """A bound on the error of what the platform keeps: rounding, and errors of U and P."""
        tilt = 2 * self.room + 2 * self.precision * point.alpha * self.errors[1]
        return (
            math.expm1(min(tilt, _MOST_EXPONENT)) * (point.mean - self.lowest)
            + self.errors[0]
            + 8 * _EPSILON * self.largest
        )

    def bound(self, left: _Point, right: _Point) -> float:
        """At least what the platform keeps at any share between two."""
        width = right.alpha - left.alpha
        if math.isinf(left.log_n):  # U is the same at every profile, and not above 0
            return self.lowest * (1 - right.alpha)
        chord = (right.log_n - left.log_n) / width
        rise = right.slope - left.slope
        cross = left.alpha + (width / 2 if rise <= 0 else (left.log_z - right.log_z + right.slope * width) / rise)
        cross = min(max(cross, left.alpha), right.alpha)
        slack = 4 * self.room * (1 + self.precision * width * float(np.abs(self.shared).max()))
        lines = (
            (left.log_n - left.log_z, chord - left.slope, left.alpha, left.alpha, cross),
            (right.log_n - right.log_z, chord - right.slope, right.alpha, cross, right.alpha),
        )
        most = max(_highest(*line, self.lowest) for line in lines)
        return most + math.expm1(min(slack, _MOST_EXPONENT)) * (abs(most) + abs(self.lowest))


def _middle(values: FloatArray) -> float:
    return (float(values.max()) + float(values.min())) / 2


def _log_sum(exponents: FloatArray) -> tuple[float, FloatArray]:
    """log Σ exp, and the summands but for a factor."""
    top = float(exponents.max())
    if math.isinf(top):
        return top, exponents
    # Numbers below every normal float are slow, and as good as those that are kept.
    weights = np.exp(np.maximum(exponents - top, _LEAST))
    return top + math.log(float(weights.sum())), weights


def _highest(height: float, slope: float, at: float, low: float, high: float, lowest: float) -> float:
    """At least (1 − α)·(exp(height + slope·(α − at)) + lowest) for α from ``low`` to ``high``.

    That is convex up to some α, where an end is highest, and concave from there on, where tangents are above it.
    """
    turn = min(max(1 - 2 / slope, low), high) if slope > 0 else high
    shares = low, turn, high
    exponents = [height + slope * (alpha - at) for alpha in shares]
    if max(exponents) > _MOST_EXPONENT:
        return math.inf
    powers = list(map(math.exp, exponents))
    values = [(1 - alpha) * (power + lowest) for alpha, power in zip(shares, powers, strict=True)]
    rises, falls = (
        power * (slope * (1 - alpha) - 1) - lowest for alpha, power in zip(shares[1:], powers[1:], strict=True)
    )
    if rises <= 0 or falls >= 0:
        return max(values)
    meet = (values[2] - values[1] + rises * turn - falls * high) / (rises - falls)
    return max(*values, values[1] + rises * (min(max(meet, turn), high) - turn))


def _search(family: _Family) -> tuple[_Point, float, tuple[float, float]]:
    """The best share found, a bound on what any may be worth, and between which shares all best ones are."""
    points = [family.at(float(alpha)) for alpha in np.linspace(0, 1, _FIRST)]
    best = max(points, key=lambda point: point.kept)
    pieces = [(-family.bound(*ends), k, *ends) for k, ends in enumerate(pairwise(points))]
    heapq.heapify(pieces)
    for count in range(_FIRST, _MOST_SHARES):
        negative, _, left, right = pieces[0]
        if -negative <= best.kept + _CLOSE * abs(best.kept):
            break
        middle = family.at((left.alpha + right.alpha) / 2)
        if not left.alpha < middle.alpha < right.alpha:
            break
        heapq.heapreplace(pieces, (-family.bound(left, middle), 2 * count, left, middle))
        heapq.heappush(pieces, (-family.bound(middle, right), 2 * count + 1, middle, right))
        best = max(best, middle, key=lambda point: point.kept)
    still = [(left.alpha, right.alpha) for negative, _, left, right in pieces if -negative >= best.kept]
    low = min([best.alpha, *(left for left, _ in still)])
    high = max([best.alpha, *(right for _, right in still)])
    return best, max(best.kept, -pieces[0][0]), (low, high)


def _marginals(game: PaymentGame, chances: FloatArray) -> MixedProfile:
    """The chance of each of the L levels, for each user."""
    found = []
    for user, levels in enumerate(game.strategies):
        vector = np.zeros(len(game.utility.levels))
        others = tuple(axis for axis in range(chances.ndim) if axis != user)
        vector[list(levels)] = chances.sum(axis=others)
        found.append(vector / vector.sum())
    return tuple(found)


def _regrets(game: PaymentGame, chances: FloatArray, alpha: float) -> Iterator[float]:
    """What each user loses on average by not playing a best response."""
    potential = np.asarray(game.exact_potential(alpha).numbers(), dtype=float)
    for user in range(len(game.users)):
        lost = potential.max(axis=user, keepdims=True) - potential
        yield float((chances * lost).sum())
