"""Data as people have it: blanks, composed letters, near-duplicates, and files that are something else."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest

from fairgames import InputError, NormalFormGame, Scenario, fit, load
from fairgames.random_effects import Fit

ROWS = [("north", "1"), ("north", "3"), ("south", "5"), ("south", "8"), ("east", "2"), ("east", "2.5")]
CLEAN = "user,value\n" + "".join(f"{user},{value}\n" for user, value in ROWS)
#: By hand, in fractions: MSW = (2 + 9/2 + 1/8)/3; SSB of the means 2, 13/2, 9/4 of two each is 307/12, over 2 is MSB,
#: and s² = (MSB − MSW)/2.
WITHIN, BETWEEN = Fraction(53, 24), Fraction(127, 24)

FEDERATED = """
users = "h.csv"
[utility]
kind = "federated-mean"
between_user_variance = 1
within_user_variance = 4
levels = [0, 1]
"""
TABLE = """
[utility]
kind = "table"
file = "u.csv"
levels = [0, 1]
[[users]]
name = "Ann"
[[users]]
name = "Köln"
"""


def fitted(folder: Path, text: str, user: str = "user", value: str = "value") -> Fit:
    (folder / "d.csv").write_text(text, encoding="utf-8")
    return fit(folder / "d.csv", user, value, sensitivity=[0, 0, 0])


def about_users(found: Fit) -> list[str]:
    return [told for told in found.warnings if ": users: " in told]


def scenario(folder: Path, toml: str, **files: str) -> Scenario:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "s.toml").write_text(toml, encoding="utf-8")
    return load(folder / "s.toml")


class TestFit:
    @pytest.mark.parametrize(
        "text",
        [
            CLEAN,
            CLEAN.replace("north,3", "north ,3"),
            CLEAN.replace("north,3", "\tnorth\u00a0,3"),
            CLEAN.replace(",", ", "),
            CLEAN.replace(",", " , "),
            CLEAN.replace("user,value", " user ,value\t"),
            CLEAN.replace("\nnorth,3", '\n"north", "3"'),
        ],
        ids=[
            "as it is",
            "blank behind",
            "hard blank",
            "after commas",
            "around",
            "in the header",
            "quoted after blanks",
        ],
    )
    def test_blanks_make_no_users(self, tmp_path: Path, text: str):
        found = fitted(tmp_path, text)
        assert found.users == ("north", "south", "east")
        assert found.within == pytest.approx(float(WITHIN), rel=1e-14)
        assert found.between == pytest.approx(float(BETWEEN), rel=1e-14)
        assert found.warnings == ()

    def test_composed_and_decomposed_letters_are_the_same(self, tmp_path: Path):
        text = CLEAN.replace("north,1", "K\u00f6ln,1").replace("north,3", "Ko\u0308ln,3")
        found = fitted(tmp_path, text)
        assert found.users == ("K\u00f6ln", "south", "east")
        assert found.within == pytest.approx(float(WITHIN), rel=1e-14)

    def test_columns_are_named_with_blanks_or_without(self, tmp_path: Path):
        assert fitted(tmp_path, CLEAN.replace("user", "  user"), " user ", "value ").users[0] == "north"

    def test_columns_that_are_one_without_blanks(self, tmp_path: Path):
        with pytest.raises(InputError, match='column "user" stands 2 times'):
            fitted(tmp_path, "user, user,value\na,b,1\n")

    @pytest.mark.parametrize(
        ("first", "second"), [("North", "north"), ("1", "1.0"), ("07", "7"), ("Straße", "STRASSE"), ("a b", "a  b")]
    )
    def test_near_duplicates_stay_two_and_warn(self, tmp_path: Path, first: str, second: str):
        found = fitted(tmp_path, f"user,value\n{first},1\n{first},2\n{second},1\n{second},4\n")
        assert found.users == (first, second)
        (warning,) = about_users(found)
        assert f'"{first}" and "{second}" are taken as different' in warning

    @pytest.mark.parametrize("name", ["NA", "n/a", "NaN", "NULL", "None", "-", "#N/A", "<NA>"])
    def test_marks_of_what_is_missing_warn(self, tmp_path: Path, name: str):
        found = fitted(tmp_path, f"user,value\n{name},1\n{name},2\nb,1\nb,4\n")
        assert found.users == (name, "b")
        (warning,) = about_users(found)
        assert f'"{name}" may stand for a missing name' in warning

    def test_names_that_only_look_alike_do_not_warn(self, tmp_path: Path):
        names = ["1", "10", "1e1", "Nan Goldin", "a-b", "a b", "ab", "2024-01", "1.2.3"]
        rows = "".join(f"{name},{value}\n" for name in names for value in (1, 3))
        assert not about_users(fitted(tmp_path, "user,value\n" + rows))


class TestScenarios:
    def test_users(self, tmp_path: Path):
        read = scenario(tmp_path, FEDERATED, h=" name , samples,\tlevel\n north, 5, 1\nKo\u0308ln ,6,0\n")
        assert read.users.names == ("north", "K\u00f6ln")
        assert read.profile == (1, 0)

    def test_names_that_are_one_without_blanks(self, tmp_path: Path):
        with pytest.raises(InputError, match='"north" is taken by line 2'):
            scenario(tmp_path, FEDERATED, h="name,samples\nnorth,5\nnorth ,6\nsouth,7\n")

    def test_near_duplicates_warn(self, tmp_path: Path):
        told = scenario(tmp_path, FEDERATED, h="name,samples\nnorth,5\nNORTH,6\nna,7\n").warnings
        assert sum('"north" and "NORTH" are taken as different' in one for one in told) == 1
        assert sum('"na" may stand for a missing name' in one for one in told) == 1

    def test_tables(self, tmp_path: Path):
        rows = "0,0,0\n1,0,1/3\n0,1,1/2\n1,1,1\n"
        read = scenario(tmp_path, TABLE, u=f"Ann , Ko\u0308ln, utility \n{rows}")
        assert read.utility.exact_on_grid([[1], [0]]).fractions().item() == Fraction(1, 3)
        with pytest.raises(InputError, match='column 1 is "K\u00f6ln", expected user Ann'):
            scenario(tmp_path, TABLE, u=f" Ko\u0308ln ,Ann,utility\n{rows}")


def _zipped(*names: str) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, "<x/>" * 100)
    return data.getvalue()


FOREIGN = {
    "gzip": (gzip.compress(CLEAN.encode()), "gzip-compressed data; unpack it first"),
    "bzip2": (bz2.compress(CLEAN.encode()), "bzip2-compressed data"),
    "xz": (lzma.compress(CLEAN.encode()), "xz-compressed data"),
    "xlsx": (_zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook (xlsx); save the sheet as CSV"),
    "zip": (_zipped("data.csv"), "a zip archive"),
    "parquet": (b"PAR1\x15\x04\x15\x10\x15\x14L\x15\x02\x15\x00\x12\x00\x00", "a Parquet file"),
    "UTF-16": (CLEAN.encode("utf-16"), "text in UTF-16; save the file with the encoding UTF-8"),
    "UTF-16 without a mark": (CLEAN.encode("utf-16-be"), "text in UTF-16"),
    "UTF-32": (CLEAN.encode("utf-32"), "text in UTF-32"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_that_is_something_else_says_what(tmp_path: Path, kind: str):
    data, told = FOREIGN[kind]
    for name in ("d.csv", "s.toml", "g.nfg", "g.json", "g.gbt", "h.csv", "u.csv"):
        (tmp_path / name).write_bytes(data)
    readers = [
        lambda: fit(tmp_path / "d.csv", "user", "value"),
        lambda: load(tmp_path / "s.toml"),
        lambda: NormalFormGame.read(tmp_path / "g.nfg"),
        lambda: NormalFormGame.read(tmp_path / "g.json"),
        lambda: NormalFormGame.read(tmp_path / "g.gbt"),
    ]
    for reader in readers:
        with pytest.raises(InputError) as raised:
            reader()
        assert f"it looks like {told}" in str(raised.value)
        assert str(tmp_path) in str(raised.value)
    for toml in (FEDERATED, TABLE):
        (tmp_path / "s.toml").write_text(toml, encoding="utf-8")
        with pytest.raises(InputError) as raised:
            load(tmp_path / "s.toml")
        assert f"it looks like {told}" in str(raised.value)


def test_text_in_another_alphabet_is_still_named_by_its_byte(tmp_path: Path):
    (tmp_path / "d.csv").write_bytes("user,value\nKöln,1\n".encode("latin-1"))
    with pytest.raises(InputError, match="line 2: byte 0xf6 is not UTF-8"):
        fit(tmp_path / "d.csv", "user", "value")
