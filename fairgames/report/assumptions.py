"""What becomes of the answer where an assumption is off: each number of the scenario, a fifth down and up."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from fairgames.equilibria.pure.drawn import drawn_landscape
from fairgames.errors import InputError
from fairgames.mechanism import Design, PlanDesign, design
from fairgames.mechanism.private.design import plan_design
from fairgames.private.game import PlanGame
from fairgames.reading.notation import read_number
from fairgames.report.facts import Facts
from fairgames.scenario.reader import parse, read
from fairgames.typing import Profile
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
        yield _answer(facts, what, facts.scenario.utility, _dearer(facts.users, change))
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
    game = PlanGame.of_users(utility, users, facts.game.rule)
    found: Design
    if isinstance(game, PlanGame):
        found = plan_design(game, "best", None, "auto", "exact", every_state=False, informed=False)
    else:
        found = design(game)
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
        _differ_from_answer(facts, profile),
    )


def _differ_from_answer(facts: Facts, profile: Profile) -> int | None:
    """How many users play otherwise; of agents, those whose plan is another."""
    if facts.plans is not None and isinstance(facts.game, PlanGame):
        return _differ(facts.plans.plan, facts.game.agents.plan(profile))
    return None if facts.best.profile is None else _differ(facts.best.profile, profile)


def _dearer(users: Users, change: Fraction) -> Users:
    costs, private = users.sensitivity, users.private or (None,) * len(users)
    return Users(
        users.samples,
        None
        if costs is None
        else [None if own else [change * c for c in row] for row, own in zip(costs, private, strict=True)],
        users.importance,
        users.allowed,
        users.names,
        users.private and [own and [(p, [change * c for c in row]) for p, row in own] for own in private],
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
    if isinstance(one, PlanDesign) and isinstance(other, PlanDesign):
        return _differ(one.plan, other.plan)
    return None if one.profile is None or other.profile is None else _differ(one.profile, other.profile)


def _differ(one: Sequence[object], other: Sequence[object]) -> int:
    return sum(mine != theirs for mine, theirs in zip(one, other, strict=True))


def _percent(change: Fraction) -> str:
    part = int(100 * (change - 1))
    return f"{abs(part)} % {'lower' if part < 0 else 'higher'}"
