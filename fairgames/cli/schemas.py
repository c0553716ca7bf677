"""JSON Schemas of the answers that ``--json`` prints and ``-o FILE.json`` writes.

``python -m fairgames.cli.schemas docs/schemas`` writes them to where the site has them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from fairgames.audit.finding import NAMES
from fairgames.audit.result import SCHEMA as AUDIT
from fairgames.equilibria.refinements.stability import Stability
from fairgames.mechanism.choice import CHOICE_FIELDS
from fairgames.mechanism.result import CLASSES, DESIGN_FIELDS
from fairgames.mechanism.result import SCHEMA as DESIGN
from fairgames.reading.atomic import write_atomically
from fairgames.reading.kinds import (
    COUNT,
    FLAG,
    NUMBER,
    NUMBERS,
    STRATEGIES,
    TEXT,
    Kind,
    by_name,
    listed,
    object_schema,
    one_of,
    optional,
    record,
)

#: What other answers say under ``schema``.
PAYMENTS, EQUILIBRIA, PLAYED = "fairgames/payments/1", "fairgames/equilibria/1", "fairgames/played/1"
_PROFILE = optional(listed(COUNT))
_PLAN = optional(listed(listed(COUNT)))
_FINDING = {
    "holds": optional(FLAG),
    "worst_violation": optional(NUMBER),
    "witness": optional(
        record(
            {
                "users": listed(TEXT),
                "profile": _PROFILE,
                "levels": optional(listed(TEXT)),
                "coalition": optional(listed(TEXT)),
                "other_profile": _PROFILE,
                "utility": optional(TEXT),
                "amounts": by_name(NUMBER),
            }
        )
    ),
    "sentence": TEXT,
    "checks": COUNT,
    "error_bound": NUMBER,
}
_POTENTIAL = {
    "kind": one_of("exact", "weighted", "none"),
    "weights": optional(NUMBERS),
    "cycle": optional(listed(listed(COUNT))),
    "gain": NUMBER,
    "cycles": COUNT,
}
_RULE = {
    "rule": TEXT,
    "source": TEXT,
    "profile": _PROFILE,
    "payments": optional(NUMBERS),
    "alpha": optional(NUMBER),
    "fair": optional(NUMBERS),
    "distances": optional(NUMBERS),
    "distance": optional(NUMBER),
    "core": optional(record({"in_core": FLAG, "coalition": listed(TEXT), "gain": NUMBER})),
    "potential": optional(record(_POTENTIAL)),
    "equilibrium": _PROFILE,
    "plan": _PLAN,
    "best_alpha": optional(NUMBER),
    "platform_utility": optional(NUMBER),
    "why_not": TEXT,
}
_AUDIT: Mapping[str, Kind] = MappingProxyType(
    {
        "rule": TEXT,
        "source": TEXT,
        "alpha": optional(TEXT),
        "users": listed(TEXT),
        "scope": one_of("all", "search"),
        "proposed": _PROFILE,
        "proposed_plan": _PLAN,
        **dict.fromkeys(NAMES, record(_FINDING)),
        "rules": listed(record(_RULE)),
        "certain": FLAG,
        "warnings": listed(TEXT),
    }
)
#: What the names of these mean is in docs/answers.md.
_PAYMENTS: Mapping[str, Kind] = MappingProxyType(
    {
        "users": listed(TEXT),
        "profile": listed(COUNT),
        "levels": listed(TEXT),
        "rule": TEXT,
        "alpha": optional(NUMBER),
        "payments": NUMBERS,
        "percent": optional(NUMBERS),
        "platform": NUMBER,
        "utility": NUMBER,
        "efficiency_residual": NUMBER,
        "method": TEXT,
        "error_bound": NUMBER,
        "exact": FLAG,
        "statistical": FLAG,
        "warnings": listed(TEXT),
    }
)
_SOLVER = {
    "found": listed(COUNT),
    "missed": listed(COUNT),
    "repeated": listed(COUNT),
    "wrong": listed(STRATEGIES),
    "seconds": NUMBER,
    "error": optional(TEXT),
}
_EQUILIBRIA: Mapping[str, Kind] = MappingProxyType(
    {
        "title": TEXT,
        "users": listed(TEXT),
        "equilibria": listed(record({"strategies": STRATEGIES, "payoffs": NUMBERS, "regret": NUMBER, "exact": FLAG})),
        "degenerate": FLAG,
        "solvers": by_name(record(_SOLVER)),
        "certain": FLAG,
        "warnings": listed(TEXT),
    }
)
#: As of :class:`fairgames.equilibria.Prospect`.
_PROSPECT = {
    "strategies": STRATEGIES,
    "radius": NUMBER,
    "profile": _PROFILE,
    "payoffs": NUMBERS,
    "platform": optional(NUMBER),
    "potential": optional(NUMBER),
    "strict": optional(FLAG),
    "index": optional(NUMBER),
    "replicator": one_of(*get_args(Stability)),
    "best_response": one_of(*get_args(Stability)),
    "payoff_dominated_by": listed(COUNT),
    "risk_dominant": optional(FLAG),
    "stochastically_stable": optional(FLAG),
    "basin": optional(NUMBER),
    "basin_interval": optional(listed(NUMBER, 2)),
    "logit": optional(NUMBER),
    "logit_limit": optional(FLAG),
    "perfect": optional(FLAG),
    "proper": optional(FLAG),
}
_UNPROVEN = {
    "number": COUNT,
    "strategies": STRATEGIES,
    "regret": NUMBER,
    "regret_bound": NUMBER,
}
_PLAYED: Mapping[str, Kind] = MappingProxyType(
    {
        "title": TEXT,
        "users": listed(TEXT),
        "levels": listed(listed(TEXT)),
        "equilibria": listed(record(_PROSPECT)),
        "unproven": listed(record(_UNPROVEN)),
        "starts": COUNT,
        "seed": COUNT,
        "elsewhere": NUMBER,
        "precision": optional(NUMBER),
        "logit_elsewhere": optional(NUMBER),
        "notes": listed(TEXT),
        "certain": FLAG,
        "warnings": listed(TEXT),
    }
)


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema (2020-12) of each answer, by its name with its version.

    >>> sorted(schemas())
    ['audit-1', 'design-1', 'equilibria-1', 'payments-1', 'played-1']
    """
    return {
        _file(name): {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:{name.replace('/', ':')}",
            "title": f"An answer of fairgames {name.split('/')[1]}",
            **found,
        }
        for name, found in (
            *((DESIGN, _design()), (PAYMENTS, _of(PAYMENTS, _PAYMENTS))),
            *((EQUILIBRIA, _that_may_be_open(EQUILIBRIA, _EQUILIBRIA)), (AUDIT, _that_may_be_open(AUDIT, _AUDIT))),
            (PLAYED, _that_may_be_open(PLAYED, _PLAYED)),
        )
    }


def _file(name: str) -> str:
    return "-".join(name.split("/")[1:])


def _of(name: str, fields: Mapping[str, Kind]) -> dict[str, Any]:
    found = object_schema(fields)
    return {
        "type": "object",
        "required": ["schema", *found["required"]],
        "properties": {"schema": {"const": name}, **found["properties"]},
    }


def _that_may_be_open(name: str, fields: Mapping[str, Kind]) -> dict[str, Any]:
    """With what stayed open, where something did."""
    return _of(name, fields) | {"allOf": [_open()]}


def _design() -> dict[str, Any]:
    """Each kind of design has facts of its own."""
    found = _of(DESIGN, {**CHOICE_FIELDS, **DESIGN_FIELDS, "gains": optional(NUMBERS)})
    found["required"].append("kind")
    found["properties"]["kind"] = {"enum": list(CLASSES)}
    rooms = import_module("fairgames.mechanism")
    facts = {kind: getattr(rooms, name).FACTS for kind, name in CLASSES.items()}
    cases = [
        {"if": {"properties": {"kind": {"const": kind}}}, "then": object_schema(own)}
        for kind, own in facts.items()
        if own
    ]
    return found | {"allOf": [_open(), *cases]}


def _open() -> dict[str, Any]:
    return {
        "if": {"properties": {"certain": {"const": False}}},
        "then": object_schema({"undecided": listed(TEXT)}),
    }


if __name__ == "__main__":
    for file, schema in schemas().items():
        write_atomically(Path(sys.argv[1]) / f"{file}.json", [json.dumps(schema, indent=1), "\n"])
