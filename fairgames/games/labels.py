"""Names that every engine and every game file can hold.

Gambit 16 reads titles and labels as XML and Gambit 17 reads them raw, so nothing may need
escaping; ``.nfg`` ends a label at a quotation mark. Names of people hold all of that.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from fairgames.errors import InputError

#: What has a meaning in XML, in quoted text or in a shell.
_UNSAFE = frozenset('&<>"`\\')
_SPELLED = str.maketrans({"∞": "inf", "−": "-", "–": "-", "—": "-", "’": "'", "×": "x", "ß": "ss", "ø": "o", "Ø": "O"})


def safe_labels(names: Sequence[str], limit: int = 40) -> tuple[str, ...]:
    """One label a name: printable ASCII without ``& < > " `` and backslash, unique, of at most ``limit`` characters.

    Labels depend on nothing but ``names``, in their order; a name that is safe is its own label.
    Since labels are unique, ``dict(zip(safe_labels(names), names))`` leads back.

    Raises
    ------
    InputError
        If so many names cannot be told apart within ``limit``.

    >>> safe_labels(["clinic", "Klinik Köln", "A & B <1>", "α=½", "A & B [1]", ""])
    ('clinic', 'Klinik Koln', 'A _ B _1_', 'alpha=1_2', 'A _ B [1]', '6')
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
    decomposed = unicodedata.normalize("NFKD", name.translate(_SPELLED)).replace("\N{FRACTION SLASH}", "_")
    bare = "".join(_spelled(sign) for sign in decomposed if not unicodedata.combining(sign))
    words = " ".join(bare.split())
    return "".join(sign if re.match(r"[ -~]", sign) and sign not in _UNSAFE else "_" for sign in words)[:limit].rstrip()


def _spelled(sign: str) -> str:
    """A Greek letter by its name: ε is epsilon."""
    name = unicodedata.name(sign, "")
    found = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", name)
    if found is None:
        return sign
    return found[2].lower() if found[1] == "SMALL" else found[2].capitalize()
