"""The robustness of a design in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from fairgames.game import PaymentGame
from fairgames.mechanism.amounts import Price
from fairgames.mechanism.margin import Margin
from fairgames.text import money, number, runs, strategy
from fairgames.typing import Profile, Scalar

if TYPE_CHECKING:
    from fairgames.mechanism.robustness_result import Robustness


Money = Callable[[Scalar | None], str]


def lines(found: Robustness, game: PaymentGame, currency: str | None = None) -> list[str]:
    """A few lines for people, amounts with their currency."""
    told = partial(money, currency=currency)
    return [
        *_where(found),
        *_strict(found, told),
        *_worst(found, game, told),
        *_best(found, game, told),
        *_prices(found, game, told),
    ]


def _where(found: Robustness) -> Iterator[str]:
    if found.interval is not None and found.room is not None:
        (low, high), (down, up) = found.interval, found.room
        yield (
            f"The equilibrium holds for α from {number(low)} to {number(high)}: "
            f"α may fall by {number(down)} and rise by {number(up)}."
        )


def _strict(found: Robustness, told: Money) -> Iterator[str]:
    """How strict it is; an optimum is not, and then a margin is what to look at."""
    if found.strictness > 0:
        yield (
            f"A user who deviates loses at least {told(found.strictness)}; "
            f"sensitivities may be off by {_percent(found.tolerance)}."
        )
        if found.margin is not None and found.margin.alpha != found.worst.alpha:
            yield f"{_inside(found.margin)} deviating loses at least {_kept(found.margin, told)}."
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
        yield f"{_inside(found.margin)} deviating loses at least {_kept(found.margin, told)}."


def _inside(margin: Margin) -> str:
    return f"At α = {number(margin.alpha)}, {number(margin.distance)} inside:"


def _kept(margin: Margin, told: Money) -> str:
    return (
        f"{told(margin.strictness)}, sensitivities may be off by {_percent(margin.tolerance)}, "
        f"and the platform keeps {told(margin.platform_utility)}"
    )


def _worst(found: Robustness, game: PaymentGame, told: Money) -> Iterator[str]:
    levels = "; ".join(runs([strategy(vector, game.utility.level_names) for vector in found.worst.strategies]))
    less = f"which is {told(found.loss)} less" if found.loss else "no less than at the answer"
    yield (
        f"The worst equilibrium {_at(found)} is levels ({levels}): the platform keeps "
        f"{told(found.worst.platform_utility)}, {less}."
    )


def _best(found: Robustness, game: PaymentGame, told: Money) -> Iterator[str]:
    yield (
        f"First best: U less all sensitivities is {told(found.first_best)} at levels "
        f"({_levels(found, game)}); here it is {told(found.welfare)}."
    )


def _levels(found: Robustness, game: PaymentGame, in_budget: bool = False) -> str:
    where = "first_best_in_budget" if in_budget else "first_best"
    profile: Profile | None = getattr(found, f"{where}_profile")
    names = game.utility.level_names
    if profile is None:  # of users with private costs
        plan = getattr(found, f"{where}_plan")
        return "; ".join(runs([" or ".join(names[level] for level in own) for own in plan]))
    return "; ".join(names[level] for level in profile)


def _prices(found: Robustness, game: PaymentGame, told: Money) -> Iterator[str]:
    if found.budget is None:
        yield f"Price of fairness: the platform keeps {_less(found.price_of_fairness, 'the first best', told)}."
    else:
        yield (
            f"Price of fairness, without a budget: the platform would keep "
            f"{_less(found.price_of_fairness, 'the first best', told)}."
        )
        yield (
            f"Price of the budget of {told(found.budget)}: the platform keeps "
            f"{_less(found.price_of_budget, 'without it', told)}."
        )
        yield (
            f"Within the budget the first best is {told(found.first_best_in_budget)} at levels "
            f"({_levels(found, game, in_budget=True)}): the platform keeps "
            f"{_less(found.price_of_fairness_in_budget, 'that', told)}."
        )
    named = {"all": "equilibria, mixed ones too,", "symmetric": "plans that are the same for users alike and hold"}
    counted = named.get(found.scope, "pure equilibria")
    yield (
        f"Price of anarchy {number(found.price_of_anarchy.ratio)}, of stability "
        f"{number(found.price_of_stability.ratio)}, over the {counted} {_at(found)}."
    )


def _less(price: Price, what: str, told: Money) -> str:
    """By how much what is had falls short."""
    if not price.difference:
        return f"no less than {what}"
    more = "less" if price.difference > 0 else "more"
    part = "" if price.relative is None else f", {100 * abs(float(price.relative)):.3g} % of it"
    gap = -price.difference if price.difference < 0 else price.difference
    return f"{told(gap)} {more} than {what}{part}"


def _at(found: Robustness) -> str:
    """Under Theorem 1 there is no share to speak of."""
    return "of this game" if found.worst.alpha is None else "at this share"


def _percent(part: Scalar) -> str:
    return f"{100 * float(part):.3g} %"
