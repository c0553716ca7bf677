"""``fairgames fit``: from rows of data to a scenario."""

from __future__ import annotations

from typing import Any, get_args

import click

from fairgames.cli import options, show
from fairgames.errors import InputError
from fairgames.random_effects.fitting import fit
from fairgames.random_effects.result import Estimator, Fit
from fairgames.text import shown


@click.command("fit")
@click.argument("data", type=click.Path())
@click.option("--user", required=True, help="The column that names the data holder of a row.")
@click.option("--value", help="The column with the number, where each row is a sample.")
@click.option(
    "--samples", metavar="COL", help="In place of --value, where each row is a data holder: how many samples."
)
@click.option("--mean", metavar="COL", help="With --samples: the column with their mean.")
@click.option("--sd", metavar="COL", help="With --samples: the column with their standard deviation (n − 1).")
@click.option("--top", type=click.IntRange(min=1), help="Keep only the K data holders with most samples.")
@click.option("--levels", help="The levels that are offered, of 0, 1 and 2, such as 0,2; default: 0,1,2.")
@click.option("--sensitivity", help="What sharing costs everybody at each level, such as 0,0.1,0.3.")
@click.option(
    "--costs",
    metavar="COL,…",
    help="In place of --sensitivity, the columns with what each level costs the data holder of a row.",
)
@click.option("--note", "notes", metavar="COL", multiple=True, help="A column to keep as a note; may be repeated.")
@click.option("--scale", default="1", show_default=True, help="Money per unit of utility.")
@click.option("--currency", help="What the money is called.")
@click.option(
    "--estimator",
    type=click.Choice(get_args(Estimator)),
    default="moments",
    show_default=True,
    help="By which the variances of the scenario are estimated; the other is printed beside it.",
)
@click.option(
    "--confidence",
    type=click.FloatRange(min=0, max=1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Of the intervals of both variances.",
)
@click.option("--delimiter", help="What parts the columns of text: , ; tab or |; default: what its header shows.")
@click.option("--decimal", help="The decimal sign of text, . or ,; default: the only one that fits.")
@click.option("--thousands", help="What parts thousands in text: , . ' or a blank; default: what fits.")
@click.option("--skip-missing", is_flag=True, help="Leave out rows in which NA or nothing stands, and say how many.")
@click.option("--sheet", help="The sheet of a workbook.")
@click.option("-o", "--output", required=True, type=click.Path(), help="The scenario to write.")
@options.as_json
def command(data: str, user: str, value: str | None, output: str, as_json: bool, **given: Any) -> None:
    """Estimate the variances within and between the users of DATA, which has one row a sample, or one a user.

    DATA is text with a header (.csv, .tsv, also .gz), .xlsx or .parquet.
    """
    for key in ("sensitivity", "levels"):
        if ";" in (given[key] or ""):
            raise InputError(
                f"--{key}: got {shown(given[key])}, expected numbers with a decimal point, and commas between them, "
                "such as 0,0.3,0.6"
            )
    for key in ("sensitivity", "levels", "costs"):
        given[key] = None if given[key] is None else [part.strip() for part in given[key].split(",")]
    wanted = {key: entry for key, entry in given.items() if entry is not None}
    with show.progress_bar():
        fitted = fit(data, user, value, **wanted)
        fitted.write(output)
    show.warn(fitted.warnings)
    if as_json:
        show.print_json(_answer(fitted, output))
        return
    show.say(
        f"Within-user variance r² = {fitted.within:.6g}, between-user variance s² = {fitted.between:.6g}, "
        f"from {fitted.n_samples_all:,} samples of {fitted.n_users_all} users."
    )
    show.say(_beside(fitted))
    if (said := _written(fitted)) is not None:
        show.say(said)
    samples = (f"{number:,}" for number in fitted.samples)
    show.print_table(["user", "samples"], zip(fitted.users, samples, strict=True))
    show.say(f"Wrote {output}.")


def _answer(fitted: Fit, output: str) -> dict[str, object]:
    between, within = fitted.between_interval, fitted.within_interval
    return {
        "between_user_variance": fitted.between,
        "within_user_variance": fitted.within,
        "users": fitted.users,
        "samples": fitted.samples,
        "output": output,
        "estimator": fitted.estimator,
        "moments": _variances(fitted.moments.between, fitted.moments.within),
        "reml": _variances(fitted.reml.between, fitted.reml.within),
        "confidence": fitted.confidence,
        "between_user_variance_interval": [between.low, between.high],
        "within_user_variance_interval": [within.low, within.high],
        "skipped": fitted.skipped,
        "read_as": fitted.form,
    }


def _variances(between: float, within: float) -> dict[str, float]:
    return {"between_user_variance": between, "within_user_variance": within}


def _beside(fitted: Fit) -> str:
    """The other estimates, and the intervals."""
    other = "REML" if fitted.estimator == "moments" else "moments"
    found = fitted.reml if fitted.estimator == "moments" else fitted.moments
    between, within = fitted.between_interval, fitted.within_interval
    return (
        f"By {other}: r² = {found.within:.6g}, s² = {found.between:.6g}. At {fitted.confidence:.4g} confidence r² is "
        f"from {within.low:.6g} to {within.high:.6g}, s² from {between.low:.6g} to {between.high:.6g}."
    )


def _written(fitted: Fit) -> str | None:
    """How numbers turned out to be written, where it is not with a decimal point alone."""
    decimal, thousands = fitted.form.get("decimal"), fitted.form.get("thousands")
    if decimal in (".", None) and thousands is None:
        return None
    parting = f", thousands parted by {thousands!r}" if thousands else ""
    return f"Numbers are read with the decimal sign {decimal!r}{parting}: nothing else fits."
