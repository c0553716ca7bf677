"""A selection is one file: scopes ask what it says of them, and never for its name."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import pytest

import fairgames as fg
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.candidates import Candidates, at_best_end, within
from fairgames.mechanism.choosing import choose
from fairgames.mechanism.pure import pure_choice
from fairgames.mechanism.selections import SELECTIONS, Pool, Selection, candidates
from fairgames.mechanism.selections.listed import Listed

MECHANISM = Path(fg.__file__).parent / "mechanism"

#: Modules that answer one question or two, and say so: paths, the grid, a budget of evaluations, ranges.
MEANT = {"design.py", "budgeted/design.py", "robust_design.py", "private/ranges.py"}


def compared(tree: ast.AST) -> set[str]:
    """The names of selections that something is compared with."""
    sides = [
        side for node in ast.walk(tree) if isinstance(node, ast.Compare) for side in (node.left, *node.comparators)
    ]
    constants = {one.value for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)}
    return {str(value) for value in constants} & set(SELECTIONS)


def test_no_scope_asks_for_the_name_of_a_selection():
    found = {
        str(path.relative_to(MECHANISM)): names
        for path in MECHANISM.rglob("*.py")
        if path.parent.name != "selections" and (names := compared(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert set(found) == MEANT


def dearest() -> Selection:
    """Of the best ends only those of the largest U: a selection of one's own, for pure profiles that are listed."""

    def over_shares(pool: Pool, cap) -> Candidates:
        found = at_best_end(pool.equilibria)
        largest = pool.equilibria.utilities().at(found.position).largest(pool.equilibria.judge)
        return within(found.select(largest), pool.equilibria, cap)

    return Selection("dearest", "the largest U", over_shares, lambda game: game.kept.largest(game.judge))


def test_a_selection_of_ones_own_is_chosen_among_as_any_other():
    """U = 0, 2/3, 1: each of two who share is paid α/2, and nothing who leaves; at c = 0.3 both do from α = 0.6 on."""
    users = fg.Users(sensitivity=[[0, "0.3"]] * 2)
    game, own = PaymentGame(fg.LinearLaplace(2, [0, "inf"]), users), dearest()
    equilibria = pure_equilibria(game)
    found = candidates(Listed(game, equilibria), own, None, game.rule)
    winner = choose(
        found, equilibria.judge, lambda k: iter([pure_choice(game, equilibria, found, k)]), own.no_answer(None)
    )
    assert winner.winner.profile == (1, 1)
    assert winner.winner.alpha == fg.exact.to_fraction("0.6")
    assert (winner.ties, winner.runner_up, winner.undecided) == ((), None, ())
    none = candidates(Listed(game, equilibria), own, fg.exact.to_fraction("0.5"), game.rule)
    assert len(none) == 0
    with pytest.raises(fg.NoAnswerError, match="no equilibrium that pays out at most 1/2"):
        choose(none, equilibria.judge, lambda _: iter(()), own.no_answer(fg.exact.to_fraction("0.5")))


@pytest.mark.parametrize("scope", ["counts", "mixed", "symmetric"])
def test_a_scope_that_a_selection_does_not_know_is_refused(scope):
    own = dearest()
    assert own.scopes == frozenset()
    assert all(one.scopes == {"counts", "mixed", "symmetric"} for one in SELECTIONS.values())
    for refused in (lambda: own.known(None, scope), lambda: own.require(scope, "use scope 'pure'")):
        with pytest.raises(InputError, match=f"'dearest' is not known for {scope} equilibria: use scope 'pure'"):
            refused()


@pytest.mark.parametrize("scope", ["symmetric", "pure", "all"])
def test_equally_bad_equilibria_of_theorem_1_are_ties(scope: str) -> None:
    """Levels 1 and 2 are worth and cost the same, so all on either, and any mix of pure ones, is as bad."""
    utility = fg.TableUtility([[0, 1, 1], [1, 3, 3], [1, 3, 3]], [0, 1, 2])
    users = fg.Users(names=["a", "b"], sensitivity=[[0, Fraction(1, 10), Fraction(1, 10)]] * 2)
    found = fg.design(fg.PaymentGame(utility, users, rule="coalition"), scope=scope, selection="worst")
    played = [tuple(map(tuple, one.strategies)) for one in (found, *found.ties)]
    alike = [((0, 1, 0), (0, 1, 0)), ((0, 0, 1), (0, 0, 1))]
    unlike = [((0, 1, 0), (0, 0, 1)), ((0, 0, 1), (0, 1, 0))]
    assert sorted(played) == sorted(alike if scope == "symmetric" else alike + unlike)
