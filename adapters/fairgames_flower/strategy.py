"""A Flower strategy of the user's, with payments beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fairgames.errors import InputError, MissingPackageError
from fairgames.typing import FloatArray
from fairgames_flower.rounds import Reply, RoundPayments, price_round

#: The metric by which a client says its level.
LEVEL_METRIC = "privacy_level"


def priced(
    strategy: Any, evaluate: Callable[[list[FloatArray]], float], levels: Mapping[str, int] | None = None,
    alpha: float = 1.0, store: str | None = None, name: str = "flower", budget: int | None = None,
) -> Any:  # fmt: skip
    """The strategy itself with fair payments recorded: attributes ``rounds`` and ``cumulated``.

    Training goes on as ``strategy`` has it: every call is handed on, and payments only look at
    what clients sent.

    Parameters
    ----------
    strategy : any FedAvg-like strategy of ``flwr.server.strategy`` (flwr ≥ 1.20)
    evaluate : what a model, a list of layers, is worth to the platform, in money
    levels : level of each client by its id; None: each client sends it as the metric "privacy_level"
    alpha, store, name, budget : as in :func:`~fairgames_flower.rounds.price_round`

    Raises
    ------
    MissingPackageError
        If flwr is not installed.
    """
    try:
        from flwr.common import parameters_to_ndarrays
        from flwr.server.strategy import Strategy
    except ImportError:
        raise MissingPackageError("flwr", "payments in Flower", extra="flower") from None

    class Priced(Strategy):  # type: ignore[misc, unused-ignore]
        """See :func:`priced`."""

        def __init__(self) -> None:
            self.rounds: list[RoundPayments] = []
            self.cumulated: dict[str, float] = {}
            self._before: Any = None

        def initialize_parameters(self, client_manager: Any) -> Any:
            self._before = strategy.initialize_parameters(client_manager)
            return self._before

        def configure_fit(self, server_round: int, parameters: Any, client_manager: Any) -> Any:
            self._before = parameters
            return strategy.configure_fit(server_round, parameters, client_manager)

        def aggregate_fit(self, server_round: int, results: Any, failures: Any) -> Any:
            if results and self._before is not None:
                replies = [_reply(proxy.cid, result, levels, parameters_to_ndarrays) for proxy, result in results]
                before = parameters_to_ndarrays(self._before)
                found = price_round(server_round, replies, before, evaluate, alpha, store, name, budget)
                self.rounds.append(found)
                for client, paid in found.payments.items():
                    self.cumulated[client] = self.cumulated.get(client, 0.0) + paid
            return strategy.aggregate_fit(server_round, results, failures)

        def configure_evaluate(self, server_round: int, parameters: Any, client_manager: Any) -> Any:
            return strategy.configure_evaluate(server_round, parameters, client_manager)

        def aggregate_evaluate(self, server_round: int, results: Any, failures: Any) -> Any:
            return strategy.aggregate_evaluate(server_round, results, failures)

        def evaluate(self, server_round: int, parameters: Any) -> Any:
            return strategy.evaluate(server_round, parameters)

    return Priced()


def _reply(client: str, result: Any, levels: Mapping[str, int] | None, to_arrays: Callable[[Any], Any]) -> Reply:
    level = result.metrics.get(LEVEL_METRIC) if levels is None else levels.get(client)
    if isinstance(level, bool) or not isinstance(level, int):
        source = f"the metric {LEVEL_METRIC!r}" if levels is None else "the table `levels`"
        raise InputError(f"client {client}: expected a privacy level 0, 1 or 2 in {source}, got {level!r}")
    return Reply(client, level, int(result.num_examples), to_arrays(result.parameters))
