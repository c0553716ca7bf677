"""The estimates against independent oracles, the faults of data files, and the scenario that is written."""

from __future__ import annotations

import csv
import math
import os
import stat
import statistics
import tomllib
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairgames.errors import DataError
from fairgames.random_effects import Fit, fit
from fairgames.scenario import load
from fairgames.utilities.federated_mean import FederatedMean

MEDPAR = Path(__file__).parents[2] / "examples" / "medpar.csv"

Rows = Sequence[tuple[str, Any]]

SMALL: Rows = [("a", 1), ("a", 3), ("b", 5), ("b", 7), ("b", 9), ("c", 20)]


def write(folder: Path, rows: Rows, name: str = "d.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "value"])
        writer.writerows(rows)
    return path


def fitted(folder: Path, rows: Rows, **options: Any) -> Fit:
    return fit(write(folder, rows), "user", "value", **options)


def exact_moments(rows: Rows) -> tuple[Fraction, Fraction]:
    """(r², s²) in rational arithmetic by uncorrected sums of squares: T_A, T_0 and T_μ of Searle et al."""
    groups: dict[str, list[Fraction]] = {}
    for user, value in rows:
        groups.setdefault(user, []).append(Fraction(value))
    n, k = sum(map(len, groups.values())), len(groups)
    t_0 = sum((x * x for g in groups.values() for x in g), Fraction(0))
    t_a = sum((sum(g, Fraction(0)) ** 2 / len(g) for g in groups.values()), Fraction(0))
    t_mu = sum((x for g in groups.values() for x in g), Fraction(0)) ** 2 / n
    within = (t_0 - t_a) / (n - k)
    k_1 = n - Fraction(sum(len(g) ** 2 for g in groups.values()), n)
    return within, (t_a - t_mu - (k - 1) * within) / k_1


class TestEstimates:
    def test_by_hand(self, tmp_path: Path) -> None:
        """SSW = 2 + 8 = 10, N − k = 3. Means 2, 7, 20; grand mean 7.5; SSB = 60.5 + 0.75 + 156.25 = 217.5.

        n₀ = (6 − 14/6)/2 = 11/6, so s² = (108.75 − 10/3)/(11/6) = 57.5.
        """
        result = fitted(tmp_path, SMALL)
        assert result.within == pytest.approx(10 / 3, rel=1e-15)
        assert result.between == pytest.approx(57.5, rel=1e-15)
        assert (result.n_users_all, result.n_samples_all) == (3, 6)

    def test_medpar(self) -> None:
        """The values stated with the data set: r² = 65.38, s² = 13.03 from all 54 providers."""
        result = fit(MEDPAR, "provider", "los")
        assert round(result.within, 2) == 65.38
        assert round(result.between, 2) == 13.03
        assert (result.n_users_all, result.n_samples_all) == (54, 1495)
        assert sum(result.samples) == 1495

    def test_medpar_exactly(self) -> None:
        with MEDPAR.open(newline="") as file:
            rows = [(row["provider"], row["los"]) for row in csv.DictReader(file)]
        within, between = exact_moments(rows)
        result = fit(MEDPAR, "provider", "los", top=3)
        assert result.within == pytest.approx(float(within), rel=1e-14)
        assert result.between == pytest.approx(float(between), rel=1e-14)

    def test_balanced_case(self, tmp_path: Path) -> None:
        """With equal n: r² is the mean of the sample variances, s² = Var(means) − r²/n."""
        groups = {"a": [1.0, 2.0, 4.0], "b": [11.0, 13.0, 18.0], "c": [5.0, 5.5, 9.0], "d": [-3.0, 0.0, 1.0]}
        result = fitted(tmp_path, [(user, value) for user, values in groups.items() for value in values])
        within = statistics.fmean(statistics.variance(values) for values in groups.values())
        between = statistics.variance([statistics.fmean(values) for values in groups.values()]) - within / 3
        assert result.within == pytest.approx(within, rel=1e-14)
        assert result.between == pytest.approx(between, rel=1e-14)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-1000, 1000)), min_size=6, max_size=30),
    )
    def test_any_small_data(self, tmp_path: Path, rows: list[tuple[str, int]]) -> None:
        rows = [("a", 0), ("a", 2001), ("b", 0), *rows]
        within, between = exact_moments(rows)
        result = fitted(tmp_path, rows)
        assert result.within == pytest.approx(float(within), rel=1e-12)
        assert result.between == pytest.approx(max(float(between), 0), rel=1e-12, abs=1e-12 * float(within))
        assert (result.between == 0) == (between <= 0) or abs(between) < 1e-12 * within

    @pytest.mark.parametrize("offset", [10**9, -(10**9), 10**15])
    def test_large_offset(self, tmp_path: Path, offset: int) -> None:
        """Quarters on top of the offset are exact in float64, so the estimates must not move."""
        within, between = exact_moments([(user, value / 4) for user, value in SMALL])
        result = fitted(tmp_path, [(user, repr(offset + value / 4)) for user, value in SMALL])
        assert result.within == pytest.approx(float(within), rel=1e-13)
        assert result.between == pytest.approx(float(between), rel=1e-13)

    def test_order_of_rows_does_not_matter(self, tmp_path: Path) -> None:
        forth, back = fitted(tmp_path, SMALL), fitted(tmp_path, SMALL[::-1])
        assert forth.within == pytest.approx(back.within, rel=1e-14)
        assert forth.between == pytest.approx(back.between, rel=1e-14)

    def test_unbiased(self, tmp_path: Path) -> None:
        """Over 400 simulated data sets with s² = 4, r² = 9 the mean estimates are within 4 standard errors."""
        generator = np.random.default_rng(1992)
        sizes = [2, 3, 5, 8, 13, 21, 1, 1]
        within, between = [], []
        for _ in range(400):
            rows = [
                (f"u{user}", repr(float(value)))
                for user, size in enumerate(sizes)
                for value in 50 + generator.normal(0, 2) + generator.normal(0, 3, size)
            ]
            result = fitted(tmp_path, rows)
            within.append(result.within)
            # A negative estimate is cut off at 0; the model's unbiasedness holds for the raw one.
            between.append(result.between if result.between > 0 else float(exact_moments(rows)[1]))
        for estimates, truth in ((within, 9), (between, 4)):
            error = statistics.stdev(estimates) / math.sqrt(len(estimates))
            assert abs(statistics.fmean(estimates) - truth) < 4 * error

    def test_negative_estimate(self, tmp_path: Path) -> None:
        """Equal means and unequal values: s² < 0."""
        result = fitted(tmp_path, [("a", 0), ("a", 10), ("b", 4), ("b", 6)], sensitivity=[0, 0, 0])
        assert result.between == 0
        assert len(result.warnings) == 1
        raw = float(exact_moments([("a", 0), ("a", 10), ("b", 4), ("b", 6)])[1])
        assert f"negative ({raw:.6g})" in result.warnings[0]


class TestKept:
    SIZES: ClassVar[dict[str, int]] = {"a": 2, "b": 5, "c": 2, "d": 5, "e": 4}
    ROWS: ClassVar[Rows] = [(user, number**2) for user, size in SIZES.items() for number in range(size)]

    def test_all_in_order_of_appearance(self, tmp_path: Path) -> None:
        result = fitted(tmp_path, self.ROWS)
        assert result.users == ("a", "b", "c", "d", "e")
        assert result.samples == (2, 5, 2, 5, 4)

    def test_top(self, tmp_path: Path) -> None:
        result = fitted(tmp_path, self.ROWS, top=4)
        assert result.users == ("b", "d", "e", "a")
        assert result.samples == (5, 5, 4, 2)

    def test_variances_are_those_of_all(self, tmp_path: Path) -> None:
        all_of_them, few = fitted(tmp_path, self.ROWS), fitted(tmp_path, self.ROWS, top=1)
        assert (few.within, few.between) == (all_of_them.within, all_of_them.between)
        assert (few.n_users_all, few.n_samples_all) == (5, 18)

    def test_other_columns_quotes_blank_lines_and_marks(self, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        path.write_bytes('\ufeff"x, y",value,user\r\n1," 3 ",a\r\n\r\n"2\n3",1e1,a\r\n,-.5,"b ""c"""\r\n'.encode())
        result = fit(path, "user", "value")
        assert result.users == ("a", 'b "c"')
        assert result.within == pytest.approx(24.5)


class TestSensitivity:
    def test_none(self, tmp_path: Path) -> None:
        result = fitted(tmp_path, SMALL)
        assert result.sensitivity == (Fraction(0),) * 3
        assert any("sensitivity" in warning for warning in result.warnings)

    def test_as_written(self, tmp_path: Path) -> None:
        result = fitted(tmp_path, SMALL, sensitivity=[0, 0.1, "2/3"])
        assert result.sensitivity == (Fraction(0), Fraction(1, 10), Fraction(2, 3))
        assert result.warnings == ()

    @pytest.mark.parametrize(
        ("sensitivity", "parts"),
        [
            ([0, 1], ["sensitivity: got [0, 1]", "3 costs"]),
            ("012", ['sensitivity: got "012"', "3 costs"]),
            ([0.1, 1, 2], ["level 0: got 0.1", "expected 0"]),
            ([0, -1, 2], ["level 1: got -1", "≥ 0"]),
            ([0, 1, math.nan], ["level 2: got nan", "finite"]),
            ([0, 1, math.inf], ["level 2: got inf", "finite"]),
            ([0, 1, "x"], ['level 2: got "x"', "finite"]),
            ([0, 1, True], ["level 2: got true", "finite"]),
            ([0, 1, "1e999999999"], ["level 2", "1e999999999", "finite"]),
        ],
    )
    def test_faults(self, tmp_path: Path, sensitivity: Any, parts: list[str]) -> None:
        with pytest.raises(DataError) as caught:
            fitted(tmp_path, SMALL, sensitivity=sensitivity)
        assert len(caught.value.faults) == 1
        assert all(part in str(caught.value) for part in parts), str(caught.value)


GOOD = "user,value\na,1\na,3\nb,5\nb,7\n"

#: (content, parts of the one fault)
BROKEN: list[tuple[str, list[str]]] = [
    ("", ["the file is empty", "header"]),
    ("\n\n", ["the file is empty", "header"]),
    ("user,value\n", ["only a header"]),
    (GOOD.replace("user", "usr"), ["line 1", 'no column "user"', '"usr" (did you mean that?)', '"value"']),
    (GOOD.replace("user,", "user,user,", 1).replace("\na", "\nx,a").replace("\nb", "\nx,b"), ['"user" stands 2 times']),
    (GOOD.replace("a,3", "a,x"), ["line 3: value", '"x"', "finite number"]),
    (GOOD.replace("a,3", "a,"), ["line 3: value", '""', "finite number"]),
    (GOOD.replace("a,3", "a,nan"), ["line 3: value", '"nan"', "finite number"]),
    (GOOD.replace("a,3", "a,-inf"), ["line 3: value", '"-inf"', "finite number"]),
    (GOOD.replace("a,3", "a,1e999"), ["line 3: value", '"1e999"', "finite number"]),
    (GOOD.replace("a,3", "a,1_000"), ["line 3: value", '"1_000"', "finite number"]),
    (GOOD.replace("a,3", ",3"), ["line 3: user", "empty"]),
    (GOOD.replace("a,3", "  ,3"), ["line 3: user", "empty"]),
    (GOOD.replace("a,3", "a"), ["line 3", "1 cells", "expected 2"]),
    (GOOD.replace("a,3", "a,3,4"), ["line 3", "3 cells", "expected 2"]),
    (GOOD.replace("a,3", '"a,3'), ["line 3", "not CSV", "quotes"]),
    (GOOD.replace("a,1", '"a\nb",1').replace("b,5", "b,x"), ["line 5: value"]),
    (GOOD.replace("b", "a"), ["only one user", '"a"', "at least two"]),
    ("user,value\na,1\nb,2\nc,3\n", ["no user has two samples"]),
    ("user,value\na,0.1\na,0.1\na,0.1\nb,2\nc,3\n", ["within-user variance is 0", "infinite"]),
    ("user,value\na,1e200\na,3e200\nb,2\n", ["beyond double precision", "another unit"]),
    ("user,value\na,1e308\na,-1e308\nb,2\n", ["beyond double precision", "another unit"]),
    ("user,value\na,0\na,1e308\na,1.2e308\nb,2\n", ["beyond double precision", "another unit"]),
    ("user,value\na,1.75e308\na,-1.7e308\nb,-3e306\nb,1.79e308\n", ["beyond double precision", "another unit"]),
    ("user,value\na,1e-200\na,3e-200\nb,2\n", ["beyond double precision", "another unit"]),
]


class TestFaults:
    @pytest.mark.parametrize(("content", "parts"), BROKEN)
    def test_one(self, tmp_path: Path, content: str, parts: list[str]) -> None:
        path = tmp_path / "d.csv"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(DataError) as caught:
            fit(path, "user", "value")
        assert len(caught.value.faults) == 1, caught.value.faults
        assert str(path) in str(caught.value)
        assert all(part in str(caught.value) for part in parts), str(caught.value)

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"none\.csv: cannot be read \(No such file"):
            fit(tmp_path / "none.csv", "user", "value")

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="Is a directory"):
            fit(tmp_path, "user", "value")

    def test_null_byte_in_the_name(self) -> None:
        with pytest.raises(DataError, match="cannot be read"):
            fit("a\0b", "user", "value")

    def test_not_utf8(self, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        path.write_bytes(GOOD.encode() + b"caf\xe9,3\n")
        with pytest.raises(DataError, match=r"d\.csv: line 6: byte 0xe9 is not UTF-8"):
            fit(path, "user", "value")

    def test_not_utf8_in_a_pipe(self) -> None:
        """A pipe cannot be read again to find the line."""
        reading, writing = os.pipe()
        os.write(writing, b"user,value\ncaf\xe9,3\n")
        os.close(writing)
        with pytest.raises(DataError, match="not UTF-8; save the file"):
            fit(f"/dev/fd/{reading}", "user", "value")
        os.close(reading)

    @pytest.mark.parametrize(("top", "part"), [(0, "≥ 1"), (-1, "≥ 1"), (True, "≥ 1"), (1.5, "≥ 1"), (4, "at most 3")])
    def test_top(self, tmp_path: Path, top: Any, part: str) -> None:
        with pytest.raises(DataError) as caught:
            fitted(tmp_path, SMALL, top=top)
        assert f"top: got {top}" in str(caught.value)
        assert part in str(caught.value)

    def test_both_columns_missing(self, tmp_path: Path) -> None:
        with pytest.raises(DataError) as caught:
            fit(write(tmp_path, SMALL), "x", "y")
        assert len(caught.value.faults) == 2

    def test_semicolons(self, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        path.write_text(GOOD.replace(",", ";"))
        assert fit(path, "user", "value").users == ("a", "b")

    def test_all_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(DataError) as caught:
            fitted(tmp_path, [*SMALL, ("", 1), ("a", "x"), ("", "y")], top=0, sensitivity=[0, -1, 2])
        assert len(caught.value.faults) == 6

    def test_the_first_50_are_listed(self, tmp_path: Path) -> None:
        with pytest.raises(DataError) as caught:
            fitted(tmp_path, [*SMALL, *[("a", "x")] * 57])
        assert len(caught.value.faults) == 51
        assert caught.value.faults[-1] == "… and 7 more lines, not looked at"

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=120), st.booleans())
    def test_never_a_traceback(self, tmp_path: Path, content: bytes, header: bool) -> None:
        path = tmp_path / "d.csv"
        path.write_bytes((b"user,value\n" if header else b"") + content)
        with pytest.raises(DataError):
            fit(path, "user", "value")


def a_fit(**changes: Any) -> Fit:
    fields: dict[str, Any] = {
        "between": 13.03, "within": 65.38, "users": ("a", "b"), "samples": (3, 4),
        "sensitivity": (Fraction(0), Fraction(1, 3), Fraction(1, 2)), "n_users_all": 2, "n_samples_all": 7,
        "source": "d.csv", "warnings": (),
    }  # fmt: skip
    return Fit(**(fields | changes))


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda name: bool(name.strip()))
NASTY = ['"', "\\", '\\"', '"""', "\n", "\r\n", "\t", "\x00", "\x7f", "\x1f", "\ufeff", "\u2028", "🏥", "# x", "]]"]


class TestScenario:
    def test_is_read_back(self, tmp_path: Path) -> None:
        result = fit(MEDPAR, "provider", "los", top=10, sensitivity=[0, "2/3", 0.3])
        result.write(tmp_path / "s.toml")
        scenario = load(tmp_path / "s.toml")
        assert isinstance(scenario.utility, FederatedMean)
        assert (scenario.utility.between, scenario.utility.within) == (result.between, result.within)
        assert scenario.utility.levels == (0, 1, 2)
        assert scenario.users.names == result.users
        assert scenario.users.samples is not None
        assert tuple(scenario.users.samples) == result.samples
        assert scenario.users.sensitivity == (result.sensitivity,) * 10
        assert len(scenario.warnings) == 1  # 2/3 > 0.3

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_round_trip_from_nasty_data(self, tmp_path: Path, data: st.DataObject) -> None:
        """Through the CSV file, the estimates, the TOML file and back: names as they are compared, to the letter."""
        nasty = st.one_of(NAMES, st.sampled_from(NASTY).map(lambda name: f"x{name}y"))
        nasty = nasty.map(lambda name: unicodedata.normalize("NFC", name.strip()))
        names = data.draw(st.lists(nasty, min_size=2, max_size=5, unique=True))
        counts = data.draw(st.lists(st.integers(2, 4), min_size=len(names), max_size=len(names)))
        path = tmp_path / "d.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(["user", "value"])
            writer.writerows([name, value] for name, count in zip(names, counts, strict=True) for value in range(count))
        result = fit(path, "user", "value")
        assert result.users == tuple(names)
        result.write(tmp_path / "s.toml")
        scenario = load(tmp_path / "s.toml")
        assert scenario.users.names == tuple(names)
        assert scenario.users.samples is not None
        assert scenario.users.samples.tolist() == counts

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        names=st.lists(NAMES, min_size=1, max_size=3, unique=True),
        costs=st.lists(
            st.one_of(st.fractions(0, 10), st.floats(1e-300, 1e140).map(lambda x: Fraction(repr(x)))),
            min_size=2, max_size=2,
        ),
        within=st.floats(1e-60, 1e60),
        between=st.one_of(st.just(0.0), st.floats(1e-60, 1e60)),
        source=st.text(st.characters(exclude_categories=["Cs"])),
    )  # fmt: skip
    def test_round_trip_of_numbers(
        self, tmp_path: Path, names: list[str], costs: list[Fraction], within: float, between: float, source: str
    ) -> None:
        """Variances and costs come back exactly, whatever they are."""
        result = a_fit(
            users=tuple(names), samples=(5,) * len(names), within=within, between=between,
            sensitivity=(Fraction(0), *costs), source=source.encode("unicode_escape").decode(),
        )  # fmt: skip
        result.write(tmp_path / "s.toml")
        scenario = load(tmp_path / "s.toml")
        assert isinstance(scenario.utility, FederatedMean)
        assert (scenario.utility.within, scenario.utility.between) == (within, between)
        assert scenario.users.names == tuple(names)
        assert scenario.users.sensitivity == ((Fraction(0), *costs),) * len(names)

    def test_names_of_files_and_columns_stay_in_the_comment(self, tmp_path: Path) -> None:
        path = tmp_path / "d\n[utility]\udcff.csv"
        os.rename(write(tmp_path, SMALL), path)
        assert tomllib.loads(fit(path, "user", "value").to_toml())["utility"]["kind"] == "federated-mean"


class TestWrite:
    def test_replaces_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "s.toml"
        path.write_text("before" * 10_000)
        a_fit().write(path)
        assert path.read_text(encoding="utf-8") == a_fit().to_toml()
        assert os.listdir(tmp_path) == ["s.toml"]

    def test_an_interrupted_write_leaves_what_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "s.toml"
        path.write_text("before")

        def interrupt(_: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            a_fit().write(path)
        assert path.read_text() == "before"
        assert os.listdir(tmp_path) == ["s.toml"]

    def test_usual_permissions(self, tmp_path: Path) -> None:
        (tmp_path / "usual").touch()
        a_fit().write(tmp_path / "s.toml")
        modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "s.toml")]
        assert modes[0] == modes[1]

    def test_through_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "s.toml")
        a_fit().write(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert load(tmp_path / "s.toml").users.names == ("a", "b")

    @pytest.mark.parametrize("name", ["", "file/s.toml", "/dev/null", "a\0b"])
    def test_where_it_cannot(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        with pytest.raises(DataError, match="cannot be written"):
            a_fit().write(tmp_path / name)

    def test_makes_its_folder(self, tmp_path: Path) -> None:
        a_fit().write(tmp_path / "new" / "s.toml")
        assert load(tmp_path / "new" / "s.toml").users.names == ("a", "b")
