"""Tables of payments as somebody holds them: as arrays and as CSV, whole or in part, and what is wrong with them."""

from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import fairgames as fg
from fairgames.audit import PaymentTable, audit

F = Fraction
NAMES = ("Ann", "Ben")


def game() -> fg.PaymentGame:
    users = fg.Users(sensitivity=[[0, "3/10"], [0, "8/25"]], names=NAMES)
    return fg.PaymentGame(fg.TableUtility([[0, "2/3"], ["2/3", 1]]), users)


def table(change: dict[tuple[int, ...], F] | None = None) -> list[np.ndarray]:
    """Theorem 2 at 1/2, with some entries (user, profile) changed."""
    payments = game().payments("1/2")
    for place, value in (change or {}).items():
        payments[place] = value
    return payments


def csv_of(path: Path, payments: np.ndarray, platform: bool = False, without: tuple[tuple[int, int], ...] = ()) -> Path:
    lines = ["Ann,Ben,payment_Ann,payment_Ben" + ",platform" * platform]
    worth = game().utility.exact_at
    for rho in product(range(2), repeat=2):
        if rho not in without:
            paid = [payments[(user, *rho)] for user in range(2)]
            cells = [*rho, *paid, *([worth(rho) - sum(paid)] if platform else [])]
            lines.append(",".join(map(str, cells)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_fair_table_holds_but_for_what_no_table_says(tmp_path: Path) -> None:
    for given in (
        PaymentTable(table()),
        csv_of(tmp_path / "p.csv", table()),
        str(csv_of(tmp_path / "q.csv", table(), True)),
    ):
        found = audit(game(), given)
        assert [found[name].holds for name in ("B.i", "B.ii", "A.ii")] == [True] * 3
        for name in ("A.iii", "B.iii"):
            assert found[name].holds is None
            assert found[name].worst_violation is None
            assert "cannot be checked from a table" in found[name].sentence
        assert found.alpha is None


def test_headings_have_the_name_in_them(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "p.csv", table(), platform=True)
    text = path.read_text(encoding="utf-8")
    for heading in (
        "Ann,Ben,paid to Ann,paid to Ben,Platform",
        "Ann,Ben,Ann,Ben,platform",
        "Ann, Ben, Ann (EUR), Ben (EUR), platform",
    ):
        path.write_text(text.replace(text.splitlines()[0], heading), encoding="utf-8")
        assert audit(game(), path)["A.ii"].holds
    path.write_text(text.replace("payment_Ann,payment_Ben", "payment_Ben,payment_Ann"), encoding="utf-8")
    with pytest.raises(fg.InputError, match="line 1: got the columns"):
        audit(game(), path)


def test_tables_as_spreadsheets_write_them(tmp_path: Path) -> None:
    """Semicolons, a mark before the first heading, a decimal comma; a workbook; the same findings."""
    exact = csv_of(tmp_path / "p.csv", table({(0, 1, 1): F(3, 10), (1, 1, 1): F(1, 4), (0, 1, 0): F(1, 2)}))
    rows = [line.split(",") for line in exact.read_text(encoding="utf-8").splitlines()]
    decimals = [[str(float(F(cell))) if "/" in cell else cell for cell in row] for row in rows]
    excel = tmp_path / "excel.csv"
    text = "\r\n".join(";".join(row) for row in decimals).replace(".", ",")
    excel.write_text(text, encoding="utf-8-sig")
    decimal = tmp_path / "decimal.csv"
    decimal.write_text("\n".join(",".join(row) for row in decimals), encoding="utf-8")
    paths = [excel]
    if find_spec("openpyxl"):
        from openpyxl import Workbook

        book = Workbook()
        for number, row in enumerate(decimals):
            book.active.append([float(cell) if number else cell for cell in row])
        book.save(tmp_path / "book.xlsx")
        paths.append(tmp_path / "book.xlsx")
    wanted = audit(game(), str(decimal))
    assert wanted["B.i"].holds is False
    for path in paths:
        found = audit(game(), str(path))
        assert [found[name].sentence for name in found.findings] == [wanted[name].sentence for name in found.findings]


def test_a_table_that_can_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Ann;Ben;payment_Ann;payment_Ben\n1;1;1.234;0\n", encoding="utf-8")
    with pytest.raises(fg.InputError, match=r'line 2: payment_Ann: got "1\.234", which may be 1\.234 or 1234\.0'):
        audit(game(), path)


def test_one_wrong_cell_is_found(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "p.csv", table({(0, 1, 1): F(3, 10)}))
    found = audit(game(), path)
    assert found["B.i"].holds is False
    assert (found["B.i"].worst_violation, found["B.i"].witness.users) == (F(1, 20), NAMES)
    assert found["B.i"].witness.profile == (1, 1)
    assert found["B.i"].witness.amounts == {"paid to Ann": F(3, 10), "paid to Ben": F(1, 4)}
    assert found["B.ii"].holds  # 11/20 of 1 is a share, and no other U is 1
    assert audit(game(), path, tolerance="1/20")["B.i"].holds


def test_a_platform_that_does_not_add_up(tmp_path: Path) -> None:
    platform = np.array([[0, "1/3"], ["1/3", "2/5"]], dtype=object)
    found = audit(game(), PaymentTable(table(), platform))["A.ii"]
    assert (found.holds, found.worst_violation, found.witness.profile) == (False, F(1, 10), (1, 1))
    assert found.witness.amounts == {"utility": 1, "paid to users": F(1, 2), "kept by the platform": F(2, 5)}


def test_a_table_in_part_never_holds(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "p.csv", table(), without=((0, 1), (1, 0)))
    found = audit(game(), path)
    assert [found[name].holds for name in ("A.i", "B.i", "B.ii", "non-negative-payments")] == [None] * 4
    assert found["B.ii"].sentence.startswith("No violation found in 2 checks.")
    assert found.proposed is None
    wrong = audit(game(), csv_of(tmp_path / "q.csv", table({(0, 1, 1): F(2)}), without=((0, 1), (1, 0))))
    assert wrong["B.i"].holds is False
    assert wrong["B.ii"].holds is False


def test_the_platform_s_best_answer_to_a_table() -> None:
    """Payments of 3/10 and 1/5 where both share: Ann's covers her cost, Ben's does not."""
    payments = np.array([[[0, 0], ["3/10", "3/10"]], [[0, "1/5"], [0, "1/5"]]], dtype=object)
    found = audit(game(), PaymentTable(payments), compare=["users"])
    assert found.proposed == (1, 0)
    assert found.rules[0].platform_utility == F(2, 3) - F(3, 10)
    assert found["individual-rationality"].holds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ann,Ben,payment_Ann\n0,0,0\n", "and perhaps platform"),
        ("Ben,Ann,payment_Ben,payment_Ann\n", "line 1: got the columns"),
        ("", "got the columns none"),
        ("Ann,Ben,payment_Ann,payment_Ben\n0,0,0\n", "line 2: got 3 cells, expected 4"),
        (
            "Ann,Ben,payment_Ann,payment_Ben\n0,2,0,0\n",
            "line 2: got 0, 2, expected indices of levels: Ann: 0, 1; Ben: 0, 1",
        ),
        ("Ann,Ben,payment_Ann,payment_Ben\n0,0,0,x\n", "line 2: got the payments"),
        ("Ann,Ben,payment_Ann,payment_Ben\n0,0,0,nan\n", "expected finite numbers"),
        ("Ann,Ben,payment_Ann,payment_Ben\n0,0,0,0\n0,0,0,0\n", "profile 0,0 stands twice"),
        ("Ann,Ben,payment_Ann,payment_Ben\n", "states no payments"),
    ],
)
def test_faults_of_a_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(fg.InputError) as raised:
        audit(game(), path)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("payments", "platform", "said"),
    [
        ([[0, 1], [1, 0]], None, "got shape (2, 2), expected (N, L_1, …, L_N)"),
        ([[[0, 1], [1]], [[0, 0], [0, 0]]], None, "different lengths"),
        ([[[0, "x"], [1, 1]], [[0, 0], [0, 0]]], None, "expected a finite number"),
        ([[[0, 1], [1, 1]], [[0, 0], [0, 0]]], [0, 0], "platform: got shape (2,), expected (2, 2)"),
        (np.zeros((3, 2, 2, 2)), None, "got payments of shape (3, 2, 2, 2), expected (2, 2, 2)"),
    ],
)
def test_faults_of_an_array(payments: object, platform: object, said: str) -> None:
    with pytest.raises(fg.InputError) as raised:
        audit(game(), PaymentTable(payments, platform))  # type: ignore[arg-type]
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda _u, _p: [1], "got 1 payments, expected 2, one a user"),
        (lambda _u, _p: [1, "2"], "got the payment '2', expected a finite number"),
        (lambda _u, _p: [1, float("nan")], "got the payment nan"),
        (lambda _u, _p: 1 / 0, "ZeroDivisionError: division by zero; mend the function"),
        (lambda _u, p: [1, 1] if p[0] else [1, 1, 1], "at some profiles only, expected all or none"),
        (lambda u, _p: [u((0, 0, 0)), 0], "got 3 level indices, expected 2, one a user"),
    ],
)
def test_faults_of_a_function(function: object, said: str) -> None:
    with pytest.raises(fg.InputError) as raised:
        audit(game(), function)  # type: ignore[arg-type]
    assert said in str(raised.value)


def test_what_cannot_be_audited() -> None:
    for rule, said in (
        (3, "rule: got 3, expected the name of a rule"),
        ("usres", "did you mean 'users'"),
        ("nothing.csv", "cannot be read"),
        ("nowhere:pay", "cannot be loaded: ModuleNotFoundError"),
        ("math:pay", "got no function 'pay'"),
    ):
        with pytest.raises(fg.InputError) as raised:
            audit(game(), rule)  # type: ignore[arg-type]
        assert said in str(raised.value)
    with pytest.raises(fg.InputError, match="says itself what is paid; leave it out"):
        audit(game(), lambda _u, _p: [0, 0], alpha=1)
    with pytest.raises(fg.InputError, match="has no share α"):
        audit(game(), "coalition", alpha="1/2")
    with pytest.raises(fg.InputError, match="tolerance: expected a number ≥ 0"):
        audit(game(), "users", tolerance=-1)
    with pytest.raises(fg.InputError, match="may choose level indices"):
        audit(game(), "users", profile=(0, 7))
