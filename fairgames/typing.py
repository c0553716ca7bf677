"""Names for the shapes of arrays, used in every signature.

N is the number of users (players), L the number of privacy levels, ``L_i`` the number of
levels that user i may choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

#: float64, or object entries that are ``int`` or ``Fraction`` where the computation is exact.
Array: TypeAlias = NDArray[Any]

#: One number per profile, shape (L_1, …, L_N): U, P and the payoffs of one player.
ProfileTensor: TypeAlias = NDArray[Any]

#: Level indices a user, shape (N,).
Profile: TypeAlias = tuple[int, ...]

#: The level indices that each user ranges over: a product grid of profiles.
Axes: TypeAlias = Sequence[Sequence[int]]

#: What may be given where a number is wanted; strings such as "2/3" and "0.3" are exact.
Number: TypeAlias = int | float | str | Fraction

#: What comes back where a number is told: a float, or a Fraction where the computation is exact.
Scalar: TypeAlias = float | Fraction

#: One probability vector per player.
MixedProfile: TypeAlias = tuple[Array, ...]
