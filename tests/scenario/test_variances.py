"""REML and intervals against published values, another package and matrices; summaries, costs, levels."""

from __future__ import annotations

import json
import math
import re
import statistics
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from fairgames import InputError, design, fit, load
from fairgames.cli import cli
from fairgames.errors import DataError
from fairgames.random_effects import Fit
from fairgames.random_effects.estimates import intervals, reml
from fairgames.random_effects.summaries import Summaries
from fairgames.sweep.across_fit import across_fit

MEDPAR = Path(__file__).parents[2] / "examples" / "medpar.csv"

#: Davies & Goldsmith (1972), Statistical Methods in Research and Production: yields of dyestuff, six batches of five.
#: REML (Bates, lme4): s² = 1764.05, r² = 2451.25; the profile interval of r at 95% is 38.22998 to 67.65770.
DYESTUFF = {
    "A": [1545, 1440, 1440, 1520, 1580], "B": [1540, 1555, 1490, 1560, 1495], "C": [1595, 1550, 1605, 1510, 1560],
    "D": [1445, 1440, 1595, 1465, 1545], "E": [1595, 1630, 1515, 1635, 1625], "F": [1520, 1455, 1450, 1480, 1445],
}  # fmt: skip
#: Snedecor & Cochran (1967), Statistical Methods, section 10.18 (1989: example 13.7.1): conceptions by six bulls,
#: unequal numbers. REML (lme4, in lecture 1 of DTU's course 02429, Analysis of correlated data): s² = 76.8, r² = 248.7.
BULLS = {
    "1": [46, 31, 37, 62, 30], "2": [70, 59], "3": [52, 44, 57, 40, 67, 64, 70], "4": [47, 21, 70, 46, 14],
    "5": [42, 64, 50, 69, 77, 81, 87], "6": [35, 68, 59, 38, 57, 76, 57, 29, 60],
}  # fmt: skip


def summaries(groups: dict[str, list[float]]) -> Summaries:
    return Summaries.of_values(groups)


def deviance(groups: dict[str, list[float]], between: float, within: float) -> float:
    """Minus twice the restricted log-likelihood, by the N × N covariance matrix of all values."""
    values = np.concatenate([np.array(own, dtype=float) for own in groups.values()])
    user = np.repeat(np.arange(len(groups)), [len(own) for own in groups.values()])
    covariance = between * (user[:, None] == user) + within * np.eye(len(values))
    ones = np.ones(len(values))
    solved = np.linalg.solve(covariance, np.stack([ones, values], axis=1))
    precision = ones @ solved[:, 0]
    residual = values - ones @ solved[:, 1] / precision
    quadratic = residual @ np.linalg.solve(covariance, residual)
    return float(np.linalg.slogdet(covariance)[1] + math.log(precision) + quadratic)


def random_groups(seed: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, size=rng.integers(3, 9))
    sizes[0] = max(2, sizes[0])
    spread = float(rng.choice([0.0, 0.3, 2.0, 20.0]))
    return {str(k): (5 + spread * rng.normal() + rng.normal(size=n)).tolist() for k, n in enumerate(sizes)}


class TestReml:
    def test_published_balanced(self):
        found = reml(summaries(DYESTUFF))
        assert found.between == pytest.approx(1764.05, rel=1e-9)
        assert found.within == pytest.approx(2451.25, rel=1e-9)

    def test_published_unbalanced(self):
        """One decimal is printed."""
        found = reml(summaries(BULLS))
        assert found.between == pytest.approx(76.8, abs=0.05)
        assert found.within == pytest.approx(248.7, abs=0.05)

    def test_published_interval(self):
        """lme4 interpolates its profile by a spline, so its last digit but one is not exact."""
        _, within = intervals(summaries(DYESTUFF), 0.95)
        assert math.sqrt(within.low) == pytest.approx(38.22998, abs=2e-4)
        assert math.sqrt(within.high) == pytest.approx(67.65770, abs=2e-4)

    def test_unbalanced_against_another_package(self):
        """statsmodels' MixedLM, whose optimiser stops at five digits."""
        mixed = pytest.importorskip("statsmodels.regression.mixed_linear_model")
        for groups in (BULLS, _medpar()):
            values = [float(value) for own in groups.values() for value in own]
            user = [name for name, own in groups.items() for _ in own]
            theirs = mixed.MixedLM(values, np.ones(len(values)), groups=user).fit(reml=True)
            ours = reml(summaries(groups))
            assert ours.within == pytest.approx(theirs.scale, rel=1e-4)
            assert ours.between == pytest.approx(float(theirs.cov_re[0, 0]), rel=1e-3)

    @pytest.mark.parametrize("seed", range(12))
    def test_no_neighbour_is_likelier(self, seed: int):
        """By the matrix definition: around the estimate, and on a grid from 0 to a thousand times as much."""
        groups = random_groups(seed)
        found = reml(summaries(groups))
        least = deviance(groups, found.between, found.within)
        scale = max(found.between, found.within)
        for s2 in [0, *np.logspace(-4, 3, 15) * scale, found.between * 1.001, found.between * 0.999]:
            for r2 in [*np.logspace(-2, 2, 15) * found.within, found.within * 1.001, found.within * 0.999]:
                assert deviance(groups, float(s2), float(r2)) >= least - 1e-9

    @pytest.mark.parametrize("seed", range(6))
    def test_ends_are_where_the_likelihood_test_says(self, seed: int):
        """3.841459 is the 95% point of chi-square with one degree of freedom; the other variance on a fine grid."""
        groups = random_groups(seed)
        found = reml(summaries(groups))
        least = deviance(groups, found.between, found.within)
        between, within = intervals(summaries(groups), 0.95)
        grid = np.exp(np.linspace(-9, 9, 2401)) * found.within
        for s2 in {between.low, between.high} - {0.0}:
            best = _least(lambda r2, s2=s2: deviance(groups, s2, r2), grid)
            assert best - least == pytest.approx(3.841459, abs=1e-3)
        if between.low == 0:
            assert _least(lambda r2: deviance(groups, 0.0, r2), grid) - least <= 3.841459
        for r2 in (within.low, within.high):
            best = min(_least(lambda s2, r2=r2: deviance(groups, s2, r2), grid * 10), deviance(groups, 0.0, r2))
            assert best - least == pytest.approx(3.841459, abs=1e-3)

    def test_intervals_hold_the_truth_as_often_as_they_say(self):
        """80 data sets of s² = 4, r² = 9: how many hold the truth is within four standard errors of 95 in a hundred."""
        rng = np.random.default_rng(5)
        held = np.zeros(2)
        for _ in range(80):
            groups = {
                str(k): (2 * rng.normal() + 3 * rng.normal(size=n)).tolist() for k, n in enumerate([3, 5, 8, 12] * 4)
            }
            for place, (interval, truth) in enumerate(zip(intervals(summaries(groups), 0.95), (4, 9), strict=True)):
                held[place] += interval.low <= truth <= interval.high
        assert (np.abs(held / 80 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 80)).all(), held


def _least(value: Any, grid: np.ndarray) -> float:
    """The least on a coarse grid, then on a fine one around it."""
    coarse = grid[::60]
    place = int(np.argmin([value(float(point)) for point in coarse]))
    fine = np.geomspace(coarse[max(place - 1, 0)], coarse[min(place + 1, len(coarse) - 1)], 400)
    return min(value(float(point)) for point in fine)


def _medpar() -> dict[str, list[float]]:
    groups: dict[str, list[float]] = {}
    header, *lines = MEDPAR.read_text().splitlines()
    columns = [name.strip('"') for name in header.split(",")]
    user, value = columns.index("provider"), columns.index("los")
    for line in lines:
        cells = [cell.strip('"') for cell in line.split(",")]
        groups.setdefault(cells[user], []).append(float(cells[value]))
    return groups


def write(folder: Path, text: str) -> Path:
    path = folder / "d.csv"
    path.write_text(text, encoding="utf-8")
    return path


def as_summaries(groups: dict[str, list[float]], more: str = "") -> str:
    lines = [f"holder,n,mean,sd{more}"]
    for name, own in groups.items():
        deviation = repr(statistics.stdev(own)) if len(own) > 1 else ""
        lines.append(f"{name},{len(own)},{statistics.fmean(own)!r},{deviation}{',' * more.count(',')}")
    return "\n".join(lines) + "\n"


def from_summaries(path: Path, **options: Any) -> Fit:
    return fit(path, "holder", samples="n", mean="mean", sd="sd", **options)


class TestSummaries:
    @pytest.mark.parametrize("groups", [BULLS, DYESTUFF, random_groups(3), random_groups(7)])
    def test_as_from_all_values(self, tmp_path: Path, groups: dict[str, list[float]]):
        rows = "user,value\n" + "".join(f"{name},{value!r}\n" for name, own in groups.items() for value in own)
        whole = fit(write(tmp_path, rows), "user", "value")
        short = from_summaries(write(tmp_path, as_summaries(groups)))
        assert (short.users, short.samples, short.n_samples_all) == (whole.users, whole.samples, whole.n_samples_all)
        assert short.within == pytest.approx(whole.within, rel=1e-12)
        assert short.between == pytest.approx(whole.between, rel=1e-9, abs=1e-12 * whole.within)
        assert short.reml.between == pytest.approx(whole.reml.between, rel=1e-7, abs=1e-9)
        assert short.between_interval.high == pytest.approx(whole.between_interval.high, rel=1e-6)

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("2,5,", "2,5.5,", "line 3: n: got .*, expected a whole number ≥ 1"),
            ("2,5,", "2,0,", "line 3: n: got .*, expected a whole number ≥ 1"),
            ("3,1", "3,-1", "line 3: sd: got .*, expected a finite number ≥ 0"),
            ("3,1", "3,", "line 3: sd: got .*, expected a finite number ≥ 0"),
            ("2,5", "1,5", 'user "1" stands in two rows'),
        ],
    )
    def test_faults(self, tmp_path: Path, old: str, new: str, told: str):
        text = "holder,n,mean,sd\n1,4,2,1\n2,5,3,1\n"
        assert old in text
        with pytest.raises(DataError, match=told):
            from_summaries(write(tmp_path, text.replace(old, new)))

    def test_rows_or_summaries(self, tmp_path: Path):
        path = write(tmp_path, as_summaries(BULLS))
        with pytest.raises(DataError, match="expected one value a row, or one user a row"):
            fit(path, "holder", "mean", samples="n", mean="mean", sd="sd")
        with pytest.raises(DataError, match="all of samples, mean and sd"):
            fit(path, "holder", samples="n", mean="mean")


class TestScenario:
    TEXT = "holder;n;mean;sd;c1;c2;city\nnorth;10;1,5;2;0,1;1/3;Kiel\nsouth;20;2,5;1,5;0,2;0,4;Köln\n"

    def test_costs_notes_scale_and_currency(self, tmp_path: Path):
        found = from_summaries(
            write(tmp_path, self.TEXT), costs=["c1", "c2"], notes=["city"], scale="2/3", currency="EUR"
        )
        found.write(tmp_path / "s.toml")
        read = load(tmp_path / "s.toml")
        assert read.users.sensitivity == (
            (0, Fraction(1, 10), Fraction(1, 3)), (0, Fraction(1, 5), Fraction(2, 5)),
        )  # fmt: skip
        assert (read.utility.scale, read.currency) == (Fraction(2, 3), "EUR")
        assert read.notes == {"city": ("Kiel", "Köln")}
        assert not [told for told in found.warnings if "sensitivity" in told]

    def test_levels(self, tmp_path: Path):
        found = from_summaries(write(tmp_path, self.TEXT), levels=[0, 2], sensitivity=[0, "1/3"])
        found.write(tmp_path / "s.toml")
        assert load(tmp_path / "s.toml").utility.levels == (0, 2)
        one = from_summaries(write(tmp_path, self.TEXT), levels=["0", "2"], costs=["c2"])
        assert one.costs == ((0, Fraction(1, 3)), (0, Fraction(2, 5)))

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            ({"levels": [1, 2]}, "levels: got"),
            ({"levels": [0, 3]}, "levels: got"),
            ({"levels": [0]}, "at least two"),
            ({"levels": "02"}, "levels: got"),
            ({"levels": [0, 2], "sensitivity": [0, 1, 2]}, "expected 2 costs, one for each of the levels 0, 2"),
            ({"costs": ["c1"]}, "costs: got 1 columns, expected 3"),
            ({"costs": ["c1", "c2"], "sensitivity": [0, 1, 2]}, "expected one of them"),
            ({"costs": ["c1", "city"]}, 'city: got "Kiel", expected a finite number ≥ 0, a cost'),
            ({"costs": ["n", "c1", "c2"]}, "n .*: got 10 at level 0, expected 0"),
            ({"scale": 0}, "scale: got 0"),
            ({"estimator": "ml"}, "estimator: got"),
            ({"confidence": 1}, "confidence: got 1"),
            ({"notes": ["town"]}, 'no column "town"'),
        ],
    )
    def test_faults(self, tmp_path: Path, options: dict[str, Any], told: str):
        with pytest.raises(DataError, match=told):
            from_summaries(write(tmp_path, self.TEXT), **options)

    def test_what_belongs_to_a_user_is_the_same_in_all_its_rows(self, tmp_path: Path):
        text = "user,value,c1,c2\na,1,0.1,0.2\na,2,0.1,0.3\nb,3,0,0\n"
        with pytest.raises(DataError, match=r'line 3: c2 \("a"\): got "0.3", but "0.2" in line 2'):
            fit(write(tmp_path, text), "user", "value", costs=["c1", "c2"])

    def test_reml_in_the_scenario(self):
        found = fit(MEDPAR, "provider", "los", top=3, sensitivity=[0, 1, 2], estimator="reml")
        assert (found.between, found.within) == (found.reml.between, found.reml.within)
        assert found.moments.within == fit(MEDPAR, "provider", "los").within

    def test_the_command(self, tmp_path: Path):
        write(tmp_path, self.TEXT)
        line = "--user holder --samples n --mean mean --sd sd --costs c1,c2 --note city --scale 2 --currency EUR"
        said = ["fit", str(tmp_path / "d.csv"), *line.split(), "-o", str(tmp_path / "s.toml")]
        result = CliRunner().invoke(cli, [*said, "--json"])
        found = json.loads(result.stdout)
        assert found["read_as"] == {"delimiter": ";", "decimal": ",", "thousands": None}
        low, high = found["within_user_variance_interval"]
        assert low < found["within_user_variance"] < high
        assert "decimal sign ','" in CliRunner().invoke(cli, said).stdout


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fit") / "three.toml"
    fit(MEDPAR, "provider", "los", top=3, sensitivity=[0, 0.6, 1.2]).write(path)
    return path


class TestAcrossFit:
    def test_each_point_is_the_design_there(self, three: Path):
        scenario = load(three)
        survey = across_fit(scenario, design(scenario))
        assert len(survey.points) == 9
        for point in survey.points:
            (three.parent / "there.toml").write_text(_at(three, point.between, point.within))
            there = design(load(three.parent / "there.toml"))
            assert (there.alpha, there.profile, there.platform_utility) == (
                point.alpha, point.profile, point.platform_utility,
            )  # fmt: skip
            assert point.at_the_share is not None
            assert float(point.at_the_share) <= float(point.platform_utility) + 1e-12
        here = next(
            p for p in survey.points if (p.between, p.within) == (scenario.utility.between, scenario.utility.within)
        )
        assert (here.keeps_shape, here.loss) == (True, 0)

    def test_the_command(self, three: Path):
        shown = CliRunner().invoke(cli, ["design", str(three), "--across-fit"])
        assert "Across the fit (9 pairs of variances, 0.95 confidence each)" in shown.stdout
        found = json.loads(CliRunner().invoke(cli, ["design", str(three), "--across-fit", "--json"]).stdout)[
            "across_fit"
        ]
        assert found["same_profile"] == all(point["same_profile"] for point in found["points"])

    def test_a_share_for_all_is_one(self, tmp_path: Path):
        """Hundreds of samples leave little open: the same levels, and a share that carries them everywhere."""
        rng = np.random.default_rng(3)
        rows = "".join(f"u{k},{5 * rng.normal()!r}\n" for k in range(2) for _ in range(400))
        fit(write(tmp_path, "user,value\n" + rows), "user", "value", sensitivity=[0, "0.01", "0.02"]).write(
            tmp_path / "s.toml"
        )
        scenario = load(tmp_path / "s.toml")
        survey = across_fit(scenario, design(scenario, scope="pure"), scope="pure")
        if survey.share is not None:
            assert survey.survives
            assert all(survey.share >= (point.alpha or 0) for point in survey.points)

    def test_without_intervals(self, tmp_path: Path, three: Path):
        head, _, tail = three.read_text().partition("[fit]")
        path = tmp_path / "s.toml"
        path.write_text(head + tail[tail.index("\n[[users]]") :])
        with pytest.raises(InputError, match=r"no \[fit\] with intervals"):
            across_fit(load(path), design(load(path)))

    @pytest.mark.parametrize("wrong", ["[1]", "[2, 1]", "[-1, 2]", '"x"', "[0, inf]"])
    def test_intervals_that_are_none(self, tmp_path: Path, three: Path, wrong: str):
        path = tmp_path / "s.toml"
        path.write_text(
            re.sub(r"(?m)^between_user_variance = \[.*$", f"between_user_variance = {wrong}", three.read_text())
        )
        with pytest.raises(InputError, match=r"fit\.between_user_variance: got .* expected an interval"):
            load(path)


def _at(path: Path, between: float, within: float) -> str:
    """The scenario with other variances, by its text."""
    text = re.sub(r"(?m)^between_user_variance = [^\[\n]*$", f"between_user_variance = {between!r}", path.read_text())
    return re.sub(r"(?m)^within_user_variance = [^\[\n]*$", f"within_user_variance = {within!r}", text)
