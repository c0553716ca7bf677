"""Control variates for sampled marginal values: features of the coalitions with known means.

Two kinds of controls, both of known mean, so that no estimate becomes biased:

- statistics of the others who came before, S: sums Σ_S f over features f of the users, and products of two such
  sums, whose means over subsets of a size are those of sampling without replacement;
- the same federation with equal weights, whose fair payments exponential sums know (:class:`Twin`).

Coefficients are fitted to other draws than those that they are used on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairgames.typing import FloatArray, IntArray
from fairgames.users import Users
from fairgames.valuation.allocation import PaymentRequest
from fairgames.valuation.coalitions import KindsUtility

#: Parts of a sample; the coefficients for one are fitted to the others.
_FOLDS = 5
#: Draws for every coefficient, below which there are fewer controls.
_DRAWS_EACH = 6
#: Distinct users from whom on the sums of the twin take longer than they save.
_MOST_DISTINCT = 2000
#: Features that do not vary by more than that of the largest are none.
_TINY = 1e-6
#: Of a control's variance: what is added to it in the fits.
_RIDGE = 0.05


class Statistics:
    """Sums of features over the others of a coalition, minus their means, and products of two of them.

    Attributes
    ----------
    features : orthogonal, of mean 0 over all users, shape (C, p)
    """

    def __init__(self, sizes: IntArray, features: FloatArray) -> None:
        self.sizes, self.n = sizes, int(sizes.sum())
        self.features = _orthogonal(sizes, features)
        self.first, self.second = np.triu_indices(self.features.shape[1])
        self.products = self.features.T @ (self.features * sizes[:, None])

    def of(self, inside: IntArray, joined: IntArray) -> FloatArray:
        """For each draw those of each kind's others, and last of S for the platform; shape (M, C + 1, P).

        In units of what they vary by, or nearly.

        One user of each kind enters S, or leaves S ∪ {j}, with the chance that it is in S.
        """
        one = np.vstack([self.features, np.zeros(self.features.shape[1])])
        part = np.column_stack([inside / self.sizes, np.zeros(len(inside))])[..., None]
        entering = (inside @ self.features)[:, None] + 0 * one
        leaving = (joined @ self.features)[:, None] - one
        sums = part * leaving + (1 - part) * entering
        products = part * leaving[..., self.first] * leaving[..., self.second]
        products += (1 - part) * entering[..., self.first] * entering[..., self.second]
        size = inside.sum(axis=1)
        mean, mean_product = self._means(one, size)
        square = np.maximum(size * (self.n - 1 - size), 1)[:, None, None] / (self.n * max(self.n - 2, 1))
        return np.concatenate([(sums - mean) / np.sqrt(square), (products - mean_product) / square], axis=2)

    def _means(self, one: FloatArray, size: IntArray) -> tuple[FloatArray, FloatArray]:
        """Of the sums and products over so many of the others, drawn without replacement; all together sum to 0."""
        others = np.full(len(one), self.n - 1)
        others[-1] = self.n
        own = one[:, self.first] * one[:, self.second]
        squares = self.products[self.first, self.second] - own
        once = size[:, None, None] / np.maximum(others, 1)[:, None]
        twice = once * ((size[:, None, None] - 1) / np.maximum(others - 1, 1)[:, None])
        return -once * one, twice * (own - squares) + once * squares


def features(worth: KindsUtility) -> FloatArray:
    """Features that a user adds to a coalition, shape (C, ·): its level, and the terms that U's formula sums.

    Where U has none, U of it alone and what it adds to all others.
    """
    level = (worth.levels[:, None] == np.unique(worth.levels)).astype(float)
    if worth.federation:
        return np.column_stack([level, worth.federation.adds[:, :3]])
    one = np.eye(len(worth.sizes), dtype=np.int64)
    return np.column_stack([level, worth.of(one), worth.grand - worth.of(worth.sizes - one)])


def without_controls(values: FloatArray, controls: FloatArray) -> FloatArray:
    """The values less what the controls explain of them: same mean, less variance.

    Parameters
    ----------
    values : one row a draw, shape (M, K)
    controls : of mean 0 and variance about 1, shape (M, K, P), the most useful first
    """
    columns = min(controls.shape[2], len(values) // _DRAWS_EACH)
    design = np.ones((values.shape[1], len(values), columns + 1))
    design[..., :columns] = controls[..., :columns].transpose(1, 0, 2)
    result, parts = values.T.copy(), [slice(fold, None, _FOLDS) for fold in range(_FOLDS)]
    grams = [np.swapaxes(design[:, part], 1, 2) @ design[:, part] for part in parts]
    rights = [np.swapaxes(design[:, part], 1, 2) @ result[:, part, None] for part in parts]
    gram, right = sum(grams, _ridge(columns, len(values))), sum(rights)
    for part, own, mine in zip(parts, grams, rights, strict=True):
        fitted = np.linalg.solve(gram - own, right - mine)
        fitted[:, -1] = 0  # the constant is no control
        result[:, part] -= (design[:, part] @ fitted)[..., 0]
    return np.asarray(result.T)


def _ridge(columns: int, draws: int) -> FloatArray:
    """Keeps a control small that hardly varied where it was fitted and may be large where it is used."""
    return np.diag(np.append(np.full(columns, _RIDGE * draws), 0.0))


def _orthogonal(sizes: IntArray, features: FloatArray) -> FloatArray:
    """The features of mean 0 over all users, without those that follow from others."""
    n = sizes.sum()
    centred = features - sizes @ features / n
    spread = np.sqrt(sizes @ centred**2 / n)
    varies = spread > _TINY * np.abs(features).max(axis=0, initial=0.0)
    scaled = centred[:, varies] / spread[varies]
    if not scaled.size:
        return np.zeros((len(sizes), 0))
    left, singular, _ = np.linalg.svd(np.sqrt(sizes)[:, None] * scaled, full_matrices=False)
    return np.asarray(left[:, singular > _TINY * singular[0]] / np.sqrt(sizes)[:, None])


@dataclass(frozen=True, eq=False)
class Twin:
    """The same federation with equal weights.

    Attributes
    ----------
    worth : its U
    values : φ of each kind, and last φ_p, shape (C + 1,)
    error : bound on the absolute error of each
    """

    worth: KindsUtility
    values: FloatArray
    error: float

    @classmethod
    def of(cls, question: PaymentRequest, worth: KindsUtility, banzhaf: bool) -> Twin | None:
        """None for other utilities, and where there are too many users for sums."""
        from fairgames.utilities.federated_mean import FederatedMean
        from fairgames.valuation.methods.exponential_sums.payments import divide

        utility, model = question.utility, question.utility.federation
        if model is None or model.equal or not 0 < len(worth.sizes) <= _MOST_DISTINCT:
            return None
        users = Users(samples=model.samples, importance=model.importance)
        numbers = model.between, model.within, utility.levels
        equal = FederatedMean(users, *numbers, scale=utility.scale, minimum_aggregate=model.minimum)
        twin = PaymentRequest(equal, question.profile, question.share, question.rule, None)
        found = divide(twin, banzhaf)
        values = np.append(np.asarray(found.values, dtype=float)[worth.first], float(found.platform or 0.0))
        return cls(KindsUtility(equal, question.profile), values, found.error)
