"""Find out which files of a site are up to date in its output folder."""

import time
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG

from proofdown.build.output.cursor import Cursor
from proofdown.digests import Stamp, checksum, digest, read_stamped, stamp_of
from proofdown.folders import Folder
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.cache.fingerprint import is_settled
from proofdown.site.model import Output


class OutputState:
    """Remembers stamps of written files, so that these need not be read to be compared.

    Args:
        parent: the parent of the output folder.
        name: the output folder's name.
        cache: stores the stamps; without one, files are read.
    """

    def __init__(self, parent: Folder, name: str, cache: BuildCache | None) -> None:
        self.parent, self.name, self.cache = parent, name, cache
        self._begun = time.time_ns()
        self._cursor = self._opened()
        self._sources: dict[str, Stamp | None] = {}
        """For each up-to-date output that is a copy, the stamp that its original had when read."""

    def _opened(self) -> Cursor | None:
        """Return a cursor over the current output folder, or None if there is none."""
        is_there = self.parent.is_folder(self.name)
        return Cursor(self.parent.enter(self.name)) if is_there else None

    def stamp_of(self, output: Output) -> Stamp | None:
        """Return the stamp of an output if it is up to date in the folder, else None."""
        stamp = self._find(output.path)
        if stamp is None:
            return None
        name = _name_of(output, output.stamp) if self.cache else ""
        known = self.cache.load("written", output.path, name, Stamp) if self.cache else None
        if known == stamp:
            self._sources[output.path] = output.stamp
            return stamp
        try:
            is_same, source = self._compare(output, stamp)
        except OSError:
            return None
        if not is_same:
            return None
        self._record(output, source, stamp)
        self._sources[output.path] = source
        return stamp

    def add(self, outputs: Iterable[tuple[Output, Stamp | None]]) -> None:
        """Record the stamps of outputs that were just written or linked.

        Args:
            outputs: the outputs; each copy with the stamp that its original had when read.
        """
        # The folder was replaced meanwhile; the cursor so far is in the old one.
        self._cursor = self._opened()
        for output, source in outputs:
            stamp = self._find(output.path)
            if stamp and self.cache:
                self._record(output, source or self._sources.get(output.path), stamp)
                if isinstance(output.data, Path):
                    self.cache.update_stamp(output.data, stamp)

    def save(self) -> None:
        """Save the recorded stamps."""
        if self.cache:
            self.cache.save()

    def _find(self, path: str) -> Stamp | None:
        """Return the stamp of a regular file in the folder, or None if there is none."""
        parent, _, name = path.rpartition("/")
        try:
            status = self._cursor.at(parent).stat(name) if self._cursor else None
        except OSError:
            return None
        return stamp_of(status) if status and S_ISREG(status.st_mode) else None

    def _compare(self, output: Output, stamp: Stamp) -> tuple[bool, Stamp | None]:
        """Return whether a file whose stamp changed still has an output's bytes.

        A copy is compared with its original, whose stamp is returned too.

        Raises:
            OSError: one of them cannot be read.
        """
        parent, _, name = output.path.rpartition("/")
        if isinstance(output.data, bytes):
            is_same = len(output.data) == stamp.size and self._read(parent, name) == output.data
            return is_same, None
        if output.data.stat().st_size != stamp.size:
            return False, None
        if output.checksum:
            return checksum(self._read(parent, name)) == output.checksum, None
        # Stamp and bytes come from one opened file, so they belong together.
        data, source = read_stamped(output.data)
        return self._read(parent, name) == data, source

    def _read(self, parent: str, name: str) -> bytes:
        return self._cursor.at(parent).read(name) if self._cursor else b""

    def _record(self, output: Output, source: Stamp | None, stamp: Stamp) -> None:
        """Record an output's stamp, except for a copy whose original may be changing just now.

        Args:
            output: the output.
            source: for a copy, the stamp that its original had when read.
            stamp: the stamp of the output.
        """
        if is_copied(output) and (source is None or not is_settled(source, self._begun)):
            return
        if self.cache:
            self.cache.store("written", output.path, _name_of(output, source), stamp)


def is_copied(output: Output) -> bool:
    """Return whether an output is a copy of a file that its author may change at any time."""
    return isinstance(output.data, Path) and not output.checksum


def _name_of(output: Output, source: Stamp | None) -> str:
    """Return a string that identifies an output's bytes, without reading a file."""
    if output.checksum:
        return output.checksum
    return digest(output.data) if isinstance(output.data, bytes) else repr(source)
