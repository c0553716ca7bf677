"""What one round's replies are worth: U of every sub-coalition, on the server, without further work of clients.

Levels: 0, not in; 1, seen in the aggregate only; 2, seen in full. What secure aggregation hides
stays hidden: the clients of level 1 are one block, of which only the sum enters. The block is paid
its Shapley value as one player, and that is split equally among its members; who of them brought
more cannot be known, and is not guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairgames.errors import InputError
from fairgames.training.black_box import BlackBoxUtility
from fairgames.typing import FloatArray
from fairgames.valuation.request import payments

#: The layers of a model.
Model = Sequence[FloatArray]


@dataclass(frozen=True, eq=False)
class Reply:
    """One client's reply: who, its privacy level, its number of examples, and its model."""

    client: str
    level: int
    examples: int
    model: Model


@dataclass(frozen=True, eq=False)
class RoundPayments:
    """Fair payments of one round.

    Attributes
    ----------
    number : of the round
    payments : by client; those of level 1 all have the same, an equal split of their block's value
    utility : U of all who replied, over that of the model that the round began with
    players : who was one player each; the block's members are joined by " + "
    evaluations : of the model on the server, sub-coalitions found in the store among them
    """

    number: int
    payments: dict[str, float]
    utility: float
    players: tuple[str, ...]
    evaluations: int


def price_round(
    number: int, replies: Sequence[Reply], before: Model, evaluate: Callable[[list[FloatArray]], float],
    alpha: float = 1.0, store: str | None = None, name: str = "flower", budget: int | None = None,
) -> RoundPayments:  # fmt: skip
    """Fair payments for one round's replies.

    Parameters
    ----------
    before : the global model that the round began with: what a coalition of nobody leaves
    evaluate : what a model is worth, in money; its value for ``before`` is taken off
    store, name : where evaluations are kept, and what of: a round that is priced again is found there if it began
        with the same model and had the same replies; give another name where ``evaluate`` changes
    budget : evaluations, for more clients than all coalitions can be listed for

    Raises
    ------
    InputError
        If a level is not 0, 1 or 2, a client replies twice, has no examples, or another model.
    """
    _check(replies, before)
    full = [[reply] for reply in sorted(replies, key=lambda one: one.client) if reply.level == 2]
    block = sorted((reply for reply in replies if reply.level == 1), key=lambda one: one.client)
    players = full + ([block] if block else [])
    paid = {reply.client: 0.0 for reply in replies}
    if not players:
        return RoundPayments(number, paid, 0.0, (), 0)
    examples = np.array([sum(reply.examples for reply in members) for members in players])
    sums = np.array([_sum(members) for members in players])
    start = _flat(before)

    def worth(profile: tuple[int, ...]) -> float:
        inside = np.asarray(profile)
        # FedAvg: the mean of the models, weighed by examples (McMahan et al. 2017).
        model = inside @ sums / (inside @ examples) if inside.any() else start
        return float(evaluate(_layers(model, before)))

    names = tuple(" + ".join(reply.client for reply in members) for members in players)
    utility = BlackBoxUtility(
        worth, [0, 1], users=names, name=name, version=f"round {number}, {_digest(start, sums, examples)}",
        store=store, baseline="empty",
    )  # fmt: skip
    found = payments(utility, (1,) * len(players), alpha=alpha, budget=budget)
    for members, value in zip(players, found.payments.tolist(), strict=True):
        for reply in members:
            paid[reply.client] = value / len(members)
    evaluations = len(utility.evaluator.values)
    utility.store.close()
    return RoundPayments(number, paid, float(found.utility), names, evaluations)


def _check(replies: Sequence[Reply], before: Model) -> None:
    shapes = [np.shape(layer) for layer in before]
    clients = [reply.client for reply in replies]
    faults = [f"client {one}: replied {clients.count(one)} times" for one in set(clients) if clients.count(one) > 1]
    for reply in replies:
        if reply.level not in (0, 1, 2):
            faults.append(f"client {reply.client}: expected privacy level 0, 1 or 2, got {reply.level!r}")
        if reply.level and reply.examples <= 0:
            faults.append(f"client {reply.client}: expected at least one example, got {reply.examples}")
        if reply.level and (own := [np.shape(layer) for layer in reply.model]) != shapes:
            faults.append(f"client {reply.client}: expected layers of shapes {shapes}, got {own}")
    if faults:
        raise InputError(faults)


def _flat(model: Model) -> FloatArray:
    return np.concatenate([np.asarray(layer, dtype=float).ravel() for layer in model])


def _layers(flat: FloatArray, like: Model) -> list[FloatArray]:
    ends = np.cumsum([np.size(layer) for layer in like])
    return [part.reshape(np.shape(layer)) for part, layer in zip(np.split(flat, ends[:-1]), like, strict=True)]


def _sum(members: Sequence[Reply]) -> FloatArray:
    """The sum of the models weighed by examples: all that an aggregate shows."""
    return np.asarray(sum(reply.examples * _flat(reply.model) for reply in members))


def _digest(*arrays: FloatArray) -> str:
    """What tells one round from another of the same number, in a store that was there before."""
    together = hashlib.sha256()
    for array in arrays:
        together.update(np.ascontiguousarray(array).tobytes())
    return together.hexdigest()[:16]
