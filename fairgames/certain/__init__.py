"""The few comparisons that every answer rests on, decided for certain.

Which of two numbers is larger is decided by floats with a bound on the error of that very
comparison; where they cannot, by balls of 128, 256, … bits around both numbers (Arb, Johansson
2017); what 1,024 bits cannot separate is a tie. That is the filtered predicate of exact
computational geometry. Numbers that only floats are known of stay undecided, and the
:class:`Judge` says so.

The comparisons are: the sign of what a user gains; the order of two ends of intervals of α; the
order of two values to the platform; the order of a payout and a cap.
"""

from __future__ import annotations

from fairgames.certain.judge import Judge
from fairgames.certain.real import BITS, Around, Logarithms, Pairs, Rational, Real, combination
from fairgames.certain.reals import Reals

__all__ = ["BITS", "Around", "Judge", "Logarithms", "Pairs", "Rational", "Real", "Reals", "combination"]
