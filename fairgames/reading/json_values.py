"""Values as JSON holds them: plain numbers, "inf", rationals as "p/q"."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fairgames.errors import InputError
from fairgames.reading.beside import reason

#: A rational beyond every float stays one.
_LARGEST = sys.float_info.max


def plain(value: Any, exact: bool = False) -> Any:
    """Numbers, arrays and containers as JSON holds them; a rational beyond every float as "p/q".

    Parameters
    ----------
    exact : every rational is "p/q", else the float nearest to it

    >>> plain({"alpha": Fraction(2, 5), "levels": (0, math.inf)}), plain(Fraction(2, 5), exact=True)
    ({'alpha': 0.4, 'levels': [0, 'inf']}, '2/5')
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(item, exact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return list(value) if _plain_already(value) else [plain(item, exact) for item in value]
    if isinstance(value, Fraction):
        return str(value) if exact or abs(value) > _LARGEST else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def _plain_already(values: Sequence[Any]) -> bool:
    """Whether nothing is left to do in a list, which may have a million entries."""
    kinds = set(map(type, values))
    return kinds <= {str, int} or (kinds == {float} and all(map(math.isfinite, values)))


def read_object(path: Path, what: str) -> dict[str, Any]:
    """The object in a JSON file.

    Parameters
    ----------
    what : the file is expected to be, such as "an answer of fairgames design"

    Raises
    ------
    InputError
        If the file cannot be read, or is no JSON object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_number)
    except RecursionError:
        raise InputError(f"{path}: lists are nested too deeply, expected {what}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8, expected {what}") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error}), expected {what}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected {what}") from None
    if not isinstance(found, dict):
        raise InputError(f"{path}: got a JSON {type(found).__name__}, expected {what}")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
