"""Payments of a Flower federation: from real messages, against Shapley values by orders."""

from __future__ import annotations

import importlib.util
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


def test_a_store_tells_rounds_of_other_replies_apart(tmp_path):
    """A federation that is run again has a round 1 again, with other models, and must not be paid for the old ones."""
    store = str(tmp_path / "s")
    once = price_round(1, replies([2, 2, 2, 2]), [np.zeros(3)], worth, store=store)
    calls = []

    def counted(model):
        calls.append(model)
        return worth(model)

    again = price_round(1, replies([2, 2, 2, 2]), [np.zeros(3)], counted, store=store)
    assert (again.payments, calls) == (once.payments, [])
    other = [Reply(one.client, 2, one.examples, [one.model[0] * 2]) for one in replies([2, 2, 2, 2])]
    fresh = price_round(1, other, [np.zeros(3)], worth, store=None)
    assert price_round(1, other, [np.zeros(3)], worth, store=store).payments == fresh.payments
    assert fresh.payments != once.payments


def test_layers_keep_their_shapes():
    seen = []

    def shapes(model):
        seen.append([layer.shape for layer in model])
        return float(model[0][1, 2] + model[1][0])

    layers = [np.arange(6.0).reshape(2, 3), np.array([7.0])]
    found = price_round(1, [Reply("a", 2, 3, layers)], [np.zeros((2, 3)), np.zeros(1)], shapes)
    assert found.payments == {"a": 12}
    assert seen == [[(2, 3), (1,)]] * 2


def test_faults_are_named():
    with pytest.raises(InputError, match=r"h1: expected layers of shapes \[\(3,\)\], got \[\(2,\)\]"):
        price_round(1, [*replies([2]), Reply("h1", 2, 3, [np.zeros(2)])], [np.zeros(3)], worth)
    with pytest.raises(InputError, match="expected privacy level 0, 1 or 2, got 3"):
        price_round(1, replies([3, 2, 2, 2]), [np.zeros(3)], worth)
    with pytest.raises(InputError, match="replied 2 times"):
        price_round(1, replies([2, 2]) * 2, [np.zeros(3)], worth)


def test_a_real_strategy_with_real_fit_results():
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
    for k in range(4):
        manager.register(Proxy(f"h{k}"))
    model = strategy.initialize_parameters(manager)
    for number in (1, 2):
        strategy.configure_fit(number, model, manager)
        results = [
            (
                Proxy(f"h{k}"),
                FitRes(Status(Code.OK, ""), ndarrays_to_parameters([MODELS[k]]), EXAMPLES[k], {"privacy_level": 2}),
            )
            for k in range(4)
        ]
        model, _ = strategy.aggregate_fit(number, results, [])
    assert parameters_to_ndarrays(model)[0] == pytest.approx(np.average(MODELS, axis=0, weights=EXAMPLES))
    judge(strategy)


def judge(strategy):
    first, second = strategy.rounds
    assert list(first.payments.values()) == pytest.approx(by_orders([[0], [1], [2], [3]]))
    # The second round leaves the model as it was, so it is worth nothing more.
    assert second.utility == pytest.approx(0, abs=1e-12)
    assert strategy.cumulated == pytest.approx(
        {client: first.payments[client] + second.payments[client] for client in first.payments}
    )


@pytest.fixture
def strategies(monkeypatch):
    """Flower's strategies of messages; newer versions make messages only within a run that has a number."""
    found = pytest.importorskip("flwr.serverapp.strategy")
    if importlib.util.find_spec("flwr.supercore.task_identity"):
        from flwr.supercore.task_identity import TaskIdentity

        for name in ("_task_id", "_run_id", "_node_id"):
            monkeypatch.setattr(TaskIdentity, name, 1)
    return found


class Clients:
    """Flower's grid with nodes that answer as real ones do: by messages, the last of them with an error."""

    def get_node_ids(self):
        return range(5)

    def send_and_receive(self, messages, timeout):
        from flwr.app import ArrayRecord, Error, Message, MetricRecord, RecordDict

        answers = []
        for message in messages:
            k = message.metadata.dst_node_id
            if k == 4:
                answers.append(Message(Error(0, "out of memory"), reply_to=message))
                continue
            said = MetricRecord({"num-examples": EXAMPLES[k], "privacy_level": 2})
            content = RecordDict({"arrays": ArrayRecord([MODELS[k]]), "metrics": said})
            answers.append(Message(content, reply_to=message))
        return sorted(answers, key=lambda answer: answer.metadata.src_node_id)


@pytest.mark.parametrize("levels", [None, {"0": 2, "1": 2, "2": 2, "3": 2}])
def test_a_real_strategy_with_real_messages(strategies, levels):
    """The same by the message interface, whose own loop runs the rounds."""
    from flwr.app import ArrayRecord

    strategy = priced(strategies.FedAvg(fraction_evaluate=0.0), worth, levels)
    result = strategy.start(grid=Clients(), initial_arrays=ArrayRecord([np.zeros(3)]), num_rounds=2)
    (model,) = result.arrays.to_numpy_ndarrays()
    assert model == pytest.approx(np.average(MODELS, axis=0, weights=EXAMPLES))
    judge(strategy)


def test_a_client_without_a_level_and_what_is_no_strategy(strategies):
    from flwr.app import ArrayRecord

    strategy = priced(strategies.FedAvg(fraction_evaluate=0.0), worth, {"0": 2})
    with pytest.raises(InputError, match=r"client 1: expected a privacy level .* in the table `levels`, got None"):
        strategy.start(grid=Clients(), initial_arrays=ArrayRecord([np.zeros(3)]), num_rounds=1)
    with pytest.raises(InputError, match="got a dict"):
        priced({}, worth)


def test_a_simulation():
    """Flower's own engine: clients in processes of their own train on data that no other sees."""
    pytest.importorskip("ray")
    strategies = pytest.importorskip("flwr.serverapp.strategy")
    from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
    from flwr.clientapp import ClientApp
    from flwr.serverapp import ServerApp
    from flwr.simulation import run_simulation

    client, server, seen = ClientApp(), ServerApp(), []

    @client.train()
    def train(message, context):
        k = int(context.node_config["partition-id"])
        said = MetricRecord({"num-examples": EXAMPLES[k], "privacy_level": (2, 1, 1, 2)[k]})
        return Message(RecordDict({"arrays": ArrayRecord([MODELS[k]]), "metrics": said}), reply_to=message)

    @server.main()
    def main(grid, context):
        strategy = priced(strategies.FedAvg(fraction_evaluate=0.0), worth)
        strategy.start(grid=grid, initial_arrays=ArrayRecord([np.zeros(3)]), num_rounds=1)
        seen.extend(strategy.rounds)

    run_simulation(server, client, num_supernodes=4)
    (found,) = seen
    alone, last, block = by_orders([[0], [3], [1, 2]])
    assert sorted(found.payments.values()) == pytest.approx(sorted([alone, last, block / 2, block / 2]))
