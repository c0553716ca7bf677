"""Utilities from other packages' objects, and ours as theirs: scikit-learn, shapiq, pyDVL-style games."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fairgames.errors import InputError, MissingPackageError
from fairgames.training.black_box import BlackBoxUtility
from fairgames.typing import BoolArray, FloatArray
from fairgames.utilities.base import Utility

if TYPE_CHECKING:
    import shapiq

#: What is made of one user's rows at a level above 0: ``realise(X, y, generator)`` returns the rows to train on.
Realise = Callable[[Any, Any, np.random.Generator], tuple[Any, Any]]


def from_estimator(
    model: Any, X: Any, y: Any, owner: Sequence[Any], scoring: str | Callable[..., float] | None = None,
    levels: dict[float, Realise] | None = None, test: float | tuple[Any, Any] = 0.33, baseline: float = 0.0,
    seed: int = 0, **options: Any,
) -> BlackBoxUtility:  # fmt: skip
    """U as a scikit-learn estimator's score on rows held back, trained on what the users share.

    Parameters
    ----------
    model : an estimator; a clone of it is fitted for each profile
    X, y : rows and targets as arrays
    owner : for each row the name of its user
    scoring : as scikit-learn has it; None: the estimator's own score
    levels : for each level above 0 what it makes of a user's rows, such as noise added to them;
        default: level 1 shares all rows as they are
    test : the part of the rows held back, drawn evenly, or (X_test, y_test)
    baseline : the score that no data is worth, taken off all others
    options : of :class:`BlackBoxUtility`, such as ``store`` and ``seeds``

    Raises
    ------
    MissingPackageError
        If scikit-learn is not installed.
    InputError
        If lengths differ, a user has no rows to train on, or a level has no function.
    """
    try:
        from sklearn.base import clone
        from sklearn.metrics import check_scoring
        from sklearn.model_selection import train_test_split
    except ImportError:
        raise MissingPackageError("scikit-learn", "from_estimator", extra="examples") from None
    X, y, owners = np.asarray(X), np.asarray(y), np.asarray(owner)
    if not X.ndim:
        raise InputError(
            f"X: expected rows as an array, got a {type(X.item()).__name__}; X.toarray() makes one of a sparse"
        )
    if not len(X) == len(y) == len(owners):
        raise InputError(f"X, y and owner: expected as many entries each, got {len(X)}, {len(y)} and {len(owners)}")
    names = list(dict.fromkeys(map(str, owners.tolist())))
    if isinstance(test, tuple):
        rows, held = np.arange(len(X)), test
    else:
        rows, kept = train_test_split(np.arange(len(X)), test_size=test, random_state=seed)
        held = (X[kept], y[kept])
    own = [rows[owners[rows].astype(str) == name] for name in names]
    if without := [name for name, some in zip(names, own, strict=True) if not len(some)]:
        raise InputError(f"owner: no rows to train on are left of {', '.join(without)}; hold back fewer")
    realised = {1: lambda X, y, _: (X, y)} if levels is None else levels
    if not isinstance(realised, dict) or not all(map(callable, realised.values())):
        raise InputError(
            f"levels: expected for each level above 0 a function of a user's X, y and a generator, such as "
            f"{{1: noisy, 2: as_they_are}}, got {levels!r}"
        )
    score = check_scoring(model, scoring=scoring)

    def function(profile: tuple[Any, ...], run: int) -> float:
        parts = []
        for user, level in enumerate(profile):
            if level:
                generator = np.random.default_rng([seed, run, user])
                parts.append(realised[level](X[own[user]], y[own[user]], generator))
        fitted = clone(model)
        if "random_state" in fitted.get_params():
            fitted.set_params(random_state=run)
        fitted.fit(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))
        return float(score(fitted, *held))

    options.setdefault("name", type(model).__name__)
    return BlackBoxUtility(function, [0, *realised], users=names, baseline=baseline, **options)


def from_game(
    game: Callable[[BoolArray], FloatArray], n_users: int | None = None,
    baseline: Literal["empty"] | float | None = "empty", **options: Any,
) -> BlackBoxUtility:  # fmt: skip
    """U of a game ``game(bool[m, N]) -> float[m]``, such as pyDVL's or a ``shapiq.Game``; two levels, out and in.

    Parameters
    ----------
    n_users : N; None: the game's own ``n_players``, as shapiq's games have them
    baseline, options : of :class:`BlackBoxUtility`
    """
    n_users = getattr(game, "n_players", None) if n_users is None and "users" not in options else n_users

    def function(profile: tuple[int, ...]) -> float:
        return float(np.ravel(game(np.array([profile], dtype=bool)))[0])

    options.setdefault("name", type(game).__name__)
    return BlackBoxUtility(function, [0, 1], n_users, baseline=baseline, **options)


def to_shapiq(utility: Utility, profile: Sequence[int]) -> shapiq.Game:
    """The coalitions of a profile as a ``shapiq.Game``: who is in shares at the level of the profile.

    Raises
    ------
    MissingPackageError
        If shapiq is not installed.
    InputError
        If the profile is not one level index a user.
    """
    if len(profile) != utility.n_users or not set(profile) <= set(range(len(utility.levels))):
        raise InputError(
            f"profile: expected {utility.n_users} level indices from 0 to {len(utility.levels) - 1}, "
            f"got {list(profile)}"
        )
    try:
        import shapiq
    except ImportError:
        raise MissingPackageError("shapiq", "to_shapiq", extra="valuation") from None
    levels = np.asarray(profile)

    class OfUtility(shapiq.Game):  # type: ignore[misc, unused-ignore]
        def value_function(self, coalitions: BoolArray) -> FloatArray:
            return np.array([utility.at(np.where(inside, levels, 0).tolist()) for inside in coalitions])

    return OfUtility(n_players=utility.n_users, normalize=False)
