"""Refuse before allocating: what a computation needs against what the machine has."""

from __future__ import annotations

import os
from pathlib import Path

from fairgames.errors import TooLargeError
from fairgames.text import how_many

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_CGROUP_USED = Path("/sys/fs/cgroup/memory.current")
_MEMINFO = Path("/proc/meminfo")

#: The way out where profiles, or counts of users, are too many to list.
FEWER_PROFILES = (
    "Keep fewer users (`fairgames fit --top 10`), offer fewer levels (`allowed`), or look along paths of equilibria "
    "(`fairgames design --method path`)."
)

#: Not worth asking the system for: asking takes as long as filling a megabyte.
_SMALL = 2**20


def available_bytes() -> int:
    """Memory that can be had now, in bytes: the machine's, or the container's where that is less."""
    candidates = [_physical_bytes()]
    if _CGROUP_LIMIT.exists() and (limit := _CGROUP_LIMIT.read_text().strip()).isdigit():
        candidates.append(int(limit) - int(_CGROUP_USED.read_text()))
    return min(candidates)


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
