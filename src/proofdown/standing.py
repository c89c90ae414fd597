"""Which files of a site stand in its output folder as they are to be written."""

import time
from collections.abc import Iterable
from pathlib import Path

from proofdown.fingerprints import Stamp, digest, find_stamp, is_same_file, is_settled
from proofdown.memo import Memo
from proofdown.site import Output


class Standing:
    """Knows what was written into a folder, so that it need not be read to be compared.

    Args:
        folder: the output folder.
        memo: what is known; where there is none, files are read.
    """

    def __init__(self, folder: Path, memo: Memo | None) -> None:
        self.folder, self.memo = str(folder), memo
        self._begun = time.time_ns()

    def stamp_of(self, output: Output) -> Stamp | None:
        """Return the stamp of an output that stands in the folder as it is to be; else None."""
        file = f"{self.folder}/{output.path}"
        stamp = find_stamp(file, follows=False)
        if stamp is None:
            return None
        name = _name_of(output) if self.memo else ""
        known = self.memo.recall("written", output.path, name, Stamp) if self.memo else None
        if known and is_same_file(known, stamp):
            return stamp
        if not _has_bytes(Path(file), stamp, output.data):
            return None
        self._keep(output, name, stamp)
        return stamp

    def note(self, outputs: Iterable[Output]) -> None:
        """Keep how outputs look that were written just now."""
        for output in outputs:
            stamp = find_stamp(f"{self.folder}/{output.path}", follows=False)
            if stamp and self.memo:
                self._keep(output, _name_of(output), stamp)
        if self.memo:
            self.memo.save()

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


def _has_bytes(file: Path, stamp: Stamp, data: bytes | Path) -> bool:
    try:
        if isinstance(data, bytes):
            return len(data) == stamp.size and file.read_bytes() == data
        return data.stat().st_size == stamp.size and file.read_bytes() == data.read_bytes()
    except OSError:
        return False
