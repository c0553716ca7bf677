"""What does not fit is refused before anything is allocated."""

from __future__ import annotations

from typing import Any

from benchmarks.games import hospitals
from benchmarks.measure import Result, Work, at_most, current_rss, in_child, medians, peak_rss, seconds, traced_peak
from fairgames import FederatedMean, PaymentGame, TooLargeError, Users, design, payments, pure_equilibria

#: Times a design of ten users that a refusal may take.
TIME_TARGET = 0.1
#: Megabytes that a refusal may allocate.
MEMORY_TARGET = 1.0
#: Users whose coalitions are too many even at one profile: 2^60 utilities.
_CROWD = 60


def refusal(n: int = 30, rounds: int = 15) -> list[Result]:
    """Time of the slowest refusal against a design that is done, and what the refusals allocate.

    The peer is the design of ten of these users: whoever asks for too much should know long
    before a small game is solved. Memory has no peer but what was asked for.
    """
    game, small = hospitals(n), hospitals(10)
    asked = too_large(game)
    took = medians({"done": lambda: design(small), **{name: _refused(asked[name]) for name in asked}}, rounds)
    slowest = max(asked, key=took.__getitem__)
    what = f"refusing {n} users, 3 levels, {game.size:.3g} profiles"
    size = f"U alone: {game.size * 8 / 1e12:,.4g} TB"
    return [
        at_most(
            f"{what}, time",
            took[slowest] / took["done"],
            TIME_TARGET,
            "x",
            f"design of 10 users, U and P already there, {seconds(took['done'])}",
            f"{seconds(took[slowest])}: {slowest}, the slowest of {len(asked)}",
        ),
        at_most(
            f"{what}, memory (tracemalloc)",
            max(traced_peak(_refused(work)) for work in asked.values()) / 1e6,
            MEMORY_TARGET,
            "MB",
            size,
        ),
        at_most(
            f"{what}, growth of a child's peak RSS",
            in_child(growth, n)["bytes"] / 1e6,
            MEMORY_TARGET,
            "MB",
            size,
        ),
    ]


def too_large(game: PaymentGame) -> dict[str, Work]:
    """The ways to ask for all profiles of a game, and for all coalitions of a crowd."""
    crowd = Users(samples=[100] * _CROWD)
    return {
        "design": lambda: design(game),
        "potential": lambda: game.potential,
        "pure_equilibria": lambda: pure_equilibria(game),
        "normal form": lambda: game.at("1/2"),
        "U": game.utility.on_grid,
        "payments at one profile": lambda: payments(
            FederatedMean(crowd, 1.0, 10.0), (1,) * len(crowd), method="subsets"
        ),
    }


def _refused(work: Work) -> Work:
    """The work, which must raise :class:`TooLargeError`."""

    def attempt() -> None:
        try:
            work()
        except TooLargeError:
            return
        raise RuntimeError("was not refused")

    return attempt


def growth(n: int) -> dict[str, Any]:
    """How far the peak of this process lies above what it held before; for a process of its own."""
    game = hospitals(n)
    before = current_rss()
    for work in too_large(game).values():
        _refused(work)()
    return {"bytes": peak_rss() - before}
