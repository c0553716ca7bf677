"""Strategies of ``flwr.serverapp.strategy``, whose replies are messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairgames.errors import InputError
from fairgames_flower.recording import Recording
from fairgames_flower.rounds import Model, Reply


def of_messages(strategy: Any, recording: Recording) -> Any:
    """The strategy with every round taken into ``recording``."""
    from flwr.serverapp.strategy import Strategy

    #: The metric that a FedAvg-like strategy weighs replies by.
    weight = getattr(strategy, "weighted_by_key", "num-examples")

    class Priced(Strategy):  # type: ignore[misc, unused-ignore]
        """See :func:`fairgames_flower.priced`."""

        def __init__(self) -> None:
            self.rounds, self.cumulated = recording.rounds, recording.cumulated
            self._before: Model | None = None

        def configure_train(self, server_round: int, arrays: Any, config: Any, grid: Any) -> Any:
            self._before = arrays.to_numpy_ndarrays()
            return strategy.configure_train(server_round, arrays, config, grid)

        def aggregate_train(self, server_round: int, replies: Any) -> Any:
            messages = list(replies)
            read = [_reply(message, weight, recording) for message in messages if not message.has_error()]
            recording.take(server_round, read, self._before)
            return strategy.aggregate_train(server_round, messages)

        def configure_evaluate(self, server_round: int, arrays: Any, config: Any, grid: Any) -> Any:
            return strategy.configure_evaluate(server_round, arrays, config, grid)

        def aggregate_evaluate(self, server_round: int, replies: Any) -> Any:
            return strategy.aggregate_evaluate(server_round, replies)

        def summary(self) -> None:
            strategy.summary()

    return Priced()


def _reply(message: Any, weight: str, recording: Recording) -> Reply:
    client = str(message.metadata.src_node_id)
    models = list(message.content.array_records.values())
    metrics: Mapping[str, Any] = {
        name: value for record in message.content.metric_records.values() for name, value in record.items()
    }
    if len(models) != 1 or weight not in metrics:
        raise InputError(
            f"client {client}: expected one array record and the metric {weight!r} in its reply, got {len(models)} "
            f"array records and the metrics {sorted(metrics)}"
        )
    return Reply(client, recording.level(client, metrics), int(metrics[weight]), models[0].to_numpy_ndarrays())
