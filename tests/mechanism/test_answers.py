"""Designs as dicts: from_dict undoes to_dict, and refuses what is no answer, naming the key."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fairgames as fg
from fairgames.cli.schemas import schemas
from fairgames.mechanism import Choice, Design, PathDesign, SymmetricDesign
from fairgames.mechanism.comparison import compare
from fairgames.training.budget import Budget

ROOT = Path(__file__).parents[2]


def rational(*costs: str) -> fg.PaymentGame:
    return fg.PaymentGame(fg.LinearLaplace(len(costs), [0, "inf"]), fg.Users(sensitivity=[[0, cost] for cost in costs]))


def clinics(costs: tuple[float, float] = (0.1, 0.3), n: int = 3, rule: str = "users") -> fg.PaymentGame:
    users = fg.Users(samples=[30, 20, 10][:n], sensitivity=[[0, *costs]] * n, names=["a", "b", "ç"][:n])
    return fg.PaymentGame(fg.FederatedMean(users, 1.0, 10.0), users, rule)


def alike(n: int) -> fg.PaymentGame:
    users = fg.Users(samples=[30] * n, sensitivity=[[0, 0.1, 0.3]] * n)
    return fg.PaymentGame(fg.FederatedMean(users, 1.0, 10.0), users)


def measured() -> Design:
    users = fg.Users(sensitivity=[[0, "0.1"]] * 4)
    utility = fg.TableUtility(np.add.outer(np.add.outer([0, 1], [0, 1]), np.add.outer([0, 2], [0, 1])) / 4.0)
    return fg.design(fg.PaymentGame(utility, users), budget=Budget(12))


#: Every class, scope, selection and arithmetic.
DESIGNS: dict[str, Callable[[], Design]] = {
    "exact, mixed": lambda: fg.design(rational("0.3", "0.32")),
    "exact, pure": lambda: fg.design(rational("0.3", "0.32"), scope="pure"),
    "exact, worst": lambda: fg.design(rational("0.3", "0.32"), "worst", scope="pure"),
    "exact, stable": lambda: fg.design(rational("0.1", "0.1", "0.2"), "stable"),
    "exact, potential": lambda: fg.design(rational("0.1", "0.1", "0.2"), "potential"),
    "exact, ties": lambda: fg.design(rational("0.3", "0.3"), scope="pure"),
    "exact, Theorem 1": lambda: fg.design(fg.PaymentGame(rational("0.3", "0.32").utility, rational("0.3", "0.32").users,
                                                         "coalition")),
    "exact, symmetric": lambda: fg.design(rational("0.5", "0.5"), scope="symmetric"),
    "exact, grid": lambda: fg.design(rational("0.3", "0.32"), method="grid"),
    "exact, ranges": lambda: fg.robust_design(rational("0.3", "0.32"), [[0, "0.33"], [0, "0.35"]]),
    "floats, pure": lambda: fg.design(clinics()),
    "floats, mixed": lambda: fg.design(clinics(n=2)),
    "floats, budget": lambda: fg.design(clinics(), budget="0.2"),
    "floats, worst": lambda: fg.design(clinics(), "worst"),
    "floats, banzhaf": lambda: fg.design(clinics(rule="banzhaf")),
    "floats, Theorem 1": lambda: fg.design(clinics(rule="coalition")),
    "floats, symmetric, three levels": lambda: fg.design(alike(3), scope="symmetric"),
    "floats, counted": lambda: fg.design(alike(14)),
    "floats, grid": lambda: fg.design(clinics(), method="grid"),
    "floats, path": lambda: fg.design(clinics(), method="path"),
    "floats, path, Theorem 1": lambda: fg.design(clinics(rule="coalition"), method="path"),
    "floats, ranges": lambda: fg.robust_design(clinics(), [[0, 0.2, 0.4]] * 3, "worst"),
    "floats, evaluations": measured,
}  # fmt: skip


@pytest.fixture(scope="module", params=list(DESIGNS))
def found(request: pytest.FixtureRequest) -> Design:
    return DESIGNS[request.param]()


def through_json(found: Design) -> dict[str, Any]:
    again: dict[str, Any] = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    return again


def test_from_dict_undoes_to_dict(found: Design) -> None:
    again = Design.from_dict(through_json(found))
    assert again == found
    assert hash(again) == hash(found)
    assert type(again) is type(found)
    # Equality is that of to_dict(): here every field by itself, with its types.
    names = "alpha platform_utility utility profile regret_bound exact users levels scope selection rule ties runner_up"
    for name in (*names.split(), "equilibrium_profiles", "warnings", "undecided"):
        mine, theirs = getattr(again, name), getattr(found, name)
        assert mine == theirs, name
        assert isinstance(mine, Fraction) == isinstance(theirs, Fraction), name
    for name in ("payments", "regrets", "sensitivities", "gains"):
        mine, theirs = getattr(again, name), getattr(found, name)
        assert mine.dtype == theirs.dtype, name
        assert mine.tolist() == theirs.tolist(), name
    for vector, other in zip(again.strategies, found.strategies, strict=True):
        assert vector.tolist() == other.tolist()
    assert again.remarks() == found.remarks()
    assert again.facts() == found.facts()


def test_what_users_bear(found: Design) -> None:
    """Payment less sensitivity is the gain, to the rounding that is told."""
    assert found.sensitivities is not None
    assert found.gains is not None
    off = np.abs(found.payments - found.sensitivities - found.gains)
    assert max(off) <= found.regret_bound
    assert found.users
    assert len(found.levels) == len(found.strategies[0])


def test_it_is_what_the_schema_says(found: Design) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(schemas()["design-1"]).validate(through_json(found))


def test_the_schemas_are_published() -> None:
    """What the site has is what the tables in the code say; and they are schemas themselves."""
    jsonschema = pytest.importorskip("jsonschema")
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in ROOT.glob("docs/schemas/*.json")}
    assert files == json.loads(json.dumps(schemas())), "run python -m fairgames.cli.schemas docs/schemas"
    for schema in files.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_schema_is_no_rubber_stamp() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schemas()["design-1"])
    data = through_json(DESIGNS["exact, symmetric"]())
    for change in ({"alpha": "a third"}, {"schema": "fairgames/design/2"}, {"kind": "x"}, {"certain": False},
                   {"payments": "1"}, {"regime": -1}, {"exact": 1}, {"profile": [0.5, 1]}):  # fmt: skip
        assert not validator.is_valid(data | change), change
    for key in ("payments", "gamma_min", "kind"):
        assert not validator.is_valid({name: value for name, value in data.items() if name != key}), key


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("alpha", "a third", 'got "a third", expected a number, "p/q"'),
        ("alpha", True, "got true, expected a number"),
        ("alpha", "1/0", 'got "1/0"'),
        ("alpha", [1], "expected a number"),
        pytest.param("alpha", 10**400, "expected a number", id="alpha-beyond-floats"),
        ("platform_utility", None, "expected a number"),
        ("strategies", [], "expected a list with a list of probabilities"),
        ("strategies", [["1/5", "3/5"], ["0", "1"]], "[0]: got"),
        ("strategies", [["1", "0"], ["-1", "2"]], "[1]: got"),
        ("strategies", [["1", "0"]], "payments: got 2 entries, expected 1"),
        ("payments", ["1/2"], "got 1 entries, expected 2"),
        ("payments", ["1/2", 0.5], 'got both plain numbers and "p/q"'),
        ("payments", {"Ann": 1}, "expected a list"),
        ("users", ["Ann"], "got 1 entries, expected 2"),
        ("users", [1, 2], "[0]: got 1, expected text"),
        ("levels", ["0", "1", "2"], "got 3 names, expected 2"),
        ("regrets", ["0", "1/7"], "regret: got"),
        ("regret_bound", "x", "expected a number"),
        ("profile", [0, 0], "expected null, or the levels that the strategies play"),
        ("profile", [0, 7], "expected null"),
        ("profile", [-1, 0], "[0]: got -1, expected a whole number"),
        ("interval", ["1/2"], "expected a list of 2"),
        ("attained", "yes", "expected true or false"),
        ("exact", 1, "expected true or false"),
        ("ties", [{}], "[0].alpha: missing"),
        ("runner_up", {"alpha": 0}, ".profile: missing"),
        ("equilibrium_profiles", -1, "expected a whole number"),
        ("warnings", "none", "expected a list"),
        ("certain", False, "undecided: missing"),
        ("schema", "fairgames/design/2", 'expected "fairgames/design/1"'),
        ("schema", 1, 'expected "fairgames/design/1"'),
        ("kind", "novel", "expected one of design, symmetric"),
        ("kind", "symmetric", "gamma_min: missing"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_told_by_its_key(key: str, value: object, told: str) -> None:
    data = through_json(DESIGNS["exact, mixed"]())
    with pytest.raises(fg.InputError) as caught:
        Design.from_dict({**data, key: value})
    assert told in "\n".join(caught.value.faults)


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_what_is_no_dict(data: Any) -> None:
    with pytest.raises(fg.InputError, match=r"expected a dict as Design.to_dict\(\)"):
        Design.from_dict(data)


def test_every_key_is_needed(found: Design) -> None:
    """But for those that say again what others say, and those that are told of ours alone."""
    data = through_json(found)
    again = {"gains", "gap"} if isinstance(found, PathDesign) else {"gains"}
    for key in data.keys() - again - {"undecided"}:
        with pytest.raises(fg.InputError, match=f"design: {key}: "):
            Design.from_dict({name: value for name, value in data.items() if name != key})


def test_all_faults_are_told_at_once() -> None:
    data = through_json(DESIGNS["exact, pure"]()) | {"alpha": "x", "payments": 1, "scope": 2}
    with pytest.raises(fg.InputError) as caught:
        Design.from_dict(data)
    assert [fault.split(":")[1].strip() for fault in caught.value.faults] == ["alpha", "payments", "scope"]


def test_what_it_was_given_stays_as_it_was() -> None:
    data = through_json(DESIGNS["floats, path"]())
    before = deepcopy(data)
    Design.from_dict(data)
    assert data == before


def test_a_class_reads_its_own_kind() -> None:
    data = through_json(DESIGNS["exact, pure"]())
    with pytest.raises(fg.InputError, match=r"kind: got 'design', which Design.from_dict reads"):
        SymmetricDesign.from_dict(data)
    assert isinstance(SymmetricDesign.from_dict(through_json(DESIGNS["exact, symmetric"]())), SymmetricDesign)


def test_keys_of_others_are_left_alone() -> None:
    found = DESIGNS["exact, pure"]()
    assert Design.from_dict(through_json(found) | {"note": "mine", "robustness": None}) == found


def test_an_answer_of_rounded_rationals_is_one_of_floats() -> None:
    """As it is printed without ``--exact``."""
    found = DESIGNS["exact, mixed"]()
    from fairgames.reading.json_values import plain

    again = Design.from_dict(plain(found.answer()))
    assert (found.exact, again.exact) == (True, False)
    assert again.platform_utility == 28 / 75
    assert again != found


def test_equal_is_equal_in_every_number() -> None:
    found = DESIGNS["exact, mixed"]()
    assert found != replace(found, payments=found.payments + Fraction(1, 10**30))
    assert found != replace(found, choice=replace(found.choice, utility=float(found.utility)))
    assert found != found.choice
    assert found.choice == replace(found.choice)
    assert found.choice != replace(found.choice, alpha=float(found.alpha or 0))
    assert Choice.__eq__(found.choice, 1) is NotImplemented


class TestComparison:
    def test_by_name(self) -> None:
        """Eq. 12, U = 1 and φ = 1/2 each: both share at α = 2/5, Ann gets 1/5 for 1/10 and Ben 1/5 for 1/5.

        Before, 9/20 of 2/3 paid Ann the 3/10 that she bore. Who stands first in a list says nothing.
        """
        dear, cheap = rational("0.3", "0.32"), rational("0.2", "0.1")
        first = replace(fg.design(dear, scope="pure"), users=("Ann", "Ben"))
        found = compare(first, replace(fg.design(cheap, scope="pure"), users=("Ben", "Ann")))
        assert [(one.user, one.change, one.outcome) for one in found.users] == [
            ("Ann", Fraction(1, 10), "gains"), ("Ben", 0, "same"),
        ]  # fmt: skip
        assert found.change == Fraction(3, 5) - Fraction(11, 30)
        assert found.counts == {"gains": 1, "same": 1}

    def test_who_is_in_one_only(self) -> None:
        first, second = fg.design(rational("0.3", "0.32")), fg.design(rational("0.1", "0.1", "0.2"))
        found = compare(replace(first, users=("Ann", "Ben")), replace(second, users=("Ben", "Cem", "Dot")))
        ann, _, *others = found.users
        assert [ann.outcome, *(one.outcome for one in others)] == ["first only", "second only", "second only"]
        assert found.users[0].change is None
        assert found.table().columns["user"] == ["Ann", "Ben", "Cem", "Dot"]

    def test_the_other_way_round_gainers_lose(self) -> None:
        cheap, dear = fg.design(clinics(), "worst"), fg.design(clinics((0.2, 0.5)), "worst")
        there, back = compare(cheap, dear), compare(dear, cheap)
        assert (there.counts["gains"], there.counts["loses"]) == (back.counts["loses"], back.counts["gains"])
        assert there.counts["gains"] + there.counts["loses"] > 0
        for one in there.users:
            assert one.first is not None
            assert one.second is not None
            exact = Fraction(one.second.gain) - Fraction(one.first.gain)
            assert abs(Fraction(one.change or 0) - exact) <= Fraction(one.error)

    def test_floats_within_their_error_are_the_same_and_told(self) -> None:
        first = fg.design(clinics())
        second = replace(first, payments=first.payments + first.regret_bound)
        found = compare(first, second)
        assert found.counts == {"same": 3}
        assert "gain or lose: the change is within its error" in found.undecided[-1]
        assert compare(first, first).undecided == first.undecided

    def test_without_names(self) -> None:
        found = fg.design(clinics())
        with pytest.raises(fg.InputError, match="second: the answer does not name its users"):
            compare(found, replace(found, users=()))
