"""Values and bytes that break readers."""

from __future__ import annotations

from random import Random
from typing import Any

#: As they would stand in a file; most are refused, some are right.
NUMBERS: tuple[str, ...] = (
    *("0", "-0", "0.0", "-0.0", "1", "-1", "2", "3", "7", "1.5", "0.3", "1/3", "2/3", "10", "100", "1000000"),
    *("1e308", "1.8e308", "-1e308", "1e155", "1e300", "1e-308", "5e-324", "1e-300", "1e-400", "1e400", "1e999999999"),
    *("inf", "-inf", "nan", "+inf", "Infinity", "NaN", "1/0", "0/0", "-1/3", "1/1e3", "2/-3", "1//2", "/", "1/"),
    *("9007199254740993", "18446744073709551616", "1" + "0" * 40, "1" + "0" * 400, "3" * 5000, "0." + "0" * 5000 + "1"),
    *(
        "0.1000000000000000055511151231257827",
        "1e-17",
        "0x10",
        "0b1",
        "0o7",
        "1_000",
        "1,5",
        "٣",
        "１",
        "½",
        "1e",
        "e1",
    ),
    *(" 1 ", "+1", "--1", "1.", ".5", "1e+5", "1E5", "true", "None", "", "1 2"),
)
TEXTS: tuple[str, ...] = (
    *("", " ", "a", "same", "same", "1", "0", "nan", "inf", "users", "platform", "=1+1", "+1", "-1", "@SUM(A1)"),
    *('=cmd|"/C calc"!A0', "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "\x85next", "\u202egnp.exe", "\u2066x"),
    *(
        "a\nb",
        "a\r\nb",
        "a\rb",
        "a\tb",
        "\x00",
        "\x7f",
        "\x08\x08\x08",
        "Ünïcödé 病院 🏥",
        "e\u0301",
        "\u200b",
        "\ufeff",
    ),
    *('say "hi"', "it's", "back\\slash", "a,b", "a;b", "<b>&amp;</b>", "[bold]x[/bold]", "[/]", "%s%n", "{}", "$x^2$"),
    *(
        "../x",
        "/etc/passwd",
        "/dev/full",
        "/dev/zero",
        "x" * 300,
        "word " * 700,
        "'); DROP",
        "--json",
        "-h",
        ":memory:",
    ),
)
_BYTES = (
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b"\x1b[2J",
    b'"',
    b"\\",
    b"\n\n",
    b"]",
    b"}",
    b"\xc2\x9b",
    b"\xe2\x80\xae",
)


def number(rng: Random) -> str:
    """Small and plain half of the time, so that the rest of an input is reached."""
    return rng.choice(NUMBERS[:16]) if rng.random() < 0.5 else rng.choice(NUMBERS)


def value(rng: Random) -> Any:
    """Anything a TOML or JSON file can hold."""
    return rng.choice(
        (
            *(number(rng), rng.choice(TEXTS), [], {}, [number(rng)] * rng.randint(0, 4), True, rng.randint(-3, 10)),
            *(
                rng.choice(
                    (1e308, -1e308, 5e-324, float("inf"), float("nan"), 1e155, 1e-308, -0.0, 10**30, 10**18, 650)
                ),
            ),
            *([[1, 2], [3]], {"a": 1}, 10**400),
        )
    )


def damaged(rng: Random, content: bytes) -> bytes:
    """The same with some of its bytes cut, doubled, exchanged or put in."""
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(content) + 1)
        end = min(len(content), start + rng.choice((1, 2, 8, 40)))
        way = rng.randrange(5)
        if way == 0:
            content = content[:start]
        elif way == 1:
            content = content[:start] + content[end:]
        elif way == 2:
            content = content[:start] + content[start:end] * rng.choice((2, 3, 50)) + content[end:]
        elif way == 3:
            content = content[:start] + rng.choice(_BYTES) + content[start:]
        else:
            content = content[:start] + rng.choice((*NUMBERS, *TEXTS)).encode() + content[end:]
    return content
