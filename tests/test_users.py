"""Users: what is read, and every fault at once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fairgames.errors import InputError
from fairgames.users import Users
from fairgames.users import _Faults as Faults


def test_what_is_given_and_what_is_assumed():
    users = Users(
        samples=[303, 46.5], sensitivity=[[0, 0.1, "1/3"], [0, 1, 2]], importance=[1, 0], allowed=[[0, 2], None]
    )
    assert len(users) == 2
    assert users.names == ("user-1", "user-2")
    assert users.samples.tolist() == [303, 46.5]
    assert users.importance.tolist() == [1, 0]
    assert users.sensitivity == ((0, Fraction(1, 10), Fraction(1, 3)), (0, 1, 2))
    assert users.costs(0, 3) == (0, Fraction(1, 10), Fraction(1, 3))
    assert users.choices(0, 3) == (0, 2)
    assert users.choices(1, 3) == (0, 1, 2)


@pytest.mark.parametrize(
    "given", [{"samples": [1, 2]}, {"importance": [1, 2]}, {"names": ["a", "b"]}, {"allowed": [None, [1]]}]
)
def test_any_one_list_says_how_many(given):
    users = Users(**given)
    assert len(users) == 2
    assert users.importance.tolist() == given.get("importance", [1, 1])
    assert users.costs(1, 4) == (0, 0, 0, 0)


def test_numbers_cannot_be_changed_afterwards():
    users = Users(samples=[1, 2], importance=[3, 4])
    for array in (users.samples, users.importance):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9
    with pytest.raises(AttributeError):
        users.names = ("x", "y")


def test_nor_can_what_was_assumed():
    with pytest.raises(ValueError, match="read-only"):
        Users(samples=[1, 2]).importance[0] = 9


def test_the_callers_array_stays_the_callers():
    samples = np.array([1.0, 2.0])
    users = Users(samples=samples)
    samples[0] = 9
    assert users.samples.tolist() == [1, 2]


def test_the_cost_is_0_at_the_lowest_allowed_level():
    users = Users(sensitivity=[[5, 0, 1]], allowed=[[1, 2]])
    assert users.costs(0, 3) == (5, 0, 1)
    with pytest.raises(InputError, match=r"user 1: expected 0 at the lowest allowed level \(index 1\), got 1/2"):
        Users(sensitivity=[[0, 0.5, 1]], allowed=[[1, 2]])
    with pytest.raises(InputError, match=r"user 2: expected 0 at the lowest allowed level \(index 0\), got 1"):
        Users(sensitivity=[[0, 1], [1, 2]])


@pytest.mark.parametrize("rows", [[[0, 1], (0, 1.0)] * 2, np.array([[0, 1]] * 4), [["0", "1"], [0, "2/2"]] * 2])
def test_equal_rows_are_one_object(rows):
    """However they are written; so users of a kind are found without looking into them."""
    users = Users(sensitivity=rows, allowed=[[0, 1], None, (0, 1), [0]])
    assert len(set(map(id, users.sensitivity))) == 1
    assert users.allowed[0] is users.allowed[2]
    assert users.kinds.of_user.tolist() == [0, 1, 0, 2]
    assert users.kinds.first == (0, 1, 3)


def test_rows_of_one_identity_after_another_do_not_mix():
    """Rows of an array are made as they are asked for, and may lie where one lay before."""
    rows = np.random.default_rng(1).integers(0, 50, (3000, 3)) * [0, 1, 1]
    assert [list(map(int, row)) for row in Users(sensitivity=rows).sensitivity] == rows.tolist()


def test_a_fault_of_shared_rows_is_told_for_every_user():
    row = [1, 2]
    with pytest.raises(InputError) as caught:
        Users(sensitivity=[row, [0, 1], row])
    assert [fault[:21] for fault in caught.value.faults] == ["sensitivity of user 1", "sensitivity of user 3"]


def test_falling_costs_are_legal_and_named():
    users = Users(sensitivity=[[0, 2, 1], [0, 1, 1], [0, 1, 0]], names=["a", "b", "c"])
    assert users.non_monotone() == ("a", "c")
    assert Users(names=["a"]).non_monotone() == ()


def test_every_fault_is_reported_at_once():
    with pytest.raises(InputError) as caught:
        Users(
            samples=[0.5, float("nan"), 3],
            importance=[1, -1, float("inf")],
            sensitivity=[[0, -1], [0, "x"], [1, 2]],
            allowed=[[], [1, 0], [-1, 0]],
            names=["a", "b", "a"],
        )
    faults = caught.value.faults
    for part in (
        "samples: user 1 has 0.5",
        "samples: user 2 has nan",
        "importance: user 2 has -1",
        "importance: user 3 has inf",
        "sensitivity of user 1: expected costs ≥ 0",
        "sensitivity of user 2: expected a finite number, got 'x'",
        "sensitivity of user 3: expected 0",
        "allowed: user 1 has no level",
        "allowed: user 2 has [1, 0]",
        "allowed: user 3 has [-1, 0]",
        "names: 'a' stands 2 times",
    ):
        assert sum(part in fault for fault in faults) == 1, part
    assert len(faults) == 11


@pytest.mark.parametrize("samples", [[1, 0], [1, 0.99], [1, float("inf")], [1, -float("inf")], [1, float("nan")]])
def test_samples_are_finite_and_at_least_1(samples):
    with pytest.raises(InputError, match=r"samples: user 2 has .*, expected a (finite )?number"):
        Users(samples=samples)


@pytest.mark.parametrize("row", [[0, 0], [1, 0], [0, 2, 1]])
def test_allowed_levels_ascend(row):
    with pytest.raises(InputError, match="ascending"):
        Users(allowed=[row])


def test_lists_have_one_entry_a_user():
    with pytest.raises(InputError, match=r"one entry a user.*'samples': 2.*'names': 3"):
        Users(samples=[1, 2], names=["a", "b", "c"])
    with pytest.raises(InputError, match="give at least one of"):
        Users()
    with pytest.raises(InputError, match="at least one user"):
        Users(samples=[])
    with pytest.raises(InputError, match="one number a user"):
        Users(samples=[[1, 2], [3, 4]])


def test_levels_must_fit_those_of_the_utility():
    users = Users(sensitivity=[[0, 1]], allowed=[[0, 1]], names=["ann"])
    with pytest.raises(InputError, match="user ann: sensitivity has 2 entries, but the utility has 3 levels"):
        users.costs(0, 3)
    with pytest.raises(InputError, match="user ann: allowed level index 1, but the utility has 1 levels"):
        users.choices(0, 1)


@pytest.mark.parametrize(
    "given",
    [
        {"samples": ["many"]},
        {"samples": [[1, 2], [3]]},
        {"importance": ["high"]},
        {"sensitivity": [0.1, 0.2]},
        {"allowed": [0, 1]},
        {"allowed": [[0.5]]},
    ],
)
def test_what_cannot_be_read_is_refused_in_words(given):
    with pytest.raises(InputError, match=next(iter(given))):
        Users(**given)


def test_costs_of_one_object_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million users alike are refused, or answered, in time because their costs are not read a million times."""
    read = []
    right = Faults._costs
    monkeypatch.setattr(Faults, "_costs", lambda self, costs, *rest: read.append(costs) or right(self, costs, *rest))
    dear, cheap = [0, "1/2"], [0, "1/3"]
    users = Users(sensitivity=[cheap, dear, cheap, *[dear] * 1000, [0, "1/2"]])
    assert read == [cheap, dear, [0, "1/2"]]
    assert users.sensitivity is not None
    assert [row[1] for row in users.sensitivity[:4]] == [Fraction(1, 3), Fraction(1, 2), Fraction(1, 3), Fraction(1, 2)]
    assert users.sensitivity[-1] is users.sensitivity[1]
    assert users.kinds.first == (0, 1)


def test_faults_of_shared_costs_name_the_first_user() -> None:
    wrong, right = [0, -1], [0, 1]
    with pytest.raises(InputError, match="sensitivity of user 2: expected costs ≥ 0, got -1") as told:
        Users(sensitivity=[right, wrong, right, wrong])
    assert len(told.value.faults) == 1
