"""The papers' claims among what is reproduced: ``claims.json``, and ``claims.md`` for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields

from fairgames.paper.claims import Claim, check, to_json, to_markdown
from fairgames.paper.registry import Data, Sentence


@dataclass(frozen=True)
class Judged:
    """All claims, judged."""

    claims: tuple[Claim, ...]

    def data(self) -> Data:
        return Data(
            tuple(field.name for field in fields(Claim)),
            tuple(astuple(claim) for claim in self.claims),
            sentences=tuple(Sentence(f"{one.source}: {one.claim}", one.holds, one.computed) for one in self.claims),
        )

    def documents(self) -> Mapping[str, str]:
        """A list of objects, and a table."""
        return {".json": to_json(self.claims), ".md": to_markdown(self.claims)}


def claims() -> Judged:
    """Every checkable sentence of both papers."""
    return Judged(check())
