"""Games and profiles on their way to Gambit and back, and profiles as soon as Gambit finds them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import numpy as np

from fairgames.games.convert import numbered, on_unit_interval, to_pygambit
from fairgames.games.given import from_pygambit_profile
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import MixedProfile


def gambit_game(game: NormalFormGame) -> Any:
    """The game with players and strategies called "1", "2", …; user names could break Gambit's labels."""
    return to_pygambit(numbered(game))


def scaled_game(game: NormalFormGame) -> Any:
    """The same with each player's payoffs mapped onto [0, 1].

    Gambit's numerical methods stop at a regret relative to the largest range of payoffs, so a
    player whose payoffs are small would be left with a coarse answer.
    """
    return gambit_game(on_unit_interval(game))


def approximate_profile(profile: Any) -> MixedProfile:
    """A profile that Gambit writes in rationals, but means up to a tolerance."""
    return tuple(np.asarray(vector, dtype=float) for vector in from_pygambit_profile(profile))


def as_found(solve: Callable[[Callable[[Any], None]], object]) -> Iterator[MixedProfile]:
    """Yield what ``solve`` hands to its callback, each at once.

    Gambit calls back from within its search, which may never end; so the search has a thread of
    its own, which waits at each profile until that has been taken.
    """
    messages: SimpleQueue[MixedProfile | BaseException | None] = SimpleQueue()
    taken = threading.Semaphore(0)
    wanted = True

    def found(profile: Any) -> None:
        messages.put(from_pygambit_profile(profile))
        taken.acquire()
        if not wanted:
            raise InterruptedError("nobody asks for more equilibria")

    def search() -> None:
        try:
            solve(found)
        except BaseException as error:  # raised again by the other thread
            messages.put(error)
        else:
            messages.put(None)

    threading.Thread(target=search, daemon=True).start()
    try:
        while (message := messages.get()) is not None:
            if isinstance(message, BaseException):
                raise message
            yield message
            taken.release()
    finally:
        wanted = False
        taken.release()
