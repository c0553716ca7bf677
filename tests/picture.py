"""The rooms and their imports as a picture: floors from top to bottom, and arrows that all point down.

Layered drawing after Sugiyama, Tagawa & Toda (1981): an arrow over several floors passes each of them at a place
that keeps clear of the boxes; arrows to one room join on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

#: Sizes in units of the picture, which is WIDTH of them wide: text is readable where a page is some 700 pixels wide.
WIDTH, LEFT, BOX, FLOOR, GAP, LANE, LETTER = 800, 40, 30, 58, 16, 8, 8.4


class Place(NamedTuple):
    """Where a room stands, or (``floor`` not its own) where arrows to it pass a floor."""

    floor: int
    room: str


def without_detours(graph: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The arrows that say all: a → c is left out where a → b and b → … → c are there (transitive reduction)."""
    beyond: dict[str, set[str]] = {}

    def reached(room: str) -> set[str]:
        if room not in beyond:
            beyond[room] = {further for below in graph[room] for further in {below, *reached(below)}}
        return beyond[room]

    return {
        room: sorted(one for one in below if not any(one in reached(other) for other in below if other != one))
        for room, below in graph.items()
    }


def draw(floors: Sequence[Sequence[str]], graph: Mapping[str, Iterable[str]], ground: Sequence[str]) -> str:
    """An SVG of rooms on ``floors``, lowest first, of what each imports, and of ``ground``, which all may import."""
    floor = {room: number for number, rooms in enumerate(floors) for room in rooms}
    steps = _steps(without_detours(graph), floor)
    middle = _columns(steps, floor)
    top = len(floors) - 1
    height = FLOOR * len(floors) + 2 * GAP + BOX
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        "<title>The rooms of fairgames and what they import</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#456"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for number in range(len(floors)):
        y = _y(top, number)
        lines.append(f'<text x="8" y="{y + BOX / 2 + 5:g}" font-size="13" fill="#889">{number + 1}</text>')
    for (above, below), carried in sorted(steps.items()):
        lines.append(_arrow(above, below, sorted(carried), middle, floor, top))
    for room, number in floor.items():
        lines.append(_box(room, middle[Place(number, room)], _y(top, number), _width(room)))
    y = height - BOX - GAP / 2
    words = " ".join(ground)
    lines.append(f'<rect x="{LEFT}" y="{y:g}" width="{WIDTH - 2 * LEFT}" height="{BOX}" fill="#e8e8ec"/>')
    lines.append(f'<text x="8" y="{y + BOX / 2 + 5:g}" font-size="13" fill="#889">0</text>')
    lines.append(_text(words, WIDTH / 2, y))
    return "\n".join([*lines, "</svg>", ""])


def _steps(graph: Mapping[str, Sequence[str]], floor: Mapping[str, int]) -> dict[tuple[Place, Place], set[str]]:
    """From floor to floor, which rooms' arrows go there."""
    steps: dict[tuple[Place, Place], set[str]] = {}
    for room, below in graph.items():
        for target in below:
            place = Place(floor[room], room)
            for number in range(floor[room] - 1, floor[target] - 1, -1):
                under = Place(number, target)
                steps.setdefault((place, under), set()).add(room)
                place = under
    return steps


def _columns(steps: Iterable[tuple[Place, Place]], floor: Mapping[str, int]) -> dict[Place, float]:
    """The middle of each place: near those that it is joined to, in an order that crosses little."""
    joined: dict[Place, list[Place]] = {Place(number, room): [] for room, number in floor.items()}
    for above, below in sorted(steps):
        joined.setdefault(above, []).append(below)
        joined.setdefault(below, []).append(above)
    rows = [sorted(place for place in joined if place.floor == number) for number in sorted(set(floor.values()))]
    middle = dict.fromkeys(joined, WIDTH / 2)
    for turn in range(60):
        for row in rows if turn % 2 else rows[::-1]:
            wanted = {
                place: sum(middle[one] for one in joined[place]) / max(len(joined[place]), 1) or WIDTH / 2
                for place in row
            }
            _spread(sorted(row, key=lambda place: (wanted[place], place)), wanted, floor, middle)
    return middle


def _spread(
    row: Sequence[Place], wanted: Mapping[Place, float], floor: Mapping[str, int], middle: dict[Place, float]
) -> None:
    """Set the places of a floor side by side in this order, each as near to where it wants to be as there is room."""
    half = {place: (_width(place.room) if floor[place.room] == place.floor else LANE) / 2 for place in row}
    ends = [0.0]
    for place in row:
        ends.append(ends[-1] + 2 * half[place] + GAP)
    free = WIDTH - 2 * LEFT - ends[-1] + GAP
    # How far each is pushed beyond the tightest packing: the isotonic regression of what they want.
    pools: list[list[float]] = []
    for place, end in zip(row, ends, strict=False):
        pools.append([wanted[place] - half[place] - LEFT - end, 1.0])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (mean, weight), (first, others) = pools.pop(), pools.pop()
            pools.append([(mean * weight + first * others) / (weight + others), weight + others])
    pushed = [min(max(mean, 0.0), free) for mean, weight in pools for _ in range(int(weight))]
    for place, end, push in zip(row, ends, pushed, strict=False):
        middle[place] = float(round(LEFT + end + push + half[place]))


def _y(top: int, floor: int) -> float:
    return (top - floor) * FLOOR + GAP


def _width(room: str) -> float:
    return round(LETTER * len(room)) + 24


def _arrow(
    above: Place,
    below: Place,
    carried: Sequence[str],
    middle: Mapping[Place, float],
    floor: Mapping[str, int],
    top: int,
) -> str:
    """One step of arrows, from under a box, or from where they pass a floor, to the next."""
    x, y = middle[above], _y(top, above.floor) + BOX
    to_x, to_y = middle[below], _y(top, below.floor)
    past = floor[above.room] != above.floor
    arrives = floor[below.room] == below.floor
    bend = (to_y - y) / 2
    start = f"M{x:g},{y - BOX:g} V{y:g}" if past else f"M{x:g},{y:g}"
    tip = ' marker-end="url(#tip)"' if arrives else ""
    title = escape(f"{', '.join(carried)} → {below.room}")
    return (
        f'<path d="{start} C{x:g},{y + bend:g} {to_x:g},{to_y - bend:g} {to_x:g},{to_y:g}" fill="none" stroke="#456"'
        f' stroke-width="1.3"{tip}><title>{title}</title></path>'
    )


def _box(room: str, x: float, y: float, width: float) -> str:
    return (
        f'<rect x="{x - width / 2:g}" y="{y:g}" width="{width:g}" height="{BOX}" rx="5" fill="#eef3fb"'
        ' stroke="#456"/>\n' + _text(room, x, y)
    )


def _text(words: str, x: float, y: float) -> str:
    return f'<text x="{x:g}" y="{y + BOX / 2 + 5:g}" font-size="15" text-anchor="middle">{escape(words)}</text>'
