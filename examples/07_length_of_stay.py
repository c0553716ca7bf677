"""Eight of 54 hospitals forecast the length of a stay together: what each is paid, and who a price per record cheats.

The data are the stays of examples/01_hospitals.py. The eight are as unlike as hospitals are: from 4.9
to 26.6 days a stay, one of them a long-term hospital. Two thirds of their stays train a
negative-binomial regression of the days beyond the first with an effect of each hospital (penalised,
log link, by iteratively reweighted least squares); U is what a held-out stay's log-likelihood gains
over a guess that was there before: a geometric distribution with a mean of a week.

A hospital gives its stays (level 2: pooled, with an effect of its own in the forecast), lets a model
that it fitted itself be averaged with the others' (level 1: its mean and dispersion are seen in the
aggregate only, and the common mean forecasts its stays), or nothing (level 0). Every value is a real
fit and is kept in out/stays.sqlite, so that the second run fits nothing.

    python examples/07_length_of_stay.py [FOLDER] [--budget 400]
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

import fairgames as fg

HERE = Path(__file__).parent
HOSPITALS = ["030061", "030014", "030001", "030002", "032000", "030016", "030017", "030065"]
#: Of the guess: its mean in days, and how many stays it counts as.
GUESS, PRIOR = 7.0, 10
#: The variance of a hospital's effect that the penalty supposes: means differ by a third or so.
EFFECT = 0.1
#: What a gain of 1 a held-out stay is worth to the platform, and levels cost a hospital, in thousands.
WORTH, COSTS = 1000, [0, 3, 8]


class Stays:
    """Negative-binomial regressions of the hospitals' stays, from tables of how many stays are how long."""

    def __init__(self) -> None:
        stays: dict[str, list[int]] = defaultdict(list)
        with (HERE / "medpar.csv").open() as file:
            for row in csv.DictReader(file):
                stays[row["provider"]].append(int(row["los"]) - 1)
        self._days = np.arange(1 + max(max(days) for days in stays.values()))
        self.samples = np.array([len(stays[one]) for one in HOSPITALS])
        self._test = np.array([self._table(stays[one][2::3]) for one in HOSPITALS])
        self._train = np.array([self._table(stays[one]) for one in HOSPITALS]) - self._test
        guess = (1 - 1 / GUESS) ** self._days
        self._prior = PRIOR * guess / guess.sum()
        self._local = [self._fit((hospital,))[0] for hospital in range(len(HOSPITALS))]
        self._nothing = self._score(np.full(len(HOSPITALS), np.log(GUESS - 1)), 0.0)

    def __call__(self, profile: tuple[int, ...]) -> float:
        """What a held-out stay's log-likelihood gains over the guess, at levels 0, 1, 2."""
        raw = tuple(hospital for hospital, level in enumerate(profile) if level == 2)
        models = [(self._train[one].sum(), self._local[one]) for one, level in enumerate(profile) if level == 1]
        if raw:
            models.append((self._train[list(raw)].sum(), self._fit(raw)[0]))
        if not models:
            return 0.0
        mean, dispersion = np.average([model for _, model in models], axis=0, weights=[size for size, _ in models])
        means = np.full(len(HOSPITALS), mean)
        if raw:
            means[list(raw)] = self._fit(raw)[1]
        return self._score(means, dispersion) - self._nothing

    @cache  # noqa: B019  # one object, which lives as long as the program
    def _fit(self, hospitals: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(log of the common mean, log θ), and the log of each hospital's own mean; the guess is one more member."""
        tables = np.vstack([self._train[list(hospitals)], self._prior])
        size, total = tables.sum(axis=1), tables @ self._days
        design = np.hstack([np.ones((len(size), 1)), np.eye(len(size))[:, :-1]])
        if len(hospitals) == 1:  # it has no effect beside the common mean
            design = design[:, :1]
        penalty = np.r_[0, np.full(design.shape[1] - 1, 1 / EFFECT)]
        weights, dispersion = np.r_[np.log(total.sum() / size.sum()), np.zeros(len(penalty) - 1)], 0.0
        for _ in range(100):
            means = np.exp(design @ weights)
            damped = 1 + means / np.exp(dispersion)  # the variance over the mean
            score = design.T @ ((total - size * means) / damped) - penalty * weights
            step = np.linalg.solve((design.T * (size * means / damped)) @ design + np.diag(penalty), score)
            weights = weights + step
            before, dispersion = dispersion, self._dispersion(tables, design @ weights)
            if max(np.abs(step).max(), abs(dispersion - before)) < 1e-6:
                break
        return np.array([weights[0], dispersion]), (design @ weights)[:-1]

    def _dispersion(self, tables: np.ndarray, means: np.ndarray) -> float:
        """The log θ of the greatest likelihood."""
        found = minimize_scalar(
            lambda dispersion: -self._likelihood(tables, means, dispersion), bounds=(-3, 5), method="bounded",
            options={"xatol": 1e-8},
        )  # fmt: skip
        return float(found.x)

    def _likelihood(self, tables: np.ndarray, means: np.ndarray, dispersion: float) -> float:
        """log L of negative-binomial days with these log means and log θ."""
        theta, days = np.exp(dispersion), self._days
        size, total = tables.sum(axis=1), tables @ days
        shapes = tables.sum(axis=0) @ (gammaln(days + theta) - gammaln(theta) - gammaln(days + 1))
        places = size * theta * dispersion + total * means - (total + size * theta) * np.log(theta + np.exp(means))
        return float(shapes + places.sum())

    def _score(self, means: np.ndarray, dispersion: float) -> float:
        return self._likelihood(self._test, means, dispersion) / self._test.sum()

    def _table(self, days: list[int]) -> np.ndarray:
        return np.bincount(days, minlength=len(self._days)).astype(float)


def main(folder: Path, budget: int | None) -> None:
    from trained import tell

    folder.mkdir(parents=True, exist_ok=True)
    stays = Stays()
    users = fg.Users(samples=stays.samples, sensitivity=[COSTS] * len(HOSPITALS), names=HOSPITALS)
    utility = fg.BlackBoxUtility(
        stays, levels=[0, 1, 2], users=users, name="length of stay, 8 hospitals", store=folder / "stays.sqlite",
        baseline=0, scale=WORTH,
    )  # fmt: skip
    tell(utility, users, folder / "stays", budget)


if __name__ == "__main__":
    from trained import arguments

    given = arguments(__doc__)
    main(given.folder, given.budget)
