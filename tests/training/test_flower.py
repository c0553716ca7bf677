"""Payments of a Flower federation: from real messages, against Shapley values by orders."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fairgames.errors import InputError
from fairgames_flower import Reply, price_round, priced
from tests.oracles import shapley_by_orders

TRUTH = np.array([1.0, -2.0, 0.5])
GENERATOR = np.random.default_rng(0)
MODELS = [TRUTH + GENERATOR.normal(scale=scale, size=3) for scale in (0.1, 0.5, 1.0, 2.0)]
EXAMPLES = [50, 30, 10, 40]


def worth(model) -> float:
    return -float(((model[0] - TRUTH) ** 2).sum())


def replies(levels):
    return [
        Reply(f"h{k}", level, EXAMPLES[k], [MODELS[k]]) for k, level in enumerate(levels)
    ]  # fmt: skip


def by_orders(groups):
    """Shapley values of groups of clients as players; FedAvg and the start at 0 written out again."""

    def utility(profile):
        inside = [k for level, group in zip(profile, groups, strict=True) if level for k in group]
        weights = np.array([EXAMPLES[k] for k in inside])
        mean = np.average([MODELS[k] for k in inside], axis=0, weights=weights) if inside else np.zeros(3)
        return Fraction(worth([mean]) - worth([np.zeros(3)]))

    return list(map(float, shapley_by_orders(utility, (1,) * len(groups))))


def test_a_round_of_clients_in_full():
    found = price_round(1, replies([2, 2, 2, 2]), [np.zeros(3)], worth)
    assert list(found.payments.values()) == pytest.approx(by_orders([[0], [1], [2], [3]]))
    assert sum(found.payments.values()) == pytest.approx(found.utility)
    assert found.evaluations == 16


def test_an_aggregate_is_one_block_and_split_equally():
    found = price_round(1, replies([2, 1, 1, 0]), [np.zeros(3)], worth, alpha=0.5)
    alone, block = by_orders([[0], [1, 2]])
    wanted = {"h0": alone / 2, "h1": block / 4, "h2": block / 4, "h3": 0.0}
    assert found.payments == pytest.approx(wanted)
    assert found.players == ("h0", "h1 + h2")


def test_what_an_aggregate_hides_changes_nothing():
    """Members of the block who swap their models leave the sum, so the payments."""
    swapped = replies([2, 1, 1, 2])
    one, two = swapped[1], swapped[2]
    shift = np.array([0.3, 0.1, -0.2])
    swapped[1] = Reply(one.client, 1, one.examples, [one.model[0] + shift / one.examples])
    swapped[2] = Reply(two.client, 1, two.examples, [two.model[0] - shift / two.examples])
    before = price_round(1, replies([2, 1, 1, 2]), [np.zeros(3)], worth)
    assert price_round(1, swapped, [np.zeros(3)], worth).payments == pytest.approx(before.payments)


def test_faults_are_named():
    with pytest.raises(InputError, match="expected privacy level 0, 1 or 2, got 3"):
        price_round(1, replies([3, 2, 2, 2]), [np.zeros(3)], worth)
    with pytest.raises(InputError, match="replied 2 times"):
        price_round(1, replies([2, 2]) * 2, [np.zeros(3)], worth)


def test_a_real_strategy_with_real_messages():
    """Two rounds of FedAvg over replies as the server gets them; the model is FedAvg's own."""
    pytest.importorskip("flwr")
    from flwr.common import Code, FitRes, Status, ndarrays_to_parameters, parameters_to_ndarrays
    from flwr.server.client_manager import SimpleClientManager
    from flwr.server.client_proxy import ClientProxy
    from flwr.server.strategy import FedAvg

    class Proxy(ClientProxy):
        def fit(self, ins, timeout, group_id):
            raise NotImplementedError

        get_properties = get_parameters = evaluate = reconnect = fit

    start = ndarrays_to_parameters([np.zeros(3)])
    strategy = priced(FedAvg(initial_parameters=start, min_fit_clients=1, min_available_clients=1), worth)
    manager = SimpleClientManager()
    model = strategy.initialize_parameters(manager)
    for number in (1, 2):
        results = [
            (
                Proxy(f"h{k}"),
                FitRes(Status(Code.OK, ""), ndarrays_to_parameters([MODELS[k]]), EXAMPLES[k], {"privacy_level": 2}),
            )
            for k in range(4)
        ]
        model, _ = strategy.aggregate_fit(number, results, [])
        strategy._before = model
    assert parameters_to_ndarrays(model)[0] == pytest.approx(np.average(MODELS, axis=0, weights=EXAMPLES))
    first, second = strategy.rounds
    assert list(first.payments.values()) == pytest.approx(by_orders([[0], [1], [2], [3]]))
    # The second round leaves the model as it was, so it is worth nothing more.
    assert second.utility == pytest.approx(0, abs=1e-12)
    assert strategy.cumulated["h0"] == pytest.approx(first.payments["h0"] + second.payments["h0"])
