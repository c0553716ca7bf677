"""The answer at one point as a row of plain values; and batches of points, as worker processes take them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames import version
from fairgames.errors import InputError, NoAnswerError, TooLargeError
from fairgames.game import PaymentGame
from fairgames.mechanism import Design, PlanDesign, Scope, design
from fairgames.sweep.columns import ANSWER, Row


@dataclass(frozen=True)
class PointRequest:
    """What is asked at every point; see :func:`fairgames.design`.

    ``rule`` is None where the scenario's holds; ``exact`` asks for rationals, written "p/q".
    """

    scope: Scope = "auto"
    selection: str = "best"
    budget: Fraction | None = None
    rule: str | None = None
    exact: bool = False


@dataclass(frozen=True, eq=False)
class Batch:
    """Some points: for each its index in the grid and its game, with nothing computed yet."""

    points: Sequence[tuple[int, PaymentGame]]
    question: PointRequest


@dataclass(frozen=True)
class BatchAnswers:
    """The rows of a batch by index, the time they took, and the fairgames that computed them."""

    rows: dict[int, Row]
    seconds: float
    version: str


def answers(batch: Batch) -> BatchAnswers:
    """Work through a batch; runs in whatever process it is sent to."""
    begun = time.perf_counter()
    rows = {index: row_of(game, batch.question) for index, game in batch.points}
    return BatchAnswers(rows, time.perf_counter() - begun, version.__version__)


def row_of(game: PaymentGame, question: PointRequest) -> Row:
    """The platform's best share at one point, or why there is none, under ``error``.

    Numbers are floats; with ``question.exact`` strings, "p/q" where rational.
    """
    try:
        found = design(game, question.selection, question.budget, scope=question.scope)
        warnings = tuple(dict.fromkeys((*game.warnings(), *found.warnings)))
    except (NoAnswerError, TooLargeError, InputError) as error:
        return {"error": str(error)}
    plan = {"plan": found.plan} if isinstance(found, PlanDesign) else {}
    values = {**_answer(found), "warnings": warnings, **plan, **_flat(found.facts()), "error": None}
    return {name: _plain(value, ANSWER.get(name, ""), question.exact) for name, value in values.items()}


def _answer(found: Design) -> dict[str, Any]:
    low, high = found.choice.interval or (None, None)
    return {
        "alpha": found.alpha,
        "platform_utility": found.platform_utility,
        "utility": found.utility,
        "profile": found.profile,
        "strategies": found.strategies,
        "payments": found.payments,
        "regret": found.regret,
        "regret_bound": found.regret_bound,
        "interval_low": low,
        "interval_high": high,
        "attained": found.choice.attained,
        "scope": found.scope,
        "selection": found.selection,
        "rule": found.rule,
        "ties": len(found.ties),
        "equilibrium_profiles": found.equilibrium_profiles,
        "exact": found.exact,
        "certain": found.certain,
        "undecided": found.undecided,
    }


def _flat(facts: Mapping[str, object]) -> dict[str, object]:
    """A table within is spread over columns: ``assumption_1.holds``."""
    flat: dict[str, object] = {}
    for name, value in facts.items():
        inner = _flat(value) if isinstance(value, Mapping) else None
        flat |= {name: value} if inner is None else {f"{name}.{part}": entry for part, entry in inner.items()}
    return flat


def _plain(value: Any, kind: str, exact: bool) -> Any:
    """Python's own numbers, text and lists; in exact arithmetic ``number`` may come as ``int`` too."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(entry, kind[1:-1], exact) for entry in value]
    if isinstance(value, Fraction | float) or (kind == "number" and value is not None):
        return str(value) if exact else float(value)
    return value
