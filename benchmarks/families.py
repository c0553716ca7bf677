"""Families of games for the comparison of engines: collections of others, GAMUT's families, and payment games.

GAMUT (Nudelman, Wortman, Shoham & Leyton-Brown 2004, *Run the GAMUT*, AAMAS) is a Java program; its families are made
here from their definitions, with whole numbers as payoffs. Published games come from pygambit's catalogue, classic
matrices and Colonel Blotto from OpenSpiel (Lanctot et al. 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from types import MappingProxyType

import numpy as np

from benchmarks.recall import critical_games, random_games
from fairgames import NormalFormGame, PaymentGame, TableUtility, Users, pure_equilibria
from fairgames.typing import IntArray

Random = np.random.Generator
#: More profiles than this are left out of the collections: enumeration takes minutes.
MOST_PROFILES = 64
#: All games together.
GAMES = 500
SEED = 20241129


def games(count: int = GAMES, seed: int = SEED) -> Iterator[tuple[str, NormalFormGame]]:
    """The games with the names of their families: all of the collections, and as many of each other family."""
    collected = [
        *(("pygambit's catalogue", game) for game in catalogue()),
        *(("OpenSpiel", game) for game in openspiel()),
    ][: count // 4 or 1]
    yield from collected
    families = {**GAMUT, **PAYMENTS}
    left = count - len(collected)
    for place, (name, make) in enumerate(families.items()):
        share = left // len(families) + (place < left % len(families))
        made = make(np.random.default_rng([seed, place]), share)
        yield from ((name, game) for game in made)


def catalogue() -> Iterator[NormalFormGame]:
    """The published games that pygambit brings, extensive ones in reduced strategic form; those of one player aside."""
    from pygambit import catalog

    for name in catalog.games()["Game"]:
        game = NormalFormGame.from_pygambit(catalog.load(name))
        if game.n_players > 1 and np.prod(game.shape) <= MOST_PROFILES:
            yield game


def openspiel() -> Iterator[NormalFormGame]:
    """OpenSpiel's matrix games and small games of Colonel Blotto; none where OpenSpiel is not installed."""
    from importlib.util import find_spec

    if find_spec("pyspiel") is None:
        return
    import pyspiel
    from pygambit import catalog

    for name in sorted(pyspiel.registered_names()):
        if name.startswith("matrix_"):
            yield NormalFormGame.from_pygambit(catalog.generate_openspiel(name))
    for coins, fields in ((2, 2), (3, 2), (2, 3)):
        yield NormalFormGame.from_pygambit(catalog.generate_openspiel("blotto", {"coins": coins, "fields": fields}))


def exact(payoffs: IntArray) -> NormalFormGame:
    """Whole numbers, shape (m_1, …, m_N, N), as a game."""
    return NormalFormGame.from_arrays(*np.moveaxis(payoffs.astype(object), -1, 0))


Maker = Callable[[Random], IntArray]


def _many(make: Maker) -> Callable[[Random, int], Iterator[NormalFormGame]]:
    return lambda random, count: (exact(make(random)) for _ in range(count))


def _shape(random: Random, n: int, most: int) -> tuple[int, ...]:
    return tuple(map(int, random.integers(2, most + 1, size=n)))


def uniform(random: Random, n: int, most: int) -> IntArray:
    """RandomGame: every payoff uniform."""
    return random.integers(0, 100, size=(*_shape(random, n, most), n))


def covariant(random: Random, n: int, most: int) -> IntArray:
    """CovariantGame: at each profile the players' payoffs are normal with one correlation, here negative."""
    correlation = -0.7 / (n - 1)
    covariance = np.full((n, n), correlation) + (1 - correlation) * np.eye(n)
    drawn = random.multivariate_normal(np.zeros(n), covariance, size=_shape(random, n, most))
    return np.rint(100 * drawn).astype(int)


def zero_sum(random: Random) -> IntArray:
    """RandomZeroSum."""
    first = random.integers(-50, 50, size=_shape(random, 2, 5))
    return np.stack([first, -first], axis=-1)


def coordination(random: Random) -> IntArray:
    """CoordinationGame: both get more where they choose the same."""
    size = int(random.integers(2, 5))
    payoffs = random.integers(0, 50, size=(size, size, 2))
    same = np.arange(size)
    payoffs[same, same] += 50
    return payoffs


def grab_the_dollar(random: Random) -> IntArray:
    """GrabTheDollar: who takes it first gets most; who takes it at the same time, least."""
    first, second = np.indices((size := int(random.integers(2, 6)), size))
    low, middle, high = sorted(random.choice(100, size=3, replace=False).tolist())
    mine = np.where(first == second, low, np.where(first < second, high, middle))
    return np.stack([mine, mine.T], axis=-1)


def travellers_dilemma(random: Random) -> IntArray:
    """TravelersDilemma (Basu 1994): both get the lower claim, who made it a reward, the other a fine."""
    size, reward = int(random.integers(3, 7)), int(random.integers(1, 4))
    first, second = np.indices((size, size)) + 2
    mine = np.minimum(first, second) + reward * np.sign(second - first)
    return np.stack([mine, mine.T], axis=-1)


def ties(random: Random) -> IntArray:
    """Payoffs of 0, 1 and 2 only: most games are degenerate."""
    return random.integers(0, 3, size=(*_shape(random, 2, 4), 2))


def minimum_effort(random: Random) -> IntArray:
    """MinimumEffortGame (Van Huyck, Battalio & Beil 1990): a + b·(least effort) − c·(own effort), c < b."""
    efforts = np.indices((2, 2, int(random.integers(2, 4))))
    cost = int(random.integers(1, 5))
    worth = cost + int(random.integers(1, 5))
    return np.stack([10 + worth * efforts.min(axis=0) - cost * own for own in efforts], axis=-1)


def dispersion(random: Random) -> IntArray:
    """DispersionGame (Grenager, Powers & Shoham 2002), three players: each loses by everybody on the same choice."""
    choices = np.indices((int(random.integers(2, 4)),) * 3)
    weights = random.integers(1, 10, size=3)
    crowd = [sum((choices[k] == own).astype(int) * weights[k] for k in range(3)) for own in choices]
    return np.stack([-one for one in crowd], axis=-1)


def majority_voting(random: Random) -> IntArray:
    """MajorityVoting: each voter has a worth for each candidate; of equal ones the first is elected."""
    candidates = int(random.integers(2, 4))
    votes = np.indices((candidates,) * 3)
    counts = np.stack([(votes == one).sum(axis=0) for one in range(candidates)])
    return np.stack([random.integers(0, 100, size=candidates)[counts.argmax(axis=0)] for _ in range(3)], axis=-1)


def polymatrix(random: Random) -> IntArray:
    """PolymatrixGame: what each pair of players gets from a game of two, summed."""
    shape = _shape(random, 3, 3)
    choices, payoffs = np.indices(shape), np.zeros((*shape, 3), dtype=int)
    for one, other in combinations(range(3), 2):
        pair = random.integers(0, 50, size=(shape[one], shape[other], 2))[choices[one], choices[other]]
        payoffs[..., one] += pair[..., 0]
        payoffs[..., other] += pair[..., 1]
    return payoffs


def ring(random: Random) -> IntArray:
    """RandomGraphicalGame on a ring of four: payoffs depend on one's own choice and both neighbours'."""
    choices = np.indices((2,) * 4)
    return np.stack(
        [
            random.integers(0, 100, size=(2, 2, 2))[choices[k - 1], choices[k], choices[(k + 1) % 4]]
            for k in range(4)
        ],
        axis=-1,
    )  # fmt: skip


def congestion(random: Random) -> IntArray:
    """CongestionGame (Rosenthal 1973), three players on two or three facilities, each dearer with every user."""
    facilities = int(random.integers(2, 4))
    costs = random.integers(1, 30, size=(facilities, 3)).cumsum(axis=1)
    choices = np.indices((facilities,) * 3)
    loads = np.stack([(choices == one).sum(axis=0) for one in range(facilities)])
    paid = [np.take_along_axis(loads, own[None], axis=0)[0] for own in choices]
    return np.stack([-costs[own, load - 1] for own, load in zip(choices, paid, strict=True)], axis=-1)


def three_users(random: Random, count: int) -> Iterator[NormalFormGame]:
    """Payment games of three users, every other one at a share where somebody is indifferent."""
    made = 0
    while made < count:
        shape = (2, 2, int(random.integers(2, 4)))
        table = random.integers(0, 12, size=(3, 3, 3)).cumsum(axis=0).cumsum(axis=1).cumsum(axis=2)
        utility = (table - table[0, 0, 0]).astype(object) * Fraction(1, 12)
        costs = [[0, *np.cumsum(random.integers(1, 40, size=2)).tolist()] for _ in shape]
        users = Users(
            sensitivity=[[Fraction(one, 12) for one in row] for row in costs], allowed=[range(size) for size in shape]
        )
        game = PaymentGame(TableUtility(utility), users)
        found = pure_equilibria(game)
        ends = sorted({alpha for alpha in (*found.lower, *found.upper) if 0 < alpha < 1})
        if made % 2 and not ends:
            continue
        alpha = ends[int(random.integers(len(ends)))] if made % 2 else Fraction(int(random.integers(1, 1000)), 1000)
        made += 1
        yield game.at(alpha)


#: GAMUT's families, by its names.
GAMUT: Mapping[str, Callable[[Random, int], Iterator[NormalFormGame]]] = MappingProxyType(
    {
        "RandomGame": _many(lambda random: uniform(random, 2, 5)),
        "CovariantGame": _many(lambda random: covariant(random, 2, 5)),
        "RandomZeroSum": _many(zero_sum),
        "CoordinationGame": _many(coordination),
        "GrabTheDollar": _many(grab_the_dollar),
        "TravelersDilemma": _many(travellers_dilemma),
        "payoffs 0, 1, 2": _many(ties),
        "RandomGame of three": _many(lambda random: uniform(random, 3, 3)),
        "CovariantGame of three": _many(lambda random: covariant(random, 3, 2)),
        "MinimumEffortGame": _many(minimum_effort),
        "DispersionGame": _many(dispersion),
        "MajorityVoting": _many(majority_voting),
        "PolymatrixGame": _many(polymatrix),
        "RandomGraphicalGame": _many(ring),
        "CongestionGame": _many(congestion),
    }
)
#: Games that fair payments induce.
PAYMENTS: Mapping[str, Callable[[Random, int], Iterator[NormalFormGame]]] = MappingProxyType(
    {
        "payments, random α": lambda random, count: random_games(count, int(random.integers(2**31))),
        "payments, critical α": lambda random, count: critical_games(count, int(random.integers(2**31))),
        "payments to three users": three_users,
    }
)
