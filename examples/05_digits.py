"""Eight clinics train a digit classifier: what each is paid, from 400 of 6,561 trainings.

The data are scikit-learn's bundled digits, shared out unevenly: clinics differ in size and in
which digits they see. A clinic gives its images (level 2: pooled raw data), lets a model that it
trained itself be averaged with the others' (level 1: seen in the aggregate only), or nothing
(level 0). U is the accuracy on test images above chance; every value is a real training.

    python examples/05_digits.py [STORE [PICTURE]]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import fairgames as fg

CLINICS, CLASSES, TRAINING = 8, 10, 1200
CHANCE = 1 / CLASSES
#: What a unit of U (an accuracy of 100%) is worth to the platform, and levels cost a clinic, in thousands.
WORTH, COSTS = 1000, [0, 15, 25]
BUDGET = 400


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


def main(store: Path, picture: Path) -> None:
    digits = Digits()
    users = fg.Users(
        samples=np.maximum(digits.samples, 1), sensitivity=[COSTS] * CLINICS,
        names=[f"clinic {letter}" for letter in "ABCDEFGH"],
    )  # fmt: skip
    utility = fg.BlackBoxUtility(
        digits, levels=[0, 1, 2], users=users, name="digits, 8 clinics", store=store, baseline=0, scale=WORTH
    )
    best = fg.design(fg.PaymentGame(utility, users), budget=BUDGET)
    low, high = best.alpha_interval
    print(f"{best.evaluations} evaluations, {utility.evaluations} of them now; {best.stopped}.")
    print(f"Best share {best.alpha:.4f} (lowest possible: {low:.4f} … {high:.4f}); the platform keeps "
          f"{best.platform_utility:.1f} of {best.utility:.1f}.")  # fmt: skip
    print(*best.remarks())
    paid = fg.payments(utility, best.profile, alpha=best.alpha, budget=BUDGET)
    per_record = paid.payments.sum() * digits.samples / digits.samples.sum()
    print(f"\n{'':10}level  records  fair payment      by records  difference")
    for name, level, size, fair, width, flat in zip(
        users.names, best.profile, digits.samples, paid.payments, paid.half_widths, per_record, strict=True
    ):
        print(f"{name:10}{level:5}{size:9}{fair:9.1f} ± {width:4.1f}{flat:14.1f}{flat - fair:+12.1f}")
    draw(users.names, paid, per_record, picture)
    utility.store.close()


def draw(names: tuple[str, ...], paid: fg.Allocation, per_record: np.ndarray, picture: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.subplots()
    place = np.arange(len(names))
    axes.bar(place - 0.2, paid.payments, 0.4, yerr=paid.half_widths, capsize=3, label="fair payment, 95% interval")
    axes.bar(place + 0.2, per_record, 0.4, label="the same sum by number of records")
    axes.set_xticks(place, names, rotation=30)
    axes.set_ylabel("thousands")
    axes.set_title("Digits over eight clinics", loc="left")
    axes.legend(frameon=False)
    figure.savefig(picture)
    print(f"\npicture: {picture}")


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    main(*(given + [Path("digits.sqlite"), Path("digits.png")][len(given) :]))
