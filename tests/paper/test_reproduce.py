"""Examples and figures of the papers: their data against closed forms and definitions, and the pictures."""

from __future__ import annotations

import csv
import json
import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import fairgames as fg
from fairgames import paper, progress
from fairgames.cli import main
from fairgames.cli.reproduce import command
from tests import federation_oracle, oracles

pytest.importorskip("matplotlib")

THIRD, HALF = Fraction(1, 3), Fraction(1, 2)
FIGURES = ("fig4", "fig5a", "fig5b", "fig6", "fig7a", "fig7b", "fig8", "fig9")
EXAMPLES = ("eq10-12", "eq37", "table1", "eq91-97")

#: The ten users of Section 4.1, in the order of the figures' data.
LEVELS = (2, 2, 2, 2, 1, 1, 1, 1, 1, 0)
SAMPLES = (100, 10, 10, 10, 100, 10, 10, 10, 10, 10)
KINDS = "ABBBCDDDDE"


@dataclass(frozen=True)
class Written:
    """What ``fairgames reproduce`` wrote."""

    directory: Path

    def json(self, name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.directory / f"{name}.json").read_text("utf-8"))
        return loaded

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.directory / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def sentences(self, name: str) -> dict[str, bool]:
        return {one["says"]: one["holds"] for one in self.json(name)["sentences"]}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    directory = tmp_path_factory.mktemp("paper")
    paper.reproduce([*EXAMPLES, *FIGURES], directory)
    return Written(directory)


# Examples -------------------------------------------------------------------------------------


def test_equations_10_to_12(written: Written) -> None:
    found: dict[str, dict[tuple[bool, bool], Fraction]] = {}
    for row in written.rows("eq10-12"):
        place = (row["epsilon_1"] == "inf", row["epsilon_2"] == "inf")
        found.setdefault(row["matrix"], {})[place] = Fraction(row["exact"])
        assert float(row["value"]) == float(Fraction(row["exact"]))
    none, second, first, both = (False, False), (False, True), (True, False), (True, True)
    assert found["U"] == {none: 0, second: 2 * THIRD, first: 2 * THIRD, both: 1}
    assert found["Phi_p"] == {none: 0, second: THIRD, first: THIRD, both: Fraction(5, 9)}
    assert found["Phi_1^(1)"] == {none: 0, second: 0, first: THIRD, both: Fraction(2, 9)}
    assert found["Phi_2^(1)"] == {none: 0, second: THIRD, first: 0, both: Fraction(2, 9)}
    assert found["Phi_1^(2)"] == {none: 0, second: 0, first: 2 * THIRD, both: HALF}
    assert found["Phi_2^(2)"] == {none: 0, second: 2 * THIRD, first: 0, both: HALF}


def test_equation_37(written: Written) -> None:
    rows = written.rows("eq37")
    assert {"1/2", "1", "3", "inf"} <= {"1/2" if row["epsilon"] == "0.5" else row["epsilon"] for row in rows}
    for row in rows:
        sharing = (row["epsilon_1"] != "0") + (row["epsilon_2"] != "0")
        inverse = Fraction(0) if row["epsilon"] == "inf" else 1 / Fraction(row["epsilon"]) ** 2
        expected = (Fraction(0), 2 / (3 + 24 * inverse), 1 / (1 + 3 * inverse))[sharing]
        assert Fraction(row["exact"]) == expected


def test_table_1(written: Written) -> None:
    rows = {row["level"]: row for row in written.rows("table1")}
    assert [(rows[k]["own_mean_used"], rows[k]["in_aggregate"]) for k in "210"] == [
        ("True", "False"), ("False", "True"), ("False", "False"),
    ]  # fmt: skip
    assert "aggregate" in rows["1"]["platform_gets"]
    assert rows["0"]["platform_gets"] == "nothing"
    assert written.json("table1")["facts"]["group_share"] == 1 / 2  # θ̂_f = (1/N₁) Σ θ̂_i with N₁ = 2


def three_regimes(c: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """(α*, p*, U) by eqs. 97, 95 and 96; nobody is paid at c = 2/3 (Section 5.1)."""
    if c >= 2 * THIRD:
        return Fraction(0), Fraction(1), Fraction(0)
    if c <= THIRD:
        return 2 * c, Fraction(0), Fraction(1)
    alpha = 6 * c / (3 * c + 2)
    return alpha, 6 * c / alpha - 3, 8 * c / alpha - 12 * c**2 / alpha**2


def test_equations_91_to_97(written: Written) -> None:
    found = {(row["quantity"], row["at"]): Fraction(row["exact"]) for row in written.rows("eq91-97")}
    assert [found["U", f"epsilon = {at}"] for at in ("(0, 0)", "(inf, 0)", "(inf, inf)")] == [0, 2 * THIRD, 1]
    assert [found["Phi_1", f"epsilon = {at}"] for at in ("(0, inf)", "(inf, 0)", "(inf, inf)")] == [0, 2 * THIRD, HALF]
    for p in (Fraction(k, 4) for k in range(5)):
        assert found["U(p)", f"p = {p}"] == -(p**2) / 3 - 2 * p / 3 + 1
        assert found["gamma(p)", f"p = {p}"] == HALF + p / 6
    for c in (Fraction(k, 12) for k in range(13)):
        shown = tuple(found[quantity, f"c = {c}"] for quantity in ("alpha*", "p*", "U"))
        assert shown == three_regimes(c), c
    facts = written.json("eq91-97")["facts"]
    assert (facts["gamma_min"], facts["gamma_max"], facts["c_th"]) == (1 / 2, 2 / 3, 1 / 3)


# Fig. 4 ---------------------------------------------------------------------------------------


def test_figure_4_shows_densities_with_the_variances_it_tells(written: Written) -> None:
    facts, rows = written.json("fig4")["facts"], written.rows("fig4")
    for user, (mean, variance) in enumerate(zip(facts["theta"], facts["sigma^2"], strict=True), start=1):
        x, y = (np.array([float(row[key]) for row in rows if int(row["user"]) == user]) for key in ("x", "density"))
        assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-4)
        assert np.trapezoid(x * y, x) == pytest.approx(mean, abs=1e-3)
        assert np.trapezoid((x - mean) ** 2 * y, x) == pytest.approx(variance, abs=1e-3)
    assert facts["s^2"] == np.var(facts["theta"]) > 10 * facts["r^2"] == 10 * np.mean(facts["sigma^2"])


# Fig. 5 ---------------------------------------------------------------------------------------


def importance(star: int | None) -> list[int]:
    return [100 if user == star else 1 for user in range(10)]


def fair_value(federation: federation_oracle.Federation, profile: tuple[int, ...], user: int) -> float:
    """Eq. 7 for one user; coalitions of users alike are worth the same."""
    known: dict[tuple[object, ...], float] = {}

    def utility(one: tuple[int, ...]) -> float:
        alike = tuple(sorted(zip(federation.samples, federation.importance, one, strict=True)))
        if alike not in known:
            known[alike] = federation.utility(one)
        return known[alike]

    total, n = [], len(profile)
    for others in oracles.subsets(other for other in range(n) if other != user):
        gain = utility(oracles.shared_by(profile, (*others, user))) - utility(oracles.shared_by(profile, others))
        total.append(gain / (n * math.comb(n - 1, len(others))))
    return math.fsum(total)


@pytest.mark.parametrize(("name", "stars"), [("fig5a", (None,)), ("fig5b", (0, 5))])
def test_figure_5_by_the_definition(written: Written, name: str, stars: tuple[int | None, ...]) -> None:
    rows = written.rows(name)
    for star in stars:
        between, within = (0.1, 100.0) if star else (100.0, 1.0)
        federation = federation_oracle.Federation(SAMPLES, importance(star), between, within)
        average = federation.utility(LEVELS) / 10
        regime = (str(float(between)), str(float(within)))
        who = ("", "") if star is None else (str(LEVELS[star]), str(SAMPLES[star]))
        keys = ("between", "within", "important_level", "important_samples")
        here = [row for row in rows if tuple(row[key] for key in keys) == (*regime, *who)]
        assert {row["level"] + "," + row["samples"] for row in here} == {"1,10", "1,100", "2,10", "2,100"}
        for row in here:
            like = [u for u in range(10) if (LEVELS[u], SAMPLES[u]) == (int(row["level"]), int(row["samples"]))]
            user = star if row["important"] == "1" else next(u for u in like if u != star)
            assert user is not None
            assert float(row["average"]) == pytest.approx(average, rel=1e-10)
            value = fair_value(federation, LEVELS, user)
            assert float(row["payment"]) == pytest.approx(value, rel=1e-9)
            assert float(row["difference_from_average"]) == pytest.approx(value - average, rel=1e-7)


@pytest.mark.parametrize("name", ["fig5a", "fig5b"])
def test_all_that_the_text_says_of_figure_5_holds(written: Written, name: str) -> None:
    assert all(written.sentences(name).values())
    assert written.json(name)["searched"]["samples of the other users"] == 10


def test_only_one_number_of_samples_fits_the_text(written: Written) -> None:
    tried = written.json("fig5a")["searched"]["sentences that hold for each number tried"]
    everything = len(written.sentences("fig5a"))
    assert {few for few, count in tried.items() if count == everything} == {"10"}


# Figs. 6 and 7 --------------------------------------------------------------------------------


def costs(written: Written, name: str) -> list[list[float]]:
    rows = written.json(name)["searched"]["c_i at levels 0, 1, 2"]
    return [rows[kind] for kind in KINDS]


@pytest.mark.parametrize(("reading", "star"), [("text", None), ("caption", 0)])
def test_figure_6_is_an_equilibrium_by_the_definition(written: Written, reading: str, star: int | None) -> None:
    """Payments at both kinds of deviation from eq. 7, and no deviation gains anything."""
    federation = federation_oracle.Federation(SAMPLES, importance(star), 100.0, 1.0)
    found = {
        (row["kind"], int(row["level"])): float(row["payment"])
        for row in written.rows("fig6") if row["reading"] == reading
    }  # fmt: skip
    for kind in "ACE":
        user = KINDS.index(kind)
        values = [fair_value(federation, (*LEVELS[:user], level, *LEVELS[user + 1 :]), user) for level in (1, 2)]
        assert [found[kind, level] for level in (0, 1, 2)] == pytest.approx([0, *values], rel=1e-8)
    for user, kind in enumerate(KINDS):
        payoffs = [found[kind, level] - costs(written, "fig6")[user][level] for level in range(3)]
        assert payoffs.index(max(payoffs)) == LEVELS[user]
        assert sorted(payoffs)[1] < max(payoffs) - 1e-6
    stars = [row for row in written.rows("fig6") if row["reading"] == reading and row["chosen"] == "1"]
    assert [int(row["level"]) for row in stars for _ in range(int(row["count"]))] == list(LEVELS)


def test_what_cannot_hold_of_figure_6(written: Written) -> None:
    fails = [says for says, holds in written.sentences("fig6").items() if not holds]
    assert len(fails) == 1
    assert "a_i = 1 for all users" in fails[0]


@pytest.fixture(scope="module")
def tables() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """U and φ at all 59,049 profiles, by regime of Fig. 7."""
    found = {}
    for name, between, within in (("fig7a", 0.1, 100.0), ("fig7b", 1e5, 1.0)):
        utilities = federation_oracle.Federation(SAMPLES, [1] * 10, between, within).all_utilities()
        found[name] = (utilities, federation_oracle.values(utilities))
    return found


def test_the_oracle_of_figure_7_is_the_shapley_value(tables: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """The recursion on all profiles against the sum over subsets at one of them."""
    federation = federation_oracle.Federation(SAMPLES, [1] * 10, 0.1, 100.0)
    place = int(np.ravel_multi_index(LEVELS, (3,) * 10))
    for user in (0, 5):
        assert tables["fig7a"][1][place, user] == pytest.approx(fair_value(federation, LEVELS, user), rel=1e-9)


@pytest.mark.parametrize("name", ["fig7a", "fig7b"])
def test_figure_7_by_all_profiles(
    written: Written, tables: dict[str, tuple[np.ndarray, np.ndarray]], name: str
) -> None:
    """Inside each of the intervals: the profile shown is an equilibrium, and none has a higher U."""
    rows = written.rows(name)
    names = [key for key in rows[0] if key.startswith("level_")]
    assert float(rows[0]["alpha_from"]) == 0
    assert float(rows[-1]["alpha_to"]) == 1
    for row in rows:
        alpha = (float(row["alpha_from"]) + float(row["alpha_to"])) / 2
        best, equilibria = federation_oracle.best_equilibrium(*tables[name], costs(written, name), alpha)
        assert float(row["utility"]) == pytest.approx(best, rel=1e-10)
        assert tuple(int(row[key]) for key in names) in equilibria
        assert float(row["platform_from"]) == pytest.approx((1 - float(row["alpha_from"])) * best, rel=1e-10)
    facts = written.json(name)["facts"]
    assert facts["platform_utility"] == pytest.approx(max(float(row["platform_from"]) for row in rows), rel=1e-10)
    assert facts["profile"] in [[int(row[key]) for key in names] for row in rows]


def test_what_the_text_says_of_figure_7(written: Written) -> None:
    """All of Section 4.2 holds together; Appendix D's comment cannot, if it is to be exactly one user."""
    a, b = written.json("fig7a")["facts"], written.json("fig7b")["facts"]
    assert a["profile"] == [int(n == 100) for n in SAMPLES]
    assert sorted(b["profile"]) == [0, 1, *[2] * 8]
    assert b["alpha*"] > a["alpha*"]
    fails = [says for name in ("fig7a", "fig7b") for says, holds in written.sentences(name).items() if not holds]
    assert len(fails) == 1
    assert "exactly one" in fails[0]


# Figs. 8 and 9 --------------------------------------------------------------------------------


def test_figure_8_is_equations_95_to_97(written: Written) -> None:
    rows = written.rows("fig8")
    assert [row["c"] for row in (rows[0], rows[-1])] == ["0.0", "1.0"]
    for place, row in enumerate(rows):
        alpha, p, utility = three_regimes(Fraction(place, len(rows) - 1))
        assert float(row["alpha"]) == float(alpha)
        assert float(row["p"]) == float(p)
        assert float(row["utility"]) == float(utility)
        assert float(row["payment_to_each_user"]) == float(alpha * utility / 2)
        assert float(row["platform"]) == float((1 - alpha) * utility)
    assert all(written.sentences("fig8").values())


@pytest.fixture(scope="module")
def maps(written: Written) -> dict[str, np.ndarray]:
    rows = written.rows("fig9")
    keys = ("c_1", "c_2", "alpha", "payment_1", "payment_2", "platform", "utility")
    return {key: np.array([float(row[key]) for row in rows]).reshape(101, 101) for key in keys}


def test_figure_9_is_symmetric_under_exchange_of_the_users(maps: dict[str, np.ndarray]) -> None:
    assert np.array_equal(maps["c_1"], maps["c_2"].T)
    for key in ("alpha", "platform", "utility"):
        assert np.array_equal(maps[key], maps[key].T)
    apart = maps["c_1"] != maps["c_2"]  # on the diagonal both users tie
    assert np.array_equal(maps["payment_2"][apart], maps["payment_1"].T[apart])


def test_figure_9_where_only_one_user_can_be_won(maps: dict[str, np.ndarray]) -> None:
    """c₂ ≥ 2/3 > c₁: user 1 shares alone from α = 3c₁/2 on, and U = 2/3."""
    for i in range(67):
        c = Fraction(i, 100)
        for j in (67, 80, 100):
            assert maps["platform"][i, j] == pytest.approx(float((1 - 3 * c / 2) * 2 * THIRD), abs=1e-15)
            assert maps["payment_1"][i, j] == pytest.approx(float(c), abs=1e-15)
            assert maps["payment_2"][i, j] == 0
    assert not maps["platform"][67:, 67:].any()


def test_figure_9_is_what_design_finds(maps: dict[str, np.ndarray]) -> None:
    utility = fg.LinearLaplace(2, [0, "inf"])
    for i, j in np.random.default_rng(9).integers(0, 101, (25, 2)).tolist():
        users = fg.Users(sensitivity=[[0, Fraction(i, 100)], [0, Fraction(j, 100)]])
        best = fg.design(fg.PaymentGame(utility, users))
        shown = [maps[key][i, j] for key in ("alpha", "platform", "utility", "payment_1", "payment_2")]
        assert shown == [
            float(value) for value in (best.alpha or 0, best.platform_utility, best.utility, *best.payments)
        ], (i, j)


# Files ----------------------------------------------------------------------------------------

#: What must be readable in each picture.
LABELS = {
    "fig4": ["θ₁", "θ₂", "σ₁", "s²"],
    "fig5a": [
        "s² = 100, r² = 1",
        "s² = 1, r² = 10",
        "s² = 0.1, r² = 100",
        "payment − U(ρ)/N",
        "ρ=1, n=100",
        "ρ=2, n=10",
    ],
    "fig5b": ["set 1 of the paper", "set 4 of the paper", "★", "aᵢ = 100", "ρ=2, n=100"],
    "fig6": ["A: n = 100, ×1", "D: n = 10, ×4", "payment", "sensitivity", "choice", "privacy level"],
    "fig7a": ["α* = 0.020", "share α paid out", "n = 100, c = (0.5, 6)", "level 2", "s² = 0.1, r² = 100"],
    "fig7b": ["α* = 0.515", "n = 10, c = (6, 13)", "s² = 100,000, r² = 1"],
    "fig8": ["optimal share α*", "privacy sensitivity c", "kept by the platform", "total utility U"],
    "fig9": ["payment to user 2 at α*", "what the platform keeps at α*", "c₁", "c₂"],
}


@pytest.mark.parametrize("name", FIGURES)
def test_pictures_are_there_and_labelled(written: Written, name: str) -> None:
    from matplotlib.image import imread

    picture = imread(written.directory / f"{name}.png")
    assert min(picture.shape[:2]) >= 400
    assert 0.02 < picture[..., :3].std() < 0.5
    text = " ".join("".join(ET.parse(written.directory / f"{name}.svg").getroot().itertext()).split())
    for label in LABELS[name]:
        assert label in text, label


@pytest.mark.parametrize("name", [*EXAMPLES, *FIGURES])
def test_json_and_csv_hold_the_same_table(written: Written, name: str) -> None:
    loaded = written.json(name)
    assert loaded["name"] == name
    rows = written.rows(name)
    assert len(rows) == len(loaded["rows"]) > 0
    for row, cells in zip(rows[:200], loaded["rows"], strict=False):
        assert list(row) == loaded["columns"]
        for text, cell in zip(row.values(), cells, strict=True):
            assert text == str(cell) if isinstance(cell, str | bool) else float(text) == cell


def test_the_same_files_every_time(tmp_path: Path) -> None:
    one, two = (paper.reproduce(["fig4"], tmp_path / name)[0].files for name in "ab")
    assert [path.suffix for path in one] == [".json", ".csv", ".svg", ".png"]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(path.name for path in one)


# The command ----------------------------------------------------------------------------------


def test_names_are_in_the_papers_order_and_all_by_default() -> None:
    assert [one.name for one in paper.named(["fig8", "eq37"])] == ["eq37", "fig8"]
    assert paper.named([]) == paper.REPRODUCTIONS
    assert {*EXAMPLES, *FIGURES, "claims"} == {one.name for one in paper.REPRODUCTIONS}


def test_unknown_names_are_all_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(fg.InputError) as caught:
        paper.reproduce(["fig8", "Fig5", "xyz"], tmp_path)
    first, second = caught.value.faults
    assert "'Fig5'" in first
    assert "did you mean 'fig5" in first
    assert "'xyz'" in second
    assert "eq10-12" in second
    assert not list(tmp_path.iterdir())


def test_the_command_prints_what_was_written(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["fig5a", "table1", "-o", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["directory"] == str(tmp_path)
    table, figure = answer["reproduced"]
    assert (table["name"], figure["name"]) == ("table1", "fig5a")
    assert {Path(path).name for path in figure["files"]} == {"fig5a.json", "fig5a.csv", "fig5a.svg", "fig5a.png"}
    assert all(Path(path).is_file() for path in figure["files"])
    assert figure["searched"]["samples of the other users"] == 10
    assert all(one["holds"] for one in figure["sentences"])


def test_the_command_names_what_does_not_hold(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["fig6", "-o", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "3 of 4" in result.stdout
    assert "Does not hold (fig6): the text (a_i = 1" in result.stdout
    assert "A: (0, 1/2, 6); B: (0, 1, 2)" in result.stdout  # the sensitivities that were chosen


def test_a_wrong_name_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["reproduce", "fig55", "-o", str(tmp_path)])
    assert caught.value.code == 2
    assert "did you mean" in capsys.readouterr().err


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(fg.InputError, match="cannot be written"):
        paper.reproduce(["table1"], tmp_path / "file")


def test_progress_is_announced(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    with progress.listening(lambda *step: heard.append(step)):
        paper.reproduce(["table1", "eq37"], tmp_path)
    assert [step for step in heard if step[0] == "reproduce"] == [("reproduce", k, 2) for k in range(3)]


def test_claims_are_written_as_a_list_and_as_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fairgames.paper import claims, judged

    monkeypatch.setattr(judged, "check", lambda: claims.check(["eq-10"]))
    (one,) = paper.reproduce(["claims"], tmp_path)
    assert [path.name for path in one.files] == ["claims.json", "claims.md"]
    (claim,) = json.loads((tmp_path / "claims.json").read_text("utf-8"))
    assert set(claim) == {"id", "source", "claim", "expected", "computed", "holds", "note"}
    assert "| eq-10 |" in (tmp_path / "claims.md").read_text("utf-8")
    assert [sentence.holds for sentence in one.data.sentences] == [claim["holds"]]
