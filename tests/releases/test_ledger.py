"""The privacy ledger: sums against a plain dictionary, two processes at once, killed processes, damaged files."""

from __future__ import annotations

import fcntl
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import InputError
from fairgames.reading import atomic
from fairgames.releases import BudgetError, Ledger, LedgerError
from fairgames.releases import ledger as ledger_module

ROOT = Path(__file__).parents[2]
NAMES = ["ann", "ben", 'Zoë "☃"\n']
AMOUNTS = st.one_of(st.just(math.inf), st.just(Fraction(0)), st.fractions(0, 3, max_denominator=30))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.create(tmp_path / "ledger.json", {"ann": 1, "ben": "5/2"})


# Sums -----------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, AMOUNTS)),
    st.lists(st.dictionaries(st.sampled_from(NAMES), AMOUNTS), max_size=8),
)
def test_sums_against_a_dictionary(budgets, charges):
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.create(Path(folder) / "ledger.json", budgets)
        spent, confirmed = dict.fromkeys(NAMES, Fraction(0)), []
        for costs in charges:
            over = [name for name, cost in costs.items() if spent[name] + cost > budgets[name]]
            if over:
                with pytest.raises(BudgetError) as error:
                    ledger.charge(costs)
                assert len(error.value.faults) == len(over)
                assert all(fault.startswith(name) for fault, name in zip(error.value.faults, over, strict=True))
            else:
                confirmed.append({name: cost for name, cost in costs.items() if cost})
                assert ledger.charge(costs).number == len(confirmed)
                spent = {name: spent[name] + costs.get(name, 0) for name in NAMES}
        accounts = Ledger(ledger.path).accounts()
        assert [dict(entry.costs) for entry in accounts.entries] == confirmed
        assert accounts.spent == spent
        assert accounts.budgets == budgets
        for name in NAMES:
            assert accounts.left(name) == (math.inf if budgets[name] == math.inf else budgets[name] - spent[name])


def test_a_budget_is_used_up_to_the_last_bit(ledger):
    """Ten times a tenth is one, in rationals only; then nothing is left, not even 1e-300."""
    for _ in range(10):
        ledger.charge({"ann": 0.1})
    assert ledger.accounts().left("ann") == 0
    with pytest.raises(BudgetError, match="ann: asked for ε = about 1e-300, but 1 of a budget of 1 is spent and 0"):
        ledger.charge({"ann": "1e-300"})
    ledger.charge({"ann": 0, "ben": 1})


def test_a_refused_charge_charges_nobody(ledger):
    with pytest.raises(BudgetError):
        ledger.charge({"ben": 1, "ann": 2})
    assert ledger.accounts().entries == ()


def test_entries_say_when_and_what_for(ledger):
    entry = ledger.charge({"ann": "1/3"}, "median of ages")
    (read,) = ledger.accounts().entries
    assert (read.number, read.purpose, dict(read.costs), read.time) == (
        1, "median of ages", {"ann": Fraction(1, 3)}, entry.time,
    )  # fmt: skip
    assert entry.time.endswith("+00:00")


def test_the_file_is_json_with_rationals_as_strings(ledger):
    ledger.charge({"ann": 0.3, "ben": "1/7"})
    content = json.loads(ledger.path.read_text(encoding="utf-8"))
    assert content["budgets"] == {"ann": "1", "ben": "5/2"}
    assert content["entries"][0]["costs"] == {"ann": "3/10", "ben": "1/7"}


def test_infinite_costs_need_an_infinite_budget(tmp_path):
    ledger = Ledger.create(tmp_path / "ledger.json", {"ann": 10**9, "ben": "inf"})
    ledger.charge({"ben": "inf"})
    ledger.charge({"ben": "inf"})
    assert ledger.accounts().left("ben") == math.inf
    with pytest.raises(BudgetError, match="ann: asked for ε = inf"):
        ledger.charge({"ann": math.inf})


# Accounts -------------------------------------------------------------------------------------


def test_more_users_may_come(ledger):
    ledger.charge({"ann": 1})
    ledger.admit({"cem": 3})
    ledger.charge({"cem": 3})
    assert [entry.number for entry in ledger.accounts().entries] == [1, 2]
    with pytest.raises(InputError, match="ann: has an account already"):
        ledger.admit({"dan": 1, "ann": 100})
    assert set(ledger.accounts().budgets) == {"ann", "ben", "cem"}


@pytest.mark.parametrize(
    ("costs", "why"),
    [
        ({"ann": -1}, "ann: cost -1, expected a number ≥ 0"),
        ({"ann": math.nan, "ben": "x"}, "ann: cost nan.*\nben: cost 'x'"),
        ({"dan": 1, "eve": 1}, "dan: has no account.*\neve: has no account"),
        ({"ann": Fraction(1, 3**3000)}, "ann: cost of more than 4096 bits"),
        ({1: 1}, "names as text, got 1"),
    ],
)
def test_bad_charges(ledger, costs, why):
    with pytest.raises(InputError, match=why):
        ledger.charge(costs)
    assert ledger.accounts().entries == ()


def test_bad_budgets(tmp_path):
    with pytest.raises(InputError, match=r"ann: budget -1.*\nben: budget nan"):
        Ledger.create(tmp_path / "ledger.json", {"ann": -1, "ben": math.nan})
    assert not (tmp_path / "ledger.json").exists()


def test_a_ledger_is_not_replaced(ledger):
    ledger.charge({"ann": 1})
    with pytest.raises(LedgerError, match="exists already"):
        Ledger.create(ledger.path, {"ann": 100})
    assert ledger.accounts().left("ann") == 0


def test_a_missing_ledger_is_not_an_empty_one(tmp_path):
    missing = Ledger(tmp_path / "no.json")
    for ask in (missing.accounts, lambda: missing.charge({"ann": 1}), lambda: missing.admit({"ann": 1})):
        with pytest.raises(LedgerError, match=r"there is no ledger; make one with Ledger\.create"):
            ask()
    assert not missing.path.exists()


# Damage ---------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_damage_is_refused_or_changes_nothing(data):
    """Cut off anywhere, or any character replaced: the ledger is refused, or reads as before (white space)."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.create(Path(folder) / "ledger.json", {"ann": 3, "ben": "inf"})
        ledger.charge({"ann": "1/3", "ben": "inf"}, "first")
        ledger.charge({"ann": "5/4"})
        right, text = ledger.accounts().spent, ledger.path.read_text(encoding="utf-8")
        place = data.draw(st.integers(0, len(text) - 2))
        rest = data.draw(st.sampled_from(["", *('0123456789/"{}[],: \n-ax' + text[place + 1 : place + 2])]))
        broken = text[:place] + (rest + text[place + 1 :] if rest else "")
        ledger.path.write_text(broken, encoding="utf-8")
        try:
            found = ledger.accounts().spent
        except LedgerError:
            found = None
            with pytest.raises(LedgerError, match=r"ledger\.json: "):
                ledger.charge({"ann": 0})
        assert found is None or found == right
        assert found is not None or ledger.path.read_text(encoding="utf-8") == broken


def edited(ledger: Ledger, change) -> None:
    """The file after ``change``, with a check sum that fits again."""
    from fairgames.releases.ledger_file import _digest

    content = json.loads(ledger.path.read_text(encoding="utf-8"))
    del content["sha256"]
    change(content)
    ledger.path.write_text(json.dumps({**content, "sha256": _digest(content)}), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda c: c["entries"].pop(0), "charges are missing"),
        (lambda c: c["entries"][0]["costs"].update(ann="-1"), "'-1' is no rational"),
        (lambda c: c["entries"][0]["costs"].update(ann="0.1"), "'0.1' is no rational"),
        (lambda c: c["entries"][0]["costs"].update(ann=1), "expected string"),
        (lambda c: c["entries"][0]["costs"].update(ann="1/0"), "Fraction"),
        (lambda c: c["entries"][0]["costs"].update(ann="9" * 9000), "4300"),
        (lambda c: c["entries"][0]["costs"].update(dan="1"), "a charge has no account"),
        (lambda c: c["entries"][0]["costs"].update(ann="7"), "more is spent than the budget of ann"),
        (lambda c: c["budgets"].pop("ann"), "a charge has no account"),
        (lambda c: c.pop("budgets"), "budgets"),
        (lambda c: c.update(format="fairgames privacy ledger 2"), "it is no"),
        (lambda c: c.update(entries=3), "not iterable"),
    ],
)
def test_what_makes_no_sense_is_refused(ledger, change, why):
    ledger.charge({"ann": "1/3"})
    ledger.charge({"ann": "1/3"})
    edited(ledger, lambda _: None)
    assert ledger.accounts().left("ann") == Fraction(1, 3)
    edited(ledger, change)
    with pytest.raises(LedgerError, match=why):
        ledger.accounts()


def test_an_edit_that_makes_sense_is_refused_too(ledger):
    ledger.charge({"ann": "1/3"})
    text = ledger.path.read_text(encoding="utf-8")
    for old, new in (('"1/3"', '"1/4"'), ('"ann": "1"', '"ann": "9"'), ('"entries": [', '"entries": [], "old": [')):
        assert old in text
        ledger.path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(LedgerError, match="check sum"):
            ledger.accounts()


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", "NaN", '{"format": "fairgames privacy ledger 1", "format": "x"}', "[" * 100_000]
)
def test_other_json_is_refused(ledger, text):
    ledger.path.write_text(text)
    with pytest.raises(LedgerError, match="not a ledger that can be trusted"):
        ledger.accounts()


def test_bytes_that_are_no_text_are_refused(ledger):
    ledger.path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.accounts()


def test_a_folder_is_no_ledger(tmp_path):
    with pytest.raises(LedgerError, match="cannot be read"):
        Ledger(tmp_path).accounts()


def test_a_charge_that_cannot_be_written_is_not_confirmed(ledger, monkeypatch):
    before = ledger.path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        ledger.charge({"ann": 1})
    assert ledger.path.read_bytes() == before


# Several processes ----------------------------------------------------------------------------

SPENDER = """
import sys
from fairgames.releases import BudgetError, Ledger
ledger = Ledger("ledger.json")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(40):
    try:
        print(ledger.charge({"ann": "1/25", "ben": "1/100"}, sys.argv[1]).number, flush=True)
    except BudgetError:
        print("refused", flush=True)
"""


def spender(folder: Path, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SPENDER, name],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_never_spend_the_same_budget(ledger, tmp_path):
    """Eighty attempts at 1/25 of a budget of 1: 25 succeed, whoever makes them, and every confirmed one is kept."""
    processes = [spender(tmp_path, name) for name in ("one", "two")]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].split() for process in processes]
    assert all(process.returncode == 0 for process in processes)
    confirmed = [[int(answer) for answer in row if answer != "refused"] for row in answers]
    accounts = ledger.accounts()
    assert sorted(confirmed[0] + confirmed[1]) == list(range(1, 26))
    assert accounts.spent == {"ann": 1, "ben": Fraction(1, 4)}
    for name, numbers in zip(("one", "two"), confirmed, strict=True):
        assert [entry.number for entry in accounts.entries if entry.purpose == name] == numbers


@pytest.mark.parametrize("after", [1, 3, 8])
def test_a_killed_process_loses_no_confirmed_charge_and_no_lock(ledger, tmp_path, after):
    process = spender(tmp_path, "killed")
    process.stdin.write("go\n")
    process.stdin.flush()
    confirmed = [int(process.stdout.readline()) for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    rest = process.communicate(timeout=60)[0]
    confirmed += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n") and line != "refused\n"]
    entries = ledger.accounts().entries
    assert [entry.number for entry in entries[: len(confirmed)]] == confirmed
    assert len(entries) <= len(confirmed) + 1  # one may be on disk without having been confirmed
    assert ledger.charge({"ben": 1}).number == len(entries) + 1


def test_a_ledger_in_use_is_waited_for_but_not_for_ever(ledger, monkeypatch):
    monkeypatch.setattr(ledger_module, "_PATIENCE", 0.05)
    with open(f"{ledger.path}.lock", "w", encoding="utf-8") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(LedgerError, match="locked by another process"):
            ledger.charge({"ann": 1})
        assert ledger.accounts().left("ann") == 1  # reading needs no lock
    ledger.charge({"ann": 1})


def test_two_names_of_one_file_share_one_lock(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_module, "_PATIENCE", 0.05)
    link = tmp_path / "link.json"
    link.symlink_to(ledger.path)
    with Ledger(link)._locked(), pytest.raises(LedgerError, match="locked"):
        ledger.charge({"ann": 1})
    Ledger(link).charge({"ann": 1})
    assert link.is_symlink()
    assert ledger.accounts().left("ann") == 0


def test_without_file_locks_there_is_no_charge(ledger, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(LedgerError, match="POSIX"):
        ledger.charge({"ann": 1})
