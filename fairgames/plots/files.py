"""Pictures as files: SVG and PDF, which stay sharp at every size, and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairgames.errors import InputError
from fairgames.reading.atomic import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Dots an inch in PNG.
_DPI = 150
#: Without these a picture would change from run to run.
_METADATA: dict[str, dict[str, Any]] = {
    ".svg": {"Date": None},
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None},
}
#: The formats of a picture.
SUFFIXES = tuple(_METADATA)


def save(figure: Figure, path: Path) -> list[Path]:
    """Write ``path`` with .svg and with .png, each whole or not at all; the files written.

    The same figure becomes the same bytes. Text in SVG stays text.

    Raises
    ------
    InputError
        If the system does not let us write there.
    """
    files = [path.with_name(f"{path.name}{suffix}") for suffix in (".svg", ".png")]
    for file in files:
        save_as(figure, file)
    return files


def save_as(figure: Figure, path: Path) -> None:
    """Write one file, whole or not at all; its suffix, one of :data:`SUFFIXES`, is the format.

    Raises
    ------
    InputError
        If the suffix is another, or the system does not let us write there.
    """
    import matplotlib

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path}: got the suffix {suffix!r}, expected one of {', '.join(SUFFIXES)}")
    with (
        replacing(path) as file,
        matplotlib.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}),
    ):
        figure.savefig(file, format=suffix[1:], dpi=_DPI, metadata=_METADATA[suffix])
