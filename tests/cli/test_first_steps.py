"""What somebody meets first: help with examples that run, in the order of their use, and a scenario to fill in."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import fairgames as fg
from fairgames.cli import _COMMANDS, cli
from fairgames.cli.examples import EXAMPLES, FIRST_STEPS
from fairgames.errors import InputError
from fairgames.games.files import write
from fairgames.scenario.template import TEMPLATE
from fairgames.version import __version__
from tests.scenario_keys import KEYS

MEDPAR = Path(__file__).parents[2] / "examples" / "medpar.csv"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_every_command_has_an_example_in_its_help() -> None:
    assert set(EXAMPLES) == set(_COMMANDS)
    for name, example in EXAMPLES.items():
        assert example.startswith(f"fairgames {name} ")
        for shown in (run(name, "--help"), run("help", name)):
            assert (shown.exit_code, example in shown.output) == (0, True)


def test_the_examples_run_in_the_order_of_their_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = MEDPAR.read_text(encoding="utf-8").replace("provider,los", "clinic,days").splitlines()[:120]
    (tmp_path / "data.csv").write_text("\n".join(rows), encoding="utf-8")
    fg.BlackBoxUtility(lambda levels: float(sum(levels)), levels=[0, 1], n_users=2, name="mine", version="1",
                       store="runs.db").at((1, 0))  # fmt: skip
    (tmp_path / "observations.csv").write_text("alpha,north,south-1,south-2\n1/5,2,2,1\n", encoding="utf-8")
    write(fg.NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]]), "game.nfg")
    for name, example in EXAMPLES.items():
        if name == "explore":
            continue  # it serves until ^C
        result = run(*shlex.split(example.removeprefix("fairgames ")))
        assert result.exit_code == 0, (example, result.output, result.exception)
    for made in ("clinics.toml", "fitted.toml", "answer.json", "landscape.svg", "clinics.gbt", "sweep.csv", "papers"):
        assert Path(made).exists(), made


def test_the_first_steps_run_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    steps = re.findall(r"^  fairgames (.*?)  +", FIRST_STEPS, flags=re.MULTILINE)
    assert len(steps) == 4
    for step in steps:
        assert run(*shlex.split(step.replace("COMMAND", "design"))).exit_code == 0, step
    shown = run("--help").output
    assert all(f"fairgames {step}" in shown for step in steps)
    assert run("help").output == shown


def test_help_for_a_command_that_is_none_suggests_the_nearest() -> None:
    result = run("help", "desing")
    assert (result.exit_code, "did you mean 'design'?" in result.output) == (2, True)


def test_version() -> None:
    assert run("--version").output == f"fairgames, version {__version__}\n"


def test_init_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert json.loads(run("init", str(path), "--json").stdout)["output"] == str(path)
    assert path.read_text(encoding="utf-8") == TEMPLATE
    path.write_text("mine", encoding="utf-8")
    result = run("init", str(path))
    assert isinstance(result.exception, InputError)
    assert "is there already, and is not replaced" in str(result.exception)
    assert path.read_text(encoding="utf-8") == "mine"
    assert "expected .toml, such as mine.toml" in str(run("init", str(tmp_path / "mine.txt")).exception)


def test_the_template_loads_without_a_warning_and_with_every_option(tmp_path: Path) -> None:
    path = tmp_path / "clinics.toml"
    path.write_text(TEMPLATE, encoding="utf-8")
    plain = fg.load(path)
    assert (plain.users.names, plain.warnings) == (("north", "south-1", "south-2"), ())
    everything = re.sub(r"^#: ", "", TEMPLATE, flags=re.MULTILINE)
    path.write_text(everything, encoding="utf-8")
    full = fg.load(path)
    assert (full.users.names, full.currency, full.utility.utility.scale) == (
        ("north", "both in the south"),
        "EUR",
        1000,
    )
    tables = tomllib.loads(everything)
    given = {
        "[utility]": set(tables["utility"]),
        "[payment]": set(tables["payment"]),
        "[[users]]": set().union(*tables["users"]),
        "[[groups]]": set().union(*tables["groups"]),
    }
    for table, keys in given.items():
        missing = {key for key, kinds in KEYS[table].items() if not kinds or "federated-mean" in kinds} - keys
        missing -= {"private", "sensitivity_range"}  # what stands in place of sensitivity
        assert missing == set(), table
