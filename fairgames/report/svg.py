"""Pictures of matplotlib as SVG that stands in a page: ids of their own, a title, nothing but shapes and text."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET  # of our own drawing, never of a file
from typing import TYPE_CHECKING

from fairgames.text import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
#: What a drawing consists of; all else is left out.
_KEPT = frozenset("svg g defs path rect use text tspan clipPath style image circle polygon line".split())  # noqa: SIM905


def inline_svg(figure: Figure, name: str, title: str, words: str) -> str:
    """The figure as one ``<svg>`` element for a page.

    Parameters
    ----------
    name : unique in the page; every id begins with it
    title, words : for those who do not see it
    """
    import matplotlib

    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return _for_page(file.getvalue(), name, title, words)


def _for_page(drawn: bytes, name: str, title: str, words: str) -> str:
    root = ET.fromstring(drawn)
    _only_shapes(root)
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id":
                element.set(key, f"{name}-{value}")
            elif key.endswith("href") and value.startswith("#"):
                del element.attrib[key]
                element.set("href", f"#{name}-{value[1:]}")
            else:
                element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))
    for key in ("width", "height"):
        del root.attrib[key]
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-words")
    for place, (tag, text) in enumerate((("title", title), ("desc", words))):
        told = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{'title' if tag == 'title' else 'words'}"})
        told.text = printable(text, len(text))
        root.insert(place, told)
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _LINK)
    return ET.tostring(root, encoding="unicode")


def _only_shapes(element: ET.Element) -> None:
    for child in list(element):
        if child.tag.removeprefix(f"{{{_SVG}}}") in _KEPT:
            _only_shapes(child)
        else:
            element.remove(child)
