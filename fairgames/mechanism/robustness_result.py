"""The result of :func:`fairgames.mechanism.robustness.robustness`."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from typing import Any

from fairgames import notebook
from fairgames.game import PaymentGame
from fairgames.mechanism.amounts import Price
from fairgames.mechanism.margin import Margin
from fairgames.mechanism.result import Choice
from fairgames.typing import Profile, Scalar


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
    scope : which equilibria count as worst and in the prices: ``"pure"`` ones or ``"all"``, or of plans only those
        that are the same for users alike (``"symmetric"``)
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


def _plain(value: Any) -> Any:
    """A result's own classes as dicts."""
    return {key: _plain(item) for key, item in vars(value).items()} if is_dataclass(value) else value
