"""What becomes of the answer where an assumption is off: each number of the scenario, a fifth down and up."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from fairgames.equilibria.pure.drawn import drawn_landscape
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism import Design, design
from fairgames.reading.notation import read_number
from fairgames.report.facts import Facts
from fairgames.scenario.reader import parse, read
from fairgames.users import Users

#: What is taken of a number instead of it.
CHANGES = (Fraction(4, 5), Fraction(6, 5))
_NAMES = {
    "between_user_variance": "variance between users, s²",
    "within_user_variance": "variance within a user's data, r²",
    "scale": "money per unit of the utility",
}
#: Keys of [utility] that are numbers, and no assumption of ours to move.
_FIXED = frozenset({"minimum_aggregate"})


@dataclass(frozen=True, eq=False)
class Changed:
    """The answer under another assumption.

    Attributes
    ----------
    what : the assumption, and what was taken instead
    alpha, platform, paid : the answer there: share, what the platform keeps, what it pays in all
    moved : how many users choose another level than in the report's own answer; None where somebody mixes
    why_not : why there is no answer; empty where there is one
    """

    what: str
    alpha: Any = None
    platform: Any = None
    paid: Any = None
    moved: int | None = None
    why_not: str = ""


def changed(facts: Facts) -> Iterator[Changed]:
    """The privacy costs, each number of the utility, and which equilibrium is played."""
    for change in CHANGES:
        what = f"privacy costs {_percent(change)}"
        yield _answer(facts, what, facts.scenario.utility, _dearer(facts.game.users, change))
    document = parse(facts.scenario.path)
    for key, value in _numbers(document):
        for change in CHANGES:
            other = _with(document, key, value * change)
            what = f"{_NAMES.get(key, key.replace('_', ' '))} {_percent(change)}"
            try:
                scenario = read(other, Path(facts.scenario.path))
            except InputError as error:
                yield Changed(what, why_not=str(error))
                continue
            yield _answer(facts, what, scenario.utility, scenario.users)
    yield from _played_worst(facts)


def _answer(facts: Facts, what: str, utility: Any, users: Users) -> Changed:
    found = design(PaymentGame(utility, users, facts.game.rule))
    return Changed(what, found.alpha, found.platform_utility, sum(found.payments), _moved(facts.best, found))


def _played_worst(facts: Facts) -> Iterator[Changed]:
    """What is left if users settle on the equilibrium that is worst for the platform, at its best share for that."""
    if facts.landscape is None or facts.equilibria is None:
        return
    worst = drawn_landscape(facts.game, facts.equilibria, worst=True)
    kept = [(1 - alpha) * utility for alpha, utility in zip(worst.alpha, worst.utilities_between, strict=False)]
    best = max(range(len(kept)), key=kept.__getitem__)
    profile = worst.profiles_between[best]
    alpha, utility = worst.alpha[best], worst.utilities_between[best]
    yield Changed(
        "users settle on the equilibrium that is worst for the platform; the share is chosen for that",
        alpha,
        kept[best],
        alpha * utility,
        None if facts.best.profile is None else _differ(facts.best.profile, profile),
    )


def _dearer(users: Users, change: Fraction) -> Users:
    costs = users.sensitivity
    return Users(
        users.samples,
        None if costs is None else [[change * cost for cost in row] for row in costs],
        users.importance,
        users.allowed,
        users.names,
    )


def _numbers(document: Mapping[str, Any]) -> Iterator[tuple[str, Fraction]]:
    """The keys of ``[utility]`` that are numbers above 0."""
    for key, value in document.get("utility", {}).items():
        number = read_number(value)
        if key not in _FIXED and number is not None and number > 0:
            yield key, number


def _with(document: Mapping[str, Any], key: str, value: Fraction) -> dict[str, Any]:
    other = copy.deepcopy(dict(document))
    other["utility"][key] = value
    return other


def _moved(one: Design, other: Design) -> int | None:
    return None if one.profile is None or other.profile is None else _differ(one.profile, other.profile)


def _differ(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(mine != theirs for mine, theirs in zip(one, other, strict=True))


def _percent(change: Fraction) -> str:
    part = int(100 * (change - 1))
    return f"{abs(part)} % {'lower' if part < 0 else 'higher'}"
