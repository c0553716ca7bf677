"""The platform's choice: which share α to pay out (eq. 19), exactly and with proof."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

import numpy as np

from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.equilibria.landscape import envelope
from fairgames.equilibria.potential_path import maximisers
from fairgames.equilibria.pure_regret import certify_profile
from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import object_array, to_fraction
from fairgames.game import PaymentGame
from fairgames.typing import Array, BoolArray, IntArray, MixedProfile, Number, Profile

Selection = Literal["best", "worst", "stable", "potential"]


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
    payments : what each user gets, shape (N,), in money
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
    payments: Array
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
    candidates = _candidates(game, equilibria, selection, cap)
    if not len(candidates.value):
        within = "" if cap is None else f" that pays out at most {budget}"
        kind = "stable equilibrium" if selection == "stable" else "equilibrium"
        raise NoAnswerError(f"no share α in [0, 1] has a {kind}{within}; try another --selection or --budget")
    winner, ties, runner_up = _choose(game, equilibria, candidates)
    certificate = certify_profile(game, winner.profile, winner.alpha)
    return Design(
        winner,
        certificate.allocation.payments,
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


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Shares that may be best: one entry each.

    ``position`` points into the equilibria; ``lower`` and ``upper`` are the interval.
    """

    value: Array
    alpha: Array
    position: IntArray
    lower: Array
    upper: Array
    attained: BoolArray

    def select(self, chosen: Array) -> _Candidates:
        return _Candidates(
            self.value[chosen],
            self.alpha[chosen],
            self.position[chosen],
            self.lower[chosen],
            self.upper[chosen],
            self.attained[chosen],
        )


def _candidates(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None
) -> _Candidates:
    if not game.rule.has_alpha:
        return _without_share(game, equilibria, selection, cap)
    if selection == "worst":
        return _worst(equilibria, cap)
    if selection == "potential":
        return _within(_potential(game, equilibria), equilibria, cap)
    found = _at_best_end(equilibria)
    if selection == "stable":
        stable = np.flatnonzero(equilibria.stable)
        strict = np.array([_strict_at_end(game, equilibria, int(k)) for k in stable], dtype=bool)
        found = found.select(stable)
        found = _Candidates(found.value, found.alpha, found.position, found.lower, found.upper, strict)
    return _within(found, equilibria, cap)


def _at_best_end(equilibria: PureEquilibria) -> _Candidates:
    """Each equilibrium at the end of its interval where the platform keeps most: the lower, if U ≥ 0."""
    alpha = np.where(equilibria.utility >= 0, equilibria.lower, equilibria.upper)
    return _Candidates(
        (1 - alpha) * equilibria.utility,
        alpha,
        np.arange(len(equilibria)),
        equilibria.lower,
        equilibria.upper,
        np.ones(len(equilibria), dtype=bool),
    )


def _strict_at_end(game: PaymentGame, equilibria: PureEquilibria, position: int) -> bool:
    """Whether a stable profile is strict even at the end of its interval: only where [0, 1] ends it.

    At α = 0 nothing is paid, so that is so where every other level costs more.
    """
    if equilibria.lower[position] != 0:
        return False
    choice = np.unravel_index(equilibria.index[position], game.shape)
    return all(
        cost > row[chosen]
        for row, chosen in zip(game.costs, choice, strict=True)
        for level, cost in enumerate(row)
        if level != chosen
    )


def _potential(game: PaymentGame, equilibria: PureEquilibria) -> _Candidates:
    """At each breakpoint of the upper envelope of Φ_α, every profile that maximises it."""
    place = np.unravel_index(equilibria.index, game.shape)
    cost = game.total_cost()[place]
    path = maximisers(game.potential.numbers(place), cost, game.potential.error)
    position = np.concatenate(path.positions)
    break_of = np.repeat(np.arange(len(path.alpha)), [len(found) for found in path.positions])
    alpha = _array(path.alpha, game.exact)
    spans = [[path.alpha[k] for k, found in enumerate(path.positions) if p in found] for p in position]
    return _Candidates(
        (1 - alpha[break_of]) * equilibria.utility[position],
        alpha[break_of],
        position,
        _array([span[0] for span in spans], game.exact),
        _array([span[-1] for span in spans], game.exact),
        np.ones(len(position), dtype=bool),
    )


def _worst(equilibria: PureEquilibria, cap: Fraction | None) -> _Candidates:
    """The worst equilibrium at each breakpoint, and just above it.

    Just above a breakpoint the value is a limit: it is attained only if the breakpoint's own
    worst equilibrium is as good.
    """
    worst = envelope(equilibria, worst=True)
    gap = np.arange(len(worst.between))
    point = np.arange(len(worst.at))
    utility = equilibria.utility
    # Where U < 0 the platform loses least at the right end of a gap.
    falls = utility[worst.between] >= 0
    gap_alpha = np.where(falls, worst.alpha[gap], worst.alpha[gap + 1])
    as_good = np.where(falls, utility[worst.at[gap]], utility[worst.at[gap + 1]]) >= utility[worst.between]
    alpha = np.concatenate([worst.alpha, gap_alpha])
    position = np.concatenate([worst.at, worst.between])
    found = _Candidates(
        (1 - alpha) * utility[position],
        alpha,
        position,
        np.concatenate([worst.alpha, worst.alpha[gap]]),
        np.concatenate([worst.alpha, worst.alpha[gap + 1]]),
        np.concatenate([np.ones(len(point), dtype=bool), np.asarray(as_good, dtype=bool)]),
    )
    if cap is None:
        return found
    return found.select(_safe(equilibria, found, cap, np.arange(len(alpha)) >= len(point)))


def _safe(equilibria: PureEquilibria, found: _Candidates, cap: Fraction, is_gap: BoolArray) -> BoolArray:
    """Where even the costliest equilibrium at that α pays out at most ``cap``."""
    best = envelope(equilibria)
    at = np.searchsorted(best.alpha, found.alpha, side="right") - 1
    on_break = best.alpha[at] == found.alpha
    gap_of = np.minimum(at, len(best.between) - 1)
    largest = np.where(on_break & ~is_gap, equilibria.utility[best.at[at]], equilibria.utility[best.between[gap_of]])
    paid = found.alpha * largest
    limit = _cap(equilibria, cap)
    return np.asarray(np.where(is_gap, paid < limit, paid <= limit), dtype=bool)


def _within(found: _Candidates, equilibria: PureEquilibria, cap: Fraction | None) -> _Candidates:
    """Those that pay out at most ``cap``; one that is only approached must leave room."""
    if cap is None:
        return found
    paid = found.alpha * equilibria.utility[found.position]
    limit = _cap(equilibria, cap)
    return found.select(np.asarray((paid < limit) | (found.attained & (paid <= limit)), dtype=bool))


def _cap(equilibria: PureEquilibria, cap: Fraction) -> float | Fraction:
    """The cap, with room for rounding where payments are floats."""
    return cap if equilibria.utility.dtype == object else float(cap) + _value_error(equilibria)


def _without_share(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None
) -> _Candidates:
    """Theorem 1: the equilibria of one game, of which the selection keeps some."""
    kept = np.ones(len(equilibria), dtype=bool)
    if selection == "stable":
        kept = equilibria.stable
    elif selection == "potential":
        place = np.unravel_index(equilibria.index, game.shape)
        phi = game.potential.numbers(place) - game.total_cost()[place]
        kept = np.asarray(phi >= phi.max() - 4 * game.potential.error, dtype=bool)
    elif selection == "worst":
        kept = np.asarray(equilibria.keeps <= equilibria.keeps.min() + _value_error(equilibria), dtype=bool)
    paid = equilibria.utility - equilibria.keeps
    if cap is not None and selection == "worst" and bool((paid > _cap(equilibria, cap)).any()):
        kept = np.zeros(len(equilibria), dtype=bool)
    elif cap is not None:
        kept = kept & np.asarray(paid <= _cap(equilibria, cap), dtype=bool)
    found = _Candidates(
        equilibria.keeps,
        equilibria.lower,
        np.arange(len(equilibria)),
        equilibria.lower,
        equilibria.upper,
        np.ones(len(equilibria), dtype=bool),
    )
    return found.select(kept)


def _choose(
    game: PaymentGame, equilibria: PureEquilibria, found: _Candidates
) -> tuple[Choice, tuple[Choice, ...], Choice | None]:
    """The winner, the other choices of the same value, and the best of strictly lower value.

    Of equal values the lowest α wins, then the lexicographically first profile.
    """
    error = _value_error(equilibria)
    top = found.value.max()
    equal = _ordered(found, equilibria, np.flatnonzero(found.value >= top - error))
    below = np.flatnonzero(found.value < top - error)
    choices = [_choice(game, equilibria, found, k) for k in equal]
    winner = next((choice for choice in choices if choice.attained and _same_share(choice, choices[0])), choices[0])
    ties = {choice.profile: choice for choice in choices if choice.profile != winner.profile}
    runner_up = None
    if len(below):
        second = found.value[below].max()
        runner_up = _choice(
            game, equilibria, found, _ordered(found, equilibria, below[found.value[below] >= second - error])[0]
        )
    return winner, tuple(ties.values()), runner_up


def _ordered(found: _Candidates, equilibria: PureEquilibria, chosen: IntArray) -> list[int]:
    """By α (ends closer than rounding are equal), then by profile."""
    alpha = found.alpha[chosen]
    order = np.argsort(alpha, kind="stable")
    group = np.zeros(len(order), dtype=np.int64)
    sorted_alpha = alpha[order]
    group[1:] = np.cumsum(np.diff(sorted_alpha) > equilibria.slack * sorted_alpha[1:] ** 2)
    key = np.empty_like(group)
    key[order] = group
    return [int(k) for k in chosen[np.lexsort((found.position[chosen], key))]]


def _same_share(one: Choice, other: Choice) -> bool:
    return one.alpha == other.alpha and one.profile == other.profile


def _choice(game: PaymentGame, equilibria: PureEquilibria, found: _Candidates, k: int) -> Choice:
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


def _value_error(equilibria: PureEquilibria) -> float:
    """Rounding error of a platform utility: that of α (times U) and that of U. 0 where exact."""
    if equilibria.utility.dtype == object:
        return 0
    largest = float(np.abs(equilibria.utility).max(initial=0.0))
    return (equilibria.slack + 8 * float(np.finfo(float).eps)) * largest + 2 * equilibria.utility_error


def _number(value: object) -> float | Fraction:
    return value if isinstance(value, Fraction) else float(value)  # type: ignore[arg-type]


def _array(values: object, exact: bool) -> Array:
    return object_array(values) if exact else np.array(values, dtype=float)  # type: ignore[arg-type]


def _pure_strategies(profile: Profile, n_levels: int, exact: bool) -> MixedProfile:
    """Each user's level as a probability vector over all L levels."""
    one, zero = (Fraction(1), Fraction(0)) if exact else (1.0, 0.0)
    return tuple(_array([one if k == level else zero for k in range(n_levels)], exact) for level in profile)
