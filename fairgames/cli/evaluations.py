"""``fairgames evaluations``: what a store of a black box's evaluations holds."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from fairgames.cli import options, show
from fairgames.errors import InputError
from fairgames.reading.atomic import write_atomically
from fairgames.text import printable, spreadsheet_text
from fairgames.training.store import Evaluation, Store

_FIELDS = ("name", "version", "profile", "seed", "value", "error", "attempts", "seconds", "finished")


class _Damaged(click.ClickException):
    """A store with faults: exit code 1, after they were all said."""


@click.command("evaluations")
@click.argument("store", type=click.Path())
@click.argument("action", type=click.Choice(["list", "verify", "export", "prune"]))
@click.option("--name", help="prune: all evaluations of the utility of this name.")
@click.option("--version", help="prune: only those of this version; needs --name.")
@click.option("--failed", is_flag=True, help="prune: those that failed, so that they are tried again.")
@click.option("-o", "--output", type=click.Path(), help="export: the file, .csv or .jsonl.")
@options.as_json
def command(
    store: str, action: str, name: str | None, version: str | None, failed: bool, output: str | None, as_json: bool
) -> None:
    """List, verify, export or prune the evaluations in STORE."""
    opened = Store(store, must_exist=True)
    try:
        answer = {
            "list": lambda: _list(opened, as_json),
            "verify": lambda: _verify(opened, as_json),
            "export": lambda: _export(opened, output),
            "prune": lambda: _prune(opened, failed, name, version),
        }[action]()
    finally:
        opened.close()
    if as_json:
        show.print_json({**answer, "warnings": []})
    if answer.get("faults"):
        raise _Damaged(f"{store}: {answer['faults']} faults")


def _list(store: Store, quiet: bool) -> dict[str, object]:
    groups: dict[tuple[str, str], list[Evaluation]] = defaultdict(list)
    for one in store.evaluations():
        groups[one.name, one.version].append(one)
    rows = [_summary(*key, found) for key, found in groups.items()]
    running = store.running()
    if not quiet:
        columns = ["utility", "version", "evaluations", "profiles", "failed", "seconds"]
        show.print_table(columns, [[str(row[column]) for column in columns] for row in rows])
        show.say(f"{running} running.")
    return {"utilities": rows, "running": running}


def _summary(name: str, version: str, found: Sequence[Evaluation]) -> dict[str, object]:
    return {
        "utility": name,
        "version": version,
        "evaluations": sum(one.error is None for one in found),
        "profiles": len({one.profile for one in found if one.error is None}),
        "failed": sum(one.error is not None for one in found),
        "seconds": round(sum(one.seconds for one in found), 3),
    }


def _verify(store: Store, quiet: bool) -> dict[str, object]:
    faults = store.verify()
    if not quiet:
        for fault in faults:
            show.say(fault)
        show.say(f"{sum(1 for _ in store.evaluations())} evaluations, {len(faults)} faults.")
    return {"faults": len(faults), "found": faults}


def _cell(value: object) -> object:
    """Text, such as what a black box said of its failure, is no formula, and nothing that acts; all of it is kept."""
    return printable(spreadsheet_text(value), len(value) + 1) if isinstance(value, str) else value


def _export(store: Store, output: str | None) -> dict[str, object]:
    if output is None or Path(output).suffix not in (".csv", ".jsonl"):
        raise InputError(f"export: expected -o FILE ending in .csv or .jsonl, got {output}")
    rows = [{field: row[field] for field in _FIELDS} for row in map(asdict, store.evaluations())]
    text = io.StringIO(newline="")
    if Path(output).suffix == ".csv":
        writer = csv.DictWriter(text, _FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({field: _cell(value) for field, value in row.items()} for row in rows)
    else:
        text.writelines(json.dumps(row) + "\n" for row in rows)
    write_atomically(Path(output), [text.getvalue()])
    show.say(f"{len(rows)} evaluations written to {output}", err=True)
    return {"exported": len(rows), "file": output}


def _prune(store: Store, failed: bool, name: str | None, version: str | None) -> dict[str, object]:
    if version is not None and name is None:
        raise InputError("prune: --version needs --name")
    removed = store.prune(failed, name, version)
    show.say(f"{removed} evaluations removed", err=True)
    return {"removed": removed}
