"""Tables: frames of pandas, and files that spreadsheets take for nothing but data."""

from __future__ import annotations

import builtins
import csv
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fairgames as fg
from fairgames.errors import MissingPackageError
from fairgames.mechanism import design_map
from fairgames.random_effects import fit
from fairgames.solvers.verify_design import verify_design
from fairgames.sweep import sweep
from fairgames.tables import files
from fairgames.tables.files import markdown, marked, write_csv, write_xlsx
from fairgames.tables.table import Table
from tests.scenarios import KNIFE_EDGE, written

#: What a spreadsheet would compute or obey, and what it must show instead.
FORMULAS = {
    "=1+1": "'=1+1",
    "+1+1": "'+1+1",
    "-1+1": "'-1+1",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t=1",
    "＝1": "'＝1",
    "#N/A": "#N/A",
    "Ann": "Ann",
}
TABLE = Table(
    {
        "user": list(FORMULAS),
        "payment": np.arange(8) / 4,
        "exactly": [Fraction(k, 3) for k in range(8)],
        "count": range(8),
        "there": [True, False] * 4,
        "near": [None] * 7 + [1.5],
    }
)


@pytest.fixture
def knife_edge() -> fg.PaymentGame:
    users = fg.Users(sensitivity=[[0, "0.3"], [0, "0.32"]], names=["Ann", "Ben"])
    return fg.PaymentGame(fg.LinearLaplace(2, [0, "inf"]), users)


def without(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it were not installed."""
    real = builtins.__import__

    def fails(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return real(name, globals, locals, fromlist or (), level)

    monkeypatch.setattr(builtins, "__import__", fails)


class TestFiles:
    def test_csv(self, tmp_path: Path) -> None:
        write_csv(tmp_path / "t.csv", TABLE)
        with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert [row["user"] for row in rows] == list(FORMULAS.values())
        assert [float(row["payment"]) for row in rows] == [k / 4 for k in range(8)]
        assert [float(row["exactly"]) for row in rows] == [k / 3 for k in range(8)]
        assert [row["near"] for row in rows] == [""] * 7 + ["1.5"]
        assert [row["there"] for row in rows] == ["true", "false"] * 4

    def test_csv_of_rationals(self, tmp_path: Path) -> None:
        write_csv(tmp_path / "t.csv", TABLE, exact=True)
        with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as lines:
            assert [Fraction(row["exactly"]) for row in csv.DictReader(lines)] == [Fraction(k, 3) for k in range(8)]

    def test_xlsx(self, tmp_path: Path) -> None:
        openpyxl = pytest.importorskip("openpyxl")
        write_xlsx(tmp_path / "t.xlsx", TABLE)
        sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
        head, *rows = sheet.iter_rows()
        assert [cell.value for cell in head] == list(TABLE.columns)
        shown = [text.replace("\t", "\\t") for text in FORMULAS.values()]
        assert [row[0].value for row in rows] == shown
        assert {row[0].data_type for row in rows} == {"s"}, "no cell is a formula"
        assert [row[1].value for row in rows] == [k / 4 for k in range(8)]
        for k, row in enumerate(rows):  # openpyxl writes 16 digits
            assert abs(row[2].value - k / 3) <= 1e-15 * k / 3
        assert [row[4].value for row in rows] == [True, False] * 4
        assert [row[5].value for row in rows] == [None] * 7 + [1.5]

    def test_a_header_is_no_formula_either(self, tmp_path: Path) -> None:
        openpyxl = pytest.importorskip("openpyxl")
        table = Table({"=A1": [1]})
        write_xlsx(tmp_path / "t.xlsx", table)
        write_csv(tmp_path / "t.csv", table)
        cell = openpyxl.load_workbook(tmp_path / "t.xlsx").active["A1"]
        assert (cell.value, cell.data_type) == ("'=A1", "s")
        assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "'=A1\n1\n"

    def test_a_sheet_has_an_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("openpyxl")
        monkeypatch.setattr(files, "_MOST_ROWS", 8)
        with pytest.raises(fg.InputError, match=r"8 rows, a sheet of \.xlsx has 8; write \.csv"):
            write_xlsx(tmp_path / "t.xlsx", TABLE)
        assert not (tmp_path / "t.xlsx").exists()

    def test_without_openpyxl(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        without("openpyxl", monkeypatch)
        with pytest.raises(MissingPackageError, match=r"writing .xlsx needs the package openpyxl.*fairgames\[tables\]"):
            write_xlsx(tmp_path / "t.xlsx", TABLE)

    def test_markdown(self) -> None:
        """What names hold is text, whatever Markdown makes of it."""
        shown = markdown(["user", "x"], [["a|b", "1"], ["<script>", "_2_"], ["[x](y)\n| z |", "3"]]).splitlines()
        assert shown[1] == "| --- | ---: |"
        assert shown[2] == r"| a\|b | 1 |"
        assert shown[3] == r"| \<script\> | \_2\_ |"
        assert len(shown) == 5, "a name has no line of its own"
        assert marked("\x1b[31m") == r"\\x1b\[31m"


class TestFrames:
    def test_rationals_are_floats_unless_they_are_asked_for(self) -> None:
        pd = pytest.importorskip("pandas")
        frame = TABLE.to_frame()
        assert list(frame.columns) == list(TABLE.columns)
        assert frame["exactly"].dtype == float
        assert TABLE.to_frame(exact=True)["exactly"].tolist() == [Fraction(k, 3) for k in range(8)]
        assert pd.isna(frame["near"][0])

    def test_without_pandas(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without("pandas", monkeypatch)
        with pytest.raises(MissingPackageError, match=r"to_frame\(\) needs the package pandas.*fairgames\[tables\]"):
            TABLE.to_frame()

    def test_design(self, knife_edge: fg.PaymentGame) -> None:
        """At 3/5 Ann mixes (1/5, 4/5): 6/25 to her and 8/25 to Ben, which is what they bear."""
        pytest.importorskip("pandas")
        frame = fg.design(knife_edge).to_frame(exact=True)
        assert frame["user"].tolist() == ["Ann", "Ben"]
        assert frame["payment"].tolist() == frame["sensitivity"].tolist() == [Fraction(6, 25), Fraction(8, 25)]
        assert frame["gain"].tolist() == frame["regret"].tolist() == [0, 0]
        assert frame["chance of inf"].tolist() == [Fraction(4, 5), 1]
        assert "chance of inf" not in fg.design(knife_edge, scope="pure").to_frame()

    def test_payments(self, knife_edge: fg.PaymentGame) -> None:
        pytest.importorskip("pandas")
        paid = fg.payments(knife_edge.utility, (1, 1))
        assert paid.to_frame(users=["Ann", "Ben"]).values.tolist() == [["Ann", 0.5], ["Ben", 0.5]]
        assert paid.to_frame()["user"].tolist() == ["user-1", "user-2"]
        with pytest.raises(fg.InputError, match="got 1 names, expected 2"):
            paid.to_frame(users=["Ann"])

    def test_equilibria(self, knife_edge: fg.PaymentGame) -> None:
        pytest.importorskip("pandas")
        frame = fg.crosscheck(knife_edge.at("3/5"), "fairgames:extreme").to_frame(exact=True)
        chances = frame.groupby(["equilibrium", "player"])["chance"].sum()
        assert set(chances) == {1}
        assert (frame["regret"] == 0).all()
        assert {"Ann", "Ben"} == set(frame["player"])

    def test_landscape_and_pure_equilibria(self, knife_edge: fg.PaymentGame) -> None:
        """Ends as in docs/explanation.md: 9/20, 12/25, 3/5, 16/25."""
        pytest.importorskip("pandas")
        frame = fg.landscape(knife_edge).to_frame(exact=True)
        ends = [Fraction(0), Fraction(9, 20), Fraction(12, 25), Fraction(3, 5), Fraction(16, 25), Fraction(1)]
        assert frame["alpha from"].tolist()[::2] == frame["alpha to"].tolist()[::2] == ends
        assert frame["alpha to"].tolist()[1::2] == ends[1:]
        for row in frame.itertuples():
            middle = (row[1] + row[2]) / 2
            assert fg.landscape(knife_edge).at(middle) == ((1 - middle) * row.utility, row.profile)
        pure = fg.pure_equilibria(knife_edge).to_frame(knife_edge, exact=True)
        alone = pure[(pure["level of Ann"] == "inf") & (pure["level of Ben"] == "0")]
        assert alone[["alpha from", "alpha to"]].values.tolist() == [[Fraction(9, 20), Fraction(16, 25)]]

    def test_map(self) -> None:
        pytest.importorskip("pandas")
        found = design_map(fg.LinearLaplace(2, [0, "inf"]), ["1/4", "1/2"], ["1/4", "1/2", "3/4"])
        frame = found.to_frame(exact=True)
        assert len(frame) == 6
        for row, (one, two) in enumerate(np.ndindex(2, 3)):
            told = frame.iloc[row]
            assert (told["sensitivity 1"], told["sensitivity 2"]) == (found.costs[0][one], found.costs[1][two])
            assert (told["alpha"], told["payment 2"]) == (found.alpha[one, two], found.payments[1, one, two])

    def test_sweep_fit_and_verification(self, knife_edge: fg.PaymentGame, tmp_path: Path) -> None:
        pytest.importorskip("pandas")
        swept = sweep(written(tmp_path, KNIFE_EDGE), "utility.scale=1:2:2", jobs=1).to_frame()
        assert swept["utility.scale"].tolist() == [1, 2]
        assert swept["platform_utility"].tolist()[0] == pytest.approx(28 / 75)
        (tmp_path / "d.csv").write_text("who,value\na,1\na,2\nb,3\nb,5\nb,5\n", encoding="utf-8")
        fitted = fit(tmp_path / "d.csv", "who", "value").to_frame()
        assert fitted.values.tolist() == [["a", 2], ["b", 3]]
        verified = verify_design(knife_edge, fg.design(knife_edge), seconds=5)
        assert verified.to_frame()["confirmed"].tolist() == [share.confirmed for share in verified.shares]
