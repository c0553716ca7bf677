"""Data in as people have it: separators, packed files, workbooks, Parquet, frames, notes, and what is never guessed."""

from __future__ import annotations

import gzip
import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fairgames import InputError, Scenario, fit, load
from fairgames.random_effects import Fit
from fairgames.reading.data.columns import Columns
from fairgames.reading.data.form import Form
from fairgames.reading.data.numerals import Numerals, numerals_of

ROWS = [("north", "1000.5"), ("north", "3000"), ("south", "-5.25"), ("south", "8"), ("east", "2"), ("east", "0.5")]
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
#: How 1234.5 is written, by decimal sign and thousands.
WRITINGS = [(".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (",", "\u00a0"), (".", "'"), (".", " ")]


def written(number: str, decimal: str, thousands: str) -> str:
    """The number as another country writes it: by hand, not by the reader's own patterns."""
    sign, whole, _, part = ("-" if number[0] == "-" else "", *number.lstrip("-").partition("."))
    if len(whole) > 3:
        whole = whole[:-3] + thousands + whole[-3:]
    return sign + whole + (decimal + part if part else "")


def text_of(rows: list[tuple[str, str]], delimiter: str, decimal: str = ".", thousands: str = "") -> str:
    lines = [f"user{delimiter}value"]
    for user, value in rows:
        cell = written(value, decimal, thousands)
        lines.append(f'{user}{delimiter}"{cell}"' if delimiter in cell else f"{user}{delimiter}{cell}")
    return "\n".join(lines) + "\n"


def save(folder: Path, text: str, name: str = "d.csv") -> Path:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    found = fit(save(tmp_path_factory.mktemp("plain"), text_of(ROWS, ",")), "user", "value")
    # SSW by hand: (2000 − 0.5)²/2 + (13.25)²/2 + 1.5²/2, on three degrees of freedom.
    assert found.within == pytest.approx((1999.5**2 + 13.25**2 + 1.5**2) / 2 / 3, rel=1e-14)
    return found


def same(found: Fit, expected: Fit) -> bool:
    return (found.within, found.between, found.users, found.samples) == (
        expected.within, expected.between, expected.users, expected.samples,
    )  # fmt: skip


class TestText:
    @pytest.mark.parametrize("delimiter", DELIMITERS.values(), ids=DELIMITERS)
    @pytest.mark.parametrize(("decimal", "thousands"), WRITINGS)
    def test_any_separators_are_seen(self, tmp_path: Path, expected: Fit, delimiter: str, decimal: str, thousands: str):
        path = save(tmp_path, text_of(ROWS, delimiter, decimal, thousands))
        assert same(fit(path, "user", "value"), expected)
        told = {"delimiter": delimiter, "decimal": decimal}
        assert same(fit(path, "user", "value", **told), expected), "and may be said"

    @pytest.mark.parametrize("name", ["d.tsv", "d.tsv.gz", "d.csv.gz", "d.txt", "d.dat"])
    def test_suffixes(self, tmp_path: Path, expected: Fit, name: str):
        delimiter = "\t" if "tsv" in name else ";"
        assert same(fit(save(tmp_path, text_of(ROWS, delimiter), name), "user", "value"), expected)

    @pytest.mark.parametrize("sign", ["1,234", "12,345", "-1,234", "1,234,567"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_what_is_ambiguous_is_refused(self, tmp_path: Path, sign: str, delimiter: str):
        """1,234 is 1234 or 1.234; 1,234,567 is but one."""
        rows = f'user{delimiter}value\na{delimiter}"{sign}"\na{delimiter}7\nb{delimiter}8\n'
        path = save(tmp_path, rows)
        if sign == "1,234,567":
            assert fit(path, "user", "value").within == pytest.approx((1234567 - 7) ** 2 / 2)
            return
        with pytest.raises(InputError, match=r"line 2: value: got \"-?1.*which may be .* or .*give --decimal"):
            fit(path, "user", "value")
        plain = float(sign.replace(",", "."))
        assert fit(path, "user", "value", decimal=",").within == pytest.approx((plain - 7) ** 2 / 2)
        whole = float(sign.replace(",", ""))
        assert fit(path, "user", "value", decimal=".").within == pytest.approx((whole - 7) ** 2 / 2)
        assert fit(path, "user", "value", thousands=",").within == pytest.approx((whole - 7) ** 2 / 2)

    def test_a_point_is_ambiguous_between_semicolons_only(self, tmp_path: Path):
        rows = "user,value\na,1.234\na,7\nb,8\n"
        assert fit(save(tmp_path, rows), "user", "value").within == pytest.approx((7 - 1.234) ** 2 / 2)
        with pytest.raises(InputError, match="which may be"):
            fit(save(tmp_path, rows.replace(",", ";")), "user", "value")
        assert fit(save(tmp_path, rows.replace(",", ";")), "user", "value", decimal=".").within < 20

    def test_another_cell_decides(self, tmp_path: Path):
        rows = "user;value\na;1.234\na;0,5\nb;8\n"
        found = fit(save(tmp_path, rows), "user", "value")
        assert found.within == pytest.approx((1234 - 0.5) ** 2 / 2)
        assert found.form == {"delimiter": ";", "decimal": ",", "thousands": "."}

    @pytest.mark.parametrize(("one", "two"), [("1,5", "1.5"), ("1.234,5", "1,234.5"), ("1,23", "1.2.3")])
    def test_two_ways_of_writing_are_a_fault(self, tmp_path: Path, one: str, two: str):
        path = save(tmp_path, f"user;value\na;{one}\na;{two}\nb;8\n")
        with pytest.raises(InputError) as raised:
            fit(path, "user", "value")
        assert two in str(raised.value)

    def test_against_the_decimal_sign_that_was_said(self, tmp_path: Path):
        path = save(tmp_path, "user;value\na;1.5\na;2\nb;8\n")
        with pytest.raises(InputError, match=r"1\.5.*no number with the decimal sign ,"):
            fit(path, "user", "value", decimal=",")

    def test_two_signs_may_part_the_columns(self, tmp_path: Path):
        with pytest.raises(InputError, match=r"may separate the columns; say which with --delimiter"):
            fit(save(tmp_path, "a,b;c\n1,2;3\n"), "user", "value")
        path = save(tmp_path, "user;value, in days\na;1\na;2\nb;5\n")
        assert fit(path, "user", "value, in days").samples == (2, 1)

    @pytest.mark.parametrize("options", [{"delimiter": "x"}, {"decimal": ";"}, {"thousands": "_"},
                                         {"decimal": ",", "thousands": ","}])  # fmt: skip
    def test_options_that_are_none(self, tmp_path: Path, options: dict[str, Any]):
        with pytest.raises(InputError, match="got"):
            fit(save(tmp_path, text_of(ROWS, ",")), "user", "value", **options)

    def test_every_way_against_every_cell(self):
        """What a way takes and makes of a cell, by a grammar of its own: splitting, not matching."""
        cells = [
            "1,234.5",
            "1.234,5",
            "1,5",
            "1.5",
            "12,34",
            "1,23,456",
            "1 234",
            "1'234.5",
            "0,123",
            ",5",
            "-1.234.567",
        ]
        for (decimal, thousands), cell in itertools.product(WRITINGS, cells):
            sign = thousands if thousands != "\u00a0" else " "
            plain = Numerals(decimal, sign or None).plain(cell)
            whole, point, part = cell.lstrip("-").partition(decimal)
            groups = whole.split(sign) if sign else [whole]
            right = (not whole or all(group.isdigit() for group in groups)) and (part.isdigit() or not point)
            if len(groups) > 1:
                right = right and all(len(group) == 3 for group in groups[1:]) and groups[0].strip("0") != ""
                right = right and len(groups[0]) <= 3 and not groups[0].startswith("0")
            expected = ("-" if cell[0] == "-" else "") + "".join(groups) + point.replace(",", ".") + part
            if (decimal, sign) == (".", ""):
                assert plain == cell, "the usual way leaves it to whoever reads numbers"
            elif right:
                assert plain is not None
                assert Fraction(plain) == Fraction(expected), cell
            else:
                assert plain is None, (decimal, sign, cell)


class TestMissing:
    MARKED = "user,value\na,1\na,NA\na,4\nb,5\nN/A,6\nb,\n,7\nb,nan\n"

    def test_skipped_on_request_and_counted(self, tmp_path: Path):
        path = save(tmp_path, self.MARKED)
        found = fit(path, "user", "value", skip_missing=True)
        assert (found.users, found.samples, found.skipped) == (("a", "b"), (2, 1), 5)
        assert any("5 rows with missing values are left out" in told for told in found.warnings)

    def test_else_a_fault_that_says_how(self, tmp_path: Path):
        with pytest.raises(InputError, match=r'line 3: value: got "NA", expected a finite number; --skip-missing'):
            fit(save(tmp_path, self.MARKED), "user", "value")
        with pytest.raises(InputError, match=r'line 7: value: got "", expected a finite number; --skip-missing'):
            fit(save(tmp_path, self.MARKED), "user", "value")

    def test_nothing_left(self, tmp_path: Path):
        with pytest.raises(InputError, match="no row is left"):
            fit(save(tmp_path, "user,value\na,NA\n"), "user", "value", skip_missing=True)


pandas = pytest.importorskip("pandas")


def frames(rows: list[tuple[str, Any]]) -> dict[str, Any]:
    polars = pytest.importorskip("polars")
    pa = pytest.importorskip("pyarrow")
    columns = {"user": [user for user, _ in rows], "value": [value for _, value in rows]}
    return {"pandas": pandas.DataFrame(columns), "polars": polars.DataFrame(columns), "pyarrow": pa.table(columns)}


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "xlsx", "parquet", "parquet as text"])
def test_tables_with_types(tmp_path: Path, expected: Fit, kind: str):
    numbers: list[tuple[str, Any]] = [(user, float(value)) for user, value in ROWS]
    if kind == "xlsx":
        pytest.importorskip("openpyxl")
        frames(numbers)["pandas"].to_excel(tmp_path / "d.xlsx", index=False)
        source: Any = tmp_path / "d.xlsx"
    elif kind.startswith("parquet"):
        frames(ROWS if "text" in kind else numbers)["pandas"].to_parquet(tmp_path / "d.parquet")
        source = tmp_path / "d.parquet"
    else:
        source = frames(numbers)[kind]
    assert same(fit(source, "user", "value"), expected)


def test_numbers_of_frames_are_read_as_written(tmp_path: Path):
    """0.3 is 3/10 of whatever type, whole floats have no point, and what is missing is an absent key."""
    import numpy as np

    frame = pandas.DataFrame(
        {
            "name": [1, 2, 3],
            "samples": [5.0, 6.0, 7.5],
            "sensitivity_0": np.array([0, 0, 0], dtype=np.int8),
            "sensitivity_1": np.array([0.1, 0.3, 0.7], dtype=np.float32),
            "level": [1.0, float("nan"), 0.0],
            "city": ["Kiel", None, "Bonn"],
        }
    )
    read = load(_scenario(tmp_path), users=frame)
    assert read.users.names == ("1", "2", "3")
    assert read.users.sensitivity == tuple((Fraction(0), Fraction(cost)) for cost in ("1/10", "3/10", "7/10"))
    assert read.without_level == ("2",)
    assert read.notes == {"city": ("Kiel", "", "Bonn")}


def test_what_is_no_table(tmp_path: Path):
    for data in (7, [1, 2], {"user": [1]}, object()):
        with pytest.raises(InputError, match="expected the path of a file, or an eager frame"):
            fit(data, "user", "value")


def test_a_workbook_of_two_sheets_is_asked_about(tmp_path: Path, expected: Fit):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["something", "else"])
    sheet = book.create_sheet("data")
    for row in [("user", "value"), *((user, float(value)) for user, value in ROWS)]:
        sheet.append(row)
    book.save(tmp_path / "d.xlsx")
    with pytest.raises(InputError, match='2 sheets have cells: "Sheet", "data"; say which with --sheet'):
        fit(tmp_path / "d.xlsx", "user", "value")
    assert same(fit(tmp_path / "d.xlsx", "user", "value", sheet="data"), expected)
    with pytest.raises(InputError, match='got the sheet "x"'):
        fit(tmp_path / "d.xlsx", "user", "value", sheet="x")


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("d.csv", gzip.compress(b"user,value\n"), "it looks like gzip-compressed data"),
        ("d.xlsx", b"user,value\na,1\n", "it looks like text; the name says .xlsx"),
        ("d.parquet", b"PK\x03\x04", "the name says .parquet"),
        ("d.csv.gz", gzip.compress(b"user,value\na,1\n" * 99)[:40], "not a whole gzip file"),
        ("d.csv.gz", gzip.compress(gzip.compress(b"user,value\n")), "it looks like gzip-compressed data"),
        ("d.xls", b"\xd0\xcf\x11\xe0", "files of this kind are not read"),
    ],
)
def test_a_name_that_promises_something_else(tmp_path: Path, name: str, data: bytes, told: str):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as raised:
        fit(tmp_path / name, "user", "value")
    assert told in str(raised.value)


def _scenario(folder: Path, users: str = '"h.csv"', kind: str = "federated-mean") -> Path:
    path = folder / "s.toml"
    variances = "between_user_variance = 1\nwithin_user_variance = 4\n" if kind == "federated-mean" else ""
    path.write_text(f'users = {users}\n[utility]\nkind = "{kind}"\n{variances}levels = [0, 1]\n', encoding="utf-8")
    return path


def read_users(folder: Path, text: str, users: str = '"h.csv"') -> Scenario:
    save(folder, text, "h.csv")
    return load(_scenario(folder, users))


class TestUsers:
    PLAIN = "name,samples,importance,sensitivity_0,sensitivity_1,city\na,1000,0.5,0,0.3,Kiel\nb,7,2,0,1/3,Bonn\n"

    @pytest.mark.parametrize(
        "text",
        [
            PLAIN,
            PLAIN.replace(",", ";"),
            PLAIN.replace(",", "\t"),
            PLAIN.replace(",", ";").replace("0.", "0,").replace("1000", "1.000"),
            PLAIN.replace(",", " , "),
        ],
    )
    def test_separators(self, tmp_path: Path, text: str):
        read = read_users(tmp_path, text)
        assert read.users.names == ("a", "b")
        assert read.users.samples is not None
        assert read.users.samples.tolist() == [1000, 7]
        assert read.users.importance.tolist() == [0.5, 2]
        assert read.users.sensitivity == ((0, Fraction(3, 10)), (0, Fraction(1, 3)))
        assert read.notes == {"city": ("Kiel", "Bonn")}
        assert any('columns kept as notes: "city"' in told for told in read.warnings)

    def test_ambiguous_is_refused_unless_said(self, tmp_path: Path):
        text = "name;samples\na;1.234\nb;2\n"
        with pytest.raises(InputError, match=r"which may be 1\.234 or 1234"):
            read_users(tmp_path, text)
        read = read_users(tmp_path, text, '{ file = "h.csv", decimal = "," }')
        assert read.users.samples is not None
        assert read.users.samples.tolist() == [1234, 2]
        with pytest.raises(InputError, match=r"users\.decimals: unknown key"):
            read_users(tmp_path, text, '{ file = "h.csv", decimals = "," }')

    def test_rows_with_marks_are_left_out_on_request(self, tmp_path: Path):
        text = "name,samples,city\na,3,x\nb,NA,y\nc,5,NA\n"
        with pytest.raises(InputError, match="NA"):
            read_users(tmp_path, text)
        read = read_users(tmp_path, text, '{ file = "h.csv", skip_missing = true }')
        assert read.users.names == ("a", "c")
        assert read.notes == {"city": ("x", "NA")}
        assert any("1 rows with missing values are left out" in told for told in read.warnings)

    @pytest.mark.parametrize("heading", ["smaples", "Samples", "sensitivity_7", "cost_1", "importance "])
    def test_what_resembles_a_key_is_no_note(self, tmp_path: Path, heading: str):
        text = f"name,samples,{heading}\na,3,1\n"
        if heading.strip() == "importance":
            assert read_users(tmp_path, text).users.importance.tolist() == [1]
            return
        with pytest.raises(InputError, match="is unknown here, expected"):
            read_users(tmp_path, text)

    @pytest.mark.parametrize("heading", ["country", "region", "", "beds"])
    def test_what_does_not_is_one(self, tmp_path: Path, heading: str):
        read = read_users(tmp_path, f"name,samples,{heading}\na,3,1\n")
        assert list(read.notes.values()) == [("1",)]

    def test_notes_in_tables(self, tmp_path: Path):
        path = _scenario(tmp_path)
        text = path.read_text().replace('users = "h.csv"\n', "")
        path.write_text(text + '[[users]]\nsamples = 3\nnotes = { city = "Kiel" }\n[[users]]\nsamples = 4\n')
        assert load(path).notes == {"city": ("Kiel", "")}
        path.write_text(text + "[[users]]\nsamples = 3\nnotes = 7\n")
        with pytest.raises(InputError, match="notes: got 7, expected a table of notes"):
            load(path)

    def test_all_at_once_is_as_one_by_one(self, tmp_path: Path):
        """Thousands of rows of few kinds, against the same with a count that makes each be read by itself."""
        lines = [
            f"u{number},{1 + number % 7},{number % 2},0,{['0.1', '1/3', '2'][number % 3]}" for number in range(2000)
        ]
        head = "name,samples,level,sensitivity_0,sensitivity_1"
        quick = read_users(tmp_path, "\n".join([head, *lines]) + "\n")
        slow = read_users(
            tmp_path, "\n".join([f"{head},count", *(f"{line},1" for line in lines), "last,5,0,0,0,2"]) + "\n"
        )
        assert quick.users.names == slow.users.names[:-2]
        assert quick.users.samples is not None
        assert slow.users.samples is not None
        assert quick.users.samples.tolist() == slow.users.samples.tolist()[:-2]
        assert quick.users.sensitivity == (slow.users.sensitivity or ())[:-2]
        assert quick.profile == (slow.profile or ())[:-2]


def test_columns_may_be_numbered_by_hand():
    """Numerals look at the cells of the columns that were asked for only."""
    table = Columns("t", ("a", "b"), {0: ["1,5"], 1: ["1,234"]}, range(2, 3), delimiter=";")
    assert numerals_of(table, ["a"], Form()) == Numerals(",")
    assert numerals_of(table, ["a", "b"], Form()) == Numerals(",")
