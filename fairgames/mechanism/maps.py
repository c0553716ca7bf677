"""The platform's best share over a grid of two users' sensitivities: the maps of Fig. 9."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from fairgames import memory
from fairgames.certain import Judge
from fairgames.equilibria.two_users.branches import Slices
from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import each_once
from fairgames.mechanism.mixed import Offers, mixed_design, to_choice, to_table
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.result import Choice
from fairgames.mechanism.selections import SELECTIONS, named
from fairgames.progress import listening, track
from fairgames.tables.table import Table, Tabular
from fairgames.text import how_many
from fairgames.typing import Array, IntArray, Number
from fairgames.users import Users
from fairgames.utilities.base import Utility

MapScope = Literal["all", "pure"]
Costs = tuple[Fraction, ...]

#: What a user does, by the digits of :attr:`DesignMap.regime`.
KINDS = ("lower", "higher", "mixed")


@dataclass(frozen=True, eq=False)
class DesignMap(Tabular):
    """The optimum at each pair of sensitivities (c₁, c₂): arrays of shape (len(costs[0]), len(costs[1])).

    Numbers are ``Fraction`` objects where ``exact`` (floats where an optimum is irrational), else
    floats; None or NaN where no equilibrium qualifies. A picture takes ``np.asarray(…, dtype=float)``.

    Attributes
    ----------
    costs : what the higher level costs user 1, and user 2
    levels : the names of the lower and the higher level
    alpha, platform_utility, utility : the share, what the platform keeps, and U; expected where
        somebody mixes
    payments : what each user gets, shape (2, …)
    higher : with what probability each user chooses the higher level, shape (2, …)
    regret : the larger regret of the two users, computed afresh from their payments
    regime : 3·k₁ + k₂, where user i is at the lower level (k = 0), at the higher (1), or mixes (2);
        −1 where there is no answer
    scope, selection : as in :func:`fairgames.design`
    exact : whether the game is rational
    """

    costs: tuple[Costs, Costs]
    levels: tuple[str, str]
    alpha: Array
    platform_utility: Array
    utility: Array
    payments: Array
    higher: Array
    regret: Array
    regime: IntArray
    scope: MapScope
    selection: str
    exact: bool

    def table(self) -> Table:
        """One row a pair of sensitivities."""
        places = list(np.ndindex(*self.regime.shape))
        whole = {"alpha": self.alpha, "platform utility": self.platform_utility, "utility": self.utility}
        both = {"payment": self.payments, "chance of the higher level": self.higher}
        return Table(
            {
                "sensitivity 1": [self.costs[0][row] for row, _ in places],
                "sensitivity 2": [self.costs[1][column] for _, column in places],
                **{name: [values[place] for place in places] for name, values in whole.items()},
                **{
                    f"{name} {user + 1}": [values[(user, *place)] for place in places]
                    for name, values in both.items()
                    for user in range(2)
                },
                "regret": [self.regret[place] for place in places],
                "regime": [self.describe(int(self.regime[place])) for place in places],
            }
        )

    @staticmethod
    def describe(regime: int) -> str:
        """A regime in words: ``"higher, mixed"`` is user 1 at the higher level, and user 2 mixing."""
        return "no answer" if regime < 0 else ", ".join(KINDS[digit] for digit in divmod(int(regime), 3))


def design_map(
    utility: Utility,
    costs_1: Sequence[Number],
    costs_2: Sequence[Number],
    levels: tuple[int, int] | None = None,
    selection: str = "best",
    scope: MapScope = "all",
) -> DesignMap:
    """The platform's optimum for two users, at each pair of what the higher level costs them.

    Parameters
    ----------
    utility : of two users (or two blocs, :class:`fairgames.utilities.user_groups.UserGroups`)
    costs_1, costs_2 : sensitivities ≥ 0 to the higher level; the lower one costs nothing
    levels : indices of the two levels that both may choose; default: the lowest and the highest
    selection, scope : as in :func:`fairgames.design`; ``"all"`` covers mixed equilibria, too

    Raises
    ------
    InputError
        Naming every fault at once.
    TooLargeError
        Before allocating, if the map does not fit in memory.

    >>> from fairgames.utilities import LinearLaplace
    >>> found = design_map(LinearLaplace(2, [0, "inf"]), ["1/4", "1/2"], ["1/4", "1/2"])
    >>> [[str(alpha) for alpha in row] for row in found.alpha]
    [['1/2', '3/8'], ['3/8', '3/4']]
    >>> found.describe(found.regime[0, 1])
    'higher, lower'
    """
    costs, pair = _checked(utility, (costs_1, costs_2), levels, selection, scope)
    game = PaymentGame(utility, Users(allowed=[pair, pair]))
    solve = _pure(selection) if scope == "pure" or named(selection).pure else _mixed(game, selection)
    values = list(game.values())
    shape = (len(costs[0]), len(costs[1]))
    points = shape[0] * shape[1]
    memory.require(
        2000 * points, f"A map of {how_many(points)} pairs of costs", "Ask for fewer costs, or for parts of the map."
    )
    sizes = {"alpha": (), "platform_utility": (), "utility": (), "payments": (2,), "higher": (2,), "regret": ()}
    numbers = {key: _nothing((*size, *shape), game.exact) for key, size in sizes.items()}
    for place in track(list(np.ndindex(*shape)), "design map"):
        steps = (costs[0][place[0]], costs[1][place[1]])
        here = copy(game)  # it shares U and P
        here.costs = tuple((Fraction(0), step) for step in steps)
        try:
            with listening(_nobody):
                choice = solve(here)
        except NoAnswerError:
            continue
        for key, value in _facts(values, steps if game.exact else tuple(map(float, steps)), pair, choice).items():
            numbers[key][(..., *place)] = value
    names = utility.level_names
    return DesignMap(
        costs=costs,
        levels=(names[pair[0]], names[pair[1]]),
        **numbers,
        regime=_regimes(numbers["higher"]),
        scope=scope,
        selection=selection,
        exact=game.exact,
    )


def _checked(
    utility: Utility, costs: tuple[Sequence[Number], ...], levels: tuple[int, int] | None, selection: str, scope: str
) -> tuple[tuple[Costs, Costs], tuple[int, int]]:
    """The costs as rationals and the pair of levels."""
    faults = []
    if utility.n_users != 2:
        faults.append(f"utility: a map is of two users (or two blocs), got {utility.n_users}")
    pair = levels if levels is not None else (0, len(utility.levels) - 1)
    if len(pair) != 2 or not 0 <= pair[0] < pair[1] < len(utility.levels):
        faults.append(f"levels: expected two ascending indices among 0 … {len(utility.levels) - 1}, got {pair}")
    for what, given, known in (("selection", selection, tuple(SELECTIONS)), ("scope", scope, get_args(MapScope))):
        if given not in known:
            faults.append(f"{what}: expected one of {', '.join(known)}, got {given!r}")
    read = []
    for number, row in enumerate(costs, start=1):
        read.append(_costs(row, f"costs_{number}", faults))
    if faults:
        raise InputError(faults)
    return (read[0], read[1]), (pair[0], pair[1])


def _costs(row: Sequence[Number], what: str, faults: list[str]) -> Costs:
    found = []
    for value in row:
        try:
            found.append(to_fraction(value, what))
        except InputError as error:
            faults.extend(error.faults)
    faults += [f"{what}: expected costs ≥ 0, got {value}" for value in found if value < 0]
    if not len(row):
        faults.append(f"{what}: expected at least one cost, got none")
    return tuple(found)


def _mixed(base: PaymentGame, selection: str) -> Callable[[PaymentGame], Choice]:
    """How to find the optimum over all equilibria; what does not depend on costs is there before."""
    counting = named(selection)
    way, rational = counting.known(counting.mixed, "mixed"), stand_in(base)
    if rational is None:  # each point has pure equilibria with bounds of their own
        return lambda game: mixed_design(game, selection, None).choice
    nothing = counting.no_answer(None)
    slices, utility, judge = Slices.of(rational), to_table(rational.utilities), Judge()

    def solve(game: PaymentGame) -> Choice:
        found = way.over_branches(replace(slices, costs=(game.costs[0], game.costs[1])).branches(), utility, None)
        if not found:
            raise nothing
        best = np.flatnonzero(Offers(game, found, known=True).values.largest(judge))
        if len(best) == 1:
            return to_choice(game, found[best[0]])
        return Offers(game, each_once([found[k] for k in best]), known=True).choose(judge, nothing).winner

    return solve


def _pure(selection: str) -> Callable[[PaymentGame], Choice]:
    return lambda game: pure_design(game, selection, None).choice


def _facts(
    values: list[Array], steps: Sequence[Fraction | float], pair: tuple[int, int], choice: Choice
) -> dict[str, Any]:
    """The numbers of one point; payments and regrets from φ, the share and the strategies alone."""
    x, y = ([vector[level] for level in pair] for vector in choice.strategies)
    paid, regrets = [], []
    for table, own, other, step in ((values[0], x, y, steps[0]), (values[1].T, y, x, steps[1])):
        payments = [choice.alpha * _mean(row, other) for row in table]
        gains = (payments[0], payments[1] - step)
        paid.append(_mean(payments, own))
        regrets.append(max(gains) - _mean(gains, own))
    return {
        "alpha": choice.alpha,
        "platform_utility": choice.platform_utility,
        "utility": choice.utility,
        "payments": paid,
        "higher": [x[1], y[1]],
        "regret": max(regrets),
    }


def _mean(values: Sequence[Any], weights: Sequence[Any]) -> Any:
    """Σ weight·value; a weight of 1 costs no rational arithmetic."""
    for value, weight in zip(values, weights, strict=True):
        if weight == 1:
            return value
    return sum(weight * value for value, weight in zip(values, weights, strict=True))


def _regimes(higher: Array) -> IntArray:
    kind = np.where(higher == 0, 0, np.where(higher == 1, 1, 2))
    unknown = np.isnan(np.asarray(higher[0], dtype=float))
    return np.where(unknown, -1, 3 * kind[0] + kind[1])


def _nothing(shape: tuple[int, ...], exact: bool) -> Array:
    return np.full(shape, None, dtype=object) if exact else np.full(shape, np.nan)


def _nobody(what: str, done: int, steps: int) -> None:
    """Hears the announcements within one point; those of the map itself go on."""
