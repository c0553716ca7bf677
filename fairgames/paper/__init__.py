"""Every worked example, figure and claim of the papers, from the library's public functions alone.

Kang, Pedarsani & Ramchandran, *The Fair Value of Data Under Heterogeneous Privacy Constraints
in Federated Learning*. Numbers of equations, figures and sections are those of the later version.
"""

from __future__ import annotations

from fairgames.paper.registry import REPRODUCTIONS, Data, Reproduction, Sentence, Written, named, reproduce

__all__ = ["REPRODUCTIONS", "Data", "Reproduction", "Sentence", "Written", "named", "reproduce"]
