"""Apply unambiguous fixes to a file, and keep every other byte as it is."""

import re
from collections.abc import Iterable

from proofdown.diagnostics import Finding, Fix

_BOM = b"\xef\xbb\xbf"


def fixes_of(findings: Iterable[Finding]) -> tuple[Fix, ...]:
    """Return the fixes of a page's findings in order, without those that overlap an earlier one."""
    fixes: list[Fix] = []
    for found in sorted(findings, key=lambda f: (f.start, f.end)):
        if found.fix is not None and (not fixes or found.start >= fixes[-1].end):
            fixes.append(Fix(found.start, found.end, found.fix))
    return tuple(fixes)


def apply_fixes(data: bytes, fixes: Iterable[Fix]) -> bytes:
    """Return a file's bytes with fixes applied.

    Args:
        data: the file's bytes.
        fixes: fixes whose offsets count characters of the text as it is read: without a byte
            order mark, and with CRLF as one character.
    """
    mark = _BOM if data.startswith(_BOM) else b""
    text = data[len(mark) :].decode()
    ends = [found.start() for found in re.finditer(r"\r\n", text)]
    # From the end, so that the offsets of the remaining fixes stay valid.
    for fix in sorted(fixes, key=lambda fix: fix.start, reverse=True):
        start, end = _in_file(fix.start, ends), _in_file(fix.end, ends)
        text = text[:start] + fix.text + text[end:]
    return mark + text.encode()


def _in_file(offset: int, ends: list[int]) -> int:
    """Return an offset in the file, given one in the text, which has one character per CRLF."""
    for number, end in enumerate(ends):
        if end - number >= offset:
            return offset + number
    return offset + len(ends)
