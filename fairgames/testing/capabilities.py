"""Whether a utility has the capabilities that it declares, each held against U at profiles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from fairgames.errors import TooLargeError
from fairgames.typing import IntArray, Profile
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import DeviationValues
from fairgames.utilities.checks import require_bound
from fairgames.utilities.federated_mean import Aggregation, FederatedMean
from fairgames.valuation.deviation_values import profile_of
from fairgames.valuation.methods.counts import deviations_at
from fairgames.valuation.rules import to_rule

#: Coalitions in one call, boxes, and profiles in each; states at which deviations are valued.
_COALITIONS, _BOXES, _INSIDE, _STATES = 30, 12, 6, 3


def capability_checks() -> list[Callable[[Utility, Sequence[Profile], int], Iterator[str]]]:
    """The checks, each from a utility, some of its profiles and a seed to faults; those not declared have none."""
    return [_bound, _monotone, _exactly, _coalitions, _boxes, _deviations, _federation]


def _bound(utility: Utility, profiles: Sequence[Profile], _seed: int) -> Iterator[str]:
    bound = require_bound(utility.bound, utility.kind)
    for profile in profiles:
        if bound is not None and not abs(value := utility.at(profile)) <= bound + utility.rounding:
            yield f"bound says that |U| is {bound:g} at most, and U{profile} is {value:.17g}"


def _monotone(utility: Utility, profiles: Sequence[Profile], _seed: int) -> Iterator[str]:
    for profile in profiles if utility.monotone else ():
        for user in range(utility.n_users):
            higher = (*profile[:user], profile[user] + 1, *profile[user + 1 :])
            if higher[user] == len(utility.levels):
                continue
            before, after = utility.at(profile), utility.at(higher)
            if not after >= before - 2 * utility.rounding:
                yield f"monotone says that U never falls, and U{profile} is {before:.17g}, U{higher} {after:.17g}"


def _exactly(utility: Utility, profiles: Sequence[Profile], _seed: int) -> Iterator[str]:
    for profile in profiles:
        counts = Counter(zip(utility.types, profile, strict=True))
        for name, real in (
            ("exactly", utility.exactly(profile)),
            ("exactly_on_counts", utility.exactly_on_counts(counts)),
        ):
            if real is None:
                return
            value, error = real.floats()
            if not abs(value - (found := utility.at(profile))) <= utility.rounding + error:
                yield f"{name} says that U{profile} is {value:.17g}, and it is {found:.17g} in floats"


def _coalitions(utility: Utility, _profiles: Sequence[Profile], seed: int) -> Iterator[str]:
    generator = np.random.default_rng(seed)
    sizes, n_levels = np.array(utility.type_sizes), len(utility.levels)
    kinds = [(number, level) for number in range(len(sizes)) for level in range(1, n_levels)]
    if (coalitions := utility.coalitions(kinds)) is None:
        return
    states = np.array([_state(sizes, n_levels, generator) for _ in range(_COALITIONS)])
    found = np.asarray(coalitions.at([states[:, number, level] for number, level in kinds]))
    if found.shape != (_COALITIONS,):
        yield f"coalitions: expected {_COALITIONS} values, got an array of shape {found.shape}"
        return
    for state, value in zip(states, found.tolist(), strict=True):
        profile = tuple(profile_of(utility, state).tolist())
        if not abs(value - (alone := utility.at(profile))) <= coalitions.rounding + utility.rounding:
            yield (
                f"coalitions says that U of counts {state.tolist()} is {value:.17g}, and U{profile} is {alone:.17g}: "
                f"more apart than the stated roundings ({coalitions.rounding:.3g} and {utility.rounding:.3g})"
            )


def _boxes(utility: Utility, _profiles: Sequence[Profile], seed: int) -> Iterator[str]:
    generator = np.random.default_rng(seed)
    sizes, n_levels = np.array(utility.type_sizes), len(utility.levels)
    for number in range(_BOXES):
        inside = [_state(sizes, n_levels, generator) for _ in range(_INSIDE if number else 1)]
        above = np.array([state[:, ::-1].cumsum(axis=1)[:, ::-1] for state in inside])
        least, most = above.min(axis=0), above.max(axis=0)
        if (bound := utility.box_bound(least, most)) is None:
            return
        for state in inside:
            profile = tuple(profile_of(utility, state).tolist())
            if not (value := utility.at(profile)) - utility.rounding <= bound:
                yield (
                    f"box_bound says that U is {bound:.17g} at most from {least.tolist()} to {most.tolist()} users on "
                    f"each level or higher, and U{profile} is {value:.17g}"
                )


def _deviations(utility: Utility, _profiles: Sequence[Profile], seed: int) -> Iterator[str]:
    generator = np.random.default_rng(seed)
    sizes, n_levels = np.array(utility.type_sizes), len(utility.levels)
    for rule in map(to_rule, ("users", "coalition")):
        for _ in range(_STATES):
            state = _state(sizes, n_levels, generator)
            if (own := utility.deviation_values(state, rule.platform_members)) is None:
                return
            try:
                right = deviations_at(utility, state, rule)
            except TooLargeError as error:
                yield f"deviation_values cannot be compared: give a utility of fewer users ({error})"
                return
            yield from _apart(own, right, state, rule.platform_members)


def _apart(own: DeviationValues, right: DeviationValues, state: IntArray, extra: int) -> Iterator[str]:
    """Deviation values against those from U on all counts."""
    where = f"deviation_values at counts {state.tolist()}, extra {extra}"
    values = np.asarray(own.values, dtype=float)
    if values.shape != right.values.shape:
        yield f"{where}: expected shape {right.values.shape}, got {values.shape}"
        return
    wrong = ~(np.abs(values - right.values) <= own.error + right.error) & ~np.isnan(right.values)
    for number, x, y in np.argwhere(wrong).tolist():
        yield (
            f"{where}: type {number} from level {x} to {y} earns {values[number, x, y]:.17g}, and from all counts "
            f"{right.values[number, x, y]:.17g}; the stated error is {own.error:.3g}"
        )
    for name, one, other, error in (
        ("utility", own.utility, right.utility, own.error + right.error),
        ("potential", own.potential, right.potential, own.potential_error + right.potential_error),
    ):
        if not abs(one - other) <= error:
            yield f"{where}: {name} is {one:.17g}, and from all counts {other:.17g}"


def _federation(utility: Utility, profiles: Sequence[Profile], _seed: int) -> Iterator[str]:
    if (model := utility.federation) is None:
        return
    users = Users(samples=model.samples, importance=model.importance)
    aggregation: Aggregation = "equal" if model.equal else "samples"
    numbers = model.between, model.within, model.levels, aggregation, model.scale, model.minimum
    same = FederatedMean(users, *numbers)
    for profile in profiles:
        one, other = utility.at(profile), same.at(profile)
        if not abs(one - other) <= utility.rounding + same.rounding:
            yield f"federation says that U{profile} is {other:.17g}, and it is {one:.17g}"


def _state(sizes: IntArray, n_levels: int, generator: np.random.Generator) -> IntArray:
    """How many users of each type are on each level, drawn; shape (T, L)."""
    return np.array([generator.multinomial(size, generator.dirichlet(np.ones(n_levels))) for size in sizes])
