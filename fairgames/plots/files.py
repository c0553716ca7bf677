"""Pictures as files: SVG, which stays sharp at every size, and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairgames.reading.atomic import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Dots an inch in PNG.
_DPI = 150
#: Without these a picture would change from run to run.
_METADATA: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "png": {"Software": None}}


def save(figure: Figure, path: Path) -> list[Path]:
    """Write ``path`` with .svg and with .png, each whole or not at all; the files written.

    The same figure becomes the same bytes. Text in SVG stays text.

    Raises
    ------
    InputError
        If the system does not let us write there.
    """
    import matplotlib

    files = []
    for kind, metadata in _METADATA.items():
        target = path.with_name(f"{path.name}.{kind}")
        with (
            replacing(target) as file,
            matplotlib.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none"}),
        ):
            figure.savefig(file, format=kind, dpi=_DPI, metadata=metadata)
        files.append(target)
    return files
