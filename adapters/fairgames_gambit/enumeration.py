"""Gambit's methods that look for all equilibria: enumpure, enummixed, enumpoly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from fairgames.errors import SolverError
from fairgames.normal_form import NormalFormGame
from fairgames.typing import MixedProfile
from fairgames_gambit.games import as_found, gambit_game, mixed_profile, scaled_game


def enumpure(game: NormalFormGame) -> Iterator[MixedProfile]:
    """Yield all pure equilibria."""
    import pygambit

    yield from map(mixed_profile, pygambit.nash.enumpure_solve(gambit_game(game)).equilibria)


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

    Raises
    ------
    SolverError
        After the last equilibrium, where Gambit skipped supports, so that there may be others.
    """
    import pygambit

    made = scaled_game(game)
    skipped: Counter[str] = Counter()

    def listen(event: Any) -> None:
        if isinstance(event, pygambit.EnumPolySingularSupportEvent):
            skipped["with singular equations"] += 1
        elif isinstance(event, pygambit.EnumPolyBudgetExceededSupportEvent):
            skipped["too large for its budget"] += 1

    yield from as_found(lambda found: pygambit.nash.enumpoly_solve(made, nash_callback=found, event_callback=listen))
    if skipped:
        counts = " and ".join(f"{count} {reason}" for reason, count in skipped.items())
        raise SolverError(f"not proven complete: Gambit skipped supports, {counts}")
