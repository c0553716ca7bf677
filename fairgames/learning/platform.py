"""A platform that learns while it pays: a share each period, the users' answer, and what was lost against the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.learning.market import Market, Path
from fairgames.learning.policies import POLICIES
from fairgames.learning.policy import Informed, Policy
from fairgames.progress import track
from fairgames.tables.table import Table
from fairgames.typing import FloatArray, Profile
from fairgames.utilities.given import Stated

#: Widths below which a cost is as good as known, as parts of what its level may pay at most.
_KNOWN = 1e-3


@dataclass(frozen=True, eq=False)
class PlatformRun:
    """How one policy fared, over some seeds.

    Attributes
    ----------
    policy, play : their names
    best_alpha, best_value : the best share with costs known, and what it keeps
    alpha : the share of each period, shape (S, T)
    kept : what the platform kept, shape (S, T)
    stopped : for each seed the last period in which what was played changed or something was learned of costs, from 1
    profile : what was played last under the first seed, as level indices
    ranges : what is known of costs after the first seed: for each user one (low, high) for each level that it may
        choose; None for policies that look at earnings only
    unidentified : names of users and levels whose cost is still in a wide range then
    """

    policy: str
    play: str
    best_alpha: float
    best_value: float
    alpha: FloatArray
    kept: FloatArray
    stopped: tuple[int, ...]
    profile: Profile
    ranges: tuple[tuple[tuple[float, float], ...], ...] | None
    unidentified: tuple[tuple[str, str], ...]

    @property
    def regret(self) -> FloatArray:
        """What was lost against the best share, summed up to each period, shape (S, T)."""
        return np.cumsum(self.best_value - self.kept, axis=1)

    def band(self, low: float = 0.1, high: float = 0.9) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lower quantile, median and upper quantile of the summed regret over seeds, shape (T,) each."""
        found = np.quantile(self.regret, [low, 0.5, high], axis=0)
        return found[0], found[1], found[2]

    def table(self) -> Table:
        """One row a period: quantiles of the summed regret, in units of what the best share keeps."""
        low, middle, high = (part / (self.best_value or 1.0) for part in self.band())
        periods = np.arange(1, self.kept.shape[1] + 1)
        return Table({"period": periods, "regret": middle, "regret from": low, "regret to": high})


def platform(
    game: PaymentGame | Stated,
    policy: str = "knowledge-gradient",
    periods: int = 100,
    seeds: int | Sequence[int] = 1,
    play: Literal["equilibrium", "logit"] = "equilibrium",
    precision: float = 20.0,
) -> PlatformRun:
    """The online loop: in each period the policy offers a share, users play, and the policy sees their levels.

    Parameters
    ----------
    game : with the users' true costs, which no policy sees
    policy : "knowledge-gradient", "robust", "optimism" or "thompson", which learn costs from levels; "ucb" or
        "fixed-price", which look at what was earned only
    seeds : how many, or which
    play : "equilibrium": the maximiser of α·P − Σc; "logit": a profile with chances proportional to
        exp(precision·(α·P − Σc)/s), s being the largest |α·P − Σc| at α = 1

    Raises
    ------
    InputError
        If an argument is unknown, or the rule has no share or no potential.
    TooLargeError
        If the game does not fit in memory.

    >>> from fairgames import LinearLaplace, Users
    >>> game = PaymentGame(LinearLaplace(3, [0, "inf"]), Users(sensitivity=[[0, ".1"], [0, ".2"], [0, ".3"]]))
    >>> learner, bandit = (platform(game, name, periods=100) for name in ("knowledge-gradient", "ucb"))
    >>> bool(learner.regret[0, -1] < bandit.regret[0, -1] / 10)
    True
    """
    game = PaymentGame.of(game, "platform")
    _check(game, policy, periods, play, precision)
    market = Market(game)
    chosen = list(range(seeds) if isinstance(seeds, int) else seeds)
    same = play == "equilibrium" and not POLICIES[policy].random
    runs = [
        _run(market, policy, periods, _Players(market, play, precision, seed), seed)
        for seed in track(chosen[:1] if same else chosen, policy)
    ]
    runs *= len(chosen) // len(runs)
    alpha, value, _ = market.best(market.costs)
    first = runs[0]
    known = first.policy.ranges if isinstance(first.policy, Informed) else None
    pairs = None
    if known is not None:
        pairs = tuple(
            tuple(zip(low.tolist(), high.tolist(), strict=True))
            for low, high in zip(known.low, known.high, strict=True)
        )
    return PlatformRun(
        policy, play, alpha, value, np.array([run.alpha for run in runs]), np.array([run.kept for run in runs]),
        tuple(run.stopped for run in runs), game.levels(market.place(first.index[-1])), pairs,
        () if pairs is None else _wide(market, pairs),
    )  # fmt: skip


def _check(game: PaymentGame, policy: str, periods: int, play: str, precision: float) -> None:
    faults = []
    if policy not in POLICIES:
        faults.append(f"policy: expected one of {', '.join(POLICIES)}, got {policy!r}")
    if play not in ("equilibrium", "logit"):
        faults.append(f"play: expected 'equilibrium' or 'logit', got {play!r}")
    if periods < 1:
        faults.append(f"periods: expected at least 1, got {periods}")
    if not precision > 0:
        faults.append(f"precision: expected a number above 0, got {precision}")
    if not (game.rule.has_alpha and game.rule.potential == "exact"):
        faults.append(f"rule {game.rule.name!r}: expected one with a share and a potential, such as 'users'")
    if faults:
        raise InputError(faults)


class _Players:
    """What users do at a share."""

    def __init__(self, market: Market, play: str, precision: float, seed: int) -> None:
        self.market, self.noisy = market, play == "logit"
        self.path: Path = market.path(market.costs)
        self.spent = market.total(market.costs)
        self.scale = precision / (float(np.abs(market.shared - self.spent).max()) or 1.0)
        self.draw = np.random.default_rng([seed, 1])

    def play(self, alpha: float) -> int:
        if not self.noisy:
            return self.path.at(alpha)
        scores = self.scale * (alpha * self.market.shared - self.spent)
        chances = np.exp(scores - scores.max())
        return int(self.draw.choice(len(chances), p=chances / chances.sum()))


@dataclass(frozen=True, eq=False)
class _Run:
    policy: Policy
    alpha: list[float]
    kept: list[float]
    index: list[int]
    stopped: int


def _run(market: Market, name: str, periods: int, players: _Players, seed: int) -> _Run:
    policy = POLICIES[name](market, np.random.default_rng([seed, 0]), periods)
    alphas: list[float] = []
    kept: list[float] = []
    played: list[int] = []
    stopped = 1
    for period in range(1, periods + 1):
        alpha = policy.offer()
        index = players.play(alpha)
        learned = policy.see(alpha, index)
        if learned or (played and index != played[-1]):
            stopped = period
        alphas.append(alpha)
        kept.append(float((1 - alpha) * market.worth[index]))
        played.append(index)
    return _Run(policy, alphas, kept, played, stopped)


def _wide(market: Market, pairs: Sequence[Sequence[tuple[float, float]]]) -> tuple[tuple[str, str], ...]:
    """Users and levels whose cost is not known to a thousandth of what the level may pay."""
    game, names = market.game, market.game.utility.level_names
    return tuple(
        (user, names[level])
        for user, levels, own, most in zip(game.users.names, game.strategies, pairs, market.dearest, strict=True)
        for level, (low, high), dear in zip(levels, own, most.tolist(), strict=True)
        if high - low > _KNOWN * dear
    )
