"""Sections as HTML and as Markdown, by templates that escape whatever they are given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairgames.errors import MissingPackageError
from fairgames.report.document import Section
from fairgames.report.scenario_inside import link
from fairgames.tables.files import markdown, marked
from fairgames.text import printable
from fairgames.version import __version__

if TYPE_CHECKING:
    import jinja2

#: Longer text than this is no cell and no sentence.
_LONGEST = 20_000


def as_html(title: str, sections: Sequence[Section]) -> str:
    """One page, with its style and pictures inside.

    Raises
    ------
    MissingPackageError
        If jinja2 is not installed (extra ``report``).
    """
    page = _environment(escaped=True).get_template("report.html.jinja")
    return page.render(title=title, sections=sections, version=__version__)


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """The same as Markdown; of pictures what they show, in words.

    Raises
    ------
    MissingPackageError
        If jinja2 is not installed (extra ``report``).
    """
    page = _environment(escaped=False).get_template("report.md.jinja")
    return re.sub(r"\n{3,}", "\n\n", page.render(title=title, sections=sections, version=__version__)).strip() + "\n"


def _environment(escaped: bool) -> jinja2.Environment:
    try:
        import jinja2
    except ImportError:
        raise MissingPackageError("jinja2", "writing a report", extra="report") from None
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("fairgames.report"),
        autoescape=escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "line": lambda text: printable(text, _LONGEST),
        "md": marked,
        "inside": link,
        "as_text": lambda content: content.decode("utf-8-sig", errors="replace"),
    }
    made.globals["md_table"] = markdown
    return made
