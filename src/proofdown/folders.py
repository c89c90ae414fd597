"""Access folders by descriptor, so that no symbolic link inside them is followed.

A path is resolved anew at every use, and a site from an untrusted source can contain links. To
delete or write below `.proofdown/cache` by path could then delete or write wherever they lead.
A folder that was opened once, and not through a link, stays the same folder until it is closed.
"""

import os
from stat import S_ISDIR, S_ISLNK, S_ISREG

# A run that finds nothing to do imports this module and little else, so it imports only what
# Python itself starts with: `typing` and `collections.abc` cost more than all of this module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    Data = bytes | Iterable[bytes]

FILE_MODE, FOLDER_MODE = 0o644, 0o755
"""Modes of files and folders of a site, whatever the umask: a web server has to read them."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE = 1 << 20


class UnsafePathError(OSError):
    """A path leads through a link, or not to a regular file; `filename` is the path."""

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(None, reason, path)

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


class Folder:
    """An open folder, given by its descriptor.

    Names are single parts of a path. Every method raises an `OSError` whose `filename` is the
    whole path if a system call fails, and `UnsafePathError` if a link would be followed.

    Args:
        descriptor: the open folder; closed with this object.
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
        # A forked worker closes the descriptors that it inherits, so there the number may belong
        # to another file by now.
        if descriptor >= 0 and os.getpid() == self._process:
            os.close(descriptor)

    def enter(self, name: str, *, makes: bool = False) -> "Folder":
        """Open a folder in this one.

        Args:
            name: its name.
            makes: whether to create it if it is missing.
        """
        path = f"{self.path}/{name}"
        try:
            return Folder(os.open(name, _FOLDER, dir_fd=self.descriptor), path)
        except FileNotFoundError:
            if not makes:
                raise FileNotFoundError(2, os.strerror(2), path) from None
        except OSError as fault:
            raise self._with_path(fault, name) from None
        self.make(name)
        return self.enter(name)

    def make(self, name: str) -> None:
        """Create a folder in this one that a web server can enter, unless it exists."""
        try:
            os.mkdir(name, FOLDER_MODE, dir_fd=self.descriptor)
            number = os.open(name, _FOLDER, dir_fd=self.descriptor)
        except FileExistsError:
            return
        except OSError as fault:
            raise self._with_path(fault, name) from None
        os.fchmod(number, FOLDER_MODE)  # `mkdir` applied the umask
        os.close(number)

    def make_new(self, start: str) -> str:
        """Create a folder in this one with a unique name; return that name.

        Args:
            start: what the name starts with.
        """
        while True:
            name = start + os.urandom(4).hex()
            try:
                os.mkdir(name, 0o700, dir_fd=self.descriptor)
            except FileExistsError:
                continue
            except OSError as fault:
                raise self._with_path(fault, name) from None
            os.chmod(name, FOLDER_MODE, dir_fd=self.descriptor)
            return name

    def descend(self, path: str, *, makes: bool = False) -> "Folder":
        """Open the folder at a relative path, entering each part of it as `enter` does.

        An empty path opens the same folder again.
        """
        found = Folder(os.dup(self.descriptor), self.path)
        for name in path.split("/"):
            if name not in ("", "."):
                with found:
                    found = found.enter(name, makes=makes)
        return found

    def stat(self, name: str) -> os.stat_result | None:
        """Return the status of an entry, of a link itself; None if there is no such entry."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def is_folder(self, name: str) -> bool:
        """Return whether an entry is a folder, and not a link to one."""
        status = self.stat(name)
        return status is not None and S_ISDIR(status.st_mode)

    def open_file(self, name: str) -> int:
        """Open a regular file for reading; return its descriptor."""
        return self._open_regular(name, _FILE)

    def open_lock(self, name: str) -> int:
        """Open a regular file to be locked, creating it if missing; return its descriptor."""
        return self._open_regular(name, _LOCK)

    def _open_regular(self, name: str, flags: int) -> int:
        try:
            number = os.open(name, flags, FILE_MODE, dir_fd=self.descriptor)
        except OSError as fault:
            raise self._with_path(fault, name) from None
        if not S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise UnsafePathError("it is not a regular file", f"{self.path}/{name}")
        return number

    def read(self, name: str, most: int | None = None) -> bytes:
        """Return the contents of a regular file, or the first `most` bytes of them."""
        number = self.open_file(name)
        try:
            with _FullPathErrors(self, name):
                return read_all(number, most)
        finally:
            os.close(number)

    def write(self, name: str, data: "Data", mode: int = FILE_MODE) -> None:
        """Write a new file from bytes or from chunks; an existing entry is an error."""
        with _FullPathErrors(self, name):
            number = os.open(name, _NEW_FILE, mode, dir_fd=self.descriptor)
            try:
                for piece in (data,) if isinstance(data, bytes) else data:
                    write_all(number, piece)
                os.fchmod(number, mode)  # `open` applied the umask
            finally:
                os.close(number)

    def put(self, name: str, data: "Data", mode: int = FILE_MODE) -> None:
        """Create or replace a file atomically."""
        # In the same folder, because a rename is atomic only within one file system.
        temporary = f".{name[:60]}.{os.getpid()}.tmp"
        self.remove(temporary)
        try:
            self.write(temporary, data, mode)
            self.rename(temporary, self, name)
        except BaseException:  # Ctrl-C included
            self.discard(temporary)
            raise

    def rename(self, name: str, folder: "Folder", new_name: str) -> None:
        """Move an entry of this folder into another one under another name; links are kept."""
        with _FullPathErrors(self, name):
            os.rename(name, new_name, src_dir_fd=self.descriptor, dst_dir_fd=folder.descriptor)

    def link(self, name: str, folder: "Folder", new_name: str) -> None:
        """Create a hard link to a file of this folder in another one, under another name."""
        with _FullPathErrors(self, name):
            at = {"src_dir_fd": self.descriptor, "dst_dir_fd": folder.descriptor}
            os.link(name, new_name, **at, follow_symlinks=False)

    def remove(self, name: str) -> None:
        """Remove an entry, a folder with all its contents; links are not followed."""
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
        except FileNotFoundError:  # another process removed it meanwhile
            return
        except OSError as fault:
            raise self._with_path(fault, name) from None

    def discard(self, name: str) -> None:
        """Remove an entry as `remove` does, ignoring errors."""
        try:
            self.remove(name)
        except OSError:
            return

    def empty(self) -> None:
        """Remove the contents of the folder, however deeply they are nested."""
        left, count = self.names(), 0
        # A loop rather than recursion, with one descriptor open at a time: inner folders are
        # moved up into this one, so that neither the stack nor the file limit bounds the depth.
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
        except FileNotFoundError:  # another process removed it meanwhile
            return
        except OSError as fault:
            raise self._with_path(fault, name) from None

    def names(self) -> list[str]:
        """Return the names of the folder's entries, sorted."""
        return sorted(entry.name for entry in self.scan())

    def scan(self) -> "Iterator[os.DirEntry[str]]":
        """Yield the folder's entries; their `path` is the name alone."""
        with _FullPathErrors(self, ""), os.scandir(self.descriptor) as entries:
            yield from entries

    def _with_path(self, fault: OSError, name: str) -> OSError:
        """Return a system error with the whole path as its `filename`."""
        if isinstance(fault, UnsafePathError):
            return fault
        path = f"{self.path}/{name}" if name else self.path
        status = self.stat(name) if name else None
        # O_NOFOLLOW fails with ELOOP or ENOTDIR; "it is a link" is what the user needs to know.
        if status is not None and S_ISLNK(status.st_mode):
            return UnsafePathError("it is a link, which is not followed here", path)
        if fault.errno is None:
            return fault
        return OSError(fault.errno, os.strerror(fault.errno), path)


class _FullPathErrors:
    """Context manager that gives system errors the whole path as their `filename`."""

    __slots__ = ("folder", "name")

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, fault: object, _trace: object) -> None:
        if isinstance(fault, OSError):
            raise self.folder._with_path(fault, self.name) from None


def open_folder(path: str) -> Folder:
    """Open a folder that the user or the system names; links in its path are followed."""
    return Folder(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), path)


def open_below(root: str, path: str, *, makes: bool = False) -> Folder:
    """Open a folder below a site's root without following a link below that root."""
    with open_folder(root) as top:
        return top.descend(path, makes=makes)


def open_regular(path: str) -> "BinaryIO":
    """Open a regular file for reading, by its path; links are followed.

    Raises:
        UnsafePathError: it is a device, a pipe, a socket or a folder.
    """
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise UnsafePathError("it is not a regular file", path)
    return open(number, "rb")  # noqa: PTH123 (a descriptor)


def read_pieces(number: int) -> "Iterator[bytes]":
    """Yield the rest of an open file in chunks."""
    while piece := os.read(number, _PIECE):
        yield piece


def read_all(number: int, most: int | None = None) -> bytes:
    """Return the rest of an open file, or the next `most` bytes of it."""
    pieces, left = [], most
    while left is None or left > 0:
        piece = os.read(number, _PIECE if left is None else min(left, _PIECE))
        if not piece:
            break
        pieces.append(piece)
        left = None if left is None else left - len(piece)
    return b"".join(pieces)


def write_all(number: int, data: bytes) -> None:
    """Write all bytes to a descriptor; one `write` may take only a part of them."""
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]
