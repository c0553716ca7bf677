"""Answers as files (-o), pictures, comparisons and cross-checks from the command line."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fairgames as fg
from fairgames.cli.schemas import schemas
from fairgames.mechanism import Design
from tests.cli.test_cli import answer, run
from tests.scenarios import CLINICS, KNIFE_EDGE, written

#: A name that spreadsheets and Markdown would act on.
HOSTILE = KNIFE_EDGE.replace('"one"', '"=cmd|A1"')
COMMANDS: dict[str, tuple[str, ...]] = {
    "design": ("design",),
    "payments": ("payments", "--profile", "1,1"),
    "equilibria": ("equilibria", "--alpha", "2/5", "--solver", "fairgames:pure"),
    "best-response": ("equilibria", "--alpha", "2/5", "--solver", "fairgames:best-response"),
    "played": ("played", "--alpha", "2/5", "--starts", "50"),
    "crosscheck": ("crosscheck", "--alpha", "2/5", "--solver", "fairgames:pure"),
}
PICTURES = ("landscape", "payments", "branches", "sensitivities", "paths", "played")


def asked(command: str, path: str, *more: str) -> list[str]:
    name, *options = COMMANDS[command]
    return [name, path, *options, *more]


def without_times(found: Any) -> Any:
    """Seconds differ from run to run."""
    if isinstance(found, dict):
        return {key: 0 if key == "seconds" else without_times(value) for key, value in found.items()}
    return [without_times(value) for value in found] if isinstance(found, list) else found


@pytest.mark.parametrize("exact", [(), ("--exact",)], ids=["floats", "exact"])
@pytest.mark.parametrize("command", COMMANDS)
class TestFiles:
    def test_json_holds_exactly_what_is_printed(self, tmp_path: Path, command: str, exact: tuple[str, ...]) -> None:
        path, file = written(tmp_path, HOSTILE), tmp_path / "answer.json"
        result = run(*asked(command, path, *exact, "--json", "-o", str(file)))
        assert result.exit_code == 0, result.output
        assert file.read_text(encoding="utf-8") == result.stdout
        assert run(*asked(command, path, *exact, "-o", str(file))).exit_code == 0
        again = json.loads(file.read_text(encoding="utf-8"))
        assert without_times(again) == without_times(json.loads(result.stdout))

    def test_json_is_what_its_schema_says(self, tmp_path: Path, command: str, exact: tuple[str, ...]) -> None:
        jsonschema = pytest.importorskip("jsonschema")
        got = answer(*asked(command, written(tmp_path, HOSTILE), *exact))
        name = "-".join(got["schema"].split("/")[1:])
        assert name.split("-")[0] in ("design", "payments", "equilibria", "played")
        jsonschema.Draft202012Validator(schemas()[name]).validate(got)

    def test_tables_have_no_formulas(self, tmp_path: Path, command: str, exact: tuple[str, ...]) -> None:
        openpyxl = pytest.importorskip("openpyxl")
        path = written(tmp_path, HOSTILE)
        for suffix in ("csv", "xlsx"):
            result = run(*asked(command, path, *exact, "-o", str(tmp_path / f"t.{suffix}")))
            assert result.exit_code == 0, result.output
        with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines))
        sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
        cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert [len(row) for row in cells] == [len(row) for row in rows]
        assert cells[0] == rows[0]
        assert any("'=cmd|A1" in row for row in rows)
        assert not any(str(cell).startswith("=") for row in (*rows, *cells) for cell in row)
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}

    def test_markdown_is_the_text(self, tmp_path: Path, command: str, exact: tuple[str, ...]) -> None:
        result = run(*asked(command, written(tmp_path, HOSTILE), *exact, "-o", str(tmp_path / "t.md")))
        assert result.exit_code == 0, result.output
        text = (tmp_path / "t.md").read_text(encoding="utf-8")
        assert r"=cmd\|A1" in text or command in ("best-response", "played")
        assert "| --- |" in text
        for line in result.stdout.splitlines():  # sentences, of which the terminal folds no word
            if line.endswith("."):
                assert line.split()[0] in text


def test_numbers_of_a_table_are_those_of_the_json(tmp_path: Path) -> None:
    path = written(tmp_path, CLINICS)
    got = answer("design", path, "-o", str(tmp_path / "d.csv"))
    with (tmp_path / "d.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["user"] for row in rows] == got["users"] == ["clinic-1", "clinic-2", "hospital"]
    assert [row["level"] for row in rows] == [got["levels"][level] for level in got["profile"]]
    for column, key in (("payment", "payments"), ("sensitivity", "sensitivities"), ("gain", "gains")):
        assert [float(row[column]) for row in rows] == got[key]
    for paid, spent, left in zip(got["payments"], got["sensitivities"], got["gains"], strict=True):
        assert left == pytest.approx(paid - spent, abs=got["regret_bound"])


def test_a_regret_within_its_error_is_shown_as_0(tmp_path: Path) -> None:
    """Its digits mean nothing there; the JSON has them."""
    path = written(tmp_path, CLINICS.replace("count = 2", "count = 12"))
    got = answer("design", path)
    assert 0 < max(got["regrets"]) <= got["regret_bound"]
    lines = [line.split("│") for line in run("design", path).stdout.splitlines() if line.startswith("│")]
    assert len(lines) == 13
    assert {line[-2].strip() for line in lines} == {"0"}


def test_what_design_wrote_is_read_back(tmp_path: Path) -> None:
    """With --exact, every rational; without, what was printed."""
    path, file = written(tmp_path, KNIFE_EDGE), tmp_path / "answer.json"
    scenario = fg.load(path)
    found = fg.design(fg.PaymentGame(scenario.utility, scenario.users))
    assert run("design", path, "--exact", "-o", str(file)).exit_code == 0
    assert Design.from_dict(json.loads(file.read_text(encoding="utf-8"))) == found
    assert run("design", path, "--uncertainty", "1/10", "-o", str(file)).exit_code == 0
    read = Design.from_dict(json.loads(file.read_text(encoding="utf-8")))
    assert (read.kind, read.exact) == ("ranges", False)


def test_a_refused_file_costs_no_computation(tmp_path: Path) -> None:
    result = run("design", str(tmp_path / "nothing.toml"), "-o", str(tmp_path / "d.pdf"))
    assert "got the suffix .pdf" in result.stderr


def test_what_was_there_stays_where_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    result = run("design", written(tmp_path, KNIFE_EDGE), "-o", str(tmp_path / "folder.csv"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert result.stdout == ""


def test_design_loads_nothing_that_only_files_need(tmp_path: Path) -> None:
    script = """
import sys
from fairgames.cli import main
try:
    main(["design", sys.argv[1], "-o", sys.argv[2]])
except SystemExit:
    pass
print(sorted({"matplotlib", "pandas", "openpyxl", "jsonschema"} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, written(tmp_path, KNIFE_EDGE), str(tmp_path / "d.json")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == "[]\n"


class TestPlot:
    @pytest.mark.parametrize("picture", PICTURES)
    def test_every_picture_in_every_format(self, tmp_path: Path, picture: str) -> None:
        pytest.importorskip("matplotlib")
        path = written(tmp_path, CLINICS)
        for suffix, begins in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
            file = tmp_path / f"picture.{suffix}"
            got = answer("plot", path, picture, "-o", str(file))
            assert file.read_bytes().startswith(begins)
            assert (got["output"], got["picture"]) == (str(file), picture)
        before = file.read_bytes()
        assert answer("plot", path, picture, "-o", str(file))["output"] == str(file)
        assert file.read_bytes() == before, "the same picture is the same bytes"

    def test_the_landscape_is_drawn_where_nothing_is_asked(self, tmp_path: Path) -> None:
        pytest.importorskip("matplotlib")
        path = written(tmp_path, KNIFE_EDGE)
        got = answer("plot", path, "-o", str(tmp_path / "p.svg"))
        assert (got["picture"], got["alpha"], got["profile"]) == ("landscape", 9 / 20, [1, 0])

    def test_payments_and_sensitivities_are_those_of_the_best_equilibrium(self, tmp_path: Path) -> None:
        pytest.importorskip("matplotlib")
        path, svg = written(tmp_path, KNIFE_EDGE), str(tmp_path / "p.svg")
        for picture in ("payments", "sensitivities"):
            assert answer("plot", path, picture, "-o", svg)["profile"] == [1, 0]
            at = answer("plot", path, picture, "--alpha", "7/10", "-o", svg)  # both share above 16/25
            assert (at["alpha"], at["profile"]) == (0.7, [1, 1])
            given = answer("plot", path, picture, "--profile", "0,1", "--alpha", "1/2", "-o", svg)
            assert (given["alpha"], given["profile"]) == (0.5, [0, 1])

    def test_a_panel_for_those_who_are_alike(self, tmp_path: Path) -> None:
        pytest.importorskip("matplotlib")
        path, file = written(tmp_path, CLINICS.replace("count = 2", "count = 12")), tmp_path / "p.svg"
        assert run("plot", path, "sensitivities", "--profile", "2,2", "-o", str(file)).exit_code == 0
        text = file.read_text(encoding="utf-8")
        assert "clinic-1 and 11 more" in text
        assert run("plot", path, "sensitivities", "--user", "hospital", "-o", str(file)).exit_code == 0
        assert "clinic" not in file.read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (("-o", "p.gif"), "got the suffix '.gif', expected one of .svg, .png, .pdf"),
            (("landscape", "--alpha", "1/2", "-o", "p.svg"), "landscape: shows no alpha of its own"),
            (("branches", "--user", "one", "-o", "p.svg"), "branches: shows no user of its own"),
            (("payments", "--user", "one", "-o", "p.svg"), "payments: shows no user of its own"),
            (("sensitivities", "--user", "nobody", "-o", "p.svg"), "user: got 'nobody', expected one of one, two"),
            (("payments", "--profile", "1,7", "-o", "p.svg"), "expected a level index from 0 to 1"),
            (("payments", "--alpha", "7", "-o", "p.svg"), "alpha"),
            (("paths", "--rule", "coalition", "-o", "p.svg"), "has no share α to move"),
            (("landskape", "-o", "p.svg"), "'landskape' is not one of"),
        ],
    )
    def test_what_is_refused(self, tmp_path: Path, options: tuple[str, ...], told: str) -> None:
        pytest.importorskip("matplotlib")
        result = run("plot", written(tmp_path, KNIFE_EDGE), *options)
        assert result.exit_code == 2
        assert told in result.stderr
        assert not Path("p.svg").exists()

    def test_too_many_panels(self, tmp_path: Path) -> None:
        pytest.importorskip("matplotlib")
        users = "".join(f"[[users]]\nsamples = {10 + k}\nsensitivity = [0, 0.1, 0.3]\nlevel = 2\n" for k in range(13))
        path = written(tmp_path, CLINICS.partition("[[users]]")[0] + users)
        result = run("plot", path, "sensitivities", "-o", str(tmp_path / "p.svg"))
        assert result.exit_code == 2
        assert "13 users who differ are more than 12 panels; say whose with --user" in result.stderr

    def test_theorem_1_is_drawn_where_there_is_no_share(self, tmp_path: Path) -> None:
        pytest.importorskip("matplotlib")
        path = written(tmp_path, KNIFE_EDGE)
        got = answer("plot", path, "payments", "--rule", "coalition", "-o", str(tmp_path / "p.svg"))
        assert (got["alpha"], got["profile"]) == (None, [0, 1])


class TestCompare:
    """Eq. 12: U = 1 where both share, φ = 1/2 each."""

    CHEAP = KNIFE_EDGE.replace("0.32", "0.1").replace("0.3]", "0.2]")

    @pytest.fixture
    def both(self, tmp_path: Path) -> tuple[str, str]:
        (tmp_path / "cheap").mkdir()
        return written(tmp_path, KNIFE_EDGE), written(tmp_path / "cheap", self.CHEAP)

    def test_scenarios(self, both: tuple[str, str]) -> None:
        """From 9/20 of 2/3, all for what it costs the first user, to 2/5 of 1: 1/5 to each, who bear 1/5 and 1/10."""
        got = answer("compare", *both, "--scope", "pure", "--exact")
        assert [(one["user"], one["change"], one["outcome"]) for one in got["users"]] == [
            ("one", "0", "same"), ("two", "1/10", "gains"),
        ]  # fmt: skip
        assert got["users"][1]["first"] == {"level": "0", "payment": "0", "sensitivity": "0", "gain": "0"}
        assert got["users"][1]["second"] == {
            "level": "1", "payment": "1/5", "sensitivity": "1/10", "gain": "1/10",
        }  # fmt: skip
        assert got["platform"] == {"first": "11/30", "second": "3/5", "change": "7/30"}
        assert (got["gains"], got["loses"], got["same"], got["certain"]) == (1, 0, 1, True)
        assert (got["first"]["alpha"], got["second"]["alpha"]) == ("9/20", "2/5")

    def test_answers_and_scenarios_say_the_same(self, both: tuple[str, str], tmp_path: Path) -> None:
        files = [str(tmp_path / name) for name in ("a.json", "b.json")]
        for path, file in zip(both, files, strict=True):
            assert run("design", path, "--exact", "-o", file).exit_code == 0
        computed = answer("compare", *both, "--exact")
        for pair in (files, (both[0], files[1]), (files[0], both[1])):
            got = answer("compare", *pair, "--exact")
            assert [got[key] for key in ("users", "platform")] == [computed[key] for key in ("users", "platform")]

    def test_rounded_answers(self, both: tuple[str, str], tmp_path: Path) -> None:
        """What was written without --exact is told to its rounding: nobody gains 1e-17."""
        files = [str(tmp_path / name) for name in ("a.json", "b.json")]
        for path, file in zip(both, files, strict=True):
            assert run("design", path, "--scope", "pure", "-o", file).exit_code == 0
        got = answer("compare", *files)
        assert [one["outcome"] for one in got["users"]] == ["same", "gains"]

    def test_who_left_and_who_came(self, tmp_path: Path) -> None:
        (tmp_path / "cheap").mkdir()
        first, second = written(tmp_path, KNIFE_EDGE), written(tmp_path / "cheap", KNIFE_EDGE.replace("two", "new"))
        got = answer("compare", first, second)
        assert [(one["user"], one["outcome"]) for one in got["users"]] == [
            ("one", "same"), ("two", "first only"), ("new", "second only"),
        ]  # fmt: skip
        assert got["users"][1]["second"] is got["users"][1]["change"] is None
        assert "2 are in one only" in run("compare", first, second).stdout

    def test_people_read_names_and_outcomes(self, both: tuple[str, str], tmp_path: Path) -> None:
        result = run("compare", *both, "--scope", "pure", "-o", str(tmp_path / "c.csv"))
        assert "1 of 2 users gain, 0 lose, 1 have the same." in result.stdout
        assert "The platform's change is 0.233333 = 7/30." in result.stdout
        with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert [(row["user"], float(row["change"]), row["outcome"]) for row in rows] == [
            ("one", 0, "same"), ("two", 0.1, "gains"),
        ]  # fmt: skip

    def test_other_money_is_told(self, both: tuple[str, str], tmp_path: Path) -> None:
        (tmp_path / "euro").mkdir()
        euro = written(tmp_path / "euro", KNIFE_EDGE.replace('kind = "table"', 'kind = "table"\ncurrency = "EUR"'))
        got = answer("compare", euro, both[0])
        assert got["warnings"] == ["the first is in EUR, the second in none: as if they were one"]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "not JSON"),
            ("[1]", "got a JSON list, expected an answer that fairgames design -o has written"),
            ("{}", 'schema: missing, expected "fairgames/design/1"'),
            ('{"schema": "fairgames/design/9"}', 'expected "fairgames/design/1"'),
            ('{"schema": "fairgames/payments/1"}', "an answer of fairgames design"),
            ('{"schema": "fairgames/design/1", "kind": "design", "alpha": NaN}', "NaN is no JSON number"),
            ("[" * 100_000, "nested too deeply"),
            ('{"schema": "fairgames/design/1", "kind": "design"}', "payments: missing"),
        ],
    )
    def test_what_is_no_answer(self, both: tuple[str, str], tmp_path: Path, text: str, told: str) -> None:
        (tmp_path / "a.json").write_text(text, encoding="utf-8")
        result = run("compare", both[0], str(tmp_path / "a.json"))
        assert result.exit_code == 2
        assert told in result.stderr
        assert str(tmp_path / "a.json") in result.stderr

    def test_no_answer_there(self, both: tuple[str, str], tmp_path: Path) -> None:
        result = run("compare", both[0], str(tmp_path / "none.json"))
        assert result.exit_code == 2
        assert "cannot be read" in result.stderr

    def test_options_of_a_design_that_is_done(self, both: tuple[str, str], tmp_path: Path) -> None:
        assert run("design", both[0], "-o", str(tmp_path / "a.json")).exit_code == 0
        result = run("compare", *[str(tmp_path / "a.json")] * 2, "--selection", "worst")
        assert result.exit_code == 2
        assert "--selection: both are answers already" in result.stderr


def test_crosscheck_asks_everybody(tmp_path: Path) -> None:
    """Of a game that exists already, by hand: coordination has two pure equilibria, and (2/3, 1/3) and (1/3, 2/3)."""
    (tmp_path / "game.nfg").write_text('NFG 1 R "" { "A" "B" }\n{ { "x" "y" } { "x" "y" } }\n""\n2 1 0 0 0 0 1 2\n')
    got = answer("crosscheck", str(tmp_path / "game.nfg"), "--exact")
    assert sorted(one["strategies"][0][0] for one in got["equilibria"]) == ["0", "1", "2/3"]
    from fairgames.solvers.registry import available

    assert set(got["solvers"]) == set(available())
    assert got["solvers"]["fairgames:extreme"]["found"] == [0, 1, 2]


def test_an_option_is_no_file(tmp_path: Path) -> None:
    """``-o --json`` takes ``--json`` for the name of a file, and then prints no JSON."""
    result = run("design", written(tmp_path, KNIFE_EDGE), "-o", "--json")
    assert result.exit_code == 2
    assert "got an option, expected the name of a file (./--json" in result.stderr
