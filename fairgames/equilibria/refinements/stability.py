"""Whether an equilibrium is stable where players learn: by the replicator dynamics, and by best responses.

A profile is asymptotically stable under the replicator dynamics of several populations iff it is a strict
equilibrium (Ritzberger & Weibull 1995). Strict ones are so under best responses, too; an equilibrium of index −1
is under no dynamics that follow payoffs (Demichelis & Ritzberger 2003). In a game with a potential both dynamics
climb, so they leave what is no local maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

from fairgames.equilibria.refinements.local import Local
from fairgames.equilibria.refinements.situation import Move, Place, Situation

Stability = Literal["asymptotically stable", "neutrally stable", "not asymptotically stable", "unstable", "not decided"]


def of_pure(situation: Situation, place: Place, moves: Sequence[Move]) -> tuple[Stability, Stability]:
    """Under the replicator and under best responses, from the signs of what single moves gain."""
    signs = {sign for _, _, sign in moves}
    if signs <= {-1}:
        return "asymptotically stable", "asymptotically stable"
    if None in signs:
        return "not decided", "not decided"
    unstable: Stability = "unstable" if _two_rise(situation, place, moves) else "not asymptotically stable"
    # Whoever is indifferent may go to the other best response: a solution of the differential inclusion leaves.
    return unstable, "unstable"


def _two_rise(situation: Situation, place: Place, moves: Sequence[Move]) -> bool:
    """Whether two players who are indifferent raise the potential by moving together, for certain."""
    if situation.potential is None:
        return False
    room = 2 * situation.potential.error
    here = situation.potential.numbers(place).item()
    ties = [(player, other) for player, other, sign in moves if sign == 0]
    for (one, there), (two, elsewhere) in combinations(ties, 2):
        moved = list(place)
        moved[one], moved[two] = there, elsewhere
        if one != two and situation.potential.numbers(tuple(moved)).item() - here > room:
            return True
    return False


def of_mixed(local: Local, has_potential: bool) -> tuple[Stability, Stability]:
    """The same where somebody mixes."""
    if local.cycle:  # level sets of a constant of motion are closed around it; best responses spiral inwards
        return "neutrally stable", "asymptotically stable"
    leaves = local.saddle
    if has_potential and leaves:
        return "unstable", "unstable"
    by_index: Stability = "not asymptotically stable" if local.index == -1 else "not decided"
    return "unstable" if leaves else "not asymptotically stable", by_index
