"""Robustness of a design: tolerances of share and costs, the worst equilibrium at its share, prices of fairness."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from fairgames import notebook
from fairgames.equilibria.pure.certificate import Certificate, certify_profile
from fairgames.equilibria.pure.deviations import Deviations
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.pure.shares import Share, end_of, meant
from fairgames.errors import InputError, InternalError
from fairgames.game import PaymentGame
from fairgames.games.certificate import Equilibrium, certify
from fairgames.mechanism.amounts import Amount, Price
from fairgames.mechanism.choosing import number as scalar
from fairgames.mechanism.choosing import to_cap
from fairgames.mechanism.first_best import FirstBest, first_best
from fairgames.mechanism.margin import Margin, margin_of
from fairgames.mechanism.pure import design_among
from fairgames.mechanism.result import Choice, Design, Scalar
from fairgames.mechanism.welfare import (
    Welfare,
    answer_kept,
    answer_welfare,
    expected_cost,
    mixed_amount,
    pure_welfare,
)
from fairgames.private.game import PlanGame
from fairgames.text import number
from fairgames.typing import MixedProfile, Number, Profile
from fairgames.utilities.given import Stated

if TYPE_CHECKING:
    from fairgames.equilibria.two_users.branches import Branches

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Robustness:
    """The robustness of a design; numbers are rationals where ``exact``.

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
    budget : the most that may be paid out; None where there is no limit
    first_best_in_budget, first_best_in_budget_profile : the same over profiles with Σc ≤ ``budget``;
        ``first_best`` itself where there is no limit
    welfare : U − Σc at the answer, expected where somebody mixes
    price_of_fairness : of ``first_best`` over what the platform keeps, no budget on either side; its
        ``relative`` is the price of fairness of Bertsimas, Farias & Trichakis (2011), for the
        platform's objective
    price_of_budget : of what the platform would keep without the budget over what it keeps
    price_of_fairness_in_budget : of ``first_best_in_budget`` over what the platform keeps
    price_of_anarchy : of ``first_best`` over the welfare of the equilibrium at the answer's share
        with the lowest; its ``ratio`` is that of Koutsoupias & Papadimitriou (1999)
    price_of_stability : the same for the equilibrium with the highest (Anshelevich et al. 2008)
    scope : which equilibria count as worst and in the prices: ``"pure"`` ones or ``"all"``
    exact : whether all numbers are rationals
    error_bound : bound on the absolute error of every amount of money, mixed strategies taken as
        they are; 0 where ``exact``
    undecided : comparisons that floats could not decide where they are all that is known
    """

    interval: tuple[Scalar, Scalar] | None
    room: tuple[Scalar, Scalar] | None
    strictness: Scalar
    tolerance: Scalar
    worst: Choice
    loss: Scalar
    margin: Margin | None
    first_best: Scalar
    first_best_profile: Profile | None
    budget: Scalar | None
    first_best_in_budget: Scalar
    first_best_in_budget_profile: Profile | None
    welfare: Scalar
    price_of_fairness: Price
    price_of_budget: Price
    price_of_fairness_in_budget: Price
    price_of_anarchy: Price
    price_of_stability: Price
    scope: str
    exact: bool
    error_bound: float
    undecided: tuple[str, ...]

    @property
    def certain(self) -> bool:
        """Whether every comparison was decided."""
        return not self.undecided

    def to_dict(self) -> dict[str, Any]:
        """All of it as nested dicts of numbers (``Fraction`` where exact), tuples and arrays."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    def _repr_html_(self) -> str:
        """In a notebook: the numbers that have a name of their own."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        told = (Fraction, float, int, tuple, type(None))
        rows = [(name.replace("_", " "), value) for name, value in plain.items() if isinstance(value, told)]
        prices = [
            (name.replace("_", " "), value.difference) for name, value in plain.items() if isinstance(value, Price)
        ]
        rows = [*rows, *prices]
        return notebook.html("What the answer rests on", ["", "value"], rows, most=len(rows))

    def lines(self, game: PaymentGame, currency: str | None = None) -> list[str]:
        """A few lines for people, amounts with their currency."""
        from fairgames.mechanism.robustness_words import lines

        return lines(self, game, currency)


def robustness(
    game: PaymentGame | Stated,
    found: Design,
    margin: Number | None = None,
    equilibria: PureEquilibria | None = None,
    budget: Number | None = None,
) -> Robustness:
    """The robustness of an answer of :func:`fairgames.design`, and what fair payment costs.

    Parameters
    ----------
    found : an answer for ``game`` of scope "pure" or "all"
    margin : how far a share should stay from every α at which somebody is indifferent; default a
        hundredth of the interval
    equilibria : the pure equilibria of ``game``, if they are known
    budget : the one that the answer was found within

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
    game = PlanGame.of(game, "robustness")
    if game.plans and found.profile is None:
        agents, theirs = found.of_agents(game)
        return found.told_of_users(game, robustness(game, agents, margin, theirs, budget))
    if found.scope not in ("pure", "all"):
        raise InputError(f"robustness: expected an answer of scope 'pure' or 'all', got scope {found.scope!r}")
    if found.profile is None and len(game.users) > 2:
        raise InputError("robustness: of three and more users, expected an answer in which nobody mixes; use 'pure'")
    cap = to_cap(budget)
    equilibria = pure_equilibria(game) if equilibria is None else equilibria
    if found.scope == "all" and len(game.users) == 2 and not game.exact:
        from fairgames.mechanism.twin import twin_of

        if (twin := twin_of(game, found, equilibria)) is not None:
            return _in_floats(robustness(*twin, margin, budget=budget))
    answer = _Answer.of(game, found, equilibria)
    deviations = Deviations.of(game, answer.own, equilibria.judge)
    share = answer.share or Share.of(1)
    own_end = share.end_of is not None and share.end_of[0] == answer.position
    strictness = deviations.strictness(share, own_end)
    if strictness < 0:
        raise _no_equilibrium(game, found, answer.own)
    here = answer.welfare_here
    best = first_best(game, equilibria.judge)
    affordable = best if cap is None else first_best(game, equilibria.judge, cap)
    free = answer.kept if cap is None else answer.without_budget
    prices = [
        Price.between(one, other, equilibria.judge)
        for one, other in (
            (best.welfare, free),
            (free, answer.kept),
            (affordable.welfare, answer.kept),
            (best.welfare, here.lowest),
            (best.welfare, here.highest),
        )
    ]
    interval = answer.interval
    exact = found.exact and game.exact
    return Robustness(
        interval=interval,
        room=None if interval is None else _room(share.value, interval),
        strictness=strictness,
        tolerance=deviations.tolerance(share, own_end),
        worst=here.worst,
        loss=answer.loss,
        margin=None if answer.ends is None else margin_of(found, share, answer.ends, deviations, margin, answer.total),
        first_best=best.welfare.value,
        first_best_profile=best.profile,
        budget=cap if exact or cap is None else float(cap),
        first_best_in_budget=affordable.welfare.value,
        first_best_in_budget_profile=affordable.profile,
        welfare=answer.welfare.value,
        price_of_fairness=prices[0],
        price_of_budget=prices[1],
        price_of_fairness_in_budget=prices[2],
        price_of_anarchy=prices[3],
        price_of_stability=prices[4],
        scope="all" if answer.mixed else "pure",
        exact=exact,
        error_bound=0.0 if exact else answer.error_bound(deviations, best, affordable),
        undecided=tuple(equilibria.judge.undecided),
    )


def _in_floats(found: Robustness) -> Robustness:
    """What was found in rationals that stand for real numbers."""
    from fairgames.mechanism.twin import as_floats

    rounded: Robustness = as_floats(found)
    amounts = [rounded.first_best, rounded.welfare, rounded.worst.platform_utility, rounded.loss]
    error = 16 * _EPSILON * max(abs(float(amount)) for amount in amounts)
    return replace(rounded, exact=False, error_bound=error)


@dataclass(frozen=True, eq=False)
class _Answer:
    """An answer among the equilibria of its game.

    Attributes
    ----------
    own : what is played, one vector a user over the levels that it may choose
    share : what its share stands for; None under Theorem 1
    position : of its profile among the pure equilibria; None where somebody mixes
    mixed : whether mixed equilibria count
    """

    game: PaymentGame
    found: Design
    equilibria: PureEquilibria
    own: MixedProfile
    share: Share | None
    position: int | None
    mixed: bool
    known: Branches | None

    @classmethod
    def of(cls, game: PaymentGame, found: Design, equilibria: PureEquilibria) -> _Answer:
        own = tuple(vector[list(levels)] for vector, levels in zip(found.strategies, game.strategies, strict=True))
        mixed = found.scope == "all" and len(game.users) == 2
        known = None
        if mixed and game.rule.has_alpha:
            from fairgames.equilibria.two_users.branches import branches

            known = branches(game)
        position = None if found.profile is None else equilibria.position(game, found.profile)
        if found.profile is not None and position is None and not mixed:
            raise _no_equilibrium(game, found, own)
        share = None if found.alpha is None else meant(equilibria, found.alpha, position)
        return cls(game, found, equilibria, own, share, position, mixed, known)

    @cached_property
    def welfare_here(self) -> Welfare:
        """The other equilibria at its share."""
        if self.mixed:
            from fairgames.mechanism.mixed_welfare import mixed_welfare

            return mixed_welfare(self.game, self.equilibria, self.known, self.share, self._slack)
        return pure_welfare(self.game, self.equilibria, self.share)

    @property
    def _slack(self) -> float:
        """What branches ask for: the share's error over 4·α²."""
        if self.share is None or not self.share.error or not self.share.value:
            return 0.0
        return self.share.error / (4 * float(self.share.value) ** 2)

    @property
    def ends(self) -> tuple[Share, Share] | None:
        """The ends of its profile's interval."""
        if self.position is None or self.share is None:
            return None
        return end_of(self.equilibria, self.position, False), end_of(self.equilibria, self.position, True)

    @property
    def interval(self) -> tuple[Scalar, Scalar] | None:
        """The α at which the answer's equilibrium is one."""
        if self.ends is not None:
            return self.ends[0].value, self.ends[1].value
        if self.known is None or self.share is None:
            return None
        from fairgames.equilibria.two_users.along_branches import reach

        return reach(self.known, self.share.value, self.own, self._slack)

    @property
    def total(self) -> Scalar | None:
        """What is paid out at α = 1; None where that is U."""
        total = self.equilibria.total
        return None if total is None or self.position is None else scalar(total.values[self.position])

    @cached_property
    def kept(self) -> Amount:
        """What the platform keeps."""
        if self.position is None:
            return mixed_amount(self.game, self.found.platform_utility, self.share)
        known = answer_kept(self.equilibria, self.position, self.share)
        return Amount(self.found.platform_utility, known.error, known.real)

    @property
    def without_budget(self) -> Amount:
        """What the platform would keep by the same selection if it could pay out anything."""
        selection = self.found.selection
        if self.mixed:
            from fairgames.mechanism.mixed import mixed_design

            free = mixed_design(self.game, selection, None)
        else:
            free = design_among(self.game, self.equilibria, selection, None)
        return _Answer.of(self.game, free, self.equilibria).kept

    @cached_property
    def welfare(self) -> Amount:
        """U − Σc."""
        if self.position is None:
            return mixed_amount(self.game, self.found.utility - expected_cost(self.game, self.own), None)
        return answer_welfare(self.game, self.equilibria, self.position)

    @property
    def loss(self) -> Scalar:
        """How much less the worst equilibrium leaves."""
        worst = self.welfare_here.worst
        if worst.profile is not None and worst.profile == self.found.profile:
            return type(self.kept.value)(0)
        return self.kept.less(self.welfare_here.kept, self.equilibria.judge)

    def error_bound(self, deviations: Deviations, *best: FirstBest) -> float:
        """Of differences of two amounts, and of what deviations lose, whether at an end or inside."""
        here = self.welfare_here
        amounts = [self.kept, self.welfare, here.kept, here.lowest, here.highest, *(one.welfare for one in best)]
        off = 0.0 if self.ends is None else self.ends[0].error + self.ends[1].error
        size = max(abs(float(one.value)) for one in (*amounts, mixed_amount(self.game, self.found.utility, None)))
        strict = float(deviations.bounds(Share(1.0, lambda: None, off + 4 * _EPSILON)).max(initial=0.0))
        return 2 * max(one.error for one in amounts) + (2 * off + 16 * _EPSILON) * size + strict


def _room(alpha: Scalar, interval: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
    """How far a share may fall and rise; a float may lie beside the interval that it is an end of."""
    low, high = interval
    return max(alpha - low, type(low)(0)), max(high - alpha, type(high)(0))


def _no_equilibrium(game: PaymentGame, found: Design, own: MixedProfile) -> InputError | InternalError:
    """What is wrong with an answer at which somebody gains: it is of another game, or we are at fault.

    Its own certificate tells which: computed again for this game, it comes out the same to the last digit.
    """
    again: Certificate | Equilibrium
    if found.profile is None or found.scope == "all":
        again = certify(game.at(found.alpha), own)
    else:
        again = certify_profile(game, found.profile, found.alpha)
    if type(found) is not Design or list(again.regrets) != list(found.regrets):
        return InputError(
            f"robustness: the answer is no equilibrium of this game, where somebody gains {number(again.regret)}; "
            "give the game that it was found for"
        )
    return InternalError(
        [f"somebody gains by moving alone from the answer, whose certificate has a regret of {number(again.regret)}"],
        {
            "game": game.title(game.share(found.alpha)),
            "levels": str([vector.tolist() for vector in found.strategies]),
            "sensitivities": str([list(map(str, row)) for row in game.costs]),
        },
    )


def _plain(value: Any) -> Any:
    """A result's own classes as dicts."""
    return {key: _plain(item) for key, item in vars(value).items()} if is_dataclass(value) else value
