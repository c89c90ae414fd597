"""Applies what is certain to a file, and leaves every other byte as it was."""

import re
from collections.abc import Iterable

from proofdown.diagnostics import Finding, Fix

_BOM = b"\xef\xbb\xbf"


def fixes_of(findings: Iterable[Finding]) -> tuple[Fix, ...]:
    """Return the certain fixes of a page, in order, none of which touches another."""
    fixes: list[Fix] = []
    for found in sorted(findings, key=lambda f: (f.start, f.end)):
        if found.fix is not None and (not fixes or found.start >= fixes[-1].end):
            fixes.append(Fix(found.start, found.end, found.fix))
    return tuple(fixes)


def apply_fixes(data: bytes, fixes: Iterable[Fix]) -> bytes:
    """Return a file's bytes with fixes made.

    Offsets are those of the text as it is read: without a byte order mark, with plain line ends.
    """
    mark = _BOM if data.startswith(_BOM) else b""
    text = data[len(mark) :].decode()
    ends = [found.start() for found in re.finditer(r"\r\n", text)]
    for fix in sorted(fixes, key=lambda fix: fix.start, reverse=True):
        start, end = _in_file(fix.start, ends), _in_file(fix.end, ends)
        text = text[:start] + fix.text + text[end:]
    return mark + text.encode()


def _in_file(offset: int, ends: list[int]) -> int:
    """Return an offset in a file whose two-character line ends were read as one."""
    for number, end in enumerate(ends):
        if end - number >= offset:
            return offset + number
    return offset + len(ends)
