"""The core knows no engine: nothing that is slow or optional is imported before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios import CLINICS, KNIFE_EDGE, written

ROOT = Path(__file__).resolve().parents[1]

#: Engines: only functions import them, in the core and in the adapters.
ENGINES = {
    *("nashpy", "pygambit", "quantecon", "cvxpy", "matplotlib", "shapiq", "opendp", "pandas", "openpyxl"),
    *("dask", "distributed", "joblib", "pyarrow", "pyspiel", "flwr", "sklearn"),
}
#: What ``import fairgames`` must not bring along.
SLOW = [*sorted(ENGINES), "scipy.optimize", "rich", "click"]

SOURCES = [*sorted(ROOT.glob("fairgames/**/*.py")), *sorted(ROOT.glob("adapters/fairgames_*/**/*.py"))]


def loaded_by(statement: str) -> set[str]:
    """Which of the modules named ``SLOW`` a fresh interpreter has after ``statement``."""
    script = f"{statement}\nimport sys\nprint(*(set({SLOW!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import fairgames",
        "from fairgames.solvers.registry import available; assert 'nashpy:lemke-howson' in available()",
        "from fairgames.solvers.crosscheck import crosscheck",
        "import fairgames.solvers.worker",
        "import fairgames.releases, fairgames.privacy, fairgames.sweep",
    ],
)
def test_nothing_slow_is_loaded(statement: str):
    assert loaded_by(statement) == set()


def test_no_balls_are_loaded_where_floats_and_forms_decide():
    design = """
from fairgames import FederatedMean, PaymentGame, Users, design, robustness
users = Users(samples=[92, 74, 71, 66, 64, 61, 61, 58], sensitivity=[[0, "0.6", "1.2"]] * 8)
game = PaymentGame(FederatedMean(users, between="13.0322", within="65.3803", scale=1), users)
assert robustness(game, design(game)).certain
import sys
assert "flint" not in sys.modules
"""
    assert loaded_by(design) == set()


#: What answers of one kind are made of, and others not.
KINDS = {
    *("counts", "equilibria.large", "equilibria.symmetric", "equilibria.two_users", "equilibria.types"),
    *("games.extreme", "mechanism.budgeted", "mechanism.grid", "mechanism.maps", "mechanism.mixed"),
    *(
        "mechanism.mixed_candidate",
        "mechanism.mixed_welfare",
        "mechanism.path",
        "mechanism.path_result",
        "mechanism.pure",
    ),
    *(
        "mechanism.robust_design",
        "mechanism.robustness",
        "mechanism.symmetric",
        "mechanism.symmetric_candidates",
        "mechanism.twin",
    ),
    *("mechanism.twin", "mechanism.types", "mechanism.upper_bound", "plots", "solvers", "sweep", "training.surrogate"),
}
LISTED = {"mechanism.pure", "mechanism.robustness"}
TWO_USERS = LISTED | {
    *("equilibria.two_users", "games.extreme", "mechanism.mixed", "mechanism.mixed_candidate"),
    "mechanism.mixed_welfare",
}
TWENTY = CLINICS.replace("count = 2", "count = 20")


@pytest.mark.parametrize(
    ("scenario", "options", "needed"),
    [
        (CLINICS, "", LISTED),
        (CLINICS, "--budget 5 --margin 0.001 --json", LISTED),
        (CLINICS, "--selection worst --rule coalition", LISTED),
        (CLINICS, "--uncertainty 0.1", {"mechanism.pure", "mechanism.robust_design", "counts"}),  # for its warnings
        (TWENTY, "", {"mechanism.pure", "mechanism.types", "equilibria.types", "counts"}),
        (KNIFE_EDGE, "--scope pure", LISTED),
        (KNIFE_EDGE, "--exact", TWO_USERS),
        (CLINICS.replace("count = 2", "count = 1"), "", TWO_USERS | {"mechanism.twin"}),
    ],
)
def test_a_design_loads_what_its_answer_needs(scenario: str, options: str, needed: set[str], tmp_path: Path):
    script = "import sys\nfrom fairgames.start import main\ntry:\n    main()\nfinally:\n    print(*sys.modules)"
    command = [sys.executable, "-c", script, "design", written(tmp_path, scenario), *options.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = {name.removeprefix("fairgames.") for name in done.stdout.splitlines()[-1].split()}
    assert modules & KINDS == needed


def top_level_imports(tree: ast.Module) -> Iterator[str]:
    """Top-level packages that are imported when the module is: all but those inside functions and TYPE_CHECKING."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_imports_an_engine_at_its_top(path: Path):
    assert set(top_level_imports(ast.parse(path.read_text()))) & ENGINES == set()


def test_the_check_itself_sees_what_it_should():
    tree = ast.parse(
        "import os\nif TYPE_CHECKING:\n    import nashpy\nelse:\n    import cvxpy\n"
        "try:\n    from pygambit.nash import x\nexcept ImportError:\n    pass\n"
        "def f():\n    import matplotlib\nclass C:\n    import quantecon\n"
    )
    assert set(top_level_imports(tree)) == {"os", "cvxpy", "pygambit", "quantecon"}


@pytest.mark.parametrize("path", sorted(ROOT.glob("fairgames/**/*.py")), ids=lambda path: path.stem)
def test_the_core_imports_no_adapter(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in names if name.startswith("fairgames_")]
