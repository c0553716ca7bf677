"""The games that are measured: hospitals with distinct sample counts, as in the federated mean of Section 4."""

from __future__ import annotations

from fairgames import FederatedMean, PaymentGame, Users

#: What sharing costs at levels 0, 1 and 2, in nats.
COSTS = ("0", "0.6", "1.2")


def hospitals(n: int, n_levels: int = 3) -> PaymentGame:
    """``n`` users, no two of them alike, who may choose the first ``n_levels`` of the levels 0, 1, 2."""
    users = Users(samples=[303 - 9 * number for number in range(n)], sensitivity=[COSTS[:n_levels]] * n)
    return PaymentGame(FederatedMean(users, between=1.0, within=10.0, levels=range(n_levels)), users)
