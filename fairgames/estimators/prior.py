"""What is known before any data: the prior of the mean, the data's bounds, and so the Bayes risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.typing import Number


@dataclass(frozen=True, init=False)
class MeanPrior:
    """Users' data X_i in [−b, b], independent given their common mean θ, which is itself random.

    The default is the papers' case (Section 3): X_i = ±1/2 with Pr(1/2) = p, p ~ Unif(0, 1).
    A linear estimator's risk depends on no more than the first two moments.

    Parameters
    ----------
    mean : m = E[θ]
    between : v_b = Var(θ) > 0, the prior variance of the mean
    within : v_w = E[Var(X_i | θ)] > 0
    bound : b > 0; data are in [−b, b]

    Raises
    ------
    InputError
        Naming every fault at once; also if no data in [−b, b] can have those moments.

    Notes
    -----
    The estimator is A(X) = a + Σ w_i X_i + Z with Z ~ Laplace(τ), Var Z = 2τ². Given θ, the
    X_i − θ are uncorrelated with mean 0 and expected variance v_w, so with a = m(1 − Σw)

        A − θ = Σ w_i (X_i − θ) − (1 − Σw)(θ − m) + Z,
        E[(A − θ)²] = v_w Σ w_i² + v_b (1 − Σw)² + 2τ².

    No other intercept a is better: another one adds (a − m(1 − Σw))². This is the linear Bayes
    (credibility) estimator of Bühlmann (1967), with noise. The papers' estimator has no intercept;
    theirs is the case m = 0, where the best one is 0. With v_b = 1/12 and v_w = 1/6 the risk
    above is eqs. 30 and 34.

    Privacy: another value of X_i in [−b, b] moves A by at most |w_i|·2b, so Laplace(τ) noise gives
    user i ε_i-DP if (and, where both ends can occur, only if) |w_i|·2b ≤ ε_i·τ (Dwork, McSherry,
    Nissim & Smith 2006). The papers' data have a range 2b of 1.

    >>> prior = MeanPrior()
    >>> prior == MeanPrior.beta(1, 1), prior.range
    (True, Fraction(1, 1))
    >>> prior.risk([Fraction(1, 27)], Fraction(1, 27))  # eq. 32 with ε′ = 1
    Fraction(13, 162)
    """

    mean: Fraction
    between: Fraction
    within: Fraction
    bound: Fraction

    def __init__(
        self, mean: Number = 0, between: Number = "1/12", within: Number = "1/6", bound: Number = "1/2"
    ) -> None:
        given = {"mean": mean, "between": between, "within": within, "bound": bound}
        found: dict[str, Fraction] = {}
        faults: list[str] = []
        for name, value in given.items():
            try:
                found[name] = to_fraction(value, f"prior: {name}")
            except InputError as error:
                faults.extend(error.faults)
        faults += [
            f"prior: {name}: expected a number > 0, got {given[name]}"
            for name in ("between", "within", "bound")
            if name in found and found[name] <= 0
        ]
        if not faults and found["mean"] ** 2 + found["between"] + found["within"] > found["bound"] ** 2:
            faults.append(
                f"prior: data in [−{bound}, {bound}] cannot have mean {mean}, variance {between} between and "
                f"{within} within: mean² + between + within = E[X²] is at most bound²"
            )
        if faults:
            raise InputError(faults)
        for name, number in found.items():
            object.__setattr__(self, name, number)

    @classmethod
    def beta(cls, a: Number, b: Number, bound: Number = "1/2") -> MeanPrior:
        """X_i = ±bound with Pr(+bound) = p, p ~ Beta(a, b): θ = bound·(2p − 1).

        Raises
        ------
        InputError
            If a, b or bound is not above 0.

        >>> MeanPrior.beta(2, 1).mean  # not 0: the estimator has an intercept
        Fraction(1, 6)
        """
        one, other = to_fraction(a, "prior: a"), to_fraction(b, "prior: b")
        half = to_fraction(bound, "prior: bound")
        faults = [
            f"prior: {name}: expected a number > 0, got {given}"
            for name, given, value in (("a", a, one), ("b", b, other), ("bound", bound, half))
            if value <= 0
        ]
        if faults:
            raise InputError(faults)
        total = one + other
        spread = 4 * half**2 * one * other / (total * (total + 1))
        return cls(half * (one - other) / total, spread / total, spread, half)

    @property
    def range(self) -> Fraction:
        """2b: how far one user's value can move."""
        return 2 * self.bound

    def intercept(self, weights: Sequence[Fraction]) -> Fraction:
        """The best intercept, m(1 − Σw)."""
        return self.mean * (1 - sum(weights))

    def risk(self, weights: Sequence[Fraction], noise: Fraction) -> Fraction:
        """v_w Σw² + v_b (1 − Σw)² + 2τ², exactly."""
        squares = sum((w * w for w in weights), Fraction(0))
        return self.within * squares + self.between * (1 - sum(weights)) ** 2 + 2 * noise**2

    def least_risk(self, n_users: int) -> Fraction:
        """The risk of N users without privacy: v_b·v_w/(v_w + N·v_b)."""
        return self.between * self.within / (self.within + n_users * self.between)
