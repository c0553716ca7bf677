"""Sweeps: every row against a scenario file written by hand for its point, faults, formats."""

from __future__ import annotations

import csv
import json
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import fairgames as fg
from fairgames import cli, memory
from fairgames.errors import InputError, MissingPackageError, TooLargeError
from fairgames.sweep import Sweep, sweep
from fairgames.sweep.axis import read_axis
from fairgames.sweep.columns import ANSWER
from fairgames.sweep.output import Output
from tests.scenarios import CLINICS, KNIFE_EDGE, written

#: User one's and user two's cost of level 1, to be filled in.
TWO = KNIFE_EDGE.replace("0.32", "$TWO").replace("0.3", "$ONE")
ONE_COSTS, TWO_COSTS = ("0", "1/10", "1/5", "3/10", "2/5"), ("0.32", "1/3")
VARY = ("users.one.sensitivity.1=0:2/5:5", "users.two.sensitivity.1=0.32,1/3")


def filled(text: str, **values: str) -> str:
    for name, value in values.items():
        text = text.replace(f"${name}", f'"{value}"')
    return text


def by_hand(folder: Path, text: str, exact: bool = False, **options: Any) -> fg.Design:
    """The design of a scenario file with that text."""
    folder.mkdir(exist_ok=True)
    read = fg.load(written(folder, text))
    return fg.design(fg.PaymentGame(read.utility, read.users, read.rule, exact=exact or None), **options)


def assert_row_is(row: dict[str, Any], found: fg.Design, exact: bool = False) -> None:
    """Every column of a row against the design; floats to the last bit."""
    number = str if exact else float

    def optional(value: Any) -> Any:
        return None if value is None else number(value)

    low, high = found.choice.interval or (None, None)
    expected = {
        "alpha": optional(found.alpha),
        "platform_utility": number(found.platform_utility),
        "utility": number(found.utility),
        "profile": found.profile if found.profile is None else list(found.profile),
        "strategies": [[number(p) for p in vector] for vector in found.strategies],
        "payments": [number(payment) for payment in found.payments],
        "regret": number(found.regret),
        "regret_bound": number(found.regret_bound),
        "interval_low": optional(low),
        "interval_high": optional(high),
        "attained": found.choice.attained,
        "scope": found.scope,
        "selection": found.selection,
        "rule": found.rule,
        "ties": len(found.ties),
        "equilibrium_profiles": found.equilibrium_profiles,
        "exact": found.exact,
        "certain": found.certain,
        "undecided": list(found.undecided),
        "error": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert {*expected, "warnings"} == set(ANSWER)
    # Beside the design's own, what the game warns of: that U or costs fall with sharing.
    others = [warning for warning in row["warnings"] if warning not in found.warnings]
    assert set(found.warnings) <= set(row["warnings"])
    assert all("not monotone" in warning or "sensitivity falls" in warning for warning in others)


@pytest.fixture
def two(tmp_path: Path) -> str:
    """The knife edge of the design note."""
    return written(tmp_path, KNIFE_EDGE)


def run(*arguments: str) -> Result:
    """As ``fairgames sweep …`` would, errors of ours as exit codes."""
    import click

    @click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def shell(rest: tuple[str, ...]) -> None:
        cli.main(["sweep", *rest])

    return CliRunner().invoke(shell, list(arguments))


class TestAxis:
    @given(
        first=st.fractions(max_denominator=1000),
        last=st.fractions(max_denominator=1000),
        points=st.integers(min_value=2, max_value=40),
    )
    def test_even_spacing_is_exact_with_both_ends(self, first: Fraction, last: Fraction, points: int) -> None:
        values = read_axis(f"utility.scale={first}:{last}:{points}").values
        assert len(values) == points
        assert (values[0], values[-1]) == (first, last)
        steps = {after - before for before, after in pairwise(values)}  # type: ignore[operator]
        assert steps == {(last - first) / (points - 1)}

    @given(
        first=st.fractions(min_value="1/1000", max_value=1000),
        last=st.fractions(min_value="1/1000", max_value=1000),
        points=st.integers(min_value=2, max_value=20),
    )
    def test_logarithmic_spacing(self, first: Fraction, last: Fraction, points: int) -> None:
        values = read_axis(f"utility.scale={first}:{last}:{points}:log").values
        assert (values[0], values[-1], len(values)) == (first, last, points)
        expected = np.geomspace(float(first), float(last), points)
        assert [float(value) for value in values] == pytest.approx(expected, rel=1e-13)

    def test_powers_of_ten_come_out_as_such(self) -> None:
        assert read_axis("a.b=1e-3:1000:7:log").values == tuple(Fraction(10) ** k for k in range(-3, 4))

    def test_one_point_is_the_first(self) -> None:
        assert read_axis("a.b=0.3:0.6:1").values == (Fraction(3, 10),)
        assert read_axis("a.b=0.3:0.6:1:log").values == (Fraction(3, 10),)

    def test_lists_hold_numbers_text_and_truth(self) -> None:
        assert read_axis("a.b = 1/3, inf, users , true,0.1").values == (
            Fraction(1, 3), "inf", "users", True, Fraction(1, 10),
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("key", "path"),
        [
            ("users.clinic.sensitivity.1", ("users", "clinic", "sensitivity", "1")),
            ('users."St. Mary\'s = 1".samples', ("users", "St. Mary's = 1", "samples")),
            ("users.'a.b'.samples", ("users", "a.b", "samples")),
            ("users.Klinik Köln.samples", ("users", "Klinik Köln", "samples")),
        ],
    )
    def test_keys(self, key: str, path: tuple[str, ...]) -> None:
        assert read_axis(f"{key}=1:2:2").path == path
        assert read_axis(f"{key}=1:2:2").key == key

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("utility.scale", "expected KEY=FROM:TO:POINTS"),
            ("=1:2:3", "expected KEY=FROM:TO:POINTS"),
            ("a..b=1", "expected KEY=FROM:TO:POINTS"),
            ("a.b=", "expected values separated by commas"),
            ("a.b=1,,2", "expected values separated by commas"),
            ("a.b=1:2", "expected FROM:TO:POINTS"),
            ("a.b=1:2:3:lin", "expected FROM:TO:POINTS"),
            ("a.b=one:2:3", 'FROM is "one"'),
            ("a.b=1:inf:3", 'TO is "inf"'),
            ("a.b=1:2:0", "POINTS"),
            ("a.b=1:2:2.5", "POINTS"),
            ("a.b=1:2:99999999999999999", "POINTS"),
            ("a.b=0:2:3:log", "> 0"),
            ('a."b\\q"=1', "not a TOML string"),
        ],
    )
    def test_what_is_no_axis(self, text: str, says: str) -> None:
        with pytest.raises(InputError, match="--vary") as caught:
            read_axis(text)
        assert says in str(caught.value)


class TestAgainstFilesWrittenByHand:
    @pytest.mark.parametrize("exact", [False, True])
    def test_two_axes_the_last_fastest(self, two: str, tmp_path: Path, exact: bool) -> None:
        found = sweep(two, VARY, exact=exact, jobs=1)
        points = [(one, other) for one in ONE_COSTS for other in TWO_COSTS]
        assert (len(found.rows), found.computed, found.resumed, found.errors) == (10, 10, 0, 0)
        for row, (one, other) in zip(found.rows, points, strict=True):
            shown = (
                (str(Fraction(one)), str(Fraction(other))) if exact else (float(Fraction(one)), float(Fraction(other)))
            )
            assert (row["users.one.sensitivity.1"], row["users.two.sensitivity.1"]) == shown
            assert_row_is(row, by_hand(tmp_path / "hand", filled(TWO, ONE=one, TWO=other), exact), exact)

    def test_the_knife_edge(self, two: str) -> None:
        """Design note, section 2: at costs 3/10 and 8/25 the best mixed equilibrium is at 3/5 and leaves 28/75."""
        (row,) = sweep(two, "users.one.sensitivity.1=3/10", exact=True, jobs=1).rows
        assert (row["alpha"], row["platform_utility"], row["profile"]) == ("3/5", "28/75", None)
        assert row["strategies"] == [["1/5", "4/5"], ["0", "1"]]

    @pytest.mark.parametrize(
        "options",
        [
            {"scope": "pure"},
            {"selection": "worst"},
            {"selection": "potential"},
            {"budget": "1/5"},
            {"rule": "coalition"},
        ],
        ids=str,
    )
    def test_options_are_those_of_design(self, two: str, tmp_path: Path, options: dict[str, Any]) -> None:
        found = sweep(two, VARY[:1], jobs=1, **options)
        rule = options.get("rule", "users")
        others = {name: value for name, value in options.items() if name != "rule"}
        for row, one in zip(found.rows, ONE_COSTS, strict=True):
            text = filled(TWO, ONE=one, TWO="0.32") + f'[payment]\nrule = "{rule}"\n'
            assert_row_is(row, by_hand(tmp_path / "hand", text, **others))

    @pytest.mark.parametrize("exact", [False, True])
    def test_what_only_the_symmetric_scope_knows(self, tmp_path: Path, exact: bool) -> None:
        """Its own keys become columns, also in files; a table of keys one column each."""
        text = KNIFE_EDGE.replace("0.32", "0.3")
        vary, output = ["utility.values.1.1=1,3/2", "users.two.sensitivity.1=0.3,0.4"], tmp_path / "out.csv"
        path = written(tmp_path, text)
        found = sweep(path, vary, output, scope="symmetric", exact=exact, jobs=1)
        for row, most in zip(found.rows[::2], ("1", '"3/2"'), strict=True):
            design = by_hand(tmp_path / "hand", text.replace(", 1]]", f", {most}]]"), exact, scope="symmetric")
            assert_row_is(row, design, exact)
            for name, value in design.facts().items():
                columns = (
                    {f"{name}.{part}": entry for part, entry in value.items()}
                    if isinstance(value, dict)
                    else {name: value}
                )
                for column, entry in columns.items():
                    number = isinstance(entry, Fraction | float)
                    assert row[column] == ((str if exact else float)(entry) if number else entry)  # type: ignore[arg-type]
        assert "alike" in found.rows[1]["error"]
        assert found.rows[1]["gamma_max"] is None
        assert sweep(path, vary, output, scope="symmetric", exact=exact, jobs=1).rows == found.rows

    def test_federated(self, tmp_path: Path) -> None:
        found = sweep(
            written(tmp_path, CLINICS),
            ["utility.between_user_variance=1/2:2:3", "users.clinic.count=1:3:3"],
            jobs=1,
        )
        points = [(variance, count) for variance in ("0.5", "1.25", "2.0") for count in (1, 2, 3)]
        for row, (variance, count) in zip(found.rows, points, strict=True):
            text = CLINICS.replace("between_user_variance = 1\n", f"between_user_variance = {variance}\n")
            assert_row_is(row, by_hand(tmp_path / "hand", text.replace("count = 2", f"count = {count}")))
            assert row["users.clinic.count"] == count
            assert type(row["users.clinic.count"]) is int

    def test_keys_that_the_file_leaves_to_their_default(self, tmp_path: Path) -> None:
        found = sweep(written(tmp_path, CLINICS), ["users.hospital.importance=1,3", "utility.scale=1,2"], jobs=1)
        text = CLINICS.replace("samples = 300", "samples = 300\nimportance = 3").replace("levels", "scale = 2\nlevels")
        assert_row_is(found.rows[-1], by_hand(tmp_path / "hand", text))

    def test_text_and_levels(self, tmp_path: Path) -> None:
        path = written(
            tmp_path,
            KNIFE_EDGE.replace('"table"\nvalues = [[0, "2/3"], ["2/3", 1]]', '"linear-laplace"\nlevels = [0, 1]'),
        )
        found = sweep(path, ["payment.rule=users,coalition", "utility.levels.1=1,inf"], exact=True, jobs=1)
        assert [row["rule"] for row in found.rows] == ["users", "users", "coalition", "coalition"]
        assert [row["payment.rule"] for row in found.rows] == ["users", "users", "coalition", "coalition"]
        assert [row["utility.levels.1"] for row in found.rows] == ["1", "inf", "1", "inf"]
        text = Path(path).read_text().replace("levels = [0, 1]", "levels = [0, inf]")
        assert_row_is(found.rows[1], by_hand(tmp_path / "hand", text, exact=True), exact=True)

    def test_unnamed_users_have_their_default_names(self, tmp_path: Path) -> None:
        text = KNIFE_EDGE.replace('name = "one"\n', "")
        found = sweep(written(tmp_path, text), ["users.user-1.sensitivity.1=0.2,0.1"], jobs=1)
        assert_row_is(found.rows[1], by_hand(tmp_path / "hand", text.replace("0.3]", "0.1]")))


class TestFilesBeside:
    def test_users_of_a_csv_file(self, tmp_path: Path) -> None:
        text = 'users = "users.csv"\n' + CLINICS.partition("[[users]]")[0]
        header = "name,samples,sensitivity_0,sensitivity_1,sensitivity_2,allowed\n"
        table = header + "clinic,$N,0,0.1,0.3,0 1 2\nhospital,300,0,0.1,$C,\n"
        (tmp_path / "users.csv").write_text(table.replace("$N", "30").replace("$C", "0.3"))
        found = sweep(
            written(tmp_path, text), ["users.clinic.samples=20:40:2", "users.hospital.sensitivity.2=0.2,0.4"], jobs=1
        )
        hand = tmp_path / "hand"
        hand.mkdir()
        for row, (samples, cost) in zip(found.rows, [(20, 0.2), (20, 0.4), (40, 0.2), (40, 0.4)], strict=True):
            (hand / "users.csv").write_text(table.replace("$N", str(samples)).replace("$C", str(cost)))
            assert_row_is(row, by_hand(hand, text))

    @pytest.mark.parametrize("kind", ["csv", "exact.npy", "floats.npy"])
    def test_tables(self, tmp_path: Path, kind: str) -> None:
        values = np.array([[0, 2], [2, 3]])
        if kind == "csv":
            (tmp_path / "u.csv").write_text("one,two,utility\n0,0,0\n0,1,2/3\n1,0,2/3\n1,1,1\n")
        else:
            np.save(tmp_path / "u.npy", values if kind == "exact.npy" else values / 3)
        text = KNIFE_EDGE.replace('values = [[0, "2/3"], ["2/3", 1]]', f'file = "u.{kind[-3:]}"\nscale = 3')
        path = written(tmp_path, text)
        found = sweep(path, ["users.one.sensitivity.1=0.2,0.5", "utility.scale=1,3"], jobs=1)
        for row, (cost, scale) in zip(
            found.rows, [("0.2", "1"), ("0.2", "3"), ("0.5", "1"), ("0.5", "3")], strict=True
        ):
            assert_row_is(
                row, by_hand(tmp_path, text.replace("0.3]", f"{cost}]").replace("scale = 3", f"scale = {scale}"))
            )
            assert row["exact"] is (kind != "floats.npy")

    def test_a_table_that_changes_while_the_sweep_runs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from fairgames.sweep import run as module

        np.save(tmp_path / "u.npy", np.array([[0, 2], [2, 3]]) / 3)
        path = written(tmp_path, KNIFE_EDGE.replace('values = [[0, "2/3"], ["2/3", 1]]', 'file = "u.npy"'))
        local = module.workers.local

        def meddling(*arguments: Any) -> Any:
            yield from local(*arguments)
            np.save(tmp_path / "u.npy", np.array([[0, 2], [2, 4]]) / 3)

        monkeypatch.setattr(module.workers, "local", meddling)
        with pytest.raises(InputError, match="changed while the sweep ran"):
            sweep(path, ["users.one.sensitivity.1=0.2,0.5"], tmp_path / "out.csv", jobs=1)
        assert not (tmp_path / "out.csv").exists()


class TestPointsWithoutAnswer:
    def test_no_stable_equilibrium(self, two: str) -> None:
        """Where nothing is paid for (U = 0) and costs are 0, no profile is strict."""
        vary = ["utility.values.0.1=0,2/3", "utility.values.1.0=0,2/3", "utility.values.1.1=0,1"]
        vary += ["users.one.sensitivity.1=0", "users.two.sensitivity.1=0"]
        found = sweep(two, vary, selection="stable", jobs=1)
        assert found.errors >= 1
        assert "stable" in found.rows[0]["error"]
        assert found.rows[0]["alpha"] is None
        assert found.rows[0]["utility.values.0.1"] == 0
        assert found.rows[-1]["error"] is None

    def test_too_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = written(tmp_path, CLINICS.replace("count = 2", "count = 1") + '[[users]]\nname = "more"\nsamples = 7\n')
        monkeypatch.setattr(memory, "available_bytes", lambda: 10_000_000)
        rows = "".join(f'[[users]]\nname = "x{k}"\nsamples = {k}\n' for k in range(8, 18))
        path = written(tmp_path, Path(path).read_text() + rows)
        found = sweep(path, ["utility.between_user_variance=1,2"], jobs=1)
        assert found.errors == 2
        assert "needs" in found.rows[0]["error"]
        assert "available" in found.rows[0]["error"]

    def test_a_scope_that_does_not_fit_at_some_points(self, tmp_path: Path) -> None:
        path = written(tmp_path, CLINICS)
        found = sweep(path, ["users.clinic.count=1,40"], scope="all", selection="worst", jobs=1)
        assert [row["error"] is None for row in found.rows] == [True, False]
        assert "scope 'all' of 41 users: is offered for games of 20,000 payoffs" in found.rows[1]["error"]


class TestFaults:
    def faults(self, *arguments: str) -> str:
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        return result.stderr

    def test_all_at_once_with_the_nearest_key(self, two: str, tmp_path: Path) -> None:
        output = tmp_path / "out.csv"
        said = self.faults(
            two, "-o", str(output),
            "--vary", "utility.scael=1:2:3",
            "--vary", "utilty.scale=1:2:3",
            "--vary", "users.oen.sensitivity.1=0:1:3",
            "--vary", "users.one.sensitivity.2=0:1:3",
            "--vary", "users.one.sensitivity=0:1:3",
            "--vary", "users.one.name.x=0:1:3",
            "--vary", "users.two.sensitivity.1=-1:1:3",
            "--vary", "users=a.csv",
            "--vary", "utility.file=a.csv,b.csv",
        )  # fmt: skip
        for part in (
            "utility.scael: unknown key, expected scale (did you mean that?)",
            'no "utilty", expected utility (did you mean that?)',
            'no row "oen", expected "one" (did you mean that?)',
            'users.one.sensitivity has no entry "2", expected a position from 0 to 1',
            "such as users.one.sensitivity.0, users.one.sensitivity.1",
            "users.one.name is",
            "got -1 at level 1, expected a finite number ≥ 0",
            "--vary users: is no single value, expected one of its entries, such as users.one, users.two",
            "one sweep for each file",
        ):
            assert part in said
        assert [path.name for path in tmp_path.iterdir()] == ["scenario.toml"]

    def test_values_that_only_some_points_refuse(self, tmp_path: Path) -> None:
        said = self.faults(
            written(tmp_path, CLINICS), "-o", str(tmp_path / "out.csv"),
            "--vary", "utility.within_user_variance=0:10:3",
            "--vary", "users.clinic.count=1,1/2",
        )  # fmt: skip
        assert "within_user_variance: got 0, expected a finite number > 0 (at utility.within_user_variance = 0" in said
        assert "and 1 more)" in said
        assert "count" in said
        assert "expected a whole number ≥ 1" in said

    def test_the_scenario_itself(self, tmp_path: Path) -> None:
        path = written(tmp_path, KNIFE_EDGE.replace("0.3]", "-1]"))
        assert "got -1" in self.faults(path, "-o", "x.csv", "--vary", "utility.scale=1,2")

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["-o", "x.txt", "--vary", "utility.scale=1,2"], "ends in .csv, .jsonl, .parquet"),
            (["-o", "x.csv"], "--vary"),
            (["-o", "x.csv", "--vary", "utility.scale=1,2", "--vary", "utility.scale=3"], "given twice"),
            (["-o", "x.csv", "--vary", "utility.scale=1,2", "--jobs", "0"], "--jobs"),
            (["-o", "x.csv", "--vary", "utility.scale=1,2", "--jobs", "2", "--scheduler", "x"], "--jobs"),
            (["-o", "x.csv", "--vary", "utility.scale=1,2", "--budget", "-1"], "budget"),
            (["-o", "x.csv", "--vary", "payment.rule=users,coalition", "--rule", "users"], "payment.rule"),
        ],
    )
    def test_options(self, two: str, arguments: list[str], says: str) -> None:
        assert says in self.faults(two, *arguments)

    def test_more_points_than_fit(self, two: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(memory, "available_bytes", lambda: 10_000_000)
        with pytest.raises(TooLargeError, match="40,000 points"):
            sweep(two, ["utility.scale=1:2:200", "utility.values.1.1=1:2:200"], jobs=1)

    def test_exact_is_an_order(self, tmp_path: Path) -> None:
        said = self.faults(written(tmp_path, CLINICS), "-o", "x.csv", "--vary", "utility.scale=1,2", "--exact")
        assert said.count("not rational") == 1

    def test_an_output_that_is_a_folder(self, two: str, tmp_path: Path) -> None:
        (tmp_path / "out.csv").mkdir()
        assert "not a regular file" in self.faults(two, "-o", str(tmp_path / "out.csv"), "--vary", "utility.scale=1,2")

    def test_in_python(self, two: str) -> None:
        with pytest.raises(InputError, match="nothing varies"):
            sweep(two, [])
        with pytest.raises(InputError, match="scope: got 'pur', expected \"pure\""):
            sweep(two, VARY, scope="pur")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("package", "extra", "options"),
        [
            ("joblib", "sweep", {"jobs": 2}),
            ("pyarrow", "sweep", {"output": "x.parquet"}),
            ("distributed", "dask", {"scheduler": "tcp://127.0.0.1:1"}),
        ],
    )
    def test_missing_packages(
        self, two: str, package: str, extra: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingPackageError, match=rf"{package}: pip install 'fairgames\[{extra}\]'"):
            sweep(two, VARY, **options)
        if package == "joblib":
            assert len(sweep(two, VARY, jobs=1).rows) == 10


class TestFormats:
    def answers(self, tmp_path: Path, two: str, suffix: str, **options: Any) -> tuple[Path, Sweep]:
        """Six points, one of them without an answer, with text, truth, infinity and whole numbers among the axes."""
        output = tmp_path / f"out{suffix}"
        vary = ["users.one.sensitivity.1=0.3,0", "payment.rule=users,coalition", "utility.scale=1"]
        return output, sweep(two, vary, output, jobs=1, budget=0, **options)

    @pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
    @pytest.mark.parametrize("exact", [False, True])
    def test_read_back_by_ourselves(self, tmp_path: Path, two: str, suffix: str, exact: bool) -> None:
        _, found = self.answers(tmp_path, two, suffix, exact=exact)
        _, again = self.answers(tmp_path, two, suffix, exact=exact)
        assert (again.computed, again.resumed) == (0, len(found.rows))
        assert again.rows == found.rows

    def test_csv(self, tmp_path: Path, two: str) -> None:
        output, found = self.answers(tmp_path, two, ".csv")
        with output.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        for text, row in zip(rows, found.rows, strict=True):
            assert list(text) == list(row)
            for name in ("alpha", "platform_utility", "utility.scale", "regret"):
                assert text[name] == ("" if row[name] is None else str(row[name]))
            assert json.loads(text["payments"] or "null") == row["payments"]
            assert json.loads(text["profile"] or "null") == row["profile"]
            assert text["attained"] == {True: "true", False: "false", None: ""}[row["attained"]]
            assert text["payment.rule"] == row["payment.rule"]

    def test_json_lines(self, tmp_path: Path, two: str) -> None:
        output, found = self.answers(tmp_path, two, ".jsonl")
        assert [json.loads(line) for line in output.read_text().splitlines()] == list(found.rows)

    @pytest.mark.parametrize("exact", [False, True])
    def test_parquet(self, tmp_path: Path, two: str, exact: bool) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        output, found = self.answers(tmp_path, two, ".parquet", exact=exact)
        table = parquet.read_table(output)
        assert table.to_pylist() == list(found.rows)
        types = {field.name: str(field.type) for field in table.schema}
        assert types["utility.scale"] == ("string" if exact else "int64")
        assert types["payment.rule"] == "string"
        assert types["alpha"] == ("string" if exact else "double")
        assert types["profile"].startswith("list<")
        assert types["attained"] == "bool"

    def test_columns_keep_their_type_where_no_point_has_an_answer(self, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        output = tmp_path / "none.parquet"
        path = written(tmp_path, CLINICS)
        found = sweep(path, ["users.clinic.count=40,41"], output, scope="all", selection="worst", jobs=1)
        assert found.errors == 2
        assert str(parquet.read_table(output).schema.field("alpha").type) == "double"

    @pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
    def test_infinities_and_truth(self, tmp_path: Path, suffix: str) -> None:
        text = KNIFE_EDGE.replace('"table"\nvalues = [[0, "2/3"], ["2/3", 1]]', '"linear-laplace"\nlevels = [0, 1]')
        text += "[payment]\nalpha_of_utility = [[0, 0], [1, 1]]\nstep = true\n"
        vary, output = ["utility.levels.1=1/2,inf", "payment.step=true,false"], tmp_path / f"out{suffix}"
        path = written(tmp_path, text)
        found = sweep(path, vary, output, jobs=1)
        assert [row["utility.levels.1"] for row in found.rows] == [0.5, 0.5, float("inf"), float("inf")]
        assert [row["payment.step"] for row in found.rows] == [True, False, True, False]
        assert any("alpha_of_utility is set aside" in warning for warning in found.warnings)
        assert sweep(path, vary, output, jobs=1).rows == found.rows
        if suffix == ".jsonl":
            assert '"utility.levels.1": "inf"' in output.read_text()

    @pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@SUM(A1)", "\t=1", "'=1", "''@x", "'plain"])
    def test_text_is_no_formula(self, tmp_path: Path, two: str, text: str) -> None:
        output = tmp_path / "out.csv"
        vary = [f"users.one.name={text},other"]
        found = sweep(two, vary, output, jobs=1)
        with output.open(encoding="utf-8", newline="") as lines:
            cells = [cell for line in list(csv.reader(lines))[1:] for cell in line]
        assert not [cell for cell in cells if cell[:1] in "=+@\t" and cell]
        assert not [cell for cell in cells if cell.startswith("-") and not cell[1:2].isdigit()]
        assert found.rows[0]["users.one.name"] == text.strip()
        assert sweep(two, vary, output, jobs=1).rows == found.rows

    def test_the_note_says_what_the_columns_are(self, tmp_path: Path, two: str) -> None:
        output, found = self.answers(tmp_path, two, ".csv")
        note = json.loads(Output(output).note.read_text())
        assert list(note["columns"]) == list(found.rows[0])
        assert note["rows"] == len(found.rows)
        assert note["fairgames sweep"]["vary"][1] == "payment.rule=users,coalition"


class TestCommand:
    def test_json(self, two: str, tmp_path: Path) -> None:
        output = str(tmp_path / "out.csv")
        arguments = [two, "--vary", "utility.scale=1:2:3", "-o", output, "--jobs", "1", "--json"]
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        told = {"output": output, "points": 3, "errors": 0, "certain": True, "warnings": []}
        assert json.loads(result.stdout) == {**told, "computed": 3, "resumed": 0}
        assert result.stderr == f"Wrote {output}: 3 points computed, 0 resumed.\n"
        again = run(*arguments)
        assert json.loads(again.stdout) == {**told, "computed": 0, "resumed": 3}
        assert again.stderr == f"Nothing to do: {output} has all 3 points of this sweep.\n"

    def test_points_without_answer_are_told(self, tmp_path: Path) -> None:
        arguments = ["--vary", "users.clinic.count=1,40", "--scope", "all", "--selection", "worst", "--jobs", "1"]
        result = run(written(tmp_path, CLINICS), *arguments, "-o", str(tmp_path / "o.csv"))
        assert result.exit_code == 0
        assert "1 have no answer (column error), the first: scope 'all' of 41 users: is offered" in result.stderr

    def test_names_cannot_drive_the_terminal(self, tmp_path: Path) -> None:
        text = KNIFE_EDGE.replace('"one"', '"\\u001b[2Jone"')
        result = run(written(tmp_path, text), "--vary", "users.won.samples=1", "-o", str(tmp_path / "out.csv"))
        assert result.exit_code == 2
        assert "\x1b" not in result.output
