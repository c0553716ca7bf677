"""Gambit's methods that look for all equilibria: enumpure, enummixed, enumpoly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from fairgames.errors import SolverError
from fairgames.games.given import from_pygambit_profile
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile
from fairgames_gambit.games import as_found, gambit_game, scaled_game

#: Two runs of enumpoly give the same equilibrium to about this.
_ROUND_OFF = 1e-9


def enumpure(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield all pure equilibria."""
    import pygambit

    yield from map(from_pygambit_profile, pygambit.nash.enumpure_solve(gambit_game(game)).equilibria)


def enummixed(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield the extreme equilibria of a two-player game (Mangasarian 1964), in floating point."""
    import pygambit

    made = scaled_game(game)
    yield from as_found(lambda found: pygambit.nash.enummixed_solve(made, rational=False, nash_callback=found))


def enummixed_rational(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield the extreme equilibria of a two-player game (Mangasarian 1964), in rational arithmetic."""
    import pygambit

    made = gambit_game(game)
    yield from as_found(lambda found: pygambit.nash.enummixed_solve(made, rational=True, nash_callback=found))


def enumpoly(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield what the polynomial equations of each support profile have as isolated equilibria.

    Gambit's tolerances are absolute, so the scale of payoffs decides which roots it sees: it is
    asked twice, with payoffs as given and mapped onto [0, 1], and each equilibrium is yielded once.

    Raises
    ------
    SolverError
        After the last equilibrium, where Gambit skipped supports both times, so that there may be others.
    """
    seen: list[MixedProfile] = []
    skipped = []
    for made in (gambit_game(game), scaled_game(game)):
        supports: Counter[str] = Counter()
        for profile in _enumpoly(made, supports):
            if not any(_alike(profile, other) for other in seen):
                seen.append(profile)
                yield profile
        skipped.append(supports)
    if all(skipped):
        counts = " and ".join(f"{count} {reason}" for reason, count in min(skipped, key=Counter.total).items())
        raise SolverError(f"not proven complete: Gambit skipped supports, {counts}")


def _enumpoly(made: Any, skipped: Counter[str]) -> Iterator[MixedProfile]:
    """What Gambit finds in a game of its own; ``skipped`` counts the supports that it leaves out."""
    import pygambit

    def listen(event: Any) -> None:
        if isinstance(event, pygambit.EnumPolySingularSupportEvent):
            skipped["with singular equations"] += 1
        elif isinstance(event, pygambit.EnumPolyBudgetExceededSupportEvent):
            skipped["too large for its budget"] += 1

    return as_found(lambda found: pygambit.nash.enumpoly_solve(made, nash_callback=found, event_callback=listen))


def _alike(one: MixedProfile, other: MixedProfile) -> bool:
    """Whether two answers are one equilibrium up to rounding."""
    return all(bool(np.abs(a - b).max() <= _ROUND_OFF) for a, b in zip(one, other, strict=True))
