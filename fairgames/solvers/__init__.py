"""Established solvers as plug-ins: a registry, child processes that can be killed, and a cross-check."""

from fairgames.solvers.registry import Solver, available, get, resolve

__all__ = ["Solver", "available", "get", "resolve"]
