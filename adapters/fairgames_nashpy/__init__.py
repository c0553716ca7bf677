"""Nashpy's solvers for fairgames (https://nashpy.readthedocs.io; Knight & Campbell 2018).

Nashpy itself is imported by the functions that use it, never here.
"""

from __future__ import annotations

from fairgames.solvers import Solver
from fairgames_nashpy.lemke_howson import labels, lemke_howson
from fairgames_nashpy.support_enumeration import support_enumeration
from fairgames_nashpy.vertex_enumeration import vertex_enumeration

__all__ = ["lemke_howson", "solvers", "support_enumeration", "vertex_enumeration"]


def solvers() -> tuple[Solver, ...]:
    """What the entry point announces."""
    return (
        Solver("nashpy:support-enumeration", support_enumeration, players=2, finds="all", engine="nashpy"),
        Solver("nashpy:vertex-enumeration", vertex_enumeration, players=2, finds="all", engine="nashpy"),
        Solver("nashpy:lemke-howson", lemke_howson, players=2, finds="some", engine="nashpy", tasks=labels),
    )
