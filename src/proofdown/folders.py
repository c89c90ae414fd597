"""Folders held open, so that nothing in them is reached through a link.

A path is looked up anew at every use, and a tree that somebody sent can hold links: what is
deleted or written below `.proofdown/cache` would then be deleted or written wherever they lead.
A folder that is opened once, and never through a link, stays the same folder until it is closed.
Only what Python starts with is imported here, for the very first look at a site needs it.
"""

import os
from stat import S_ISDIR, S_ISLNK, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` and `collections.abc` cost more than all of this module
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    Data = bytes | Iterable[bytes]

FILE_MODE, FOLDER_MODE = 0o644, 0o755
"""What others may do with files and folders of a site, whatever the umask: a web server reads."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE = 1 << 20


class UnsafePathError(OSError):
    """A path leads through a link, or to what is no regular file; `filename` names it."""

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(None, reason, path)

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


class Folder:
    """A folder held open by a descriptor.

    Names are single parts of a path. Every method raises an `OSError` whose `filename` is the
    whole path where the system refuses, and `UnsafePathError` where a link would be followed.

    Args:
        descriptor: the open folder, closed with this object.
        path: how messages name it.
    """

    __slots__ = ("_process", "descriptor", "path")

    def __init__(self, descriptor: int, path: str) -> None:
        self.descriptor, self.path = descriptor, path
        self._process = os.getpid()

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder; closing it again does nothing."""
        descriptor, self.descriptor = self.descriptor, -1
        # A forked worker closed what it inherited: there the number may be another file's by now.
        if descriptor >= 0 and os.getpid() == self._process:
            os.close(descriptor)

    def enter(self, name: str, *, makes: bool = False) -> "Folder":
        """Return a folder in this one, opened.

        Args:
            name: its name.
            makes: whether to make it where it is missing.
        """
        path = f"{self.path}/{name}"
        try:
            return Folder(os.open(name, _FOLDER, dir_fd=self.descriptor), path)
        except FileNotFoundError:
            if not makes:
                raise FileNotFoundError(2, os.strerror(2), path) from None
        except OSError as fault:
            raise self._told(fault, name) from None
        self.make(name)
        return self.enter(name)

    def make(self, name: str) -> None:
        """Make a folder in this one that a web server can enter; one that is there stays."""
        try:
            os.mkdir(name, FOLDER_MODE, dir_fd=self.descriptor)
            number = os.open(name, _FOLDER, dir_fd=self.descriptor)
        except FileExistsError:
            return
        except OSError as fault:
            raise self._told(fault, name) from None
        os.fchmod(number, FOLDER_MODE)
        os.close(number)

    def make_new(self, start: str) -> str:
        """Make a folder in this one whose name begins like this; return its name."""
        while True:
            name = start + os.urandom(4).hex()
            try:
                os.mkdir(name, 0o700, dir_fd=self.descriptor)
            except FileExistsError:
                continue
            except OSError as fault:
                raise self._told(fault, name) from None
            os.chmod(name, FOLDER_MODE, dir_fd=self.descriptor)
            return name

    def descend(self, path: str, *, makes: bool = False) -> "Folder":
        """Return the folder at a relative path, each part of it entered as `enter` does.

        An empty path gives the same folder, opened again.
        """
        found = Folder(os.dup(self.descriptor), self.path)
        for name in path.split("/"):
            if name not in ("", "."):
                with found:
                    found = found.enter(name, makes=makes)
        return found

    def stat(self, name: str) -> os.stat_result | None:
        """Return what the system says of something in the folder, a link itself; None for none."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def is_folder(self, name: str) -> bool:
        """Return whether there is a folder of that name, and no link to one."""
        status = self.stat(name)
        return status is not None and S_ISDIR(status.st_mode)

    def open_file(self, name: str) -> int:
        """Return the descriptor of a regular file, opened for reading."""
        return self._open_regular(name, _FILE)

    def open_lock(self, name: str) -> int:
        """Return the descriptor of a regular file to be locked, made where it is missing."""
        return self._open_regular(name, _LOCK)

    def _open_regular(self, name: str, flags: int) -> int:
        try:
            number = os.open(name, flags, FILE_MODE, dir_fd=self.descriptor)
        except OSError as fault:
            raise self._told(fault, name) from None
        if not S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise UnsafePathError("it is no regular file", f"{self.path}/{name}")
        return number

    def read(self, name: str, most: int | None = None) -> bytes:
        """Return what a regular file holds, or the first bytes of it."""
        number = self.open_file(name)
        try:
            with _Telling(self, name):
                return read_all(number, most)
        finally:
            os.close(number)

    def write(self, name: str, data: "Data", mode: int = FILE_MODE) -> None:
        """Write a new file, of bytes or of pieces; what has its name already is an error."""
        with _Telling(self, name):
            number = os.open(name, _NEW_FILE, mode, dir_fd=self.descriptor)
            try:
                for piece in (data,) if isinstance(data, bytes) else data:
                    write_all(number, piece)
                os.fchmod(number, mode)
            finally:
                os.close(number)

    def put(self, name: str, data: "Data", mode: int = FILE_MODE) -> None:
        """Write a file, whole or not at all, in the place of one that may be there."""
        beside = f".{name[:60]}.{os.getpid()}.tmp"
        self.remove(beside)
        try:
            self.write(beside, data, mode)
            self.rename(beside, self, name)
        except BaseException:
            self.discard(beside)
            raise

    def rename(self, name: str, folder: "Folder", new_name: str) -> None:
        """Give something in this folder another name in another one; a link is moved itself."""
        with _Telling(self, name):
            os.rename(name, new_name, src_dir_fd=self.descriptor, dst_dir_fd=folder.descriptor)

    def link(self, name: str, folder: "Folder", new_name: str) -> None:
        """Let a file of this folder be in another one, too, under another name."""
        with _Telling(self, name):
            at = {"src_dir_fd": self.descriptor, "dst_dir_fd": folder.descriptor}
            os.link(name, new_name, **at, follow_symlinks=False)

    def remove(self, name: str) -> None:
        """Remove whatever has a name, a folder with all that it holds; links are not followed."""
        status = self.stat(name)
        if status is None:
            return
        if not S_ISDIR(status.st_mode):
            self._unlink(name)
            return
        try:
            with self.enter(name) as inner:
                inner.empty()
            os.rmdir(name, dir_fd=self.descriptor)
        except FileNotFoundError:  # somebody else was quicker
            return
        except OSError as fault:
            raise self._told(fault, name) from None

    def discard(self, name: str) -> None:
        """Remove whatever has a name, as far as the system lets."""
        try:
            self.remove(name)
        except OSError:
            return

    def empty(self) -> None:
        """Remove all that the folder holds; inner folders come up first, so that depth is free."""
        left, count = self.names(), 0
        while left:
            name = left.pop()
            if not self.is_folder(name):
                self._unlink(name)
                continue
            with self.enter(name) as inner:
                for found in inner.names():
                    if not inner.is_folder(found):
                        inner._unlink(found)
                        continue
                    count += 1
                    left.append(f".{os.getpid()}-{count}.tmp")
                    inner.rename(found, self, left[-1])
            os.rmdir(name, dir_fd=self.descriptor)

    def _unlink(self, name: str) -> None:
        try:
            os.unlink(name, dir_fd=self.descriptor)
        except FileNotFoundError:  # somebody else was quicker
            return
        except OSError as fault:
            raise self._told(fault, name) from None

    def names(self) -> list[str]:
        """Return the names of all that the folder holds, sorted."""
        return sorted(entry.name for entry in self.scan())

    def scan(self) -> "Iterator[os.DirEntry[str]]":
        """Yield an entry for each thing that the folder holds; their `path` is the name alone."""
        with _Telling(self, ""), os.scandir(self.descriptor) as entries:
            yield from entries

    def _told(self, fault: OSError, name: str) -> OSError:
        """Return a fault of the system with the whole path that it is about."""
        if isinstance(fault, UnsafePathError):
            return fault
        path = f"{self.path}/{name}" if name else self.path
        status = self.stat(name) if name else None
        if status is not None and S_ISLNK(status.st_mode):
            return UnsafePathError("it is a link, which is not followed here", path)
        if fault.errno is None:
            return fault
        return OSError(fault.errno, os.strerror(fault.errno), path)


class _Telling:
    """Gives a fault of the system the whole path that it is about."""

    __slots__ = ("folder", "name")

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, fault: object, _trace: object) -> None:
        if isinstance(fault, OSError):
            raise self.folder._told(fault, self.name) from None


def open_folder(path: str) -> Folder:
    """Return a folder that the user or the system names, opened; links on the way are followed."""
    return Folder(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), path)


def open_below(root: str, path: str, *, makes: bool = False) -> Folder:
    """Return a folder below a site's root, opened without following a link below that root."""
    with open_folder(root) as top:
        return top.descend(path, makes=makes)


def open_regular(path: str) -> "BinaryIO":
    """Return a regular file that is named by a path, opened for reading; links are followed.

    Raises:
        UnsafePathError: it is a device, a pipe, a socket or a folder.
    """
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise UnsafePathError("it is no regular file", path)
    return open(number, "rb")  # noqa: PTH123 (a descriptor)


def read_pieces(number: int) -> "Iterator[bytes]":
    """Yield what can be read from a descriptor, in pieces."""
    while piece := os.read(number, _PIECE):
        yield piece


def read_all(number: int, most: int | None = None) -> bytes:
    """Return what can be read from a descriptor, or the first bytes of it."""
    pieces, left = [], most
    while left is None or left > 0:
        piece = os.read(number, _PIECE if left is None else min(left, _PIECE))
        if not piece:
            break
        pieces.append(piece)
        left = None if left is None else left - len(piece)
    return b"".join(pieces)


def write_all(number: int, data: bytes) -> None:
    """Write bytes to a descriptor, however many the system takes at once."""
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]
