"""What is to be audited, from how people write it: a rule's name, a function of a file or a module, a table."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from fairgames.audit.ground import Ground
from fairgames.audit.paid import PaymentTable
from fairgames.audit.payments_csv import read_payments
from fairgames.audit.posted_price import TAKE_IT_OR_LEAVE_IT, TakeItOrLeaveIt
from fairgames.audit.schemes import FunctionScheme, PayFunction, RuleScheme, Scheme, TableScheme
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.reading.data.sources import SUFFIXES
from fairgames.text import shown
from fairgames.typing import Number
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.rules import Rule

#: What can be audited: a rule or its name, a function or where one is, a table or its file.
Audited: TypeAlias = str | Path | Rule | PayFunction | PaymentTable


def to_scheme(
    ground: Ground, rule: Audited | None, alpha: Number | AlphaOfUtility | None, own: AlphaOfUtility | None
) -> Scheme:
    """The scheme that is meant.

    Parameters
    ----------
    rule : ``"NAME"``; ``"FILE.csv"``; ``"FILE.py:FUNCTION"`` or ``"MODULE:FUNCTION"``, whose code is run; or one of
        these things itself; None: the game's own rule
    alpha : the share, where the rule has one; default ``own``, else 1

    Raises
    ------
    InputError
        If there is none, or a share is given that it does not have.
    """
    found: Any = _of_text(ground, str(rule)) if isinstance(rule, str | Path) else rule
    if found is None:
        found = ground.game.rule
    if isinstance(found, type) and issubclass(found, Rule):
        found = found()
    if not isinstance(found, str | Rule):
        return _without_share(found, alpha)
    game = PaymentGame(ground.game.utility, ground.game.users, found, ground.game.exact)
    if not game.rule.has_alpha:
        game.rule.check_share(alpha, stated=alpha is not None)
        return RuleScheme(game.rule, None)
    return RuleScheme(game.rule, game.share(alpha if alpha is not None else own or 1))


def _of_text(ground: Ground, text: str) -> str | PaymentTable | Scheme:
    if text.lower().endswith(SUFFIXES):
        return read_payments(Path(text), ground.game)
    if text == TAKE_IT_OR_LEAVE_IT:
        return TakeItOrLeaveIt(ground)
    place, colon, name = text.rpartition(":")
    return FunctionScheme(_function(place, name, text), text) if colon else text


def _without_share(given: Any, alpha: object) -> Scheme:
    """A table or a function: what it pays is what is paid."""
    if alpha is not None:
        raise InputError(f"alpha: got {shown(alpha)}, but a table or function says itself what is paid; leave it out")
    if isinstance(given, Scheme):
        return given
    if isinstance(given, PaymentTable):
        return TableScheme(given)
    if not callable(given):
        raise InputError(
            f"rule: got {shown(given)}, expected the name of a rule, a Rule, a function pay(utility, profile), a "
            "PaymentTable, or FILE.csv, FILE.py:FUNCTION, MODULE:FUNCTION"
        )
    return FunctionScheme(given)


def _function(place: str, name: str, text: str) -> Callable[..., Any]:
    """A function of a module, or of a file, which is run for it."""
    try:
        module = _run(Path(place)) if place.endswith(".py") else import_module(place)
    except Exception as error:  # a stranger's code may fail in any way; what it said is told
        raise InputError(f"rule: {text}: cannot be loaded: {type(error).__name__}: {error}; mend it") from error
    found = getattr(module, name, None)
    if not callable(found):
        there = ", ".join(key for key, value in vars(module).items() if callable(value) and key[:1] != "_") or "none"
        raise InputError(f"rule: {text}: got no function {name!r}, expected one of {there}")
    function: Callable[..., Any] = found
    return function


def _run(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path}: expected a file of Python")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
