"""Refuse before computing: what that needs against what the machine has, and the time that people have."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

from fairgames.errors import TooLargeError
from fairgames.text import how_many

_CGROUPS = Path("/sys/fs/cgroup")
#: The groups of this process, one line a hierarchy: "0::/user.slice/session" (v2), "4:memory:/docker/1f" (v1).
_OWN_GROUPS = Path("/proc/self/cgroup")
#: Pages of address space in use.
_STATM = Path("/proc/self/statm")
_MEMINFO = Path("/proc/meminfo")

#: The way out where profiles, or counts of users, are too many to list.
FEWER_PROFILES = (
    "Keep fewer users (`fairgames fit --top 10`), offer fewer levels (`allowed`), or look along paths of equilibria "
    "(`fairgames design --method path`)."
)

#: Predicted seconds from which on a computation is refused: predictions are right within a factor of three or so.
MOST_SECONDS = 600.0

#: Not worth asking the system for: asking takes as long as filling a megabyte.
_SMALL = 2**20


def available_bytes() -> int:
    """Memory that can be had now, in bytes: the least of what machine, control groups and `ulimit -v` leave."""
    return max(0, min([_physical_bytes(), *_group_bytes(), *_address_space()]))


def _group_bytes() -> Iterator[int]:
    """What each control group leaves, from the process's own up to the root: any of them may limit."""
    for line in _OWN_GROUPS.read_text().splitlines() if _OWN_GROUPS.exists() else []:
        _, controllers, own = line.split(":", 2)
        if controllers not in ("", "memory") and "memory" not in controllers.split(","):
            continue
        root = _CGROUPS / "memory" if controllers else _CGROUPS
        names = ("memory.max", "memory.current")
        if controllers:
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        below = root / own.lstrip("/")
        # In a container the path is that outside of it: then its own root is the group.
        for group in (below, *below.parents) if below.exists() else (root,):
            limit = _number(group / names[0])
            used = None if limit is None else _number(group / names[1])
            if limit is not None and used is not None:
                yield limit - used
            if group == root:
                break


def _number(path: Path) -> int | None:
    """The number in a file; None if there is no such file, or it says "max"."""
    try:
        text = path.read_text().strip()
    except OSError:  # not there, or not ours to read
        return None
    return int(text) if text.isdigit() else None


def _address_space() -> Iterator[int]:
    """What RLIMIT_AS and RLIMIT_DATA (`ulimit -v`, `ulimit -d`) leave."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    if not _STATM.exists():
        return
    pages = [int(number) for number in _STATM.read_text().split()]
    for limit, used in ((resource.RLIMIT_AS, pages[0]), (resource.RLIMIT_DATA, pages[5])):
        soft, _ = resource.getrlimit(limit)
        if soft != resource.RLIM_INFINITY:
            yield soft - used * resource.getpagesize()


def _physical_bytes() -> int:
    if _MEMINFO.exists():
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def require(needed: int, what: str, way_out: str) -> None:
    """Raise :class:`TooLargeError` if ``needed`` bytes cannot be had.

    The message names ``what`` was asked for, its size, what there is, and the ``way_out``.
    """
    if needed > _SMALL and needed > (have := available_bytes()):
        raise TooLargeError(f"{what} needs {human(needed)} of memory; {human(have)} are available. {way_out}")


def require_time(seconds: float, what: str, way_out: str) -> None:
    """Raise :class:`TooLargeError` if a computation is predicted to take longer than :data:`MOST_SECONDS`."""
    if seconds > MOST_SECONDS:
        told = f"{seconds:,.0f} s" if seconds < 1e6 else f"about 10^{math.floor(math.log10(seconds))} s"
        raise TooLargeError(f"{what} would take {told}, and {MOST_SECONDS:g} s are the most. {way_out}")


def human(size: int) -> str:
    """A size in bytes for people.

    >>> human(1536), human(38 * 2**20), human(8 * 3**20_000)
    ('1.5 KiB', '38 MiB', 'about 10^9543 B')
    """
    if size >= 2**100:
        return f"{how_many(size)} B"
    amount = float(size)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        if amount < 1024:
            return f"{amount:.3g} {unit}"
        amount /= 1024
    return f"{amount:.3g} ZiB"
