"""What it costs to start: the import of the package, and a command from the shell."""

from __future__ import annotations

import contextlib
import io
import statistics
import sys
import sysconfig
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.games import COSTS
from benchmarks.measure import ROOT, Result, at_most, for_information, in_child, medians, run, seconds

#: Times the import of NumPy that the import of the package may take.
IMPORT_TARGET = 2
#: Times a process that imports NumPy and ends that a whole design of ten hospitals may take.
COMMAND_TARGET = 5
#: What neither may load: a plotting library, solvers and their engines.
ENGINES = ("cvxpy", "nashpy", "pygambit", "matplotlib", "scipy.optimize")

_TIMED_IMPORT = "import time; begun = time.perf_counter(); import {}; print(time.perf_counter() - begun)"


def imports(rounds: int = 21) -> list[Result]:
    """``import fairgames`` against ``import numpy``, each in a fresh interpreter.

    The peer is what the package cannot do without. The statement itself is timed inside the
    child, so the interpreter's own start flatters neither; whole processes are shown too.
    """
    taken: dict[str, list[float]] = {"numpy": [], "fairgames": []}

    def statement(module: str) -> None:
        taken[module].append(float(run([sys.executable, "-c", _TIMED_IMPORT.format(module)])))

    whole = medians({module: partial(statement, module) for module in taken}, rounds)
    median = {module: statistics.median(times[1:]) for module, times in taken.items()}
    loaded = engines_of_import()
    return [
        at_most(
            "import fairgames",
            median["fairgames"] / median["numpy"],
            IMPORT_TARGET,
            "x",
            f"import numpy, {seconds(median['numpy'])}",
            seconds(median["fairgames"]),
        ),
        for_information(
            "import fairgames, whole process",
            whole["fairgames"] / whole["numpy"],
            "x",
            f"python -c 'import numpy', {seconds(whole['numpy'])}",
            seconds(whole["fairgames"]),
        ),
        at_most("engines loaded by import fairgames", len(loaded), 0, "modules", ", ".join(ENGINES), ", ".join(loaded)),
    ]


def command(rounds: int = 15) -> list[Result]:
    """``fairgames design`` on ten hospitals as a process, against ``python -c 'import numpy'``.

    The peer is the least that any program with arrays costs from a shell. The scenario is what
    ``fairgames fit`` makes of the example data.
    """
    with tempfile.TemporaryDirectory() as folder:
        scenario = str(Path(folder) / "hospitals.toml")
        run([*script(), "fit", str(ROOT / "examples" / "medpar.csv"), "--user", "provider", "--value", "los",
             "--top", "10", "--sensitivity", ",".join(COSTS), "-o", scenario])  # fmt: skip
        took = medians(
            {
                "numpy": lambda: run([sys.executable, "-c", "import numpy"]),
                "json": lambda: run([*script(), "design", scenario, "--json"]),
                "table": lambda: run([*script(), "design", scenario]),
            },
            rounds,
        )
        loaded = in_child(engines_of_design, scenario)["loaded"]
    peer = f"python -c 'import numpy', {seconds(took['numpy'])}"
    what = "fairgames design, ten hospitals"
    return [
        at_most(f"{what}, --json", took["json"] / took["numpy"], COMMAND_TARGET, "x", peer, seconds(took["json"])),
        at_most(f"{what}, table", took["table"] / took["numpy"], COMMAND_TARGET, "x", peer, seconds(took["table"])),
        at_most("engines loaded by fairgames design", len(loaded), 0, "modules", ", ".join(ENGINES), ", ".join(loaded)),
    ]


def script() -> list[str]:
    """The installed console script, as a user starts it; without one, the function that it calls."""
    installed = Path(sysconfig.get_path("scripts")) / "fairgames"
    if installed.exists():
        return [str(installed)]
    return [sys.executable, "-c", "from fairgames.cli import main; main()"]


def engines_of_import() -> list[str]:
    """Engines that a fresh interpreter has loaded after ``import fairgames``."""
    code = f"import sys, fairgames; print(*(name for name in {ENGINES!r} if name in sys.modules))"
    return run([sys.executable, "-c", code]).split()


def engines_of_design(scenario: str) -> dict[str, Any]:
    """Engines that the design of ``scenario`` loads; for a process of its own."""
    from fairgames.cli import main

    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main(["design", scenario])
    return {"loaded": [name for name in ENGINES if name in sys.modules]}
