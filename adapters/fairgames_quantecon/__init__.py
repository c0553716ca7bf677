"""QuantEcon's game theory for fairgames (https://quanteconpy.readthedocs.io).

QuantEcon itself is imported by the functions that use it, never here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers import Solver
from fairgames.typing import MixedProfile
from fairgames_quantecon.enumeration import pure_enumeration, support_enumeration, too_flat, vertex_enumeration
from fairgames_quantecon.games import compiled
from fairgames_quantecon.pivoting import howson_lcp, lemke_howson, mclennan_tourky

__all__ = [
    "howson_lcp",
    "lemke_howson",
    "mclennan_tourky",
    "pure_enumeration",
    "solvers",
    "support_enumeration",
    "vertex_enumeration",
]


def solvers() -> tuple[Solver, ...]:
    """What the entry point announces."""
    quantecon = partial(Solver, engine="quantecon", install="pip install 'fairgames[quantecon]'")

    def bimatrix(name: str, run: Callable[[NormalFormGame], Iterator[MixedProfile]], **promises: Any) -> Solver:
        return quantecon(f"quantecon:{name}", run, players=2, prepare=partial(compiled, run), **promises)

    return (
        quantecon("quantecon:pure", pure_enumeration, finds="pure", degenerate=True),
        bimatrix("support-enumeration", support_enumeration, finds="all"),
        bimatrix("vertex-enumeration", vertex_enumeration, finds="all", unfit=too_flat),
        bimatrix("lemke-howson", lemke_howson),
        bimatrix("howson-lcp", howson_lcp),
        quantecon("quantecon:mclennan-tourky", mclennan_tourky, prepare=partial(compiled, mclennan_tourky, 3)),
    )
