"""Names that every engine and every game file can hold.

Gambit 16 reads titles and labels as XML and Gambit 17 reads them raw, so nothing may need
escaping; ``.nfg`` ends a label at a quotation mark. Names of people hold all of that.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import takewhile

from anyascii import anyascii

from fairgames.errors import InputError

#: What has a meaning in XML, in quoted text or in a shell.
_UNSAFE = frozenset('&<>"`\\')
#: Signs that anyascii writes as other signs than formulas do.
_SPELLED = str.maketrans({"×": "x", "≤": "<=", "≥": ">="})
#: A Greek letter that is no part of a word is a symbol: ε is epsilon.
_SYMBOL = re.compile(r"(?<![^\W\d_])[\u0370-\u03ff\u1f00-\u1fff](?![^\W\d_])")
#: Characters that Gambit's windows show of a row's label, from its middle, and of what heads a column, its first ones.
SHOWN = 9


def safe_labels(names: Sequence[str], limit: int = 40) -> tuple[str, ...]:
    """One label a name: printable ASCII without ``& < > " `` and backslash, unique, of at most ``limit`` characters.

    Labels depend on nothing but ``names``, in their order; a name that is safe is its own label.
    Since labels are unique, ``dict(zip(safe_labels(names), names))`` leads back.

    Raises
    ------
    InputError
        If so many names cannot be told apart within ``limit``.

    >>> safe_labels(["clinic", "Klinik Köln", "A & B <1>", "α=½", "A & B [1]", "東京病院", ""])
    ('clinic', 'Klinik Koln', 'A _ B _1_', 'alpha=1/2', 'A _ B [1]', 'DongJingBingYuan', '7')
    """
    shortest = len(str(len(names))) + 2
    if limit < shortest:
        raise InputError(f"limit is {limit}, but {len(names)} labels need at least {shortest} characters")
    labels: dict[int, str] = {}
    taken: set[str] = set()
    plain = [_plain(name, limit) or str(position) for position, name in enumerate(names, 1)]
    # Names that are safe as they are come first, so that no other takes theirs.
    first = {name: position for position, name in reversed(list(enumerate(names)))}
    as_it_is = [plain[position] == name and first[name] == position for position, name in enumerate(names)]
    for position in sorted(range(len(names)), key=lambda position: not as_it_is[position]):
        labels[position] = _free(plain[position], taken, limit)
        taken.add(labels[position])
    return tuple(labels[position] for position in range(len(names)))


def shown_first(names: Sequence[str], whole: bool = False) -> tuple[str, ...]:
    """Safe labels that can be told apart by their first :data:`SHOWN` characters: what differs is moved to the front.

    Parameters
    ----------
    whole : cut them to so many, as any part of a longer label may be what is shown

    >>> shown_first(["Hospital North", "Hospital South"])
    ('North (Hospital)', 'South (Hospital)')
    >>> shown_first(["share nothing", "share aggregate"], whole=True)
    ('nothing', 'aggregate')
    """
    labels = safe_labels(names)
    if whole and max(map(len, labels), default=0) > SHOWN:
        shared = len(_shared_words(labels))
        labels = tuple(label[shared:] for label in labels)
    alike = defaultdict(list)
    for position, label in enumerate(labels):
        alike[label[:SHOWN].casefold()].append(position)
    moved = list(labels)
    for positions in alike.values():
        if len(positions) > 1:
            shared = len(_shared_words([labels[position] for position in positions]))
            for position in positions:
                moved[position] = _moved(labels[position], shared)
    if len({label[:SHOWN].casefold() for label in moved}) < len(moved):
        moved = [f"{number} {label}" for number, label in enumerate(labels, start=1)]
    return safe_labels(moved, SHOWN) if whole else safe_labels(moved)


def _shared_words(labels: Sequence[str]) -> str:
    """What all labels begin with, up to the end of a word; up to any sign where words are one."""
    first, last = min(labels), max(labels)  # between which all others stand
    prefix = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    words = re.match(r".*\s", prefix) or re.match(r".*[^\w\s]", prefix)
    shared = words[0] if words else prefix
    return "" if shared in labels else shared  # nothing would be left of that one


def _moved(label: str, shared: int) -> str:
    front = label[:shared].strip(" -,;:/")
    return f"{label[shared:]} ({front})" if front else label


def told_apart(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels that repeat or are empty with ``_1``, ``_2``, … behind them, as Gambit 17 reads them.

    A number that would make a label which stands there already is passed over.

    >>> told_apart(["x", "x", "x_1", "y", ""])
    ('x_2', 'x_3', 'x_1', 'y', '_1')
    """
    often, last = Counter(labels), dict.fromkeys(labels, 0)
    found = []
    for label in labels:
        if label and often[label] == 1:
            found.append(label)
            continue
        last[label] += 1
        while f"{label}_{last[label]}" in often:
            last[label] += 1
        found.append(f"{label}_{last[label]}")
    return tuple(found)


def _free(label: str, taken: set[str], limit: int) -> str:
    number, free = 1, label
    while free in taken:
        number += 1
        free = f"{label[: limit - len(str(number)) - 1].rstrip()}-{number}"
    return free


def _plain(name: str, limit: int) -> str:
    """Printable ASCII for a name: letters of any script are transliterated; "" where nothing can be."""
    spelled = _SYMBOL.sub(lambda letter: _spelled(letter[0]), unicodedata.normalize("NFC", name))
    words = " ".join(anyascii(spelled.translate(_SPELLED)).split())
    safe = "".join(sign if re.match(r"[ -~]", sign) and sign not in _UNSAFE else "_" for sign in words)
    return safe[:limit].rstrip() if safe.strip("_ ") else ""


def _spelled(sign: str) -> str:
    """A Greek letter by its name."""
    name = unicodedata.name(sign, "")
    found = re.match(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", name)
    if found is None:
        return sign
    return found[2].lower() if found[1] == "SMALL" else found[2].capitalize()
