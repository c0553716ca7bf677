"""Every worked example, figure and claim of the papers, from the library's public functions alone.

Kang, Pedarsani & Ramchandran, *The Fair Value of Data Under Heterogeneous Privacy Constraints
in Federated Learning*. Numbers of equations, figures and sections are those of the later version.
"""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.paper.claims import check
    from fairgames.paper.claims.statement import Claim
    from fairgames.paper.registry import REPRODUCTIONS, Data, Reproduction, Sentence, Written, named, reproduce

__all__ = [
    "REPRODUCTIONS",
    "Claim",
    "Data",
    "Reproduction",
    "Sentence",
    "Written",
    "check",
    "named",
    "reproduce",
]

on_first_use(
    __name__,
    {
        "claims": "check",
        "claims.statement": "Claim",
        "registry": "Data REPRODUCTIONS Reproduction Sentence Written named reproduce",
    },
)
