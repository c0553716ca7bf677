"""A page on this machine, or a widget in a notebook, on which the share and the costs are moved by hand."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.explore.model import Explorer, Settings
    from fairgames.explore.server import Server
    from fairgames.explore.widget import widget

__all__ = ["Explorer", "Server", "Settings", "widget"]

on_first_use(__name__, {"model": "Explorer Settings", "server": "Server", "widget": "widget"})
