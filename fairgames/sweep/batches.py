"""Points in batches large enough that sending one costs little, and small enough that little is lost with it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from fairgames.game import PaymentGame
from fairgames.sweep.rows import Batch, BatchAnswers, PointRequest

#: What a batch should take.
_SECONDS = 0.3
#: Batches that each of those who work should still get, at least: they come to their end together.
_SHARE = 4
_MOST = 200


class Batches:
    """The batches of a sweep, made when they are asked for; their size follows what the last ones took.

    Safe to be asked from several threads.

    Parameters
    ----------
    points : the indices to compute, in order
    game : the game at an index
    question : what is asked of each

    Attributes
    ----------
    hands : how many work at the same time; whoever gives out the batches says so
    """

    def __init__(self, points: Sequence[int], game: Callable[[int], PaymentGame], question: PointRequest) -> None:
        self.hands = 1
        self._points = iter(points)
        self._left = len(points)
        self._game = game
        self._question = question
        self._size = 1
        self._turn = threading.Lock()

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        with self._turn:
            share = math.ceil(self._left / (_SHARE * self.hands))
            indices = list(islice(self._points, max(1, min(self._size, share))))
            self._left -= len(indices)
        if not indices:
            raise StopIteration
        return Batch([(index, self._game(index)) for index in indices], self._question)

    def learn(self, answers: BatchAnswers) -> None:
        """Fit the size of the batches to come; it grows step by step, as points differ."""
        each = max(answers.seconds / len(answers.rows), 1e-6)
        self._size = max(1, min(int(_SECONDS / each), 4 * self._size, _MOST))
