"""A fourth level: clinics that give differentially private statistics, priced beside the aggregate and raw images.

The eight clinics of 04_digits.py, and one level more. A clinic gives nothing (level 0); sums over its images with noise
(level 1: zero-concentrated differential privacy of ρ = 1/2 for each image, so ε = 5.3 at δ = 10⁻⁵, whoever reads them);
a model that it trained itself, averaged with others' (level 2); or its images (level 3). Sums come once, from OpenDP's
exact noise on integers, and are kept in out/private.npy: to draw them again would spend as much privacy again.
There are 65,536 profiles; 400 trainings make do, so that the answer is an estimate with its confidence. Needs the
extras examples and release.

    python examples/08_private_digits.py [FOLDER] [--budget 400]
"""

from __future__ import annotations

import math
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import numpy as np
import opendp.prelude as dp
from sklearn.datasets import load_digits

import fairgames as fg
from fairgames.privacy import approximate_of_zcdp
from fairgames.releases import PrivacyError

CLINICS, CLASSES, TRAINING = 8, 10, 1200
CHANCE = 1 / CLASSES
#: What a unit of U (an accuracy of 100%) is worth to the platform, and levels cost a clinic, in thousands.
WORTH, COSTS = 1000, [0, 6, 15, 25]
#: Of each image, and what is public: the most that an image may weigh, and the middle of a pixel's range.
RHO, DELTA, NORM, MIDDLE = Fraction(1, 2), 1e-5, 1000, 5
#: An image is NORM long at most, so replacing one moves the sums of products by this much at most: for each of two
#: images the products of its pixels, and those with its label, each no longer than NORM².
DISTANCE = math.isqrt(8 * NORM**4) + 1
#: Standard deviation of the noise: ρ = (DISTANCE/σ)²/2.
SIGMA = math.nextafter(DISTANCE / math.sqrt(2 * RHO), math.inf) * (1 + 1e-15)
#: Of least squares, as a multiple of an image; beside noise as much more as its eigenvalues are.
PENALTY = 0.1


class PrivateDigits:
    """Least squares on what is pooled, images or sums with noise, averaged with the clinics' own models."""

    def __init__(self, kept: Path, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        digits = load_digits()
        order = rng.permutation(len(digits.target))
        images, labels = _whole(digits.data[order]), digits.target[order]
        sizes = rng.dirichlet(np.ones(CLINICS))
        tastes = rng.dirichlet(np.full(CLINICS, 0.5), size=CLASSES)
        chances = sizes * tastes[labels[:TRAINING]]
        owner = np.array([rng.choice(CLINICS, p=row / row.sum()) for row in chances])
        wanted = NORM * np.eye(CLASSES, dtype=int)[labels]
        own = [np.flatnonzero(owner == clinic) for clinic in range(CLINICS)]
        self.samples = np.array([len(rows) for rows in own])
        self._sums = np.array([_sums(images[rows], wanted[rows]) for rows in own])
        self._noisy = released(self._sums, kept)
        #: Other noise is another U: a store keeps them apart.
        self.version = sha256(self._noisy.tobytes()).hexdigest()[:16]
        self._test, self._truth = images[TRAINING:], labels[TRAINING:]
        self._local = [self._fitted(one, 0) for one in self._sums]

    def __call__(self, profile: tuple[int, ...]) -> float:
        """Test accuracy above chance."""
        levels = np.array(profile, dtype=int)
        pooled, private, alone = levels == 3, levels == 1, levels == 2
        models = [(size, model) for size, model, used in zip(self.samples, self._local, alone, strict=True) if used]
        if (pooled | private).any():
            total = self._sums[pooled].sum(axis=0) + self._noisy[private].sum(axis=0)
            models.append((self.samples[pooled | private].sum(), self._fitted(total, int(private.sum()))))
        if not sum(size for size, _ in models):
            return 0.0
        model = np.average([weights for _, weights in models], axis=0, weights=[size for size, _ in models])
        return float((np.argmax(self._test @ model, axis=1) == self._truth).mean() - CHANCE)

    def _fitted(self, sums: np.ndarray, private: int) -> np.ndarray:
        """Weights from sums of products, of which so many clinics' have noise."""
        d = self._sums.shape[2] - CLASSES
        squares = np.triu(sums[:, :d]) + np.triu(sums[:, :d], 1).T
        values, vectors = np.linalg.eigh(squares / NORM**2)
        room = PENALTY + SIGMA / NORM**2 * math.sqrt(private * d)
        return vectors @ ((vectors.T @ (sums[:, d:] / NORM**2)) / (np.maximum(values, 0) + room)[:, None])


def _whole(pixels: np.ndarray) -> np.ndarray:
    """Images as integers, pixels around 0 beside a constant, none longer than NORM."""
    centred = np.hstack([pixels - MIDDLE, np.full((len(pixels), 1), MIDDLE)])
    scaled = np.trunc(NORM * centred / np.linalg.norm(centred, axis=1, keepdims=True)).astype(int)
    if (np.square(scaled).sum(axis=1) > NORM**2).any():  # of integers: exactly
        raise PrivacyError("an image is longer than the noise is made for")
    return scaled


def _sums(images: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Products of pixels, each pair once, beside those with labels."""
    return np.hstack([np.triu(images.T @ images), images.T @ wanted])


def released(sums: np.ndarray, kept: Path) -> np.ndarray:
    """The sums with noise: those of an earlier run, or new ones, whose privacy is checked first."""
    if kept.exists():
        return np.load(kept)
    dp.enable_features("contrib")
    integers, distance = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="i64")
    gaussian = dp.m.make_gaussian(integers, distance, scale=SIGMA)
    if Fraction(loss := gaussian.map(DISTANCE)) > RHO:
        raise PrivacyError(f"the noise keeps ρ = {loss}, promised was {RHO}")
    found = np.array(gaussian(sums.ravel().tolist())).reshape(sums.shape)
    d = sums.shape[2] - CLASSES
    found[:, :, :d] = np.triu(found[:, :, :d])
    np.save(kept, found)
    return found


def main(folder: Path, budget: int | None) -> None:
    from trained import tell

    folder.mkdir(parents=True, exist_ok=True)
    digits = PrivateDigits(folder / "private.npy")
    print(f"Level 1 keeps ρ = {RHO} of each image: ε = {approximate_of_zcdp(RHO, DELTA):.2f} at δ = {DELTA:g}.")
    users = fg.Users(
        samples=np.maximum(digits.samples, 1), sensitivity=[COSTS] * CLINICS,
        names=[f"clinic {letter}" for letter in "ABCDEFGH"],
    )  # fmt: skip
    utility = fg.BlackBoxUtility(
        digits, levels=[0, 1, 2, 3], users=users, name="private digits, 8 clinics", version=digits.version,
        store=folder / "private.sqlite", baseline=0, scale=WORTH,
    )  # fmt: skip
    tell(utility, users, folder / "private", budget or 400)


if __name__ == "__main__":
    from trained import arguments

    given = arguments(__doc__)
    main(given.folder, given.budget)
