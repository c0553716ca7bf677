"""The platform's best share of so many users that profiles cannot be listed: along paths of equilibria.

Best responses are followed as α rises from 0 and as it falls from 1. Each equilibrium that is met
has an interval of α, and is worth most at its lower end. Then other starts are tried at the best
share, and profiles near the best ones: one user moves, a level is left by all, or two change places.
What is found is an equilibrium, with its certificate; that nothing better exists is not proven, but
an upper bound tells how much better it could be. The best of what was met is chosen as everywhere; while
the search goes on, floats alone say what fits the budget and where to look next, since comparing
each profile on the way for certain would cost more than meeting it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice, permutations

import numpy as np

from fairgames.certain import Reals
from fairgames.counts.assignment import Demand, assignments
from fairgames.equilibria.large.best_response import RestPoint, best_responses
from fairgames.equilibria.large.enclosed import EnclosedStates
from fairgames.equilibria.large.game import ClassGame
from fairgames.equilibria.large.path import Path, follow
from fairgames.equilibria.large.priced_state import PricedState
from fairgames.errors import NoAnswerError
from fairgames.game import PaymentGame
from fairgames.mechanism.candidates import Compared
from fairgames.mechanism.choosing import choose, pure_strategies
from fairgames.mechanism.path_result import PathDesign
from fairgames.mechanism.path_steps import EquilibriumPath
from fairgames.mechanism.result import Choice
from fairgames.mechanism.upper_bound.bound import UpperBound, upper_bound
from fairgames.private.deviations import PlanDeviations
from fairgames.private.game import PlanGame
from fairgames.progress import track
from fairgames.typing import FloatArray, IntArray
from fairgames.valuation.request import payments

#: Random profiles to begin with, besides the lowest and the highest.
_STARTS = 3
#: Profiles nearby that are tried in all, times users: a look takes the longer the more there are.
_LOOKS = 20_000
#: Of the best so many are looked around from, at so many profiles each, or at more where there are many classes.
_BEST, _AROUND, _PER_CLASS = 12, 200, 4
#: Users who are spared in turn when a level is left by all others.
_SPARED = 5
#: Shares that are tried for a crowd once the neighbourhood of the best one is known, and the least: in a crowd
#: few who share may be enough, for very little.
_CROWD_SHARES, _FIRST_SHARE = 12, 1e-6


def path_design(game: PaymentGame, cap: Fraction | None = None, steps: int = 100, seed: int = 0) -> PathDesign:
    """The best equilibrium along paths of best responses; see :func:`fairgames.design`.

    Parameters
    ----------
    cap : the most that may be paid out
    steps : on a path α moves by 1/steps or more; each equilibrium's own interval is not rounded to that
    seed : of the random profiles to begin with

    Raises
    ------
    NoAnswerError
        If nothing that was met pays out so little.
    InputError
        If no method gives the values of all deviations of so many users with this utility.
    TooLargeError
        Before allocating, if the deviation_values do not fit in memory.
    """
    counted = ClassGame(game)
    search = _Search(counted, cap)
    paths: tuple[Path, ...] = ()
    if game.rule.has_alpha:
        paths = follow(counted, counted.lowest(), 0.0, 1.0, steps), follow(counted, counted.highest(), 1.0, 0.0, steps)
        search.meet(rest.position for path in paths for rest in path.rests)
    starts = search.starts(np.random.default_rng(seed))
    search.improve()
    return search.design(paths, starts)


class _Search:
    """The best position so far."""

    def __init__(self, game: ClassGame, cap: Fraction | None) -> None:
        self.game = game
        self.cap = cap
        self.met: dict[bytes, PricedState] = {}

    def meet(self, positions: Iterator[PricedState] | Sequence[PricedState]) -> None:
        """Keep the states that are an equilibrium at some share within the budget."""
        for position in positions:
            if self._qualifies(position):
                self.met[position.counts.tobytes()] = position

    def _qualifies(self, position: PricedState) -> bool:
        paid = position.deviation_values.utility - position.keeps(_share(position))
        within = self.cap is None or paid <= float(self.cap)
        if self.game.game.rule.has_alpha:
            return within and not position.interval.empty
        return within and position.regret(1.0) <= position.bound(1.0)

    def ranked(self) -> list[PricedState]:
        """The best first; of equal ones the lowest α."""
        return sorted(self.met.values(), key=lambda one: (-one.keeps(_share(one)), _share(one)))

    def starts(self, generator: np.random.Generator) -> tuple[RestPoint, ...]:
        """The rest points of other profiles at the best share."""
        game = self.game
        ranked = self.ranked()
        alpha = _share(ranked[0]) if ranked else 1.0
        begin: list[IntArray] = [game.lowest(), game.highest(), *(game.random(generator) for _ in range(_STARTS))]
        rests = tuple(best_responses(game, counts, alpha) for counts in track(begin, "equilibria: other starts"))
        self.meet([rest.position for rest in rests])
        return rests

    def improve(self) -> None:
        """Look around the best ones, and around the better ones that this finds."""
        if self.game.crowded:
            self._refine()
            return
        left = _LOOKS // len(self.game.game.users)
        around = max(_AROUND, _PER_CLASS * len(self.game.classes))
        done: set[PricedState] = set()
        while left > 0:
            next_one = next((one for one in self.ranked()[:_BEST] if one not in done), None)
            if next_one is None:
                return
            done.add(next_one)
            near = list(islice(_nearby(next_one), min(around, left)))
            left -= len(near)
            self.meet([self._met(counts) for counts in track(near, "equilibria: profiles nearby")])
            emptied = list(islice(_emptied(next_one), max(left, 0)))
            left -= len(emptied)
            self.meet([best_responses(self.game, counts, _share(next_one)).position for counts in emptied])

    def _refine(self) -> None:
        """A crowd's equilibria change little by little: look for the best share between the neighbours of the best."""
        from scipy.optimize import minimize_scalar

        if not (self.met and self.game.game.rule.has_alpha):
            return
        best = self.ranked()[0]
        shares = sorted({_FIRST_SHARE, 1.0, *(max(_share(one), _FIRST_SHARE) for one in self.met.values())})
        place = shares.index(max(_share(best), _FIRST_SHARE))
        around = shares[max(0, place - 1)], shares[min(len(shares) - 1, place + 1)]

        def lost(log_alpha: float) -> float:
            there = best_responses(self.game, best.counts, math.exp(log_alpha)).position
            self.meet([there])
            return -there.keeps(_share(there))

        bounds = math.log(around[0]), math.log(around[1])
        minimize_scalar(lost, bounds=bounds, method="bounded", options={"maxiter": _CROWD_SHARES})

    def _met(self, counts: IntArray) -> PricedState:
        """A profile nearby; under Theorem 1, where few are an equilibrium, the one that it leads to."""
        return (
            self.game.at(counts) if self.game.game.rule.has_alpha else best_responses(self.game, counts, 1.0).position
        )

    def design(self, paths: tuple[Path, ...], starts: tuple[RestPoint, ...]) -> PathDesign:
        enclosed = EnclosedStates(self.game)
        found, positions = self._decided(enclosed)
        chosen = choose(
            found,
            enclosed.judge,
            lambda k: self._choices(positions[k], found.value, k),
            NoAnswerError(f"no equilibrium was met that pays out at most {self.cap}; try a larger budget"),
        )
        choice, game = chosen.winner, self.game.game
        certificate = self._certificate(choice)
        return PathDesign(
            choice=choice,
            payments=certificate.payments,
            regrets=certificate.regrets,
            regret_bound=certificate.bound,
            scope="pure",
            selection="best",
            ties=chosen.ties,
            runner_up=chosen.runner_up,
            equilibrium_profiles=None,
            exact=False,
            rule=game.rule.name,
            warnings=(*certificate.warnings, *chosen.warnings()),
            undecided=chosen.undecided,
            paths=tuple(map(EquilibriumPath.of, paths)),
            starts=tuple(rest.position.keeps(rest.alpha) for rest in starts),
            upper_bound=_upper_bound(self.game),
            looked_at=self.game.n_priced,
        )

    def _certificate(self, choice: Choice) -> _Certificate:
        """Afresh, and not as a difference of what was met on the way."""
        game, profile, method = self.game.game, choice.profile or (), self.game.deviation_method
        best = self.met[self.game.counts(profile).tobytes()]
        alpha = _share(best)
        if isinstance(method, PlanDeviations):
            paid, regrets, bound, _ = method.certified(profile, alpha)
            return _Certificate(paid, regrets, max(bound, best.bound(alpha)), ())
        share = 1 if choice.alpha is None else choice.alpha
        allocation = payments(game.utility, profile, share, game.rule, exact=False)
        return _Certificate(
            allocation.payments,
            self.game.spread(best.regrets(alpha), best.counts),
            max(best.bound(alpha), 2 * allocation.error_bound),
            allocation.warnings(game.users.names),
        )

    def _decided(self, enclosed: EnclosedStates) -> tuple[Compared, list[PricedState]]:
        """Those within the budget that are equilibria, or may be where that stays open."""
        positions, unknown = [], 0
        for position in self.met.values():
            known = enclosed.is_equilibrium(position)
            unknown += known is None
            positions += [position] if known is not False else []
        if unknown:
            enclosed.judge.leave_open(
                f"whether {unknown} of {len(positions)} profiles that were met are equilibria: somebody's gain is "
                "within its error there"
            )
        shares = enclosed.shares(positions)
        return Compared(enclosed.kept(positions, shares), shares), positions

    def _choices(self, position: PricedState, values: Reals, k: int) -> Iterator[Choice]:
        """Every profile of a state: users of a class may change places."""
        alpha, found, game = _share(position), position.interval, self.game
        has_alpha, n_levels = game.game.rule.has_alpha, position.counts.shape[1]
        keeps = position.keeps(alpha)
        error = float(values.errors[k]) + abs(keeps - float(values.values[k]))
        masks = [sum(1 << level for level in one.choices) for one in game.classes]
        groups = [
            Demand(one.users, [mask] * one.size, counts.tolist())
            for one, mask, counts in zip(game.classes, masks, position.counts, strict=True)
        ]
        for profile in assignments(groups):
            yield Choice(
                alpha if has_alpha else None,
                profile,
                pure_strategies(profile, n_levels, exact=False),
                keeps,
                position.deviation_values.utility,
                (found.low, found.high) if has_alpha else None,
                attained=True,
                value_error=error,
            )


@dataclass(frozen=True, eq=False)
class _Certificate:
    """Payments and regrets at the answer, a bound on the errors of regrets, and warnings."""

    payments: FloatArray
    regrets: FloatArray
    bound: float
    warnings: tuple[str, ...]


def _upper_bound(game: ClassGame) -> UpperBound:
    """What no equilibrium leaves more than; of plans the mean over all costs of what there is to have at them."""
    if not isinstance(game.deviation_method, PlanDeviations):
        return upper_bound(game.game)
    if any(levels[0] > 0 for levels in game.game.strategies):
        return UpperBound(math.inf, "no bound: who may not choose level 0 may be paid less than sharing costs")
    why = "payments cover costs, whatever they are: the mean of the most that U exceeds all costs by, were they known"
    return UpperBound(game.deviation_method.first_best_if_known(), why)


def _share(position: PricedState) -> float:
    """Where a profile is worth most to the platform: at the lower end of its interval, if U ≥ 0."""
    if not position.classes.game.rule.has_alpha:
        return 1.0
    return position.interval.low if position.deviation_values.utility >= 0 else position.interval.high


def _nearby(position: PricedState) -> Iterator[IntArray]:
    """States with one user's move, with a level left by all, or with two users in each other's places.

    A lone member of the level-1 group is worth as much as a sender, and pays less for it. Who of the
    users that is, and whether there is a group at all, no single move changes. Those who bind α come
    first.
    """
    yield from _at_all_costs(position)
    for one, x, y in np.argwhere(position.possible).tolist():
        yield _changed(position.counts, (one, x, y, 1))
    yield from _emptied(position)
    found, allowed = position.binding().tolist(), position.classes.allowed
    for place, (first, x) in enumerate(found):
        for other, y in found[place + 1 :]:
            if first != other and x != y and allowed[first, y] and allowed[other, x]:
                yield _changed(position.counts, (first, x, y, 1), (other, y, x, 1))


def _at_all_costs(position: PricedState) -> Iterator[IntArray]:
    """Of plans, states in which a user goes to one level whatever its costs, or two users exchange their plans."""
    game = position.classes.game
    if not isinstance(game, PlanGame):
        return
    there, allowed = position.counts.argmax(axis=1), position.classes.allowed
    one_each = np.eye(position.counts.shape[1], dtype=np.int64)
    several = [list(own) for own in game.agents.of_user if len(own) > 1]
    for own in several:
        for level in np.flatnonzero(allowed[own].all(axis=0)).tolist():
            changed = there.copy()
            changed[own] = level
            yield one_each[changed]
    for first, other in combinations(several, 2):
        if len(first) == len(other) and (there[first] != there[other]).any():
            changed = there.copy()
            changed[first], changed[other] = there[other], there[first]
            if allowed[np.arange(len(changed)), changed].all():
                yield one_each[changed]


def _emptied(position: PricedState) -> Iterator[IntArray]:
    """States in which all who are on a level and may go to another do, but for one or none."""
    counts, found = position.counts, position.binding().tolist()
    for x, y in permutations(range(counts.shape[1]), 2):
        able = [one for one, level in found if level == x and position.classes.allowed[one, y]]
        moves = [(one, x, y, int(counts[one, x])) for one in able]
        if moves:
            yield _changed(counts, *moves)
            yield from (_changed(counts, *moves, (one, y, x, 1)) for one in able[:_SPARED])


def _changed(counts: IntArray, *moves: tuple[int, int, int, int]) -> IntArray:
    """With so many users of a class gone from one level to another: class, from, to, number."""
    result = counts.copy()
    for one, x, y, number_of in moves:
        result[one, x] -= number_of
        result[one, y] += number_of
    return result
