"""U as a function that is run: a training, a simulation, a query; every run is kept and none repeated."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import product
from typing import Any, ClassVar, Literal

import numpy as np

from fairgames.errors import InputError
from fairgames.typing import Axes, FloatArray, IntArray, Number, Profile
from fairgames.users import Users
from fairgames.utilities.base import Utility

#: Where a single number has lost what it said: what a float may be off by.
_EPS = float(np.finfo(float).eps)


class BlackBoxUtility(Utility):
    """U(ρ) = function(ρ), each profile evaluated at most once and kept in a store.

    Parameters
    ----------
    function : ``function(profile)`` or ``function(profile, seed)``: a finite number; the profile is a
        tuple of levels, one a user. It may be run in other processes (``jobs``, ``scheduler``). None: U is what
        the store has, and a profile that it does not have is an error
    levels : ascending, first 0: shares nothing
    n_users, users : how many, or who; one of the two. Names tell evaluations apart in the store.
    name, version : what the store knows the function by; give another version when it changes
    store : a file that is created if need be; None keeps evaluations in memory
    seeds : how often each profile is run, with seeds 0, 1, …; U is the mean, and from two on what it
        may be off by is known and reaches payments (:meth:`standard_errors`)
    baseline : "empty": the value where nobody shares is taken off all others. A number: the same with
        that number, and the function is not run where nobody shares. None: the function must
        itself return 0 there.
    exchangeable : for each user the number of its type; users of a type may change places without
        a change of U, and profiles that differ by that alone are evaluated once
    failures, retries : "raise", "retry" (so often, then raise) or "skip": what to do where the function
        fails. The error is kept; a value is never made up.
    jobs, scheduler : processes of joblib (−1: one a core), or the address of a Dask scheduler
    scale : money per unit of what the function returns

    Raises
    ------
    InputError
        Naming what does not fit.
    StoreError
        If the store is none, or cannot be written.

    >>> utility = BlackBoxUtility(lambda profile: sum(profile) ** 0.5, levels=[0, 1, 4], n_users=2, name="root")
    >>> utility.at((1, 2)), utility.evaluations
    (2.23606797749979, 1)
    """

    kind: ClassVar[str] = "black-box"
    #: Every outcome is looked at when it comes in, and U(0) when it is asked for: no run is spent on a trial.
    _found_sound = True

    def __init__(
        self,
        function: Callable[..., float] | None,
        levels: Sequence[Number],
        n_users: int | None = None,
        users: Users | Sequence[str] | None = None,
        name: str = "utility",
        version: str | int = "1",
        store: str | os.PathLike[str] | None = None,
        seeds: int = 1,
        baseline: Literal["empty"] | float | None = None,
        exchangeable: Sequence[int] | None = None,
        failures: Literal["raise", "retry", "skip"] = "raise",
        retries: int = 2,
        jobs: int = 1,
        scheduler: str | None = None,
        scale: Number = 1,
    ) -> None:
        from fairgames.training.evaluate import Evaluator, Function
        from fairgames.training.parallel import backend
        from fairgames.training.store import Store

        names = _names(n_users, users)
        super().__init__(len(names), levels, scale)
        faults = []
        if function is not None and not callable(function):
            faults.append(f"function: expected something to call with a profile, got {function!r}")
        if function is None and store is None:
            faults.append("store: expected a file, since without a function U is what a store has")
        if not isinstance(seeds, int) or seeds < 1:
            faults.append(f"seeds: expected a whole number ≥ 1, got {seeds!r}")
        number = isinstance(baseline, int | float) and not isinstance(baseline, bool) and math.isfinite(baseline)
        if baseline not in (None, "empty") and not number:
            faults.append(f"baseline: expected None, 'empty' or a finite number, got {baseline!r}")
        if exchangeable is not None and len(exchangeable) != len(names):
            faults.append(f"exchangeable: expected the type of each of {len(names)} users, got {len(exchangeable)}")
        if faults:
            raise InputError(faults)
        self.names = names
        #: Whose number of samples, if it is known, tells where to look for their worth first.
        self.users = users if isinstance(users, Users) else None
        self.seeds = seeds
        self.baseline = baseline
        #: As keys have them, whatever names the levels are given later.
        self._level_keys = self.level_names
        self._given_levels = tuple(_as_given(level, own) for level, own in zip(levels, self.levels, strict=True))
        self._types = _numbered(exchangeable) if exchangeable is not None else super().types
        self._distinct = len(set(self._types)) == len(names)
        self.measured = function is not None
        self.store = Store(store, must_exist=function is None)
        run = None if function is None else Function.of(function)
        self.evaluator = Evaluator(run, self.store, name, str(version), failures, retries, backend(jobs, scheduler))

    @property
    def samples(self) -> FloatArray | None:
        return None if self.users is None else self.users.samples

    @property
    def types(self) -> tuple[int, ...]:
        return self._types

    @property
    def rounding(self) -> float:
        """A value is what the function returns; the mean of several, the baseline and the scale round.

        What repeats say about the noise is in :meth:`standard_errors`.
        """
        rounds = (self.seeds > 1) * (self.seeds + 1) + (self.baseline is not None) + (self.scale != 1)
        largest = max((abs(value) for value in self.evaluator.values.values()), default=0.0)
        return rounds * _EPS * 2 * largest * float(self.scale)

    @cached_property
    def empty_known(self) -> bool:
        return isinstance(self.baseline, int | float)

    def variances(self, profiles: IntArray) -> FloatArray:
        """Of each profile's own mean, in money², shape (M,).

        What is taken off everywhere counts in U of every coalition but the empty one, so in φ with
        minus the sum of their weights: that is the weight of the empty coalition's own outcome.
        """
        variances = self.outcomes(profiles).var(axis=1, ddof=1) / self.seeds * float(self.scale) ** 2
        if self.baseline != "empty":
            variances[~profiles.any(axis=1)] = 0.0
        return np.asarray(variances)

    @property
    def evaluations(self) -> int:
        """How often the function was run by this object."""
        return self.evaluator.done

    def outcomes(self, profiles: Sequence[Profile] | IntArray, half_width: float | None = None) -> FloatArray:
        """What the function returned at each profile and seed, shape (M, seeds); nan where it failed and was skipped.

        As it was returned: with the baseline in it, and without the scale. Where nobody shares, a baseline that is
        a number is the outcome.
        """
        from fairgames.training.evaluate import Request

        places = [self._place(profile) for profile in np.asarray(profiles, dtype=int).tolist()]
        keys = [self._key(place) for place in places]
        requests = [
            Request(key, tuple(self._given_levels[level] for level in place), seed)
            for key, place in dict(zip(keys, places, strict=True)).items()
            for seed in range(self.seeds)
            if (key, seed) not in self.evaluator.values and not self._is_stated(place)
        ]
        if requests:
            self.evaluator.run(requests, half_width)
        found = self.evaluator.values
        missing = {key: self.baseline for key, place in zip(keys, places, strict=True) if self._is_stated(place)}
        return np.array(
            [[found.get((key, seed), missing.get(key, math.nan)) for seed in range(self.seeds)] for key in keys],
            dtype=float,
        )

    def _is_stated(self, place: Profile) -> bool:
        """Whether nobody shares there, and what that is worth was given."""
        return self.empty_known and not any(place)

    def is_known(self, profile: Sequence[int]) -> bool:
        """Whether asking for U there runs nothing."""
        place = self._place(list(profile))
        key = self._key(place)
        return self._is_stated(place) or all(self.evaluator.known(key, seed) is not None for seed in range(self.seeds))

    def empty_outcomes(self) -> FloatArray:
        """What is taken off, one number a seed: zeros if nothing is.

        Raises
        ------
        InputError
            If nothing is to be taken off and the function does not return 0 where nobody shares.
        """
        if isinstance(self.baseline, int | float):
            return np.full(self.seeds, float(self.baseline))
        found: FloatArray = self._required(np.zeros((1, self.n_users), dtype=int))[0]
        if self.baseline == "empty":
            return found
        if np.any(found != 0):
            raise InputError(
                f"{self.evaluator.name}: expected 0 where nobody shares, got {found.mean():g}; give baseline='empty' "
                "to take that off everywhere, or baseline= the number that nothing is worth"
            )
        return np.zeros(self.seeds)

    def standard_errors(self, profiles: Sequence[Profile] | IntArray) -> FloatArray:
        """Standard error of U at each profile, in money, shape (M,), from the repeats; zeros with a single seed."""
        if not self.noisy:
            return np.zeros(len(profiles))
        raw = self._required(profiles)
        empty = np.all(np.asarray(profiles) == 0, axis=1)
        variance = raw.var(axis=1, ddof=1) / self.seeds
        if self.baseline == "empty":
            variance += self.empty_outcomes().var(ddof=1) / self.seeds
        return np.asarray(np.where(empty, 0.0, np.sqrt(variance) * float(self.scale)))

    def _required(self, profiles: Sequence[Profile] | IntArray) -> FloatArray:
        from fairgames.training.evaluate import EvaluationError

        found = self.outcomes(profiles)
        if missing := np.flatnonzero(np.isnan(found).any(axis=1)).tolist():
            where = np.asarray(profiles)[missing[0]].tolist()
            raise EvaluationError(
                f"{self.evaluator.name} failed at {len(missing)} of {len(found)} profiles that are all needed, such as "
                f"level indices {tuple(where)}; mend it and use failures='retry', or give a budget, whose surrogate "
                "does without them"
            )
        return found

    def _block(self, axes: Axes) -> FloatArray:
        profiles = np.array(list(product(*axes)), dtype=int).reshape(-1, self.n_users)
        empty = np.all(profiles == 0, axis=1)
        values = np.zeros(len(profiles))
        base = self.empty_outcomes().mean() if self.baseline is not None or empty.any() else 0.0
        if not empty.all():
            values[~empty] = self._required(profiles[~empty]).mean(axis=1) - base
        return values.reshape([len(axis) for axis in axes if len(axis) != 1])

    def _place(self, profile: Sequence[int]) -> Profile:
        """The one profile that stands for all that differ by places of users alike."""
        if self._distinct:
            return tuple(profile)
        queues: dict[int, list[int]] = {}
        for kind, level in sorted(zip(self._types, profile, strict=True)):
            queues.setdefault(kind, []).append(level)
        return tuple(queues[kind].pop() for kind in self._types)

    def _key(self, place: Profile) -> str:
        shared = sorted((self.names[user], self._level_keys[level]) for user, level in enumerate(place) if level)
        return json.dumps(dict(shared), ensure_ascii=False)


def _names(n_users: int | None, users: Users | Sequence[str] | None) -> tuple[str, ...]:
    if (n_users is None) == (users is None):
        raise InputError(f"expected either n_users or users, got n_users={n_users!r} and users={users!r}")
    if isinstance(users, Users):
        return users.names
    if users is not None:
        return Users(names=users).names
    if isinstance(n_users, bool) or not isinstance(n_users, int) or n_users < 1:
        raise InputError(f"n_users: expected a whole number ≥ 1, got {n_users!r}")
    return tuple(f"user-{number}" for number in range(1, n_users + 1))


def _numbered(types: Sequence[int]) -> tuple[int, ...]:
    """0, 1, … in order of first appearance."""
    order: dict[int, int] = {}
    return tuple(order.setdefault(kind, len(order)) for kind in types)


def _as_given(level: Number, own: Any) -> Any:
    """The level as the caller wrote it, so that 1 comes back as 1; text becomes the number that it stands for."""
    return own if isinstance(level, str) else level
