"""Fair payments at one profile from a few evaluations, with intervals from coalitions drawn to check the model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from fairgames.errors import InputError
from fairgames.text import how_many
from fairgames.training import products
from fairgames.training.budget import EXPERIMENTAL, Budget, Spending
from fairgames.training.source import Source
from fairgames.training.surrogate import Surrogate
from fairgames.typing import BoolArray, FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import CONFIDENCE, Allocation, PaymentRequest, Values
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.methods.evaluations import acquisition
from fairgames.valuation.methods.evaluations.drawn import Order, corrected, drawn, drawn_and_known
from fairgames.valuation.rules import Fair, Semivalue

#: Of each payment's own interval; what `error_bound` says holds for all together with 99%.
INTERVAL = 0.95
#: The part of a budget that is chosen for what it tells of the payments; the others are drawn, to check the surrogate.
_CHOSEN = 0.3
#: Coalitions drawn below which they tell too little of its error.
_LEAST = 8
#: As many times as many evaluations at once have the prior's numbers fitted again: where they were fitted to few.
_GROWN = 1.5
#: Surrogates that are fitted without the coalitions drawn to check them.
_FOLDS = 2
#: Degrees of freedom with which Student's distribution is as good as normal.
_NORMAL = 1e9
#: A cross-validated R² below this is worth a warning.
_POOR = 0.5


@dataclass(frozen=True, eq=False)
class EstimatedAllocation(Allocation):
    """Payments with intervals.

    Attributes
    ----------
    half_widths : of each payment's interval, shape (N,), in money, at 95%
    evaluations : of the function, those that a store had among them
    stopped : why there were no more of them
    fit : the part of U's variance that cross-validation explains (R²); None where nothing was modelled
    widened : how many times as wide the intervals are as the model alone has them
    drawn : coalitions drawn with known chances, by which the model was checked
    """

    half_widths: FloatArray | None = None
    evaluations: int = 0
    stopped: str = ""
    fit: float | None = None
    widened: float = 1.0
    drawn: int = 0

    @property
    def intervals(self) -> FloatArray:
        """The ends of each payment's interval, shape (N, 2)."""
        width = np.zeros(len(self.payments)) if self.half_widths is None else self.half_widths
        return np.stack([self.payments - width, self.payments + width], axis=1)

    def warnings(self, names: Sequence[str]) -> tuple[str, ...]:
        found = super().warnings(names) + (EXPERIMENTAL,) * (self.method == "surrogate")
        if self.fit is not None and self.fit < _POOR:
            found += (
                f"U is rough: left-out evaluations are explained to {max(self.fit, 0.0):.0%} only; "
                "intervals are wide, and more evaluations help little by little",
            )
        if self.method == "surrogate" and self.drawn < _LEAST:
            found += (
                f"the intervals are the model's own: {how_many(self.drawn)} coalitions were drawn to check it, "
                f"{how_many(_LEAST)} are needed; give a larger budget",
            )
        return found


def by_surrogate(question: PaymentRequest, budget: Budget) -> EstimatedAllocation:
    """Payments from at most ``budget`` evaluations; exactly, if that many are enough.

    Raises
    ------
    InputError
        If the budget is too small to evaluate the profile and each user alone.
    """
    exact = exactly(question, budget)
    if exact is not None:
        return exact
    source, levels = Source(question.utility), question.profile
    spending = Spending(budget, source.seeds)
    need = source.evaluated + 1 + question.n_sharing
    if spending.profiles < need:
        raise InputError(
            f"budget: expected at least {need * source.seeds} evaluations for {question.n_sharing} users who share "
            f"(the profile and each of them alone), got {budget.evaluations}"
        )
    generator = np.random.default_rng(question.seed)
    sharing = np.flatnonzero(levels)
    targets = products.values(tuple(levels.tolist()), len(question.utility.levels), question.rule.platform_members)
    first = list(islice(acquisition.ends(levels), spending.left(source.evaluated)))
    first.sort(key=lambda place: np.count_nonzero(place) not in (1, len(sharing)))
    source.ask(np.array(first))
    assert isinstance(question.rule, Fair)  # the others are refused before
    run = _Run(source, levels, targets, question.rule, generator, spending)
    found = run.until_enough(_scale(question, source.utility.at(levels.tolist())))
    alone = float(np.linalg.norm(run.surrogate.spread(targets)))
    widened = math.sqrt(float(found.variance.sum())) / alone
    values, widths = np.zeros(len(levels)), np.zeros(len(levels))
    values[sharing], widths[sharing] = found.values, found.half_widths
    return from_estimate(
        question, values, widths, source, "surrogate", found.stopped, found.fit, widened, found.freedom, run.drawn
    )


@dataclass(frozen=True, eq=False)
class Estimate:
    """Payments of the users who share, before any share is taken of them, with the variances of their errors."""

    values: FloatArray
    variance: FloatArray
    freedom: FloatArray
    fit: float | None
    stopped: str = ""

    @property
    def half_widths(self) -> FloatArray:
        """Of 95% intervals, by Student's distribution."""
        from scipy.special import stdtrit

        return np.asarray(stdtrit(np.minimum(self.freedom, _NORMAL), 0.5 + INTERVAL / 2) * np.sqrt(self.variance))


class _Run:
    """Evaluations chosen for what they tell, then drawn, until the budget or the wish is met."""

    def __init__(
        self, source: Source, levels: IntArray, targets: products.Functionals, rule: Semivalue,
        generator: np.random.Generator, spending: Spending,
    ) -> None:  # fmt: skip
        self.source, self.levels, self.targets, self.rule = source, levels, targets, rule
        self.generator, self.spending = generator, spending
        self.surrogate = self._fitted(None)
        self.chosen = source.evaluated + int(_CHOSEN * spending.left(source.evaluated))
        self.order: Order | None = None
        self.taken = 0
        #: The last estimate, and of how many evaluations it is; without a wish the next one is made of twice as many.
        self.found: Estimate | None = None
        self.known = 0

    def until_enough(self, unit: tuple[float, float]) -> Estimate:
        """The payments when there is reason to stop."""
        share, total = unit
        while True:
            wish = self.spending.budget.half_width is not None or self.spending.budget.relative is not None
            if self.drawn >= _LEAST and (wish or self.source.evaluated >= 2 * self.known):
                self._estimate()
            widest = math.inf if self.found is None else share * float(self.found.half_widths.max(initial=0.0))
            stop = self.spending.reason_to_stop(self.source.evaluated, widest, total)
            if stop is None and not self._more(None if self.found is None else widest):
                stop = "every coalition is evaluated"
            if stop:
                return replace(self._estimate(), stopped=stop)

    @property
    def drawn(self) -> int:
        """Coalitions drawn at which U is known."""
        if self.order is None:
            return 0
        return len(drawn_and_known(self.source.profiles, self.order, self.taken)[0])

    def _estimate(self) -> Estimate:
        if self.found is None or self.known < self.source.evaluated:
            self.found = self._with_drawn() if self.drawn >= _LEAST else self._alone()
            self.known = self.source.evaluated
        return self.found

    def _with_drawn(self) -> Estimate:
        """By surrogates whose priors are fitted without the coalitions that check them: they would know these."""
        assert self.order is not None
        source = self.source
        _, at = drawn_and_known(source.profiles, self.order, self.taken)
        surrogates = []
        for number in range(_FOLDS):
            others = np.ones(len(source.profiles), dtype=bool)
            others[at[number::_FOLDS]] = False
            surrogates.append(self._fitted(None, others).of(source.profiles, source.values, source.noise()))
        self.surrogate = surrogates[0]
        fit, _ = checked(self.surrogate, _forced(source.profiles, self.levels))
        check = corrected(surrogates, self.targets, self.order, self.taken, self.levels, self.rule)
        return Estimate(*check.best(), fit)

    def _alone(self) -> Estimate:
        """By the model alone, its standard deviations widened as cross-validation asks."""
        self.surrogate = self._fitted(self.surrogate)
        fit, further = checked(self.surrogate, _forced(self.source.profiles, self.levels))
        values, spread = self.surrogate.mean(self.targets), self.surrogate.spread(self.targets)
        return Estimate(values, (further * spread) ** 2, np.full(len(values), np.inf), fit)

    def _more(self, half_width: float | None) -> bool:
        """Evaluate some more, a quarter of what there are; False if there are none left."""
        before = self.source.evaluated
        some = min(self.spending.left(before), max(16, before // 4))
        if before < self.chosen:
            candidates = acquisition.coalitions(self.levels, self.source.asked, self.generator)
            noise = float(self.source.noise()[1:].mean())
            some = min(some, self.chosen - before)
            new = acquisition.most_telling(self.surrogate, self.targets, candidates, some, noise)
        else:
            if self.order is None:
                self.order = drawn(
                    self.surrogate, self.levels, self.rule, self.spending.left(before), self.source.asked,
                    self.generator,
                )  # fmt: skip
                self.known = before
            new = self.order.profiles[self.taken : self.taken + some]
            self.taken += len(new)
        if not len(new):
            return False
        self.source.ask(new, half_width)
        if self.order is None:
            self.surrogate = self._fitted(self.surrogate)
        return True

    def _fitted(self, near: Surrogate | None, which: BoolArray | slice = slice(None)) -> Surrogate:
        source = self.source
        profiles = source.profiles[which]
        grown = near is None or len(profiles) >= _GROWN * len(near.profiles)
        return Surrogate.fitted(
            profiles, source.values[which], source.noise()[which], len(source.utility.levels), sizes(source.utility),
            near, grown,
        )  # fmt: skip


def checked(surrogate: Surrogate, forced: IntArray) -> tuple[float | None, float]:
    """R² of evaluations left out, and how many times as far they lie as expected, at least 1.

    Those at the ends, which are always evaluated, lie unlike the others and tell nothing about them.
    """
    missed, expected = surrogate.left_out()
    others = np.ones(len(missed), dtype=bool)
    others[forced] = False
    if others.sum() < 8:
        others[:] = True
    found = surrogate.unit * surrogate.found[1:][others]
    variance = float(found.var())
    fit = 1 - float((missed[others] ** 2).mean()) / variance if variance > 0 else None
    return fit, max(1.0, float(np.sqrt(np.mean((missed[others] / expected[others]) ** 2))))


def _forced(profiles: IntArray, levels: IntArray) -> IntArray:
    size = (profiles[1:] > 0).sum(axis=1)
    n = np.count_nonzero(levels)
    return np.flatnonzero((size <= 1) | (size >= n - 1))


def sizes(utility: Utility) -> FloatArray:
    """How much data each user has, where that is known: where the worth of users is looked for first."""
    users = getattr(utility, "users", None)
    samples = getattr(users, "samples", None)
    if samples is None:
        return np.ones(utility.n_users)
    known: FloatArray = np.asarray(samples, dtype=float)
    return np.maximum(known, 0.01 * float(known.mean()))


def _scale(question: PaymentRequest, total: float) -> tuple[float, float]:
    """The share paid out, and U: what half-widths are told in and compared with."""
    share = question.share
    return float(share(total) if isinstance(share, AlphaOfUtility) else share), total


def exactly(question: PaymentRequest, budget: Budget) -> EstimatedAllocation | None:
    """From all coalitions, where the budget allows; with repeats the noise that they tell."""
    utility = question.utility
    needed = (2**question.n_sharing - utility.empty_known) * utility.seeds
    if needed > budget.evaluations:
        return None
    from fairgames.valuation.methods.evaluations.noise import from_all_coalitions

    values, widths, bound = from_all_coalitions(question)
    total = utility.at(question.profile.tolist())
    platform = total - float(values.sum()) if question.rule.platform else None
    return _estimated(
        question, Values(values, platform, total, bound, statistical=bool(widths.any())), widths, "subsets",
        needed, "all coalitions are evaluated",
    )  # fmt: skip


def from_estimate(
    question: PaymentRequest, values: FloatArray, widths: FloatArray, source: Source, method: str, stopped: str,
    fit: float | None = None, widened: float = 1.0, freedom: FloatArray | None = None, drawn: int = 0,
) -> EstimatedAllocation:  # fmt: skip
    """The answer from values and the half-widths of their 95% intervals, before any share is taken of them."""
    from scipy.special import stdtrit

    n = max(1, question.n_sharing)
    known = np.full(n, _NORMAL) if freedom is None else np.minimum(freedom, _NORMAL)
    ratio = stdtrit(known, 1 - (1 - CONFIDENCE) / (2 * n)) / stdtrit(known, 0.5 + INTERVAL / 2)
    bound = float((ratio * widths[np.flatnonzero(question.profile)]).max(initial=0.0)) + source.utility.rounding
    total = source.utility.at(question.profile.tolist())
    # What the platform keeps under Theorem 1 is what its members leave: U at the profile is known.
    platform = None if question.rule.has_alpha else total - float(values.sum())
    found = Values(values, platform, total, bound, statistical=True)
    return _estimated(question, found, widths, method, source.evaluated * source.seeds, stopped, fit, widened, drawn)


def _estimated(
    question: PaymentRequest, division: Values, widths: FloatArray, method: str, evaluations: int, stopped: str,
    fit: float | None = None, widened: float = 1.0, drawn: int = 0,
) -> EstimatedAllocation:  # fmt: skip
    plain = division.allocation(question, method)
    share = 1.0 if plain.alpha is None else float(plain.alpha)
    fields = {name: getattr(plain, name) for name in Allocation.__dataclass_fields__}
    fields["error_bound"] = share * division.error
    return EstimatedAllocation(
        **fields, half_widths=share * widths, evaluations=evaluations, stopped=stopped, fit=fit, widened=widened,
        drawn=drawn,
    )  # fmt: skip
