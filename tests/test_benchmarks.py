"""The benchmarks run and say what they measured; whether a target is met is theirs to say, not a test's."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import typing
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.{name}")


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_benchmark_is_registered() -> None:
    result = _module("measure").Result
    registered = {benchmark.run for benchmark in _module("registry").BENCHMARKS.values()}
    for path in (ROOT / "benchmarks").glob("[!_]*.py"):
        module = _module(path.stem)
        public = {value for name, value in vars(module).items() if not name.startswith("_") and callable(value)}
        own = {value for value in public if getattr(value, "__module__", None) == module.__name__}
        measuring = {value for value in own if typing.get_args(typing.get_type_hints(value).get("return")) == (result,)}
        assert measuring <= registered, path.name


def test_list_names_every_benchmark() -> None:
    listed = _command("--list")
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(_module("registry").BENCHMARKS)


def test_unknown_name_suggests_the_nearest() -> None:
    refused = _command("potentail")
    assert refused.returncode == 2
    assert "did you mean 'potential'?" in refused.stderr


def test_json_is_one_object_with_every_field() -> None:
    measured = _command("refusal", "--json")
    assert measured.returncode in (0, 1), measured.stderr
    answer = json.loads(measured.stdout)
    assert answer["machine"]["cores"] > 0
    assert len(answer["results"]) == 3
    for result in answer["results"]:
        assert result["benchmark"] == "refusal"
        assert result["peer"]
        assert result["passed"] is (result["measured"] <= result["target"])
        assert result["name"] in measured.stderr


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("potential", "potential_of_all"),
        ("payments", "payments_of_all"),
        ("design", "intervals"),
        ("grid", "algorithm_1"),
        ("estimators", "closed_forms"),
    ],
)
def test_a_tiny_run(module: str, function: str) -> None:
    for result in getattr(_module(module), function)(n=3, rounds=1):
        assert result.measured >= 0
        assert (result.passed is None) == (result.target is None)


def test_whole_design_reports_its_stages() -> None:
    found = _module("design").whole_design(3, 2)
    assert found["profiles"] == 8
    assert [stage["name"] for stage in found["stages"]] == ["U and P", "intervals and choice"]
    assert found["peak"] > 0


def test_medians_run_every_work_once_a_round() -> None:
    calls: list[str] = []
    took = _module("measure").medians({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3)
    assert sorted(took) == ["a", "b"]
    assert calls == ["b", "a", "a", "b", "b", "a", "a", "b"]


def test_what_is_not_refused_is_an_error() -> None:
    refusal = _module("refusal")
    with pytest.raises(RuntimeError, match="not refused"):
        refusal._refused(lambda: None)()


def test_a_failing_child_says_why() -> None:
    with pytest.raises(RuntimeError, match="no-such-file"):
        _module("measure").run([sys.executable, "no-such-file"])
