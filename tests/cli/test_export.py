"""``fairgames export``, and the how-to that shows it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fairgames.cli import cli
from fairgames.errors import FairgamesError, InputError
from fairgames.games import certify
from fairgames.games.files import open_file, read
from tests.game_files import gambit_payoffs
from tests.scenarios import CLINICS, KNIFE_EDGE, written

ROOT = Path(__file__).parents[2]

AMPERSAND = KNIFE_EDGE.replace("one", "Ann & Bob")


@pytest.fixture
def knife_edge(tmp_path: Path) -> str:
    return written(tmp_path, AMPERSAND)


@pytest.fixture
def clinics(tmp_path: Path) -> str:
    return written(tmp_path, CLINICS)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["export", *arguments])


def answer(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(*arguments: str) -> FairgamesError:
    error = run(*arguments).exception
    assert isinstance(error, FairgamesError)
    return error


def test_keys(clinics: str, tmp_path: Path):
    output = tmp_path / "game.nfg"
    found = answer(clinics, "--alpha", "1/4", "-o", str(output))
    assert found == {
        "output": str(output),
        "format": "nfg",
        "players": 3,
        "profiles": 27,
        "exact": False,
        "bytes": output.stat().st_size,
        "equilibria": 0,
        "note": None,
        "certain": True,
        "warnings": [],
    }
    assert read(output).players == ("clinic-1", "clinic-2", "hospital")


def test_the_knife_edge_shows_its_mixed_equilibrium(knife_edge: str, tmp_path: Path):
    """Two users: all solvers by default, and exact equilibria as fractions."""
    output = tmp_path / "game.gbt"
    found = answer(knife_edge, "--alpha", "3/5", "-o", str(output))
    assert (found["format"], found["exact"]) == ("gbt", True)
    profiles = [profile.text for profile in ET.parse(output).getroot().iter("profile")]
    assert len(profiles) == found["equilibria"] >= 3
    assert "1/5,4/5,0,1" in profiles
    held = open_file(output)
    assert held.game.players == ("Ann & Bob", "two")
    assert all(certify(held.game, profile).regret == 0 for profile in held.equilibria)


def test_gambit_reads_the_payoffs(knife_edge: str, tmp_path: Path):
    pygambit = pytest.importorskip("pygambit")
    for suffix, reader in ((".nfg", pygambit.read_nfg), (".gbt", pygambit.read_gbt)):
        output = tmp_path / f"game{suffix}"
        answer(knife_edge, "--alpha", "3/5", "-o", str(output))
        paid = gambit_payoffs(reader(str(output)), (2, 2))
        # Together each is paid 3/5·1/2, alone 3/5·2/3.
        assert paid[1, 1].tolist() == [Fraction(0), Fraction(3, 10) - Fraction(8, 25)]
        assert paid[1, 0].tolist() == [Fraction(2, 5) - Fraction(3, 10), 0]


def test_many_users_show_their_pure_equilibria(clinics: str, tmp_path: Path):
    output = tmp_path / "game.json"
    found = answer(clinics, "--alpha", "1/4", "-o", str(output))
    message = json.loads(output.read_text())
    assert found["equilibria"] == len(message["equilibria"]) > 0
    assert message["provenance"]["scenario"] == "scenario.toml"
    assert (message["provenance"]["alpha"], message["provenance"]["rule"]) == ("1/4", "users")
    assert message["provenance"]["solvers"] == ["fairgames:pure"]
    assert str(tmp_path) not in output.read_text()
    assert all(equilibrium["regret"] <= 1e-9 for equilibrium in message["equilibria"])


def test_solvers_are_chosen(knife_edge: str, tmp_path: Path):
    output = str(tmp_path / "game.gbt")
    pure = answer(knife_edge, "--alpha", "3/5", "-o", output, "--solver", "fairgames:pure")["equilibria"]
    assert 0 < pure < answer(knife_edge, "--alpha", "3/5", "-o", output)["equilibria"]
    assert answer(knife_edge, "--alpha", "3/5", "-o", output, "--solver", "none")["equilibria"] == 0
    assert "nashpy" in str(refused(knife_edge, "--alpha", "3/5", "-o", output, "--solver", "nashpi"))
    assert "none stands alone" in str(
        refused(knife_edge, "--alpha", "3/5", "-o", output, "--solver", "none", "--solver", "nashpy")
    )


def test_solvers_need_a_place(knife_edge: str, tmp_path: Path):
    error = refused(knife_edge, "--alpha", "1", "-o", str(tmp_path / "game.nfg"), "--solver", "nashpy")
    assert "write .gbt or .json" in str(error)


def test_rules_and_shares(knife_edge: str, tmp_path: Path):
    output = str(tmp_path / "game.json")
    answer(knife_edge, "--rule", "coalition", "-o", output)
    assert open_file(output).game.payoffs[1, 1].tolist() == [
        Fraction(2, 9) - Fraction(3, 10),
        Fraction(2, 9) - Fraction(8, 25),
    ]
    assert open_file(output).provenance["alpha"] is None
    assert "has no share" in str(refused(knife_edge, "--rule", "coalition", "--alpha", "1", "-o", output))
    assert "--alpha" in str(refused(knife_edge, "-o", output))
    of_utility = written(tmp_path, KNIFE_EDGE + "[payment]\nalpha_of_utility = [[0, 0], [1, 0.5]]\n")
    answer(of_utility, "-o", output)
    assert open_file(output).provenance["alpha"] == {"points": [["0", "0"], ["1", "1/2"]], "step": False}
    assert open_file(output).game.payoffs[1, 0, 0] == Fraction(2, 9) - Fraction(3, 10)


def test_gam_says_what_it_loses(knife_edge: str, tmp_path: Path):
    found = answer(knife_edge, "--alpha", "3/5", "-o", str(tmp_path / "game.gam"))
    assert "nearest" in found["note"]


def test_decimals_for_gambits_windows(clinics: str, tmp_path: Path):
    """Float payoffs in .gbt are rounded unless all digits are asked for; other formats keep theirs unless asked."""
    output = tmp_path / "game.gbt"
    found = answer(clinics, "--alpha", "1/4", "-o", str(output))
    assert (found["exact"], found["equilibria_kept"], found["compared"]) == (True, True, "pure")
    assert found["ties_broken"] == []
    held = open_file(output)
    assert all(value.denominator <= 10 ** found["decimals"] for value in held.game.payoffs.flat)
    full = answer(clinics, "--alpha", "1/4", "-o", str(output), "--decimals", "full")
    assert not full["exact"]
    assert "decimals" not in full
    payoffs = open_file(output).game.payoffs
    units = 10 ** found["decimals"]
    assert max(abs(Fraction(a) - b) for a, b in zip(payoffs.flat, held.game.payoffs.flat, strict=True)) <= Fraction(
        1, 2 * units
    )
    none = answer(clinics, "--alpha", "1/4", "-o", str(tmp_path / "game.nfg"), "--decimals", "0")
    assert all(value.denominator == 1 for value in read(tmp_path / "game.nfg").payoffs.flat)
    assert none["ties_made"], "coarse"
    told = none["ties_made"][0]
    assert set(told) == {"player", "strategies", "profile", "difference", "within_error"}
    shown = run(clinics, "--alpha", "1/4", "-o", str(output), "--decimals", "0").stdout
    assert f"Ties made, of payoffs that differ: {len(none['ties_made'])}" in shown


@pytest.mark.parametrize("decimals", ["-1", "two", "2.5", "99999", ""])
def test_decimals_that_are_none(clinics: str, tmp_path: Path, decimals: str):
    error = refused(clinics, "--alpha", "1/4", "-o", str(tmp_path / "g.gbt"), f"--decimals={decimals}")
    assert "expected a whole number ≥ 0, or full" in str(error)


def test_windows_are_warned_of_from_6561_profiles(tmp_path: Path):
    many = CLINICS.replace("count = 2", "count = 7")
    note = answer(written(tmp_path, many), "--alpha", "1/4", "-o", str(tmp_path / "g.gbt"), "--solver", "none")["note"]
    assert "6,561 profiles are many for Gambit's windows" in note
    assert "59,049  105 s" in note
    assert answer(str(tmp_path / "scenario.toml"), "--alpha", "1/4", "-o", str(tmp_path / "g.nfg"))["note"] is None


@pytest.mark.parametrize(
    ("name", "hint"), [("game.nfx", "did you mean .nfg?"), ("game.efg", ".gbt"), ("game", ".json")]
)
def test_unknown_formats_are_refused_first(name: str, hint: str, tmp_path: Path):
    """Before the scenario is even looked for."""
    error = refused("nowhere.toml", "-o", str(tmp_path / name))
    assert isinstance(error, InputError)
    assert hint in str(error)


def test_exact_is_an_order(clinics: str, tmp_path: Path):
    error = refused(clinics, "--alpha", "1", "--exact", "-o", str(tmp_path / "game.nfg"))
    assert "not rational" in str(error)


def test_large_games_say_how_long_gambit_may_take(tmp_path: Path):
    many = CLINICS.replace("count = 2", "count = 8")
    found = answer(written(tmp_path, many), "--alpha", "1/4", "-o", str(tmp_path / "game.nfg"))
    assert found["profiles"] == 19_683
    assert "19,683 profiles are many for Gambit" in found["note"]
    assert "estimate" in found["note"]
    shown = run(str(tmp_path / "scenario.toml"), "--alpha", "1/4", "-o", str(tmp_path / "game.gbt"))
    assert "9 players, 19,683 profiles" in shown.stdout
    assert "equilibria" in shown.stdout
    assert "estimate" in shown.stdout
