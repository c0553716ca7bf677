"""One environment for all tests, whoever starts them, and the mark ``fast``.

It stands in the root, so that the examples in docstrings and in the README run in it, too.
"""

from __future__ import annotations

import locale
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import hypothesis
import pytest

# Before NumPy is loaded, which asks for it once. Threads of several workers wait for one another on the same cores,
# and do it by counting: a product of matrices then takes fourteen times as long.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

ROOT = Path(__file__).parent

#: tests/test_*.py that take more than about four seconds of one core, or start many processes; all others are ``fast``.
SLOW = frozenset(
    """
    alike_against_brute_force alpha_of_utility answer_files answers assumptions audit audit_power axioms benchmarks
    bounded bounded_budgets branches browser claims cli conformance convert correlated correlated_design counts_payments
    crosscheck crosscheck_proofs cvxpy data_forms demo deviation_values docs dominance ends evaluations examples explore
    explore_private exponential_sums extreme federated federated_mean files files_broken first_steps fuzz gambit_files
    game grid incremental intervals isolated landscape laplace large lattice ledger_attacks local logit_design lrs
    magnitudes maps mechanism methods minimum_aggregate_values near_ties notebook nucleolus packaging paper path_design
    planted played plots plots_figures potential potential_path quantecon random_effects recall release report reproduce
    risk_utility robust_design robustness rounding rude_engines rules_everywhere sampling scenario search several_users
    site solvers sweep sweep_dask sweep_resume symmetric symmetric_certain symmetric_levels tables terminal training
    truncated_counts two_by_two two_users_certain types types_design upper_bound user_types variances verify_design
    words worker worst_of_several
    """.split()  # noqa: SIM905 (a list of fifty strings reads worse)
)

#: What a shell, a terminal or a user's own settings may hold, and tests must not see.
CLEARED = (
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"),
    *("LANGUAGE", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME"),
    *("PYTHONWARNINGS", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONOPTIMIZE", "PYTHONSTARTUP", "PYTHONINSPECT"),
    "PYTHONDONTWRITEBYTECODE",  # hundreds of processes start, and each would compile the package anew
    *("XDG_CONFIG_HOME", "SOURCE_DATE_EPOCH", "PAGER", "LINES"),
)
SET = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC", "COLUMNS": "80", "TERM": "dumb", "MPLBACKEND": "Agg"}

#: A child inherits which of these are ignored: those of a job in the background, under nohup, or of a supervisor.
SIGNALS = [
    number for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGCHLD") if (number := getattr(signal, name, 0))
]

# Not how fast a machine is decides a property, and the same examples are tried everywhere.
hypothesis.settings.register_profile(
    "anywhere", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("anywhere")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The longest first, so that nobody waits for it at the end.
    items.sort(key=lambda item: item.path.stem != "test_site")
    for item in items:
        if item.path.stem.removeprefix("test_") not in SLOW:
            item.add_marker(pytest.mark.fast)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes by their number: compressed data hold the second at which they were made, and workers collect apart."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def _known_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same variables, folder, umask and signals for all tests and their children; put back at the end."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in CLEARED:
            patch.delenv(name, raising=False)
        for name, value in {**SET, "HOME": str(home), "XDG_CACHE_HOME": cache, "MATPLOTLIBRC": os.devnull}.items():
            patch.setenv(name, value)
        patch.chdir(ROOT)
        _read_time_zone()
        with _text_in_utf_8(), _signals_as_in_the_foreground():
            mask = os.umask(0o022)
            yield
            os.umask(mask)
    _read_time_zone()


@contextmanager
def _text_in_utf_8() -> Iterator[None]:
    """Files that are opened without an encoding are UTF-8, and numbers have a decimal point."""
    before = locale.setlocale(locale.LC_ALL)
    for name in ("C.UTF-8", "en_US.UTF-8", ".UTF-8"):
        with suppress(locale.Error):
            locale.setlocale(locale.LC_ALL, name)
            break
    yield
    locale.setlocale(locale.LC_ALL, before)


@contextmanager
def _signals_as_in_the_foreground() -> Iterator[None]:
    """None of them ignored or blocked; Python gives what is handled here its default in a child."""
    ignored = [number for number in SIGNALS if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS) if hasattr(signal, "pthread_sigmask") else None
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
    if blocked:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _read_time_zone() -> None:
    if hasattr(time, "tzset"):
        time.tzset()
