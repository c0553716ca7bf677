"""The platform's optimum: which solver it takes is decided here, and that one is loaded."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, cast, get_args

from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import to_cap
from fairgames.mechanism.leaving import leaving, told
from fairgames.mechanism.result import Design
from fairgames.mechanism.selections import LOGIT, named
from fairgames.mechanism.worth_counting import worth_counting
from fairgames.private.game import PlanGame
from fairgames.training.budget import Budget
from fairgames.typing import Number
from fairgames.utilities.given import Stated

Scope = Literal["auto", "pure", "all", "symmetric"]
Method = Literal["exact", "grid", "path"]


def design(
    game: PaymentGame | Stated,
    selection: str = "best",
    budget: Number | Budget | None = None,
    scope: Scope = "auto",
    method: Method = "exact",
    steps: int = 100,
    budget_every_state: bool = False,
    precision: Number | None = None,
) -> Design:
    """The share α that leaves the platform most at an equilibrium of the users' game.

    Parameters
    ----------
    game : or a scenario
    selection : which equilibrium counts at each α: the platform's ``"best"`` (the papers'
        choice), its ``"worst"``, only pure ones that are strict inside their interval
        (``"stable"``, valued as the limit from inside), or the global maximiser of the
        ``"potential"`` Φ_α; or ``"logit"``: what users play who learn with noise, in the long run
        (the result is a :class:`~fairgames.mechanism.logit.LogitDesign`)
    budget : cap on what is paid out, α·U; under ``"worst"`` whatever equilibrium is played. If U is
        a :class:`~fairgames.training.black_box.BlackBoxUtility`, or a
        :class:`~fairgames.training.budget.Budget` is given, how many evaluations may be spent (the
        result is a :class:`~fairgames.mechanism.budgeted.result.TrainedDesign`)
    scope : ``"pure"``: pure profiles; ``"all"``: mixed ones too (exactly for two users; for more,
        under ``"best"`` and ``"worst"``, the best one that is found with a bound on all: the result is a
        :class:`~fairgames.mechanism.bounded_result.BoundedDesign`); ``"symmetric"``:
        all users alike and playing alike, mixed too (Theorem 3; the result is a
        :class:`~fairgames.mechanism.symmetric.SymmetricDesign`); ``"auto"``: ``"all"`` for two
        users, else ``"pure"``; under other rules than the papers' two always ``"pure"``
    method : ``"exact"``; ``"grid"``: the papers' Algorithm 1, to compare with; ``"path"``: for
        hundreds of users or millions in types, along paths of equilibria, with an upper bound of what
        any other may be worth (the result is a :class:`~fairgames.mechanism.path_result.PathDesign`)
    budget_every_state : whether the budget has to hold whatever the users' private costs turn out to be, and not on
        average
    steps : the grid is 0, 1/steps, …, 1; on a path α moves by 1/steps or more
    precision : λ of selection ``"logit"``, one over an amount of money: a profile is played with a chance proportional
        to exp(λ·Φ_α)

    Raises
    ------
    NoAnswerError
        If no equilibrium qualifies: none is stable, or none is within the budget.
    InputError
        If an argument is unknown or does not fit the game or the others.
    TooLargeError
        Before allocating, if the game does not fit in memory.

    Notes
    -----
    (1 − α)·U(ρ) falls in α, so a profile is worth most at the lower end of its interval; the
    pure optimum is a maximum over profiles. With two users the mixed equilibria form branches
    with strategies affine in 1/α, and the optimum is one of finitely many candidates. No grid
    of α is needed. Many users of few types are counted instead of listed, where that is
    shorter. Under Theorem 1 there is no share: the answer is the equilibrium of the one game
    that leaves the platform most.

    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> pure = design(game, scope="pure")
    >>> str(pure.alpha), str(pure.platform_utility), pure.profile, str(pure.regret)
    ('9/20', '11/30', (1, 0), '0')
    >>> best = design(game)  # user 1 is indifferent at 3/5, and mixes
    >>> str(best.alpha), str(best.platform_utility), [str(p) for p in best.strategies[0]]
    ('3/5', '28/75', ['1/5', '4/5'])
    """
    game = PlanGame.of(game, "design")
    if selection == LOGIT:
        _check_logit(game, budget is not None or budget_every_state, scope, method)
        from fairgames.mechanism.logit import logit_design

        return logit_design(game, precision)
    if precision is not None:
        raise InputError(f"precision: is λ of selection {LOGIT!r}, got selection {selection!r}; leave it out")
    named(selection)
    _check("scope", scope, get_args(Scope))
    _check("method", method, get_args(Method))
    if isinstance(game, PlanGame):
        from fairgames.mechanism.private.design import plan_design

        if method == "path":
            check_method(method, selection, scope)
        return plan_design(game, selection, to_cap(_of_money(budget)), scope, method, budget_every_state, steps=steps)
    if budget_every_state:
        raise InputError(
            "budget_every_state: is for users with private costs, and everybody's are known here; leave it out"
        )
    if isinstance(budget, Budget) or (budget is not None and game.utility.measured):
        from fairgames.mechanism.budgeted.design import design_by_evaluations

        return told(game, design_by_evaluations(game, selection, cast("int | Budget", budget), scope))
    cap = to_cap(budget)
    if not game.rule.fair:
        scope = _require_listed(game, scope, method)
    if scope == "all" and len(game.users) < 2:
        raise InputError("scope 'all' covers games of two users and more, but this one has 1; use 'pure'")
    return leaving(game, _design(game, selection, cap, scope, method, steps))


def _check_logit(game: PaymentGame, budgeted: bool, scope: str, method: str) -> None:
    """Noisy learning is a question of its own."""
    wrong = [
        *["a budget"] * budgeted,
        *[f"scope {scope!r}"] * (scope not in ("auto", "pure")),
        *[f"method {method!r}"] * (method != "exact"),
        *["private costs"] * isinstance(game, PlanGame),
    ]
    if wrong:
        raise InputError(
            f"selection {LOGIT!r}: is known for listed profiles of users whose costs are known, without a budget; got "
            f"{', '.join(wrong)}"
        )


def _of_money(budget: Number | Budget | None) -> Number | None:
    """A budget where costs are private is one of money."""
    if isinstance(budget, Budget):
        raise InputError("budget: a budget of evaluations is for users whose costs are known; expected a number")
    return budget


def _design(
    game: PaymentGame, selection: str, cap: Fraction | None, scope: Scope, method: Method, steps: int
) -> Design:
    """The answer, by the one solver that it takes."""
    if method != "exact":
        return _of_best_pure(game, method, selection, cap, scope, steps)
    known = named(selection).scopes
    if scope == "symmetric":
        named(selection).require("symmetric", "use scope 'pure'")
        from fairgames.mechanism.symmetric import symmetric_design

        return symmetric_design(game, selection, cap)
    if scope == "all":
        named(selection).require("mixed", "use scope 'pure'")
    if len(game.users) == 2 and scope != "pure" and "mixed" in known:
        from fairgames.mechanism.mixed import mixed_design

        return mixed_design(game, selection, cap)
    if scope == "all" and len(game.users) > 2:
        from fairgames.mechanism.bounded import bounded_design

        return bounded_design(game, selection, cap)
    if "counts" in known and worth_counting(game):
        from fairgames.mechanism.types import population_design

        return population_design(game, selection, cap)
    from fairgames.mechanism.pure import pure_design

    return pure_design(game, selection, cap)


def _require_listed(game: PaymentGame, scope: Scope, method: Method) -> Scope:
    """Any rule is designed for by the intervals of its pure profiles, and by nothing else."""
    if scope not in ("auto", "pure") or method != "exact":
        raise InputError(game.rule.only_fair(f"scope {scope!r} by method {method!r}"))
    return "pure"


def _of_best_pure(
    game: PaymentGame, method: Method, selection: str, cap: Fraction | None, scope: Scope, steps: int
) -> Design:
    """By Algorithm 1, or along paths."""
    check_method(method, selection, scope)
    if method == "grid":
        from fairgames.mechanism.grid import grid_design

        return grid_design(game, steps, cap)
    from fairgames.mechanism.path import path_design

    return path_design(game, cap, steps)


def check_method(method: str, selection: str, scope: str) -> None:
    """That a method knows the question: Algorithm 1 and paths know one only.

    Raises
    ------
    InputError
        Else.
    """
    _check("method", method, get_args(Method))
    if method != "exact" and (selection != "best" or scope not in ("auto", "pure")):
        raise InputError(
            f"method {method!r} looks for the best pure equilibrium; got selection {selection!r} and "
            f"scope {scope!r}: leave them out, or use method 'exact'"
        )


def _check(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise InputError(f"{what}: expected one of {', '.join(known)}, got {given!r}")
