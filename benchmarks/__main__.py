"""``python -m benchmarks [NAME ...] [--quick] [--json] [--list]``."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

import fairgames
from benchmarks.measure import Result
from benchmarks.registry import BENCHMARKS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 if a target was missed."""
    asked = _parser().parse_args(arguments)
    if asked.list:
        for name, benchmark in BENCHMARKS.items():
            print(f"{name:26}{benchmark.claim}")
        return 0
    names = asked.names or [name for name, benchmark in BENCHMARKS.items() if not (asked.quick and benchmark.slow)]
    # With --json the lines go to standard error: standard output is one JSON object.
    lines = sys.stderr if asked.json else sys.stdout
    before = machine()
    print(", ".join(f"{key} {value}" for key, value in before.items()), file=lines, flush=True)
    results = []
    for name, result in _measured(names):
        print(_shown(name, result), file=lines, flush=True)
        results.append({"benchmark": name, **asdict(result)})
    if asked.json:
        print(json.dumps({"machine": before, "results": results}, indent=2))
    return int(any(result["passed"] is False for result in results))


def machine() -> dict[str, object]:
    """What the numbers are measured on; a load above 0 takes cores from what uses them all."""
    return {
        "fairgames": fairgames.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def _measured(names: Sequence[str]) -> Iterator[tuple[str, Result]]:
    for name in names:
        for result in BENCHMARKS[name].run():
            yield name, result


def _shown(name: str, result: Result) -> str:
    verdict = {True: "pass", False: "MISS", None: "info"}[result.passed]
    target = "" if result.target is None else f", target {result.target:,g}"
    ours = f" [{result.detail}]" if result.detail else ""
    return (
        f"{verdict}  {name}: {result.name}: {result.measured:,.4g} {result.unit}{target}{ours}; against: {result.peer}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the speed claims rest on.")
    parser.add_argument("names", nargs="*", metavar="NAME", type=_name, help="what to run; default: all")
    parser.add_argument(
        "--quick", action="store_true", help="leave out what takes a minute or gigabytes, unless it is named"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and run none")
    return parser


def _name(given: str) -> str:
    if given in BENCHMARKS:
        return given
    near = difflib.get_close_matches(given, BENCHMARKS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(BENCHMARKS)}"
    raise argparse.ArgumentTypeError(f"no benchmark {given!r}: {hint}")


if __name__ == "__main__":
    sys.exit(main())
