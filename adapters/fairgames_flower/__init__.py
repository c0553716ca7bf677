"""Flower: fair payments for the clients of a federation, round by round, from their own replies.

Wrap the strategy that you use:

    strategy = priced(FedAvg(…), evaluate=accuracy, levels={"hospital-1": 2, …})

See ``docs/flower.md``.
"""

from __future__ import annotations

from fairgames_flower.rounds import Reply, RoundPayments, price_round
from fairgames_flower.strategy import priced

__all__ = ["Reply", "RoundPayments", "price_round", "priced"]
