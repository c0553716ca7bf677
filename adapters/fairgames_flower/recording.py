"""Rounds priced one after another, whichever of Flower's interfaces they come by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairgames.errors import InputError
from fairgames.typing import FloatArray
from fairgames_flower.rounds import Model, Reply, RoundPayments, price_round

#: The metric by which a client says its level.
LEVEL_METRIC = "privacy_level"


class Recording:
    """Payments of all rounds so far.

    Attributes
    ----------
    rounds : in their order
    cumulated : what each client is paid over all of them
    """

    def __init__(
        self, evaluate: Callable[[list[FloatArray]], float], levels: Mapping[str, int] | None, **options: Any
    ) -> None:
        self.rounds: list[RoundPayments] = []
        self.cumulated: dict[str, float] = {}
        self._evaluate, self._levels, self._options = evaluate, levels, options

    def take(self, number: int, replies: Sequence[Reply], before: Model | None) -> None:
        """Price a round that began with the model ``before``; one without replies is worth nothing.

        Raises
        ------
        InputError
            If the round's own model never came by, so that there is nothing to compare with.
        """
        if not replies:
            return
        if before is None:
            raise InputError(f"round {number}: expected the model that it began with before its replies, got none")
        found = price_round(number, replies, before, self._evaluate, **self._options)
        self.rounds.append(found)
        for client, paid in found.payments.items():
            self.cumulated[client] = self.cumulated.get(client, 0.0) + paid

    def level(self, client: str, metrics: Mapping[str, Any]) -> int:
        """The client's level, by the server's table or by its own metric.

        Raises
        ------
        InputError
            If it is missing, or no whole number.
        """
        level = metrics.get(LEVEL_METRIC) if self._levels is None else self._levels.get(client)
        if isinstance(level, bool) or not isinstance(level, int):
            source = f"the metric {LEVEL_METRIC!r}" if self._levels is None else "the table `levels`"
            raise InputError(f"client {client}: expected a privacy level 0, 1 or 2 in {source}, got {level!r}")
        return level
