"""Levels by their names, and money with its currency and thousands, in every table and picture."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import fairgames as fg
from fairgames.cli import cli
from tests.scenarios import federated, user, written

SCENARIO = federated(
    user("clinic", 100, [0, 300000, 600000], count=2),
    user("lab", 7, [0, 200000, 900000]),
    level_names=["nothing", "aggregate", "mean"],
    scale=20000000,
    currency="EUR",
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return written(tmp_path, SCENARIO)


def said(*arguments: str) -> str:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


TABLES = {
    "payments": ("--profile", "2,2,1"),
    "design": (),
    "design in ranges": ("--uncertainty", "0.01"),
    "equilibria": ("--alpha", "1/2"),
    "equilibria by responses": ("--alpha", "1/2", "--solver", "fairgames:best-response"),
}


@pytest.mark.parametrize("command", TABLES)
def test_tables(path: str, command: str) -> None:
    text = said(command.split(maxsplit=1)[0], path, *TABLES[command])
    assert "EUR" in text
    assert "e+" not in text
    assert "mean" in text
    assert "│     2 " not in text


def test_a_regret_within_its_error_is_none(path: str) -> None:
    """Digits within the error mean nothing, in the table and in the sentences."""
    scenario = fg.load(path)
    best = fg.design(fg.PaymentGame(scenario.utility, scenario.users))
    for part, told in ((Fraction(1, 2), "0"), (2, f"{2 * best.regret_bound:.6g}")):
        off = replace(best, regrets=np.full(3, float(part * Fraction(best.regret_bound))))
        assert f"largest regret {told}" in off.headline()


def test_two_answers_side_by_side(path: str) -> None:
    text = said("compare", path, path)
    assert text.count("EUR") >= 6
    assert "aggregate" in text or "mean" in text


def test_amounts_have_thousands(path: str) -> None:
    """As many digits before the point as the JSON answer has."""
    kept = json.loads(said("design", path, "--json"))["platform_utility"]
    assert f"keeps {round(kept):,} EUR" in said("design", path)
    assert kept > 1e6


@pytest.mark.parametrize("picture", ["landscape", "payments", "branches", "sensitivities", "paths", "played"])
def test_pictures(path: str, tmp_path: Path, picture: str) -> None:
    said("plot", path, picture, "-o", str(tmp_path / "picture.svg"))
    drawn = (tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert "mean" in drawn or picture == "branches"  # which names no profiles where they are many
    assert "EUR" in drawn


def test_a_game_file_has_the_names(path: str, tmp_path: Path) -> None:
    said("export", path, "--alpha", "1/2", "-o", str(tmp_path / "game.nfg"))
    assert "aggregate" in (tmp_path / "game.nfg").read_text(encoding="utf-8")
