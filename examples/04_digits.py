"""Eight clinics train a digit classifier: what each is paid, and what a price per record would pay it.

The data are scikit-learn's bundled digits, shared out unevenly: clinics differ in size and in
which digits they see. A clinic gives its images (level 2: pooled raw data), lets a model that it
trained itself be averaged with the others' (level 1: seen in the aggregate only), or nothing
(level 0). U is the accuracy on test images above chance; every value is a real training, and is kept
in out/digits.sqlite, so that the second run trains nothing. --budget 400 makes do with so many of the
6,561 trainings: then the answer is an estimate with its confidence.

    python examples/04_digits.py [FOLDER] [--budget 400]
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import fairgames as fg

CLINICS, CLASSES, TRAINING = 8, 10, 1200
CHANCE = 1 / CLASSES
#: What a unit of U (an accuracy of 100%) is worth to the platform, and levels cost a clinic, in thousands.
WORTH, COSTS = 1000, [0, 15, 25]


class Digits:
    """Ridge classifiers (penalty 1) of the clinics' images; sums of squares are kept, so that a training is quick."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        digits = load_digits()
        order = rng.permutation(len(digits.target))
        images = np.hstack([digits.data[order] / 16, np.ones((len(order), 1))])
        labels = digits.target[order]
        sizes = rng.dirichlet(np.ones(CLINICS))
        tastes = rng.dirichlet(np.full(CLINICS, 0.5), size=CLASSES)
        chances = sizes * tastes[labels[:TRAINING]]
        owner = np.array([rng.choice(CLINICS, p=row / row.sum()) for row in chances])
        wanted = np.eye(CLASSES)[labels]
        own = [np.flatnonzero(owner == clinic) for clinic in range(CLINICS)]
        self.samples = np.array([len(rows) for rows in own])
        self._squares = np.array([images[rows].T @ images[rows] for rows in own])
        self._products = np.array([images[rows].T @ wanted[rows] for rows in own])
        self._test, self._truth = images[TRAINING:], labels[TRAINING:]
        self._local = [self._ridge([clinic]) for clinic in range(CLINICS)]

    def __call__(self, profile: tuple[int, ...]) -> float:
        """Test accuracy above chance, at levels 0, 1, 2."""
        raw = [clinic for clinic, level in enumerate(profile) if level == 2]
        models = [(self.samples[clinic], self._local[clinic]) for clinic, level in enumerate(profile) if level == 1]
        if raw:
            models.append((self.samples[raw].sum(), self._ridge(raw)))
        if not sum(size for size, _ in models):
            return 0.0
        model = np.average([weights for _, weights in models], axis=0, weights=[size for size, _ in models])
        return float((np.argmax(self._test @ model, axis=1) == self._truth).mean() - CHANCE)

    def _ridge(self, clinics: list[int]) -> np.ndarray:
        penalty = np.eye(self._squares.shape[1])
        penalty[-1, -1] = 1e-9  # not of the intercept
        return np.linalg.solve(self._squares[clinics].sum(axis=0) + penalty, self._products[clinics].sum(axis=0))


def main(folder: Path, budget: int | None) -> None:
    from trained import tell

    folder.mkdir(parents=True, exist_ok=True)
    digits = Digits()
    users = fg.Users(
        samples=np.maximum(digits.samples, 1), sensitivity=[COSTS] * CLINICS,
        names=[f"clinic {letter}" for letter in "ABCDEFGH"],
    )  # fmt: skip
    utility = fg.BlackBoxUtility(
        digits, levels=[0, 1, 2], users=users, name="digits, 8 clinics", store=folder / "digits.sqlite",
        baseline=0, scale=WORTH,
    )  # fmt: skip
    tell(utility, users, folder / "digits", budget)


if __name__ == "__main__":
    from trained import arguments

    given = arguments(__doc__)
    main(given.folder, given.budget)
