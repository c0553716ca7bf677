"""The potential of all profiles costs little more than reading and writing them."""

from __future__ import annotations

from typing import Any

from benchmarks.games import hospitals
from benchmarks.measure import (
    Result,
    at_most,
    current_rss,
    for_information,
    in_child,
    medians,
    peak_rss,
    seconds,
    traced_peak,
)
from fairgames.typing import FloatArray
from fairgames.valuation.potential import potential, refined_potential

#: Times the copy of U that the potential of 14 users may take.
TIME_TARGET = 12
#: Times the size of U that it may allocate, its result included.
MEMORY_TARGET = 2


def potential_of_all(n: int = 14, rounds: int = 9) -> list[Result]:
    """Time against ``U.copy()``, memory against U.

    The peer reads every profile once and writes it once: no method that returns a tensor of
    the same shape can do less. Both allocate their result anew each time. Memory counts all
    that is allocated on the way, the result P included (P itself is 1×).
    """
    utilities = utilities_of(n)
    took = medians(
        {
            "copy": utilities.copy,
            "potential": lambda: potential(utilities),
            "refined": lambda: refined_potential(utilities),
        },
        rounds,
    )
    what, copied = f"potential of {utilities.size:,} profiles", f"U.copy(), {seconds(took['copy'])}"
    size = f"the size of U, {utilities.nbytes / 1e6:.4g} MB"
    grown = in_child(growth, n)
    return [
        at_most(what, took["potential"] / took["copy"], TIME_TARGET, "x", copied, seconds(took["potential"])),
        at_most(
            f"{what}, memory (tracemalloc)",
            traced_peak(lambda: potential(utilities)) / utilities.nbytes,
            MEMORY_TARGET,
            "x",
            size,
        ),
        for_information(f"{what}, memory (peak RSS of a child)", grown["potential"], "x", size),
        for_information(
            f"{what} with its error bound, as games hold it",
            took["refined"] / took["copy"],
            "x",
            copied,
            seconds(took["refined"]),
        ),
        for_information(
            f"{what} with its error bound, memory (tracemalloc)",
            traced_peak(lambda: refined_potential(utilities)) / utilities.nbytes,
            "x",
            size,
        ),
    ]


def utilities_of(n: int) -> FloatArray:
    """U of ``n`` hospitals at all profiles."""
    return hospitals(n).utility.on_grid()


def growth(n: int) -> dict[str, Any]:
    """How far the peak of this process lies above U in memory, over the size of U; for a process of its own."""
    utilities = utilities_of(n)
    potential(utilities[(slice(0, 2),) * n])  # loads what the first call loads
    before = current_rss()
    potential(utilities)
    return {"potential": (peak_rss() - before) / utilities.nbytes}
