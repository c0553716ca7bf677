"""What-if questions of a sweep: every user at once, lists, numbers of users, methods; against files by hand."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from fairgames.errors import InputError, ScenarioError
from fairgames.sweep import sweep
from fairgames.sweep.axis import read_axis
from tests.scenarios import CLINICS, KNIFE_EDGE, written
from tests.sweep.test_sweep import assert_row_is, by_hand, run

F = Fraction

LAPLACE = """
[utility]
kind = "linear-laplace"
levels = [0, 1, "inf"]
[[users]]
name = "one"
count = 2
sensitivity = [0, 0.04, 0.1]
[[users]]
name = "two"
sensitivity = [0, 0.02, 0.15]
"""


@pytest.mark.parametrize(
    ("vary", "replaced", "by", "columns"),
    [
        ("users.*.sensitivity.2=0.1,0.3", ", 0.3]", (", 0.1]", ", 0.3]"), [0.1, 0.3]),
        ("users.clinic.count=1:3:2", "count = 2", ("count = 1", "count = 3"), [1, 3]),
        ("users.hospital.count=1,2", '"hospital"', ('"hospital"', '"hospital"\ncount = 2'), [1, 2]),
        (
            "users.hospital.allowed=[0,2],[0]",
            "samples = 300",
            ("samples = 300\nallowed = [0, 2]", "samples = 300\nallowed = [0]"),
            [[0, 2], [0]],
        ),
        (
            "users.*.allowed=[0,2],[0,1,2]",
            "sensitivity",
            ("allowed = [0, 2]\nsensitivity", "sensitivity"),
            [[0, 2], [0, 1, 2]],
        ),
        (
            "users.*.sensitivity=[0,1/10,1/5],[0,0,1]",
            "[0, 0.1, 0.3]",
            ('[0, 0.1, "1/5"]', "[0, 0, 1]"),
            [[0, 0.1, 0.2], [0, 0, 1]],
        ),
        ("users.*.sensitivity_scale=3,1/2", "[0, 0.1, 0.3]", ("[0, 0.3, 0.9]", "[0, 0.05, 0.15]"), [3, 0.5]),
        (
            "users.hospital.sensitivity_scale=2,3",
            "samples = 300\nsensitivity = [0, 0.1, 0.3]",
            (
                "samples = 300\nsensitivity = [0, 0.2, 0.6]",
                "samples = 300\nsensitivity = [0, 0.3, 0.9]",
            ),
            [2, 3],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "=" in value and "users" in value else "",
)
def test_rows_are_those_of_files_by_hand(
    vary: str, replaced: str, by: tuple[str, ...], columns: list[object], tmp_path: Path
) -> None:
    path = written(tmp_path, CLINICS)
    found = sweep(path, vary, jobs=1)
    key = vary.partition("=")[0]
    assert [row[key] for row in found.rows] == columns
    for row, text in zip(found.rows, by, strict=True):
        assert_row_is(row, by_hand(tmp_path / "by-hand", CLINICS.replace(replaced, text)))


def test_costs_are_scaled_after_what_they_are_is_said(tmp_path: Path) -> None:
    """Whichever comes first; exactly, and private to no order of the options."""
    vary = ["users.*.sensitivity_scale=1/3,2", "users.one.sensitivity.1=1/10,1/5"]
    path = written(tmp_path, KNIFE_EDGE)
    rows = sweep(path, vary, exact=True, jobs=1).rows
    turned = sweep(path, vary[::-1], exact=True, jobs=1).rows
    for row, (factor, cost) in zip(rows, [(F(1, 3), F(1, 10)), (F(1, 3), F(1, 5)), (F(2), F(1, 10)), (F(2), F(1, 5))], strict=True):  # fmt: skip # noqa: E501
        text = KNIFE_EDGE.replace("0.32", f'"{factor * F("0.32")}"').replace("0.3]", f'"{factor * cost}"]')
        right = by_hand(tmp_path / "by-hand", text, exact=True)
        assert_row_is(row, right, exact=True)
        assert sum(row == other for other in turned) == 1


def test_doubled_costs_double_the_share(tmp_path: Path) -> None:
    """Every interval moves from α to 2α, whoever the users are: the page of the README says so."""
    one, two = sweep(written(tmp_path, LAPLACE), "users.*.sensitivity_scale=1,2", scope="pure", exact=True, jobs=1).rows
    assert F(two["interval_low"]) == 2 * F(one["interval_low"])


@pytest.mark.parametrize(("method", "steps"), [("grid", 7), ("path", 7)])
def test_methods_are_those_of_design(method: str, steps: int, tmp_path: Path) -> None:
    found = sweep(written(tmp_path, CLINICS), "users.*.sensitivity.2=0.1,0.3", method=method, steps=steps, jobs=1)  # type: ignore[arg-type]
    for row, cost in zip(found.rows, ("0.1", "0.3"), strict=True):
        text = CLINICS.replace("0.3]", f"{cost}]")
        assert_row_is(row, by_hand(tmp_path / "by-hand", text, method=method, steps=steps))


def test_another_method_is_another_sweep(tmp_path: Path) -> None:
    path, output = written(tmp_path, CLINICS), str(tmp_path / "out.csv")
    vary = ["--vary", "users.*.sensitivity_scale=1,2", "-o", output, "--jobs", "1"]
    assert run(path, *vary, "--method", "grid", "--steps", "10").exit_code == 0
    with open(output, encoding="utf-8") as file:
        alphas = [float(row["alpha"]) for row in csv.DictReader(file)]
    assert all(10 * alpha == round(10 * alpha) for alpha in alphas)
    result = run(path, *vary)
    assert result.exit_code == 2
    assert "--restart" in result.output


def test_users_of_a_csv_file(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(
        "name,samples,sensitivity_0,sensitivity_2\na,30,0,0.3\nb,300,0,1/3\n", encoding="utf-8"
    )
    text = 'users = "users.csv"\n' + CLINICS[: CLINICS.index("[[users]]")].replace("[0, 1, 2]", "[0, 2]")
    row = sweep(written(tmp_path, text), "users.*.sensitivity_scale=2", jobs=1).rows[0]
    costs = CLINICS[: CLINICS.index("[[users]]")].replace("[0, 1, 2]", "[0, 2]") + "".join(
        f'[[users]]\nname = "{name}"\nsamples = {samples}\nsensitivity = [0, "{cost}"]\n'
        for name, samples, cost in (("a", 30, "3/5"), ("b", 300, "2/3"))
    )
    assert_row_is(row, by_hand(tmp_path / "by-hand", costs))


def test_groups_are_swept(tmp_path: Path) -> None:
    """Users vary one by one beneath their group, also with the table in a file."""
    groups = '[[groups]]\nname = "both"\nmembers = ["one", "two"]\n'
    (tmp_path / "u.csv").write_text("one,two,utility\n0,0,0\n1,0,2/3\n0,1,2/3\n1,1,1\n", encoding="utf-8")
    text = KNIFE_EDGE.replace('values = [[0, "2/3"], ["2/3", 1]]', 'file = "u.csv"') + groups
    row = sweep(written(tmp_path, text), "users.*.sensitivity.1=1/10,1/5", exact=True, jobs=1).rows[1]
    assert (row["alpha"], row["profile"]) == ("2/5", [1])  # both together: α·1 ≥ 1/5 + 1/5


@pytest.mark.parametrize(
    ("vary", "fault"),
    [
        ("users.*=1,2", r"\* stands for every user, expected a key such as users\.\*\.sensitivity\.1"),
        ("utility.*=1,2", r"\* stands for every user"),
        ("users.clinic.sensitivity.*=1", r"\* stands for every user"),
        ("users.*.sensitivity=1,2", r"is no single value, expected one of its entries"),
        ("users.*.sensitivity.3=1", r'users\.clinic\.sensitivity has no entry "3", expected a position from 0 to 2'),
        ("users.*.sensitivity_scale=-1,2", 'got "-1", expected finite numbers ≥ 0'),
        ("users.*.sensitivity_scale=twice", 'got "twice", expected finite numbers ≥ 0'),
        ("utility.levels=[0,1],[0,1", r"a list is \[A,B\]"),
        ("users.*.allowed=[0,,2]", r'got "\[0,,2\]", expected entries separated by commas'),
        ("users.clinic.allowed=0,2", r"expected an increasing list of at least one of the levels 0, 1, 2"),
    ],
)
def test_what_cannot_vary_is_said(vary: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=fault):
        sweep(written(tmp_path, CLINICS), vary, jobs=1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("users.*.sensitivity.2=1,2", "users.clinic.sensitivity.2=1"),
        ("users.clinic.sensitivity.2=1,2", "users.*.sensitivity=[0,1,2]"),
        ("users.*.sensitivity=[0,1,2]", "users.clinic.sensitivity.2=1"),
    ],
)
def test_nothing_varies_twice(first: str, second: str, tmp_path: Path) -> None:
    key, other = first.partition("=")[0], second.partition("=")[0]
    with pytest.raises(InputError) as caught:
        sweep(written(tmp_path, CLINICS), [first, second], jobs=1)
    assert f"--vary {other}: {key} varies some of the same, expected once" in caught.value.faults


def test_no_sensitivity_to_scale(tmp_path: Path) -> None:
    text = KNIFE_EDGE.replace("sensitivity = [0, 0.32]", "")
    path = written(tmp_path, text)
    assert len(sweep(path, "users.*.sensitivity_scale=1,2", jobs=1).rows) == 2
    with pytest.raises(InputError, match=r"users\.two states no sensitivity, so there is none to scale"):
        sweep(path, "users.two.sensitivity_scale=1,2", jobs=1)
    with pytest.raises(InputError, match="no user states a sensitivity"):
        sweep(written(tmp_path, text.replace("sensitivity = [0, 0.3]", "")), "users.*.sensitivity_scale=1", jobs=1)


def test_a_method_that_does_not_know_the_question(tmp_path: Path) -> None:
    path = written(tmp_path, CLINICS)
    with pytest.raises(InputError, match="method 'grid' looks for the best pure equilibrium; got selection 'worst'"):
        sweep(path, "utility.scale=1,2", method="grid", selection="worst")
    with pytest.raises(InputError, match="method: got 'gird', expected \"grid\""):
        sweep(path, "utility.scale=1,2", method="gird")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="steps: got 0"):
        sweep(path, "utility.scale=1,2", steps=0)


def test_a_list_that_does_not_fit_is_refused_with_its_point(tmp_path: Path) -> None:
    """Level 1 costs something, and is the lowest of these."""
    with pytest.raises(ScenarioError, match=r"expected 0 \(at users.hospital.allowed = \[1, 2\]\)"):
        sweep(written(tmp_path, CLINICS), "users.hospital.allowed=[0,2],[1,2]", jobs=1)


def test_a_user_named_star() -> None:
    assert read_axis("users.'*'.count=1,2").path == ("users", "*", "count")
    assert read_axis("users.*.count=1,2").path == ("users", None, "count")
