"""A brute force over plans in plain Fractions: nothing of it is taken from fairgames.

U is a dict from profiles to Fractions; users are lists of cost rows (chance, costs). Shapley values are means over
orders, expectations sums over the users' cost rows, equilibria found at one share after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise, product
from math import factorial

Row = tuple[Fraction, tuple[Fraction, ...]]
Plan = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Game:
    """U at each profile of ``levels`` for each user, and each user's cost rows; ``platform``: it is a member, too."""

    utility: dict[tuple[int, ...], Fraction]
    n_levels: int
    rows: tuple[tuple[Row, ...], ...]
    platform: bool = field(default=False, kw_only=True)

    @cached_property
    def plans(self) -> list[Plan]:
        return list(product(*(product(range(self.n_levels), repeat=len(rows)) for rows in self.rows)))

    @cached_property
    def shapley(self) -> dict[tuple[int, ...], tuple[Fraction, ...]]:
        """φ of each user at each profile, a weighted sum of what it adds to each coalition of the others."""
        n, found = len(self.rows), {}
        for profile in self.utility:
            values = []
            for user in range(n):
                others = [other for other in range(n) if other != user]
                value = Fraction(0)
                for size in range(n):
                    there_already = size + self.platform
                    ways = factorial(there_already) * factorial(n - size - 1)
                    weight = Fraction(ways, factorial(n + self.platform))
                    for there in combinations(others, size):
                        outside = tuple(level if k in there else 0 for k, level in enumerate(profile))
                        inside = tuple(level if k in there or k == user else 0 for k, level in enumerate(profile))
                        value += weight * (self.utility[inside] - self.utility[outside])
                values.append(value)
            found[profile] = tuple(values)
        return found

    def states(self, plan: Plan) -> list[tuple[Fraction, tuple[int, ...]]]:
        """What may happen: the chance of each combination of cost rows, and the levels then."""
        found = []
        for chosen in product(*(range(len(rows)) for rows in self.rows)):
            chance = Fraction(1)
            for user, row in enumerate(chosen):
                chance *= self.rows[user][row][0]
            found.append((chance, tuple(plan[user][row] for user, row in enumerate(chosen))))
        return found

    def interim(self, plan: Plan, user: int, level: int) -> Fraction:
        """What a user is paid at a level at α = 1, expected over the others' cost rows."""
        total = Fraction(0)
        for chance, levels in self.states(plan):
            moved = (*levels[:user], level, *levels[user + 1 :])
            total += chance * self.shapley[moved][user]
        return total

    def interval(self, plan: Plan) -> tuple[Fraction, Fraction, bool] | None:
        """The α in [0, 1] at which no cost row of any user gains by another level; and whether all lose inside."""
        low, high, tied = Fraction(0), Fraction(1), False
        for user, rows in enumerate(self.rows):
            paid = [self.interim(plan, user, level) for level in range(self.n_levels)]
            for (_, costs), here in zip(rows, plan[user], strict=True):
                for there in range(self.n_levels):
                    if there == here:
                        continue
                    more, dearer = paid[here] - paid[there], costs[here] - costs[there]
                    if more > 0:
                        low = max(low, dearer / more)
                    elif more < 0:
                        high = min(high, dearer / more)
                    elif dearer > 0:
                        return None
                    if more == dearer == 0:
                        tied = True
        if low > high:
            return None
        return low, high, not tied and low < high

    @cached_property
    def expected(self) -> dict[Plan, Fraction]:
        return {plan: sum((p * self.utility[x] for p, x in self.states(plan)), Fraction(0)) for plan in self.plans}

    @cached_property
    def dearest(self) -> dict[Plan, Fraction]:
        return {plan: max(self.utility[x] for _, x in self.states(plan)) for plan in self.plans}

    @cached_property
    def equilibria(self) -> dict[Plan, tuple[Fraction, Fraction, bool]]:
        found = {plan: self.interval(plan) for plan in self.plans}
        return {plan: interval for plan, interval in found.items() if interval is not None}

    def cost(self, plan: Plan) -> Fraction:
        pairs = (
            (row, level)
            for rows, own in zip(self.rows, plan, strict=True)
            for row, level in zip(rows, own, strict=True)
        )
        return sum((p * costs[level] for (p, costs), level in pairs), Fraction(0))

    def potential(self, plan: Plan) -> Fraction:
        """E[P] as the sum of what users are paid as they come to share, one after another."""
        total = Fraction(0)
        for chance, levels in self.states(plan):
            here = [0] * len(levels)
            for user, level in enumerate(levels):
                here[user] = level
                total += chance * self.shapley[tuple(here)][user]
        return total


@dataclass(frozen=True)
class Best:
    """The best share and plan, those of the same value, and the next value."""

    alpha: Fraction
    plan: Plan
    value: Fraction
    ties: tuple[Plan, ...]
    runner_up: Fraction | None


def best(game: Game, cap: Fraction | None = None, every_state: bool = False, stable: bool = False) -> Best | None:
    """Selection "best", or "stable", of plans at the lower ends of their intervals; U must not be negative."""
    owed = game.dearest if every_state else game.expected
    found = []
    for plan, (low, _, strict) in game.equilibria.items():
        within = cap is None or low * owed[plan] < cap or (low * owed[plan] == cap and (not stable or not owed[plan]))
        if cap is not None and stable and low * owed[plan] == cap and low in (0, 1):
            within = True  # strict even there or not, decided apart: the cases avoid it
        if within and (strict or not stable):
            found.append(((1 - low) * game.expected[plan], low, plan))
    if not found:
        return None
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    value, alpha, plan = found[0]
    equal = tuple(other for worth, _, other in found[1:] if worth == value)
    below = [worth for worth, _, _ in found if worth < value]
    return Best(alpha, plan, value, equal, max(below) if below else None)


def best_of_one_game(game: Game, cap: Fraction | None, every_state: bool) -> tuple[Fraction, Fraction] | None:
    """The most that the platform keeps at a plan from which nobody gains where it is a member, and what it pays then.

    There is no share; what is paid is a mean, and is the most of those that go with it.
    """
    kept = []
    for plan in at_share(game, Fraction(1)):
        paid = [(chance, sum(game.shapley[levels])) for chance, levels in game.states(plan)]
        mean = sum((chance * total for chance, total in paid), Fraction(0))
        owed = max(total for _, total in paid) if every_state else mean
        if cap is None or owed <= cap:
            kept.append((game.expected[plan] - mean, mean))
    return max(kept, default=None)


def worst(game: Game, cap: Fraction | None = None, every_state: bool = False) -> Fraction | None:
    """The supremum over α of the least (1 − α)·U of all equilibria there, if even the dearest stays within ``cap``."""
    owed = game.dearest if every_state else game.expected
    ends = sorted(
        {end for low, high, _ in game.equilibria.values() for end in (low, high)} | {Fraction(0), Fraction(1)}
    )
    values = []
    for alpha in ends:
        there = [plan for plan, (low, high, _) in game.equilibria.items() if low <= alpha <= high]
        if cap is None or all(alpha * owed[plan] <= cap for plan in there):
            values.append(min((1 - alpha) * game.expected[plan] for plan in there))
    for left, right in pairwise(ends):
        there = [plan for plan, (low, high, _) in game.equilibria.items() if low <= left and high >= right]
        # U ≥ 0: the value falls in α, and its limit is that at the left end, if the budget leaves room right of it.
        if cap is None or all(left * owed[plan] < cap or not owed[plan] for plan in there):
            values.append(min((1 - left) * game.expected[plan] for plan in there))
    return max(values) if values else None


def by_potential(game: Game) -> Fraction:
    """The largest (1 − α)·U of a maximiser of α·E[P] − Σc at some α: walked from one maximiser to the next."""
    lines = {plan: (game.potential(plan), game.cost(plan)) for plan in game.plans}
    alpha, found = Fraction(0), []
    while True:
        top = max(alpha * p - c for p, c in lines.values())
        here = [plan for plan, (p, c) in lines.items() if alpha * p - c == top]
        found += [(1 - alpha) * game.expected[plan] for plan in here]
        slope, cost = max(lines[plan] for plan in here)
        meets = [(c - cost) / (p - slope) for p, c in lines.values() if p > slope]
        alpha = min([share for share in meets if share > alpha], default=Fraction(2))
        if alpha > 1:
            return max(found)


def kept_if_known(game: Game) -> Fraction:
    """What the platform keeps on average if all costs are known before the share is chosen."""
    total = Fraction(0)
    for rows in product(*game.rows):
        chance = Fraction(1)
        for probability, _ in rows:
            chance *= probability
        known = Game(game.utility, game.n_levels, tuple(((Fraction(1), costs),) for _, costs in rows))
        found = best(known)
        assert found is not None
        total += chance * found.value
    return total


def regrets(game: Game, plan: Plan, alpha: Fraction) -> list[list[Fraction]]:
    """For each user and cost row what it gains at most by another level."""
    found = []
    for user, rows in enumerate(game.rows):
        paid = [alpha * game.interim(plan, user, level) for level in range(game.n_levels)]
        found.append(
            [max(paid[y] - costs[y] for y in range(game.n_levels)) - paid[x] + costs[x]
             for (_, costs), x in zip(rows, plan[user], strict=True)]
        )  # fmt: skip
    return found


def at_share(game: Game, alpha: Fraction) -> set[Plan]:
    """The plans from which no cost row gains."""
    return {plan for plan in game.plans if not any(map(any, regrets(game, plan, alpha)))}


def chances_of(rows: Sequence[Row]) -> list[Fraction]:
    return [chance for chance, _ in rows]


@dataclass(frozen=True)
class AlikeGame(Game):
    """The same, of plans that are the same for users of one kind; ``kinds`` has the number of each user's."""

    kinds: tuple[int, ...]

    @cached_property
    def plans(self) -> list[Plan]:
        every = product(*(product(range(self.n_levels), repeat=len(rows)) for rows in self.rows))
        return [plan for plan in every if len(set(zip(self.kinds, plan, strict=True))) == len(set(self.kinds))]

    @property
    def everywhere(self) -> bool:
        """Whether one of them is an equilibrium at each share; of plans that are the same that is not sure."""
        ends = sorted({end for low, high, _ in self.equilibria.values() for end in (low, high)} | {Fraction(1)})
        return all(
            any(low <= (left + right) / 2 <= high for low, high, _ in self.equilibria.values())
            for left, right in pairwise(ends)
        )

    def gains_if_known(self) -> list[Fraction]:
        """What a user is left with on average if all costs are known, the mean over its kind.

        Of users alike the first have the first rows: who has which is all the same to the platform.
        """
        gains = [Fraction(0)] * len(self.rows)
        for chosen in product(*(range(len(rows)) for rows in self.rows)):
            chance, costs = Fraction(1), [()] * len(self.rows)
            for kind in set(self.kinds):
                users = [user for user, own in enumerate(self.kinds) if own == kind]
                for user, row in zip(users, sorted(chosen[user] for user in users), strict=True):
                    chance *= self.rows[user][row][0]
                    costs[user] = self.rows[user][row][1]
            known = Game(self.utility, self.n_levels, tuple(((Fraction(1), own),) for own in costs))
            found = best(known)
            assert found is not None
            levels = tuple(own[0] for own in found.plan)
            for user, level in enumerate(levels):
                gains[user] += chance * (found.alpha * known.shapley[levels][user] - costs[user][level])
        return [
            sum((gains[user] for user, own in enumerate(self.kinds) if own == kind), Fraction(0))
            / self.kinds.count(kind)
            for kind in self.kinds
        ]
