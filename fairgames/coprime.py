"""Integers written as products of powers of integers that are coprime to each other.

The logarithms of pairwise coprime integers > 1 are linearly independent over the rationals (unique
factorisation), so sums of logarithms over one such base are equal exactly where their coefficients
are. No integer has to be factored for that: gcds will do (Bach, Driscoll & Shallit 1993).
"""

from __future__ import annotations

import math
from collections.abc import Iterable


def coprime_base(numbers: Iterable[int]) -> tuple[int, ...]:
    """Pairwise coprime integers > 1, ascending, of which every given one is a product of powers.

    >>> coprime_base([12, 18, 35])
    (2, 3, 35)
    """
    base: list[int] = []
    product = 1  # of the base: one gcd tells that a number shares nothing with any of them
    for number in dict.fromkeys(numbers):
        pending = [number]
        while pending:
            one = pending.pop()
            shared = math.gcd(one, product)
            if shared == 1:
                if one > 1:
                    base.append(one)
                    product *= one
                continue
            place, common = next((k, g) for k, other in enumerate(base) if (g := math.gcd(shared, other)) > 1)
            if common == base[place]:
                pending.append(one // common)
            else:
                other = base.pop(place)
                product //= other
                pending += [one // common, other // common, common]
    return tuple(sorted(base))


def exponents(number: int, base: Iterable[int]) -> dict[int, int]:
    """The power of each member of a base in a number, those of 0 left out.

    >>> exponents(12, (2, 3, 35))
    {2: 2, 3: 1}
    """
    found: dict[int, int] = {}
    rest = number
    for prime in base:
        if rest == 1:
            break
        while rest % prime == 0:
            rest //= prime
            found[prime] = found.get(prime, 0) + 1
    if rest != 1:
        raise ValueError(f"{number} is no product of powers of the base")
    return found
