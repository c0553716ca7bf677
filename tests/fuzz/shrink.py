"""A smaller input that finds the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.fuzz.case import Case


def shrunk(case: Case, finds: Callable[[Case], bool], seconds: float = 20.0) -> Case:
    """The smallest that is found by leaving out options, lines and pieces of lines, as long as there is time."""
    end = time.monotonic() + seconds
    smaller = True
    while smaller and time.monotonic() < end:
        smaller = False
        for candidate in _smaller(case):
            if time.monotonic() > end:
                break
            if finds(candidate):
                case, smaller = candidate, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    for width in (2, 1):
        for start in range(2, len(case.arguments) - width + 1):
            yield replace(case, arguments=case.arguments[:start] + case.arguments[start + width :])
    for place, (name, content) in enumerate(case.files):
        for separator in (b"\n", b", ", b" "):
            pieces = content.split(separator)
            width = max(1, len(pieces) // 2)
            while width and len(pieces) > 1:
                for start in range(0, len(pieces), width):
                    rest = separator.join(pieces[:start] + pieces[start + width :])
                    files = (*case.files[:place], (name, rest), *case.files[place + 1 :])
                    yield replace(case, files=files)
                width //= 2
