"""Integers over pairwise coprime ones: against multiplying out."""

from __future__ import annotations

import math
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from fairgames.coprime import coprime_base, exponents


@given(st.lists(st.integers(1, 5_000) | st.builds(math.prod, st.lists(st.integers(1, 60), max_size=6)), max_size=12))
def test_every_number_is_a_product_of_powers_of_integers_that_share_nothing(numbers):
    base = coprime_base(numbers)
    assert list(base) == sorted(base)
    assert all(one > 1 for one in base)
    assert all(math.gcd(one, other) == 1 for one, other in combinations(base, 2))
    for number in numbers:
        assert math.prod(one**power for one, power in exponents(number, base).items()) == number
