"""A report that anyone can open: one page that says what is asked, what the answer is, and what it rests on."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.report.making import Report, report
    from fairgames.report.scenario_inside import extract

__all__ = ["Report", "extract", "report"]

on_first_use(__name__, {"making": "Report report", "scenario_inside": "extract"})
