"""Pictures as files: SVG for print and screen, PNG for everything else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from fairgames.atomic import write_atomically, write_bytes_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure
