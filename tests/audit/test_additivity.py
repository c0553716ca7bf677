"""Sums of payments in floats against the same sums of the rationals that they stand for."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from fairgames.audit.additivity import _Sum

thirds = st.integers(-(10**6), 10**6).map(lambda number: Fraction(number, 3 * 10**5))
rows = st.lists(thirds, min_size=3, max_size=3)


@given(st.lists(rows, min_size=3, max_size=3), st.lists(thirds, min_size=3, max_size=3))
@example([[Fraction(1, 3), -Fraction(1, 3) + Fraction(1, 10**9), Fraction(1)]] * 3, [Fraction(1, 7)] * 3)
@example([[Fraction(1, 3), -Fraction(1, 3) + Fraction(1, 10**16), Fraction(1)]] * 3, [Fraction(1, 7)] * 3)
def test_what_floats_may_be_off(paid: list[list[Fraction]], worths: list[Fraction]) -> None:
    """Payments to two users and the platform for a task, a second one, and both: also where payments cancel."""
    exact = _Sum((1, 1), *paid, tuple(worths), 4)  # type: ignore[arg-type]
    floats = _Sum((1, 1), *[list(map(float, row)) for row in paid], tuple(map(float, worths)), 4)  # type: ignore[arg-type]
    for player in range(3):
        assert abs(Fraction(floats.apart(player)) - exact.apart(player)) <= floats.error
        held, known = exact.apart_at_one_share(player), floats.apart_at_one_share(player)
        assert (held is None) == (not all(sum(row[:2]) for row in paid) or not all(worths))
        if known is not None:
            assert held is not None
            assert held[1] == 0
            assert abs(Fraction(known[0]) - held[0]) <= known[1]
