"""The robustness of a design in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fairgames.game import PaymentGame
from fairgames.mechanism.amounts import Price
from fairgames.mechanism.margin import Margin
from fairgames.mechanism.result import Scalar
from fairgames.text import number, strategy
from fairgames.typing import Profile

if TYPE_CHECKING:
    from fairgames.mechanism.robustness import Robustness


def lines(found: Robustness, game: PaymentGame) -> list[str]:
    """A few lines for people."""
    return [*_where(found), *_strict(found), *_worst(found, game), *_best(found, game), *_prices(found, game)]


def _where(found: Robustness) -> Iterator[str]:
    if found.interval is not None and found.room is not None:
        (low, high), (down, up) = found.interval, found.room
        yield (
            f"The equilibrium holds for α from {number(low)} to {number(high)}: "
            f"α may fall by {number(down)} and rise by {number(up)}."
        )


def _strict(found: Robustness) -> Iterator[str]:
    """How strict it is; an optimum is not, and then a margin is what to look at."""
    if found.strictness > 0:
        yield (
            f"A user who deviates loses at least {number(found.strictness)}; "
            f"sensitivities may be off by {_percent(found.tolerance)}."
        )
        if found.margin is not None and found.margin.alpha != found.worst.alpha:
            yield f"{_inside(found.margin)} deviating loses at least {_kept(found.margin)}."
        return
    if found.interval is None:
        yield "Somebody is just indifferent here: the answer holds for these sensitivities, and need not for others."
        return
    critical = found.interval[0] == found.interval[1] or found.margin is not None
    yield (
        "Somebody is just indifferent at this share, as at every optimum: a lower one would be cheaper, and lose "
        "somebody. So it holds for these very sensitivities; a little more of α buys a margin."
        if critical and found.room is not None and not found.room[0]
        else "Somebody is just indifferent here: the answer holds for these very sensitivities."
    )
    if found.margin is not None:
        yield f"{_inside(found.margin)} deviating loses at least {_kept(found.margin)}."


def _inside(margin: Margin) -> str:
    return f"At α = {number(margin.alpha)}, {number(margin.distance)} inside:"


def _kept(margin: Margin) -> str:
    return (
        f"{number(margin.strictness)}, sensitivities may be off by {_percent(margin.tolerance)}, "
        f"and the platform keeps {number(margin.platform_utility)}"
    )


def _worst(found: Robustness, game: PaymentGame) -> Iterator[str]:
    levels = "; ".join(strategy(vector, game.utility.level_names) for vector in found.worst.strategies)
    less = f"which is {number(found.loss)} less" if found.loss else "no less than at the answer"
    yield (
        f"The worst equilibrium {_at(found)} is levels ({levels}): the platform keeps "
        f"{number(found.worst.platform_utility)}, {less}."
    )


def _best(found: Robustness, game: PaymentGame) -> Iterator[str]:
    yield (
        f"First best: U less all sensitivities is {number(found.first_best)} at levels "
        f"({_levels(found, game)}); here it is {number(found.welfare)}."
    )


def _levels(found: Robustness, game: PaymentGame, in_budget: bool = False) -> str:
    where = "first_best_in_budget" if in_budget else "first_best"
    profile: Profile | None = getattr(found, f"{where}_profile")
    names = game.utility.level_names
    if profile is None:  # of users with private costs
        plan = getattr(found, f"{where}_plan")
        return "; ".join(" or ".join(names[level] for level in own) for own in plan)
    return "; ".join(names[level] for level in profile)


def _prices(found: Robustness, game: PaymentGame) -> Iterator[str]:
    if found.budget is None:
        yield f"Price of fairness: the platform keeps {_less(found.price_of_fairness, 'the first best')}."
    else:
        yield (
            f"Price of fairness, without a budget: the platform would keep "
            f"{_less(found.price_of_fairness, 'the first best')}."
        )
        yield (
            f"Price of the budget of {number(found.budget)}: the platform keeps "
            f"{_less(found.price_of_budget, 'without it')}."
        )
        yield (
            f"Within the budget the first best is {number(found.first_best_in_budget)} at levels "
            f"({_levels(found, game, in_budget=True)}): the platform keeps "
            f"{_less(found.price_of_fairness_in_budget, 'that')}."
        )
    counted = "equilibria, mixed ones too," if found.scope == "all" else "pure equilibria"
    yield (
        f"Price of anarchy {number(found.price_of_anarchy.ratio)}, of stability "
        f"{number(found.price_of_stability.ratio)}, over the {counted} {_at(found)}."
    )


def _less(price: Price, what: str) -> str:
    """By how much what is had falls short."""
    if not price.difference:
        return f"no less than {what}"
    more = "less" if price.difference > 0 else "more"
    part = "" if price.relative is None else f", {100 * abs(float(price.relative)):.3g} % of it"
    gap = -price.difference if price.difference < 0 else price.difference
    return f"{number(gap)} {more} than {what}{part}"


def _at(found: Robustness) -> str:
    """Under Theorem 1 there is no share to speak of."""
    return "of this game" if found.worst.alpha is None else "at this share"


def _percent(part: Scalar) -> str:
    return f"{100 * float(part):.3g} %"
