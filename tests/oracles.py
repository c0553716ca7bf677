"""Slow and obviously right definitions, to hold the package against.

Nothing here imports fairgames: every number comes from a definition in the papers (numbers of
equations are those of the later one), evaluated in exact rational arithmetic where it can be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise, permutations, product

import numpy as np

Profile = tuple[int, ...]
#: U as a function of the profile.
UtilityFunction = Callable[[Profile], Fraction]


# Values (eqs. 5 to 7) -------------------------------------------------------------------------


def shared_by(profile: Profile, coalition: Iterable[int]) -> Profile:
    """ρ_S: everybody outside the coalition on level 0."""
    members = set(coalition)
    return tuple(level if user in members else 0 for user, level in enumerate(profile))


def subsets(users: Iterable[int]) -> Iterator[tuple[int, ...]]:
    users = tuple(users)
    for size in range(len(users) + 1):
        yield from combinations(users, size)


def shapley(utility: UtilityFunction, profile: Profile) -> list[Fraction]:
    """Eq. 7 at α = 1: a sum over all subsets of the other users."""
    n = len(profile)
    values = []
    for user in range(n):
        others = [other for other in range(n) if other != user]
        total = Fraction(0)
        for coalition in subsets(others):
            gain = utility(shared_by(profile, (*coalition, user))) - utility(shared_by(profile, coalition))
            total += Fraction(gain) / (n * math.comb(n - 1, len(coalition)))
        values.append(total)
    return values


def shapley_by_orders(utility: UtilityFunction, profile: Profile) -> list[Fraction]:
    """The average gain of a user over all orders of arrival."""
    n = len(profile)
    values = [Fraction(0)] * n
    for order in permutations(range(n)):
        for place, user in enumerate(order):
            after = utility(shared_by(profile, order[: place + 1]))
            values[user] += after - utility(shared_by(profile, order[:place]))
    return [value / math.factorial(n) for value in values]


def with_platform(utility: UtilityFunction, profile: Profile) -> tuple[Fraction, list[Fraction]]:
    """(φ_p, φ) by eqs. 5 and 6: sums over all subsets."""
    n = len(profile)
    platform = sum(
        (Fraction(utility(shared_by(profile, coalition))) / math.comb(n, len(coalition)))
        for coalition in subsets(range(n))
    ) / (n + 1)
    values = []
    for user in range(n):
        total = Fraction(0)
        for coalition in subsets(other for other in range(n) if other != user):
            gain = utility(shared_by(profile, (*coalition, user))) - utility(shared_by(profile, coalition))
            total += Fraction(gain) / ((n + 1) * math.comb(n, len(coalition) + 1))
        values.append(total)
    return Fraction(platform), values


def with_platform_by_orders(utility: UtilityFunction, profile: Profile) -> tuple[Fraction, list[Fraction]]:
    """(φ_p, φ) over all orders of the users and the platform, without whom nothing is earned."""
    n = len(profile)
    values = [Fraction(0)] * (n + 1)

    def earned(members: Sequence[int]) -> Fraction:
        return Fraction(utility(shared_by(profile, members))) if n in members else Fraction(0)

    for order in permutations(range(n + 1)):
        for place, player in enumerate(order):
            values[player] += earned(order[: place + 1]) - earned(order[:place])
    values = [value / math.factorial(n + 1) for value in values]
    return values[n], values[:n]


def potential(utility: UtilityFunction, profile: Profile, extra: int = 0) -> Fraction:
    """P(ρ) = Σ d_S/(|S| + extra) over non-empty S, with the dividends d_S by inclusion and exclusion."""
    total = Fraction(0)
    for coalition in subsets(user for user, level in enumerate(profile) if level):
        if coalition:
            dividend = sum(
                (-1) ** (len(coalition) - len(part)) * Fraction(utility(shared_by(profile, part)))
                for part in subsets(coalition)
            )
            total += dividend / (len(coalition) + extra)
    return total


def integer_potential(table: np.ndarray, extra: int = 0) -> tuple[np.ndarray, int]:
    """P of an int64 tensor as (integers, their common denominator): the definition, one axis after another."""
    sizes = sum(np.indices(table.shape) > 0)
    denominator = math.lcm(*range(1, table.ndim + extra + 1))
    result = table.astype(np.int64)
    for axis in range(table.ndim):
        levels = np.moveaxis(result, axis, 0)
        for level in range(1, len(levels)):
            levels[level] -= levels[0]
    result *= np.where(sizes > 0, denominator // np.maximum(sizes + extra, 1), 0)
    for axis in range(table.ndim):
        levels = np.moveaxis(result, axis, 0)
        for level in range(1, len(levels)):
            levels[level] += levels[0]
    return result, denominator


# Games ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A point, or an open interval, of α on which no comparison of payoffs changes."""

    low: Fraction
    high: Fraction

    @property
    def inside(self) -> Fraction:
        return (self.low + self.high) / 2

    @property
    def is_point(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Answer:
    """A share with the equilibrium that it is valued at; ``attained`` where the value is reached at α."""

    value: Fraction
    alpha: Fraction
    profile: Profile
    attained: bool


class Game:
    """The users' game from the definition of its payments; every question by trying everything.

    Parameters
    ----------
    utility : U of a profile of level indices
    costs : one row a user, one rational a level
    choices : for each user the levels that may be chosen
    rule : "users" (Theorem 2) or "coalition" (Theorem 1, where α has no meaning: pass 1)
    """

    def __init__(
        self,
        utility: UtilityFunction,
        costs: Sequence[Sequence[Fraction]],
        choices: Sequence[Sequence[int]],
        rule: str = "users",
    ) -> None:
        self.utility = utility
        self.costs = costs
        self.choices = [tuple(levels) for levels in choices]
        self.rule = rule

    @cached_property
    def profiles(self) -> list[Profile]:
        return list(product(*self.choices))

    @cached_property
    def values(self) -> dict[Profile, list[Fraction]]:
        """What every user gets at every profile, at α = 1."""
        if self.rule == "users":
            return {profile: shapley(self.utility, profile) for profile in self.profiles}
        return {profile: with_platform(self.utility, profile)[1] for profile in self.profiles}

    @cached_property
    def kept(self) -> dict[Profile, Fraction]:
        """What the platform keeps under Theorem 1."""
        return {profile: self.utility(profile) - sum(self.values[profile]) for profile in self.profiles}

    def payoff(self, profile: Profile, user: int, alpha: Fraction) -> Fraction:
        return alpha * self.values[profile][user] - self.costs[user][profile[user]]

    @cached_property
    def deviations(self) -> dict[Profile, set[tuple[Fraction, Fraction]]]:
        """For each profile the pairs (paid more by staying, costs more to stay) of every deviation."""
        found = {}
        for profile in self.profiles:
            pairs = set()
            for user, levels in enumerate(self.choices):
                for level in levels:
                    if level != profile[user]:
                        there = (*profile[:user], level, *profile[user + 1 :])
                        more_paid = self.values[profile][user] - self.values[there][user]
                        pairs.add((more_paid, self.costs[user][profile[user]] - self.costs[user][level]))
            found[profile] = pairs
        return found

    def is_equilibrium(self, profile: Profile, alpha: Fraction, strict: bool = False) -> bool:
        if strict:
            return all(alpha * paid > cost for paid, cost in self.deviations[profile])
        return all(alpha * paid >= cost for paid, cost in self.deviations[profile])

    def equilibria(self, alpha: Fraction, strict: bool = False) -> list[Profile]:
        """All pure equilibria at one α, in lexicographic order."""
        return [profile for profile in self.profiles if self.is_equilibrium(profile, alpha, strict)]

    @cached_property
    def critical(self) -> list[Fraction]:
        """0, 1 and every α between them at which some deviation changes nothing."""
        pairs = set().union(*self.deviations.values())
        shares = {cost / paid for paid, cost in pairs if paid != 0}
        return sorted({Fraction(0), Fraction(1)} | {share for share in shares if 0 < share < 1})

    def phi(self, profile: Profile, alpha: Fraction) -> Fraction:
        """Φ_α = α·P − Σc."""
        extra = 0 if self.rule == "users" else 1
        cost = sum(row[level] for row, level in zip(self.costs, profile, strict=True))
        return alpha * self._potentials(extra)[profile] - cost

    def _potentials(self, extra: int) -> dict[Profile, Fraction]:
        if not hasattr(self, "_potential_values"):
            self._potential_values = {profile: potential(self.utility, profile, extra) for profile in self.profiles}
        return self._potential_values

    @cached_property
    def crossings(self) -> list[Fraction]:
        """0, 1 and every α between them at which Φ_α is the same at two profiles."""
        zero, one = Fraction(0), Fraction(1)
        lines = {(self.phi(profile, zero), self.phi(profile, one)) for profile in self.profiles}
        found = {zero, one}
        for (a0, a1), (b0, b1) in combinations(lines, 2):
            if a1 - a0 != b1 - b0:
                found.add((b0 - a0) / ((a1 - a0) - (b1 - b0)))
        return sorted(share for share in found if 0 <= share <= 1)

    def maximisers(self, alpha: Fraction) -> list[Profile]:
        """Every profile at which Φ_α is largest."""
        heights = {profile: self.phi(profile, alpha) for profile in self.profiles}
        top = max(heights.values())
        return [profile for profile in self.profiles if heights[profile] == top]

    # The platform's optimum

    def selected(self, selection: str, alpha: Fraction) -> list[Profile]:
        if selection == "potential":
            return self.maximisers(alpha)
        return self.equilibria(alpha, strict=selection == "stable")

    def answers(self, selection: str, cap: Fraction | None = None) -> list[Answer]:
        """Every (α, profile) that reaches or approaches the supremum over α in [0, 1] of the selected value.

        Sorted by α and then by profile; one answer a pair, ``attained`` if any of the ways to it
        is. Empty where nothing qualifies.
        """
        cells = _cells(self.crossings if selection == "potential" else self.critical)
        found: list[Answer] = []
        for cell in cells:
            chosen = self.selected(selection, cell.inside)
            utilities = {profile: self.utility(profile) for profile in chosen}
            if selection == "worst":
                lowest = min(utilities.values())
                payer = max(utilities.values())
                candidates = [(profile, payer) for profile in chosen if utilities[profile] == lowest]
            else:
                candidates = [(profile, utilities[profile]) for profile in chosen]
            for profile, pays in candidates:
                found += self._ends(cell, profile, pays, cap)
        if not found:
            return []
        top = max(answer.value for answer in found)
        merged: dict[tuple[Fraction, Profile], Answer] = {}
        for answer in found:
            if answer.value == top:
                key = (answer.alpha, answer.profile)
                attained = answer.attained or (key in merged and merged[key].attained)
                merged[key] = Answer(top, *key, attained)
        return [merged[key] for key in sorted(merged)]

    def _ends(self, cell: Cell, profile: Profile, pays: Fraction, cap: Fraction | None) -> list[Answer]:
        """The value of ``profile`` at the ends of the part of the cell where α·``pays`` ≤ cap."""
        worth = self.utility(profile)
        low, high = cell.low, cell.high
        if cell.is_point:
            return [Answer((1 - low) * worth, low, profile, True)] if cap is None or low * pays <= cap else []
        closed = False
        if cap is not None and pays > 0 and high > (limit := cap / pays):
            high, closed = limit, True
            if high <= low:
                return []
        return [Answer((1 - low) * worth, low, profile, False), Answer((1 - high) * worth, high, profile, closed)]

    def best_without_share(self, selection: str, cap: Fraction | None = None) -> tuple[Fraction, list[Profile]] | None:
        """Theorem 1: the best of the selected equilibria of the one game, and all profiles that reach it."""
        chosen = self.selected(selection, Fraction(1))
        if selection == "worst":
            if cap is not None and any(sum(self.values[profile]) > cap for profile in chosen):
                return None
            lowest = min(self.kept[profile] for profile in chosen)
            return lowest, [profile for profile in chosen if self.kept[profile] == lowest]
        if cap is not None:
            chosen = [profile for profile in chosen if sum(self.values[profile]) <= cap]
        if not chosen:
            return None
        top = max(self.kept[profile] for profile in chosen)
        return top, [profile for profile in chosen if self.kept[profile] == top]

    def best_equilibria(self, alpha: Fraction) -> tuple[Fraction, list[Profile]]:
        """What the platform keeps at its best equilibrium at one α, and the profiles that give it."""
        chosen = self.equilibria(alpha)
        top = max(self.utility(profile) for profile in chosen)
        return (1 - alpha) * top, [profile for profile in chosen if self.utility(profile) == top]


def _cells(points: Sequence[Fraction]) -> list[Cell]:
    gaps = [Cell(low, high) for low, high in pairwise(points)]
    return sorted([*(Cell(point, point) for point in points), *gaps], key=lambda cell: (cell.low, cell.high))


# Federated mean (Section 4) -------------------------------------------------------------------


def solve(matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> list[Fraction]:
    """The solution of a linear system, by elimination in rational arithmetic."""
    rows = [[*map(Fraction, row), Fraction(value)] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = next(row for row in range(column, size) if rows[row][column] != 0)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(size):
            if row != column and rows[row][column] != 0:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [rows[k][size] / rows[k][k] for k in range(size)]


@dataclass(frozen=True)
class Federation:
    """The estimation problem of Section 4, solved from its covariances.

    θ_i has variance s² and an unknown mean that all share; θ̂_i = θ_i + noise of variance r²/n_i.
    The platform sees θ̂_i of every user on level 2 and one weighted mean of those on level 1. It
    uses the linear combination with weights that sum to 1 (eq. 14) of least squared error.
    """

    samples: Sequence[Fraction]
    between: Fraction
    within: Fraction
    by_samples: bool = False

    def signals(self, profile: Profile) -> list[list[Fraction]]:
        """What the platform sees: each row a combination of the θ̂ of all users."""
        n = len(profile)
        rows = [[Fraction(user == other) for other in range(n)] for user in range(n) if profile[user] == 2]
        group = [user for user in range(n) if profile[user] == 1]
        if group:
            shares = {user: Fraction(self.samples[user] if self.by_samples else 1) for user in group}
            total = sum(shares.values())
            rows.append([shares.get(user, Fraction(0)) / total for user in range(n)])
        return rows

    def error(self, weights: Sequence[Fraction], user: int) -> Fraction:
        """E[(Σ_j v_j θ̂_j − θ_i)²] for weights v on everybody's θ̂ that sum to 1."""
        return sum(
            (
                v**2 * Fraction(self.within) / Fraction(n) + Fraction(self.between) * (v - (other == user)) ** 2
                for other, (v, n) in enumerate(zip(weights, self.samples, strict=True))
            ),
            Fraction(0),
        )

    def weights(self, profile: Profile, user: int) -> list[Fraction]:
        """The best weights on everybody's θ̂: minimise wᵀCw − 2wᵀc subject to Σw = 1, by its KKT system."""
        signals = self.signals(profile)
        variance = [Fraction(self.within) / Fraction(n) + Fraction(self.between) for n in self.samples]
        matrix = [
            [*(sum(a * v * b for a, v, b in zip(one, variance, two, strict=True)) for two in signals), Fraction(1)]
            for one in signals
        ]
        matrix.append([Fraction(1)] * len(signals) + [Fraction(0)])
        right = [Fraction(self.between) * row[user] for row in signals]
        solution = solve(matrix, [*right, Fraction(1)])
        return [sum(w * row[other] for w, row in zip(solution, signals, strict=False)) for other in range(len(profile))]

    def emse(self, profile: Profile, user: int) -> Fraction:
        if not any(profile):
            return Fraction(self.within) + 2 * Fraction(self.between)
        return self.error(self.weights(profile, user), user)

    def utility(self, profile: Profile, importance: Sequence[Fraction]) -> Decimal:
        """Eq. 15 to 50 digits."""
        reference = Fraction(self.within) + 2 * Fraction(self.between)
        with localcontext() as context:
            context.prec = 50
            total = Decimal(0)
            for user, weight in enumerate(map(Fraction, importance)):
                ratio = reference / self.emse(profile, user)
                log = (Decimal(ratio.numerator) / Decimal(ratio.denominator)).ln()
                total += Decimal(weight.numerator) / Decimal(weight.denominator) * log
            return total


# Linear-Laplace (Section 3, Appendix B.1) -----------------------------------------------------


def laplace_risk(weights: Sequence[Fraction], tau: Fraction) -> Fraction:
    """E[(wᵀX + Z − μ)²] from the model: X_i = ±1/2 with Pr(1/2) = p, p ~ Unif(0, 1), μ = p − 1/2.

    A sum over all outcomes of X; ∫p^a (1−p)^b dp = a!·b!/(a+b+1)!.
    """
    n = len(weights)
    half = Fraction(1, 2)

    def moment(ups: int, power: int) -> Fraction:
        """∫ p^ups (1−p)^(n−ups) p^power dp."""
        a, b = ups + power, n - ups
        return Fraction(math.factorial(a) * math.factorial(b), math.factorial(a + b + 1))

    total = 2 * Fraction(tau) ** 2
    for outcome in product((-half, half), repeat=n):
        guess = sum((w * x for w, x in zip(weights, outcome, strict=True)), Fraction(0)) + half
        ups = sum(x > 0 for x in outcome)
        # (guess − p)², guess being the estimate of p
        total += guess**2 * moment(ups, 0) - 2 * guess * moment(ups, 1) + moment(ups, 2)
    return total


def laplace_violation(epsilons: Sequence[Fraction | float], weights: Sequence[Fraction], tau: Fraction) -> str | None:
    """Why (w, τ) is not the minimiser of the risk under |w_i| ≤ ε_i·τ; None if it is.

    The exact conditions of Karush, Kuhn and Tucker, which are sufficient since the problem is
    convex. The risk is Σw²/6 + (Σw)²/12 − Σw/6 + 1/12 + 2τ².
    """
    total = sum(weights)
    price = Fraction(0)
    for epsilon, w in zip(epsilons, weights, strict=True):
        if tau < 0 or (epsilon != math.inf and abs(w) > Fraction(epsilon) * tau):
            return f"infeasible: w = {w}, ε = {epsilon}, τ = {tau}"
        slope = w / 3 + total / 6 - Fraction(1, 6)
        if epsilon == 0:
            continue  # w = 0 is forced; the multipliers of the two bounds take any slope
        if epsilon == math.inf or abs(w) < Fraction(epsilon) * tau:
            if slope != 0:
                return f"slope {slope} at the free weight {w}"
        elif slope * w > 0:
            return f"slope {slope} pulls the bound weight {w} inwards"
        else:
            price += Fraction(epsilon) * abs(slope)
    if 4 * tau != price:
        return f"noise: 4τ = {4 * tau}, but the bounds are worth {price}"
    return None


def laplace_minimum(epsilons: Sequence[float]) -> float:
    """The least risk by a general solver of convex quadratic programs."""
    import cvxpy

    n = len(epsilons)
    w, tau = cvxpy.Variable(n), cvxpy.Variable(nonneg=True)
    risk = cvxpy.sum_squares(w) / 6 + cvxpy.square(cvxpy.sum(w)) / 12 - cvxpy.sum(w) / 6 + 2 * cvxpy.square(tau)
    bounds = [
        w[user] == 0 if epsilon == 0 else cvxpy.abs(w[user]) <= epsilon * tau
        for user, epsilon in enumerate(epsilons)
        if epsilon != math.inf
    ]
    problem = cvxpy.Problem(cvxpy.Minimize(risk), bounds)
    problem.solve(solver=cvxpy.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
    return float(problem.value) + 1 / 12


# Correlated equilibria (Aumann 1987) -----------------------------------------------------------


def best_correlated(payoffs: np.ndarray, aim: np.ndarray, coarse: bool = False) -> float:
    """The greatest expected aim, as a linear program written from the definition (HiGHS).

    ``payoffs`` have shape (m_1, …, m_N, N). Told k, nobody gains by m; coarse: nobody gains by m whatever is told.
    """
    from scipy.optimize import linprog

    shape = payoffs.shape[:-1]
    places = list(product(*map(range, shape)))
    gains = []
    for player, size in enumerate(shape):
        for told, instead in product([None] if coarse else range(size), range(size)):
            row = []
            for place in places:
                other = (*place[:player], instead, *place[player + 1 :])
                counts = told is None or place[player] == told
                row.append(float(payoffs[(*other, player)] - payoffs[(*place, player)]) if counts else 0.0)
            gains.append(row)
    goal = [-float(aim[place]) for place in places]
    tight = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    found = linprog(
        goal, A_ub=gains, b_ub=[0.0] * len(gains), A_eq=[[1.0] * len(places)], b_eq=[1.0], method="highs", options=tight
    )
    assert found.success
    return -float(found.fun)
