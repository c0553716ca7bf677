"""Names of release 0.1 still work, and say what they are called now."""

from __future__ import annotations

import re
import sys
from importlib import import_module

import pytest

import fairgames as fg
from fairgames.deprecated import MODULES, NAMES

pytestmark = pytest.mark.filterwarnings("default:.*the old name ends with release:DeprecationWarning")


@pytest.mark.parametrize("old", NAMES)
def test_old_names(old: str) -> None:
    module, _, new = NAMES[old].rpartition(".")
    with pytest.warns(DeprecationWarning, match=f"fairgames.{old} is now {re.escape(NAMES[old])};") as warned:
        assert getattr(fg, old) is getattr(import_module(module), new)
    assert warned[0].filename == __file__  # the line to change
    assert old not in fg.__all__


@pytest.mark.parametrize("old", MODULES)
def test_old_modules(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.warns(DeprecationWarning, match=MODULES[old]):
        module = import_module(old)
    new = vars(import_module(MODULES[old]))
    assert {name for name in new if name[:2] != "__"} <= set(vars(module))


def test_old_names_in_old_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "fairgames.mechanism.ceiling", raising=False)
    with pytest.warns(DeprecationWarning, match="fairgames.mechanism.upper_bound.bound"):
        assert import_module("fairgames.mechanism.ceiling").ceiling is fg.upper_bound


def test_other_modules_are_missing_as_ever() -> None:
    with pytest.raises(ModuleNotFoundError):
        import_module("fairgames.values_of_another_kind")
