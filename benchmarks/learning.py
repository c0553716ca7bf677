"""What learning costs loses against the best share with costs known, beside a bandit that looks at earnings only."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.certainty import fit_ten
from benchmarks.games import federation
from benchmarks.measure import Result, at_most, for_information
from fairgames import PaymentGame, load
from fairgames.learning import platform

#: Of the federations: none of these was looked at while policies were made.
HELD_OUT = range(1000, 1006)
#: The policy that is to lose at most a tenth, and those beside it.
PROMISED, OTHERS = "knowledge-gradient", ("robust", "optimism", "thompson")


def learning(seeds: int = 20, periods: int = 100) -> list[Result]:
    """Each policy's summed regret over that of UCB on 20 shares: the median over seeds, and how far they differ."""
    results = []
    for name, game in _instances():
        bandit = float(platform(game, "ucb", periods).regret[0, -1])
        for policy in (PROMISED, *OTHERS):
            lost = platform(game, policy, periods, seeds).regret[:, -1] / bandit
            detail = f"of {seeds} seeds from {lost.min():.3f} to {lost.max():.3f}"
            middle, peer = float(np.median(lost)), f"UCB on 20 shares, {periods} periods"
            if policy == PROMISED:
                results.append(at_most(f"{name}, {policy}", middle, 0.1, "x", peer, detail))
            else:
                results.append(for_information(f"{name}, {policy}", middle, "x", peer, detail))
    return results


def _instances() -> Iterator[tuple[str, PaymentGame]]:
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "hospitals.toml"
        fit_ten(scenario)
        yield "ten hospitals", PaymentGame(load(scenario))
    for seed in HELD_OUT:
        yield f"federation {seed}", federation(seed)
