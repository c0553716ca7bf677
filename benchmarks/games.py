"""The games that are measured: hospitals with distinct sample counts, as in the federated mean of Section 4."""

from __future__ import annotations

import numpy as np

from fairgames import FederatedMean, PaymentGame, Users

#: What sharing costs at levels 0, 1 and 2, in nats.
COSTS = ("0", "0.6", "1.2")


def hospitals(n: int, n_levels: int = 3) -> PaymentGame:
    """``n`` users, no two of them alike, who may choose the first ``n_levels`` of the levels 0, 1, 2."""
    users = Users(samples=[303 - 9 * number for number in range(n)], sensitivity=[COSTS[:n_levels]] * n)
    return PaymentGame(FederatedMean(users, between=1.0, within=10.0, levels=range(n_levels)), users)


def federation(seed: int, n: int = 6) -> PaymentGame:
    """``n`` users with 10 to 300 samples and costs of up to 1, all drawn."""
    draw = np.random.default_rng(seed)
    samples = np.round(np.exp(draw.uniform(np.log(10), np.log(300), n)))
    dear = draw.uniform(0.1, 1.0, n).round(4)
    costs = [[0, round(cost * draw.uniform(0.3, 0.7), 4), cost] for cost in dear]
    users = Users(samples=samples.tolist(), sensitivity=costs)
    return PaymentGame(FederatedMean(users, between=1.0, within=10.0), users)
