"""Which files of a site stand in its output folder as they are to be written."""

import time
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG

from proofdown.fingerprints import (
    Stamp,
    checksum,
    digest,
    find_stamp,
    is_settled,
    stamp_of,
)
from proofdown.folders import Cursor, Folder
from proofdown.memo import Memo
from proofdown.site import Output


class Standing:
    """Knows what was written into a folder, so that it need not be read to be compared.

    Args:
        parent: the folder that the output folder is in.
        name: the output folder's name.
        memo: what is known; where there is none, files are read.
    """

    def __init__(self, parent: Folder, name: str, memo: Memo | None) -> None:
        self.parent, self.name, self.memo = parent, name, memo
        self._begun = time.time_ns()
        self._cursor = self._opened()

    def _opened(self) -> Cursor | None:
        """Return a cursor over the folder as it is now; None where there is none."""
        is_there = self.parent.is_folder(self.name)
        return Cursor(self.parent.enter(self.name)) if is_there else None

    def stamp_of(self, output: Output) -> Stamp | None:
        """Return the stamp of an output that stands in the folder as it is to be; else None."""
        stamp = self._find(output.path)
        if stamp is None:
            return None
        name = _name_of(output) if self.memo else ""
        known = self.memo.recall("written", output.path, name, Stamp) if self.memo else None
        if known == stamp:
            return stamp
        if not self._is_same(output, stamp):
            return None
        self._keep(output, name, stamp)
        return stamp

    def note(self, outputs: Iterable[Output]) -> None:
        """Keep how outputs look that were written or linked just now."""
        self._cursor = self._opened()
        for output in outputs:
            stamp = self._find(output.path)
            if stamp and self.memo:
                self._keep(output, _name_of(output), stamp)
                if isinstance(output.data, Path):
                    self.memo.note_blob(output.data, stamp)

    def save(self) -> None:
        """Write down what is known by now."""
        if self.memo:
            self.memo.save()

    def _find(self, path: str) -> Stamp | None:
        """Return the stamp of a regular file in the folder; None where there is none."""
        parent, _, name = path.rpartition("/")
        try:
            status = self._cursor.at(parent).stat(name) if self._cursor else None
        except OSError:
            return None
        return stamp_of(status) if status and S_ISREG(status.st_mode) else None

    def _is_same(self, output: Output, stamp: Stamp) -> bool:
        """Return whether a file that looks other than before has an output's bytes all the same."""
        parent, _, name = output.path.rpartition("/")
        try:
            if isinstance(output.data, bytes):
                return len(output.data) == stamp.size and self._read(parent, name) == output.data
            if output.data.stat().st_size != stamp.size:
                return False
            found = self._read(parent, name)
            if output.checksum:
                return checksum(found) == output.checksum
            return found == output.data.read_bytes()
        except OSError:
            return False

    def _read(self, parent: str, name: str) -> bytes:
        return self._cursor.at(parent).read(name) if self._cursor else b""

    def _keep(self, output: Output, name: str, stamp: Stamp) -> None:
        """Keep how an output looks, but for a copy of a file that may be changing just now."""
        if isinstance(output.data, Path) and not output.checksum:
            source = find_stamp(output.data)
            if source is None or not is_settled(source, self._begun):
                return
        if self.memo:
            self.memo.keep("written", output.path, name, stamp)


def _name_of(output: Output) -> str:
    """Return what tells the bytes of an output from others, without reading a file."""
    if output.checksum:
        return output.checksum
    if isinstance(output.data, bytes):
        return digest(output.data)
    return repr(find_stamp(output.data))
