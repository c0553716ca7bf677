"""Too large is refused before anything is allocated, with the size and a way out."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from fairgames import memory
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.errors import TooLargeError
from fairgames.game import PaymentGame
from fairgames.mechanism import design
from fairgames.users import Users
from fairgames.utilities import FederatedMean, LinearLaplace, TableUtility
from fairgames.valuation.request import all_payments, payments


@pytest.fixture
def available(monkeypatch):
    """Set what the machine has."""

    def have(size: int) -> None:
        monkeypatch.setattr(memory, "available_bytes", lambda: size)
        monkeypatch.setattr(memory, "_SMALL", 0)

    return have


@pytest.fixture
def no_allocation():
    """Fail if a test allocates more than 5 MB."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 2**20


def names(n: int) -> Users:
    return Users(samples=[10] * n, names=[f"u{k}" for k in range(n)])


def federated(n: int) -> FederatedMean:
    return FederatedMean(names(n), 1.0, 10.0)


def no_two_alike(n: int) -> PaymentGame:
    """Users who cannot be counted."""
    users = Users(samples=range(1, n + 1))
    return PaymentGame(FederatedMean(users, 1.0, 10.0), users)


# 3^24 profiles: 2 TiB for U alone.
TOO_LARGE = {
    "U": (lambda: federated(24).on_grid(), r"U at 282,429,536,481 profiles of 24 users needs 2\.05 TiB.*fewer users"),
    "U, linear-laplace": (lambda: LinearLaplace(24, [0, 1, 2]).on_grid(), r"needs 2\.05 TiB"),
    "the potential": (
        lambda: PaymentGame(federated(24), names(24)).potential,
        r"24 users with 282,429,536,481 profiles needs 12\.3 TiB.*allowed.*payments --profile",
    ),
    "rationals": (
        lambda: PaymentGame(LinearLaplace(24, [0, 1, 2]), names(24), exact=True).potential,
        r"needs 154 TiB.*fewer levels",
    ),
    "payoffs": (lambda: PaymentGame(federated(24), names(24)).at("1/2"), r"Payoffs of 24 users.*fairgames design"),
    "equilibria": (lambda: pure_equilibria(PaymentGame(federated(24), names(24))), r"282,429,536,481 profiles"),
    "design": (lambda: design(no_two_alike(24)), r"282,429,536,481 profiles"),
    "payments": (
        lambda: payments(federated(50), (1,) * 50, method="subsets"),
        r"2\^50 coalitions, needs 32 PiB.*level 0",
    ),
}


@pytest.mark.parametrize(("work", "message"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_what_no_machine_holds_is_refused_at_once(work, message, available, no_allocation):
    available(64 * 2**30)
    with pytest.raises(TooLargeError, match=message) as caught:
        work()
    assert "64 GiB are available" in str(caught.value)


def test_rational_utilities_are_refused_too(available):
    available(1000)
    with pytest.raises(TooLargeError, match="729 profiles"):
        LinearLaplace(6, [0, 1, 2]).exact_on_grid()


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("need", ["potential", "payoffs", "intervals"])
def test_the_limit_is_what_is_available(available, exact, need):
    """The same game is played where there is memory, and refused where there is not."""
    n = 6
    game = PaymentGame(LinearLaplace(n, [0, 1, 2]), names(n), exact=exact)
    work = {
        "potential": lambda: game.potential,
        "payoffs": lambda: game.at(1),
        "intervals": lambda: pure_equilibria(game),
    }
    available(100)
    with pytest.raises(TooLargeError, match=r"needs .* of memory; 100 B are available\."):
        work[need]()
    available(10**9)
    work[need]()


def test_level_0_counts_even_where_it_may_not_be_chosen(available):
    """ρ_S needs it: 2^N utilities for one profile."""
    game = PaymentGame(federated(40), Users(allowed=[[2]] * 40))
    assert game.size == 1
    available(2**40)
    with pytest.raises(TooLargeError, match="1,099,511,627,776 profiles"):
        _ = game.utilities


def test_payments_are_refused_where_all_of_them_do_not_fit(available):
    available(8 * 3 * 27 - 1)
    with pytest.raises(TooLargeError, match=r"All payments of 27 profiles needs 648 B.*647 B are available"):
        all_payments(np.zeros((3, 3, 3)))
    available(8 * 3 * 27)
    assert all_payments(np.zeros((3, 3, 3))).shape == (3, 3, 3, 3)


def test_what_is_needed_is_no_less_than_what_is_used(available):
    """The estimate for a float game against what Python and NumPy really ask for."""
    n = 11
    utility, users = federated(n), names(n)
    needed = []
    original = memory.require
    available(2**40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "require", lambda size, *rest: (needed.append(size), original(size, *rest)))
        tracemalloc.start()
        game = PaymentGame(utility, users)
        _ = game.potential
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    slack = 30 * 2**20  # blocks of scratch, whatever the size of the game
    assert peak <= max(needed) + slack


# How much there is ----------------------------------------------------------------------------


def test_a_containers_limit_counts(monkeypatch, tmp_path):
    meminfo, limit, used, own = (tmp_path / name for name in ("meminfo", "memory.max", "memory.current", "cgroup"))
    meminfo.write_text("MemTotal:  9 kB\nMemFree:   1 kB\nMemAvailable:    5000 kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", meminfo)
    own.write_text("0::/\n")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "_OWN_GROUPS", own)
    monkeypatch.setattr(memory, "_address_space", lambda: [])
    assert memory.available_bytes() == 5000 * 1024  # no container
    used.write_text("1000000\n")
    limit.write_text("max\n")
    assert memory.available_bytes() == 5000 * 1024
    limit.write_text("3000000\n")
    assert memory.available_bytes() == 2_000_000
    limit.write_text("30000000000\n")
    assert memory.available_bytes() == 5000 * 1024
    meminfo.write_text("nothing of use\n")
    limit.write_text("max\n")
    assert memory.available_bytes() > 2**20  # what the operating system says


def test_this_machine_has_some():
    assert 2**20 < memory.available_bytes() < 2**50


def test_enough_is_enough(available):
    available(1000)
    memory.require(1000, "It", "Never mind.")
    with pytest.raises(TooLargeError) as caught:
        memory.require(1001, "It", "Never mind.")
    assert str(caught.value) == "It needs 1e+03 B of memory; 1e+03 B are available. Never mind."


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (38 * 2**20, "38 MiB"),
        (2**40, "1 TiB"),
        (3 * 2**60, "3 EiB"),
        (2**70, "1 ZiB"),
        (5 * 2**80, "5.12e+03 ZiB"),
    ],
)
def test_sizes_for_people(size, text):
    assert memory.human(size) == text


def test_small_work_is_never_refused():
    assert PaymentGame(TableUtility([0, 1]), Users(names=["a"])).potential.values.tolist() == [0, 1]


GROUPS = {
    "v2, the own group": ("0::/user/job", {"user/job/memory.max": "1000", "user/job/memory.current": "400"}, 600),
    "v2, a group above": (
        "0::/user/job",
        {
            "user/memory.max": "900", "user/memory.current": "800",
            "user/job/memory.max": "max", "user/job/memory.current": "400",
        },
        100,
    ),
    "v2, in a container": ("0::/../elsewhere", {"memory.max": "1000", "memory.current": "1"}, 999),
    "v1": (
        "12:cpu,cpuacct:/job\n4:memory:/job",
        {"memory/job/memory.limit_in_bytes": "2000", "memory/job/memory.usage_in_bytes": "500"},
        1500,
    ),
    "v1, the root": (
        "4:memory:/docker/1f",
        {"memory/memory.limit_in_bytes": "3000", "memory/memory.usage_in_bytes": "1000"},
        2000,
    ),
    "over the limit": ("0::/job", {"job/memory.max": "10", "job/memory.current": "11"}, 0),
}  # fmt: skip


@pytest.mark.parametrize("case", GROUPS)
def test_control_groups(case, tmp_path, monkeypatch):
    """Each limit counts, from the process's own group up to the root."""
    lines, files, right = GROUPS[case]
    for name, text in files.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    (tmp_path / "self").write_text(lines + "\n")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_OWN_GROUPS", tmp_path / "self")
    assert memory.available_bytes() == right
