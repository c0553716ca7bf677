"""Other packages' objects as utilities, and ours as theirs."""

from __future__ import annotations

import numpy as np
import pytest

import fairgames as fg
from fairgames.errors import InputError
from fairgames.training import to_shapiq
from fairgames.utilities import from_estimator, from_game

FEDERATION = fg.FederatedMean(fg.Users(samples=[20, 10, 5]), between=1.0, within=10.0)


def test_a_shapiq_game_goes_both_ways():
    pytest.importorskip("shapiq")
    game = to_shapiq(FEDERATION, (2, 1, 2))
    assert game(np.array([[1, 0, 1]], dtype=bool))[0] == pytest.approx(FEDERATION.at((2, 0, 2)))
    back = from_game(game)
    assert fg.payments(back, (1, 1, 1)).payments == pytest.approx(fg.payments(FEDERATION, (2, 1, 2)).payments)


def test_shapiq_s_exact_computer_agrees():
    shapiq = pytest.importorskip("shapiq")
    found = shapiq.ExactComputer(game=to_shapiq(FEDERATION, (2, 2, 1)), n_players=3)("SV")
    wanted = fg.payments(FEDERATION, (2, 2, 1)).payments
    assert [found[(user,)] for user in range(3)] == pytest.approx(wanted)


def test_a_game_of_boolean_rows():
    weights = np.array([1.0, 2.0, 4.0])
    utility = from_game(lambda inside: 3 + inside @ weights, 3)
    assert fg.payments(utility, (1, 1, 0)).payments == pytest.approx([1, 2, 0])


def test_an_estimator_is_trained_on_what_is_shared():
    linear = pytest.importorskip("sklearn.linear_model")
    generator = np.random.default_rng(0)
    X = generator.normal(size=(90, 3))
    y = X @ [1.0, 2.0, 3.0] + generator.normal(size=90)
    owner = np.repeat(["a", "b", "c"], 30)
    noisy = {1: lambda X, y, rng: (X, y + rng.normal(scale=3, size=len(y))), 2: lambda X, y, _: (X, y)}
    held = (X[::5], y[::5])
    utility = from_estimator(linear.Ridge(), X, y, owner, levels=noisy, test=held)
    both = np.r_[0:30, 60:90]
    assert utility.at((2, 0, 2)) == pytest.approx(linear.Ridge().fit(X[both], y[both]).score(*held))
    assert utility.names == ("a", "b", "c")
    assert utility.at((1, 1, 1)) < utility.at((2, 2, 2))
    assert utility.at((0, 0, 0)) == 0


def test_repeats_of_levels_that_draw_are_noise_and_no_training_is_without_rows():
    """With a baseline that is a number, nothing is trained where nobody shares, however often each is repeated."""
    linear = pytest.importorskip("sklearn.linear_model")
    X = np.arange(12.0)[:, None]
    noisy = {1: lambda X, y, rng: (X, y + rng.normal(size=len(y)))}
    utility = from_estimator(linear.Ridge(), X, X[:, 0], [0, 1] * 6, levels=noisy, test=(X, X[:, 0]), seeds=3)
    found = fg.payments(utility, (1, 1))
    assert (utility.evaluations, utility.is_known((0, 0))) == (9, True)
    assert (found.half_widths > 0).all()


def test_what_is_no_profile_or_no_level():
    linear = pytest.importorskip("sklearn.linear_model")
    for profile in [(1, 2), (1, 2, 3)]:
        with pytest.raises(InputError, match="expected 3 level indices from 0 to 2"):
            to_shapiq(FEDERATION, profile)
    with pytest.raises(InputError, match="expected for each level above 0 a function"):
        from_estimator(linear.Ridge(), np.ones((3, 1)), np.ones(3), ["a", "b", "a"], levels=[0, 1])  # type: ignore[arg-type]


def test_a_user_without_rows_is_named():
    linear = pytest.importorskip("sklearn.linear_model")
    with pytest.raises(InputError, match="as many entries each, got 3, 3 and 2"):
        from_estimator(linear.Ridge(), np.ones((3, 1)), np.ones(3), ["a", "b"])
