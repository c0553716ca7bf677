"""Refusals survive any size: numbers with more digits than Python writes or floats hold are told by their size."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import fairgames as fg
from fairgames import memory
from fairgames.mechanism import upper_bound
from fairgames.text import how_many, shown
from fairgames.valuation import AlphaOfUtility

ROOT = Path(fg.__file__).parent


@pytest.fixture(scope="module", params=[700, 20_000])
def game(request: pytest.FixtureRequest) -> fg.PaymentGame:
    """Users alike: 3^700 is beyond float64, 3^20,000 has 9,543 digits."""
    n = request.param
    return fg.PaymentGame(fg.LinearLaplace(n, [0, 1, 2]), fg.Users(sensitivity=[[0, 0.1, 0.2]] * n))


ASKED: dict[str, Callable[[fg.PaymentGame], object]] = {
    "U": lambda game: game.utility.values([range(3)] * len(game.users)),
    "rational U": lambda game: game.utility.exact_values([range(3)] * len(game.users)),
    "pure": fg.pure_equilibria,
    "at a share": lambda game: fg.equilibria_at(game, AlphaOfUtility([(0, "1/2")])),
    "landscape": fg.landscape,
    "normal form": lambda game: game.at("1/2"),
    "all payments": lambda game: game.payments("1/2"),
    "tensors": lambda game: game.potential,
}


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_too_large_is_refused(game: fg.PaymentGame, asked: str) -> None:
    with pytest.raises(fg.TooLargeError, match=r"10\^\d+"):
        ASKED[asked](game)


class Unknown(fg.Utility):
    """Nothing is said of it but that it is there."""

    kind = "unknown"
    rounding = 0.0

    def _block(self, axes):
        raise AssertionError("nobody needs a value to see that there are too many")


def test_an_upper_bound_without_bound() -> None:
    n = 20_000
    found = upper_bound(fg.PaymentGame(Unknown(n, [0, 1]), fg.Users(sensitivity=[[0, 0.1]] * n)))
    assert found.why.startswith("no bound: about 10^6020 profiles of a unknown utility are too many")
    assert found.value == math.inf


def test_sizes_of_any_length() -> None:
    """3^100,000: its logarithm is 47,712.1."""
    assert how_many(3**100_000) == "about 10^47712"
    assert memory.human(3**100_000) == "about 10^47712 B"
    assert [shown(value) for value in (10**5000, -(10**5000), 1e308, "x" * 200)] == [
        "about 10^5000", "-about 10^5000", "1e+308", "'" + "x" * 27 + "..." + "x" * 28 + "'",
    ]  # fmt: skip


def test_every_count_goes_through_how_many() -> None:
    """Python writes no integer of more than 4,300 digits: only lengths, constants and the like may be written as is."""
    found = []
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
                spec = "".join(str(part.value) for part in node.format_spec.values if isinstance(part, ast.Constant))
                if spec == "," and not _is_small(node.value):
                    found.append(f"{path.relative_to(ROOT)}: {ast.unparse(node.value)}")
    assert sorted(set(found) - SMALL) == []


#: Numbers of things that are held in memory, one by one.
SMALL = {
    "cli/export.py: answer['profiles']",
    "cli/export.py: answer['bytes']",
    "cli/fit.py: fitted.n_samples_all",
    "cli/fit.py: number",
    "cli/payments.py: sizes[key] - 1",
    "cli/sweep.py: found.computed",
    "cli/sweep.py: found.errors",
    "cli/sweep.py: found.resumed",
    "mechanism/path_result.py: self.looked_at",
    "reading/faults.py: self._unread",
    "solvers/answers.py: self._longest",
    "solvers/answers.py: self._most",
    "solvers/verification.py: certified",
    "solvers/verification.py: ours",
    "sweep/run.py: count",
    "text.py: len(text) - longest",
    "text.py: round(value)",  # below 10**15
    "text.py: whole",  # below 2**1023
    "mechanism/budgeted/result.py: self.evaluations",
    "mechanism/budgeted/result.py: self.more",
    "valuation/methods/truncated_counts/payments.py: kinds",
    "valuation/methods/binned.py: distinct",
    "valuation/methods/binned.py: question.n_sharing",
    "valuation/methods/exponential_sums/deviation_values.py: size",
    "valuation/methods/exponential_sums/precomputed.py: size",
    "valuation/methods/exponential_sums/profile_sums.py: shape[0]",
    "valuation/methods/exponential_sums/senders.py: shape[0]",
    "valuation/methods/exponential_sums/senders.py: shape[1]",
    "text.py: profiles",
}


def _is_small(node: ast.expr) -> bool:
    """A length, a constant, or the sum of such."""
    if isinstance(node, ast.BinOp):
        return _is_small(node.left) and _is_small(node.right)
    if isinstance(node, ast.Name):
        return node.id.isupper()
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
    )


def test_ranges_of_too_many_users_are_refused_before_they_are_looked_at(game: fg.PaymentGame) -> None:
    from fairgames.mechanism.robust_design import robust_design

    with pytest.raises(fg.TooLargeError, match=r"Intervals of about 10\^\d+ profiles"):
        robust_design(game, high=[])  # the ranges do not fit, which is told of games that do
