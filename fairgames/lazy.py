"""Packages whose public names are loaded on first use: importing one takes no time, and ^C while NumPy loads is the
command's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec, resolve_name
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package with ``__places__``: the module of each public name."""

    __places__: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:
        if name in self.__places__:
            return getattr(import_module(self.__places__[name]), name)
        inner = f"{self.__name__}.{name}"
        if not name.startswith("_") and find_spec(inner):
            return import_module(inner)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        # Imported, mechanism/robustness.py would hide the function of that name, which is what a reader means.
        if not (isinstance(value, ModuleType) and name in self.__places__):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return list(self.__all__)


def on_first_use(package: str, names: Mapping[str, str]) -> None:
    """Let a package have the names of its modules, without loading them.

    Parameters
    ----------
    package : its ``__name__``
    names : by module, relative to the package (".x.y" is beside it), the names that come from it, separated by spaces

    Notes
    -----
    Its own modules are attributes of it, too, as if somebody had imported them.
    """
    module = sys.modules[package]
    module.__dict__["__places__"] = {
        name: resolve_name(f".{place}", package) for place, listed in names.items() for name in listed.split()
    }
    module.__class__ = _Package
