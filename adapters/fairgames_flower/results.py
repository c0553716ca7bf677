"""Strategies of ``flwr.server.strategy``, whose replies are fit results."""

from __future__ import annotations

from typing import Any

from fairgames_flower.recording import Recording
from fairgames_flower.rounds import Reply


def of_results(strategy: Any, recording: Recording) -> Any:
    """The strategy with every round taken into ``recording``."""
    from flwr.common import parameters_to_ndarrays
    from flwr.server.strategy import Strategy

    class Priced(Strategy):  # type: ignore[misc, unused-ignore]
        """See :func:`fairgames_flower.priced`."""

        def __init__(self) -> None:
            self.rounds, self.cumulated = recording.rounds, recording.cumulated
            self._before: Any = None

        def initialize_parameters(self, client_manager: Any) -> Any:
            self._before = strategy.initialize_parameters(client_manager)
            return self._before

        def configure_fit(self, server_round: int, parameters: Any, client_manager: Any) -> Any:
            self._before = parameters
            return strategy.configure_fit(server_round, parameters, client_manager)

        def aggregate_fit(self, server_round: int, results: Any, failures: Any) -> Any:
            replies = [
                Reply(
                    proxy.cid, recording.level(proxy.cid, result.metrics), int(result.num_examples),
                    parameters_to_ndarrays(result.parameters),
                )
                for proxy, result in results
            ]  # fmt: skip
            before = None if self._before is None else parameters_to_ndarrays(self._before)
            recording.take(server_round, replies, before)
            return strategy.aggregate_fit(server_round, results, failures)

        def configure_evaluate(self, server_round: int, parameters: Any, client_manager: Any) -> Any:
            return strategy.configure_evaluate(server_round, parameters, client_manager)

        def aggregate_evaluate(self, server_round: int, results: Any, failures: Any) -> Any:
            return strategy.aggregate_evaluate(server_round, results, failures)

        def evaluate(self, server_round: int, parameters: Any) -> Any:
            return strategy.evaluate(server_round, parameters)

    return Priced()
