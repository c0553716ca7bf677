"""What bytes that are no text look like, so that a message can say more than "not UTF-8"."""

from __future__ import annotations

import codecs

#: First bytes, what they are, and what to do.
_SIGNATURES = (
    (b"\x1f\x8b", "gzip-compressed data", "unpack it first (gunzip)"),
    (b"BZh", "bzip2-compressed data", "unpack it first (bunzip2)"),
    (b"\xfd7zXZ\x00", "xz-compressed data", "unpack it first (unxz)"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data", "unpack it first (unzstd)"),
    (b"PAR1", "a Parquet file", "save the table as CSV in UTF-8"),
    (b"ARROW1", "an Arrow (Feather) file", "save the table as CSV in UTF-8"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (xls)", "save the sheet as CSV in UTF-8"),
    (b"\x89HDF\r\n", "an HDF5 file", "save the table as CSV in UTF-8"),
    (b"SQLite format 3\x00", "an SQLite database", "save the table as CSV in UTF-8"),
    (b"\x93NUMPY", "a NumPy array (.npy)", "save it as text in UTF-8"),
    (b"%PDF-", "a PDF", "save its text in UTF-8"),
)
_RESAVE = "save the file with the encoding UTF-8"
#: Bytes that are enough to tell.
HEAD = 4096


def what_it_is(data: bytes) -> str | None:
    """What a file that begins with ``data`` looks like and what to do, as a clause; None for text in UTF-8, or unknown.

    >>> what_it_is(b"\\x1f\\x8b\\x08\\x00")
    'it looks like gzip-compressed data; unpack it first (gunzip)'
    >>> what_it_is(b"BZh is the start of this text") is None
    True
    """
    head = data[:HEAD]
    if _is_text(head):
        return None
    found = next(((what, way) for mark, what, way in _SIGNATURES if head.startswith(mark)), None)
    if found is None and head.startswith(b"PK\x03\x04"):
        found = _zipped(head)
    if found is None and (name := _wide(head)):
        found = f"text in {name}", _RESAVE
    return found and f"it looks like {found[0]}; {found[1]}"


def _is_text(head: bytes) -> bool:
    """UTF-8 without NUL, which may be cut within a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return b"\x00" not in head


def _zipped(head: bytes) -> tuple[str, str]:
    if b"xl/" in head or b"[Content_Types].xml" in head:
        return "an Excel workbook (xlsx)", "save the sheet as CSV in UTF-8"
    if b"opendocument" in head:
        return "an OpenDocument file", "save the sheet as CSV in UTF-8"
    return "a zip archive", "unpack it first (unzip)"


def _wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32, by its byte order mark or by NULs in every second byte."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    return "UTF-16" if pairs and min(even, odd) == 0 and max(even, odd) > pairs // 2 else None
