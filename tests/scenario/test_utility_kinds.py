"""A kind of utility in scenario files that another package announces."""

from __future__ import annotations

from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from fairgames import payments
from fairgames.errors import ScenarioError
from fairgames.scenario import load, utility_kinds

SCENARIO = """
[utility]
kind = "halving"
levels = [0, 0.001]
{own}

[[users]]
name = "hospital"
count = 90
sensitivity = [0, 0.0001]
level = 0.001
"""


@pytest.fixture
def announce(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "engines_for_tests"))

    def add(*sources: str) -> None:
        points = tuple(EntryPoint(f"package-{k}", source, utility_kinds.GROUP) for k, source in enumerate(sources))
        monkeypatch.setattr(metadata, "entry_points", lambda group: points if group == utility_kinds.GROUP else ())

    return add


def written(folder: Path, own: str) -> Path:
    path = folder / "own.toml"
    path.write_text(SCENARIO.format(own=own), encoding="utf-8")
    return path


def test_a_package_of_somebody_elses_serves_toml(announce, tmp_path):
    """All users are alike, so each is paid a 90th of U = 1 − 2^(−90·0.5·0.001)."""
    announce("fairgames_halving:kinds")
    scenario = load(written(tmp_path, "rate = 0.5\ntypes = 3\nscale = 10"))
    assert scenario.utility.kind == "halving"
    assert scenario.utility.n_users == 90
    found = payments(scenario.utility, scenario.profile)
    assert found.payments == pytest.approx(np.full(90, 10 * (1 - 2**-0.045) / 90), abs=1e-12)


@pytest.mark.parametrize(
    ("own", "key"),
    [
        ("rate = -1", "utility.rate: got -1, expected a number > 0"),
        ("rat = 1", "utility.rat: unknown key, expected rate"),
    ],
)
def test_errors_name_file_and_key(announce, tmp_path, own, key):
    announce("fairgames_halving:kinds")
    path = written(tmp_path, own)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert f"{path}: {key}" in str(caught.value)


def test_an_unknown_kind_tells_what_there_is_and_what_is_broken(announce, tmp_path):
    announce("fairgames_halving:kinds", "fairgames_halving:Halving", "no_such_module:kinds")
    path = written(tmp_path, "")
    path.write_text(path.read_text(encoding="utf-8").replace('"halving"', '"halfing"'), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    said = str(caught.value)
    assert '"halving" (did you mean that?)' in said
    assert '"linear-laplace"' in said
    assert "no_such_module" in said
    assert "fairgames_halving:Halving" in said


def test_a_kind_that_builds_something_else_is_told(announce, tmp_path, monkeypatch):
    announce("fairgames_halving:kinds")
    import fairgames_halving

    monkeypatch.setattr(fairgames_halving, "build", lambda table, users: 3)
    with pytest.raises(ScenarioError, match=r"utility\.kind: 'halving' builds 3, expected a fairgames.Utility"):
        load(written(tmp_path, ""))


def test_our_own_kinds_are_in_the_same_table():
    assert set(utility_kinds.BUILTIN) == {"federated-mean", "linear-laplace", "table", "evaluations"}
