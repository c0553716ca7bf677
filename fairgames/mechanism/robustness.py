"""What an answer rests on: how far it may be off, what may go wrong at it, and what fairness costs."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from fairgames.equilibria.along_branches import reach
from fairgames.equilibria.branches import Branches, branches
from fairgames.equilibria.deviations import Deviations
from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import number as to_scalar
from fairgames.mechanism.margin import Margin, margin_of
from fairgames.mechanism.result import Choice, Design, Scalar
from fairgames.mechanism.selections import value_error
from fairgames.mechanism.standing import expected_cost, first_best, mixed_standing, pure_standing
from fairgames.text import number, strategy
from fairgames.typing import MixedProfile, Number, Profile

_EPSILON = float(np.finfo(float).eps)
#: Relative rounding of what rests on a share that is the root of a polynomial.
_ROOT_ERROR = 1e-13


@dataclass(frozen=True)
class Price:
    """How far what is had falls short of the first best.

    Attributes
    ----------
    difference : first best − what is had
    ratio : first best / what is had; None unless that is positive
    relative : difference / first best; None unless that is positive
    """

    difference: Scalar
    ratio: Scalar | None
    relative: Scalar | None

    @classmethod
    def between(cls, best: Scalar, had: Scalar) -> Price:
        difference = best - had
        return cls(difference, best / had if had > 0 else None, difference / best if best > 0 else None)


@dataclass(frozen=True, eq=False)
class Robustness:
    """What an answer rests on; numbers are rationals where ``exact``.

    Attributes
    ----------
    interval : the α at which the answer's profile is an equilibrium; where somebody mixes, those
        to which its branch leads without a jump; None under Theorem 1
    room : how far α may fall and rise in it
    strictness : what a user who deviates at the answer loses at least; 0 where somebody is indifferent
    tolerance : the largest s ≤ 1 such that the answer is an equilibrium for all sensitivities
        between (1 − s)·c and (1 + s)·c, each apart; 0 at a share that is critical
    worst : the equilibrium at the answer's share that leaves the platform least
    loss : how much less that is than what the answer keeps
    margin : the answer with a margin; None where somebody mixes, where the interval is a point,
        where a deviation changes nothing at any α or there is none, and under Theorem 1
    first_best : max over all profiles of U − Σc: what the platform could keep if it paid everybody
        exactly what sharing costs them
    first_best_profile : the first profile that reaches it, as level indices
    welfare : U − Σc at the answer, expected where somebody mixes
    price_of_fairness : of ``first_best`` over what the platform keeps; its ``relative`` is the price
        of fairness of Bertsimas, Farias & Trichakis (2011), for the platform's objective
    price_of_anarchy : of ``first_best`` over the welfare of the equilibrium at the answer's share
        with the lowest; its ``ratio`` is that of Koutsoupias & Papadimitriou (1999)
    price_of_stability : the same for the equilibrium with the highest (Anshelevich et al. 2008)
    scope : which equilibria count as worst and in the prices: ``"pure"`` ones or ``"all"``
    exact : whether all numbers are rationals
    error_bound : bound on the absolute error of every amount of money, mixed strategies taken as
        they are; 0 where ``exact``
    """

    interval: tuple[Scalar, Scalar] | None
    room: tuple[Scalar, Scalar] | None
    strictness: Scalar
    tolerance: Scalar
    worst: Choice
    loss: Scalar
    margin: Margin | None
    first_best: Scalar
    first_best_profile: Profile
    welfare: Scalar
    price_of_fairness: Price
    price_of_anarchy: Price
    price_of_stability: Price
    scope: str
    exact: bool
    error_bound: float

    def to_dict(self) -> dict[str, Any]:
        """All of it as nested dicts of numbers (``Fraction`` where exact), tuples and arrays."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    def lines(self, game: PaymentGame) -> list[str]:
        """A few lines for people."""
        names = game.utility.level_names
        lines = []
        if self.interval is not None and self.room is not None:
            (low, high), (down, up) = self.interval, self.room
            lines.append(
                f"The equilibrium holds for α from {number(low)} to {number(high)}: "
                f"α may fall by {number(down)} and rise by {number(up)}."
            )
        lines.append(
            f"A user who deviates loses at least {number(self.strictness)}; sensitivities may be off by "
            f"{_percent(self.tolerance)}."
        )
        if self.margin is not None:
            lines.append(
                f"At α = {number(self.margin.alpha)}, {number(self.margin.distance)} inside: deviating loses at least "
                f"{number(self.margin.strictness)}, sensitivities may be off by {_percent(self.margin.tolerance)}, "
                f"and the platform keeps {number(self.margin.platform_utility)}."
            )
        worst = "; ".join(strategy(vector, names) for vector in self.worst.strategies)
        lines.append(
            f"The worst equilibrium at this share is levels ({worst}): the platform keeps "
            f"{number(self.worst.platform_utility)}, which is {number(self.loss)} less."
        )
        best = "; ".join(names[level] for level in self.first_best_profile)
        lines.append(
            f"First best: U less all sensitivities is {number(self.first_best)} at levels ({best}); "
            f"here it is {number(self.welfare)}."
        )
        lines.append(
            f"Price of fairness: the platform keeps {number(self.price_of_fairness.difference)} less than the "
            f"first best{_of_it(self.price_of_fairness)}."
        )
        lines.append(
            f"Price of anarchy {number(self.price_of_anarchy.ratio)}, of stability "
            f"{number(self.price_of_stability.ratio)}, over the {self._counted} at this share."
        )
        return lines

    @property
    def _counted(self) -> str:
        return "equilibria, mixed ones too," if self.scope == "all" else "pure equilibria"


def robustness(
    game: PaymentGame, found: Design, margin: Number | None = None, equilibria: PureEquilibria | None = None
) -> Robustness:
    """How far an answer of :func:`fairgames.design` can be relied on, and what fair payment costs.

    Parameters
    ----------
    found : an answer for ``game`` of scope "pure" or "all"
    margin : how far a share should stay from every α at which somebody is indifferent; default a
        hundredth of the interval
    equilibria : the pure equilibria of ``game``, if they are known

    Raises
    ------
    InputError
        If the answer is of another scope or game, or the margin is not positive or does not fit
        into the interval.
    TooLargeError
        Before allocating, if the game does not fit in memory.

    >>> from fairgames import LinearLaplace, Users, design
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> checked = robustness(game, design(game, scope="pure"))
    >>> [str(alpha) for alpha in checked.room], checked.worst.profile, str(checked.loss)
    (['0', '19/100'], (0, 0), '11/30')
    >>> str(checked.first_best), checked.first_best_profile, str(checked.price_of_fairness.relative)
    ('19/50', (1, 1), '2/57')
    """
    if found.scope not in ("pure", "all"):
        raise InputError(f"robustness: expected an answer of scope 'pure' or 'all', got scope {found.scope!r}")
    equilibria = pure_equilibria(game) if equilibria is None else equilibria
    mixed = found.scope == "all" and len(game.users) == 2
    known = branches(game) if mixed and game.rule.has_alpha else None
    own = tuple(vector[list(levels)] for vector, levels in zip(found.strategies, game.strategies, strict=True))
    share = 1 if found.alpha is None else found.alpha
    deviations = Deviations.of(game, own, equilibria.slack)
    strictness = deviations.strictness(share)
    if strictness < -found.regret_bound:
        raise InputError(
            f"robustness: the answer is no equilibrium of this game, where somebody gains {number(-strictness)}; "
            "give the game that it was found for"
        )
    interval = _interval(game, found, equilibria, known, own)
    if mixed:
        here = mixed_standing(game, equilibria, known, found.alpha)
    else:
        here = pure_standing(game, equilibria, found.alpha)
    worst = here.choice(int(np.argmin(here.kept)))
    best, best_profile = first_best(game)
    exact = found.exact and game.exact
    return Robustness(
        interval=interval,
        room=None if interval is None else (max(share - interval[0], 0.0), max(interval[1] - share, 0.0)),
        strictness=strictness,
        tolerance=deviations.tolerance(share),
        worst=worst,
        loss=found.platform_utility - worst.platform_utility,
        margin=margin_of(found, interval, deviations, margin),
        first_best=best,
        first_best_profile=best_profile,
        welfare=found.utility - expected_cost(game, own),
        price_of_fairness=Price.between(best, found.platform_utility),
        price_of_anarchy=Price.between(best, to_scalar(min(here.welfare))),
        price_of_stability=Price.between(best, to_scalar(max(here.welfare))),
        scope="all" if mixed else "pure",
        exact=exact,
        error_bound=0.0 if exact else _error_bound(game, equilibria, deviations, mixed),
    )


def _interval(
    game: PaymentGame, found: Design, equilibria: PureEquilibria, known: Branches | None, own: MixedProfile
) -> tuple[Scalar, Scalar] | None:
    """The α at which the answer's equilibrium is one."""
    if found.alpha is None:
        return None
    if found.profile is None:
        return None if known is None else reach(known, found.alpha, own, equilibria.slack)
    interval = equilibria.interval(game, found.profile)
    return interval and (to_scalar(interval[0]), to_scalar(interval[1]))


def _error_bound(game: PaymentGame, equilibria: PureEquilibria, deviations: Deviations, mixed: bool) -> float:
    """Of differences of two amounts, each of a U, the share of one, or a sum of costs."""
    values, costs = game.utilities.values, sum(float(max(row)) for row in game.costs)
    largest = max(float(values.max()), -float(values.min())) / game.utilities.unit + costs
    rounding = 16 * _EPSILON + (_ROOT_ERROR if mixed else 0)
    strict = float(deviations.bounds(1.0).max(initial=0.0))
    return 2 * value_error(equilibria) + 4 * game.utilities.error + rounding * largest + strict


def _plain(value: Any) -> Any:
    """A result's own classes as dicts."""
    return {key: _plain(item) for key, item in vars(value).items()} if is_dataclass(value) else value


def _percent(part: Scalar) -> str:
    return f"{100 * float(part):.3g} %"


def _of_it(price: Price) -> str:
    return "" if price.relative is None else f", {_percent(price.relative)} of it"
