"""The platform's best share when U is dear to evaluate: found, and claimed, with a stated confidence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction
from itertools import islice, product

import numpy as np

from fairgames import memory
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.budgeted.result import CONFIDENCE, TOLERANCE, TrainedDesign
from fairgames.mechanism.budgeted.uncertain import UncertainEquilibria
from fairgames.mechanism.budgeted.whole_games import Bests, drawn_games
from fairgames.mechanism.choosing import pure_strategies
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.result import Choice, Design
from fairgames.progress import track
from fairgames.training import products
from fairgames.training.budget import EXPERIMENTAL, Budget, Spending
from fairgames.training.source import Source
from fairgames.training.surrogate import Surrogate
from fairgames.typing import FloatArray, IntArray, Profile
from fairgames.utilities.table import TableUtility
from fairgames.valuation.methods.evaluations import acquisition
from fairgames.valuation.methods.evaluations.surrogate import checked, sizes

#: With what chance no rival may keep half of that more, for evaluations to end before the budget does.
_SETTLED = 0.99
#: Profiles that may be the best, of which more is asked.
_RIVALS = 12
#: Of these, how many are evaluated themselves before anything is claimed early.
_ASKED = 8
#: Whole games that are drawn before anything is claimed.
_WHOLE = 300
#: The part of a budget that is drawn before anything is chosen, and profiles among which is chosen.
_DRAWN, _CANDIDATES = 0.4, 800


def design_by_evaluations(
    game: PaymentGame, selection: str, budget: int | Budget, scope: str, seed: int = 0
) -> TrainedDesign:
    """The best share at a pure equilibrium, from at most ``budget`` evaluations; exactly, if these are all.

    Raises
    ------
    InputError
        If another question is asked, or the budget is too small to begin.
    """
    given = Budget.of(budget)
    if selection != "best" or scope not in ("auto", "pure") or not (game.rule.fair and game.rule.has_alpha):
        raise InputError(
            f"design with a budget of evaluations: expected selection 'best', scope 'pure' and rule 'users', got "
            f"{selection!r}, {scope!r} and {game.rule.name!r}; without a budget all profiles are evaluated"
        )
    memory.require(64 * len(game.utility.levels) ** len(game.users), "U at all profiles", "Ask for payments instead.")
    source = Source(game.utility)
    spending = Spending(given, source.seeds)
    if (exact := _exactly(game, source, spending)) is not None:
        return exact
    return _Search(game, source, spending, np.random.default_rng(seed)).run()


def _exactly(game: PaymentGame, source: Source, spending: Spending) -> TrainedDesign | None:
    """Where the budget, or what is known already, has all profiles, and none is noisy."""
    everything = _all_profiles(game)
    box = source.box
    if box and box.noisy:
        return None
    if len(everything) - 1 + source.evaluated > spending.profiles and not (
        box and all(map(box.is_known, everything[1:].tolist()))
    ):
        return None
    found = pure_design(game, "best", None)
    value, share = float(found.platform_utility), float(found.alpha or 0)
    return TrainedDesign(
        **{one.name: getattr(found, one.name) for one in fields(Design)},
        value_interval=(value, value), alpha_interval=(share, share),
        evaluations=len(everything) - 1 + source.evaluated, stopped="every profile is evaluated",
    )  # fmt: skip


class _Search:
    """Evaluations drawn, then chosen for what they tell of the best and its rivals."""

    def __init__(self, game: PaymentGame, source: Source, spending: Spending, generator: np.random.Generator) -> None:
        self.game, self.source, self.spending, self.generator = game, source, spending, generator
        top = np.array([levels[-1] for levels in game.strategies])
        first = [*_around(game, top)]
        if spending.profiles - source.evaluated < len(game.users) + 2:
            raise InputError(
                f"budget: expected at least {(source.evaluated + len(game.users) + 2) * source.seeds} evaluations for "
                f"{len(game.users)} users, got {spending.budget.evaluations}"
            )
        source.ask(np.array(first[: spending.left(source.evaluated)]))
        drawn = int(_DRAWN * spending.profiles) - source.evaluated
        if drawn > 0:
            source.ask(np.array(list(islice(self._new(), drawn))))
        self.surrogate = self._fitted(None)
        #: By how much gains of deviating may be off, in money.
        self.unsure = 0.0
        #: What was best in whole games that were drawn, the most frequent first.
        self.winners: list[Profile] = []

    def run(self) -> TrainedDesign:
        """Evaluate until it is decided, or the budget is spent."""
        while True:
            _, widened = checked(self.surrogate, np.zeros(0, dtype=int))
            found, profiles = self._best_of_mean()
            uncertain = UncertainEquilibria.of(self.game, self.surrogate, profiles, widened, self.generator)
            answer = self._answer(found, uncertain)
            if answer.decided:
                answer = self._against_all(answer, widened)
            self.unsure = answer.regret_bound
            low, high = answer.value_interval or (0.0, 0.0)
            stop = self.spending.reason_to_stop(self.source.evaluated, (high - low) / 2, float(answer.utility))
            if (
                answer.decided
                and self._settled(uncertain, float(answer.alpha or 0))
                and self.spending.budget.half_width is None
                and self.spending.budget.relative is None
            ):
                stop = "it is decided"
            if stop is None and not self._more(uncertain, (high - low) / 2):
                stop = "every profile is evaluated"
            if stop:
                return replace(answer, stopped=stop)

    def _more(self, uncertain: UncertainEquilibria, half_width: float) -> bool:
        some = min(self.spending.left(self.source.evaluated), max(8, self.source.evaluated // 6))
        candidates = np.array(list(islice(self._near(uncertain.profiles), _CANDIDATES)))
        if not len(candidates):
            return False
        noise = float(self.source.noise()[1:].mean())
        chosen = acquisition.most_telling(self.surrogate, uncertain.questions(0), candidates, some, noise)
        # U of the rivals themselves is what their order rests on first.
        rivals = [place for place in uncertain.profiles[:_ASKED] if place not in self.source.asked]
        first = np.array(rivals, dtype=np.int64).reshape(-1, chosen.shape[1])
        self.source.ask(np.concatenate([first, chosen])[:some], half_width)
        self.surrogate = self._fitted(self.surrogate)
        return True

    def _fitted(self, near: Surrogate | None) -> Surrogate:
        source = self.source
        grown = near is None or len(source.profiles) >= 1.3 * len(near.profiles)
        return Surrogate.fitted(
            source.profiles, source.values, source.noise(), len(self.game.utility.levels), sizes(source.utility),
            near, grown,
        )  # fmt: skip

    def _best_of_mean(self) -> tuple[Design, tuple[Profile, ...]]:
        """The optimum of the game with the surrogate's mean for U, and the profiles that come next."""
        mean = self.mean_game()
        # Equilibria of some game with gains that far off: the best may not be one where U is the mean.
        some = tuple(tuple(cost - Fraction(self.unsure) for cost in costs) for costs in mean.costs)
        equilibria = pure_equilibria(mean, staying=some)
        values = (1 - equilibria.lower.astype(float)) * equilibria.utility.astype(float)
        order = np.argsort(-values, kind="stable")[:_RIVALS]
        found = pure_design(mean, "best", None)
        assert found.profile is not None
        near = [tuple(place) for place in equilibria.profiles(mean)[order].tolist()]
        rivals = dict.fromkeys([*self.winners[: _RIVALS // 2], *near])
        return found, (found.profile, *(place for place in rivals if place != found.profile))

    def mean_game(self) -> PaymentGame:
        """The game with the surrogate's mean for U."""
        utility = self.game.utility
        values = self.surrogate.utilities(_all_profiles(self.game)).reshape(utility.shape)
        values.flat[0] = 0.0
        # What was evaluated without noise is taken as it is, not as the fit leaves it.
        exact = self.source.noise() == 0
        values[tuple(self.source.profiles[exact].T)] = self.source.values[exact]
        return PaymentGame(TableUtility(values, utility.levels), self.game.users, self.game.rule, exact=False)

    def _answer(self, found: Design, uncertain: UncertainEquilibria) -> TrainedDesign:
        low, high = uncertain.ends
        profile = uncertain.profiles[0]
        safe = float(np.quantile(low[:, 0], 0.5 + CONFIDENCE / 2, method="higher"))  # some may be infinite
        share = min(1.0, safe) if math.isfinite(safe) else min(1.0, float(found.alpha or 0))
        keeps = (1 - share) * uncertain.utility[:, 0]
        stays = (low[:, 0] <= share) & (share <= high[:, 0])
        unbeaten = keeps >= (1 - TOLERANCE) * uncertain.values().max(axis=1)
        probability = float((stays & unbeaten).mean())
        tail = (1 - CONFIDENCE) / 2
        interval = np.quantile(keeps, [tail, 1 - tail])
        utility = float(np.mean(uncertain.utility[:, 0]))
        # Where every draw has a share of its own, the one in which nobody shares needs none.
        ends = [min(1.0, float(end)) for end in np.quantile(low[:, 0], [tail, 1 - tail], method="nearest")]
        gains = np.mean(uncertain.gains[:, 0], axis=0)
        regrets = _by_user(self.game, uncertain.costs[0] - share * gains)
        spread = 2 * share * np.std(uncertain.gains[:, 0], axis=0).max(initial=0.0)
        choice = Choice(
            share, profile, pure_strategies(profile, len(self.game.utility.levels), False), (1 - share) * utility,
            utility, (ends[0], min(1.0, float(np.median(high[:, 0])))), True,
        )  # fmt: skip
        fit, _ = checked(self.surrogate, np.zeros(0, dtype=int))
        decided = probability >= CONFIDENCE
        taken = self.source.evaluated * self.source.seeds
        return TrainedDesign(
            choice=choice, payments=share * self._values(profile), regrets=regrets, regret_bound=float(spread),
            scope="pure", selection="best", ties=(), runner_up=found.runner_up,
            equilibrium_profiles=found.equilibrium_profiles, exact=False, rule=self.game.rule.name,
            warnings=(EXPERIMENTAL,),
            decided=decided, probability=probability, value_interval=(float(interval[0]), float(interval[1])),
            alpha_interval=(ends[0], ends[1]), evaluations=taken, fit=fit,
            more=0 if decided else _more_needed(taken, float(interval[1] - interval[0]) / 2, float(np.mean(keeps))),
        )  # fmt: skip

    def _against_all(self, answer: TrainedDesign, widened: float) -> TrainedDesign:
        """The answer with the chance that its claim holds against every profile, not only those that look best."""
        share, profile, holds = float(answer.alpha or 0), answer.profile or (), 0
        bests, winners = Bests(self.game), Counter[Profile]()
        games = drawn_games(self.surrogate, _all_profiles(self.game), _WHOLE, widened, self.generator)
        for utilities in track(games, "games that may be", _WHOLE):
            low, high, keeps = bests.values(utilities)
            winner = np.unravel_index(int(np.argmax(keeps)), keeps.shape)
            stays = low[profile] <= share <= high[profile]
            won = stays and (1 - share) * utilities[profile] >= (1 - TOLERANCE) * keeps[winner]
            holds += bool(won)
            if not won:
                winners[tuple(map(int, winner))] += 1
        self.winners = [place for place, _ in winners.most_common()]
        probability = min(answer.probability, holds / _WHOLE)
        if probability >= CONFIDENCE:
            return replace(answer, probability=probability)
        low_end, high_end = answer.value_interval or (0.0, 0.0)
        more = _more_needed(answer.evaluations, (high_end - low_end) / 2, float(answer.platform_utility))
        return replace(answer, probability=probability, decided=False, more=more)

    def _settled(self, uncertain: UncertainEquilibria, share: float) -> bool:
        """Whether to stop before the budget is spent: no rival keeps even half the tolerance more, almost surely."""
        keeps = (1 - share) * uncertain.utility[:, 0]
        if any(place not in self.source.asked for place in uncertain.profiles[:_ASKED]):
            return False
        return bool((keeps >= (1 - TOLERANCE / 2) * uncertain.values().max(axis=1)).mean() >= _SETTLED)

    def _values(self, profile: Profile) -> FloatArray:
        result, sharing = np.zeros(len(profile)), np.flatnonzero(profile)
        if len(sharing):
            result[sharing] = self.surrogate.mean(products.values(profile, len(self.game.utility.levels)))
        return result

    def _new(self) -> Iterator[IntArray]:
        """Profiles not asked for: who shares is drawn with an even chance, and the others in the next one."""
        seen = set(self.source.asked)
        for _ in range(50 * _CANDIDATES):
            levels = np.array([self.generator.choice(row) for row in self._shared])
            inside = self.generator.random(len(levels)) < self.generator.random()
            for place in (np.where(inside, levels, 0), np.where(inside, 0, levels)):
                if (key := tuple(place.tolist())) not in seen:
                    seen.add(key)
                    yield place

    def _near(self, profiles: tuple[Profile, ...]) -> Iterator[IntArray]:
        """Coalitions of what the best ones and their neighbours share, and some from anywhere."""
        seen = set(self.source.asked)
        anywhere = self._new()
        for number in range(20 * _CANDIDATES):
            base = np.array(profiles[0 if number % 2 else int(self.generator.integers(len(profiles)))])
            user = int(self.generator.integers(len(base)))
            if self.generator.random() < 0.6:
                base[user] = self.generator.choice(self.game.strategies[user])
            drawn = [np.where(self.generator.random(len(base)) < self.generator.random(), base, 0)]
            if number % 4 == 0:
                drawn.extend(islice(anywhere, 1))
            for place in drawn:
                if (key := tuple(place.tolist())) not in seen:
                    seen.add(key)
                    yield place

    @property
    def _shared(self) -> list[list[int]]:
        """The levels above 0 that each user may choose; 0 where there is none."""
        return [[level for level in levels if level] or [0] for levels in self.game.strategies]


def _around(game: PaymentGame, top: IntArray) -> Iterator[IntArray]:
    """The top profile, each user alone at each level, and each at another level while all others stay on top."""
    yield top
    for user, choices in enumerate(game.strategies):
        for level in choices:
            if level:
                alone = np.zeros_like(top)
                alone[user] = level
                yield alone
        for level in {0, *choices} - {int(top[user])}:
            other = top.copy()
            other[user] = level
            yield other


def _by_user(game: PaymentGame, regrets: FloatArray) -> FloatArray:
    """The largest of each user's deviations, at least 0."""
    result, start = np.zeros(len(game.users)), 0
    for user, choices in enumerate(game.strategies):
        result[user] = max(0.0, float(regrets[start : start + len(choices) - 1].max(initial=0.0)))
        start += len(choices) - 1
    return result


def _more_needed(taken: int, half_width: float, keeps: float) -> int:
    """Half-widths fall with the root of the evaluations, at least where U is rough."""
    ratio = half_width / max(TOLERANCE * abs(keeps), 1e-12)
    return math.ceil(taken * min(max(ratio**2 - 1, 0.25), 1e6))


def _all_profiles(game: PaymentGame) -> IntArray:
    return np.array(list(product(range(len(game.utility.levels)), repeat=len(game.users))), dtype=np.int64)
