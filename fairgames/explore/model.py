"""What the explorer computes: payments, equilibria and landscape at settings that are moved by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fairgames.equilibria.pure.drawn import drawn_landscape
from fairgames.equilibria.pure.gaps import without_equilibrium
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.landscape import Landscape
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.explore.saving import OwnCosts, scenario_text
from fairgames.game import PaymentGame
from fairgames.private.game import PlanGame
from fairgames.reading.json_values import plain
from fairgames.scenario import Scenario, load
from fairgames.scenario.reader import parse, read
from fairgames.text import how_many, shown
from fairgames.typing import Number

#: Profiles that can be followed by hand.
_MOST_PROFILES = 500_000
#: Users who have a slider of their own, and equilibria that are listed.
_MOST_USERS, _MOST_EQUILIBRIA = 40, 12
#: The largest factor of a slider.
_MOST = Fraction(10)
_HETEROGENEITY = "between_user_variance"
Costs = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Settings:
    """Where the sliders are; at 1 they are as the scenario has it.

    Attributes
    ----------
    alpha : the share
    costs : what everybody's privacy costs are multiplied by
    own : the same for each user alone
    spread : how far users' costs are from their mean: at 0 everybody bears the mean, at 2 twice as far from it
    variance : what the variance between users, s², is multiplied by; only of a federated mean
    """

    alpha: Fraction = Fraction(1, 2)
    costs: Fraction = Fraction(1)
    own: tuple[Fraction, ...] = ()
    spread: Fraction = Fraction(1)
    variance: Fraction = Fraction(1)

    @classmethod
    def of(cls, given: Mapping[str, Any], n_users: int) -> Settings:
        """From what came from the page; whatever is missing is as the scenario has it.

        Raises
        ------
        InputError
            Naming what is no setting, or out of its range.
        """
        if not isinstance(given, Mapping):
            raise InputError(f"settings: got {shown(given)}, expected names and numbers")
        known = {"alpha": Fraction(1), "costs": _MOST, "spread": Fraction(2), "variance": _MOST}
        if strange := [name for name in given if name not in (*known, "own")]:
            raise InputError(f"settings: got {shown(strange[0])}, expected {', '.join([*known, 'own'])}")
        read = {name: _within(given[name], name, most) for name, most in known.items() if name in given}
        own = given.get("own", [])
        if not isinstance(own, Sequence) or isinstance(own, str) or len(own) not in (0, n_users):
            raise InputError(f"settings: own: got {shown(own)}, expected {n_users} numbers, one a user")
        return cls(**read, own=tuple(_within(one, "own", _MOST) for one in own) or (Fraction(1),) * n_users)


def _within(value: Number, name: str, most: Fraction) -> Fraction:
    number = to_fraction(value, f"settings: {name}")
    if not 0 <= number <= most:
        raise InputError(f"settings: {name}: got {shown(value)}, expected a number from 0 to {most}")
    return number


class Explorer:
    """A scenario under settings that change; where costs are private, users are shown at each of their cost rows.

    Parameters
    ----------
    scenario : or the path of its file
    rule : default the scenario's; one with a share

    Raises
    ------
    InputError
        If the rule has no share, or profiles are too many to follow by hand.

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "two.toml"
    >>> _ = path.write_text('''[utility]
    ... kind = "linear-laplace"
    ... levels = [0, inf]
    ... [[users]]
    ... sensitivity = [0, 0.3]
    ... [[users]]
    ... sensitivity = [0, 0.32]
    ... ''')
    >>> seen = Explorer(path).view(Settings.of({"alpha": 0.5}, 2))
    >>> seen["levels"], round(seen["platform"], 4), [round(paid, 4) for paid in seen["payments"]]
    ([0, 1], 0.3333, [0.0, 0.3333])
    """

    def __init__(self, scenario: Scenario | str | Path, rule: str | None = None) -> None:
        self.scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
        self._document = parse(self.scenario.path)
        self._rule = rule or self.scenario.rule
        self.game = self._game_of(self.scenario)
        if not self.game.rule.has_alpha:
            raise InputError(
                f"explore: rule {self.game.rule.name!r} has no share α to move; give --rule users, or another that has"
            )
        if self.game.size > _MOST_PROFILES:
            what, way = (
                ("plans", "keep fewer users, levels or cost rows")
                if self.game.plans
                else ("profiles", "keep fewer users or levels, or draw them: fairgames plot S paths")
            )
            raise InputError(
                f"explore: {how_many(self.game.size)} {what} are too many to follow by hand, at most "
                f"{how_many(_MOST_PROFILES)}; {way}"
            )
        self._games = lru_cache(maxsize=16)(self._with_variance)
        self._found = lru_cache(maxsize=64)(self._equilibria)

    def _game_of(self, scenario: Scenario) -> PaymentGame:
        return PlanGame.of_users(scenario.utility, scenario.users, self._rule, exact=False)

    @cached_property
    def _chances(self) -> tuple[Fraction, ...]:
        """How likely each row of the page is: of a cost row its chance, of a user whose costs are known 1."""
        return self.game.agents.weights if isinstance(self.game, PlanGame) else (Fraction(1),) * len(self.game.users)

    @property
    def heterogeneous(self) -> bool:
        """Whether there is a variance between users to move."""
        return to_fraction(self._document["utility"].get(_HETEROGENEITY, 0)) > 0

    def facts(self) -> dict[str, Any]:
        """What does not move: names, and which sliders there are."""
        users = self.game.users
        best = self.best()
        return {
            "title": self.scenario.path.stem,
            "users": list(users.names),
            "levels": list(self.game.utility.level_names),
            "currency": self.scenario.currency or "",
            "rule": self.game.rule.source,
            "variance": self.heterogeneous,
            "private": self.game.plans,
            "chances": [float(chance) for chance in self._chances],
            "own": len(users) <= _MOST_USERS,
            "start": {"alpha": min(1.0, math.ceil(1000 * best) / 1000)},  # a little less would lose somebody
        }

    def best(self) -> float:
        """The platform's best share as the scenario has it: where the page begins."""
        drawn = self._at(Settings.of({}, len(self.game.users)))[1]
        if drawn is None:
            return 0.5
        return float(drawn.alpha[int(np.argmax((1 - drawn.alpha) * drawn.utilities))])

    def view(self, settings: Settings) -> dict[str, Any]:
        """All that the page shows, in plain JSON types; of the equilibria at the share the platform's best one."""
        game = self._games(settings.variance)
        found, drawn = self._at(settings)
        share = float(settings.alpha)
        costs = self.costs(settings)
        profiles = found.profiles(game)
        here = _by_utility(found, share)
        shown_here = [self._equilibrium(game, found, place, share) for place in here[:_MOST_EQUILIBRIA]]
        answer: dict[str, Any] = {
            "alpha": share,
            "equilibria": len(here),
            "listed": shown_here,
            "landscape": None if drawn is None else _curve(drawn),
        }
        if here:
            levels = profiles[here[0]].tolist()
            paid = [share * float(game.value(levels, user)) / float(p) for user, p in enumerate(self._chances)]
            borne = [float(row[game.strategies[user].index(levels[user])]) for user, row in enumerate(costs)]
            answer |= {
                "levels": levels,
                "payments": paid,
                "costs": borne,
                "utility": float(found.utility[here[0]]),
                "platform": (1 - share) * float(found.utility[here[0]]) if game.rule.efficient else None,
            }
            if answer["platform"] is None:
                answer["platform"] = answer["utility"] - sum(
                    float(p) * one for p, one in zip(self._chances, paid, strict=True)
                )
        checked: dict[str, Any] = plain(answer, False)
        return checked

    def costs(self, settings: Settings) -> Costs:
        """What each user's choices cost under the settings, one row a user or cost row, and one entry a choice."""
        found = []
        for row, factor in zip(self._costs, settings.own, strict=True):
            lowest = min(row)
            spread = {
                level: self._means[level] + settings.spread * (cost - self._means[level]) if level > lowest else cost
                for level, cost in row.items()
            }
            found.append(tuple(max(Fraction(0), cost) * factor * settings.costs for cost in spread.values()))
        return tuple(found)

    @cached_property
    def _costs(self) -> list[dict[int, Fraction]]:
        """For each user the cost of each level that it may choose, as the scenario has it."""
        return [
            {level: to_fraction(cost) / chance for level, cost in zip(levels, row, strict=True)}
            for levels, row, chance in zip(self.game.strategies, self.game.costs, self._chances, strict=True)
        ]

    @cached_property
    def _means(self) -> dict[int, Fraction]:
        """The mean cost of each level over those who may choose it."""
        by_level: dict[int, list[Fraction]] = {}
        for row in self._costs:
            for level, cost in row.items():
                by_level.setdefault(level, []).append(cost)
        return {level: sum(costs, Fraction(0)) / len(costs) for level, costs in by_level.items()}

    def toml(self, settings: Settings) -> str:
        """The scenario under the settings, as a file that every command reads."""
        game = self._games(settings.variance)
        found = self._at(settings)[0]
        here = _by_utility(found, float(settings.alpha))
        best = found.profiles(game)[here[0]].tolist() if here and not game.plans else None
        utility = dict(self._document["utility"])
        if settings.variance != 1:
            utility[_HETEROGENEITY] = to_fraction(utility[_HETEROGENEITY]) * settings.variance
        costs = self._by_user(self.costs(settings))
        return scenario_text(self.scenario, self._document, utility, costs, settings.alpha, best)

    def _by_user(self, costs: Costs) -> Sequence[OwnCosts]:
        """What each user's choices cost; where that is private, for each cost row with its chance."""
        if not isinstance(self.game, PlanGame):
            return costs
        private, agents = self.game.known.private or (), self.game.agents
        return [
            [(self._chances[agent], costs[agent]) for agent in own] if rows else costs[own[0]]
            for rows, own in zip(private, agents.of_user, strict=True)
        ]

    def _with_variance(self, factor: Fraction) -> PaymentGame:
        if factor == 1:
            return self.game
        if not self.heterogeneous:
            raise InputError("settings: variance: this utility has no variance between users to move; leave it out")
        document = {**self._document, "utility": dict(self._document["utility"])}
        document["utility"][_HETEROGENEITY] = to_fraction(document["utility"][_HETEROGENEITY]) * factor
        return self._game_of(read(document, self.scenario.path))

    def _at(self, settings: Settings) -> tuple[PureEquilibria, Landscape | None]:
        """All equilibria and the landscape over α, whatever the share itself is."""
        return self._found(replace(settings, alpha=Fraction(0)))

    def _equilibria(self, settings: Settings) -> tuple[PureEquilibria, Landscape | None]:
        game, costs = self._games(settings.variance), self.costs(settings)
        borne = tuple(tuple(p * cost for cost in row) for p, row in zip(self._chances, costs, strict=True))
        found = pure_equilibria(game, borne, borne)
        gaps = game.rule.potential != "exact" and bool(without_equilibrium(found))
        return found, None if gaps else drawn_landscape(game, found)

    def _equilibrium(self, game: PaymentGame, found: PureEquilibria, place: int, share: float) -> dict[str, Any]:
        return {
            "levels": found.profiles(game)[place].tolist(),
            "platform": (1 - share) * float(found.utility[place]),
            "from": float(found.lower[place]),
            "to": float(found.upper[place]),
        }


def _by_utility(found: PureEquilibria, share: float) -> list[int]:
    """Positions of those at a share, the best for the platform first; of equals the first profile."""
    size = float(np.abs(found.utility).max(initial=0.0)) or 1.0
    here: list[int] = found.at(share).tolist()
    return sorted(here, key=lambda place: (-round(float(found.utility[place]) / size, 12), place))


def _curve(drawn: Landscape) -> dict[str, Any]:
    """Breakpoints with what the platform keeps on both sides, and who shares how much between them."""
    alpha, kept = drawn.curve()
    return {
        "alpha": alpha.tolist(),
        "kept": kept.tolist(),
        "ends": drawn.alpha.tolist(),
        "profiles": [list(profile) for profile in drawn.profiles_between],
    }
