"""Payments and designs from a few trainings against those from all of them; and what keeping them costs.

Digits over 12 clinics: scikit-learn's digits, shuffled, 1,200 to train on and 597 to test;
clinics' sizes ~ Dirichlet(1, …), their tastes of classes ~ Dirichlet(½, …), an image of class c
goes to a clinic with chance ∝ size · taste; ridge classifier (penalty 1, one-hot targets) on the
pooled data; U = accuracy − 0.1. All 4,096 trainings take seconds, so exact payments are there.
"""

from __future__ import annotations

import csv
import importlib.util
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from benchmarks.measure import ROOT, Result, at_least, at_most
from fairgames import BlackBoxUtility, FederatedMean, PaymentGame, TableUtility, Users, payments, pure_equilibria
from fairgames import design as exact_design
from fairgames.mechanism.budgeted.design import design_by_evaluations
from fairgames.progress import track
from fairgames.typing import FloatArray
from fairgames.valuation.methods.evaluations.surrogate import EstimatedAllocation

#: The most that the median relative error may be, by evaluations.
TARGETS = {100: 0.06, 200: 0.03, 400: 0.015, 1000: 0.005}
_N = 12


@cache
def digits(seed: int) -> tuple[FloatArray, FloatArray]:
    """U of all coalitions of 12 clinics, a tensor, and the clinics' numbers of images."""
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(seed)
    loaded = load_digits()
    order = rng.permutation(len(loaded.target))
    images = np.hstack([loaded.data[order] / 16, np.ones((len(order), 1))])
    labels = loaded.target[order]
    chances = rng.dirichlet(np.ones(_N)) * np.array([rng.dirichlet(np.full(_N, 0.5)) for _ in range(10)])[labels[:1200]]
    owner = np.array([rng.choice(_N, p=row / row.sum()) for row in chances])
    own = [np.flatnonzero(owner == clinic) for clinic in range(_N)]
    squares = np.array([images[rows].T @ images[rows] for rows in own])
    products = np.array([images[rows].T @ np.eye(10)[labels[rows]] for rows in own])
    penalty = np.eye(65)
    penalty[-1, -1] = 1e-9  # not of the intercept
    utility = np.zeros((2,) * _N)
    for inside in product((0, 1), repeat=_N):
        if any(inside):
            members = np.flatnonzero(inside)
            model = np.linalg.solve(squares[members].sum(axis=0) + penalty, products[members].sum(axis=0))
            utility[inside] = (np.argmax(images[1200:] @ model, axis=1) == labels[1200:]).mean() - 0.1
    return utility, np.array([max(1.0, len(rows)) for rows in own])


def errors(games: int = 4, seeds: int = 3) -> list[Result]:
    """Median over games and seeds of ‖error‖/‖φ‖, the surrogate against sampling at as many evaluations."""
    results = []
    for budget, target in TARGETS.items():
        ours = statistics.median(_errors("surrogate", budget, games, seeds))
        sampled = statistics.median(_errors("size-stratified", budget, games, seeds))
        permuted = statistics.median(_errors("permutation", budget, games, seeds))
        results.append(
            at_most(
                f"relative error of 12 payments, {budget} of 4,096 trainings", ours, target, "",
                f"size-stratified {sampled:.4f}, permutation {permuted:.3f}", f"{games} games, {seeds} seeds",
            )
        )  # fmt: skip
    return results


def _errors(method: str, budget: int, games: int, seeds: int) -> list[float]:
    found = []
    for game in range(games):
        utility, samples = digits(game)
        truth = payments(TableUtility(utility), (1,) * _N).payments
        for seed in range(seeds):
            paid = payments(_boxed(utility, samples), (1,) * _N, method=method, budget=budget, seed=seed).payments
            found.append(float(np.linalg.norm(paid - truth) / np.linalg.norm(truth)))
    return found


def coverage(seeds: int = 1000, budget: int = 70) -> Iterator[Result]:
    """How many of the nominal 95% intervals hold the payment: three known games of eight clinics, pooled or out."""
    example = _example().Digits()
    places = list(product((0, 2), repeat=8))
    samples = np.maximum(example.samples, 1).astype(float)
    federation = FederatedMean(Users(samples=samples), between=1.0, within=10.0)
    rough = np.random.default_rng(7).normal(size=len(places))
    rough[0] = 0
    games = {
        "federated mean": federation.values([(0, 2)] * 8),
        "digits": np.array([example(place) for place in places]),
        "rough": rough,
    }
    for name, values in games.items():
        tensor = values.reshape((2,) * 8)
        truth = payments(TableUtility(tensor), (1,) * 8).payments
        inside = []
        for seed in track(range(seeds), name):
            found = payments(_boxed(tensor, samples), (1,) * 8, budget=budget, seed=seed)
            assert isinstance(found, EstimatedAllocation)
            assert found.half_widths is not None
            inside.append(np.mean(np.abs(found.payments - truth) <= found.half_widths))
        covered = float(np.mean(inside))
        yield Result(
            f"95% intervals that hold the payment, {name}", covered, 0.93, "", "nominal 0.95, wanted 0.93 to 0.97",
            0.93 <= covered <= 0.97, f"{seeds} seeds of 8 payments, {budget} of 256 evaluations",
        )  # fmt: skip


def clinics(seeds: int = 20) -> list[Result]:
    """The example of eight clinics: the best pure equilibrium and share from 400 of 6,561 trainings."""
    example = _example()
    digits_of_eight = example.Digits()
    table = np.array([digits_of_eight(place) for place in product(range(3), repeat=8)]).reshape((3,) * 8) * 1000
    users = Users(samples=np.maximum(digits_of_eight.samples, 1), sensitivity=[example.COSTS] * 8)
    game = PaymentGame(TableUtility(table), users)
    best = float(exact_design(game, scope="pure").platform_utility)
    equilibria = pure_equilibria(game)
    near, true, spent = 0, 0, []
    for seed in range(seeds):
        boxed = BlackBoxUtility(
            lambda place: float(table[tuple(map(int, place))]), [0, 1, 2], users=users, baseline=0
        )  # fmt: skip
        found = design_by_evaluations(PaymentGame(boxed, users), "best", 400, "pure", seed)
        spent.append(found.evaluations)
        interval = equilibria.interval(game, found.profile or ())
        share = float(found.alpha or 0)
        keeps = (1 - share) * float(table[found.profile or ()])
        stays = interval is not None and interval[0] <= share <= interval[1]
        near += stays and keeps >= 0.99 * best
        true += not found.decided or (stays and keeps >= 0.99 * best)
    return [
        at_least("designs of eight clinics within 1% of the optimum", near / seeds, 0.9, "", "all 6,561 trainings",
                 f"{near} of {seeds} seeds, {statistics.median(spent):.0f} evaluations"),
        at_least("of them, stated confidence true or undecided", true / seeds, 0.95, "", "all 6,561 trainings",
                 f"{true} of {seeds} seeds"),
    ]  # fmt: skip


def overhead(evaluations: int = 2000) -> list[Result]:
    """What store and surrogate add to an evaluation."""
    utility, samples = digits(0)
    begun = time.process_time()
    payments(_boxed(utility, samples), (1,) * _N, budget=evaluations)
    took = (time.process_time() - begun) / evaluations
    return [
        at_most(f"store in memory and surrogate, {evaluations} evaluations", 1000 * took, 2.0, "ms each", "CPU time")
    ]


def federation(seeds: int = 3, budgets: Sequence[int] = (500, 1000, 2000)) -> Iterator[Result]:
    """54 hospitals, FedAvg weights, all in the aggregate or each with its mean: against samplers.

    Payments in the aggregate have no exact method: what they are measured by is a mean of sampling with controls, some
    million evaluations.
    """
    with (ROOT / "examples" / "medpar.csv").open() as file:
        stays = Counter(row["provider"] for row in csv.DictReader(file))
    users = Users(samples=[float(count) for count in stays.values()])
    utility = FederatedMean(users, between=1.0, within=10.0, aggregation="samples")
    for level, name in ((1, "aggregate"), (2, "means")):
        profile = (level,) * len(stays)
        truth = np.mean([payments(utility, profile, seed=seed).payments for seed in range(12)], axis=0)
        for budget in budgets:
            found = {
                method: statistics.median(
                    float(np.linalg.norm(paid.payments - truth) / np.linalg.norm(truth))
                    for seed in track(range(seeds), f"{name}, {budget}, {method}")
                    for paid in [payments(utility, profile, method=method, budget=budget, seed=seed)]
                )
                for method in ("surrogate", "size-stratified", "permutation")
            }
            yield at_least(
                f"54 hospitals, {name}, {budget} evaluations: error of the better sampler over ours",
                min(found["size-stratified"], found["permutation"]) / found["surrogate"], 3.0, "x",
                "size-stratified, permutation", ", ".join(f"{method} {missed:.4f}" for method, missed in found.items()),
            )  # fmt: skip


def _boxed(utility: FloatArray, samples: FloatArray) -> BlackBoxUtility:
    return BlackBoxUtility(
        lambda place: float(utility[tuple(map(int, place))]), [0, 1], users=Users(samples=samples), baseline=0
    )


def _example() -> Any:
    spec = importlib.util.spec_from_file_location("digits_of_eight", ROOT / "examples" / "04_digits.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
