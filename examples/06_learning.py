"""Costs that nobody states: designing without knowing them, and learning them from what hospitals choose.

Six hospitals know their own privacy costs. The platform first designs for two rows of costs each, by their chances.
Then it watches thirty periods of what they choose, and learns bounds on their costs; at last it learns while it
pays, and is compared with bandits that look at what was earned only.

    python examples/06_learning.py [regret.png]
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

import fairgames as fg
from fairgames import plots
from fairgames.equilibria import PureEquilibria
from fairgames.learning import Learned, Period, learn, platform
from fairgames.private import PlanGame

SAMPLES = [92, 74, 71, 66, 64, 61]
COSTS = [[0, 0.24, 0.52], [0, 0.31, 0.66], [0, 0.18, 0.3], [0, 0.42, 0.9], [0, 0.12, 0.35], [0, 0.27, 0.6]]
PERIODS = 30
SEEDS = 20


def main(picture: Path) -> None:
    users = fg.Users(samples=SAMPLES, sensitivity=COSTS)
    game = fg.PaymentGame(fg.FederatedMean(users, 13.0, 65.4), users)
    known = fg.design(game, "potential")
    print(f"Costs known to all: α = {known.alpha:.4f}, the platform keeps {known.platform_utility:.4f}.")
    private()
    learned(game)
    online(game, picture)


def private() -> None:
    """Three of them, each with low or with high costs."""
    rows = [[("1/2", row), ("1/2", [2 * cost for cost in row])] for row in COSTS[:3]]
    users = fg.Users(samples=SAMPLES[:3], private=rows)
    found = fg.design(PlanGame(fg.FederatedMean(users, 13.0, 65.4), users))
    print(f"\nThree with private costs: α = {found.alpha:.4f}, plan {found.plan}, the platform keeps")
    print(f"{found.platform_utility:.4f}; knowing the costs would be worth {found.value_of_information:.4f} to it.")


def learned(game: fg.PaymentGame) -> None:
    """Thirty periods of random shares and what was played, many times."""
    equilibria = fg.pure_equilibria(game)
    many = [learn(game, periods(game, equilibria, seed)) for seed in range(SEEDS)]
    print(f"\nWhat {PERIODS} periods tell of costs (true ones in brackets):")
    for name, own, costs in zip(game.users.names, many[0].bounds, game.costs, strict=True):
        shown = ", ".join(
            f"{float(low):.3f} to {float(high):.3f} ({float(cost):.2f})"
            for (low, high), cost in zip(own[1:], costs[1:], strict=True)
        )
        print(f"  {name}: {shown}")
    widths = [median_width(found) for found in many]
    print(f"  median width {np.median(widths):.3f} over {SEEDS} seeds, from {min(widths):.3f} to {max(widths):.3f}")


def periods(game: fg.PaymentGame, equilibria: PureEquilibria, seed: int) -> list[Period]:
    """Random shares, and any equilibrium at each."""
    draw, profiles, found = np.random.default_rng(seed), equilibria.profiles(game), []
    for place in range(PERIODS):
        alpha = Fraction(int(draw.integers(1, 100)), 100)
        played = profiles[draw.choice(equilibria.at(alpha))]
        found.append(Period.of(alpha, tuple(played.tolist()), place + 1))
    return found


def median_width(found: Learned) -> float:
    return float(np.median([float(high - low) for own in found.bounds for low, high in own[1:]]))


def online(game: fg.PaymentGame, picture: Path) -> None:
    """A hundred periods of each policy."""
    print("\nLost in 100 periods, in units of what the best share keeps in one:")
    runs = [platform(game, name, seeds=5) for name in
            ("knowledge-gradient", "robust", "optimism", "thompson", "ucb", "fixed-price")]  # fmt: skip
    for run in runs:
        _, middle, _ = run.band()
        stops = f"; nothing new after period {int(np.median(run.stopped))}" if run.ranges else ""
        print(f"  {run.policy:18} {middle[-1] / run.best_value:6.2f}{stops}")
    axes = plots.regret(runs)
    axes.figure.savefig(picture, dpi=120)
    print(f"  drawn in {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("learning.png"))
