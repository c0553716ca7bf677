"""A Flower strategy of the user's, with payments beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fairgames.errors import InputError, MissingPackageError
from fairgames.typing import FloatArray
from fairgames_flower.recording import Recording


def priced(
    strategy: Any, evaluate: Callable[[list[FloatArray]], float], levels: Mapping[str, int] | None = None,
    alpha: float = 1.0, store: str | None = None, name: str = "flower", budget: int | None = None,
) -> Any:  # fmt: skip
    """The strategy itself with fair payments recorded: attributes ``rounds`` and ``cumulated``.

    Training goes on as ``strategy`` has it: every call is handed on, and payments only look at
    what clients sent.

    Parameters
    ----------
    strategy : any FedAvg-like strategy of ``flwr.server.strategy`` (flwr ≥ 1.20) or of ``flwr.serverapp.strategy``,
        Flower's message interface
    evaluate : what a model, a list of layers, is worth to the platform, in money
    levels : level of each client by its id (of a node, in messages); None: each client sends it as the metric
        "privacy_level"
    alpha, store, name, budget : as in :func:`~fairgames_flower.rounds.price_round`

    Raises
    ------
    MissingPackageError
        If flwr is not installed.
    InputError
        If the strategy is of neither kind.
    """
    try:
        import flwr.common  # noqa: F401
    except ImportError:
        raise MissingPackageError("flwr", "payments in Flower", extra="flower") from None
    recording = Recording(evaluate, levels, alpha=alpha, store=store, name=name, budget=budget)
    if hasattr(strategy, "aggregate_train"):
        from fairgames_flower.messages import of_messages

        return of_messages(strategy, recording)
    if hasattr(strategy, "aggregate_fit"):
        from fairgames_flower.results import of_results

        return of_results(strategy, recording)
    raise InputError(
        f"strategy: expected one of flwr.server.strategy or flwr.serverapp.strategy, got a {type(strategy).__name__}"
    )
