"""Established solvers as plug-ins: a registry, child processes that can be killed, and a cross-check."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.solvers.crosscheck import CrossCheck, crosscheck
    from fairgames.solvers.registry import Solver, available, get, resolve

__all__ = [
    "CrossCheck",
    "Solver",
    "available",
    "crosscheck",
    "get",
    "resolve",
]

on_first_use(
    __name__,
    {
        "crosscheck": "CrossCheck crosscheck",
        "registry": "Solver available get resolve",
    },
)
