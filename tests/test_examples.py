"""Each example runs as a script, from a folder that is not its own."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import nbinom

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("[0-9]*.py"))


STAYS = next(path for path in EXAMPLES if path.name.startswith("07"))


@pytest.mark.parametrize("example", [path for path in EXAMPLES if path != STAYS], ids=lambda path: path.name)
def test_example_runs(example: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = subprocess.run(
        [sys.executable, example], cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout


def test_there_are_examples_and_each_has_a_number_of_its_own() -> None:
    assert len({path.name[:2] for path in EXAMPLES}) == len(EXAMPLES) > 0


def test_stays_are_fitted_by_their_greatest_penalised_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against SciPy's own negative binomial: no step in any direction is likelier; then nothing is fitted again."""
    monkeypatch.syspath_prepend(str(EXAMPLES[0].parent))
    stays = import_module(STAYS.stem).Stays()
    (mean, dispersion), means = stays._fit((0, 4, 6))
    tables, days = np.vstack([stays._train[[0, 4, 6]], stays._prior]), np.arange(stays._train.shape[1])
    at = np.array([dispersion, mean, *(means - mean)])

    def likelihood(place: np.ndarray) -> float:
        theta = np.exp(place[0])
        of_hospital = place[1] + np.array([*place[2:], 0.0])
        logs = nbinom.logpmf(days, theta, theta / (theta + np.exp(of_hospital)[:, None]))
        return float((tables * logs).sum() - (place[2:] ** 2).sum() / (2 * 0.1))

    best = likelihood(at)
    for step in np.eye(len(at)) * 1e-3:
        assert max(likelihood(at + step), likelihood(at - step)) < best


def test_a_full_store_trains_nothing(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    runs = [
        subprocess.run([sys.executable, STAYS, tmp_path], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0].startswith("6,560 of 6,561 profiles are trained, 6,560 of them now.")
    assert runs[1] == runs[0].replace("6,560 of them now", "0 of them now")
    assert {path.name for path in tmp_path.iterdir()} == {"stays.sqlite", "stays-payments.png", "stays-landscape.png"}
