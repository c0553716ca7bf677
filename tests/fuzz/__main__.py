"""Judge random inputs: ``python -m tests.fuzz --inputs 20000``, or ``--seconds 60``, or saved ones by name.

Exit code 1 if anything was found. With ``--save DIR`` one input of each kind of finding is kept there, made smaller.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice, takewhile
from pathlib import Path

from tests.fuzz.case import Case, Finding
from tests.fuzz.shrink import shrunk
from tests.fuzz.watched import generated, judged


def main() -> int:
    options = _options()
    started = time.monotonic()
    found: dict[str, tuple[int, Case, Finding]] = {}
    counts: Counter[str] = Counter()
    done = 0
    with closing(judged(_inputs(options, started))) as answers:
        for index, case, findings in answers:
            done += 1
            for one in findings:
                counts[one.signature] += 1
                if one.signature not in found:
                    found[one.signature] = (index, case, one)
                    print(f"\ninput {index} ({case.kind}): {one.signature}\n{one.detail}", flush=True)
    if options.save:
        for index, case, one in found.values():
            _keep(options.save, index, case, one)
    print(
        f"\n{done} inputs of seed {options.seed} in {time.monotonic() - started:.0f} s, {len(found)} kinds of findings"
    )
    for signature, count in counts.most_common():
        print(f"{count:6} {signature} (input {found[signature][0]})")
    return 1 if found else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("saved", nargs="*", type=Path, help="inputs that were kept, to judge again")
    parser.add_argument("--inputs", type=int, help="how many to judge; without it and --seconds, without end")
    parser.add_argument("--seconds", type=float, help="for how long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--save", type=Path, help="a folder for one input of each kind of finding")
    return parser.parse_args()


def _inputs(options: argparse.Namespace, started: float) -> Iterator[tuple[int, Case]]:
    if options.saved:
        return enumerate(Case.from_json(path.read_text(encoding="utf-8")) for path in options.saved)
    inputs = islice(generated(options.seed, options.first), options.inputs)
    limit = options.seconds or float("inf")
    return takewhile(lambda _: time.monotonic() - started < limit, inputs)


def _keep(folder: Path, index: int, case: Case, finding: Finding) -> None:
    def finds(candidate: Case) -> bool:
        with closing(judged(iter([(0, candidate)]))) as answers:
            return any(one.signature == finding.signature for _, _, some in answers for one in some)

    if finding.kind not in ("slow", "died"):
        case = shrunk(case, finds)
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]+", "-", finding.signature).strip("-")
    (folder / f"{name}.json").write_text(case.to_json(), encoding="utf-8")
    (folder / f"{name}.txt").write_text(f"input {index}\n{finding.signature}\n{finding.detail}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
