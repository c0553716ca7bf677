"""How a table of data is written, as far as somebody has said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairgames.errors import InputError
from fairgames.reading.notation import show

#: What may stand between columns, and how it is told in words and written in options.
DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
#: Signs that part thousands. A blank means that of any width, an apostrophe the printed one, too.
THOUSANDS = (",", ".", " ", "'")


@dataclass(frozen=True)
class Form:
    """How text writes columns and numbers; None is as the text itself shows, where only one reading fits.

    Attributes
    ----------
    delimiter : what stands between columns: ``,``, ``;``, a tab (or the word ``tab``) or ``|``
    decimal : the decimal sign, ``.`` or ``,``
    thousands : what parts thousands: ``,``, ``.``, a blank or an apostrophe; "" for nothing
    skip_missing : leave out rows in which a mark such as NA or nothing at all stands for a name or a number
    sheet : the name of the sheet of a workbook

    Raises
    ------
    InputError
        If one of them is none of these, or decimal sign and thousands are the same.
    """

    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    skip_missing: bool = False
    sheet: str | None = None

    def __post_init__(self) -> None:
        faults = []
        words = {word: sign for sign, word in DELIMITERS.items()} | {"\\t": "\t"}
        if self.delimiter in words:
            object.__setattr__(self, "delimiter", words[str(self.delimiter)])
        if self.delimiter is not None and self.delimiter not in DELIMITERS:
            faults.append(f"delimiter: got {show(self.delimiter)}, expected one of , ; tab |")
        if self.decimal not in (None, ".", ","):
            faults.append(f"decimal: got {show(self.decimal)}, expected . or ,")
        if self.thousands not in (None, "", *THOUSANDS):
            faults.append(f'thousands: got {show(self.thousands)}, expected one of , . " " \' or "" for none')
        if self.decimal is not None and self.decimal == self.thousands:
            faults.append(f"decimal and thousands: got {show(self.decimal)} for both, expected two signs")
        if faults:
            raise InputError(faults)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Form:
        """From the options of a caller, of which other keys are left alone."""
        return cls(**{key: value for key, value in options.items() if key in cls.__dataclass_fields__})
