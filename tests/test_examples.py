"""Each example runs as a script, from a folder that is not its own."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2, nbinom

from tests.chances import ONCE_IN_A_MILLION

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("[0-9]*.py"))


STAYS = next(path for path in EXAMPLES if path.name.startswith("07"))
PRIVATE = next(path for path in EXAMPLES if path.name.startswith("08"))


@pytest.mark.parametrize("example", [path for path in EXAMPLES if path != STAYS], ids=lambda path: path.name)
def test_example_runs(example: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    fewer = ["--budget", "150"] if example == PRIVATE else []  # its 400 trainings take half a minute
    run = subprocess.run(
        [sys.executable, example, *fewer], cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False
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


def test_private_sums_keep_what_they_promise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Replacing an image moves the sums by less than the noise is made for, in integers; and there is as much noise."""
    pytest.importorskip("opendp")
    monkeypatch.syspath_prepend(str(EXAMPLES[0].parent))
    private, random = import_module(PRIVATE.stem), np.random.default_rng(4)
    corners = np.where(random.random((60, 64)) < 0.5, 0, 16)
    images = private._whole(np.vstack([random.integers(0, 17, (60, 64)), corners, np.zeros((1, 64)), np.eye(64)]))
    labels = private.NORM * np.eye(10, dtype=int)[random.integers(0, 10, len(images))]
    one_by_one = [private._sums(image[None], label[None]) for image, label in zip(images, labels, strict=True)]
    for one, other in zip(one_by_one, one_by_one[1:] + one_by_one[:1], strict=True):
        assert sum(int(step) ** 2 for step in (one - other).ravel()) <= private.DISTANCE**2
    assert private.DISTANCE / np.sqrt(2 * float(private.RHO)) <= private.SIGMA

    sums = np.array([sum(one_by_one)])
    found = private.released(sums, tmp_path / "private.npy")
    assert (private.released(sums + 1, tmp_path / "private.npy") == found).all()  # not drawn again
    noise = (found - sums)[0]
    d = noise.shape[1] - 10
    assert not np.tril(noise[:, :d], -1).any()  # nothing else comes out
    drawn = np.concatenate([noise[:, :d][np.triu_indices(d)], noise[:, d:].ravel()])
    chance = chi2(len(drawn)).cdf(float(np.sum((drawn / private.SIGMA) ** 2)))
    assert ONCE_IN_A_MILLION / 2 < chance < 1 - ONCE_IN_A_MILLION / 2

    monkeypatch.setattr(private, "SIGMA", 0.99 * private.SIGMA)
    with pytest.raises(private.PrivacyError, match="promised was 1/2"):
        private.released(sums, tmp_path / "less.npy")
