"""Scenario files: what is read, exactly, and every fault with its key, value and what was expected."""

from __future__ import annotations

import math
import os
import random
import re
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames import memory
from fairgames.errors import FairgamesError, InputError, ScenarioError, TooLargeError
from fairgames.scenario import Scenario, load
from fairgames.utilities.federated_mean import FederatedMean
from fairgames.utilities.linear_laplace import LinearLaplace

FEDERATED = """
[utility]
kind = "federated-mean"
between_user_variance = 1.0
within_user_variance = 10.0
levels = [0, 1, 2]
aggregation = "equal"

[[users]]
name = "clinic"
count = 2
samples = 100
sensitivity = [0, 0.3, 0.6]

[[users]]
name = "lab"
samples = 7.5
importance = 2
sensitivity = [0, "1/3", 1]
"""

LAPLACE = """
[utility]
kind = "linear-laplace"
levels = [0, 0.5, inf]

[[users]]
count = 2
sensitivity = [0, 0.1, 0.2]
"""

TABLE = """
[utility]
kind = "table"
values = [[0, "2/3"], [0.3, 1]]

[[users]]
name = "a"
sensitivity = [0, 0.1]

[[users]]
name = "b"
sensitivity = [0, 0.2]
"""

FILE_TABLE = TABLE.replace('values = [[0, "2/3"], [0.3, 1]]', 'file = "u.csv"')


def write(folder: Path, text: str, name: str = "s.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def exact(*rows: str) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, row.split())) for row in rows)


def read(folder: Path, text: str) -> Scenario:
    return load(write(folder, text))


def faults_of(folder: Path, text: str) -> tuple[str, ...]:
    path = write(folder, text)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert all(str(folder) in fault for fault in caught.value.faults if not fault.startswith("…"))
    return caught.value.faults


def only_fault(folder: Path, text: str) -> str:
    faults = faults_of(folder, text)
    assert len(faults) == 1, faults
    return faults[0]


class TestReading:
    @pytest.mark.parametrize("written", ["3", "3.0", '"3"', '"6/2"', "0x3"])
    def test_least_number_of_members(self, tmp_path: Path, written: str) -> None:
        utility = read(tmp_path, FEDERATED.replace("levels", f"minimum_aggregate = {written}\nlevels")).utility
        assert isinstance(utility, FederatedMean)
        assert utility.minimum_aggregate == 3
        assert utility.at((1, 1, 0)) == 0 < utility.at((1, 1, 1))

    def test_federated_mean(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, FEDERATED)
        utility = scenario.utility
        assert isinstance(utility, FederatedMean)
        assert (utility.between, utility.within, utility.aggregation) == (1.0, 10.0, "equal")
        assert utility.minimum_aggregate == 1
        assert utility.levels == (0, 1, 2)
        assert scenario.users.names == ("clinic-1", "clinic-2", "lab")
        assert scenario.rows == ((0, 1), (2,))
        assert scenario.users.samples is not None
        assert scenario.users.samples.tolist() == [100, 100, 7.5]
        assert scenario.users.importance.tolist() == [1, 1, 2]
        assert scenario.rule == "users"
        assert scenario.alpha_of_utility is None
        assert scenario.currency is None
        assert scenario.warnings == ()
        assert scenario.path == tmp_path / "s.toml"

    def test_decimals_and_strings_are_exact(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, FEDERATED.replace("0.6", "6e-1"))
        assert scenario.users.sensitivity == exact("0 3/10 3/5", "0 3/10 3/5", "0 1/3 1")

    def test_linear_laplace(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, LAPLACE)
        assert isinstance(scenario.utility, LinearLaplace)
        assert scenario.utility.levels == (0, Fraction(1, 2), math.inf)
        assert scenario.users.names == ("user-1-1", "user-1-2")

    def test_table_is_exact(self, tmp_path: Path) -> None:
        utility = read(tmp_path, TABLE).utility
        assert utility.exact_on_grid().fractions().tolist() == [[0, Fraction(2, 3)], [Fraction(3, 10), 1]]
        assert utility.levels == (0, 1)

    def test_table_with_named_levels(self, tmp_path: Path) -> None:
        text = TABLE.replace("values", 'levels = [0, "inf"]\nvalues') + "level = inf\n"
        scenario = read(tmp_path, text)
        assert scenario.utility.levels == (0, math.inf)
        assert scenario.without_level == ("a",)

    def test_level_names(self, tmp_path: Path) -> None:
        named = FEDERATED.replace("levels = [0, 1, 2]", 'levels = [0, 1, 2]\nlevel_names = ["nothing ", "sum", "mean"]')
        scenario = read(tmp_path, named)
        assert scenario.utility.level_names == ("nothing", "sum", "mean")
        assert fg.PaymentGame(scenario).at("1/2").strategies[0] == ("nothing", "sum", "mean")
        assert read(tmp_path, FEDERATED).utility.level_names == ("0", "1", "2")

    @pytest.mark.parametrize("names", ['["a", "b"]', '["a", "b", "a "]', '["a", "", "b"]', '"abc"', '["a", "b", 2]'])
    def test_level_names_that_are_none(self, tmp_path: Path, names: str) -> None:
        with pytest.raises(ScenarioError, match=r"utility\.level_names: got .* 3 names that differ"):
            read(tmp_path, FEDERATED.replace("levels = [0, 1, 2]", f"levels = [0, 1, 2]\nlevel_names = {names}"))

    def test_scale_and_currency(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, TABLE.replace("values", 'scale = "1/3"\ncurrency = "EUR"\nvalues'))
        assert scenario.currency == "EUR"
        assert scenario.utility.exact_on_grid().fractions()[1, 1] == Fraction(1, 3)

    def test_payment(self, tmp_path: Path) -> None:
        text = TABLE + '[payment]\nrule = "users"\nalpha_of_utility = [[0, 0.2], [5, "2/5"]]\n'
        linear = read(tmp_path, text).alpha_of_utility
        assert linear is not None
        assert linear(Fraction(5, 2)) == Fraction(3, 10)
        stepped = read(tmp_path, text + "step = true\n").alpha_of_utility
        assert stepped is not None
        assert stepped(Fraction(5, 2)) == Fraction(1, 5)

    def test_coalition_has_no_alpha(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, TABLE + '[payment]\nrule = "coalition"\nalpha_of_utility = [[0, 0.2]]\n')
        assert scenario.rule == "coalition"
        assert "alpha_of_utility" in scenario.warnings[0]

    def test_default_names(self, tmp_path: Path) -> None:
        text = LAPLACE + "[[users]]\n[[users]]\nname = 'x'\n"
        assert read(tmp_path, text).users.names == ("user-1-1", "user-1-2", "user-2", "x")

    def test_allowed_are_levels_not_indices(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, LAPLACE.replace("[0, 0.1, 0.2]", '[0, 0, 0.2]\nallowed = ["1/2", inf]'))
        assert scenario.users.allowed == ((1, 2), (1, 2))

    def test_byte_order_mark_and_windows_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "s.toml"
        path.write_bytes(b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode())
        assert load(path).users.names == ("a", "b")

    def test_path_as_text(self, tmp_path: Path) -> None:
        assert load(str(write(tmp_path, TABLE))).users.names == ("a", "b")


class TestWarnings:
    def test_without_sensitivity(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, TABLE.replace("sensitivity = [0, 0.1]\n", ""))
        assert scenario.users.sensitivity == exact("0 0", "0 1/5")
        assert len(scenario.warnings) == 1
        assert "sensitivity" in scenario.warnings[0]
        assert " a;" in scenario.warnings[0]

    def test_nobody_has_sensitivity(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, re.sub("sensitivity = .*\n", "", TABLE))
        assert scenario.users.costs(0, 2) == exact("0 0")[0]
        assert "a, b" in scenario.warnings[0]

    def test_falling_cost(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, FEDERATED.replace('"1/3", 1', '"1/3", 0.1'))
        assert len(scenario.warnings) == 1
        assert "lab" in scenario.warnings[0]
        assert "clinic" not in scenario.warnings[0]

    def test_many_names_are_counted(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, LAPLACE + "[[users]]\n" * 9)
        assert "user-6 and 4 more" in scenario.warnings[0]


class TestProfile:
    WITH_LEVELS = FEDERATED.replace('name = "lab"', 'name = "lab"\nlevel = 2\nallowed = [0, 2]').replace(
        "count = 2", "count = 2\nlevel = 1"
    )

    def test_every_row_has_a_level(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, self.WITH_LEVELS)
        assert scenario.profile == (1, 1, 2)
        assert scenario.without_level == ()

    def test_the_level_itself_not_its_index(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, LAPLACE + 'level = "1/2"\n')
        assert scenario.profile == (1, 1)

    def test_some_rows_have_none(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, self.WITH_LEVELS.replace("level = 1", ""))
        assert scenario.profile is None
        assert scenario.without_level == ("clinic-1", "clinic-2")

    def test_expand_rows_and_users(self, tmp_path: Path) -> None:
        scenario = read(tmp_path, self.WITH_LEVELS)
        assert scenario.expand_profile([1, 2]) == (1, 1, 2)
        assert scenario.expand_profile([1, 0, 2]) == (1, 0, 2)

    @pytest.mark.parametrize(
        ("indices", "parts"),
        [
            ([1], ["1 level indices", "2 (one a row", "3 (one an expanded user)"]),
            ([1, 2, 0, 0], ["4 level indices", "2 (one a row", "3 (one an expanded user)"]),
            ([3, 0], ["clinic-1", "3", "0 to 2"]),
            ([-1, 0], ["clinic-2", "-1", "0 to 2"]),
            ([True, 0], ["clinic-1", "True"]),
            ([0, 0.5], ["lab", "0.5"]),
            ([0, 1], ["lab", "1 (level 1)", "0 (level 0), 2 (level 2)"]),
        ],
    )
    def test_faults(self, tmp_path: Path, indices: Any, parts: list[str]) -> None:
        with pytest.raises(InputError) as caught:
            read(tmp_path, self.WITH_LEVELS).expand_profile(indices)
        assert all(part in str(caught.value) for part in parts)

    def test_all_faults_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            read(tmp_path, self.WITH_LEVELS).expand_profile([7, 8, 1])
        assert len(caught.value.faults) == 3


#: (scenario, what to replace, by what, parts of the one fault)
BROKEN: list[tuple[str, str, str, list[str]]] = [
    # utility: kind and keys
    (FEDERATED, 'kind = "federated-mean"', 'kind = "federated-men"', ["utility.kind", "federated-men", "did you mean"]),
    (LAPLACE, 'kind = "linear-laplace"\n', "", ["utility.kind: missing", '"linear-laplace"']),
    (LAPLACE, 'kind = "linear-laplace"\n', "kind = 3\n", ["utility.kind: got 3"]),
    (FEDERATED, "levels", "levles = 1\nlevels", ["utility.levles: unknown key", "levels (did you mean"]),
    (FEDERATED, "levels", '"a b" = 1\nlevels', ['utility."a b": unknown key']),
    (FEDERATED, "levels", "file = 'u.csv'\nlevels", ["utility.file", "u.csv", 'kind = "table" only']),
    (LAPLACE, "levels", "within_user_variance = 1\nlevels", ["within_user_variance", 'kind = "federated-mean" only']),
    (LAPLACE, "levels", "users = 'h.csv'\nlevels", ["utility.users", "at the top of the file"]),
    (LAPLACE, "levels", "rule = 'users'\nlevels", ["utility.rule", "belongs in [payment]"]),
    # utility: numbers
    (FEDERATED, "between_user_variance = 1.0\n", "", ["utility.between_user_variance: missing", "≥ 0"]),
    (FEDERATED, "within_user_variance = 10.0\n", "", ["utility.within_user_variance: missing", "> 0"]),
    (FEDERATED, "= 1.0", "= -0.5", ["utility.between_user_variance: got -0.5", "≥ 0"]),
    (FEDERATED, "= 10.0", "= 0", ["utility.within_user_variance: got 0", "> 0"]),
    (FEDERATED, "= 10.0", "= -1", ["utility.within_user_variance: got -1", "> 0"]),
    (FEDERATED, "= 10.0", "= nan", ["utility.within_user_variance: got nan", "finite"]),
    (FEDERATED, "= 10.0", "= inf", ["utility.within_user_variance: got inf", "finite"]),
    (FEDERATED, "= 10.0", "= true", ["utility.within_user_variance: got true", "number"]),
    (FEDERATED, "= 10.0", "= 'ten'", ['utility.within_user_variance: got "ten"', "number"]),
    (FEDERATED, "= 10.0", "= '1/0'", ['utility.within_user_variance: got "1/0"', "number"]),
    (FEDERATED, "= 10.0", "= 1e400", ["utility.within_user_variance: got 1000", "finite"]),
    (FEDERATED, "= 10.0", "= 1e-400", ["utility.within_user_variance: got 1/1000", "finite"]),
    (FEDERATED, "= 10.0", "= 1e999999999999", ["utility.within_user_variance", "1e999999999999", "finite"]),
    (FEDERATED, "= 10.0", "= '1e999999999999'", ["utility.within_user_variance", "1e999999999999", "finite"]),
    (FEDERATED, "= 10.0", "= 0x" + "f" * 5000, ["utility.within_user_variance", "thousands of digits"]),
    (FEDERATED, "= 10.0", "= 1979-05-27", ["utility.within_user_variance", "1979-05-27"]),
    (FEDERATED, "= 10.0", "= [1]", ["utility.within_user_variance: got [1]"]),
    (FEDERATED, '"equal"', '"fedavg"', ["utility.aggregation", '"fedavg"', '"samples"']),
    (FEDERATED, "levels", "minimum_aggregate = 0\nlevels", ["utility.minimum_aggregate: got 0", "whole number ≥ 1"]),
    (FEDERATED, "levels", "minimum_aggregate = 2.5\nlevels", ["utility.minimum_aggregate: got 2.5", "whole number"]),
    (FEDERATED, "levels", "minimum_aggregate = true\nlevels", ["utility.minimum_aggregate: got true", "≥ 1"]),
    (FEDERATED, "levels", "minimum_aggregate = 'all'\nlevels", ['utility.minimum_aggregate: got "all"', "≥ 1"]),
    (FEDERATED, "levels", "minimum_aggregate = inf\nlevels", ["utility.minimum_aggregate: got inf", "≥ 1"]),
    (FEDERATED, "levels", "minimum_agregate = 3\nlevels", ["utility.minimum_agregate", "minimum_aggregate (did you"]),
    (LAPLACE, "levels", "minimum_aggregate = 3\nlevels", ["utility.minimum_aggregate: got 3", "federated-mean"]),
    (LAPLACE, "levels", "scale = 0\nlevels", ["utility.scale: got 0", "> 0"]),
    (LAPLACE, "levels", "scale = nan\nlevels", ["utility.scale: got nan"]),
    (LAPLACE, "levels", "currency = 3\nlevels", ["utility.currency: got 3", "string"]),
    # levels
    (FEDERATED, "levels = [0, 1, 2]\n", "", ["utility.levels: missing", "[0, 1, 2]"]),
    (FEDERATED, "levels = [0, 1, 2]", "levels = [0, 2, 1]", ["utility.levels: got [0, 2, 1]", "increasing"]),
    (FEDERATED, "levels = [0, 1, 2]", "levels = [0, 1, 3]", ["utility.levels: got [0, 1, 3]", "0, 1, 2"]),
    (LAPLACE, "[0, 0.5, inf]", "[0, 0.5, 0.5]", ["utility.levels: got [0, 0.5, 0.5]", "strictly increasing"]),
    (LAPLACE, "[0, 0.5, inf]", "[0, inf, inf]", ["utility.levels: got [0, inf, inf]", "strictly increasing"]),
    (LAPLACE, "[0, 0.5, inf]", "[0.1, 0.5, inf]", ["utility.levels: got [0.1, 0.5, inf]", "first entry is 0"]),
    (LAPLACE, "[0, 0.5, inf]", "[-inf, 0, inf]", ["utility.levels", "-inf", "first entry is 0"]),
    (LAPLACE, "[0, 0.5, inf]", "[0]", ["utility.levels: got [0]", "at least two"]),
    (LAPLACE, "[0, 0.5, inf]", "[]", ["utility.levels: got []", "at least two"]),
    (LAPLACE, "[0, 0.5, inf]", "[0, nan, 'x', true]", ['got the entries [nan, "x", true]']),
    (LAPLACE, "[0, 0.5, inf]", "3", ["utility.levels: got 3", "list"]),
    # payment
    (TABLE, "[utility]", "[payment]\nrule = 'user'\n[utility]", ["payment.rule", '"user"', '"users" (did you mean']),
    (TABLE, "[utility]", "[payment]\nrul = 'users'\n[utility]", ["payment.rul: unknown", "rule (did you mean"]),
    (TABLE, "[utility]", "[payment]\nstep = 1\n[utility]", ["payment.step: got 1", "true or false"]),
    (TABLE, "[utility]", "[payment]\nstep = true\n[utility]", ["payment.step", "without alpha_of_utility"]),
    (TABLE, "[utility]", "[payment]\nalpha_of_utility = [[0, 1.5]]\n[utility]", ["payment.alpha_of_utility", "1.5"]),
    (TABLE, "[utility]", "[payment]\nalpha_of_utility = [[0, -0.1]]\n[utility]", ["alpha_of_utility", "-0.1", "0 ≤ α"]),
    (TABLE, "[utility]", "[payment]\nalpha_of_utility = [[0, nan]]\n[utility]", ["alpha_of_utility", "[0, nan]"]),
    (TABLE, "[utility]", "[payment]\nalpha_of_utility = [[0]]\n[utility]", ["alpha_of_utility", "[0]", "pair"]),
    (TABLE, "[utility]", "[payment]\nalpha_of_utility = [[1, 0], [1, 1]]\n[utility]", ["1, 1", "ascending"]),
    (TABLE, "[utility]", "[payment]\nalpha_of_utility = []\n[utility]", ["alpha_of_utility: got []", "pairs"]),
    (TABLE, "[utility]", "[payment]\nalpha_of_utility = 0.5\n[utility]", ["alpha_of_utility: got 0.5", "pairs"]),
    (TABLE, "[utility]", "payment = 3\n[utility]", ["payment: got 3", "[payment]"]),
    # users
    (FEDERATED, "samples = 100\n", "", ['users[1].samples ("clinic"): missing', "≥ 1"]),
    (FEDERATED, "samples = 100", "samples = 0.5", ['users[1].samples ("clinic"): got 0.5', "≥ 1"]),
    (FEDERATED, "samples = 100", "samples = nan", ["users[1].samples", "nan"]),
    (FEDERATED, "samples = 100", "samples = inf", ["users[1].samples", "inf", "finite"]),
    (FEDERATED, "importance = 2", "importance = -2", ['users[2].importance ("lab"): got -2', "≥ 0"]),
    (FEDERATED, "count = 2", "count = 0", ["users[1].count", "got 0", "whole number ≥ 1"]),
    (FEDERATED, "count = 2", "count = 1.5", ["users[1].count", "got 1.5", "whole number ≥ 1"]),
    (FEDERATED, "count = 2", "count = true", ["users[1].count", "got true"]),
    (FEDERATED, "count = 2", "count = 1_000_001", ["users: got counts", "1,000,002", "1,000,000"]),
    (FEDERATED, "count = 2", "count = 10000000000000000000000", ["users: got counts", "at most 1,000,000"]),
    (FEDERATED, "[0, 0.3, 0.6]", "[0, 0.3]", ["users[1].sensitivity", "2 entries", "3 costs", "0, 1, 2"]),
    (FEDERATED, "[0, 0.3, 0.6]", "0.3", ["users[1].sensitivity", "got 0.3", "list"]),
    (FEDERATED, "[0, 0.3, 0.6]", "[0, -0.3, 0.6]", ["users[1].sensitivity", "-0.3 at level 1", "≥ 0"]),
    (FEDERATED, "[0, 0.3, 0.6]", "[0, nan, 0.6]", ["users[1].sensitivity", "nan at level 1"]),
    (FEDERATED, "[0, 0.3, 0.6]", "[0, 0.3, inf]", ["users[1].sensitivity", "inf at level 2"]),
    (FEDERATED, "[0, 0.3, 0.6]", "[0, 'x', 0.6]", ["users[1].sensitivity", '"x" at level 1']),
    (FEDERATED, "[0, 0.3, 0.6]", "[0.1, 0.3, 0.6]", ["users[1].sensitivity", "0.1 at the lowest allowed level 0"]),
    (FEDERATED, "count = 2", "allowed = [1, 2]", ["users[1].sensitivity", "0.3 at the lowest allowed level 1"]),
    (FEDERATED, "count = 2", "allowed = [0, 3]", ["users[1].allowed", "[0, 3]", "0, 1, 2"]),
    (FEDERATED, "count = 2", "allowed = [2, 0]", ["users[1].allowed", "[2, 0]", "increasing"]),
    (FEDERATED, "count = 2", "allowed = [0, 0]", ["users[1].allowed", "[0, 0]", "increasing"]),
    (FEDERATED, "count = 2", "allowed = []", ["users[1].allowed", "[]", "at least one"]),
    (FEDERATED, "count = 2", "allowed = 2", ["users[1].allowed", "got 2", "list"]),
    (FEDERATED, "count = 2", "level = 3", ["users[1].level", "got 3", "0, 1, 2"]),
    (FEDERATED, "count = 2", "level = 1\nallowed = [0, 2]", ["users[1].level", "got 1", "0, 2"]),
    (LAPLACE, "count = 2", "level = 1", ["users[1].level", "got 1", "0, 0.5, inf", "not its index"]),
    (FEDERATED, '"lab"', '"clinic-2"', ["users[2].name", '"clinic-2"', "taken by users[1]", "unique"]),
    (FEDERATED, '"lab"', '"clinic"', ["users[2].name", '"clinic"', "taken by users[1]", "unique"]),
    (LAPLACE + "[[users]]\n", "count = 2", 'name = "user-2"', ["users[2].name", '"user-2"', "taken by users[1]"]),
    (FEDERATED, '"lab"', '" "', ["users[2].name", '" "', "non-empty"]),
    (FEDERATED, '"lab"', "7", ["users[2].name", "got 7", "string"]),
    (FEDERATED, "importance", "improtance", ["users[2].improtance", "unknown", "importance (did you mean"]),
    (TABLE, 'name = "b"', 'name = "b"\nsamples = 3', ['users[2].samples ("b")', "got 3", '"federated-mean" only']),
    (LAPLACE, "count = 2", "importance = 3", ["users[1].importance", "got 3", '"federated-mean" only']),
    # the whole file
    (TABLE, "[utility]", "user = 3\n[utility]", ["user: unknown key", "users (did you mean"]),
    (LAPLACE, "[[users]]", "[users]", ["users: got a table", "[[users]]"]),
    (LAPLACE, "[[users]]", "[[utility]]", ["not TOML", "line 6"]),
    (LAPLACE, "[utility]", "users = 'h.csv'\n[utility]", ["got both users", "[[users]]"]),
    (LAPLACE, "levels = [0", "levels = [0 0", ["not TOML", "line 4"]),
    (LAPLACE, "0.2]\n", "0.2", ["not TOML", "line 8"]),
    # tables
    (TABLE, "values =", "file = 'u.csv'\nvalues =", ["utility.file", "both values and file"]),
    (TABLE, 'values = [[0, "2/3"], [0.3, 1]]', "", ["utility.values: missing", "nested lists"]),
    (TABLE, '[[0, "2/3"], [0.3, 1]]', "3", ["utility.values: got 3", "nested lists"]),
    (TABLE, "0.3", "nan", ["utility.values[1][0]: got nan", "finite"]),
    (TABLE, "0.3", "inf", ["utility.values[1][0]: got inf", "finite"]),
    (TABLE, "0.3", "'a'", ['utility.values[1][0]: got "a"', "finite"]),
    (TABLE, "0.3", "[1]", ["utility.values[1][0]: got [1]", "finite"]),
    (TABLE, "[[0,", "[[0.5,", ["utility.values[0][0]: got 0.5", "expected 0"]),
    (TABLE, "[0.3, 1]", "[0.3]", ["utility.values[1]: got 1 entries", "2 entries"]),
    (TABLE, "[0.3, 1]", "0.3", ["utility.values[1]: got 0.3", "2 entries", "2 users"]),
    (TABLE, '[[0, "2/3"], [0.3, 1]]', "[[0]]", ["utility.values", "1 levels", "2 to"]),
    (FILE_TABLE, "u.csv", "u.txt", ["utility.file", "u.txt"]),
    (FILE_TABLE, '"u.csv"', "7", ["utility.file: got 7", "string"]),
    (FILE_TABLE, "u.csv", "none.csv", ["utility.file", "none.csv", "there is none"]),
    (FILE_TABLE, "u.csv", "../u.csv", ["utility.file", "../u.csv", "outside the scenario's folder"]),
    (FILE_TABLE, "u.csv", "/etc/hostname", ["utility.file", "/etc/hostname", "outside the scenario's folder"]),
    (FILE_TABLE, "u.csv", "a\\u0000b", ["utility.file", "a\\u0000b"]),
    (FILE_TABLE, "u.csv", ".", ["utility.file", "there is none"]),
]


@pytest.mark.parametrize(("text", "old", "new", "parts"), BROKEN)
def test_fault(tmp_path: Path, text: str, old: str, new: str, parts: list[str]) -> None:
    assert text.count(old) >= 1
    fault = only_fault(tmp_path, text.replace(old, new, 1))
    assert str(tmp_path / "s.toml") in fault
    assert all(part in fault for part in parts), fault


class TestFiles:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ScenarioError, match=re.escape(f"{tmp_path / 'none.toml'}: cannot be read (No such file")):
            load(tmp_path / "none.toml")

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ScenarioError, match="Is a directory"):
            load(tmp_path)

    def test_null_byte_in_the_name(self) -> None:
        with pytest.raises(ScenarioError, match="cannot be read"):
            load("a\0b")

    def test_not_utf8(self, tmp_path: Path) -> None:
        path = tmp_path / "s.toml"
        path.write_bytes(b"[utility]\n# caf\xe9\n")
        with pytest.raises(ScenarioError, match=r"s\.toml: line 2: byte 0xe9 is not UTF-8"):
            load(path)

    def test_empty(self, tmp_path: Path) -> None:
        faults = faults_of(tmp_path, "")
        assert any("utility.kind: missing" in fault for fault in faults)
        assert any("users: missing" in fault for fault in faults)

    def test_nested_too_deeply(self, tmp_path: Path) -> None:
        assert "nested too deeply" in only_fault(tmp_path, f"a = {'[' * 100_000}")

    def test_integers_of_too_many_digits(self, tmp_path: Path) -> None:
        assert "not TOML" in only_fault(tmp_path, f"a = {'9' * 5000}")


class TestSuffix:
    def test_another_kind_of_file(self, tmp_path: Path) -> None:
        write(tmp_path, COMPLETE, "u.txt")
        assert "a file that ends in .npy or .csv" in only_fault(tmp_path, FILE_TABLE.replace("u.csv", "u.txt"))

    def test_upper_case(self, tmp_path: Path) -> None:
        write(tmp_path, COMPLETE, "U.CSV")
        assert read(tmp_path, FILE_TABLE.replace("u.csv", "U.CSV")).utility.at((1, 0)) == 0.3


class TestAllAtOnce:
    def test_several_sections(self, tmp_path: Path) -> None:
        text = """
            colour = "red"
            [utility]
            kind = "federated-mean"
            between_user_variance = -1
            within_user_variance = 0
            levels = [0, 1, 2]
            [payment]
            rule = "nobody"
            alpha_of_utility = [[0, 2], [1, -1], "x"]
            [[users]]
            name = "a"
            samples = 0
            sensitivity = [0, -1, nan]
            [[users]]
            name = "a"
            samples = 3
            level = 9
        """
        faults = faults_of(tmp_path, text)
        for part in (
            "colour", "between_user_variance", "within_user_variance", "payment.rule", "α = 2", "α = -1", '"x"',
            "users[1].samples", "-1 at level 1", "nan at level 2", "users[2].name", "users[2].level",
        ):  # fmt: skip
            assert sum(part in fault for fault in faults) == 1, part
        assert len(faults) == 12

    def test_users_are_checked_when_the_kind_is_unknown(self, tmp_path: Path) -> None:
        faults = faults_of(tmp_path, LAPLACE.replace("linear-laplace", "laplace").replace("0.1", "-0.1"))
        assert any("utility.kind" in fault for fault in faults)
        assert any("users[1].sensitivity" in fault for fault in faults)

    def test_table_and_users(self, tmp_path: Path) -> None:
        faults = faults_of(tmp_path, TABLE.replace("0.3", "nan").replace("0.1", "nan"))
        assert len(faults) == 2

    def test_table_is_not_compared_with_an_unknown_number_of_users(self, tmp_path: Path) -> None:
        assert "count" in only_fault(tmp_path, TABLE.replace('name = "b"', "count = 0"))

    def test_users_that_are_no_tables(self, tmp_path: Path) -> None:
        faults = faults_of(tmp_path, "users = [3, {count = 0}]\n" + LAPLACE[: LAPLACE.index("[[users]]")])
        assert ["got the entry 3" in faults[0], "users[2].count" in faults[1], len(faults)] == [True, True, 2]

    def test_names_and_counts(self, tmp_path: Path) -> None:
        assert len(faults_of(tmp_path, FEDERATED.replace("count = 2", "count = 0").replace("lab", "clinic"))) == 2

    def test_very_many_are_counted(self, tmp_path: Path) -> None:
        faults = faults_of(tmp_path, LAPLACE + "[[users]]\ncount = 0\n" * 150)
        assert len(faults) == 51
        assert faults[-1] == "… and 100 more"

    def test_what_a_constructor_finds_names_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise InputError(["one", "two"])

        monkeypatch.setattr("fairgames.scenario.reader.build_utility", refuse)
        assert faults_of(tmp_path, TABLE) == (f"{tmp_path / 's.toml'}: one", f"{tmp_path / 's.toml'}: two")


NPY = TABLE.replace('values = [[0, "2/3"], [0.3, 1]]', 'file = "u.npy"')


class TestNpy:
    def test_floats(self, tmp_path: Path) -> None:
        np.save(tmp_path / "u.npy", np.array([[0, 0.1], [0.2, 0.7]]))
        utility = read(tmp_path, NPY).utility
        assert not utility.rational
        assert utility.on_grid().tolist() == [[0, 0.1], [0.2, 0.7]]

    @pytest.mark.parametrize("dtype", ["<i8", ">i2", "u1"])
    def test_integers_are_exact(self, tmp_path: Path, dtype: str) -> None:
        np.save(tmp_path / "u.npy", np.array([[0, 1], [2, 3]], dtype=dtype))
        utility = read(tmp_path, NPY).utility
        assert utility.exact_on_grid().fractions().tolist() == [[0, 1], [2, 3]]

    def test_fortran_order_and_byte_order(self, tmp_path: Path) -> None:
        np.save(tmp_path / "u.npy", np.asfortranarray(np.array([[0, 1.5], [2, 3]], dtype=">f4")))
        assert read(tmp_path, NPY).utility.on_grid().tolist() == [[0, 1.5], [2, 3]]

    @pytest.mark.parametrize(
        ("array", "parts"),
        [
            (np.zeros((3, 3)), ["shape (3, 3)", "(3, 3, 3)"]),
            (np.zeros((2, 3)), ["shape (2, 3)", "(2, 2)"]),
            (np.array([[1.0, 1], [1, 1]]), ["[0, 0]: got 1.0", "expected 0"]),
            (np.array([[0.0, np.nan], [1, 1]]), ["[0, 1]: got nan", "finite"]),
            (np.array([[0.0, 1], [np.inf, 1]]), ["[1, 0]: got inf", "finite"]),
            (np.array([[0, 1], [2, 3]], dtype=complex), ["complex", "numbers"]),
            (np.array([[0, 1], [2, 3]], dtype=bool), ["bool", "numbers"]),
            (np.array([["0", "1"], ["2", "3"]]), ["<U1", "numbers"]),
            (np.array([[0, Fraction(1, 2)], [2, 3]]), ["pickle", "refused"]),
            (np.array(3.0), ["shape ()", "one axis a user"]),
        ],
    )
    def test_faults(self, tmp_path: Path, array: np.ndarray[Any, Any], parts: list[str]) -> None:
        np.save(tmp_path / "u.npy", array)
        text = NPY if array.shape != (3, 3) else NPY + "[[users]]\nsensitivity = [0, 0, 0]\n"
        faults = faults_of(tmp_path, text)
        assert any("u.npy" in fault and all(part in fault for part in parts) for fault in faults), faults

    @pytest.mark.parametrize(
        "content",
        [b"", b"\x80\x04\x95", b"not numpy", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x01\x00\x10\x00{'descr': 'oops  \n"],
    )
    def test_broken_files(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "u.npy").write_bytes(content)
        assert "u.npy: not an array that can be read" in only_fault(tmp_path, NPY)

    def test_truncated(self, tmp_path: Path) -> None:
        np.save(tmp_path / "u.npy", np.zeros((2, 2)))
        content = (tmp_path / "u.npy").read_bytes()
        (tmp_path / "u.npy").write_bytes(content[:-8])
        assert "not an array that can be read" in only_fault(tmp_path, NPY)

    def test_archive(self, tmp_path: Path) -> None:
        with (tmp_path / "u.npy").open("wb") as file:
            np.savez(file, u=np.zeros((2, 2)))
        assert "an archive" in only_fault(tmp_path, NPY)

    def test_refused_before_it_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        np.save(tmp_path / "u.npy", np.zeros((2, 2)))
        monkeypatch.setattr(memory, "available_bytes", lambda: 31)
        monkeypatch.setattr(memory, "_SMALL", 0)
        with pytest.raises(TooLargeError, match=r"u\.npy: a table of 4 entries"):
            read(tmp_path, NPY)

    def test_more_users_than_axes(self, tmp_path: Path) -> None:
        np.save(tmp_path / "u.npy", np.zeros((2, 2)))
        fault = only_fault(tmp_path, NPY.replace('name = "b"', "count = 100000"))
        assert "100,001 users" in fault
        assert "2^100001 entries" in fault


class TestConfinement:
    """Tables and lists of users come from the scenario's folder, whatever links say."""

    @pytest.fixture
    def outside(self, tmp_path: Path) -> Path:
        (tmp_path / "outside").mkdir()
        (tmp_path / "inside").mkdir()
        np.save(tmp_path / "outside" / "u.npy", np.array([[0, 0.1], [0.2, 0.7]]))
        return tmp_path / "outside" / "u.npy"

    def test_link_out(self, tmp_path: Path, outside: Path) -> None:
        (tmp_path / "inside" / "u.npy").symlink_to(outside)
        assert "outside the scenario's folder" in only_fault(tmp_path / "inside", NPY)

    def test_linked_folder(self, tmp_path: Path, outside: Path) -> None:
        (tmp_path / "inside" / "sub").symlink_to(outside.parent)
        assert "outside the scenario's folder" in only_fault(tmp_path / "inside", NPY.replace("u.npy", "sub/u.npy"))

    def test_a_folder_whose_name_begins_alike(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "ab").mkdir()
        np.save(tmp_path / "ab" / "u.npy", np.zeros((2, 2)))
        assert "outside" in only_fault(tmp_path / "a", NPY.replace("u.npy", "../ab/u.npy"))

    def test_link_loop(self, tmp_path: Path) -> None:
        (tmp_path / "u.npy").symlink_to(tmp_path / "u.npy")
        assert "u.npy" in only_fault(tmp_path, NPY)

    def test_there_and_back_is_inside(self, tmp_path: Path, outside: Path) -> None:
        path = write(outside.parent, NPY.replace("u.npy", "../outside/u.npy"))
        assert load(path).utility.at((1, 1)) == 0.7

    def test_linked_folder_of_the_scenario(self, tmp_path: Path, outside: Path) -> None:
        write(outside.parent, NPY)
        (tmp_path / "link").symlink_to(outside.parent)
        assert load(tmp_path / "link" / "s.toml").utility.at((1, 0)) == 0.2

    def test_relative_path(self, outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(outside.parent, NPY)
        monkeypatch.chdir(outside.parent)
        assert load("s.toml").utility.at((0, 1)) == 0.1

    def test_users_file(self, tmp_path: Path, outside: Path) -> None:
        (outside.parent / "h.csv").write_text("name\na\n")
        text = 'users = "../outside/h.csv"\n' + LAPLACE[: LAPLACE.index("[[users]]")]
        assert "outside the scenario's folder" in only_fault(tmp_path / "inside", text)

    def test_no_pipes(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "u.npy")
        assert "there is none" in only_fault(tmp_path, NPY)


COMPLETE = "a,b,utility\n0,0,0\n0,1,2/3\n1,0,0.3\n1,1,1\n"


class TestCsvTable:
    def test_is_exact(self, tmp_path: Path) -> None:
        write(tmp_path, COMPLETE, "u.csv")
        utility = read(tmp_path, FILE_TABLE).utility
        assert utility.exact_on_grid().fractions().tolist() == [[0, Fraction(2, 3)], [Fraction(3, 10), 1]]

    def test_rows_in_any_order_blank_lines_and_marks(self, tmp_path: Path) -> None:
        header, *rows = COMPLETE.splitlines()
        text = "\ufeff" + "\r\n".join([header, "", *reversed(rows), "", ""])
        (tmp_path / "u.csv").write_bytes(text.encode())
        assert read(tmp_path, FILE_TABLE).utility.at((1, 0)) == 0.3

    def test_any_column_names(self, tmp_path: Path) -> None:
        write(tmp_path, COMPLETE.replace("a,b", "first,second"), "u.csv")
        assert read(tmp_path, FILE_TABLE).utility.at((1, 0)) == 0.3

    def test_three_levels_two_users(self, tmp_path: Path) -> None:
        """Asymmetric, so that a mixed-up axis would show."""
        rows = [f"{x},{y},{10 * x + y}" for x, y in product(range(3), repeat=2)]
        write(tmp_path, "\n".join(["a,b,utility", *rows]), "u.csv")
        text = re.sub("sensitivity = .*", "sensitivity = [0, 0, 0]", FILE_TABLE)
        utility = read(tmp_path, text).utility
        assert all(utility.at((x, y)) == 10 * x + y for x, y in product(range(3), repeat=2))

    @pytest.mark.parametrize(
        ("old", "new", "parts"),
        [
            (COMPLETE, "", ["line 1", "none", "utility"]),
            (COMPLETE, "a,b,utility\n", ["no profiles"]),
            ("utility", "value", ["line 1", '"value"', "utility as the last"]),
            ("a,b,utility", "utility,a,b", ["line 1", "utility as the last"]),
            ("a,b", "b,a", ["line 1", 'column 1 is "b"', "user a"]),
            ("1,0,0.3\n", "", ["1 profiles are missing: 1,0", "expected all 4"]),
            ("1,0,0.3", "0,1,0.3", ["line 4", "profile 0,1 stands twice"]),
            ("0.3", "x", ["line 4", 'utility: got "x"', "finite"]),
            ("0.3", "", ["line 4", 'utility: got ""', "finite"]),
            ("0.3", "nan", ["line 4", "nan", "finite"]),
            ("0.3", "inf", ["line 4", "inf", "finite"]),
            ("1,0,0.3", "1,0.5,0.3", ["line 4", "1, 0.5", "level indices"]),
            ("1,0,0.3", "1,-1,0.3", ["line 4", "1, -1", "level indices"]),
            ("1,0,0.3", "1,,0.3", ["line 4", "level indices"]),
            ("1,0,0.3", "1,0", ["line 4", "2 cells", "expected 3"]),
            ("1,0,0.3", "1,0,0.3,4", ["line 4", "4 cells", "expected 3"]),
            ("0,0,0\n", "0,0,0.1\n", ["profile 0,0: got 1/10", "expected 0"]),
            ("0.3", '"0.3', ["line 4", "not CSV", "quotes"]),
            ("1,1,1\n", "1,999999999,1\n", ["1000000000 levels", "2 to"]),
        ],
    )
    def test_faults(self, tmp_path: Path, old: str, new: str, parts: list[str]) -> None:
        write(tmp_path, COMPLETE.replace(old, new, 1), "u.csv")
        faults = faults_of(tmp_path, FILE_TABLE)
        assert any("u.csv" in fault and all(part in fault for part in parts) for fault in faults), faults

    def test_columns_for_each_user(self, tmp_path: Path) -> None:
        write(tmp_path, COMPLETE, "u.csv")
        fault = only_fault(tmp_path, FILE_TABLE + "[[users]]\nname = 'c'\n")
        assert "2 columns" in fault
        assert "expected 3" in fault
        assert "a, b, c" in fault

    def test_level_beyond_those_stated(self, tmp_path: Path) -> None:
        write(tmp_path, COMPLETE + "2,0,1\n", "u.csv")
        fault = only_fault(tmp_path, FILE_TABLE.replace("file", "levels = [0, 1]\nfile"))
        assert "level index 2" in fault
        assert "0 to 1" in fault

    def test_many_missing_are_counted(self, tmp_path: Path) -> None:
        names = [f"u{number}" for number in range(30)]
        write(tmp_path, f"{','.join(names)},utility\n{','.join('0' * 30)},0\n{','.join('1' * 30)},1\n", "u.csv")
        users = "".join(f"[[users]]\nname = '{name}'\n" for name in names)
        fault = only_fault(tmp_path, f'[utility]\nkind = "table"\nfile = "u.csv"\n{users}')
        assert "1,073,741,822 profiles are missing" in fault
        assert fault.count(";") == 5

    def test_many_faults_are_counted(self, tmp_path: Path) -> None:
        write(tmp_path, "a,b,utility\n" + "x,y,1\n" * 57, "u.csv")
        faults = faults_of(tmp_path, FILE_TABLE)
        assert len(faults) == 51
        assert faults[-1] == "… and 7 more lines, not looked at"

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_lines_not_looked_at_end_as_those_that_are_read(self, tmp_path: Path, end: str) -> None:
        (tmp_path / "u.csv").write_bytes(("a,b,utility" + end + ("x,y,1" + end) * 57).encode())
        assert faults_of(tmp_path, FILE_TABLE)[-1] == "… and 7 more lines, not looked at"

    def test_a_million_faulty_lines(self, tmp_path: Path) -> None:
        """The first 50 are told, and the others counted without a look at them."""
        write(tmp_path, "name,samples\n" + "a,-1\n" * 1_000_000, "many.csv")
        text = 'users = "many.csv"\n' + FEDERATED[: FEDERATED.index("[[users]]")]
        faults = faults_of(tmp_path, text)
        assert "line 51" in faults[49]
        assert faults[-1] == "… and 999,950 more lines, not looked at"

    def test_not_utf8(self, tmp_path: Path) -> None:
        (tmp_path / "u.csv").write_bytes(COMPLETE.encode() + b"\xff,1,1\n")
        assert "u.csv: line 6: byte 0xff is not UTF-8" in only_fault(tmp_path, FILE_TABLE)

    def test_refused_before_it_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, COMPLETE, "u.csv")
        monkeypatch.setattr(memory, "available_bytes", lambda: 100)
        monkeypatch.setattr(memory, "_SMALL", 0)
        with pytest.raises(TooLargeError, match=r"reading .*u\.csv"):
            read(tmp_path, FILE_TABLE)


FEDERATED_CSV = 'users = "h.csv"\n' + FEDERATED[: FEDERATED.index("[[users]]")]
LAPLACE_CSV = 'users = "h.csv"\n' + LAPLACE[: LAPLACE.index("[[users]]")]
HOSPITALS = """name,count,samples,importance,allowed,level,sensitivity_0,sensitivity_1,sensitivity_2
clinic,2,100,,,1,0,0.3,0.6
lab,,7.5,2,0;2,2,0,1/3,1
"""


class TestUsersCsv:
    def test_same_as_tables(self, tmp_path: Path) -> None:
        write(tmp_path, HOSPITALS, "h.csv")
        scenario = read(tmp_path, FEDERATED_CSV)
        listed = read(tmp_path, FEDERATED).users
        users = scenario.users
        assert users.names == listed.names
        assert users.sensitivity == listed.sensitivity
        assert users.samples is not None
        assert listed.samples is not None
        assert users.samples.tolist() == listed.samples.tolist()
        assert users.importance.tolist() == listed.importance.tolist()
        assert users.allowed == ((), (), (0, 2))
        assert scenario.rows == ((0, 1), (2,))
        assert scenario.profile == (1, 1, 2)

    def test_lines_alike_are_read_as_each_by_itself(self, tmp_path: Path) -> None:
        """In name and samples they differ; whatever else is written differently is read on its own."""
        lines = ["a,10,1,0.5", ",7/2,1,0.5", " b ,1e1,1,0.5", "c,12.5,1,1/2", ",3,2,0.5", "d,3.0,2,0.5"]
        write(tmp_path, "\n".join(["name,samples,level,importance", *lines]), "h.csv")
        scenario = read(tmp_path, FEDERATED_CSV)
        assert scenario.users.names == ("a", "user-2", "b", "c", "user-5", "d")
        assert scenario.users.samples is not None
        assert scenario.users.samples.tolist() == [10, 3.5, 10, 12.5, 3, 3]
        assert scenario.users.importance.tolist() == [0.5] * 6
        assert scenario.profile == (1, 1, 1, 1, 2, 2)

    @pytest.mark.parametrize("fault", ["a,10,7", "a,nan,1", "a,inf,1", "a,1e400,1", "a,0.5,1", f"a,{'1' * 4000},1"])
    def test_a_fault_is_told_for_every_line_that_has_it(self, tmp_path: Path, fault: str) -> None:
        right = "a,10,1"
        lines = [line.replace("a", f"a{number}", 1) for number, line in enumerate([right, fault, fault, right, fault])]
        write(tmp_path, "\n".join(["name,samples,level", *lines]), "h.csv")
        faults = faults_of(tmp_path, FEDERATED_CSV)
        assert [fault.split(": ")[1] for fault in faults] == ["line 3", "line 4", "line 6"]

    def test_levels_as_columns(self, tmp_path: Path) -> None:
        write(tmp_path, "sensitivity_inf,sensitivity_0.50,sensitivity_0,level\n0.2,0.1,0,inf\n,,,0\n", "h.csv")
        scenario = read(tmp_path, LAPLACE_CSV)
        assert scenario.users.sensitivity == exact("0 1/10 1/5", "0 0 0")
        assert scenario.users.names == ("user-1", "user-2")
        assert scenario.profile == (2, 0)
        assert "user-2" in scenario.warnings[0]

    @pytest.mark.parametrize(
        ("old", "new", "parts"),
        [
            ("100", "0.5", ["line 2", 'samples ("clinic")', '"0.5"', "≥ 1"]),
            ("100", "", ["line 2", "samples", "missing"]),
            ("100", "x", ["line 2", "samples", '"x"']),
            (",2,100", ",0,100", ["line 2", "count", '"0"', "whole number"]),
            ("7.5,2", "7.5,-2", ["line 3", 'importance ("lab")', '"-2"', "≥ 0"]),
            ("0;2", "0;3", ["line 3", "allowed", '"3"', "0, 1, 2"]),
            (",1,0,0.3", ",5,0,0.3", ["line 2", "level", '"5"']),
            ("0.3", "-0.3", ["line 2", "sensitivity", '"-0.3" at level 1']),
            ("0.3", "", ["line 2", "sensitivity", '"" at level 1']),
            ("1,0,0.3", "1,1,0.3", ["line 2", "sensitivity", "1 at the lowest allowed level 0"]),
            ("lab", "clinic-2", ["line 3: name", '"clinic-2"', "taken by line 2"]),
            ("samples", "smaples", ["line 1", '"smaples"', "samples (did you mean"]),
            ("sensitivity_2", "sensitivity_3", ["line 1", '"sensitivity_3"', "sensitivity_2"]),
            ("sensitivity_2", "sensitivity_1.0", ["line 1", "sensitivity_1 stands 2 times"]),
            ("importance", "samples", ["line 1", "samples stands 2 times"]),
            ("1/3,1", "1/3", ["line 3", "8 cells", "expected 9"]),
            ("1/3,1", "1/3,1,2", ["line 3", "10 cells", "expected 9"]),
            (HOSPITALS, "", ["no users"]),
            (HOSPITALS, "name,samples\n", ["no users"]),
            ("lab", '"lab', ["line 3", "not CSV"]),
        ],
    )
    def test_faults_name_the_line(self, tmp_path: Path, old: str, new: str, parts: list[str]) -> None:
        write(tmp_path, HOSPITALS.replace(old, new, 1), "h.csv")
        faults = faults_of(tmp_path, FEDERATED_CSV)
        assert any("h.csv" in fault and all(part in fault for part in parts) for fault in faults), faults

    def test_columns_of_another_kind(self, tmp_path: Path) -> None:
        write(tmp_path, "name,samples\na,3\nb,4\n", "h.csv")
        fault = only_fault(tmp_path, LAPLACE_CSV)
        assert "line 1" in fault
        assert '"samples"' in fault

    def test_with_faulty_levels(self, tmp_path: Path) -> None:
        """Which cost belongs to which level is then unknown, and no fault is made of it."""
        write(tmp_path, HOSPITALS.replace("100", "x"), "h.csv")
        faults = faults_of(tmp_path, FEDERATED_CSV.replace("[0, 1, 2]", "[2, 1, 0]"))
        assert ["utility.levels" in faults[0], "samples" in faults[1], len(faults)] == [True, True, 2]

    def test_missing_file(self, tmp_path: Path) -> None:
        assert '"h.csv"' in only_fault(tmp_path, FEDERATED_CSV)

    def test_all_lines_at_once(self, tmp_path: Path) -> None:
        write(tmp_path, HOSPITALS.replace("100", "x").replace("7.5", "y"), "h.csv")
        assert len(faults_of(tmp_path, FEDERATED_CSV)) == 2


VALUES = st.recursive(
    st.sampled_from(
        ["nan", "inf", "-inf", "0", "1", "-1", "0.3", "1e400", "true", '""', '"2/3"', '"x"', "{}", "1979-05-27", "[]"]
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda entries: f"[{', '.join(entries)}]"),
    max_leaves=6,
)
UTILITY_KEYS = st.sampled_from(
    [
        "levels",
        "scale",
        "currency",
        "between_user_variance",
        "within_user_variance",
        "aggregation",
        "minimum_aggregate",
        "values",
        "file",
    ]
)
USER_KEYS = st.sampled_from(["name", "count", "samples", "importance", "sensitivity", "allowed", "level"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["federated-mean", "linear-laplace", "table"]),
    utility=st.dictionaries(UTILITY_KEYS, VALUES),
    payment=st.dictionaries(st.sampled_from(["rule", "alpha_of_utility", "step"]), VALUES),
    users=st.lists(st.dictionaries(USER_KEYS, VALUES), max_size=3),
)
def test_never_a_traceback(
    tmp_path: Path, kind: str, utility: dict[str, str], payment: dict[str, str], users: list[dict[str, str]]
) -> None:
    """Whatever stands at whatever key: a scenario, or an error of ours."""

    def section(header: str, keys: dict[str, str]) -> str:
        return "\n".join([header, *(f"{key} = {value}" for key, value in keys.items()), ""])

    text = section("[utility]", {"kind": f'"{kind}"', **utility}) + section("[payment]", payment)
    path = write(tmp_path, text + "".join(section("[[users]]", user) for user in users))
    try:
        scenario = load(path)
    except ScenarioError:
        return
    assert scenario.utility.n_users == len(scenario.users) == sum(map(len, scenario.rows))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), suffix=st.sampled_from(["toml", "npy", "csv", "users"]), magic=st.booleans())
def test_never_a_traceback_for_any_bytes(tmp_path: Path, content: bytes, suffix: str, magic: bool) -> None:
    texts = {"npy": NPY, "csv": FILE_TABLE, "users": FEDERATED_CSV}
    path = write(tmp_path, texts.get(suffix, ""))
    target = {"toml": path, "npy": tmp_path / "u.npy", "csv": tmp_path / "u.csv", "users": tmp_path / "h.csv"}[suffix]
    header = {"npy": b"\x93NUMPY\x01\x00", "csv": b"a,b,utility\n", "users": b"name,samples\n", "toml": b"[utility]\n"}
    target.write_bytes((header[suffix] if magic else b"") + content)
    with pytest.raises(FairgamesError):
        load(path)


@pytest.mark.parametrize("number", ["1e-400", "-1e-399", "1e400"])
def test_a_number_that_no_float_comes_near_is_refused_with_the_way_out(tmp_path, number):
    for text in (
        f'[utility]\nkind = "table"\nvalues = [0, "{number}"]\n[[users]]\nsensitivity = [0, 1]\n',
        f'[utility]\nkind = "table"\nvalues = [0, 1]\n[[users]]\nsensitivity = [0, "{number}"]\n',
    ):
        (tmp_path / "s.toml").write_text(text, encoding="utf-8")
        with pytest.raises(fg.FairgamesError, match=f'"{number}".*another unit'):
            fg.load(tmp_path / "s.toml")


def test_names_that_are_taken_are_those_of_the_names_written_out(tmp_path: Path) -> None:
    """Against the definition: each row claims its name and those of its users; the first that is not free is told."""
    draw = random.Random(13)
    for _ in range(300):
        rows = [
            (draw.choice(["p", "q", "p-1", "p-2", "p-03", "p-1-1", "q-3", "p-x", "-2", "p-"]), draw.choice([1, 2, 4]))
            for _ in range(draw.randint(2, 5))
        ]
        path = tmp_path / "s.toml"
        path.write_text(
            '[utility]\nkind = "linear-laplace"\nlevels = [0, 1]\n'
            + "".join(f'[[users]]\nname = "{name}"\ncount = {count}\nsensitivity = [0, 1]\n' for name, count in rows)
        )
        taken, owners = [], set[str]()
        for number, (name, count) in enumerate(rows, start=1):
            claimed = [name] + ([f"{name}-{user}" for user in range(1, count + 1)] if count > 1 else [])
            taken += [f"users[{number}].name ... {other}" for other in claimed if other in owners][:1]
            owners.update(claimed)
        try:
            load(path)
            found = []
        except ScenarioError as error:
            told = r'.*?(users\[\d+\]\.name).* the name "(.*)" is taken.*'
            found = [re.sub(told, r"\1 ... \2", one) for one in error.faults]
        assert found == taken, rows
